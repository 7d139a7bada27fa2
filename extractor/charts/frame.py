"""What all pictures of a comparison share: colours and shapes, names, notes, legend, heading and footing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extractor import places, programmes
from extractor.compare import (
    MARKS,
    NO_DOCUMENT,
    OFFICIAL,
    QUALITATIVE,
    UNREADABLE,
    WITHOUT,
    Entry,
    Line,
    Matrix,
)
from extractor.definitions import EQUAL, STRICTER, UNDECIDABLE, VERDICTS, WEAKER
from extractor.display import date, name_of, official_date
from extractor.matrices import MARK_SIGNS
from extractor.messages import say
from extractor.resolve import NATION
from extractor.rulebook import Rulebook
from extractor.safe import line as flat

from .sheet import INK, Sheet

UNRANKED, APART = "unranked", "apart"
STANDINGS = (*VERDICTS, UNRANKED)
# Colours of Okabe and Ito, which people with any colour vision tell apart, with a paler and a palest one of each; the
# shape says the same without colour: up asks more, down asks less.
STRONG = {STRICTER: "#0072b2", EQUAL: "#00865f", WEAKER: "#d55e00", UNDECIDABLE: "#a8518a", UNRANKED: "#6b6b6b"}
PALE = {STRICTER: "#8fc1de", EQUAL: "#8fcab6", WEAKER: "#edb58c", UNDECIDABLE: "#d7acc8", UNRANKED: "#bcbcbc"}
TINT = {STRICTER: "#c3dff0", EQUAL: "#c6e7dc", WEAKER: "#fad9bf", UNDECIDABLE: "#ecd5e4", UNRANKED: "#ffffff"}
SHAPE = {STRICTER: "^", EQUAL: "o", WEAKER: "v", UNDECIDABLE: "X", UNRANKED: "s", APART: "D"}
EMPTY = {QUALITATIVE: "#efe7c6", WITHOUT: "#c9c9c9", UNREADABLE: "#8a8a8a", NO_DOCUMENT: "#ececec"}
SOFT, FAINT, RULE, BAND = "#5c5c5c", "#767676", "#dcdcdc", "#f6f6f6"

MARGIN = 18.0  # around the picture
LEGEND, SMALL = 8.0, 7.5  # sizes of letters, in points


def standing_of(entry: Entry) -> str:
    return entry.verdict or UNRANKED


def year_of(matrix: Matrix, line: Line) -> int | None:
    """The year asked for; else the one for which most provinces have a value, the latest of several."""
    if matrix.question.year is not None:
        return matrix.question.year
    counts: Counter[int] = Counter()
    for column in matrix.columns:
        years = {entry.year for entry in matrix.cells[line.id, column.id].all}
        counts.update({year: 1 + 999 * (column.id != NATION) for year in years if year})
    return max(counts, key=lambda year: (counts[year], year), default=None)


def names_of(matrix: Matrix, book: Rulebook) -> dict[str, str]:
    """The names of columns; of provinces of the same name, with the day from or until which it was that."""
    often = Counter(column.name for column in matrix.columns)
    rows = places.places(book)
    names = {}
    for column in matrix.columns:
        name = flat(column.name, 60)
        if column.id == NATION:
            name = say("chart.nation")
        elif often[column.name] > 1:
            row = rows.get(column.id, {})
            if row.get("from"):
                name = say("chart.since", name=name, day=date(row["from"]))
            elif row.get("to"):
                name = say("chart.until", name=name, day=date(row["to"]))
            else:
                name = f"{name} ({flat(column.id, 20)})"
        names[column.id] = name
    return names


def titles_of(matrix: Matrix, lines: Sequence[Line]) -> dict[str, str]:
    """The names of indicators; of those of the same name, with the number of the document of their programme."""
    often = Counter(line.name for line in lines)
    out = {}
    for line in lines:
        name, of = capital(flat(line.name, 300)), line.programme_id or ""
        if often[line.name] > 1:
            document = matrix.documents.get(of) or {}
            name = f"{name} ({flat(document.get('number') or line.id, 40)})"
        out[line.id] = name
    return out


def signs_of(matrix: Matrix, lines: Iterable[Line]) -> tuple[dict[str, str], list[str]]:
    """The sign of each mark, and the notes that say what they mean; none for a mark that all values have."""
    used = {
        entry.mark
        for line in lines
        for column in matrix.columns
        if column.id != NATION
        for entry in matrix.cells[line.id, column.id].all
    }
    if len(used) == 1:
        return {}, [say("chart.all_of", what=say(f"chart.{mark}")) for mark in used if mark != OFFICIAL]
    return MARK_SIGNS, [f"{MARK_SIGNS[m]} {say(f'chart.{m}')}" for m in MARKS if m in used and MARK_SIGNS[m]]


def about_of(matrix: Matrix, programme_id: str | None, book: Rulebook) -> list[str]:
    """What was asked for: the programme, the words, the day, how provinces are grouped."""
    asked = matrix.question
    told = []
    wanted = asked.programme or programme_id
    if wanted:
        known = programmes.programmes(book)
        if wanted in known:
            told.append(flat(known[wanted].name))
        elif wanted in matrix.documents:
            told.append(name_of(matrix.documents[wanted]))
    if asked.words:
        told.append(say("chart.words", words=flat(asked.words, 80)))
    if asked.day:
        told.append(say("chart.day", day=date(asked.day)))
    if asked.system == places.TODAY:
        told.append(say("chart.today"))
    return told


def source_of(matrix: Matrix, lines: Iterable[Line]) -> str:
    """From how many documents the values are, and of which days."""
    used = {
        entry.target["document_id"]: entry.target
        for line in lines
        for column in matrix.columns
        for entry in matrix.cells[line.id, column.id].all
    }
    days = sorted(target["issued_on"] for target in used.values() if target["issued_on"])
    ends = [official_date(day) for day in dict.fromkeys((days[0], days[-1]))] if days else ["?"]
    return say("chart.source", count=len(used), days=" – ".join(ends))


@dataclass(frozen=True, slots=True)
class Key:
    """An item of a legend: how its sample looks (`shape` a marker, or one of "box", "bar", "arrow", "dash")."""

    label: str
    shape: str
    face: str = "none"
    edge: str = "none"
    hatch: str | None = None
    letter: str = ""
    rank: int = 0


def _legend(sheet: Sheet, keys: Sequence[Key], x: float, y: float, width: float) -> float:
    """A legend, in lines; its height."""
    at, top, high = x, y, 14.0
    for key in keys:
        wide = 20 + sheet.width(key.label, LEGEND)
        if at > x and at + wide > x + width:
            at, top = x, top + high
        middle = top + high / 2
        _sample(sheet, key, at, middle)
        sheet.text(at + 20, middle, sheet.cut(key.label, width - 20, LEGEND), LEGEND, SOFT)
        at += wide + 14
    return top + high - y if keys else 0.0


def _sample(sheet: Sheet, key: Key, x: float, y: float) -> None:
    if key.shape == "box":
        sheet.box(x, y - 4.5, 16, 9, key.face, edge=key.edge, hatch=key.hatch)
        if key.letter in STANDINGS:
            sheet.mark(x + 8, y, SHAPE[key.letter], 4.5, STRONG[key.letter], STRONG[key.letter], 0)
        elif key.letter:
            sheet.text(x + 8, y, key.letter, 6.5, "#ffffff" if key.face == EMPTY[UNREADABLE] else INK, align="center")
    elif key.shape == "bar":
        sheet.line(x + 1, y, x + 15, y, key.face, 3.4)
    elif key.shape == "arrow":
        sheet.line(x + 1, y, x + 12, y, key.face, 1.1)
        sheet.mark(x + 12, y, ">", 4, key.face, key.face, 0)
    elif key.shape == "dash":
        sheet.line(x + 8, y - 6, x + 8, y + 6, key.face, 1.3, dashed=True)
    else:
        sheet.mark(x + 8, y, key.shape, 6, key.face, key.edge)


def heading(sheet: Sheet, title: str, about: Sequence[str], keys: Sequence[Key], width: float) -> float:
    """Title, what is shown, and the legend, at the top of the sheet; the height at which they end."""
    sheet.title, y = title, MARGIN
    for each in sheet.wrap(title, width - 2 * MARGIN, 13, True, 3):
        sheet.text(MARGIN, y + 8, each, 13, bold=True)
        y += 17
    y += 2
    for each in sheet.wrap(capital(" · ".join(about)), width - 2 * MARGIN, 9, most=3) if about else ():
        sheet.text(MARGIN, y + 6, each, 9, SOFT)
        y += 12.5
    y += 5
    return y + _legend(sheet, keys, MARGIN, y, width - 2 * MARGIN) + 4


def footing(sheet: Sheet, notes: Sequence[str], source: str, y: float, width: float) -> None:
    """Notes and the source below the picture; sets the size of the sheet."""
    y += 6
    for text in [" · ".join(notes), source]:
        for each in sheet.wrap(text, width - 2 * MARGIN, SMALL) if text else ():
            sheet.text(MARGIN, y + 5, each, SMALL, FAINT)
            y += 10.5
    sheet.size = (width, y + MARGIN - 6)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def left_out(matrix: Matrix, lines: Sequence[Line]) -> str:
    total = len(matrix.lines)
    return say("chart.left_out", shown=len(lines), total=total, count=total - len(lines))
