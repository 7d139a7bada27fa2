"""A stretch of text + the Rulebook -> Mentions.

Every rule is tried only where its anchor is present; of overlapping matches the longest wins, then the family named
first, then file order.  A mention keeps the rule that won, so that every record can say why it is there.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex
from ahocorasick_rs import AhoCorasick

from .rulebook import Rule, Rulebook
from .text import Shade, shade

DIGIT = regex.compile(r"\d")
CAPITAL = regex.compile(r"\p{Lu}")


@dataclass(frozen=True, slots=True)
class Mention:
    """A match: its rule, its place, the values of its fields (fixed ones included) and where each field stands."""

    rule: Rule
    start: int
    end: int
    values: Mapping[str, Any]
    spans: Mapping[str, tuple[int, int]]

    def get(self, field: str) -> Any:
        return self.values.get(field)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A match as `rules try` and `explain` show it: what matched, whether it won, and to which rule it lost."""

    rule: str
    start: int
    end: int
    quote: str
    values: Mapping[str, Any]
    won: bool
    lost_to: str | None


class Finder:
    """The rules of some families, in order of precedence, with their anchors pooled into one automaton."""

    def __init__(self, book: Rulebook, families: Sequence[str]) -> None:
        self.book = book
        self.rules = [rule for family in families for rule in book.rules.get(family, ())]
        words: dict[str, list[int]] = {}
        self._digit: list[int] = []
        self._capital: list[int] = []
        self._line: list[int] = []
        for index, rule in enumerate(self.rules):
            if isinstance(rule.anchor, tuple):
                for word in rule.anchor:
                    words.setdefault(word, []).append(index)
            else:
                {"digit": self._digit, "capital": self._capital, "line": self._line}[rule.anchor].append(index)
        self._owners = list(words.values())
        self._anchors = AhoCorasick(list(words)) if words else None

    def tried(self, shaded: Shade, start: int, end: int) -> list[int]:
        """Indexes of the rules whose anchor is present in `start:end`, in order of precedence."""
        found: set[int] = set(self._line)
        if self._anchors is not None:
            for word, _, _ in self._anchors.find_matches_as_indexes(shaded.lower[start:end], overlapping=True):
                found.update(self._owners[word])
        if self._digit and DIGIT.search(shaded.lower, start, end):
            found.update(self._digit)
        if self._capital and CAPITAL.search(shaded.shadow, start, end):
            found.update(self._capital)
        return sorted(found)

    def candidates(self, shaded: Shade, start: int, end: int) -> list[tuple[int, Mention]]:
        """Every match of every rule tried in `start:end`, with the rule's index."""
        return [
            (index, mention)
            for index in self.tried(shaded, start, end)
            for mention in matches(self.rules[index], self.book, shaded, start, end)
        ]

    def by_family(self, shaded: Shade, start: int, end: int) -> dict[str, list[tuple[int, Mention]]]:
        """The candidates of each family that has any, before their contest."""
        found: dict[str, list[tuple[int, Mention]]] = {}
        for index in self.tried(shaded, start, end):
            rule = self.rules[index]
            for mention in matches(rule, self.book, shaded, start, end):
                found.setdefault(rule.family, []).append((index, mention))
        return found

    def find(self, shaded: Shade, start: int, end: int) -> list[Mention]:
        """The winning mentions in `start:end`, by place."""
        return winners(self.candidates(shaded, start, end))


@lru_cache(maxsize=64)
def finder(book: Rulebook, *families: str) -> Finder:
    """The Finder of these families, built once for a rulebook."""
    return Finder(book, families)


def matches(rule: Rule, book: Rulebook, shaded: Shade, start: int, end: int) -> Iterator[Mention]:
    """All matches of one rule; a field without a valid value (31/02/2020) makes a match void.

    Anchored "line" rules are matched at `start` only.
    """
    text = shaded.shadow if rule.cased else shaded.lower
    if rule.anchor == "line":
        at_start = rule.pattern.match(text, start, end)
        found: Iterable[regex.Match[str]] = (at_start,) if at_start else ()
    else:
        found = rule.pattern.finditer(text, start, end)
    for match in found:
        mention = _mention(rule, book, shaded, match)
        if mention is not None:
            yield mention


