"""Questions across documents and provinces: who sets which target for an indicator, by when, and how it compares.

    matrix = compare(store, book, Question(programme="cong-tac-xa-hoi-2021-2030"))
    matrix.cells[indicator_id, column_id].entries[0].verdict

A cell says one of five things: a value, a goal without a number, a document without this target, no document stored, a
document that could not be read whole.  Nothing is copied, averaged or guessed from one place to another.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

from rapidfuzz import fuzz

from . import places, programmes
from .alignment import Rulings, better_of, kin_of, standard_of
from .definitions import scale
from .errors import MuctieuError
from .fulltext import nearest, plain
from .messages import say
from .resolve import NATION, is_central
from .rulebook import Rulebook
from .standing import COLUMNS, in_force, is_allotted, is_national, stand
from .store import Store

Row = dict[str, Any]

VALUE, QUALITATIVE, WITHOUT, NO_DOCUMENT, UNREADABLE = "value", "qualitative", "without", "no document", "unreadable"
KINDS = (VALUE, QUALITATIVE, WITHOUT, NO_DOCUMENT, UNREADABLE)
"""What a cell can say."""
OFFICIAL, NEWS, ALLOTTED, QUOTED = "official", "news", "allotted", "quoted"
MARKS = (OFFICIAL, NEWS, ALLOTTED, QUOTED)
"""Where a value is from: the province's own text, an article, a national text for the province, another's words."""
UNREAD = "not read%"  # how a Problem begins that stands for pages that were not read


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be compared; None or empty: all of it.

    programme   id of a programme, its documents with those of the programmes before and after it
    words       words of targets, indicators or documents
    indicators  ids
    provinces   ids of places
    system      places.STATED or places.TODAY
    year        the year by which a target is set to be reached
    day         ISO day on which targets are in force; None: after all that is stored has taken effect
    every       all provinces, those without a document too
    """

    programme: str | None = None
    words: str | None = None
    indicators: tuple[str, ...] = ()
    provinces: frozenset[str] = frozenset()
    system: str = places.STATED
    year: int | None = None
    day: str | None = None
    every: bool = False

    def asks(self, entry: Entry) -> bool:
        """Whether a target is of the year asked for."""
        return self.year is None or entry.year == self.year


@dataclass(frozen=True, slots=True)
class Entry:
    """One target in a cell.

    target     its row, with facts of its document (`kind`, `number`, `title`, `issued_on`, `source_path`)
    place      the province as the document states it
    mark       one of MARKS
    verdict    against `yardstick`: one of definitions.VERDICTS; None where it is not ranked
    comparable whether its definition is that of `compared_to`, and why not
    since      date of the first document that set this value
    again      ids of targets of other documents that set the same
    """

    target: Row
    place: str
    mark: str
    verdict: str | None
    comparable: bool
    why: str | None
    yardstick: Row | None
    since: str | None
    again: tuple[str, ...] = ()

    @property
    def year(self) -> int | None:
        """The year by which it is to be reached."""
        to = self.target["period_to"]
        return int(to[:4]) if to and to[:4].isdigit() else None


@dataclass(frozen=True, slots=True)
class Cell:
    """What one province says of one indicator: `entries` of the year asked for (or of all), `beside` those of others,
    `quote` a goal without a number, `documents` the ids of the documents in which nothing was found."""

    kind: str
    entries: tuple[Entry, ...] = ()
    beside: tuple[Entry, ...] = ()
    quote: str | None = None
    documents: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[Entry, ...]:
        """Its entries, those of the year asked for first."""
        return (*self.entries, *self.beside)


