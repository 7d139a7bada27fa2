"""What a target measures: an indicator that `rules/indicators.csv` knows, or the one whose words are nearest.

    subject(target)  ->  Subject   the words that tell indicators apart, places, times and numbers out
    known(subject)   ->  Match     an indicator of the rulebook, by its phrases
    Wordings         ->  Match     the stored wording that is nearest, by words and pairs of words

Period, province and value are never part of an indicator's identity.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import nlargest
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
MEASURES = {"+": "change", "=": "level"}  # what a mark before a phrase asks for
BORDER = ":"  # stands between scope and indicator in a subject's text, so that a phrase can ask for it
LONGEST_GAP = 12  # syllables that a gap in a phrase stands for
# A wording is the same indicator from here on: by the alignment gold of the corpus, corpus/alignment.json.
LEAST = 0.6
# What a word of the scope weighs beside one of the indicator, where the indicator says this many words by itself.
SCOPE_WEIGHT = {0: 1.0, 1: 0.9, 2: 0.7, 3: 0.5}
FAR_SCOPE = 0.2
COSINE, FUZZY = 0.75, 0.25
SURE, LIKE = 0.85, 0.7  # likeness of two wordings of one goal in a document, LIKE where they set one value
OTHER_PROGRAMME = 0.1  # what is taken from the likeness of goals that are not known to be of one programme
OTHER_UNIT = 0.05  # and of goals in units of different kinds
DOUBTS = {"another": 1.0, "doubtful": 0.15, "population": 0.03, "": 0.0}  # of `alone` in contrasts.csv
CORE = 2  # words beside those of `contrasts.csv` that a subject needs to be compared with others
ID_LENGTH = 60
SHARING = 60  # wordings with the most and rarest words in common, whose likeness is worked out
TELLING = 3  # words that an indicator needs to be known again in a document of another programme


@dataclass(frozen=True, slots=True)
class Subject:
    """What of a target tells its indicator.

    text    the words of scope and indicator, in lower case, divided by BORDER
    words   those of the indicator that tell something
    scope   likewise of the scope
    groups  (group, value) of `contrasts.csv`: whom or what kind of thing it is about
    own     those that the indicator itself names, where it names any, else those of its scope
    unit    class of the unit ("percent", "money", …)
    core    how many of the words say more than whom it is about
    """

    text: str
    words: tuple[str, ...]
    scope: tuple[str, ...]
    groups: frozenset[tuple[str, str]]
    unit: str | None
    programme: str | None = None
    core: int = TELLING
    own: frozenset[tuple[str, str]] = frozenset()

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
    phrases: tuple[tuple[regex.Pattern[str], str | None], ...]  # with the measure that the target must have
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
    if len(_telling(parts[1], own)) < CORE and unit_class(unit, book) in ("people", "count", "rate"):
        parts[1] += _spoken(unit or "", own)  # "14,5 bác sĩ/vạn dân": what is counted stands in the unit alone
    text = f" {BORDER} ".join(" ".join(part) for part in parts if part)
    told = [_telling(part, own) for part in parts]
    named = [list(_named(" ".join(part), own)) for part in told]
    groups = frozenset(pair for found in named for _, pairs in found for pair in pairs)
    core = sum(map(len, told)) - sum(size for found in named for size, _ in found)
    own_groups = frozenset(pair for _, pairs in named[1] for pair in pairs)
    return Subject(text, told[1], told[0], groups, unit_class(unit, book), programme, core, own_groups or groups)


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
    opened, more = own.book.fragments["abbreviation"].rows, own.book.settings["indicators"]["abbreviations"]
    out: list[str] = []
    for word in SYLLABLE.findall(lower):
        full = more.get(word) or (opened[word]["value"].lower() if word in opened else word)
        out += full.split()
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


def _named(text: str, own: Reader) -> Iterator[tuple[int, tuple[tuple[str, str], ...]]]:
    """The names of `contrasts.csv` in a text: how many syllables, and their groups."""
    spans = [
        (start, end, which) for which, start, end in own.finder.find_matches_as_indexes(f" {text} ", overlapping=True)
    ]
    for start, end, which in spans:
        # A name inside a longer one says nothing of its own.
        if not any(s <= start and end <= e and (s, e) != (start, end) for s, e, _ in spans):
            yield len(own.surfaces[which].split()), own.contrasts[own.surfaces[which]]


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
            tuple((_phrase(text.lstrip("+=")), MEASURES.get(text[0])) for text in row["phrases"].split("|") if text),
            _phrase("|".join(row["lacks"].split("|"))) if row["lacks"] else None,
        )
        for row in book.tables["indicators"]
    }


def _phrase(text: str) -> regex.Pattern[str]:
    """A phrase as a pattern over a subject's text: "…" is a gap of some syllables, "(a/b)" one or the other, "^" and
    "$" the borders of the indicator.  A "+" before it, which `recognise` heeds, asks for a change,
    a "=" for a level.

    >>> bool(_phrase("^tỷ lệ (hộ nghèo/nghèo) … chuẩn").search(" tỷ lệ hộ nghèo theo chuẩn "))
    True
    """

    def one(words: str) -> str:
        out = []
        for piece in regex.findall(r"\([^)]*\)|\^|\$|[^\s()^$]+", words):
            if piece == GAP:
                out.append(rf"(?:{BORDER} |[^\s{BORDER}]+ ){{0,{LONGEST_GAP}}}?")
            elif piece in "^$":
                out.append(rf"(?<=^ |{BORDER} )" if piece == "^" else "$")
            else:
                options = piece.strip("()").split("/") if piece.startswith("(") else [piece]
                out.append("(?:" + "|".join(regex.escape(option.strip()) for option in options) + ") ")
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
        for pattern, asked in each.phrases:
            if asked and measure != asked:
                continue
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
    _rarities: dict[str, float] = field(default_factory=dict)  # these two hold until a wording is added
    _lengths: dict[int, float] = field(default_factory=dict)

    def add(self, wording: Wording) -> None:
        """Note a wording; one that is known already changes nothing."""
        said = wording.subject
        key = (wording.indicator_id, said.key, said.unit, said.programme)
        if key in self._seen:
            return
        self._seen.add(key)
        number = len(self.items)
        self.items.append(wording)
        self._rarities.clear()
        self._lengths.clear()
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
        sharing = nlargest(SHARING, dots, key=lambda number: (dots[number], -number))
        cosines = {number: dots[number] / (length * self._length(number)) for number in sharing}
        out = []
        for number, cosine in nlargest(3 * most, cosines.items(), key=lambda pair: (pair[1], -pair[0])):
            other = self.items[number].subject
            fuzzy = fuzz.token_set_ratio(" ".join((*said.scope, *said.words)), " ".join((*other.scope, *other.words)))
            score = COSINE * cosine + FUZZY * fuzzy / 100
            out += [(score, self.items[twin]) for twin in self._exact[other.key]]
        return sorted(out, key=lambda pair: -pair[0])[:most]

    def _rarity(self, gram: str) -> float:
        if gram not in self._rarities:
            self._rarities[gram] = math.log((1 + len(self._exact)) / (1 + len(self._in.get(gram, ())))) + 1
        return self._rarities[gram]

    def _length(self, number: int) -> float:
        if number not in self._lengths:
            squares = ((times * self._rarity(gram)) ** 2 for gram, times in self._grams[number].items())
            self._lengths[number] = math.sqrt(sum(squares))
        return self._lengths[number]


def weighted(said: Subject) -> Counter[str]:
    """Words and pairs of words with their weights."""
    grams: Counter[str] = Counter()
    far = SCOPE_WEIGHT.get(len(said.words), FAR_SCOPE)
    for words, weight in ((said.words, 1.0), (said.scope, far)):
        for gram in (*words, *(" ".join(pair) for pair in pairwise(words))):
            grams[gram] = max(grams[gram], weight)  # type: ignore[assignment]
    return grams


def doubt(one: Subject, other: Subject, book: Rulebook) -> float:
    """What speaks against two subjects being one indicator by whom and what they are about, to be taken from their
    likeness: 1 where they name different things of one group, or one of them something that makes another indicator by
    itself (negations); less where only one of them names something of a group."""
    weight = 0.0
    alone = _alone(book)
    mine, others = ({group: set[str]() for group, _ in one.groups | other.groups} for _ in range(2))
    for sets, said in ((mine, one), (others, other)):
        for group, value in said.groups:
            sets[group].add(value)
    for group, values in mine.items():
        if values and others[group]:
            weight += 0.0 if values & others[group] else 1.0
        else:
            weight += DOUBTS[alone[group]]
    return weight


@lru_cache(maxsize=4)
def _alone(book: Rulebook) -> Mapping[str, str]:
    return {row["group"]: row["alone"] for row in book.tables["contrasts"]}


@dataclass(frozen=True, slots=True)
class Goal:
    """A target as `assign` sees it: what it is about, level or change, the place, year and value by which two sentences
    of one document are told to set one goal or two, and the indicator that it had before."""

    subject: Subject
    measure: str
    place: str | None
    year: str | None
    value: tuple[float, float | None]
    before: Match | None = None


def assign(goals: Sequence[Goal], wordings: Wordings, taken_ids: Container[str], book: Rulebook) -> list[Match]:
    """The indicators of one document's goals, in their order.

    Known indicators, what a goal was before and wordings met before come first, then the nearest pairs of subject and
    wording.  A document does not set one goal twice in different words: of two unlike subjects only the nearer one
    becomes the indicator, the other takes the next, or becomes an indicator of its own.  The new wordings are noted in
    `wordings`.
    """
    subjects = [goal.subject for goal in goals]
    found: dict[int, Match] = {}
    twins: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for number, said in enumerate(subjects):
        twins[said.key, said.unit].append(number)
    open_: list[int] = []
    for numbers in twins.values():
        said, measure = goals[numbers[0]].subject, goals[numbers[0]].measure
        match = recognise(said, book, measure) or goals[numbers[0]].before or _met(said, wordings)
        if match:
            found[numbers[0]] = match
        else:
            open_.append(numbers[0])
    pairs = [
        (score, -number, wording)
        for number in open_
        for score, wording in _candidates(subjects[number], wordings, book)
    ]
    for score, minus, wording in sorted(pairs, key=lambda pair: pair[:2], reverse=True):
        number = -minus
        if number not in found and not _sets_already(goals[number], score, wording.indicator_id, found, goals):
            found[number] = Match(wording.indicator_id, round(score, 3), f"near “{wording.subject.text}”")
    own = Wordings()
    for number, match in found.items():
        own.add(Wording(match.indicator_id, subjects[number]))
    for number in open_:
        if number in found:
            continue
        said = subjects[number]
        near = [
            (score, wording)
            for score, wording in _candidates(said, own, book)
            if not _sets_already(goals[number], score, wording.indicator_id, found, goals)
        ]
        if near:
            score, wording = near[0]
            found[number] = Match(wording.indicator_id, round(score, 3), f"near “{wording.subject.text}”")
        else:
            found[number] = Match(new_id(said, taken_ids, {match.indicator_id for match in found.values()}), 1.0, "new")
        own.add(Wording(found[number].indicator_id, said))
    out: list[Match] = [found[numbers[0]] for said in subjects for numbers in (twins[said.key, said.unit],)]
    for said, match in zip(subjects, out, strict=True):
        wordings.add(Wording(match.indicator_id, said))
    return out


def _met(said: Subject, wordings: Wordings) -> Match | None:
    """The indicator of the same words; of few words only within the programme."""
    for twin in wordings.exact(said):
        telling = said.core >= CORE and (len(said.words) >= TELLING or said.scope)
        if telling or (said.programme and twin.subject.programme == said.programme):
            return Match(twin.indicator_id, 1.0, "the same words")
    return None


def _candidates(said: Subject, wordings: Wordings, book: Rulebook) -> list[tuple[float, Wording]]:
    out = []
    for score, wording in wordings.near(said) if said.core >= CORE else ():
        other = wording.subject
        if other.core < CORE:
            continue
        score -= doubt(said, other, book)
        if not said.programme or said.programme != other.programme:
            score -= OTHER_PROGRAMME
        if said.unit != other.unit:
            score -= OTHER_UNIT
        if score >= LEAST:
            out.append((score, wording))
    return sorted(out, key=lambda pair: -pair[0])


def _sets_already(
    goal: Goal, score: float, indicator_id: str, found: Mapping[int, Match], goals: Sequence[Goal]
) -> bool:
    """Whether another goal of the document, in other words, is that indicator already: surely where it sets another
    value for the same year; where none sets the same value for that year, unless the two are much alike."""
    others = [goals[number] for number, match in found.items() if match.indicator_id == indicator_id]
    others = [other for other in others if (other.place, other.measure) == (goal.place, goal.measure)]
    if any(other.year == goal.year and other.value != goal.value for other in others):
        return True
    again = any((other.year, other.value) == (goal.year, goal.value) for other in others)
    alike = all(other.subject.unit == goal.subject.unit and other.subject.own == goal.subject.own for other in others)
    return bool(others) and not (alike and score >= (LIKE if again else SURE))


def new_id(said: Subject, *taken: Container[str]) -> str:
    """An id for an indicator not met before: its first words, numbered where another has them."""
    name = slug(" ".join((*said.scope, *said.words)))
    return numbered(name[:ID_LENGTH].rpartition("-")[0] if len(name) > ID_LENGTH else name, *taken)


def numbered(name: str, *taken: Container[str]) -> str:
    """The name as an id, with a number behind it where another has it."""
    base = name or "indicator"
    out, number = base, 1
    while any(out in ids for ids in taken):
        number += 1
        out = f"{base}-{number}"
    return out
