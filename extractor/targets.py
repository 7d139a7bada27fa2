"""Quantity mentions, and what they inherit from their clause, their headings and the title -> Target, Quantity and
Commitment records.

A quantity's role is decided by cues (`targets.toml` in the clause, `headings.toml` above): each adds its weight to a
role, the heaviest role wins, and the winning cues are kept as the reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import regex

from .agencies import Named
from .deadlines import Dated
from .mentions import Finder, Mention
from .model import Block, Commitment, Problem, Quantity, Target
from .resolve import Context, Ids, province_on
from .rulebook import Rulebook, trie
from .scan import Unit
from .structure import Outline
from .text import Shade

Span = tuple[int, int]

AFTER_REACH = 70  # characters from a value to a time that follows it
HEADING_LENGTH = 260
LEAD_IN = 140  # characters at the end of a long lead-in that say what follows
TRIM = " ,;:.-–+*()[]\"“”/"
WORD = regex.compile(r"[\p{L}\p{N}%]+")
CLAUSE_END = regex.compile(r"[,:](?=\s)|\s(?=\()|\)")


@dataclass(slots=True)
class Found:
    """What the targets stage gives: records, and the starts of the time mentions that date a target."""

    targets: list[Target] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)
    commitments: list[Commitment] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    dating: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Period:
    """When a value holds: from, to, where that was read (clause, heading, document, none) and the mention's start."""

    from_: str | None
    to: str | None
    source: str
    at: int | None = None
    told: bool = False  # a time reported on, not one ahead


NO_PERIOD = Period(None, None, "none")


@dataclass(slots=True)
class _Reader:
    """One document being read; the methods are the numbered steps of `goals`."""

    shaded: Shade
    tree: Outline
    units: dict[int, Unit]
    dated: dict[int, list[Dated]]
    named: dict[int, list[Named]]
    ctx: Context
    ids: Ids
    book: Rulebook
    cues: Finder
    headings: Finder
    found: Found = field(default_factory=Found)
    indicators: dict[int, tuple[int | None, int | None, str | None]] = field(default_factory=dict)
    above: dict[int, tuple[Counter[str], list[str]]] = field(default_factory=dict)
    inherited: dict[int, Period] = field(default_factory=dict)
    running: Period = NO_PERIOD
    aiming: bool = False  # a news article has begun to tell goals of a time ahead


def goals(
    shaded: Shade, tree: Outline, units: dict[int, Unit], dated: list[Dated], named: dict[int, list[Named]],
    ctx: Context, ids: Ids, book: Rulebook,
) -> Found:  # fmt: skip
    """All quantities of a document with their roles, the targets among them as whole records, and the goals of its
    goal sections that carry no number."""
    by_block: dict[int, list[Dated]] = {}
    for item in dated:
        by_block.setdefault(item.unit.block, []).append(item)
    finders = Finder(book, ["targets"]), Finder(book, ["headings"])
    reader = _Reader(shaded, tree, units, by_block, named, ctx, ids, book, *finders)
    for unit in units.values():
        _read_unit(reader, unit)
    return reader.found


# --- one unit -------------------------------------------------------------------------------------------------------


def _read_unit(reader: _Reader, unit: Unit) -> None:
    block = reader.tree.blocks[unit.block]
    if not unit.quantities:
        _commitment(reader, unit, block)
        return
    if block.kind in ("recipients", "signature", "header") or (block.kind == "title" and reader.ctx.document.source_kind != "news"):
        return
    cues = reader.cues.find(reader.shaded, unit.start, unit.end)
    clauses = _clauses(reader, unit)
    previous: _Judged | None = None
    any_target = False
    for index, mention in enumerate(unit.quantities):
        judged = _judge(reader, unit, block, mention, index, clauses[index], cues, previous)
        _emit(reader, unit, block, judged, previous)
        any_target |= judged.role == "target"
        if judged.role == "target" and _ahead(reader, judged.period):
            reader.aiming = True
        previous = judged
    if not any_target:
        _commitment(reader, unit, block)


def _ahead(reader: _Reader, period: Period) -> bool:
    """Whether a period ends after the year the document speaks in."""
    year = reader.ctx.year
    return bool(period.to and period.to[:4].isdigit() and (year is None or int(period.to[:4]) > year))


