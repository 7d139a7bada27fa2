"""How far a text is Vietnamese, by its syllables."""

from __future__ import annotations

import unicodedata

import regex

from .rulebook import Rulebook

WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*")
SYLLABLE = regex.compile(r"[bcd\u0111ghklmnpqrstvx]{0,3}[aeiouy]{1,3}[cghmnpt]{0,2}")


def share(text: str, book: Rulebook) -> float:
    """The share of the text's words that are Vietnamese syllables: 0 for none, 1 for all, and for a text without
    words."""
    words = WORD.findall(unicodedata.normalize("NFC", text).lower())
    if not words:
        return 1.0
    return sum(SYLLABLE.fullmatch(_bare(word)) is not None for word in words) / len(words)


def _bare(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
