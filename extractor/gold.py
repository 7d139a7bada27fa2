"""Gold annotation, read and checked: NAME.txt with NAME.gold.json beside it.

    {"document": {"kind": …, "number": …, …}, "targets": [{"quote": …, "value_quote": …, "nth": 2, …}], …}

An entry has the keys of the output contract, but says where it stands by its quote and `nth`, the occurrence of that
very quote in the text (1 where it is left out).  A line break inside a quote may be written as one space, so places are
compared on the text without its white space.  A file with `"annotated": [classes]` is complete for those alone.
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .errors import UnreadableFile

Row = Mapping[str, Any]
Place = tuple[int, int]

SUFFIX = ".gold.json"
# The quote that says where an entry stands.
QUOTE = {
    "targets": "value_quote",
    "commitments": "quote",
    "quantities": "quote",
    "deadlines": "quote",
    "agencies": "quote",
    "legal_refs": "quote",
}
ALWAYS = ("targets", "deadlines", "agencies", "legal_refs")  # annotated where the file does not say; others if present
INVISIBLE = "\u200b\u200c\u200d\ufeff\u00ad"
LARGEST = 1e300  # a number beyond cannot be compared
HEADER = ("kind", "number", "issuer", "province", "issued_on")
FIELDS = {
    "targets": (
        "quote", "value_quote", "low", "high", "comparator", "unit", "per", "change", "measure", "indicator", "scope",
        "from", "to", "baseline", "place", "holder", "same_as",
    ),
    "commitments": ("quote", "from", "to"),
    "quantities": ("quote", "low", "high", "comparator", "unit", "role", "indicator", "from", "to"),
    "deadlines": ("quote", "from", "to", "kind", "use"),
    "agencies": ("quote", "name", "level"),
    "legal_refs": ("quote", "kind", "number", "issued_on", "issuer", "pinpoint", "relation", "relation_subject"),
}  # fmt: skip
COMPARATORS = ("ge", "gt", "le", "lt", "eq", "approx", "range")
CHOICES: dict[str, dict[str, tuple[str | None, ...]]] = {
    "targets": {
        "comparator": COMPARATORS,
        "change": ("increase", "decrease", "maintain", None),
        "measure": ("level", "change", "rank"),
        "holder": ("own", "quoted"),
    },
    "quantities": {"comparator": COMPARATORS, "role": ("target", "result", "budget", "norm", "scope", "other")},
    "deadlines": {
        "kind": ("due", "period", "recurring", "relative", "effective"),
        "use": ("task", "target", "name", "result", "effective"),
    },
    "agencies": {"level": ("central", "province", "district", "commune", "other")},
}
TIMES = ("from", "to", "issued_on")
TIME = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?|--\d{2}-\d{2}")


class Squashed:
    """A text without white space and invisible characters, on which places are compared.

    text   what is left of the text, in NFC
    kept   offsets in the whole text (NFC) of the characters left
    """

    def __init__(self, text: str) -> None:
        whole = unicodedata.normalize("NFC", text)
        self.kept = [at for at, letter in enumerate(whole) if counts(letter)]
        self.text = "".join([whole[at] for at in self.kept])

    def at(self, offset: int) -> int:
        """The offset here of an offset in the whole text."""
        return bisect_left(self.kept, offset)

    def whole(self, place: Place) -> Place:
        """A place here as a place in the whole text."""
        return self.kept[place[0]], self.kept[place[1] - 1] + 1

    def places(self, quote: str) -> list[Place]:
        """Every occurrence of a quote, overlapping ones too."""
        needle = squash(quote)
        found, at = [], self.text.find(needle) if needle else -1
        while at >= 0:
            found.append((at, at + len(needle)))
            at = self.text.find(needle, at + 1)
        return found


@dataclass(frozen=True, slots=True)
class Gold:
    """A text (NFC) with what a careful reader finds in it.

    entries   class -> entries in file order, for the annotated classes alone
    """

    name: str
    path: Path
    text: str
    document: Row
    entries: Mapping[str, list[Row]]

    @property
    def source(self) -> Path:
        """The file of the text."""
        return text_of(self.path)


def squash(text: str) -> str:
    """The text in NFC without white space and invisible characters."""
    return "".join(filter(counts, unicodedata.normalize("NFC", text)))


def counts(letter: str) -> bool:
    """Whether a character counts for places, being neither white space nor invisible."""
    return not (letter.isspace() or letter in INVISIBLE)


def text_of(path: Path) -> Path:
    """The text that a gold file annotates."""
    return path.with_name(path.name.removesuffix(SUFFIX) + ".txt")


def find(path: Path) -> list[Path]:
    """The gold files of a folder, sorted, or the gold file itself; UnreadableFile where there is none."""
    found = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path] if path.name.endswith(SUFFIX) else []
    if not found or not found[0].is_file():
        raise UnreadableFile(str(path), f"no gold files (NAME{SUFFIX} beside NAME.txt)")
    return found


def read(path: Path) -> Gold:
    """A gold file with its text; UnreadableFile where either is missing, no JSON or not of this shape."""
    try:
        content = json.loads(_decoded(path))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(str(path), f"no JSON in UTF-8: {error}") from error
    text = unicodedata.normalize("NFC", _decoded(text_of(path)))
    if not isinstance(content, dict) or not isinstance(content.get("document", {}), dict):
        raise UnreadableFile(str(path), "no object with a `document` and lists of entries")
    if not all(value is None or isinstance(value, str) for value in content.get("document", {}).values()):
        raise UnreadableFile(str(path), "document: a field is neither text nor null")
    annotated = content.get("annotated", ALWAYS)
    if not isinstance(annotated, (list, tuple)) or not set(map(str, annotated)) <= set(QUOTE):
        raise UnreadableFile(str(path), f"annotated is {annotated!r}; expected a list of: {', '.join(QUOTE)}")
    entries = {}
    for name in QUOTE:
        rows = content.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise UnreadableFile(str(path), f"{name} is no list of objects")
        if name in annotated or (name not in ALWAYS and name in content):
            entries[name] = rows
    return Gold(path.name.removesuffix(SUFFIX), path, text, content.get("document", {}), entries)


def _decoded(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise UnreadableFile(str(path), (error.strerror or str(error)).lower()) from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(str(path), "is not UTF-8") from error


def place(entry: Row, name: str, text: Squashed) -> Place | None:
    """Where an entry of class `name` stands in its squashed text; None where the text has no such occurrence."""
    quote, nth = entry.get(QUOTE[name]), entry.get("nth") or 1
    found = text.places(quote) if isinstance(quote, str) else []
    return found[nth - 1] if type(nth) is int and 1 <= nth <= len(found) else None


def faults(gold: Gold) -> Iterator[str]:
    """What is wrong with a gold file, one line each: fields that are missing, values that cannot be, quotes that do not
    stand in the text where they say, entries of a class that overlap."""
    text = Squashed(gold.text)
    yield from (f"document: {key} is missing" for key in HEADER if key not in gold.document)
    for name, entries in gold.entries.items():
        known: dict[Place, str] = {}
        for number, entry in enumerate(entries, start=1):
            where = f"{name} {number} {entry.get(QUOTE[name])!r}"
            yield from (f"{where}: {fault}" for fault in _entry_faults(name, entry, text, entries[: number - 1]))
            spot = place(entry, name, text)
            if spot is None:
                yield f"{where}: nth {entry.get('nth') or 1} does not stand in the text"
                continue
            yield from (
                f"{where}: overlaps {other}" for at, other in known.items() if at[0] < spot[1] > spot[0] < at[1]
            )
            known[spot] = where


def _entry_faults(name: str, entry: Row, text: Squashed, earlier: list[Row]) -> Iterator[str]:
    yield from (f"{key} is missing" for key in FIELDS[name] if key not in entry)
    for key, allowed in CHOICES.get(name, {}).items():
        if key in entry and entry[key] not in allowed:
            yield f"{key} is {entry[key]!r}; known: {', '.join(map(str, allowed))}"
    for key in TIMES:
        when = entry.get(key)
        if when is not None and not (isinstance(when, str) and TIME.fullmatch(when) and _is_real(when)):
            yield f"{key} is {when!r}; expected 2025, 2025-06, 2025-06-30 or --06-30"
    if "nth" in entry and (type(entry["nth"]) is not int or entry["nth"] < 1):
        yield f"nth is {entry['nth']!r}; expected 1 or more"
    for key in ("quote", "unit", "per", "indicator", "scope", "name", "number"):
        if entry.get(key) is not None and not isinstance(entry[key], str):
            yield f"{key} is {entry[key]!r}; expected text"
    if entry.get("from") and entry.get("to") and str(entry["from"]) > str(entry["to"]):
        yield f"from {entry['from']} is after to {entry['to']}"
    if "low" in entry:
        yield from _number_faults(entry)
    if name == "targets":
        yield from _target_faults(entry, text, earlier)


def _is_real(when: str) -> bool:
    """Whether a time is one of the calendar; of a day of each year, of a leap year."""
    try:
        date.fromisoformat(f"2024{when[1:]}" if when.startswith("--") else f"{when}-01-01"[:10])
    except ValueError:
        return False
    return True


def _number_faults(entry: Row) -> Iterator[str]:
    low, high = entry["low"], entry.get("high")
    for key, value in (("low", low), ("high", high)):
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST
        if not number and not (key == "high" and value is None):
            yield f"{key} is {value!r}; expected a number"
            return
    if (entry.get("comparator") == "range") != (high is not None):
        yield "comparator is range exactly where low and high are both set"
    if high is not None and low >= high:
        yield f"low {low} is not below high {high}"


def _target_faults(entry: Row, text: Squashed, earlier: list[Row]) -> Iterator[str]:
    spot, quote = place(entry, "targets", text), entry.get("quote")
    if spot and isinstance(quote, str) and not any(a <= spot[0] and spot[1] <= b for a, b in text.places(quote)):
        yield "its quote does not hold the value"
    same = entry.get("same_as")
    if same is not None and not any(_is(same, other) for other in earlier):
        yield f"same_as {same!r} names no earlier target"


def _is(named: Any, entry: Row) -> bool:
    return isinstance(named, dict) and (named.get("value_quote"), named.get("nth") or 1) == (
        entry.get("value_quote"),
        entry.get("nth") or 1,
    )
