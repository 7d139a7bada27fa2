"""Lines with their places on a page -> text: columns one after the other, and the lines of a paragraph as one.

Places are points (1/72 inch) from the top left corner of the page as it is read, whatever engine gave the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from statistics import median

import regex

from extractor.rulebook import Rule, Rulebook

EM = 1.5  # heights of a small letter, or 0.9 of a line's box
GUTTER = 0.5  # heights of a line: the least white between two columns
APART = 2.5  # heights of a line between the parts of a row that is no running text
LOOSE = 1.7  # of the usual width of a letter, on average, in a line with a wide gap
BESIDE = 0.25  # of the lower line's height that lines of two columns share at least
SAME_ROW = 0.5  # of the lower line's height that two lines of one row share
FOLLOWS = 3  # heights of a line from the last line of a column to its next
COLUMN_ROWS = 8  # rows that stand side by side in running text of two columns
COLUMN_LENGTH = 25  # characters of such a row on either side
LONG_LINE = 40  # characters
FEW_LINES = 5  # long lines that do not show where the right margin of a page is
MARGIN = 0.9  # of the long lines end at or before the right margin
INDENT = 0.5  # heights of a line by which a first line is indented at least
HANGING = 4  # heights of a line by which the text behind a mark is indented at most
SPACED = 1.25  # of the distance of lines: a paragraph's distance
LOWER_SPACED = 1.6  # the same above a line that begins with a small letter
INDENTED = 0.8  # of the marks of lists stand behind the margin, where paragraphs are indented
FEW_MARKS = 4
FEW_LETTERS = 8  # of which the average width says nothing
TITLE = 20  # characters of a line of a title that goes on
TERMINAL = frozenset(".;:!?…")
BROKEN = regex.compile(r"[\p{L}\d][-/]$")
DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "------")


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or the part of it that stands in a column, with its box.

    base  where its letters stand on the line
    word  the width of its first word
    row   whether it is a row of a table, or another line that stands for itself
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    base: float
    word: float = 0.0
    row: bool = False

    @property
    def height(self) -> float:
        return max(1.0, self.bottom - self.top)


# --- reading order --------------------------------------------------------------------------------------------------


def ordered(lines: Sequence[Line]) -> bool:
    """Whether lines stand below each other in the order they are given in, none beside another."""
    return all(
        after.base - before.base > SAME_ROW * min(before.height, after.height) for before, after in pairwise(lines)
    )


def arranged(lines: Sequence[Line], book: Rulebook) -> list[Line]:
    """Lines from the top to the bottom, those of one row joined.

    The head of a document (issuer left, motto right), its end (recipients left, signature right) and running text in
    two columns come column by column.
    """
    rows = _rows(lines)
    out: list[Line] = []
    index = 0
    while index < len(rows):
        zone = _zone(rows, index) if len(rows[index]) > 1 else None
        framed = zone is not None and _is_frame(rows, zone, book)
        if zone is not None and (framed or _is_running(rows, zone)):
            first, last, middle = zone
            while first > 0 and out and out[-1] is rows[first - 1][0] and _leads(rows, first, middle, book):
                first -= 1
                out.pop()
            inside = [line for row in rows[first:last] for line in row]
            left = [line for line in inside if line.left + line.right < 2 * middle]
            for column in (left, [line for line in inside if line not in left]):
                out += _framed(_joined_rows(column)) if framed else _joined_rows(column)
            index = last
        else:
            row = rows[index]
            out.append(row[0] if len(row) == 1 else joined(row))
            index += 1
    return out


def joined(row: Sequence[Line]) -> Line:
    """The parts of a row as one line; parts far from each other are no running text."""
    wide = any(after.left - line.right > APART * line.height for line, after in pairwise(row))
    return replace(
        row[0],
        text=" ".join(line.text for line in row),
        top=min(line.top for line in row),
        right=max(line.right for line in row),
        bottom=max(line.bottom for line in row),
        row=wide,
    )


def _joined_rows(lines: Sequence[Line]) -> list[Line]:
    return [row[0] if len(row) == 1 else joined(row) for row in _rows(lines)]


def _framed(lines: Iterable[Line]) -> list[Line]:
    """Lines of a head or an end, which stand for themselves, but for one that begins with a small letter."""
    out: list[Line] = []
    for line in lines:
        if out and line.text[0].islower() and out[-1].text[-1] not in TERMINAL:
            out[-1] = replace(out[-1], text=f"{out[-1].text} {line.text}", base=line.base, bottom=line.bottom)
        else:
            out.append(replace(line, row=True))
    return out


def _rows(lines: Iterable[Line]) -> list[list[Line]]:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.base):
        if rows:
            above = rows[-1][0]
            shared = min(above.bottom, line.bottom) - max(above.top, line.top)
            beside = all(other.right < line.left or line.right < other.left for other in rows[-1])
            if shared > (BESIDE if beside else SAME_ROW) * min(above.height, line.height):
                rows[-1].append(line)
                continue
        rows.append([line])
    for row in rows:
        row.sort(key=lambda line: line.left)
    return rows


def _zone(rows: Sequence[Sequence[Line]], first: int) -> tuple[int, int, float] | None:
    """The rows from `first` on that leave one gutter free: (first, behind the last, the gutter's middle)."""
    best = None
    for one, other in pairwise(rows[first]):
        low, high = one.right, other.left
        last = both = first
        for index in range(first, len(rows)):
            narrow = _narrowed(rows[index], low, high)
            if narrow is None:
                break
            low, high = narrow
            sides = {line.left + line.right < low + high for line in rows[index]}
            if len(sides) == 2:
                last = both = index
            elif True in sides and index - last == 1 and _follows(rows, last, index, (low + high) / 2):
                last = index
            elif index - last == 1 and _follows(rows, last, index, (low + high) / 2):
                # The right column may go on alone; whether the left one does after it decides.
                last = index
            elif index - both > 12:
                break
        if best is None or last > best[1]:
            best = (first, last + 1, (low + high) / 2)
    return best


def _narrowed(row: Sequence[Line], low: float, high: float) -> tuple[float, float] | None:
    """The gutter that a row leaves free of the one between `low` and `high`; None where it crosses it."""
    middle = (low + high) / 2
    for line in row:
        if line.left + line.right < 2 * middle:
            low = max(low, line.right)
        else:
            high = min(high, line.left)
    return (low, high) if high - low >= GUTTER * min(line.height for line in row) else None


def _follows(rows: Sequence[Sequence[Line]], last: int, index: int, middle: float) -> bool:
    """Whether the one-sided row at `index` follows the last line of its column closely."""
    line = rows[index][0]
    left = line.left + line.right < 2 * middle
    near = [each for each in rows[last] if (each.left + each.right < 2 * middle) is left] or rows[last]
    return line.base - near[-1].base <= FOLLOWS * line.height


def _leads(rows: Sequence[Sequence[Line]], first: int, middle: float, book: Rulebook) -> bool:
    """Whether the row above a zone belongs to it: a line of the right column, or the head of the recipients."""
    above, below = rows[first - 1], rows[first]
    line = above[0]
    if len(above) > 1 or line.text.isdecimal() or below[-1].base - line.base > FOLLOWS * line.height:
        return False
    return line.left > middle or (line.right < middle and _opens_column(line.text, ("recipients",), book))


def _is_frame(rows: Sequence[Sequence[Line]], zone: tuple[int, int, float], book: Rulebook) -> bool:
    """Whether a zone is the head or the end of a document, by the lines that open its columns."""
    first, last, middle = zone
    lines = [line for row in rows[max(0, first - 1) : last] for line in row]
    for left, names in ((True, ("recipients",)), (False, ("motto", "signature"))):
        texts = [line.text for line in lines if (line.left + line.right < 2 * middle) is left]
        pairs = [f"{above} {below}" for above, below in pairwise(texts)]
        if any(_opens_column(text, names, book) for text in (*texts, *pairs)):
            return True
    return False


def _is_running(rows: Sequence[Sequence[Line]], zone: tuple[int, int, float]) -> bool:
    """Whether a zone is running text in two columns."""
    first, last, _ = zone
    both = [row for row in rows[first:last] if len(row) == 2]
    if len(both) < COLUMN_ROWS or len(both) < (last - first) / 2:
        return False
    return all(median(len(row[side].text) for row in both) >= COLUMN_LENGTH for side in (0, 1))


@cache
def opening(book: Rulebook) -> dict[str, Rule]:
    """The rules of the lines that open a column: "motto", "recipients", "signature"."""
    return {name: book.rule(f"line.{name}") for name in ("motto", "recipients", "signature")}


def _opens_column(text: str, names: Sequence[str], book: Rulebook) -> bool:
    folded = _folded(text)
    rules = opening(book)
    return any(rules[name].pattern.match(folded if rules[name].cased else folded.lower()) is not None for name in names)


def _folded(text: str) -> str:
    """A line with the dash that it begins with as a plain one."""
    return text[:1].translate(DASHES) + text[1:]


# --- paragraphs -----------------------------------------------------------------------------------------------------


def paragraphs(pages: Sequence[Sequence[Line]], book: Rulebook) -> Iterator[str]:
    """The text of each page, the lines of a paragraph joined by spaces.

    A line goes on in the next where the next one's first word had no room behind it, and neither the next line's indent
    nor its distance nor, in documents whose paragraphs are not indented, its mark begins another paragraph.
    """
    pages = [_apart_from_text(page) for page in pages]
    patterns = [rule.pattern for rule in book.rules["cleaning"] if rule.sets.get("action") == "part"]
    marks = [[_is_marked(line.text, patterns) for line in page] for page in pages]
    edges = [_edges(page) for page in pages]
    usual = _median([right for _, right in edges if right is not None])
    if usual is None:
        usual = max((line.right for page in pages for line in page if len(line.text) >= LONG_LINE), default=None)
    behind = [
        line.left > left + INDENT * line.height
        for page, marked, (left, _) in zip(pages, marks, edges, strict=True)
        for line, is_marked in zip(page, marked, strict=True)
        if is_marked and not line.row and left is not None
    ]
    indented = len(behind) >= FEW_MARKS and sum(behind) >= INDENTED * len(behind)
    for page, marked, (left, right) in zip(pages, marks, edges, strict=True):
        right = usual if right is None else right
        if left is None or right is None:
            yield "\n".join(line.text for line in page)
        else:
            yield _paragraphs(page, left, right, indented, marked)


def _apart_from_text(page: Sequence[Line]) -> Sequence[Line]:
    """The lines of a page, those with a gap in them marked as no running text."""
    widths = [(line.right - line.left) / len(line.text) for line in page]
    usual = _median([width for line, width in zip(page, widths, strict=True) if not line.row])
    if usual is None or max(widths) < LOOSE * usual:
        return page
    return [
        replace(line, row=True) if width > LOOSE * usual and len(line.text) > FEW_LETTERS else line
        for line, width in zip(page, widths, strict=True)
    ]


def _is_marked(text: str, patterns: Sequence[regex.Pattern[str]]) -> bool:
    """Whether a line begins with a mark or word that begins a paragraph."""
    folded = _folded(text[:60]).lower()
    return any(pattern.match(folded) for pattern in patterns)


def _paragraphs(page: Sequence[Line], margin: float, right: float, indented: bool, marked: Sequence[bool]) -> str:
    pieces: list[str] = []
    usual = _median([after.base - line.base for line, after in pairwise(page) if not (line.row or after.row)])
    first, pitch = 0, 0.0  # where the paragraph begins, and the widest step in it: lines of scans stand unevenly
    for index, line in enumerate(page):
        if index:
            above = page[index - 1]
            step = line.base - above.base
            known = pitch or usual
            most = SPACED if not line.text[0].islower() else LOWER_SPACED
            spaced = known is not None and step > most * known
            apart = line.row or above.row or spaced or not 0 < step < FOLLOWS * line.height
            fitted = line.word + 0.2 * line.height < right - above.right
            if not (apart or _apart(above.text, line.text)) and (
                _is_title(above, line, margin, right)
                or (
                    not fitted
                    and _goes_on(above, line, index - 1 == first, marked[index - 1 : index + 1], margin, indented)
                )
            ):
                pieces.append("" if BROKEN.search(above.text) and line.text[0].isalnum() else " ")
                pitch = max(pitch, step)
            else:
                pieces.append("\n")
                first, pitch = index, 0.0
        pieces.append(line.text)
    return "".join(pieces)


def _goes_on(above: Line, line: Line, opens: bool, marked: Sequence[bool], margin: float, indented: bool) -> bool:
    """Whether a line goes on in the next by how far both are indented and what they begin and end with.

    `opens`: whether the upper line is the first of its paragraph.
    """
    least = INDENT * line.height
    at_margin = line.left <= margin + least
    if marked[1] and not (indented and at_margin):
        return False
    if line.left > above.left + least:
        return opens and marked[0] and line.left - above.left <= HANGING * line.height
    if line.left < above.left - least:
        return True
    small = line.text[0].islower()
    if opens and not at_margin:
        return small or not indented
    return indented or small or above.text[-1] not in TERMINAL


def _is_title(above: Line, line: Line, margin: float, right: float) -> bool:
    """Whether two lines in small letters are set in the middle below each other, as those of a title are."""
    if len(above.text) < TITLE or above.text[-1] in TERMINAL or _capitals(line.text) or line.text[0] == "(":
        return False
    shift = (line.left + line.right - above.left - above.right) / 2
    middle = (above.left + above.right - margin - right) / 2
    return max(abs(shift), abs(middle)) < line.height and min(above.left, line.left) > margin + line.height / 2


def _apart(above: str, below: str) -> bool:
    """Whether one line is set in capitals and the other is not."""
    return _capitals(above) != _capitals(below)


def _capitals(text: str) -> bool:
    return text.isupper() and sum(map(str.isalpha, text)) > 3


def _edges(page: Sequence[Line]) -> tuple[float | None, float | None]:
    """Where the text of a page begins and ends; None where it has no line, or too few long ones to tell."""
    lines = [line for line in page if not line.row]
    if not lines:
        return None, None
    long = sorted(line.right for line in lines if len(line.text) >= LONG_LINE)
    lefts = sorted(line.left for line in lines if len(line.text) >= LONG_LINE) or [min(line.left for line in lines)]
    left = lefts[len(lefts) // 20]
    return left, long[int(MARGIN * (len(long) - 1))] if len(long) >= FEW_LINES else None


def _median(numbers: Sequence[float]) -> float | None:
    return median(numbers) if numbers else None
