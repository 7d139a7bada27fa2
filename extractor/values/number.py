"""Numbers in Vietnamese formats: dot for thousands, comma for decimals."""

from __future__ import annotations

import regex

GROUPED = regex.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")


def number(text: str) -> float:
    """The number a text of digits, dots and commas stands for; a whole number comes back without a fraction.

    >>> number("6.200"), number("1,5"), number("02"), number("2.347,4"), number("10.5"), number("1. 230")
    (6200, 1.5, 2, 2347.4, 10.5, 1230)
    """
    digits = text.replace(" ", "")
    if GROUPED.fullmatch(digits):
        digits = digits.replace(".", "")
    value = float(digits.replace(",", "."))
    return int(value) if value.is_integer() else value
