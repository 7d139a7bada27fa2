"""Canonical text -> header spans, parts and a tree of Blocks.

It never refuses: any text gives a valid tree.  Lines are read once, in order; what a line begins with is rule data
(`structure.toml` for the numbered tree, `lines.toml` for the head and the end of a document).  Blocks other than rows
and cells follow each other and cover all of the text but white space, so the blocks printed back equal the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .mentions import Mention, matches
from .model import Block, Part
from .rulebook import Rule, Rulebook
from .text import Shade

HEAD_LINES = 40  # a head longer than this is none
TITLE_LINES = 5
NOTE_LINES = 3  # lines over which the note below the title of an annex goes on
LONG_LINE = 240  # longer lines are running text, not titles or signatures
HEADLINE_WORDS = 4  # a shorter first line of an article names a section of the paper
HEADING = 200
HEADING_LENGTH = 260  # a longer block does not speak for what stands under it
LONGEST = 6_000  # a longer line is cut
FLATTENED = 1_500  # a line longer than this may hold a whole document
EDGE = " \t*_#-–—:.…\\"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Head:
    """Where the header's fields stand; None where the text has no such field.  `end` is where the head stops; `note`
    are the words by which an annex posted alone names the document it belongs to."""

    official: bool
    kind: Span | None = None
    number: Mention | None = None
    dated: Mention | None = None
    title: Span | None = None
    end: int = 0
    note: Span | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A document's structure: its head, its parts, and its blocks in the order of the text."""

    head: Head
    parts: tuple[Part, ...]
    blocks: tuple[Block, ...]
    contents: tuple[int, ...]  # where each block's text begins, behind its label

    def content(self, block: int) -> Span:
        """Where the text of a block stands, behind its label."""
        return self.contents[block], self.blocks[block].end


@dataclass(slots=True)
class _Open:
    """A heading that is still open: what follows it and ranks lower is its child."""

    rank: int
    rule: str
    block: int
    path: str


@dataclass(slots=True)
class _Builder:
    shaded: Shade
    blocks: list[Block] = field(default_factory=list)
    contents: list[int] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    part: int = 0

    def add(
        self, kind: str, span: Span, parent: int | None = None, label: str | None = None,
        heading: str | None = None, path: str | None = None, row: int | None = None, column: int | None = None,
        content: int | None = None,
    ) -> int:  # fmt: skip
        number = len(self.blocks)
        if path is None:
            path = self.stack[-1].path if self.stack else ""
        self.contents.append(span[0] if content is None else content)
        self.blocks.append(Block(number, parent, self.part, kind, label, path, heading, *span, row, column))
        return number


def outline(shaded: Shade, book: Rulebook) -> Outline:
    """The structure of a text.  Offsets are code points into `shaded.text`."""
    lines = [piece for line in _lines(shaded.text) for piece in _broken(shaded, line, book)]
    head, first = _head(shaded, lines, book)
    return _body(shaded, lines, head, first, book)


