"""The graph of a store's documents: what the citations of all of them tell, read for `muctieu graph`.

Relations are those of settings.toml [graph]: `shown`, and those in `turned`, which run the other way.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .graph import Edge, Node, Passage, gathered, neighbourhood
from .rulebook import Rulebook
from .store import Store

Row = Mapping[str, Any]

MOST = 400  # documents that are shown at once
TOLD = ("kind", "number", "title", "issuer", "issued_on")  # what a citation says of a document


@dataclass(frozen=True, slots=True)
class Ended:
    """So many targets of a document are no longer in force from `day` on, for what the document `by` did."""

    by: str | None
    day: str
    count: int


@dataclass(frozen=True, slots=True)
class Held:
    """How many targets a document sets itself, how many of them are in force after all that is stored, and what ended
    the others."""

    count: int
    in_force: int
    ended: tuple[Ended, ...]


@dataclass(frozen=True, slots=True)
class Relations:
    """A document and those around it.

    center    its id
    nodes     it and the others, by their distance, then by date
    edges     what they do to each other
    steps     how far each is, by id
    held      the targets of those that are stored and set any, by id
    others    documents that are not shown, but whose text tells an edge, or that ended a target
    left_out  how many documents are within reach, but beyond the MOST nearest
    """

    center: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    steps: Mapping[str, int]
    held: Mapping[str, Held]
    others: tuple[Node, ...]
    left_out: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON; see docs/graph.md."""
        nodes = [
            asdict(node)
            | {"steps": self.steps[node.id], "targets": asdict(self.held[node.id]) if node.id in self.held else None}
            for node in self.nodes
        ]
        edges = [asdict(edge) | {"pinpoints": list(edge.pinpoints)} for edge in self.edges]
        others = [asdict(node) for node in self.others]
        return {"center": self.center, "nodes": nodes, "edges": edges, "others": others, "left_out": self.left_out}


def relations(store: Store, document_id: str, depth: int, book: Rulebook, most: int = MOST) -> Relations:
    """The neighbourhood of a stored document, to `depth` steps."""
    refs = _refs(store)
    order = book.words("graph.shown")
    known = sorted(gathered(_told(refs, book)), key=lambda edge: order.index(edge.relation))
    steps, edges, left_out = neighbourhood(document_id, known, depth, most)
    nodes = sorted(_nodes(store, refs, steps), key=lambda node: (steps[node.id], node.day, node.number or "", node.id))
    held = _held(store, steps)
    telling = [passage.document for edge in edges for passage in edge.passages]
    ending = [ended.by for each in held.values() for ended in each.ended if ended.by]
    others = _nodes(store, refs, [each for each in dict.fromkeys([*telling, *ending]) if each not in steps])
    return Relations(document_id, tuple(nodes), tuple(edges), steps, held, tuple(others), left_out)


def _refs(store: Store) -> list[dict[str, Any]]:
    """All citations that tell which document they mean, by date of the citing ones and then by text, each with `path`,
    the `own_number` of the document it stands in, and `object`, the id of the one it means."""
    rows = store.rows(
        "SELECT r.document_id, r.relation, r.relation_subject, r.pinpoint, r.quote, r.kind, r.number, r.title,"
        " r.issuer, r.issued_on, coalesce(r.cited_document_id, r.cited_id) AS object, d.number AS own_number,"
        " coalesce(b.path, '') AS path FROM legal_refs r JOIN documents d ON d.id = r.document_id"
        " LEFT JOIN blocks b ON b.document_id = r.document_id AND b.block = r.block"
        " WHERE object IS NOT NULL ORDER BY d.issued_on IS NULL, d.issued_on, d.id, r.rowid"
    )
    # A law is cited with its number and, by the same words, without: one document, where text or year leave no doubt.
    numbered: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        if row["number"] and row["title"]:
            title, year = row["title"].lower(), row["object"].rpartition(":")[2]
            numbered[title, row["document_id"]].add(row["object"])
            numbered[title, year].add(row["object"])
    for row in rows:
        if row["title"] and not row["number"]:
            title, year = row["title"].lower(), (row["issued_on"] or "")[:4]
            found = numbered.get((title, row["document_id"])) or numbered.get((title, year)) or set()
            row["object"] = min(found) if len(found) == 1 else row["object"]
    return rows


def _told(refs: Sequence[Row], book: Rulebook) -> Iterator[tuple[str, str, str, Passage]]:
    """(source, relation, target, passage) of each citation that tells a relation of the graph."""
    shown, turned = book.words("graph.shown"), book.settings["graph"]["turned"]
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for ref in refs:
        named[ref["document_id"], ref["own_number"]].add(ref["document_id"])
        for name in {ref["number"], ref["title"]} - {None}:
            named[ref["document_id"], name].add(ref["object"])
    for ref in refs:
        relation = ref["relation"]
        subject = ref["relation_subject"]
        subjects = named[ref["document_id"], subject] if subject else {ref["document_id"]}
        if (relation not in shown and relation not in turned) or len(subjects) != 1:
            continue
        (source,) = subjects
        passage = Passage(ref["document_id"], ref["path"], ref["pinpoint"], ref["quote"])
        if relation in turned:
            # What the citation points to is then a part of the document that acts, not of the one acted on.
            acts = Passage(passage.document, passage.path, None, passage.quote)
            yield ref["object"], turned[relation], source, acts
        else:
            yield source, relation, ref["object"], passage


def _nodes(store: Store, refs: Sequence[Row], wanted: Collection[str]) -> Iterator[Node]:
    """The documents of these ids: as they are stored, else as the first citations that say something tell them."""
    listed = json.dumps(list(wanted))
    own = store.rows(
        "SELECT id, kind, number, title, issuer, issued_on, effective_on FROM documents"
        " WHERE id IN (SELECT value FROM json_each(?))",
        listed,
    )
    yield from (Node(**row, stored=True) for row in own)
    cited: dict[str, dict[str, str | None]] = {each: dict.fromkeys(TOLD) for each in wanted}
    for row in own:
        del cited[row["id"]]
    for ref in refs:
        facts = cited.get(ref["object"])
        if facts is not None:
            facts |= {name: facts[name] or ref[name] for name in TOLD}
    yield from (Node(id=each, **facts, effective_on=None, stored=False) for each, facts in cited.items())


def _held(store: Store, wanted: Collection[str]) -> dict[str, Held]:
    rows = store.rows(
        "SELECT document_id, in_force_to AS day, superseded_by AS by, count(*) AS count FROM targets"
        " WHERE holder = 'own' AND same_as IS NULL AND document_id IN (SELECT value FROM json_each(?))"
        " GROUP BY document_id, day, by ORDER BY document_id, day, by",
        json.dumps(list(wanted)),
    )
    of_document: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_document[row["document_id"]].append(row)
    return {
        document_id: Held(
            sum(row["count"] for row in group),
            sum(row["count"] for row in group if row["day"] is None),
            tuple(Ended(row["by"], row["day"], row["count"]) for row in group if row["day"] is not None),
        )
        for document_id, group in of_document.items()
    }
