"""Plain text: bytes in any usual encoding -> text, form feeds as page breaks."""

from __future__ import annotations

import codecs

import regex

from extractor.errors import UnreadableFile
from extractor.model import Content, Problem
from extractor.rulebook import Rulebook

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# NUL is left out: it stands in damaged texts and cleaning replaces it.
CONTROL = regex.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
BINARY_SHARE = 0.02
DAMAGED_SHARE = 0.001
SAMPLE = 200_000


def read(path: str, data: bytes, book: Rulebook) -> Content:
    """The text, the offset of each page that a form feed begins (none where there is no form feed), and problems.

    Raises UnreadableFile for binary data and for a file without text.
    """
    text, problems = decode(path, data, None)
    if not text.strip("\0\ufeff \t\r\n\f\v"):
        raise UnreadableFile(path, "holds no text")
    starts = (0, *(i + 1 for i, character in enumerate(text) if character == "\f")) if "\f" in text else ()
    return Content(text, starts, problems)


def decode(path: str, data: bytes, declared: str | None) -> tuple[str, tuple[Problem, ...]]:
    """Text of the bytes: by byte order mark, as UTF-8, as declared, or by guess; and what was wrong with them.

    A few bytes that are not UTF-8 become U+FFFD with a Problem; lone surrogates stay.  Raises UnreadableFile.
    """
    for mark, encoding in BOMS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "surrogatepass" if _even(data, mark, encoding) else "replace")
            return _checked(path, text), ()
    try:
        return _checked(path, data.decode("utf-8", "surrogatepass")), ()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if damaged <= max(1, DAMAGED_SHARE * len(text)) and not text.isascii() and len(text) > 20 * damaged:
        return _checked(path, text), (Problem("text", f"{damaged} places are not UTF-8"),)
    guessed = _guess(data, declared)
    if guessed is None:
        raise UnreadableFile(path, "is binary data, not text")
    return _checked(path, guessed), ()


def _even(data: bytes, mark: bytes, encoding: str) -> bool:
    try:
        data[len(mark) :].decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _guess(data: bytes, declared: str | None) -> str | None:
    from charset_normalizer import from_bytes

    best = None
    if declared is None:
        best = from_bytes(data[:SAMPLE]).best()
        declared = best.encoding if best else None
    if declared is None:
        return None
    try:
        return data.decode(declared, "replace")
    except LookupError:
        return None


def _checked(path: str, text: str) -> str:
    if len(CONTROL.findall(text)) > BINARY_SHARE * len(text) or 2 * text.count("\0") > len(text) > 0:
        raise UnreadableFile(path, "is binary data, not text")
    return text
