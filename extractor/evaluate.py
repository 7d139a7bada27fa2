"""Gold against found: precision, recall and F1 by class, and each field on what was found.

Entries are compared on the gold text without its white space; a found text that cleaning has changed is aligned with it
first.  One gold entry matches at most one found entry, those that overlap most first.  Found is

    targets      the same numbers, and value quotes that overlap by IoU >= 0.1;
                 complete: comparator, unit, per, measure and `to` right too
    quantities   the same, of the roles that the gold file has
    deadlines    an overlap by IoU >= 0.5 and the same `to`, where that is null the same kind
    legal_refs   an overlap by IoU >= 0.5 and the same number, where that is null the same kind
    agencies, commitments   an overlap by IoU >= 0.5

and `exact` where it stands in the very same place besides.  A scale word is multiplied out before numbers and units are
compared (6,200 triệu đồng = 6.2 tỷ đồng).  Fields marked `only_set` are scored only where gold or found sets them, so
that always saying null earns nothing; phrases are scored by the F1 of their words.
"""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from . import gold as golds
from .errors import UnreadableFile
from .gold import QUOTE, Gold, Place, Squashed, squash
from .pipeline import extract
from .rulebook import Rulebook

Row = Mapping[str, Any]

OVERLAP = 0.5  # IoU from which two places are the same mention
TOUCH = 0.1  # of values, whose numbers are compared besides
COMPLETE = ("comparator", "unit", "per", "measure", "to")
WEAK = 0.6  # word F1 of a phrase below which it is told as wrong
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Entry:
    """A gold or found entry: its row, its place in the squashed gold text (None: nowhere), and its numbers and the
    words of its unit with a scale word multiplied out."""

    row: Row
    place: Place | None
    numbers: tuple[Any, Any]
    unit: tuple[str, ...]

    def get(self, key: str) -> Any:
        return self.row.get(key)


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one class, which add up over documents; the measures are 0 where there is nothing to count.

    fields   field -> (sum of scores, how many were scored)
    """

    gold: int = 0
    predicted: int = 0
    found: int = 0
    exact: int = 0
    complete: int = 0
    fields: Mapping[str, tuple[float, int]] = field(default_factory=dict)

    def __add__(self, other: Score) -> Score:
        names = dict.fromkeys((*self.fields, *other.fields))
        none = (0.0, 0)
        return Score(
            self.gold + other.gold,
            self.predicted + other.predicted,
            self.found + other.found,
            self.exact + other.exact,
            self.complete + other.complete,
            {n: _sum(self.fields.get(n, none), other.fields.get(n, none)) for n in names},
        )

    @property
    def precision(self) -> float:
        return self.found / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.found / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        return self._f1(self.found)

    @property
    def exact_f1(self) -> float:
        return self._f1(self.exact)

    @property
    def complete_f1(self) -> float:
        return self._f1(self.complete)

    def _f1(self, right: int) -> float:
        return 2 * right / (self.predicted + self.gold) if self.predicted + self.gold else 0.0

    def as_dict(self, name: str) -> dict[str, Any]:
        """For JSON, with the keys of the measures; `name` is the class."""
        out: dict[str, Any] = {key: getattr(self, key) for key in ("gold", "predicted", "precision", "recall", "f1")}
        out["exact_f1"] = self.exact_f1
        if name == "targets":
            out["complete_f1"] = self.complete_f1
        out["on_found"] = {key: total / count if count else None for key, (total, count) in self.fields.items()}
        out["support"] = {key: count for key, (_, count) in self.fields.items()}
        return out


@dataclass(frozen=True, slots=True)
class Pair:
    """What belongs together: a gold entry and the found one; one of them None for a miss or a spurious find.

    wrong   fields that differ, of a pair
    """

    table: str
    gold: Entry | None
    found: Entry | None
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """Gold against found in one document, or in several added up.

    kind      kind of document as the gold file says
    missing   documents without anything found, because they could not be read
    offsets   found records whose text[start:end] is not their quote: any is a defect
    header    (fields of the header that agree, fields that gold or found sets)
    """

    name: str
    kind: str | None
    scores: Mapping[str, Score]
    documents: int = 1
    missing: int = 0
    offsets: int = 0
    header: tuple[int, int] = (0, 0)
    pairs: tuple[Pair, ...] = ()
    wrong_header: tuple[str, ...] = ()

    @property
    def header_share(self) -> float:
        return self.header[0] / self.header[1] if self.header[1] else 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON: the figures, without the pairs."""
        figures = {"documents": self.documents, "missing": self.missing, "offsets": self.offsets}
        header = {"header": self.header_share if self.header[1] else None}
        return {**figures, **header, **{name: score.as_dict(name) for name, score in self.scores.items()}}


