"""Two stored documents target by target: what the second raises, lowers, drops, sets anew, or moves to another year.

Targets are those that a document sets itself, each once.  They are paired, whatever the order in which they stand,

    1. where they are of one indicator, for the same year, and then for the nearest one
    2. where their words are alike, as far as alignment goes by words

and only where they are of one place, or each of its own document's.  Reasons are in English, as those of lower floors;
messages.toml knows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .alignment import acts_on
from .definitions import CHANGE, EQUAL, Definition, bounds, definition, differences, verdict
from .indicators import LEAST, Subject, Wording, Wordings, doubt, subject
from .programmes import programmes
from .rulebook import Rulebook
from .store import Store

Row = Mapping[str, Any]

RAISED, LOWERED, DROPPED, NEW = "raised", "lowered", "dropped", "new"
POSTPONED, FORWARD, SAME, CHANGED = "postponed", "brought forward", "same", "changed"
WHAT = (RAISED, LOWERED, POSTPONED, FORWARD, CHANGED, NEW, DROPPED, SAME)
BY_INDICATOR, BY_WORDS = "indicator", "words"
# What `why` may hold, besides what `definitions.differences` tells.
LEFT = "left as it is by an amendment"
TOTAL = "the total of another place"
TURNED = "an increase against a decrease"
NARROWER, WIDER, BOUND = "a narrower range", "a wider range", "another kind of bound"
NO_YEAR = "only one of them has a year"
OF_TARGET = (
    *(
        "id",
        "indicator_id",
        "low",
        "high",
        "comparator",
        "unit",
        "per",
        "change",
        "measure",
        "period_from",
        "period_to",
    ),
    *("place", "block_path", "page", "citation", "quote"),
)
OF_DOCUMENT = ("id", "kind", "number", "title", "issuer", "issued_on", "effective_on", "period_from", "period_to")


@dataclass(frozen=True, slots=True)
class Side:
    """A document as a whole.

    document   its row of v_documents
    programme  what its programme is called; None where it carries out none
    targets    how many it sets itself
    """

    document: Row
    programme: str | None
    targets: int


@dataclass(frozen=True, slots=True)
class Line:
    """A target of the old document, of the new one, or both: rows of v_targets.

    what      one of WHAT, by the size of the numbers
    why       what there is to say of a value that is neither more nor less, or that has no counterpart
    verdict   one of definitions.VERDICTS for the new value, whatever the years; None where the indicator's direction is
              not known, or definitions differ
    paired    BY_INDICATOR or BY_WORDS; None for a target alone
    likeness  of the words, 0 to 1, where paired by them
    name      what the indicator is called
    """

    what: str
    name: str
    old: Row | None = None
    new: Row | None = None
    why: tuple[str, ...] = ()
    verdict: str | None = None
    paired: str | None = None
    likeness: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Two documents, `relations` that the new one says it has to the old one, and the lines in the order of the new
    one's text; what it drops stands behind what stood before it in the old one."""

    old: Side
    new: Side
    relations: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines there are of each kind, in the order of WHAT, without those of which there are none."""
        found = Counter(line.what for line in self.lines)
        return {what: found[what] for what in WHAT if found[what]}

    def as_dict(self) -> dict[str, Any]:
        """As JSON; see docs/graph.md."""
        return {
            "old": _side_as_dict(self.old),
            "new": _side_as_dict(self.new),
            "relations": list(self.relations),
            "counts": self.counts,
            "lines": [_line_as_dict(line) for line in self.lines],
        }


def _side_as_dict(side: Side) -> dict[str, Any]:
    facts = {name: side.document[name] for name in OF_DOCUMENT}
    return facts | {"programme": side.programme, "targets": side.targets, "commitments": side.document["commitments"]}


def _line_as_dict(line: Line) -> dict[str, Any]:
    rows = {"old": line.old, "new": line.new}
    return {
        **{name: getattr(line, name) for name in ("what", "verdict", "paired", "likeness", "name")},
        "why": list(line.why),
        **{side: row and {name: row[name] for name in OF_TARGET} for side, row in rows.items()},
    }


def difference(store: Store, old_id: str, new_id: str, book: Rulebook) -> Difference:
    """What the second stored document makes of the targets of the first."""
    old, new = (_targets(store, each, book) for each in (old_id, new_id))
    sides = [_side(store, each, len(goals), book) for each, goals in ((old_id, old), (new_id, new))]
    known = {row["id"]: row for row in store.rows("SELECT id, name, better FROM indicators")}
    pairs = list(_pairs(old, new, book))
    lines: dict[int, Line] = {}  # by the place of the new target
    after: dict[int, int] = {}  # where each old target went
    for one, other, paired, likeness in pairs:
        lines[other] = _compared(old[one], new[other], paired, likeness, known, book)
        after[one] = other
    for number, goal in enumerate(new):
        lines.setdefault(number, Line(NEW, _name(goal, known), new=goal.row))
    partial = _only_amends(store, old_id, new_id, book)
    behind: dict[int, list[Line]] = {}  # what has no counterpart, by the place of the new target that it stands behind
    last = -1
    for number, goal in enumerate(old):
        if number in after:
            last = after[number]
        else:
            stays = partial and goal.row["superseded_by"] != new_id
            line = Line(SAME if stays else DROPPED, _name(goal, known), old=goal.row, why=(LEFT,) if stays else ())
            behind.setdefault(last, []).append(line)
    ordered = behind.get(-1, [])
    for at in range(len(new)):
        ordered += [lines[at], *behind.get(at, ())]
    return Difference(sides[0], sides[1], _relations(store, old_id, new_id, book), tuple(ordered))


# --- what is read ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Goal:
    """A target as it is compared: its row, whether it is for its document's own place, what it is about, how it defines
    what it measures, and its bounds in units of one."""

    row: Row
    own: bool
    subject: Subject
    definition: Definition
    low: float
    high: float

    @property
    def year(self) -> int | None:
        return int(self.row["period_to"][:4]) if (self.row["period_to"] or "")[:4].isdigit() else None


def _targets(store: Store, document_id: str, book: Rulebook) -> list[_Goal]:
    rows = store.rows(
        "SELECT v.*, d.province AS own_place, d.programme_id FROM targets t JOIN v_targets v ON v.id = t.id"
        " JOIN documents d ON d.id = t.document_id"
        " WHERE t.document_id = ? AND t.holder = 'own' AND t.same_as IS NULL ORDER BY t.start, t.value_start, t.id",
        document_id,
    )
    return [_goal(row, book) for row in rows]


def _goal(row: Row, book: Rulebook) -> _Goal:
    said = subject(row["indicator"], row["scope"], row["unit"], book, row["programme_id"])
    stored = row["definition"]  # none where the database was not aligned
    low, high = bounds(row, book)
    own = row["place"] in (None, row["own_place"], book.settings["targets"]["nation"])
    return _Goal(
        row,
        own,
        said,
        Definition.from_json(stored) if stored else definition(row, said, book),
        round(low, 9),
        round(high, 9),
    )


def _side(store: Store, document_id: str, targets: int, book: Rulebook) -> Side:
    (document,) = store.rows("SELECT * FROM v_documents WHERE id = ?", document_id)
    programme = document["programme_id"]
    if programme in programmes(book):
        return Side(document, programmes(book)[programme].name, targets)
    named = store.rows(
        "SELECT citation AS name FROM v_documents WHERE id = :id UNION ALL"
        " SELECT max(kind || ' ' || number) FROM legal_refs WHERE cited_id = :id AND kind || number IS NOT NULL",
        id=programme,
    )
    name = next((row["name"] for row in named if row["name"]), programme)
    return Side(document, name, targets)


def _relations(store: Store, old_id: str, new_id: str, book: Rulebook) -> tuple[str, ...]:
    rows = store.rows(
        "SELECT DISTINCT relation FROM legal_refs WHERE document_id = ? AND cited_document_id = ?"
        " AND relation_subject IS NULL",
        *(new_id, old_id),
    )
    told = {row["relation"] for row in rows}
    return tuple(relation for relation in book.words("graph.shown") if relation in told)


def _only_amends(store: Store, old_id: str, new_id: str, book: Rulebook) -> bool:
    """Whether the new document changes the old one, which stays in force for the rest."""
    acts = [act for act in acts_on(store, old_id, book) if act["by"] == new_id]
    ended = any(act["relation"] in book.words("graph.ends") and not act["pinpoint"] for act in acts)
    return bool(acts) and not ended


# --- which belong together ------------------------------------------------------------------------------------------


def _pairs(old: Sequence[_Goal], new: Sequence[_Goal], book: Rulebook) -> Iterator[tuple[int, int, str, float | None]]:
    """(place of the old, place of the new, how paired, likeness): the best first, no target twice."""
    found: list[tuple[tuple[Any, ...], int, int]] = []
    at: dict[str, list[int]] = {}
    for number, goal in enumerate(old):
        at.setdefault(goal.row["indicator_id"], []).append(number)
    for other, goal in enumerate(new):
        for one in at.get(goal.row["indicator_id"], ()) if goal.row["indicator_id"] else ():
            if _one_place(old[one], goal):
                apart = len(list(differences(goal.definition, old[one].definition)))
                elsewhere = old[one].row["place"] != goal.row["place"]
                found.append(((elsewhere, _years_apart(old[one], goal), apart), one, other))
    taken_old, taken_new = set[int](), set[int]()
    for _, one, other in sorted(found):
        if one not in taken_old and other not in taken_new:
            taken_old.add(one)
            taken_new.add(other)
            yield one, other, BY_INDICATOR, None
    for likeness, one, other in _alike(old, new, taken_old, taken_new, book):
        if one not in taken_old and other not in taken_new:
            taken_old.add(one)
            taken_new.add(other)
            yield one, other, BY_WORDS, round(likeness, 3)


def _alike(
    old: Sequence[_Goal], new: Sequence[_Goal], taken_old: set[int], taken_new: set[int], book: Rulebook
) -> list[tuple[float, int, int]]:
    """(likeness, place of the old, place of the new) of targets not taken, the likest first."""
    wordings = Wordings()
    for number, goal in enumerate(old):
        wordings.add(Wording(str(number), goal.subject))
    found = []
    for other, goal in enumerate(new):
        for likeness, wording in wordings.near(goal.subject, len(old)) if other not in taken_new else ():
            one = int(wording.indicator_id)
            likeness -= doubt(goal.subject, wording.subject, book)
            open_ = one not in taken_old and _one_place(old[one], goal)
            if open_ and likeness >= LEAST and _countable(goal.definition) == _countable(old[one].definition):
                found.append((likeness, one, other))
    return sorted(found, key=lambda each: (-each[0], _years_apart(old[each[1]], new[each[2]]), each[1:]))


def _countable(defined: Definition) -> tuple[Any, ...]:
    """What must be equal for words alone to pair two values."""
    return defined.measure, defined.base, defined.per


def _one_place(one: _Goal, other: _Goal) -> bool:
    """Whether two targets are of one place, or each of its own document's: a province's and the nation's."""
    return one.row["place"] == other.row["place"] or (one.own and other.own)


