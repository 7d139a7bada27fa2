"""Spreadsheets (.xlsx, .xlsm): the visible sheets in order, each a page; rows of several cells are rows of a table.

A row with a single filled cell is a line of text: a title, a unit, a note.  Between the rows of a table it is a row of
it, which names the group of those below.  Numbers, percentages and dates stand as a Vietnamese reader sees them.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import regex

from extractor.errors import UnreadableFile
from extractor.model import Content, Problem
from extractor.rulebook import Rulebook

from . import grid, packed

MAX_CELLS = 500_000
# Places of a sheet that are looked at, most of them empty: a cell in the last column makes 16,384 of them.
MAX_PLACES = 20_000_000
TABLE = 3  # filled cells in the first row of a table whose groups may have rows of their own

WORKBOOKS = frozenset(("xl/workbook.xml", "xl/workbook.bin"))
DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
TAG = rb"<(?:\w+:)?"
FILLED = regex.compile(TAG + rb"c\b[^<>]*+(?<!/)>")
# A formula whose value is an empty text has one: its cell says that it holds text.
UNCOMPUTED = regex.compile(
    TAG + rb"c\b(?![^<>]*\bt=[\"']str[\"'])[^<>]*+>\s*+" + TAG + rb"f\b[^<>]*+(?:(?<=/)>|>[^<]*+</(?:\w+:)?f>)\s*+"
    rb"(?:" + TAG + rb"v\s*/>|" + TAG + rb"v></(?:\w+:)?v>)?\s*+</(?:\w+:)?c>"
)  # fmt: skip
PLACED = regex.compile(TAG + rb"(row|col)\b([^<>]*+)>")
HIDING = regex.compile(rb"\bhidden=[\"'](?:1|true)[\"']")
ATTRIBUTE = regex.compile(rb"\b(r|min|max)=[\"'](\d{1,7})[\"']")

SECTION = regex.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*\Z)')
TOKEN = regex.compile(r'"([^"]*)"|\\(.)|[_*].|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|([0#?][0#?.,]*|\.[0#?]+)|(.)')
GENERAL = 10  # significant digits
LARGEST = Decimal(10) ** 20  # beyond it a number is written with an exponent


def read(path: str, data: bytes, book: Rulebook) -> Content:
    """The text of the visible sheets, where each begins, and the cells that have no value.

    Raises UnreadableFile for a file that is damaged, encrypted, too large, or without text.
    """
    names = packed.check(path, data, ".xlsx")
    if "xl/workbook.bin" in names:
        raise UnreadableFile(path, "is a binary spreadsheet (.xlsb), which is not read; save it as .xlsx")
    try:
        _check_parts(path, data)
        sheets = list(_sheets(path, data))
    except UnreadableFile:
        raise
    except Exception as error:  # the library lets through whatever zlib, lxml or its own parts raise on damaged files
        raise UnreadableFile(path, f"is a damaged .xlsx ({packed.short(error)})") from error
    texts: list[str] = []
    problems: list[Problem] = []
    for sheet in sheets:
        lines = list(_lines(sheet))
        if lines and _says_something(sheet.name, lines, book):
            lines.insert(0, grid.tidy(sheet.name))
        if lines:
            texts.append("\n".join(lines))
        where = f"sheet {sheet.name}"
        if sheet.uncomputed:
            problems.append(Problem(where, f"{sheet.uncomputed} formulas have no value: the file was never computed"))
        if sheet.errors:
            problems.append(Problem(where, f"{sheet.errors} cells show an error instead of a value"))
    if not texts:
        raise UnreadableFile(path, "holds no text")
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len(text) + 1
    return Content("\n".join(texts), tuple(starts) if len(starts) > 1 else (), tuple(problems))


@dataclass(slots=True)
class _Sheet:
    """A sheet's filled cells that a reader sees, as (row, column) -> text, and how many have no value."""

    name: str
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    uncomputed: int = 0
    errors: int = 0


def _check_parts(path: str, data: bytes) -> None:
    """UnreadableFile for too many cells, and for XML that could declare entities."""
    filled = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                part = archive.read(name)
                if any(mark in part for mark in DOCTYPES):
                    raise UnreadableFile(path, "is a damaged .xlsx (it declares a document type)")
                if name.startswith("xl/worksheets/"):
                    filled += sum(1 for _ in FILLED.finditer(part))
    if filled > MAX_CELLS:
        raise UnreadableFile(path, f"holds {filled} cells, more than the {MAX_CELLS} that are read")


def _sheets(path: str, data: bytes) -> Iterator[_Sheet]:
    from openpyxl import load_workbook

    workbook: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    places = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for worksheet in workbook.worksheets:
            if worksheet.sheet_state != "visible":
                continue
            part = archive.read(worksheet._worksheet_path.lstrip("/"))
            rows, columns = _hidden(part)
            sheet = _Sheet(str(worksheet.title), uncomputed=sum(1 for _ in UNCOMPUTED.finditer(part)))
            worksheet.reset_dimensions()  # what a file declares of its own size is often wrong
            for number, row in enumerate(worksheet.iter_rows(), 1):
                places += len(row)
                if places > MAX_PLACES:
                    raise UnreadableFile(path, f"holds more than {MAX_PLACES // 1_000_000} million cells")
                if number in rows:
                    continue
                for column, cell in enumerate(row, 1):
                    if cell.value is None or column in columns:
                        continue
                    if cell.data_type == "e":
                        sheet.errors += 1
                    elif text := shown(cell.value, str(cell.number_format or "")).strip():
                        sheet.cells[number, column] = text
            yield sheet


