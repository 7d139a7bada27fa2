"""A structured text -> its Units: the lines and cells of the tree with the mentions and sentences in them.

Each family of rules has its own contest; then what a stronger family has read is kept from the weaker: a year inside a
document number is no deadline, a date no quantity, the body in the name of a law no agency.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import regex

from .mentions import Mention, finder, winners
from .rulebook import Rulebook
from .structure import Outline, Span
from .tables import VALUES, Cell, Tables
from .text import Shade

FAMILIES = ("references", "deadlines", "agencies", "names", "quantities")
NO_TEXT = ("table", "row")
NOTE_MARK = regex.compile(r"\s*\(?\*+\)?$")  # behind a value that a note below the table explains


@dataclass(frozen=True, slots=True)
class Unit:
    """The text of one block or cell, behind its label, with its mentions by place."""

    block: int
    start: int
    end: int
    references: tuple[Mention, ...] = ()
    times: tuple[Mention, ...] = ()
    agencies: tuple[Mention, ...] = ()
    quantities: tuple[Mention, ...] = ()
    sentences: tuple[Span, ...] = ()

    def sentence(self, at: int) -> Span:
        """The sentence in which an offset lies."""
        number = bisect_right(self.sentences, at, key=lambda span: span[1])
        return self.sentences[number] if number < len(self.sentences) else (self.start, self.end)

    def is_filled_by(self, mention: Mention) -> bool:
        """Whether a mention is all there is, as a number in a cell."""
        return (mention.start, mention.end) == (self.start, self.end)


def scan(shaded: Shade, outline: Outline, grid: Tables, book: Rulebook) -> dict[int, Unit]:
    """The units of a text by block number, in the order of the text."""
    searcher = finder(book, *FAMILIES)
    units: dict[int, Unit] = {}
    for block in outline.blocks:
        if block.kind in NO_TEXT:
            continue
        start = outline.contents[block.block]
        noted = NOTE_MARK.search(shaded.text, start, block.end) if block.kind == "cell" else None
        end = noted.start() if noted and noted.start() > start else block.end
        found = searcher.by_family(shaded, start, end)
        units[block.block] = unit(shaded, book, block.block, start, end, found)
        cell = grid.cells.get(block.block)
        if cell is not None:
            units[block.block] = _in_column(shaded, units[block.block], cell, book)
    return units


def _in_column(shaded: Shade, unit: Unit, cell: Cell, book: Rulebook) -> Unit:
    """The unit of a cell with what it says only because of its column: a bare number or year, a task without an end."""
    if cell.column not in ("head", "due", *VALUES) or (cell.column != "due" and (unit.times or unit.quantities)):
        return unit
    found = finder(book, "columns" if cell.column == "head" else "cells").candidates(shaded, unit.start, unit.end)
    whole = [c for c in found if unit.is_filled_by(c[1])]
    if cell.column in VALUES:
        return replace(unit, quantities=tuple(winners(c for c in whole if c[1].get("low") is not None)))
    times = tuple(winners(c for c in whole if c[1].get("kind") is not None))
    return replace(unit, times=times) if times else unit


def unit(
    shaded: Shade, book: Rulebook, block: int, start: int, end: int, found: Mapping[str, list[tuple[int, Mention]]]
) -> Unit:  # fmt: skip
    """A unit from the candidates of each family: the stronger families have their contest first, and what they read
    is closed to the weaker."""
    if not found:
        return Unit(block, start, end, sentences=((start, end),))
    references = winners(found.get("references", ()))
    cited = [(m.start, m.end) for m in references]
    times = winners(c for c in found.get("deadlines", ()) if not _cuts(c[1], cited))
    dated = cited + [(m.start, m.end) for m in times]
    names = [place for m in references for place in _names(m)]
    return Unit(
        block,
        start,
        end,
        tuple(references),
        tuple(times),
        tuple(_bodies(shaded, winners(found.get("agencies", ())), winners(found.get("names", ())), names, book)),
        tuple(winners(c for c in found.get("quantities", ()) if not _meets(c[1], dated))),
        tuple(sentences(shaded, start, end, book)),
    )


def _bodies(
    shaded: Shade, known: list[Mention], guessed: list[Mention], cited: list[Span], book: Rulebook
) -> list[Mention]:  # fmt: skip
    """The agencies of a line: those the lists and grammar know, and guessed names that begin before or beside them.

    Left out are bodies in the names of cited documents, offices with a person's name, an abbreviation in brackets
    behind the name it stands for, and kinds of units ("các trung tâm …").
    """
    persons = [(m.start, m.end) for m in guessed if m.get("person")]
    taken = {m.start: m for m in known if not _meets(m, persons)}
    for mention in guessed:
        inside = [m for m in known if m.start < mention.end and mention.start < m.end]
        if mention.get("person") or any(m.start <= mention.start for m in inside):
            continue
        for covered in inside:
            taken.pop(covered.start, None)
        taken[mention.start] = mention
    plural = book.words("agencies.kinds_before")
    out: list[Mention] = []
    for mention in sorted(taken.values(), key=lambda m: m.start):
        head = mention.spans["head"][0] if "head" in mention.spans else mention.start
        if _meets(mention, cited):
            continue
        if (
            not mention.get("level")
            and shaded.lower[max(0, head - 12) : head].endswith(plural)
            and _is_kind(shaded, head, book)
        ):
            continue
        if not mention.get("place") and _is_plain(shaded, head, mention.end, book):
            continue
        bracketed = (
            shaded.text[mention.start - 1 : mention.start] == "(" and shaded.text[mention.end : mention.end + 1] == ")"
        )
        if (
            bracketed
            and out
            and mention.start - out[-1].end <= 2
            and " " not in shaded.text[mention.start : mention.end]
        ):
            continue
        out.append(mention)
    return out


def _is_kind(shaded: Shade, head: int, book: Rulebook) -> bool:
    return shaded.lower.startswith(book.words("agencies.kinds"), head)


def _is_plain(shaded: Shade, head: int, end: int, book: Rulebook) -> bool:
    """A type word with a common noun: no letter behind the first is a capital."""
    plain = shaded.lower.startswith(book.words("agencies.plain_kinds"), head)
    return plain and not any(c.isupper() for c in shaded.shadow[head + 1 : end])


def _names(reference: Mention) -> Iterable[Span]:
    """What of a reference is the cited document's own name: from its kind to its title or number."""
    if not reference.spans:
        yield reference.start, reference.end
        return
    last = max(
        (reference.spans[f][1] for f in ("number", "title", "name") if f in reference.spans), default=reference.end
    )
    yield reference.start, last