def evaluate(gold: Gold, found: Row, book: Rulebook) -> Result:
    """Compare what was found in the text of a gold file, as the contract's JSON object; {} if nothing could be.

    Raises UnreadableFile for a gold entry that does not stand in its text.
    """
    scale = Scale(book)
    hay = Squashed(gold.text)
    text = found.get("text")
    alignment = Alignment(text if isinstance(text, str) else gold.text, hay)
    scores, pairs = {}, []
    for name, rows in gold.entries.items():
        wanted = [scale.entry(row, _gold_place(gold, row, name, hay)) for row in rows]
        have = [scale.entry(row, alignment.place(row, name)) for row in _comparable(name, rows, found)]
        scores[name], of_class = _score(name, wanted, have)
        pairs += of_class
    right, total, wrong = _header(gold.document, found.get("document", {}))
    return Result(
        name=gold.name,
        kind=gold.document.get("kind"),
        scores=scores,
        missing=int(not found),
        offsets=_off_their_place(found),
        header=(right, total),
        pairs=tuple(pairs),
        wrong_header=wrong,
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """A gold document, what was found in it ({} if it could not be read), and how they compare."""

    gold: Gold
    found: Row
    result: Result


def measure(path: Path, book: Rulebook, outputs: Path | None = None) -> Iterator[Measured]:
    """Evaluate each gold file of a folder, or one gold file.

    outputs   folder of NAME.json in the contract's form; None: the texts are read with `book`

    Raises UnreadableFile for gold that is missing or wrong; a text that cannot be read counts as nothing found.
    """
    for file in golds.find(path):
        gold = golds.read(file)
        found = _read(gold, book) if outputs is None else stored(outputs / f"{gold.name}.json")
        yield Measured(gold, found, evaluate(gold, found, book))


def _read(gold: Gold, book: Rulebook) -> Row:
    try:
        return extract(gold.source, book=book).to_dict()
    except UnreadableFile:
        return {}


def total(results: Sequence[Result], name: str = "") -> Result:
    """Results of several documents added up, under a name; pairs are left out."""
    return Result(
        name,
        None,
        {
            table: sum((result.scores[table] for result in results if table in result.scores), Score())
            for table in QUOTE
            if any(table in result.scores for result in results)
        },
        documents=sum(result.documents for result in results),
        missing=sum(result.missing for result in results),
        offsets=sum(result.offsets for result in results),
        header=(sum(result.header[0] for result in results), sum(result.header[1] for result in results)),
    )


def by_kind(results: Sequence[Result]) -> list[Result]:
    """The results added up by kind of document, the kind with most documents first."""
    kinds: dict[str, list[Result]] = {}
    for result in results:
        kinds.setdefault(result.kind or "", []).append(result)
    return [total(some, kind) for kind, some in sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0]))]


