"""Plain text: bytes in any usual encoding -> text, form feeds as page breaks."""

from __future__ import annotations

from extractor.charset import decode
from extractor.errors import UnreadableFile
from extractor.model import Content
from extractor.rulebook import Rulebook


def read(path: str, data: bytes, book: Rulebook) -> Content:
    """The text, the offset of each page that a form feed begins (none where there is no form feed), and problems.

    Raises UnreadableFile for binary data and for a file without text.
    """
    text, problems = decode(path, data, None, book)
    if not text.strip("\0\ufeff \t\r\n\f\v"):
        raise UnreadableFile(path, "holds no text")
    starts = (0, *(i + 1 for i, character in enumerate(text) if character == "\f")) if "\f" in text else ()
    return Content(text, starts, problems)
