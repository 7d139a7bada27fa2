"""The texts that the benchmarks read: a folder of .txt files, or .jsonl / .jsonl.gz with {"id", "text"} a line."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path


def texts(path: Path, characters: int | None = None) -> Iterator[str]:
    """The texts at `path` in order, as many as make up `characters` (None: all).  Raises SystemExit where none is."""
    read = 0
    for text in _all(path):
        if characters is not None and read >= characters:
            return
        read += len(text)
        yield text
    if not read:
        raise SystemExit(f"{path}: no .txt file, no .jsonl and no .jsonl.gz")


def _all(path: Path) -> Iterator[str]:
    if path.is_dir():
        for file in sorted(path.glob("*.txt")):
            yield file.read_text("utf-8", "replace")
    elif path.is_file():
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["text"]
