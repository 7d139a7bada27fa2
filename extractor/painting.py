"""A text as HTML with any spans of it marked, and with its structure: headings, indents, tables, pages.

    out = Html()
    painter = Painter(out, text, [Mark(0, 12, "gold", "what a card says", "an-id")])
    painter.paint(0, len(text))  # or Article(out, painter, blocks, pages).write()
    out.written()

Nothing here knows of records.  How marks, cards and pages look is said in page.css.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import TreeBuilder, tostring

from .messages import say
from .safe import clean, line

Row = Mapping[str, Any]

HEADING = 200  # a longer block is running text, though others stand under it
LEVELS = 4  # of headings, h3 to h6
INDENTS = 6
LAID_OUT = ("header", "recipients", "signature")  # blocks with a layout of their own


class Html:
    """An HTML tree in the making.  What goes in is plain text: it is cleaned here, and escaped when written."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()

    def open(self, name: str, /, **attributes: str | None) -> None:
        """Begin an element; of attributes, `class_` is class, `aria_label` aria-label, and None is none."""
        given = {key.rstrip("_").replace("_", "-"): clean(text) for key, text in attributes.items() if text is not None}
        self._tree.start(name, given)

    def close(self, name: str) -> None:
        self._tree.end(name)

    def text(self, text: str) -> None:
        self._tree.data(clean(text))

    @contextmanager
    def inside(self, name: str, /, **attributes: str | None) -> Iterator[None]:
        """An element around what the block writes."""
        self.open(name, **attributes)
        yield
        self.close(name)

    def element(self, name: str, text: str = "", /, **attributes: str | None) -> None:
        """An element with nothing but text."""
        self.open(name, **attributes)
        self.text(text)
        self.close(name)

    def written(self) -> str:
        """The page; nothing can be added afterwards."""
        return "<!doctype html>\n" + tostring(self._tree.close(), encoding="unicode", method="html") + "\n"


# --- a text with marks ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of a text to be shown: its css classes, what its card says, and the id that a link may jump to."""

    start: int
    end: int
    css: str
    card: str = ""
    id: str | None = None


class Painter:
    """Writes a text stretch by stretch, from front to back, with `<mark>` elements where marks stand.

    Marks nest by length; one that crosses another, or the edge of a stretch, is cut into several elements.  The first
    has the mark's id, the others name it in `data-of`.
    """

    def __init__(self, out: Html, text: str, marks: Iterable[Mark]) -> None:
        self.out = out
        self.text = text
        self._waiting = sorted((m for m in marks if m.start < m.end), key=lambda m: (-m.start, m.end))
        self._under_way: list[Mark] = []
        self._begun: set[int] = set()

    def paint(self, start: int, end: int) -> None:
        """Write text[start:end]; what stands between two stretches is not written."""
        opened: list[Mark] = []
        while start < end:
            self._under_way = [m for m in self._under_way if m.end > start]
            while self._waiting and self._waiting[-1].start <= start:
                mark = self._waiting.pop()
                if mark.end > start:
                    self._under_way.append(mark)
            stop = min([end, *(m.end for m in self._under_way), *(m.start for m in self._waiting[-1:])])
            common = 0
            for old, new in zip(opened, self._under_way, strict=False):
                if old is not new:
                    break
                common += 1
            self._close(opened, common)
            for mark in self._under_way[common:]:
                self._open(mark)
                opened.append(mark)
            self.out.text(self.text[start:stop])
            start = stop
        self._close(opened, 0)

    def _open(self, mark: Mark) -> None:
        again = id(mark) in self._begun
        self._begun.add(id(mark))
        self.out.open(
            "mark",
            class_=mark.css,
            id=None if again else mark.id,
            data_of=mark.id if again else None,
            tabindex="0" if mark.card and not again else None,
            aria_description=mark.card or None,
        )

    def _close(self, opened: list[Mark], keep: int) -> None:
        while len(opened) > keep:
            opened.pop()
            self.out.close("mark")


