"""What a store's documents have in common: their programmes, indicators, what is in force, and how targets stand.

`align` does it for the documents that were stored or changed since it ran last, or with other rules, each in a
transaction of its own; the ids of indicators stay, and what analysts ruled (table `rulings`) stands above all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from . import bodies, graph, places, programmes
from .definitions import Definition, bounds, definition, direction
from .indicators import (
    Goal,
    Match,
    Subject,
    Wording,
    Wordings,
    assign,
    known_indicators,
    recognise,
    subject,
)
from .resolve import NATION, is_central
from .rulebook import Rulebook
from .standing import COLUMNS, stand
from .store import Store

Row = dict[str, Any]

QUALITATIVE = 0.45  # likeness from which a goal without a number is one of an indicator
RULED = "ruled by an analyst"


@dataclass(frozen=True, slots=True)
class Aligned:
    """What an alignment did: documents looked at, targets with an indicator, indicators made anew."""

    documents: int
    targets: int
    made: int


def align(store: Store, book: Rulebook, telling: Callable[[str, int, int], None] | None = None) -> Aligned:
    """Bring programmes, indicators and standings up to what is stored; `telling` is called with each document's number,
    how many are done and how many there are."""
    stamp = f":{book.fingerprint}"
    changed = store.rows(
        "SELECT id, number FROM documents WHERE aligned IS NOT content || ? ORDER BY issued_on IS NULL, issued_on, id",
        stamp,
    )
    if not changed and not store.rows("SELECT 1 FROM indicators WHERE standing IS NOT 1 LIMIT 1"):
        return Aligned(0, 0, 0)
    state = _State(store, book)
    before = len(state.indicators)
    targets = 0
    for done, row in enumerate(changed):
        if telling:
            telling(row["number"] or row["id"], done, len(changed))
        with store.writing():
            if state.is_old():
                state = _State(store, book)
            # Another process may have aligned or removed the document meanwhile.
            if store.rows("SELECT 1 FROM documents WHERE id = ? AND aligned IS NOT content || ?", row["id"], stamp):
                targets += _align_document(row["id"], state)
                store.db.execute("UPDATE documents SET aligned = content || ? WHERE id = ?", (stamp, row["id"]))
            state.known = state.counted()
    _stand_all(state)
    return Aligned(len(changed), targets, len(state.indicators) - before)


def is_behind(store: Store, book: Rulebook) -> bool:
    """Whether documents were stored or changed since `align` ran with these rules."""
    behind = "SELECT 1 FROM documents WHERE aligned IS NOT content || ? LIMIT 1"
    return bool(store.rows(behind, f":{book.fingerprint}"))


def realign(store: Store, book: Rulebook, indicator_ids: Sequence[str | None]) -> Aligned:
    """Align again the targets of some indicators, after what was ruled on these."""
    among = "(SELECT value FROM json_each(?))"
    ids = (json.dumps(list(indicator_ids)),)
    with store.writing():
        store.db.execute(
            "UPDATE documents SET aligned = NULL WHERE id IN"
            f" (SELECT document_id FROM targets WHERE indicator_id IN {among})",
            ids,
        )
        store.db.execute(f"UPDATE indicators SET standing = 0 WHERE id IN {among}", ids)
        store.db.execute(f"UPDATE targets SET indicator_id = NULL WHERE indicator_id IN {among}", ids)
    return align(store, book)


class _State:
    """What all documents of an alignment share."""

    def __init__(self, store: Store, book: Rulebook) -> None:
        self.store, self.book = store, book
        self.rulings = Rulings.read(store)
        self.indicators = {row["id"]: row for row in store.rows("SELECT * FROM indicators")}
        self.wordings = Wordings()
        for row in store.rows("SELECT * FROM wordings ORDER BY id"):
            self.wordings.add(Wording(self.rulings.merged(row["indicator_id"]), _subject_of(row)))
        self.noted = len(self.wordings.items)
        self.known = self.counted()

    def counted(self) -> Row:
        """What tells whether another process has aligned documents since."""
        sql = "SELECT (SELECT max(id) FROM wordings) AS wordings, (SELECT count(*) FROM indicators) AS indicators"
        return self.store.rows(f"{sql}, (SELECT max(id) FROM rulings) AS rulings")[0]

    def is_old(self) -> bool:
        """Whether what was read has been added to by another process."""
        return self.counted() != self.known


def _align_document(document_id: str, state: _State) -> int:
    store, book = state.store, state.book
    (document,) = store.rows("SELECT * FROM documents WHERE id = ?", document_id)
    place = _place_id(document["province"], document["province_code"], document["issued_on"], book)
    carried = _programme(document, state)
    document |= {"place_id": place, "programme_id": carried and carried.programme_id}
    store.update(
        "documents",
        [
            {
                "id": document_id,
                "place_id": place,
                "programme_id": carried and carried.programme_id,
                "programme_why": carried and carried.why,
                "parent_id": carried and carried.parent_id,
            }
        ],
    )
    _note_programme(carried, document, state)
    count = _assign(document, state)
    _bring_to_today(document, state)
    _resolve_citations(document, state)
    for each in _acted_on(document, state):
        _put_in_force(each, state)
    return count


def _note_programme(carried: programmes.Carried | None, document: Row, state: _State) -> None:
    """Keep the name of a document's programme: that of the rulebook, else the title of the document that set it up."""
    if carried is None:
        return
    store, known = state.store, programmes.programmes(state.book).get(carried.programme_id)
    if known:
        row = {"name": known.name, "number": known.numbers[0], "known": 1}
    elif carried.programme_id == document["id"]:
        row = {"name": document["title"] or document["number"], "number": document["number"], "known": 0}
    elif store.rows("SELECT 1 FROM programmes WHERE id = ?", carried.programme_id):
        return
    else:
        told = store.rows("SELECT number, title FROM legal_refs WHERE cited_id = ? LIMIT 1", carried.programme_id)
        number = told[0]["number"] if told else None
        name = (told and told[0]["title"]) or number or carried.programme_id
        row = {"name": name, "number": number, "known": 0}
    store.db.execute("DELETE FROM programmes WHERE id = ?", (carried.programme_id,))
    store.insert("programmes", [{"id": carried.programme_id, **row}])


