"""Which rules fire in real documents: how often each matches, wins, loses and to which, and which never do.

A rule of cleaning is tried on the text as its reader gives it, one for flattened lines on these, one for cells on the
cells of tables, all others block by block, each against its own family.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import readers
from .batch import Outcome, Progress, Silence, find
from .errors import UnreadableFile
from .mentions import trace
from .model import RECORDS, Extraction, Source
from .pipeline import extract_source
from .rulebook import Rulebook
from .structure import FLATTENED

RAW = ("cleaning",)  # families for the whole text before it is cleaned
LONG = ("breaks",)  # for lines that hold a whole document
CELLS = ("columns", "cells")


@dataclass
class Cover:
    """How one rule fared.

    matched    places where its pattern matched and its values were valid
    won        those where no longer or earlier rule of its family took the place
    lost       rule -> places lost to it
    documents  documents in which it won
    records    records that name it as what found or weighed them
    """

    rule: str
    matched: int = 0
    won: int = 0
    documents: int = 0
    records: int = 0
    lost: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, the rules that won against it first by how often."""
        return {**asdict(self), "lost": dict(self.lost.most_common())}


def coverage(paths: Iterable[str | Path], book: Rulebook, progress: Progress | None = None) -> list[Cover]:
    """What every rule of the rulebook did in these files and folders, in the order of the rule files.

    A file that cannot be read is told to `progress` and passed over.
    """
    told = progress or Silence()
    covers = {rule.id: Cover(rule.id) for family in book.rules.values() for rule in family}
    items = list(find(paths))
    for done, item in enumerate(items):
        try:
            if isinstance(item, UnreadableFile):
                raise item
            told.starting(item, done, len(items))
            _count(covers, readers.read(item, book=book), book)
            told.finished(Outcome(item, "read"))
        except UnreadableFile as error:
            told.finished(Outcome(error.path, "failed", error.reason))
    return list(covers.values())


def _count(covers: dict[str, Cover], source: Source, book: Rulebook) -> None:
    found = extract_source(source, book)
    won = set()
    for text, families in _stretches(source, found, book):
        for candidate in trace(text, book, families):
            cover = covers[candidate.rule]
            cover.matched += 1
            cover.won += candidate.won
            if candidate.won:
                won.add(candidate.rule)
            elif candidate.lost_to:
                cover.lost[candidate.lost_to] += 1
    for rule in won:
        covers[rule].documents += 1
    for rule, count in _named(found).items():
        if rule in covers:
            covers[rule].records += count


def _stretches(source: Source, found: Extraction, book: Rulebook) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Texts, and the families of rules that apply to them."""
    yield source.text, RAW
    for line in found.text.split("\n"):
        if len(line) > FLATTENED:
            yield line, LONG
    prose = tuple(family for family in book.rules if family not in (*RAW, *LONG, *CELLS))
    for block in found.blocks:
        if block.kind == "cell":
            yield found.text[block.start : block.end], (*prose, *CELLS)
        elif block.kind not in ("table", "row"):
            yield found.text[block.start : block.end], prose


def _named(found: Extraction) -> Counter[str]:
    """The rules that records name."""
    named: Counter[str] = Counter()
    for table in RECORDS:
        for record in getattr(found, table):
            told = [*getattr(record, "rules", ()), getattr(record, "rule", None), getattr(record, "why", "")]
            named.update({rule for text in told if text for rule in text.replace(",", " ").split()})
    return named
