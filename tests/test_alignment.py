"""Alignment over documents: against gold, programmes, what is in force, and rulings of analysts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from extractor import rulings
from extractor.alignment import align
from extractor.batch import ingest
from extractor.errors import MuctieuError
from extractor.pipeline import again
from extractor.rulebook import load
from extractor.store import Store

BOOK = load()
CORPUS = Path(__file__).resolve().parent.parent / "corpus"
GOLD = json.loads((CORPUS / "alignment.json").read_text("utf-8"))


@pytest.fixture
def store(ingested: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of it to write to."""
    path = tmp_path / "corpus.db"
    path.write_bytes(ingested.read_bytes())
    with Store(path) as opened:
        yield opened


# --- against gold -----------------------------------------------------------------------------------------------------


def members(path: Path) -> Iterator[tuple[dict[str, Any], int, dict[str, Any] | None]]:
    """(gold member, its cluster or a number of its own, the target found for it)."""
    with Store(path, read_only=True) as store:
        found = store.rows("SELECT t.*, d.source_path, d.text FROM targets t JOIN documents d ON d.id = t.document_id")
    seen: set[tuple[str, str, int]] = set()
    listed = [(m, number) for number, cluster in enumerate(GOLD["clusters"]) for m in cluster["members"]]
    listed += [(m, -1 - number) for number, pair in enumerate(GOLD["not_same"]) for m in pair[:2]]
    for member, number in listed:
        key = (member["doc"], member["value_quote"], member.get("nth") or 1)
        if key in seen:
            continue
        seen.add(key)
        yield member, number, _target(member, [row for row in found if Path(row["source_path"]).stem == member["doc"]])


def _target(member: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not rows:
        return None
    text, quote, at = rows[0]["text"], member["value_quote"], -1
    for _ in range(member.get("nth") or 1):
        at = text.find(quote, at + 1)
    return max(
        (row for row in rows if row["value_start"] < at + len(quote) and at < row["value_end"]),
        key=lambda row: min(row["value_end"], at + len(quote)) - max(row["value_start"], at),
        default=None,
    )


def test_pairs_agree_with_gold(ingested: Path) -> None:
    """Pairwise F1 over targets of different documents; a target that was not found misses all its pairs."""
    wanted = said = right = 0
    for (a, one, found), (b, other, there) in combinations(list(members(ingested)), 2):
        if a["doc"] == b["doc"]:
            continue
        same = bool(found and there and found["indicator_id"] == there["indicator_id"])
        wanted, said, right = wanted + (one == other), said + same, right + (same and one == other)
    assert wanted > 700
    assert 2 * right / (wanted + said) >= 0.95


def test_what_is_not_comparable_agrees_with_gold(ingested: Path) -> None:
    told = [
        (bool(member.get("comparable", True)), bool(row["comparable"]))
        for member, number, row in members(ingested)
        if row and number >= 0 and len({m["doc"] for m in GOLD["clusters"][number]["members"]}) > 1
    ]
    apart = [found for gold, found in told if not gold]
    assert len(apart) > 15
    assert apart.count(False) / len(apart) >= 0.7
    assert sum(gold == found for gold, found in told) / len(told) >= 0.95


# --- programmes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "programme", "why"),
    [
        ("214/KH-UBND", "VN/thu-tuong-chinh-phu/3725-qd-ttg:2025", "thực hiện 3725/QĐ-TTg"),
        ("745/QĐ-UBND", "VN/thu-tuong-chinh-phu/3725-qd-ttg:2025", "căn cứ 3725/QĐ-TTg"),
        ("3725/QĐ-TTg", "VN/thu-tuong-chinh-phu/3725-qd-ttg:2025", "sets it up"),
        ("96/KH-UBND", "tai-nan-thuong-tich-tre-em-2021-2030", "its title names it"),
        ("136/NQ-HĐND", None, None),
    ],
)
def test_programmes_of_documents(ingested: Path, number: str, programme: str | None, why: str | None) -> None:
    with Store(ingested, read_only=True) as store:
        (row,) = store.rows("SELECT programme_id, programme_why FROM documents WHERE number = ?", number)
    assert (row["programme_id"], row["programme_why"]) == (programme, why)


