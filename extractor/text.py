"""Source text -> Canonical: the text that records quote, and beside it the shadow of equal length that rules match.

The canonical text changes as little as possible: NFC, white space, line joins, page furniture and web boilerplate.
What only helps matching (place of tone marks, dashes, quotes, slips of OCR) happens in the shadow.  Which lines are
furniture or boilerplate, and which lines never join, are rules (`cleaning.toml`) whose `set.action` says what is done:

    drop         the match goes
    page number  as `drop`, where the numbers of such lines count pages
    part         a line that begins like this is never joined to the line before it
    join         a line break inside the match becomes a space in hard-wrapped text
    whole        a line break inside the match becomes a space in any text
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import ahocorasick_rs
import regex

from . import charset
from .model import Source
from .rulebook import Rule, Rulebook

Edit = tuple[int, int, str]

LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
BLANKS = " \t\x1f\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
INVISIBLE = (
    "\xad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
WHITE = LINE_ENDS + BLANKS + INVISIBLE
UNTIDY = re.compile(rf"[{WHITE}]{{2,}}|[\t{INVISIBLE}{LINE_ENDS.replace(chr(10), '')}]|[\0\ud800-\udfff]")
LINE_END = regex.compile(rf"\r\n|[{LINE_ENDS}]")
TO_INVISIBLE = {ord(c): None for c in INVISIBLE}

# No letter has more than three marks; sorting thousands on one letter takes the square of their number.
MOST_MARKS = 30
MARKS = regex.compile(rf"(?<=\p{{M}}{{{MOST_MARKS}}})\p{{M}}+")
COMPOSABLE = regex.compile(r"[\x00-\u02ff]?[^\x00-\u02ff]+")

BREAK = regex.compile(r"\n+")
TERMINAL = frozenset(".;:!?…")
CLOSING = "\"'”’»)]*_"
NUMBER_TAIL = regex.compile(r"(?:^|[\s(])\d+[\p{Lu}\d/&-]*[/-]$")
NUMBER_HEAD = regex.compile(r"\d|\p{Lu}{2}")
NUMBER_REST = regex.compile(r"/(?:\d{4}/|\p{Lu}{2})")
LEAST_LINES = 12
WIDTHS = (45, 140)
FULL = 0.8  # of the wrap width: a line that was broken because it was full
BROKEN_SHARE = 0.25  # of the lines are full and end inside a sentence, in hard-wrapped text
LONG_LINE = 40
SHORT_LINE = 12
PAGE_LENGTH = (400, 9_000)
LEAST_PAGES = 3  # that a header or footer stands on
MOST_PAGES = 0.6  # of the pages it stands on
LONGEST_HEADER = 160  # characters
LINE = re.compile(r"[^\n]+")
DIGITS = re.compile(r"\d+")
# What stands around a document on a page is some thousand characters; a longer match has run into the text itself.
MOST_DROPPED = 60_000


@dataclass(frozen=True, slots=True)
class Pass:
    """One rewriting of the text as pieces: piece i begins at `outs[i]` after it and at `ins[i]` before it, runs on in
    step with the old text, and stops at `ends[i]`."""

    outs: list[int]
    ins: list[int]
    ends: list[int]

    def back(self, offset: int) -> int:
        piece = bisect_right(self.outs, offset) - 1
        return min(self.ins[piece] + offset - self.outs[piece], self.ends[piece])

    def forth(self, offset: int) -> int:
        piece = bisect_right(self.ins, offset) - 1
        out = self.outs[piece] + offset - self.ins[piece]
        return min(out, self.outs[piece + 1]) if piece + 1 < len(self.outs) else out


@dataclass(frozen=True, slots=True)
class Shade:
    """A text with its shadows of the same length, which rules match.

    `lower` is the shadow in lower case, where a letter whose lower case is longer than one code point stays.
    """

    text: str
    shadow: str
    lower: str


@dataclass(frozen=True, slots=True)
class Canonical(Shade):
    """The canonical text with its shadows; page starts as offsets into them."""

    page_starts: tuple[int, ...]
    passes: tuple[Pass, ...]

    def to_source(self, offset: int) -> int:
        """The offset in the source's text of the character at `offset`; never decreases as `offset` grows."""
        for step in reversed(self.passes):
            offset = step.back(offset)
        return offset


