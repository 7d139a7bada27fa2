"""HTML: the text of a web page, or of an official document saved as one, with a line for each table row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import regex

from extractor.charset import decode
from extractor.errors import UnreadableFile
from extractor.model import Content, Problem
from extractor.rulebook import Rulebook

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_BYTES = 50_000_000
# The parser's time grows with the square of the depth: 300,000 open elements took it 400 s.
MAX_DEPTH = 1_000
# A longer cell is a page laid out in a table, not a table.
LONGEST_CELL = 4_000

SKIPPED = (
    "script, style, noscript, template, iframe, object, svg, canvas, "
    "nav, header, footer, aside, button, select, textarea"
)
BLOCKS = frozenset(
    """address article blockquote body br caption center dd details div dl dt fieldset figcaption figure form h1 h2 h3
    h4 h5 h6 hr legend li main ol p pre section summary table td th tr ul""".split()  # noqa: SIM905
)
# Elements that hold nothing or that the next of their kind closes: they never nest on their own.
SHALLOW = frozenset(
    """area base br col embed hr img input link meta param source track wbr p li dt dd td th tr thead tbody tfoot
    colgroup option optgroup html head body""".split()  # noqa: SIM905
)
TAG = regex.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,30})")
SPACE = regex.compile(r"[^\S\xad]+")
NUMBERED = regex.compile(r"(?:\p{L}+ )?(?:\d+(?:\.\d+)*|[IVXL]+|\p{Ll}{1,2})[.):/]\s*\S")
DATE = regex.compile(r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-]\d{4}(?!\d)")
LONG = 40  # characters of a line or text that is not a menu's
DATE_LINE = 80  # characters of the longest line that only tells when a page was published
HEAD = 3  # lines of an article before which its headline and date stand
MOST = 0.9  # of the long text, in the element taken for the document
BESIDE = 500  # characters of titles and signatures that may stand beside that element
ENOUGH = 0.95  # of the numbered lines, in an article taken for the page
FEW = 5  # numbered lines that do not make a document


def read(path: str, data: bytes, book: Rulebook) -> Content:
    """The text of a page without its menus and scripts, no page starts, and the problems met.

    Articles are taken as trafilatura finds them.  Where that loses numbered lines, or the page has tables, as official
    documents have, the part of the page that holds its long text is taken whole.  Nothing is ever fetched.  Raises
    UnreadableFile for a page too large, nested too deep or without text.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile(path, f"the page is larger than {MAX_BYTES // 1_000_000} MB")
    page, problems = decode(path, data, declared_encoding(data), book)
    if depth(page) > MAX_DEPTH:
        raise UnreadableFile(path, f"elements are nested deeper than {MAX_DEPTH}")
    text = document_text(page)
    if not any(" | " in line for line in text.split("\n")):
        try:
            article = article_text(page)
            text = headed(article, text, headline(page)) if keeps(article, text) else text
        except ImportError as error:
            what = f"menus may stand in the text: trafilatura cannot be imported ({error})"
            problems = (*problems, Problem("html", what))
    if not text.strip():
        raise UnreadableFile(path, "the page holds no text")
    return Content(text, problems=problems)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that the page's head names, or None."""
    found = regex.search(rb"(?i)<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-z0-9_:.-]{2,40})", data[:4096])
    return found[1].decode("ascii") if found else None


def depth(page: str) -> int:
    """How many elements stand open at once, at most, by their tags alone."""
    deepest = here = 0
    for closing, name in TAG.findall(page):
        if name.lower() in SHALLOW:
            continue
        here = max(0, here - 1) if closing else here + 1
        deepest = max(deepest, here)
    return deepest


def article_text(page: str) -> str:
    """The page's article as trafilatura finds it; "" where it finds none."""
    import trafilatura

    return trafilatura.extract(page, include_tables=True, include_comments=False, include_links=False) or ""


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


def document_text(page: str) -> str:
    """The text of the element that holds the page's long text: a line for each block and each table row."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(page).body
    if body is None:
        return ""
    for node in body.css(SKIPPED):
        node.decompose()
    writer = _Lines()
    for node, entering in _walk(_content(body)):
        if entering:
            writer.enter(node)
        else:
            writer.leave(node)
    return writer.text()


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Each node twice, at its beginning (True) and its end, without recursion: pages nest deeper than Python calls."""
    node, down, end = root, True, root.mem_id
    while True:
        yield node, down
        if down and (child := node.child) is not None:
            node = child
        elif down:
            down = False
        elif node.mem_id == end:  # == would compare their markup
            return
        elif (sibling := node.next) is not None:
            node, down = sibling, True
        elif (parent := node.parent) is not None:
            node = parent
        else:
            return


def _content(body: LexborNode) -> LexborNode:
    """The smallest element with most of the long text, or the one around it that adds little: titles stand beside."""
    sizes: dict[int, tuple[int, int]] = {}  # of an element: all its text, and that of its long pieces
    stack = [(0, 0)]
    for node, entering in _walk(body):
        if entering:
            stack.append((0, 0))
            continue
        size, long = stack.pop()
        if node.tag == "-text":
            size = len((node.text_content or "").strip())
            long = size if size >= LONG else 0
        elif long:
            sizes[node.mem_id] = (size, long)
        stack[-1] = (stack[-1][0] + size, stack[-1][1] + long)
    chain = [body]
    enough = MOST * stack[0][1]
    while heavy := next((n for n in chain[-1].iter() if sizes.get(n.mem_id, (0, -1))[1] >= enough), None):
        chain.append(heavy)
    root = chain.pop()
    size = sizes.get(root.mem_id, (0, 0))[0]
    while chain and sizes.get(chain[-1].mem_id, (0, 0))[0] - size <= BESIDE:
        root = chain.pop()
    return root


class _Lines:
    """Collects text in the order of the page; knows whether it stands in a cell, where blocks do not break the line."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.tables: list[bool] = []  # for each open table whether its rows are lines
        self.cells = 0
        self.first = True
        self.verbatim = 0

    def enter(self, node: LexborNode) -> None:
        tag = node.tag
        if tag == "-text":
            text = node.text_content or ""
            self.out.append(text if self.verbatim and not self.cells else SPACE.sub(" ", text))
            return
        if tag == "table":
            self.tables.append(not self.cells and _is_data(node))
        if tag in ("td", "th") and self.tables and self.tables[-1]:
            if not self.first:
                self.out.append(" | ")
            self.first = False
            self.cells += 1
        elif tag in BLOCKS:
            self.out.append(" " if self.cells else "\n")
        if tag == "tr" and not self.cells:
            self.first = True
        self.verbatim += tag == "pre"

    def leave(self, node: LexborNode) -> None:
        tag = node.tag
        if tag in ("td", "th") and self.tables and self.tables[-1]:
            self.cells -= 1
        elif tag in BLOCKS:
            self.out.append(" " if self.cells else "\n")
        if tag == "table" and self.tables:
            self.tables.pop()
        self.verbatim -= tag == "pre"

    def text(self) -> str:
        lines = (SPACE.sub(" ", line).strip() for line in "".join(self.out).split("\n"))
        return "\n".join(line for line in lines if line)


def _is_data(table: LexborNode) -> bool:
    """Whether a table is one: somewhere two cells in a row, and no cell as long as a page."""
    wide = table.css_first("td + td, th + th, th + td, td + th") is not None
    return wide and all(len(cell.text(deep=True)) <= LONGEST_CELL for cell in table.css("td, th"))