def test_an_article_has_the_programme_of_the_plan_that_it_tells_of(ingested: Path) -> None:
    with Store(ingested, read_only=True) as store:
        (row,) = store.rows("SELECT * FROM documents WHERE source_path LIKE '%ky-nang-so-tin-bai%'")
    assert row["programme_id"] == "VN/thu-tuong-chinh-phu/3725-qd-ttg:2025"
    assert row["programme_why"] == "that of 0087/KH-UBND"


def test_what_an_article_tells_again_counts_once(ingested: Path) -> None:
    with Store(ingested, read_only=True) as store:
        told = store.rows(
            "SELECT t.value_quote, p.value_quote AS plan, d.number FROM targets t"
            " JOIN documents a ON a.id = t.document_id JOIN targets p ON p.id = t.told_by"
            " JOIN documents d ON d.id = p.document_id"
            " WHERE a.source_path LIKE '%quang-ninh-tin-bai%'"
        )
        own = store.rows("SELECT * FROM v_compare WHERE province = 'Quảng Ninh' AND indicator LIKE 'Dân số sử dụng%'")
    assert {row["number"] for row in told} == {"88/KH-UBND"}
    assert ("từ 55% trở lên", "từ 55% trở lên") in {(row["value_quote"], row["plan"]) for row in told}
    assert sorted((row["year"], row["low"]) for row in own) == [(2028, 40), (2030, 55)]


# --- what is in force -------------------------------------------------------------------------------------------------

A, B, C = "96/KH-UBND", "58/KH-UBND", "174/KH-UBND"


def in_force(path: Path, day: str) -> set[tuple[str, str]]:
    """(document, value) of the targets of the three plans on accidents of children that are in force on a day."""
    sql = (
        "SELECT d.number, t.value_quote FROM targets t JOIN documents d ON d.id = t.document_id"
        " WHERE d.source_path LIKE '%ke-hoach-tre-em-%' AND t.in_force_from <= ?"
        " AND (t.in_force_to IS NULL OR ? < t.in_force_to)"
    )
    with Store(path, read_only=True) as store:
        return {(row["number"], row["value_quote"]) for row in store.rows(sql, day, day)}


def test_amended_and_replaced_at_four_dates(ingested: Path) -> None:
    amended = {"Ít nhất 65%", "ít nhất 50%", "ít nhất 30 lớp"}
    first = in_force(ingested, "2024-04-18")
    assert {number for number, _ in first} == {A}
    assert len(first) == 9
    assert in_force(ingested, "2025-03-31") == first  # B is issued, and takes effect on 1 April
    second = in_force(ingested, "2025-04-01")
    assert {value for number, value in first - second if number == A} == amended
    assert {value for number, value in second if number == B} == {"ít nhất 80%", "ít nhất 65%", "từ 75% trở lên"}
    assert len(second) == 9 - 3 + 3
    third = in_force(ingested, "2026-03-05")
    assert {number for number, _ in third} == {C}
    assert len(third) == 9
    assert in_force(ingested, "2024-04-17") == set()


# --- stays ------------------------------------------------------------------------------------------------------------


def ids(store: Store) -> dict[str, str]:
    return {row["id"]: row["indicator_id"] for row in store.rows("SELECT id, indicator_id FROM targets")}


def test_aligning_again_does_nothing(store: Store) -> None:
    assert align(store, BOOK).documents == 0


def test_ids_stay_when_all_is_aligned_again(store: Store) -> None:
    before = ids(store)
    with store.writing():
        store.db.execute("UPDATE documents SET aligned = NULL")
    assert align(store, BOOK).documents == 26
    assert ids(store) == before


def test_a_new_document_moves_no_other(tmp_path: Path) -> None:
    files = sorted(CORPUS.glob("ky-nang-so-*.txt"))
    with Store(tmp_path / "some.db") as store:
        ingest(files[:-1], store, BOOK)
        before = ids(store)
        ingest(files[-1:], store, BOOK)
        after = ids(store)
    assert before.items() <= after.items()
    assert len(after) > len(before)


