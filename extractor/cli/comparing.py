"""Commands that compare documents and provinces: compare, indicators."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from extractor.errors import StoreError
from extractor.messages import say, speak

from .options import database, form, form_of, load_rules, open_store, opened, overlay, to_file
from .told import ToldGroup, command

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import TextIO

    from extractor.compare import Matrix
    from extractor.rulebook import Rulebook
    from extractor.store import Store

SCREEN = ("table", "markdown", "html", "csv", "json", "jsonl", "parquet", "xlsx", "png", "svg")
BINARY = ("parquet", "xlsx", "png")


def open_aligned(db: Path, book: Rulebook) -> AbstractContextManager[Store]:
    """The database for reading, its new documents aligned first where it can be written."""
    with open_store(db, read_only=True) as store:
        from extractor.alignment import align, is_behind

        behind = is_behind(store, book)
    if behind:
        try:
            with open_store(db) as store:
                align(store, book)
        except StoreError as error:
            click.echo(f"muctieu: {say('compare.not_aligned', why=error)}", err=True)
    return open_store(db, read_only=True)


@command()
@click.argument("words", nargs=-1, metavar="[WORDS]...")
@database
@click.option("--programme")
@click.option("--indicator", "indicators", multiple=True, metavar="ID|WORDS")
@click.option("--province", "wanted", multiple=True)
@click.option("--provinces", "system", type=click.Choice(("stated", "today")), default="stated", show_default=True)
@click.option("--year", type=click.IntRange(1945, 2150))
@click.option("--as-of", "day", metavar="DATE")
@click.option("--all", "every", is_flag=True)
@click.option("--evidence", is_flag=True)
@click.option("--change", "changing", is_flag=True)
@click.option("--chart", type=click.Choice(("dots", "heat")))
@click.option("--limit", type=click.IntRange(1))
@overlay
@form(*SCREEN)
@to_file
def compare(
    words: tuple[str, ...],
    db: Path,
    programme: str | None,
    indicators: tuple[str, ...],
    wanted: tuple[str, ...],
    system: str,
    year: int | None,
    day: str | None,
    every: bool,
    evidence: bool,
    changing: bool,
    chart: str | None,
    limit: int | None,
    rules: Path | None,
    form: str | None,
    output: Path | None,
) -> None:
    from extractor import places

    form = _form(form, output, chart)
    if form in ("xlsx", "png", "svg") and not _language_asked():
        speak("vi")  # what is handed on is read in Vietnam
    book = load_rules(rules)
    provinces = frozenset(row["id"] for name in wanted for row in places.named(name, book))
    with open_aligned(db, book) as store, store.reading():
        from extractor.compare import Question, changes, find_indicator, find_programme
        from extractor.compare import compare as compared

        question = Question(
            programme=find_programme(store, book, programme) if programme else None,
            words=" ".join(words) or None,
            indicators=tuple(each for name in indicators for each in find_indicator(store, name)),
            provinces=provinces,
            system=system,
            year=year,
            day=_day(day),
            every=every,
        )
        if changing:
            _write_changes(changes(store, book, question), form, output)
            return
        matrix = compared(store, book, question)
        with opened(output, bom=form == "csv") as out:
            _write(out, matrix, book, store.as_of(), form, limit=limit, evidence=evidence, chart=chart)


def _language_asked() -> bool:
    """Whether --lang, before the command or behind it, or the variable that stands for it was given."""
    here = click.get_current_context()
    sources = (here.get_parameter_source("lang"), here.find_root().get_parameter_source("lang"))
    return any(source not in (None, ParameterSource.DEFAULT) for source in sources)


def _form(form: str | None, output: Path | None, chart: str | None) -> str:
    """The format asked for, or that of the output's suffix; a chart is a picture."""
    if form is None and output is not None and output.suffix:
        form = form_of(output, SCREEN[1:])
    form = form or ("svg" if chart and output is None else "png" if chart else "table")
    if form in BINARY and output is None:
        raise click.UsageError(say("export.needs_file", form=form))
    if chart and form not in ("png", "svg"):
        raise click.UsageError(say("compare.chart_form", form=form))
    return form


def _day(text: str | None) -> str | None:
    """A day of --as-of as ISO text: also "2025" and "2025-03", the last day of which is meant, and "today"."""
    from datetime import date

    from extractor.schema import last_day

    if text == "today":
        return date.today().isoformat()
    if text and last_day(text) is None:
        raise click.UsageError(say("main.no_time", when=text))
    return last_day(text)


def _write(
    out: TextIO, matrix: Matrix, book: Rulebook, as_of: str | None, form: str, *, limit: int | None, evidence: bool,
    chart: str | None,
) -> None:  # fmt: skip
    from extractor import matrices
    from extractor.compare import RECORD, records
    from extractor.display import console, name_of, value
    from extractor.export import EXPORTS, Table

    if form == "table":
        matrices.print_matrix(console(out), matrix, limit=limit, evidence=evidence)
    elif form == "markdown":
        matrices.write_markdown(out, matrix, evidence=evidence)
    elif form == "html":
        matrices.write_html(out, matrix, evidence=evidence)
    elif form == "xlsx":
        matrices.write_workbook(out, matrix, as_of)
    elif form in ("png", "svg"):
        from extractor.charts import draw

        draw(matrix, out.buffer, form, chart or ("dots" if len(matrix.lines) == 1 else "heat"))
    else:
        EXPORTS[form](out, Table("comparison", RECORD, records(matrix, book, value, name_of)))


