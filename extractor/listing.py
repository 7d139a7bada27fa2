"""What `muctieu list` shows: the documents of a store, or its targets, that fit a filter."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from . import schema
from .fulltext import plain
from .store import Store

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """What is wanted; None: anything.

    province  name or code; of targets, the place that is to reach them
    kind      kind of document
    words     words that stand near each other in a document's text, or in a target's quote
    fresh     fingerprint of a rulebook: only documents that this version and those rules have not read

    Accents, case and the bar of đ may be left out.
    """

    province: str | None = None
    kind: str | None = None
    words: str | None = None
    fresh: str | None = None


def documents(store: Store, wanted: Filter) -> list[Row]:
    """Rows with a document's keys, its `citation`, `source_path` and the number of its records by class."""
    found = _of_kind(store, wanted)
    if wanted.words is not None:
        ids = store.matching(wanted.words, "documents")
        found = [row for row in found if row["id"] in ids]
    return [_spelt("documents", row) for row in found if _fits(row["province"], row["province_code"], wanted.province)]


def targets(store: Store, wanted: Filter) -> list[Row]:
    """Rows with a target's keys, its `citation`, and facts of its document as `document_id`, `document_kind`, ...,
    in the order of place, date of the document and text."""
    order = {row["id"]: number for number, row in enumerate(_of_kind(store, wanted))}
    ids = None if wanted.words is None else store.matching(wanted.words, "targets")
    rows = [
        row
        for row in store.rows("SELECT * FROM v_targets ORDER BY start, value_start")
        if row["document_id"] in order
        and _fits(row["place"], row["place_code"], wanted.province)
        and (ids is None or row["id"] in ids)
    ]
    rows.sort(key=lambda row: (row["place"] is None, plain(row["place"] or ""), order[row["document_id"]]))
    return [_spelt("targets", row) for row in rows]


def unknown(store: Store, wanted: Filter, *, of_targets: bool) -> tuple[str, list[str]] | None:
    """The filter, "province" or "kind", that fits nothing in the store at all, with the values that would."""
    place, table = ("place", "targets") if of_targets else ("province", "documents")
    places = f"SELECT DISTINCT {place} AS name, {place}_code AS code FROM {table}"
    kinds = "SELECT DISTINCT kind AS name, NULL AS code FROM documents"
    for name, value, sql in (("province", wanted.province, places), ("kind", wanted.kind, kinds)):
        rows = [row for row in store.rows(sql) if row["name"]]
        if not any(_fits(row["name"], row["code"], value) for row in rows):
            return name, sorted({row["name"] for row in rows}, key=plain)
    return None


def _of_kind(store: Store, wanted: Filter) -> list[Row]:
    stale = None if wanted.fresh is None else set(store.stale(version("muctieu"), wanted.fresh))
    return [
        row
        for row in store.documents()
        if _fits(row["kind"], None, wanted.kind) and (stale is None or row["id"] in stale)
    ]


def _fits(name: str | None, code: str | None, wanted: str | None) -> bool:
    """Whether a name, alone or behind the word for what it names ("tỉnh Gia Lai"), or a code is the one wanted."""
    if wanted is None or name is None:
        return wanted is None
    return wanted == code or _squeezed(wanted).endswith(_squeezed(name))


def _squeezed(name: str) -> str:
    return "".join(plain(name).split())


def _spelt(table: str, row: Row) -> Row:
    """A row of a view with the contract's keys and values, and what else the view has."""
    typed = schema.contract(table, row)
    return typed | {key: value for key, value in row.items() if key not in typed and key not in schema.SPELT.values()}
