"""Quantity mentions, with what they inherit from their clause, headings, table and title -> Target, Quantity and
Commitment records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from . import places
from .agencies import Named
from .clauses import TRIM, WORD, Indicator, clauses, indicator, spans, trimmed
from .confidence import calibrated
from .deadlines import Dated
from .mentions import Mention, finder
from .model import Block, Commitment, Quantity, Target
from .periods import Period, Periods
from .readings import Reading, hints, is_baseline, reading
from .resolve import Context, Ids, provinces
from .roles import Judged, Role, Roles
from .rulebook import Row, Rulebook
from .scan import Unit
from .scopes import Scope, Scopes
from .structure import Outline, Span
from .tables import Cell, Tables
from .text import Shade

NO_GOALS = ("recipients", "signature", "header")
SHORT_HEADING = 80  # a heading this short can be an indicator
COMMITMENT = 40  # characters of the shortest goal without a number
GOAL = 4  # the weight of a heading of goals
ALIKE = 0.85  # share of common words of two indicators that say the same
ESTIMATE_REACH = 30
LED_IN = 8  # characters before a citation that opens a clause: "Theo Kế hoạch số 141"
KIND_LENGTH = 10  # characters of the kind before the name of a province
PLACE_LENGTH = 40  # of a province with its kind


@dataclass(slots=True)
class Found:
    """What the targets stage gives: records, and the starts of the time mentions that date a target."""

    targets: list[Target] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)
    commitments: list[Commitment] = field(default_factory=list)
    dating: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Place:
    """Whose target it is, and whether the text only tells another body's."""

    name: str | None
    code: str | None
    holder: str = "own"


@dataclass(slots=True)
class _Document:
    """One document being read, from unit to unit."""

    shaded: Shade
    tree: Outline
    units: dict[int, Unit]
    grid: Tables
    named: dict[int, list[Named]]
    ctx: Context
    ids: Ids
    book: Rulebook
    periods: Periods
    roles: Roles
    scopes: Scopes
    found: Found = field(default_factory=Found)
    said: dict[tuple[float, float | None, str | None, str | None], list[Target]] = field(default_factory=dict)


def goals(
    shaded: Shade, tree: Outline, units: dict[int, Unit], grid: Tables, dated: Iterable[Dated],
    named: dict[int, list[Named]], ctx: Context, ids: Ids, book: Rulebook,
) -> Found:  # fmt: skip
    """All quantities of a document with their roles, the targets among them as whole records, and the goals of its
    goal sections that carry no number."""
    periods = Periods.of(shaded, tree, dated, ctx, book)
    roles = Roles(shaded, tree, ctx, periods, book)
    scopes = Scopes.of(shaded, tree, ctx, book)
    doc = _Document(shaded, tree, units, grid, named, ctx, ids, book, periods, roles, scopes)
    for unit in units.values():
        _read(doc, unit)
    return doc.found


# --- one unit -------------------------------------------------------------------------------------------------------


def _read(doc: _Document, unit: Unit) -> None:
    block = doc.tree.blocks[unit.block]
    if unit.quantities and (block.kind in NO_GOALS or (block.kind == "title" and not doc.ctx.is_news)):
        return
    aims = any(record.role.name == "target" for record in _judged(doc, unit, block)) or _commitment(doc, unit, block)
    done = doc.shaded.lower.startswith(doc.book.words("deadlines.openers"), unit.start)
    if aims and not done and _aims(doc, block):
        doc.found.dating.update(time.start for time in unit.times)


def _aims(doc: _Document, block: Block) -> bool:
    """Whether a block stands under a heading of goals."""
    weights, reasons = doc.roles.heading_weights(block)
    return weights["target"] >= GOAL and "heading.goal" in reasons


