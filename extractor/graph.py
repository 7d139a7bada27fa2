"""Documents and what they do to each other: carry out, rest on, guide, amend, replace, repeal.

Edges are the citations that have a relation; a cited document that is not stored is a node too.  From them follows what
is in force when: a target from the day its document takes effect until the day on which another one replaces or
repeals that document, repeals or amends the provision in which it stands, or, amending the document, sets it anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

from .rulebook import Rulebook

Row = Mapping[str, Any]

MOST_RANGE = 200  # provisions that a range names at most


@dataclass(frozen=True, slots=True)
class Node:
    """A document, stored or only cited: then all but its id may be unknown, and is what citations say."""

    id: str
    kind: str | None
    number: str | None
    title: str | None
    issuer: str | None
    issued_on: str | None
    effective_on: str | None
    stored: bool

    @property
    def day(self) -> str:
        """What documents are ordered by: the date of issue, or the year that the id tells; "" for neither."""
        return self.issued_on or split_id(self.id)[3]


@dataclass(frozen=True, slots=True)
class Passage:
    """Where a relation is told: in the text of `document`, in its block `path`, by the citation `quote`; `pinpoint` is
    the part of the cited document that it names."""

    document: str
    path: str
    pinpoint: str | None
    quote: str


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` does `relation` to `target`; `passages` say so, in the order in which they were read."""

    source: str
    relation: str
    target: str
    passages: tuple[Passage, ...]

    @property
    def pinpoints(self) -> tuple[str, ...]:
        """The parts of the target that it is done to; none where all of it is meant."""
        return tuple(dict.fromkeys(passage.pinpoint for passage in self.passages if passage.pinpoint))


@dataclass(frozen=True, slots=True)
class Interval:
    """When a target is in force: from a day (None: unknown) until a day (None: still), and what ended it."""

    start: str | None
    end: str | None = None
    by: str | None = None


# --- which stored document a citation means -------------------------------------------------------------------------


def cited_document(
    cited_id: str | None, stored: Mapping[str, str | None], kin: Mapping[str, frozenset[str]]
) -> str | None:
    """The id of the stored document that a citation means; None where none or several fit.

    A citation may lack the year, and names the province as it is on the citing document's day.

    stored  id -> date of issue, of documents of the same number
    kin     place id -> the places it shares ground with
    """
    if not cited_id:
        return None
    if cited_id in stored:
        return cited_id
    where, body, number, year = split_id(cited_id)
    fitting = []
    for each in stored:
        its_where, its_body, its_number, its_year = split_id(each)
        if (its_body, its_number) == (body, number) and (not year or year == its_year):
            if its_where == where or its_where in kin.get(where, frozenset()):
                fitting.append(each)
    return fitting[0] if len(fitting) == 1 else None


def split_id(document_id: str) -> tuple[str, str, str, str]:
    """(place, body, number, year) of a document's id: "VN-45/uy-ban-nhan-dan/96-kh-ubnd:2024"."""
    rest, _, year = document_id.partition(":")
    place, _, rest = rest.partition("/")
    body, _, number = rest.partition("/")
    return place, body, number, year


# --- what is in force -----------------------------------------------------------------------------------------------


def provision(pinpoint: str, book: Rulebook) -> list[str]:
    """The places of a document that a pinpoint names, as paths of blocks: "điểm c khoản 2 Mục II" -> ["II.2.c"]; of a
    list or a range each of them."""
    outer = book.words("graph.outer")
    named = book.words("graph.named")
    depth = {word: at for at, word in enumerate(outer)}
    paths: list[str] = []
    inner: list[tuple[str, list[str]]] = []
    for match in _labels(book).finditer(f"{pinpoint.lower()} "):
        level = match["level"]
        names = [
            each
            for name in regex.split(book.settings["graph"]["between"], match["labels"])
            for each in _range(name, book)
        ]
        if [level] == [each for each, _ in inner]:  # "điểm b và điểm c khoản 2"
            inner[0][1].extend(names)
            continue
        if inner and depth[level] >= depth[inner[-1][0]]:
            paths += _paths(inner, named)
            inner = []
        inner.append((level, names))
    return [*paths, *_paths(inner, named)]


