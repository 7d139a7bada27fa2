"""The graph of documents for other programs to draw (DOT), and drawn here (SVG): old on the left, later on the right.

Text of a document goes into either only through `_plain`, and then as XML text or as a string of DOT.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import TextIO
from xml.etree.ElementTree import Element, SubElement, tostring

from .display import name_of, official_date
from .fulltext import plain
from .graph import Edge, Node
from .layers import Arc, Box, Layout, Point, Size, layout
from .messages import messages, say
from .relations import Relations
from .rulebook import Rulebook
from .safe import line

WIDE = 270  # of a box
MARGIN = 24  # around the drawing
PAD = 10  # within a box
LINE = 16  # from one line of text to the next
TITLE_LINES = 3
LABEL = 175  # width of a label beside an arrow
LABEL_LINE = 14
OTHER = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")  # what XML does not take, beyond what `line` escapes
STYLE = """
text { font: 12px "DejaVu Sans", Verdana, sans-serif; fill: #1c2733 }
.name { font-weight: bold }
.fact, .label { font-size: 11px; fill: #4d5b69 }
.label { paint-order: stroke; stroke: #fff; stroke-width: 4px; stroke-linejoin: round }
.box { fill: #f4f8fc; stroke: #2b5c8a; stroke-width: 1.2 }
.center .box { fill: #d9e9f8; stroke-width: 2.6 }
.cited .box { fill: #fff; stroke: #75808b; stroke-dasharray: 5 4 }
.arrow { fill: none; stroke: #5b7690; stroke-width: 1.3 }
.tip { fill: #5b7690 }
.changes .arrow { stroke: #a86400 } .changes .tip, .changes .label { fill: #a86400 }
.ends .arrow { stroke: #b3261e } .ends .tip, .ends .label { fill: #b3261e }
.arrow, .tip, .box { pointer-events: visiblePainted }
"""


# --- words ----------------------------------------------------------------------------------------------------------


def does(relation: str, *, done: bool = False) -> str:
    """What a relation is called in the language of this run: "rests on", or, of what it is `done` to, "is the basis
    of"; one that messages.toml does not know by its own word."""
    key = plain(relation).replace(" ", "_")
    if f"does.{key}" not in messages():
        return line(relation)
    return say(f"done.{key}") if done else say(f"does.{key}")


def named(node: Node) -> str:
    """How people cite the document."""
    return name_of(asdict(node))


def in_force_from(node: Node) -> str:
    """From when the document is in force, where that is not its date of issue; else ""."""
    if not node.effective_on or node.effective_on == node.issued_on:
        return ""
    return say("graph.effective", day=official_date(node.effective_on))


def titled(node: Node) -> str:
    """The title, where it is not already the document's name."""
    title = line(node.title or "")
    return "" if title in named(node) else title


def told(edge: Edge, names: Mapping[str, str]) -> Iterator[str]:
    """Where an edge is told, a line a passage: its place and its words, and whose they are where another document than
    the edge's own tells it."""
    for passage in edge.passages:
        by = names.get(passage.document, passage.document) if passage.document != edge.source else ""
        where = ", ".join(part for part in (by, line(passage.path)) if part)
        yield f"{where}: “{line(passage.quote)}”" if where else f"“{line(passage.quote)}”"


def _plain(text: str) -> str:
    return OTHER.sub("\ufffd", line(text))


def _targets(relations: Relations, node: Node) -> str:
    held = relations.held.get(node.id)
    return say("graph.targets", count=held.count, in_force=held.in_force) if held else ""


# --- DOT ------------------------------------------------------------------------------------------------------------


def write_dot(out: TextIO, relations: Relations, book: Rulebook) -> None:
    """A directed graph for Graphviz, later documents on the right; those that are not stored dashed."""
    names = {node.id: named(node) for node in (*relations.nodes, *relations.others)}
    out.write('digraph documents {\n  rankdir="RL";\n  node [shape="box", fontname="sans-serif"];\n')
    out.write('  edge [fontname="sans-serif", fontsize="10"];\n')
    for node in relations.nodes:
        label = [named(node), *_wrapped(titled(node), WIDE), in_force_from(node), _targets(relations, node)]
        style = "solid" if node.stored else "dashed"
        given = {"label": label, "style": [style], "tooltip": [titled(node) or named(node)]}
        if node.id == relations.center:
            given["penwidth"] = ["2"]
        out.write(f"  {_quoted([node.id])} [{_attributes(given)}];\n")
    for edge in relations.edges:
        given = {"label": [does(edge.relation), *edge.pinpoints], "tooltip": list(told(edge, names))}
        given["color"] = [{"changes": "#a86400", "ends": "#b3261e"}.get(_class([edge], book), "#5b7690")]
        out.write(f"  {_quoted([edge.source])} -> {_quoted([edge.target])} [{_attributes(given)}];\n")
    out.write("}\n")


def _attributes(given: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{name}={_quoted(lines)}" for name, lines in given.items())


def _quoted(lines: Sequence[str]) -> str:
    """A string of DOT, with a line end between lines; backslashes would begin an escape of Graphviz."""
    escaped = (_plain(each).replace("\\", "\\\\").replace('"', '\\"') for each in lines if each)
    return '"' + "\\n".join(escaped) + '"'


# --- SVG ------------------------------------------------------------------------------------------------------------


def write_svg(out: TextIO, relations: Relations, book: Rulebook) -> None:
    """A drawing of its own, which needs no other file: boxes for documents, dashed where only cited, arrows for what
    they do; titles in full, and the citations behind an arrow, show under the pointer."""
    texts = {node.id: list(_lines(relations, node)) for node in relations.nodes}
    sizes = {each: Size(WIDE, 2 * PAD + LINE * len(lines) - 3) for each, lines in texts.items()}
    between: dict[Arc, list[Edge]] = {}
    for edge in relations.edges:
        between.setdefault((edge.source, edge.target), []).append(edge)
    plan = layout(sizes, list(between), across=LABEL + 40)
    width, height = plan.width + 2 * MARGIN, plan.height + 3 * MARGIN + LINE
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", role="img", width=f"{width:.0f}", height=f"{height:.0f}")
    root.set("viewBox", f"0 0 {width:.0f} {height:.0f}")
    names = {node.id: named(node) for node in (*relations.nodes, *relations.others)}
    _text(root, "title", names[relations.center])
    SubElement(root, "style").text = STYLE
    SubElement(root, "rect", width="100%", height="100%", fill="#fff")
    page = SubElement(root, "g", transform=f"translate({MARGIN} {MARGIN})")
    # Arrows below boxes, and labels above all, as neither may hide words.
    labels: list[Element] = []
    for arc, edges in between.items():
        group = SubElement(page, "g", {"class": _class(edges, book)})
        lines = [f"{names[arc[0]]} → {does(edge.relation)} → {names[arc[1]]}" for edge in edges]
        _text(
            group,
            "title",
            "\n".join(each for edge, head in zip(edges, lines, strict=True) for each in (head, *told(edge, names))),
        )
        _arrow(group, plan.routes[arc])
        labels.append(_label(plan, arc, edges, book))
    for node in relations.nodes:
        kind = "center" if node.id == relations.center else "stored" if node.stored else "cited"
        group = SubElement(page, "g", {"class": kind})
        _text(group, "title", "\n".join(filter(None, (names[node.id], titled(node), in_force_from(node)))))
        _box(group, plan.boxes[node.id], texts[node.id])
    page.extend(labels)
    _text(root, "text", say("graph.legend"), x=f"{MARGIN}", y=f"{height - MARGIN:.0f}", **{"class": "fact"})
    out.write(tostring(root, encoding="unicode") + "\n")


def _class(edges: Iterable[Edge], book: Rulebook) -> str:
    """Of what kind the relations between two documents are, for their colour, the gravest first: the whole document
    `ends`, it `changes` or parts of it end, it only `rests` on the other."""
    kinds = set()
    for edge in edges:
        if edge.relation in book.words("graph.ends"):
            kinds.add("ends" if any(passage.pinpoint is None for passage in edge.passages) else "changes")
        elif edge.relation in book.words("graph.changes"):
            kinds.add("changes")
    return min(kinds, key=("ends", "changes").index, default="rests")


def _lines(relations: Relations, node: Node) -> Iterator[tuple[str, str]]:
    """The lines of a box, each with its class."""
    yield from (("name", each) for each in _wrapped(named(node), WIDE - 2 * PAD, bold=True))
    title = _wrapped(titled(node), WIDE - 2 * PAD)
    if len(title) > TITLE_LINES:
        title = [*title[: TITLE_LINES - 1], title[TITLE_LINES - 1] + " …"]
    yield from (("title", each) for each in title)
    for fact in (in_force_from(node), _targets(relations, node)):
        if fact:
            yield "fact", fact


def _text(parent: Element, name: str, text: str, **attributes: str) -> Element:
    """An element that holds lines of text."""
    element = SubElement(parent, name, attributes)
    element.text = "\n".join(_plain(each) for each in text.split("\n"))
    return element


def _box(group: Element, box: Box, lines: Sequence[tuple[str, str]]) -> None:
    x, y, width, height = (f"{each:.1f}" for each in (box.x, box.y, box.width, box.height))
    SubElement(group, "rect", {"class": "box", "x": x, "y": y, "width": width, "height": height, "rx": "5"})
    for number, (kind, text) in enumerate(lines):
        at = box.y + PAD + LINE * number + 10
        _text(group, "text", text, x=f"{box.x + PAD:.1f}", y=f"{at:.1f}", **{"class": kind})


def _arrow(group: Element, points: Sequence[Point]) -> None:
    """A curve through the points, level at each of them, and its tip at the last."""
    path = "M{:.1f} {:.1f}".format(*points[0])
    for (x, y), (to_x, to_y) in pairwise(points):
        bend = (x - to_x) / 2 if x > to_x else LABEL
        path += f" C{x - bend:.1f} {y:.1f} {to_x + bend:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
    SubElement(group, "path", {"class": "arrow", "d": path})
    x, y = points[-1]
    SubElement(group, "path", {"class": "tip", "d": f"M{x:.1f} {y:.1f} l9 -4 v8 z"})


def _label(plan: Layout, arc: Arc, edges: Sequence[Edge], book: Rulebook) -> Element:
    """What an arrow says, at that end of it where fewer arrows meet."""
    later, old = arc
    at_later = sum(other[0] == later for other in plan.routes)
    at_old = sum(other[1] == old for other in plan.routes)
    near_later = at_later <= at_old
    route = plan.routes[arc] if near_later else plan.routes[arc][::-1]
    (x, y), (_, away) = route[:2]
    x += -8 if near_later else 13
    label = Element("g", {"class": _class(edges, book)})
    lines = _wrapped(", ".join(does(edge.relation) for edge in edges), LABEL)
    # Above an arrow that goes down from here, below one that goes up, so as not to stand on it.
    first = y - 5 - LABEL_LINE * (len(lines) - 1) if away >= y else y + 13
    for number, text in enumerate(lines):
        at = first + LABEL_LINE * number
        anchor = "end" if near_later else "start"
        _text(label, "text", text, x=f"{x:.1f}", y=f"{at:.1f}", **{"class": "label", "text-anchor": anchor})
    return label


# --- how long words are ---------------------------------------------------------------------------------------------


def _wrapped(text: str, width: float, *, bold: bool = False) -> list[str]:
    """The text in lines of at most `width`, broken between words, or inside one that is longer."""
    lines: list[str] = []
    for word in _plain(text).split():
        if lines and _length(f"{lines[-1]} {word}", bold) <= width:
            lines[-1] += f" {word}"
            continue
        lines.append("")
        for letter in word:
            if lines[-1] and _length(lines[-1] + letter, bold) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def _length(text: str, bold: bool) -> float:
    """About how wide a text of 12 px is: rather too much, as fonts differ."""
    return sum(4.2 if c in " .,:;/-()|'ijlIfrt" else 9.6 if c.isupper() or c in "mw" else 7.4 for c in text) * (
        1.1 if bold else 1
    )
