"""What the terminal shows: tables, coloured text, explanations, rules, progress.

Text of a document goes to a terminal only through `safe.clean` or `safe.line`, and never as markup.
"""

from __future__ import annotations

import os
import re
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from .messages import language, reason, say
from .model import RECORDS
from .safe import clean, line

if TYPE_CHECKING:
    from .batch import Outcome, Summary
    from .explain import Explanation
    from .mentions import Candidate
    from .rulebook import Rule, Rulebook

STYLES = {
    "targets": "bold green",
    "commitments": "green",
    "quantities": "cyan",
    "deadlines": "yellow",
    "agencies": "blue",
    "legal_refs": "magenta",
}
"""The colour of each class in a text; a target's clause is underlined, its value bold."""

SIGNS = {"ge": "≥ ", "gt": "> ", "le": "≤ ", "lt": "< ", "approx": "≈ ", "eq": "", "range": ""}
Row = Mapping[str, Any]
Columns = Sequence[tuple[str, dict[str, Any]]]
"""(heading key in messages.toml or "", options of a rich column)."""


def console(stream: TextIO) -> Console:
    """A console that takes nothing in a text for markup, emoji or something to highlight."""
    return Console(file=stream, markup=False, emoji=False, highlight=False)


# --- values as people write them ----------------------------------------------------------------------------------


def number(value: float) -> str:
    """6200 -> "6,200" and 1.5 -> "1.5"; in Vietnamese "6.200" and "1,5"."""
    text = f"{value:,.15g}" if abs(value) < 1e15 else f"{value:g}"
    return text.translate(str.maketrans(",.", ".,")) if language() == "vi" else text


def value(record: Row) -> str:
    """A quantity with its comparator, its direction where it is the size of a change, and its unit.

    >>> value({"low": 1, "high": 1.5, "comparator": "range", "unit": "%", "per": "năm",
    ...        "measure": "change", "change": "decrease"})
    '-(1–1.5)%/năm'
    """
    low, high, unit, per = record["low"], record["high"], record["unit"] or "", record["per"]
    figures = number(low) if high is None else f"{number(low)}–{number(high)}"
    direction = {"increase": "+", "decrease": "-"}.get(record.get("change") or "", "")
    if record.get("measure") == "change" and direction:
        figures = direction + (figures if high is None else f"({figures})")
    space = "" if unit.startswith(("%", "‰")) or not unit else " "
    return line(f"{SIGNS.get(record['comparator'], '')}{figures}{space}{unit}" + (f"/{per}" if per else ""))


def period(start: str | None, end: str | None) -> str:
    """ "2021", "2025" -> "2021–2025"; None, "2025" -> "by 2025"; a single year stands alone."""
    if start and end:
        dash = "–" if len(start) == len(end) == 4 else " – "
        return date(start) if start == end else f"{date(start)}{dash}{date(end)}"
    if end:
        return say("period.by", end=date(end))
    return say("period.since", start=date(start)) if start else ""


def date(text: str) -> str:
    """A time of the contract; Vietnamese readers get it day first."""
    if text.startswith("--"):
        return say("period.yearly", day="/".join(reversed(text[2:].split("-"))))
    return "/".join(reversed(text.split("-"))) if language() == "vi" else text


def place(path: str | None, page: int | None) -> str:
    """Where in a document: "II.2.a, p. 4"."""
    return ", ".join(part for part in (path, say("where.page", page=page) if page else None) if part)


def name_of(document: Row) -> str:
    """How people cite a document: "Kế hoạch 141/KH-UBND, 07/6/2021"; without a number its kind and title, without a
    title its file, else its id."""
    kind, title = document["kind"], document["title"]
    if document["number"]:
        named = " ".join(part for part in (kind, document["number"]) if part)
    elif title and kind and title.lower().startswith(kind.lower()):
        named = title
    else:
        named = ": ".join(part for part in (kind, title or file_of(document) or document["id"]) if part)
    return line(named, 100) + (f", {official_date(document['issued_on'])}" if document["issued_on"] else "")


