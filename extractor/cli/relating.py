"""Commands that set documents beside each other: graph, diff."""

from __future__ import annotations

from pathlib import Path

import click

from extractor.safe import dumps

from .comparing import open_aligned
from .options import database, form, form_of, load_rules, opened, overlay
from .told import command

DRAWN = ("dot", "svg", "json")
COMPARED = ("json", "csv", "markdown")


@command()
@click.argument("document", metavar="DOC")
@database
@click.option("--depth", type=click.IntRange(1, 5), default=1, show_default=True)
@overlay
@form("tree", *DRAWN)
@click.option("-o", "--output", "drawing", type=click.Path(path_type=Path, dir_okay=False, writable=True))
def graph(document: str, db: Path, depth: int, rules: Path | None, form: str | None, drawing: Path | None) -> None:
    from extractor.display import console

    form = form or (form_of(drawing, DRAWN) if drawing else "tree")
    book = load_rules(rules)
    with open_aligned(db, book) as store, store.reading():
        from extractor.relations import relations

        found = relations(store, store.load(document)["document"]["id"], depth, book)
    from extractor.drawing import write_dot, write_svg
    from extractor.tree import left_out, print_relations

    with opened(drawing, bom=False) as out:
        if form == "tree":
            print_relations(console(out), found)
        elif form == "json":
            out.write(dumps(found.as_dict()) + "\n")
        else:
            {"dot": write_dot, "svg": write_svg}[form](out, found, book)
    if found.left_out:
        click.echo(f"muctieu: {left_out(found)}", err=True)


@command()
@click.argument("old", metavar="DOC_A")
@click.argument("new", metavar="DOC_B")
@database
@overlay
@form("table", *COMPARED)
@click.option("-o", "--output", "report", type=click.Path(path_type=Path, dir_okay=False, writable=True))
def diff(old: str, new: str, db: Path, rules: Path | None, form: str | None, report: Path | None) -> None:
    from extractor.display import console

    form = form or (form_of(report, COMPARED) if report else "table")
    book = load_rules(rules)
    with open_aligned(db, book) as store, store.reading():
        from extractor.diff import difference

        old_id, new_id = (store.load(each)["document"]["id"] for each in (old, new))
        found = difference(store, old_id, new_id, book)
    from extractor.differing import print_difference, table, write_markdown
    from extractor.export import EXPORTS

    with opened(report, bom=form == "csv") as out:
        if form == "table":
            print_difference(console(out), found)
        elif form == "csv":
            EXPORTS["csv"](out, table(found))
        elif form == "json":
            out.write(dumps(found.as_dict()) + "\n")
        else:
            write_markdown(out, found)
