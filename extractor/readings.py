"""A quantity mention and what stands before it in its clause -> its Reading: bounds, comparator, unit, per, change."""

from __future__ import annotations

from dataclasses import dataclass

from .clauses import WORD
from .mentions import Mention, finder
from .rulebook import Rulebook
from .scan import Unit
from .structure import Span
from .text import Shade

NEAR = 28  # characters between a verb of change and the value it governs
OPENING = 14  # a verb this near to the beginning opens its clause
VERB_REACH = 130
PAIR_REACH = 40  # characters between the two numbers of a change


@dataclass(frozen=True, slots=True)
class Reading:
    """What a quantity says, as the contract names it."""

    low: float
    high: float | None
    comparator: str
    unit: str | None
    per: str | None
    change: str | None
    measure: str
    baseline: str | None = None  # what it is held against, where that is no time


def hints(shaded: Shade, unit: Unit, book: Rulebook) -> list[Mention]:
    """The words of a unit that say how its values are to be read."""
    return finder(book, "readings").find(shaded, unit.start, unit.end)


def reading(
    shaded: Shade, unit: Unit, mention: Mention, clause: Span, hinted: list[Mention],
    previous: tuple[Mention, Reading] | None, book: Rulebook,
) -> Reading:  # fmt: skip
    """The Reading of a quantity in its clause; `previous` is the quantity before it in the unit."""
    before = [h for h in hinted if clause[0] <= h.start and h.end <= mention.start]
    name = unit_name(shaded, mention)
    against = next((str(h.get("baseline")) for h in hinted if h.get("baseline") and _within(h, clause)), None)
    times = any(t.get("kind") == "baseline" and _compares(t, unit, mention, clause) for t in unit.times)
    change, measure = _change(shaded, unit, mention, clause, before, name, times, against is not None, book)
    return Reading(
        low=mention.get("low"),
        high=mention.get("high"),
        comparator=_comparator(shaded, mention, clause, before, previous, book),
        unit=name,
        per=_per(shaded, unit, mention, before, measure, book),
        change=change,
        measure=measure,
        baseline=against,
    )


def unit_name(shaded: Shade, mention: Mention) -> str | None:
    """The unit as written, with a scale word before it; that of a fixed rule where none is written."""
    if "unit" not in mention.spans:
        fixed = mention.get("unit")
        return None if fixed is None else str(fixed)
    start = mention.spans["scale" if "scale" in mention.spans else "unit"][0]
    return " ".join(shaded.text[start : mention.spans["unit"][1]].split())


def is_baseline(shaded: Shade, mention: Mention, following: Mention, book: Rulebook) -> bool:
    """The first number of a pair: "giảm từ 10 ngày xuống còn 9 ngày", "từ 7 triệu năm 2005 lên 14 triệu"."""
    opens = str(book.settings["targets"]["pair_opens"])
    turns = book.words("targets.pair_turns")
    verb_end = mention.spans["change"][1] if "change" in mention.spans else 0
    begun = shaded.lower.endswith(f"{opens} ", 0, mention.start) or shaded.lower.endswith(opens, 0, verb_end)
    between = shaded.lower[mention.end : following.start]
    turned = between.strip().endswith(turns) or shaded.lower.startswith(turns, following.start, following.end)
    return begun and turned and len(between) <= PAIR_REACH


def _within(hint: Mention, span: Span) -> bool:
    return span[0] <= hint.start and hint.end <= span[1]


def _compares(time: Mention, unit: Unit, mention: Mention, clause: Span) -> bool:
    """Whether a time with which something is compared stands from the clause of a value to the end of its sentence."""
    return clause[0] <= time.start < unit.sentence(mention.start)[1]