@dataclass(frozen=True, slots=True)
class Column:
    """A province, or the whole country (`id` is NATION); `when` tells those of one name apart, "– 2025-06-30"."""

    id: str
    name: str
    code: str | None
    when: str = ""

    @property
    def label(self) -> str:
        """Its name, with the days between which it was that where another one has the name too."""
        return f"{self.name} ({self.when})" if self.when else self.name


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator."""

    id: str
    name: str
    better: str | None
    better_why: str | None
    unit: str | None
    programme_id: str | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Indicators by provinces; every pair has a cell."""

    question: Question
    lines: tuple[Line, ...]
    columns: tuple[Column, ...]
    cells: Mapping[tuple[str, str], Cell]
    documents: Mapping[str, Row]
    programme: str | None = None  # the name of the one asked for

    def entries(self) -> Iterator[tuple[Line, Column, Entry]]:
        """Every entry of the year asked for, line by line."""
        for line in self.lines:
            for column in self.columns:
                for entry in self.cells[line.id, column.id].entries:
                    yield line, column, entry

    @property
    def beside(self) -> int:
        """How many entries are of other years than the one asked for, or of none."""
        return sum(len(cell.beside) for cell in self.cells.values())


def compare(store: Store, book: Rulebook, question: Question) -> Matrix:
    """The matrix that answers a question.

    Raises MuctieuError where nothing is stored, nothing fits, or no target is set for the year.
    """
    documents = {row["id"]: row for row in store.rows(DOCUMENTS)}
    if not documents:
        raise MuctieuError(say("compare.empty", db=store.path))
    picked = _documents(store, book, question, documents)
    if question.programme and not picked:
        known = programmes.programmes(book).get(question.programme)
        raise MuctieuError(say("compare.no_document", programme=known.name if known else question.programme))
    rows = _targets(store, book, question, picked, documents)
    lines = _lines(store, book, rows)
    if not lines:
        raise MuctieuError(say("compare.nothing"))
    stands = _standings(store, book, question, rows, lines)
    entries = _entries(book, rows, stands, question)
    if not entries and question.day:
        begins = min((row["in_force_from"] for row in rows if row["in_force_from"]), default="-")
        raise MuctieuError(say("compare.not_yet", day=question.day, first=begins))
    columns = _columns(book, question, entries, [documents[each] for each in picked])
    goals = _goals(store, picked)
    unread = {row["id"] for row in store.rows("SELECT document_id AS id FROM problems WHERE what LIKE ?", UNREAD)}
    cells = _cells(book, question, lines, columns, entries, goals, documents, picked, unread)
    named = store.rows("SELECT name FROM programmes WHERE id = ?", question.programme)
    matrix = Matrix(question, lines, columns, cells, documents, named[0]["name"] if named else None)
    if question.year is not None and not any(cell.entries for cell in cells.values()):
        years = sorted({str(e.year) for cell in cells.values() for e in cell.beside if e.year})
        raise MuctieuError(say("compare.no_year", year=question.year, known=", ".join(years) or "-"))
    return matrix


DOCUMENTS = (
    "SELECT id, kind, number, title, source_kind, issuer, issuer_id, province, province_code, place_id, issued_on,"
    " effective_on, programme_id, parent_id, source_path FROM documents ORDER BY issued_on IS NULL, issued_on, id"
)


def find_indicator(store: Store, wanted: str) -> list[str]:
    """The ids of the indicators that a user means: an id, or words of its name.

    Raises MuctieuError, with the nearest names, where none fits.
    """
    rows = store.rows("SELECT id, name FROM indicators")
    names = {row["id"]: row["name"] for row in rows}
    if wanted in names:
        return [wanted]
    found = with_words(rows, wanted)
    if found:
        return [row["id"] for row in found]
    near = nearest(wanted, {name: f"{name} ({each})" for each, name in names.items()})
    raise MuctieuError(say("compare.no_indicator", wanted=wanted, near="; ".join(near) or "-"))


def with_words(indicators: Iterable[Row], words: str) -> list[Row]:
    """The indicators that have all those words in name or id."""
    wanted = plain(words).split()
    return [row for row in indicators if all(word in f"{plain(row['name'])} {row['id']}" for word in wanted)]


