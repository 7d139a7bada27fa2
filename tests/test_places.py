"""Provinces in time: 63 until 30 June 2025, 34 from 1 July 2025, and codes that are used again."""

import pytest

from extractor import places
from extractor.errors import MuctieuError
from extractor.rulebook import load

BOOK = load()
OLD, NEW = places.valid("2025-06-30", BOOK), places.valid("2025-07-01", BOOK)
# Resolution 202/2025/QH15: code -> whose it was, and whose it is.
REUSED = {
    "15": ("Yên Bái", "Lào Cai"),
    "24": ("Bắc Giang", "Bắc Ninh"),
    "44": ("Quảng Bình", "Quảng Trị"),
    "52": ("Bình Định", "Gia Lai"),
    "80": ("Long An", "Tây Ninh"),
    "82": ("Tiền Giang", "Đồng Tháp"),
    "91": ("Kiên Giang", "An Giang"),
}


def test_there_were_63_and_there_are_34() -> None:
    assert (len(OLD), len(NEW), len(places.current(BOOK))) == (63, 34, 34)
    for system in (OLD, NEW):
        assert len({row["code"] for row in system}) == len({row["name"] for row in system}) == len(system)


@pytest.mark.parametrize("row", OLD, ids=lambda row: row["name"])
def test_every_old_province_has_become_one_of_today(row: dict[str, str]) -> None:
    (now,) = places.today(row["id"], BOOK)
    assert now in {each["id"] for each in places.current(BOOK)}
    assert row["id"] in places.lineage(now, BOOK)
    assert places.by_code(row["code"], row["name"], "2024-06-01", BOOK) == row


@pytest.mark.parametrize("row", NEW, ids=lambda row: row["name"])
def test_every_new_province_covers_old_ones(row: dict[str, str]) -> None:
    covered = [each for each in OLD if places.today(each["id"], BOOK) == places.today(row["id"], BOOK)]
    assert row["name"] in {each["name"] for each in covered}
    assert len(covered) in (1, 2, 3)
    assert places.by_code(row["code"], row["name"], "2025-08-01", BOOK) == row


def test_eleven_provinces_stayed_and_52_became_23() -> None:
    """Resolution 202/2025/QH15, article 1."""
    merged = [row for row in NEW if len([o for o in OLD if set(places.today(o["id"], BOOK)) == _now(row)]) > 1]
    assert len(merged) == 23
    assert len(NEW) - len(merged) == 11


def _now(row: dict[str, str]) -> set[str]:
    return set(places.today(row["id"], BOOK))


def test_the_codes_used_again_are_exactly_these() -> None:
    before, after = ({row["code"]: row["name"] for row in system} for system in (OLD, NEW))
    found = {code: (before[code], after[code]) for code in before if code in after and before[code] != after[code]}
    assert found == REUSED


@pytest.mark.parametrize(("code", "was", "is_"), [(code, *names) for code, names in REUSED.items()])
def test_a_code_means_a_place_on_a_day(code: str, was: str, is_: str) -> None:
    for day, name in (("2025-06-30", was), ("2025-07-01", is_)):
        row = places.by_code(code, None, day, BOOK)
        assert row is not None
        assert row["name"] == name
    assert {row["name"] for row in places.named(code, BOOK)} == {was, is_}


def test_earlier_changes() -> None:
    assert places.today("VN-28", BOOK) == ("VN-01",)  # Hà Tây
    assert places.today("VN-46", BOOK) == ("VN-46@2025",)  # Thừa Thiên Huế
    assert set(places.today("VN-x-hatuyen", BOOK)) == {"VN-08@2025"}
    assert len(places.today("VN-x-haihung", BOOK)) == 2
    hue = places.by_code("46", None, "2025-01-01", BOOK)
    assert hue is not None
    assert (hue["name"], hue["kind"]) == ("Huế", "thành phố")


@pytest.mark.parametrize("name", ["Bến Tre", "ben tre", "tỉnh Bến Tre", "BENTRE", "83"])
def test_the_ways_to_name_a_province(name: str) -> None:
    assert "VN-83" in places.ids(places.named(name, BOOK))


def test_an_unknown_province_is_told_with_the_nearest() -> None:
    with pytest.raises(MuctieuError, match="Bến Tre"):
        places.named("Ben Tri", BOOK)
