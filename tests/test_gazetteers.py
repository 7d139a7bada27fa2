"""Hygiene of the word lists in rules/: form, keys, dates, successors, and surfaces that the shadow text can contain.

`FIX=1 pytest tests/test_gazetteers.py` rewrites every list in canonical form; what needs a decision is left to fail.
"""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import regex

RULES = Path(__file__).resolve().parent.parent / "rules"

LEVELS = {"central", "province", "district", "commune", "other"}
DOCUMENT_CLASSES = {"normative", "administrative", "party", "consolidated", "treaty"}
UNIT_CLASSES = {
    "percent", "money", "area", "length", "mass", "volume", "energy", "power", "data", "physical",
    "time", "people", "count", "rate", "rank",
}  # fmt: skip
PROVINCE_KINDS = {"tỉnh", "thành phố"}

# column -> what it holds; "surface"/"surfaces" are matched on the shadow, "surfaces" and "becomes" are lists
LISTS = {
    "provinces": ("id", "code", "name", "kind", "surfaces", "from", "to", "becomes"),
    "agencies": ("id", "name", "level", "surfaces", "symbols", "from", "to", "becomes"),
    "agency_heads": ("surface", "level", "about"),
    "agency_domains": ("surface", "value"),
    "agency_subjects": ("id", "agency", "successor", "words", "source"),
    "doctypes": ("surface", "value", "symbol", "class", "numbered", "short", "use"),
    "issuers": ("surface", "value", "level", "from", "to"),
    "laws": ("surface", "value", "kind", "number"),
    "units": ("surface", "value", "class"),
    "programmes": ("id", "name", "number", "issued_on", "surfaces", "from", "to", "becomes"),
}
PIPED = {"surfaces", "symbols", "becomes", "number", "class", "words"}
DATE = regex.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | {"\u00a0": " "})
# open syllables in oa, oe, uy carry the tone mark on the first vowel; "qu" is a consonant
NEW_PLACEMENT = regex.compile(r"(?<=o)[àáảãạèéẻẽẹ](?!\p{L})|(?<=(?<!q)u)[ỳýỷỹỵ](?!\p{L})")
TONES = "\u0300\u0301\u0309\u0303\u0323"


def shadow(text: str) -> str:
    """The form in which the matcher sees a surface: lower case, "-" for dashes, tone marks in the old placement."""
    text = unicodedata.normalize("NFC", text).lower().translate(DASHES)

    def move(match: regex.Match[str]) -> str:
        base, *marks = unicodedata.normalize("NFD", match[2])
        tone = next(m for m in marks if m in TONES)
        return unicodedata.normalize("NFC", match[1] + tone + base)

    return regex.sub(rf"(.)({NEW_PLACEMENT.pattern})", move, text)


def canonical(data: str) -> str:
    """A list in canonical form: NFC, single spaces, cells of lists without repeats, rows by key, line feeds."""
    header, *rows = list(csv.reader(io.StringIO(unicodedata.normalize("NFC", data.removeprefix("\ufeff")), newline="")))
    header = [name.strip() for name in header]
    key = header.index("id") if "id" in header else 0
    clean = [[_cell(name, cell) for name, cell in zip(header, row, strict=True)] for row in rows if row]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(sorted(clean, key=lambda row: row[key]))
    return out.getvalue()


def _cell(name: str, cell: str) -> str:
    pieces = [" ".join(piece.split()) for piece in cell.split("|")] if name in PIPED else [" ".join(cell.split())]
    return "|".join(dict.fromkeys(piece for piece in pieces if piece))


def faults(name: str, data: str) -> list[str]:
    """What is wrong with a list, one line a fault, beginning with the row's key."""
    reader = csv.DictReader(io.StringIO(data, newline=""))
    if tuple(reader.fieldnames or ()) != LISTS[name]:
        return [f"header: {reader.fieldnames}, expected {LISTS[name]}"]
    rows = list(reader)
    key = "id" if "id" in LISTS[name] else LISTS[name][0]
    times = Counter(row[key] for row in rows)
    found = [f"{k}: stands twice" for k, n in times.items() if n > 1]
    known = {row[key]: row for row in rows}
    for row in rows:
        found += [f"{row[key]}: {fault}" for fault in _row_faults(row, key, known)]
    if {"name", "surfaces"} <= set(LISTS[name]):
        found += _clashes(rows)
    return found


