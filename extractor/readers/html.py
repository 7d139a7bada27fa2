"""HTML: the document or article of a web page, or of a file saved as one, with a line for each table row.

The body is the element that `portals.csv` names for the site.  On pages of other sites the text that is not furniture
(menus, boxes, lists of links) is taken: all of it where it has tables or numbered lines, as official documents have,
else what trafilatura finds to be the article.  Nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import regex

from extractor.charset import decode
from extractor.errors import UnreadableFile
from extractor.model import Content, Problem
from extractor.rulebook import Row, Rulebook

from .article import article_text, headed, headline, keeps, picked
from .markup import LINKED, LONG, MAX_ATTRIBUTES, MAX_DEPTH, Size, copies, crowded, depth, lines, measured, walk

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_BYTES = 50_000_000
# trafilatura takes minutes for larger pages, which are no articles.
LARGEST_ARTICLE = 5_000_000
SKIPPED = (
    "script, style, noscript, template, iframe, object, svg, canvas, nav, header:not(article header), "
    "footer:not(article footer), aside, button, select, textarea, del"
)
HIDDEN = '[hidden], [style*="display" i], [style*="visibility" i], [style*="mso-hide" i], [aria-hidden="true"]'
HIDING = regex.compile(r"(?i)(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)")
BOXES = frozenset(("div", "section", "ul", "ol", "dl", "form", "article", "table", "center", "menu", "details"))
LISTS = frozenset(("ul", "ol", "dl", "div", "section", "table", "tbody", "p", "menu"))
MOST = 0.9  # of the long text, in the element taken for the document
BESIDE = 500  # characters of titles and signatures that may stand beside that element
LEAST = 200  # characters of a body
SHARE = 0.2  # of the page's long text, in the body of a known site
MINOR = 0.33  # of the page's long text, in what may be furniture or hidden
LINKS = 3
DOUBLE = 1_000  # characters of long text that do not stand twice in a document
COPIED = 0.2  # of the page's long text, in a copy of the document; forms that are much alike are smaller


def read(path: str, data: bytes, book: Rulebook, encoding: str | None = None) -> Content:
    """The text of a page without its menus and scripts, no page starts, and the problems met.

    encoding  what the page came with from outside, which goes before what its own head declares

    Raises UnreadableFile for a page too large, nested too deep, with too many attributes in a tag or without text.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile(path, f"the page is larger than {MAX_BYTES // 1_000_000} MB")
    page, problems = decode(path, data, encoding or declared_encoding(data), book)
    text, more = page_text(path, page, book)
    return Content(text, problems=(*problems, *more))


def page_text(path: str, page: str, book: Rulebook) -> tuple[str, tuple[Problem, ...]]:
    """The text of the document on a page, and the problems met.  Raises UnreadableFile as `read` does."""
    if crowded(page):
        raise UnreadableFile(path, f"a tag has more than {MAX_ATTRIBUTES} attributes")
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


def document_text(page: str, book: Rulebook) -> tuple[str, bool]:
    """The text of a page's document, a line for each block and each table row; and whether its site is known."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(page).body
    if body is None:
        return "", False
    out = {node.mem_id for node in body.css(SKIPPED)}
    sizes = measured(body, out)
    portals = book.tables["portals"]
    found = next((each for row in portals if row["body"] and (each := _body(body, row, sizes))), None)
    if found is None:
        if furniture := _furniture(body, portals, sizes) | _hidden(body, sizes, sizes[body.mem_id]):
            out |= furniture
            sizes = measured(body, out)
        if links := _link_lists(body, out, sizes):
            out |= links
            sizes = measured(body, out)
        return lines(_content(body, out, sizes), out, sizes), False
    root, row = found
    out |= {node.mem_id for node in root.css(row["drop"])} if row["drop"] else set()
    out |= _hidden(root, sizes, sizes[root.mem_id])
    out |= _copies(root, out, sizes)
    sizes = measured(body, out)
    text = lines(root, out, sizes)
    above = [lines(node, out, sizes) for node in _apart(body, row["head"], root)] if row["head"] else []
    return "\n".join(dict.fromkeys(part for part in (*above, text) if part)), True


def _body(body: LexborNode, row: Row, sizes: dict[int, Size]) -> tuple[LexborNode, Row] | None:
    """The element with most text among those that a known site puts its document in, where it is no mere box."""
    empty = Size()
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


def _furniture(body: LexborNode, portals: tuple[Row, ...], sizes: dict[int, Size]) -> set[int]:
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


def _hidden(root: LexborNode, sizes: dict[int, Size], whole: Size) -> set[int]:
    """The elements that a reader does not see.  A page may be saved while another tab or a dialogue was open, so what
    holds much of the text stays; what is hidden from those who hear the page is hidden from all if it is short."""
    found = set()
    for node in root.css(HIDDEN):
        attributes = node.attributes
        size = sizes.get(node.mem_id, Size())
        seen = "hidden" not in attributes and not HIDING.search(attributes.get("style") or "")
        if size.all < LONG if seen and attributes.get("aria-hidden") else not seen and size.long <= MINOR * whole.long:
            found.add(node.mem_id)
    return found


def _link_lists(body: LexborNode, out: set[int], sizes: dict[int, Size]) -> set[int]:
    """The lists of links to other pages, each with the short line above that names it."""
    found = set()
    for node, entering in walk(body, out):
        size = sizes.get(node.mem_id)
        if size is None or size.links < LINKS or not entering or node.tag not in LISTS:
            continue
        if size.linked >= LINKED * size.all and size.long == 0:
            found.add(node.mem_id)
            above = node.prev
            while above is not None and above.tag in ("-text", "-comment") and not (above.text_content or "").strip():
                above = above.prev
            if above is not None and 0 < sizes.get(above.mem_id, Size()).all < LONG:
                found.add(above.mem_id)
    return found


def _copies(root: LexborNode, out: set[int], sizes: dict[int, Size]) -> set[int]:
    return copies(root, out, sizes, max(DOUBLE, COPIED * sizes[root.mem_id].long))


def _content(body: LexborNode, out: set[int], sizes: dict[int, Size]) -> LexborNode:
    """The smallest element with most of the long text, or the one around it that adds little: titles stand beside.

    A second copy of a long text, as for printing, is put `out`.
    """
    if again := _copies(body, out, sizes):
        out |= again
        sizes.update(measured(body, out))
    chain = [body]
    enough = max(1, MOST * sizes[body.mem_id].long)
    empty = Size()
    while heavy := next(
        (n for n in chain[-1].iter() if n.mem_id not in out and sizes.get(n.mem_id, empty).long >= enough), None
    ):
        chain.append(heavy)
    root = chain.pop()
    own = sizes.get(root.mem_id, empty).all
    while chain and sizes.get(chain[-1].mem_id, empty).all - own <= BESIDE:
        root = chain.pop()
    return root