# --- programmes -----------------------------------------------------------------------------------------------------


def _programme(document: Row, state: _State) -> programmes.Carried | None:
    refs = state.store.rows(
        "SELECT r.*, b.kind AS block_kind FROM legal_refs r LEFT JOIN blocks b"
        " ON b.document_id = r.document_id AND b.block = r.block WHERE r.document_id = ? ORDER BY r.rowid",
        document["id"],
    )
    found = programmes.of_document(document, refs, document["text"], state.book)
    if found and found.why != programmes.BY_TEXT:
        return found
    # A news article, or a plan of the plan: the programme of the document that it tells of.
    kin = kin_of(state.book)
    for ref in refs:
        opening = ref["block_kind"] in programmes.OPENING and ref["relation"] in state.book.words("programmes.carries")
        told = document["source_kind"] == "news" or opening
        if not (told and ref["number"]):
            continue
        stored = state.store.rows(
            "SELECT id, issued_on, programme_id, parent_id FROM documents WHERE number = ? AND id != ?",
            *(ref["number"], document["id"]),
        )
        cited = graph.cited_document(ref["cited_id"], {row["id"]: row["issued_on"] for row in stored}, kin)
        row = next((row for row in stored if row["id"] == cited), None)
        if row and row["programme_id"]:
            parent = row["parent_id"] or row["id"]
            return programmes.Carried(row["programme_id"], parent, f"that of {ref['number']}")
    if found is None and document["source_kind"] == "news":
        for ref in (ref for ref in refs if is_central(ref["cited_id"])):
            known = state.store.rows("SELECT programme_id FROM documents WHERE number = ?", ref["number"])
            if known and known[0]["programme_id"]:
                return programmes.Carried(known[0]["programme_id"], ref["cited_id"], f"tells of {ref['number']}")
    return found


# --- indicators -----------------------------------------------------------------------------------------------------


