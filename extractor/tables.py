"""The table blocks of a tree -> what each cell inherits: its column's headings, its row's label, unit and bodies.

A row may also be laid out as lines, each with its column's heading before a colon.

Headings are read by `columns.toml`.  A row whose cells cannot be told apart, since the source lost its empty cells,
inherits no columns and is named in `lost`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import regex

from .mentions import finder
from .model import Block
from .rulebook import Rulebook
from .structure import Outline
from .text import Shade

HEAD_ROWS = 2
HEAD_LENGTH = 80  # characters of a column's heading
LETTER = regex.compile(r"\p{L}{2}")
DIGIT = regex.compile(r"\d")
ROMAN_NUMBER = regex.compile(r"[IVX]+")
LINE_HEAD = 60  # characters in which a line names itself before a colon
LINED = ("lead", "support", "due", "note")
VALUES = ("target", "result", "dated", "place")
CAPITALS, ROMAN, NUMBERS, UNNUMBERED = range(4)  # how deep a group row stands, by its number


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in its table.

    column  what its heading says it holds (`columns.toml`): "dated" where only the heading's year tells, "place" where
            it is a province, "" where the heading says nothing known, "head" for a heading itself
    heads   blocks of the headings above it, nearest first
    row     blocks of its row by column kind: label, unit, lead, support, due, result
    groups  blocks of the group rows above, nearest first
    counts  whether the nearest heading names what is counted ("Lượng (Tấn)" below "Kế hoạch 2026", "Tốc độ tăng GRDP
            2026 - 2030"), the row's label then only of what
    """

    column: str
    heads: tuple[int, ...]
    row: dict[str, int]
    groups: tuple[int, ...]
    counts: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    kind: str
    heads: tuple[int, ...]
    counts: bool = False


@dataclass(frozen=True, slots=True)
class _Group:
    """A row that groups those below it, and how deep it stands."""

    depth: int
    label: Block


@dataclass(slots=True)
class Tables:
    """The cells of all tables by block; of tables with values, how many rows cannot be told apart."""

    cells: dict[int, Cell] = field(default_factory=dict)
    lost: dict[int, int] = field(default_factory=dict)


def tables(shaded: Shade, outline: Outline, book: Rulebook) -> Tables:
    """What the cells of a text inherit; tables without a readable heading are left out."""
    out = Tables()
    for table, rows in _rows(outline):
        columns, first = _columns(shaded, rows, book)
        if not columns:
            continue
        heads = {_texts(shaded, cells) for cells in rows[:first]}
        for head in (block for cells in rows if _texts(shaded, cells) in heads for block in cells):
            out.cells[head.block] = Cell("head", (), {}, ())
        valued = any(column.kind in VALUES for column in columns)
        groups: list[_Group] = []
        for cells in rows[first:]:
            if _texts(shaded, cells) in heads:  # a table that goes on over a page has its heading again
                continue
            placed = _place(cells, columns, _width(shaded, outline, cells))
            if placed is None:
                if LETTER.search(shaded.text, cells[-1].start, cells[-1].end) and len(cells) <= 2:
                    groups = _grouped(shaded, groups, cells)
                elif valued and DIGIT.search(shaded.text, cells[-1].start, cells[-1].end):
                    out.lost[table] = out.lost.get(table, 0) + 1
                continue
            row = {column.kind: block.block for column, block in reversed(placed)}
            if not any(column.kind in (*VALUES, "due", "lead", "support") for column, _ in placed):
                groups = _grouped(shaded, groups, cells)
            above = tuple(group.label.block for group in reversed(groups))
            for column, block in placed:
                out.cells[block.block] = Cell(column.kind, column.heads, row, above, column.counts)
    out.cells.update(_lined(shaded, outline, book))
    return out


def _texts(shaded: Shade, cells: list[Block]) -> tuple[str, ...]:
    return tuple(shaded.lower[cell.start : cell.end] for cell in cells)


def _lined(shaded: Shade, outline: Outline, book: Rulebook) -> Iterator[tuple[int, Cell]]:
    """Rows laid out as lines: what is to be done, below it "Cơ quan chủ trì: …", "Thời gian thực hiện: …".

    A line whose words before the colon read as a column's heading belongs to the last line that has no such words.
    """
    row: dict[str, int] = {}
    for block in outline.blocks:
        if block.kind in ("table", "row", "cell"):
            continue
        start = outline.contents[block.block]
        colon = shaded.text.find(":", start, min(block.end, start + LINE_HEAD))
        kind, _ = _kind(shaded, start, colon, book) if colon > 0 else ("", False)
        if kind in LINED and "label" in row:
            if shaded.text[colon + 1 : block.end].strip():
                row.setdefault(kind, block.block)
                yield block.block, Cell(kind, (), row, ())
        else:
            row = {"label": block.block}


def _rows(outline: Outline) -> Iterator[tuple[int, list[list[Block]]]]:
    """Each table with its rows of cells that are not empty."""
    rows: dict[int, list[list[Block]]] = {}
    of_row: dict[int, list[Block]] = {}
    for block in outline.blocks:
        if block.kind == "row" and block.parent is not None:
            rows.setdefault(block.parent, []).append(of_row.setdefault(block.block, []))
        elif block.kind == "cell" and block.parent is not None:
            of_row[block.parent].append(block)
    for table, found in rows.items():
        yield table, [cells for cells in found if cells]


