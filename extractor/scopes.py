"""What a target's indicator is about where its own words do not say -> its scope.

In order: the group rows of its table, the thing its line is of, the indicator before it where its own is a bare measure
("tốc độ tăng bình quân"), the sector an article speaks of, a heading "Đối với …", the area a plan is drawn for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .clauses import TRIM, Indicator
from .mentions import Mention, finder
from .model import Block
from .resolve import Context
from .rulebook import Rulebook
from .structure import HEADING_LENGTH, Outline, Span
from .text import Shade

PREFIX_REACH = 8  # characters before the words that open a heading's scope
NAMED = 240  # characters of a line in which it names what it is of
RUNNING = 600  # characters of an article before a value in which it says what it speaks of


@dataclass(frozen=True, slots=True)
class Scope:
    """Words that an indicator needs to be understood alone; `own`: of a thing whose sizes are no province's."""

    words: str | None = None
    own: bool = False


@dataclass(slots=True)
class Scopes:
    """The scopes of one document."""

    shaded: Shade
    tree: Outline
    ctx: Context
    book: Rulebook
    planned: str | None = None
    _above: dict[int, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, shaded: Shade, tree: Outline, ctx: Context, book: Rulebook) -> Scopes:
        """The scopes of a document whose title may name the area it plans."""
        scopes = cls(shaded, tree, ctx, book)
        area = scopes._said("title", *tree.head.title)[-1:] if tree.head.title else []
        scopes.planned = scopes._words(area[0]) if area else None
        return scopes

    def at(
        self, block: Block, clause: Span, mention: Mention, counted: Indicator, before: tuple[Mention, Indicator] | None
    ) -> Scope:
        """The scope of a value outside a table; `before` is the value before it in its line, with what it measures."""
        value = mention.start
        content, end = self.tree.content(block.block)
        line = self._said("line", content, min(end, content + NAMED))
        if line and line[0].end <= value and (counted.start is None or line[0].end <= counted.start):
            return Scope(self._words(line[0]), bool(line[0].get("own")))
        told = before[1].words if before is not None else None
        if before is not None and told is not None and self._is_part(before[0], mention):
            return Scope(told)
        words = (counted.words or "").lower()
        bare = self.book.words("targets.bare_indicators")
        if words in bare:
            rate = words.startswith(self.book.words("targets.growth_names"))
            if rate and told is not None and told.lower() not in bare:
                return Scope(told)
            start = max(0, value - RUNNING) if self.ctx.is_news else clause[0]
            sectors = self._said("running", start, value)
            if sectors:
                return Scope(self._words(sectors[-1]))
        return self.above(block)

    def above(self, block: Block) -> Scope:
        """The scope that the headings or the title give to all that stands under them."""
        return Scope(self._from_headings(block) or self.planned)

    def _is_part(self, whole: Mention, share: Mention) -> bool:
        """Whether a share is one of what was counted before it: "100 lớp, trong đó ít nhất 45% …"."""
        between = self.shaded.lower[whole.end : share.start]
        said = any(word in between for word in self.book.words("targets.parts"))
        return said and ". " not in between and share.get("unit") == "%"

    def _said(self, where: str, start: int, end: int) -> list[Mention]:
        found = finder(self.book, "scopes").find(self.shaded, start, end)
        return [mention for mention in found if mention.get("where") == where]

    def _words(self, mention: Mention) -> str:
        return " ".join(self.shaded.text[mention.start : mention.end].split()).strip(TRIM)

    def _from_headings(self, block: Block) -> str | None:
        """What the nearest heading that opens with "Đối với" or the like is for."""
        if block.parent is None:
            return None
        if block.parent not in self._above:
            above = self.tree.blocks[block.parent]
            self._above[block.parent] = self._opened(above) or self._from_headings(above)
        return self._above[block.parent]

    def _opened(self, above: Block) -> str | None:
        text = self.shaded.lower[above.start : above.end]
        for prefix in self.book.words("targets.scope_heads"):
            at = text.find(prefix)
            if 0 <= at <= PREFIX_REACH and len(text) <= HEADING_LENGTH:
                return self.shaded.text[above.start + at + len(prefix) : above.end].strip(TRIM)
        return None