def _judged(doc: _Document, unit: Unit, block: Block) -> list[Judged]:
    """The quantities of a unit, judged one after the other and put on record."""
    if not unit.quantities:
        return []
    shaded, book = doc.shaded, doc.book
    cell = doc.grid.cells.get(unit.block)
    whole = cell if cell is not None and cell.heads and unit.is_filled_by(unit.quantities[0]) else None
    stretches = clauses(shaded, unit, book)
    cues = finder(book, "targets").find(shaded, unit.start, unit.end)
    hinted = hints(shaded, unit, book)
    out: list[Judged] = []
    aimed = False  # whether the sentence of the last quantity holds a target
    for index, mention in enumerate(unit.quantities):
        clause, previous = stretches[index], out[-1] if out else None
        sentence = unit.sentence(mention.start)
        if previous is not None and previous.sentence != sentence:
            doc.roles.aiming &= aimed
            aimed = False
        before = (previous.mention, previous.reading) if previous is not None else None
        read = reading(shaded, unit, mention, clause, hinted, before, book)
        counted = _counted(shaded, unit, clause, mention, hinted, book)
        again = False
        if whole is not None:
            read, counted = _tabled(doc, whole, read)
        elif previous is not None and previous.sentence[0] >= unit.start and _says_nothing(counted, book):
            read, counted, again = _again(read, mention, previous), previous.counted, True
        if counted.words is None:
            counted = _heading_indicator(doc, block)
            read = _grown(read, counted, book)
        if counted.words is None:
            counted = _thing_counted(shaded, mention, read, book)
        first = previous.mention if previous is not None and previous.role.why == "baseline" else None
        when = doc.periods.at(unit, mention, first) if whole is None else _column_period(doc, whole, block)
        paired = index + 1 < len(unit.quantities) and is_baseline(shaded, mention, unit.quantities[index + 1], book)
        role = (
            Role("other", "baseline" if paired else "no indicator")
            if paired or counted.words is None
            else doc.roles.of(unit, mention, clause, read, when, cues, previous, again, cell)
        )
        judged = Judged(mention, clause, sentence, read, counted, when, role)
        _put(doc, unit, block, judged, previous, whole)
        aimed |= role.name == "target"
        doc.roles.aiming |= role.name == "target" and doc.periods.ahead(when)
        out.append(judged)
    doc.roles.aiming &= aimed
    return out


def _counted(
    shaded: Shade, unit: Unit, clause: Span, mention: Mention, hinted: list[Mention], book: Rulebook
) -> Indicator:  # fmt: skip
    """The indicator of a clause, behind the words of a report that lead to the goal where it has such."""
    value = _measured(shaded, clause, mention, book)
    without = [value, *spans(unit.times)]
    opened = [h.end for h in hinted if _opens(h) and clause[0] <= h.start and h.end <= mention.start]
    opened += [h.start for h in hinted if h.get("measure") and clause[0] <= h.start and h.end <= mention.start]
    opened += [r.end for r in unit.references if clause[0] <= r.start <= clause[0] + LED_IN and r.end <= mention.start]
    for start in sorted(opened, reverse=True):
        found = indicator(shaded, (start, clause[1]), without, book)
        if found.words is not None:
            return found
    return indicator(shaded, clause, without, book)


def _opens(hint: Mention) -> bool:
    """Whether the indicator stands behind a word of reading: "đặt mục tiêu …", "mỗi xã có …"."""
    return bool(hint.get("opens") or hint.get("per"))


def _measured(shaded: Shade, clause: Span, mention: Mention, book: Rulebook) -> Span:
    """What of a quantity is no part of its indicator: all of it, but for a unit that names the things counted and is
    told more of behind: "ít nhất 100 [doanh nghiệp khởi nghiệp]"."""
    if "unit" not in mention.spans:
        return mention.start, mention.end
    start, end = mention.spans["unit"]
    things = mention.get("vague") or _names_things(" ".join(shaded.lower[start:end].split()), book)
    rest = shaded.lower[end : clause[1]]
    goes_on = rest[:1] in (" ", ",") and WORD.match(rest.lstrip(" ,"))
    if not things or end != mention.end or not (goes_on or _is_object(shaded, clause, mention, book)):
        return mention.start, mention.end
    scales = sorted((f"{row['surface']} " for row in book.tables["scales"]), key=len, reverse=True)
    scale = next((word for word in scales if shaded.lower.startswith(word, start)), "")
    return mention.start, start + len(scale)


def _is_object(shaded: Shade, clause: Span, mention: Mention, book: Rulebook) -> bool:
    """Whether a verb before a value acts on the things counted: "nâng cấp, cải tạo 65 chợ", not "đạt 65 chợ"."""
    before = shaded.lower[clause[0] : mention.start].rstrip()
    return bool(before) and before[-1].isalpha() and not before.endswith(_spaced(book.words("targets.tail_words")))


def _names_things(unit: str, book: Rulebook) -> bool:
    """Whether a unit, in lower case, names the things that are counted: "lớp tập huấn"."""
    row = book.fragments["unit"].rows.get(unit)
    return row is not None and row["class"] in book.words("targets.thing_units")