# --- the structure of a text ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """How a block is shown: `level` 1 to 4 as a heading, 0 as running text; how far it is indented; its line in the
    outline, "" for none, and how deep it stands there."""

    level: int
    indent: int
    entry: str
    depth: int


def shapes(text: str, blocks: Sequence[Row]) -> dict[int, Shape]:
    """The shapes of all blocks but rows and cells, by their numbers."""
    lines = [block for block in blocks if block["kind"] not in ("row", "cell")]
    parents = {block["parent"] for block in lines}
    found: dict[int, Shape] = {}
    for block in lines:
        above = found.get(block["parent"])
        depth = above.depth + 1 if above else 1
        words = line(text[block["start"] : block["end"]])
        named = _is_named(block)
        opens = named or (block["block"] in parents and block["kind"] != "item" and bool(block["label"]))
        opens = opens and (above is None or above.entry != "")
        headed = opens and _is_heading(words, lead_in=not named and block["kind"] != "section")
        title = block["heading"] if block["heading"] and block["heading"] not in words else ""
        found[block["block"]] = Shape(
            level=min(depth, LEVELS) if headed else 0,
            indent=min(above.indent + 1, INDENTS) if above and not above.level else int(block["kind"] == "item"),
            entry=line(f"{words} {title}", 110) if headed or (opens and named) else "",
            depth=depth,
        )
    return found


def _is_named(block: Row) -> bool:
    """Whether a block is cited by a word and its number, as chapters and articles are, not by the number alone."""
    label, path = block["label"], block["path"]
    return bool(label) and path != label and not path.endswith(f".{label}")


def _is_heading(words: str, *, lead_in: bool) -> bool:
    """Whether words that others stand under read as a heading, not as a sentence; `lead_in`: a colon makes them one."""
    if words.endswith(":"):
        return not lead_in and len(words) <= HEADING // 2
    return len(words) <= HEADING and not words.endswith((".", ";", ","))


class Article:
    """Writes the text of a document with its structure: headings, indents, tables, and where its pages begin.

    What is written is all of the text but white space between blocks.
    """

    def __init__(self, out: Html, painter: Painter, blocks: Sequence[Row], pages: Sequence[Row] = ()) -> None:
        self.out = out
        self.painter = painter
        self.blocks = blocks
        self.shapes = shapes(painter.text, blocks)
        self._inside: dict[int, list[Row]] = defaultdict(list)
        for block in blocks:
            if block["kind"] in ("row", "cell"):
                self._inside[block["parent"]].append(block)
        self._written = 0
        self._pages = list(reversed(pages)) if len(pages) > 1 else []

    def write(self) -> None:
        heading = None
        for block in self.blocks:
            if block["kind"] == "table":
                self._table(self._inside[block["block"]])
            elif block["kind"] not in ("row", "cell"):
                # The name of a chapter on a line of its own belongs to the chapter's heading.
                titles = heading is not None and self.painter.text[block["start"] : block["end"]] == heading
                self._line(block, "name" if titles else "")
            heading = block["heading"]
        self._bars(len(self.painter.text))

    def _line(self, block: Row, css: str) -> None:
        shape = self.shapes[block["block"]]
        kind = block["kind"] if block["kind"].isascii() else ""
        indent = f"indent{shape.indent}" if shape.indent and not shape.level else ""
        name = f"h{shape.level + 2}" if shape.level else "p"
        anchor = f"b{block['block']}" if shape.entry else None
        with self.out.inside(name, class_=" ".join([kind, indent, css]).strip() or None, id=anchor):
            self._leaf(block)
        self.out.text("\n")

    def _table(self, rows: Sequence[Row]) -> None:
        filled = {row["block"]: self._inside.get(row["block"], []) for row in rows}
        width = max((cell["column"] + 1 for cells in filled.values() for cell in cells), default=1)
        with self.out.inside("div", class_="wide"), self.out.inside("table"):
            for row in rows:
                cells = filled[row["block"]]
                with self.out.inside("tr", class_=None if cells else "bars"):
                    if len(cells) == 1 and cells[0]["column"] == 0:
                        self._cell("td", cells[0], colspan=str(width))
                        continue
                    column = 0
                    for cell in cells:
                        for _ in range(column, cell["column"]):
                            self.out.element("td")
                        self._cell("td" if row["row"] else "th", cell)
                        column = cell["column"] + 1
                    if not cells:
                        self._cell("td", row)
            self.out.text("\n")

    def _cell(self, name: str, block: Row, **attributes: str) -> None:
        with self.out.inside(name, **attributes):
            self._leaf(block)

    def _leaf(self, block: Row) -> None:
        """A block's own line, and before it, unseen, the bars that part it from another cell."""
        start, end = block["start"], block["end"]
        self._bars(start)
        if block["kind"] in LAID_OUT and "|" in self.painter.text[start:end]:
            self._sides(start, end)
        else:
            self._stretch(start, end)
        self._written = end

    def _bars(self, end: int) -> None:
        if bars := self.painter.text[self._written : end].strip():
            self.out.element("span", bars, class_="bars")

    def _sides(self, start: int, end: int) -> None:
        """What a page shows side by side, and a text on one line with bars between."""
        for side in re.finditer(r"(\|)|[^|]+", self.painter.text[start:end]):
            if side[1]:
                self.out.element("span", "|", class_="bars")
            elif side[0].strip():
                with self.out.inside("span", class_="side"):
                    self._stretch(start + side.start(), start + side.end())

    def _stretch(self, start: int, end: int) -> None:
        while self._pages and self._pages[-1]["start"] < end:
            page = self._pages.pop()
            self.painter.paint(start, page["start"])
            start = max(start, page["start"])
            self.out.element("span", class_="page", data_page=say("where.page", page=page["number"]))
        self.painter.paint(start, end)
