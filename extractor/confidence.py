"""How sure a record is: the raw confidence of its rule or cues -> the share of such records that readers found right.

The shares are measured (`calibration.csv`, written by benchmarks/calibration.py from gold); raw confidences that no row
covers stay as they are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache

from .rulebook import Rulebook

Steps = tuple[tuple[float, ...], tuple[float, ...]]  # raw confidences from which on a share holds, and the shares


def calibrated(raw: float, table: str, source: str, rule: str, book: Rulebook) -> float:
    """The confidence of a record between 0 and 1, rounded to two decimals.

    table    class of the record: "targets", "deadlines" …
    source   "official" or "news", the kind of document
    rule     id of the rule that found it
    """
    known = _steps(book)
    for key in ((table, source, rule), (table, source, "")):
        if key in known:
            bounds, shares = known[key]
            return shares[max(0, bisect_right(bounds, raw) - 1)]
    return round(raw, 2)


@lru_cache(maxsize=8)
def _steps(book: Rulebook) -> Mapping[tuple[str, str, str], Steps]:
    steps: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for row in book.tables.get("calibration", ()):
        key = (row["class"], row["source"], row["rule"])
        steps.setdefault(key, []).append((float(row["raw"]), float(row["confidence"])))
    return {key: tuple(zip(*sorted(rows), strict=True)) for key, rows in steps.items()}  # type: ignore[misc]
