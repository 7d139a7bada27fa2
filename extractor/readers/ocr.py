"""Pictures of pages -> lines with their places, by Tesseract; and the reader of picture files."""

from __future__ import annotations

import io
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import regex

from extractor import programs
from extractor.errors import UnreadableFile
from extractor.model import Content, Problem
from extractor.rulebook import Rulebook

from . import layout, packed, ruled
from .layout import Line

if TYPE_CHECKING:
    from PIL.Image import Image

LANGUAGE = "vie"
DPI = 300
PAGE_SECONDS = 60.0
DOCUMENT_SECONDS = 600.0
MAX_PIXELS = 40_000_000  # of a page as it is rendered
MAX_PICTURE = 150_000_000  # of a picture file: bytes once it is unpacked to grey
MAX_FRAMES = 300
PAGE_WIDTH = 8.27  # inches: how wide a page is taken to be in a picture that does not say
LEAST_DPI, MOST_DPI = 70, 1_200
INK = 160  # a darker pixel is ink
FAINT = 200  # a darker pixel may be of a ruled line
BLANK = 0.0002  # of the pixels are ink at most on an empty page: dust
SPECK = 0.3  # confidence of a sign that is no letter or figure, and of a short line, which is a speck below it
SHORT = 3  # words
POOR = 0.6  # mean confidence of a page that may lie on its side
TURNED = 2.0  # Tesseract's own measure of how sure it is of a page's turn
GAP = 0.8  # heights of a line between words that do not follow each other
RULED = 120  # pixels of a line that rules a table, at least
UPRIGHT = 0.45  # of that: an upright line may be as short as a row is high
APART, BROKEN = 5.0, 14.0  # points by which a ruled line leans, and by which it is broken
THICK = 6  # pixels, of half the picture's, on either side of the middle of a line at most
INSET = 4  # pixels at the edge of a cell that its lines leave
BETWEEN = 60  # pixels between cells that are read together
HIGHEST = 12_000  # pixels of a column of cells
WIDE, HIGH = 1.0, 0.25  # inches of a short cell at most
SMALLER = (0.75, 0.5)
BLOCK = 6  # Tesseract's mode for one block of text

FORMATS = {
    "png": "image/png", "jpeg": "image/jpeg", "tiff": "image/tiff", "bmp": "image/bmp", "gif": "image/gif",
    "webp": "image/webp",
}  # fmt: skip
SUFFIXES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".tif": "image/tiff", ".tiff": "image/tiff",
    ".bmp": "image/bmp", ".gif": "image/gif", ".webp": "image/webp",
}  # fmt: skip
MAGIC = (
    (regex.compile(rb"\x89PNG\r\n"), "png"),
    (regex.compile(rb"\xff\xd8\xff"), "jpeg"),
    (regex.compile(rb"II[*+]\0|MM\0[*+]"), "tiff"),
    (regex.compile(rb"(?s)BM.{4}\0{4}"), "bmp"),
    (regex.compile(rb"GIF8[79]a"), "gif"),
    (regex.compile(rb"(?s)RIFF.{4}WEBP"), "webp"),
)


def media_type(head: bytes) -> str | None:
    """The media type of a picture by its first bytes; None for what is no picture."""
    return next((FORMATS[name] for magic, name in MAGIC if magic.match(head)), None)


# --- picture files --------------------------------------------------------------------------------------------------


def read(path: str, data: bytes, book: Rulebook) -> Content:
    """The text of a picture of a page, or of several (.tiff), with the confidence of each.

    Raises UnreadableFile for a damaged picture, one too large, and one without text, and where Tesseract is missing.
    """
    problems: list[Problem] = []
    pages: list[list[Line]] = []
    recognised: dict[int, float] = {}
    reason: str | None = None
    with reading(path, book) as desk:
        for number, (picture, dpi) in enumerate(_frames(path, data, problems), 1):
            pages.append([])
            if is_blank(picture):
                continue
            try:
                found = desk.page(picture, dpi)
            except UnreadableFile as error:
                reason = error.reason
                problems.append(Problem(f"page {number}", f"not read: {reason}"))
                continue
            if found.confidence is not None:
                pages[-1], recognised[number] = found.lines, found.confidence
    if not recognised:
        raise UnreadableFile(path, reason or "holds no text")
    starts, text = [], ""
    for page in layout.paragraphs(pages, book):
        starts.append(len(text))
        text += page + "\n"
    return Content(text, tuple(starts), tuple(problems), recognised)


