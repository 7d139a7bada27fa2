"""What a target measures: an indicator that `rules/indicators.csv` knows, or the one whose words are nearest.

    subject(target)  ->  Subject   the words that tell indicators apart, places, times and numbers out
    known(subject)   ->  Match     an indicator of the rulebook, by its phrases
    Wordings         ->  Match     the stored wording that is nearest, by words and pairs of words

Period, province and value are never part of an indicator's identity.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

import ahocorasick_rs
import regex
from rapidfuzz import fuzz

from .resolve import slug
from .rulebook import Rulebook
from .text import shade

SYLLABLE = regex.compile(r"[^\W_]+(?:/[^\W_]+)?|[%‰]|:")
GAP = "…"
BORDER = ":"  # stands between scope and indicator in a subject's text, so that a phrase can ask for it
LONGEST_GAP = 12  # syllables that a gap in a phrase stands for
# A wording is the same indicator from here on: by the alignment gold of the corpus, see benchmarks/alignment.py.
LEAST = 0.60
# What a word of the scope weighs beside one of the indicator, where the indicator says this many words by itself.
SCOPE_WEIGHT = {0: 1.0, 1: 0.9, 2: 0.7, 3: 0.5}
FAR_SCOPE = 0.2
COSINE, FUZZY = 0.75, 0.25
SURE = 0.85  # likeness of two wordings of one goal within a document
OTHER_PROGRAMME = 0.1  # what is taken from the likeness of goals of different programmes
OTHER_UNIT = 0.05  # and of goals in units of different kinds
TELLING = 3  # words that an indicator needs to be known again in a document of another programme


@dataclass(frozen=True, slots=True)
class Subject:
    """What of a target tells its indicator.

    text    the words of scope and indicator, in lower case, divided by BORDER
    words   those of the indicator that tell something
    scope   likewise of the scope
    groups  (group, value) of `contrasts.csv`: whom or what kind of thing it is about
    unit    class of the unit ("percent", "money", …)
    """

    text: str
    words: tuple[str, ...]
    scope: tuple[str, ...]
    groups: frozenset[tuple[str, str]]
    unit: str | None
    programme: str | None = None

    @property
    def key(self) -> str:
        """What equal subjects share, whatever their unit."""
        return " ".join((*self.scope, BORDER, *self.words))


@dataclass(frozen=True, slots=True)
class Match:
    """An indicator with how sure it is (0 to 1) and why."""

    indicator_id: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Known:
    """A row of `indicators.csv`, its phrases compiled."""

    id: str
    name: str
    better: str
    units: frozenset[str]
    measure: str | None
    phrases: tuple[regex.Pattern[str], ...]
    lacks: regex.Pattern[str] | None


# --- subjects -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Reader:
    """What turns a rulebook's words into subjects; made once for a rulebook."""

    book: Rulebook
    units: Mapping[str, str]
    empty: frozenset[tuple[str, ...]]
    longest: int
    contrasts: Mapping[str, tuple[tuple[str, str], ...]]
    finder: Any
    surfaces: tuple[str, ...]
    dropped: regex.Pattern[str]


@lru_cache(maxsize=4)
def reader(book: Rulebook) -> Reader:
    """The reader of a rulebook."""
    units = {row["value"].lower(): row["class"] for row in book.tables["units"]}
    units |= {row["surface"]: row["class"] for row in book.tables["units"]}
    empty = frozenset(tuple(words.split()) for words in book.words("indicators.empty"))
    contrasts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in book.tables["contrasts"]:
        contrasts[row["surface"]].append((row["group"], row["value"]))
    surfaces = tuple(contrasts)
    places = book.fragments["province"].pattern
    kinds = "|".join(map(regex.escape, sorted(book.words("indicators.place_words"), key=len, reverse=True)))
    times = "|".join(book.words("indicators.times"))
    dropped = regex.compile(
        rf"(?<!\p{{L}})(?:(?:(?:{kinds})\s+)*(?:{places})|(?:{times})|(?:{kinds}))(?!\p{{L}})", regex.V1
    )
    return Reader(
        book,
        units,
        empty,
        max(map(len, empty)),
        {surface: tuple(groups) for surface, groups in contrasts.items()},
        ahocorasick_rs.AhoCorasick([f" {s} " for s in surfaces], matchkind=ahocorasick_rs.MatchKind.Standard),
        surfaces,
        dropped,
    )