@dataclass(frozen=True, slots=True)
class _Judged:
    """A quantity with its clause, its reading and its role."""

    mention: Mention
    clause: Span
    sentence: Span
    low: float
    high: float | None
    comparator: str
    unit: str | None
    per: str | None
    change: str | None
    measure: str
    role: str
    why: str
    margin: float
    period: Period


def _clauses(reader: _Reader, unit: Unit) -> list[Span]:
    """The clause of each quantity: its sentence, cut between it and its neighbours.

    Where the value stands first ("100% … và trên 80% …") the cut is just before the next value; where the indicator
    stands first ("tỷ lệ … đạt 60%, tỷ lệ … đạt 70%") it is the first mark after the value.
    """
    shaded, spans = reader.shaded, []
    quantities = unit.quantities
    for index, mention in enumerate(quantities):
        start, end = unit.sentence(mention.start)
        if index and quantities[index - 1].end > start:
            start = max(start, _cut(shaded, quantities[index - 1], mention, unit))
        if index + 1 < len(quantities) and quantities[index + 1].start < end:
            end = min(end, _cut(shaded, mention, quantities[index + 1], unit))
        spans.append(_trimmed(shaded, start, end))
    return spans


def _cut(shaded: Shade, left: Mention, right: Mention, unit: Unit) -> int:
    """Where the clause of `left` ends and that of `right` begins."""
    marks = [m.end() for m in CLAUSE_END.finditer(shaded.lower, left.end, right.start)]
    if not marks:
        word = shaded.lower.rfind(" và ", left.end, right.start)
        return word if word >= 0 else right.start
    sentence = unit.sentence(left.start)
    before = shaded.lower[max(sentence[0], marks[-1]) : right.start]
    value_first = len(WORD.findall(before)) <= 3
    return marks[-1] if value_first else marks[0]


def _trimmed(shaded: Shade, start: int, end: int) -> Span:
    while start < end and shaded.text[start] in TRIM:
        start += 1
    while end > start and shaded.text[end - 1] in TRIM and shaded.text[end - 1] not in ")]":
        end -= 1
    return start, end


# --- reading and role -----------------------------------------------------------------------------------------------


def _judge(
    reader: _Reader, unit: Unit, block: Block, mention: Mention, index: int, clause: Span, cues: list[Mention],
    previous: _Judged | None,
) -> _Judged:  # fmt: skip
    sentence = unit.sentence(mention.start)
    low, high = mention.get("low"), mention.get("high")
    comparator = _comparator(reader, mention, clause, previous, high)
    unit_name = _unit(reader.shaded, mention)
    change, measure = _change(reader, unit, mention, clause)
    indicator = _indicator(reader, unit, mention, clause)
    if indicator[2] is None and previous is not None and previous.sentence[0] >= unit.start:
        indicator = reader.indicators[previous.mention.start]  # "… đạt 16,5%/năm … và 17%/năm …": the same again
        if previous.unit == unit_name and "change" not in mention.spans:
            change, measure = previous.change, previous.measure
        if comparator == "eq" and previous.unit == unit_name and previous.comparator in ("ge", "le") and "op" not in previous.mention.spans:
            comparator = previous.comparator
    if indicator[2] is None:
        indicator = _heading_indicator(reader, block)
    reader.indicators[mention.start] = indicator
    when = _period(reader, unit, mention, index, sentence)
    per = _per(reader, unit, mention, clause, measure)
    if _is_baseline(reader, unit, index):
        role, why, margin = "other", "baseline", 9.0
    else:
        role, why, margin = _role(reader, unit, block, mention, clause, sentence, cues, unit_name, when, previous)
    return _Judged(
        mention, clause, sentence, low, high, comparator, unit_name, per, change, measure, role, why, margin, when
    )


def _is_baseline(reader: _Reader, unit: Unit, index: int) -> bool:
    """The first number of a pair: "giảm từ 10 ngày xuống còn 9 ngày", "từ 7 triệu năm 2005 lên 14 triệu"."""
    if index + 1 >= len(unit.quantities):
        return False
    mention, following = unit.quantities[index], unit.quantities[index + 1]
    between = reader.shaded.lower[mention.end : following.start]
    opened = reader.shaded.lower[: mention.start].endswith(f"{reader.book.settings['targets']['pair_opens']} ")
    begun = opened or "change" in mention.spans and reader.shaded.lower[: mention.spans["change"][1]].endswith(
        str(reader.book.settings["targets"]["pair_opens"])
    )
    turned = f"{between} ".strip().endswith(tuple(reader.book.words("targets.pair_turns")))
    own = reader.shaded.lower[following.start : following.end].startswith(tuple(reader.book.words("targets.pair_turns")))
    return begun and len(between) <= PAIR_REACH and (turned or own)