def _lines(text: str) -> Iterator[Span]:
    """Spans of the lines that hold more than white space, without the white space around them."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        if stripped := line.strip():
            at = start + line.index(stripped[0])
            yield at, at + len(stripped)
        start = end + 1


def _broken(shaded: Shade, line: Span, book: Rulebook) -> Iterator[Span]:
    """A line as it is; one far longer than a paragraph in the pieces that `breaks.toml` and its length give."""
    start, end = line
    if end - start > FLATTENED:
        rules = book.rules["breaks"]
        for begin in sorted({m.start() for r in rules for m in r.pattern.finditer(shaded.shadow, start + 1, end)}):
            yield from _pieces(shaded.text, start, start + len(shaded.text[start:begin].rstrip()))
            start = begin
    yield from _pieces(shaded.text, start, end)


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    """A span as it is; one longer than any paragraph in pieces, cut behind a sentence where there is one, so that the
    work on a line stays bounded."""
    while end - start > LONGEST:
        cut = max(text.rfind(mark, start + LONGEST // 2, start + LONGEST) for mark in (". ", "; "))
        if cut < 0:
            cut = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        cut = start + LONGEST if cut < 0 else cut + 1
        piece = text[start:cut].rstrip()
        yield start, start + len(piece)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


# --- head -----------------------------------------------------------------------------------------------------------


def _head(shaded: Shade, lines: list[Span], book: Rulebook) -> tuple[Head, int]:
    """The head's spans and the index of the first line below it (0 where there is no head)."""
    if annex := _annex_head(shaded, lines, book):
        return annex
    rules = lines_by_kind(book)
    kinds = book.kinds("title")
    motto = kind_at = stop = None
    for index, (start, end) in enumerate(lines[:HEAD_LINES]):
        if motto is None and _is(rules["motto"], book, shaded, start, end):
            motto = index
        elif kind_at is None and _bare(shaded, start, end) in kinds:
            kind_at = index
            break
        elif _is(rules["preamble"], book, shaded, start, end):
            stop = index
            break
    zone = lines[kind_at][0] if kind_at is not None else lines[min(stop or 0, len(lines) - 1)][0] if lines else 0
    if kind_at is None and motto is not None and not zone:
        zone = min(len(shaded.text), 1500)
    number = _first(rules["number"], book, shaded, 0, zone)
    if kind_at is None and stop is None and motto is None and number is None:
        if not lines or not _is_title(shaded, lines[0], book):
            return Head(official=False), 0
    opening = _opening_kind(shaded, lines, book) if kind_at is None else None
    if kind_at is None and opening is None and motto is None and number is None:
        return Head(official=False), 0
    dated = _first(rules["date"], book, shaded, 0, zone)
    if kind_at is None:
        if opening is not None and (stop is not None or motto is not None or _is_title(shaded, lines[0], book)):
            index, kind = opening
            return Head(
                True, kind, number, dated, lines[index], lines[index][1]
            ), stop if stop is not None else index + 1
        below = stop if stop is not None else 0
        subject = _first(rules["subject"], book, shaded, 0, lines[below][0]) if below else None
        title = (subject.start, subject.end) if subject else None
        return Head(True, None, number, dated, title, lines[below][0] if lines else 0), below
    last = _title_end(shaded, lines, kind_at + 1, book)
    title = (lines[kind_at + 1][0], lines[last - 1][1]) if last > kind_at + 1 else None
    return Head(True, lines[kind_at], number, dated, title, lines[last - 1][1]), last


def _annex_head(shaded: Shade, lines: list[Span], book: Rulebook) -> tuple[Head, int] | None:
    """The head of an annex posted alone: its label, its title, and in brackets the document it belongs to."""
    mark = _marker(shaded, *lines[0], book) if lines else None
    if mark is None or mark.get("kind") != "annex":
        return None
    attached = lines_by_kind(book)["attached"]
    notes = (at for at, line in enumerate(lines[: 1 + TITLE_LINES]) if _is(attached, book, shaded, *line))
    note = next(notes, 0)
    if not note or any(_is_row(shaded, *line) for line in lines[:note]):
        return None
    last = note
    while shaded.text[lines[last][1] - 1] != ")" and last - note < NOTE_LINES and last + 1 < len(lines):
        last += 1
    if shaded.text[lines[last][1] - 1] != ")":
        last = note
    title = (lines[1][0], lines[note - 1][1]) if note > 1 else None
    return Head(True, title=title, end=lines[last][1], note=(lines[note][0], lines[last][1])), last + 1


def _title_end(shaded: Shade, lines: list[Span], first: int, book: Rulebook) -> int:
    """Index of the line after a title that begins at line `first`: a title is a few lines, all capitals or the first
    only or broken inside a phrase, and stops at the preamble, a numbered line, or running text."""
    rules = lines_by_kind(book)
    index = first
    while index < len(lines) and index - first < TITLE_LINES:
        start, end = lines[index]
        capitals = shaded.shadow[start:end].isupper()
        if (
            end - start > 3 * LONG_LINE
            or _is(rules["enacting"], book, shaded, start, end)
            or _is_row(shaded, start, end)
        ):
            break
        if _is(rules["preamble"], book, shaded, start, end) and not (
            index == first and (capitals or end - start < LONG_LINE)
        ):
            break
        goes_on = capitals or shaded.shadow[start].islower()
        if index > first and (not goes_on or _issuer_line(shaded, start, end, book)):
            if not _unfinished(shaded, lines[first][0], lines[index - 1][1], book):
                break
        if _marker(shaded, start, end, book) is not None or _is(rules["attached"], book, shaded, start, end):
            break
        index += 1
    return index