@lru_cache(maxsize=4)
def _labels(book: Rulebook) -> regex.Pattern[str]:
    """A level with its labels: "các điểm đ, e và g"."""
    levels = "|".join(book.words("graph.outer"))
    plural = book.settings["graph"]["plural"]
    between = book.settings["graph"]["between"]
    label = rf"(?!(?:{levels}|{plural})\b)[\p{{L}}\d]{{1,5}}"
    to = book.settings["graph"]["to"]
    one = rf"{label}(?:{to}(?:(?:{levels}) )?{label})?"
    return regex.compile(rf"(?<!\p{{L}})(?P<level>{levels})\s+(?P<labels>{one}(?:(?:{between}){one})*)(?=\W)")


def _range(label: str, book: Rulebook) -> list[str]:
    """The labels of a range: "2 đến 5" -> 2, 3, 4, 5; of letters its ends alone, as their alphabet has gaps."""
    first, _, last = label.partition(book.settings["graph"]["to"])
    last = last.rpartition(" ")[2]
    if first.isdigit() and last.isdigit() and int(first) <= int(last) <= int(first) + MOST_RANGE:
        return [str(number) for number in range(int(first), int(last) + 1)]
    return [first, last] if last else [first]


def _paths(inner: Sequence[tuple[str, list[str]]], kept: Sequence[str]) -> Iterator[str]:
    """Every path of levels given from the inside out, each with its labels."""
    paths = [""]
    for level, names in reversed(inner):
        labels = [f"{level.capitalize()} {name}" if level in kept else name for name in names]
        paths = [f"{path}.{label}" if path else label for path in paths for label in labels]
    yield from (path for path in paths if path)


def stands_in(path: str, named: str) -> bool:
    """Whether a block's path lies in the provision of that path; letters of items compare without case."""
    own, wanted = path.lower().split("."), named.lower().split(".")
    return any(own[at : at + len(wanted)] == wanted for at in range(min(2, len(own))))


def intervals(
    document: Row,
    targets: Iterable[Row],
    acts: Iterable[Row],
    restated: Mapping[str, set[tuple[Any, ...]]],
    book: Rulebook,
) -> dict[str, Interval]:
    """When each target of a document is in force.

    document  its `effective_on` and `issued_on`
    targets   with `id`, `path` of their block, and `same`, what identifies a target whatever its value
    acts      what other documents do to it: `by` (their id), `relation`, `pinpoint`, `day` they take effect
    restated  by document the `same` of the targets that it sets
    """
    start = document["effective_on"] or document["issued_on"]
    ends, amends, changes = book.words("graph.ends"), book.words("graph.amends"), book.words("graph.changes")
    out = {target["id"]: Interval(start) for target in targets}
    order = sorted((act for act in acts if act["day"]), key=lambda act: act["day"])
    for act in order:
        named = provision(act["pinpoint"], book) if act["pinpoint"] else []
        for target in targets:
            if out[target["id"]].end:
                continue
            hit = any(stands_in(target["path"], path) for path in named) if act["pinpoint"] else act["relation"] in ends
            anew = act["relation"] in changes and target["same"] in restated.get(act["by"], set())
            if (hit and act["relation"] in (*ends, *amends)) or anew:
                out[target["id"]] = Interval(start, act["day"], act["by"])
    return out


# --- the picture ----------------------------------------------------------------------------------------------------


def gathered(told: Iterable[tuple[str, str, str, Passage]]) -> list[Edge]:
    """Edges of (source, relation, target, passage), in the order in which they are first told: what is told several
    times is one edge, and what a document does to itself is none."""
    passages: dict[tuple[str, str, str], dict[Passage, None]] = defaultdict(dict)
    for source, relation, target, passage in told:
        if source != target:
            passages[source, relation, target][passage] = None
    return [Edge(*ends, tuple(each)) for ends, each in passages.items()]


def neighbourhood(center: str, edges: Sequence[Edge], depth: int, most: int) -> tuple[dict[str, int], list[Edge], int]:
    """The documents within `depth` steps of one, either way.

    Gives the steps to each of the `most` nearest, nearest first; the edges among them; how many others there are.
    """
    beside: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        beside[edge.source].append(edge.target)
        beside[edge.target].append(edge.source)
    steps, ring = {center: 0}, [center]
    for step in range(1, depth + 1):
        ring = [each for each in dict.fromkeys(end for at in ring for end in beside[at]) if each not in steps]
        steps |= dict.fromkeys(ring, step)
    nearest = dict(list(steps.items())[:most])
    among = [edge for edge in edges if edge.source in nearest and edge.target in nearest]
    return nearest, among, len(steps) - len(nearest)
