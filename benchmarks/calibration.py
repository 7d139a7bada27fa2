"""Measures how often records of a raw confidence are right, and prints rules/calibration.csv.

python benchmarks/calibration.py GOLD... > rules/calibration.csv

GOLD are folders of gold files.  For each class and kind of source the found records are pooled, from low raw confidence
to high, until the shares that are right rise (isotonic regression by pooling adjacent violators); rules met often
enough get steps of their own.  Each share is drawn towards the middle as if one more right and one more wrong record
had been seen.
"""

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from extractor.evaluate import measure
from extractor.rulebook import load

CLASSES = ("targets", "deadlines", "agencies", "legal_refs")
OFTEN = 25  # records of one rule from which it is measured alone
FEWEST = 10  # records of one step
SUREST = 0.99


def seen(folders: Iterable[Path]) -> Iterator[tuple[tuple[str, str, str], float, bool]]:
    """(class, source, rule), raw confidence and whether right, of every record found in the texts of gold folders."""
    book = load()
    raw = replace(book, tables={**book.tables, "calibration": ()})
    for folder in folders:
        for each in measure(folder, raw):
            source = each.found["document"]["source_kind"] if each.found else ""
            for pair in each.result.pairs:
                if pair.found is not None and pair.table in CLASSES:
                    rule = pair.found.get("rule") or ""
                    yield (pair.table, source, rule), float(pair.found.get("confidence")), pair.gold is not None


def steps(cases: list[tuple[float, bool]]) -> list[tuple[float, float]]:
    """(raw confidence from which on, share right) that rises with the raw confidence."""
    grouped: dict[float, list[bool]] = defaultdict(list)
    for raw, right in cases:
        grouped[raw].append(right)
    pools: list[tuple[float, int, int]] = []  # from, right, all
    for raw in sorted(grouped):
        pools.append((raw, sum(grouped[raw]), len(grouped[raw])))
        while len(pools) > 1 and (pools[-2][2] < FEWEST or smoothed(pools[-2]) >= smoothed(pools[-1])):
            (start, right, count), (_, more, others) = pools[-2:]
            pools[-2:] = [(start, right + more, count + others)]
    return [(pool[0], min(SUREST, round(smoothed(pool), 2))) for pool in pools]


def smoothed(pool: tuple[float, int, int]) -> float:
    return (pool[1] + 1) / (pool[2] + 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", nargs="+", type=Path)
    cases: dict[tuple[str, str, str], list[tuple[float, bool]]] = defaultdict(list)
    for (table, source, rule), raw, right in seen(parser.parse_args().gold):
        cases[table, source, ""].append((raw, right))
        if table != "targets" and rule:
            cases[table, source, rule].append((raw, right))
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("id", "class", "source", "rule", "raw", "confidence"))
    for key in sorted(cases):
        if not key[2] or len(cases[key]) >= OFTEN:
            out.writerows((":".join((*key, str(raw))), *key, raw, share) for raw, share in steps(cases[key]))


if __name__ == "__main__":
    main()