def _years_apart(one: _Goal, other: _Goal) -> int:
    if one.year is None or other.year is None:
        return 0 if one.year == other.year else 100
    return abs(one.year - other.year)


# --- what has become of them ----------------------------------------------------------------------------------------


def _compared(
    old: _Goal, new: _Goal, paired: str, likeness: float | None, known: Mapping[str, Row], book: Rulebook
) -> Line:
    reasons = list(differences(new.definition, old.definition))
    if old.row["place"] != new.row["place"] and old.own and new.own and new.definition.total:
        reasons.append(TOTAL)
    better = known.get(new.row["indicator_id"] or old.row["indicator_id"], {}).get("better")
    ranked = None if reasons else verdict(new.row, old.row, better, book)
    what, why = (CHANGED, reasons) if reasons else _what(old, new, ranked)
    return Line(what, _name(new, known), old.row, new.row, tuple(why), ranked, paired, likeness)


def _what(old: _Goal, new: _Goal, ranked: str | None) -> tuple[str, Sequence[str]]:
    """What has become of a value, and why it is neither more nor less."""
    if {old.row["change"], new.row["change"]} == {"increase", "decrease"} and new.row["measure"] == CHANGE:
        return CHANGED, [TURNED]
    if (old.low, old.high) != (new.low, new.high):
        if new.low >= old.low and new.high >= old.high:
            return RAISED, ()
        if new.low <= old.low and new.high <= old.high:
            return LOWERED, ()
        return CHANGED, [NARROWER if new.low > old.low else WIDER]
    if old.row["comparator"] != new.row["comparator"] and ranked != EQUAL:
        return CHANGED, [BOUND]
    if old.year == new.year:
        return SAME, ()
    if old.year is None or new.year is None:
        return CHANGED, [NO_YEAR]
    return (POSTPONED if new.year > old.year else FORWARD), ()


def _name(goal: _Goal, known: Mapping[str, Row]) -> str:
    """What the target's own text calls the indicator, behind the place where that is not its document's; where it does
    not say, what others call it."""
    row = goal.row
    named = known.get(row["indicator_id"] or "", {}).get("name")
    parts = [None if goal.own else row["place"], row["scope"], row["indicator"] or (None if row["scope"] else named)]
    return " › ".join(part for part in parts if part) or row["quote"]
