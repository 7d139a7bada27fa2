"""A quantity in its clause, under its headings -> its role: target, result, budget, norm, scope or other.

Each cue (`targets.toml` in the clause, `headings.toml` above) adds its weight to a role, the heaviest role wins, and
the cues are kept as the reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .clauses import Indicator, is_inside
from .mentions import Mention, finder
from .model import Block
from .periods import Period, Periods
from .readings import Reading
from .resolve import Context
from .rulebook import Rulebook
from .scan import Unit
from .structure import HEADING_LENGTH, Outline, Span
from .tables import Cell
from .text import Shade

SETTLED = 9.0  # the margin of a role that needs no weighing
STRONG = 3  # a heading with a cue of this weight is the last one asked
LEAD_BLOCKS = 1  # headline and lead of an article restate what it tells
WHOM_REACH = 12  # characters from "của" or "đối với" to the number of those concerned
NEAR_REACH = 45  # characters of a bracket before its number
LEAD_IN = 140  # characters at the end of a long lead-in that say what follows
SUBJECT = 80  # characters in which a bullet names its subject before a colon
OWN_SUBJECT = 60
SENTENCE = 90  # characters from which a line with a full stop is a sentence, not a heading


@dataclass(frozen=True, slots=True)
class Role:
    """A role, the cues that made it, heaviest first, and its lead over the next role."""

    name: str
    why: str
    margin: float = SETTLED


@dataclass(frozen=True, slots=True)
class Judged:
    """A quantity with its clause, its reading, what it measures, its period and its role."""

    mention: Mention
    clause: Span
    sentence: Span
    reading: Reading
    counted: Indicator
    period: Period
    role: Role


@dataclass(slots=True)
class _Weights:
    """Weights by role, with the reasons."""

    of: dict[str, float] = field(default_factory=dict)
    why: list[tuple[float, str]] = field(default_factory=list)

    def add(self, role: str, weight: float, reason: str) -> None:
        self.of[role] = self.of.get(role, 0.0) + weight
        self.why.append((weight, reason))

    def heaviest(self) -> Role:
        (name, best), *rest = sorted(self.of.items(), key=lambda item: -item[1])
        reasons = [reason for _, reason in sorted(self.why, key=lambda w: -w[0])][:4]
        return Role(name, ", ".join(reasons), best - (rest[0][1] if rest else 0.0))


@dataclass(slots=True)
class Roles:
    """The roles of one document, asked for quantity after quantity in the order of the text."""

    shaded: Shade
    tree: Outline
    ctx: Context
    periods: Periods
    book: Rulebook
    aiming: bool = False  # a news article tells goals of a time ahead, until a line of quantities holds none
    _above: dict[int, tuple[Counter[str], list[str]]] = field(default_factory=dict)

    def of(
        self, unit: Unit, mention: Mention, clause: Span, reading: Reading, when: Period, cues: list[Mention],
        previous: Judged | None, again: bool, cell: Cell | None,
    ) -> Role:  # fmt: skip
        """The role of a quantity; `cues` are those of its unit; `again`: it measures what the one before it does."""
        block = self.tree.blocks[unit.block]
        if mention.get("role"):
            return Role(str(mention.get("role")), mention.rule.id)
        if cell is not None and cell.column == "result":
            return Role("result", "column.result")
        heading, reasons = self.heading_weights(block)
        if cell is not None and cell.column == "target" and heading["budget"] < STRONG:
            return Role("target", "column.target")
        name = (reading.unit or "").lower()
        if name in self.book.words("targets.scope_units") and reading.change is None:
            return Role("scope", "unit")
        if previous is not None and previous.sentence == unit.sentence(mention.start):
            told = previous.role.name in ("target", "result")
            if told and is_inside(self.shaded, previous.mention, mention, self.book):
                return Role("scope", f"within {previous.mention.rule.id}", 5.0)
        weights = _Weights()
        for role, weight in heading.items():
            weights.add(role, weight, ",".join(reasons))
        aims = _add_cues(weights, unit, mention, clause, cues)
        self._add_value(weights, mention, reading, name)
        if cell is not None and cell.column in ("dated", "place"):
            weights.add("target", 4, f"column.{cell.column}")
        elif block.kind == "cell" and unit.is_filled_by(mention):
            weights.add("other", 3, "cell")
        carried = ("target", "result", "other") if self.ctx.is_news else ("target", "result")
        if previous is not None and previous.role.name in carried and not mention.get("share"):
            between = self.shaded.lower[previous.mention.end : mention.start]
            if any(word in between for word in self.book.words("targets.parts")):
                weights.add(previous.role.name, 6, "part")
            elif ". " not in between:
                weights.add(previous.role.name, 4 if again else 1.5, "beside")
        self._add_time(weights, when, aims, heading["result"] >= STRONG)
        self._add_document(weights, block, when, aims)
        weights.add("other", 1.6, "default")
        return weights.heaviest()

    def heading_weights(self, block: Block) -> tuple[Counter[str], list[str]]:
        """The cues of the nearest heading above that has a strong one, and of a bullet's own subject."""
        if block.block in self._above:
            return self._above[block.block]
        subject = ":" in self.shaded.text[block.start : block.start + OWN_SUBJECT]
        chain = [block] if block.heading and block.end - block.start <= HEADING_LENGTH and subject else []
        parent = block.parent
        while parent is not None:
            above = self.tree.blocks[parent]
            if above.kind not in ("table", "row"):
                chain.append(above)
            parent = above.parent
        weights: Counter[str] = Counter()
        reasons: list[str] = []
        for above in chain:
            found = finder(self.book, "headings").find(self.shaded, *self._speaking(above))
            for mention in found:
                weights.update(mention.get("weights"))
                reasons.append(mention.rule.id)
            if any(weight >= STRONG for mention in found for weight in mention.get("weights").values()):
                break
        self._above[block.block] = (weights, reasons)
        return weights, reasons

    def _speaking(self, block: Block) -> Span:
        """What of a block speaks for what stands under it: all of a heading; of running text that leads in a list
        its last words; of a long bullet its subject before the colon."""
        told = self.shaded.text[block.end - 1] in ".;" and block.end - block.start > SENTENCE
        if block.end - block.start <= HEADING_LENGTH and not told:
            return block.start, block.end
        if self.shaded.text[block.end - 1] == ":":
            return block.end - LEAD_IN, block.end
        colon = self.shaded.text.find(":", block.start, block.start + SUBJECT)
        return block.start, max(block.start, colon)

    def _add_value(self, weights: _Weights, mention: Mention, reading: Reading, name: str) -> None:
        """What the unit and the bound of a value lean to."""
        row = self.book.fragments["unit"].rows.get(name)
        kind = row["class"] if row else ""
        if kind in self.book.words("targets.time_units"):
            weights.add("norm", 5, "unit:time")
        if kind in self.book.words("targets.money_units"):
            weights.add("budget", 7, "unit:money")
        if mention.get("share"):
            weights.add("result", 6, mention.rule.id)
        if mention.get("vague"):
            weights.add("other", 1 if mention.get("op") else 3, mention.rule.id)
        if mention.get("op") in ("ge", "gt") or mention.get("post") == "ge" or "%" in name:
            weights.add("target", 0.5, "value")

    def _add_time(self, weights: _Weights, when: Period, aims: bool, account: bool) -> None:
        """A time ahead speaks for a target, one past or told of against it, the running year of an account too."""
        year, now = when.year, self.ctx.year
        if when.told:
            weights.add("result", 4, "time:told")
        if year is None:
            planned = self.ctx.plans or self.ctx.is_news or aims
            weights.add("other", 0.4 if planned else 2.4, "undated")
            return
        if now is None:
            if when.source == "clause":
                weights.add("target", 1, "year")
            return
        running = (self.ctx.is_news or account) and year == now and not aims
        if (year < now and when.source != "document") or running:
            weights.add("result" if account or when.source == "clause" else "other", 4, "year:past")
        elif when.source == "clause":
            weights.add("target", 2, "year:ahead")
        elif when.source == "heading":
            weights.add("target", 1, "year:ahead")

    def _add_document(self, weights: _Weights, block: Block, when: Period, aims: bool) -> None:
        """What the kind of document leans to: laws lay down norms, reports and news tell results."""
        if self.ctx.normative:
            weights.add("norm", 5, "document:normative")
        if self.ctx.is_news:
            ahead = self.periods.ahead(when)
            dated = when.source == "clause" or self.aiming or block.block <= LEAD_BLOCKS
            told = aims or (ahead and dated)
            weights.add("result", 1 if told else 4, "document:news")
            if ahead and self.aiming:
                weights.add("target", 2, "news:aims")
        if block.kind == "preamble":
            weights.add("other", 4, "preamble")
        if (self.ctx.document.kind or "").lower() in self.book.kinds("report"):
            weights.add("result", 2, "document:report")


def _add_cues(weights: _Weights, unit: Unit, mention: Mention, clause: Span, cues: list[Mention]) -> bool:
    """The cues that stand where they must, each rule once; returns whether one of them is a word of aiming."""
    places = {
        "clause": clause,
        "sentence": unit.sentence(mention.start),
        "unit": (unit.start, unit.end),
        "before": (clause[0], mention.start),
        "value": (mention.start - 2, mention.end + 2),
        "whom": (mention.start - WHOM_REACH, mention.start),
        "near": (mention.start - NEAR_REACH, mention.end + 2),
    }
    counted: set[str] = set()
    aims = False
    for cue in cues:
        start, end = places[str(cue.get("where"))]
        if cue.rule.id in counted or not start <= cue.start < end:
            continue
        counted.add(cue.rule.id)
        aims |= bool(cue.get("aims"))
        for role, weight in cue.get("weights").items():
            weights.add(role, weight, cue.rule.id)
    return aims
