"""Floors of quality for a folder of gold: figures that must not fall, pinned in `floors.toml` beside the gold files.

corpus = "1f0c…"         # fingerprint of the texts and gold files that the figures were measured on

[least]
header = 0.99
targets = 0.96           # F1; "targets_complete", "deadlines", … likewise
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import UnreadableFile
from .evaluate import Result
from .gold import Gold

FILE = "floors.toml"
DIGITS = 3
ABOUT = """\
# The least figures of `muctieu evaluate` on this folder: F1 by class, `targets_complete` for whole records, `header`
# the share of its fields. `muctieu evaluate FOLDER --update` writes them, and lowers none without --allow-regression.
"""


@dataclass(frozen=True, slots=True)
class Floors:
    """Least figures, and the fingerprint of what they were measured on."""

    corpus: str
    least: Mapping[str, float]


def of(result: Result, golds: Sequence[Gold]) -> Floors:
    """The figures of a result as floors, rounded down."""
    figures = {"header": result.header_share} if result.header[1] else {}
    for name, score in result.scores.items():
        figures[name] = score.f1
        if name == "targets":
            figures[f"{name}_complete"] = score.complete_f1
    step = 10**DIGITS
    return Floors(fingerprint(golds), {key: math.floor(value * step + 1e-6) / step for key, value in figures.items()})


def fingerprint(golds: Sequence[Gold]) -> str:
    """A hash over the texts and gold files, whatever their folder and line ends."""
    digest = hashlib.sha256()
    for gold in golds:
        for path in (gold.source, gold.path):
            digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


def read(path: Path) -> Floors | None:
    """The floors of a file; None where there is none, UnreadableFile where it is not of this shape."""
    if not path.is_file():
        return None
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        return Floors(str(content["corpus"]), {key: float(value) for key, value in content["least"].items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableFile(str(path), f"no floors: {type(error).__name__}: {error}") from error


def write(path: Path, floors: Floors) -> None:
    """Write a file of floors."""
    lines = [f"{key} = {value:.{DIGITS}f}" for key, value in floors.least.items()]
    if path.is_dir():
        raise UnreadableFile(str(path), "is a folder")
    path.write_text(f'{ABOUT}corpus = "{floors.corpus}"\n\n[least]\n' + "\n".join(lines) + "\n", "utf-8")


def fallen(now: Floors, least: Floors) -> dict[str, tuple[float, float]]:
    """Figure -> (floor, what it is now), for those that fell; a figure that is gone counts as 0, a floor that is gone
    or no number as 1."""
    pinned = {**dict.fromkeys(now.least, 1.0), **{key: 1.0 if math.isnan(f) else f for key, f in least.least.items()}}
    return {key: (floor, now.least.get(key, 0.0)) for key, floor in pinned.items() if now.least.get(key, 0.0) < floor}