def test_a_document_that_goes_takes_its_standings_along(store: Store) -> None:
    with store.writing():
        store.db.execute("DELETE FROM documents WHERE number = '3725/QĐ-TTg'")
        store.db.execute("UPDATE indicators SET standing = 0")
    align(store, BOOK)
    kept = {row["id"] for row in store.rows("SELECT id FROM targets")}
    for column in ("yardstick_id", "compared_to", "told_by"):
        assert {row["x"] for row in store.rows(f"SELECT DISTINCT {column} AS x FROM targets")} - {None} <= kept


# --- rulings ----------------------------------------------------------------------------------------------------------


def indicator_of(store: Store, value: str, path: str) -> dict[str, Any]:
    (row,) = store.rows(
        "SELECT t.id AS target, i.* FROM targets t JOIN indicators i ON i.id = t.indicator_id JOIN documents d"
        " ON d.id = t.document_id WHERE t.value_quote = ? AND d.source_path LIKE ?",
        value,
        f"%{path}%",
    )
    return row


def read_again(store: Store) -> None:
    """Extract every document anew and align it, as after new rules."""
    run = store.begin_run("later", "other rules")
    for document in store.documents():
        store.save(again(store.load(document["id"]), BOOK), run)
    with store.writing():
        store.db.execute("UPDATE documents SET aligned = NULL")
    align(store, BOOK)


def test_merge_and_undo(store: Store) -> None:
    one, other = indicator_of(store, "20 mô hình", "nghe-an"), indicator_of(store, "12 mô hình", "vinh-long")
    rulings.merge(store, BOOK, kept=one["id"], others=[other["id"]])
    read_again(store)
    assert indicator_of(store, "12 mô hình", "vinh-long")["id"] == one["id"]
    rulings.undo(store, BOOK, number=1)
    assert indicator_of(store, "12 mô hình", "vinh-long")["id"] != one["id"]


def test_split_stays(store: Store) -> None:
    old = indicator_of(store, "185.000 lượt lao động", "ca-mau")
    rulings.split(store, BOOK, indicator=old["id"], targets=[old["target"][:8]], name="Lượt đào tạo của Cà Mau")
    read_again(store)
    new = indicator_of(store, "185.000 lượt lao động", "ca-mau")
    assert (new["name"], new["id"]) == ("Lượt đào tạo của Cà Mau", "luot-dao-tao-cua-ca-mau")
    assert indicator_of(store, "420.000 lượt lao động", "nghe-an")["id"] == old["id"]


def test_pin_stays_and_takes_the_same_words_along(store: Store) -> None:
    one, other = indicator_of(store, "185.000 lượt lao động", "ca-mau"), indicator_of(store, "20 mô hình", "nghe-an")
    rulings.pin(store, BOOK, target=one["target"], indicator=other["id"])
    read_again(store)
    assert indicator_of(store, "185.000 lượt lao động", "ca-mau")["id"] == other["id"]
    assert indicator_of(store, "420.000 lượt lao động", "nghe-an")["id"] == other["id"]  # the same words


def test_rename_and_direction_stay(store: Store) -> None:
    one = indicator_of(store, "185.000 lượt lao động", "ca-mau")
    rulings.rename(store, BOOK, indicator=one["id"], name="Lượt lao động nông thôn được đào tạo")
    rulings.direct(store, BOOK, indicator=one["id"], better="none")
    read_again(store)
    now = indicator_of(store, "185.000 lượt lao động", "ca-mau")
    assert (now["id"], now["name"]) == (one["id"], "Lượt lao động nông thôn được đào tạo")
    assert (now["better"], now["better_why"]) == ("none", "ruled by an analyst")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda s: rulings.merge(s, BOOK, kept="khong-co", others=["khong-co"]), "no indicator"),
        (lambda s: rulings.undo(s, BOOK, number=7), "no ruling 7"),
        (lambda s: rulings.pin(s, BOOK, target="zzz", indicator="grdp-tang-truong"), "no record"),
    ],
)
def test_what_cannot_be_ruled_is_told_in_one_line(store: Store, call: Any, told: str) -> None:
    with pytest.raises(MuctieuError, match=told) as error:
        call(store)
    assert "\n" not in str(error.value)
