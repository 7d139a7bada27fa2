"""Word's styles: what a paragraph or a run takes from the chain of styles that its own is based on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .numbering import W, is_on, value

CHAIN = 50  # styles based on each other; a longer chain goes in a circle


@dataclass(frozen=True, slots=True)
class Look:
    """What the properties of a run say of its text; None where they leave it to what stands above."""

    hidden: bool | None = None
    capitals: bool | None = None
    font: str | None = None
    raised: bool | None = None

    def over(self, below: Look) -> Look:
        """This look, completed by the one below."""
        return Look(
            below.hidden if self.hidden is None else self.hidden,
            below.capitals if self.capitals is None else self.capitals,
            below.font if self.font is None else self.font,
            below.raised if self.raised is None else self.raised,
        )


@dataclass(frozen=True, slots=True)
class Style:
    """A style by itself: what it is based on, its list and level (None where it names none), its look."""

    base: str | None
    list: str | None
    level: int | None
    look: Look


@dataclass(slots=True)
class Styles:
    """The styles of a document by id, its look without any, and the style of paragraphs that name none."""

    known: Mapping[str, Style] = field(default_factory=dict)
    plain: Look = Look()
    default: str | None = None
    lists: Mapping[str, str] = field(default_factory=dict)  # the lists of numbering styles
    looks: dict[tuple[str | None, str | None], Look] = field(default_factory=dict)

    def chain(self, name: str | None) -> list[str]:
        """A style and those it is based on, nearest first."""
        found: list[str] = []
        while name is not None and name in self.known and name not in found and len(found) < CHAIN:
            found.append(name)
            name = self.known[name].base
        return found

    def look(self, paragraph: str | None, run: str | None) -> Look:
        """The look of a run by its own style and that of its paragraph."""
        known = self.looks.get((paragraph, run))
        if known is None:
            known = Look()
            for name in (*self.chain(run), *self.chain(paragraph)):
                known = known.over(self.known[name].look)
            known = self.looks[paragraph, run] = known.over(self.plain)
        return known


def styles(root: Any) -> Styles:
    """The styles of a styles part (None where there is none)."""
    if root is None:
        return Styles()
    known: dict[str, Style] = {}
    lists: dict[str, str] = {}
    default = None
    for each in root.iterchildren(W + "style"):
        name = each.get(W + "styleId")
        if name is None:
            continue
        properties = each.find(W + "pPr")
        own, level = list_of(properties)
        known[name] = Style(value(each, "basedOn"), own, level, look_of(each.find(W + "rPr")))
        if each.get(W + "type") == "numbering" and own:
            lists[name] = own
        if each.get(W + "type") == "paragraph" and each.get(W + "default") in ("1", "true", "on"):
            default = name
    plain = look_of(root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))
    return Styles(known, plain, default, lists)


def list_of(properties: Any) -> tuple[str | None, int | None]:
    """The list and level that paragraph properties name; None for what they do not."""
    found = None if properties is None else properties.find(W + "numPr")
    if found is None:
        return None, None
    level = value(found, "ilvl")
    return value(found, "numId"), int(level) if level is not None and level.isdecimal() and len(level) < 3 else None


def look_of(properties: Any) -> Look:
    """What run properties say."""
    if properties is None:
        return Look()
    found = {child.tag: child for child in properties}
    fonts, align = found.get(W + "rFonts"), found.get(W + "vertAlign")
    font = None
    if fonts is not None:
        themed = fonts.get(W + "asciiTheme") or fonts.get(W + "hAnsiTheme")
        font = "" if themed else fonts.get(W + "ascii") or fonts.get(W + "hAnsi")
    hidden, caps = (None if (switch := found.get(W + name)) is None else is_on(switch) for name in ("vanish", "caps"))
    return Look(hidden, caps, font, None if align is None else align.get(W + "val") == "superscript")
