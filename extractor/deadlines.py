"""Time mentions -> Deadline records: by when or during which period something is to be done, and for what.

Baselines, dates of documents and the years of an account of results are seen and left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import regex

from .agencies import Named
from .confidence import calibrated
from .mentions import Mention, finder
from .model import Block, Deadline
from .resolve import Context, Ids, period
from .rulebook import Rulebook, trie
from .scan import Unit
from .structure import Outline
from .tables import Tables
from .text import Shade

KINDS = ("due", "period", "recurring", "relative", "effective")
RAW = 0.9  # the confidence of a time that is not measured
NAME_REACH = 220  # characters between a programme's first word and the period in its name
RATE_REACH = 3
HORIZONS = 3  # times that one name may hold
SECOND_HORIZON = 20  # characters between a period and a second horizon in one name
ACTION = 240  # characters of an action kept
SHORTEST_ACTION = 8
LEAD_REACH = 60  # characters from the beginning of a sentence to the body that leads
LIST_GAP = 12  # characters between two bodies of one list
HEADING_REACH = 40
NAMED_BEFORE = 60  # characters in which what stands before a colon names the task or its turn
SHORTEST_TASK = 18
TOGETHER = 3  # characters between two times of one task
LONG_TASK = 70  # characters of a sentence whose last verb opens a task of its own
BODY_REACH = 3
NAMED = 20  # characters in which a line of a task names itself before a colon
GOAL_HEADING = 150  # a longer line that begins with "Mục tiêu" is a sentence
CLOSING = ("", '"', "”", "/")  # what follows the end of a name
WORDS = regex.compile(r"\p{L}{2,}\s+\p{L}{2,}")
TRIM = ' ,;:.-–()"“”'


@dataclass(frozen=True, slots=True)
class Dated:
    """A time mention with its period and its use; None where task is still to be told from target, "none" where it is
    no deadline (a time reported on, part of a rate) but may still date a result."""

    mention: Mention
    unit: Unit
    from_: str | None
    to: str | None
    use: str | None


def dated_times(
    shaded: Shade, blocks: tuple[Block, ...], units: dict[int, Unit], ctx: Context, book: Rulebook
) -> list[Dated]:  # fmt: skip
    """The time mentions that state a period, with their use, in order of place."""
    uses = finder(book, "uses")
    out: list[Dated] = []
    last: tuple[str | None, str | None] = (None, None)
    for unit in units.values():
        block = blocks[unit.block]
        if not unit.times or block.kind == "signature":
            continue
        cues = uses.find(shaded, unit.start, unit.end)
        for mention in unit.times:
            kind = mention.get("kind")
            if kind not in KINDS:
                continue
            start, end = period(mention)
            if mention.get("anaphor"):
                if last == (None, None):
                    continue
                start, end = last
            elif kind == "period" and start != end:
                last = (start, end)
            use = _use(shaded, block, unit, mention, cues, end or start, ctx, book)
            out.append(Dated(mention, unit, start, end, use))
    return out


def _use(
    shaded: Shade, block: Block, unit: Unit, mention: Mention, cues: list[Mention], end: str | None, ctx: Context,
    book: Rulebook,
) -> str | None:  # fmt: skip
    """name, effective, result; "none" where the mention is no deadline; None where task and target are still open."""
    kind = mention.get("kind")
    if kind == "effective":
        return "effective"
    if shaded.lower.startswith(book.words("deadlines.term_words"), mention.start):
        return "name"
    sentence = unit.sentence(mention.start)
    around = [c for c in cues if sentence[0] <= c.start < sentence[1]]
    if not ctx.is_news and (block.kind in ("title", "header") or _is_caption(shaded, block, mention)):
        return "name"
    if kind in ("due", "period") and block.end - block.start <= GOAL_HEADING:
        if shaded.lower.startswith(book.words("deadlines.goal_heads"), unit.start):
            return "target"
    if kind == "recurring":
        if any(c.get("use") == "paid" and 0 <= mention.start - c.end <= 1 for c in around):
            return "none"
        near = (c for c in around if c.get("use") == "rate")
        is_rate = any(
            0 <= mention.start - c.end <= RATE_REACH or 0 <= c.start - mention.end <= RATE_REACH for c in near
        )
        counted = any(q.get("unit") == "%" and 0 <= mention.start - q.end <= 1 for q in unit.quantities)
        told = ctx.is_news and any(c.get("use") in ("past", "forecast") for c in around)
        return "none" if is_rate or counted or told else None
    forecast = any(c.get("use") == "forecast" for c in around)
    goal = any(c.get("use") == "goal" or (c.get("use") == "planned" and not forecast) for c in around)
    past = any(c.get("use") == "past" for c in around)
    if any(c.get("use") == "predicted" and c.end <= mention.start for c in around):
        return "none"
    if any(c.get("use") == "remark" and 0 <= c.start - mention.end <= 1 for c in around):
        return "none"
    if not goal and any(c.get("use") == "reached" and 0 <= mention.start - c.end <= 1 for c in around):
        return "none"
    if kind == "relative":
        in_force = any(c.get("use") == "force" and c.end <= mention.start + 4 for c in around)
        return "none" if in_force or past else None
    year = int(end[:4]) if end and end[:4].isdigit() else None
    if ctx.normative and year is not None and year < (ctx.year or 0) and not goal:
        return "name" if _in_name(shaded, unit, mention, around, book) else "none"
    if _in_name(shaded, unit, mention, around, book):
        return "name"
    news = ctx.is_news
    issued = ctx.document.issued_on
    if kind == "due" and issued and end and len(end) == len(issued) and end <= issued and past:
        return "none"
    if news and not goal and forecast:
        return "none"
    if year is not None and ctx.year is not None:
        if year > ctx.year:
            return "target" if news and goal else None
        if (news and year < ctx.year) or (not goal and (news or (year < ctx.year and (kind == "period" or past)))):
            return "none"
    if goal:
        return "target" if news else None
    single = kind == "period" and mention.get("year") is not None
    return "none" if (past and (kind == "period" or news)) or (single and news) else None


def _in_name(shaded: Shade, unit: Unit, mention: Mention, around: list[Mention], book: Rulebook) -> bool:
    """Whether a year or period closes the name of a programme: its first word stands before, only name between.

    A second horizon right behind ("giai đoạn 2021-2030, tầm nhìn đến năm 2050") belongs to the name of the first.
    """
    for _ in range(HORIZONS):
        if mention.get("kind") == "due" and len(str(mention.get("to"))) > len("2025"):
            return False
        at = bisect_left(unit.times, mention.start, key=lambda t: t.start)
        before = unit.times[at - 1] if at else None
        if before is None or mention.start - before.end > SECOND_HORIZON or before.get("kind") not in KINDS:
            break
        if any(c.get("use") == "name" and before.end <= c.start < mention.start for c in around):
            break
        mention = before
    if shaded.lower.startswith(book.words("deadlines.in_time"), mention.start):
        return False
    heads = [c for c in around if c.get("use") == "name" and c.end <= mention.start]
    if not heads or mention.start - heads[-1].start > NAME_REACH:
        return False
    aims = any(c.get("use") == "goal" and heads[-1].end <= c.start < mention.start for c in around)
    between = shaded.lower[heads[-1].end : mention.start].strip()
    if aims or any(mark in between for mark in ":;%") or any(w in between for w in book.words("deadlines.name_ends")):
        return False
    return not between.endswith(",") or shaded.text[mention.end : mention.end + 1] in CLOSING


def _is_caption(shaded: Shade, block: Block, mention: Mention) -> bool:
    """Whether a time closes a line in capitals without a number, the title of an annex."""
    line = shaded.shadow[block.start : block.end]
    return block.label is None and block.kind == "paragraph" and mention.end == block.end and line.isupper()


def deadline_records(
    shaded: Shade, tree: Outline, grid: Tables, dated: list[Dated], named: dict[int, list[Named]], targeted: set[int],
    source: str, ids: Ids, book: Rulebook,
) -> list[Deadline]:  # fmt: skip
    """The deadline records; `targeted` holds the starts of time mentions that date a target, `source` is the kind of
    document, official or news."""
    out: list[Deadline] = []
    for item in dated:
        if item.use == "none":
            continue
        mention, unit = item.mention, item.unit
        quote = shaded.text[mention.start : mention.end]
        use = item.use or ("target" if mention.start in targeted else "task")
        task = _task(shaded, tree, grid, unit, mention, named, book) if use == "task" else NO_TASK
        out.append(
            Deadline(
                id=ids.next("deadlines", quote),
                quote=quote,
                start=mention.start,
                end=mention.end,
                kind=str(mention.get("kind")),
                from_=item.from_,
                to=item.to,
                use=use,
                action=task.action,
                lead=task.lead,
                support=task.support,
                block=unit.block,
                page=ids.page(mention.start),
                rule=mention.rule.id,
                confidence=calibrated(RAW, "deadlines", source, mention.rule.id, book),
            )
        )
    return out


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done, and by whom."""

    action: str | None = None
    lead: tuple[str, ...] = ()
    support: tuple[str, ...] = ()


