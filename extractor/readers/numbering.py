"""The numbers that Word computes for the paragraphs of lists: "1.2. ", "a) ", "- ".

A paragraph names a list (numId) and a level.  The list stands for an abstract one, whose levels say how they count and
look; lists of the same abstract one go on counting where the other left off, but for a start of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .fonts import is_symbolic

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

LEVELS = 9
MOST = 1_000_000  # no list is as long; what a damaged file starts at stays printable
LETTERS = 26
MOST_LETTERS = 30  # times that Word repeats a letter: z, aa, … zz, aaa
ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
         (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
MOST_ROMAN = 3_999
PLACE = re.compile("%([1-9])")
SEPARATORS = {"nothing": ""}
LINKS = 10  # lists that lead to each other by styles


@dataclass(frozen=True, slots=True)
class Level:
    """How a level counts and what its number looks like.

    restart  the level, counted from 1, from which on the levels above let this one begin anew; 0 none, None all
    text     what is shown, "%1" standing for the number of the first level
    form     how this level's number is written (ST_NumberFormat); `width` that of a number filled up with zeros
    legal    whether all numbers in the text are shown in Arabic digits
    style    the paragraph style that stands for this level
    symbol   whether the text is a sign of a font of signs
    """

    start: int = 0
    restart: int | None = None
    text: str = ""
    form: str = "decimal"
    width: int = 1
    legal: bool = False
    separator: str = " "
    style: str | None = None
    symbol: bool = False


@dataclass(frozen=True, slots=True)
class _List:
    """A list: its abstract one, its own levels, and the numbers at which its levels begin in place of theirs."""

    abstract: str
    levels: Mapping[int, Level]
    starts: Mapping[int, int]


@dataclass(slots=True)
class Numbering:
    """The lists of a document, and how far each has counted; `words` are the numerals of lists counted in words."""

    lists: Mapping[str, _List]
    words: Sequence[str]
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    started: set[tuple[str, int]] = field(default_factory=set)

    def level_of_style(self, name: str, styles: Sequence[str]) -> int | None:
        """The level of a list that stands for the first of these styles that has one."""
        known = self.lists.get(name)
        for style in styles if known else ():
            for number, level in known.levels.items() if known else ():
                if level.style == style:
                    return number
        return None

    def label(self, name: str, number: int) -> str:
        """The next number of a list's level with what separates it from the text; "" where there is no such level."""
        known = self.lists.get(name)
        level = known.levels.get(number) if known else None
        if known is None or level is None:
            return ""
        counts = self._count(name, known, number)
        if level.form == "bullet":
            shown = "-" if level.symbol and level.text else level.text
        else:
            shown = PLACE.sub(lambda place: self._shown(known, counts, int(place[1]) - 1, level.legal), level.text)
        shown = " ".join(shown.split()) if level.separator else shown.lstrip()
        return shown + level.separator if shown else ""

    def _count(self, name: str, known: _List, number: int) -> dict[int, int]:
        counts = self.counts.setdefault(known.abstract, {})
        for above in range(number):
            counts.setdefault(above, _start(known, above))
        if number in known.starts and (name, number) not in self.started:
            self.started.add((name, number))
            counts[number] = known.starts[number]
        elif number in counts:
            counts[number] += 1
        else:
            counts[number] = _start(known, number)
        for below in [each for each in counts if each > number]:
            level = known.levels.get(below)
            if level is None or level.restart is None or number < level.restart:
                del counts[below]
        return counts

    def _shown(self, known: _List, counts: Mapping[int, int], number: int, legal: bool) -> str:
        level = known.levels.get(number)
        if level is None or number not in counts:
            return ""
        return written(counts[number], "decimal" if legal else level.form, level.width, self.words)


def _start(known: _List, number: int) -> int:
    level = known.levels.get(number)
    return known.starts.get(number, level.start if level else 1)


def written(count: int, form: str, width: int = 1, words: Sequence[str] = ()) -> str:
    """A number as a format of Word writes it; in Arabic digits where that format is not known or does not reach."""
    if form in ("none", "bullet"):
        return ""
    if form in ("lowerLetter", "upperLetter") and 0 < count <= LETTERS * MOST_LETTERS:
        times, letter = divmod(count - 1, LETTERS)
        return chr(ord("a" if form == "lowerLetter" else "A") + letter) * (times + 1)
    if form in ("lowerRoman", "upperRoman") and 0 < count <= MOST_ROMAN:
        return roman(count) if form == "lowerRoman" else roman(count).upper()
    if form == "vietnameseCounting" and 0 < count <= len(words):
        return words[count - 1]
    if form == "numberInDash":
        return f"- {count} -"
    return f"{count:0{2 if form == 'decimalZero' else width}d}"


