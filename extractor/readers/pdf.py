"""PDF: the text of each page in reading order, tables as rows, pages without text by OCR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import regex

from extractor.charset import share
from extractor.errors import UnreadableFile
from extractor.model import Content, Problem
from extractor.rulebook import Rulebook

from . import layout, ocr, ruled
from .layout import Line
from .letters import LINE_END, Letters, clean
from .strokes import edges

MAX_PAGES = 5_000
MAX_CHARACTERS = 100_000  # of a page; one that holds more is taken as PDFium gives it
MAX_DEPTH = 3  # of objects inside each other
# A scanned page still carries the stamp, the gazette's header and the signer's name as text.
SCAN_TEXT = 200
SCAN_WIDTH = 0.6
SCAN_HEIGHT = 0.1
GARBAGE = 0.35  # of the words are Vietnamese syllables at most, where the fonts do not tell which letters they hold
GARBAGE_WORDS = 30
GARBLED = "its letters may be wrong: the fonts do not tell which they are"
USUAL = 0.04  # of its characters are letters that only Vietnamese has, in a text that is surely no garbage
HEAD_LINES = 14  # of a page, in which the head of a document stands
HEAD_LENGTH = 120
RECIPIENTS = 16  # characters in which the list of recipients is named
ENCRYPTED = 4  # FPDF_ERR_PASSWORD
IMAGE = 3  # FPDF_PAGEOBJ_IMAGE
SPACE = regex.compile(r"\s+")
VIETNAMESE = regex.compile(r"[\u0103\u0111\u01a1\u01b0\u1ea0-\u1ef9]")


@dataclass(slots=True)
class Sheet:
    """What a page holds: its lines in reading order with the rows of its tables, and whether they are all of it."""

    lines: list[Line] = field(default_factory=list)
    tables: list[ruled.Table] = field(default_factory=list)
    scanned: bool = False
    garbage: bool = False
    confidence: float | None = None


def read(path: str, data: bytes, book: Rulebook) -> Content:
    """The text of all pages, the offset at which each begins, the pages read by OCR, and a Problem for each page that
    could not be read.

    Raises UnreadableFile for an encrypted or damaged file and for one that holds no text, or none without OCR.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        encrypted = getattr(error, "err_code", None) == ENCRYPTED
        reason = "is encrypted" if encrypted else f"is a damaged or truncated PDF ({_short(error)})"
        raise UnreadableFile(path, reason) from error
    problems: list[Problem] = []
    sheets: list[Sheet] = []
    try:
        count = len(document)
        for number in range(1, min(count, MAX_PAGES) + 1):
            try:
                sheets.append(_sheet(document, number, book))
            except (pypdfium2.PdfiumError, ValueError, OverflowError) as error:
                sheets.append(Sheet())
                problems.append(Problem(f"page {number}", f"not read: damaged ({_short(error)})"))
        if count > MAX_PAGES:
            problems.append(Problem(f"page {MAX_PAGES + 1}", f"not read: only {MAX_PAGES} pages are"))
        lacking = _recognise(path, document, sheets, problems, book)
    finally:
        document.close()
    # The stamp or the gazette's header on a page that could not be read is no text of the document.
    if not any(sheet.lines and not sheet.scanned for sheet in sheets):
        raise UnreadableFile(path, lacking or "holds no text that can be read")
    ruled.continued([sheet.lines for sheet in sheets], [sheet.tables for sheet in sheets])
    texts = [text + "\n" for text in layout.paragraphs([sheet.lines for sheet in sheets], book)]
    starts = [0]
    for text in texts[:-1]:
        starts.append(starts[-1] + len(text))
    recognised = {n: sheet.confidence for n, sheet in enumerate(sheets, 1) if sheet.confidence is not None}
    return Content("".join(texts), tuple(starts), tuple(problems), recognised)


