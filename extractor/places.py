"""Provinces in time: 63 until 30 June 2025, 34 from 1 July 2025, and the changes before and since.

A place is a row of `rules/provinces.csv`: an identity (`VN-83`, `VN-86@2025`) with its code and name and the days
between which it was that.  Codes are used again: 15 was Yên Bái and is Lào Cai today, so a code means a place only on
a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from .errors import MuctieuError
from .fulltext import nearest, plain
from .messages import say
from .rulebook import Row, Rulebook

STATED, TODAY = "stated", "today"
SYSTEMS = (STATED, TODAY)
"""How provinces are grouped: as the documents state them, or as they are now."""


@lru_cache(maxsize=4)
def places(book: Rulebook) -> dict[str, Row]:
    """All places by id."""
    return {row["id"]: row for row in book.tables["provinces"]}


def valid(day: str, book: Rulebook) -> list[Row]:
    """The places that there were on an ISO day, those that have a code, by code."""
    rows = [row for row in places(book).values() if row["code"] and _first(row) <= day <= _last(row)]
    return sorted(rows, key=lambda row: row["code"])


def current(book: Rulebook) -> list[Row]:
    """The places that there are now: those that have not ended, by code."""
    return sorted((row for row in places(book).values() if not row["to"]), key=lambda row: row["code"])


def today(place_id: str, book: Rulebook) -> tuple[str, ...]:
    """What a place has become, by id: itself where it has not ended; several where it was divided.

    Raises KeyError for an unknown id.
    """
    row = places(book)[place_id]
    after = [found for successor in filter(None, row["becomes"].split("|")) for found in today(successor, book)]
    return tuple(dict.fromkeys(after)) or (place_id,)


def lineage(place_id: str, book: Rulebook) -> frozenset[str]:
    """All places that share ground with a place, before and after it, itself among them."""
    now = set(today(place_id, book))
    return frozenset(each for each in places(book) if now & set(today(each, book)))


@lru_cache(maxsize=4)
def by_name(book: Rulebook) -> dict[str, list[Row]]:
    """All places by name; several had the same one, one after the other."""
    out: dict[str, list[Row]] = {}
    for row in places(book).values():
        out.setdefault(row["name"], []).append(row)
    return out


def by_code(code: str, name: str | None, day: str | None, book: Rulebook) -> Row | None:
    """The place of a code; of several that had it the one of that name, then the one of that day, then the newest."""
    rows = [row for row in places(book).values() if row["code"] == code]
    return _at([row for row in rows if row["name"] == name] or rows, day)


def known(name: str, day: str | None, book: Rulebook) -> Row | None:
    """The place of exactly that name, as it was on a day (None: the newest)."""
    return _at(by_name(book).get(name, ()), day)


def _at(rows: Sequence[Row], day: str | None) -> Row | None:
    """The row of a day; the newest where none is, or no day is given."""
    on = [row for row in rows if day and _first(row) <= day <= _last(row)]
    return max(on or rows, key=_last, default=None)


def named(wanted: str, book: Rulebook) -> list[Row]:
    """The places that a name, with or without accents, or a code stands for, at any time.

    Raises MuctieuError, with the nearest names, for what is no province.
    """
    squeezed = _squeezed(wanted)
    rows = list(places(book).values())
    found = [row for row in rows if squeezed in {_squeezed(name) for name in _names(row)} or wanted == row["code"]]
    if found:
        return found
    near = nearest(wanted, {row["name"]: row["name"] for row in rows})
    raise MuctieuError(say("compare.no_province", wanted=wanted, near=", ".join(near)))


def _names(row: Row) -> Iterator[str]:
    for name in (row["name"], *row["surfaces"].split("|")):
        if name:
            yield name
            yield f"{row['kind']} {name}"


def _squeezed(name: str) -> str:
    return "".join(plain(name).split())


def _first(row: Row) -> str:
    return row["from"] or "0"


def _last(row: Row) -> str:
    # A year alone lasts to its end: "1991" is before "1991-12-31" as text, "1991~" behind it.
    return f"{row['to']}~" if row["to"] else "9"


def ids(rows: Iterable[Row]) -> frozenset[str]:
    """The ids of places."""
    return frozenset(row["id"] for row in rows)