def _says_nothing(counted: Indicator, book: Rulebook) -> bool:
    """Whether a value's own words name nothing that is measured: there are none, or only what it is a share of, as of
    the second value of "20% GDP … và 30% GDP"."""
    return counted.words is None or counted.words.lower() in book.words("targets.shared")


@lru_cache(maxsize=8)
def _spaced(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f" {word}" for word in words)


def _again(read: Reading, mention: Mention, previous: Judged) -> Reading:
    """The reading of a value that repeats the indicator before it: "… đạt 16,5%/năm … và 17%/năm …"."""
    before = previous.reading
    if before.unit != read.unit:
        return read
    if "change" not in mention.spans:
        # The second number of "giảm từ 12% xuống còn 1%" is the state to reach.
        measure = "level" if previous.role.why == "baseline" else before.measure
        read = replace(read, change=before.change, measure=measure)
    if read.comparator == "eq" and before.comparator in ("ge", "le") and "op" not in previous.mention.spans:
        read = replace(read, comparator=before.comparator)
    return read


def _tabled(doc: _Document, cell: Cell, read: Reading) -> tuple[Reading, Indicator]:
    """The reading and indicator of a value that fills its cell: the row's unit and label, or those of the heading."""
    text, shaded, book = doc.shaded.text, doc.shaded, doc.book
    head = doc.tree.blocks[cell.heads[0]]
    opened = text.rfind("(", head.start, head.end)
    unit, label = cell.row.get("unit"), cell.row.get("label")
    if read.unit is None and (unit is not None or (opened >= 0 and text[head.end - 1] == ")")):
        written = _words(doc, unit) if unit is not None else text[opened + 1 : head.end - 1]
        name, _, per = written.partition("/")
        read = replace(read, unit=name.strip() or None, per=read.per or per.strip() or None)
    if cell.counts:
        told = indicator(
            shaded, (head.start, opened if opened > head.start else head.end), _times(doc, head.block), book
        )
    elif label is None:
        return read, Indicator()
    elif _province(doc, label) is None:
        told = indicator(shaded, doc.tree.content(label), _times(doc, label), book)
    else:
        told = _of_places(doc, cell, label)
    if told.words is None and label is not None:
        span = doc.tree.content(label)
        told = Indicator(*span, text[slice(*span)])
    return _grown(read, told, book), told


def _of_places(doc: _Document, cell: Cell, label: int) -> Indicator:
    """What is measured of the places that the rows name: the nearest group row that is no region, else the heading."""
    for group in cell.groups:
        if not doc.shaded.lower.startswith(doc.book.words("targets.regions"), doc.tree.content(group)[0]):
            return indicator(doc.shaded, doc.tree.content(group), _times(doc, group), doc.book)
    row = doc.tree.blocks[doc.tree.blocks[label].parent or 0]
    return _heading_indicator(doc, doc.tree.blocks[row.parent or 0])


def _times(doc: _Document, block: int) -> list[Span]:
    return spans(doc.units[block].times) if block in doc.units else []


def _grown(read: Reading, told: Indicator, book: Rulebook) -> Reading:
    """The reading of a value whose inherited indicator is a growth rate by its own name."""
    words = (told.words or "").lower()
    growth = any(name in words for name in book.words("targets.growth_names"))
    return replace(read, measure="change") if growth and read.unit == "%" and read.change is None else read


def _words(doc: _Document, block: int) -> str:
    """The text of a block behind its label."""
    return doc.shaded.text[slice(*doc.tree.content(block))].strip(TRIM)


def _column_period(doc: _Document, cell: Cell, block: Block) -> Period:
    """The period in the headings of a cell's column, else in its row's label or group, else what the table inherits."""
    label = cell.row.get("label")
    for told in (*cell.heads, *(() if label is None else (label,)), *cell.groups):
        found = doc.periods.stated(told)
        if found is not None:
            return found
    return doc.periods.above(block)


def _heading_indicator(doc: _Document, block: Block) -> Indicator:
    """The heading above, or the line that leads in, as the indicator of a line that holds only a time and a value."""
    above = doc.tree.blocks[block.parent] if block.parent is not None else None
    if above is None:
        return Indicator()
    start, end = doc.tree.content(above.block)
    leads = above.heading is not None or doc.shaded.text[end - 1] == ":"
    if not leads or end - start > SHORT_HEADING:
        return Indicator()
    return indicator(doc.shaded, (start, end), _times(doc, above.block), doc.book)


