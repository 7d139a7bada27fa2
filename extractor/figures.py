"""What the terminal shows of quality: the figures of an evaluation, its errors, floors, the coverage of rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from .coverage import Cover
from .display import STYLES, Columns, grid
from .evaluate import Entry, Pair, Result
from .gold import QUOTE
from .messages import say
from .reliability import bins, threshold
from .safe import line

RIGHT = {"justify": "right", "no_wrap": True}


def print_figures(out: Console, result: Result) -> None:
    """The measures of each class, and of each field on what was found."""
    facts = say(
        "evaluate.documents",
        documents=result.documents,
        missing=result.missing,
        offsets=result.offsets,
        header=share(result.header_share if result.header[1] else None),
    )
    out.print(Text(facts))
    out.print()
    columns: Columns = [
        ("class", {"ratio": 1}), ("gold", RIGHT), ("predicted", RIGHT), ("precision", RIGHT), ("recall", RIGHT),
        ("f1", RIGHT), ("exact_f1", RIGHT), ("complete_f1", RIGHT),
    ]  # fmt: skip
    rows = []
    for name, score in result.scores.items():
        measures = [score.precision, score.recall, score.f1, score.exact_f1]
        complete = share(score.complete_f1) if name == "targets" else ""
        rows.append([_class(name), str(score.gold), str(score.predicted), *map(share, measures), complete])
    out.print(grid(columns, rows))
    out.print()
    out.print(Text(say("evaluate.fields"), style="bold"))
    fields = [
        [_class(name), ", ".join(f"{key} {share(total / n)} ({n})" for key, (total, n) in score.fields.items() if n)]
        for name, score in result.scores.items()
    ]
    out.print(grid([("", {}), ("", {"ratio": 1})], [row for row in fields if row[1]]))


def print_by(out: Console, results: Sequence[Result], heading: str) -> None:
    """A row for each document or kind of document: how many, and F1 by class; `heading` is "document" or "kind"."""
    names = [name for name in QUOTE if any(name in result.scores for result in results)]
    columns: Columns = [(heading, {"ratio": 1})]
    if heading == "kind":
        columns = [*columns, ("documents", RIGHT)]
    columns = [*columns, ("header", RIGHT)]
    for name in names:
        columns = [*columns, (f"short_{name}", RIGHT), *([("complete", RIGHT)] if name == "targets" else [])]
    rows = []
    for result in results:
        row = [line(result.name or say("evaluate.no_kind"), 60)]
        row += [str(result.documents)] if heading == "kind" else []
        row.append(_short(result.header_share if result.header[1] else None))
        for name in names:
            score = result.scores.get(name)
            counts = score is not None and score.gold + score.predicted > 0
            row.append(_short(score.f1 if score and counts else None))
            if name == "targets":
                row.append(_short(score.complete_f1 if score and counts else None))
        rows.append(row)
    out.print(grid(columns, rows))


def print_errors(out: Console, results: Iterable[Result], classes: Sequence[str]) -> None:
    """Every miss, spurious find and wrong field, by document and class; `classes` none: all."""
    none = True
    for result in results:
        wrong = [
            p for p in result.pairs if (p.wrong or not (p.gold and p.found)) and (not classes or p.table in classes)
        ]
        if not wrong and not (result.wrong_header and not classes):
            continue
        none = False
        out.print(Text(line(result.name), style="bold"))
        if result.wrong_header and not classes:
            out.print(Padding(Text(say("evaluate.wrong_header", fields=", ".join(result.wrong_header))), (0, 0, 0, 2)))
        for name, pairs in groupby(wrong, key=lambda pair: pair.table):
            out.print(Padding(Text(_class(name), style=STYLES[name]), (0, 0, 0, 2)))
            rows = [_error(pair) for pair in pairs]
            out.print(Padding(grid([("", {}), ("", {"ratio": 1})], rows), (0, 0, 0, 4)))
    if none:
        out.print(Text(say("evaluate.no_errors")))


def differences(pair: Pair) -> list[str]:
    """The fields of a pair that differ, as "to: 2025, found 2030"."""
    return [
        say("evaluate.differs", field=key, gold=_said(pair.gold, key), found=_said(pair.found, key))
        for key in pair.wrong
    ]


def _error(pair: Pair) -> list[str | RenderableType]:
    entry = pair.gold or pair.found
    assert entry is not None
    quote = str(entry.get(QUOTE[pair.table]))
    told = f"«{line(quote, 100)}»"
    context = entry.get("quote")
    if pair.gold and pair.found:
        return [Text(say("evaluate.wrong"), style="yellow"), "\n".join([told, *differences(pair)])]
    if context and context != quote:
        told += f"  {line(str(context), 120)}"
    kind = "missed" if pair.gold else "spurious"
    return [Text(say(f"evaluate.{kind}"), style="red"), told]


def print_reliability(out: Console, results: Sequence[Result], classes: Sequence[str], precision: float) -> None:
    """Records by confidence with the share that is right, and the confidence from which a precision is reached."""
    columns: Columns = [
        ("class", {"ratio": 1}), ("confidence", RIGHT), ("records", RIGHT), ("mean", RIGHT), ("right", RIGHT),
    ]  # fmt: skip
    rows: list[list[str | RenderableType]] = []
    for name in classes:
        for number, each in enumerate(bins(results, name)):
            span = f"{each.low:.2f}-{each.high:.2f}"
            told = _class(name) if number == 0 else ""
            rows.append([told, span, str(each.count), share(each.mean), share(each.share)])
    out.print(grid(columns, rows))
    for name in classes:
        reached = threshold(results, name, precision)
        named, asked = _class(name), f"{precision:.2f}"
        if reached is None:
            out.print(Text(say("evaluate.unreached", name=named, precision=asked)))
            continue
        told = say(
            "evaluate.threshold",
            name=named,
            precision=asked,
            reached=share(reached.precision),
            recall=share(reached.recall),
            confidence=f"{reached.confidence:.2f}",
        )
        out.print(Text(told))


def print_floors(out: Console, fallen: Mapping[str, tuple[float, float]], *, changed: bool) -> None:
    """Whether the floors hold: figures that fell, and that the folder has changed since they were pinned."""
    for name, (floor, now) in fallen.items():
        out.print(Text(say("floors.fallen", figure=name, floor=share(floor), now=share(now)), style="red"))
    if changed:
        out.print(Text(say("floors.changed"), style="red"))
    if not fallen and not changed:
        out.print(Text(say("floors.held"), style="green"))


def print_coverage(out: Console, covers: Sequence[Cover]) -> None:
    """A row for each rule: places won and matched, documents, records that name it, the rule that beat it most."""
    columns: Columns = [
        ("rule", {"no_wrap": True}), ("won", RIGHT), ("matched", RIGHT), ("documents", RIGHT), ("records", RIGHT),
        ("lost_to", {"ratio": 1}),
    ]  # fmt: skip
    rows = []
    for cover in covers:
        counts = [str(count) for count in (cover.won, cover.matched, cover.documents, cover.records)]
        rows.append([cover.rule, *counts, ", ".join(f"{rule} ({n})" for rule, n in cover.lost.most_common(1))])
    out.print(grid(columns, rows))
    unused = sum(not cover.won for cover in covers)
    out.print(Text(say("coverage.rules", count=len(covers), unused=unused)))


def _class(name: str) -> str:
    return say(f"class.{name}")


def _said(entry: Entry | None, key: str) -> str:
    value = entry.get(key) if entry else None
    return "null" if value is None else line(str(value), 80)


def share(value: float | None) -> str:
    """A figure with three decimals, "-" where there is none."""
    return "-" if value is None else f"{value:.3f}"


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