def _unit(shaded: Shade, mention: Mention) -> str | None:
    """The unit as written, with a scale word before it."""
    if "unit" not in mention.spans:
        return mention.get("unit")
    start = mention.spans["scale" if "scale" in mention.spans else "unit"][0]
    return " ".join(shaded.text[start : mention.spans["unit"][1]].split())


def _comparator(reader: _Reader, mention: Mention, clause: Span, previous: _Judged | None, high: float | None) -> str:
    """The comparator written at the value; else one written once for a list, or inside the indicator."""
    if high is not None:
        return "range"
    if mention.get("post"):
        return str(mention.get("post"))
    if mention.get("op"):
        return str(mention.get("op"))
    if previous is not None and previous.comparator not in ("eq", "range") and previous.mention.get("op"):
        between = reader.shaded.lower[previous.mention.end : mention.start]
        before = reader.shaded.lower[max(clause[0], previous.mention.end) : mention.start].split()
        listed = not before or before == [reader.book.settings["targets"]["and"]]
        if listed and not any(mark in between for mark in ";.:") and "%" not in reader.shaded.lower[mention.start : mention.end]:
            return previous.comparator
    bounds = reader.book.fragments["comparator"].rows
    for word in ("ge", "le"):
        for surface, row in bounds.items():
            if row["value"] == word and row["place"] == "before" and len(surface) > 6:
                at = reader.shaded.lower.rfind(surface, clause[0], mention.start)
                if at >= 0 and ":" in reader.shaded.lower[at : mention.start] and "(" not in reader.shaded.lower[at : mention.start]:
                    return word
    return "eq"


def _change(reader: _Reader, unit: Unit, mention: Mention, clause: Span) -> tuple[str | None, str]:
    """(change, measure): the verb's direction, and whether the number is a change, a level or a rank."""
    if mention.get("rank"):
        return None, "rank"
    lower, book = reader.shaded.lower, reader.book
    before = lower[clause[0] : mention.start]
    growth = any(name in before for name in book.words("targets.growth_names"))
    compared = any(t.get("kind") == "baseline" for t in unit.times if clause[0] <= t.start < unit.sentence(mention.start)[1])
    if "change" in mention.spans:
        at, to = mention.spans["change"]
        row = book.fragments["change"].rows[lower[at:to]]
        if before.rstrip().endswith(tuple(book.words("targets.rate_heads"))):
            return None, "change"
        return row["value"], row["measure"]
    verb = _verb(reader, clause[0], mention.start)
    if verb is not None:
        at, to, row = verb
        between = lower[to : mention.start].strip()
        if lower[clause[0] : at].rstrip().endswith(tuple(book.words("targets.rate_heads"))):
            return None, "change"
        if growth and row["value"] == "increase" and "%" in lower[mention.start : mention.end]:
            return None, "change"
        level = between.endswith(tuple(book.words("targets.level_words"))) or row["measure"] == "level"
        if _unit(reader.shaded, mention) == "%" and compared and not level:
            return row["value"], "change"
        if between == "" or between.endswith(("bình quân", "trung bình")):
            return row["value"], row["measure"]
        if mention.get("per") and level and row["measure"] == "change":
            return row["value"], "change"
        return row["value"], "level"
    if growth:
        return None, "change"
    return None, "change" if compared and _unit(reader.shaded, mention) == "lần" else "level"


STRONG = 3
LEAD_BLOCKS = 1
PAIR_REACH = 40  # characters between the two numbers of a change
VERB_REACH = 90


def _verb(reader: _Reader, start: int, end: int) -> tuple[int, int, dict[str, str]] | None:
    """The last verb of change that opens the clause or stands right before the value."""
    pattern = _verbs(reader.book)
    best = None
    for match in pattern.finditer(reader.shaded.lower, max(start, end - VERB_REACH), end):
        opens = not WORD.findall(reader.shaded.lower[start : match.start()]) or match.start() - start < 14
        near = end - match.end() <= 28
        if opens or near:
            best = (match.start(), match.end(), dict(reader.book.fragments["change"].rows[match[0]]))
    return best


