"""HTML: the document or article of a web page, or of a file saved as one, with a line for each table row.

The body is the element that `portals.csv` names for the site.  On pages of other sites the text that is not furniture
(menus, boxes, lists of links) is taken: all of it where it has tables or numbered lines, as official documents have,
else what trafilatura finds to be the article.  Nothing is ever fetched.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

from extractor.charset import decode
from extractor.errors import UnreadableFile
from extractor.model import Content, Problem
from extractor.rulebook import Row, Rulebook

from . import grid
from .fonts import RAISED
from .numbering import roman

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_BYTES = 50_000_000
# The parser's time grows with the square of the depth: 300,000 open elements took it 400 s.
MAX_DEPTH = 1_000
# A longer cell is a page laid out in a table, not a table.
LONGEST_CELL = 4_000
# trafilatura takes minutes for larger pages, which are no articles.
LARGEST_ARTICLE = 5_000_000

SKIPPED = (
    "script, style, noscript, template, iframe, object, svg, canvas, nav, header:not(article header), "
    "footer:not(article footer), aside, button, select, textarea, del"
)
HIDDEN = '[hidden], [style*="display" i], [style*="visibility" i], [style*="mso-hide" i], [aria-hidden="true"]'
HIDING = regex.compile(r"(?i)(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)")
BLOCKS = frozenset(
    """address article blockquote body caption center dd details div dl dt fieldset figcaption figure footer form h1 h2
    h3 h4 h5 h6 header hr legend li main menu ol p pre section summary table td th tr ul""".split()  # noqa: SIM905
)
# Elements that hold nothing or that the next of their kind closes: they never nest on their own.
SHALLOW = frozenset(
    """area base br col embed hr img input link meta param source track wbr p li dt dd td th tr thead tbody tfoot
    colgroup option optgroup html head body""".split()  # noqa: SIM905
)
FORMATS = frozenset("a b big code em font form i nobr s small strike strong tt u".split())  # noqa: SIM905
CLOSING = BLOCKS - SHALLOW - FORMATS  # blocks whose end tag closes all that is open in them
BOXES = frozenset(("div", "section", "ul", "ol", "dl", "form", "article", "table", "center", "menu", "details"))
LISTS = frozenset(("ul", "ol", "dl", "div", "section", "table", "tbody", "p", "menu"))
TAG = regex.compile(r"<!--|<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})")
RAW = ("script", "style", "textarea", "title")
SPACE = regex.compile(r"[^\S\xad]+")
NUMBERED = regex.compile(r"(?:\p{L}+ )?(?:\d+(?:\.\d+)*|[IVXL]+|\p{Ll}{1,2})[.):/]\s*\S")
MARK = regex.compile(r"\s*(?:(?:\d{1,3}(?:\.\d{1,3})*|[IVXLivxl]{1,6}|\p{L})[.):/]|[-+•])")
DATE = regex.compile(r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-]\d{4}(?!\d)")
UNIT = regex.compile(r"(?<!\p{L})(?:[kcdm]?m|dam|hm)\Z")
INTEGER = regex.compile(r"-?\d{1,9}")
EXPONENT = regex.compile(r"[-−]?\d{1,3}")
LIST_STYLE = regex.compile(
    r"(?i)list-style(?:-type)?\s*:[^;]*?([a-z]+-(?:alpha|latin|roman)|decimal|none|disc|circle|square)"
)
SUPERSCRIPTS = RAISED | {ord("-"): "⁻"}
LONG = 40  # characters of a line or text that is not a menu's
DATE_LINE = 80  # characters of the longest line that only tells when a page was published
HEAD = 3  # lines of an article before which its headline and date stand
MOST = 0.9  # of the long text, in the element taken for the document
BESIDE = 500  # characters of titles and signatures that may stand beside that element
ENOUGH = 0.95  # of the numbered lines, in an article taken for the page
FEW = 5  # numbered lines that do not make a document
LEAST = 200  # characters of a body
SHARE = 0.2  # of the page's long text, in the body of a known site
MINOR = 0.33  # of the page's long text, in what may be furniture or hidden
LINKED = 0.7  # of the characters of a list of links
LINKS = 3
DOUBLE = 1_000  # characters of long text that do not stand twice in a document
COLUMNS = 1_000  # of a table
MODULUS, BASE = (1 << 61) - 1, 1_000_003  # of fingerprints


def read(path: str, data: bytes, book: Rulebook, encoding: str | None = None) -> Content:
    """The text of a page without its menus and scripts, no page starts, and the problems met.

    encoding  what the page came with from outside, which goes before what its own head declares

    Raises UnreadableFile for a page too large, nested too deep or without text.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile(path, f"the page is larger than {MAX_BYTES // 1_000_000} MB")
    page, problems = decode(path, data, encoding or declared_encoding(data), book)
    text, more = page_text(path, page, book)
    return Content(text, problems=(*problems, *more))