def file_of(document: Row) -> str:
    """The name of the document's first file, without its folder; "" where none is known."""
    return PurePath(document.get("source_path") or "").name


def official_date(text: str) -> str:
    """ "2021-06-07" -> "07/6/2021": days are padded, and months up to February.

    The official style, of decree 30/2020/NĐ-CP, annex I.
    """
    year, *rest = text.split("-")
    if rest and rest[0] > "02":
        rest[0] = rest[0].lstrip("0")
    return "/".join([*reversed(rest), year])


# --- tables -------------------------------------------------------------------------------------------------------


def grid(columns: Columns, rows: Iterable[Sequence[str | RenderableType]], *, headed: bool = True) -> Table:
    """A table without borders."""
    headed = headed and any(key for key, _ in columns)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0), show_header=headed)
    for key, options in columns:
        table.add_column(say(f"column.{key}") if key else "", **{"overflow": "fold", **options})
    for row in rows:
        table.add_row(*(Text(clean(cell)) if isinstance(cell, str) else cell for cell in row))
    return table


ID = ("id", {"style": "dim", "no_wrap": True, "width": 8})
WHERE = ("where", {"max_width": 16})


def measured(r: Row) -> str:
    """What a target measures, and of whom: "Khu vực đô thị › tỷ lệ hộ dùng nước sạch"; "" where it does not say."""
    return " › ".join(part for part in (r["scope"], r["indicator"]) if part)


def remarks(r: Row) -> list[str]:
    """What is said of a target behind its indicator: that it is another's, or was told before."""
    return [say("list.quoted")] * (r["holder"] == "quoted") + [say("list.again")] * bool(r["same_as"])


def _target(r: Row) -> list[str]:
    what = line(measured(r) or r["quote"], 90)
    return [" ".join([what, *remarks(r)]), value(r), period(r["from"], r["to"])]


def _quantity(r: Row) -> list[str]:
    return [
        line(r["quote"], 50),
        say(f"quantity_role.{r['role']}"),
        line(r["indicator"] or "", 70),
        period(r["from"], r["to"]),
    ]


def _deadline(r: Row) -> list[str]:
    when = period(r["from"], r["to"]) or say(f"deadline_kind.{r['kind']}")
    return [line(r["quote"], 50), say(f"use.{r['use']}"), line(r["action"] or "", 90), when]


def _agency(r: Row) -> list[str]:
    return [line(r["name"], 90), say(f"level.{r['level']}"), say(f"agency_role.{r['role']}") if r["role"] else ""]


def _legal_ref(r: Row) -> list[str]:
    return [line(r["quote"], 90), r["number"] or "", r["relation"] or ""]


def _commitment(r: Row) -> list[str]:
    return [line(r["quote"], 160), period(r["from"], r["to"])]


SHAPES: dict[str, tuple[Columns, Callable[[Row], list[str]]]] = {
    "targets": ([("indicator", {"ratio": 1}), ("value", {"max_width": 18}), ("period", {"max_width": 12})], _target),
    "commitments": ([("goal", {"ratio": 1}), ("period", {"max_width": 12})], _commitment),
    "quantities": (
        [("quantity", {"max_width": 18}), ("role", {}), ("indicator", {"ratio": 1}), ("period", {"max_width": 12})],
        _quantity,
    ),
    "deadlines": (
        [("deadline", {"max_width": 20}), ("use", {}), ("action", {"ratio": 1}), ("period", {"max_width": 12})],
        _deadline,
    ),
    "agencies": ([("agency", {"ratio": 1}), ("level", {}), ("role", {})], _agency),
    "legal_refs": (
        [("reference", {"ratio": 1}), ("number", {"max_width": 18}), ("relation", {"max_width": 12})],
        _legal_ref,
    ),
}
"""For each class of records: its columns, and the cells of a record."""