def subject(
    indicator: str | None, scope: str | None, unit: str | None, book: Rulebook, programme: str | None = None
) -> Subject:
    """The subject of a target with these fields."""
    own = reader(book)
    parts = [_spoken(scope or "", own), _spoken(indicator or "", own)]
    text = f" {BORDER} ".join(" ".join(part) for part in parts if part)
    told = [_telling(part, own) for part in parts]
    groups = {pair for part in parts for pair in _groups(" ".join(part), own)}
    return Subject(text, told[1], told[0], frozenset(groups), unit_class(unit, book), programme)


def unit_class(unit: str | None, book: Rulebook) -> str | None:
    """The class of a unit by `units.csv`: of a longer name that of its beginning, else "count"; None for no unit."""
    if not unit:
        return None
    known, words = reader(book).units, unit.lower().split()
    for end in range(len(words), 0, -1):
        found = known.get(" ".join(words[:end]).rstrip(","))
        if found:
            return found
    return "count"


def _spoken(text: str, own: Reader) -> list[str]:
    """Syllables of a text, without places and times."""
    lower = own.dropped.sub(" ", shade(text, own.book).lower)
    opened = own.book.fragments["abbreviation"].rows
    out: list[str] = []
    for word in SYLLABLE.findall(lower):
        out += opened[word]["value"].lower().split() if word in opened else [word]
    return out


def _telling(words: list[str], own: Reader) -> tuple[str, ...]:
    """The words without those that tell nothing and without numbers."""
    out, at = [], 0
    while at < len(words):
        for length in range(min(own.longest, len(words) - at), 0, -1):
            if tuple(words[at : at + length]) in own.empty:
                at += length
                break
        else:
            if not words[at][0].isdigit() and words[at] != BORDER:
                out.append(words[at])
            at += 1
    return tuple(out)


def _groups(text: str, own: Reader) -> Iterator[tuple[str, str]]:
    padded = f" {text} ".replace(" ", "  ")
    found = own.finder.find_matches_as_indexes(padded.replace("  ", " "), overlapping=True)
    spans = [(start, end, which) for which, start, end in found]
    for start, end, which in spans:
        # A name inside a longer one says nothing of its own.
        if not any(s <= start and end <= e and (s, e) != (start, end) for s, e, _ in spans):
            yield from own.contrasts[own.surfaces[which]]


# --- indicators that the rulebook knows -----------------------------------------------------------------------------


@lru_cache(maxsize=4)
def known_indicators(book: Rulebook) -> Mapping[str, Known]:
    """The rows of `indicators.csv` by id."""
    return {
        row["id"]: Known(
            row["id"],
            row["name"],
            row["better"],
            frozenset(filter(None, row["units"].split("|"))),
            row["measure"] or None,
            tuple(_phrase(text) for text in row["phrases"].split("|") if text),
            _phrase("|".join(row["lacks"].split("|"))) if row["lacks"] else None,
        )
        for row in book.tables["indicators"]
    }


def _phrase(text: str) -> regex.Pattern[str]:
    """A phrase as a pattern over a subject's text: "…" is a gap of some syllables, "(a/b)" one or the other, "^" and
    "$" the borders of the indicator.

    >>> bool(_phrase("^tỷ lệ (hộ nghèo/nghèo) … chuẩn").search(" tỷ lệ hộ nghèo theo chuẩn "))
    True
    """

    def one(words: str) -> str:
        out = []
        for piece in regex.findall(r"\([^)]*\)|[^\s()]+", words):
            if piece == GAP:
                out.append(rf"(?:{BORDER} |[^\s{BORDER}]+ ){{0,{LONGEST_GAP}}}?")
            elif piece.startswith("("):
                options = (regex.escape(option.strip()) for option in piece[1:-1].split("/"))
                out.append("(?:" + "|".join(options) + ") ")
            else:
                start, end = piece.startswith("^"), piece.endswith("$")
                out.append((rf"(?<=^ |{BORDER} )" if start else "") + regex.escape(piece.strip("^$")) + " ")
                out.append("$" if end else "")
        return "(?<= )" + "".join(out)

    return regex.compile("|".join(one(option) for option in text.split("|")))


