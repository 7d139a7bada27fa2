"""Commands on quality: evaluate, validate, and those on rules."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from extractor.errors import UnreadableFile
from extractor.messages import reason, say
from extractor.safe import dumps, line

from .options import classes, form, load_rules, opened, overlay, paths
from .told import Failure, ToldGroup, command

if TYPE_CHECKING:
    from extractor.floors import Floors


SURE = ("targets", "deadlines", "agencies", "legal_refs")  # classes whose confidence is measured
PRECISION = 0.97  # at which a confidence is asked for

gold_files = click.argument("gold", type=click.Path(path_type=Path, exists=True), metavar="GOLD")


@command()
@gold_files
@overlay
@click.option("--found", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--by", type=click.Choice(("document", "kind")))
@click.option("--errors", is_flag=True)
@click.option("--reliability", is_flag=True)
@classes
@form("table", "json")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False, writable=True))
@click.option("--update", is_flag=True)
@click.option("--allow-regression", is_flag=True)
def evaluate(
    gold: Path,
    rules: Path | None,
    found: Path | None,
    by: str | None,
    errors: bool,
    reliability: bool,
    classes: tuple[str, ...],
    form: str | None,
    html: Path | None,
    update: bool,
    allow_regression: bool,
) -> None:
    from extractor import evaluate, figures, floors
    from extractor import reliability as reliable
    from extractor.display import console

    if update and (found or rules or not gold.is_dir()):
        raise click.UsageError(say("floors.need_folder"))
    measured = list(evaluate.measure(gold, load_rules(rules), found))
    results = [each.result for each in measured]
    overall = evaluate.total(results)
    grouped = evaluate.by_kind(results) if by == "kind" else results
    out = console(sys.stdout)
    if form == "json":
        more: dict[str, Any] = {by: [{"name": r.name, **r.as_dict()} for r in grouped]} if by else {}
        if reliability:
            more["reliability"] = reliable.as_dict(results, classes or SURE, PRECISION)
        click.echo(dumps({**overall.as_dict(), **more}))
    elif reliability:
        figures.print_reliability(out, results, classes or SURE, PRECISION)
    elif errors:
        figures.print_errors(out, results, classes)
    elif by:
        figures.print_by(out, grouped, by)
    else:
        figures.print_figures(out, overall)
    if html:
        from extractor.sides import evaluation_page

        with opened(html, bom=False) as file:
            file.write(evaluation_page(measured, gold.name or str(gold)))
    _hold_floors(floors.of(overall, [each.gold for each in measured]), gold, update, allow_regression)


def _hold_floors(now: Floors, folder: Path, update: bool, allow_regression: bool) -> None:
    """Compare figures with the floors of a folder, or pin them; what is told goes to standard error."""
    from extractor import figures, floors
    from extractor.display import console

    path = folder / floors.FILE
    least = floors.read(path)
    fallen = floors.fallen(now, least) if least else {}
    out = console(sys.stderr)
    if update:
        if fallen and not allow_regression:
            figures.print_floors(out, fallen, changed=False)
            raise Failure(say("floors.refused", count=len(fallen)))
        floors.write(path, now)
        click.echo(say("floors.pinned", path=path), err=True)
    elif least:
        changed = least.corpus != now.corpus
        figures.print_floors(out, fallen, changed=changed)
        if fallen or changed:
            sys.exit(1)


@command()
@gold_files
@click.pass_obj
def validate(quiet: bool, gold: Path) -> None:
    from extractor import gold as golds

    files = golds.find(gold)
    entries = faults = 0
    for path in files:
        try:
            read = golds.read(path)
            found = list(golds.faults(read))
            entries += sum(map(len, read.entries.values()))
        except UnreadableFile as error:
            found = [reason(error.reason)]
        for fault in found:
            click.echo(line(f"{path}: {fault}"))
        faults += len(found)
    if not quiet:
        click.echo(say("validate.checked", files=len(files), entries=entries, faults=faults))
    if faults:
        sys.exit(1)


@click.group(cls=ToldGroup)
def rules() -> None:
    """Filled from messages.toml."""


@rules.command("check")
@overlay
@click.pass_obj
def rules_check(quiet: bool, rules: Path | None) -> None:
    from extractor.mentions import check

    book = load_rules(rules)
    known = [rule for family in book.rules.values() for rule in family]
    faults = [fault for rule in known for fault in check(rule, book)]
    for fault in faults:
        click.echo(line(fault))
    if not quiet:
        examples = sum(len(rule.finds) + len(rule.skips) for rule in known)
        click.echo(say("rules.checked", rules=len(known), examples=examples, faults=len(faults)))
    if faults:
        sys.exit(1)


@rules.command("try")
@click.argument("text")
@overlay
def rules_try(text: str, rules: Path | None) -> None:
    from extractor.display import console, print_trace
    from extractor.mentions import trace

    print_trace(console(sys.stdout), trace(text, load_rules(rules)))


@rules.command("list")
@overlay
def rules_list(rules: Path | None) -> None:
    from extractor.display import console, print_rules

    print_rules(console(sys.stdout), load_rules(rules))


@rules.command("show")
@click.argument("rule", metavar="ID")
@overlay
def rules_show(rule: str, rules: Path | None) -> None:
    from extractor.display import console, print_rule

    print_rule(console(sys.stdout), load_rules(rules).rule(rule))


@rules.command("coverage")
@paths
@overlay
@click.option("--unused", is_flag=True)
@form("table", "json")
@click.pass_obj
def rules_coverage(quiet: bool, paths: tuple[str, ...], rules: Path | None, unused: bool, form: str | None) -> None:
    from extractor.coverage import coverage
    from extractor.display import Report, console
    from extractor.figures import print_coverage

    book = load_rules(rules)
    with Report(sys.stderr, quiet=quiet) as report:
        covers = [cover for cover in coverage(paths, book, report) if not (unused and cover.won)]
    if form == "json":
        click.echo(dumps([cover.as_dict() for cover in covers]))
    else:
        print_coverage(console(sys.stdout), covers)


SIGNS = {"ok": "✓", "missing": "–", "fault": "✗"}


@command()
@click.option("--db", "examined", type=click.Path(path_type=Path, dir_okay=False), envvar="MUCTIEU_DB")
@form("table", "json")
def doctor(examined: Path | None, form: str | None) -> None:
    from extractor.doctor import examine

    findings = list(examine(examined))
    if form == "json":
        click.echo(dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{SIGNS[finding.state]} {line(finding.name)}: {line(reason(finding.what))}")
            if finding.hint:
                click.echo(f"    {line(finding.hint)}")
    if any(finding.state == "fault" for finding in findings):
        sys.exit(1)
