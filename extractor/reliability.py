"""Whether a confidence means what it says: records by their confidence against the share that gold finds right, and the
confidence from which on a precision is reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .evaluate import Result

EDGES = (0.0, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)  # of the bins


@dataclass(frozen=True, slots=True)
class Bin:
    """Records whose confidence lies in low <= c < high: how many, how many of them right, and their mean confidence."""

    low: float
    high: float
    count: int
    right: int
    mean: float

    @property
    def share(self) -> float:
        """The share that is right, which a reliable confidence equals."""
        return self.right / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """The lowest confidence from which on records reach a precision, with the precision and recall there."""

    confidence: float
    precision: float
    recall: float


def bins(results: Sequence[Result], table: str) -> list[Bin]:
    """The bins of a class that hold records, from low confidence to high."""
    found = _found(results, table)
    out = []
    for low, high in pairwise(EDGES):
        inside = [(c, right) for c, right in found if low <= c < high]
        if inside:
            mean = sum(c for c, _ in inside) / len(inside)
            out.append(Bin(low, min(high, 1.0), len(inside), sum(right for _, right in inside), mean))
    return out


def threshold(results: Sequence[Result], table: str, precision: float) -> Threshold | None:
    """Where the records of a class that are at least so sure reach a precision with the most recall; None: nowhere."""
    found = sorted(_found(results, table), reverse=True)
    gold = sum(result.scores[table].gold for result in results if table in result.scores)
    best, right = None, 0
    for number, (confidence, is_right) in enumerate(found, 1):
        right += is_right
        last = number == len(found) or found[number][0] != confidence
        if last and gold and right / number >= precision:
            best = Threshold(confidence, right / number, right / gold)
    return best


def as_dict(results: Sequence[Result], tables: Sequence[str], precision: float) -> dict[str, Any]:
    """For JSON: the bins of each class and the threshold of a precision."""
    out: dict[str, Any] = {}
    for table in tables:
        reached = threshold(results, table, precision)
        out[table] = {
            "bins": [
                {"from": b.low, "to": b.high, "records": b.count, "confidence": b.mean, "right": b.share}
                for b in bins(results, table)
            ],
            "threshold": None
            if reached is None
            else {"confidence": reached.confidence, "precision": reached.precision, "recall": reached.recall},
        }
    return out


def _found(results: Sequence[Result], table: str) -> list[tuple[float, bool]]:
    """(confidence, whether right) of every found record of a class that has a confidence."""
    pairs = [pair for result in results for pair in result.pairs if pair.table == table and pair.found is not None]
    return [
        (float(p.found.get("confidence")), p.gold is not None)
        for p in pairs
        if p.found is not None and p.found.get("confidence") is not None
    ]