def _assign(document: Row, state: _State) -> int:
    """Give every target of a document its indicator, definition and place."""
    store, book = state.store, state.book
    document_id, programme = document["id"], document["programme_id"]
    targets = store.rows("SELECT * FROM targets WHERE document_id = ? ORDER BY rowid", document_id)
    old = {row["indicator_id"] for row in targets}
    goals = [
        Goal(
            subject(row["indicator"], row["scope"], row["unit"], book, programme),
            row["measure"],
            row["place"],
            row["period_to"],
            (row["low"], row["high"]),
            Match(row["indicator_id"], row["indicator_score"], row["indicator_why"]) if row["indicator_id"] else None,
        )
        for row in targets
    ]
    matches = assign(goals, state.wordings, state.indicators, book)
    rows = []
    for target, goal, match in zip(targets, goals, matches, strict=True):
        said = goal.subject
        match = state.rulings.rule(target["id"], said, match)
        _note_indicator(match, target, said, state)
        rows.append(
            {
                "id": target["id"],
                "indicator_id": match.indicator_id,
                "indicator_score": match.score,
                "indicator_why": match.why,
                "definition": definition(target, said, book, _known_name(match, book)).to_json(),
                "place_id": _place_id(target["place"], target["place_code"], document["issued_on"], book)
                or (NATION if _is_nationwide(target, document, book) else None),
                "told_by": None,
            }
        )
    store.update("targets", rows)
    _note_wordings(state)
    _assign_others(document, state)
    for indicator_id in (old | {row["indicator_id"] for row in rows}) - {None}:
        store.db.execute("UPDATE indicators SET standing = 0 WHERE id = ?", (indicator_id,))
    return len(rows)


def _known_name(match: Match, book: Rulebook) -> str:
    known = known_indicators(book).get(match.indicator_id)
    return known.name if known else ""


def _note_indicator(match: Match, target: Row, said: Subject, state: _State) -> None:
    if match.indicator_id in state.indicators:
        return
    known = known_indicators(state.book).get(match.indicator_id)
    name = known.name if known else _name(target)
    row = {
        "id": match.indicator_id,
        "name": state.rulings.names.get(match.indicator_id, name),
        "better": known.better if known else None,
        "better_why": "rulebook" if known else None,
        "unit": target["unit"],
        "programme_id": said.programme,
        "known": int(known is not None),
        "standing": 0,
    }
    state.indicators[match.indicator_id] = row
    state.store.insert("indicators", [row])


def wording_of(store: Store, book: Rulebook, target: Row) -> str:
    """What targets of the same words in the same programme share, as a ruling keeps it."""
    (document,) = store.rows("SELECT programme_id FROM documents WHERE id = ?", target["document_id"])
    said = subject(target["indicator"], target["scope"], target["unit"], book, document["programme_id"])
    return f"{said.key}\t{said.programme or ''}"


def _name(target: Row) -> str:
    said = target["indicator"] or target["value_quote"]
    name = f"{target['scope']}: {said}" if target["scope"] else said
    return name[:1].upper() + name[1:]


def _note_wordings(state: _State) -> None:
    new = state.wordings.items[state.noted :]
    state.noted = len(state.wordings.items)
    state.store.insert(
        "wordings",
        [
            {
                "indicator_id": each.indicator_id,
                "text": each.subject.text,
                "words": " ".join(each.subject.words),
                "scope": " ".join(each.subject.scope),
                "groups": json.dumps(sorted(each.subject.groups), ensure_ascii=False),
                "core": each.subject.core,
                "unit": each.subject.unit,
                "programme_id": each.subject.programme,
            }
            for each in new
        ],
    )


def _subject_of(row: Row) -> Subject:
    groups = frozenset((group, value) for group, value in json.loads(row["groups"]))
    words, scope = tuple(row["words"].split()), tuple(row["scope"].split())
    return Subject(row["text"], words, scope, groups, row["unit"], row["programme_id"], row["core"])