def _row_faults(row: dict[str, str], key: str, known: dict[str, dict[str, str]]) -> Iterator[str]:
    if not row[key]:
        yield "empty key"
    for column in ("surface", "surfaces", "words", "name", "value"):
        for piece in row.get(column, "").split("|"):
            if column in ("surface", "words") and piece != piece.lower():
                yield f"{column} {piece!r} is not in lower case"
            if shadow(piece) != piece.lower():
                yield f"{column} {piece!r} can never match: its shadow is {shadow(piece)!r}"
    for column in ("name", "value"):
        if row.get(column) == "":
            yield f"{column} is empty"
    for column in ("from", "to"):
        if row.get(column) and not DATE.fullmatch(row[column]):
            yield f"{column} {row[column]!r} is no date"
    if row.get("from") and row.get("to") and first_day(row["from"]) > last_day(row["to"]):
        yield f"from {row['from']} is after to {row['to']}"
    for successor in filter(None, row.get("becomes", "").split("|")):
        if successor not in known:
            yield f"becomes {successor!r}, which is not in the list"
        elif successor == row[key]:
            yield "becomes itself"
        elif row["to"] and known[successor]["to"] and last_day(known[successor]["to"]) <= last_day(row["to"]):
            yield f"becomes {successor!r}, which ended no later"
    if row.get("becomes") and not row["to"]:
        yield "has a successor but no last day"


def _clashes(rows: list[dict[str, str]]) -> Iterator[str]:
    """Two identities with one surface at one time: a mention would be settled by row order."""
    holders: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        for surface in {row["name"].lower(), *row["surfaces"].lower().split("|")} - {""}:
            holders[surface].append(row)
    for surface, sharing in holders.items():
        spans = sorted((first_day(row["from"] or "0001"), last_day(row["to"] or "9999"), row["id"]) for row in sharing)
        for (_, end, one), (start, _, other) in pairwise(spans):
            if start <= end:
                yield f"{one}: {surface!r} is also a name of {other} at the same time"


def first_day(date: str) -> str:
    """The first day a date cut to year or month can mean."""
    return date + "-01-01"[len(date) - 4 :] if len(date) < 10 else date


def last_day(date: str) -> str:
    """A day not before the last one that a date cut to year or month can mean."""
    return date + "-12-31"[len(date) - 4 :] if len(date) < 10 else date


def read(name: str) -> str:
    path = RULES / f"{name}.csv"
    data = path.read_text(encoding="utf-8")
    if os.environ.get("FIX") == "1" and canonical(data) != data:
        data = canonical(data)
        path.write_text(data, encoding="utf-8", newline="\n")
    return data


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read(name), newline="")))


@pytest.mark.parametrize("name", LISTS)
def test_list_is_in_canonical_form(name: str) -> None:
    data = read(name)
    assert data.splitlines() == canonical(data).splitlines(), (
        f"rules/{name}.csv: run FIX=1 pytest {Path(__file__).name}"
    )


@pytest.mark.parametrize("name", LISTS)
def test_list_is_sound(name: str) -> None:
    assert faults(name, read(name)) == []


@pytest.mark.parametrize(
    ("name", "column", "allowed"),
    [
        ("provinces", "kind", PROVINCE_KINDS),
        ("agencies", "level", LEVELS),
        ("agency_heads", "level", LEVELS),
        ("issuers", "level", LEVELS),
        ("doctypes", "class", DOCUMENT_CLASSES),
        ("doctypes", "numbered", {"yes", "no"}),
        ("doctypes", "short", {"yes", "no"}),
        ("doctypes", "use", {"", "title", "enacting", "norms", "report"}),
        ("units", "class", UNIT_CLASSES),
    ],
)
def test_closed_vocabularies(name: str, column: str, allowed: set[str]) -> None:
    used = {piece for row in rows_of(name) for piece in row[column].split("|")}
    assert used <= allowed


def test_units_are_surfaces_of_their_own() -> None:
    """A canonical unit must itself be listed, else a unit read from the database could not be read again."""
    rows = rows_of("units")
    surfaces = {row["surface"] for row in rows}
    assert [row["value"] for row in rows if shadow(row["value"]) not in surfaces] == []


def test_heads_begin_the_names_of_agencies() -> None:
    """Nearly every listed agency begins with a known type word; a few are a name by themselves."""
    heads = tuple(row["surface"] for row in rows_of("agency_heads"))
    loose = [row["name"] for row in rows_of("agencies") if not shadow(row["name"]).startswith(heads)]
    assert len(loose) <= len(rows_of("agencies")) / 50


def at(day: str) -> list[dict[str, str]]:
    """The provinces that existed on a day."""
    return [
        row for row in rows_of("provinces") if first_day(row["from"] or "0001") <= day <= last_day(row["to"] or "9999")
    ]


@pytest.mark.parametrize(
    ("day", "number"), [("2012-06-01", 63), ("2025-06-30", 63), ("2025-07-01", 34), ("2026-05-01", 34)]
)
def test_number_of_provinces(day: str, number: int) -> None:
    units = at(day)
    assert len(units) == number
    assert len({row["code"] for row in units}) == len({row["name"] for row in units}) == number


