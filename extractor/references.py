"""Reference mentions -> LegalRef records: who issued what is cited, what governs the citation, from which document.

What stands between two citations decides: a semicolon starts anew, a bare "và" or comma goes on with the relation
before, words such as "hướng dẫn thực hiện" make the second citation hang on the first (`relation_subject`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .agencies import Named
from .confidence import calibrated
from .mentions import Finder, Mention, finder
from .model import Block, LegalRef, Problem
from .resolve import (
    YEAR_IN_NUMBER,
    Context,
    Ids,
    agency_id,
    clean_number,
    document_id,
    slug,
    symbol_issuer,
    symbol_kind,
)
from .rulebook import Row, Rulebook
from .scan import Unit
from .structure import HEADING_LENGTH
from .text import Shade

AFTER = 12  # characters between a citation and the issuer it names
RAW = 0.95  # the confidence of a citation that is not measured
LABEL = 3  # characters before a citation that opens its item
BRACKET = "("


def legal_refs(
    shaded: Shade, blocks: tuple[Block, ...], units: dict[int, Unit], named: dict[int, list[Named]], ctx: Context,
    ids: Ids, book: Rulebook,
) -> list[LegalRef]:  # fmt: skip
    """The legal references of a document, in order of place."""
    governs = finder(book, "relations")
    passive = book.words("references.passive")
    out: list[LegalRef] = []
    for unit in units.values():
        if blocks[unit.block].kind == "header":
            continue  # the document's own number
        first = len(out)
        previous: LegalRef | None = None
        governing: str | None = None  # the relation of the last citation that hangs on no other
        for mention in unit.references:
            start = max(previous.end if previous else unit.start, unit.sentence(mention.start)[0])
            relation, subject = _relation(shaded, governs, unit, mention, previous, start)
            if relation is None and subject is None and mention.start - unit.start <= LABEL:
                relation = _led_in(shaded, governs, blocks, blocks[unit.block].parent)
            if subject is None:
                governing = relation
            elif relation in passive and previous and previous.relation_subject == subject and _own_name(mention):
                relation, subject = governing, None
            elif relation in passive and previous:
                begin = unit.sentence(mention.start)[0]
                cited = [record for record in out[first:] if record.end > begin]
                subject = _amended(str(mention.get("kind")), cited, book) or subject
            record = _record(shaded, unit, mention, named.get(unit.block, []), relation, subject, ctx, ids, book)
            out.append(record)
            previous = record
    return _told_in_full(out, ctx)


def conflicts(records: Iterable[LegalRef]) -> Iterator[Problem]:
    """The citations whose number names another year than their date, one of which the text has wrong: 1,013 of 1,014
    citations with both in public documents agree."""
    for record in records:
        within = YEAR_IN_NUMBER.search(record.number or "")
        if within is not None and record.issued_on and within[0] != record.issued_on[:4]:
            where = f"page {record.page}, citation at {record.start}"
            yield Problem(where, f"number {record.number} and date {record.issued_on} disagree on the year")


def _amended(kind: str, cited: list[LegalRef], book: Rulebook) -> str | None:
    """What a decree amends that stands behind a law, which it cannot: the decree on that law, named before."""
    laws = book.words("references.laws")
    if kind in laws or not cited or cited[-1].kind not in laws:
        return None
    return next((record.number for record in reversed(cited) if record.number and record.kind == kind), None)


def _own_name(mention: Mention) -> bool:
    """Whether a law is cited by a name of its own: those that amend another are cited by their numbers."""
    return bool(mention.get("name") or mention.get("title"))


def _relation(
    shaded: Shade, governs: Finder, unit: Unit, mention: Mention, previous: LegalRef | None, start: int
) -> tuple[str | None, str | None]:  # fmt: skip
    """(relation, subject) of a citation by the words since the last citation or the sentence's beginning."""
    cues = governs.find(shaded, start, mention.start)
    gap = shaded.lower[start : mention.start]
    if previous is not None and start == previous.end:
        if gap.rfind(BRACKET) > gap.rfind(")"):
            return None, None
        if cues:
            nested = cues[-1].get("nested") and ";" not in gap and "." not in gap
            return _told(cues[-1]), (previous.number or previous.title) if nested else None
        return previous.relation, previous.relation_subject
    if cues:
        return _told(cues[-1]), None
    if previous is not None and ";" in shaded.lower[previous.end : mention.start]:
        first = governs.find(shaded, unit.start, unit.start + 40)
        return (_told(first[0]), None) if first and first[0].start == unit.start else (None, None)
    return None, None


def _led_in(shaded: Shade, governs: Finder, blocks: tuple[Block, ...], parent: int | None) -> str | None:
    """The relation that a lead-in or a heading without a citation of its own gives to the items below it: "Bãi bỏ các
    văn bản sau:", "Căn cứ pháp lý"."""
    above = blocks[parent] if parent is not None else None
    if above is None or above.end - above.start > HEADING_LENGTH or above.kind in ("table", "row"):
        return None
    cues = governs.find(shaded, above.start, above.end)
    return _told(cues[-1]) if cues else None


def _told(cue: Mention) -> str | None:
    """The relation that a cue tells; None where the cue says that there is none."""
    return cue.get("relation") or None


