"""Commands that look into a database: list, search, show, explain, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from extractor.fulltext import SEARCHED
from extractor.messages import say
from extractor.model import VIEWED
from extractor.safe import line

from .options import (
    DECIMALS,
    DELIMITERS,
    EXPORTED,
    FORMATS,
    by_words,
    chosen,
    classes,
    database,
    form,
    form_for,
    form_of,
    load_rules,
    open_store,
    opened,
    overlay,
    to_file,
    to_page,
    write_documents,
)
from .told import command

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from rich.console import Console

    from extractor.export import Table
    from extractor.listing import Filter
    from extractor.store import Store


@command("list")
@database
@click.option("--targets", is_flag=True)
@click.option("--failures", is_flag=True)
@chosen
@by_words
@click.option("--stale", is_flag=True)
@overlay
@form(*FORMATS)
@to_file
def list_(
    db: Path,
    targets: bool,
    failures: bool,
    filters: dict[str, str | None],
    words: str | None,
    stale: bool,
    rules: Path | None,
    form: str | None,
    output: Path | None,
) -> None:
    from extractor.display import print_documents, print_failures, print_targets
    from extractor.export import Table

    form = form or list_form(output)
    if failures:
        if targets or stale or words or any(filters.values()):
            raise click.UsageError(say("list.failures_alone"))
        with open_store(db, read_only=True) as store:
            rows = store.failures()
        found = Table("failures", {"path": str, "reason": str, "at": str}, rows)
        write_list(output, form, found, print_failures, "" if rows else say("nothing.failures"))
        return
    fresh = load_rules(rules).fingerprint if stale else None
    with open_store(db, read_only=True) as store:
        from extractor import listing

        wanted = listing.Filter(**filters, words=words, fresh=fresh)
        rows = (listing.targets if targets else listing.documents)(store, wanted)
        table = "targets" if targets else "documents"
        nothing = "" if rows else why_nothing(store, wanted, table)
    found = Table(table, listing.columns(table), rows)
    write_list(output, form, found, print_targets if targets else print_documents, nothing)


def list_form(output: Path | None) -> str:
    """The format of a list where none is asked for: a table to read, or by the output's suffix."""
    return "table" if output is None else form_for(output, 1)


def write_list(
    output: Path | None, form: str, found: Table, print_rows: Callable[[Console, Any], None], nothing: str
) -> None:
    """Rows in a format; in a table of none, what there is to say instead."""
    from extractor.display import console
    from extractor.export import EXPORTS

    with opened(output, bom=form == "csv") as out:
        if form != "table":
            EXPORTS[form](out, found)
        elif nothing:
            click.echo(line(nothing), file=out)
        else:
            print_rows(console(out), found.rows)


def why_nothing(store: Store, wanted: Filter, table: str) -> str:
    """What to say where a list is empty: the filter that nothing in the store fits, and what there is instead."""
    from extractor.listing import unknown

    name, known = unknown(store, wanted, of_targets=table == "targets") or ("", [])
    if known:
        return say(f"nothing.{name}", wanted=getattr(wanted, name), known=", ".join(known))
    if name in ("agency", "programme"):
        return say(f"nothing.{name}", wanted=getattr(wanted, name))
    if wanted.fresh and store.documents():
        return say("nothing.stale")
    return say(f"nothing.{table if table in ('documents', 'targets', 'hits') else 'records'}")


@command()
@click.argument("words", nargs=-1, required=True, metavar="WORDS...")
@database
@click.option("--class", "searched", type=click.Choice(SEARCHED), multiple=True)
@chosen
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@form(*FORMATS)
@to_file
def search(
    words: tuple[str, ...],
    db: Path,
    searched: tuple[str, ...],
    filters: dict[str, str | None],
    limit: int,
    form: str | None,
    output: Path | None,
) -> None:
    from functools import partial

    from extractor.display import print_hits
    from extractor.export import Table

    form = form or list_form(output)
    with open_store(db, read_only=True) as store:
        from extractor import listing

        wanted = listing.Filter(**filters)
        query = " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in words)
        rows = listing.search(store, query, wanted, searched or tuple(SEARCHED), limit)
        nothing = "" if rows else why_nothing(store, wanted, "hits")
    write_list(output, form, Table("hits", listing.HIT, rows), partial(print_hits, more=len(rows) == limit), nothing)


