"""File -> Extraction: the table of contents of the package.

readers     bytes                -> Source (text, pages)
text        Source               -> Canonical (what is quoted) and its shadow (what rules match)
structure   Canonical            -> Outline: head, parts, tree of blocks
tables      cells                -> what each inherits: column, label, unit, bodies
scan        blocks               -> Units: mentions of references, times, agencies, quantities
resolve     header and mentions  -> Context: which document this is
references, agencies, deadlines:  mentions -> records
targets     quantities           -> records, by their clauses, readings, periods and roles
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import readers
from .agencies import agency_records, named_agencies
from .charset import doubt
from .deadlines import dated_times, deadline_records
from .errors import UnreadableFile
from .model import RECORDS, Document, Extraction, Page, Part, Problem, Source, SourceFile
from .references import conflicts, legal_refs
from .resolve import Context, Ids, agency_id, context, document_id
from .rulebook import Rulebook, load
from .scan import scan
from .structure import Outline, outline
from .tables import Tables, tables
from .targets import goals
from .text import Canonical, canonical


def extract(path: str | Path, *, data: bytes | None = None, book: Rulebook | None = None) -> Extraction:
    """All that is found in one file; "-" names standard input, whose bytes are `data`.

    Raises UnreadableFile where the file yields no text; faults inside the document are `Extraction.problems`.
    """
    book = book or load()
    return extract_source(readers.read(str(path), data, book), book)


def extract_text(text: str, *, path: str = "-", book: Rulebook | None = None) -> Extraction:
    """All that is found in a text already in hand; form feeds are page breaks."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    starts = (0, *(at + 1 for at, c in enumerate(text) if c == "\f")) if "\f" in text else ()
    return extract_source(Source(path, "text/plain", digest, text, starts), book or load())


def again(stored: Mapping[str, Any], book: Rulebook) -> Extraction:
    """A new extraction from the text of an old one (the contract's JSON object).

    Sources and page borders stay, and so do problems, because those of the file itself cannot be met again in the text.
    """
    sources = tuple(SourceFile(**source) for source in stored["sources"])
    first = sources[0] if sources else SourceFile("-", "text/plain", "")
    # A single page is a text without page borders, and is read as one.
    starts = tuple(page["start"] for page in stored["pages"]) if len(stored["pages"]) > 1 else ()
    recognised = {page["number"]: page["confidence"] for page in stored["pages"] if page["ocr"]}
    text = Source(first.path, first.media_type, first.sha256, stored["text"], starts, recognised=recognised)
    new = extract_source(text, book)
    problems = dict.fromkeys((*(Problem(**problem) for problem in stored["problems"]), *new.problems))
    return replace(new, sources=sources, problems=tuple(problems))


def extract_source(source: Source, book: Rulebook) -> Extraction:
    """The Extraction of what a reader gave."""
    text = canonical(source, book)
    strange = _strange(text, source.path, book)
    tree = outline(text, book)
    grid = tables(text, tree, book)
    units = scan(text, tree, grid, book)
    ctx = context(text, tree, units, book)
    ctx = replace(ctx, document=_identified(ctx, text, book))
    ids = Ids(ctx.document.id, text.page_starts)
    named = named_agencies(text, tree.blocks, units, ctx, book)
    dated = dated_times(text, tree.blocks, units, ctx, book)
    found = goals(text, tree, units, grid, dated, named, ctx, ids, book)
    deadlines = deadline_records(text, tree, grid, dated, named, found.dating, ctx.document.source_kind, ids, book)
    effective = next((d.from_ for d in deadlines if d.use == "effective" and d.from_), None)
    document = ctx.document
    if effective and document.source_kind == "official" and document.effective_why != "stated":
        document = replace(document, effective_on=effective, effective_why="stated")
    cited = tuple(legal_refs(text, tree.blocks, units, named, ctx, ids, book))
    extraction = Extraction(
        text=text.text,
        document=document,
        sources=(SourceFile(source.path, source.media_type, source.sha256, bool(source.recognised)),),
        pages=_pages(text, source),
        parts=_parts(tree, document, book),
        blocks=tree.blocks,
        targets=tuple(found.targets),
        commitments=tuple(found.commitments),
        quantities=tuple(found.quantities),
        deadlines=tuple(deadlines),
        agencies=tuple(agency_records(text, tree.blocks, grid, named, ctx, ids, book)),
        legal_refs=cited,
        problems=(*source.problems, *strange, *_doubts(text, tree, grid), *conflicts(cited)),
    )
    return _recognised(extraction) if source.recognised else extraction