def _unfinished(shaded: Shade, start: int, end: int, book: Rulebook) -> bool:
    """Whether a title breaks off inside a phrase: behind a word or mark that ends none, or inside a bracket."""
    title = shaded.lower[start:end]
    return title.endswith(book.words("structure.unfinished")) or title.count("(") > title.count(")")


def _issuer_line(shaded: Shade, start: int, end: int, book: Rulebook) -> bool:
    """Whether a line of capitals names the body that enacts, not the rest of a title."""
    words = book.words("structure.issuer_heads")
    return any(shaded.lower.startswith(word, start, end) for word in words) and end - start < 120


def _opening_kind(shaded: Shade, lines: list[Span], book: Rulebook) -> tuple[int, Span] | None:
    """A first line that begins with its own kind: "Quyết định về việc …"."""
    kinds = sorted(book.kinds("title"), key=len, reverse=True)
    for index, (start, end) in enumerate(lines[:12]):
        for kind in kinds:
            follows = start + len(kind)
            if shaded.lower.startswith(kind, start, end) and follows < end and shaded.lower[follows] == " ":
                return index, (start, follows)
    return None


def _is_title(shaded: Shade, line: Span, book: Rulebook) -> bool:
    """Whether a first line is the title of a document, by its kind and what follows it: "Thông báo kết luận …"."""
    return _is(lines_by_kind(book)["title"], book, shaded, *line)


def _bare(shaded: Shade, start: int, end: int) -> str:
    """A line in lower case without the marks around it; "" for one that is no standing title."""
    if end - start > 60:
        return ""
    line = shaded.lower[start:end].strip(EDGE + "|")
    return line if shaded.shadow[start:end].upper() == shaded.shadow[start:end] else ""


# --- body -----------------------------------------------------------------------------------------------------------


def _body(shaded: Shade, lines: list[Span], head: Head, first: int, book: Rulebook) -> Outline:
    rules = lines_by_kind(book)
    kinds, enacting = book.kinds("title"), book.kinds("enacting")
    build = _Builder(shaded)
    parts: list[tuple[Span | None, Span | None, int]] = [(head.kind, head.title, 0)]
    for span in lines[:first]:
        is_title = head.title is not None and head.title[0] <= span[0] < head.title[1]
        label = _marker(shaded, *span, book) if head.note and span is lines[0] else None
        if label is not None:
            _heading(build, label, span)
        else:
            build.add("title" if is_title else "preamble" if head.note else "header", span)
    state = "preamble" if head.official and head.note is None else "body"
    index = first
    if not head.official:
        index = _headline(shaded, lines, build, book)
    while index < len(lines):
        start, end = lines[index]
        line = _bare(shaded, start, end)
        if line in kinds and not (line in enacting and state == "preamble") and index + 1 < len(lines):
            last = _title_end(shaded, lines, index + 1, book)
            if last > index + 1:
                build.stack.clear()
                build.part = len(parts)
                parts.append(((start, end), (lines[index + 1][0], lines[last - 1][1]), start))
                build.add("header", (start, end))
                for span in lines[index + 1 : last]:
                    build.add("title", span)
                state, index = "preamble", last
                continue
        opens_recipients = _is(rules["recipients"], book, shaded, start, end)
        signs = _is(rules["signature"], book, shaded, start, end) and end - start < LONG_LINE
        if opens_recipients:
            state = "recipients"
            build.stack.clear()
        elif signs:
            if state != "recipients" or shaded.text[start] not in "-+":
                state = "signature"
                build.stack.clear()
        mark = _marker(shaded, start, end, book)
        if state in ("recipients", "signature"):
            if (
                (mark is not None and mark.get("rank") <= 60 and not _list_line(state, mark))
                or (shaded.text[start] == "|" and state == "signature" and not signs)
                or (end - start > LONG_LINE and shaded.text[start] not in "-|" and not opens_recipients)
            ):
                state = "body"
            else:
                build.add(state, (start, end))
                index += 1
                continue
        if _is_row(shaded, start, end):
            index = _table(build, lines, index, book)
            state = "body" if state == "preamble" else state
            continue
        if mark is not None:
            state = "body"
            _heading(build, mark, (start, end))
        elif state == "preamble":
            build.add("preamble", (start, end))
        else:
            _paragraph(build, (start, end))
        index += 1
    return _close(shaded, head, parts, build)