def _columns(shaded: Shade, rows: list[list[Block]], book: Rulebook) -> tuple[list[_Column], int]:
    """The columns by the heading rows, and the first row below them; none where the first row is no heading."""
    heads = [[_column(shaded, cell, book) for cell in cells] for cells in rows[:HEAD_ROWS]]
    if not heads or len(heads[0]) < 3 or not _is_heading(heads[0]):
        return [], 0
    columns, first = _labelled(heads[0]), 1
    if len(heads) == HEAD_ROWS:
        spread = _spread(columns, heads[1])
        widths = Counter(len(cells) for cells in rows[HEAD_ROWS:])
        timed = all(c.kind in (*VALUES, "change") for c in heads[1])
        if timed or (heads[1][0].kind == "" and widths[len(spread)] > widths[len(columns)]):
            columns, first = spread, HEAD_ROWS
    if first < len(rows) and _is_numbering(shaded, rows[first]):
        first += 1
    return columns, first


def _column(shaded: Shade, cell: Block, book: Rulebook) -> _Column:
    kind, measured = _kind(shaded, cell.start, cell.end, book)
    return _Column(kind, (cell.block,), measured)


def _labelled(columns: list[_Column]) -> list[_Column]:
    """The columns, of which the first that tells nothing else holds the labels where no heading says so."""
    if any(column.kind == "label" for column in columns):
        return columns
    first = next((i for i, column in enumerate(columns) if column.kind in ("", "note")), None)
    return [replace(column, kind="label") if i == first else column for i, column in enumerate(columns)]


def _is_numbering(shaded: Shade, cells: list[Block]) -> bool:
    """A row that only numbers the columns: 1 | 2 | 3, (1) | (2) | (3)."""
    texts = [shaded.text[cell.start : cell.end].strip("() ") for cell in cells]
    if len(texts) < 3 or not all(text.isdecimal() for text in texts):
        return False
    numbers = [int(text) for text in texts]
    return numbers == sorted(set(numbers))


def _is_heading(columns: list[_Column]) -> bool:
    known = [column.kind for column in columns if column.kind]
    return len(known) >= 2 and ("label" in known or "order" in known)


def _spread(upper: list[_Column], lower: list[_Column]) -> list[_Column]:
    """The columns where one heading of the upper row spans the cells of the lower: a time or plan, else the last."""
    spans = [i for i, column in enumerate(upper) if column.kind in VALUES]
    spans = [i for i in spans if upper[i].kind != "result"] or spans or [len(upper) - 1]
    if not lower or len(lower) % len(spans):
        spans = spans[-1:]
    share = len(lower) // len(spans)
    out: list[_Column] = []
    below = iter(lower)
    for index, column in enumerate(upper):
        if index not in spans:
            out.append(column)
            continue
        for _ in range(share):
            inner = next(below)
            kind = column.kind if inner.kind in ("dated", "") and column.kind in VALUES else inner.kind
            out.append(_Column(kind, inner.heads + column.heads, inner.kind == "" or inner.counts))
    return out


def _kind(shaded: Shade, start: int, end: int, book: Rulebook) -> tuple[str, bool]:
    """What a heading says its column holds, "" where it says nothing known; and whether it names what is measured."""
    if end - start > HEAD_LENGTH:
        return "", False
    found = finder(book, "columns").find(shaded, start, end)
    if not found or found[0].start != start:
        return "", False
    return str(found[0].get("column")), bool(found[0].get("measured"))


def _width(shaded: Shade, outline: Outline, cells: list[Block]) -> int:
    """How many cells a row has by its bars, the empty ones too."""
    row = outline.blocks[cells[0].parent or 0]
    bars = shaded.text.count("|", row.start, row.end)
    return bars - 1 if shaded.text[row.start] == "|" else bars + 1


def _place(cells: list[Block], columns: list[_Column], width: int) -> list[tuple[_Column, Block]] | None:
    """The cells with their columns: as many as columns, or numbered as they are; None where that is not known.

    Empty cells at the end of a row are often not written, so fewer bars than columns tell nothing.
    """
    if len(cells) == len(columns):
        return list(zip(columns, cells, strict=True))
    numbered = [cell.column for cell in cells if cell.column is not None]
    whole = width == len(columns) or len(columns) - 1 in numbered
    if whole and len(numbered) == len(cells) and max(numbered) < len(columns):
        return [(columns[number], cell) for number, cell in zip(numbered, cells, strict=True)]
    return None


def _grouped(shaded: Shade, groups: list[_Group], cells: list[Block]) -> list[_Group]:
    """The group rows above the next row, after a row without values: it closes those that stand as deep or deeper."""
    label = cells[-1]
    group = _Group(_depth(shaded, cells), label)
    return [*(above for above in groups if above.depth < group.depth), group]


def _depth(shaded: Shade, cells: list[Block]) -> int:
    """How deep a group row stands: by its number (A, I, 1, 1.1), without one by the capitals of its label."""
    number = shaded.text[cells[0].start : cells[0].end].strip(".) ") if len(cells) > 1 else ""
    if ROMAN_NUMBER.fullmatch(number):
        return ROMAN
    if len(number) == 1 and number.isalpha() and number.isupper():
        return CAPITALS
    if number[:1].isdecimal():
        return NUMBERS
    label = cells[-1]
    return CAPITALS if shaded.shadow[label.start : label.end].isupper() else UNNUMBERED