def _recognise(path: str, document: Any, sheets: list[Sheet], problems: list[Problem], book: Rulebook) -> str | None:
    """Read the pages that need it by OCR, into `sheets`; what cannot be goes to `problems`.  Gives the reason why a
    document has no text, where there is one."""
    wanted = [number for number, sheet in enumerate(sheets, 1) if sheet.scanned or sheet.garbage]
    reason: str | None = None
    if not wanted:
        return None
    import pypdfium2

    with ocr.reading(path, book) as desk:
        for number in wanted:
            sheet = sheets[number - 1]
            try:
                page = document[number - 1]
                picture, dpi = ocr.rendered(page)
                if ocr.is_blank(picture):
                    continue
                found = desk.page(picture, dpi, [] if sheet.garbage else sheet.lines)
                page.close()
            except (pypdfium2.PdfiumError, ValueError, OSError, MemoryError) as error:
                problems.append(Problem(f"page {number}", f"not read: damaged ({_short(error)})"))
                continue
            except UnreadableFile as error:
                if sheet.garbage:
                    problems.append(Problem(f"page {number}", GARBLED))
                else:
                    reason = error.reason
                    problems.append(Problem(f"page {number}", f"not read: {reason}"))
                continue
            if found.confidence is None or (sheet.garbage and _share(found.lines, book) <= _share(sheet.lines, book)):
                continue
            sheet.lines, sheet.tables, sheet.confidence = found.lines, found.tables, found.confidence
            sheet.scanned = False
    return reason


def _share(lines: Sequence[Line], book: Rulebook) -> float:
    return share("\n".join(line.text for line in lines), book) if lines else 0.0


def _short(error: Exception) -> str:
    """What PDFium itself says: "Failed to load document (PDFium: Data format error)." -> "Data format error"."""
    return str(error).rpartition("PDFium: ")[2].strip().rstrip(".)")


# --- a page ---------------------------------------------------------------------------------------------------------


def _sheet(document: Any, number: int, book: Rulebook) -> Sheet:
    page = document[number - 1]
    try:
        textpage = page.get_textpage()
        text = textpage.get_text_range(errors="replace")
        if len(text) < SCAN_TEXT and (not text.strip() or _is_picture(page)):
            lines = Letters(page, textpage, text).lines() if text.strip() else []
            return Sheet(layout.arranged(lines, book), scanned=True)
        letters = Letters(page, textpage, text)
        if letters.count > MAX_CHARACTERS:
            return Sheet([Line(clean(each), 0, n, 1, n + 1, n + 1, row=True) for n, each in _numbered(text)])
        tables = ruled.tables(edges(page, letters.turned))
        scrambled = letters.turn != 0 or letters.scrambled()
        lines = letters.lines() if letters.plain and not (tables or scrambled) else []
        if not lines or not layout.ordered(lines) or _opens_columns(lines, book):
            lines = letters.sorted_parts(tables) if scrambled else letters.parts(tables)
            lines = ruled.placed(layout.arranged(lines, book), tables)
        return Sheet(lines, tables, garbage=_is_garbage(text, book))
    finally:
        page.close()


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    return ((number, line.strip()) for number, line in enumerate(LINE_END.split(text)) if line.strip())


def _opens_columns(lines: Sequence[Line], book: Rulebook) -> bool:
    """Whether a page may hold the head or the end of a document, whose columns PDFium writes in one line."""
    rules = layout.opening(book)
    motto, recipients = rules["motto"].pattern, rules["recipients"].pattern
    for line in lines[:HEAD_LINES]:
        folded = line.text[:HEAD_LENGTH].lower()
        if motto.match(folded):
            return True
        if line.text.isupper() and any(motto.match(folded, space.end()) for space in SPACE.finditer(folded)):
            return True
    return any(recipients.match(line.text[:RECIPIENTS].lower()) for line in lines)


def _is_garbage(text: str, book: Rulebook) -> bool:
    if len(VIETNAMESE.findall(text)) >= USUAL * len(text):
        return False
    return len(text.split(maxsplit=GARBAGE_WORDS)) > GARBAGE_WORDS and share(text, book) < GARBAGE


def _is_picture(page: Any) -> bool:
    """Whether the page is an image of text: one as wide as a column of text, not a stamp or a signature."""
    width, height = page.get_size()
    for item in page.get_objects(filter=[IMAGE], max_depth=MAX_DEPTH):
        left, bottom, right, top = item.get_bounds()
        wide, high = (right - left, top - bottom) if page.get_rotation() % 180 == 0 else (top - bottom, right - left)
        if wide >= SCAN_WIDTH * width and high >= SCAN_HEIGHT * height:
            return True
    return False
