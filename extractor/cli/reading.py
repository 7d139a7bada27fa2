"""Commands that read documents: extract, ingest, reextract."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from extractor.errors import UnreadableFile
from extractor.messages import reason, say

from .options import (
    FORMATS,
    STANDARD,
    classes,
    database,
    form,
    form_for,
    limited,
    load_rules,
    logged,
    open_store,
    opened,
    overlay,
    paths,
    processes,
    to_file,
    workers,
    write_documents,
)
from .told import STOPPED, Failure, command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from extractor.batch import Summary
    from extractor.workers import Item, Limits

    Row = Mapping[str, Any]


MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m", "%Y"]
PATIENCE = 60.0  # seconds that a batch waits for another process that writes


@command()
@paths
@form(*FORMATS)
@classes
@overlay
@to_file
@limited
@workers
@click.pass_obj
def extract(
    quiet: bool,
    paths: tuple[str, ...],
    form: str | None,
    classes: tuple[str, ...],
    rules: Path | None,
    output: Path | None,
    workers: int | None,
    limits: Limits,
) -> None:
    from extractor import batch
    from extractor.workers import read_all

    book = load_rules(rules)
    found = list(batch.find(paths))
    form = form or form_for(output, len(found))
    if form == "json" and len(found) > 1:
        raise click.UsageError(say("extract.one_json", count=len(found)))
    if form == "csv" and len(classes) > 1:
        raise click.UsageError(say("extract.one_csv"))

    unread = read = 0

    def items() -> Iterator[Item]:
        for each in found:
            for item in [each] if isinstance(each, UnreadableFile) else batch.opened(each):
                if isinstance(item, UnreadableFile):
                    failed(item)
                else:
                    yield item

    def failed(error: UnreadableFile) -> None:
        nonlocal unread
        unread += 1
        Failure(f"{error.path}: {reason(error.reason)}").show()

    def documents() -> Iterator[Row]:
        # One worker, so that documents come out in their order.
        for result in read_all(items(), book, min(1, processes(workers)), limits):
            if result.extraction is not None:
                nonlocal read
                read += 1
                yield result.extraction.to_dict()
            elif result.error:
                failed(result.error)

    with opened(output, bom=form == "csv") as out:
        write_documents(out, documents(), form, classes)
    if unread and not read:
        sys.exit(1)


@command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@database
@overlay
@click.option("--force", is_flag=True)
@workers
@click.option("--resume", is_flag=True)
@click.option("--watch", "watched", type=click.Path(exists=True, file_okay=False), multiple=True, metavar="DIR")
@click.option("--limit", "most", type=click.IntRange(1))
@click.option("--since", "written_since", type=click.DateTime(MOMENTS), metavar="DATE")
@click.option("--fail-fast", is_flag=True)
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@limited
@click.pass_obj
def ingest(
    quiet: bool,
    paths: tuple[str, ...],
    db: Path,
    rules: Path | None,
    force: bool,
    workers: int | None,
    resume: bool,
    watched: tuple[str, ...],
    most: int | None,
    written_since: datetime | None,
    fail_fast: bool,
    log: Path | None,
    limits: Limits,
) -> None:
    from extractor.display import Report

    if not (paths or resume or watched):
        raise click.UsageError(say("ingest.no_path"))
    if watched and most:
        raise click.UsageError(say("ingest.endless"))
    asked = _stopped(db) if resume else None
    if resume and asked is None and not (paths or watched):
        click.echo(f"muctieu: {say('ingest.nothing_stopped', db=db)}", err=True)
        return
    passing_over: frozenset[str] = frozenset()
    if asked is not None:
        at = partial(os.path.join, asked["folder"]) if asked["folder"] != str(Path.cwd()) else str
        paths = paths or tuple(map(at, asked["paths"]))
        rules = rules or (Path(at(asked["rules"])) if asked.get("rules") else None)
        force = force or bool(asked.get("force"))
        written_since = written_since or (datetime.fromisoformat(asked["since"]) if asked.get("since") else None)
        passing_over = frozenset(map(at, asked["failures"]))
    aside = quiet or log == STANDARD
    book = load_rules(rules)
    with open_store(db, wait=PATIENCE) as store, logged(log) as entry, Report(sys.stderr, quiet=quiet) as report:
        from extractor import batch

        options = batch.Options(processes(workers), limits, fail_fast, most, entry)
        summary = batch.Summary()
        if paths:
            summary = batch.ingest(
                paths, store, book, report, options, force=force, since=written_since, passing_over=passing_over
            )
        if watched and not summary.interrupted:
            if paths:
                _tell(summary, quiet=aside)
            with suppress(KeyboardInterrupt):  # which is how watching ends
                for summary in batch.watch(watched, store, book, report, options, force=force, since=written_since):
                    _tell(summary, quiet=aside)
                sys.exit(int(not summary.interrupted))
            return
    if passing_over:
        click.echo(f"muctieu: {say('ingest.passed_over', count=len(passing_over), db=db)}", err=True)
    _tell(summary, quiet=aside)
    _conclude(summary, fail_fast=fail_fast)


def _stopped(db: Path) -> dict[str, Any] | None:
    """What the run that was stopped last was asked to do, with the `failures` of it; None where there is none."""
    with open_store(db, read_only=True) as store:
        asked = store.stopped_run()
        return asked and {**asked, "failures": [row["path"] for row in store.failures(asked["run"])]}


def _tell(summary: Summary, *, quiet: bool) -> None:
    from extractor.display import console, print_summary

    if not quiet:
        print_summary(console(sys.stdout), summary)
        sys.stdout.flush()


def _conclude(summary: Summary, *, fail_fast: bool = False) -> None:
    """Set the exit code: 1 where no document could be read, or one could not and that was to be the end; 130 after
    Ctrl-C."""
    if summary.interrupted:
        click.echo(f"muctieu: {say('summary.interrupted')}", err=True)
        sys.exit(STOPPED)
    if summary.documents["failed"] and (fail_fast or not summary.read):
        sys.exit(1)


@command()
@click.argument("documents", nargs=-1, metavar="[DOC]...")
@database
@click.option("--stale", is_flag=True)
@overlay
@workers
@limited
@click.pass_obj
def reextract(
    quiet: bool,
    documents: tuple[str, ...],
    db: Path,
    stale: bool,
    rules: Path | None,
    workers: int | None,
    limits: Limits,
) -> None:
    from extractor.display import Report

    with open_store(db, read_only=True):
        pass  # to be told that there is no database, where opening it for writing would create one
    book = load_rules(rules)
    with open_store(db, wait=PATIENCE) as store, Report(sys.stderr, quiet=quiet) as report:
        from extractor import batch

        options = batch.Options(processes(workers), limits)
        summary = batch.reextract(documents, store, book, report, options, stale=stale)
    _tell(summary, quiet=quiet)
    _conclude(summary)
