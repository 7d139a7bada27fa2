"""PDF with a text layer: the text of each page in the order of its content."""

from __future__ import annotations

from typing import Any

from extractor.errors import UnreadableFile
from extractor.model import Content, Problem
from extractor.rulebook import Rulebook

# A scanned page still carries the stamp, the gazette's header and the signer's name as text.
SCAN_TEXT = 200
SCAN_WIDTH = 0.6
SCAN_HEIGHT = 0.1
IMAGE = 3  # FPDF_PAGEOBJ_IMAGE
ENCRYPTED = 4  # FPDF_ERR_PASSWORD
NO_TEXT = "no text layer and no OCR available"


def read(path: str, data: bytes, book: Rulebook) -> Content:
    """The text of all pages, the offset at which each begins, and a Problem for each page without text.

    Raises UnreadableFile for an encrypted or damaged file and for one that has no text layer at all.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        encrypted = getattr(error, "err_code", None) == ENCRYPTED
        reason = "is encrypted" if encrypted else f"is a damaged or truncated PDF ({_short(error)})"
        raise UnreadableFile(path, reason) from error
    pages: list[str] = []
    problems: list[Problem] = []
    scanned = 0
    try:
        for number in range(1, len(document) + 1):
            try:
                page = document[number - 1]
                text = _line_ends(page.get_textpage().get_text_range(errors="replace"))
                empty = not text.strip() or (len(text) < SCAN_TEXT and _is_picture(page))
                page.close()
            except pypdfium2.PdfiumError as error:
                text, empty = "", False
                problems.append(Problem(f"page {number}", f"cannot be read ({_short(error)})"))
            if empty:
                scanned += 1
                problems.append(Problem(f"page {number}", NO_TEXT))
            pages.append(text + "\n")
    finally:
        document.close()
    if scanned == len(pages):
        raise UnreadableFile(path, "no text layer (scanned?); OCR is not available yet")
    if not "".join(pages).strip():
        raise UnreadableFile(path, "holds no text that can be read")
    starts = [0]
    for text in pages[:-1]:
        starts.append(starts[-1] + len(text))
    return Content("".join(pages), tuple(starts), tuple(problems))


def _short(error: Exception) -> str:
    """What PDFium itself says: "Failed to load document (PDFium: Data format error)." -> "Data format error"."""
    return str(error).rpartition("PDFium: ")[2].strip().rstrip(".)")


def _line_ends(text: str) -> str:
    """PDFium ends lines with CR LF and writes U+FFFE (or U+0002) for a hyphen at a line's end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-").replace("\x02", "-")


def _is_picture(page: Any) -> bool:
    """Whether the page is an image of text: one as wide as a column of text, not a stamp or a signature."""
    width, height = page.get_size()
    for item in page.get_objects(filter=[IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        if right - left >= SCAN_WIDTH * width and top - bottom >= SCAN_HEIGHT * height:
            return True
    return False