def _each(pinpoint: str | None, book: Rulebook) -> str | None:
    """A pinpoint in which every point of a list names the unit itself that ends it: "điểm b, điểm c khoản này" ->
    "điểm b khoản này, điểm c khoản này"."""
    if pinpoint is None or not pinpoint.lower().endswith(book.words("references.itself")):
        return pinpoint
    listed, unit, this = pinpoint.rsplit(" ", 2) if pinpoint.count(" ") > 1 else ("", "", "")
    for word in book.words("references.joints"):
        listed = listed.replace(word, ", ")
    points = [point for point in listed.split(", ") if point]
    if len(points) < 2:
        return pinpoint
    points[0] = points[0].removeprefix(str(book.settings["references"]["plural"]))
    word = points[0].split()[0]
    return ", ".join(f"{point if ' ' in point else f'{word} {point}'} {unit} {this}" for point in points)


def _record(
    shaded: Shade, unit: Unit, mention: Mention, agencies: list[Named], relation: str | None, subject: str | None,
    ctx: Context, ids: Ids, book: Rulebook,
) -> LegalRef:  # fmt: skip
    quote = shaded.text[mention.start : mention.end]
    number = mention.get("number")
    number = clean_number(str(number)) if number else None
    title = _title(mention, shaded)
    kind = _kind(mention, shaded, title, book)
    issued_on = mention.get("date")
    named = _issuer(shaded, mention, agencies, book)
    symbol = symbol_issuer(number, book)
    return LegalRef(
        id=ids.next("legal_refs", quote),
        cited_id=_cited_id(number, title, named, symbol, issued_on, ctx, book),
        quote=quote,
        start=mention.start,
        end=mention.end,
        kind=kind,
        number=number,
        issued_on=issued_on,
        issuer=named.name if named else symbol["value"] if symbol else None,
        title=title,
        pinpoint=_each(mention.get("pinpoint"), book),
        relation=relation,
        relation_subject=subject,
        block=unit.block,
        page=ids.page(mention.start),
        rule=mention.rule.id,
        confidence=calibrated(RAW, "legal_refs", ctx.document.source_kind, mention.rule.id, book),
    )


def _title(mention: Mention, shaded: Shade) -> str | None:
    if mention.get("title"):
        return str(mention.get("title"))
    if mention.get("name"):
        start = mention.spans["kind"][0]
        return shaded.text[start : mention.spans["name"][1]].strip(" ,")
    return None


def _kind(mention: Mention, shaded: Shade, title: str | None, book: Rulebook) -> str | None:
    if mention.get("kind"):
        return str(mention.get("kind"))
    if mention.get("number"):
        return symbol_kind(str(mention.get("number")), book)
    words = (title or str(mention.get("self") or "")).lower().split()
    rows = book.fragments["doctype"].rows
    for count in range(min(3, len(words)), 0, -1):
        row = rows.get(" ".join(words[:count]))
        if row:
            return row["value"]
    return None


def _issuer(shaded: Shade, mention: Mention, agencies: list[Named], book: Rulebook) -> Named | None:
    """The body named just after a citation or inside it."""
    words = book.words("references.of")
    for named in agencies:
        if mention.start < named.start < mention.end:
            return named
        gap = shaded.lower[mention.end : named.start].strip()
        if 0 <= named.start - mention.end <= AFTER and gap in words:
            return named
    return None


def _cited_id(
    number: str | None, title: str | None, named: Named | None, symbol: Row | None, issued_on: str | None, ctx: Context,
    book: Rulebook,
) -> str | None:  # fmt: skip
    """The cited document's identity, as the document's own header would give it; a law without a number by its name.

    A number without symbol tells too little: `_told_in_full` looks for the whole one.
    """
    if not number:
        return slug(title) if title else None
    within = YEAR_IN_NUMBER.search(number)
    year = issued_on[:4] if issued_on else within and within[0]
    if symbol is not None:
        place = named.province if named else None
        issuer = agency_id(symbol["value"], symbol["level"], place, ctx, book, issued_on)
    elif named is not None:
        issuer = named.agency_id
    else:
        return slug(number)
    return document_id(issuer, number, year)


def _told_in_full(records: list[LegalRef], ctx: Context) -> list[LegalRef]:
    """The records with identity and issuer of a document cited in full by another of them, or by the header:
    "Kế hoạch số 141" besides "Kế hoạch số 141/KH-UBND ngày …", "Nghị quyết 35" besides "Nghị quyết 35 của Chính
    phủ"."""
    undated: dict[str, str] = {}
    short: dict[tuple[str | None, str], str] = {}
    issuers: dict[tuple[str | None, str], str] = {}
    own = ctx.document
    told = [(own.kind, own.number, own.id, own.issuer), *((r.kind, r.number, r.cited_id, r.issuer) for r in records)]
    for kind, number, cited, issuer in told:
        if number and issuer:
            issuers.setdefault((kind, number.partition("/")[0]), issuer)
        if number and cited and "/" in cited and ":" in cited:
            undated.setdefault(cited.partition(":")[0], cited)
            short.setdefault((kind, number.partition("/")[0]), cited)
    out = []
    for record in records:
        if record.number and record.cited_id and ":" not in record.cited_id:
            key = record.kind, record.number
            whole = undated.get(record.cited_id) or short.get(key) or record.cited_id
            record = replace(record, cited_id=whole, issuer=record.issuer or issuers.get(key))
        out.append(record)
    return out
