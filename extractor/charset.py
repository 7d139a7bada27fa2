"""How far a text is Vietnamese, by its syllables."""

from __future__ import annotations

import unicodedata

import regex

from .rulebook import Rulebook

WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*")
SYLLABLE = regex.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx])?"
    r"(?:[aăâeêioôơuưy]|ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iêu|iu|oa|oai|oao|oay|oă|oe|oeo|oi|oo|ôi|ơi|ua|uâ|uây|uê|ui|uô|uôi"
    r"|uơ|uy|uya|uyê|uyu|ưa|ưi|ươ|ươi|ươu|ưu|yê|yêu)(?:ch|ng|nh|[cmnpt])?"
)
TONES = {ord(mark): None for mark in "\u0300\u0301\u0303\u0309\u0323"}


def share(text: str, book: Rulebook) -> float:
    """The share of the text's words that are Vietnamese syllables: 0 for none, 1 for all, and for a text without
    words."""
    words = WORD.findall(unicodedata.normalize("NFC", text).lower())
    if not words:
        return 1.0
    return sum(SYLLABLE.fullmatch(_toneless(word)) is not None for word in words) / len(words)


def _toneless(word: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", word).translate(TONES))