def _assign_others(document: Row, state: _State) -> None:
    """The indicators of a document's results, and of its goals without a number."""
    store, book = state.store, state.book
    day, programme = document["issued_on"], document["programme_id"]
    results = store.rows(
        "SELECT * FROM quantities WHERE document_id = ? AND role = 'result' AND indicator IS NOT NULL", document["id"]
    )
    rows = []
    for row in results:
        said = subject(row["indicator"], None, row["unit"], book, programme)
        match = recognise(said, book) or _of_wording(said, state)
        place = _place_id(row["place"] or document["province"], None, day, book)
        place = place or (NATION if _is_nationwide(row, document, book) else None)
        rows.append({"id": row["id"], "indicator_id": match and match.indicator_id, "place_id": place})
    store.update("quantities", rows)
    goals = []
    for row in store.rows("SELECT * FROM commitments WHERE document_id = ?", document["id"]):
        said = subject(row["quote"], None, None, book, programme)
        match = recognise(replace(said, unit="percent"), book) or _of_wording(said, state, QUALITATIVE)
        goals.append({"id": row["id"], "indicator_id": match and match.indicator_id})
    store.update("commitments", goals)


def _of_wording(said: Subject, state: _State, least: float = 0.8) -> Match | None:
    """The indicator of the nearest wording, of the same programme, that is near enough."""
    for score, wording in state.wordings.near(said, 3):
        other = wording.subject
        if score >= least and other.programme == said.programme and (said.unit is None or said.unit == other.unit):
            return Match(wording.indicator_id, score, "near")
    return None


def _bring_to_today(document: Row, state: _State) -> None:
    """What the bodies that a document names have become; its title and programme tell which of several."""
    store = state.store
    carried = store.rows("SELECT name FROM programmes WHERE id = ?", document["programme_id"])
    about = "\n".join(filter(None, (document["title"], *(row["name"] for row in carried))))
    for row in store.rows("SELECT DISTINCT agency_id FROM agencies WHERE document_id = ?", document["id"]):
        now = json.dumps(bodies.today(row["agency_id"], about, state.book), ensure_ascii=False)
        store.db.execute(
            "UPDATE agencies SET today = ? WHERE document_id = ? AND agency_id = ?",
            (now, document["id"], row["agency_id"]),
        )


# --- citations, and what is in force --------------------------------------------------------------------------------


def _resolve_citations(document: Row, state: _State) -> None:
    """Which stored documents a document cites, and which stored citations mean it."""
    store, kin = state.store, kin_of(state.book)
    out = store.rows("SELECT id, number, cited_id FROM legal_refs WHERE document_id = ?", document["id"])
    back = store.rows("SELECT id, number, cited_id FROM legal_refs WHERE number = ?", document["number"])
    rows = []
    for ref in (*out, *back):
        if not ref["cited_id"] or not ref["number"]:
            continue
        stored = store.rows("SELECT id, issued_on FROM documents WHERE number = ?", ref["number"])
        found = graph.cited_document(ref["cited_id"], {row["id"]: row["issued_on"] for row in stored}, kin)
        rows.append({"id": ref["id"], "cited_document_id": found})
    store.update("legal_refs", rows)


def _acted_on(document: Row, state: _State) -> list[str]:
    """A document, and those that it changes or ends."""
    relations = json.dumps([*state.book.words("graph.ends"), *state.book.words("graph.changes")])
    rows = state.store.rows(
        "SELECT DISTINCT cited_document_id AS id FROM legal_refs WHERE document_id = ? AND cited_document_id != ?"
        " AND cited_document_id IS NOT NULL AND relation IN (SELECT value FROM json_each(?))",
        *(document["id"], document["id"], relations),
    )
    return [document["id"], *(row["id"] for row in rows)]