def recognise(found: Subject, book: Rulebook, measure: str | None = None) -> Match | None:
    """The known indicator whose phrase takes most of a subject's words; None where none fits.

    A phrase ends in the indicator, not in its scope; the unit must be of a class that the indicator has, or the target
    a change of it.
    """
    text = f" {found.text} "
    border = text.find(f" {BORDER} ") + 1
    best: tuple[int, Known] | None = None
    for each in known_indicators(book).values():
        if each.units and found.unit not in each.units and not (found.unit == "percent" and measure == "change"):
            continue
        if each.lacks and each.lacks.search(text):
            continue
        for pattern in each.phrases:
            for match in pattern.finditer(text):
                size = len(match[0].split())
                if match.end() > border and (best is None or size > best[0]):
                    best = (size, each)
    return Match(best[1].id, 1.0, "known indicator") if best else None


# --- wordings that are stored ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wording:
    """A subject of an indicator as it was met."""

    indicator_id: str
    subject: Subject


@dataclass
class Wordings:
    """All wordings of a store, to find those near a subject: cosine of words and pairs of words, weighted by how
    rare they are (TF-IDF), together with the likeness of the sorted words (rapidfuzz.fuzz.token_set_ratio)."""

    items: list[Wording] = field(default_factory=list)
    _exact: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _in: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _grams: list[Counter[str]] = field(default_factory=list)
    _seen: set[tuple[str, str, str | None, str | None]] = field(default_factory=set)

    def add(self, wording: Wording) -> None:
        """Note a wording; one that is known already changes nothing."""
        said = wording.subject
        key = (wording.indicator_id, said.key, said.unit, said.programme)
        if key in self._seen:
            return
        self._seen.add(key)
        number = len(self.items)
        self.items.append(wording)
        first = said.key not in self._exact
        self._exact[said.key].append(number)
        grams = weighted(said)
        self._grams.append(grams)
        if first:
            for gram in grams:
                self._in[gram].append(number)

    def exact(self, said: Subject) -> list[Wording]:
        """Wordings of the same words."""
        return [self.items[number] for number in self._exact.get(said.key, ())]

    def near(self, said: Subject, most: int = 8) -> list[tuple[float, Wording]]:
        """The nearest wordings with their likeness, 0 to 1, best first."""
        grams = weighted(said)
        rarity = {gram: self._rarity(gram) for gram in grams}
        dots: dict[int, float] = defaultdict(float)
        for gram, times in grams.items():
            weight = times * rarity[gram] ** 2
            for number in self._in.get(gram, ()):
                dots[number] += weight * self._grams[number][gram]
        length = math.sqrt(sum((times * rarity[gram]) ** 2 for gram, times in grams.items()))
        best = sorted(dots, key=lambda number: (-dots[number] / self._length(number), number))[: 3 * most]
        out = []
        for number in best:
            other = self.items[number].subject
            cosine = dots[number] / (length * self._length(number))
            fuzzy = fuzz.token_set_ratio(" ".join((*said.scope, *said.words)), " ".join((*other.scope, *other.words)))
            score = COSINE * cosine + FUZZY * fuzzy / 100
            out += [(score, self.items[twin]) for twin in self._exact[other.key]]
        return sorted(out, key=lambda pair: -pair[0])[:most]

    def _rarity(self, gram: str) -> float:
        return math.log((1 + len(self._exact)) / (1 + len(self._in.get(gram, ())))) + 1

    def _length(self, number: int) -> float:
        return math.sqrt(sum((times * self._rarity(gram)) ** 2 for gram, times in self._grams[number].items()))


def weighted(said: Subject) -> Counter[str]:
    """Words and pairs of words with their weights."""
    grams: Counter[str] = Counter()
    far = SCOPE_WEIGHT.get(len(said.words), FAR_SCOPE)
    for words, weight in ((said.words, 1.0), (said.scope, far)):
        for gram in (*words, *(" ".join(pair) for pair in pairwise(words))):
            grams[gram] = max(grams[gram], weight)  # type: ignore[assignment]
    return grams


def compatible(one: Subject, other: Subject, apart: frozenset[str]) -> bool:
    """Whether two subjects can be one indicator by whom and what they are about: no group in which they name different
    things, and nothing of a group in `apart` that only one of them names."""
    groups: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for side, said in enumerate((one, other)):
        for group, value in said.groups:
            groups[group][side].add(value)
    return all(
        mine & others if mine and others else group not in apart for group, (mine, others) in groups.items()
    )


