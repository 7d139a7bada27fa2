"""What `muctieu list` shows: the documents of a store, or its targets, that fit a filter."""

from __future__ import annotations

import unicodedata
from importlib.metadata import version
from typing import Any

from . import schema
from .store import Store

Row = dict[str, Any]

TARGETS = "SELECT * FROM v_targets ORDER BY place IS NULL, place, document_issued_on, document_id, start, value_start"


def documents(store: Store, *, province: str | None, kind: str | None, fresh: str | None = None) -> list[Row]:
    """Rows with a document's keys, its `citation`, `source_path` and the number of its records by class.

    province, kind  accents, case and đ may be left out; a province also by its code
    fresh           fingerprint of a rulebook: only documents that this version and those rules have not read
    """
    stale = None if fresh is None else set(store.stale(version("muctieu"), fresh))
    return [
        _spelt("documents", row)
        for row in store.documents()
        if _fits(row["province"], row["province_code"], province)
        and _fits(row["kind"], None, kind)
        and (stale is None or row["id"] in stale)
    ]


def targets(store: Store, *, province: str | None, kind: str | None, fresh: str | None = None) -> list[Row]:
    """Rows with a target's keys, its `citation`, and facts of its document as `document_id`, `document_kind`, ...,
    in the order of place, document and text; `province` is the target's own place, other filters as for `documents`."""
    wanted = {row["id"] for row in documents(store, province=None, kind=kind, fresh=fresh)}
    return [
        _spelt("targets", row)
        for row in store.db.query(
            "SELECT * FROM v_targets ORDER BY place IS NULL, place, document_id, start, value_start"
        )
        if row["document_id"] in wanted and _fits(row["place"], row["place_code"], province)
    ]


def _spelt(table: str, row: Row) -> Row:
    """A row of a view with the contract's keys and values, and what else the view has."""
    typed = schema.contract(table, row)
    return typed | {key: value for key, value in row.items() if key not in typed and key not in schema.SPELT.values()}


def _fits(name: str | None, code: str | None, wanted: str | None) -> bool:
    return wanted is None or wanted == code or (name is not None and fold(name) == fold(wanted))


def fold(text: str) -> str:
    """The text in lower case without marks: "Đắk Lắk" -> "dak lak"."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return plain.replace("đ", "d")
