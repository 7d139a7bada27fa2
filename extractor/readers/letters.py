"""The letters of a page of a PDF file with their places -> its lines, and the texts of the cells of its tables."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

import regex

from . import ruled
from .fonts import RAISED
from .layout import Line
from .strokes import WHITE, Box

GAP = 1.5  # heights of a letter between words that may not follow each other
LOOSE = 0.2  # of the loose box of a letter lies above all letters
ABOVE = 0.15  # of a letter's size above the others: a superscript
CROPPED = 1.0
SAMPLE = 400  # letters of a page, by whose order it is known how its program writes
WORD_GAP = 0.12  # heights of a font between words that have no space between them
ROW_STEP = 0.6  # heights of a letter from one row to the next, at least

LINE_END = regex.compile(r"\r\n|[\r\n]|(?<=[\ufffe\x02])")
BRACKETED = regex.compile(r"[^\r\n]*[\[\]][^\r\n]*")
NOTE_MARK = regex.compile(r"(?<=\S)\d{1,2}(?![\w%])")
LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
# Symbol fonts have no Unicode: their codes come as U+F000 and more.  What is not here is a bullet if it begins a line.
SYMBOLS = {
    0xF0A3: "\u2264", 0xF0B0: "\u00b0", 0xF0B1: "\u00b1", 0xF0B3: "\u2265", 0xF0B4: "\u00d7", 0xF0B7: "\u2022",
    0xF0AE: "\u2192", 0xF0E0: "\u2192", 0xF0FC: "\u2713", 0xF020: " ", 0xF025: "%", 0xF028: "(", 0xF029: ")",
    0xF02B: "+", 0xF02C: ",", 0xF02D: "-", 0xF02E: ".", 0xF02F: "/", 0xF03C: "<", 0xF03D: "=", 0xF03E: ">",
    **{0xF030 + digit: str(digit) for digit in range(10)},
}  # fmt: skip
BULLET = regex.compile(r"(?m)^(\s*)[\uf020-\uf0ff](?=\s|\p{Lu})")
# PDFium writes U+FFFE (or U+0002) for a hyphen at a line's end.
SIGNS = {0xFFFE: "-", 0x02: "-", **LIGATURES, **SYMBOLS}
ODD = regex.compile(r"[\x02\ufffe\ufb00-\ufb06\uf000-\uf0ff]")

NOWHERE = (0.0, 0.0, 0.0, 0.0)


def _turned(page: Any, turn: int) -> Any:
    """A function from a box (left, bottom, right, top) of the page's own space to one from the top left of the page
    when it is turned clockwise (left, top, right, bottom)."""
    left, bottom, right, top = page.get_bbox()
    turns = {
        0: lambda b: (b[0] - left, top - b[3], b[2] - left, top - b[1]),
        90: lambda b: (b[1] - bottom, b[0] - left, b[3] - bottom, b[2] - left),
        180: lambda b: (right - b[2], b[1] - bottom, right - b[0], b[3] - bottom),
        270: lambda b: (top - b[3], right - b[2], top - b[1], right - b[0]),
    }
    return turns[turn % 360]


class Letters:
    """The letters of a page with their places."""

    def __init__(self, page: Any, textpage: Any, text: str) -> None:
        from pypdfium2 import raw

        self.raw, self.textpage, self.text = raw, textpage, text
        self.count = textpage.count_chars()
        self.left, self.right, self.bottom, self.top = (ctypes.c_double() for _ in range(4))
        self.x, self.y = ctypes.c_double(), ctypes.c_double()
        self.rect = raw.FS_RECTF()
        crop, media = page.get_bbox(), page.get_mediabox()
        self.cropped = media is not None and any(abs(a - b) > CROPPED for a, b in zip(crop, media, strict=True))
        self.turn = self._turn(page.get_rotation())
        self.width, self.height = crop[2] - crop[0], crop[3] - crop[1]
        if self.turn % 180:
            self.width, self.height = self.height, self.width
        self.turned = _turned(page, self.turn)
        # Where text and letters are not counted alike, letters are asked one by one.
        self.plain = len(text) == self.count and not self.cropped and not self.turn

    def _turn(self, stated: int) -> int:
        """By how much the page is to be turned clockwise for its text to stand upright, as most of some letters do; as
        the page states where it has none."""
        step = max(1, self.count // 16)
        seen = [
            -round(self.raw.FPDFText_GetCharAngle(self.textpage, index) * 57.29578 / 90) * 90 % 360
            for index in range(step // 2, self.count, step)
            if not self.raw.FPDFText_IsGenerated(self.textpage, index)
        ]
        return max(set(seen), key=seen.count) if seen else stated

    def box(self, index: int) -> Box:
        self.raw.FPDFText_GetCharBox(self.textpage, index, self.left, self.right, self.bottom, self.top)
        box: Box = self.turned((self.left.value, self.bottom.value, self.right.value, self.top.value))
        return box

    def room_of(self, index: int) -> tuple[float, float, float]:
        """From where to where a letter takes its place, with the white beside it, and how high its font is."""
        rect = self.rect
        self.raw.FPDFText_GetLooseCharBox(self.textpage, index, rect)
        left, top, right, bottom = self.turned((rect.left, rect.bottom, rect.right, rect.top))
        return left, right, bottom - top

    def high(self) -> float:
        """How high most letters are."""
        step = max(1, self.count // 64)
        boxes = [self.box(index) for index in range(step // 2, self.count, step)]
        highs = [box[3] - box[1] for box in boxes if box[3] - box[1] > 1]
        return median(highs) if highs else 10.0

    def base(self, index: int) -> float:
        """Where a letter stands, down the page."""
        self.raw.FPDFText_GetCharOrigin(self.textpage, index, self.x, self.y)
        base: float = self.turned((self.x.value, self.y.value, self.x.value, self.y.value))[1]
        return base

    def raised(self, index: int) -> bool:
        """Whether a letter stands higher than the one before it and is smaller."""
        if self.turn:
            up = self.base(index - 1) - self.base(index)
        else:
            self.raw.FPDFText_GetCharOrigin(self.textpage, index, self.x, self.y)
            here = self.y.value
            self.raw.FPDFText_GetCharOrigin(self.textpage, index - 1, self.x, self.y)
            up = here - self.y.value
        if up < 1.0:
            return False
        before, high = (box[3] - box[1] for box in (self.box(index - 1), self.box(index)))
        return up > ABOVE * before and up < 1.2 * before and high < max(before, up * 3)

    def hidden(self) -> set[int]:
        """The letters in white of lines with brackets: what digital signatures leave of the words they stand for."""
        if "[" not in self.text and "]" not in self.text:
            return set()
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        found = set()
        for line in BRACKETED.finditer(self.text):
            for index in range(line.start(), min(line.end(), self.count)):
                drawn = self.raw.FPDFText_GetFillColor(self.textpage, index, red, green, blue, alpha)
                if drawn and alpha.value and min(red.value, green.value, blue.value) >= WHITE:
                    found.add(index)
        return found

    def signs(self) -> str:
        """The text with what is raised as superscripts; as long as it is."""
        text = self.text
        pieces: list[str] = []
        at = 0
        for match in NOTE_MARK.finditer(text):
            start, end = match.span()
            while start < end and not self.raised(start):
                start += 1
            if start < end:
                pieces += (text[at:start], text[start:end].translate(RAISED))
                at = end
        return "".join((*pieces, text[at:])) if pieces else text

    def lines(self) -> list[Line]:
        """The lines as PDFium gives them, with the place of their first and last letter."""
        if not self.plain:
            return self.parts(())
        text = self.signs()
        if hidden := self.hidden():
            text = "".join(" " if index in hidden else sign for index, sign in enumerate(text))
        out = []
        at = 0
        for end in (*(match.span() for match in LINE_END.finditer(text)), (len(text), len(text))):
            line = text[at : end[0]]
            stripped = line.strip()
            if stripped:
                first = at + line.index(stripped[0])
                out.append(self.line(stripped, first, first + len(stripped) - 1))
            at = end[1]
        return out

    def line(self, text: str, first: int, last: int) -> Line:
        # The loose box of a letter is as high as its font's letters can be, so one letter tells where the line stands.
        rect = self.rect
        self.raw.FPDFText_GetLooseCharBox(self.textpage, first, rect)
        left, top, _, bottom = self.turned((rect.left, rect.bottom, rect.right, rect.top))
        right = self.box(last)[2]
        word = (right - left) * (text.find(" ") + 1 or len(text)) / len(text)
        return Line(clean(text), left, top + LOOSE * (bottom - top), right, bottom, bottom, word)

    def scrambled(self) -> bool:
        """Whether letters of a line stand in the file behind others that follow them: where a font lacks some letters,
        programs write these, in another font, after the rest of the line."""
        raw, textpage = self.raw, self.textpage
        last_right = last_bottom = last_top = 0.0
        for index in range(raw.FPDFText_CountRects(textpage, 0, SAMPLE)):
            raw.FPDFText_GetRect(textpage, index, self.left, self.top, self.right, self.bottom)
            right, bottom, top = self.right.value, self.bottom.value, self.top.value
            shared = min(top, last_top) - max(bottom, last_bottom)
            if right < last_right and shared > 0.6 * min(top - bottom, last_top - last_bottom):
                return True
            last_right, last_bottom, last_top = right, bottom, top
        return False

    def letters(self) -> Iterator[Letter]:
        """The letters, spaces and line breaks in the order of the file, without those outside the page as it is cut."""
        text = self.signs() if len(self.text) == self.count else None
        code = self.raw.FPDFText_GetUnicode
        hidden = self.hidden() if text is not None else set()
        cropped, box_of = self.cropped, self.box
        for index in range(self.count):
            sign = text[index] if text is not None else chr(code(self.textpage, index) or 0xFFFD)
            if sign in "\r\n":
                if sign == "\n":
                    yield Letter(index, sign, NOWHERE, False)
                continue
            box = box_of(index)
            if cropped:
                x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
                if not (0 <= x <= self.width and 0 <= y <= self.height):
                    continue
            yield Letter(index, sign, box, index in hidden)

    def parts(self, tables: Sequence[ruled.Table]) -> list[Line]:
        """The lines in the order of the file, cut where a gap is wider than between words; the letters that stand in
        the tables go to their cells."""
        out: list[Line] = []
        part = _Part(GAP * self.high())
        cell: list[str] | None = None
        for letter in self.letters():
            sign = letter.sign
            if sign == "\n":
                if cell is not None:
                    cell.append("\n")
                part.close(out)
                continue
            if sign.isspace():
                (part.signs if cell is None else cell).append(" ")
                continue
            into = _cell(tables, letter.box)
            if into is not None:
                part.close(out)
                if cell is not into:
                    into.append("\n")
                cell = into
                cell.append(clean(sign))
                continue
            cell = None
            if not letter.hidden:
                part.add(sign, letter.box, self.base(letter.number), out)
        part.close(out)
        return out

    def sorted_parts(self, tables: Sequence[ruled.Table]) -> list[Line]:
        """The same by the places of the letters alone."""
        high = self.high()
        beside: list[tuple[float, Letter]] = []
        inside: dict[int, tuple[list[str], list[tuple[float, Letter]]]] = {}
        for letter in self.letters():
            if letter.sign == "\n" or self.raw.FPDFText_IsGenerated(self.textpage, letter.number):
                continue
            into = _cell(tables, letter.box)
            found = (self.base(letter.number), letter)
            if into is not None:
                inside.setdefault(id(into), (into, []))[1].append(found)
            elif not letter.hidden:
                beside.append(found)
        for cell, letters in inside.values():
            for row in _letter_rows(letters, high):
                lines: list[Line] = []
                self.compose(row, _Part(1_000.0), lines)
                cell += [" ".join(line.text for line in lines), "\n"]
        out: list[Line] = []
        for row in _letter_rows(beside, high):
            self.compose(row, _Part(GAP * high), out)
        return out

    def compose(self, row: Sequence[tuple[float, Letter]], part: _Part, out: list[Line]) -> None:
        """The letters of a row, from left to right, as lines."""
        end = None
        for base, letter in sorted(row, key=lambda found: found[1].box[0]):
            left, right, tall = self.room_of(letter.number)
            if letter.sign.isspace():
                part.signs.append(" ")
            else:
                if end is not None and left - end > WORD_GAP * tall and part.signs and part.signs[-1] != " ":
                    part.signs.append(" ")
                part.add(letter.sign, letter.box, base, out)
            end = right
        part.close(out)


class Letter(NamedTuple):
    """A letter by its number on the page, or a line break, which stands nowhere."""

    number: int
    sign: str
    box: Box
    hidden: bool


def _cell(tables: Sequence[ruled.Table], box: Box) -> list[str] | None:
    """Where the text of the cell is gathered in which a letter stands."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for table in tables:
        at = table.cell(x, y)
        if at is not None:
            return table.texts[at]
    return None