def _headline(shaded: Shade, lines: list[Span], build: _Builder, book: Rulebook) -> int:
    """The headline of an article, and the name of its section above where that stands first; the index of the line
    after it."""
    first = 0
    if len(lines) > 1 and len(shaded.text[slice(*lines[0])].split()) < HEADLINE_WORDS:
        following = shaded.text[slice(*lines[1])]
        plain = all(not _is_row(shaded, *line) and _marker(shaded, *line, book) is None for line in lines[:2])
        if (
            plain
            and len(following.split()) >= HEADLINE_WORDS
            and len(following) <= LONG_LINE
            and following[-1] not in ".:;"
        ):
            first = 1
    if not lines or lines[first][1] - lines[first][0] > LONG_LINE:
        return 0
    for span in lines[:first]:
        build.add("header", span)
    build.add("title", lines[first])
    return first + 1


def _list_line(state: str, mark: Mention) -> bool:
    return state == "recipients" and mark.get("kind") == "item"


def _heading(build: _Builder, mark: Mention, span: Span) -> None:
    """A line that opens a place in the tree."""
    rank, rule = mark.get("rank"), mark.rule.id
    stack = build.stack
    same = next((i for i, o in enumerate(stack) if o.rule == rule), None)
    kind = mark.get("kind")
    for above_kind, inside in (mark.get("inside") or {}).items():
        if any(build.blocks[o.block].kind == above_kind for o in stack):
            kind = inside
    if same is not None:
        del stack[same:]
    elif len(stack) > 1 and stack[-1].rule == LEAD_IN and stack[-1].block == len(build.blocks) - 1:
        if stack[-2].rank < rank - 1 and kind == mark.get("kind"):
            # A list stands below what leads it in; the clauses of an article below the article.
            stack[-1] = replace(stack[-1], rank=rank - 1)
    while stack and stack[-1].rank >= rank:
        stack.pop()
    label = mark.get("label")
    above = "" if mark.get("root") or not stack else stack[-1].path
    step = f"{mark.get('path') or ''}{label or ''}".strip()
    if label and "." in label:  # 2.1 under 2 already carries its parent's label
        last = above.rpartition(".")[2]
        step = label.removeprefix(f"{last}.") if last else label
    path = ".".join(p for p in (above, step) if p)
    rest = build.shaded.text[mark.end : span[1]].strip()
    heading = rest if rest and len(rest) <= HEADING else None
    parent = stack[-1].block if stack else None
    content = mark.end
    while content < span[1] and build.shaded.text[content].isspace():
        content += 1
    block = build.add(kind, span, parent, label, heading, path, content=content)
    stack.append(_Open(rank, rule, block, path))


LEAD_IN, CAPTION = "lead-in", "caption"


def _paragraph(build: _Builder, span: Span) -> None:
    """Running text, under the innermost heading that is no bullet; one that ends in ":" leads in what follows, and
    capitals below the heading of an annex are its title."""
    stack = build.stack
    while stack and stack[-1].rank >= 90:
        stack.pop()
    if stack and _is_caption(build, stack[-1], span):
        annex = stack[0]
        del stack[1:]
        text = build.shaded.text[slice(*span)]
        block = build.add("paragraph", span, annex.block, heading=text if len(text) <= HEADING else None)
        stack.append(_Open(annex.rank + 1, CAPTION, block, annex.path))
        return
    parent = stack[-1].block if stack else None
    block = build.add("paragraph", span, parent)
    if build.shaded.text[span[1] - 1] == ":":
        stack.append(_Open(90, LEAD_IN, block, stack[-1].path if stack else ""))


