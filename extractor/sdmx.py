"""Targets as observations, for programs that read SDMX-CSV 2.0.

The dataflow is not registered anywhere; its dimensions are FREQ, REF_AREA, INDICATOR, DOCUMENT, VARIANT and
TIME_PERIOD.  Several documents may set a target for one area, indicator and year, and one document several (a level
and a change, two units, June and December), so that area, indicator and year alone are no key: DOCUMENT tells the
former apart, VARIANT counts the latter in the order of the text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from math import log10
from typing import Any

from .definitions import unscaled
from .rulebook import Rulebook

Row = Mapping[str, Any]

DATAFLOW = "MUCTIEU:TARGETS(1.0)"
COUNTRY = "VN"
NOWHERE = "_X"  # of the codes that every SDMX list may have: not allocated or not specified
# CL_OBS_STATUS has no code for a target.  F, forecast, is what a quantity is thought to become; a target is what it is
# wanted to be.  In a flow of targets the target as set is the normal value, A.
STATUS = "A"


def observations(targets: Iterable[Row], book: Rulebook) -> Iterator[dict[str, Any]]:
    """Rows of v_compare, in order, as observations; those without a year are left out.

    A range is one observation: its lower bound is the value, OBS_UPPER its upper one, as two observations of one key
    may not be.
    """
    seen: Counter[tuple[Any, ...]] = Counter()
    for row in targets:
        if not row["year"]:
            continue
        area = row["place_id"] or NOWHERE
        key = (area, row["indicator_id"], row["document_id"], row["year"])
        seen[key] += 1
        unit, power = scaled(row["unit"], book)
        yield {
            "STRUCTURE": "dataflow",
            "STRUCTURE_ID": DATAFLOW,
            "ACTION": "I",
            "FREQ": "A",
            "REF_AREA": area,
            "INDICATOR": row["indicator_id"],
            "DOCUMENT": row["document_id"],
            "VARIANT": seen[key],
            "TIME_PERIOD": str(row["year"]),
            "OBS_VALUE": row["low"],
            "OBS_UPPER": row["high"],
            "UNIT_MEASURE": unit,
            "UNIT_MULT": power,
            "UNIT_PER": row["per"],
            "COMPARATOR": row["comparator"],
            "MEASURE": row["measure"],
            "CHANGE": row["change"],
            "OBS_STATUS": STATUS,
            "TARGET": row["id"],
            "SOURCE": row["citation"],
        }


def scaled(unit: str | None, book: Rulebook) -> tuple[str | None, int]:
    """A unit without the words of scale that lead it, and the power of ten that these stand for: of "million dong",
    "dong" and 6."""
    if unit is None:
        return None, 0
    factor, counted = unscaled(unit, book)
    return counted, round(log10(factor))
