"""Elements of a web page -> how much text they hold, and their text: a line for each block and each table row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from . import grid
from .fonts import RAISED
from .numbering import roman

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

# The parser's time grows with the square of the depth: 300,000 open elements took it 400 s.
MAX_DEPTH = 1_000
# As it does with the attributes of one tag: 500,000 took it over 120 s.
MAX_ATTRIBUTES = 250
# A longer cell is a page laid out in a table, not a table.
LONGEST_CELL = 4_000
# A cell with most of the text of its table is a page, laid out beside its menus.  Blocks and characters of one: more
# than a signature behind an empty cell has, and in long lines, where other text stands beside it, more than a list of
# recipients, which has some 300.
PAGE_BLOCKS, PAGE, PAGE_BESIDE = 5, 200, 1_000
PAGE_SHARE = 0.75
LINKED = 0.7  # of the characters of a list of links
BLOCKS = frozenset(
    """address article blockquote body caption center dd details div dl dt fieldset figcaption figure footer form h1 h2
    h3 h4 h5 h6 header hr legend li main menu ol p pre section summary table td th tr ul""".split()  # noqa: SIM905
)
# Blocks that never go on behind the number of the item they stand in.
OWN_LINES = frozenset("caption dl hr li menu ol table tbody td tfoot th thead tr ul".split())  # noqa: SIM905
# Elements that hold nothing or that the next of their kind closes: they never nest on their own.
SHALLOW = frozenset(
    """area base br col embed hr img input link meta param source track wbr p li dt dd td th tr thead tbody tfoot
    colgroup option optgroup html head body""".split()  # noqa: SIM905
)
FORMATS = frozenset("a b big code em font form i nobr s small strike strong tt u".split())  # noqa: SIM905
CLOSING = BLOCKS - SHALLOW - FORMATS  # blocks whose end tag closes all that is open in them
TAG = regex.compile(r"<!--|<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})")
# The rest of a tag: of its name, its attributes as a parser counts them, its end.
ATTRIBUTE = r"""[ \t\n\f\r/]*+(?:=[^ \t\n\f\r/>=]*+|[^ \t\n\f\r/>=]++)
    (?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+|(?=>)|\Z))?+"""
REST = regex.compile(rf"(?x)[^ \t\n\f\r/>]*+ (?:{ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+ [ \t\n\f\r/]*+ (?:>|\Z|(.))")
RAW = ("script", "style", "textarea", "title")
SPACE = regex.compile(r"[^\S\xad]+")
MARK = regex.compile(r"\s*(?:(?:\d{1,3}(?:\.\d{1,3})*|[IVXLivxl]{1,6}|\p{L})[.):/]|[-+•])")
UNIT = regex.compile(r"(?<!\p{L})(?:[kcdm]?m|dam|hm)\Z")
INTEGER = regex.compile(r"-?\d{1,9}")
EXPONENT = regex.compile(r"[-−]?\d{1,3}")
LIST_STYLE = regex.compile(
    r"(?i)list-style(?:-type)?\s*:[^;]*?([a-z]+-(?:alpha|latin|roman)|decimal|none|disc|circle|square)"
)
SUPERSCRIPTS = RAISED | {ord("-"): "⁻"}
LONG = 40  # characters of a line or text that is not a menu's
COLUMNS = 1_000  # of a table
NEW = 0.05  # of the lines and characters of a copy that do not stand before it
MOST_NEW = 200  # characters of them
SEARCHED = 10  # times that the lines of a page are looked at for copies: elements lie in each other by the thousand


def tags(page: str) -> Iterator[tuple[str, bool, bool, bool]]:
    """Each tag outside comments and scripts: its name, whether it is an end tag, whether it closes itself, and whether
    it has more than MAX_ATTRIBUTES."""
    at = 0
    while found := TAG.search(page, at):
        at = found.end()
        name = (found[2] or "").lower()
        if name:
            rest = REST.match(page, at)
            assert rest is not None
            at = rest.end()
            yield name, bool(found[1]), page[at - 2] == "/", bool(rest[1])
        if not name or (name in RAW and not found[1]):
            at = page.find(f"</{name}" if name else "-->", at)
            if at < 0:
                break


def crowded(page: str) -> bool:
    """Whether a tag has more attributes than MAX_ATTRIBUTES."""
    return any(tag[3] for tag in tags(page))


def depth(page: str) -> int:
    """How many elements stand open at once, at most, by their tags alone; no more are counted than MAX_DEPTH + 1.

    An end tag closes what a parser lets it close, or a page could nest without end: that of a block all that stands
    open in it, up to the table around; that of a format itself; any other only what stands open in the same block.
    """
    deepest = here = 0
    # Open blocks, each with what is open in it and no block, in order and by name.
    blocks: list[tuple[str, list[str], Counter[str]]] = [("body", [], Counter())]
    tables: list[Counter[str]] = [Counter()]  # open blocks by name, in each open table
    opened: Counter[str] = Counter()  # what is open and no block
    dead: Counter[str] = Counter()  # formats whose end tag stood in a block inside them
    for name, closing, closed, _ in tags(page):
        if name in SHALLOW or name in RAW:
            continue
        if not closing:
            if opened["svg"] and closed:
                continue
            here += 1
            deepest = max(deepest, here)
            if deepest > MAX_DEPTH:
                break
            if name in CLOSING:
                blocks.append((name, [], Counter()))
                tables[-1][name] += 1
                if name == "table":
                    tables.append(Counter())
            else:
                blocks[-1][1].append(name)
                blocks[-1][2][name] += 1
                opened[name] += 1
        elif name in CLOSING:
            if name == "table" and len(tables) > 1:
                tables.pop()
            elif not tables[-1][name]:
                continue
            last = ""
            while last != name:
                last, inside, _ = blocks.pop()
                if last == name or name != "table":
                    tables[-1][last] -= 1
                here -= 1
                for each in inside:
                    if dead[each]:
                        dead[each] -= 1
                    else:
                        opened[each] -= 1
                        here -= 1
        elif blocks[-1][2][name]:
            last = ""
            while last != name:
                last = blocks[-1][1].pop()
                blocks[-1][2][last] -= 1
                opened[last] -= 1
                here -= 1
        elif name in FORMATS and opened[name]:
            dead[name] += 1
            opened[name] -= 1
            here -= 1
    return deepest


def walk(root: LexborNode, out: set[int]) -> Iterator[tuple[LexborNode, bool]]:
    """Each node but those in `out` twice, at its beginning (True) and its end, without recursion: pages nest deeper
    than Python calls."""
    node, down, end = root, True, root.mem_id
    while True:
        known = node.mem_id
        if known not in out:
            yield node, down
        if down and known not in out and (child := node.child) is not None:
            node = child
        elif known == end:  # == would compare their markup
            if down and known not in out:
                yield node, False
            return
        elif down and known not in out:
            down = False
        elif (sibling := node.next) is not None:
            node, down = sibling, True
        elif (parent := node.parent) is not None:
            node, down = parent, False
        else:
            return


@dataclass(slots=True)
class Size:
    """Characters of an element: all, those of long pieces outside links, those of links to other pages; and how many
    such links."""

    all: int = 0
    long: int = 0
    linked: int = 0
    links: int = 0


def measured(body: LexborNode, out: set[int]) -> dict[int, Size]:
    """The sizes of all elements with text."""
    sizes: dict[int, Size] = {}
    stack = [Size()]
    links = 0
    for node, entering in walk(body, out):
        tag = node.tag
        if tag == "-text":
            if entering and (text := "".join((node.text_content or "").split())):
                length, size = len(text), stack[-1]
                size.all += length
                if links:
                    size.linked += length
                elif length >= LONG:
                    size.long += length
        elif entering:
            outward = tag == "a" and _outward(node)
            links += outward
            stack.append(Size(links=int(outward)))
        else:
            links -= tag == "a" and _outward(node)
            own, size = stack.pop(), stack[-1]
            if own.all:
                sizes[node.mem_id] = own
                size.all += own.all
                size.long += own.long
                size.linked += own.linked
                size.links += own.links
    sizes.setdefault(body.mem_id, Size())
    return sizes


def copies(root: LexborNode, out: set[int], sizes: dict[int, Size], least: float) -> set[int]:
    """The elements with `least` characters of long text of which nearly all stands before them: what a page shows again
    to a printer or on a small screen, but for a line or two."""
    first: dict[str, int] = {}
    origins: list[int] = []  # of each line: the first one equal to it
    lengths: list[int] = []
    fresh = [0]  # lines that are equal to none before them, up to each
    spans: dict[int, tuple[int, int]] = {}  # element -> its lines, in the order of the page
    line: list[str] = []
    for node, entering in walk(root, out):
        tag = node.tag
        if tag == "-text":
            line += (node.text_content or "").split() if entering else ()
        elif tag == "br" or tag in BLOCKS:
            if text := "".join(line):
                origins.append(first.setdefault(text, len(origins)))
                lengths.append(len(text))
                fresh.append(len(first))
                line = []
            if (size := sizes.get(node.mem_id)) and size.long >= least:
                begin = len(origins) if entering else spans[node.mem_id][0]
                spans[node.mem_id] = begin, len(origins)
    found: set[int] = set()
    past, room = 1, SEARCHED * len(origins)
    for known, (begin, end) in spans.items():
        most = NEW * (end - begin)
        if begin < past or fresh[end] - fresh[begin] > most or room < end - begin:
            continue
        room -= end - begin
        new = [length for origin, length in zip(origins[begin:end], lengths[begin:end], strict=True) if origin >= begin]
        if len(new) <= most and sum(new) <= min(MOST_NEW, NEW * sum(lengths[begin:end])):
            found.add(known)
            past = end
    return found


def _outward(link: LexborNode) -> bool:
    href = link.attributes.get("href") or ""
    return bool(href) and not href.startswith(("#", "javascript:"))


def lines(root: LexborNode, out: set[int], sizes: dict[int, Size]) -> str:
    """The text of an element: a line for each block and each table row."""
    writer = _Writer(sizes)
    for node, entering in walk(root, out):
        if entering:
            writer.enter(node)
        else:
            writer.leave(node)
    return writer.text()


class _Table:
    """The cells of an open table in their places, those that spans take up left free."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], str] = {}
        self.taken: dict[int, int] = {}  # column -> the first row below the cell that spans it
        self.high: list[tuple[int, int, int]] = []  # column and rows (first, end) that a cell above spans
        self.row = -1
        self.column = 0
        self.room = grid.MOST_EMPTY

    def begin(self, cell: LexborNode) -> tuple[int, int]:
        """The place of a cell."""
        while self.taken.get(self.column, 0) > self.row and self.column < COLUMNS:
            self.column += 1
        place = (max(self.row, 0), self.column)
        wide, high = _span(cell, "colspan", COLUMNS - self.column), _span(cell, "rowspan", 65_534)
        self.room -= wide
        wide = wide if self.room > 0 else 1
        if high > 1:
            self.high.append((self.column, self.row + 1, self.row + high))
            for column in range(self.column, self.column + wide):
                self.taken[column] = self.row + high
        self.column += wide
        return place

    def lines(self) -> Iterator[str]:
        """A line for each row that is not empty.

        Columns that begin in no row together are one: where cells do not line up, as in tables that Word has saved,
        each row has borders of its own.
        """
        full = {row for (row, _), text in self.cells.items() if text}
        begun: dict[int, set[int]] = {}
        for row, column in self.cells:
            if row in full:
                begun.setdefault(column, set()).add(row)
        room = grid.MOST_EMPTY
        for column, first, end in self.high:
            end = min(end, self.row + 1)
            room -= end - first
            if room > 0:
                begun.setdefault(column, set()).update(full.intersection(range(first, end)))
        place: dict[int, int] = {}
        last, rows = -1, set[int]()
        for column in sorted(begun):
            if last < 0 or not rows.isdisjoint(begun[column]):
                last, rows = last + 1, set()
            rows |= begun[column]
            place[column] = last
        cells = {(row, place[column]): text for (row, column), text in self.cells.items() if row in full}
        return (grid.line(texts) for _, texts in grid.rows(cells))