NO_TASK = Task()


def _task(
    shaded: Shade, tree: Outline, grid: Tables, unit: Unit, mention: Mention, named: dict[int, list[Named]],
    book: Rulebook,
) -> Task:  # fmt: skip
    """The task a deadline is set to: that of its row in a table, else of its sentence."""
    cell = grid.cells.get(unit.block)
    if cell is None or "label" not in cell.row or cell.column == "label":
        return _task_in_sentence(shaded, tree, unit, mention, named, book)
    label = tree.blocks[cell.row["label"]]
    start, _ = tree.content(label.block)
    if not cell.heads:  # "Nhiệm vụ: …"
        label = _with_verb(shaded, tree, label, book)
        start, _ = tree.content(label.block)
        colon = shaded.text.find(":", start, min(label.end, start + NAMED))
        start = colon + 1 if 0 < colon < label.end - 1 else start
    action = shaded.text[start : label.end].strip(TRIM)
    lead, support = (
        tuple(dict.fromkeys(a.agency_id for a in named.get(cell.row.get(column, -1), ())))
        for column in ("lead", "support")
    )
    return Task(action[:ACTION] or None, lead, support)


def _with_verb(shaded: Shade, tree: Outline, label: Block, book: Rulebook) -> Block:
    """The heading that names a task: the label of its lines, or the one above that opens with a verb where the label
    only names a thing."""
    verbs = book.words("deadlines.verbs")
    above: Block | None = label
    while above is not None and above.kind not in ("table", "row"):
        if shaded.lower.startswith(verbs, tree.content(above.block)[0]):
            return above
        above = tree.blocks[above.parent] if above.parent is not None else None
    return label