def test_provinces_of_2025_come_from_all_of_the_old_ones() -> None:
    before = {row["id"]: row for row in at("2025-06-30")}
    after = {row["id"] for row in at("2025-07-01")}
    ended = {row["becomes"] for key, row in before.items() if key not in after}
    assert len(before.keys() & after) == 11
    assert ended == after - before.keys()


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("15", "Yên Bái", "Lào Cai"),
        ("24", "Bắc Giang", "Bắc Ninh"),
        ("44", "Quảng Bình", "Quảng Trị"),
        ("52", "Bình Định", "Gia Lai"),
        ("80", "Long An", "Tây Ninh"),
        ("82", "Tiền Giang", "Đồng Tháp"),
        ("91", "Kiên Giang", "An Giang"),
    ],
)
def test_codes_that_changed_their_meaning(code: str, old: str, new: str) -> None:
    assert [row["name"] for row in at("2025-06-30") if row["code"] == code] == [old]
    assert [row["name"] for row in at("2025-07-01") if row["code"] == code] == [new]


def test_every_successor_leads_to_a_living_province() -> None:
    rows = {row["id"]: row for row in rows_of("provinces")}
    living = {row["id"] for row in at("2026-05-01")}
    for row in rows.values():
        to_visit, seen = [row["id"]], set()
        while to_visit:
            key = to_visit.pop()
            seen.add(key)
            to_visit += [k for k in rows[key]["becomes"].split("|") if k and k not in seen]
        assert seen & living, f"{row['id']} leads nowhere"


def test_programmes_have_years_a_day_and_whole_surfaces() -> None:
    for row in rows_of("programmes"):
        assert row["number"], row["id"]
        assert regex.fullmatch(r"\d{4}-\d\d-\d\d|", row["issued_on"]), row["id"]
        assert regex.fullmatch(r"\d{4}", row["from"]), row["id"]
        assert regex.fullmatch(r"\d{4}|", row["to"]), row["id"]
        assert "." not in row["surfaces"], row["id"]


@pytest.mark.parametrize(
    "symbol", ["QĐ", "NQ", "NĐ", "TT", "TTLT", "CT", "KH", "CTr", "ĐA", "TTr", "BC", "TB", "KL", "HD"]
)
def test_symbols_of_document_kinds_are_known(symbol: str) -> None:
    assert symbol in {row["symbol"] for row in rows_of("doctypes")}


HEAD = "id,name,level,surfaces,symbols,from,to,becomes\n"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("a,Bộ Thuỷ lợi,central,,,,,\n", "can never match"),
        ("a,Bộ Y tế,central,Bộ Y–tế,,,,\n", "can never match"),
        ("a,Bộ Y tế,central,,,2025-13,,\n", "is no date"),
        ("a,Bộ Y tế,central,,,2025-03-01,2024,\n", "is after"),
        ("a,Bộ Y tế,central,,,,2025,b\n", "not in the list"),
        ("a,Bộ Y tế,central,,,,2025,a\n", "becomes itself"),
        ("a,Bộ Y tế,central,,,,,b\nb,Bộ X,central,,,,,\n", "no last day"),
        ("a,Bộ Y tế,central,,,,2025,b\nb,Bộ X,central,,,,2020,\n", "ended no later"),
        ("a,Bộ Y tế,central,,,,,\na,Bộ X,central,,,,,\n", "stands twice"),
        ("a,Bộ Y tế,central,BYT,,,,\nb,Bộ X,central,byt,,,,\n", "at the same time"),
    ],
)
def test_checks_see_faults(row: str, fault: str) -> None:
    assert any(fault in line for line in faults("agencies", HEAD + row))


def test_same_name_at_different_times_is_no_clash() -> None:
    assert faults("agencies", HEAD + "a,Bộ X,central,,,,2024-12-31,b\nb,Bộ X,central,,,2025-01-01,,\n") == []


def test_canonical_form_mends_and_is_stable() -> None:
    untidy = "surface,value,class\r\n người ,người,people\r\n%,%,percent\r\n"
    tidy = "surface,value,class\n%,%,percent\nngười,người,people\n"
    assert canonical(untidy) == tidy
    assert canonical(tidy) == tidy


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Uỷ ban", "ủy ban"),
        ("Hoà Bình", "hòa bình"),
        ("khoẻ", "khỏe"),
        ("quý", "quý"),
        ("hoàn toàn", "hoàn toàn"),
        ("Huỳnh", "huỳnh"),
        ("A – B", "a - b"),
    ],
)
def test_shadow(text: str, seen: str) -> None:
    assert shadow(text) == seen
