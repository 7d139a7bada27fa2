"""Text of documents made harmless: nothing in it may steer a terminal, break an encoding or run in a spreadsheet."""

from __future__ import annotations

import json
import re
from typing import Any

# C0 and C1 controls (an escape sequence can begin with U+009B alone), marks that turn the writing direction, line
# separators, and lone surrogates (from file names that are not UTF-8), which no encoding takes.
HAZARDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]")

# What a spreadsheet takes for the beginning of a formula, in letters of full width too; an apostrophe before it may
# be one that `cell` has put there.
FORMULA = re.compile("[\\s']*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
MARKDOWN = re.compile(r"[\\`*_{}\[\]<>|#~&]")  # what Markdown would take for its own


def clean(text: str) -> str:
    """The text with every hazard written as an escape, and tabs as spaces; line ends stay.

    >>> print(clean("60%\\x1b[31m\\u202e"))
    60%\\x1b[31m\\u202e
    """
    return HAZARDS.sub(_escape, text.replace("\t", " "))


def line(text: str, limit: int | None = None) -> str:
    """The text cleaned, on one line, cut with "…" to at most `limit` characters."""
    flat = clean(" ".join(text.split()))
    return flat if limit is None or len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def cell(text: str) -> str:
    """The text cleaned, for a spreadsheet that guesses what a cell is: an apostrophe before what begins a formula.

    >>> cell("=1+1"), cell("- 5%"), cell("'-"), cell("a-b")
    ("'=1+1", "'- 5%", "''-", 'a-b')
    """
    flat = clean(text)
    return f"'{flat}" if FORMULA.match(flat) else flat


def markdown(text: str) -> str:
    """The text cleaned, on one line, as plain text of Markdown, of its tables too.

    >>> print(markdown("a|b *c*"))
    a\\|b \\*c\\*
    """
    return MARKDOWN.sub(r"\\\g<0>", line(text))


def dumps(value: Any) -> str:
    """JSON on one line with letters as they are and hazards as \\u escapes: the same value for any JSON reader."""
    return HAZARDS.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
