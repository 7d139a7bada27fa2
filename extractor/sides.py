"""An evaluation as one HTML page: each text twice, with gold marked on the left and what was found on the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from .display import number
from .evaluate import FIELDS, Entry, Measured, Pair, Result, total
from .figures import differences, share
from .gold import QUOTE, Squashed
from .messages import language, say
from .page import head, mark_css
from .painting import Html, Mark, Painter
from .safe import line


def evaluation_page(measured: Sequence[Measured], title: str) -> str:
    """The page of an evaluation; the text is that of the gold file on both sides, so that they stand line by line."""
    out = Html()
    overall = total([each.result for each in measured])
    with out.inside("html", lang=language()):
        head(out, title)
        with out.inside("body"):
            with out.inside("header"):
                out.element("p", say("evaluate.page"))
                out.element("h1", line(title))
                _figures(out, overall)
            with out.inside("nav"):
                _legend(out, overall)
                _contents(out, measured)
            with out.inside("main"):
                for at, each in enumerate(measured):
                    _document(out, each, f"d{at}")
    return out.written()


def _figures(out: Html, result: Result) -> None:
    with out.inside("dl"):
        for name, score in result.scores.items():
            with out.inside("div"):
                out.element("dt", f"{say(f'class.{name}')} (F1)")
                complete = f" · {say('column.complete_f1')} {share(score.complete_f1)}" if name == "targets" else ""
                out.element("dd", share(score.f1) + complete)


def _legend(out: Html, result: Result) -> None:
    """The classes, each of which can be switched off, and what becomes of an entry."""
    with out.inside("section", class_="legend"):
        out.element("h2", say("page.legend"))
        with out.inside("ul"):
            for name, score in result.scores.items():
                with out.inside("li"):
                    with out.inside("label"):
                        out.element("input", type="checkbox", checked="", id=f"show-{name}")
                        out.element("mark", say(f"class.{name}"), class_=mark_css(name))
                    out.element("span", f"{number(score.found)} / {number(score.gold)}")
            for status in ("wrong", "missed", "spurious"):
                with out.inside("li"):
                    out.element("mark", say(f"evaluate.{status}"), class_=status)


def _contents(out: Html, measured: Sequence[Measured]) -> None:
    with out.inside("details", class_="outline", open=""):
        out.element("summary", say("page.outline"))
        with out.inside("ul"):
            for at, each in enumerate(measured):
                errors = sum(_status(pair) != "hit" for pair in each.result.pairs)
                with out.inside("li"):
                    out.element("a", f"{line(each.gold.name, 60)} ({number(errors)})", href=f"#d{at}")


def _document(out: Html, measured: Measured, anchor: str) -> None:
    with out.inside("section", id=anchor, class_="measured"):
        out.element("h2", line(" · ".join(part for part in (measured.gold.name, measured.result.kind) if part)))
        _figures(out, measured.result)
        if measured.result.wrong_header:
            out.element("p", say("evaluate.wrong_header", fields=", ".join(measured.result.wrong_header)))
        text = measured.gold.text
        squashed = Squashed(text)
        sides = [Painter(out, text, _marks(measured.result.pairs, squashed, found=found)) for found in (False, True)]
        with out.inside("article", lang="vi"), out.inside("table", class_="sides"):
            with out.inside("thead"), out.inside("tr"):
                out.element("th", say("column.gold"), scope="col")
                out.element("th", say("column.predicted"), scope="col")
            for start, end in _lines(text):
                with out.inside("tr"):
                    for side in sides:
                        with out.inside("td"):
                            side.paint(start, end)
                out.text("\n")


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each line that is not blank."""
    lines = text.split("\n")
    starts = accumulate((len(each) + 1 for each in lines), initial=0)
    return ((start, start + len(each)) for start, each in zip(starts, lines, strict=False) if each.strip())


def _marks(pairs: Sequence[Pair], text: Squashed, *, found: bool) -> list[Mark]:
    """The gold entries, or the found ones, of pairs."""
    marks = []
    for pair in pairs:
        entry = pair.found if found else pair.gold
        if entry is not None and entry.place is not None:
            css = f"{mark_css(pair.table)} {_status(pair)}"
            marks.append(Mark(*text.whole(entry.place), css, _card(pair, entry)))
    return marks


def _status(pair: Pair) -> str:
    if pair.gold and pair.found:
        return "wrong" if pair.wrong else "hit"
    return "missed" if pair.gold else "spurious"


def _card(pair: Pair, entry: Entry) -> str:
    """What becomes of an entry, the fields that differ, else those that are set."""
    status = _status(pair)
    said = [f"{say(f'one.{pair.table}')}: {line(str(entry.get(QUOTE[pair.table])), 200)}"]
    if status == "wrong":
        return "\n".join([*said, *differences(pair)])
    said += [] if status == "hit" else [say(f"evaluate.{status}")]
    fields = {key: entry.get(key) for key in FIELDS[pair.table]}
    return "\n".join(
        [*said, *(f"{key}: {line(str(value), 200)}" for key, value in fields.items() if value is not None)]
    )