_VERBS: dict[int, regex.Pattern[str]] = {}


def _verbs(book: Rulebook) -> regex.Pattern[str]:
    if id(book) not in _VERBS:
        _VERBS[id(book)] = regex.compile(rf"(?<!\p{{L}})(?:{book.fragments['change'].pattern})(?!\p{{L}}| (?:trưởng|cường|giá|thêm giá))")
    return _VERBS[id(book)]


EACH = regex.compile(r"(?<!\p{L})mỗi (?P<what>\p{L}[\p{L} ,]{1,60}?)(?= (?:có|được|phải|là|đạt|tối|ít)(?!\p{L})|:|,? ?$)")


def _per(reader: _Reader, unit: Unit, mention: Mention, clause: Span, measure: str) -> str | None:
    """What the value is counted by: written at it, "mỗi …" before it, or a yearly recurrence that governs it."""
    if mention.get("per"):
        return str(mention.get("per")).strip()
    each = None
    for each in EACH.finditer(reader.shaded.lower, clause[0], mention.start):
        pass
    yearly = reader.book.settings["targets"]["rate_per"]
    if each is not None and each["what"] != yearly:
        return regex.sub(r"(?<!\p{L})mỗi ", "", each["what"]).strip(" ,")
    for time in reversed(unit.times):
        if time.end > mention.start:
            continue
        if time.get("kind") == "recurring" and yearly in reader.shaded.lower[time.start : time.end]:
            same = unit.sentence(time.start) == unit.sentence(mention.start)
            return yearly if same or measure == "change" else None
        if time.get("kind") in ("due", "period") and not time.get("anaphor"):
            return None
    return None


def _role(
    reader: _Reader, unit: Unit, block: Block, mention: Mention, clause: Span, sentence: Span, cues: list[Mention],
    unit_name: str | None, when: Period, previous: _Judged | None,
) -> tuple[str, str, float]:  # fmt: skip
    """(role, why, margin): the heaviest role, the cues that made it, and its lead over the next."""
    if mention.get("role"):
        return str(mention.get("role")), mention.rule.id, 9.0
    book, ctx = reader.book, reader.ctx
    weights: Counter[str] = Counter()
    why: list[tuple[float, str]] = []

    def add(role: str, weight: float, reason: str) -> None:
        weights[role] += weight
        why.append((weight, reason))

    heading, reasons = _heading_weights(reader, block)
    for role, weight in heading.items():
        add(role, weight, ",".join(reasons))
    counted: set[str] = set()
    for cue in cues:
        if cue.rule.id in counted:
            continue
        where = cue.get("where")
        place = {"clause": clause, "unit": (unit.start, unit.end)}.get(str(where))
        if place is not None:
            inside = place[0] <= cue.start < place[1]
        elif where == "before":
            inside = clause[0] <= cue.start < mention.start
        else:
            inside = mention.start - 2 <= cue.start < mention.end + 2
        if inside:
            counted.add(cue.rule.id)
            for role, weight in cue.get("weights").items():
                add(role, weight, cue.rule.id)
    row = book.fragments["unit"].rows.get(str(unit_name or "").lower())
    kind = row["class"] if row else ""
    if (unit_name or "").lower() in book.words("targets.scope_units"):
        return "scope", "unit", 9.0
    if kind in book.words("targets.time_units"):
        add("norm", 5, "unit:time")
    if kind in book.words("targets.money_units"):
        add("budget", 7, "unit:money")
    if mention.get("share"):
        add("result", 3, mention.rule.id)
    if mention.rule.id == "quantity.open" and not mention.get("op"):
        add("other", 3, mention.rule.id)
    if previous is not None and previous.sentence == sentence and _inside_indicator(reader, previous, mention):
        return "scope", f"within {previous.mention.rule.id}", 5.0
    if previous is not None and previous.role in ("target", "result") and not mention.get("share"):
        if ". " not in reader.shaded.lower[previous.mention.end : mention.start]:
            add(previous.role, 1.5, "beside")
    if when.told:
        add("result", 4, "time:told")
    year = int(when.to[:4]) if when.to and when.to[:4].isdigit() else None
    if year is not None and ctx.year is not None:
        over = year < ctx.year
        if ctx.document.source_kind == "news" and year == ctx.year:
            over = "cue.strive" not in counted
        if over:
            add("result" if when.source == "clause" else "other", 4, "year:past")
        elif when.source == "clause":
            add("target", 2, "year:ahead")
        elif when.source == "heading":
            add("target", 1, "year:ahead")
    elif year is not None and when.source == "clause":
        add("target", 1, "year")
    if mention.get("op") in ("ge", "gt") or mention.get("post") == "ge" or "%" in (unit_name or ""):
        add("target", 0.5, "value")
    if ctx.normative:
        add("norm", 3, "document:normative")
    if ctx.document.source_kind == "news":
        strong = "cue.strive" in counted
        ahead = year is not None and (ctx.year is None or year > ctx.year)
        leads = block.block <= LEAD_BLOCKS  # headline and lead restate what the article tells
        told = strong or (ahead and (when.source == "clause" or reader.aiming or leads))
        add("result", 1 if told else 4, "document:news")
        if ahead and reader.aiming:
            add("target", 2, "news:aims")
    if block.kind == "preamble":
        add("other", 4, "preamble")
    if ctx.document.kind in book.settings["document"].get("report_kinds", ()):
        add("result", 2, "document:report")
    add("other", 1, "default")
    ranked = weights.most_common(2)
    role, best = ranked[0]
    margin = best - (ranked[1][1] if len(ranked) > 1 else 0.0)
    top = [reason for _, reason in sorted(why, key=lambda w: -w[0])][:4]
    return role, ", ".join(top), margin


