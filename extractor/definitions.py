"""How a target defines what it measures, and which of two values asks for more.

Two targets of one indicator compare only where their definitions agree: both levels or both changes, of the same kind
of unit, for the whole period or for each year, of the same population.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .indicators import Subject, subject, unit_class
from .rulebook import Rulebook

Row = Mapping[str, Any]

UP, DOWN, NONE = "up", "down", "none"
BETTER = (UP, DOWN, NONE)
"""Which way an indicator is to go: more is better, less is better, or neither."""
STRICTER, EQUAL, WEAKER, UNDECIDABLE = "stricter", "equal", "weaker", "undecidable"
VERDICTS = (STRICTER, EQUAL, WEAKER, UNDECIDABLE)
AT_LEAST, AT_MOST = ("ge", "gt"), ("le", "lt")
LEVEL, CHANGE, RANK = "level", "change", "rank"
COUNTED = ("count", "people")  # classes of units that count things, whatever they are called


@dataclass(frozen=True, slots=True)
class Definition:
    """What must agree for two values of an indicator to be compared.

    measure     level, change or rank
    base        what the number counts: "percent", "count", "đồng", "ha", …
    yearly      a mean or size of each year, not of the period
    per         what else it is counted over ("xã", "người")
    since       base year of a change
    population  (group, value) of `contrasts.csv`: whom or what it is about, where less than all
    total       a sum that grows with the place, so that the whole country's is no yardstick for a part of it
    """

    measure: str
    base: str
    yearly: bool
    per: str | None
    since: str | None
    population: tuple[tuple[str, str], ...]
    total: bool = field(default=False, compare=False)

    def to_json(self) -> str:
        """As text for the store."""
        return json.dumps(
            [self.measure, self.base, self.yearly, self.per, self.since, self.population, self.total],
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> Definition:
        """From the text of `to_json`."""
        measure, base, yearly, per, since, population, total = json.loads(text)
        return cls(measure, base, yearly, per, since, tuple((group, value) for group, value in population), total)


def definition(target: Row, said: Subject, book: Rulebook, name: str = "") -> Definition:
    """The definition of a target: its row with `measure`, `unit`, `per` and `baseline`, its subject, and the name of
    its indicator where the rulebook knows it, which may say by itself what is counted over ("of each unit").

    A growth rate is a yearly one, whether it says so or not.
    """
    counted = {row["group"] for row in book.tables["contrasts"] if row["alone"] in ("population", "doubtful")}
    change = target["measure"] == CHANGE
    # What the name of the indicator says of whom it is about holds for all its targets.
    named = subject(name, None, None, book).own if name else frozenset()
    told = f"{said.text} {name.lower()}"
    growth = change and any(words in told for words in book.words("targets.growth_names"))
    yearly = target["per"] == book.settings["targets"]["rate_per"] or growth
    inherent = any(words in name.lower() for words in book.words("indicators.means"))
    if inherent and not change:
        yearly = False  # a mean per head is that of the year it is reached in
    return Definition(
        target["measure"],
        scale(target["unit"], book)[0],
        yearly,
        None if yearly or inherent or not target["per"] else target["per"].partition(",")[0].strip().lower(),
        target["baseline"] if change and not yearly else None,
        tuple(sorted(pair for pair in said.own | named if pair[0] in counted)),
        _is_total(target, said, book),
    )


def _is_total(target: Row, said: Subject, book: Rulebook) -> bool:
    per = target["per"] and target["per"] != book.settings["targets"]["rate_per"]
    if per or said.unit not in book.words("indicators.totals") or target["measure"] == RANK:
        return False
    return not any(f" {words} " in f" {said.text} " for words in book.words("indicators.means"))


@lru_cache(maxsize=4096)
def scale(unit: str | None, book: Rulebook) -> tuple[str, float]:
    """What a unit counts and how many of it: "tỷ đồng" -> ("đồng", 1e9), "%" -> ("percent", 1), "cán bộ" ->
    ("count", 1); ("", 1) for no unit."""
    kind = unit_class(unit, book)
    if unit is None or kind is None:
        return "", 1.0
    factor, counted = unscaled(unit, book)
    if kind in COUNTED:
        return COUNTED[0], factor
    if kind == "percent":
        return kind, float(book.settings["indicators"]["parts"].get(unit.lower(), 1.0))
    return " ".join(counted.lower().split()), factor


@lru_cache(maxsize=4096)
def unscaled(unit: str, book: Rulebook) -> tuple[float, str]:
    """What the words of scale that lead a unit stand for, and the unit without them: of "triệu đồng" 1e6 and "đồng".
    A scale without a unit behind it stays, as the unit."""
    words = unit.split()
    scales = {row["surface"]: float(row["value"]) for row in book.tables["scales"]}
    for length in range(min(2, len(words) - 1), 0, -1):
        factor = scales.get(" ".join(words[:length]).lower())
        if factor is not None:
            return factor, " ".join(words[length:])
    return 1.0, unit


def bounds(target: Row, book: Rulebook) -> tuple[float, float]:
    """The lower and upper number of a target, equal where it has one, in what its unit counts."""
    factor = scale(target["unit"], book)[1]
    return target["low"] * factor, (target["low"] if target["high"] is None else target["high"]) * factor


def differences(one: Definition, other: Definition) -> Iterator[str]:
    """What keeps `one` from being compared with `other`, a short English phrase each."""
    if one.measure != other.measure:
        yield f"{one.measure} against {other.measure}"
    if one.base != other.base:
        yield f"another denominator: {one.base or 'no unit'} against {other.base or 'no unit'}"
    elif one.yearly != other.yearly:
        yield "a yearly mean against the whole period" if one.yearly else "the whole period against a yearly mean"
    elif one.per != other.per:
        yield f"another denominator: per {one.per or 'nothing'} against per {other.per or 'nothing'}"
    if one.since and other.since and one.since != other.since:
        yield f"another base year: {one.since} against {other.since}"
    more = set(one.population) ^ set(other.population)
    if more:
        names = (f"{'+' if pair in one.population else '-'}{pair[1]}" for pair in sorted(more))
        yield f"another population: {' '.join(names)}"


def direction(rows: Iterable[Row]) -> str | None:
    """Which way an indicator is to go by what its targets themselves say; None where they say nothing or disagree.

    "At least", an increase, and values that grow from one year to a later one of the same document say up; "at most",
    a decrease, and values that fall say down.
    """
    votes: set[str] = set()
    series: dict[tuple[Any, ...], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row["measure"] == RANK:
            continue
        if row["comparator"] in AT_LEAST and row["change"] != "decrease":
            votes.add(UP)
        elif row["comparator"] in AT_MOST and row["change"] != "increase":
            votes.add(DOWN)
        if row["change"] in ("increase", "decrease"):
            votes.add(UP if row["change"] == "increase" else DOWN)
        if row["measure"] == LEVEL and row["period_to"]:
            series[row["document_id"], row["place"], row["definition"]][str(row["period_to"])[:4]] = row["low"]
    for values in series.values():
        ordered = [value for _, value in sorted(values.items())]
        if len(ordered) > 1 and ordered[0] != ordered[-1]:
            votes.add(UP if ordered[-1] > ordered[0] else DOWN)
    return votes.pop() if len(votes) == 1 else None


def verdict(one: Row, other: Row, better: str | None, book: Rulebook) -> str | None:
    """Whether `one` asks for more than `other` does: STRICTER, EQUAL, WEAKER, or UNDECIDABLE where their bounds do not
    tell; None for an indicator of unknown direction.

    "60%" and "at least 60%" are equal where more is better; ranges compare by their bounds.  A decrease of what is to
    go down asks for more the larger it is, and so does a rank the smaller it is.
    """
    if better not in (UP, DOWN):
        return None
    if {one["change"], other["change"]} == {"increase", "decrease"} and one["measure"] == CHANGE:
        return UNDECIDABLE
    upward = better == UP
    if one["measure"] == RANK:
        upward = False
    elif one["measure"] == CHANGE:
        growing = (one["change"] or other["change"] or "increase") != "decrease"
        upward = growing == upward
    mine, others = _bounds(one, upward, book), _bounds(other, upward, book)
    if mine is None or others is None:
        return EQUAL if _same(one, other, book) else UNDECIDABLE
    if mine == others:
        return EQUAL
    pairs = list(zip(mine, others, strict=True))
    if all(a >= b for a, b in pairs):
        return STRICTER
    return WEAKER if all(a <= b for a, b in pairs) else UNDECIDABLE


def _bounds(row: Row, upward: bool, book: Rulebook) -> tuple[tuple[float, int], tuple[float, int]] | None:
    """Lower and upper bound, larger ones asking for more; None for a bound from the wrong side."""
    if row["comparator"] in (AT_MOST if upward else AT_LEAST):
        return None
    beyond = int(row["comparator"] in ("gt", "lt"))
    first, last = sorted(round(each if upward else -each, 9) for each in bounds(row, book))
    return (first, beyond), (last, beyond)


def _same(one: Row, other: Row, book: Rulebook) -> bool:
    def told(row: Row) -> tuple[Any, ...]:
        factor = scale(row["unit"], book)[1]
        return row["comparator"], row["low"] * factor, row["high"] and row["high"] * factor

    return told(one) == told(other)