def _mention(rule: Rule, book: Rulebook, shaded: Shade, match: regex.Match[str]) -> Mention | None:
    values: dict[str, Any] = dict(rule.sets)
    spans: dict[str, tuple[int, int]] = {}
    for field, fragment in rule.fields.items():
        at, to = match.span(field)
        if at < 0:
            continue
        value = book.value(fragment, shaded.shadow[at:to])
        if value is None:
            return None
        values[field] = value
        spans[field] = (at, to)
    for field in rule.capital:
        if field in spans and not shaded.shadow[spans[field][0]].isupper():
            return None
    return Mention(rule, match.start(), match.end(), values, spans)


def winners(candidates: Iterable[tuple[int, Mention]]) -> list[Mention]:
    """The longest of overlapping candidates, then the one whose rule comes first; in order of place."""
    taken: list[tuple[int, int]] = []
    won: list[Mention] = []
    for _, mention in sorted(candidates, key=_precedence):
        place = (mention.start, mention.end)
        at = bisect_left(taken, place)
        if (at and taken[at - 1][1] > mention.start) or (at < len(taken) and taken[at][0] < mention.end):
            continue
        insort(taken, place)
        won.append(mention)
    won.sort(key=lambda m: m.start)
    return won


def _precedence(candidate: tuple[int, Mention]) -> tuple[int, int, int]:
    index, mention = candidate
    return mention.start - mention.end, index, mention.start


def trace(text: str, book: Rulebook, families: Sequence[str] | None = None) -> list[Candidate]:
    """Every match of every rule in a text, with the winner of each contest within a family."""
    shaded = shade(text, book)
    out: list[Candidate] = []
    for family in families or tuple(book.rules):
        found = finder(book, family).candidates(shaded, 0, len(text))
        won = {id(m): m for m in winners(found)}
        for _, mention in sorted(found, key=lambda c: (c[1].start, c[1].end)):
            rival = None
            if id(mention) not in won:
                rival = next((w.rule.id for w in won.values() if w.start < mention.end and mention.start < w.end), None)
            quote = text[mention.start : mention.end]
            out.append(
                Candidate(mention.rule.id, mention.start, mention.end, quote, mention.values, rival is None, rival)
            )
    return out


def check(rule: Rule, book: Rulebook) -> list[str]:
    """The examples of a rule that fail, one line each: through the whole family, exact span, exact values, and this
    rule the winner; its counter-examples are not matched by it; its anchor is necessary."""
    faults: list[str] = []
    searcher = finder(book, rule.family)
    for example in rule.finds:
        shaded = shade(example.text, book)
        found = [m for m in searcher.find(shaded, 0, len(example.text)) if m.rule is rule]
        exact = [m for m in found if (m.start, m.end) == example.span]
        if not exact:
            got = ", ".join(repr(example.text[m.start : m.end]) for m in found) or _others(
                searcher, shaded, example.text
            )
            faults.append(f"{rule.id}: {example.text!r}: expected {_quote(example.text, example.span)!r}, got {got}")
            continue
        for name, want in example.values.items():
            have = exact[0].get(name)
            if have != want:
                faults.append(f"{rule.id}: {example.text!r}: {name} expected {want!r}, got {have!r}")
    for example in rule.skips:
        shaded = shade(example.text, book)
        for mention in searcher.find(shaded, 0, len(example.text)):
            if mention.rule is rule:
                got = example.text[mention.start : mention.end]
                faults.append(f"{rule.id}: must not match in {example.text!r}, got {got!r}")
    return faults


def _others(searcher: Finder, shaded: Shade, text: str) -> str:
    won = searcher.find(shaded, 0, len(text))
    return "; ".join(f"{m.rule.id} {text[m.start : m.end]!r}" for m in won) or "nothing"


def _quote(text: str, span: tuple[int, int] | None) -> str:
    return text[span[0] : span[1]] if span else ""