def _span(cell: LexborNode, name: str, most: int) -> int:
    said = (cell.attributes.get(name) or "").strip()
    if said == "0" and name == "rowspan":
        return most
    return max(1, min(int(said), most)) if said.isdecimal() and len(said) < 9 else 1


def _rows(table: LexborNode) -> Iterator[LexborNode]:
    """The rows of a table, not those of tables inside it."""
    for part in table.iter():
        if part.tag == "tr":
            yield part
        elif part.tag in ("tbody", "thead", "tfoot"):
            yield from (row for row in part.iter() if row.tag == "tr")


class _Writer:
    """Collects text in the order of the page; knows whether it stands in a cell, where blocks do not break the line."""

    def __init__(self, sizes: dict[int, Size]) -> None:
        self.sizes = sizes
        self.out: list[str] = []
        self.outer: list[str] = []  # what stands before the cell that is open
        self.tables: list[_Table | None] = []  # None where the rows are no lines
        self.place: tuple[int, int] | None = None  # of the open cell
        self.within = 0  # tables open in that cell
        self.counters: list[_Counter | None] = []
        self.marked = False  # only the number of an item stands on the line as yet
        self.raised: list[int] = []
        self.linked = 0
        self.verbatim = 0

    def enter(self, node: LexborNode) -> None:
        tag = node.tag
        if tag == "-text":
            text = node.text_content or ""
            if self.marked:
                text = text.lstrip()
                self.marked = not text
            self.out.append(text if self.verbatim and self.place is None else SPACE.sub(" ", text))
        elif tag == "br":
            self._break(tag)
        elif tag in BLOCKS:
            self._enter_block(node, tag)
        elif tag == "sup":
            self.raised.append(len(self.out))
        elif tag == "a":
            self.linked += 1

    def _enter_block(self, node: LexborNode, tag: str) -> None:
        self._break(tag)
        table = self.tables[-1] if self.tables else None
        if tag == "table":
            if self.place is not None:
                self.within += 1
            else:
                self.tables.append(_Table() if self._is_data(node) else None)
        elif self.within:
            pass
        elif tag == "tr" and table:
            table.row, table.column = table.row + 1, 0
        elif tag in ("td", "th") and table and self.place is None:
            self.place, self.outer, self.out = table.begin(node), self.out, []
        if tag in ("ol", "ul", "menu"):
            self.counters.append(_counter(node) if tag == "ol" else None)
        elif tag == "li" and self.counters and (counter := self.counters[-1]):
            mark = counter.mark(node)
            self.out.append(mark)
            self.marked = bool(mark)
        self.verbatim += tag == "pre"

    def leave(self, node: LexborNode) -> None:
        tag = node.tag
        if tag == "sup" and self.raised:
            start = self.raised.pop()
            if start <= len(self.out):
                before = next((piece for piece in reversed(self.out[:start][-4:]) if piece.strip()), "")
                footnote = self.linked > 0 or node.css_first("a[href]") is not None
                self.out[start:] = [_raised("".join(self.out[start:]), before, footnote)]
        elif tag == "a":
            self.linked -= 1
        elif tag in BLOCKS:
            self._leave_block(node, tag)

    def _leave_block(self, node: LexborNode, tag: str) -> None:
        if tag in ("td", "th") and self.place is not None and not self.within:
            table = self.tables[-1]
            assert table is not None
            text = grid.tidy("".join(self.out))
            known = table.cells.get(self.place)
            table.cells[self.place] = f"{known} {text}".strip() if known else text
            self.out, self.place = self.outer, None
            return
        self._break(tag)
        if tag == "table":
            if self.place is not None:
                self.within -= 1
            elif self.tables and (table := self.tables.pop()):
                self.out += [f"{line}\n" for line in table.lines()]
        elif tag in ("ol", "ul", "menu") and self.counters:
            self.counters.pop()
        self.verbatim -= tag == "pre"

    def _break(self, tag: str) -> None:
        """A new line where a block begins or ends, but not between the number of an item and its text."""
        self.marked = self.marked and tag not in OWN_LINES
        if not self.marked:
            self.out.append(" " if self.place is not None else "\n")

    def _is_data(self, table: LexborNode) -> bool:
        """Whether a table is one: somewhere two cells in a row, and no cell that is a page."""
        if table.css_first("td + td, th + th, th + td, td + th") is None:
            return False
        if any(self.sizes.get(cell.mem_id, Size()).all > LONGEST_CELL for cell in table.css("td, th")):
            return False
        return not self._is_page(table)

    def _is_page(self, table: LexborNode) -> bool:
        """Whether one cell is a page and what stands around it are its menus, its head and its foot."""
        heaviest, most, total, compared = None, Size(), 0, 0
        for row in _rows(table):
            told = 0  # cells that are no lists of links
            for cell in row.iter():
                size = self.sizes.get(cell.mem_id)
                if cell.tag in ("td", "th") and size and size.linked < LINKED * size.all:
                    told, total = told + 1, total + size.all
                    if size.all > most.all:
                        heaviest, most = cell, size
            compared += told > 1
        if heaviest is None or compared > 1 or most.all < PAGE_SHARE * total:
            return False
        if most.long < PAGE_BESIDE if compared else most.all < PAGE:
            return False
        return len(heaviest.css("p, div, br, li, h1, h2, h3, h4, h5, h6")) >= PAGE_BLOCKS

    def text(self) -> str:
        lines = (SPACE.sub(" ", line).strip() for line in "".join(self.out).split("\n"))
        return "\n".join(line for line in lines if line)