def stored(path: Path) -> Row:
    """What another run has found in a document, from a file of the contract's JSON; {} where it is missing or no such
    object, so that a crash costs recall."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    lists = {name: [row for row in _list(found.get(name)) if isinstance(row, dict)] for name in QUOTE}
    document = found.get("document")
    return {**found, **lists, "document": document if isinstance(document, dict) else {}}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


# --- places -------------------------------------------------------------------------------------------------------


class Alignment:
    """Places of a found text on the squashed gold text."""

    def __init__(self, own: str, hay: Squashed) -> None:
        self.hay = hay
        self.index = [0, *accumulate(map(golds.counts, own))]
        squashed = squash(own)
        if squashed == hay.text or self.index[-1] != len(squashed):
            self.blocks = [(0, 0, len(hay.text))]
        else:
            matcher = difflib.SequenceMatcher(None, squashed, hay.text, autojunk=False)
            self.blocks = [(block.a, block.b, block.size) for block in matcher.get_matching_blocks()]
        self.starts = [start for start, _, _ in self.blocks]

    def place(self, row: Row, name: str) -> Place | None:
        """Where a found record stands: the occurrence of its quote nearest to its own place, else that place."""
        quote, start = row.get(QUOTE[name]), row.get("value_start" if name == "targets" else "start")
        needle = squash(quote) if isinstance(quote, str) else ""
        if not needle:
            return None
        begin = self.index[start] if isinstance(start, int) and 0 <= start < len(self.index) else None
        at = None if begin is None else self._mapped(begin)
        if where := self.hay.places(needle):
            return min(where, key=lambda spot: abs(spot[0] - at)) if at is not None else where[0]
        if begin is None or at is None:
            return None
        end = self._mapped(min(begin + len(needle), self.index[-1]))
        return (at, end) if end > at else None

    def _mapped(self, at: int) -> int:
        number = bisect_right(self.starts, at) - 1
        own, there, size = self.blocks[number] if number >= 0 else (0, 0, 0)
        return there + min(at - own, size)


def _gold_place(gold: Gold, row: Row, name: str, hay: Squashed) -> Place:
    spot = golds.place(row, name, hay)
    if spot is None:
        raise UnreadableFile(
            str(gold.path), f"{name}: {row.get(QUOTE[name])!r}, nth {row.get('nth') or 1}, does not stand in the text"
        )
    return spot


def _off_their_place(found: Row) -> int:
    text, off = found.get("text"), 0
    for name in golds.ALWAYS:
        for row in found.get(name, ()):
            for quote, start, end in (("quote", "start", "end"), ("value_quote", "value_start", "value_end")):
                if quote in row and (
                    not isinstance(text, str)
                    or not isinstance(row.get(start), int)
                    or not isinstance(row.get(end), int)
                    or text[row[start] : row.get(end)] != row[quote]
                ):
                    off += 1
    return off


def _iou(a: Place | None, b: Place | None) -> float:
    if a is None or b is None:
        return 0.0
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return shared / (max(a[1], b[1]) - min(a[0], b[0])) if shared > 0 else 0.0


# --- values -------------------------------------------------------------------------------------------------------


class Scale:
    """Scale words of the rules ("triệu"), multiplied out of units."""

    def __init__(self, book: Rulebook) -> None:
        words = sorted(book.tables["scales"], key=lambda row: -len(row["surface"]))
        self.factors = {row["surface"]: float(row["value"]) for row in words}
        self.word = re.compile(rf"({'|'.join(map(re.escape, self.factors))})\b", re.IGNORECASE)

    def entry(self, row: Row, place: Place | None) -> Entry:
        low, high, unit = row.get("low"), row.get("high"), unicodedata.normalize("NFC", str(row.get("unit") or ""))
        unit = unit.strip()
        scaled = self.word.match(unit) if isinstance(low, (int, float)) else None
        factor = self.factors[scaled[1].lower()] if scaled else 1.0
        return Entry(
            row,
            place,
            (_times(low, factor), _times(high, factor)),
            tuple(_words(unit[scaled.end() :] if scaled else unit)),
        )


def _times(value: Any, factor: float) -> Any:
    """A number multiplied, or as it is where that is none or beyond all bounds."""
    try:
        return value * factor if isinstance(value, (int, float)) else value
    except OverflowError:
        return value


def _same_number(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is None and b is None
    try:
        return abs(float(a) - float(b)) <= TOLERANCE * max(1.0, abs(float(a)))
    except (TypeError, ValueError, OverflowError):
        return False


def _same_value(a: Entry, b: Entry) -> bool:
    return all(_same_number(x, y) for x, y in zip(a.numbers, b.numbers, strict=True))


def _words(phrase: Any) -> list[str]:
    return re.findall(r"\w+|%|‰", unicodedata.normalize("NFC", str(phrase or "")).casefold())


def _folded(value: Any) -> str:
    """A string without case, white space, dashes and punctuation."""
    return "" if value is None else re.sub(r"[-–—‑.,;:'\"“”()&]", "", squash(str(value)).casefold())


def _number_key(value: Any) -> str:
    return re.sub(r"[\s.–—‑-]", "", unicodedata.normalize("NFC", str(value or ""))).casefold()


def word_f1(a: Any, b: Any) -> float:
    """F1 of the words of two phrases, each counted as often as it stands there."""
    x, y = _words(a), _words(b)
    if not x or not y:
        return float(x == y)
    rest, common = list(y), 0
    for word in x:
        if word in rest:
            rest.remove(word)
            common += 1
    return 2 * common / (len(x) + len(y))


# --- what is compared ---------------------------------------------------------------------------------------------

Fits = Callable[[Entry, Entry], bool]
Measure = Callable[[Entry, Entry], float | None]


def _exact(key: str, default: str | None = None) -> Measure:
    return lambda g, p: float((g.get(key) or default) == (p.get(key) or default))


def _alike(key: str) -> Measure:
    return lambda g, p: float(_folded(g.get(key)) == _folded(p.get(key)))


def _phrase(key: str) -> Measure:
    return lambda g, p: word_f1(g.get(key), p.get(key))


def _where_gold(key: str, measure: Measure) -> Measure:
    """Scored only where gold says something."""
    return lambda g, p: measure(g, p) if g.get(key) else None


def _unit(g: Entry, p: Entry) -> float:
    """Equal, or one the beginning of the other by whole words."""
    shorter = min(len(g.unit), len(p.unit))
    return float(g.unit == p.unit or (shorter > 0 and g.unit[:shorter] == p.unit[:shorter]))


def _same_subject(g: Entry, p: Entry) -> float:
    return float(_number_key(g.get("relation_subject")) == _number_key(p.get("relation_subject")))


def _same_time(g: Entry, p: Entry) -> bool:
    return bool(g.get("to") == p.get("to") if g.get("to") else g.get("kind") == p.get("kind"))


def _same_document(g: Entry, p: Entry) -> bool:
    if g.get("number"):
        return _number_key(g.get("number")) == _number_key(p.get("number"))
    return _folded(g.get("kind")) == _folded(p.get("kind"))


def _anywhere(g: Entry, p: Entry) -> bool:
    return True


# class -> (least overlap, what must be the same besides)
FITS: dict[str, tuple[float, Fits]] = {
    "targets": (TOUCH, _same_value),
    "commitments": (OVERLAP, _anywhere),
    "quantities": (TOUCH, _same_value),
    "deadlines": (OVERLAP, _same_time),
    "agencies": (OVERLAP, _anywhere),
    "legal_refs": (OVERLAP, _same_document),
}
# class -> field -> (its score, whether it is scored only where it is set)
FIELDS: dict[str, dict[str, tuple[Measure, bool]]] = {
    "targets": {
        "comparator": (_exact("comparator", "eq"), False),
        "unit": (_unit, False),
        "per": (_alike("per"), True),
        "change": (_exact("change"), True),
        "measure": (_exact("measure", "level"), False),
        "to": (_exact("to"), False),
        "from": (_exact("from"), True),
        "baseline": (_alike("baseline"), True),
        "place": (_alike("place"), True),
        "holder": (_exact("holder", "own"), False),
        "indicator": (_phrase("indicator"), False),
        "scope": (_phrase("scope"), True),
    },
    "commitments": {"from": (_exact("from"), True), "to": (_exact("to"), True)},
    "quantities": {
        "role": (_exact("role"), False),
        "comparator": (_exact("comparator", "eq"), False),
        "unit": (_unit, False),
        "to": (_exact("to"), True),
        "indicator": (_phrase("indicator"), True),
    },
    "deadlines": {
        "kind": (_exact("kind"), False),
        "from": (_exact("from"), True),
        "use": (_exact("use"), False),
        "action": (_where_gold("action", _phrase("action")), True),
    },
    "agencies": {"name": (_alike("name"), False), "level": (_exact("level"), False)},
    "legal_refs": {
        "issued_on": (_exact("issued_on"), True),
        "issuer": (_where_gold("issuer", _alike("issuer")), False),
        "pinpoint": (_alike("pinpoint"), True),
        "relation": (_alike("relation"), True),
        "relation_subject": (_same_subject, True),
    },
}


def _comparable(name: str, rows: Sequence[Row], found: Row) -> list[Row]:
    """The found records that gold speaks of: of quantities, those of the roles that it annotates."""
    have = list(found.get(name, ()))
    if name != "quantities":
        return have
    roles = {row.get("role") for row in rows}
    return [row for row in have if row.get("role") in roles]


def _score(name: str, wanted: Sequence[Entry], have: Sequence[Entry]) -> tuple[Score, list[Pair]]:
    """The score of a class, and all of its entries in pairs, in the order of the gold file; spurious ones last."""
    matched = _matched(name, wanted, have)
    sums: dict[str, tuple[float, int]] = dict.fromkeys(FIELDS[name], (0.0, 0))
    complete = exact = 0
    pairs: dict[int, Pair] = {}
    for i, j in matched.items():
        g, p = wanted[i], have[j]
        values = {key: measure(g, p) for key, (measure, _) in FIELDS[name].items()}
        for key, value in values.items():
            only_set = FIELDS[name][key][1]
            if value is not None and (not only_set or _is_set(g, key) or _is_set(p, key)):
                sums[key] = _sum(sums[key], (value, 1))
        exact += g.place == p.place
        complete += name == "targets" and all(values[key] for key in COMPLETE)
        wrong = tuple(key for key, value in values.items() if value is not None and value < WEAK)
        pairs[i] = Pair(name, g, p, wrong)
    taken = set(matched.values())
    listed = [pairs.get(i, Pair(name, g, None)) for i, g in enumerate(wanted)]
    listed += [Pair(name, None, p) for j, p in enumerate(have) if j not in taken]
    return Score(len(wanted), len(have), len(matched), exact, complete, sums), listed


def _matched(name: str, wanted: Sequence[Entry], have: Sequence[Entry]) -> dict[int, int]:
    """Gold index -> found index, one to one, by descending overlap, then in the order of the files."""
    least, fits = FITS[name]
    edges = [
        (-overlap, i, j)
        for i, g in enumerate(wanted)
        for j, p in enumerate(have)
        if (overlap := _iou(g.place, p.place)) >= least and fits(g, p)
    ]
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(edges):
        if i not in matched and j not in taken:
            matched[i] = j
            taken.add(j)
    return matched


def _header(gold: Row, found: Row) -> tuple[int, int, tuple[str, ...]]:
    """(fields that agree, fields that gold or found sets, those that differ)."""
    right = fields = 0
    wrong = []
    for key, want in gold.items():
        have = found.get(key)
        if want is None and have in (None, ""):
            continue
        same = _number_key if key == "number" else _folded
        fields += 1
        if same(want) == same(have):
            right += 1
        else:
            wrong.append(key)
    return right, fields, tuple(wrong)


def _is_set(entry: Entry, key: str) -> bool:
    return entry.get(key) not in (None, "", [])


def _sum(a: tuple[float, int], b: tuple[float, int]) -> tuple[float, int]:
    return a[0] + b[0], a[1] + b[1]