def find_programme(store: Store, book: Rulebook, wanted: str) -> str:
    """The id of the programme that a user means; see programmes.find."""
    stored = store.rows(
        "SELECT d.programme_id AS id, min(p.title) AS title, min(p.number) AS number FROM documents d"
        " LEFT JOIN documents p ON p.id = d.programme_id WHERE d.programme_id IS NOT NULL GROUP BY 1"
    )
    known = programmes.programmes(book)
    names = {
        row["id"]: known[row["id"]].name if row["id"] in known else f"{row['title'] or row['id']} {row['number'] or ''}"
        for row in stored
    }
    return programmes.find(wanted, names, book)


# --- what is asked about --------------------------------------------------------------------------------------------


def _documents(store: Store, book: Rulebook, question: Question, documents: Mapping[str, Row]) -> list[str]:
    """The documents that a question is about."""
    documents = {each: row for each, row in documents.items() if _begun(row, question.day)}
    if question.programme:
        kin = programmes.lineage(question.programme, book)
        return [each for each, row in documents.items() if row["programme_id"] in kin]
    if question.words:
        found = set(_matching(store, question.words, "documents"))
        named = _named_programmes(book, question.words, documents)
        return [each for each, row in documents.items() if each in found or row["programme_id"] in named]
    return list(documents)


def _begun(document: Row, day: str | None) -> bool:
    """Whether a document has taken effect on a day; one without a date counts."""
    start = document["effective_on"] or document["issued_on"]
    return day is None or start is None or start <= day


def _matching(store: Store, words: str, table: str) -> list[str]:
    """What holds words as one phrase; near each other, where nothing holds the phrase."""
    phrase = '"' + words.replace('"', " ") + '"'
    found = list(store.matching(phrase, table))
    if found and not words.isascii():
        # The index knows no accents; words that are typed with them mean what they say.
        column = "text" if table == "documents" else "quote"
        texts = store.rows(
            f"SELECT id, {column} AS text FROM {table} WHERE id IN (SELECT value FROM json_each(?))", json.dumps(found)
        )
        exact = [row["id"] for row in texts if words.lower() in " ".join((row["text"] or "").lower().split())]
        found = exact or found
    return found or list(store.matching(words, table))


def _named_programmes(book: Rulebook, words: str, documents: Mapping[str, Row]) -> set[str]:
    """The programmes that have those words in their name, or in the title of the document that set them up."""
    known, wanted = programmes.programmes(book), plain(words)
    named = {each for each, programme in known.items() if wanted in plain(programme.name)}
    return named | {each for each, row in documents.items() if wanted in plain(row["title"] or "")}


def _targets(
    store: Store, book: Rulebook, question: Question, picked: Sequence[str], documents: Mapping[str, Row]
) -> list[Row]:
    """The targets that a question is about: all targets of the indicators that its words or documents set."""
    if question.indicators:
        ids = list(question.indicators)
    elif question.programme:
        return _read(store, documents, "document_id", list(picked))
    elif question.words:
        hits = json.dumps(_matching(store, question.words, "targets"))
        found = store.rows(
            "SELECT DISTINCT indicator_id AS id FROM targets WHERE id IN (SELECT value FROM json_each(?))", hits
        )
        words = " ".join(plain(question.words).split())
        ids = [row["id"] for row in found if row["id"]]
        ids += [row["id"] for row in store.rows("SELECT id, name FROM indicators") if words in plain(row["name"])]
        named = _named_programmes(book, question.words, documents)
        told = store.rows(
            "SELECT DISTINCT indicator_id AS id FROM targets t JOIN documents d ON d.id = t.document_id"
            " WHERE indicator_id IS NOT NULL AND d.programme_id IN (SELECT value FROM json_each(?))",
            json.dumps(sorted(named)),
        )
        ids += [row["id"] for row in told]
    else:
        return _read(store, documents)
    return _read(store, documents, "indicator_id", ids)


