"""Which programme a document carries out: one that `rules/programmes.csv` knows, or the national text it rests on.

    1. what it carries out by its own words in title or preamble
    2. a programme that its title names
    3. its own, for a decision of the Prime Minister, a resolution of the Government and their like
    4. what its preamble says that it is based on
    5. a programme that its text names, the one named oftenest

A programme that the list does not know goes by the id of its founding document.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .errors import MuctieuError
from .fulltext import nearest, plain
from .messages import say
from .resolve import NATION, document_id, is_central, slug, symbol_issuer
from .rulebook import Rulebook, trie
from .text import shade

Row = Mapping[str, Any]

BY_TEXT = "its text names it"
"""Why a document has the programme that is the weakest guess."""
OPENING = ("title", "preamble", "header")  # blocks that say what a document is


@dataclass(frozen=True, slots=True)
class Programme:
    """A row of `programmes.csv`; `founding`: the ids of the documents that set it up, without their year."""

    id: str
    name: str
    founding: tuple[str, ...]
    numbers: tuple[str, ...]
    surfaces: tuple[str, ...]
    first: int | None
    last: int | None
    becomes: str | None
    issued_on: str | None


@dataclass(frozen=True, slots=True)
class Carried:
    """The programme of a document, the national document that set it up (as legal_refs.cited_id has it) and why."""

    programme_id: str
    parent_id: str | None
    why: str


@lru_cache(maxsize=4)
def programmes(book: Rulebook) -> Mapping[str, Programme]:
    """All programmes that the rulebook knows, by id."""
    out = {}
    for row in book.tables["programmes"]:
        numbers = tuple(row["number"].split("|"))
        issuers = [symbol_issuer(number, book) for number in numbers]
        out[row["id"]] = Programme(
            row["id"],
            row["name"],
            tuple(
                document_id(f"{NATION}/{slug(issuer['value'])}", number, None)
                for number, issuer in zip(numbers, issuers, strict=True)
                if issuer
            ),
            numbers,
            tuple(filter(None, row["surfaces"].split("|"))),
            int(row["from"]) if row["from"] else None,
            int(row["to"]) if row["to"] else None,
            row["becomes"] or None,
            row["issued_on"] or None,
        )
    return out


def lineage(programme_id: str, book: Rulebook) -> frozenset[str]:
    """A programme with those that went before it and came after it."""
    known = programmes(book)
    out, open_ = set[str](), [programme_id]
    while open_:
        each = open_.pop()
        if each in out:
            continue
        out.add(each)
        if each in known and known[each].becomes:
            open_.append(str(known[each].becomes))
        open_ += [other.id for other in known.values() if other.becomes == each]
    return frozenset(out)


def of_document(document: Row, refs: Sequence[Row], text: str, book: Rulebook) -> Carried | None:
    """The programme of a document; None where it names none.

    document  its row, `id`, `title`, `issued_on`, `period_from` and `period_to`
    refs      its rows of legal_refs, each with the `block_kind` of its block
    """
    known = programmes(book)
    own = _founded(document["id"], book)
    if own:
        return Carried(own, None, "sets it up")
    told = [ref for ref in refs if ref["cited_id"] and ref["block_kind"] in OPENING and not ref["relation_subject"]]
    year = _year(document)
    carried = _cited(told, book.words("programmes.carries"), book)
    if carried:
        return carried
    named = _named(document["title"] or "", year, book)
    if named:
        return Carried(named[0], _parent(known[named[0]]), "its title names it")
    if document["source_kind"] == "official" and document["number"] and _is_strategic(document, book):
        return Carried(str(document["id"]), None, "sets it up")
    carried = _cited(told, book.words("programmes.based"), book)
    if carried:
        return carried
    named = _named(text, year, book)
    return Carried(named[0], _parent(known[named[0]]), BY_TEXT) if named else None


def _cited(refs: Iterable[Row], relations: Sequence[str], book: Rulebook) -> Carried | None:
    """The first known programme among what is cited with one of these relations, else the last national document."""
    cited = [ref for ref in refs if ref["relation"] in relations]
    for ref in cited:
        known = _founded(ref["cited_id"], book)
        if known:
            return Carried(known, ref["cited_id"], f"{ref['relation']} {ref['number']}")
    strategic = [ref for ref in cited if is_central(ref["cited_id"]) and _is_strategic(ref, book)]
    if strategic:
        ref = strategic[-1]
        return Carried(ref["cited_id"], ref["cited_id"], f"{ref['relation']} {ref['number']}")
    return None


def _is_strategic(document: Row, book: Rulebook) -> bool:
    """Whether a document, stored or cited, is of a kind and issuer that set up programmes."""
    issuer = symbol_issuer(document["number"], book)
    kind = (document["kind"] or "").lower()
    return bool(issuer and issuer["value"].lower() in book.words("programmes.issuers")) and kind in book.words(
        "programmes.kinds"
    )


def _founded(cited_id: str, book: Rulebook) -> str | None:
    """The programme that a document of that id set up; the year must fit where the id has one, since numbers begin
    anew every year: that of the founding document, for a later approval any of the programme's."""
    bare, _, year = cited_id.partition(":")
    for programme in programmes(book).values():
        if bare not in programme.founding:
            continue
        issued = programme.issued_on[:4] if programme.issued_on else None
        if not year or (
            year == issued if bare == programme.founding[0] and issued else _distance(programme, int(year)) <= 1
        ):
            return programme.id
    return None