def print_records(out: Console, extraction: Row, classes: Sequence[str]) -> None:
    """A document's name and the records of the classes given, a table each; where none is given, of all classes, but
    without the quantities that are numbers of targets."""
    document = extraction["document"]
    out.print(Text(name_of(document), style="bold"))
    facts = [document["title"] if document["number"] else None, document["issuer"], document["province"]]
    for fact in [*facts, *(source["path"] for source in extraction["sources"])]:
        if fact:
            out.print(Padding(Text(line(fact, 200), style="dim"), (0, 0, 0, 2)))
    paths = {block["block"]: block["path"] for block in extraction["blocks"]}
    paged = len(extraction["pages"]) > 1
    for name in classes or RECORDS:
        records = [r for r in extraction[name] if classes or r.get("role") != "target"]
        if not records and not classes:
            continue
        columns, cells = SHAPES[name]
        out.print()
        out.print(Text(f"{say(f'class.{name}')} ({len(records)})", style=STYLES[name]))
        rows = [[r["id"][:8], *cells(r), place(paths.get(r["block"]), r["page"] if paged else None)] for r in records]
        if rows:
            out.print(grid([ID, *columns, WHERE], rows))
    problems = extraction["problems"]
    if problems:
        out.print()
        out.print(Text(f"{say('class.problems')} ({len(problems)})", style="red"))
        rows = [[line(p["where"]), line(reason(p["what"]))] for p in problems]
        out.print(grid([("where", {}), ("problem", {"ratio": 1})], rows))


def print_documents(out: Console, documents: Sequence[Row]) -> None:
    """Rows of documents: name above file (either names it to `show`), whose it is, period, number of targets."""
    columns: Columns = [
        ("document", {"ratio": 1}),
        ("province", {"max_width": 16}),
        ("period", {"max_width": 11}),
        ("targets", {"justify": "right"}),
    ]
    rows: list[list[str | RenderableType]] = []
    for d in documents:
        file = Text("  " + line(file_of(d)), style="dim", no_wrap=True, overflow="ellipsis")
        known = d["number"] or d["title"]
        name = Group(Text(name_of(d)), file) if known else name_of(d)
        rows.append([name, d["province"] or "", period(d["from"], d["to"]), str(d["targets"])])
    out.print(grid(columns, rows))
    out.print(Text(say("list.documents", count=number(len(rows)))))


def print_targets(out: Console, targets: Sequence[Row]) -> None:
    """Rows of targets, ordered by place and document: indicator, value, period, where it stands."""
    columns: Columns = [
        ("indicator", {"ratio": 1}),
        ("value", {"width": 16}),
        ("period", {"width": 11}),
        ("where", {"width": 13}),
    ]
    headed = True
    for name, of_place in groupby(targets, key=lambda t: t["place"]):
        group = list(of_place)
        out.print(Text(f"{line(name or say('list.no_place'))} ({len(group)})", style=STYLES["targets"]))
        for _, of_document in groupby(group, key=lambda t: t["document_id"]):
            rows = list(of_document)
            document = {key: rows[0][f"document_{key}"] for key in ("id", "kind", "number", "title", "issued_on")}
            document["source_path"] = rows[0]["source_path"]
            out.print(Padding(Text(name_of(document), style="dim"), (0, 0, 0, 2)))
            paged = any(t["page"] > 1 for t in rows)
            cells = [[*_target(t), place(t["block_path"], t["page"] if paged else None)] for t in rows]
            out.print(Padding(grid(columns, cells, headed=headed), (0, 0, 1, 2)))
            headed = False
    of = len({t["document_id"] for t in targets})
    out.print(Text(say("list.targets", count=number(len(targets)), documents=number(of))))


def print_failures(out: Console, failures: Sequence[Row]) -> None:
    """Rows of files that could not be read: file, reason, day of the last attempt."""
    columns: Columns = [("source", {"ratio": 1}), ("why", {"ratio": 1}), ("date", {"width": 10})]
    rows = [[line(f["path"]), line(reason(f["reason"])), f["at"][:10]] for f in failures]
    out.print(grid(columns, rows))
    out.print(Text(say("list.failures", count=number(len(rows)))))