def _frames(path: str, data: bytes, problems: list[Problem]) -> Iterator[tuple[Image, float]]:
    """The pictures of a file in grey, upright, with their dots per inch."""
    from PIL import Image, ImageOps, ImageSequence

    try:
        with Image.open(io.BytesIO(data)) as file:
            count = getattr(file, "n_frames", 1)
            if count > MAX_FRAMES:
                problems.append(Problem(f"page {MAX_FRAMES + 1}", f"not read: only {MAX_FRAMES} pages are"))
            for number, frame in enumerate(ImageSequence.Iterator(file)):
                if number >= MAX_FRAMES:
                    break
                width, height = frame.size
                if width * height > MAX_PICTURE:
                    raise UnreadableFile(
                        path, f"is a picture of {width * height // 1_000_000} million pixels, too large"
                    )
                dpi = _dpi(frame)
                picture = _grey(ImageOps.exif_transpose(frame) or frame)
                yield _scaled(picture, dpi)
                if file.format == "GIF":
                    break
    except UnreadableFile:
        raise
    except Exception as error:  # Pillow lets through whatever its decoders raise on damaged files
        raise UnreadableFile(path, f"is a damaged picture ({packed.short(error)})") from error


def _grey(picture: Image) -> Image:
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        white.alpha_composite(picture)
        picture = white
    if picture.mode.startswith(("I", "F")):
        picture = picture.convert("F").point(lambda value: value / 257)
    return picture.convert("L")


def _dpi(picture: Image) -> float:
    """The dots per inch that a picture states, where it is as wide as a page then, else as if it were a page."""
    guess = min(picture.size) / PAGE_WIDTH
    try:
        said = float(picture.info.get("dpi", (0, 0))[0])
    except (TypeError, ValueError, ZeroDivisionError, IndexError):
        said = 0.0
    if LEAST_DPI < said <= MOST_DPI and 0.5 <= guess / said <= 2:
        return said
    return max(50.0, guess)


def _scaled(picture: Image, dpi: float) -> tuple[Image, float]:
    """A picture as large as Tesseract reads best."""
    from PIL import Image

    factor = DPI / dpi
    pixels = picture.width * picture.height
    if 0.8 <= factor <= 1.25 and pixels <= MAX_PIXELS:
        return picture, dpi
    factor = min(factor, 4.0, (MAX_PIXELS / pixels) ** 0.5)
    size = max(1, round(picture.width * factor)), max(1, round(picture.height * factor))
    return picture.resize(size, Image.Resampling.LANCZOS), dpi * factor


# --- pages ----------------------------------------------------------------------------------------------------------


