"""Bodies in time: what a ministry or a department has become, by subject where its subjects went to several.

A body is an agency's id, "place/body" (`resolve.agency_id`): its place is one of `rules/provinces.csv`, its body the
name of a row of `rules/agencies.csv`.  Which of several successors took over is told by the words of
`rules/agency_subjects.csv`; a successor without words there took over the rest.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import regex

from . import places
from .resolve import NATION, generic, slug
from .rulebook import Row, Rulebook, trie
from .text import shade


@dataclass(frozen=True, slots=True)
class Split:
    """How the subjects of a dissolved body were divided: the words that tell a subject, the successor of each (none
    for the body's own names, which tell nothing), and the successors that took the rest."""

    pattern: regex.Pattern[str]
    successors: dict[str, str | None]
    rest: tuple[str, ...]


def today(agency_id: str, about: str, book: Rulebook) -> tuple[str, ...]:
    """What a body has become, by id: itself where nothing changed, and for ids that are not known.

    Of several successors those of which `about` (a title, a quote) says most; all of them where it says nothing, or
    those that took the rest.  A body of a province is that of the provinces which its province has become.
    """
    place, _, body = agency_id.partition("/")
    row = _row(place, body, book)
    names = _after(row, about, book) if row and row["becomes"] else (body,)
    grounds = places.today(place, book) if place in places.places(book) else (place,)
    return tuple(f"{ground}/{name}" for ground in grounds for name in names) if body else (agency_id,)


def _row(place: str, body: str, book: Rulebook) -> Row | None:
    """The body's row; a name that is also one of the nation's ("cuc-thue") goes by its place."""
    every, provincial = _rows(book)
    first, second = (every, provincial) if place == NATION else (provincial, every)
    return first.get(body) or second.get(body)


@lru_cache(maxsize=4)
def _rows(book: Rulebook) -> tuple[dict[str, Row], dict[str, Row]]:
    """All bodies by id, and those of provinces by their part of an agency's id."""
    every = {row["id"]: row for row in book.tables["agencies"]}
    own = {key: row for key, row in every.items() if row["level"] == "province"}
    return every, {**{_body(row, book): row for row in own.values()}, **own}


def _body(row: Row, book: Rulebook) -> str:
    """A body's part of an agency's id: a province's has the name without the words for its place."""
    return slug(generic(row["name"], book)) if row["level"] == "province" else row["id"]


def _after(row: Row, about: str, book: Rulebook) -> tuple[str, ...]:
    every, _ = _rows(book)
    successors = [each for each in row["becomes"].split("|") if each in every]
    if not successors:
        return (_body(row, book),)
    chosen = _told(row["id"], successors, about, book)
    return tuple(dict.fromkeys(name for each in chosen for name in _after(every[each], about, book)))


def _told(agency: str, successors: list[str], about: str, book: Rulebook) -> list[str]:
    """The successors that took over what a text is about."""
    split = _splits(book).get(agency)
    if split is None or len(successors) == 1:
        return successors
    hits = Counter(split.successors[match[0]] for match in split.pattern.finditer(_lowered(about, book)))
    most = max((hits[each] for each in successors), default=0)
    rest = [each for each in successors if each in split.rest]
    return [each for each in successors if hits[each] == most] if most else rest or successors


@lru_cache(maxsize=4)
def _splits(book: Rulebook) -> dict[str, Split]:
    """Of each body with several successors the words that tell them apart."""
    every, _ = _rows(book)
    words: dict[str, dict[str, str | None]] = {}
    rest: dict[str, list[str]] = {}
    for row in book.tables["agency_subjects"]:
        known = every.get(row["agency"])
        if known is None:
            continue
        names = filter(None, (known["name"], *known["surfaces"].split("|")))
        own = words.setdefault(row["agency"], dict.fromkeys((name.lower() for name in names), None))
        own |= dict.fromkeys(filter(None, row["words"].split("|")), row["successor"])
        if not row["words"]:
            rest.setdefault(row["agency"], []).append(row["successor"])
    return {
        agency: Split(regex.compile(rf"(?<!\p{{L}})(?:{trie(own)})(?!\p{{L}})"), own, tuple(rest.get(agency, ())))
        for agency, own in words.items()
    }


@lru_cache(maxsize=16)
def _lowered(about: str, book: Rulebook) -> str:
    return shade(about, book).lower