def print_hits(out: Console, hits: Sequence[Row], *, more: bool) -> None:
    """What a search found: where it stands and the passage, its hits emphasized; `more`: there may be others."""
    for hit in hits:
        table = hit["table"]
        title = Text.assemble((say(f"one.{table}"), STYLES.get(table, "bold")), "  ", line(hit["citation"] or "", 120))
        if table != "documents":
            title.append(f"  {hit['id'][:8]}", style="dim")
        out.print(title)
        out.print(Padding(_emphasized(line(hit["snippet"].replace("\n", " · "))), (0, 0, 0, 2)))
    told = say("search.first", count=number(len(hits))) if more else say("search.hits", count=number(len(hits)))
    out.print(Text(told))


def _emphasized(snippet: str) -> Text:
    """A passage with what stands in [ ] in bold, and the brackets where there is no colour to show it."""
    shown = Text()
    for piece in re.split(r"(\[[^\[\]]*\])", snippet):
        shown.append(piece, style="bold" if piece.startswith("[") else "")
    return shown


# --- a text with its records ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text and how it is shown: in a style, or behind a mark in brackets."""

    start: int
    end: int
    style: str
    mark: str


def spans(name: str, record: Row) -> list[Span]:
    """A record's place; a target's clause, and its value within."""
    mark = say(f"mark.{name}") + ":"
    if name != "targets":
        return [Span(record["start"], record["end"], STYLES[name], mark)]
    clause = Span(record["start"], record["end"], "underline green", mark)
    return [clause, Span(record["value_start"], record["value_end"], STYLES[name], "")]


def print_text(out: Console, extraction: Row, classes: Sequence[str]) -> None:
    """The text with its records in colour and a legend; where there is no colour, in brackets with their class."""
    legend = Text()
    claimed: list[Span] = []
    for name in classes or RECORDS:
        label, mark = say(f"class.{name}"), say(f"mark.{name}")
        legend.append(label if out.color_system else f"[{mark}:] {label}", style=STYLES[name]).append("  ")
        for record in extraction[name]:
            # The number of a target is a quantity too; both in one place would only hide the clause.
            if classes or record.get("role") != "target":
                claimed += spans(name, record)
    out.print(legend)
    out.print()
    # Into a pipe or file a line of the text stays a line.
    out.print(painted(extraction["text"], claimed, brackets=not out.color_system), soft_wrap=not out.is_terminal)


def painted(text: str, claimed: Iterable[Span], *, brackets: bool = False) -> Text:
    """The text with each piece in the style of the shortest span that claims it.

    With `brackets`, spans stand as "[D:đến năm 2030]", one within the other; where two cross, their ends are not told
    apart.
    """
    ordered = sorted(claimed, key=lambda span: span.start - span.end)
    cuts = sorted({0, len(text), *(span.start for span in ordered), *(span.end for span in ordered)})
    styles: dict[int, str] = {}
    opening: dict[int, str] = {}
    closing: Counter[int] = Counter()
    for span in ordered:
        styles |= dict.fromkeys(cuts[bisect_left(cuts, span.start) : bisect_left(cuts, span.end)], span.style)
        opening[span.start] = opening.get(span.start, "") + "[" + span.mark
        closing[span.end] += 1
    result = Text()
    for start, end in pairwise([*cuts, len(text)]):
        if brackets:
            result.append("]" * closing[start] + opening.get(start, ""))
        result.append(clean(text[start:end]), style=styles.get(start))
    return result


# --- why a record is there ----------------------------------------------------------------------------------------