def _raised(text: str, before: str, footnote: bool) -> str:
    """Raised text as a line can show it: m2, 10³, a note's number as [1]."""
    number = text.strip()
    if not EXPONENT.fullmatch(number):
        return text
    if footnote:
        return f"[{number}]"
    return text if number in "23" and UNIT.search(before) else number.replace("−", "-").translate(SUPERSCRIPTS)


@dataclass(slots=True)
class _Counter:
    """The numbers of an ordered list."""

    next: int
    step: int
    style: str

    def mark(self, item: LexborNode) -> str:
        """What a browser shows before the item; "" where the item's own text begins with a mark."""
        said = (item.attributes.get("value") or "").strip()
        number = int(said) if INTEGER.fullmatch(said) else self.next
        self.next = number + self.step
        style = _style(item) or self.style
        if style == "none" or MARK.match(_beginning(item)):
            return ""
        return f"{_numeral(number, style)} "


def _beginning(root: LexborNode) -> str:
    """The first words in an element."""
    pieces = (node.text_content or "" for node, _ in walk(root, set()) if node.tag == "-text")
    return next((text for text in pieces if text.strip()), "")


STYLES = {"1": "decimal", "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}


def _counter(node: LexborNode) -> _Counter:
    attributes = node.attributes
    said = (attributes.get("start") or "").strip()
    backwards = "reversed" in attributes
    first = sum(child.tag == "li" for child in node.iter()) if backwards else 1
    start = int(said) if INTEGER.fullmatch(said) else first
    return _Counter(start, -1 if backwards else 1, _style(node) or "decimal")


def _style(node: LexborNode) -> str:
    """How the numbers of a list or item are written, as far as it says: a CSS counter style, or "none"."""
    attributes = node.attributes
    said = LIST_STYLE.search(attributes.get("style") or "")
    if said:
        style = said[1].lower().replace("latin", "alpha")
        return "none" if style in ("disc", "circle", "square") else style
    return STYLES.get((attributes.get("type") or "").strip(), "")


def _numeral(number: int, style: str) -> str:
    """A list's number as Vietnamese documents write it: 1. I. A. a) i)"""
    kind, _, letters = style.rpartition("-")
    text = str(number)
    if letters == "roman" and 0 < number < 400:
        text = roman(number)
    elif letters == "alpha" and number > 0:
        text, rest = "", number
        while rest:
            rest, letter = divmod(rest - 1, 26)
            text = chr(ord("a") + letter) + text
    return f"{text})" if kind == "lower" else f"{text.upper()}."
