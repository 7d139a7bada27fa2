"""Dots on a scale: a row for each province, the national target as a line, labels that lie on nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from statistics import median
from typing import Any, BinaryIO

from extractor.compare import KINDS, VALUE, Cell, Column, Entry, Line, Matrix
from extractor.definitions import DOWN, NONE, RANK, UP
from extractor.display import number, value
from extractor.fulltext import plain
from extractor.messages import say
from extractor.resolve import NATION
from extractor.rulebook import Rulebook
from extractor.safe import line as flat

from .axis import Axis
from .frame import (
    APART,
    BAND,
    FAINT,
    LEGEND,
    MARGIN,
    PALE,
    RULE,
    SHAPE,
    SMALL,
    SOFT,
    STANDINGS,
    STRONG,
    Key,
    about_of,
    capital,
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
from .sheet import INK, Sheet, sheet_for

SPOTS = 8  # of a province, at most
LABEL = 220.0  # the widest label of a dot
ASIDE, APART_BY = 34.0, 24.0  # between panels


@dataclass(frozen=True, slots=True)
class Spot:
    """A target on the scale: its bounds, 1 or -1 where it goes on beyond them, and how it looks."""

    low: float
    high: float
    beyond: int
    standing: str
    now: bool
    apart: bool
    label: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A spot in its row: which lane it is in, and the left edge of its label."""

    spot: Spot
    lane: int
    label_x: float


@dataclass(frozen=True, slots=True)
class Track:
    """The row of a province: what is on the scale, what stands beside it, or the word for having neither."""

    name: str
    spots: tuple[Spot, ...]
    beside: tuple[str, ...] = ()
    kind: str = VALUE
    word: str = ""

    @property
    def order(self) -> tuple[Any, ...]:
        """Values of the year first, the highest on top, then by name."""
        shown = [spot for spot in self.spots if spot.now] or self.spots
        group = 2 + KINDS.index(self.kind) if not shown else int(not shown[0].now)
        first = shown[0] if shown else None
        middle = (first.low + first.high) / 2 if first else 0
        return group, -middle, -first.high if first else 0, plain(self.name), self.name


@dataclass(frozen=True, slots=True)
class _Side:
    """What a spot and its label take up on one side of it, and how much worse that is than another."""

    first: float
    last: float
    label_x: float
    worse: int


def _touch(one: _Side, other: _Side) -> bool:
    return one.first < other.last + 4 and other.first < one.last + 4


