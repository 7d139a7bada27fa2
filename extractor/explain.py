"""Why a record is there: its sentence, the headings above it, the origin of its period, its rules and their rivals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .mentions import Candidate, trace
from .rulebook import Rule, Rulebook

Row = Mapping[str, Any]

CUES = ("column.target", "column.result", "column.dated", "column.place")  # told by a table, not by a rule
SENTENCE_END = re.compile(r"(?<=[.;!?…])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that can be said about one record of the table `name`; rows have the keys of the contract.

    sentence       start and end, in the text, of the sentence(s) that hold the record
    path           its block's ancestors, outermost first, ending with the block itself
    period_block   the heading that gave a target its period, where it was a heading
    rules          the rules that found it, as they are now; `unknown_rules` are ids that this rulebook lacks
    cues           what else spoke for it and is no rule, as "year:ahead"
    lost           candidates of rules that overlap the record (a target: its value) and lost
    """

    name: str
    record: Row
    sentence: tuple[int, int]
    path: tuple[Row, ...]
    period_block: Row | None
    rules: tuple[Rule, ...]
    unknown_rules: tuple[str, ...]
    cues: tuple[str, ...]
    lost: tuple[Candidate, ...]


def explain(extraction: Row, name: str, record: Row, book: Rulebook) -> Explanation:
    """Explain a record of the table `name` of an extraction (the contract's JSON object) with the rules of `book`,
    which may be others than those that found it."""
    text = extraction["text"]
    path = ancestors(extraction["blocks"], record["block"])
    block = path[-1]
    known = {rule.id: rule for family in book.rules.values() for rule in family}
    ids = record.get("rules") or ([record["rule"]] if record.get("rule") else [])
    strange = [i for i in ids if i not in known]
    start, end = value_span(name, record)
    offset = block["start"]
    rivals = trace(text[offset : block["end"]], book)
    return Explanation(
        name=name,
        record=record,
        sentence=sentence(text, block, record["start"], record["end"]),
        path=path,
        period_block=_dated(text, path, record) if record.get("period_source") == "heading" else None,
        rules=tuple(known[i] for i in ids if i in known),
        unknown_rules=tuple(i for i in strange if _is_rule(i, known)),
        cues=tuple(i for i in strange if not _is_rule(i, known)),
        lost=tuple(c for c in rivals if not c.won and c.start + offset < end and start < c.end + offset),
    )


def _is_rule(named: str, known: Iterable[str]) -> bool:
    """Whether a reason is named like the known rules ("cue.aim"), so that it must have been one."""
    prefix, dot, _ = named.partition(".")
    return dot != "" and named not in CUES and any(rule.startswith(f"{prefix}.") for rule in known)


def value_span(name: str, record: Row) -> tuple[int, int]:
    """Where the heart of a record stands: a target's value, any other record whole."""
    return (record["value_start"], record["value_end"]) if name == "targets" else (record["start"], record["end"])


def ancestors(blocks: list[Row], number: int) -> tuple[Row, ...]:
    """The block of that number below all blocks it stands in, outermost first."""
    by_number = {block["block"]: block for block in blocks}
    path = [by_number[number]]
    while (parent := path[-1]["parent"]) is not None:
        path.append(by_number[parent])
    return tuple(reversed(path))


def sentence(text: str, block: Row, start: int, end: int) -> tuple[int, int]:
    """The stretch of the block's text, cut at ends of sentences, that holds start:end."""
    low, high = block["start"], block["end"]
    for stop in SENTENCE_END.finditer(text, low, high):
        if stop.end() <= start:
            low = stop.end()
        elif stop.start() >= end:
            high = stop.start()
            break
    return min(low, start), max(high, end)


def _dated(text: str, path: tuple[Row, ...], record: Row) -> Row | None:
    years = {when[:4] for when in (record["from"], record["to"]) if when and not when.startswith("--")}
    for block in reversed(path[:-1]):
        if any(year in text[block["start"] : block["end"]] for year in years):
            return block
    return None