@command()
@click.argument("document", metavar="DOC")
@database
@click.option("--text", is_flag=True)
@click.option("--html", is_flag=True)
@classes
@form("table", "json")
@to_page
def show(
    document: str, db: Path, text: bool, html: bool, classes: tuple[str, ...], form: str | None, page: Path | None
) -> None:
    from extractor.display import console, print_records, print_text

    if page and not html and page.suffix.lower() not in (".html", ".htm"):
        raise click.UsageError(say("show.no_page", output=page))
    html = html or page is not None
    if html and (text or form):
        raise click.UsageError(say("show.one_form"))
    with open_store(db, read_only=True) as store:
        extraction = store.load(document)
    if html:
        from extractor.page import document_page

        with opened(page, bom=False) as out:
            out.write(document_page(extraction, classes))
    elif form == "json":
        write_documents(sys.stdout, [extraction], "json", classes)
    else:
        (print_text if text else print_records)(console(sys.stdout), extraction, classes)


@command()
@click.argument("record", metavar="RECORD")
@database
@overlay
def explain(record: str, db: Path, rules: Path | None) -> None:
    from extractor.display import console, print_explanation
    from extractor.explain import explain

    with open_store(db, read_only=True) as store:
        name, found, document = store.record(record)
        extraction = store.load(document["id"])
    print_explanation(console(sys.stdout), explain(extraction, name, found, load_rules(rules)), extraction)


@command()
@database
@click.option("--table", "tables", type=click.Choice(VIEWED), multiple=True, metavar="TABLE")
@form(*EXPORTED)
@chosen
@by_words
@click.option("--excel", is_flag=True)
@click.option("--delimiter", type=click.Choice(tuple(DELIMITERS)))
@click.option("--decimal", type=click.Choice(tuple(DECIMALS)))
@click.option("-o", "--output", "target", metavar="FILE")
@click.pass_obj
def export(
    quiet: bool,
    db: Path,
    tables: tuple[str, ...],
    form: str | None,
    filters: dict[str, str | None],
    words: str | None,
    excel: bool,
    delimiter: str | None,
    decimal: str | None,
    target: str | None,
) -> None:
    output = Path(target) if target else None
    if output and output.exists() and db.exists() and output.samefile(db):
        raise click.UsageError(say("export.onto_database", db=db))
    folder = output if output and (output.is_dir() or str(target).endswith("/")) else None
    form = form or (form_of(output, EXPORTED) if output and output.suffix and not folder else "csv")
    if form in ("parquet", "xlsx") and output is None:
        raise click.UsageError(say("export.needs_file", form=form))
    names = tuple(dict.fromkeys(tables)) or (VIEWED if folder else ("targets",))
    if len(names) > 1 and not folder:
        raise click.UsageError(say("export.one_table"))
    write = _writer(form, output, excel, delimiter, decimal)
    with open_store(db, read_only=True) as store, store.reading():
        from extractor.export import stored
        from extractor.listing import Filter, rows

        wanted = Filter(**filters, words=words)
        if form == "xlsx" and not (tables or folder):
            from extractor.report import SHEETS, write_report

            names = tuple(SHEETS)
            with opened(output, bom=False) as out:
                write_report(out, store, wanted)
        else:
            for name in names:
                path = folder / f"{name}.{form}" if folder else output
                with opened(path, bom=form == "csv", made=folder is not None) as out:
                    write(out, stored(store, name, wanted))
        if not quiet and not any(True for name in names for _ in rows(store, name, wanted)):
            click.echo(f"muctieu: {line(why_nothing(store, wanted, names[0]))}", err=True)


def _writer(
    form: str, output: Path | None, excel: bool, delimiter: str | None, decimal: str | None
) -> Callable[[TextIO, Table], None]:
    """What writes a table in a format, in the style asked for."""
    from functools import partial

    from extractor.export import EXPORTS, write_csv

    if form != "csv":
        if excel or delimiter or decimal:
            raise click.UsageError(say("export.csv_only"))
        return EXPORTS[form]
    return partial(
        write_csv,
        delimiter=DELIMITERS[delimiter or ("semicolon" if excel else "comma")],
        decimal=DECIMALS[decimal or ("comma" if excel else "point")],
        bom=excel and output is None,
    )