class _Panel:
    """One indicator: measured when it is made, drawn by `paint`."""

    def __init__(
        self, sheet: Sheet, matrix: Matrix, line: Line, book: Rulebook, signs: Mapping[str, str], *, title: str
    ) -> None:
        self.sheet, self.line, self.name, self.several = sheet, line, title, bool(title)
        self.year = year_of(matrix, line)
        self.scale = Axis(matrix, line, book)
        self._signs = signs
        names = names_of(matrix, book)
        tracks = [
            self._track(names[column.id], column, matrix.cells[line.id, column.id])
            for column in matrix.columns
            if column.id != NATION
        ]
        self.national: list[Spot] = []
        for column in matrix.columns:
            if column.id == NATION:
                track = self._track(names[NATION], column, matrix.cells[line.id, NATION])
                self.national = sorted(track.spots[:SPOTS], key=lambda spot: (spot.low, spot.high))
                if track.beside or not track.spots:
                    tracks.append(Track(track.name, (), track.beside, track.kind, track.word))
        tracks.sort(key=lambda track: track.order)
        self.tracks = [track for track in tracks if track.kind == VALUE]
        self.empty = [track for track in tracks if track.kind != VALUE]
        self._measure()

    def _track(self, name: str, column: Column, cell: Cell) -> Track:
        if cell.kind != VALUE:
            word = say(f"chart.{cell.kind.replace(' ', '_')}")
            return Track(name, (), (), cell.kind, f"{word}: “{flat(cell.quote)}”" if cell.quote else word)
        spots, beside = [], []
        for entry in cell.all:
            bounds = self.scale.bounds(entry)
            label = self._label(entry, column)
            if bounds is None:
                beside.append(label)
                continue
            low, high, beyond = bounds
            spots.append(
                Spot(low, high, beyond, standing_of(entry), entry.year == self.year, not entry.comparable, label)
            )
        spots.sort(key=lambda spot: (not spot.now, spot.apart))
        if len(spots) > SPOTS:
            beside.append(say("chart.more", count=len(spots) - SPOTS))
        if len(beside) > SPOTS:
            beside = [*beside[:SPOTS], say("chart.more", count=len(beside) - SPOTS)]
        return Track(name, tuple(spots[:SPOTS]), tuple(beside))

    def _label(self, entry: Entry, column: Column) -> str:
        """A value, with the place and the year where they are not those of the row and the picture."""
        nation = column.id == NATION
        told = [flat(entry.place, 24)] if entry.place != column.name and not nation else []
        if entry.year != self.year or nation:
            told.append(str(entry.year) if entry.year else say("chart.no_year"))
        behind = ("" if nation else self._signs.get(entry.mark, "")) + (f" ({', '.join(told)})" if told else "")
        return self.sheet.cut(flat(value(entry.target)), LABEL - self.sheet.width(behind, 8), 8) + behind

    # --- measuring

    def _measure(self) -> None:
        """The widths of the parts, the scale, and the lane of every label."""
        sheet = self.sheet
        count = len(self.tracks) + (0 if self.several else len(self.empty))
        self.lane, self.letters = (17.0, 9.0) if count <= 16 else (15.0, 8.5) if count <= 40 else (13.5, 8.0)
        labels = [spot.label for track in self.tracks for spot in track.spots]
        named = self.tracks if self.several else [*self.tracks, *self.empty]
        self.names = min(150.0, max((sheet.width(track.name, self.letters) for track in named), default=0) + 2)
        self.label_width = max((sheet.width(label, self.letters) for label in labels), default=0)
        self.plot = (330.0 if self.several else 470.0) + self.label_width
        beside = [text for track in self.tracks for text in track.beside]
        self.beside = 0.0
        if beside:
            widest = max(sheet.width(text, self.letters) for text in beside) + 14
            heading = max(sheet.width(word, SMALL, True) for word in say("chart.apart_heading").split())
            self.beside = max(min(widest, 190), heading + 14, 96) + 14
        self.left = self.names + 12
        self.width = self.left + self.plot + self.beside
        self._range()
        self.rows = [self._row(track) for track in self.tracks]
        self.flags = self._flags()
        self._heights()

    def _range(self) -> None:
        """From where to where the scale goes, and its ticks."""
        from matplotlib.ticker import MaxNLocator

        spots = [*self.national, *(spot for track in self.tracks for spot in track.spots)]
        ends = [each for spot in spots for each in (spot.low, spot.high)]
        self.ticks: list[float] = []
        self.log = False
        if not ends:
            return
        low, high = min(ends), max(ends)
        percent = self.scale.unit.startswith("%")
        self.log = low > 0 and not percent and high / low >= 20 and high / median(ends) >= 6
        if self.log:
            first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
            steps = (1, 2, 5) if last - first <= 3 else (1,)
            ticks = [step * 10.0**power for power in range(first, last + 1) for step in steps]
            self.ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        else:
            if low >= 0 and (low <= high * 0.45 or low == high == 0):
                low = 0.0
            if low == high:
                low, high = low - (abs(low) * 0.1 or 1), high + (abs(high) * 0.1 or 1)
            whole = self.scale.kind is not None and self.scale.kind[0] == RANK
            locate = MaxNLocator(6, steps=[1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10], integer=whole)
            self.ticks = [float(tick) for tick in locate.tick_values(low, high)]
            if percent and high <= 100:
                self.ticks = [tick for tick in self.ticks if tick <= 100]
            if min(ends) >= 0:
                self.ticks = [tick for tick in self.ticks if tick >= 0]
            self.ticks = [0.0 if abs(tick) < 1e-12 * (high - low) else float(f"{tick:.12g}") for tick in self.ticks]
        self._from, self._to = self._at(min(low, self.ticks[0])), self._at(max(high, self.ticks[-1]))

    def _at(self, figure: float) -> float:
        return math.log10(figure) if self.log else figure

    def x(self, figure: float) -> float:
        """Where a number stands, from the left edge of the scale."""
        inner = self.plot - 24 - self.label_width - 20
        return 24 + inner * (self._at(figure) - self._from) / ((self._to - self._from) or 1)

    def _extent(self, spot: Spot) -> tuple[float, float]:
        """Left and right edge of a dot with its arrow."""
        return self.x(spot.low) - (17 if spot.beyond < 0 else 5), self.x(spot.high) + (17 if spot.beyond > 0 else 5)

    def _row(self, track: Track) -> list[Placed]:
        """A lane and a side for every label, so that nothing lies on anything: all in one lane where that can be, and
        clear of the national line."""
        ways = [self._sides(spot) for spot in track.spots]
        if len(ways) <= 4:
            fits = [sides for sides in product(*ways) if not any(_touch(a, b) for a, b in combinations(sides, 2))]
            if fits:
                best = min(fits, key=lambda sides: sum(side.worse for side in sides))
                return [Placed(spot, 0, side.label_x) for spot, side in zip(track.spots, best, strict=True)]
        lanes: list[list[_Side]] = []
        placed = []
        for spot, sides in zip(track.spots, ways, strict=True):
            free = [
                (nth, side)
                for nth, lane in enumerate([*lanes, []])
                for side in sorted(sides, key=lambda side: side.worse)
                if not any(_touch(side, other) for other in lane)
            ]
            nth, side = free[0]
            lanes[nth:] = [[*lanes[nth], side], *lanes[nth + 1 :]] if nth < len(lanes) else [[side]]
            placed.append(Placed(spot, nth, side.label_x))
        return placed

    def _sides(self, spot: Spot) -> list[_Side]:
        """Where the label of a spot can stand: behind it, or before it."""
        wide = self.sheet.width(spot.label, self.letters)
        left, right = self._extent(spot)
        lines = [self.x(end) for each in self.national if each.now for end in {each.low, each.high}]
        sides = []
        for nth, at in enumerate((right + 3, left - 3 - wide)):
            first, last = min(left, at), max(right, at + wide)
            crossed = sum(at - 1 < line < at + wide + 1 for line in lines)
            if nth == 0 or first >= 1:
                sides.append(_Side(first, last, at, nth + 4 * crossed))
        return sides

    def _flags(self) -> list[tuple[Spot, int, float]]:
        """The national lines with the lane above the scale and the left edge of their labels: the line of one crosses
        the label of no other."""
        done: list[tuple[Spot, int, float, float, float]] = []
        reach = self.plot + self.beside
        for spot in sorted(self.national, key=lambda spot: (-spot.low, not spot.now)):
            wide = self.sheet.width(self._flag(spot), self.letters, spot.now)
            at = self.x(spot.low)
            for lane in range(len(self.national) + 1):
                fits = [
                    left
                    for left in (at + 4, at - 4 - wide)
                    if (left + wide <= reach if left > at else left >= -self.left)
                    and not any(
                        (lane == there and left < right + 6 and start < left + wide + 6)
                        or (there > lane and left - 2 < x < left + wide + 2)
                        or (there < lane and start - 2 < at < right + 2)
                        for _, there, start, right, x in done
                    )
                ]
                if fits or lane == len(self.national):
                    left = fits[0] if fits else max(-self.left, at - wide)
                    done.append((spot, lane, left, left + wide, at))
                    break
        return [(spot, lane, left) for spot, lane, left, _, _ in done]

    def _flag(self, spot: Spot) -> str:
        return f"{say('chart.nation')}: {spot.label}"

    def _heights(self) -> None:
        sheet = self.sheet
        self.title = sheet.wrap(self.name, self.width, 10, True, 3) if self.several else []
        self.about = sheet.wrap(capital(" · ".join(self.told())), self.width, 8, most=2) if self.several else []
        heading = say("chart.apart_heading")
        self.beside_heading = sheet.wrap(heading, self.beside - 14, SMALL, True) if self.beside else []
        flags = 1 + max((lane for _, lane, _ in self.flags), default=-1)
        self.flags_height = flags * (self.letters + 5) + (2 if flags else 0)
        over = max(self.flags_height + 13, 0)
        if self.beside_heading:
            over = max(over, self.flags_height + len(self.beside_heading) * 9.5 + 3)
        self.top = len(self.title) * 13 + len(self.about) * 11 + (4 if self.title else 0)
        self.over = over
        self.row_heights = []
        self.wrapped: list[tuple[list[str], list[tuple[str, bool]]]] = []
        for track, row in zip(self.tracks, self.rows, strict=True):
            names = sheet.wrap(track.name, self.names, self.letters, most=2)
            texts = [
                (text, nth == 0)
                for told in track.beside
                for nth, text in enumerate(sheet.wrap(told, self.beside - 26, self.letters, most=2))
            ]
            lanes = 1 + max((placed.lane for placed in row), default=0)
            self.wrapped.append((names, texts))
            self.row_heights.append(
                self.lane * max(lanes, 1) + (self.letters + 2) * max(0, max(len(names), len(texts)) - lanes)
            )
        self.valued = sum(self.row_heights)
        self.listed = self._listed() if self.several else []
        below = len(self.listed) * 10.5 + 8 if self.listed else 0
        if not self.several and self.empty:
            below = len(self.empty) * self.lane + 6
        self.height = self.top + self.over + (self.valued + 30 if self.ticks else self.valued + 14) + below

    def told(self) -> list[str]:
        """What its scale stands for: the year, and which way is better."""
        told = [say("chart.year", year=self.year)] if self.year else []
        told += [say(f"chart.better_{self.line.better}")] if self.line.better in (UP, DOWN, NONE) else []
        return told

    def _listed(self) -> list[str]:
        """The provinces without a value as a paragraph for each reason; no name is broken."""
        out = []
        for kind in KINDS:
            names = [track.name for track in self.empty if track.kind == kind]
            if not names:
                continue
            what = capital(say(f"chart.{kind.replace(' ', '_')}"))
            row = say("chart.listed", what=what, count=len(names))
            for nth, name in enumerate(names):
                part = name + ("" if nth == len(names) - 1 else ", ")
                if self.sheet.width(row + part, SMALL) > self.width:
                    out.append(row.rstrip())
                    row = ""
                row += part
            out.append(row)
        return out

    # --- drawing

    def paint(self, x: float, y: float) -> None:
        """The panel, from its top left corner."""
        sheet = self.sheet
        for text in self.title:
            sheet.text(x - 4, y + 6, text, 10, bold=True)
            y += 13
        for text in self.about:
            sheet.text(x - 4, y + 5, text, 8, SOFT)
            y += 11
        y += 4 if self.title else 0
        left, top = x + self.left, y + self.over
        bottom = top + self.valued
        at = top
        for nth, height in enumerate(self.row_heights):
            if nth % 2 == 0:
                sheet.box(x - 4, at, self.width + 4, height, BAND)
            at += height
        if not self.ticks:
            sheet.text(left, top - 6, say("chart.no_number"), SMALL, FAINT)
        for tick in self.ticks:
            sheet.line(left + self.x(tick), top, left + self.x(tick), bottom, RULE, 0.6)
        self._nation(left, y, top, bottom)
        self._ticks(left, top, bottom)
        if self.beside_heading:
            edge = left + self.plot + 4
            sheet.line(edge, top - 2, edge, bottom, "#b5b5b5", 0.8)
            for nth, text in enumerate(reversed(self.beside_heading)):
                sheet.text(edge + 8, top - 7 - nth * 9.5, text, SMALL, SOFT, bold=True)
        at = top
        for nth, (track, row, height) in enumerate(zip(self.tracks, self.rows, self.row_heights, strict=True)):
            self._paint_row(x, at, height, track, row, *self.wrapped[nth], BAND if nth % 2 == 0 else "#ffffff")
            at += height
        at = bottom + (30 if self.ticks else 14)
        if self.several:
            for text in self.listed:
                sheet.text(x - 4, at + 5, text, SMALL, FAINT)
                at += 10.5
        else:
            self._paint_empty(x, at)

    def _ticks(self, left: float, top: float, bottom: float) -> None:
        sheet, last = self.sheet, -99.0
        for tick in self.ticks:
            at = left + self.x(tick)
            text = number(tick)
            wide = sheet.width(text, SMALL)
            if at - wide / 2 < last + 5:
                continue
            last = at + wide / 2
            sheet.text(at, top - 6, text, SMALL, SOFT, align="center", back="#ffffff")
            sheet.text(at, bottom + 7, text, SMALL, SOFT, align="center")
        caption = ", ".join(part for part in (self.scale.caption, say("chart.log") if self.log else "") if part)
        if self.ticks and caption:
            middle = left + (self.x(self.ticks[0]) + self.x(self.ticks[-1])) / 2
            sheet.text(middle, bottom + 19, sheet.cut(caption, self.plot, LEGEND), LEGEND, SOFT, align="center")

    def _nation(self, left: float, y: float, top: float, bottom: float) -> None:
        """The national target as a line from its label down through the rows, a range as a band."""
        sheet = self.sheet
        for spot, lane, label in sorted(self.flags, key=lambda flag: flag[0].now):
            colour = INK if spot.now else "#8a8a8a"
            thick = 1.3 if spot.now else 0.9
            first, last = left + self.x(spot.low), left + self.x(spot.high)
            middle = y + self.flags_height - (lane + 0.5) * (self.letters + 5)
            if last > first:
                sheet.box(first, top, last - first, bottom - top, "#e4e0ee" if spot.now else "#efedf4")
                sheet.line(last, top, last, bottom, colour, thick, dashed=True)
            sheet.line(first, middle - 5, first, bottom, colour, thick, dashed=True)
            sheet.text(left + label, middle, self._flag(spot), self.letters, colour, bold=spot.now)

    def _paint_row(
        self, x: float, y: float, height: float, track: Track, row: Sequence[Placed], names: Sequence[str],
        texts: Sequence[tuple[str, bool]], back: str,
    ) -> None:  # fmt: skip
        sheet, left = self.sheet, x + self.left
        lanes = 1 + max((placed.lane for placed in row), default=0)
        step = self.letters + 2
        for nth, text in enumerate(names):
            at = y + height / 2 + (nth - (len(names) - 1) / 2) * step
            sheet.text(x + self.names, at, text, self.letters, align="right")
        for nth, (text, first) in enumerate(texts):
            at = y + height / 2 + (nth - (len(texts) - 1) / 2) * step
            if first:
                sheet.mark(left + self.plot + 15, at, SHAPE[APART], 4.6, "#ffffff", SOFT)
            sheet.text(left + self.plot + 24, at, text, self.letters, SOFT)
        for placed in row:
            at = y + height / 2 + (placed.lane - (lanes - 1) / 2) * self.lane
            spot = placed.spot
            colour = INK if spot.now else FAINT
            sheet.text(left + placed.label_x, at, spot.label, self.letters, colour, back=back)
        for placed in reversed(row):
            self._spot(placed.spot, left, y + height / 2 + (placed.lane - (lanes - 1) / 2) * self.lane)

    def _spot(self, spot: Spot, left: float, y: float) -> None:
        sheet = self.sheet
        strong = SOFT if spot.apart else STRONG[spot.standing]
        colour = strong if spot.now else "#a6a6a6" if spot.apart else PALE[spot.standing]
        shape = SHAPE[APART if spot.apart else spot.standing]
        size = 6.6 if spot.now else 5.6
        first, last = left + self.x(spot.low), left + self.x(spot.high)
        if spot.beyond:
            start, tip = (last, last + 14) if spot.beyond > 0 else (first, first - 14)
            sheet.line(start, y, tip, y, colour, 1.1)
            sheet.mark(tip, y, ">" if spot.beyond > 0 else "<", 4, colour, colour, 0)
        if last > first:
            sheet.line(first, y, last, y, colour, 3.4)
        for at in dict.fromkeys((first, last)):
            near = last > first
            sheet.mark(at, y, shape, size - (1.2 if near else 0), "#ffffff" if spot.apart else colour, colour, 1.1)

    def _paint_empty(self, x: float, y: float) -> None:
        """The provinces without a value, each with the word for it."""
        sheet = self.sheet
        for track in self.empty:
            middle = y + self.lane / 2
            sheet.box(x - 4, y + 0.5, self.width + 4, self.lane - 1, "#f1f1f1")
            sheet.text(
                x + self.names,
                middle,
                sheet.cut(track.name, self.names, self.letters),
                self.letters,
                FAINT,
                align="right",
            )
            text = sheet.cut(track.word, self.width - self.left - 30, self.letters)
            sheet.text(x + self.left + 24, middle, text, self.letters, FAINT)
            y += self.lane

    def keys(self) -> list[Key]:
        """What its legend has to explain."""
        spots = [spot for track in self.tracks for spot in track.spots]
        used = {spot.standing for spot in spots if not spot.apart}
        keys = [
            Key(say(f"chart.{each}"), SHAPE[each], STRONG[each], STRONG[each], rank=nth)
            for nth, each in enumerate(STANDINGS)
            if each in used
        ]
        if any(spot.apart for spot in spots) or self.beside:
            keys.append(Key(say("chart.apart"), SHAPE[APART], "#ffffff", SOFT, rank=10))
        if any(not spot.now for spot in spots):
            keys.append(Key(say("chart.lighter"), "o", "#bcbcbc", "#bcbcbc", rank=11))
        if any(spot.high > spot.low for spot in spots):
            keys.append(Key(say("chart.range"), "bar", SOFT, rank=12))
        if any(spot.beyond for spot in spots):
            keys.append(Key(say("chart.bound"), "arrow", SOFT, rank=13))
        if self.national:
            keys.append(Key(say("chart.nation"), "dash", INK, rank=14))
        return keys


