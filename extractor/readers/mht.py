"""A web page saved as one file (.mht, .mhtml): the page of a MIME archive, read as HTML."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import regex

from extractor.errors import UnreadableFile
from extractor.model import Content
from extractor.rulebook import Rulebook

from . import html

HEADERS = 8_192  # bytes in which the headers end
FIELD = regex.compile(rb"(?i)(?:[a-z][a-z0-9-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*+)++")
RELATED = regex.compile(rb"(?im)^content-type:\s*multipart/related\b")
VERSION = regex.compile(rb"(?im)^mime-version:")


def is_archive(data: bytes) -> bool:
    """Whether the bytes begin like a web archive."""
    found = FIELD.match(data[:HEADERS].removeprefix(b"\xef\xbb\xbf").lstrip().replace(b"\r\n", b"\n"))
    return bool(found and VERSION.search(found[0]) and RELATED.search(found[0]))


def read(path: str, data: bytes, book: Rulebook) -> Content:
    """The text of the page that the archive is of, as html.read gives it.  Raises UnreadableFile as that does, and for
    an archive without a page."""
    if len(data) > html.MAX_BYTES:
        raise UnreadableFile(path, f"the page is larger than {html.MAX_BYTES // 1_000_000} MB")
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
        page = _page(message)
        payload = page.get_payload(decode=True) if page is not None else None
        charset = str(page.get_content_charset() or "") if page is not None else ""
    except Exception as error:  # the parser lets through whatever broken headers raise in it
        raise UnreadableFile(path, f"is a damaged web archive ({type(error).__name__})") from error
    if not isinstance(payload, bytes) or not payload.strip():
        raise UnreadableFile(path, "is a web archive without a page")
    return html.read(path, payload, book, charset or None)


def _page(message: EmailMessage) -> EmailMessage | None:
    """The part that the archive's `start` names, else the first page in it."""
    pages = [part for part in message.walk() if part.get_content_type() in ("text/html", "application/xhtml+xml")]
    start = str(message.get_param("start") or "")
    named = (part for part in pages if start and str(part.get("content-id", "")).strip() == start.strip())
    return next(named, pages[0] if pages else None)