def _parent(programme: Programme) -> str | None:
    if not programme.founding:
        return None
    year = programme.issued_on[:4] if programme.issued_on else None
    return programme.founding[0] + (f":{year}" if year else "")


@lru_cache(maxsize=4)
def _surfaces(book: Rulebook) -> tuple[re.Pattern[str], dict[str, list[str]]]:
    owners: dict[str, list[str]] = {}
    for programme in programmes(book).values():
        for surface in (programme.name, *programme.surfaces):
            owners.setdefault(shade(surface, book).lower, []).append(programme.id)
    # Whole texts are searched: re does it in a third of the time of regex.
    return re.compile(rf"(?<![^\W\d_])(?:{trie(owners)})(?![^\W_])"), owners


def _named(text: str, year: int | None, book: Rulebook) -> list[str]:
    """Known programmes that a text names, the oftenest first; of those of one name the one whose years fit."""
    pattern, owners = _surfaces(book)
    known = programmes(book)
    counts: Counter[str] = Counter()
    for match in pattern.finditer(shade(text, book).lower):
        fitting = sorted(owners[match[0]], key=lambda each: _distance(known[each], year))
        counts[fitting[0]] += 1
    return [each for each, _ in counts.most_common()]


def _distance(programme: Programme, year: int | None) -> int:
    """How many years a year lies outside a programme's years; newer programmes first where no year is known."""
    if year is None:
        return -(programme.first or 0)
    return max((programme.first or year) - year, year - (programme.last or year), 0)


def _year(document: Row) -> int | None:
    for value in (document["period_to"], document["issued_on"]):
        if value and str(value)[:4].isdigit():
            return int(str(value)[:4])
    return None


def find(wanted: str, stored: Mapping[str, str], book: Rulebook) -> str:
    """The id of the programme that a user means: its id, a number, or words of its name; `stored`: id -> name of those
    that documents carry out.

    Raises MuctieuError, with the nearest names, where none or several fit.
    """
    names = {each.id: each.name for each in programmes(book).values()} | dict(stored)
    squeezed = " ".join(plain(wanted).split())
    number = plain(wanted).replace(" ", "")
    for fits in (
        [each for each in names if each == wanted],
        [
            p.id
            for p in programmes(book).values()
            if number in {plain(n) for n in p.numbers} | {n.split("/")[0] for n in p.numbers}
        ],
        [each for each in names if slug(number) and f"/{slug(number)}-" in each.partition(":")[0] + "-"],
        [each for each in stored if squeezed in plain(names[each])],
        [each for each in names if squeezed in plain(names[each])],
    ):
        kept = [each for each in dict.fromkeys(fits) if each in stored] or list(dict.fromkeys(fits))
        if len(kept) == 1:
            return kept[0]
        if kept:
            few = "; ".join(names[each] for each in kept[:5])
            raise MuctieuError(say("compare.many_programmes", wanted=wanted, near=few))
    shown = {names[each]: names[each] for each in names}
    for each in programmes(book).values():
        shown |= {number: f"{each.name} ({number})" for number in each.numbers}
    raise MuctieuError(say("compare.no_programme", wanted=wanted, near="; ".join(nearest(wanted, shown))))
