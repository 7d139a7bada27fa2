"""Cells in their places -> rows of a table: cells joined by " | ", the places that a merged cell spans empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

BAR = " | "
# Empty cells that are written for one table; spans of a hostile one ask for billions.
MOST_EMPTY = 1_000_000


def tidy(text: str) -> str:
    """The text of a cell on one line, its bars written "/"."""
    return " ".join(text.replace("|", "/").split())


def rows(placed: Mapping[tuple[int, int], str]) -> Iterator[tuple[int, list[str]]]:
    """Each row that has any text, by (row, column) -> text: its number and its cells, all rows equally long.

    Columns in which no cell begins are left out.
    """
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), text in placed.items():
        by_row.setdefault(row, {})[column] = text
    full = {row: found for row, found in by_row.items() if any(found.values())}
    columns = sorted({column for found in full.values() for column in found})
    room = MOST_EMPTY
    for row in sorted(full):
        found = full[row]
        room -= len(columns) - len(found)
        yield row, [found.get(column, "") for column in (columns if room > 0 else sorted(found))]


def line(texts: Sequence[str]) -> str:
    """A row of a table as a line, between bars where its first cell is empty: a first bar is the frame of a row."""
    row = BAR.join(texts)
    return _closed(row if not texts or texts[0] else f"| {row} |")


def framed(text: str) -> str:
    """A cell that is alone in its row as a line that tells it from a paragraph."""
    return _closed(f"| {text} |")


def cells(line: str) -> list[str]:
    """The cells of a row that `line` wrote."""
    return [cell.strip() for cell in (line[1:-1] if line.startswith("|") else line).split("|")]


def _closed(row: str) -> str:
    return row.replace("|  |", "| |").replace("|  |", "| |").strip()
