"""What `muctieu list`, `search` and `export` give: the rows of a store that fit a filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from . import schema
from .fulltext import SEARCHED, plain
from .store import Store

Row = dict[str, Any]

HIT = {"table": str, "id": str, "document_id": str, "citation": str, "snippet": str, "score": float}
"""What `search` gives of each hit."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What is wanted; None: anything.

    province   name or code; of targets, the place that is to reach them
    kind       kind of document
    agency     part of a body's name: what it is to lead or support, mentions of it, and all of the documents it issued
    programme  words of a document's title, or number or words of what it cites
    since      day, month or year from which a document is issued
    until      day, month or year until which a document is issued
    words      words that stand near each other in a record's quote; of quantities, files and problems, which are not
               indexed, in the document's text
    fresh      fingerprint of a rulebook: only documents that this version and those rules have not read

    Accents, case and the bar of đ may be left out.
    """

    province: str | None = None
    kind: str | None = None
    agency: str | None = None
    programme: str | None = None
    since: str | None = None
    until: str | None = None
    words: str | None = None
    fresh: str | None = None


def rows(store: Store, table: str, wanted: Filter) -> Iterator[Row]:
    """The rows of a view v_<table>, with the names and types of `schema.viewed`, in the order of the documents' dates
    and then of the text; read as they are asked for."""
    searched = table if table in SEARCHED else "documents"
    ids = None if wanted.words is None else store.matching(wanted.words, searched)
    within = None if ids is None else set(ids.values())
    key = "id" if searched == table else "document_id"
    place = "place" if table == "targets" else "province"
    bodies = None if wanted.agency is None else _bodies(store, wanted.agency)
    # By rowid, as the records of a document are stored in the order of its text.
    view = schema.view_of(table)
    own = f"SELECT v.* FROM {table} r JOIN {view} v ON v.id = r.id WHERE r.document_id = ? ORDER BY r.rowid"
    for document in _documents(store, wanted):
        if within is not None and document["id"] not in within:
            continue
        for stored in [document] if table == "documents" else store.rows(own, document["id"]):
            if not _fits(stored[place], stored[f"{place}_code"], wanted.province):
                continue
            row = schema.typed(table, stored)
            if (ids is None or row[key] in ids) and (bodies is None or bodies & {document["issuer_id"], *_named(row)}):
                yield row


def search(store: Store, query: str, wanted: Filter, tables: Sequence[str], limit: int) -> list[Row]:
    """What holds the words of a query, best first, as Store.search gives it, of what fits the filter."""
    fitting = replace(wanted, words=query)
    among = None
    if wanted != Filter():
        among = {table: [row["id"] for row in rows(store, table, fitting)] for table in tables}
    return store.search(query, tables=tables, limit=limit, among=among)


def columns(table: str) -> dict[str, type]:
    """What `documents` and `targets` give of each row, with its type: the contract's keys, then what else the view
    has."""
    own = {column.key: column.type for column in schema.columns(table)}
    more = schema.viewed(table).items()
    return own | {name: kind for name, kind in more if name not in own and name not in schema.SPELT.values()}


def documents(store: Store, wanted: Filter) -> list[Row]:
    """Rows with a document's keys, its `citation`, `source_path` and the number of its records by class."""
    return _spelt("documents", rows(store, "documents", wanted))


def targets(store: Store, wanted: Filter) -> list[Row]:
    """Rows with a target's keys, its `citation`, and facts of its document as `document_id`, `document_kind`, ...,
    in the order of place, date of the document and text."""
    return sorted(_spelt("targets", rows(store, "targets", wanted)), key=by_place)


def by_place(target: Row) -> tuple[bool, str]:
    """What targets are sorted by: the name of their place without accents, those without a place last."""
    return target["place"] is None, plain(target["place"] or "")


def unknown(store: Store, wanted: Filter, *, of_targets: bool) -> tuple[str, list[str]] | None:
    """The filter that fits nothing in the store at all, with the values that would: those of a province or kind."""
    place, table = ("place", "targets") if of_targets else ("province", "documents")
    places = f"SELECT DISTINCT {place} AS name, {place}_code AS code FROM {table}"
    kinds = "SELECT DISTINCT kind AS name, NULL AS code FROM documents"
    if wanted.agency and not _bodies(store, wanted.agency):
        return "agency", []
    if wanted.programme and not _of_programme(store, wanted.programme):
        return "programme", []
    for name, value, sql in (("province", wanted.province, places), ("kind", wanted.kind, kinds)):
        rows = [row for row in store.rows(sql) if row["name"]]
        if not any(_fits(row["name"], row["code"], value) for row in rows):
            return name, sorted({row["name"] for row in rows}, key=plain)
    return None


def _documents(store: Store, wanted: Filter) -> list[Row]:
    """The documents that fit, by all but province, agency and words."""
    stale = None if wanted.fresh is None else set(store.stale(version("muctieu"), wanted.fresh))
    under = None if wanted.programme is None else _of_programme(store, wanted.programme)
    return [
        row
        for row in store.documents(since=wanted.since, until=wanted.until)
        if _fits(row["kind"], None, wanted.kind)
        and (stale is None or row["id"] in stale)
        and (under is None or row["id"] in under)
    ]


def _of_programme(store: Store, words: str) -> set[str]:
    """The documents that name a programme in their title, or cite what has those words or that number."""
    cited = "SELECT document_id, quote || ' ' || coalesce(title, '') FROM legal_refs"
    sql = f"SELECT id, title AS name FROM documents UNION {cited}"
    return {row["id"] for row in store.rows(sql) if _squeezed(words) in _squeezed(row["name"] or "")}


def _bodies(store: Store, words: str) -> set[str]:
    """The ids of the bodies whose name has those words."""
    sql = "SELECT agency_id, name FROM agencies UNION SELECT issuer_id, issuer FROM documents WHERE issuer IS NOT NULL"
    return {row["agency_id"] for row in store.rows(sql) if _squeezed(words) in _squeezed(row["name"])}


def _named(row: Row) -> Iterator[str]:
    """The bodies that a record names."""
    yield from (*row.get("lead", ()), *row.get("support", ()))
    if "agency_id" in row:
        yield row["agency_id"]


def _fits(name: str | None, code: str | None, wanted: str | None) -> bool:
    """Whether a name, alone or behind the word for what it names ("tỉnh Gia Lai"), or a code is the one wanted."""
    if wanted is None or name is None:
        return wanted is None
    return wanted == code or _squeezed(wanted).endswith(_squeezed(name))


def _squeezed(name: str) -> str:
    return "".join(plain(name).split())


def _spelt(table: str, found: Iterable[Row]) -> list[Row]:
    """Rows of a view with the contract's keys, and what else the view has."""
    names = {key: schema.SPELT.get(key, key) for key in columns(table)}
    return [{key: row[name] for key, name in names.items()} for row in found]
