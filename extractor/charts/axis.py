"""The scale that an indicator is drawn on: what its numbers are measured in, and which targets have a place on it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from extractor.compare import Entry, Line, Matrix
from extractor.definitions import AT_LEAST, AT_MOST, CHANGE, COUNTED, RANK, scale
from extractor.messages import say
from extractor.resolve import NATION
from extractor.rulebook import Rulebook
from extractor.safe import line as flat

Row = Mapping[str, Any]


class Axis:
    """What the numbers of an indicator are measured in, where its targets differ: the way most provinces count."""

    def __init__(self, matrix: Matrix, line: Line, book: Rulebook) -> None:
        self._book = book
        weight: Counter[tuple[Any, ...]] = Counter()
        units: Counter[tuple[tuple[Any, ...], str, str]] = Counter()
        for column in matrix.columns:
            for entry in matrix.cells[line.id, column.id].all:
                kind = self._kind(entry.target)
                weight[kind] += (1 if column.id == NATION else 2) * (1000 if entry.comparable else 1)
                units[kind, entry.target["unit"] or "", entry.target["per"] or ""] += 1
        self.kind = max(weight, key=lambda kind: (weight[kind], str(kind)), default=None)
        mine = {(unit, per): count for (kind, unit, per), count in units.items() if kind == self.kind}
        self.unit, self.per = max(mine, key=lambda each: (mine[each], each), default=("", ""))
        self._factor = scale(self.unit, book)[1] if self.unit else 1.0

    def _kind(self, target: Row) -> tuple[Any, ...]:
        """What two targets share that can stand on one scale."""
        per = (target["per"] or "").split()
        return target["measure"], scale(target["unit"], self._book)[0], per[0].strip(",").lower() if per else None

    def bounds(self, entry: Entry) -> tuple[float, float, int] | None:
        """Lower and upper bound of a target and whether it goes on beyond; None where it is not of this scale."""
        target = entry.target
        if target["low"] is None or self._kind(target) != self.kind:
            return None
        if not entry.comparable and self.kind[1] == COUNTED[0] and (target["unit"] or "").lower() != self.unit.lower():
            return None  # things of any name are one kind for the rules; on a scale only where they compare
        factor = 1.0 if (target["unit"] or "") == self.unit else scale(target["unit"], self._book)[1] / self._factor
        sign = -1 if target["measure"] == CHANGE and target["change"] == "decrease" else 1
        ends = [sign * factor * each for each in (target["low"], target["high"]) if each is not None]
        beyond = 1 if target["comparator"] in AT_LEAST else -1 if target["comparator"] in AT_MOST else 0
        if not all(math.isfinite(each) and abs(each) < 1e15 for each in ends):
            return None
        return min(ends), max(ends), sign * beyond

    @property
    def caption(self) -> str:
        """The unit, as the title of the scale."""
        measure = self.kind[0] if self.kind else None
        named = flat(self.unit + (f"/{self.per}" if self.per else ""), 60)
        word = say("chart.rank") if measure == RANK else say("chart.change") if measure == CHANGE else ""
        return ", ".join(part for part in (word, named) if part)