def shade(text: str, book: Rulebook) -> Shade:
    """A text as it is, nothing cleaned, with its shadows."""
    return Shade(text, *_shadow(text, book))


def canonical(source: Source, book: Rulebook) -> Canonical:
    """The canonical text of a source with its shadow and the way back; cleaning it again changes nothing."""
    rules = book.rules.get("cleaning", ())
    text, starts, passes = source.text, source.page_starts, []

    def rewrite(edits: list[Edit]) -> bool:
        nonlocal text, starts
        if edits:
            text, step = _rewritten(text, edits)
            passes.append(step)
            starts = tuple(step.forth(start) for start in starts)
        return bool(edits)

    rewrite(charset.mended(text, book))
    rewrite(_tidied(text))
    rewrite(_composed(text))
    while rewrite(_furniture(text, starts, rules)) | rewrite(_joins(text, starts, rules)):
        pass
    shadow, lower = _shadow(text, book)
    at_lines = (start + (start < len(text) and text[start] == "\n") for start in starts)
    return Canonical(text, shadow, lower, tuple(at_lines), tuple(passes))


def _rewritten(text: str, edits: Iterable[Edit]) -> tuple[str, Pass]:
    """The text with each (start, end, replacement) carried out, in order and without overlap."""
    pieces: list[str] = []
    outs: list[int] = []
    ins: list[int] = []
    ends: list[int] = []
    at = out = 0
    for start, end, replacement in edits:
        pieces += (text[at:start], replacement)
        outs += (out, out + start - at)
        ins += (at, start)
        ends += (start, max(start, end - 1))
        out += start - at + len(replacement)
        at = end
    pieces.append(text[at:])
    outs.append(out)
    ins.append(at)
    ends.append(len(text))
    return "".join(pieces), Pass(outs, ins, ends)


# --- characters ---------------------------------------------------------------------------------------------------


def _tidied(text: str) -> list[Edit]:
    """White space mended, what is invisible out, NUL and lone surrogates to U+FFFD."""
    first, last = len(text) - len(text.lstrip(WHITE)), len(text.rstrip(WHITE))
    if first >= last:
        return [(0, len(text), "")] if text else []
    edits = [(0, first, "")] if first else []
    known: dict[str, str] = {}
    for match in UNTIDY.finditer(text, first, last):
        run = match[0]
        better = known.get(run)
        if better is None:
            better = _mended(run)
            if len(run) < 20:
                known[run] = better
        if better != run:
            edits.append((match.start(), match.end(), better))
    if last < len(text):
        edits.append((last, len(text), ""))
    return edits


def _mended(run: str) -> str:
    if run[0] not in WHITE:
        return "\ufffd"
    seen = run.translate(TO_INVISIBLE)
    lines = len(LINE_END.findall(seen))
    if lines:
        return "\n" * min(lines, 2)
    return seen if len(seen) < 2 and seen != "\t" else " "