def _put_in_force(document_id: str, state: _State) -> None:
    """When each target of a document is in force, after what other documents do to it."""
    store, book = state.store, state.book
    (document,) = store.rows("SELECT * FROM documents WHERE id = ?", document_id)
    acts = acts_on(store, document_id, book)
    same = "indicator_id, place_id, substr(period_to, 1, 4), unit, measure, per"
    targets = [
        {"id": row["id"], "path": row["path"] or "", "same": tuple(row.values())[2:]}
        for row in store.rows(
            f"SELECT t.id, b.path, {same} FROM targets t LEFT JOIN blocks b ON b.document_id = t.document_id"
            " AND b.block = t.block WHERE t.document_id = ?",
            document_id,
        )
    ]
    restated = {
        act["by"]: {
            tuple(row.values()) for row in store.rows(f"SELECT {same} FROM targets WHERE document_id = ?", act["by"])
        }
        for act in acts
    }
    found = graph.intervals(document, targets, acts, restated, book)
    store.update(
        "targets",
        [
            {"id": each, "in_force_from": i.start, "in_force_to": i.end, "superseded_by": i.by}
            for each, i in found.items()
        ],
    )
    for row in store.rows("SELECT DISTINCT indicator_id AS id FROM targets WHERE document_id = ?", document_id):
        store.db.execute("UPDATE indicators SET standing = 0 WHERE id = ?", (row["id"],))


def acts_on(store: Store, document_id: str, book: Rulebook) -> list[Row]:
    """What other stored documents do to a document: rows with `by`, `relation`, `pinpoint`, `day`."""
    relations = json.dumps([*book.words("graph.ends"), *book.words("graph.changes")])
    return store.rows(
        "SELECT DISTINCT r.document_id AS by, r.relation, r.pinpoint, coalesce(d.effective_on, d.issued_on) AS day"
        " FROM legal_refs r JOIN documents d ON d.id = r.document_id WHERE r.cited_document_id = ?"
        " AND r.document_id != ? AND d.source_kind = 'official' AND r.relation_subject IS NULL"
        " AND r.relation IN (SELECT value FROM json_each(?)) ORDER BY day, by, r.rowid",
        *(document_id, document_id, relations),
    )


# --- standings ------------------------------------------------------------------------------------------------------


def _stand_all(state: _State) -> None:
    """How the targets of all indicators stand that were touched."""
    store = state.store
    with store.writing():
        store.db.execute(
            "DELETE FROM indicators WHERE id NOT IN (SELECT indicator_id FROM targets WHERE indicator_id IS NOT NULL)"
        )
        for indicator in store.rows("SELECT * FROM indicators WHERE standing IS NOT 1"):
            rows = targets_of(store, indicator["id"])
            told = _retold(rows, state.book)
            better, why = better_of(indicator, rows, state.rulings, state.book)
            stands = stand(
                [row | {"told_by": told.get(row["id"])} for row in rows],
                better,
                standard_of(indicator["id"], state.book),
                kin_of(state.book),
                state.book,
            )
            store.update(
                "targets",
                [
                    {
                        "id": row["id"],
                        "comparable": int(stands[row["id"]].comparable),
                        "comparable_why": stands[row["id"]].why,
                        "compared_to": stands[row["id"]].compared_to,
                        "yardstick_id": stands[row["id"]].yardstick_id,
                        "verdict": stands[row["id"]].verdict,
                        "told_by": told.get(row["id"]),
                    }
                    for row in rows
                ],
            )
            store.update("indicators", [{"id": indicator["id"], "better": better, "better_why": why, "standing": 1}])


def targets_of(store: Store, indicator_id: str) -> list[Row]:
    """The targets of an indicator as `standing.stand` takes them, by date and text."""
    return store.rows(
        f"SELECT {COLUMNS} FROM targets t JOIN documents d ON d.id = t.document_id WHERE t.indicator_id = ?"
        " ORDER BY d.issued_on IS NULL, d.issued_on, d.id, t.rowid",
        indicator_id,
    )


def better_of(indicator: Row, rows: Sequence[Row], rulings: Rulings, book: Rulebook) -> tuple[str | None, str | None]:
    """Which way an indicator is to go and who says so: an analyst, the rulebook, or the targets themselves."""
    if indicator["id"] in rulings.directions:
        return rulings.directions[indicator["id"]], RULED
    known = known_indicators(book).get(indicator["id"])
    if known:
        return known.better, "rulebook"
    found = direction(rows)
    return found, found and "its targets"


def standard_of(indicator_id: str, book: Rulebook) -> Definition | None:
    """How the rulebook defines an indicator; None where it does not know it."""
    known = known_indicators(book).get(indicator_id)
    if known is None:
        return None
    said = subject(known.name, None, None, book)
    row = {"measure": known.measure or "", "unit": None, "per": None, "baseline": None}
    return definition(row, said, book)