def _hidden(part: bytes) -> tuple[set[int], set[int]]:
    """The rows and columns that a sheet hides."""
    rows: set[int] = set()
    columns: set[int] = set()
    row = 0
    for tag in PLACED.finditer(part):
        said = {name: int(number) for name, number in ATTRIBUTE.findall(tag[2])}
        row = said.get(b"r", row + 1) if tag[1] == b"row" else row
        if HIDING.search(tag[2]):
            if tag[1] == b"row":
                rows.add(row)
            else:
                columns.update(range(said.get(b"min", 1), min(said.get(b"max", 0), 16_384) + 1))
    return rows, columns


def _says_something(name: str, lines: list[str], book: Rulebook) -> bool:
    """Whether a sheet's name is more than the one that a program gave it, and stands in none of its first lines."""
    plain = name.strip().lower()
    given = any(regex.fullmatch(rf"{regex.escape(word)}[\s_()\d]*", plain) for word in book.words("sheets.given_names"))
    return not given and all(plain not in line.lower() for line in lines[:3])


def _lines(sheet: _Sheet) -> Iterator[str]:
    """A line for each row that a reader sees."""
    rows: dict[int, list[int]] = {}
    for row, column in sheet.cells:
        rows.setdefault(row, []).append(column)
    table: list[int] = []  # rows of the open table
    single: list[int] = []  # rows of one cell behind them
    last = 0
    for row in sorted(rows):
        if len(rows[row]) > 1:
            joins = not single or (len(rows[table[0]]) >= TABLE and single[-1] == row - 1) if table else False
            if not joins:
                yield from _closed(sheet, table, single)
                table, single = [], []
            table += [*single, row]
            single = []
        elif table and row == last + 1:
            single.append(row)
        else:
            yield from _closed(sheet, table, single)
            table, single = [], [row]
        last = row
    yield from _closed(sheet, table, single)


def _closed(sheet: _Sheet, table: list[int], single: list[int]) -> Iterator[str]:
    """The lines of a table's rows and of the rows of one cell behind it."""
    wanted = set(table)
    cells = {place: grid.tidy(text) for place, text in sheet.cells.items() if place[0] in wanted}
    yield from (grid.line(texts) for _, texts in grid.rows(cells))
    wanted = set(single)
    for place in sorted(place for place in sheet.cells if place[0] in wanted):
        yield from filter(None, map(grid.tidy, sheet.cells[place].splitlines()))


# --- values as they are shown -------------------------------------------------------------------------------------


def shown(value: Any, number_format: str) -> str:
    """A cell's value as its number format shows it to a Vietnamese reader."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, datetime.datetime | datetime.date):
        return _date(value, number_format)
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M")
    return str(value)


def _date(value: datetime.date, number_format: str) -> str:
    parts = TOKEN.sub(lambda match: (match[5] or "").lower(), number_format)
    if "d" not in parts and "y" in parts:
        return f"{value.month:02}/{value.year}" if "m" in parts else str(value.year)
    return f"{value.day:02}/{value.month:02}/{value.year}"


def _number(value: int | float, number_format: str) -> str:
    number = Decimal(repr(value))
    if not number.is_finite() or abs(number) >= LARGEST:
        return str(value)
    sections = SECTION.split(number_format)
    chosen = 1 if number < 0 else 2 if number == 0 else 0
    section = sections[chosen] if chosen < len(sections) else sections[0]
    out: list[str] = []
    signs = ""
    digits = at = None
    for quoted, escaped, currency, places, other in TOKEN.findall(section):
        signs += other
        if places and at is None:
            digits, at = places, len(out)
        out.append(quoted or escaped or currency or other)
    size = abs(number)
    if digits is None or at is None or "general" in signs.lower() or set("E/@") & set(signs):
        text = _general(size)
    else:
        out[at] = _digits(size * 100 ** signs.count("%"), digits)
        text = "".join(out).strip("-() ")
    return f"-{text}" if number < 0 and text.strip("0,.% ") else text


def _digits(number: Decimal, places: str) -> str:
    """A number in the digits of a format: #,##0.0 -> 6.200,5"""
    whole, _, rest = places.partition(".")
    scaled = len(whole) - len(whole.rstrip(","))
    decimals = sum(sign in "0#?" for sign in rest)
    rounded = (number / 1000**scaled).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    before, _, after = f"{rounded:f}".partition(".")
    after = after[: rest.count("0")] + after[rest.count("0") :].rstrip("0")
    before = before.zfill(sum(sign == "0" for sign in whole))
    if "," in whole.rstrip(","):
        before = f"{int(before):,}".replace(",", ".")
    return f"{before},{after}" if after else before


def _general(number: Decimal) -> str:
    text = f"{number:.{GENERAL}g}"
    text = f"{Decimal(text):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", ",")