def _inside_indicator(reader: _Reader, previous: _Judged, mention: Mention) -> bool:
    """A count inside the indicator of a share: "70% phụ nữ được tầm soát ít nhất 4 loại bệnh"."""
    if previous.unit != "%" or _unit(reader.shaded, mention) == "%" or previous.role not in ("target", "result"):
        return False
    between = reader.shaded.lower[previous.mention.end : mention.start]
    return not any(mark in between for mark in ",;:(") and " và " not in between


def _heading_weights(reader: _Reader, block: Block) -> tuple[Counter[str], list[str]]:
    """The cues of the nearest heading above that has any, and of its own label's heading."""
    if block.block in reader.above:
        return reader.above[block.block]
    weights: Counter[str] = Counter()
    reasons: list[str] = []
    chain = [block] if block.heading and block.end - block.start <= HEADING_LENGTH and _opens(reader, block) else []
    parent = block.parent
    while parent is not None:
        above = reader.tree.blocks[parent]
        if above.kind not in ("table", "row"):
            chain.append(above)
        parent = above.parent
    for above in chain:
        found = reader.headings.find(reader.shaded, *_heading_words(reader, above))
        for mention in found:
            weights.update(mention.get("weights"))
            reasons.append(mention.rule.id)
        if any(weight >= STRONG for mention in found for weight in mention.get("weights").values()):
            break
    reader.above[block.block] = (weights, reasons)
    return weights, reasons


def _opens(reader: _Reader, block: Block) -> bool:
    """A bullet that names its own subject before a colon: "- Mục tiêu: …"."""
    return ":" in reader.shaded.text[block.start : block.start + 60]


def _heading_words(reader: _Reader, block: Block) -> Span:
    """What of a block speaks for what stands under it: all of a heading; of running text that leads in a list its
    last words; of a long bullet its subject before the colon."""
    if block.end - block.start <= HEADING_LENGTH:
        return block.start, block.end
    if reader.shaded.text[block.end - 1] == ":":
        return block.end - LEAD_IN, block.end
    colon = reader.shaded.text.find(":", block.start, block.start + 80)
    return block.start, max(block.start, colon)


# --- periods --------------------------------------------------------------------------------------------------------