def _composed(text: str) -> list[Edit]:
    """Letters and their marks to NFC; no edit reaches over a character that composition cannot cross."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return []
    edits = []
    for match in COMPOSABLE.finditer(text):
        piece = match[0]
        better = unicodedata.normalize("NFC", MARKS.sub("", piece))
        if better != piece:
            edits.append((match.start(), match.end(), better))
    return edits


# --- lines out ----------------------------------------------------------------------------------------------------


def _furniture(text: str, starts: tuple[int, ...], rules: Iterable[Rule]) -> list[Edit]:
    """Page furniture and web boilerplate out; a break of one line is left where whole lines went."""
    plain = _plain(text)
    folded = _lowered(plain)
    spans: list[tuple[int, int]] = []
    for rule in rules:
        action = rule.sets.get("action")
        if action == "drop" and _anchored(rule, folded):
            found = (match.span() for match in rule.pattern.finditer(plain if rule.cased else folded))
            spans += (span for span in found if span[1] - span[0] <= MOST_DROPPED)
        elif action == "page number":
            spans += _page_numbers(text, starts, rule.pattern.finditer(folded))
    spans += _repeated(text, folded, starts)
    return list(_cuts(text, sorted(spans)))


def _repeated(text: str, folded: str, starts: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Headers and footers: first and last lines that are the same, but for figures, on most pages.

    No row of a table and no sentence is one, nor the first line of the document, which may be its title.
    """
    if len(starts) < LEAST_PAGES:
        return
    ends = (*starts[1:], len(text))
    pages = [
        [(m.start(), m.end()) for m in LINE.finditer(text, start, end)] for start, end in zip(starts, ends, strict=True)
    ]
    for edge in (0, -1):
        while True:
            lines = [page[edge] for page in pages if page]
            keys = [DIGITS.sub("0", folded[slice(*line)]) for line in lines]
            often = Counter(keys)
            found = {
                key
                for key, count in often.items()
                if count >= max(LEAST_PAGES, MOST_PAGES * len(pages)) and _is_furniture(key)
            }
            if not found:
                break
            for page in pages:
                if page and DIGITS.sub("0", folded[slice(*page[edge])]) in found:
                    line = page.pop(edge)
                    if line[0] != starts[0]:
                        yield line


def _is_furniture(key: str) -> bool:
    if len(key) > LONGEST_HEADER or "|" in key or key[-1] in TERMINAL:
        return False
    return any(c.isalpha() for c in key)


def _anchored(rule: Rule, folded: str) -> bool:
    return isinstance(rule.anchor, str) or any(word in folded for word in rule.anchor)


def _cuts(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[Edit]:
    """Spans in order as edits that take the white space around them too, so that no blank is left over."""
    wide: list[tuple[int, int]] = []
    for start, end in spans:
        while start and text[start - 1] in " \n":
            start -= 1
        while end < len(text) and text[end] in " \n":
            end += 1
        if wide and start <= wide[-1][1]:
            wide[-1] = (wide[-1][0], max(end, wide[-1][1]))
        else:
            wide.append((start, end))
    for start, end in wide:
        lines = text[start] == "\n" or text[end - 1] == "\n"
        blank = text[start] == " " or text[end - 1] == " "
        inside = start > 0 and end < len(text)
        yield start, end, ("\n" if lines else " " if blank else "") if inside else ""


def _page_numbers(text: str, starts: tuple[int, ...], matches: Iterable[regex.Match[str]]) -> Iterator[tuple[int, int]]:
    """Those matches whose numbers count the pages: the first or last line of known pages, or a rising chain of lines
    alone between blank lines, a page's length apart, that cut sentences in two."""
    # Letters that are digits to one version of Unicode are none to another.
    found = [(m.start(), m.end(), int(m["page"])) for m in matches if m["page"].isdecimal()]
    if not found:
        return
    edges = set()
    if starts:
        at_edge = Counter[int]()
        for start, end, number in found:
            page = bisect_right(starts, start)
            stop = starts[page] if page < len(starts) else len(text)
            if not text[starts[page - 1] : start].strip() or not text[end:stop].strip():
                edges.add((start, end, number - page))
                at_edge[number - page] += 1
        yield from ((start, end) for start, end, shift in edges if at_edge[shift] > 1)
        return
    alone = [
        (start, end, number)
        for start, end, number in found
        if text[max(0, start - 2) : start] in ("", "\n\n") and text[end : end + 2] in ("", "\n\n")
    ]
    chain: list[tuple[int, int, int]] = []
    for item in [*alone, (len(text) + 10 * PAGE_LENGTH[1], 0, 0)]:
        if chain and item[0] - chain[-1][0] < PAGE_LENGTH[0]:
            continue
        if chain and item[2] == chain[-1][2] + 1 and item[0] - chain[-1][0] <= PAGE_LENGTH[1]:
            chain.append(item)
            continue
        cut = sum(_inside_sentence(text, start, end) for start, end, _ in chain)
        if len(chain) > 1 and cut and 3 * cut >= len(chain):
            yield from ((start, end) for start, end, _ in chain)
        chain = [item]


def _inside_sentence(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 80) : start].rstrip("\n"), text[end : end + 4].lstrip("\n")
    line = before.rpartition("\n")[2]
    return len(line) >= LONG_LINE and line[-1] not in TERMINAL and after[:1].islower()


