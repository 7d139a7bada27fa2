"""What a font makes of the characters of a text: signs of Symbol and Wingdings, capitals of old Vietnamese fonts."""

from __future__ import annotations

import re
import unicodedata

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

# The fonts of TCVN3 (ABC), which show Vietnamese by codes of Latin-1; those that end in H show capitals only.
LEGACY = re.compile(r"(?i)\.vn")
LEGACY_CAPITALS = re.compile(r"(?i:\.vn).*H$")
TCVN3 = dict(
    zip(
        "\xb5\xb8\xb6\xb7\xb9\xa8\xbb\xbe\xbc\xbd\xc6\xa9\xc7\xca\xc8\xc9\xcb\xae\xcc\xd0\xce\xcf\xd1\xaa\xd2\xd5\xd3"
        "\xd4\xd6\xd7\xdd\xd8\xdc\xde\xdf\xe3\xe1\xe2\xe4\xab\xe5\xe8\xe6\xe7\xe9\xac\xea\xed\xeb\xec\xee\xef\xf3\xf1"
        "\xf2\xf4\xad\xf5\xf8\xf6\xf7\xf9\xfa\xfd\xfb\xfc\xfe\xa1\xa2\xa3\xa4\xa5\xa6\xa7",
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂÊÔƠƯĐ",
        strict=True,
    )
)


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


def decoded(text: str) -> str:
    """A text in codes of TCVN3 as the capitals that it shows.

    TCVN3 has no codes for capitals with a tone mark, so this cannot wait until the line is decoded.  The letters come
    with combining marks, which are no codes of TCVN3: what decodes the rest of the line leaves them alone.
    """
    return unicodedata.normalize("NFD", "".join(TCVN3.get(c, c) for c in text).upper())