def _period(reader: _Reader, unit: Unit, mention: Mention, index: int, sentence: Span) -> Period:
    """When the value holds: the time that dates it in its sentence, one carried over in its line, the nearest heading
    or lead-in above, the running text of a news article, the title."""
    times = [d for d in reader.dated.get(unit.block, []) if d.to and d.mention.get("kind") in ("due", "period")]
    own = [d for d in times if d.use != "name" and not _vision(reader, d)]
    inside = [d for d in own if sentence[0] <= d.mention.start < sentence[1]]
    chosen = _nearest(reader, unit, mention, inside, sentence)
    if chosen is None:
        carried = [d for d in own if d.mention.end <= sentence[0]]
        chosen = carried[-1] if carried else None
    if chosen is None:
        named = [d for d in times if d.use == "name" and sentence[0] <= d.mention.start < mention.start]
        if named and reader.ctx.document.source_kind == "news":
            chosen = named[-1]
    if chosen is not None:
        found = _as_period(chosen, "clause")
        if reader.ctx.document.source_kind == "news" and chosen.use != "name" and _ahead(reader, found):
            reader.running = found
        return found
    block = reader.tree.blocks[unit.block]
    inherited = _from_headings(reader, block)
    if inherited.to:
        return inherited
    if reader.ctx.document.source_kind == "news":
        if reader.running.to:
            return Period(reader.running.from_, reader.running.to, "heading", None)
        return _news_period(reader)
    document = reader.ctx.document
    if document.to:
        return Period(document.from_, document.to, "document")
    return NO_PERIOD


def _nearest(reader: _Reader, unit: Unit, mention: Mention, inside: list[Dated], sentence: Span) -> Dated | None:
    """The time of a value in its sentence: the one before it where times come first, else the one that follows."""
    before = [d for d in inside if d.mention.end <= mention.start]
    after = [d for d in inside if d.mention.start >= mention.end]
    first = min((q.start for q in unit.quantities if sentence[0] <= q.start < sentence[1]), default=mention.start)
    times_first = bool(inside) and inside[0].mention.start < first
    following = None
    if after:
        gap = reader.shaded.lower[mention.end : after[0].mention.start]
        others = any(mention.end <= q.start < after[0].mention.start for q in unit.quantities)
        touches = len(gap) <= AFTER_REACH and not others and "," not in gap and ";" not in gap
        following = after[0] if touches else None
    if times_first:
        if following is not None and len(after) == 1 and before and following.mention.start - mention.end <= 12:
            later = any(q.start > following.mention.end for q in unit.quantities if q.start < sentence[1])
            if not later:
                return following
        return before[-1] if before else following
    if following is not None:
        return following
    if before:
        return before[-1]
    return after[0] if after and len(after) == 1 else None


def _vision(reader: _Reader, dated: Dated) -> bool:
    """A vision or orientation stands beside the horizon and dates no value."""
    start = dated.mention.start
    own = reader.shaded.lower[start : dated.mention.end]
    before = reader.shaded.lower[max(0, start - 12) : start].rstrip()
    words = reader.book.words("targets.vision")
    return own.startswith(tuple(words)) or before.endswith(tuple(words))


def _as_period(dated: Dated, source: str) -> Period:
    single = dated.mention.get("kind") == "due" or dated.from_ == dated.to
    start = None if single else dated.from_
    return Period(start, dated.to, source, dated.mention.start, dated.use == "none")


def _from_headings(reader: _Reader, block: Block) -> Period:
    """The period of the nearest heading, lead-in or parent bullet above that states one."""
    parent = block.parent
    if parent is None:
        return NO_PERIOD
    if parent in reader.inherited:
        return reader.inherited[parent]
    above = reader.tree.blocks[parent]
    times = [d for d in reader.dated.get(parent, []) if d.to and d.use != "none" and d.mention.get("kind") in ("due", "period")]
    times = [d for d in times if not _vision(reader, d)]
    length = above.end - above.start
    if length > HEADING_LENGTH:
        times = [d for d in times if d.use != "name"]
    found = _as_period(times[-1], "heading") if times else _from_headings(reader, above)
    reader.inherited[parent] = found
    return found


def _news_period(reader: _Reader) -> Period:
    """The period of the programme a news article tells of: the one named oftenest, the first of equals."""
    counted: Counter[tuple[str | None, str | None]] = Counter()
    for items in reader.dated.values():
        for item in items:
            if item.use == "name" and item.from_ and item.from_ != item.to:
                counted[item.from_, item.to] += 1
    if not counted:
        return NO_PERIOD
    (start, end), _ = counted.most_common(1)[0]
    return Period(start, end, "document")