def _task_in_sentence(
    shaded: Shade, tree: Outline, unit: Unit, mention: Mention, named: dict[int, list[Named]],
    book: Rulebook,
) -> Task:  # fmt: skip
    """The words before the deadline in its sentence, or after it where it opens the sentence; the bodies that stand
    before the action lead, else the first of the heading above."""
    blocks = tree.blocks
    start, end = unit.sentence(mention.start)
    begin = start
    lead: list[str] = []
    addressed = book.words("deadlines.addressed")
    for agency in named.get(unit.block, ()):
        if not start <= agency.start < mention.start:
            continue
        gap = shaded.lower[begin : agency.start].strip(TRIM)
        if gap.endswith(addressed):
            break
        if (lead and len(gap) > LIST_GAP) or (not lead and agency.start - start > LEAD_REACH):
            break
        lead.append(agency.agency_id)
        begin = agency.end
    at = mention.end
    opens = not lead and not shaded.text[start : mention.start].strip(TRIM)
    for agency in named.get(unit.block, ()) if opens else ():
        if not at <= agency.start < end:
            continue
        if shaded.lower[at : agency.start].strip(TRIM):
            break
        lead.append(agency.agency_id)  # "trước ngày 15/12, Sở A, Sở B báo cáo"
        at = agency.end
    earlier = [t.end for t in unit.times if begin <= t.start and t.end < mention.start and t.get("kind") in KINDS]
    apart = shaded.lower[earlier[-1] : mention.start].lstrip() if earlier else ""
    also = str(book.settings["targets"]["and"])
    if len(apart) > SHORTEST_ACTION and (
        apart[0] in ",;" or apart.removeprefix(also).startswith(_spaced(book.words("deadlines.verbs")))
    ):
        begin = earlier[-1]  # the words before are another task's
    limit = mention.start
    at = bisect_left(unit.times, limit, key=lambda t: t.start)
    while at and begin < unit.times[at - 1].start and limit - unit.times[at - 1].end <= TOGETHER:
        at -= 1
        limit = unit.times[at].start  # "trong 10 ngày làm việc (từ ngày …)"
    before = _narrowed(shaded, begin, limit, book)
    if before.lower() in book.words("deadlines.line_verbs") and start > unit.start:
        before = _narrowed(shaded, unit.sentence(start - 2)[0], start, book)  # "…; hoàn thành trước ngày 30/9"
    behind = _narrowed(shaded, _past_bodies(mention.end, end, named.get(unit.block, ())), end, book)
    recurs = mention.get("kind") == "recurring" and shaded.lower.startswith(
        _spaced(book.words("deadlines.verbs")), mention.end
    )
    action = behind if behind and (recurs or len(before) < SHORTEST_ACTION) else before
    if not WORDS.search(action) and blocks[unit.block].parent is not None:  # "Năm 2009: 1.300.000.000đ"
        above, until = tree.content(blocks[unit.block].parent or 0)
        action = _narrowed(shaded, above, until, book) if until - above <= ACTION else ""
    parent = None if blocks[unit.block].kind == "cell" else blocks[unit.block].parent
    while parent is not None and not lead:
        lead = [a.agency_id for a in named.get(parent, ()) if a.start - blocks[parent].start < HEADING_REACH][:1]
        parent = blocks[parent].parent
    return Task(action[:ACTION] or None, tuple(lead))


