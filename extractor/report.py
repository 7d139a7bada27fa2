"""The workbook for people: a sheet each for targets, commitments, deadlines, bodies, cited documents and documents,
and notes on how to read them.

What a sheet shows is chosen for reading; ids are in a hidden column, and all columns are in the tables of `export`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any, TextIO

from .display import SIGNS, date, measured, name_of, period
from .export import day
from .fulltext import plain
from .listing import Filter, by_place, rows
from .messages import say
from .sheets import Book, Column, book
from .store import Store

Row = dict[str, Any]
Columns = Sequence[tuple[str, int, str]]
"""(heading in messages.toml, width in characters, "" or how it is shown: wrapped, hidden)."""

USES = ("task", "target", "effective", "result", "name")  # what a reader looks for first
ROLES = ("issuer", "lead", "support", "recipient")
COUNTED = ("targets", "commitments", "deadlines", "agencies", "legal_refs", "problems")
CITING = 4  # documents named beside a cited one
CODE = re.compile(r"VN-(\d\d)")  # the province in the id of a body
WRAPPED, HIDDEN = "wrapped", "hidden"


def write_report(out: TextIO, store: Store, wanted: Filter) -> None:
    """The report of what fits a filter, in the language in use."""
    with book(out.buffer, say("report.title"), as_of=store.as_of()) as xlsx:
        names = Names(store)
        counts = {}
        for table, (columns, made) in SHEETS.items():
            lines = list(made(rows(store, table, wanted), names))
            counts[table] = len(lines)
            xlsx.sheet(say(f"sheet.{table}"), [_column(*column) for column in columns], lines)
        xlsx.sheet(
            say("sheet.notes"),
            [Column(say("heading.about"), 30, wrapped=True), Column(say("heading.note"), 110, wrapped=True)],
            _notes(store, wanted, counts, xlsx),
        )


class Names:
    """What bodies and stored documents are called, over the whole database.

    bodies     agency_id -> the fullest name that a document gives it
    provinces  code -> name
    files      document_id -> paths
    titles     document_id -> title
    """

    def __init__(self, store: Store) -> None:
        # The longest that is given more than once, where there is one: the last of them stays.
        given = "SELECT agency_id, name FROM agencies GROUP BY 1, 2 ORDER BY count(*) > 1, length(name), name"
        self.bodies = {row["agency_id"]: row["name"] for row in store.rows(given)}
        documents = store.rows("SELECT id, title, province, province_code FROM documents")
        self.provinces = {row["province_code"]: row["province"] for row in documents}
        self.titles = {row["id"]: row["title"] for row in documents}
        self.files: dict[str, list[str]] = defaultdict(list)
        for row in store.rows("SELECT document_id, path FROM sources ORDER BY rowid"):
            self.files[row["document_id"]].append(row["path"])

    def all_of(self, agency_ids: Iterable[str]) -> str:
        """The names of bodies in a cell."""
        return "; ".join(self.bodies.get(each, each) for each in agency_ids)

    def province_of(self, agency_id: str) -> str | None:
        """The province that a body belongs to, where a document of it is stored."""
        code = CODE.match(agency_id)
        return self.provinces.get(code[1]) if code else None


# --- sheets ---------------------------------------------------------------------------------------------------------

TARGETS: Columns = (
    ("place", 14, WRAPPED),
    ("indicator", 42, WRAPPED),
    ("sign", 6, WRAPPED),
    ("low", 11, ""),
    ("high", 11, ""),
    ("unit", 13, WRAPPED),
    ("per", 9, WRAPPED),
    ("direction", 10, WRAPPED),
    ("period", 12, WRAPPED),
    ("last_day", 11, ""),
    ("baseline", 9, WRAPPED),
    ("lead", 20, WRAPPED),
    ("remark", 9, WRAPPED),
    ("citation", 26, WRAPPED),
    ("quote", 42, WRAPPED),
    ("id", 18, HIDDEN),
)


def _targets(found: Iterable[Row], names: Names) -> Iterator[list[Any]]:
    for r in sorted(found, key=by_place):
        remarks = [say("report.quoted")] if r["holder"] == "quoted" else []
        remarks += [say("report.again")] if r["same_as"] else []
        direction = "rank" if r["measure"] == "rank" else f"{r['measure']}_{r['change'] or 'any'}"
        yield [
            r["place"],
            measured(r),
            _sign(r["comparator"]),
            r["low"],
            r["high"],
            r["unit"],
            r["per"],
            say(f"direction.{direction}"),
            period(r["period_from"], r["period_to"]),
            _day(r["last_day"]),
            date(r["baseline"]) if r["baseline"] else None,
            names.all_of(r["lead"]),
            ", ".join(remarks),
            r["citation"],
            r["quote"],
            r["id"],
        ]


COMMITMENTS: Columns = (
    ("province", 16, WRAPPED),
    ("quote", 90, WRAPPED),
    ("period", 14, WRAPPED),
    ("last_day", 11, ""),
    ("citation", 40, WRAPPED),
    ("id", 18, HIDDEN),
)


def _commitments(found: Iterable[Row], names: Names) -> Iterator[list[Any]]:
    for r in found:
        when = period(r["period_from"], r["period_to"])
        yield [r["province"], r["quote"], when, _day(r["last_day"]), r["citation"], r["id"]]


DEADLINES: Columns = (
    ("use", 12, WRAPPED),
    ("last_day", 11, ""),
    ("when", 24, WRAPPED),
    ("period", 16, WRAPPED),
    ("action", 56, WRAPPED),
    ("lead", 30, WRAPPED),
    ("support", 30, WRAPPED),
    ("province", 14, WRAPPED),
    ("citation", 32, WRAPPED),
    ("id", 18, HIDDEN),
)


def _deadlines(found: Iterable[Row], names: Names) -> Iterator[list[Any]]:
    for r in sorted(found, key=lambda r: (USES.index(r["use"]), r["last_day"] is None, r["last_day"])):
        yield [
            say(f"use.{r['use']}"),
            _day(r["last_day"]),
            r["quote"],
            period(r["period_from"], r["period_to"]) or say(f"deadline_kind.{r['kind']}"),
            r["action"],
            names.all_of(r["lead"]),
            names.all_of(r["support"]),
            r["province"],
            r["citation"],
            r["id"],
        ]


AGENCIES: Columns = (
    ("body", 66, WRAPPED),
    ("province", 18, WRAPPED),
    ("level", 13, WRAPPED),
    ("mentions", 12, ""),
    ("documents", 12, ""),
    ("as_issuer", 13, ""),
    ("as_lead", 12, ""),
    ("as_support", 12, ""),
    ("as_recipient", 13, ""),
    ("id", 30, HIDDEN),
)


@dataclass(slots=True)
class Body:
    """What is said of a body over many documents."""

    mentions: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    documents: set[str] = field(default_factory=set)


def _agencies(found: Iterable[Row], names: Names) -> Iterator[list[Any]]:
    bodies: dict[str, Body] = defaultdict(Body)
    for r in found:
        body = bodies[r["agency_id"]]
        body.mentions += 1
        body.levels[r["level"]] += 1
        body.roles[r["role"]] += 1
        body.documents.add(r["document_id"])
    for key, body in sorted(bodies.items(), key=lambda each: (-each[1].mentions, each[0])):
        level = body.levels.most_common(1)[0][0]
        roles = [body.roles[role] or None for role in ROLES]
        yield [
            names.bodies[key],
            names.province_of(key),
            say(f"level.{level}"),
            body.mentions,
            len(body.documents),
            *roles,
            key,
        ]


LEGAL_REFS: Columns = (
    ("kind", 16, WRAPPED),
    ("number", 22, WRAPPED),
    ("issued_on", 11, ""),
    ("issuer", 28, WRAPPED),
    ("title", 50, WRAPPED),
    ("mentions", 11, ""),
    ("documents", 11, ""),
    ("relations", 26, WRAPPED),
    ("cited_by", 42, WRAPPED),
    ("stored", 10, WRAPPED),
    ("id", 30, HIDDEN),
)


def _legal_refs(found: Iterable[Row], names: Names) -> Iterator[list[Any]]:
    """A row a cited document; what points into the document itself cites none."""
    cited: dict[str, list[Row]] = defaultdict(list)
    for r in found:
        key = r["cited_id"] or r["number"] or r["title"]
        if key and key != r["document_id"]:
            cited[plain(key)].append(r)
    groups = [(_documents(group), group) for group in cited.values()]
    for citing, group in sorted(groups, key=lambda each: (-len(each[0]), -len(each[1]))):
        relations = Counter(r["relation"] for r in group if r["relation"])
        key = group[0]["cited_id"]
        shown = "\n".join(citing[:CITING])
        yield [
            _usual(group, "kind"),
            _usual(group, "number"),
            _day(_usual(group, "issued_on")),
            _usual(group, "issuer"),
            names.titles.get(key) or _usual(group, "title"),
            len(group),
            len(citing),
            ", ".join(f"{relation} ({count})" for relation, count in relations.most_common()),
            shown if len(citing) <= CITING else say("report.and_more", shown=shown, more=len(citing) - CITING),
            say("report.yes") if key in names.titles else None,
            key,
        ]


def _documents(group: Iterable[Row]) -> list[str]:
    """The documents of records, as people cite them."""
    return list({r["document_id"]: _document(r) for r in group}.values())


def _document(record: Row) -> str:
    facts = {key: record[f"document_{key}"] for key in ("id", "kind", "number", "title", "issued_on")}
    return name_of({**facts, "source_path": record["source_path"]})


def _usual(group: Iterable[Row], key: str) -> Any:
    """The value that most records of a group have."""
    counted = Counter(r[key] for r in group if r[key] is not None)
    return counted.most_common(1)[0][0] if counted else None


DOCUMENTS: Columns = (
    ("kind", 14, WRAPPED),
    ("number", 20, WRAPPED),
    ("issued_on", 11, ""),
    ("title", 60, WRAPPED),
    ("issuer", 28, WRAPPED),
    ("province", 14, WRAPPED),
    ("effective_on", 12, ""),
    ("period", 12, WRAPPED),
    *((name, 11, "") for name in COUNTED),
    ("files", 40, WRAPPED),
    ("id", 30, HIDDEN),
)


def _documents_read(found: Iterable[Row], names: Names) -> Iterator[list[Any]]:
    for r in found:
        yield [
            r["kind"],
            r["number"],
            _day(r["issued_on"]),
            r["title"],
            r["issuer"],
            r["province"],
            _day(r["effective_on"]),
            period(r["period_from"], r["period_to"]),
            *(r[name] for name in COUNTED),
            "\n".join(names.files[r["id"]]),
            r["id"],
        ]


SHEETS: dict[str, tuple[Columns, Callable[[Iterable[Row], Names], Iterator[list[Any]]]]] = {
    "targets": (TARGETS, _targets),
    "commitments": (COMMITMENTS, _commitments),
    "deadlines": (DEADLINES, _deadlines),
    "agencies": (AGENCIES, _agencies),
    "legal_refs": (LEGAL_REFS, _legal_refs),
    "documents": (DOCUMENTS, _documents_read),
}


def _column(heading: str, width: int, look: str) -> Column:
    return Column(say(f"heading.{heading}"), width, wrapped=look == WRAPPED, hidden=look == HIDDEN)


def _sign(comparator: str) -> str:
    return {"eq": "=", "range": "–"}.get(comparator) or SIGNS[comparator].strip()


def _day(text: str | None) -> Any:
    """A real date where the text is a full one, else as people write it."""
    return (day(text) or date(text)) if text else None


# --- notes ----------------------------------------------------------------------------------------------------------


def _notes(store: Store, wanted: Filter, counts: dict[str, int], xlsx: Book) -> Iterator[tuple[str, str]]:
    """Subject and note, a row each."""
    yield say("note.what"), say("note.what_text", documents=counts["documents"])
    filters = {name: value for name, value in asdict(wanted).items() if name != "fresh"}
    said = [say(f"filter.{name}", value=value) for name, value in filters.items() if value is not None]
    yield say("note.filters"), "; ".join(said) or say("note.no_filters")
    yield say("note.as_of"), date((store.as_of() or "")[:10])
    yield say("note.made_with"), say("note.version", version=version("muctieu"))
    for row in store.rows("SELECT version, fingerprint, count(*) AS count FROM v_documents GROUP BY 1, 2 ORDER BY 3"):
        told = say("note.rules_text", version=row["version"], fingerprint=row["fingerprint"], count=row["count"])
        yield say("note.rules"), told
    for table, count in counts.items():
        yield say("note.rows"), f"{say(f'sheet.{table}')}: {count}"
    for comparator in SIGNS:
        yield say("note.sign"), f"{_sign(comparator)}  {say(f'comparator.{comparator}')}"
    for heading in EXPLAINED:
        yield say(f"heading.{heading}"), say(f"meaning.{heading}")
    yield say("note.more"), say("note.more_text")
    for cell in xlsx.cut:
        yield say("note.cut"), cell


EXPLAINED = (
    "place", "indicator", "low", "high", "per", "direction", "period", "last_day", "baseline", "lead", "remark",
    "citation", "use", "when", "mentions", "documents", "as_lead", "relations", "cited_by", "stored",
)  # fmt: skip
