"""What a font makes of the characters of a text: signs of Symbol and Wingdings, capitals of old Vietnamese fonts."""

from __future__ import annotations

import re
import unicodedata

from extractor.charset import BEYOND, TELLING, from_tcvn3, syllables
from extractor.rulebook import Rulebook

SYMBOLIC = re.compile(r"(?i)(?:symbol|wingdings|webdings|marlett|zapfdingbats|monotype sorts)")
# Where Word keeps the characters of fonts of signs: the code in the font from U+F020 on.
PRIVATE = re.compile("[\uf020-\uf0ff]")
PICTURE = "\uf0b7"  # any sign that is a picture: a bullet at the beginning of a line
LEADING = re.compile(rf"(?m)^([^\S\n]*){PICTURE}[^\S\n]*(?=\S)")

# The Symbol font, by code; what is not here is a picture or a piece of a tall bracket.
SYMBOL = {
    **dict(zip(range(0x20, 0x41), " !∀#∃%&∋()∗+,-./0123456789:;<=>?≅", strict=True)),
    **dict(zip(range(0x41, 0x60), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_", strict=True)),
    **dict(zip(range(0x61, 0x7F), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼", strict=True)),
    **dict(zip(range(0xA0, 0xB7), "€ϒ′≤/∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂", strict=True)),
    **dict(zip(range(0xB8, 0xBD), "÷≠≡≈…", strict=True)),
    **dict(zip(range(0xC4, 0xD3), "⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®", strict=True)),
    **dict(zip(range(0xD3, 0xE0), "©™∏√⋅¬∧∨⇔⇐⇑⇒⇓", strict=True)),
    0xE5: "∑",
}
WINGDINGS = {0x6F: "□", 0xA8: "□", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑", 0xDF: "←", 0xE0: "→", 0xE8: "→"}

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

# The fonts of TCVN3 (ABC), which show Vietnamese by codes of Latin-1; those that end in H show capitals only.
LEGACY = re.compile(r"(?i)\.vn")
LEGACY_CAPITALS = re.compile(r"(?i:\.vn).*H$")


def is_symbolic(text: str, font: str) -> bool:
    """Whether a text is a sign of a font of signs, by its font or its code."""
    return bool(SYMBOLIC.match(font) or PRIVATE.match(text))


def signs(text: str, font: str) -> str:
    """A text with the codes of fonts of signs as the characters that they show, pictures as PICTURE."""
    if not PRIVATE.search(text):
        return text
    table = SYMBOL if not SYMBOLIC.match(font) or font.lower().startswith("symbol") else WINGDINGS
    return PRIVATE.sub(lambda sign: table.get(ord(sign[0]) - 0xF000, PICTURE), text)


def pictured(text: str) -> str:
    """A paragraph with the pictures that begin its lines as "-", others as "•"."""
    return LEADING.sub(r"\1- ", text).replace(PICTURE, "•") if PICTURE in text else text


def is_coded(text: str, book: Rulebook) -> bool | None:
    """Whether a text in a font of TCVN3 is in its codes; None where it does not tell.

    A font outlives its text: one that was written anew in Unicode looks right wherever the font is missing.
    """
    if BEYOND.search(text):
        return False
    gained = gain(text, book)
    return gained > 0 if gained else bool(TELLING.search(text)) or None


def gain(text: str, book: Rulebook) -> int:
    """How many more syllables a text has in codes of TCVN3; letters that are no codes speak against all of them."""
    before = syllables(text, book)
    return -before if BEYOND.search(text) else syllables(from_tcvn3(text, book), book) - before


def decoded(text: str, book: Rulebook) -> str:
    """A text in codes of TCVN3 in its letters.

    They come with combining marks, which are no codes of TCVN3: what decodes the rest of the line leaves them alone.
    """
    return unicodedata.normalize("NFD", from_tcvn3(text, book))
