"""Days, months, quarters and years as written in Vietnamese documents -> ISO-like strings cut to what is said."""

from __future__ import annotations

from datetime import date

import regex

NUMBERS = regex.compile(r"\d+")
LEAP_YEAR = 2000  # in which every day of a year exists
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def year(text: str) -> str | None:
    """The year in a text, from 1900 to 2099.

    >>> year("năm 2025"), year("2o25")
    ('2025', None)
    """
    for digits in NUMBERS.findall(text):
        if len(digits) == 4 and digits[:2] in ("19", "20"):
            return str(digits)
    return None


def month(text: str) -> str | None:
    """ "6/2025", "tháng 6 năm 2025" -> "2025-06"; None where it is no month.

    >>> month("tháng 6 năm 2025"), month("6/2025"), month("13/2025")
    ('2025-06', '2025-06', None)
    """
    parts = [int(p) for p in NUMBERS.findall(text)]
    if len(parts) != 2 or not 1 <= parts[0] <= 12 or not 1900 <= parts[1] <= 2099:
        return None
    return f"{parts[1]}-{parts[0]:02d}"


def quarter(text: str) -> str | None:
    """ "quý II/2026" -> its last month, "2026-06".

    >>> quarter("quý ii/2026"), quarter("quý 4 năm 2025")
    ('2026-06', '2025-12')
    """
    found = regex.search(r"\b(iv|i{1,3}|[1-4])\b", text.lower())
    when = year(text)
    if not found or not when:
        return None
    number = ROMAN.get(found[1]) or int(found[1])
    return f"{when}-{number * 3:02d}"


def day(text: str) -> str | None:
    """ "25/3/2010", "22 tháng 01 năm 2021" -> "2010-03-25"; without a year "--12-15"; None where it is no day.

    >>> day("25/3/2010"), day("22 tháng 01 năm 2021"), day("15/12"), day("31/02/2020"), day("18.1.2021")
    ('2010-03-25', '2021-01-22', '--12-15', None, '2021-01-18')
    """
    parts = [int(p) for p in NUMBERS.findall(text)]
    if len(parts) not in (2, 3):
        return None
    day_number, month_number = parts[0], parts[1]
    year_number = parts[2] if len(parts) == 3 else LEAP_YEAR
    if not 1900 <= year_number <= 2099:
        return None
    try:
        found = date(year_number, month_number, day_number).isoformat()
    except ValueError:
        return None
    return found if len(parts) == 3 else f"-{found[4:]}"
