"""The article of a web page as trafilatura finds it, its lines as the whole text of the page has them."""

from __future__ import annotations

import unicodedata

import regex

from .markup import LONG, MARK, SPACE

NUMBERED = regex.compile(r"(?:\p{L}+ )?(?:\d+(?:\.\d+)*|[IVXL]+|\p{Ll}{1,2})[.):/]\s*\S")
DATE = regex.compile(r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-]\d{4}(?!\d)")
DATE_LINE = 80  # characters of the longest line that only tells when a page was published
HEAD = 3  # lines of an article before which its headline and date stand
ENOUGH = 0.95  # of the numbered lines, in an article taken for the page
FEW = 5  # numbered lines that do not make a document


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