# --- lines together -----------------------------------------------------------------------------------------------


def _joins(text: str, starts: tuple[int, ...], rules: Iterable[Rule]) -> list[Edit]:
    """Breaks inside a sentence to spaces, and those inside a document's number to nothing."""
    parts = [rule.pattern for rule in rules if rule.sets.get("action") == "part"]
    links = [rule for rule in rules if rule.sets.get("action") == "join"]
    wholes = [rule for rule in rules if rule.sets.get("action") == "whole"]
    width = wrap_width(text)
    edits: list[Edit] = []
    begin = 0
    for match in BREAK.finditer(text):
        start, end = match.span()
        line_start, begin = begin, end
        last, first = text[start - 1], text[end]
        lower = first.islower()
        if last in TERMINAL or last == "|" or first == "|":
            continue
        if first.isdigit() and _linked(text, line_start, start, end, wholes):
            edits.append((start, end, " "))
            continue
        # The lines of a page may have been joined by their places, which tell nothing of the page before.
        turned = bool(starts) and bisect_right(starts, end) > bisect_right(starts, start - 1)
        if not (lower or width or turned or first == "/" or last in "-/"):
            continue
        line = text[line_start:start]
        stop = text.find("\n", end)
        following = text[end : stop if stop >= 0 else len(text)]
        if "|" in line or " | " in following or (last in CLOSING and line.rstrip(CLOSING)[-1:] in TERMINAL):
            continue
        if _number_broken(line, following):
            edits.append((start, end, ""))
            continue
        if not any(c.islower() for c in line):
            continue
        folded = _lowered(_plain(text[end : end + 60]))
        if any(part.match(folded) for part in parts):
            continue
        if lower:
            joined = bool(width) or _runs_on(line, following)
        elif turned and not width:
            joined = len(line) >= LONG_LINE and _linked(text, line_start, start, end, links)
        elif end - start > 1 or not width or not any(c.islower() for c in following):
            joined = False
        else:
            room = len(line) + 1 + len(following.split(" ", 1)[0])
            own = _lowered(_plain(line[:60]))
            joined = room >= width * (1 if any(part.match(own) for part in parts) else 0.9)
            if joined and first.isdigit():
                joined = _linked(text, line_start, start, end, links)
        if joined:
            edits.append((start, end, "" if last == "/" and following[0].isalnum() else " "))
    return edits


def _linked(text: str, line_start: int, start: int, end: int, links: Iterable[Rule]) -> bool:
    """Whether the words at a line break belong together by a rule."""
    near = _plain(text[max(line_start, start - 40) : end + 40])
    return any(link.pattern.search(near if link.cased else _lowered(near)) for link in links)


def _number_broken(line: str, following: str) -> bool:
    if line[-1] in "-/":
        return bool(NUMBER_HEAD.match(following) and NUMBER_TAIL.search(line))
    return bool(line[-1].isdigit() and NUMBER_REST.match(following))


def _runs_on(line: str, following: str) -> bool:
    """Whether a line of text that is not hard-wrapped goes on in the next, which begins with a small letter."""
    if len(following) < SHORT_LINE and following[-1] not in TERMINAL:
        return False
    return len(line) >= LONG_LINE or line[-1] == "," or (line[0].islower() and len(line) >= SHORT_LINE)