# --- records --------------------------------------------------------------------------------------------------------


def _emit(reader: _Reader, unit: Unit, block: Block, judged: _Judged, previous: _Judged | None) -> None:
    shaded, ids, mention = reader.shaded, reader.ids, judged.mention
    value = shaded.text[mention.start : mention.end]
    indicator = reader.indicators[judged.mention.start]
    place, code, holder = _place(reader, judged)
    page = ids.page(mention.start)
    confidence = round(min(0.99, 0.5 + 0.08 * max(0.0, judged.margin)), 2)
    reader.found.quantities.append(
        Quantity(
            id=ids.next("quantities", value),
            quote=value,
            start=mention.start,
            end=mention.end,
            low=judged.low,
            high=judged.high,
            comparator=judged.comparator,
            unit=judged.unit,
            per=judged.per,
            role=judged.role,
            why=judged.why,
            indicator=indicator[2] if judged.role in ("target", "result", "budget") else None,
            from_=judged.period.from_,
            to=judged.period.to,
            place=place,
            estimated=_estimated(reader, judged),
            block=unit.block,
            page=page,
            rule=mention.rule.id,
            confidence=confidence,
        )
    )
    if judged.role != "target":
        return
    quote = shaded.text[judged.clause[0] : judged.clause[1]]
    if judged.period.at is not None:
        reader.found.dating.add(judged.period.at)
    paired = previous is not None and previous.why == "baseline" and previous.sentence == judged.sentence
    baseline = next((str(t.get("baseline")) for t in unit.times if t.get("baseline") and judged.sentence[0] <= t.start < judged.sentence[1]), None)
    target = Target(
        id=ids.next("targets", quote),
        quote=quote,
        start=judged.clause[0],
        end=judged.clause[1],
        value_quote=value,
        value_start=mention.start,
        value_end=mention.end,
        low=judged.low,
        high=judged.high,
        comparator=judged.comparator,
        unit=judged.unit,
        per=judged.per,
        change=judged.change,
        measure=judged.measure,
        indicator=indicator[2],
        indicator_start=indicator[0],
        indicator_end=indicator[1],
        scope=_scope(reader, block, judged),
        place=place,
        place_code=code,
        holder=holder,
        from_=judged.period.from_,
        to=judged.period.to,
        period_source=judged.period.source,
        baseline=baseline,
        baseline_value=previous.low if paired and previous is not None else None,
        lead=(),
        support=(),
        same_as=None,
        block=unit.block,
        page=page,
        rules=(mention.rule.id, *judged.why.split(", ")[:2]),
        confidence=confidence,
    )
    reader.found.targets.append(_said_before(reader, target))


def _said_before(reader: _Reader, target: Target) -> Target:
    """The target with `same_as` set where an earlier one of this document says the same."""
    words = Counter(WORD.findall((target.indicator or "").lower()))
    for earlier in reader.found.targets:
        if earlier.same_as or (earlier.low, earlier.high, earlier.unit, earlier.per) != (target.low, target.high, target.unit, target.per):
            continue
        if earlier.to != target.to and target.period_source == "clause" and earlier.period_source == "clause":
            continue
        theirs = Counter(WORD.findall((earlier.indicator or "").lower()))
        common = sum((words & theirs).values())
        if common and 2 * common >= 0.85 * (sum(words.values()) + sum(theirs.values())):
            return replace(target, same_as=earlier.id)
    return target


def _estimated(reader: _Reader, judged: _Judged) -> bool:
    before = reader.shaded.lower[max(judged.clause[0], judged.mention.start - 30) : judged.mention.start]
    return any(word in before for word in reader.book.words("targets.estimates"))


def _place(reader: _Reader, judged: _Judged) -> tuple[str | None, str | None, str]:
    """(place, code, holder): whose target it is, and whether the text only tells another body's."""
    ctx, book = reader.ctx, reader.book
    nation = str(book.settings["targets"]["nation"])
    sentence = reader.shaded.lower[judged.sentence[0] : judged.sentence[1]]
    if ctx.province is None:
        return nation, None, "own"
    if any(word in sentence for word in book.words("targets.quoted")):
        return nation, None, "quoted"
    return ctx.province["name"], ctx.province["code"], "own"