def _read(
    store: Store, documents: Mapping[str, Row], column: str | None = None, values: Sequence[str] = ()
) -> list[Row]:
    """The targets that have an indicator, and one of the values in a column, with facts of their documents, in the
    order of these and of the text."""
    own = [name.strip().removeprefix("t.") for name in COLUMNS.split(",") if name.strip().startswith("t.")]
    among = f" AND {column} IN (SELECT value FROM json_each(?))" if column else ""
    rows = store.rows(
        f"SELECT {', '.join((*own, *MORE))} FROM targets WHERE indicator_id IS NOT NULL{among} ORDER BY rowid",
        *([json.dumps(list(values))] if column else []),
    )
    # Joined here and not in SQL, which takes twice as long for a large table.
    facts = {each: {name: row[name] for name in FACTS} for each, row in documents.items()}
    for row in rows:
        row |= facts[row["document_id"]]
    rank = {each: number for number, each in enumerate(documents)}
    return sorted(rows, key=lambda row: rank[row["document_id"]])


MORE = ("quote", "value_quote", "comparable", "comparable_why", "compared_to", "yardstick_id", "verdict")
FACTS = (
    "source_kind", "issuer_id", "programme_id", "issued_on", "kind", "number", "title", "source_path", "effective_on",
)  # fmt: skip
"""What of a target, and of its document, stands in a row besides standing.COLUMNS."""


def _lines(store: Store, book: Rulebook, rows: Sequence[Row]) -> tuple[Line, ...]:
    """The indicators of targets: those of the national text in its order, then those that most provinces set."""
    first = {row["indicator_id"]: at for at, row in reversed(list(enumerate(rows))) if is_national(row)}
    places_of: dict[str, set[str | None]] = defaultdict(set)
    for row in rows:
        places_of[row["indicator_id"]].add(row["place_id"])
    stored = {row["id"]: row for row in store.rows("SELECT * FROM indicators")}
    order = sorted(
        (each for each in places_of if each in stored),
        key=lambda each: (
            len(places_of[each] - {None, NATION}) == 0,
            first.get(each, len(rows)),
            -len(places_of[each]),
            plain(stored[each]["name"]),
        ),
    )
    return tuple(
        Line(*(stored[each][name] for name in ("id", "name", "better", "better_why", "unit", "programme_id")))
        for each in order
    )


def _standings(
    store: Store, book: Rulebook, question: Question, rows: Sequence[Row], lines: Sequence[Line]
) -> Mapping[str, tuple[bool, str | None, str | None, str | None]]:
    """(comparable, why, yardstick, verdict) of targets, as they stand on the day asked for."""
    if question.day is None:
        return {
            row["id"]: (bool(row["comparable"]), row["comparable_why"], row["yardstick_id"], row["verdict"])
            for row in rows
        }
    of_line: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_line[row["indicator_id"]].append(row)
    rulings, kin = Rulings.read(store), kin_of(book)
    out: dict[str, tuple[bool, str | None, str | None, str | None]] = {}
    for line in lines:
        own = of_line[line.id]
        better, _ = better_of({"id": line.id}, own, rulings, book)
        found = stand(own, better, standard_of(line.id, book), kin, book, question.day)
        out |= {each: (s.comparable, s.why, s.yardstick_id, s.verdict) for each, s in found.items()}
    return out


# --- entries --------------------------------------------------------------------------------------------------------