def wrap_width(text: str) -> int:
    """The width, in characters, at which the lines of hard-wrapped text break; 0 where paragraphs are lines."""
    lines = [line for line in text.split("\n") if len(line) >= LONG_LINE and "|" not in line]
    if len(lines) < LEAST_LINES:
        return 0
    lengths = sorted(map(len, lines))
    width = lengths[len(lengths) * 9 // 10]
    if not WIDTHS[0] <= width <= WIDTHS[1] or lengths[len(lengths) * 98 // 100] > 1.4 * width:
        return 0
    broken = sum(len(line) >= FULL * width and (line[-1].isalnum() or line[-1] == ",") for line in lines)
    return width if broken >= BROKEN_SHARE * len(lines) else 0


# --- the shadow ---------------------------------------------------------------------------------------------------


def _alike() -> dict[str, str]:
    """Characters that rules need not tell apart -> the one they are written with."""
    groups = {
        # Also the bullets of Symbol and Wingdings, which have no code of their own: Word writes them as private use.
        "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d\uf02d\uf076\uf0a7\uf0a8\uf0b7\uf0d8\uf0e8\uf0fc",
        " ": BLANKS.replace(" ", ""),
        '"': "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02",
        "'": "\u2018\u2019\u201a\u201b\u2032\u00b4",
        "\u0110": "\u00d0\u0189",
        "\u0111": "\u00f0",
    }
    alike = {other: one for one, others in groups.items() for other in others}
    # Cyrillic letters that look like Latin ones come in with recognised and retyped document numbers.
    cyrillic = "АВЕЅІЈКМНОРСТХаеѕіјорсух"
    return alike | dict(zip(cyrillic, "ABESIJKMHOPCTXaesijopcyx", strict=True))


def _tones() -> dict[str, str]:
    """Two vowels with the tone mark on the second -> with it on the first."""
    tones = {}
    for first, second in ("oa", "oe", "uy"):
        for mark in "\u0300\u0301\u0303\u0309\u0323":
            for a in (first, first.upper()):
                for b in (second, second.upper()):
                    new, old = (unicodedata.normalize("NFC", pair) for pair in (a + b + mark, a + mark + b))
                    tones[new] = old
    return tones


def _seconds(first: str) -> str:
    return "".join(sorted({pair[1] for pair in _tones() if pair[0] == first}))


ALIKE = _alike()
TONES = _tones()
# The standard library's engine looks for one of a set of characters two to five times as fast as `regex`.
UNLIKE = re.compile("[" + re.escape("".join(ALIKE)) + "]")
TONE = re.compile(rf"(?:[oO][{_seconds('o')}]|(?<![qQ])[uU][{_seconds('u')}])(?![^\W\d_])")


def _plain(text: str) -> str:
    return UNLIKE.sub(lambda match: ALIKE[match[0]], text)


def _lowered(text: str) -> str:
    """Lower case of the same length: the one letter with a longer lower case, U+0130, stays."""
    return "\u0130".join(part.lower() for part in text.split("\u0130"))


def _shadow(text: str, book: Rulebook) -> tuple[str, str]:
    """The shadow of a canonical text and its lower case, both as long as the text."""
    shadow = TONE.sub(lambda match: TONES[match[0]], _plain(text))
    lower = _lowered(shadow)
    finder, values = _slips(book)
    edits = [
        (start, end, values[which])
        for which, start, end in finder.find_matches_as_indexes(lower)
        if not (start and lower[start - 1].isalnum()) and not (end < len(lower) and lower[end].isalnum())
    ]
    if not edits:
        return shadow, lower
    cased = [(start, end, _as_cased(value, shadow[start:end])) for start, end, value in edits]
    return _rewritten(shadow, cased)[0], _rewritten(lower, edits)[0]


@lru_cache(maxsize=8)
def _slips(book: Rulebook) -> tuple[ahocorasick_rs.AhoCorasick, list[str]]:
    """What finds the slips that are known, and what each of them is a slip of."""
    rows = book.tables.get("slips", ())
    finder = ahocorasick_rs.AhoCorasick(
        [row["surface"] for row in rows], matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
    )
    return finder, [row["value"] for row in rows]


def _as_cased(value: str, like: str) -> str:
    return "".join(c.upper() if old.isupper() else c for c, old in zip(value, like, strict=True))
