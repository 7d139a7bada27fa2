"""Ruled lines and what stands between them -> the rows of tables.

Where cells lie is found by pdfplumber's functions for tables, from edges that any engine gave; places as in layout.py.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from . import grid
from .layout import BROKEN, TERMINAL, Line

TOLERANCE = 3.0  # points in which edges meet
MAX_EDGES = 3_000  # of a page; the work grows with the product of those that cross
MAX_CELLS = 5_000
WHOLE = 0.9
SENTENCE = 20  # characters of a cell that may go on with a figure
HEAD_ROWS = 2
FOOT_LINES = 2  # below a table that goes on: the number of the page
SAME_HEAD = 88.0  # of 100: two headings that differ in slips of recognition
SAME_COLUMN = 12.0  # points by which the columns of a table differ from one page to the next

Edge = tuple[float, float, float, float]
"""Left, top, right, bottom of a line that is upright or level."""


@dataclass(slots=True)
class Table:
    """A table of a page: where its columns and rows begin, and the cells (row, column, last row, last column)."""

    lefts: list[float]
    tops: list[float]
    right: float
    bottom: float
    cells: list[tuple[int, int, int, int]]
    owner: dict[tuple[int, int], int]
    texts: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.texts = [[] for _ in self.cells]

    def cell(self, x: float, y: float) -> int | None:
        """The cell at a point."""
        if not (self.lefts[0] <= x <= self.right and self.tops[0] <= y <= self.bottom):
            return None
        return self.owner.get((bisect_right(self.tops, y) - 1, bisect_right(self.lefts, x) - 1))

    def box(self, cell: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a cell."""
        row, column, last_row, last_column = self.cells[cell]
        rights, bottoms = [*self.lefts[1:], self.right], [*self.tops[1:], self.bottom]
        return self.lefts[column], self.tops[row], rights[last_column], bottoms[last_row]

    def is_whole(self) -> bool:
        """Whether its cells leave next to nothing of it out."""
        return len(self.owner) >= WHOLE * len(self.lefts) * len(self.tops)

    def rows(self) -> list[list[str]]:
        """The texts of the cells, row by row; a cell that is merged stands where it begins, and leaves empty ones."""
        out = [[""] * len(self.lefts) for _ in self.tops]
        for (row, column, _, _), pieces in zip(self.cells, self.texts, strict=True):
            out[row][column] = folded("".join(pieces))
        return out

    def line(self, number: int, cells: Sequence[str]) -> Line:
        """A row as a line of text, where it stands on the page."""
        top = self.tops[number]
        bottom = self.tops[number + 1] if number + 1 < len(self.tops) else self.bottom
        return Line(grid.line(cells), self.lefts[0], top, self.right, bottom, bottom, row=True)


def folded(text: str) -> str:
    """The text of a cell as one line: line breaks to spaces, but none inside a document's number; bars to slashes."""
    out = ""
    for piece in text.replace("|", "/").splitlines():
        piece = " ".join(piece.split())
        glued = BROKEN.search(out) and piece[:1].isalnum()
        out += piece if glued or not out or not piece else " " + piece
    return out


def tables(edges: Iterable[Edge], apart: float = TOLERANCE, gap: float = TOLERANCE) -> list[Table]:
    """The tables that edges make, from the top; none of one cell or one column, which are frames.

    Edges are one line where they are not further than `apart` beside and `gap` behind each other.
    """
    edges = list(edges)
    upright = sum(edge[2] - edge[0] < edge[3] - edge[1] for edge in edges)
    if upright < 2 or len(edges) - upright < 2 or len(edges) > MAX_EDGES:
        return []
    from pdfplumber import table as finder

    known = [_edge(*edge) for edge in edges]
    try:
        merged: list[dict[str, Any]] = finder.merge_edges(known, apart, apart, gap, gap)
        crossings = finder.edges_to_intersections(merged, gap, gap)
        if len(crossings) > MAX_CELLS:
            return []
        groups = finder.cells_to_tables(finder.intersections_to_cells(crossings))
    except Exception:  # made for well-formed drawings; what it cannot take holds no table that can be read
        return []
    found = [_table(group) for group in groups]
    return sorted((table for table in found if table is not None), key=lambda table: table.tops[0])