def _entries(
    book: Rulebook, rows: Sequence[Row], stands: Mapping[str, tuple[bool, str | None, str | None, str | None]],
    question: Question,
) -> dict[tuple[str, str], list[Entry]]:  # fmt: skip
    """The entries of each indicator and column, by year: each value of a place once, the earliest and official text
    first."""
    nation = book.settings["targets"]["nation"]
    by_id = {row["id"]: row for row in rows}
    column_ids = {each: column_of(each, question.system, book) for each in {row["place_id"] for row in rows} if each}
    national = {row["indicator_id"] for row in rows if is_national(row) and row["holder"] == "own"}
    since: dict[tuple[Any, ...], str] = {}
    kept: dict[tuple[Any, ...], Entry] = {}
    articles: list[tuple[Row, tuple[Any, ...]]] = []

    def keep(row: Row, key: tuple[Any, ...]) -> None:
        own = row["holder"] == "own"
        if row["same_as"] or row["told_by"] or not in_force(row, question.day):
            return
        if row["place_id"] is None and row["place"] != nation:
            return
        if not own and (not is_national(row) or row["indicator_id"] in national):
            return
        mark = NEWS if row["source_kind"] != "official" else ALLOTTED if is_allotted(row) else OFFICIAL
        place = (column_ids.get(row["place_id"] or "", NOWHERE), mark == ALLOTTED, *key)
        if place in kept:
            kept[place] = replace(kept[place], again=(*kept[place].again, row["id"]))
            return
        comparable, why, yardstick, verdict = stands[row["id"]]
        kept[place] = Entry(
            row,
            row["place"],
            mark if own else QUOTED,
            verdict,
            comparable,
            why,
            by_id.get(yardstick or ""),
            since.get(key),
        )

    for row in rows:
        key = (row["indicator_id"], row["place"], *_value(row, book))
        if row["issued_on"] and row["holder"] == "own":
            since.setdefault(key, row["issued_on"])
        if row["source_kind"] == "official":
            keep(row, key)
        else:
            articles.append((row, key))
    for row, key in articles:
        keep(row, key)
    out: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for (column, _, indicator, *_), entry in kept.items():
        out[indicator, column].append(entry)
    for entries in out.values():
        if len(entries) > 1:
            entries.sort(key=lambda e: (plain(e.place), e.year or 9999, e.mark == ALLOTTED))
    return out


NOWHERE = "?"  # the column of articles of which it is not known whose targets they tell


def _value(row: Row, book: Rulebook) -> tuple[Any, ...]:
    """What two targets of one place share that set the same: value, year and how it is counted."""
    factor = scale(row["unit"], book)[1]
    high = row["high"] if row["high"] is None else row["high"] * factor
    return str(row["period_to"])[:4], row["low"] * factor, high, row["measure"], row["per"]


def column_of(place_id: str, system: str, book: Rulebook) -> str:
    """The column of a place: itself, or what it is today unless it has been divided."""
    now = places.today(place_id, book) if system == places.TODAY and place_id != NATION else (place_id,)
    return now[0] if len(now) == 1 else place_id


# --- columns and cells ----------------------------------------------------------------------------------------------


def _columns(
    book: Rulebook, question: Question, entries: Iterable[tuple[str, str]], documents: Sequence[Row]
) -> tuple[Column, ...]:
    """The whole country, then the provinces that documents speak of, by name."""
    found = {column for _, column in entries}
    found |= {column_of(row["place_id"], question.system, book) for row in documents if row["place_id"]}
    if question.every:
        found |= places.ids(_every(book, question, documents))
    if question.provinces:
        wanted = {column_of(each, question.system, book) for each in question.provinces}
        found = (found & (wanted | {NATION})) | (wanted if question.every else set())
        if not found - {NATION, NOWHERE}:
            names = ", ".join(sorted({places.places(book)[each]["name"] for each in wanted}))
            raise MuctieuError(say("compare.none_of_province", province=names))
    rows = [places.places(book)[each] for each in found - {NATION, NOWHERE}]
    rows.sort(key=lambda row: (plain(row["name"]), row["id"]))
    nation = [Column(NATION, book.settings["targets"]["nation"], None)] if NATION in found else []
    times = Counter(row["name"] for row in rows)
    nowhere = [Column(NOWHERE, say("compare.nowhere"), None)] if NOWHERE in found else []
    return (
        *nation,
        *(Column(r["id"], r["name"], r["code"], _when(r) if times[r["name"]] > 1 else "") for r in rows),
        *nowhere,
    )


def _when(row: Mapping[str, str]) -> str:
    return f"{row['from']} – {row['to']}".strip()


def _every(book: Rulebook, question: Question, documents: Sequence[Row]) -> list[Mapping[str, str]]:
    """All provinces: today's, or those of the day asked for, else of the newest document."""
    if question.system == places.TODAY:
        return places.current(book)
    newest = max((row["issued_on"] for row in documents if row["issued_on"]), default=date.max.isoformat())
    return places.valid(question.day or newest, book)