def _past_bodies(start: int, end: int, named: Iterable[Named]) -> int:
    """Where the action begins behind a deadline: after the body that is to do it, where that stands first."""
    for agency in named:
        if start <= agency.start <= start + BODY_REACH and agency.end < end:
            return agency.end
    return start


def _narrowed(shaded: Shade, start: int, end: int, book: Rulebook) -> str:
    """The words of a task: from its verb on, without what leads to it or says only how and why."""
    lower = shaded.lower
    colon = lower.rfind(":", start, min(end, start + NAMED_BEFORE))
    if colon >= 0:
        name = lower[start:colon].strip(TRIM)
        if not lower[colon + 1 : end].strip(TRIM):
            return _named_by_line(shaded, start, colon, book)
        start = colon + 1 if name else start
    start = _opened(shaded, start, end, book)
    if end - start > LONG_TASK:
        ends = _openings(book).finditer(shaded.lower, start, end - SHORTEST_TASK)
        start = max((m.end() for m in ends), default=start)
    start = _opened(shaded, start, end, book)
    stops = [at for tail in book.words("deadlines.tails") if (at := lower.find(tail, start + SHORTEST_TASK, end)) >= 0]
    joined = f" {book.settings['targets']['and']}"
    return shaded.text[start : min(stops, default=end)].strip(TRIM).removesuffix(joined).strip(TRIM)


def _opened(shaded: Shade, start: int, end: int, book: Rulebook) -> int:
    """Where a task begins behind what only leads to it: "chủ trì, phối hợp …", "Đồng thời, sẽ …"."""
    lower = shaded.lower
    prefixes = tuple(f"{word} " for word in book.words("deadlines.prefixes"))
    while start < end:
        while start < end and shaded.text[start] in TRIM:
            start += 1
        prefix = next((word for word in prefixes if lower.startswith(word, start, end)), None)
        if prefix is None:
            break
        start += len(prefix)
    if lower.startswith(book.words("deadlines.lead_ins"), start, end):
        found = [at for verb in _spaced(book.words("deadlines.verbs")) if (at := lower.find(verb, start, end)) >= 0]
        start = min(found, default=start - 1) + 1
    return start


@lru_cache(maxsize=8)
def _openings(book: Rulebook) -> regex.Pattern[str]:
    """What stands before a verb that opens a task of its own: ", hoàn thành …", "để trình …"."""
    openers, verbs = trie(book.words("deadlines.openers")), trie(book.words("deadlines.verbs"))
    turns = trie(book.words("deadlines.turns"))
    return regex.compile(rf"(?:[,;] (?=(?:{openers})(?!\p{{L}}))|(?<!\p{{L}})(?:{turns}) (?=(?:{verbs})(?!\p{{L}})))")


def _named_by_line(shaded: Shade, start: int, colon: int, book: Rulebook) -> str:
    """What a line says of the task in its own name: "Thời gian lập đồ án: 09 tháng"."""
    name = shaded.text[start:colon].strip(TRIM)
    for prefix in book.words("deadlines.line_names"):
        if name.lower().startswith(f"{prefix} "):
            rest = name[len(prefix) + 1 :]
            return "" if rest.lower() in book.words("deadlines.line_verbs") else rest
    return "" if name.lower() in book.words("deadlines.line_names") else name


@lru_cache(maxsize=16)
def _spaced(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words as they stand inside a sentence."""
    return tuple(f" {word} " for word in words)
