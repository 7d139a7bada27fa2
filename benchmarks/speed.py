"""Characters a second of `extract_text` over many texts, whole and stage by stage, one process.

python benchmarks/speed.py PATH [--characters N] [--slowest]

PATH is a folder of .txt files or a .jsonl(.gz) of texts.  Times are processor seconds.  A yardstick is taken in the
same run, all numbers of the texts by one plain pattern, so that figures of different machines compare as ratios to it.
"""

import argparse
import inspect
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import regex
from texts import texts

from extractor import pipeline
from extractor.rulebook import load

NUMBERS = regex.compile(r"\d+(?:[.,]\d+)*")


def timed_stages() -> Counter[str]:
    """Seconds by stage, filled while texts are read: every function that the pipeline calls in another module."""
    seconds: Counter[str] = Counter()

    def timed(name: str, stage: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            start = time.process_time()
            try:
                return stage(*args, **kwargs)
            finally:
                seconds[name] += time.process_time() - start

        return run

    for name, stage in list(vars(pipeline).items()):
        if name != "load" and inspect.isfunction(stage) and stage.__module__ not in (pipeline.__name__, "dataclasses"):
            setattr(pipeline, name, timed(f"{stage.__module__.rpartition('.')[2]}.{name}", stage))
    return seconds


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--characters", type=int, default=2_000_000, help="how much to read (0: all)")
    arguments.add_argument("--slowest", action="store_true", help="the ten texts with the fewest characters a second")
    options = arguments.parse_args()
    some = list(texts(options.path, options.characters or None))
    length = sum(map(len, some))
    start = time.process_time()
    load()
    loaded = time.process_time() - start
    pipeline.extract_text(some[0])
    start = time.process_time()
    numbers = sum(len(NUMBERS.findall(text)) for text in some)
    yardstick = time.process_time() - start
    stages = timed_stages()
    records = 0
    by_text: list[tuple[float, int, str]] = []
    total = 0.0
    for text in some:
        start = time.process_time()
        found = pipeline.extract_text(text)
        spent = time.process_time() - start
        total += spent
        by_text.append((len(text) / max(spent, 1e-6), len(text), text[:60].replace("\n", " ")))
        records += sum(map(len, (found.targets, found.deadlines, found.agencies, found.legal_refs)))
    print(f"{len(some):,} texts, {length:,} characters, {records:,} records; rules loaded in {loaded:.2f} s")
    print(f"{'yardstick':<30}{length / yardstick:>14,.0f} characters/s   ({numbers:,} numbers)")
    print(f"{'extract_text':<30}{length / total:>14,.0f} characters/s   {total / yardstick:>7,.0f} x yardstick")
    for name, seconds in stages.most_common():
        print(f"  {name:<28}{length / max(seconds, 1e-9):>14,.0f} characters/s   {seconds / total:>7.1%} of the time")
    print(f"  {'the rest':<28}{'':>14}                {1 - sum(stages.values()) / total:>7.1%}")
    if options.slowest:
        for speed, size, begins in sorted(by_text)[:10]:
            print(f"{speed:>14,.0f} characters/s  {size:>9,} characters  {begins}")


if __name__ == "__main__":
    main()
