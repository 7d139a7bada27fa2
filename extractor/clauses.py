"""A line with quantities -> the clause of each, and its indicator: what the clause says without value, time, modality.

Spans are code-point offsets into the text, end exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import regex

from .mentions import Mention
from .rulebook import Rulebook, trie
from .scan import Unit
from .structure import Span
from .text import Shade

TRIM = ' ,;:.…-–+*()[]"“”/'
WORD = regex.compile(r"[\p{L}\p{N}%]+")
CLAUSE_END = regex.compile(r"[,:](?=\s)|\s(?=\()|\)")
LABELLED = 3  # words behind a colon or an open bracket that can be an indicator of their own
REMARK = 24  # characters of a bracket that remarks and names nothing
MEASURE = 8  # characters of the shortest indicator before what is said of it besides
FEW_WORDS = 3  # before a value that stands first in its clause


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted: where its words begin and end, and the words."""

    start: int | None = None
    end: int | None = None
    words: str | None = None


def clauses(shaded: Shade, unit: Unit, book: Rulebook) -> list[Span]:
    """The clause of each quantity of a unit: its sentence, cut between it and its neighbours.

    Where the value stands first ("100% … và trên 80% …") the cut is just before the next value; where the indicator
    stands first ("tỷ lệ … đạt 60%, tỷ lệ … đạt 70%") it is the first mark after the value.
    """
    scopes = book.words("targets.scope_units")
    dividing: list[Mention] = []
    for m in unit.quantities:
        inside = bool(dividing) and is_inside(shaded, dividing[-1], m, book)
        if not m.get("role") and str(m.get("unit")).lower() not in scopes and not inside:
            dividing.append(m)
    spans = []
    passed = 0  # how many of the dividing stand before the mention
    for mention in unit.quantities:
        start, end = unit.sentence(mention.start)
        divides = passed < len(dividing) and dividing[passed] is mention
        following = dividing[passed + divides : passed + divides + 1]
        if divides and passed and dividing[passed - 1].end > start:
            start = _cut(shaded, dividing[passed - 1], mention, unit, book)
        if following and following[0].start < end:
            end = _cut(shaded, mention, following[0], unit, book)
        passed += divides
        spans.append(trimmed(shaded, start, end))
    return spans


def is_inside(shaded: Shade, share: Mention, counted: Mention, book: Rulebook) -> bool:
    """Whether a count stands in the indicator of the share before it: "70% phụ nữ được tầm soát ít nhất 4 loại bệnh",
    "100% các khu A, cụm B có tối thiểu 1 trạm"; a comma divides the two, but in a list of subjects without a verb."""
    if share.get("unit") != "%" or counted.get("unit") == "%":
        return False
    between = shaded.lower[share.end : counted.start]
    if any(mark in between for mark in ".;:("):
        return False
    words = f" {' '.join(between.split())} "
    having = f" {book.settings['targets']['having']} "
    if "," in words:
        told = words.removesuffix(having)
        return told != words and not any(f" {verb} " in told for verb in book.words("targets.verb_marks"))
    return f" {book.settings['targets']['and']} " not in words


def _cut(shaded: Shade, left: Mention, right: Mention, unit: Unit, book: Rulebook) -> int:
    """Where the clause of `left` ends and that of `right` begins."""
    marks = [m.end() for m in CLAUSE_END.finditer(shaded.lower, left.end, right.start)]
    joint = shaded.lower.rfind(f" {book.settings['targets']['and']} ", left.end, right.start)
    if not marks:
        return joint if joint >= 0 else right.start
    if len(WORD.findall(shaded.lower, marks[-1], right.start)) <= FEW_WORDS:
        return marks[-1]
    parts = tuple(f" {words}" for words in book.words("targets.parts"))
    begun = [mark for mark in marks if shaded.lower.startswith(parts, mark)]
    if begun:
        return begun[-1]
    start = unit.sentence(left.start)[0]
    first = next(m for m in unit.quantities if m.end > start)
    if joint > marks[-1] and indicator(shaded, (start, first.start), spans(unit.times), book).words is None:
        return joint
    return marks[0]