def _thing_counted(shaded: Shade, mention: Mention, read: Reading, book: Rulebook) -> Indicator:
    """The unit as the indicator where nothing else is said and it names things: "tổ chức ít nhất 10 lớp tập huấn"."""
    if "unit" not in mention.spans or not _names_things((read.unit or "").lower(), book):
        return Indicator()
    start, end = mention.spans["unit"]
    return Indicator(start, end, shaded.text[start:end])


# --- records --------------------------------------------------------------------------------------------------------


def _put(
    doc: _Document, unit: Unit, block: Block, judged: Judged, previous: Judged | None, cell: Cell | None
) -> None:  # fmt: skip
    """Puts a quantity on record, and a target besides where it is one."""
    mention, read, role, counted = judged.mention, judged.reading, judged.role, judged.counted
    value = doc.shaded.text[mention.start : mention.end]
    scope = _scope(doc, block, judged, previous, cell)
    place = _Place(None, None) if scope.own else _place(doc, judged, cell)
    quantity = Quantity(
        id=doc.ids.next("quantities", value),
        quote=value,
        start=mention.start,
        end=mention.end,
        low=read.low,
        high=read.high,
        comparator=read.comparator,
        unit=read.unit,
        per=read.per,
        role=role.name,
        why=role.why,
        indicator=counted.words if role.name in ("target", "result", "budget") else None,
        from_=judged.period.from_,
        to=judged.period.to,
        place=place.name,
        estimated=_estimated(doc, judged),
        block=unit.block,
        page=doc.ids.page(mention.start),
        rule=mention.rule.id,
        confidence=calibrated(
            min(0.99, 0.5 + 0.08 * max(0.0, role.margin)),
            "targets",
            doc.ctx.document.source_kind,
            mention.rule.id,
            doc.book,
        ),
    )
    doc.found.quantities.append(quantity)
    if role.name == "target":
        target = _target(doc, unit, block, judged, previous, cell, place, scope, quantity)
        alike = doc.said.setdefault((target.low, target.high, target.unit, target.per), [])
        alike.append(_said_before(alike, target))
        doc.found.targets.append(alike[-1])
        if judged.period.at is not None:
            doc.found.dating.add(judged.period.at)


def _target(
    doc: _Document, unit: Unit, block: Block, judged: Judged, previous: Judged | None, cell: Cell | None,
    place: _Place, scope: Scope, quantity: Quantity,
) -> Target:  # fmt: skip
    counted = judged.counted
    start, end = judged.clause
    row = block.parent if cell is not None else None
    if row is not None:
        start, end = doc.tree.blocks[row].start, doc.tree.blocks[row].end
    quote = doc.shaded.text[start:end]
    baseline, baseline_value = _baseline(doc, unit, judged, previous, cell)
    return Target(
        id=doc.ids.next("targets", quote),
        quote=quote,
        start=start,
        end=end,
        value_quote=quantity.quote,
        value_start=quantity.start,
        value_end=quantity.end,
        low=quantity.low,
        high=quantity.high,
        comparator=quantity.comparator,
        unit=quantity.unit,
        per=quantity.per,
        change=judged.reading.change,
        measure=judged.reading.measure,
        indicator=counted.words,
        indicator_start=counted.start,
        indicator_end=counted.end,
        scope=scope.words,
        place=place.name,
        place_code=place.code,
        holder=place.holder,
        from_=judged.period.from_,
        to=judged.period.to,
        period_source=judged.period.source,
        baseline=baseline,
        baseline_value=baseline_value,
        lead=_bodies(doc, cell, "lead"),
        support=_bodies(doc, cell, "support"),
        same_as=None,
        block=unit.block,
        page=quantity.page,
        rules=(quantity.rule, *judged.role.why.split(", ")[:2]),
        confidence=quantity.confidence,
    )


def _baseline(
    doc: _Document, unit: Unit, judged: Judged, previous: Judged | None, cell: Cell | None
) -> tuple[str | None, float | None]:  # fmt: skip
    """(when, value) of the state a target starts from: a column of results in its row, the first number of a pair."""
    reached = cell.row.get("result") if cell is not None else None
    if reached is not None:
        values = doc.units[reached].quantities if reached in doc.units else ()
        period = _column_period(doc, doc.grid.cells[reached], doc.tree.blocks[reached])
        return period.to, values[0].get("low") if values else None
    start, end = judged.sentence
    when = next((t.get("baseline") for t in unit.times if t.get("baseline") and start <= t.start < end), None)
    when = judged.reading.baseline if when is None else when
    paired = previous is not None and previous.role.why == "baseline" and previous.sentence == judged.sentence
    return None if when is None else str(when), previous.reading.low if paired and previous is not None else None


