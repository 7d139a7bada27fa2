"""What views and their columns mean, from columns.toml: for the data package, the pages of `serve`, and the docs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

from . import model, schema

PUBLISHED = (*schema.DASHBOARD, "indicators", "programmes")
"""The views and tables of the feed."""
BEHIND = {
    "v_targets": ("targets", "id"),
    "v_compare": ("targets", "id"),
    "v_deadlines": ("deadlines", "id"),
    "v_references": ("legal_refs", "id"),
    "v_agencies": ("agencies", "id"),
    "v_actuals": ("targets", "target_id"),
    "v_documents": ("documents", "id"),
}
"""The table whose rows each view of a document's records shows, and the column of the view that holds their id."""
SDMX = "sdmx"
"""What columns.toml calls the file of observations, which is neither."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a view.

    title     its short name, in Vietnamese
    en, vi    what it means, a sentence each
    values    the closed set of its values; empty where there is none
    unit      the column that holds its unit
    required  whether every row has it
    """

    name: str
    type: type
    title: str
    en: str
    vi: str
    values: tuple[str, ...] = ()
    unit: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A view or table of the feed; `show`, `facets` and `sort` are how its page begins."""

    name: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    show: tuple[str, ...] = ()
    facets: tuple[Any, ...] = ()
    sort: str | None = None


def kinds(name: str) -> dict[str, type]:
    """The columns of a view or table of the feed with their types, in order."""
    if name in schema.INDICATORS:
        return dict(schema.INDICATORS[name])
    if name == SDMX:
        numbers: dict[str, type] = {"VARIANT": int, "OBS_VALUE": float, "OBS_UPPER": float, "UNIT_MULT": int}
        return {column: numbers.get(column, str) for column in _file()["of"][SDMX]}
    return schema.shown(name)


@cache
def fields(name: str) -> tuple[Field, ...]:
    """Every column of a view or table of the feed; KeyError for a column that columns.toml does not describe."""
    own, shared, required = _file()["of"].get(name, {}), _file()["column"], _required(name)
    said = {column: own.get(column) or shared[column] for column in kinds(name)}
    return tuple(
        Field(
            column,
            kind,
            said[column]["title"],
            said[column]["en"],
            said[column]["vi"],
            tuple(said[column].get("values", ())),
            said[column].get("unit"),
            column in required,
        )
        for column, kind in kinds(name).items()
    )


@cache
def view(name: str) -> View:
    """What a row of a view or table of the feed is."""
    said = _file()["view"][name]
    return View(
        name,
        said["title"],
        said["about"],
        tuple(said.get("show", ())),
        tuple(said.get("facets", ())),
        said.get("sort"),
    )


def package() -> Mapping[str, Mapping[str, str]]:
    """Title, description and sources of the whole feed, each by language."""
    found: dict[str, dict[str, str]] = _file()["package"]
    return found


def both(texts: Mapping[str, str]) -> str:
    """A text in both languages, for files that are not in the language of the run."""
    return f"{texts['vi']} / {texts['en']}"


def table() -> str:
    """The columns of the feed as a table in Markdown, each meaning once."""
    rows: dict[tuple[str, str, str, str], list[str]] = {}
    for name in PUBLISHED:
        for each in fields(name):
            meaning = each.en + (f" One of {' '.join(each.values)}." if each.values else "")
            rows.setdefault((each.name, TYPES[each.type], each.title, meaning), []).append(name)
    lines = ["| column | type | Vietnamese | in | meaning |", "|---|---|---|---|---|"]
    for (column, kind, title, meaning), names in sorted(rows.items(), key=lambda row: row[0]):
        where = "all" if len(names) == len(PUBLISHED) else ", ".join(name.removeprefix("v_") for name in names)
        lines.append(f"| `{column}` | {kind} | {title} | {where} | {meaning} |")
    return "\n".join(lines)


TYPES = {str: "text", int: "whole number", float: "number", bool: "0 or 1", tuple: "list", date: "day"}


def _required(name: str) -> frozenset[str]:
    """The columns that are never empty: those that columns.toml lists, or the fields that cannot be None."""
    listed = _file()["view"][name].get("required")
    if listed:
        return frozenset(listed)
    hints = get_type_hints(model.row_type(BEHIND[name][0]))
    certain = {name.rstrip("_") for name, hint in hints.items() if type(None) not in get_args(hint)}
    return frozenset(kinds(name).keys() & (certain | {"id", "document_id"}))


@cache
def _file() -> Any:
    return tomllib.loads(Path(__file__).with_name("columns.toml").read_text("utf-8"))
