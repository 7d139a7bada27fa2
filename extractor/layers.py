"""Where the boxes of a layered drawing stand and how its arrows run: old on the left, later on the right.

    plan = layout({"law": Size(230, 60), "plan": Size(230, 90)}, [("plan", "law")])
    plan.boxes["law"].x < plan.boxes["plan"].x

In the manner of Sugiyama: each box in the column behind all that it points to; an arrow across several columns goes by
a slot of its own in each; within a column boxes stand in the order of what they are tied to, and as near to its height
as can be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

SWEEPS = 8  # from left to right and back, in which order and heights settle
SLOT = 14  # height that an arrow takes in a column it crosses

Arc = tuple[str, str]
"""(later, older): an arrow from one box to another."""
Point = tuple[float, float]
Slot = Any  # a box's name, or (arc, column) for an arrow that crosses a column


@dataclass(frozen=True, slots=True)
class Size:
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes by name, and of each arc the points through which it runs, from the later box to the older one."""

    boxes: Mapping[str, Box]
    routes: Mapping[Arc, tuple[Point, ...]]
    width: float
    height: float


def layout(sizes: Mapping[str, Size], arcs: Sequence[Arc], *, across: float = 170, between: float = 18) -> Layout:
    """The drawing of boxes of these sizes, in the order in which they are to stand where nothing else tells.

    across   space between columns, for arrows and their labels
    between  space between the boxes of a column
    """
    forward = _acyclic(arcs)
    column = _columns(sizes, forward)
    slots, ties = _slots(sizes, column, forward)
    heights = {slot: sizes[slot].height if slot in sizes else SLOT for each in slots for slot in each}
    _order(slots, ties)
    middles = _middles(slots, ties, heights, between)
    top = min((middles[slot] - heights[slot] / 2 for slot in middles), default=0)
    lefts, left = [], 0.0
    for each in slots:
        lefts.append(left)
        left += max((sizes[slot].width for slot in each if slot in sizes), default=0) + across
    boxes = {
        name: Box(lefts[column[name]], middles[name] - size.height / 2 - top, size.width, size.height)
        for name, size in sizes.items()
    }
    height = max((box.y + box.height for box in boxes.values()), default=0)
    bends = {slot: middles[slot] - top for slot in middles if slot not in sizes}
    height = max([height, *bends.values()])
    return Layout(boxes, _routes(arcs, boxes, column, lefts, bends), left - across if slots else 0, height)


def _acyclic(arcs: Iterable[Arc]) -> list[Arc]:
    """The arcs, each once, without those that would close a circle: texts err, and may tell that each of two documents
    replaces the other."""
    older: dict[str, set[str]] = defaultdict(set)
    kept = []
    for later, old in dict.fromkeys(arcs):
        seen, open_ = {old}, [old]
        while open_:
            new = older[open_.pop()] - seen
            seen |= new
            open_ += new
        if later not in seen:
            older[later].add(old)
            kept.append((later, old))
    return kept


def _columns(names: Iterable[str], arcs: Sequence[Arc]) -> dict[str, int]:
    """The column of each box: right of all that it points to, and then as near as can be to what points to it."""
    older, later = defaultdict(list), defaultdict(list)
    for new, old in arcs:
        older[new].append(old)
        later[old].append(new)
    column: dict[str, int] = {}
    waiting = list(names)
    while waiting:
        ready = [name for name in waiting if all(old in column for old in older[name])]
        column |= {name: max((column[old] for old in older[name]), default=-1) + 1 for name in ready}
        waiting = [name for name in waiting if name not in column]
    for name in sorted(column, key=lambda name: -column[name]):
        if later[name]:
            column[name] = min(column[new] for new in later[name]) - 1
    first = min(column.values(), default=0)
    return {name: at - first for name, at in column.items()}


