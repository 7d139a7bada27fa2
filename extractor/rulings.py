"""What analysts decide on indicators: merge, split, rename, pin, direction; and how indicators are listed.

Rulings are rows of a table of their own.  They stand above rules and words, and survive that documents are read and
aligned again; `undo` takes one back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .alignment import align, realign, wording_of
from .compare import find_indicator, with_words
from .display import Columns, grid, name_of, value
from .errors import MuctieuError
from .fulltext import plain
from .indicators import ID_LENGTH, numbered
from .messages import say
from .resolve import slug
from .rulebook import Rulebook
from .safe import line
from .schema import INDICATORS, typed_as
from .store import Store

if TYPE_CHECKING:
    from rich.console import Console

Row = dict[str, Any]

INDICATOR: dict[str, type] = {
    **{name: kind for name, kind in INDICATORS["indicators"].items() if name != "standing"},
    **dict.fromkeys(("targets", "documents", "places"), int),
}
"""The columns of `indicator_rows`."""


# --- ruling ---------------------------------------------------------------------------------------------------------


def merge(store: Store, book: Rulebook, *, kept: str, others: Sequence[str]) -> str:
    """Make indicators one; those merged keep no targets.

    Raises MuctieuError for an indicator that is unknown, or merged with itself.
    """
    into = _one(store, kept)
    merged = [_one(store, other) for other in others]
    if into["id"] in {row["id"] for row in merged}:
        raise MuctieuError(say("rulings.itself", indicator=into["id"]))
    _note(store, [{"verb": "merge", "indicator_id": into["id"], "value": row["id"]} for row in merged])
    realign(store, book, [into["id"], *(row["id"] for row in merged)])
    return say("rulings.merged", kept=into["name"], count=len(merged))


def split(store: Store, book: Rulebook, *, indicator: str, targets: Sequence[str], name: str | None) -> str:
    """Take targets out of an indicator into a new one, by ids or their beginnings.

    Raises MuctieuError for a target that is unknown or of another indicator.
    """
    old = _one(store, indicator)
    rows = [_target(store, each) for each in targets]
    for row in rows:
        if row["indicator_id"] != old["id"]:
            raise MuctieuError(say("rulings.other", target=row["id"], indicator=old["id"]))
    named = name or rows[0]["indicator"] or rows[0]["value_quote"]
    new = numbered(slug(named)[:ID_LENGTH], {row["id"] for row in store.rows("SELECT id FROM indicators")})
    _note(store, [_pinned(row, new) for row in rows] + [{"verb": "rename", "indicator_id": new, "value": named}])
    realign(store, book, [old["id"], new])
    return say("rulings.split", count=len(rows), indicator=new)


def rename(store: Store, book: Rulebook, *, indicator: str, name: str) -> str:
    """Give an indicator another name."""
    row = _one(store, indicator)
    _note(store, [{"verb": "rename", "indicator_id": row["id"], "value": name}])
    with store.writing():
        store.update("indicators", [{"id": row["id"], "name": name}])
    return say("rulings.renamed", old=row["name"], new=name)


def pin(store: Store, book: Rulebook, *, target: str, indicator: str) -> str:
    """Put one target, and those of the same words in its programme, under an indicator."""
    row, into = _target(store, target), _one(store, indicator)
    _note(store, [{**_pinned(row, into["id"]), "wording": wording_of(store, book, row)}])
    realign(store, book, [into["id"], row["indicator_id"]])
    return say("rulings.pinned", target=line(row["quote"], 80), indicator=into["name"])


def direct(store: Store, book: Rulebook, *, indicator: str, better: str) -> str:
    """Say which way an indicator is to go: definitions.BETTER."""
    row = _one(store, indicator)
    _note(store, [{"verb": "direction", "indicator_id": row["id"], "value": better}])
    with store.writing():
        store.update("indicators", [{"id": row["id"], "standing": 0}])
    align(store, book)
    return say("rulings.directed", indicator=row["name"], better=say(f"better.{better}"))


def undo(store: Store, book: Rulebook, *, number: int) -> str:
    """Take a ruling back; MuctieuError where there is none of that number."""
    found = store.rows("SELECT * FROM rulings WHERE id = ?", number)
    if not found:
        raise MuctieuError(say("rulings.none", number=number))
    (ruling,) = found
    with store.writing():
        store.db.execute("DELETE FROM rulings WHERE id = ?", (number,))
    realign(store, book, [ruling["indicator_id"], ruling["value"]])
    return say("rulings.undone", number=number)


def _pinned(target: Row, indicator_id: str) -> Row:
    return {"verb": "pin", "indicator_id": indicator_id, "target_id": target["id"]}


def _note(store: Store, rulings: Sequence[Row]) -> None:
    empty = {"target_id": None, "value": None, "wording": None}
    made = datetime.now(UTC).isoformat(timespec="seconds")
    with store.writing():
        for ruling in rulings:
            store.insert("rulings", [{**empty, "made_at": made, **ruling}])


def _one(store: Store, wanted: str) -> Row:
    """The one indicator that is meant; MuctieuError names the candidates where that fits several."""
    ids = find_indicator(store, wanted)
    if len(ids) > 1:
        raise MuctieuError(say("rulings.several", wanted=wanted, near=", ".join(ids[:6])))
    return store.rows("SELECT * FROM indicators WHERE id = ?", ids[0])[0]


def _target(store: Store, key: str) -> Row:
    """The one target whose id begins so."""
    table, record, _ = store.record(key)
    if table != "targets":
        raise MuctieuError(say("rulings.no_target", target=key, table=table))
    return store.rows("SELECT * FROM targets WHERE id = ?", record["id"])[0]


# --- listing --------------------------------------------------------------------------------------------------------


def indicator_rows(store: Store, words: str = "") -> list[Row]:
    """The indicators whose name or id has those words, those of most places first, with INDICATOR as columns."""
    rows = store.rows(
        "SELECT i.id, i.name, i.better, i.better_why, i.unit, i.programme_id, i.known, count(t.id) AS targets,"
        " count(DISTINCT t.document_id) AS documents, count(DISTINCT t.place_id) AS places FROM indicators i"
        " JOIN targets t ON t.indicator_id = i.id GROUP BY i.id"
    )
    kept = [typed_as(INDICATOR, row) for row in with_words(rows, words)]
    return sorted(kept, key=lambda row: (-row["places"], -row["documents"], plain(row["name"])))


def print_indicators(out: Console, rows: Sequence[Row]) -> None:
    """Indicators as a table; a line where there is none."""
    if not rows:
        out.print(say("rulings.no_indicators"))
        return
    shown = [
        [
            f"{line(row['name'], 200)}\n{row['id']}",
            say(f"better.{row['better']}") if row["better"] else "",
            str(row["places"]),
            str(row["documents"]),
            str(row["targets"]),
        ]
        for row in rows
    ]
    columns: Columns = [("indicator", {"ratio": 1}), ("better", {}), *((name, {"justify": "right"}) for name in COUNTS)]
    out.print(grid(columns, shown))


COUNTS = ("places", "documents", "targets")


def print_indicator(out: Console, store: Store, indicator_id: str) -> None:
    """An indicator with its targets: what each says, how sure and why it belongs here, and whether it compares."""
    (row,) = store.rows("SELECT * FROM indicators WHERE id = ?", indicator_id)
    targets = store.rows(
        "SELECT t.*, d.kind, d.number, d.title, d.issued_on, d.source_path FROM targets t"
        " JOIN documents d ON d.id = t.document_id WHERE t.indicator_id = ? ORDER BY d.issued_on, d.id, t.rowid",
        indicator_id,
    )
    better = say(f"better.{row['better']}") if row["better"] else say("better.unknown")
    out.print(line(row["name"]), style="bold")
    out.print(f"{row['id']}  {better}" + (f" ({row['better_why']})" if row["better_why"] else ""), style="dim")
    shown = [
        [
            target["id"],
            line(target["place"] or ""),
            f"{value(target)} ({target['period_to'] or '?'})",
            line(target["indicator"] or target["quote"], 160),
            f"{target['indicator_score']:.2f} {line(target['indicator_why'] or '', 80)}"
            + (f"; {target['comparable_why']}" if target["comparable_why"] else ""),
            name_of(target),
        ]
        for target in targets
    ]
    columns: Columns = [
        ("id", {"width": 8, "no_wrap": True, "style": "dim"}),
        ("place", {}),
        ("value", {}),
        ("indicator", {"ratio": 2}),
        ("why", {"ratio": 1}),
        ("document", {"ratio": 1}),
    ]
    out.print(grid(columns, shown))


def print_rulings(out: Console, store: Store) -> None:
    """The rulings of a store, the newest last."""
    rows = store.rows("SELECT * FROM rulings ORDER BY id")
    if not rows:
        out.print(say("rulings.no_rulings"))
        return
    shown = [
        [str(r["id"]), r["made_at"][:10], r["verb"], r["indicator_id"], line(r["target_id"] or r["value"] or "")]
        for r in rows
    ]
    columns: Columns = [
        ("number", {"justify": "right"}),
        ("date", {}),
        ("verb", {}),
        ("indicator", {}),
        ("about", {"ratio": 1}),
    ]
    out.print(grid(columns, shown))