def trimmed(shaded: Shade, start: int, end: int) -> Span:
    """A span without the blanks and marks at its ends; a closing bracket stays."""
    text = shaded.text
    while start < end and (text[start] in TRIM or text[start].isspace()):
        start += 1
    while end > start and (text[end - 1] in TRIM or text[end - 1].isspace()) and text[end - 1] not in ")]":
        end -= 1
    return start, end


def spans(mentions: Iterable[Mention]) -> list[Span]:
    """Where mentions stand."""
    return [(mention.start, mention.end) for mention in mentions]


def indicator(shaded: Shade, clause: Span, without: Iterable[Span], book: Rulebook) -> Indicator:
    """The clause without some spans (its value, its times) and without modal words at the ends of what is left."""
    pieces: list[Span] = []
    at, end = clause
    for left, right in sorted(span for span in without if clause[0] <= span[0] < end):
        if left > at:
            pieces.append((at, left))
        at = max(at, right)
    if at < end:
        pieces.append((at, end))
    kept = [span for piece in pieces if (span := bare(shaded, piece, book)) is not None]
    if not kept:
        return Indicator()
    words = " ".join(" ".join(shaded.text[a:b].split()) for a, b in kept)
    return Indicator(kept[0][0], kept[-1][1], words)


def bare(shaded: Shade, span: Span, book: Rulebook) -> Span | None:
    """A span without the modal and linking words at its ends; None where nothing is left."""
    leads, tails, rates = _modal(book)
    start, end = _without_asides(shaded, *trimmed(shaded, *span), book)
    while start < end:
        lead = leads.match(shaded.lower, start, end)
        if lead and lead.end() > start:
            start, end = trimmed(shaded, lead.end(), end)
            continue
        tail = tails.search(shaded.lower, start, end)
        if not tail or rates.search(shaded.lower, start, end):
            break
        start, end = trimmed(shaded, start, tail.start())
    return (start, end) if end > start else None


def _without_asides(shaded: Shade, start: int, end: int, book: Rulebook) -> Span:
    """A span without its label before a colon, a long remark in brackets, and words on purpose and manner."""
    lower = shaded.lower
    colon = lower.rfind(": ", start, end)
    if colon >= 0 and len(WORD.findall(lower, colon, end)) >= LABELLED:
        start = colon + 1
    closed, opened = lower.find(")", start, end), lower.find("(", start, end)
    if closed >= 0 and not start <= opened < closed:
        start = closed + 1
    elif opened >= 0 and closed < 0:
        start, end = (opened + 1, end) if len(WORD.findall(lower, opened, end)) >= LABELLED else (start, opened)
    elif opened > start and closed == end - 1 and closed - opened > REMARK:
        end = opened
    aside = _asides(book).search(lower, start + MEASURE, end)
    return trimmed(shaded, start, aside.start() if aside else end)


@lru_cache(maxsize=8)
def _asides(book: Rulebook) -> regex.Pattern[str]:
    return regex.compile(rf"(?:{trie(book.words('targets.asides'))})(?!\p{{L}})")


@lru_cache(maxsize=8)
def _modal(book: Rulebook) -> tuple[regex.Pattern[str], regex.Pattern[str], regex.Pattern[str]]:
    """What is stripped from the beginning and from the end of an indicator, and the rates at its end that are not."""
    leads = trie(book.words("targets.lead_words"))
    tails = trie(book.words("targets.tail_words"))
    place = book.fragments["province"].pattern
    kept = trie(book.words("targets.kept_words"))
    lead = regex.compile(rf"(?!{kept})(?:(?:{place}) )?(?:{leads})(?!\p{{L}})|(?:{place})$")
    rates = regex.compile(
        rf"(?:{trie(book.words('targets.growth_names'))})(?: {trie(book.words('targets.averages'))})?$"
    )
    return lead, regex.compile(rf"(?<!\p{{L}})(?:{tails})$"), rates
