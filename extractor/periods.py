"""The times of a document -> when each value holds.

In order: a time that dates the value in its sentence, one carried over in its line, the nearest heading or lead-in
above, the running text of a news article, the title.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .deadlines import Dated
from .mentions import Mention
from .model import Block
from .resolve import Context
from .rulebook import Rulebook
from .scan import Unit
from .structure import HEADING_LENGTH, Outline, Span
from .text import Shade

AFTER_REACH = 70  # characters from a value to a time that follows it
FRAME = 60  # characters of a sentence in which a time sets the frame of what follows
CLOSE = 12  # characters to a time right behind a value, or from a word of vision to its time


@dataclass(frozen=True, slots=True)
class Period:
    """When a value holds: from, to, where that was read (clause, heading, document, none) and the mention's start."""

    from_: str | None
    to: str | None
    source: str
    at: int | None = None
    told: bool = False  # a time reported on, not one ahead

    @property
    def year(self) -> int | None:
        """The year in which it ends."""
        return int(self.to[:4]) if self.to and self.to[:4].isdigit() else None


UNDATED = Period(None, None, "none")


@dataclass(slots=True)
class Periods:
    """The times of one document, asked for value after value in the order of the text."""

    shaded: Shade
    tree: Outline
    ctx: Context
    book: Rulebook
    dated: dict[int, list[Dated]] = field(default_factory=dict)
    _above: dict[int, Period] = field(default_factory=dict)
    _running: Period = UNDATED  # what a news article spoke of last

    @classmethod
    def of(cls, shaded: Shade, tree: Outline, dated: Iterable[Dated], ctx: Context, book: Rulebook) -> Periods:
        """The periods of a document from its dated times."""
        periods = cls(shaded, tree, ctx, book)
        for item in dated:
            periods.dated.setdefault(item.unit.block, []).append(item)
        return periods

    def at(self, unit: Unit, mention: Mention, first: Mention | None = None) -> Period:
        """The period of a quantity; `first` is the number it starts from, whose time is none of its own."""
        sentence = unit.sentence(mention.start)
        begun = (first.start, mention.start) if first else (0, 0)
        times = [d for d in self.dated.get(unit.block, ()) if _dates(d) and not _within(d, begun)]
        own = [d for d in times if d.use != "name" and not self._vision(d)]
        chosen = self._nearest(unit, mention, [d for d in own if _within(d, sentence)], sentence)
        if chosen is None:
            chosen = next((d for d in reversed(own) if d.mention.end <= sentence[0]), None)
        if chosen is None and self.ctx.is_news:
            named = [d for d in times if d.use == "name" and _within(d, (sentence[0], mention.start))]
            chosen = named[-1] if named else None
        if chosen is None:
            return self.above(self.tree.blocks[unit.block])
        found = _period(chosen, "clause")
        framing = chosen.mention.start - unit.sentence(chosen.mention.start)[0] <= FRAME
        if self.ctx.is_news and framing and chosen.use != "name" and self.ahead(found):
            self._running = found
        return found

    def stated(self, block: int) -> Period | None:
        """The period a heading of a column states itself."""
        times = [d for d in self.dated.get(block, ()) if _dates(d)]
        return _period(times[-1], "heading") if times else None

    def above(self, block: Block) -> Period:
        """The period a block inherits: from the headings above it, else from the article or the document."""
        inherited = self._from_headings(block)
        if inherited.to:
            return inherited
        if self.ctx.is_news:
            if self._running.to:
                return Period(self._running.from_, self._running.to, "heading")
            return self._told_of()
        document = self.ctx.document
        return Period(document.from_, document.to, "document") if document.to else UNDATED

    def ahead(self, period: Period) -> bool:
        """Whether a period ends after the year the document speaks in; an article tells goals by years, not months."""
        if self.ctx.is_news and len(period.to or "") > len("2025"):
            return False
        return period.year is not None and (self.ctx.year is None or period.year > self.ctx.year)

    def _nearest(self, unit: Unit, mention: Mention, inside: list[Dated], sentence: Span) -> Dated | None:
        """The time of a value in its sentence: the one before it where times come first, else the one after, else
        the last before it, but for one that stands behind its own value in a list."""
        if not inside:
            return None
        before = [d for d in inside if d.mention.end <= mention.start]
        after = [d for d in inside if d.mention.start >= mention.end]
        values = [q.start for q in unit.quantities if sentence[0] <= q.start < sentence[1]]
        following = None
        if after:
            first = after[0].mention.start
            gap = self.shaded.lower[mention.end : first]
            others = any(mention.end <= at < first for at in values)
            if len(gap) <= AFTER_REACH and not others and "," not in gap and ";" not in gap:
                following = after[0]
        if inside[0].mention.start < min(values):
            if following is not None and len(after) == 1 and following.mention.start - mention.end <= CLOSE:
                if not any(at > following.mention.end for at in values):
                    return following
            return before[-1] if before else following
        if following is not None:
            return following
        if before:
            return None if ";" in self.shaded.lower[before[-1].mention.end : mention.start] else before[-1]
        return after[0] if len(after) == 1 else None

    def _vision(self, dated: Dated) -> bool:
        """A vision or orientation stands beside the horizon and dates no value."""
        start, end = dated.mention.start, dated.mention.end
        words = self.book.words("targets.vision")
        before = self.shaded.lower[max(0, start - CLOSE) : start].rstrip()
        return self.shaded.lower.startswith(words, start, end) or before.endswith(words)

    def _from_headings(self, block: Block) -> Period:
        """The period of the nearest heading, lead-in or parent bullet above that states one."""
        if block.parent is None:
            return UNDATED
        if block.parent not in self._above:
            above = self.tree.blocks[block.parent]
            times = [d for d in self.dated.get(above.block, ()) if _dates(d) and d.use != "none"]
            nearer = [d for d in times if not self._vision(d)]
            opens = self.shaded.lower.startswith(self.book.words("targets.vision"), self.tree.contents[above.block])
            times = nearer if nearer or not opens else times
            if above.end - above.start > HEADING_LENGTH:
                times = [d for d in times if d.use != "name"]
            self._above[above.block] = _period(times[-1], "heading") if times else self._from_headings(above)
        return self._above[block.parent]

    def _told_of(self) -> Period:
        """The period of the programme a news article tells of: the one named oftenest, the first of equals."""
        counted = Counter(
            (item.from_, item.to)
            for items in self.dated.values()
            for item in items
            if item.use == "name" and item.from_ and item.from_ != item.to
        )
        return Period(*counted.most_common(1)[0][0], "document") if counted else UNDATED


def _dates(dated: Dated) -> bool:
    """Whether a time can date a value."""
    return bool(dated.to) and dated.mention.get("kind") in ("due", "period")


def _within(dated: Dated, span: Span) -> bool:
    return span[0] <= dated.mention.start < span[1]


def _period(dated: Dated, source: str) -> Period:
    single = dated.mention.get("kind") == "due" or dated.from_ == dated.to
    return Period(None if single else dated.from_, dated.to, source, dated.mention.start, dated.use == "none")