def _goals(store: Store, picked: Sequence[str]) -> dict[tuple[str, str], str]:
    """(indicator, document) -> the first goal without a number."""
    rows = store.rows(
        "SELECT indicator_id, document_id, quote FROM commitments WHERE indicator_id IS NOT NULL ORDER BY rowid DESC"
    )
    inside = set(picked)
    return {(r["indicator_id"], r["document_id"]): r["quote"] for r in rows if r["document_id"] in inside}


def _cells(
    book: Rulebook, question: Question, lines: Sequence[Line], columns: Sequence[Column],
    entries: Mapping[tuple[str, str], Sequence[Entry]], goals: Mapping[tuple[str, str], str],
    documents: Mapping[str, Row], picked: Sequence[str], unread: set[str],
) -> dict[tuple[str, str], Cell]:  # fmt: skip
    kin = kin_of(book)
    carried: dict[str, set[str]] = defaultdict(set)  # indicator -> programmes of the documents that set it
    for (indicator, _), found in entries.items():
        for entry in found:
            if entry.target["programme_id"]:
                mine = entry.target["programme_id"]
                carried[indicator] |= kin.get(mine, {mine})
    asked = question.programme is not None or question.words is not None
    of_column: dict[str, list[str]] = defaultdict(list)
    for each in picked if asked else documents:
        row = documents[each]
        if row["place_id"]:
            of_column[column_of(row["place_id"], question.system, book)].append(each)
        elif row["source_kind"] == "official" and is_central(row["issuer_id"]):
            of_column[NATION].append(each)
    out = {}
    for line in lines:
        for column in columns:
            found = entries.get((line.id, column.id), ())
            if found:
                now = tuple(entry for entry in found if question.asks(entry))
                beside = tuple(entry for entry in found if not question.asks(entry))
                out[line.id, column.id] = Cell(VALUE, now, beside)
                continue
            own = [
                each for each in of_column[column.id] if asked or documents[each]["programme_id"] in carried[line.id]
            ]
            goal = next((each for each in own if (line.id, each) in goals), None)
            if goal:
                cell = Cell(QUALITATIVE, quote=goals[line.id, goal], documents=(goal,))
            elif any(each in unread for each in own):
                cell = Cell(UNREADABLE, documents=tuple(each for each in own if each in unread))
            else:
                cell = Cell(WITHOUT if own else NO_DOCUMENT, documents=tuple(own))
            out[line.id, column.id] = cell
    return out


