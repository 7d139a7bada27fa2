"""The tables and views of the database, and how an existing database is brought up to them.

Columns come from the dataclasses of `model`, so that a field added there is a column here.  What differs: `from` and
`to` are `period_from` and `period_to`, followed by `first_day` and `last_day` as real dates; lists are JSON text; truth
values are 0 and 1; sources, pages, parts, blocks and problems get an `id` of their own.
"""

from __future__ import annotations

import hashlib
import json
import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlite_utils import Database, Migrations
from sqlite_utils.db import ForeignKey

from . import fulltext, model

MIGRATIONS = Migrations("muctieu")
VERSION = 3  # of the schema: as many as there are migrations below

TABLES = ("documents", *model.TABLES)
# Columns that are no part of an extraction, by table.
BESIDES: dict[str, dict[str, type]] = {
    "documents": {
        "text": str,
        "source_path": str,
        "run_id": int,
        "content": str,
        "programme_id": str,
        "programme_why": str,
        "parent_id": str,
        "place_id": str,
        "aligned": str,
    },
    "sources": {"file": str, "run_id": int},
    "targets": {
        "indicator_id": str,
        "indicator_score": float,
        "indicator_why": str,
        "comparable": bool,
        "comparable_why": str,
        "compared_to": str,
        "yardstick_id": str,
        "verdict": str,
        "place_id": str,
        "definition": str,
        "told_by": str,
        "in_force_from": str,
        "in_force_to": str,
        "superseded_by": str,
    },
    "commitments": {"indicator_id": str},
    "quantities": {"indicator_id": str, "place_id": str},
    "legal_refs": {"cited_document_id": str},
    "agencies": {"today": tuple},
}
# Tables that are no part of any extraction: what is known of indicators, and what analysts decided.
INDICATORS: dict[str, dict[str, type]] = {
    "indicators": {
        "id": str,
        "name": str,
        "better": str,
        "better_why": str,
        "unit": str,
        "programme_id": str,
        "known": bool,
        "standing": bool,
    },
    "programmes": {"id": str, "name": str, "number": str, "known": bool},
    "wordings": {
        "id": int,
        "indicator_id": str,
        "text": str,
        "words": str,
        "scope": str,
        "groups": str,
        "core": int,
        "unit": str,
        "programme_id": str,
    },
    "rulings": {
        "id": int,
        "made_at": str,
        "verb": str,
        "indicator_id": str,
        "target_id": str,
        "value": str,
        "wording": str,
    },
}
RUN_COLUMNS = {
    "id": int,
    "version": str,
    "fingerprint": str,
    "started_at": str,
    "ended_at": str,
    "summary": str,
    "arguments": str,
}
# Files that could not be read when they were last tried.
FAILURE_COLUMNS = {"id": str, "path": str, "reason": str, "run_id": int, "at": str}
SPELT = {"from": "period_from", "to": "period_to"}
PAGE = "tr."  # how a Vietnamese citation abbreviates "page"
# What the views of records say of the document: the view's column and that of `documents`.
FACTS = {
    "document_kind": "kind",
    "document_number": "number",
    "document_title": "title",
    "document_issuer": "issuer",
    "province": "province",
    "province_code": "province_code",
    "document_issued_on": "issued_on",
    "source_path": "source_path",
    "programme_id": "programme_id",
}
COUNTED = ("sources", "pages", *model.RECORDS, "problems")  # in v_documents
DAYS = (
    "first_day", "last_day", "issued_on", "effective_on", "document_issued_on", "in_force_from", "in_force_to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the database and where its value comes from: attribute of the dataclass, key of the contract."""

    attribute: str
    key: str
    name: str
    type: type


@cache
def columns(table: str) -> tuple[Column, ...]:
    """The columns of a table that hold fields of its dataclass, in order."""
    kinds = model.kinds(table)
    return tuple(
        Column(attribute, key, SPELT.get(key, key), kinds[attribute])
        for attribute, key in model.columns(model.row_type(table))
    )


@cache
def stored(table: str) -> dict[str, type]:
    """Every column of a table with its type, in the order of the table."""
    out: dict[str, type] = {"id": str}
    if table != "documents":
        out["document_id"] = str
    for column in columns(table):
        out[column.name] = column.type
        if column.name == "period_to":
            out |= {"first_day": str, "last_day": str}
    return out | {name: kind for name, kind in BESIDES.get(table, {}).items() if name not in out}


def row(table: str, item: Any) -> dict[str, Any]:
    """The columns of one dataclass as SQLite stores them; without `document_id` and the columns of BESIDES."""
    out: dict[str, Any] = {}
    for column in columns(table):
        value = getattr(item, column.attribute)
        if column.type is tuple:
            value = json.dumps(value, ensure_ascii=False)
        elif column.type in (bool, float) and value is not None:
            # Whole numbers of any size fit a REAL, not an INTEGER of SQLite.
            value = float(value) if column.type is float else int(value)
        out[column.name] = value
        if column.name == "period_to":
            out["first_day"] = first_day(out.get("period_from"))
            out["last_day"] = last_day(value)
    return out


def content(extraction: model.Extraction) -> dict[str, list[dict[str, Any]]]:
    """The rows of an extraction by table, all but its sources."""
    document_id = extraction.document.id
    out = {"documents": [row("documents", extraction.document)]}
    for table in model.TABLES:
        if table in model.RECORDS:
            out[table] = [{"document_id": document_id, **row(table, item)} for item in getattr(extraction, table)]
        elif table != "sources":
            out[table] = [
                {"id": f"{document_id}.{number}", "document_id": document_id, **row(table, item)}
                for number, item in enumerate(getattr(extraction, table))
            ]
    return out


def digest(text: str, rows: dict[str, list[dict[str, Any]]]) -> str:
    """What tells whether two extractions hold the same: a hash of their text and rows."""
    values = [text, [[list(each.values()) for each in table] for table in rows.values()]]
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()


@cache
def viewed(table: str) -> dict[str, type]:
    """Every column of the view v_<table> with its type, in the order of the view; of type date are days, as ISO text,
    in DAYS, where a document may have given less than a full date."""
    own = {name: kind for name, kind in stored(table).items() if name not in ("id", "text", "content")}
    every: dict[str, type] = {"id": str, "citation": str, **own}
    if table == "documents":
        every |= {"characters": int, **dict.fromkeys(COUNTED, int), "version": str, "fingerprint": str}
    else:
        every |= ({"block_path": str} if "block" in own else {}) | dict.fromkeys(FACTS, str)
    return {name: date if name in DAYS else kind for name, kind in every.items()}


def contract(table: str, stored_row: dict[str, Any]) -> dict[str, Any]:
    """A row of the database with the keys and values of the contract; the opposite of `row`."""
    return {column.key: _value(column.type, stored_row.get(column.name)) for column in columns(table)}


def typed(table: str, view_row: dict[str, Any]) -> dict[str, Any]:
    """A row of the view v_<table> with lists, truth values and whole numbers as such; its names stay."""
    return typed_as(viewed(table), view_row)


def typed_as(kinds: Mapping[str, type], stored_row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns named with their types, of a row of the database, lists, truth values and whole numbers as such."""
    return {name: _value(kind, stored_row[name]) for name, kind in kinds.items()}


def _value(kind: type, found: Any) -> Any:
    if found is None:
        return None
    if kind is tuple:
        return json.loads(found)
    if kind is bool:
        return bool(found)
    return int(found) if kind is float and found.is_integer() else found


def first_day(period: str | None) -> str | None:
    """The first day of a year, month or day as ISO date; None for a day of each year and for what is no date.

    >>> first_day("2025"), first_day("2025-06"), first_day("2020-12-20"), first_day("--12-15")
    ('2025-01-01', '2025-06-01', '2020-12-20', None)
    """
    return _bounds(period)[0]


def last_day(period: str | None) -> str | None:
    """The last day of a year, month or day as ISO date; None for a day of each year and for what is no date.

    >>> last_day("2025"), last_day("2024-02"), last_day("2020-12-20"), last_day("--12-15")
    ('2025-12-31', '2024-02-29', '2020-12-20', None)
    """
    return _bounds(period)[1]


@cache
def _bounds(period: str | None) -> tuple[str | None, str | None]:
    said = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", period or "")
    if not said:
        return None, None
    year, month, day = said.groups()
    if year == "0000" or not "01" <= (month or "01") <= "12":
        return None, None
    days = monthrange(int(year), int(month or 12))[1]
    if day:
        return (period, period) if 1 <= int(day) <= days else (None, None)
    return f"{year}-{month or '01'}-01", f"{year}-{month or '12'}-{days:02d}"


# --- migrations -----------------------------------------------------------------------------------------------------


@MIGRATIONS()
def m001_tables(db: Database) -> None:
    """Tables, their keys and indexes, and the full-text indexes with the triggers that keep them in step."""
    db.table("runs").create(RUN_COLUMNS, pk="id")
    for table in TABLES:
        keys = (
            [] if table == "documents" else [ForeignKey(table, "document_id", "documents", "id", on_delete="CASCADE")]
        )
        if "run_id" in stored(table):
            keys.append(ForeignKey(table, "run_id", "runs", "id"))
        db.table(table).create(
            {name: _sqlite(kind) for name, kind in stored(table).items()},
            pk="id",
            foreign_keys=keys,
            not_null={"id", "document_id"} & stored(table).keys(),
        )
        if table not in ("documents", "blocks"):
            db.table(table).create_index(["document_id"])
    db.table("blocks").create_index(["document_id", "block"], unique=True)
    db.table("documents").create_index(["number"])
    db.table("sources").create_index(["file"])
    db.table("sources").create_index(["sha256"])
    for table in fulltext.SEARCHED:
        for statement in fulltext.index(table):
            db.execute(statement)


@MIGRATIONS()
def m002_indicators(db: Database) -> None:
    """What the comparison of documents knows and has been told."""
    bring_columns(db)
    for table, columns_ in INDICATORS.items():
        db.table(table).create(columns_, pk="id")
    db.table("wordings").create_index(["indicator_id"])
    for table, column in (
        ("targets", "indicator_id"),
        ("commitments", "indicator_id"),
        ("quantities", "indicator_id"),
        ("documents", "programme_id"),
        ("legal_refs", "number"),
        ("legal_refs", "cited_document_id"),
    ):
        db.table(table).create_index([column])


@MIGRATIONS()
def m003_failures(db: Database) -> None:
    """Which files could not be read, and what a run was asked to do."""
    db.table("failures").create(FAILURE_COLUMNS, pk="id")
    if "arguments" not in db.table("runs").columns_dict:
        db.table("runs").add_column("arguments", str)


def version(db: Database) -> int:
    """The schema version of a database: 0 for an empty one, above VERSION for one that a later release made."""
    return max(int(db.execute("PRAGMA user_version").fetchone()[0]), len(MIGRATIONS.applied(db)))


def is_behind(db: Database) -> bool:
    """Whether tables or columns are missing, so that `bring_up_to_date` would change what is stored."""
    return version(db) < VERSION or any(_missing(db))


def bring_up_to_date(db: Database) -> None:
    """Apply what is pending: migrations, columns for fields that the model has gained, views whose definition changed.

    To be called inside a transaction; does not write where nothing is pending.
    """
    if version(db) < VERSION:
        MIGRATIONS.apply(db)
        db.execute(f"PRAGMA user_version = {VERSION:d}")
    bring_columns(db)
    for name, sql in VIEWS.items():
        db.create_view(name, sql, replace=True)


def bring_columns(db: Database) -> None:
    """Add the columns that tables lack."""
    for table, name, kind in _missing(db):
        db.table(table).add_column(name, _sqlite(kind))


def views_differ(db: Database) -> bool:
    """Whether a view of the database is missing or defined otherwise than here."""
    there = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'").fetchall())
    return any(not str(there.get(name, "")).endswith(sql) for name, sql in VIEWS.items())


def _missing(db: Database) -> list[tuple[str, str, type]]:
    out = []
    for table in TABLES:
        there = db.table(table).columns_dict
        out += [(table, name, kind) for name, kind in stored(table).items() if name not in there]
    return out


def _sqlite(kind: type) -> type:
    return int if kind is bool else str if kind is tuple else kind


# --- views ----------------------------------------------------------------------------------------------------------


def _citation(*more: str) -> str:
    """SQL for "Kế hoạch 141/KH-UBND, 07/6/2021" of document d, and `more` pieces; a piece that is null is left out."""
    name = "coalesce(nullif(trim(coalesce(d.kind, '') || ' ' || coalesce(d.number, '')), ''), d.title)"
    # Official style (Nghị định 30/2020/NĐ-CP, annex I): two digits for days, and for months only up to February.
    month = "CASE WHEN substr(d.issued_on, 6, 2) > '02' THEN ltrim(substr(d.issued_on, 6, 2), '0')"
    month += " ELSE substr(d.issued_on, 6, 2) END || '/' || substr(d.issued_on, 1, 4)"
    date = (
        f"CASE length(d.issued_on) WHEN 10 THEN substr(d.issued_on, 9, 2) || '/' || {month}"
        f" WHEN 7 THEN {month} ELSE d.issued_on END"
    )
    return "substr(" + " || ".join(f"coalesce(', ' || {piece}, '')" for piece in (name, date, *more)) + ", 3)"


def _view(table: str) -> str:
    own = ", ".join(f'r."{name}"' for name in stored(table) if name != "id")
    facts = ", ".join(f"d.{column} AS {name}" for name, column in FACTS.items())
    of = f"FROM {table} r JOIN documents d ON d.id = r.document_id"
    if "block" not in stored(table):
        return f"SELECT r.id, {_citation()} AS citation, {own}, {facts} {of}"
    # Where a document has one page, as each without pages of its own by convention, the page is not worth citing.
    paged = "r.page > 1 OR EXISTS (SELECT 1 FROM pages p WHERE p.document_id = d.id AND p.number > 1)"
    page = f"CASE WHEN {paged} THEN '{PAGE} ' || r.page END"
    citation = _citation("nullif(b.path, '')", page)
    return (
        f"SELECT r.id, {citation} AS citation, {own}, b.path AS block_path, {facts} {of}"
        " LEFT JOIN blocks b ON b.document_id = r.document_id AND b.block = r.block"
    )


def _document_view() -> str:
    own = ", ".join(f'd."{name}"' for name in stored("documents") if name not in ("id", "text", "content"))
    counts = ", ".join(f"(SELECT count(*) FROM {table} r WHERE r.document_id = d.id) AS {table}" for table in COUNTED)
    return (
        f"SELECT d.id, {_citation()} AS citation, {own}, length(d.text) AS characters, {counts},"
        " u.version, u.fingerprint FROM documents d LEFT JOIN runs u ON u.id = d.run_id"
    )


# Views for dashboards besides those of one table: column -> (type, SQL).  Of v_compare, t is the target, d its
# document, i the indicator, y the yardstick and yd its document.
# Outermost a CAST, which lets a query compare the column with a number written as text.
YEAR = "CAST(CASE WHEN t.period_to GLOB '[12][0-9][0-9][0-9]*' THEN substr(t.period_to, 1, 4) END AS INTEGER)"
COMPARED: dict[str, tuple[type, str]] = {
    "id": (str, "t.id"),
    "citation": (str, _citation("nullif(b.path, '')")),
    "indicator_id": (str, "t.indicator_id"),
    "indicator": (str, "i.name"),
    "better": (str, "i.better"),
    "programme_id": (str, "d.programme_id"),
    "programme": (str, "p.name"),
    "province": (str, "t.place"),
    "province_code": (str, "t.place_code"),
    "place_id": (str, "t.place_id"),
    "year": (int, YEAR),
    **{name: (str, f"t.{name}") for name in ("period_from", "period_to")},
    **{name: (date, f"t.{name}") for name in ("first_day", "last_day")},
    "comparator": (str, "t.comparator"),
    "low": (float, "t.low"),
    "high": (float, "t.high"),
    **{name: (str, f"t.{name}") for name in ("unit", "per", "change", "measure")},
    "comparable": (bool, "t.comparable"),
    **{name: (str, f"t.{name}") for name in ("comparable_why", "compared_to", "verdict", "yardstick_id")},
    "yardstick_comparator": (str, "y.comparator"),
    "yardstick_low": (float, "y.low"),
    "yardstick_high": (float, "y.high"),
    "yardstick_unit": (str, "y.unit"),
    "yardstick_document": (str, "coalesce(yd.number, yd.title)"),
    **{name: (str, f"t.{name}") for name in ("quote", "value_quote", "indicator_why")},
    "indicator_score": (float, "t.indicator_score"),
    "in_force_from": (date, "t.in_force_from"),
    "in_force_to": (date, "t.in_force_to"),
    "superseded_by": (str, "t.superseded_by"),
    "source_kind": (str, "d.source_kind"),
    "document_id": (str, "t.document_id"),
    "document_number": (str, "d.number"),
    "document_issued_on": (date, "d.issued_on"),
    "source_path": (str, "d.source_path"),
}
# Of v_actuals, q is the result, t the target of the same indicator, place and year, and rd the document of the result.
ACTUAL: dict[str, tuple[type, str]] = {
    "id": (str, "t.id || '.' || q.id"),
    "indicator_id": (str, "t.indicator_id"),
    "indicator": (str, "i.name"),
    "province": (str, "t.place"),
    "province_code": (str, "t.place_code"),
    "place_id": (str, "t.place_id"),
    "year": (int, YEAR),
    "target_id": (str, "t.id"),
    "target_comparator": (str, "t.comparator"),
    "target_low": (float, "t.low"),
    "target_high": (float, "t.high"),
    "target_unit": (str, "t.unit"),
    "target_quote": (str, "t.value_quote"),
    "target_citation": (str, _citation()),
    "result_id": (str, "q.id"),
    "result_low": (float, "q.low"),
    "result_high": (float, "q.high"),
    "result_unit": (str, "q.unit"),
    "result_quote": (str, "q.quote"),
    "estimated": (bool, "q.estimated"),
    "result_period": (str, "q.period_to"),
    "result_document": (str, "coalesce(rd.number, rd.title)"),
    "result_document_id": (str, "q.document_id"),
    "reached": (
        bool,
        "CASE WHEN q.unit IS NOT t.unit OR t.measure != 'level' THEN NULL WHEN i.better = 'up' THEN q.low >= t.low"
        " WHEN i.better = 'down' THEN q.low <= coalesce(t.high, t.low) END",
    ),
}


def _select(columns_: dict[str, tuple[type, str]]) -> str:
    return "SELECT " + ", ".join(f"{sql} AS {name}" for name, (_, sql) in columns_.items())


OWN = "t.holder = 'own' AND t.same_as IS NULL AND t.told_by IS NULL"  # what counts as the place's own, once
VIEWS = {
    f"v_{'all_' if table == 'deadlines' else ''}{table}": _document_view() if table == "documents" else _view(table)
    for table in model.VIEWED
} | {
    "v_deadlines": _view("deadlines") + " WHERE r.use = 'task'",
    "v_references": _view("legal_refs"),
    "v_compare": _select(COMPARED) + " FROM targets t JOIN documents d ON d.id = t.document_id"
    " JOIN indicators i ON i.id = t.indicator_id LEFT JOIN programmes p ON p.id = d.programme_id"
    " LEFT JOIN blocks b ON b.document_id = t.document_id AND b.block = t.block"
    " LEFT JOIN targets y ON y.id = t.yardstick_id LEFT JOIN documents yd ON yd.id = y.document_id"
    f" WHERE {OWN}",
    "v_actuals": _select(ACTUAL) + " FROM targets t JOIN documents d ON d.id = t.document_id"
    " JOIN indicators i ON i.id = t.indicator_id JOIN quantities q ON q.indicator_id = t.indicator_id"
    " AND q.place_id IS t.place_id AND substr(q.period_to, 1, 4) = substr(t.period_to, 1, 4)"
    f" JOIN documents rd ON rd.id = q.document_id WHERE {OWN} AND q.role = 'result'",
}
DASHBOARD = ("v_targets", "v_compare", "v_deadlines", "v_references", "v_agencies", "v_actuals", "v_documents")
"""The views that other programs build on; their columns keep their names."""


def view_of(table: str) -> str:
    """The view that shows all rows of a table of model.VIEWED."""
    return f"v_all_{table}" if table == "deadlines" else f"v_{table}"


def shown(view: str) -> dict[str, type]:
    """Every column of a view of DASHBOARD with its type, as `viewed`."""
    for columns_, name in ((COMPARED, "v_compare"), (ACTUAL, "v_actuals")):
        if view == name:
            return {column: kind for column, (kind, _) in columns_.items()}
    return viewed({"v_references": "legal_refs"}.get(view, view.removeprefix("v_")))
