"""Reference mentions -> LegalRef records: who issued what is cited, what governs the citation, from which document.

What stands between two citations decides: a semicolon starts anew, a bare "và" or comma goes on with the relation
before, words such as "hướng dẫn thực hiện" make the second citation hang on the first (`relation_subject`).
"""

from __future__ import annotations

import regex

from .agencies import Named
from .mentions import Finder, Mention, finder
from .model import Block, LegalRef
from .resolve import Context, Ids, clean_number, province_on, slug, symbol_issuer
from .rulebook import Rulebook
from .scan import Unit
from .text import Shade

AFTER = 12  # characters between a citation and the issuer it names
BRACKET = "("


def legal_refs(
    shaded: Shade, blocks: tuple[Block, ...], units: dict[int, Unit], named: dict[int, list[Named]], ctx: Context,
    ids: Ids, book: Rulebook,
) -> list[LegalRef]:  # fmt: skip
    """The legal references of a document, in order of place."""
    governs = finder(book, "relations")
    out: list[LegalRef] = []
    for unit in units.values():
        if blocks[unit.block].kind == "header":
            continue  # the document's own number
        previous: LegalRef | None = None
        for mention in unit.references:
            start = max(previous.end if previous else unit.start, unit.sentence(mention.start)[0])
            relation, subject = _relation(shaded, governs, unit, mention, previous, start)
            record = _record(shaded, unit, mention, named.get(unit.block, []), relation, subject, ctx, ids, book)
            out.append(record)
            previous = record
    return out


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
            cue = cues[-1]
            if cue.get("nested") and ";" not in gap and "." not in gap:
                return str(cue.get("relation")), previous.number or previous.title
            return str(cue.get("relation")), None
        return previous.relation, previous.relation_subject
    if cues:
        return str(cues[-1].get("relation")), None
    if previous is not None and ";" in shaded.lower[previous.end : mention.start]:
        first = governs.find(shaded, unit.start, unit.start + 40)
        return (str(first[0].get("relation")), None) if first and first[0].start == unit.start else (None, None)
    return None, None


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
    issuer, place = _issuer(shaded, mention, agencies, number, ctx, book)
    return LegalRef(
        id=ids.next("legal_refs", quote),
        cited_id=_cited_id(kind, number, title, issuer, place, issued_on, ctx, book),
        quote=quote,
        start=mention.start,
        end=mention.end,
        kind=kind,
        number=number,
        issued_on=issued_on,
        issuer=issuer,
        title=title,
        pinpoint=mention.get("pinpoint"),
        relation=relation,
        relation_subject=subject,
        block=unit.block,
        page=ids.page(mention.start),
        rule=mention.rule.id,
        confidence=0.95 if number else 0.85,
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
    words = (title or str(mention.get("self") or "")).lower().split()
    rows = book.fragments["doctype"].rows
    for count in range(min(3, len(words)), 0, -1):
        row = rows.get(" ".join(words[:count]))
        if row:
            return row["value"]
    return None


def _issuer(
    shaded: Shade, mention: Mention, agencies: list[Named], number: str | None, ctx: Context, book: Rulebook
) -> tuple[str | None, str | None]:  # fmt: skip
    """(issuer, province stated): the body named just after the citation or inside it, else what the symbol tells."""
    words = tuple(book.words("references.of"))
    for named in agencies:
        if mention.start < named.start < mention.end:
            return named.name, named.province
        gap = shaded.lower[mention.end : named.start].strip()
        if 0 <= named.start - mention.end <= AFTER and gap in words:
            return named.name, named.province
    row = symbol_issuer(number, book)
    return (row["value"], None) if row else (None, None)


def _cited_id(
    kind: str | None, number: str | None, title: str | None, issuer: str | None, place: str | None,
    issued_on: str | None, ctx: Context, book: Rulebook,
) -> str | None:  # fmt: skip
    """The cited document's identity: its number, with the province of a provincial issuer and the year where the
    number carries none; a law without a number by its name."""
    if number:
        key = slug(number)
        row = symbol_issuer(number, book)
        if row and row["level"] != "central":
            province = province_on(place, issued_on or ctx.document.issued_on, book) if place else ctx.province
            key = f"{province['id'] if province else 'VN'}/{key}"
        year = (issued_on or "")[:4]
        return key if not year or regex.search(rf"(?<!\d){year}(?!\d)", number) else f"{key}:{year}"
    return slug(title) if title else None