# --- changes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """How a province's target changed: from one version of a document to the next (`by` "version"), or from one year
    to a later one in the same document ("period").  `what` is "raised", "lowered" or "other"."""

    line: Line
    place: str
    by: str
    old: Row
    new: Row
    what: str


def changes(store: Store, book: Rulebook, question: Question) -> list[Change]:
    """The changes of the targets that a question is about, superseded ones too, by indicator, place and date."""
    documents = {row["id"]: row for row in store.rows(DOCUMENTS)}
    if not documents:
        raise MuctieuError(say("compare.empty", db=store.path))
    rows = _targets(store, book, question, _documents(store, book, question, documents), documents)
    wanted = question.provinces
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["holder"] == "own" and not row["same_as"] and not row["told_by"] and row["period_to"]:
            if not wanted or row["place_id"] in wanted:
                groups[row["indicator_id"], row["place"], row["definition"]].append(row)
    out: list[Change] = []
    for line in _lines(store, book, rows):
        for (indicator, place, _), own in groups.items():
            if indicator != line.id:
                continue
            by_year: dict[str, list[Row]] = defaultdict(list)
            by_document: dict[str, list[Row]] = defaultdict(list)
            for row in own:
                by_year[row["period_to"][:4]].append(row)
                by_document[row["document_id"]].append(row)
            for versions in by_year.values():
                out += _steps(line, place, "version", versions, book)
            for years in by_document.values():
                out += _steps(line, place, "period", sorted(years, key=lambda row: row["period_to"]), book)
    if question.year is not None:
        out = [change for change in out if str(change.new["period_to"])[:4] == str(question.year)]
    return out


def _steps(line: Line, place: str, by: str, rows: Sequence[Row], book: Rulebook) -> Iterator[Change]:
    for old, new in pairwise(rows):
        same = old["document_id"] == new["document_id"]
        if (by == "version") == same or _value(old, book)[1:] == _value(new, book)[1:]:
            continue
        if old["period_to"] == new["period_to"] and by == "period":
            continue
        mine, before = (_value(row, book) for row in (new, old))
        highs = [value[1] if value[2] is None else value[2] for value in (mine, before)]
        raised, lowered = mine[1] >= before[1] and highs[0] >= highs[1], mine[1] <= before[1] and highs[0] <= highs[1]
        yield Change(line, place, by, old, new, "raised" if raised else "lowered" if lowered else "other")


# --- records --------------------------------------------------------------------------------------------------------

RECORD: dict[str, type] = {
    "indicator_id": str, "indicator": str, "better": str, "province": str, "province_code": str, "province_today": str,
    "cell": str, "value": str, "comparator": str, "low": float, "high": float, "unit": str, "per": str, "change": str,
    "measure": str, "year": int, "asked_year": bool, "mark": str, "verdict": str, "yardstick": str,
    "yardstick_document": str, "yardstick_likeness": float, "comparable": bool, "comparable_why": str, "since": date,
    "quote": str, "citation": str, "document_id": str, "target_id": str, "source_path": str, "in_force_from": date,
    "in_force_to": date,
}  # fmt: skip
"""What `records` gives, with its types; days are ISO text, as in `export.Table`."""


def likeness(entry: Entry) -> float:
    """How near the words of a target are to those of its yardstick, 0 to 1: near 1 where they were copied."""
    assert entry.yardstick is not None
    return round(fuzz.partial_ratio(entry.target["quote"].lower(), entry.yardstick["quote"].lower()) / 100, 2)


def records(
    matrix: Matrix, book: Rulebook, value: Callable[[Row], str], citation: Callable[[Row], str]
) -> Iterator[dict[str, Any]]:
    """A matrix as one record an entry, or an empty cell, with RECORD as columns; `value` and `citation` give the texts
    of a target's value and of its document."""
    empty = dict.fromkeys(RECORD)
    for line in matrix.lines:
        base = empty | {"indicator_id": line.id, "indicator": line.name, "better": line.better}
        for column in matrix.columns:
            cell = matrix.cells[line.id, column.id]
            here = base | {"province": column.name, "province_code": column.code, "cell": cell.kind}
            if cell.kind != VALUE:
                yield here | {"quote": cell.quote, "document_id": cell.documents[0] if cell.documents else None}
                continue
            for asked, entries in ((True, cell.entries), (False, cell.beside)):
                for entry in entries:
                    target = entry.target
                    now = places.today(target["place_id"], book) if target["place_id"] not in (None, NATION) else ()
                    yield here | {
                        **{name: target[name] for name in ("comparator", "low", "high", "unit", "per", "change")},
                        **{name: target[name] for name in ("measure", "quote", "document_id", "source_path")},
                        **{name: target[name] for name in ("in_force_from", "in_force_to")},
                        "province": entry.place,
                        "province_code": target["place_code"],
                        "province_today": "|".join(places.places(book)[each]["name"] for each in now) or None,
                        "value": value(target),
                        "year": entry.year,
                        "asked_year": asked,
                        "mark": entry.mark,
                        "verdict": entry.verdict if asked else None,
                        "yardstick": entry.yardstick and value(entry.yardstick),
                        "yardstick_document": entry.yardstick and citation(entry.yardstick),
                        "yardstick_likeness": entry.yardstick and likeness(entry),
                        "comparable": entry.comparable,
                        "comparable_why": entry.why,
                        "since": entry.since,
                        "citation": citation(target),
                        "target_id": target["id"],
                    }


__all__ = ["Cell", "Change", "Column", "Entry", "Line", "Matrix", "Question", "changes", "compare", "records"]