def page_text(path: str, page: str, book: Rulebook) -> tuple[str, tuple[Problem, ...]]:
    """The text of the document on a page, and the problems met.  Raises UnreadableFile as `read` does."""
    if depth(page) > MAX_DEPTH:
        raise UnreadableFile(path, f"elements are nested deeper than {MAX_DEPTH}")
    problems: tuple[Problem, ...] = ()
    text, known = document_text(page, book)
    if not known and len(page) <= LARGEST_ARTICLE and not any(" | " in line for line in text.split("\n")):
        try:
            article = picked(article_text(page), text)
            text = headed(article, text, headline(page)) if keeps(article, text) else text
        except ImportError as error:
            what = f"menus may stand in the text: trafilatura cannot be imported ({error})"
            problems = (Problem("html", what),)
    if not text.strip():
        if regex.search(r"(?i)<i?frame\b", page):
            raise UnreadableFile(path, "the page only frames another page; save that one")
        raise UnreadableFile(path, "the page holds no text")
    return text, problems


def declared_encoding(data: bytes) -> str | None:
    """The encoding that the page's head names, or None."""
    found = regex.search(rb"(?i)<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-z0-9_:.-]{2,40})", data[:4096])
    return found[1].decode("ascii") if found else None


def depth(page: str) -> int:
    """How many elements stand open at once, at most, by their tags alone; no more are counted than MAX_DEPTH + 1.

    An end tag closes what a parser lets it close, or a page could nest without end: that of a block all that stands
    open in it, up to the table around; that of a format itself; any other only what stands open in the same block.
    """
    deepest = here = at = 0
    # Open blocks, each with what is open in it and no block, in order and by name.
    blocks: list[tuple[str, list[str], Counter[str]]] = [("body", [], Counter())]
    tables: list[Counter[str]] = [Counter()]  # open blocks by name, in each open table
    opened: Counter[str] = Counter()  # what is open and no block
    dead: Counter[str] = Counter()  # formats whose end tag stood in a block inside them
    while deepest <= MAX_DEPTH and (found := TAG.search(page, at)):
        at = found.end()
        name, closing = (found[2] or "").lower(), found[1]
        if not name or (name in RAW and not closing):
            at = page.find(f"</{name}" if name else "-->", at)
            if at < 0:
                break
        elif name in SHALLOW or name in RAW:
            continue
        elif not closing:
            if opened["svg"] and page[page.find(">", at) - 1] == "/":
                continue
            here += 1
            deepest = max(deepest, here)
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


def article_text(page: str) -> str:
    """The page's article as trafilatura finds it; "" where it finds none."""
    import trafilatura

    if "<del" in page:
        from selectolax.lexbor import LexborHTMLParser

        tree = LexborHTMLParser(page)
        tree.strip_tags(["del"], recursive=True)
        page = tree.html or ""
    return trafilatura.extract(page, include_tables=True, include_comments=False, include_links=False) or ""


