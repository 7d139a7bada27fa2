"""A map of colours: provinces by indicators, the whole country on top."""

from __future__ import annotations

from collections.abc import Sequence

from extractor.compare import KINDS, QUALITATIVE, UNREADABLE, VALUE, WITHOUT, Cell, Column, Entry, Line, Matrix
from extractor.display import value
from extractor.messages import say
from extractor.resolve import NATION
from extractor.rulebook import Rulebook
from extractor.safe import line as flat

from .frame import (
    EMPTY,
    MARGIN,
    SHAPE,
    SMALL,
    SOFT,
    STANDINGS,
    STRONG,
    TINT,
    UNRANKED,
    Key,
    about_of,
    footing,
    heading,
    left_out,
    names_of,
    signs_of,
    source_of,
    standing_of,
    titles_of,
    year_of,
)
from .sheet import INK, Sheet


class Map:
    """Provinces by indicators in colours, the whole country on top."""

    def __init__(self, sheet: Sheet, matrix: Matrix, lines: Sequence[Line], book: Rulebook) -> None:
        self.sheet, self.matrix, self.lines, self.book = sheet, matrix, lines, book
        self.signs, self.notes = signs_of(matrix, lines)
        self.years = {line.id: year_of(matrix, line) for line in lines}
        self.names, self.titles = names_of(matrix, book), titles_of(matrix, lines)
        self.columns = sorted(matrix.columns, key=lambda column: column.id != NATION)
        many = len(self.columns) > 40
        self.row, self.letters, self.figures = (14.0, 8.0, 7.5) if many else (17.0, 8.5, 8.0)
        widest = max((sheet.width(name, self.letters, True) for name in self.names.values()), default=0)
        self.left = min(widest, 150.0) + 10
        self.widths = [self._width(line) for line in lines]
        self.headings = [
            sheet.wrap(self.titles[line.id], wide - 8, SMALL, most=8)
            for line, wide in zip(lines, self.widths, strict=True)
        ]
        self.told: set[str] = set()

    def _width(self, line: Line) -> float:
        """As wide as the values need and the heading is long."""
        cells = [self._text(line, column)[0] for column in self.columns]
        need = max((self.sheet.width(text, self.figures) for text in cells), default=0) + 24
        name = self.titles[line.id]
        words = max((self.sheet.width(word, SMALL) for word in name.split()), default=0) + 10
        return min(max(need, words, 66, 8 + self.sheet.width(name, SMALL) / 5.2), 118)

    def _chosen(self, line: Line, cell: Cell) -> Entry | None:
        """The value that stands for a cell: of the year, compared and ranked where there is one."""
        year = self.years[line.id]
        return min(
            cell.all,
            key=lambda entry: (entry.year != year, not entry.comparable, entry.verdict is None),
            default=None,
        )

    def _text(self, line: Line, column: Column) -> tuple[str, str]:
        """The value of a cell with its unit, and without."""
        cell = self.matrix.cells[line.id, column.id]
        entry = self._chosen(line, cell)
        if cell.kind != VALUE or entry is None:
            return "", ""
        other = entry.year != self.years[line.id]
        year = f" ({entry.year or say('chart.no_year')})" if other else ""
        sign = "" if column.id == NATION else self.signs.get(entry.mark, "")
        short = value({**entry.target, "unit": None, "per": None})
        return flat(value(entry.target), 60) + sign + year, short + sign + year

    def paint(self) -> None:
        """The whole picture."""
        sheet, matrix = self.sheet, self.matrix
        width = max(self.left + sum(self.widths) + 2 * MARGIN, 420)
        about = about_of(matrix, self._programme(), self.book)
        if matrix.question.year:
            about.append(say("chart.year", year=matrix.question.year))
        if len(matrix.lines) > len(self.lines):
            about.append(left_out(matrix, self.lines))
        y = heading(sheet, say("chart.title"), about, self._keys(), width)
        high = max((len(lines) for lines in self.headings), default=0) * 9.5 + 14
        x = MARGIN + self.left
        for line, wide, lines in zip(self.lines, self.widths, self.headings, strict=True):
            at = y + high - 12
            year = self.years[line.id]
            if year:
                sheet.text(x + wide / 2, at + 5, str(year), SMALL, SOFT, align="center")
            for text in reversed(lines):
                sheet.text(x + wide / 2, at - 5, text, SMALL, align="center")
                at -= 9.5
            x += wide
        y += high + 2
        for column in self.columns:
            self._row(column, y)
            y += self.row + (5 if column.id == NATION else 0)
        if "more" in self.told:
            self.notes = [*self.notes, say("chart.more_cell")]
        footing(sheet, self.notes, source_of(matrix, self.lines), y, width)

    def _programme(self) -> str | None:
        """The programme of all its indicators, where it is one."""
        found = {line.programme_id for line in self.lines}
        return found.pop() if len(found) == 1 else None

    def _row(self, column: Column, y: float) -> None:
        sheet, nation = self.sheet, column.id == NATION
        name = sheet.cut(self.names[column.id], self.left - 10, self.letters, nation)
        sheet.text(MARGIN + self.left - 7, y + self.row / 2, name, self.letters, bold=nation, align="right")
        x = MARGIN + self.left
        for line, wide in zip(self.lines, self.widths, strict=True):
            self._cell(line, column, x, y, wide)
            x += wide

    def _cell(self, line: Line, column: Column, x: float, y: float, wide: float) -> None:
        sheet, cell, nation = self.sheet, self.matrix.cells[line.id, column.id], column.id == NATION
        middle, box = y + self.row / 2, (x + 0.7, y + 0.7, wide - 1.4, self.row - 1.4)
        entry = self._chosen(line, cell)
        if cell.kind != VALUE or entry is None:
            sheet.box(*box, EMPTY.get(cell.kind, "#ffffff"))
            letter = _letters().get(cell.kind, "")
            if letter:
                colour = "#ffffff" if cell.kind == UNREADABLE else SOFT
                sheet.text(x + wide / 2, middle, letter, self.figures, colour, align="center")
            return
        standing, plainly = standing_of(entry), nation or entry.comparable
        if plainly:
            edge = INK if nation else "#bdbdbd" if standing == UNRANKED else None
            sheet.box(*box, "#ffffff" if nation else TINT[standing], edge=edge, thick=1.0 if nation else 0.6)
        else:
            sheet.box(*box, "#ffffff", edge="#c4c4c4", hatch="/////")
        before = after = 3.0
        if plainly and not nation and standing != UNRANKED:
            sheet.mark(x + 8, middle, SHAPE[standing], 4.4, STRONG[standing], STRONG[standing], 0)
            before = 13.0
        back = None if plainly else "#ffffff"
        others = len(cell.all) - 1
        if others:
            self.told.add("more")
            more = f"+{others}"
            after += sheet.width(more, 5.5) + 2
            sheet.text(x + wide - 3, middle - self.row * 0.18, more, 5.5, SOFT, align="right", back=back)
        text, size = self._fit(line, column, wide - before - after)
        half = sheet.width(text, size) / 2  # in the middle of the cell where there is room for that
        start = x + max(before + half, min(wide / 2, wide - after - half))
        colour = INK if nation or entry.year == self.years[line.id] else SOFT
        sheet.text(start, middle, text, size, colour, align="center", back=back)

    def _fit(self, line: Line, column: Column, room: float) -> tuple[str, float]:
        """The text of a cell and its size; where it does not fit, the unit goes, never a part of a number."""
        full, short = self._text(line, column)
        for text in (full, f"{short}…" if short != full else short):
            for size in (self.figures, self.figures - 1, self.figures - 2):
                if self.sheet.width(text, size) <= room:
                    return text, size
        return "…", self.figures

    def _keys(self) -> list[Key]:
        """What the legend has to explain."""
        verdicts, kinds, apart = set(), set(), False
        for line in self.lines:
            for column in self.columns:
                cell = self.matrix.cells[line.id, column.id]
                entry = self._chosen(line, cell)
                if cell.kind != VALUE or entry is None:
                    kinds.add(cell.kind)
                elif column.id != NATION and entry.comparable:
                    verdicts.add(standing_of(entry))
                elif column.id != NATION:
                    apart = True
        keys = [
            Key(say(f"chart.{each}"), "box", TINT[each], "#bdbdbd", letter="" if each == UNRANKED else each)
            for each in STANDINGS
            if each in verdicts
        ]
        if apart:
            keys.append(Key(say("chart.apart"), "box", "#ffffff", "#c4c4c4", "/////"))
        letters = _letters()
        keys += [
            Key(say(f"chart.{each.replace(' ', '_')}"), "box", EMPTY[each], "#bdbdbd", letter=letters.get(each, ""))
            for each in KINDS
            if each in kinds and each in EMPTY
        ]
        return keys


def _letters() -> dict[str, str]:
    """What stands in a cell without a value."""
    return {QUALITATIVE: say("chart.letter"), WITHOUT: "–", UNREADABLE: "?"}
