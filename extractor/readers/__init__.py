"""Files -> Source: READERS maps a media type to a function; `read` finds the type by content and reads.

A reader takes the path as given (for error messages), the bytes and the rulebook, and returns a Content.  A new format
is a file here, a line in READERS, and one in MAGIC (its first bytes) or, where it has none, in SUFFIXES.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable
from pathlib import Path

import regex

from extractor.charset import BOMS
from extractor.errors import UnreadableFile
from extractor.model import Content, Source
from extractor.rulebook import Rulebook, load

from . import docx, html, mht, ocr, office, packed, pdf, txt, xlsx

MAX_BYTES = 200_000_000
# Some ten thousand pages, which take minutes and a gigabyte; the longest laws have a tenth of it.
MAX_CHARACTERS = 20_000_000

TEXT = "text/plain"
HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOC = office.WORD
XLS = office.EXCEL
RTF = "application/rtf"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MHT = "multipart/related"

READERS: dict[str, Callable[[str, bytes, Rulebook], Content]] = {
    TEXT: txt.read,
    HTML: html.read,
    PDF: pdf.read,
    DOCX: docx.read,
    DOC: office.read_doc,
    RTF: office.read_rtf,
    ODT: office.read_odt,
    XLS: office.read_xls,
    ODS: office.read_ods,
    XLSX: xlsx.read,
    MHT: mht.read,
    **dict.fromkeys(ocr.FORMATS.values(), ocr.read),
}

# First bytes -> media type.
MAGIC = ((b"{\\rtf", RTF), (b"PK\x03\x04", DOCX), (b"PK\x05\x06", DOCX))
# Suffix -> media type: what a folder is searched for.  It decides nothing where the content tells.  Formats that are
# not read stand here too, because passing over them in silence would look as if they had been.
SUFFIXES = {
    ".txt": TEXT,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".mht": MHT,
    ".mhtml": MHT,
    ".docx": DOCX,
    ".docm": DOCX,
    ".dotx": DOCX,
    ".dotm": DOCX,
    ".xlsx": XLSX,
    ".xlsm": XLSX,
    ".pdf": PDF,
    ".doc": DOC,
    ".dot": DOC,
    ".wps": DOC,
    ".rtf": RTF,
    ".odt": ODT,
    ".ott": ODT,
    ".xls": XLS,
    ".ods": ODS,
    **ocr.SUFFIXES,
}
TOLD_BY_CONTENT = {HTML, MHT, PDF, DOC, ODT, XLS, ODS, XLSX, *(kind for _, kind in MAGIC), *ocr.FORMATS.values()}

# How an OpenDocument file begins: its first member, stored, tells its kind.
OPEN_DOCUMENT = re.compile(rb"PK\x03\x04.{26}mimetype(application/vnd\.oasis\.opendocument\.[a-z.-]*)", re.DOTALL)
UNREAD = (
    (b"Rar!\x1a\x07", "is a .rar archive, which is not read; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "is a .7z archive, which is not read; unpack it first"),
    # Those that hold an archive are opened before a reader sees them.
    *((magic, "is a packed file that holds no .tar archive; unpack it first") for magic in packed.PACKED),
)
PAGE_SUFFIXES = frozenset((".html", ".htm", ".xhtml", ".aspx", ".php"))
PAGE_START = regex.compile(
    rb"(?is)\s*(?:<\?xml[^>]*>\s*|<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|(?:html|head|body|meta|title|table|div|p|h1)\b)"
)
ANY_TAG = regex.compile(rb"(?i)<(?:html|body|div|p|br|table|span|h[1-6])\b[^<>]*>")


def read(path: str, data: bytes | None = None, book: Rulebook | None = None) -> Source:
    """The file as a Source; "-" reads standard input, `data` is taken instead of the file where it is given.

    Raises UnreadableFile, naming the path and the reason, for anything that yields no text.
    """
    if data is None:
        data = sys.stdin.buffer.read(MAX_BYTES + 1) if path == "-" else _bytes(path)
    if len(data) > MAX_BYTES:
        raise UnreadableFile(path, f"is larger than {MAX_BYTES // 1_000_000} MB")
    kind = media_type(path, data)
    content = READERS[kind](path, data, book or load())
    if len(content.text) > MAX_CHARACTERS:
        size, most = -(-len(content.text) // 1_000_000), MAX_CHARACTERS // 1_000_000
        raise UnreadableFile(
            path, f"holds {size} million characters of text, more than the {most} million that are read"
        )
    digest = hashlib.sha256(data).hexdigest()
    return Source(path, kind, digest, content.text, content.page_starts, content.problems, content.recognised)


def media_type(path: str, data: bytes) -> str:
    """The key of READERS for these bytes; the suffix decides only what content leaves open: whether a text with tags in
    it is a page, and which format without first bytes of its own it is.

    Raises UnreadableFile for an empty file and for formats that are known and not read.
    """
    if not data:
        raise UnreadableFile(path, "is empty")
    if data.startswith(office.OLE):
        return office.ole_type(path, data)
    if found := OPEN_DOCUMENT.match(data):
        kind = next((kind for kind in (ODT, ODS) if found[1].startswith(kind.encode())), None)
        if kind is None:
            raise UnreadableFile(path, "is an OpenDocument file that is neither text nor sheets")
        return kind
    for magic, reason in UNREAD:
        if data.startswith(magic):
            raise UnreadableFile(path, reason)
    if b"%PDF-" in data[:1024]:
        return PDF
    if picture := ocr.media_type(data):
        return picture
    for magic, kind in MAGIC:
        if data.startswith(magic):
            return XLSX if "xl/workbook.xml" in packed.names(data) else kind
    if mht.is_archive(data):
        return MHT
    head = data[:8192]
    for mark, encoding in BOMS:
        if head.startswith(mark):
            head = head[len(mark) :].decode(encoding, "ignore").encode("utf-8", "ignore")
            break
    suffix = Path(path).suffix.lower()
    if PAGE_START.match(head) or (suffix in PAGE_SUFFIXES and ANY_TAG.search(head)):
        return HTML
    named = SUFFIXES.get(suffix, TEXT)
    return named if named in READERS and named not in TOLD_BY_CONTENT else TEXT


def _bytes(path: str) -> bytes:
    try:
        file = Path(path)
        if file.is_dir():
            raise UnreadableFile(path, "is a folder")
        if file.exists() and not file.is_file():
            raise UnreadableFile(path, "is not a regular file")
        if file.stat().st_size > MAX_BYTES:
            raise UnreadableFile(path, f"is larger than {MAX_BYTES // 1_000_000} MB")
        return file.read_bytes()
    except FileNotFoundError:
        raise UnreadableFile(path, "no such file") from None
    except PermissionError:
        raise UnreadableFile(path, "no permission to read it") from None
    except (OSError, ValueError) as error:
        raise UnreadableFile(path, getattr(error, "strerror", None) or str(error)) from error
