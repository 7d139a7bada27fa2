"""Every type that travels: sources, structure and records, as frozen dataclasses.

All offsets are code points into `Extraction.text`, end exclusive, and `text[start:end] == quote` holds for every
record.  Times are ISO-like strings cut to what the text says: "2025", "2025-06", "2020-12-20", "--12-15" (each year).
Field names are those of the output contract (schema 1), except that the keyword `from` is spelt `from_` in Python.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

SCHEMA = 1


# --- what a reader hands over -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """A document's fault, kept as data: where it was met and what it is."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader makes of the bytes of a file.

    text         raw, with tables by the contract's convention: a line a row, cells joined by " | "
    page_starts  the offset in `text` at which each page begins; empty where the format has no pages
    problems     what of the file could not be read
    recognised   pages, counted from 1, whose text comes from OCR -> mean confidence of their words, 0 to 1
    """

    text: str
    page_starts: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    recognised: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One file and what a reader made of it; the fields as in Content."""

    path: str
    media_type: str
    sha256: str
    text: str
    page_starts: tuple[int, ...] = ()
    problems: tuple[Problem, ...] = ()
    recognised: Mapping[int, float] = field(default_factory=dict)


# --- the document and its structure -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Document:
    """What the text itself states of the document that it is; null where it does not say."""

    id: str
    kind: str | None = None
    number: str | None = None
    title: str | None = None
    source_kind: str = "other"  # official | news | other
    issuer: str | None = None
    issuer_id: str | None = None
    province: str | None = None
    province_code: str | None = None
    issued_on: str | None = None
    effective_on: str | None = None
    effective_why: str | None = None  # stated | issue date
    signer: str | None = None
    from_: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that carries the document, without its text."""

    path: str
    media_type: str
    sha256: str
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the source; `confidence` is the mean of OCR over its words, 0 to 1, where its text is from OCR."""

    number: int
    start: int
    end: int
    ocr: bool = False
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A document inside the file: the decision itself, the plan attached to it, an annex with a title of its own."""

    part: int
    kind: str | None
    number: str | None
    title: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A line of the text in its place in the tree.  `start:end` is the block's own line (a table's: all its rows);
    what stands under a heading are the blocks whose `parent` it is.  Blocks other than rows and cells follow each
    other without overlap and cover all of the text but white space.

    kind    header preamble title phần chương mục điều khoản điểm section item paragraph table row cell annex
            recipients signature
    """

    block: int
    parent: int | None
    part: int
    kind: str
    label: str | None
    path: str
    heading: str | None
    start: int
    end: int
    row: int | None = None
    column: int | None = None


# --- records ------------------------------------------------------------------------------------------------------
# `ocr`: whether the record stands on a page whose text is from OCR.


@dataclass(frozen=True, slots=True)
class Target:
    id: str
    quote: str
    start: int
    end: int
    value_quote: str
    value_start: int
    value_end: int
    low: float
    high: float | None
    comparator: str
    unit: str | None
    per: str | None
    change: str | None
    measure: str
    indicator: str | None
    indicator_start: int | None
    indicator_end: int | None
    scope: str | None
    place: str | None
    place_code: str | None
    holder: str
    from_: str | None
    to: str | None
    period_source: str
    baseline: str | None
    baseline_value: float | None
    lead: tuple[str, ...]
    support: tuple[str, ...]
    same_as: str | None
    block: int
    page: int
    rules: tuple[str, ...]
    confidence: float
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Commitment:
    id: str
    quote: str
    start: int
    end: int
    from_: str | None
    to: str | None
    block: int
    page: int
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    id: str
    quote: str
    start: int
    end: int
    low: float
    high: float | None
    comparator: str
    unit: str | None
    per: str | None
    role: str  # target | result | budget | norm | scope | other
    why: str  # the cue rules that decided the role, strongest first
    indicator: str | None
    from_: str | None
    to: str | None
    place: str | None
    estimated: bool
    block: int
    page: int
    rule: str
    confidence: float
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    id: str
    quote: str
    start: int
    end: int
    kind: str  # due | period | recurring | relative | effective
    from_: str | None
    to: str | None
    use: str  # task | target | name | result | effective
    action: str | None
    lead: tuple[str, ...]
    support: tuple[str, ...]
    block: int
    page: int
    rule: str
    confidence: float
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Agency:
    id: str
    agency_id: str
    quote: str
    start: int
    end: int
    name: str
    level: str  # central | province | district | commune | other
    role: str | None  # issuer | lead | support | recipient
    block: int
    page: int
    rule: str
    confidence: float
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class LegalRef:
    id: str
    cited_id: str | None
    quote: str
    start: int
    end: int
    kind: str | None
    number: str | None
    issued_on: str | None
    issuer: str | None
    title: str | None
    pinpoint: str | None
    relation: str | None
    relation_subject: str | None
    block: int
    page: int
    rule: str
    confidence: float
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that was read from one document."""

    text: str
    document: Document
    sources: tuple[SourceFile, ...] = ()
    pages: tuple[Page, ...] = ()
    parts: tuple[Part, ...] = ()
    blocks: tuple[Block, ...] = ()
    targets: tuple[Target, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    agencies: tuple[Agency, ...] = ()
    legal_refs: tuple[LegalRef, ...] = ()
    problems: tuple[Problem, ...] = ()
    schema: int = field(default=SCHEMA)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the contract: plain dicts and lists, `from` spelt as in the contract."""
        out: dict[str, Any] = {"schema": self.schema, "text": self.text, "document": as_dict(self.document)}
        for name in TABLES:
            out[name] = [as_dict(item) for item in getattr(self, name)]
        return out


RECORDS = ("targets", "commitments", "quantities", "deadlines", "agencies", "legal_refs")
TABLES = ("sources", "pages", "parts", "blocks", *RECORDS, "problems")
VIEWED = (*RECORDS, "documents", "sources", "problems")
"""What the database shows with the facts of the document beside each row, as views."""


@cache
def columns(kind: type) -> tuple[tuple[str, str], ...]:
    """(attribute, contract key) of a dataclass, in order."""
    return tuple((f.name, f.name.rstrip("_")) for f in dataclasses.fields(kind))


@cache
def kinds(table: str) -> dict[str, type]:
    """The type of each attribute in a table of an extraction, or in "documents": str | None -> str, and
    tuple[str, ...] -> tuple."""
    return {name: _plain(hint) for name, hint in get_type_hints(row_type(table)).items()}


def row_type(table: str) -> type:
    """The dataclass whose fields are the columns of a table of an extraction ("targets", ...), or of "documents"."""
    if table == "documents":
        return Document
    found: type = get_args(get_type_hints(Extraction)[table])[0]
    return found


def _plain(hint: Any) -> type:
    if isinstance(hint, types.UnionType):
        hint = next(kind for kind in get_args(hint) if kind is not type(None))
    plain: type = get_origin(hint) or hint
    return plain


def as_dict(item: Any) -> dict[str, Any]:
    """One dataclass as a dict with the contract's keys; tuples become lists."""
    out: dict[str, Any] = {}
    for attribute, key in columns(item.__class__):
        value = getattr(item, attribute)
        out[key] = list(value) if isinstance(value, tuple) else value
    return out