def _comparator(
    shaded: Shade, mention: Mention, clause: Span, before: list[Mention], previous: tuple[Mention, Reading] | None,
    book: Rulebook,
) -> str:  # fmt: skip
    """The comparator written at the value; else one written once for a list, or before the colon of the value."""
    if mention.get("high") is not None:
        return "range"
    written = mention.get("post") or mention.get("op")
    if written:
        return str(written)
    if previous is not None and previous[0].get("op") and previous[1].comparator not in ("eq", "range"):
        between = shaded.lower[previous[0].end : mention.start]
        words = shaded.lower[max(clause[0], previous[0].end) : mention.start].split()
        listed = not words or words == [book.settings["targets"]["and"]]
        shares = "%" in shaded.lower[mention.start : mention.end]
        if listed and not shares and not any(mark in between for mark in ";.:"):
            return previous[1].comparator
    bounds = [h for h in before if h.get("bound") and "(" not in shaded.lower[h.end : mention.start]]
    return str(bounds[-1].get("bound")) if bounds else "eq"


def _change(
    shaded: Shade, unit: Unit, mention: Mention, clause: Span, before: list[Mention], name: str | None,
    dated: bool, against: bool, book: Rulebook,
) -> tuple[str | None, str]:  # fmt: skip
    """(change, measure): the verb's direction, and whether the number is a change, a level or a rank."""
    if mention.get("rank"):
        return None, "rank"
    lower, verbs = shaded.lower, book.fragments["change"].rows
    words = lower[clause[0] : mention.start]
    rate_heads = book.words("targets.rate_heads")
    growth = any(growing in words for growing in book.words("targets.growth_names"))
    if "change" in mention.spans:
        at, to = mention.spans["change"]
        if words.rstrip().endswith(rate_heads):
            return None, "change"
        return verbs[lower[at:to]]["value"], verbs[lower[at:to]]["measure"]
    verb = _verb(shaded, unit, mention, clause, before)
    if verb is None:
        multiple = (dated or against) and name in book.words("targets.multiples")
        return None, "change" if growth or multiple else "level"
    row = verbs[lower[verb.start : verb.end]]
    between = lower[verb.end : mention.start].strip()
    if lower[clause[0] : verb.start].rstrip().endswith(rate_heads) or (
        growth and row["value"] == "increase" and name == "%"
    ):
        return None, "change"
    level = between.endswith(book.words("targets.level_words")) or row["measure"] == "level"
    if name == "%" and (against or (dated and not level)):
        return row["value"], "change"
    bare = between == "" or between in book.fragments["comparator"].rows
    if bare or between.endswith(book.words("targets.averages")):
        return row["value"], row["measure"]
    return row["value"], "change" if mention.get("per") and level and row["measure"] == "change" else "level"


def _verb(shaded: Shade, unit: Unit, mention: Mention, clause: Span, before: list[Mention]) -> Mention | None:
    """The last verb of change that opens the clause, times apart, or stands near the value."""
    for verb in reversed(before):
        if not verb.get("change") or mention.start - verb.start > VERB_REACH:
            continue
        begin = max((t.end for t in unit.times if clause[0] <= t.start and t.end <= verb.start), default=clause[0])
        opens = verb.start - begin < OPENING or not WORD.search(shaded.lower, begin, verb.start)
        if opens or mention.start - verb.end <= NEAR:
            return verb
    return None


def _per(
    shaded: Shade, unit: Unit, mention: Mention, before: list[Mention], measure: str, book: Rulebook
) -> str | None:  # fmt: skip
    """What the value is counted by: written at it, "mỗi …" before it, or a yearly recurrence that governs it."""
    if mention.get("per"):
        return str(mention.get("per")).strip()
    yearly = str(book.settings["targets"]["rate_per"])
    behind = next((t for t in unit.times if t.start >= mention.end and t.get("kind") == "recurring"), None)
    if behind is not None and yearly in shaded.lower[behind.start : behind.end]:
        if not shaded.lower[mention.end : behind.start].strip():
            return yearly
    each = [h for h in before if h.get("per")]
    if each and each[-1].get("per") != yearly:
        return str(each[-1].get("per")).replace(str(book.settings["targets"]["each"]), "").strip(" ,")
    for time in reversed([t for t in unit.times if t.end <= mention.start]):
        if time.get("kind") == "recurring" and yearly in shaded.lower[time.start : time.end]:
            same = unit.sentence(time.start) == unit.sentence(mention.start)
            return yearly if same or measure == "change" else None
        if time.get("kind") in ("due", "period") and not time.get("anaphor"):
            return None
    return None