def paint_dots(matrix: Matrix, lines: Sequence[Line], out: Path | BinaryIO, form: str, book: Rulebook) -> None:
    """One panel as the picture, or several as small multiples in as many columns as give the best shape."""
    with sheet_for(form) as sheet:
        signs, notes = signs_of(matrix, lines)
        several = len(lines) > 1
        names = titles_of(matrix, lines)
        panels = [_Panel(sheet, matrix, line, book, signs, title=names[line.id] if several else "") for line in lines]
        stacks = min((_stacks(panels, count) for count in range(1, min(3, len(panels)) + 1)), key=_ungainly)
        width = max(sum(_wide(stack) for stack in stacks) + ASIDE * (len(stacks) - 1) + 2 * MARGIN + 4, 420)
        keys = sorted({key for panel in panels for key in panel.keys()}, key=lambda key: key.rank)  # noqa: SIM118
        about = about_of(matrix, None if several else lines[0].programme_id, book)
        if several:
            title = say("chart.title")
            about += [left_out(matrix, lines)] * (len(matrix.lines) > len(lines))
        else:
            title = names[lines[0].id]
            about += panels[0].told()
        top = heading(sheet, title, about, keys, width) + (8 if several else 0)
        x, bottom = MARGIN + 4, top
        for stack in stacks:
            y = top
            for panel in stack:
                panel.paint(x, y)
                y += panel.height + (APART_BY if several else 0)
            x, bottom = x + _wide(stack) + ASIDE, max(bottom, y)
        footing(sheet, notes, source_of(matrix, lines), bottom, width)
        sheet.write(out, form)


def _stacks(panels: Sequence[_Panel], count: int) -> list[list[_Panel]]:
    """Panels in columns, each below what reaches the least far down."""
    stacks: list[list[_Panel]] = [[] for _ in range(count)]
    for panel in panels:
        min(stacks, key=_high).append(panel)
    return stacks


def _wide(stack: Sequence[_Panel]) -> float:
    return max((panel.width for panel in stack), default=0.0)


def _high(stack: Sequence[_Panel]) -> float:
    return sum(panel.height + APART_BY for panel in stack)


def _ungainly(stacks: Sequence[Sequence[_Panel]]) -> float:
    """How far columns are from the shape of a page on its side, and from being equally long."""
    wide, high = sum(map(_wide, stacks)), max(map(_high, stacks))
    return abs(math.log(wide / (high + 80) / 1.3)) + 1 - sum(map(_high, stacks)) / (high * len(stacks))
