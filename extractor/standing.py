"""Where each target of an indicator stands: what it is compared with, whether it can be, and which of the two asks for
more.

The yardstick of a province's target is, of the same indicator and the same year,
    1. the value that a national document allots to that province, in a table with a row for each
    2. the national target
of the document that the province's one carries out; of any national document where it names none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .definitions import Definition, differences, verdict
from .resolve import NATION, is_central
from .rulebook import Rulebook

Row = Mapping[str, Any]

COLUMNS = """t.id, t.document_id, t.indicator_id, t.definition, t.measure, t.low, t.high, t.comparator, t.unit, t.per,
 t.change, t.period_from, t.period_to, t.holder, t.same_as, t.place, t.place_code, t.place_id, t.told_by,
 t.in_force_from, t.in_force_to, t.superseded_by, d.source_kind, d.issuer_id, d.programme_id, d.issued_on"""
"""What `stand` needs of targets t and their documents d."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a target stands: `compared_to` is the target whose definition it is held against, `yardstick_id` the one
    whose value; `verdict` is one of definitions.VERDICTS, None where nothing is ranked."""

    comparable: bool
    why: str | None = None
    compared_to: str | None = None
    yardstick_id: str | None = None
    verdict: str | None = None


def is_national(row: Row) -> bool:
    """Whether a target is one for the whole country."""
    return bool(row["place_id"] == NATION)


def is_allotted(row: Row) -> bool:
    """Whether a national document sets it for a province."""
    return row["place_id"] not in (None, NATION) and is_central(row["issuer_id"])


def in_force(row: Row, day: str | None) -> bool:
    """Whether a target is in force on an ISO day; None: after all that is stored has taken effect."""
    if day is None:
        return row["in_force_to"] is None
    begun = not row["in_force_from"] or str(row["in_force_from"]) <= day
    return begun and (row["in_force_to"] is None or day < str(row["in_force_to"]))


def stand(
    rows: Sequence[Row],
    better: str | None,
    standard: Definition | None,
    kin: Mapping[str, frozenset[str]],
    book: Rulebook,
    day: str | None = None,
) -> dict[str, Standing]:
    """The standing of each target of one indicator, by id.

    rows      all targets of the indicator, with COLUMNS
    better    the way it is to go
    standard  how the rulebook defines it
    kin       of each place or programme its lineage
    day       yardsticks are those in force on it
    """
    here = [row for row in rows if in_force(row, day)]
    national = sorted((row for row in here if is_national(row)), key=_authority)
    allotted = [row for row in here if is_allotted(row)]
    of_row = {row["id"]: Definition.from_json(row["definition"]) for row in rows}
    national_ids = {row["id"] for row in national}
    common = _commonest(rows, of_row, standard, national_ids)
    out = {}
    for row in rows:
        references = _of_programme(national, row, kin)
        own = of_row[row["id"]]
        if row["id"] in national_ids and row["holder"] == "own":
            out[row["id"]] = Standing(True)
            continue
        same_year = [each for each in references if _year(each) == _year(row)]
        measuring = [] if own.total else same_year  # the country's total is no yardstick for a part of it
        reference = _nearest(own, [*same_year, *references], of_row)
        wanted, compared_to = (of_row[reference["id"]], reference["id"]) if reference else common
        if wanted is None:  # the rulebook's own definition, which may say nothing of units
            assert standard is not None
            wanted = replace(own, measure=standard.measure or own.measure, population=standard.population)
        reasons = list(differences(own, wanted))
        own_rows = [each for each in _of_programme(allotted, row, kin) if _kin(each["place_id"], row["place_id"], kin)]
        candidates = [
            each
            for each in (*own_rows, *measuring)
            if _year(each) == _year(row) and each["id"] != row["id"] and each["document_id"] != row["document_id"]
        ]
        yardstick = next((e for e in candidates if not list(differences(own, of_row[e["id"]]))), None)
        ranked = verdict(row, yardstick, better, book) if yardstick and not is_national(row) else None
        if yardstick and is_allotted(yardstick):
            reasons, compared_to = [], yardstick["id"]
        out[row["id"]] = Standing(
            not reasons,
            "; ".join(reasons) or None,
            compared_to if compared_to != row["id"] else None,
            yardstick["id"] if yardstick else None,
            ranked,
        )
    return out


def _authority(row: Row) -> tuple[bool, bool, bool, str]:
    """National targets in order: of official documents, in force for good, set and not quoted, the newest first."""
    newest = "".join(chr(0x10FFFF - ord(letter)) for letter in row["issued_on"] or "0")
    return row["holder"] != "own", row["source_kind"] != "official", row["same_as"] is not None, newest


def _of_programme(rows: Iterable[Row], row: Row, kin: Mapping[str, frozenset[str]]) -> list[Row]:
    """Those of the programme that a target's document carries out; all official ones where it names none."""
    mine = row["programme_id"]
    if mine is None:
        return [each for each in rows if each["source_kind"] == "official"]
    return [each for each in rows if each["programme_id"] in kin.get(mine, {mine})]


def _kin(one: str | None, other: str | None, kin: Mapping[str, frozenset[str]]) -> bool:
    return one is not None and other is not None and (one == other or other in kin.get(one, frozenset()))


def _nearest(own: Definition, rows: Sequence[Row], of_row: Mapping[str, Definition]) -> Row | None:
    """The first row with the fewest differences of definition."""
    return min(rows, key=lambda row: len(list(differences(own, of_row[row["id"]]))), default=None)


def _commonest(
    rows: Sequence[Row], of_row: Mapping[str, Definition], standard: Definition | None, national: set[str]
) -> tuple[Definition | None, str | None]:
    """The definition that most documents use, with its first target; of equally common ones the rulebook's own, or, of
    its kind, one for a whole period before a yearly one, then the one that most targets use; None where only the
    rulebook's is left."""
    counted = [row for row in rows if row["id"] not in national]
    documents = Counter(definition for definition, _ in {(of_row[row["id"]], row["document_id"]) for row in counted})
    if not documents:
        return next(iter(of_row.values())), None
    most = max(documents.values())
    first = [definition for definition in documents if documents[definition] == most]
    if len(first) > 1 and standard:
        agreeing = [each for each in first if _agrees(each, standard)]
        if not agreeing:
            return None, None
        first = agreeing
    times = Counter(of_row[row["id"]] for row in counted)
    best = max(first, key=lambda definition: (not definition.yearly, times[definition], definition.to_json()))
    return best, next(row["id"] for row in rows if of_row[row["id"]] == best)


def _agrees(one: Definition, standard: Definition) -> bool:
    """Whether a definition is the rulebook's, in what that states."""
    measure = not standard.measure or one.measure == standard.measure
    return measure and one.population == standard.population


def _year(row: Row) -> str | None:
    return str(row["period_to"])[:4] if row["period_to"] else None
