"""The difference of two documents for people and other programs: on the terminal, as Markdown, as rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from .definitions import EQUAL
from .diff import DROPPED, LOWERED, NEW, OF_TARGET, RAISED, SAME, Difference, Line, Row, Side
from .display import Columns, grid, name_of, number, period, place, value
from .drawing import does
from .export import Table
from .messages import reason, say
from .safe import clean, line, markdown

COLOURS = {NEW: "green", DROPPED: "red", RAISED: "bold", LOWERED: "bold", SAME: "dim"}
TYPES = {"low": float, "high": float, "page": int}


def print_difference(out: Console, found: Difference) -> None:
    """A head with what the two documents are, then a line a target: what has become of it, its old and new value, and
    where both stand."""
    sides = (found.old, found.new)
    columns: Columns = [("", {"style": "dim"}), ("older", {"ratio": 1}), ("newer", {"ratio": 1})]
    rows: list[list[str | RenderableType]] = [[label, *texts] for label, texts in _head(sides) if any(texts)]
    out.print(grid(columns, rows))
    for related in _related(found):
        out.print(Text(related, style="dim"))
    out.print()
    shape: Columns = [
        ("became", {"width": 10}),
        ("indicator", {"ratio": 1}),
        ("older", {"width": 16}),
        ("newer", {"width": 16}),
    ]
    paged = [side.document["pages"] > 1 for side in sides]
    cells: list[list[str | RenderableType]] = []
    for each in found.lines:
        became = Group(*(Text(text) for text in (_became(each.what), _asks(each)) if text))
        about = [Text(line(each.name))]
        about += [
            Text(text, style="dim") for text in (_where(each, paged), *(_reason(why) for why in each.why)) if text
        ]
        style = COLOURS.get(each.what, "yellow")
        cells.append([Padding(became, 0, style=style), Group(*about), _stated(each.old), _stated(each.new)])
    if cells:
        out.print(grid(shape, cells))
    out.print(Text(_counts(found)))


def write_markdown(out: TextIO, found: Difference) -> None:
    """The head and the lines as two tables, with citations."""
    old, new = (markdown(name_of(side.document)) for side in (found.old, found.new))
    out.write(f"| | {old} | {new} |\n|---|---|---|\n")
    for label, texts in list(_head((found.old, found.new)))[1:]:
        if any(texts):
            out.write(f"| {' | '.join(map(markdown, (label, *texts)))} |\n")
    for related in _related(found):
        out.write(f"\n{markdown(related)}\n")
    headings = [say(f"column.{name}") for name in ("became", "indicator", "older", "newer", "because")]
    out.write(f"\n| {' | '.join(headings)} |\n|{'---|' * len(headings)}\n")
    for each in found.lines:
        became = ", ".join(filter(None, (_became(each.what), _asks(each))))
        why = "; ".join(map(_reason, each.why))
        cells = (became, each.name, _cited(each.old), _cited(each.new), why)
        out.write(f"| {' | '.join(map(markdown, cells))} |\n")
    out.write(f"\n{markdown(_counts(found))}\n")


def table(found: Difference) -> Table:
    """A row a line, the columns of both targets side by side."""
    own = {"what": str, "verdict": str, "why": str, "paired": str, "likeness": float, "indicator": str}
    of_target = {f"{side}_{name}": TYPES.get(name, str) for side in ("old", "new") for name in OF_TARGET}
    return Table("difference", own | of_target, [_row(each) for each in found.lines])


def _row(each: Line) -> dict[str, Any]:
    own: dict[str, Any] = {"what": each.what, "verdict": each.verdict, "why": "; ".join(each.why) or None}
    own |= {"paired": each.paired, "likeness": each.likeness, "indicator": each.name}
    sides = (("old", each.old), ("new", each.new))
    return own | {f"{side}_{name}": row and row[name] for side, row in sides for name in OF_TARGET}


def _head(sides: tuple[Side, Side]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is told of both documents: a label and a text for each."""
    one, other = sides
    documents = (one.document, other.document)
    yield say("column.document"), tuple(name_of(each) for each in documents)
    yield say("column.title"), tuple(line(each["title"] or "") for each in documents)
    yield say("column.period"), tuple(period(each["period_from"], each["period_to"]) for each in documents)
    yield say("column.programme"), tuple(line(side.programme or "") for side in sides)
    yield say("column.targets"), tuple(number(side.targets) for side in sides)
    yield say("column.commitments"), tuple(number(each["commitments"]) for each in documents)


def _related(found: Difference) -> Iterator[str]:
    """What the new document says that it does to the old one."""
    old, new = name_of(found.old.document), name_of(found.new.document)
    yield from (f"{new} {does(relation)} {old}" for relation in found.relations)


def _became(what: str) -> str:
    return say(f"became.{what.replace(' ', '_')}")


def _asks(each: Line) -> str:
    """Whether the new value asks for more or less; "" where it asks for the same, or nothing is known."""
    return say(f"asks.{each.verdict}") if each.verdict and each.verdict != EQUAL else ""


def _reason(why: str) -> str:
    return line(reason(why))


def _stated(row: Row | None) -> str:
    """A value and its time."""
    return "\n".join(filter(None, (value(row), period(row["period_from"], row["period_to"])))) if row else ""


def _cited(row: Row | None) -> str:
    """A value with its time and citation on one line."""
    return f"{_stated(row).replace(chr(10), ', ')}; {row['citation']}" if row else ""


def _where(each: Line, paged: list[bool]) -> str:
    """The places in both documents."""
    rows = zip((each.old, each.new), paged, strict=True)
    places = [place(row["block_path"], row["page"] if has_pages else None) if row else "–" for row, has_pages in rows]
    return clean(" → ".join(each or "?" for each in places)) if any(places) else ""


def _counts(found: Difference) -> str:
    told = (f"{_became(what)} {number(count)}" for what, count in found.counts.items())
    return ", ".join(told) or say("nothing.targets")