def picked(article: str, whole: str) -> str:
    """The lines of the whole text that stand in the article, as they are there; "" where the article has more.

    What trafilatura writes lacks the numbers of lists and raised figures.
    """
    lines = {_plain(line) for line in article.split("\n")}
    joined = "".join(map(_plain, article.split("\n")))
    found: list[str] = []
    unsure: list[str] = []  # short lines whose words stand somewhere in the article
    for line in whole.split("\n"):
        key, bare = _plain(line), _plain(MARK.sub("", line, count=1))
        within = key in joined or bare in joined
        if key in lines or bare in lines or (within and len(bare) >= LONG):
            found += [*(unsure if found else ()), line]
            unsure = []
        elif within:
            unsure.append(line)
    found = found or unsure
    return "\n".join(found) if sum(len(_plain(line)) for line in found) >= ENOUGH * len(joined) else ""


def _plain(line: str) -> str:
    """The letters and figures of a line alone, by which lines of different writers compare."""
    return "".join(c for c in unicodedata.normalize("NFKC", line) if c.isalnum())


def keeps(article: str, whole: str) -> bool:
    """Whether the article holds what the whole text has of numbered lines, and has not made table rows of text."""
    if not article or article.startswith("|") or "\n|" in article:
        return False
    wanted = {SPACE.sub("", line) for line in whole.split("\n") if NUMBERED.match(line) and len(line) >= LONG}
    squeezed = SPACE.sub("", article.replace("\xad", ""))
    kept = sum(line.replace("\xad", "") in squeezed for line in wanted)
    return len(wanted) < FEW or kept >= ENOUGH * len(wanted)


def headed(article: str, whole: str, headline: str) -> str:
    """The article with its headline and the line that dates it, both of which trafilatura may take for furniture, put
    back before the first lines of the article that follow them in the whole text."""
    lines = article.split("\n")
    known = {SPACE.sub("", line): at for at, line in reversed(list(enumerate(lines)))}
    lost: dict[int, list[str]] = {}
    waiting: list[str] = []
    for line in whole.split("\n"):
        at = known.pop(SPACE.sub("", line), None)
        if at is not None:
            if at < HEAD:
                lost[at] = waiting
            waiting = []
        elif line == headline:
            waiting.append(line)
        elif len(line) <= DATE_LINE and DATE.search(line):
            # Of several dates the last is the article's; those above are the site's clock.
            waiting = [other for other in waiting if other == headline] + [line]
    return "\n".join(part for at, line in enumerate(lines) for part in (*lost.get(at, ()), line))


def headline(page: str) -> str:
    """The text of the page's first heading of the first rank; "" where there is none."""
    from selectolax.lexbor import LexborHTMLParser

    first = LexborHTMLParser(page).css_first("h1")
    return SPACE.sub(" ", first.text(deep=True)).strip() if first else ""