def _retold(rows: Sequence[Row], book: Rulebook) -> dict[str, str]:
    """Targets that only tell again what another document sets: id -> id of the target told, an official one before an
    article, and the earliest."""
    first: dict[tuple[Any, ...], Row] = {}
    out = {}
    own = [row for row in rows if row["holder"] == "own" and not row["same_as"]]
    for row in sorted(own, key=lambda row: row["source_kind"] != "official"):
        value = (row["place_id"], str(row["period_to"])[:4], *bounds(row, book), row["measure"])
        told = first.setdefault(value, row)
        if told["document_id"] != row["document_id"] and row["source_kind"] == "news":
            out[row["id"]] = told["id"]
    return out


# --- what analysts ruled --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rulings:
    """What analysts decided, the newest of a kind last: it stands above rules and words.

    pins        target -> indicator; `words`: the same for every target of these words in the programme
    merges      indicator -> the one that it became
    names       indicator -> name
    directions  indicator -> up, down, none
    """

    pins: Mapping[str, str]
    words: Mapping[tuple[str, str | None], str]
    merges: Mapping[str, str]
    names: Mapping[str, str]
    directions: Mapping[str, str]

    @classmethod
    def read(cls, store: Store) -> Rulings:
        """Those of a store."""
        pins: dict[str, str] = {}
        words: dict[tuple[str, str | None], str] = {}
        merges: dict[str, str] = {}
        names: dict[str, str] = {}
        directions: dict[str, str] = {}
        for row in store.rows("SELECT * FROM rulings ORDER BY id"):
            if row["verb"] == "pin":
                pins[row["target_id"]] = row["indicator_id"]
                if row["wording"]:
                    key, _, programme = row["wording"].partition("\t")
                    words[key, programme or None] = row["indicator_id"]
            elif row["verb"] == "merge":
                merges[row["value"]] = row["indicator_id"]
            elif row["verb"] == "rename":
                names[row["indicator_id"]] = row["value"]
            else:
                directions[row["indicator_id"]] = row["value"]
        return cls(pins, words, merges, names, directions)

    def merged(self, indicator_id: str) -> str:
        """The indicator that one has become."""
        seen = set()
        while indicator_id in self.merges and indicator_id not in seen:
            seen.add(indicator_id)
            indicator_id = self.merges[indicator_id]
        return indicator_id

    def rule(self, target_id: str, said: Subject, match: Match) -> Match:
        """The match of a target after what was ruled."""
        pinned = self.pins.get(target_id) or self.words.get((said.key, said.programme))
        if pinned:
            return Match(self.merged(pinned), 1.0, RULED)
        merged = self.merged(match.indicator_id)
        return match if merged == match.indicator_id else Match(merged, match.score, RULED)


# --- inside ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def kin_of(book: Rulebook) -> Mapping[str, frozenset[str]]:
    """The lineage of every place and programme."""
    of_places = {each: places.lineage(each, book) for each in places.places(book)}
    return of_places | {each: programmes.lineage(each, book) for each in programmes.programmes(book)}


def _place_id(name: str | None, code: str | None, day: str | None, book: Rulebook) -> str | None:
    """The id of a place as a record states it; None for the whole country and for what is no province."""
    if code:
        row = places.by_code(code, name, day, book)
        return row["id"] if row else None
    found = places.known(name, day, book) if name else None
    return found["id"] if found else None


def _is_nationwide(target: Row, document: Row, book: Rulebook) -> bool:
    """Whether a target that names no province is the whole country's: that of a central body's document, one that is
    quoted, or one of an article that says so.  What an article without a province tells is not known to be."""
    if target["place"] != book.settings["targets"]["nation"]:
        return False
    if document["source_kind"] == "official":
        return is_central(document["issuer_id"]) or target.get("holder") == "quoted"
    if target.get("holder") == "quoted":
        return True
    told = f"{document['title'] or ''} {target['quote']}".lower()
    return any(words in told for words in book.words("programmes.nationwide"))


__all__ = ["Aligned", "align"]
