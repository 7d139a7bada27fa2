"""Word (.docx): paragraphs as lines, tables in their place with a line for each row."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from extractor.errors import UnreadableFile
from extractor.model import Content
from extractor.rulebook import Rulebook

from . import packed

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
OPENED = {W + name for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")}
DROPPED = {W + "del", W + "moveFrom", MC + "Fallback"}
SIGNS = {W + "t": "", W + "p": "\n", W + "tab": " ", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}


def read(path: str, data: bytes, book: Rulebook) -> Content:
    """The text of the body, no page starts (Word keeps none), no problems.  Raises UnreadableFile."""
    _check_archive(path, data)
    from docx import Document

    try:
        document = Document(io.BytesIO(data))
        lines = list(_lines(document.element.body))
    except Exception as error:  # the library lets through whatever zlib, lxml or its own parts raise on damaged files
        raise UnreadableFile(path, f"is a damaged .docx ({packed.short(error)})") from error
    text = "\n".join(lines)
    if not text.strip():
        raise UnreadableFile(path, "holds no text")
    return Content(text)


def _check_archive(path: str, data: bytes) -> None:
    if "word/document.xml" not in packed.check(path, data, ".docx"):
        raise UnreadableFile(path, "is a zip file, not a Word document: it has no word/document.xml")


def _lines(parent: Any) -> Iterator[str]:
    """The lines of the paragraphs and tables under an element, in order; content controls and the like are opened."""
    for child in parent.iterchildren():
        if child.tag == W + "p":
            yield _text(child)
        elif child.tag == W + "tbl":
            yield from _rows(child)
        elif child.tag in OPENED:
            yield from _lines(child)


def _rows(table: Any) -> Iterator[str]:
    """A row's cells joined by " | "; a cell merged over columns or rows stands once, where it begins."""
    for row in table.iter(W + "tr"):
        if next(row.iterancestors(W + "tbl")) is not table:
            continue
        cells = [_cell(cell) for cell in row.iter(W + "tc") if next(cell.iterancestors(W + "tr")) is row]
        if any(cells):
            yield " | ".join(cells)


def _cell(cell: Any) -> str:
    """The text of a cell and of the tables in it as one line; "" where it only continues the cell above."""
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    if merge is not None and merge.get(W + "val", "continue") == "continue":
        return ""
    return " ".join(" ".join(_text(paragraph) for paragraph in cell.iter(W + "p") if not _boxed(paragraph)).split())


def _text(paragraph: Any) -> str:
    """The text of a paragraph with what was inserted and without what was deleted while changes were tracked."""
    pieces: list[str] = []
    for node in paragraph.iter(*SIGNS):
        if node is not paragraph and any(parent.tag in DROPPED for parent in node.iterancestors()):
            continue
        if node.tag == W + "t":
            pieces.append(node.text or "")
        elif node is not paragraph:
            pieces.append(SIGNS[node.tag])
    return "".join(pieces)


def _boxed(paragraph: Any) -> bool:
    """Whether a paragraph stands in a text box, whose text is taken with the paragraph that holds the box."""
    return next(paragraph.iterancestors(W + "p"), None) is not None