def _edge(left: float, top: float, right: float, bottom: float) -> dict[str, Any]:
    level = right - left >= bottom - top
    return {
        "x0": left, "x1": right, "top": top, "bottom": bottom, "orientation": "h" if level else "v",
        "width": right - left, "height": bottom - top, "doctop": top, "object_type": "line",
    }  # fmt: skip


def _table(boxes: Sequence[tuple[float, float, float, float]]) -> Table | None:
    lefts = sorted({box[0] for box in boxes})
    tops = sorted({box[1] for box in boxes})
    if len(lefts) < 2 or len(boxes) < 3:
        return None
    cells: list[tuple[int, int, int, int]] = []
    owner: dict[tuple[int, int], int] = {}
    for left, top, right, bottom in sorted(boxes, key=lambda box: (box[1], box[0])):
        rows = range(tops.index(top), bisect_right(tops, bottom - TOLERANCE))
        columns = range(lefts.index(left), bisect_right(lefts, right - TOLERANCE))
        for row in rows:
            for column in columns:
                owner.setdefault((row, column), len(cells))
        cells.append((rows[0], columns[0], rows[-1], columns[-1]))
    return Table(lefts, tops, max(box[2] for box in boxes), max(box[3] for box in boxes), cells, owner)


def placed(lines: Sequence[Line], tables: Sequence[Table]) -> list[Line]:
    """The lines beside the tables with the rows of the tables in their place."""
    rest = list(lines)
    out: list[Line] = []
    for table in tables:
        rows = [table.line(number, cells) for number, cells in enumerate(table.rows()) if any(cells)]
        middle = (table.tops[0] + table.bottom) / 2
        above = next((i for i, line in enumerate(rest) if line.top > middle), len(rest))
        out += rest[:above] + rows
        rest = rest[above:]
    return out + rest


def continued(pages: Sequence[list[Line]], tables: Sequence[Sequence[Table]]) -> None:
    """Put the rest of a row that a page break cut to where the row begins; `pages` are changed.

    A row is taken for a rest if its table stands first on its page (but for what stands above tables on every page)
    with the columns of the last table of the page before, its first cell is empty and a sentence goes on in another.
    """
    begun: tuple[int, int] | None = None  # the page and line of a row that fills the rest of the page before
    for number in range(1, len(pages)):
        start, begun = begun, None
        if not tables[number - 1] or not tables[number]:
            continue
        above, below = tables[number - 1][-1], tables[number][0]
        if len(above.lefts) != len(below.lefts) or not _alike(above, below):
            continue
        before = [index for index, line in enumerate(pages[number - 1]) if _is_row(line)]
        after = [index for index, line in enumerate(pages[number]) if _is_row(line)]
        if not before or not after or len(pages[number - 1]) - 1 - before[-1] > FOOT_LINES:
            continue
        heads = [pages[number - 1][index].text for index in before]
        at = next((index for index in after[: HEAD_ROWS + 1] if not _repeats(pages[number][index].text, heads)), None)
        if at is None:
            continue
        page, index = start or (number - 1, before[-1])
        cut, rest = grid.cells(pages[page][index].text), grid.cells(pages[number][at].text)
        if len(cut) == len(rest) and not rest[0] and _cut(cut, rest):
            cells = [folded(f"{one}\n{other}") if other else one for one, other in zip(cut, rest, strict=True)]
            pages[page][index] = replace(pages[page][index], text=grid.line(cells))
            if at == after[-1]:
                begun = page, index
            del pages[number][at]


def _is_row(line: Line) -> bool:
    return line.row and " | " in line.text


def _repeats(text: str, heads: Sequence[str]) -> bool:
    """Whether a row is one of the headings above, but for slips of recognition."""
    from rapidfuzz.fuzz import ratio

    return any(ratio(text, head) >= SAME_HEAD for head in heads)


def _alike(one: Table, other: Table) -> bool:
    shift = other.lefts[0] - one.lefts[0]
    return all(abs(b - a - shift) <= SAME_COLUMN for a, b in zip(one.lefts, other.lefts, strict=True))


def _cut(start: Sequence[str], rest: Sequence[str]) -> bool:
    """Whether a sentence of one of the cells goes on in the row below."""
    return any(
        other and one and one[-1] not in TERMINAL
        and (other[0].islower() or (other[0].isdigit() and one[-1].isalpha() and len(one) >= SENTENCE))
        for one, other in zip(start, rest, strict=True)
    )  # fmt: skip