def roman(count: int) -> str:
    """A number in small Roman numerals."""
    out = ""
    for value, sign in ROMAN:
        out += sign * (count // value)
        count %= value
    return out


# --- numbering.xml ---------------------------------------------------------------------------------------------------


def numbering(root: Any, style_lists: Mapping[str, str], words: Sequence[str]) -> Numbering:
    """The lists of a numbering part (None where there is none); `style_lists` are the lists of numbering styles."""
    if root is None:
        return Numbering({}, words)
    abstract = {str(each.get(W + "abstractNumId")): each for each in root.iterchildren(W + "abstractNum")}
    nums = {str(each.get(W + "numId")): each for each in root.iterchildren(W + "num")}
    levels: dict[str, dict[int, Level]] = {}
    lists = {}
    for name, num in nums.items():
        kind = _abstract(num, abstract, nums, style_lists)
        if kind not in levels:
            levels[kind] = dict(_levels(abstract[kind])) if kind in abstract else {}
        own, starts = dict(levels[kind]), {}
        for over in num.iterchildren(W + "lvlOverride"):
            number = _integer(over.get(W + "ilvl"), 0)
            own |= dict(_levels(over))
            start = value(over, "startOverride")
            if start is not None:
                starts[number] = _integer(start, 1)
        lists[name] = _List(kind, own, starts)
    return Numbering(lists, words)


def _abstract(num: Any, abstract: Mapping[str, Any], nums: Mapping[str, Any], style_lists: Mapping[str, str]) -> str:
    """The abstract list of a list, behind those that only name the style whose list they are."""
    name = str(value(num, "abstractNumId"))
    for _ in range(LINKS):
        link = value(abstract[name], "numStyleLink") if name in abstract else None
        other = nums.get(style_lists.get(link or "", ""))
        if other is None:
            break
        name = str(value(other, "abstractNumId"))
    return name


def _levels(parent: Any) -> Iterator[tuple[int, Level]]:
    for each in parent.iterchildren(W + "lvl"):
        number = _integer(each.get(W + "ilvl"), 0)
        if not 0 <= number < LEVELS:
            continue
        restart = value(each, "lvlRestart")
        level = Level(
            start=_integer(value(each, "start"), 0),
            restart=None if restart is None else _integer(restart, 0),
            text=value(each, "lvlText") or "",
            separator=SEPARATORS.get(value(each, "suff") or "", " "),
            style=value(each, "pStyle"),
            legal=(found := each.find(W + "isLgl")) is not None and is_on(found),
        )
        yield number, _formed(level, each)


def _formed(level: Level, each: Any) -> Level:
    """The level with the format of its number; formats that only new programs know stand beside one for the others."""
    formats = list(each.iter(W + "numFmt"))
    custom = next((f for f in formats if f.get(W + "val") == "custom" and f.get(W + "format")), None)
    if custom is not None:
        sample = str(custom.get(W + "format")).split(",")[0].strip()
        if sample.isdecimal() and len(sample) < LEVELS:
            return replace(level, width=len(sample))
    form = next((f.get(W + "val") for f in formats if f.get(W + "val") not in ("custom", None)), "decimal")
    fonts = each.find(f"{W}rPr/{W}rFonts")
    font = "" if fonts is None else str(fonts.get(W + "ascii") or fonts.get(W + "hAnsi") or "")
    return replace(level, form=str(form), symbol=form == "bullet" and is_symbolic(level.text, font))


def value(parent: Any, name: str) -> str | None:
    """The value of a property that stands below an element; None where there is none."""
    found = parent.find(W + name)
    return None if found is None else found.get(W + "val")


def is_on(switch: Any) -> bool:
    """Whether a property that is there or not is switched on."""
    return switch.get(W + "val", "true") not in ("0", "false", "off")


def _integer(text: str | None, otherwise: int) -> int:
    try:
        return max(0, min(MOST, int(text or "")))
    except ValueError:
        return otherwise