def document_text(page: str, book: Rulebook) -> tuple[str, bool]:
    """The text of a page's document, a line for each block and each table row; and whether its site is known."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(page).body
    if body is None:
        return "", False
    out = {node.mem_id for node in body.css(SKIPPED)}
    sizes = _measured(body, out)
    portals = book.tables["portals"]
    found = next((each for row in portals if row["body"] and (each := _body(body, row, sizes))), None)
    if found is None:
        if furniture := _furniture(body, portals, sizes) | _hidden(body, sizes, sizes[body.mem_id]):
            out |= furniture
            sizes = _measured(body, out)
        if links := _link_lists(body, out, sizes):
            out |= links
            sizes = _measured(body, out)
        return _lines(_content(body, out, sizes), out, sizes), False
    root, row = found
    out |= {node.mem_id for node in root.css(row["drop"])} if row["drop"] else set()
    out |= _hidden(root, sizes, sizes[root.mem_id])
    sizes = _measured(body, out)
    text = _lines(root, out, sizes)
    above = [_lines(node, out, sizes) for node in _apart(body, row["head"], root)] if row["head"] else []
    return "\n".join(dict.fromkeys(part for part in (*above, text) if part)), True


def _body(body: LexborNode, row: Row, sizes: dict[int, _Size]) -> tuple[LexborNode, Row] | None:
    """The element with most text among those that a known site puts its document in, where it is no mere box."""
    empty = _Size()
    best = max(body.css(row["body"]), key=lambda node: sizes.get(node.mem_id, empty).all, default=None)
    size = sizes.get(best.mem_id, empty) if best else empty
    enough = size.all >= LEAST and size.long >= SHARE * sizes[body.mem_id].long
    return (best, row) if best and enough else None


def _apart(body: LexborNode, selector: str, root: LexborNode) -> Iterator[LexborNode]:
    """The elements of a selector that neither stand in `root` nor hold it, the outermost of each."""
    around = set()
    above = root.parent
    while above is not None:
        around.add(above.mem_id)
        above = above.parent
    inside = {root.mem_id, *(node.mem_id for node in root.css(selector))}
    for node in body.css(selector):
        up, taken = node.parent, node.mem_id in inside or node.mem_id in around
        while up is not None and not taken:
            taken = up.mem_id in inside
            up = up.parent
        if not taken:
            inside.add(node.mem_id)
            yield node


def _furniture(body: LexborNode, portals: tuple[Row, ...], sizes: dict[int, _Size]) -> set[int]:
    """The elements that are furniture on any site, by their names.  Only boxes are, and no name is one that much of
    the text goes by: a portal may mark each paragraph of a document as one that can be shared."""
    most = MINOR * sizes[body.mem_id].long
    selectors = [each for row in portals if not row["body"] for each in row["drop"].split(",") if each.strip()]
    furniture: set[int] = set()
    for selector in selectors:
        found = {node.mem_id for node in body.css(selector) if node.tag in BOXES}
        if sum(sizes[known].long for known in found if known in sizes) <= most:
            furniture |= found
    return furniture


def _hidden(root: LexborNode, sizes: dict[int, _Size], whole: _Size) -> set[int]:
    """The elements that a reader does not see.  A page may be saved while another tab or a dialogue was open, so what
    holds much of the text stays; what is hidden from those who hear the page is hidden from all if it is short."""
    found = set()
    for node in root.css(HIDDEN):
        attributes = node.attributes
        size = sizes.get(node.mem_id, _Size())
        seen = "hidden" not in attributes and not HIDING.search(attributes.get("style") or "")
        if size.all < LONG if seen and attributes.get("aria-hidden") else not seen and size.long <= MINOR * whole.long:
            found.add(node.mem_id)
    return found


def _link_lists(body: LexborNode, out: set[int], sizes: dict[int, _Size]) -> set[int]:
    """The lists of links to other pages, each with the short line above that names it."""
    found = set()
    for node, entering in _walk(body, out):
        size = sizes.get(node.mem_id)
        if size is None or size.links < LINKS or not entering or node.tag not in LISTS:
            continue
        if size.linked >= LINKED * size.all and size.long == 0:
            found.add(node.mem_id)
            above = node.prev
            while above is not None and above.tag in ("-text", "-comment") and not (above.text_content or "").strip():
                above = above.prev
            if above is not None and 0 < sizes.get(above.mem_id, _Size()).all < LONG:
                found.add(above.mem_id)
    return found


def _walk(root: LexborNode, out: set[int]) -> Iterator[tuple[LexborNode, bool]]:
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
class _Size:
    """Characters of an element: all, those of long pieces outside links, those of links to other pages; how many such
    links; and a fingerprint of its text."""

    all: int = 0
    long: int = 0
    linked: int = 0
    links: int = 0
    print: int = 0
    power: int = 1


def _measured(body: LexborNode, out: set[int]) -> dict[int, _Size]:
    """The sizes of all elements with text."""
    sizes: dict[int, _Size] = {}
    stack = [_Size()]
    links = 0
    for node, entering in _walk(body, out):
        tag = node.tag
        if tag == "-text":
            if entering and (text := "".join((node.text_content or "").split())):
                length, size = len(text), stack[-1]
                size.all += length
                if links:
                    size.linked += length
                elif length >= LONG:
                    size.long += length
                shift = pow(BASE, length, MODULUS)
                size.print = (size.print * shift + hash(text)) % MODULUS
                size.power = size.power * shift % MODULUS
        elif entering:
            outward = tag == "a" and _outward(node)
            links += outward
            stack.append(_Size(links=int(outward)))
        else:
            links -= tag == "a" and _outward(node)
            own, size = stack.pop(), stack[-1]
            if own.all:
                sizes[node.mem_id] = own
                size.all += own.all
                size.long += own.long
                size.linked += own.linked
                size.links += own.links
                size.print = (size.print * own.power + own.print) % MODULUS
                size.power = size.power * own.power % MODULUS
    sizes.setdefault(body.mem_id, _Size())
    return sizes


def _outward(link: LexborNode) -> bool:
    href = link.attributes.get("href") or ""
    return bool(href) and not href.startswith(("#", "javascript:"))


def _content(body: LexborNode, out: set[int], sizes: dict[int, _Size]) -> LexborNode:
    """The smallest element with most of the long text, or the one around it that adds little: titles stand beside.

    A second copy of a long text, as for printing, is put `out`.
    """
    seen: dict[tuple[int, int], int] = {}
    again: dict[tuple[int, int], set[int]] = {}
    for node, entering in _walk(body, out):
        size = sizes.get(node.mem_id)
        if size is None or size.long < DOUBLE:
            continue
        key = (size.print, size.all)
        if entering and seen.get(key) == 0:
            again.setdefault(key, set()).add(node.mem_id)
        seen[key] = seen.get(key, 0) + (1 if entering else -1)
    if again:
        out.update(*again.values())
        sizes.update(_measured(body, out))
    chain = [body]
    enough = max(1, MOST * sizes[body.mem_id].long)
    empty = _Size()
    while heavy := next(
        (n for n in chain[-1].iter() if n.mem_id not in out and sizes.get(n.mem_id, empty).long >= enough), None
    ):
        chain.append(heavy)
    root = chain.pop()
    own = sizes.get(root.mem_id, empty).all
    while chain and sizes.get(chain[-1].mem_id, empty).all - own <= BESIDE:
        root = chain.pop()
    return root


def _lines(root: LexborNode, out: set[int], sizes: dict[int, _Size]) -> str:
    """The text of an element: a line for each block and each table row."""
    writer = _Writer(sizes)
    for node, entering in _walk(root, out):
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


class _Writer:
    """Collects text in the order of the page; knows whether it stands in a cell, where blocks do not break the line."""

    def __init__(self, sizes: dict[int, _Size]) -> None:
        self.sizes = sizes
        self.out: list[str] = []
        self.outer: list[str] = []  # what stands before the cell that is open
        self.tables: list[_Table | None] = []  # None where the rows are no lines
        self.place: tuple[int, int] | None = None  # of the open cell
        self.within = 0  # tables open in that cell
        self.counters: list[_Counter | None] = []
        self.raised: list[int] = []
        self.linked = 0
        self.verbatim = 0

    def enter(self, node: LexborNode) -> None:
        tag = node.tag
        if tag == "-text":
            text = node.text_content or ""
            self.out.append(text if self.verbatim and self.place is None else SPACE.sub(" ", text))
        elif tag == "br":
            self.out.append(" " if self.place is not None else "\n")
        elif tag in BLOCKS:
            self._enter_block(node, tag)
        elif tag == "sup":
            self.raised.append(len(self.out))
        elif tag == "a":
            self.linked += 1

    def _enter_block(self, node: LexborNode, tag: str) -> None:
        self.out.append(" " if self.place is not None else "\n")
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
            self.out.append(counter.mark(node))
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
        self.out.append(" " if self.place is not None else "\n")
        if tag == "table":
            if self.place is not None:
                self.within -= 1
            elif self.tables and (table := self.tables.pop()):
                self.out += [f"{line}\n" for line in table.lines()]
        elif tag in ("ol", "ul", "menu") and self.counters:
            self.counters.pop()
        self.verbatim -= tag == "pre"

    def _is_data(self, table: LexborNode) -> bool:
        """Whether a table is one: somewhere two cells in a row, and no cell as long as a page."""
        if table.css_first("td + td, th + th, th + td, td + th") is None:
            return False
        return all(self.sizes.get(cell.mem_id, _Size()).all <= LONGEST_CELL for cell in table.css("td, th"))

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
    pieces = (node.text_content or "" for node, _ in _walk(root, set()) if node.tag == "-text")
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