def _write_changes(found: Any, form: str, output: Path | None) -> None:
    from extractor.display import console
    from extractor.export import EXPORTS, Table
    from extractor.matrices import CHANGE, change_rows, print_changes

    if form not in ("table", *EXPORTS):
        raise click.UsageError(say("compare.change_form", form=form))
    with opened(output, bom=form == "csv") as out:
        if form != "table":
            EXPORTS[form](out, Table("changes", CHANGE, change_rows(found)))
        elif found:
            print_changes(console(out), found)
        else:
            click.echo(say("compare.no_change"), file=out)


# --- indicators -----------------------------------------------------------------------------------------------------


@click.group(cls=ToldGroup)
def indicators() -> None:
    """Filled from messages.toml."""


listed = form("table", "csv", "json", "jsonl")


@indicators.command("list")
@click.argument("words", nargs=-1, metavar="[WORDS]...")
@database
@overlay
@listed
@to_file
def indicators_list(
    words: tuple[str, ...], db: Path, rules: Path | None, form: str | None, output: Path | None
) -> None:
    from extractor.display import console
    from extractor.export import EXPORTS, Table

    form = form or (form_of(output, ("csv", "json", "jsonl")) if output else "table")
    with open_aligned(db, load_rules(rules)) as store, opened(output, bom=form == "csv") as out:
        from extractor.rulings import INDICATOR, indicator_rows, print_indicators

        rows = indicator_rows(store, " ".join(words))
        if form == "table":
            print_indicators(console(out), rows)
        else:
            EXPORTS[form](out, Table("indicators", INDICATOR, rows))


@indicators.command("show")
@click.argument("indicator", metavar="ID|WORDS")
@database
@overlay
def indicators_show(indicator: str, db: Path, rules: Path | None) -> None:
    from extractor.display import console

    with open_aligned(db, load_rules(rules)) as store:
        from extractor.compare import find_indicator
        from extractor.rulings import print_indicator

        for each in find_indicator(store, indicator):
            print_indicator(console(sys.stdout), store, each)


def _ruled(verb: str, db: Path, rules: Path | None, quiet: bool, **given: Any) -> None:
    """Make a ruling, align after it, and tell what it changed."""
    from extractor import rulings

    book = load_rules(rules)
    with open_aligned(db, book):
        pass  # to be told that there is no database, and to rule over what is aligned
    with open_store(db) as store:
        told = partial(getattr(rulings, verb), store, book)(**given)
    if not quiet:
        click.echo(told)


@indicators.command("merge")
@click.argument("kept", metavar="INDICATOR")
@click.argument("others", nargs=-1, required=True, metavar="OTHER...")
@database
@overlay
@click.pass_obj
def indicators_merge(quiet: bool, kept: str, others: tuple[str, ...], db: Path, rules: Path | None) -> None:
    _ruled("merge", db, rules, quiet, kept=kept, others=others)


@indicators.command("split")
@click.argument("indicator", metavar="INDICATOR")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--name", "name", metavar="NAME")
@database
@overlay
@click.pass_obj
def indicators_split(
    quiet: bool, indicator: str, targets: tuple[str, ...], name: str | None, db: Path, rules: Path | None
) -> None:
    _ruled("split", db, rules, quiet, indicator=indicator, targets=targets, name=name)


@indicators.command("rename")
@click.argument("indicator", metavar="INDICATOR")
@click.argument("name", metavar="NAME")
@database
@overlay
@click.pass_obj
def indicators_rename(quiet: bool, indicator: str, name: str, db: Path, rules: Path | None) -> None:
    _ruled("rename", db, rules, quiet, indicator=indicator, name=name)


@indicators.command("pin")
@click.argument("target", metavar="TARGET")
@click.argument("indicator", metavar="INDICATOR")
@database
@overlay
@click.pass_obj
def indicators_pin(quiet: bool, target: str, indicator: str, db: Path, rules: Path | None) -> None:
    _ruled("pin", db, rules, quiet, target=target, indicator=indicator)


@indicators.command("direction")
@click.argument("indicator", metavar="INDICATOR")
@click.argument("better", type=click.Choice(("up", "down", "none")), metavar="up|down|none")
@database
@overlay
@click.pass_obj
def indicators_direction(quiet: bool, indicator: str, better: str, db: Path, rules: Path | None) -> None:
    _ruled("direct", db, rules, quiet, indicator=indicator, better=better)


@indicators.command("rulings")
@database
@click.option("--undo", type=int, metavar="NUMBER")
@overlay
@click.pass_obj
def indicators_rulings(quiet: bool, db: Path, undo: int | None, rules: Path | None) -> None:
    from extractor.display import console
    from extractor.rulings import print_rulings

    if undo is not None:
        _ruled("undo", db, rules, quiet, number=undo)
        return
    with open_store(db, read_only=True) as store:
        print_rulings(console(sys.stdout), store)


__all__ = ["compare", "indicators", "open_aligned"]
