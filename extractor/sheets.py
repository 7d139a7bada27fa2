"""Workbooks (.xlsx) with headed sheets: what a cell of Excel can hold, how it looks, and how a sheet prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil, isfinite
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO
from unicodedata import combining, normalize

from .errors import MuctieuError
from .messages import language, say
from .safe import clean

MOST_ROWS = 1_048_576  # of a sheet, its heading among them
MOST_UNITS = 32_767  # of UTF-16, in a cell
FIRST_DAY = date(1900, 3, 1)  # Excel takes 1900 for a leap year, and knows no day before that year
EXACT = 1e15  # from here on Excel drops digits
PLACES = 6  # decimal places shown at most
LINE = 15  # points that a line of text takes
ARROW = 3  # characters of a heading that the arrow of the filter hides
HIGHEST = 409  # points that a row of Excel may take
# How wide letters are, in widths of a figure; all others as wide as a figure, and capitals by CAPITAL wider.
WIDTHS = {**dict.fromkeys("ijl.,:;'! ", 0.5), **dict.fromkeys("frt()-/", 0.7), **dict.fromkeys("mw%", 1.5)}
CAPITAL = 1.2
MARGIN = 0.9  # how much of a column its text is sure to get
A4 = 9
TIMELESS = datetime(1980, 1, 1)  # when nothing is known; that of every file in the .xlsx, which is a zip file


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and how wide the column is, in characters; wrapped: long texts run over several lines."""

    heading: str
    width: int
    wrapped: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook in the making; `cut` names the cells whose text was too long."""

    workbook: Any
    cut: list[str] = field(default_factory=list)
    _formats: dict[tuple[tuple[str, Any], ...], Any] = field(default_factory=dict)

    def sheet(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
        """Add a sheet; cells are None, truth values, numbers, dates or texts.

        Raises MuctieuError where there are more rows than a sheet holds.
        """
        sheet = self.workbook.add_worksheet(name)
        # Of codes such as "01", which are texts on purpose.
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_ROWS}"})
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width, None, {"hidden": column.hidden})
            sheet.write_string(
                0, at, column.heading, self._format(**HEADING, align="left" if column.wrapped else "center")
            )
        sheet.set_row(0, LINE * max(_lines(column.heading, column.width - ARROW) for column in columns))
        last = 0
        for last, row in enumerate(rows, start=1):
            if last == MOST_ROWS:
                raise MuctieuError(say("export.too_many_rows", table=name, most=MOST_ROWS - 1))
            if (height := _height(row, columns)) > LINE:
                sheet.set_row(last, height)
            for at, (value, column) in enumerate(zip(row, columns, strict=True)):
                self._write(sheet, last, at, value, column)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, last, len(columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.conditional_format(
            0, 0, max(last, 1), len(columns) - 1, {"type": "no_errors", "format": self._format(**RULED)}
        )
        sheet.set_footer("&L&A&R&P / &N")

    def _write(self, sheet: Any, row: int, at: int, value: Any, column: Column) -> None:
        """Write one cell; a number or day that Excel cannot hold is written as text."""
        if isinstance(value, bool):
            sheet.write_boolean(row, at, value, self._format())
        elif isinstance(value, (int, float)) and isfinite(value):
            sheet.write_number(row, at, value, self._format(num_format=_shape(value), align="right", indent=1))
        elif isinstance(value, date) and value >= FIRST_DAY:
            shape = "dd/mm/yyyy" if language() == "vi" else "yyyy-mm-dd"
            sheet.write_datetime(row, at, value, self._format(num_format=shape, align="center"))
        elif value not in (None, ""):
            text = _text(str(value))
            if len(text) > (whole := _fitting(text)):
                self.cut.append(f"{sheet.name}: {column.heading}, {row + 1}")
                mark = say("export.cut")
                text = text[: whole - len(mark)] + mark
            # Never write(), which takes what begins with "=" for a formula.
            sheet.write_string(row, at, text, self._format(text_wrap=column.wrapped))

    def _format(self, **look: Any) -> Any:
        key = tuple(look.items())
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format({"valign": "top", **look})
        return self._formats[key]


HEADING = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F4E78", "valign": "vcenter", "text_wrap": True}

RULED = {"bottom": 1, "bottom_color": "#D9D9D9"}


@contextmanager
def book(out: BinaryIO, title: str, *, as_of: str | None = None, streamed: bool = False) -> Iterator[Book]:
    """A workbook that is written to `out` at the end.

    as_of     ISO time that it carries, so that the same rows give the same bytes
    streamed  for sheets of any length: texts stand in their cells, which takes no memory, but not every viewer on a
              telephone shows them

    Raises OSError where it cannot be written.
    """
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    with TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        workbook = Workbook(path, {"tmpdir": folder, "constant_memory": streamed})
        made = datetime.fromisoformat(as_of).replace(tzinfo=None) if as_of else TIMELESS
        workbook.set_properties({"title": title, "created": made})
        yield Book(workbook)
        try:
            workbook.close()
        except FileCreateError as error:
            raise OSError(*error.args[0].args) from error
        with path.open("rb") as written:
            copyfileobj(written, out)


def _height(row: Sequence[Any], columns: Sequence[Column]) -> float:
    """The points that a row needs to show its wrapped texts, which not every program works out when it opens a file."""
    lines = [
        _lines(value, column.width) for value, column in zip(row, columns, strict=True) if column.wrapped and value
    ]
    return min(LINE * max(lines, default=1), HIGHEST)


def _lines(text: str, columns: int) -> int:
    """How many lines a text takes in a column of that width, by a careful estimate."""
    count, width = 0, columns * MARGIN
    for paragraph in text.splitlines():
        count, room = count + 1, width
        for word in paragraph.split():
            wide = _width(word)
            if wide > room and room < width:
                count, room = count + 1, width
            broken = ceil(wide / width) - 1
            count, room = count + broken, room - (wide - broken * width) - WIDTHS[" "]
    return count


def _width(word: str) -> float:
    return sum(
        WIDTHS.get(letter.lower(), 1) * (CAPITAL if letter.isupper() else 1)
        for letter in normalize("NFD", word)
        if not combining(letter)
    )


def _shape(value: float) -> str:
    """The number format with as many decimal places as there are."""
    if abs(value) >= EXACT:
        return "General"
    _, _, decimals = f"{value:.{PLACES}f}".rstrip("0").partition(".")
    return "#,##0" + ("." + "0" * len(decimals) if decimals else "")


def _text(text: str) -> str:
    """The text cleaned, and kept from being taken for XML: the writer passes on "<r>...</r>" as it is."""
    flat = clean(text)
    return flat + " " if flat.startswith("<r>") and flat.endswith("</r>") else flat


def _fitting(text: str) -> int:
    """How many of its characters a cell holds."""
    if len(text) <= MOST_UNITS // 2:
        return len(text)
    units = 0
    for at, letter in enumerate(text):
        units += 2 if letter > "\uffff" else 1
        if units > MOST_UNITS:
            return at
    return len(text)
