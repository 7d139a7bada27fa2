"""Commands that read documents: extract, ingest, reextract."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from extractor.errors import UnreadableFile
from extractor.messages import reason, say

from .options import (
    FORMATS,
    classes,
    database,
    form,
    form_for,
    load_rules,
    open_store,
    opened,
    overlay,
    paths,
    to_file,
    write_documents,
)
from .told import Failure, command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from extractor.batch import Summary

    Row = Mapping[str, Any]


@command()
@paths
@form(*FORMATS)
@classes
@overlay
@to_file
@click.pass_obj
def extract(
    quiet: bool,
    paths: tuple[str, ...],
    form: str | None,
    classes: tuple[str, ...],
    rules: Path | None,
    output: Path | None,
) -> None:
    from extractor.batch import find, read

    book = load_rules(rules)
    found = list(find(paths))
    form = form or form_for(output, len(found))
    if form == "json" and len(found) > 1:
        raise click.UsageError(say("extract.one_json", count=len(found)))
    if form == "csv" and len(classes) > 1:
        raise click.UsageError(say("extract.one_csv"))

    unread = 0

    def documents() -> Iterator[Row]:
        nonlocal unread
        for item in found:
            try:
                if isinstance(item, UnreadableFile):
                    raise item
                yield read(item, book).to_dict()
            except UnreadableFile as error:
                unread += 1
                Failure(f"{error.path}: {reason(error.reason)}").show()

    with opened(output, bom=form == "csv") as out:
        write_documents(out, documents(), form, classes)
    if unread == len(found):
        sys.exit(1)


@command()
@paths
@database
@overlay
@click.option("--force", is_flag=True)
@click.pass_obj
def ingest(quiet: bool, paths: tuple[str, ...], db: Path, rules: Path | None, force: bool) -> None:
    from extractor.display import Report

    book = load_rules(rules)
    with open_store(db) as store, Report(sys.stderr, quiet=quiet) as report:
        from extractor import batch

        summary = batch.ingest(paths, store, book, report, force=force)
    _conclude(summary, quiet)


def _conclude(summary: Summary, quiet: bool) -> None:
    """Print the summary and set the exit code: 1 where no document could be read, 130 after Ctrl-C."""
    from extractor.display import console, print_summary

    if not quiet:
        print_summary(console(sys.stdout), summary)
    if summary.interrupted:
        click.echo(f"muctieu: {say('summary.interrupted')}", err=True)
        sys.exit(130)
    if summary.documents["failed"] and not summary.read:
        sys.exit(1)


@command()
@click.argument("documents", nargs=-1, metavar="[DOC]...")
@database
@click.option("--stale", is_flag=True)
@overlay
@click.pass_obj
def reextract(quiet: bool, documents: tuple[str, ...], db: Path, stale: bool, rules: Path | None) -> None:
    from extractor.display import Report

    with open_store(db, read_only=True):
        pass  # to be told that there is no database, where opening it for writing would create one
    book = load_rules(rules)
    with open_store(db) as store, Report(sys.stderr, quiet=quiet) as report:
        from extractor import batch

        summary = batch.reextract(documents, store, book, report, stale=stale)
    _conclude(summary, quiet)