def _cuts(mention: Mention, places: Iterable[Span]) -> bool:
    """Whether a mention meets a place without holding all of it."""
    return any(
        mention.start < end and start < mention.end and not mention.start < start < end <= mention.end
        for start, end in places
    )


def _meets(mention: Mention, places: Iterable[Span]) -> bool:
    return any(mention.start < end and start < mention.end for start, end in places)


BREAK = regex.compile(r"[;](?=\s)|[.!?…]+[\"')\]]*(?=\s+[\"'(\[]?[\p{Lu}\d+\-•])")


def sentences(shaded: Shade, start: int, end: int, book: Rulebook) -> Iterable[Span]:
    """Spans of the sentences of a line; a semicolon ends one too, a known abbreviation does not."""
    shorts = _abbreviations(book)
    at = start
    for match in BREAK.finditer(shaded.shadow, start, end):
        if match[0][0] == "." and _last_word(shaded.lower, at, match.start()) in shorts:
            continue
        yield at, match.end()
        at = match.end()
    if at < end:
        yield at, end


def _last_word(lower: str, start: int, end: int) -> str:
    at = end
    while at > start and not lower[at - 1].isspace() and lower[at - 1] not in "(,":
        at -= 1
    return lower[at:end]


def _abbreviations(book: Rulebook) -> frozenset[str]:
    return frozenset(book.words("sentences.abbreviations"))
