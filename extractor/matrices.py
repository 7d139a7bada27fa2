"""The comparison as people read it: on a screen, as Markdown, as a web page, as a workbook.

A cell shows its values, each with the year, a mark for where it is from, and a sign for how it stands to the yardstick;
what is not ranked says so.  `legend` explains every sign that a matrix uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from .compare import (
    ALLOTTED,
    NEWS,
    NO_DOCUMENT,
    OFFICIAL,
    QUALITATIVE,
    QUOTED,
    UNREADABLE,
    VALUE,
    WITHOUT,
    Cell,
    Change,
    Column,
    Entry,
    Line,
    Matrix,
)
from .definitions import EQUAL, STRICTER, UNDECIDABLE, WEAKER
from .display import date, grid, name_of, value
from .messages import reason, say
from .resolve import NATION
from .safe import line, markdown
from .sheets import Column as SheetColumn
from .sheets import book

if TYPE_CHECKING:
    from rich.console import Console

VERDICT_SIGNS = {STRICTER: "▲", EQUAL: "=", WEAKER: "▼", UNDECIDABLE: "?"}
NOT_COMPARABLE = "≠"
MARK_SIGNS = {OFFICIAL: "", NEWS: "*", ALLOTTED: "†", QUOTED: "‡"}
KIND_SIGNS = {QUALITATIVE: "“…”", WITHOUT: "–", NO_DOCUMENT: "·", UNREADABLE: "⚠"}
STYLES = {STRICTER: "green", WEAKER: "red", EQUAL: "cyan", UNDECIDABLE: "yellow"}
FIRST, OTHERS, GAP = 24, 15, 1  # widths of the columns of a matrix on a screen, at least
FEW = 12  # provinces named in a line on a screen
NAME = 200  # characters of an indicator's name shown on a screen
LINES, VALUES = 25, 1000  # indicators on a screen, unless a limit is given, and the values that they may have together


def value_text(entry: Entry, *, dated: bool, ranked: bool = True) -> str:
    """A value with its signs: "≥ 60% (2025) ▲", "30% (2025)*"."""
    year = f" ({entry.year})" if dated and entry.year else ""
    rank = VERDICT_SIGNS.get(entry.verdict or "", "") if ranked else ""
    sign = rank if entry.comparable else NOT_COMPARABLE
    return f"{value(entry.target)}{year}{MARK_SIGNS[entry.mark]}" + (f" {sign}" if sign else "")


def cell_text(cell: Cell, column: Column, matrix: Matrix) -> str:
    """All that a cell says, a value a line; those of another year than the one asked for in brackets."""
    if cell.kind != VALUE:
        quote = f" {line(cell.quote, 60)}" if cell.quote else ""
        return KIND_SIGNS[cell.kind] + quote
    asked = matrix.question.year is not None
    shown = [_placed(entry, column) + value_text(entry, dated=not asked) for entry in cell.entries]
    beside = [f"[{_placed(entry, column)}{value_text(entry, dated=True, ranked=False)}]" for entry in cell.beside]
    return "\n".join([*shown, *beside])


def _placed(entry: Entry, column: Column) -> str:
    """The province as stated, where the column is another one."""
    return "" if entry.place == column.name else f"{entry.place}: "


def why_text(entry: Entry) -> str:
    """Why a value is not compared, in the language in use; "" where it is."""
    return "; ".join(reason(piece) for piece in (entry.why or "").split("; ") if piece) if not entry.comparable else ""


def legend(matrix: Matrix) -> list[str]:
    """What the signs of a matrix mean, those that it uses."""
    entries = [e for cell in matrix.cells.values() for e in cell.all]
    kinds = {cell.kind for cell in matrix.cells.values()}
    out = [
        f"{sign} {say(f'verdict.{verdict}')}"
        for verdict, sign in VERDICT_SIGNS.items()
        if any(e.verdict == verdict and e.comparable for e in entries)
    ]
    out += [f"{NOT_COMPARABLE} {say('matrix.not_comparable')}"] * any(not e.comparable for e in entries)
    out += [f"{sign} {say(f'origin.{mark}')}" for mark, sign in MARK_SIGNS.items() if sign and _uses(entries, mark)]
    out += [f"{sign} {say(f'cell.{_key(kind)}')}" for kind, sign in KIND_SIGNS.items() if kind in kinds]
    if undated := {e.target["document_id"] for e in entries if matrix.question.day and not e.target["in_force_from"]}:
        out.append(say("matrix.undated", count=len(undated)))
    if matrix.beside:
        out.append(f"[ ] {say('matrix.beside', year=matrix.question.year, count=matrix.beside)}")
    return out


def _uses(entries: Sequence[Entry], mark: str) -> bool:
    return any(entry.mark == mark for entry in entries)


def _key(kind: str) -> str:
    return kind.replace(" ", "_")


# --- on a screen ----------------------------------------------------------------------------------------------------


def print_matrix(out: Console, matrix: Matrix, *, limit: int | None, evidence: bool) -> None:
    """The matrix as a table where it fits, else indicator by indicator: `limit` of them, or few enough for a screen."""
    lines = matrix.lines[:limit] if limit else _few(matrix)
    needed = FIRST + len(matrix.columns) * (OTHERS + GAP)
    if needed <= out.width and not evidence:
        _print_table(out, matrix, lines)
    else:
        for each in lines:
            _print_line(out, matrix, each, evidence=evidence)
    for text in legend(matrix):
        out.print(f"  {text}", style="dim")
    if len(lines) < len(matrix.lines):
        out.print(say("matrix.more", count=len(matrix.lines) - len(lines)))


def _few(matrix: Matrix) -> tuple[Line, ...]:
    """The first indicators, LINES at most, which have no more than VALUES values together; one at least."""
    count = 0
    for place, each in enumerate(matrix.lines[:LINES]):
        cells = (matrix.cells[each.id, column.id] for column in matrix.columns)
        count += sum(len(cell.entries) + len(cell.beside) for cell in cells)
        if count > VALUES and place:
            return matrix.lines[:place]
    return matrix.lines[:LINES]


def _print_table(out: Console, matrix: Matrix, lines: Sequence[Line]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 1, 0))
    table.add_column(say("column.indicator"), min_width=FIRST, overflow="fold")
    for column in matrix.columns:
        table.add_column(line(column.label), min_width=OTHERS, overflow="fold")
    for each in lines:
        cells = [Text(cell_text(matrix.cells[each.id, column.id], column, matrix)) for column in matrix.columns]
        table.add_row(Text(line(each.name, NAME)), *cells)
    out.print(table)


def _print_line(out: Console, matrix: Matrix, each: Line, *, evidence: bool) -> None:
    from rich.text import Text

    out.print(Text(line(each.name, NAME), style="bold"))
    out.print(Text(f"{each.id}  {_direction(each)}", style="dim"))
    rows: list[Sequence[Any]] = []
    others: dict[str, list[str]] = {}
    for column in matrix.columns:
        cell = matrix.cells[each.id, column.id]
        if cell.kind in (WITHOUT, NO_DOCUMENT, UNREADABLE):
            others.setdefault(cell.kind, []).append(column.label)
        elif cell.kind == QUALITATIVE:
            rows.append(["  ", line(column.label), f"“{line(cell.quote or '', 300)}”", ""])
        before = ""
        for entry in cell.all:
            ranked = matrix.question.asks(entry)
            style = STYLES.get(entry.verdict or "", "") if ranked and entry.comparable else "" if ranked else "dim"
            text = value_text(entry, dated=True, ranked=ranked)
            said = Text(text if ranked else f"[{text}]", style=style)
            told = [why_text(entry), say("matrix.since", day=date(entry.since)) if entry.since else ""]
            name = _under(entry, column)
            rows.append(["  ", line(name) if name != before else "", said, "; ".join(filter(None, told))])
            before = name
            if evidence:
                quoted = f"{name_of(entry.target)}: “{line(entry.target['quote'], 400)}”"
                rows.append(["", "", Text(quoted, style="dim"), ""])
    out.print(grid([("", {}), ("", {"min_width": 12}), ("", {"ratio": 2}), ("", {"ratio": 1})], rows, headed=False))
    for kind, names in others.items():
        shown = ", ".join(names[:FEW]) + (f" … ({len(names)})" if len(names) > FEW else "")
        out.print(Text(f"  {KIND_SIGNS[kind]} {say(f'cell.{_key(kind)}')}: {shown}", style="dim"))
    out.print()


def _under(entry: Entry, column: Column) -> str:
    return column.label if entry.place == column.name else f"{column.label} < {entry.place}"


def _direction(each: Line) -> str:
    return say(f"better.{each.better}") if each.better else say("better.unknown")


def print_changes(out: Console, changes: Sequence[Change]) -> None:
    """Changes of targets, one a line."""
    before = None
    rows: list[Sequence[Any]] = []
    for change in changes:
        again, before = change.line.id == before, change.line.id
        rows.append(_change(change, "" if again else line(change.line.name, NAME)))
    names = ("indicator", "place", "old", "new", "what", "by")
    out.print(grid([(name, {"ratio": 2} if name == "indicator" else {}) for name in names], rows))


def _change(change: Change, name: str) -> list[str]:
    return [
        name,
        line(change.place),
        f"{value(change.old)} ({date(change.old['period_to'])})",
        f"{value(change.new)} ({date(change.new['period_to'])})",
        say(f"change.{change.what}"),
        say(f"change.{change.by}"),
    ]


def change_rows(changes: Sequence[Change]) -> Iterator[dict[str, Any]]:
    """Changes as records, with CHANGE as their columns."""
    for change in changes:
        old, new = change.old, change.new
        yield {
            "indicator_id": change.line.id,
            "indicator": change.line.name,
            "place": change.place,
            "by": change.by,
            "what": change.what,
            "old": value(old),
            "old_year": old["period_to"],
            "old_document": name_of(old),
            "old_target_id": old["id"],
            "new": value(new),
            "new_year": new["period_to"],
            "new_document": name_of(new),
            "new_target_id": new["id"],
        }


CHANGE: dict[str, type] = dict.fromkeys(
    (
        "indicator_id", "indicator", "place", "by", "what", "old", "old_year", "old_document", "old_target_id", "new",
        "new_year", "new_document", "new_target_id",
    ),
    str,
)  # fmt: skip


# --- Markdown -------------------------------------------------------------------------------------------------------


def write_markdown(out: TextIO, matrix: Matrix, *, evidence: bool) -> None:
    """A table, a legend, and the quotes where they are asked for."""
    out.write("| " + " | ".join([say("column.indicator"), *(markdown(c.label) for c in matrix.columns)]) + " |\n")
    out.write("|" + "---|" * (len(matrix.columns) + 1) + "\n")
    for each in matrix.lines:
        cells = [cell_text(matrix.cells[each.id, column.id], column, matrix) for column in matrix.columns]
        shown = ["<br>".join(markdown(part) for part in cell.split("\n")) for cell in cells]
        out.write("| " + " | ".join([markdown(each.name), *shown]) + " |\n")
    out.write("\n" + "".join(f"- {markdown(text)}\n" for text in legend(matrix)))
    if evidence:
        out.write(f"\n## {say('sheet.evidence')}\n")
        for each in matrix.lines:
            out.write(f"\n### {markdown(each.name)}\n\n")
            for column in matrix.columns:
                cell = matrix.cells[each.id, column.id]
                for entry in cell.all:
                    told = f"{entry.place}, {value_text(entry, dated=True)}"
                    why = f" ({markdown(why_text(entry))})" if why_text(entry) else ""
                    quote = f"“{markdown(entry.target['quote'])}”, {markdown(name_of(entry.target))}"
                    out.write(f"- {markdown(told)}{why}: {quote}\n")


# --- a web page -----------------------------------------------------------------------------------------------------


def write_html(out: TextIO, matrix: Matrix, *, evidence: bool) -> None:
    """A page of its own: the matrix with a card for each value, the legend, and the quotes where asked for."""
    from .page import head
    from .painting import Html

    page = Html()
    title = title_of(matrix)
    with page.inside("html", lang="vi"):
        head(page, title)
        with page.inside("body", class_="comparison"), page.inside("main"):
            page.element("h1", title)
            with page.inside("div", class_="scroll"), page.inside("table", class_="matrix"):
                with page.inside("thead"), page.inside("tr"):
                    page.element("th", say("column.indicator"), scope="col")
                    for column in matrix.columns:
                        page.element("th", column.label, scope="col")
                with page.inside("tbody"):
                    for each in matrix.lines:
                        with page.inside("tr"):
                            page.element("th", each.name, scope="row")
                            for column in matrix.columns:
                                _html_cell(page, matrix, matrix.cells[each.id, column.id], column)
            with page.inside("ul", class_="signs"):
                for text in legend(matrix):
                    page.element("li", text)
            if evidence:
                _html_evidence(page, matrix)
    out.write(page.written())


def _html_cell(page: Any, matrix: Matrix, cell: Cell, column: Column) -> None:
    with page.inside("td", class_=_key(cell.kind)):
        if cell.kind != VALUE:
            page.element("span", cell_text(cell, column, matrix), title=say(f"cell.{_key(cell.kind)}"))
        for entry in cell.all:
            told = [f"“{line(entry.target['quote'], 600)}”", name_of(entry.target), why_text(entry)]
            if entry.yardstick:
                told.append(say("matrix.yardstick", value=value(entry.yardstick), document=name_of(entry.yardstick)))
            asked = matrix.question.asks(entry)
            css = (entry.verdict or "unranked") if asked and entry.comparable else "unranked"
            text = value_text(entry, dated=matrix.question.year is None or not asked, ranked=asked)
            page.element(
                "div",
                _placed(entry, column) + text if asked else f"[{_placed(entry, column)}{text}]",
                class_=css,
                title="\n".join(filter(None, told)),
            )


def _html_evidence(page: Any, matrix: Matrix) -> None:
    page.element("h2", say("sheet.evidence"))
    for each in matrix.lines:
        page.element("h3", each.name)
        with page.inside("ul", class_="evidence"):
            for column in matrix.columns:
                cell = matrix.cells[each.id, column.id]
                for entry in cell.all:
                    with page.inside("li"):
                        page.element("b", f"{entry.place}: {value_text(entry, dated=True)} ")
                        page.text(f"“{entry.target['quote']}” — {name_of(entry.target)} {why_text(entry)}")


def title_of(matrix: Matrix) -> str:
    """What a matrix is about, for headings."""
    asked = matrix.question
    about = asked.words or matrix.programme or asked.programme or ""
    year = f", {asked.year}" if asked.year else ""
    return say("matrix.title") + (f": {line(about, 120)}" if about else "") + year


# --- a workbook -----------------------------------------------------------------------------------------------------


def write_workbook(out: TextIO, matrix: Matrix, as_of: str | None) -> None:
    """A sheet with the matrix, one with a line for each value and its quote, and one with notes."""
    with book(out.buffer, title_of(matrix), as_of=as_of) as xlsx:
        columns = [SheetColumn(say("column.indicator"), 46, wrapped=True)]
        columns += [SheetColumn(column.label, 22, wrapped=True) for column in matrix.columns]
        xlsx.sheet(
            say("sheet.matrix"),
            columns,
            (
                [
                    each.name,
                    *(cell_text(matrix.cells[each.id, column.id], column, matrix) for column in matrix.columns),
                ]
                for each in matrix.lines
            ),
        )
        xlsx.sheet(
            say("sheet.evidence"),
            [SheetColumn(say(f"column.{name}"), width, wrapped=name not in PLAIN) for name, width in EVIDENCE.items()],
            _evidence(matrix),
        )
        xlsx.sheet(
            say("sheet.notes"),
            [SheetColumn(say("heading.about"), 30, wrapped=True), SheetColumn(say("heading.note"), 110, wrapped=True)],
            _notes(matrix),
        )


EVIDENCE = {
    "indicator": 46, "place": 18, "value": 20, "year": 8, "verdict": 16, "why": 30, "yardstick": 24, "quote": 60,
    "citation": 44, "since": 12, "mark": 16,
}  # fmt: skip
"""The columns of the sheet of evidence with their widths."""
PLAIN = ("year", "since")  # columns of numbers and days


def _evidence(matrix: Matrix) -> Iterator[list[Any]]:
    from .export import day

    for each in matrix.lines:
        for column in matrix.columns:
            cell = matrix.cells[each.id, column.id]
            if cell.kind == QUALITATIVE:
                document = matrix.documents[cell.documents[0]]
                about = say("cell.qualitative")
                yield [each.name, column.name, None, None, about, None, None, cell.quote, name_of(document), None, None]
            for entry in cell.all:
                asked = matrix.question.asks(entry)
                verdict = say(f"verdict.{entry.verdict}") if entry.verdict and asked and entry.comparable else None
                yield [
                    each.name,
                    entry.place,
                    value(entry.target),
                    entry.year,
                    verdict or say("matrix.unranked"),
                    why_text(entry) or (None if verdict else unranked(entry, each, matrix)),
                    f"{value(entry.yardstick)} ({name_of(entry.yardstick)})" if entry.yardstick else None,
                    entry.target["quote"],
                    name_of(entry.target),
                    day(entry.since) if entry.since else None,
                    say(f"origin.{entry.mark}"),
                ]


def unranked(entry: Entry, each: Line, matrix: Matrix) -> str:
    """Why a value that can be compared has no rank."""
    if entry.target["place_id"] == NATION or entry.mark == ALLOTTED:
        return say("unranked.yardstick")
    if entry.year is None:
        return say("unranked.undated")
    if not matrix.question.asks(entry):
        return say("unranked.other_year")
    if entry.yardstick is None:
        return say("unranked.no_yardstick")
    return say("unranked.no_direction") if each.better is None else say("unranked.none")


def _notes(matrix: Matrix) -> Iterator[tuple[str, str]]:
    yield say("matrix.title"), title_of(matrix)
    for text in legend(matrix):
        sign, _, told = text.partition(" ")
        yield sign, told
    yield say("matrix.how"), say("matrix.how_note")
    yield say("matrix.places"), say("matrix.places_note")