def rendered(page: Any) -> tuple[Image, float]:
    """A page of a PDF as a picture in grey, and its dots per inch; a huge page in fewer."""
    width, height = page.get_size()
    dpi = min(float(DPI), 72 * (MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=dpi / 72, grayscale=True)
    picture: Image = bitmap.to_pil().convert("L")
    return picture, dpi


def is_blank(picture: Image) -> bool:
    """Whether there is next to nothing on a page."""
    ink = sum(picture.histogram()[:INK])
    return ink <= BLANK * picture.width * picture.height


@dataclass(slots=True)
class Found:
    """What was read on a page: its lines and tables, and how sure Tesseract is of its words, 0 to 1; None for none."""

    lines: list[Line] = field(default_factory=list)
    tables: list[ruled.Table] = field(default_factory=list)
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A word, its line as Tesseract numbers them, its box in pixels and its confidence, 0 to 1."""

    text: str
    line: tuple[int, int, int]
    left: int
    top: int
    right: int
    bottom: int
    confidence: float


@dataclass(frozen=True, slots=True)
class _Read:
    """A page as it was read once: its tables, the words in them and those beside."""

    tables: list[ruled.Table]
    inside: list[Word]
    words: list[Word]

    def is_doubtful(self) -> bool:
        """Whether the page may not stand upright: few words are sure, or most stand on their sides."""
        long = [word for word in self.words if len(word.text) > SHORT]
        upright = sum(word.right - word.left > word.bottom - word.top for word in long)
        return _mean([*self.words, *self.inside]) < POOR or 2 * upright < len(long)


_Cell = tuple[list[str], "Image"]
"""Where the text of a cell is gathered, and its picture."""


@contextmanager
def reading(path: str, book: Rulebook) -> Iterator[Desk]:
    """A desk at which the pages of one document are read, with a folder of its own and its time."""
    with programs.workshop() as folder:
        yield Desk(path, folder, book, time.monotonic() + DOCUMENT_SECONDS)


@dataclass(slots=True)
class Desk:
    path: str
    folder: Path
    book: Rulebook
    until: float

    def page(self, picture: Image, dpi: float, beside: Sequence[Line] = ()) -> Found:
        """The text of a page; `beside` are lines already known, which are painted over and come back in their place.

        Raises UnreadableFile with the reason where Tesseract is missing, fails or takes too long.
        """
        if reason := lacking():
            raise UnreadableFile(self.path, reason)
        if beside:
            _painted_over(picture, beside, dpi)
        found = self._read(picture, dpi)
        if not beside and found.is_doubtful() and (turn := self._turn(picture)):
            turned = self._read(picture.rotate(-turn, expand=True, fillcolor=255), dpi)
            if turned.words and not turned.is_doubtful():
                found = turned
        lines = [*beside, *_lines(without_specks(found.words), 72 / dpi)]
        lines = [line for line in layout.arranged(lines, self.book) if any(c.isalnum() for c in line.text)]
        lines = ruled.placed(lines, found.tables)
        every = [*found.words, *found.inside]
        return Found(lines, found.tables, _mean(every) if every and lines else None)

    def _read(self, picture: Image, dpi: float) -> _Read:
        rest = picture.copy()
        tables, inside = self._tables(rest, dpi)
        words = [] if tables and is_blank(rest) else self._words(rest, dpi)
        return _Read(tables, inside, words)

    def _tables(self, picture: Image, dpi: float) -> tuple[list[ruled.Table], list[Word]]:
        """The ruled tables of a page with the texts of their cells, and the words of these; painted over on the page.

        Tesseract reads the cells one below the other, as one column of text.
        """
        edges = rules(picture, dpi)
        tables = [table for table in ruled.tables(edges, APART, BROKEN) if table.is_whole()]
        if not tables:
            return [], []
        for edge in edges:
            left, top, right, bottom = (round(side * dpi / 72) for side in edge)
            picture.paste(255, (max(0, left), max(0, top), right, bottom))
        cells = [
            (table.texts[number], crop)
            for table in tables
            for number in range(len(table.cells))
            if (crop := _cropped(picture, table.box(number), dpi)) is not None
        ]
        short = [cell for cell in cells if cell[1].width < WIDE * dpi and cell[1].height < HIGH * dpi]
        words = self._cells([cell for cell in cells if not any(cell is each for each in short)], dpi)
        words += self._short_cells(short, dpi)
        for table in tables:
            box = (table.lefts[0], table.tops[0], table.right, table.bottom)
            left, top, right, bottom = (round(side * dpi / 72) for side in box)
            picture.paste(255, (max(0, left - 3), max(0, top - 3), right + 4, bottom + 4))
        return tables, words

    def _cells(self, cells: Sequence[_Cell], dpi: float) -> list[Word]:
        """Read cells into their texts; gives their words."""
        out: list[Word] = []
        for batch in _batches(cells):
            for (texts, _), words in zip(batch, self._column(batch, dpi, 1.0), strict=True):
                texts += _text_of(words)
                out += words
        return out

    def _short_cells(self, cells: Sequence[_Cell], dpi: float) -> list[Word]:
        """Read cells of a figure or a word, which Tesseract reads better in small; of two readings the surer."""
        out: list[Word] = []
        for batch in _batches(cells):
            readings = zip(*(self._column(batch, dpi, factor) for factor in SMALLER), strict=True)
            for (texts, _), words in zip(batch, (max(each, key=_mean) for each in readings), strict=True):
                texts += _text_of(words)
                out += words
        return out

    def _column(self, cells: Sequence[_Cell], dpi: float, factor: float) -> list[list[Word]]:
        """The words of each of some cells, read as one column of text, in another size."""
        column, begins = _column([crop for _, crop in cells])
        size = round(column.width * factor), round(column.height * factor)
        out: list[list[Word]] = [[] for _ in cells]
        for word in self._words(column.resize(size) if factor != 1 else column, dpi * factor, BLOCK):
            if word.confidence >= SPECK or any(c.isalnum() for c in word.text):
                middle = (word.top + word.bottom) / 2 / factor
                out[max(0, bisect_right(begins, middle) - 1)].append(word)
        return out

    def _words(self, picture: Image, dpi: float, mode: int = 3) -> list[Word]:
        name = self._saved(picture)
        arguments = [name, "-", "-l", LANGUAGE, "--psm", str(mode), "--dpi", str(round(dpi)), "tsv"]
        return words_of(self._run(arguments).decode("utf-8", "replace"))

    def _turn(self, picture: Image) -> int:
        """By how many degrees the page has to be turned clockwise to stand upright; 0 where that is not sure."""
        if "osd" not in languages():
            return 0
        try:
            said = self._run([self._saved(picture), "-", "-l", "osd", "--psm", "0"]).decode("utf-8", "replace")
        except UnreadableFile:
            return 0  # too few letters
        found = dict(regex.findall(r"(?m)^(Rotate|Orientation confidence): *([\d.]+)", said))
        sure = float(found.get("Orientation confidence", 0)) >= TURNED
        return int(float(found.get("Rotate", 0))) % 360 if sure else 0

    def _saved(self, picture: Image) -> str:
        picture.save(self.folder / "page.pgm")
        return "page.pgm"

    def _run(self, arguments: Sequence[str]) -> bytes:
        left = self.until - time.monotonic()
        if left <= 0:
            raise UnreadableFile(self.path, f"recognising the document took longer than {DOCUMENT_SECONDS:.0f} s")
        return programs.run(
            "tesseract", arguments, path=self.path, folder=self.folder, seconds=min(PAGE_SECONDS, max(1.0, left))
        )


def lacking() -> str | None:
    """What to install where nothing can be recognised here; None where all is there."""
    if programs.command("tesseract") is None or LANGUAGE not in languages():
        return programs.missing("tesseract")
    return None


@cache
def languages() -> frozenset[str]:
    """The languages that Tesseract has data of."""
    with programs.workshop() as folder:
        try:
            said = programs.run("tesseract", ["--list-langs"], path="-", folder=folder, seconds=PAGE_SECONDS)
        except UnreadableFile:
            return frozenset()
    return frozenset(said.decode("utf-8", "replace").split())


def words_of(table: str) -> list[Word]:
    """The words of Tesseract's table (TSV)."""
    out = []
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12 or cells[0] != "5" or not cells[11].strip():
            continue
        block, paragraph, line = (int(cell) for cell in cells[2:5])
        left, top, width, height = (int(cell) for cell in cells[6:10])
        confidence = max(0.0, float(cells[10]) / 100)
        out.append(Word(cells[11].strip(), (block, paragraph, line), left, top, left + width, top + height, confidence))
    return out


def without_specks(words: Sequence[Word]) -> list[Word]:
    """The words without dust, stamps and bits of ruled lines: signs and short lines of very low confidence."""
    by_line: dict[tuple[int, int, int], list[Word]] = {}
    for word in words:
        if word.confidence >= SPECK or any(c.isalnum() for c in word.text):
            by_line.setdefault(word.line, []).append(word)
    return [
        word
        for line in by_line.values()
        if len(line) > SHORT or _mean(line) >= SPECK
        if any(c.isalnum() for each in line for c in each.text)
        for word in line
    ]


def _mean(words: Sequence[Word]) -> float:
    return sum(word.confidence for word in words) / len(words) if words else 0.0


def _lines(words: Sequence[Word], scale: float) -> list[Line]:
    """The words as lines in points, cut at wide gaps."""
    by_line: dict[tuple[int, int, int], list[Word]] = {}
    for word in words:
        by_line.setdefault(word.line, []).append(word)
    out = []
    for line in by_line.values():
        line.sort(key=lambda word: word.left)
        high = median(word.bottom - word.top for word in line)
        part = [line[0]]
        for word in line[1:]:
            if word.left - part[-1].right > GAP * max(high, 1):
                out.append(_line(part, scale))
                part = []
            part.append(word)
        out.append(_line(part, scale))
    return out


def _line(words: Sequence[Word], scale: float) -> Line:
    # Words with marks or tails are higher than others; the usual one tells where a line stands.
    top, bottom = median(word.top for word in words), median(word.bottom for word in words)
    return Line(
        " ".join(word.text for word in words),
        words[0].left * scale,
        top * scale,
        words[-1].right * scale,
        bottom * scale,
        bottom * scale,
        (words[0].right - words[0].left) * scale,
    )


def _painted_over(picture: Image, lines: Sequence[Line], dpi: float) -> None:
    scale = dpi / 72
    for line in lines:
        box = (line.left - 1, line.top - 2, line.right + 1, line.bottom + 2)
        left, top, right, bottom = (round(side * scale) for side in box)
        picture.paste(255, (max(0, left), max(0, top), max(0, right), max(0, bottom)))


# --- tables ---------------------------------------------------------------------------------------------------------


def _cropped(picture: Image, box: tuple[float, float, float, float], dpi: float) -> Image | None:
    """What stands in a cell, without the white around it; None for an empty cell."""
    left, top, right, bottom = (round(side * dpi / 72) for side in box)
    cell = picture.crop((max(0, left + INSET), max(0, top), right - INSET, bottom))
    inked = cell.point(lambda value: 255 if value < INK else 0).getbbox() if min(cell.size) > 0 else None
    if inked is None or inked[2] - inked[0] < INSET or inked[3] - inked[1] < INSET:
        return None
    return cell.crop(inked)


def _text_of(words: Sequence[Word]) -> Iterator[str]:
    """The words of a cell with its line breaks."""
    for before, word in zip((None, *words), words, strict=False):
        yield word.text if before is None else (" " if before.line == word.line else "\n") + word.text


def _batches(cells: Sequence[_Cell]) -> Iterator[list[_Cell]]:
    """Cells in their order, as many at a time as make a column that Tesseract takes."""
    batch: list[_Cell] = []
    high = 0
    for cell in cells:
        if batch and high + cell[1].height + BETWEEN > HIGHEST:
            yield batch
            batch, high = [], 0
        batch.append(cell)
        high += cell[1].height + BETWEEN
    if batch:
        yield batch


def _column(cells: Sequence[Image]) -> tuple[Image, list[int]]:
    """Cells one below the other, and how far down each begins."""
    from PIL import Image

    width = max(cell.width for cell in cells) + 2 * BETWEEN
    column = Image.new("L", (width, sum(cell.height + BETWEEN for cell in cells) + BETWEEN), 255)
    begins, at = [], BETWEEN
    for cell in cells:
        begins.append(at - BETWEEN // 2)
        column.paste(cell, (BETWEEN, at))
        at += cell.height + BETWEEN
    return column, begins


def rules(picture: Image, dpi: float) -> list[ruled.Edge]:
    """The level and upright lines of a picture, in points."""
    import numpy

    ink = numpy.asarray(picture) < FAINT
    half = ink[: ink.shape[0] // 2 * 2, : ink.shape[1] // 2 * 2]
    half = half[::2, ::2] | half[1::2, ::2] | half[::2, 1::2] | half[1::2, 1::2]
    scale = 2 * 72 / dpi
    length = max(20, round(RULED * dpi / DPI / 2))
    level = [(a * scale, y * scale, b * scale, (y + 1) * scale) for y, a, b in _runs(half, length)]
    if len(level) < 2:
        return []
    upright = [(x * scale, a * scale, (x + 1) * scale, b * scale) for x, a, b in _runs(half.T, length * UPRIGHT)]
    return level + upright if len(level) + len(upright) <= ruled.MAX_EDGES else []


def _runs(ink: Any, length: float) -> Iterator[tuple[int, int, int]]:
    """(row, from, to) of the unbroken runs of ink at least `length` long, of lines that may lean a little."""
    import numpy

    # What is thick is a shaded cell or a picture, not a line.
    inner = numpy.zeros_like(ink)
    inner[THICK:-THICK] = ink[: -2 * THICK] & ink[2 * THICK :]
    ink = ink & ~inner
    padded = numpy.zeros((ink.shape[0], ink.shape[1] + 2), dtype=numpy.int8)
    padded[:, 1:-1] = ink
    padded[1:, 1:-1] |= ink[:-1]
    padded[:-1, 1:-1] |= ink[1:]
    steps = numpy.diff(padded, axis=1)
    rows, begins = numpy.nonzero(steps == 1)
    _, ends = numpy.nonzero(steps == -1)
    long = ends - begins >= length
    yield from zip(rows[long].tolist(), begins[long].tolist(), ends[long].tolist(), strict=True)