def apart(book: Rulebook) -> frozenset[str]:
    """Groups of `contrasts.csv` of which a single name makes another indicator: negations."""
    return frozenset(row["group"] for row in book.tables["contrasts"] if row["alone"] == "indicator")


def assign(
    subjects: Sequence[tuple[Subject, str]], wordings: Wordings, taken_ids: Container[str], book: Rulebook
) -> list[Match]:
    """The indicators of one document's goals, each given as (subject, measure), in their order.

    Known indicators and wordings met before come first, then the nearest pairs of subject and wording.  A document does
    not set one goal twice in different words: of two unlike subjects only the nearer one becomes the indicator, the
    other takes the next, or becomes an indicator of its own.  The new wordings are noted in `wordings`.
    """
    found: dict[int, Match] = {}
    twins: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for number, (said, _) in enumerate(subjects):
        twins[said.key, said.unit].append(number)
    open_: list[int] = []
    for numbers in twins.values():
        said, measure = subjects[numbers[0]]
        match = recognise(said, book, measure) or _met(said, wordings)
        if match:
            found[numbers[0]] = match
        else:
            open_.append(numbers[0])
    alone = apart(book)
    pairs = [
        (score, -number, wording)
        for number in open_
        for score, wording in _candidates(subjects[number][0], wordings, alone)
    ]
    for score, minus, wording in sorted(pairs, key=lambda pair: pair[:2], reverse=True):
        number = -minus
        said = subjects[number][0]
        if number not in found and not _sets_already(said, score, wording.indicator_id, found, subjects):
            found[number] = Match(wording.indicator_id, round(score, 3), f"near “{wording.subject.text}”")
    for number in open_:
        if number in found:
            continue
        said = subjects[number][0]
        own = Wordings()
        for other, match in found.items():
            own.add(Wording(match.indicator_id, subjects[other][0]))
        near = [
            (score, wording)
            for score, wording in _candidates(said, own, alone)
            if not _sets_already(said, score, wording.indicator_id, found, subjects)
        ]
        if near:
            score, wording = near[0]
            found[number] = Match(wording.indicator_id, round(score, 3), f"near “{wording.subject.text}”")
        else:
            mine = {match.indicator_id for match in found.values()}
            found[number] = Match(new_id(said, lambda name, mine=mine: name in mine or name in taken_ids), 1.0, "new")
    out: list[Match] = [found[numbers[0]] for said, _ in subjects for numbers in (twins[said.key, said.unit],)]
    for (said, _), match in zip(subjects, out, strict=True):
        wordings.add(Wording(match.indicator_id, said))
    return out


def _met(said: Subject, wordings: Wordings) -> Match | None:
    """The indicator of the same words; of few words only within the programme."""
    for twin in wordings.exact(said):
        if twin.subject.unit != said.unit and {twin.subject.unit, said.unit} != {"people", "count"}:
            continue
        if len(said.words) >= TELLING or said.scope or twin.subject.programme == said.programme:
            return Match(twin.indicator_id, 1.0, "the same words")
    return None


def _candidates(said: Subject, wordings: Wordings, alone: frozenset[str]) -> list[tuple[float, Wording]]:
    out = []
    for score, wording in wordings.near(said) if said.words else ():
        other = wording.subject
        if not compatible(said, other, alone):
            continue
        if said.programme and other.programme and said.programme != other.programme:
            score -= OTHER_PROGRAMME
        if said.unit != other.unit:
            score -= OTHER_UNIT
        if score >= LEAST:
            out.append((score, wording))
    return sorted(out, key=lambda pair: -pair[0])


def _sets_already(
    said: Subject, score: float, indicator_id: str, found: Mapping[int, Match], subjects: Sequence[tuple[Subject, str]]
) -> bool:
    """Whether another goal of the document, in other words, is that indicator already."""
    return any(
        match.indicator_id == indicator_id
        and not (
            score >= SURE and subjects[other][0].unit == said.unit and subjects[other][0].groups == said.groups
        )
        for other, match in found.items()
    )


def new_id(said: Subject, is_taken: Callable[[str], bool]) -> str:
    """An id for an indicator not met before: its first words, numbered where another has them."""
    name = slug(" ".join((*said.scope, *said.words)))[:60].rsplit("-", 1)[0] if said.words or said.scope else ""
    name = name or "indicator"
    out, number = name, 1
    while is_taken(out):
        number += 1
        out = f"{name}-{number}"
    return out