def _letter_rows(letters: list[tuple[float, Letter]], high: float) -> Iterator[list[tuple[float, Letter]]]:
    """Letters by the line they stand on, from the top."""
    row: list[tuple[float, Letter]] = []
    for found in sorted(letters, key=lambda found: found[0]):
        if row and found[0] - row[0][0] > ROW_STEP * high:
            yield row
            row = []
        row.append(found)
    if row:
        yield row


@dataclass(slots=True)
class _Part:
    """A line as it grows.  `gap`: how far letters stand apart at most."""

    gap: float
    signs: list[str] = field(default_factory=list)
    box: Box | None = None
    base: float = 0.0
    word: float | None = None

    def add(self, sign: str, box: Box, base: float, out: list[Line]) -> None:
        if self.box is not None:
            apart = box[0] - self.box[2]
            if abs(apart) > self.gap or min(box[3], self.box[3]) - max(box[1], self.box[1]) < 0:
                self.close(out)
        if self.box is None:
            self.signs, self.box, self.base, self.word = [sign], box, base, None
            return
        if self.word is None and self.signs[-1] == " ":
            self.word = self.box[2] - self.box[0]
        self.signs.append(sign)
        self.box = (self.box[0], min(self.box[1], box[1]), max(self.box[2], box[2]), max(self.box[3], box[3]))

    def close(self, out: list[Line]) -> None:
        text = clean("".join(self.signs).strip())
        if self.box is not None and text:
            left, top, right, bottom = self.box
            word = right - left if self.word is None else self.word
            out.append(Line(text, left, top, right, bottom, self.base, word))
        self.signs, self.box = [], None


def clean(text: str) -> str:
    """PDFium's signs for hyphens, ligatures and the letters of symbol fonts as the characters they stand for."""
    if not ODD.search(text):
        return text
    return BULLET.sub("\\1\u2022", text.translate(SIGNS))
