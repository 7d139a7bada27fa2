"""Known indicators recognise their examples, and wordings find their like."""

import pytest

from extractor.definitions import BETTER
from extractor.indicators import Goal, Wordings, assign, known_indicators, recognise, subject, unit_class
from extractor.rulebook import load
from extractor.text import shade

BOOK = load()
ROWS = BOOK.tables["indicators"]
CLASSES = {row["class"] for row in BOOK.tables["units"]}
UNITS = {"percent": "%", "money": "tỷ đồng", "people": "người", "count": "cơ sở", "area": "ha", "rank": "hạng"}
UNITS |= {"mass": "tấn", "power": "MW", "energy": "tỷ kWh", "time": "năm", "length": "km", "rate": "lần"}


def recognised(row: dict[str, str], example: str) -> str | None:
    """The id of the indicator that an example, "scope :: indicator", is taken for, in the row's first unit."""
    scope, _, words = example.rpartition(" :: ")
    unit = UNITS.get(row["units"].split("|")[0])
    match = recognise(subject(words, scope or None, unit, BOOK), BOOK, row["measure"] or None)
    return match.indicator_id if match else None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_examples(row: dict[str, str]) -> None:
    finds, skips = row["finds"].split("|"), row["skips"].split("|")
    assert len(finds) > 1
    assert all(skips)
    assert [recognised(row, example) for example in finds] == [row["id"]] * len(finds)
    assert row["id"] not in {recognised(row, example) for example in skips}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_rows_are_well_formed(row: dict[str, str]) -> None:
    assert row["better"] in BETTER
    assert set(filter(None, row["units"].split("|"))) <= CLASSES
    assert row["measure"] in ("", "level", "change", "rank")
    for column in ("phrases", "lacks"):
        assert row[column] == shade(row[column], BOOK).lower
        assert "  " not in row[column]
    assert len(known_indicators(BOOK)[row["id"]].phrases) == row["phrases"].count("|") + 1


def test_rows_are_sorted() -> None:
    assert [row["id"] for row in ROWS] == sorted(row["id"] for row in ROWS)


@pytest.mark.parametrize(
    ("unit", "kind"),
    [("%", "percent"), ("triệu đồng", "money"), ("cán bộ y tế", "people"), ("cái chưa ai biết", "count"), (None, None)],
)
def test_unit_classes(unit: str | None, kind: str | None) -> None:
    assert unit_class(unit, BOOK) == kind


def test_places_times_and_numbers_are_no_part_of_a_subject() -> None:
    plain = subject("tỷ lệ hộ dân tham gia tổ tự quản", None, "%", BOOK)
    dated = subject("Tỷ lệ hộ dân tham gia tổ tự quản tỉnh Bến Tre đến năm 2025", None, "%", BOOK)
    assert plain.key == dated.key


# --- wordings ---------------------------------------------------------------------------------------------------------


def goal(words: str, value: float = 50, year: str = "2030", unit: str = "%", place: str = "A", **more: str) -> Goal:
    return Goal(
        subject(words, more.get("scope"), unit, BOOK, more.get("programme")), "level", place, year, (value, None)
    )


def aligned(*documents: list[Goal]) -> list[list[str]]:
    """The indicators of documents aligned one after the other."""
    wordings, ids = Wordings(), set[str]()
    out = []
    for goals in documents:
        matches = assign(goals, wordings, ids, BOOK)
        out.append([match.indicator_id for match in matches])
        ids |= set(out[-1])
    return out


def test_other_words_for_the_same_are_one_indicator() -> None:
    ((one,), (other,)) = aligned(
        [goal("hộ chăn nuôi ký cam kết không xả thải ra kênh rạch")],
        [goal("Tỷ lệ hộ chăn nuôi cam kết không xả thải ra kênh, rạch trên địa bàn tỉnh", 70)],
    )
    assert one == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("trường tiểu học có vườn rau thực nghiệm", "trường trung học cơ sở có vườn rau thực nghiệm"),
        ("hộ dân ở nông thôn đã lắp đồng hồ nước thông minh", "hộ dân ở đô thị đã lắp đồng hồ nước thông minh"),
        ("hộ chưa ký cam kết phân loại rác tại nguồn", "hộ ký cam kết phân loại rác tại nguồn"),
        ("vườn cây có mã số vùng trồng", "bến thuyền có camera giám sát"),
    ],
)
def test_lookalikes_stay_apart(one: str, other: str) -> None:
    ((first,), (second,)) = aligned([goal(one)], [goal(other)])
    assert first != second


def test_a_document_does_not_set_one_goal_twice() -> None:
    ((whole, part),) = aligned(
        [goal("lượt nông dân học nghề chăm sóc cây cảnh", 90), goal("lượt nông dân học nghề chăm sóc cây kiểng", 40)]
    )
    assert whole != part
    ((told, again),) = aligned(
        [goal("lượt nông dân học nghề chăm sóc cây cảnh", 90), goal("lượt nông dân học nghề chăm sóc cây kiểng", 90)]
    )
    assert told == again


def test_a_part_is_no_part_of_the_whole_of_another_document() -> None:
    ((one,), (other,)) = aligned(
        [goal("riêng vùng biên giới", programme="x")], [goal("riêng vùng biên giới", programme="y")]
    )
    assert one != other


def test_ids_stay_when_more_documents_come() -> None:
    first = [goal("bến thuyền có camera giám sát"), goal("vườn cây có mã số vùng trồng")]
    alone = aligned(first)
    more = aligned(first, [goal("bến thuyền đã có camera giám sát", 80), goal("ao nuôi đăng ký xả thải")])
    assert more[0] == alone[0]
    assert more[1][0] == alone[0][0]