def _slots(names: Iterable[str], column: Mapping[str, int], arcs: Sequence[Arc]) -> tuple[list[list[Slot]], list[Arc]]:
    """What stands in each column, and which slots of neighbouring columns are tied to each other."""
    slots: list[list[Slot]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for name in names:
        slots[column[name]].append(name)
    ties: list[Any] = []
    for arc in arcs:
        later, old = arc
        passed: list[Slot] = [(arc, at) for at in range(column[later] - 1, column[old], -1)]
        for slot in passed:
            slots[slot[1]].append(slot)
        ties += zip([later, *passed], [*passed, old], strict=True)
    return slots, ties


def _order(slots: list[list[Slot]], ties: Sequence[Any]) -> None:
    """Order each column by the mean place of what its slots are tied to in the column before, forth and back."""
    right, left = defaultdict(list), defaultdict(list)
    for later, old in ties:
        left[later].append(old)
        right[old].append(later)
    for sweep in range(SWEEPS):
        beside, columns = (left, slots[1:]) if sweep % 2 == 0 else (right, slots[-2::-1])
        for each in columns:
            place = {slot: at / max(len(row) - 1, 1) for row in slots for at, slot in enumerate(row)}
            each.sort(key=lambda slot: fmean([place[other] for other in beside[slot]] or [place[slot]]))


def _middles(
    slots: Sequence[Sequence[Slot]], ties: Sequence[Any], heights: Mapping[Slot, float], between: float
) -> dict[Slot, float]:
    """The height at which the middle of each slot stands."""
    beside = defaultdict(list)
    for later, old in ties:
        beside[later].append(old)
        beside[old].append(later)
    middles: dict[Slot, float] = {}
    for each in slots:
        middles |= _spread(each, dict.fromkeys(each, 0.0), heights, between)
    for sweep in range(SWEEPS):
        for each in slots if sweep % 2 else slots[::-1]:
            wanted = {slot: fmean([middles[other] for other in beside[slot]] or [middles[slot]]) for slot in each}
            middles |= _spread(each, wanted, heights, between)
    return middles


def _spread(
    column: Sequence[Slot], wanted: Mapping[Slot, float], heights: Mapping[Slot, float], between: float
) -> dict[Slot, float]:
    """Middles in the order of a column, without overlap, as near to those wanted as can be (least squares): those that
    would overlap are pooled and stand close together around their mean."""
    offsets: dict[Slot, float] = {}
    at = 0.0
    for slot in column:
        offsets[slot] = at + heights[slot] / 2
        at += heights[slot] + between
    pools: list[list[Slot]] = []
    means: list[float] = []
    for slot in column:
        pool = [slot]
        mean = wanted[slot] - offsets[slot]
        while pools and means[-1] > mean:
            pool = pools.pop() + pool
            means.pop()
            mean = fmean([wanted[each] - offsets[each] for each in pool])
        pools.append(pool)
        means.append(mean)
    return {slot: mean + offsets[slot] for pool, mean in zip(pools, means, strict=True) for slot in pool}


def _routes(
    arcs: Sequence[Arc], boxes: Mapping[str, Box], column: Mapping[str, int], lefts: Sequence[float],
    bends: Mapping[Slot, float],
) -> dict[Arc, tuple[Point, ...]]:  # fmt: skip
    """The points of each arc; arrows at one side of a box are spread over it in the order in which they come."""
    inner: dict[Arc, list[Point]] = {}
    for arc in dict.fromkeys(arcs):
        later, old = arc
        inner[arc] = []
        for at in range(column[later] - 1, column[old], -1):
            if (arc, at) in bends:
                y = bends[arc, at]
                widths = [boxes[name].width for name in boxes if column[name] == at]
                inner[arc] += [(lefts[at] + max(widths, default=0), y), (lefts[at], y)]
    middle = {name: box.y + box.height / 2 for name, box in boxes.items()}
    ports: dict[tuple[str, bool], list[tuple[float, Arc]]] = defaultdict(list)
    for arc, points in inner.items():
        later, old = arc
        ports[later, True].append((points[0][1] if points else middle[old], arc))
        ports[old, False].append((points[-1][1] if points else middle[later], arc))
    port: dict[tuple[Arc, str], float] = {}
    for (name, _), ends in ports.items():
        step = boxes[name].height / (len(ends) + 1)
        for number, (_, arc) in enumerate(sorted(ends), 1):
            port[arc, name] = boxes[name].y + step * number
    routes = {}
    for (later, old), points in inner.items():
        start = boxes[later].x, port[(later, old), later]
        end = boxes[old].x + boxes[old].width, port[(later, old), old]
        routes[later, old] = (start, *points, end)
    return routes
