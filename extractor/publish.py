"""The feed as files: the views for dashboards as CSV and Parquet, with a description that programs read.

    v_targets.csv v_targets.parquet …   the views of schema.DASHBOARD, the tables indicators and programmes
    sdmx.csv                            the targets as observations
    datapackage.json                    what they hold: a Frictionless data package

The same database gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from errno import EISDIR
from importlib.metadata import version
from importlib.util import find_spec
from os import strerror
from pathlib import Path
from typing import Any

from . import columns, schema, sdmx
from .errors import MuctieuError
from .export import Row, Table, day, write_csv, write_parquet
from .messages import say
from .rulebook import Rulebook
from .store import Store

NAME = "muctieu"
DESCRIPTION = "datapackage.json"
LICENCE = {
    "name": "Apache-2.0",
    "path": "https://www.apache.org/licenses/LICENSE-2.0",
    "title": "Apache License 2.0",
}
FILES = (
    *(f"{name}.{form}" for name in columns.PUBLISHED for form in ("csv", "parquet")),
    f"{columns.SDMX}.csv",
    DESCRIPTION,
)
"""Every name that a publication may use; files of other names are not touched."""

TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", tuple: "array", date: "date"}
DAY = r"\d{4}(-\d{2}(-\d{2})?)?"  # as much of a date as was told
# Or a month or day of each year, which has an apostrophe before it in every .csv of ours: see safe.cell.
PERIOD = rf"{DAY}|'-(-\d{{2}}){{1,2}}"
PERIODS = ("period_from", "period_to", "result_period", "baseline")
# Which columns hold the key of which table; "sdmx" spells them its own way.
KEYS = {
    **dict.fromkeys(("document_id", "superseded_by", "cited_document_id", "result_document_id"), "v_documents"),
    **dict.fromkeys(("target_id", "yardstick_id", "compared_to", "same_as", "told_by", "TARGET"), "v_targets"),
    **dict.fromkeys(("indicator_id", "INDICATOR"), "indicators"),
    "programme_id": "programmes",
    "DOCUMENT": "v_documents",
}
PRIMARY = {columns.SDMX: ["REF_AREA", "INDICATOR", "DOCUMENT", "VARIANT", "TIME_PERIOD"]}


@dataclass
class Seen:
    """What was seen of a table while it was written: how many rows, the ids, which columns of days hold less than a
    full date, and the keys of other tables."""

    rows: int = 0
    ids: set[str] = field(default_factory=set)
    partial: set[str] = field(default_factory=set)
    keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def publish(store: Store, folder: Path, book: Rulebook, *, parquet: bool = True) -> dict[str, int]:
    """Write the feed of a database to a folder, which is made where need be; the number of rows by table.

    Every file is written beside its name and moved when all are there, the description last.  Files of an earlier
    publication that this one does not write are removed; what else is in the folder stays.

    Raises MuctieuError where pyarrow is wanted and missing, before anything is written, and OSError for a folder that
    cannot be written.
    """
    if parquet and find_spec("pyarrow") is None:
        raise MuctieuError(say("publish.no_pyarrow"))
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, Path] = {}
    try:
        with store.reading():
            seen = _write_tables(store, folder, book, parts, parquet=parquet)
            told = _package(store, seen, parts)
        parts[DESCRIPTION] = _part(folder, DESCRIPTION)
        parts[DESCRIPTION].write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
        for name in parts:
            if (folder / name).is_dir():  # before the first is moved, so that all are or none
                raise IsADirectoryError(EISDIR, strerror(EISDIR), str(folder / name))
        stale = _earlier(folder) - parts.keys()
        for name, part in parts.items():
            part.replace(folder / name)
        for name in stale:
            (folder / name).unlink(missing_ok=True)
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink()
    return {name: each.rows for name, each in seen.items()}


def rows(store: Store, name: str) -> Iterator[Row]:
    """The rows of a view or table of the feed in the order of the documents' dates and then of the text; of tables by
    their id."""
    kinds = columns.kinds(name)
    if name in schema.INDICATORS:
        for row in store.rows(f"SELECT * FROM {name} ORDER BY id"):
            yield schema.typed_as(kinds, row)
        return
    table, key = columns.BEHIND[name]
    owner = "id" if table == "documents" else "document_id"
    # By rowid, as the records of a document are stored in the order of its text.
    sql = f"SELECT v.* FROM {table} r JOIN {name} v ON v.{key} = r.id WHERE r.{owner} = ? ORDER BY r.rowid, v.id"
    order = "SELECT id FROM documents ORDER BY issued_on IS NULL, issued_on, number, id"
    for document in store.rows(order):
        for row in store.rows(sql, document["id"]):
            yield schema.typed_as(kinds, row)


def _write_tables(
    store: Store, folder: Path, book: Rulebook, parts: dict[str, Path], *, parquet: bool
) -> dict[str, Seen]:
    seen: dict[str, Seen] = {}
    for name in (*columns.PUBLISHED, columns.SDMX):
        kinds = columns.kinds(name)
        seen[name] = Seen()

        def found(name: str = name) -> Iterator[Row]:
            return rows(store, name) if name != columns.SDMX else sdmx.observations(rows(store, "v_compare"), book)

        # Without a byte order mark: it is for programs, and `muctieu export` writes for people.
        parts[f"{name}.csv"] = part = _part(folder, f"{name}.csv")
        with part.open("w", encoding="utf-8", newline="") as out:
            write_csv(out, Table(name, kinds, _watched(found(), kinds, seen[name])))
        if parquet and name != columns.SDMX:
            known = {column: str if column in seen[name].partial else kind for column, kind in kinds.items()}
            parts[f"{name}.parquet"] = part = _part(folder, f"{name}.parquet")
            with part.open("w", encoding="utf-8") as out:
                write_parquet(out, Table(name, known, found()))
    return seen


def _watched(found: Iterable[Row], kinds: Mapping[str, type], seen: Seen) -> Iterator[Row]:
    days = [name for name, kind in kinds.items() if kind is date]
    keys = [name for name in kinds if name in KEYS]
    for row in found:
        seen.rows += 1
        if "id" in row:
            seen.ids.add(row["id"])
        seen.partial.update(name for name in days if row[name] is not None and day(row[name]) is None)
        for name in keys:
            if row[name] is not None:
                seen.keys[name].add(row[name])
        yield row


def _part(folder: Path, name: str) -> Path:
    return folder / f"{name}.part"


def _earlier(folder: Path) -> set[str]:
    """The names of an earlier publication in a folder."""
    try:
        told = json.loads((folder / DESCRIPTION).read_text("utf-8"))
        ours = told["name"] == NAME
        listed = [file["path"] for each in told["resources"] for file in (each, *each.get("alternatives", ()))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()
    return set(listed) & set(FILES) if ours else set()


# --- the description ------------------------------------------------------------------------------------------------


def _package(store: Store, seen: Mapping[str, Seen], parts: Mapping[str, Path]) -> dict[str, Any]:
    about = columns.package()
    resources = [_resource(name, seen, parts) for name in seen]
    content = hashlib.sha256("".join(each["hash"] for each in resources).encode()).hexdigest()
    read = store.rows(
        "SELECT version, fingerprint AS rulebook, count(*) AS documents FROM v_documents GROUP BY 1, 2 ORDER BY 1, 2"
    )
    # Of the runs that documents came from, not of the last one: a run that changed nothing changes nothing here.
    (made,) = store.rows("SELECT max(u.started_at) AS at FROM documents d JOIN runs u ON u.id = d.run_id")
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "profile": "tabular-data-package",
        "name": NAME,
        "title": columns.both(about["title"]),
        "description": columns.both(about["about"]),
        "version": f"{version(NAME)}+{content[:12]}",
        **({"created": made["at"]} if made["at"] else {}),
        "licenses": [LICENCE],
        "sources": [{"title": columns.both(about["sources"]), "path": "v_documents.csv"}],
        "program": {"name": NAME, "version": version(NAME)},
        "rulebook": read,
        "resources": resources,
    }


def _resource(name: str, seen: Mapping[str, Seen], parts: Mapping[str, Path]) -> dict[str, Any]:
    said = columns.view(name)
    parquet = f"{name}.parquet"
    return {
        "name": name,
        "profile": "tabular-data-resource",
        "title": columns.both(said.title),
        "description": columns.both(said.about),
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **_weight(parts[f"{name}.csv"]),
        **(
            {
                "alternatives": [
                    {
                        "path": parquet,
                        "format": "parquet",
                        "mediatype": "application/vnd.apache.parquet",
                        **_weight(parts[parquet]),
                    }
                ]
            }
            if parquet in parts
            else {}
        ),
        "schema": {
            "fields": [_field(each, seen[name]) for each in columns.fields(name)],
            "missingValues": [""],
            "primaryKey": PRIMARY.get(name, ["id"]),
            "foreignKeys": _foreign(name, seen),
        },
    }


def _weight(file: Path) -> dict[str, Any]:
    with file.open("rb") as data:
        return {"bytes": file.stat().st_size, "hash": f"sha256:{hashlib.file_digest(data, 'sha256').hexdigest()}"}


def _field(each: columns.Field, seen: Seen) -> dict[str, Any]:
    if each.name in seen.partial:
        each = replace(each, type=str)
    constraints: dict[str, Any] = {}
    if each.required:
        constraints["required"] = True
    if each.name == "id":
        constraints["unique"] = True
    if each.values:
        constraints["enum"] = list(each.values)
    if each.name in PERIODS or each.name in seen.partial:
        constraints["pattern"] = PERIOD if each.name in PERIODS else DAY
    return {
        "name": each.name,
        "type": TYPES[each.type],
        "format": "default",
        "title": each.title,
        "description": columns.both({"en": each.en, "vi": each.vi}),
        **({"unitColumn": each.unit} if each.unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }


def _foreign(name: str, seen: Mapping[str, Seen]) -> list[dict[str, Any]]:
    """The keys of other tables of the package, those that are all there: a document may replace one never stored."""
    return [
        {"fields": [column], "reference": {"resource": "" if table == name else table, "fields": ["id"]}}
        for column, table in KEYS.items()
        if column in columns.kinds(name) and seen[name].keys.get(column, set()) <= seen[table].ids
    ]