def _scope(reader: _Reader, block: Block, judged: _Judged) -> str | None:
    """What a bullet's own subject or the heading above adds: "Đối với khu vực đô thị"."""
    parent = block.parent
    while parent is not None:
        above = reader.tree.blocks[parent]
        text = reader.shaded.lower[above.start : above.end]
        for prefix in reader.book.words("targets.scope_heads"):
            at = text.find(prefix)
            if 0 <= at <= 8 and len(text) <= HEADING_LENGTH:
                return reader.shaded.text[above.start + at + len(prefix) : above.end].strip(TRIM)
        parent = above.parent
    return None


def _heading_indicator(reader: _Reader, block: Block) -> tuple[int | None, int | None, str | None]:
    """The heading above as the indicator of a line that holds only a time and a value."""
    above = reader.tree.blocks[block.parent] if block.parent is not None else None
    if above is None or above.heading is None or len(above.heading) > 80:
        return None, None, None
    start = reader.tree.contents[above.block]
    span = _stripped(reader, (start, above.end))
    return (*span, reader.shaded.text[span[0] : span[1]]) if span else (None, None, None)


def _indicator(reader: _Reader, unit: Unit, mention: Mention, clause: Span) -> tuple[int | None, int | None, str | None]:
    """(start, end, words): the clause without value, time and modality.  Start and end span its words."""
    start, end = clause
    gone = [(mention.start, mention.end)]
    gone += [(t.start, t.end) for t in unit.times if start <= t.start < end]
    pieces: list[Span] = []
    at = start
    for left, right in sorted(gone):
        if left > at:
            pieces.append((at, left))
        at = max(at, right)
    if at < end:
        pieces.append((at, end))
    cleaned = [span for piece in pieces if (span := _stripped(reader, piece)) is not None]
    if not cleaned:
        return None, None, None
    words = " ".join(" ".join(reader.shaded.text[a:b].split()) for a, b in cleaned)
    return cleaned[0][0], cleaned[-1][1], words


def _stripped(reader: _Reader, span: Span) -> Span | None:
    """A piece without the modal and linking words at its ends; None where nothing is left."""
    start, end = _trimmed(reader.shaded, *span)
    lower = reader.shaded.lower
    leads, tails = _modal(reader.book)
    while start < end:
        match = leads.match(lower, start, end) or None
        if match and match.end() > start:
            start, end = _trimmed(reader.shaded, match.end(), end)
            continue
        match = tails.search(lower, start, end)
        if match and match.end() == end:
            start, end = _trimmed(reader.shaded, start, match.start())
            continue
        break
    return (start, end) if end > start else None


_MODAL: dict[int, tuple[regex.Pattern[str], regex.Pattern[str]]] = {}


def _modal(book: Rulebook) -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    if id(book) not in _MODAL:
        leads = trie(book.words("targets.lead_words"))
        tails = trie(book.words("targets.tail_words"))
        _MODAL[id(book)] = (
            regex.compile(rf"(?:{leads})(?!\p{{L}})"),
            regex.compile(rf"(?<!\p{{L}})(?:{tails})$"),
        )
    return _MODAL[id(book)]


# --- goals without a number -----------------------------------------------------------------------------------------


def _commitment(reader: _Reader, unit: Unit, block: Block) -> None:
    """A goal without a number: a whole line under a heading of goals."""
    if block.kind not in ("item", "điểm", "paragraph", "khoản", "section") or block.parent is None:
        return
    text = reader.shaded.text[unit.start : unit.end]
    if len(text) < 40 or text.endswith(":"):
        return
    weights, reasons = _heading_weights(reader, block)
    if weights.get("target", 0) < 4 or not any(r == "heading.goal" for r in reasons):
        return
    if any(b.parent == block.block for b in reader.tree.blocks[block.block + 1 : block.block + 2]):
        return
    when = _from_headings(reader, block)
    if not when.to:
        when = Period(reader.ctx.document.from_, reader.ctx.document.to, "document")
    start, end = _trimmed(reader.shaded, unit.start, unit.end)
    quote = reader.shaded.text[start:end]
    page = reader.ids.page(start)
    commitment = Commitment(reader.ids.next("commitments", quote), quote, start, end, when.from_, when.to, unit.block, page)
    reader.found.commitments.append(commitment)