def _bodies(doc: _Document, cell: Cell | None, column: str) -> tuple[str, ...]:
    """The bodies in a column of the target's row."""
    block = cell.row.get(column) if cell is not None else None
    return tuple(a.agency_id for a in doc.named.get(block, ())) if block is not None else ()


def _said_before(earlier: list[Target], target: Target) -> Target:
    """The target with `same_as` set where one of the earlier ones with its numbers says the same."""
    words = Counter(WORD.findall((target.indicator or "").lower()))
    for other in earlier:
        if other.same_as or other.place != target.place:
            continue
        if other.to != target.to and target.period_source == "clause" and other.period_source == "clause":
            continue
        theirs = Counter(WORD.findall((other.indicator or "").lower()))
        common = (words & theirs).total()
        if common and 2 * common >= ALIKE * (words.total() + theirs.total()):
            return replace(target, same_as=other.id)
    return target


def _estimated(doc: _Document, judged: Judged) -> bool:
    at = judged.mention.start
    before = doc.shaded.lower[max(judged.clause[0], at - ESTIMATE_REACH) : at]
    return any(word in before for word in doc.book.words("targets.estimates"))


def _place(doc: _Document, judged: Judged, cell: Cell | None) -> _Place:
    """The province of the row, the column or the line, else that of the document, else the nation."""
    named = _place_named(doc, judged, cell)
    if named is not None:
        return _Place(named["name"], named["code"])
    nation = _Place(str(doc.book.settings["targets"]["nation"]), None)
    if doc.ctx.province is None:
        return nation
    sentence = doc.shaded.lower[slice(*judged.sentence)]
    if any(word in sentence for word in doc.book.words("targets.quoted")):
        return replace(nation, holder="quoted")
    return _Place(doc.ctx.province["name"], doc.ctx.province["code"])


def _place_named(doc: _Document, judged: Judged, cell: Cell | None) -> Row | None:
    """The province that is a row's whole label, a column's whole heading, or all of a line before its value."""
    if cell is None:
        return _whole_province(doc, judged.clause[0], judged.mention.start)
    if cell.column == "place":
        return _province(doc, cell.heads[0])
    label = cell.row.get("label")
    return None if label is None else _province(doc, label)


def _province(doc: _Document, block: int) -> Row | None:
    """The province that is all that a block says."""
    return _whole_province(doc, *doc.tree.content(block))


def _whole_province(doc: _Document, start: int, end: int) -> Row | None:
    named = provinces(doc.shaded, start, end, doc.book) if end - start <= PLACE_LENGTH else []
    if len(named) != 1 or len(doc.shaded.text[start:end].strip(TRIM)) > len(named[0]) + KIND_LENGTH:
        return None
    return places.known(named[0], doc.ctx.document.issued_on, doc.book)


def _scope(
    doc: _Document, block: Block, judged: Judged, previous: Judged | None, cell: Cell | None
) -> Scope:  # fmt: skip
    """What an indicator is about: the label or the group rows of its table, else what its line or the text says."""
    if cell is None:
        before = (previous.mention, previous.counted) if previous is not None else None
        return doc.scopes.at(block, judged.clause, judged.mention, judged.counted, before)
    label = cell.row.get("label")
    if label is not None:
        if _province(doc, label) is not None:
            return Scope()
        if cell.counts:
            return Scope(_words(doc, label))
    return Scope(_words(doc, cell.groups[0])) if cell.groups else doc.scopes.above(block)


# --- goals without a number -----------------------------------------------------------------------------------------


def _commitment(doc: _Document, unit: Unit, block: Block) -> bool:
    """Puts a goal without a number on record, a whole line under a heading of goals; returns whether it is one."""
    text = doc.shaded.text[unit.start : unit.end]
    if (
        block.kind not in doc.book.words("targets.goal_blocks")
        or block.parent is None
        or len(text) < COMMITMENT
        or text.endswith(":")
        or text.startswith("(")
    ):
        return False
    following = doc.tree.blocks[block.block + 1] if block.block + 1 < len(doc.tree.blocks) else None
    if following is not None and following.parent == block.block:
        return False
    if not _aims(doc, block):
        return False
    when = doc.periods.above(block)
    start, end = trimmed(doc.shaded, unit.start, unit.end)
    quote = doc.shaded.text[start:end]
    doc.found.commitments.append(
        Commitment(
            doc.ids.next("commitments", quote), quote, start, end, when.from_, when.to, unit.block, doc.ids.page(start)
        )
    )
    return True