def _is_caption(build: _Builder, above: _Open, span: Span) -> bool:
    """Whether a line stands in capitals directly below an annex or another of its titles."""
    start, end = span
    titled = above.rule == CAPTION or build.blocks[above.block].kind == "annex"
    return titled and end - start <= HEADING_LENGTH and build.shaded.shadow[start:end].isupper()


def _is_row(shaded: Shade, start: int, end: int) -> bool:
    return shaded.text[start] == "|" or " | " in shaded.text[start:end]


def _table(build: _Builder, lines: list[Span], index: int, book: Rulebook) -> int:
    """A run of rows; returns the index of the first line after it."""
    text = build.shaded.text
    first = last = index
    while last < len(lines) and _is_row(build.shaded, *lines[last]):
        last += 1
    parent = build.stack[-1].block if build.stack else None
    table = build.add("table", (lines[first][0], lines[last - 1][1]), parent)
    above = [build.stack[-1].path] if build.stack and build.stack[-1].path else []
    for row, (start, end) in enumerate(lines[first:last]):
        path = ".".join([*above, f"{book.settings['structure']['row_path']}{row}"]) if row else None
        line = build.add("row", (start, end), table, path=path, row=row)
        column = 0
        leading = text[start] == "|"
        at = start + 1 if leading else start
        while at <= end:
            bar = text.find("|", at, end)
            stop = bar if bar >= 0 else end
            cell = text[at:stop]
            if stripped := cell.strip():
                begin = at + cell.index(stripped[0])
                build.add("cell", (begin, begin + len(stripped)), line, path=path, row=row, column=column)
            column += 1
            at = stop + 1
    return last


def _close(shaded: Shade, head: Head, parts: list[tuple[Span | None, Span | None, int]], build: _Builder) -> Outline:
    text = shaded.text
    ends = [start for _, _, start in parts[1:]] + [len(text)]
    made = [
        Part(
            part=number,
            kind=text[kind[0] : kind[1]].strip(EDGE + "|") if kind else None,
            number=None,
            title=" ".join(text[title[0] : title[1]].split()) if title else None,
            start=start,
            end=end,
        )
        for number, ((kind, title, start), end) in enumerate(zip(parts, ends, strict=True))
    ]
    return Outline(head, tuple(made), tuple(_with_headings(text, build.blocks)), tuple(build.contents))


def _with_headings(text: str, blocks: list[Block]) -> Iterator[Block]:
    """A chapter or annex whose name stands on the next line, in capitals, takes it as its heading."""
    for number, block in enumerate(blocks):
        after = blocks[number + 1] if number + 1 < len(blocks) else None
        if block.label and block.heading is None and after is not None and after.kind == "paragraph":
            line = text[after.start : after.end]
            if line.isupper() and len(line) <= HEADING:
                yield replace(block, heading=line)
                continue
        yield block


# --- rules ----------------------------------------------------------------------------------------------------------


def lines_by_kind(book: Rulebook) -> dict[str, Rule]:
    """The rules of lines by the kind of line that each tells: "preamble", "recipients", "adopted", ..."""
    return {rule.sets["line"]: rule for rule in book.rules["lines"]}


def _is(rule: Rule, book: Rulebook, shaded: Shade, start: int, end: int) -> bool:
    text = shaded.shadow if rule.cased else shaded.lower
    return rule.pattern.match(text, start, end) is not None


def _first(rule: Rule, book: Rulebook, shaded: Shade, start: int, end: int) -> Mention | None:
    return next(matches(rule, book, shaded, start, end), None)


def _marker(shaded: Shade, start: int, end: int, book: Rulebook) -> Mention | None:
    """The structure rule a line begins with; of several the longest match."""
    best: Mention | None = None
    for rule in book.rules["structure"]:
        for mention in matches(rule, book, shaded, start, end):
            if best is None or mention.end > best.end:
                best = mention
    return best