def _strange(text: Canonical, path: str, book: Rulebook) -> tuple[Problem, ...]:
    """A Problem for a text of another language; UnreadableFile for one of no language, as damaged fonts give."""
    told = doubt(text.text, book)
    if told is None:
        return ()
    if told.legible:
        return (Problem("text", f"hardly any Vietnamese: {told.share:.0%} of the words are Vietnamese syllables"),)
    measure = "words are Vietnamese syllables" if told.of == "words" else "letters are Latin"
    raise UnreadableFile(path, f"is not readable text: {told.share:.0%} of its {measure}")


def _recognised(extraction: Extraction) -> Extraction:
    """The extraction with those records marked that stand on a page read by OCR."""
    by_ocr = {page.number for page in extraction.pages if page.ocr}
    marked: dict[str, Any] = {
        name: tuple(replace(each, ocr=each.page in by_ocr) for each in getattr(extraction, name)) for name in RECORDS
    }
    return replace(extraction, **marked)


def _identified(ctx: Context, text: Canonical, book: Rulebook) -> Document:
    """The document with its id: from the header's identity where it is whole, else a hash of the content."""
    document = ctx.document
    issuer_id = None
    if document.issuer:
        level = ctx.issuer_level or ("central" if document.province is None else "province")
        issuer_id = agency_id(document.issuer, level, document.province, ctx, book)
    if document.number and issuer_id and (document.issued_on or ctx.year):
        year = (document.issued_on or str(ctx.year))[:4]
        identity = document_id(issuer_id, document.number, year)
    else:
        squashed = "".join(text.text.split())
        identity = "sha256:" + hashlib.sha256(squashed.encode("utf-8", "replace")).hexdigest()[:24]
    return replace(document, id=identity, issuer_id=issuer_id)


def _pages(text: Canonical, source: Source) -> tuple[Page, ...]:
    starts = text.page_starts or (0,)
    ends = (*starts[1:], len(text.text))
    return tuple(
        Page(number, start, end, number in source.recognised, source.recognised.get(number))
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
    )


def _parts(tree: Outline, document: Document, book: Rulebook) -> tuple[Part, ...]:
    """The parts with their kinds in full; the first is the document itself, with its number and title."""
    parts = []
    for part in tree.parts:
        kind = str(book.value("doctype", part.kind.lower())).capitalize() if part.kind else None
        if part.part == 0:
            part = replace(part, kind=document.kind, number=document.number, title=document.title)
        else:
            part = replace(part, kind=kind)
        parts.append(part)
    return tuple(parts)


def _doubts(text: Canonical, tree: Outline, grid: Tables) -> list[Problem]:
    """What of the text could not be understood."""
    lost = text.text.count("\ufffd")
    doubts = [Problem("text", f"{lost} characters could not be read")] if lost else []
    for table, rows in grid.lost.items():
        start = tree.blocks[table].start
        page = bisect_right(text.page_starts, start) if text.page_starts else None
        where = f"table at {start}" if page is None else f"page {page}, table at {start}"
        doubts.append(Problem(where, f"{rows} rows lack columns of the heading; bare numbers in them are not read"))
    return doubts


__all__ = ["again", "extract", "extract_source", "extract_text"]