def print_explanation(out: Console, found: Explanation, extraction: Row) -> None:
    """A record, the sentence it stands in, the headings above, its period's origin, its rules and those that lost."""
    record, text = found.record, extraction["text"]

    def title(key: str) -> None:
        out.print()
        out.print(Text(say(f"explain.{key}"), style="bold"))

    def indented(content: Text | str, depth: int = 1) -> None:
        out.print(Padding(content if isinstance(content, Text) else Text(clean(content)), (0, 0, 0, 2 * depth)))

    where = place(found.path[-1]["path"], record["page"] if len(extraction["pages"]) > 1 else None)
    out.print(Text(f"{say(f'one.{found.name}')} {record['id']}", style=STYLES[found.name]))
    out.print(Text(", ".join(part for part in (name_of(extraction["document"]), where) if part)))

    title("record")
    hidden = ("id", "block", "page", "start", "end", "rules", "rule")
    facts = [
        [key, line(", ".join(shown) if isinstance(shown, list) else str(shown), 400)]
        for key, shown in record.items()
        if shown not in (None, []) and key not in hidden and not key.endswith(("_start", "_end"))
    ]
    out.print(Padding(grid([("", {"style": "dim"}), ("", {"ratio": 1})], facts), (0, 0, 0, 2)))

    title("sentence")
    start, end = found.sentence
    claimed = [replace(span, start=span.start - start, end=span.end - start) for span in spans(found.name, record)]
    indented(painted(text[start:end], claimed, brackets=not out.color_system))

    title("path")
    for depth, block in enumerate(found.path, start=1):
        indented(block_line(block, text), depth)

    if record.get("period_source"):
        title("period")
        origin = say(f"period_source.{record['period_source']}")
        indented(f"{origin}: {block_line(found.period_block, text)}" if found.period_block else origin)

    title("rules")
    for rule in found.rules:
        indented(rule_line(rule))
    for cue in found.cues:
        indented(say("explain.cue", cue=cue))
    for missing in found.unknown_rules:
        indented(say("explain.unknown_rule", id=missing))
    if not (found.rules or found.cues or found.unknown_rules):
        indented(say("explain.no_rules"))

    title("lost")
    for candidate in found.lost:
        indented(candidate_line(candidate))
    if not found.lost:
        indented(say("explain.none_lost"))


def block_line(block: Row, text: str) -> str:
    """A block's kind and how its text begins."""
    return f"{block['kind']}: {line(text[block['start'] : block['end']], 110)}"


# --- rules --------------------------------------------------------------------------------------------------------


def rule_line(rule: Rule) -> Text:
    """A rule's id and what it is about."""
    return Text.assemble((rule.id, "bold"), "  ", clean(rule.about))


def print_rule(out: Console, rule: Rule) -> None:
    """A rule's id, what it is about, its anchor and pattern, what it finds and skips."""
    out.print(Padding(rule_line(rule), (0, 0, 0, 2)))
    anchor = rule.anchor if isinstance(rule.anchor, str) else ", ".join(rule.anchor)
    facts = [[say("rule.anchor"), anchor], [say("rule.pattern"), rule.source.strip()]]
    for example in rule.finds:
        start, end = example.span or (0, 0)
        text = f"{example.text[:start]}[{example.text[start:end]}]{example.text[end:]}"
        values = ", ".join(f"{key} = {shown}" for key, shown in example.values.items())
        facts.append([say("rule.finds"), text + (f"  ({values})" if values else "")])
    facts += [[say("rule.skips"), example.text] for example in rule.skips]
    out.print(Padding(grid([("", {"style": "dim"}), ("", {"ratio": 1})], facts), (0, 0, 0, 4)))


def print_rules(out: Console, book: Rulebook) -> None:
    """All rules by family, and the word lists with their sizes."""
    for family, rules in book.rules.items():
        out.print(Text(f"{family} ({len(rules)})", style="bold"))
        rows = [[rule.id, line(rule.about), str(len(rule.finds)), str(len(rule.skips))] for rule in rules]
        columns: Columns = [
            ("rule", {}), ("about", {"ratio": 1}), ("finds", {"justify": "right"}), ("skips", {"justify": "right"}),
        ]  # fmt: skip
        out.print(Padding(grid(columns, rows), (0, 0, 1, 2)))
    lists = ", ".join(f"{name}.csv ({len(rows)})" for name, rows in sorted(book.tables.items()))
    out.print(Text(say("rules.lists", lists=lists, fingerprint=book.fingerprint)))


def print_trace(out: Console, candidates: Sequence[Candidate]) -> None:
    """Which rule took what in a text, and which lost to which."""
    for candidate in candidates:
        out.print(Text(candidate_line(candidate), style="" if candidate.won else "dim"), soft_wrap=not out.is_terminal)
    if not candidates:
        out.print(Text(say("rules.nothing")))


def candidate_line(candidate: Candidate) -> str:
    """ "+ quantity.percent 4-7 «60%» low = 60", or "- ..., lost to quantity.range"."""
    values = ", ".join(f"{key} = {shown}" for key, shown in candidate.values.items() if shown is not None)
    mark = "+" if candidate.won else "-"
    told = f"{mark} {candidate.rule}  {candidate.start}-{candidate.end}  «{candidate.quote}»  {values}".rstrip()
    return clean(told if candidate.won else f"{told}  {say('rules.lost_to', rule=candidate.lost_to)}")


# --- many documents -----------------------------------------------------------------------------------------------


EVERY = 60.0  # seconds between the lines that tell of progress where there is no terminal


class _Rate(ProgressColumn):
    """Documents a second, or a minute where they are slow."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed or 0.0
        return Text(f"{speed:.0f}/s" if speed >= 2 else f"{60 * speed:.0f}/min" if speed else "")


class Report:
    """Progress of a batch: a bar with rate and time left on a terminal, else a line a minute; and a line for each
    document that failed.  A reader of these lines that goes away does not end the batch."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._out = console(stream)
        self._quiet = quiet
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(compact=True),
            console=self._out,
            transient=True,
            disable=quiet or not self._out.is_terminal,
        )
        self._task: TaskID | None = None
        self._begun = self._told = time.monotonic()

    def __enter__(self) -> Report:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def starting(self, path: str, done: int, total: int) -> None:
        """A document is being read, after `done` of `total`."""
        if done == 0 and self._task is not None:  # reading has ended, aligning begins
            self._bar.remove_task(self._task)
            self._task = None
        if self._task is None:
            self._task = self._bar.add_task("", total=total)
            self._begun = time.monotonic()
        wide = min(40, self._out.width // 3)
        self._bar.update(self._task, completed=done, total=total, description=f"{line(path[-wide:], wide):{wide}}")
        now = time.monotonic()
        if done and now - self._told >= EVERY and not (self._quiet or self._out.is_terminal):
            self._told = now
            rate = done / (now - self._begun)
            left = round((total - done) / rate / 60)
            self._line(
                say("summary.underway", done=number(done), total=number(total), rate=round(rate * 60), left=left)
            )

    def finished(self, outcome: Outcome) -> None:
        """A document is stored, unchanged, or failed."""
        if outcome.error:
            self._line(failure(outcome.path, outcome.error))

    def _line(self, text: str) -> None:
        if self._out.is_terminal:
            self._out.print(Text(text), soft_wrap=True)
            return
        try:
            print(text, file=self._out.file, flush=True)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.file.fileno())


def failure(path: str, why: str) -> str:
    """The one line for a file that could not be read."""
    return f"muctieu: {line(path)}: {line(reason(why))}"


def print_summary(out: Console, summary: Summary) -> None:
    """What a batch did: documents by outcome, records by class, problems."""
    documents = ", ".join(say(f"summary.{key}", count=count) for key, count in summary.documents.items() if count)
    out.print(Text(say("summary.documents", counts=documents or "0")), soft_wrap=not out.is_terminal)
    if any(summary.records.values()):
        records = ", ".join(f"{summary.records[name]} {say(f'class.{name}').lower()}" for name in RECORDS)
        out.print(Text(say("summary.records", counts=records)), soft_wrap=not out.is_terminal)
    if summary.problems:
        out.print(Text(say("summary.problems", count=summary.problems)), soft_wrap=not out.is_terminal)
