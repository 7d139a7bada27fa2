"""What ministries and departments have become: by subject, along chains, with the provinces."""

import json
from pathlib import Path

import pytest

from extractor.alignment import align
from extractor.bodies import today
from extractor.pipeline import extract
from extractor.resolve import slug
from extractor.rulebook import load
from extractor.store import Store

BOOK = load()
AGENCIES = {row["id"]: row for row in BOOK.tables["agencies"]}
SUBJECTS = BOOK.tables["agency_subjects"]
LABOUR = "lao-dong-thuong-binh-va-xa-hoi"


def now(agency_id: str, about: str = "") -> tuple[str, ...]:
    return today(agency_id, about, BOOK)


@pytest.mark.parametrize(
    ("about", "successor"),
    [
        ("Kế hoạch phát triển công tác xã hội giai đoạn 2021 - 2030", "y-te"),
        ("KẾ HOẠCH TRỢ GIÚP NGƯỜI KHUYẾT TẬT", "y-te"),
        ("Chương trình phòng, chống tệ nạn xã hội", "y-te"),
        ("Chương trình hành động vì trẻ em", "y-te"),
        ("Kế hoạch hỗ trợ tạo việc làm, phát triển thị trường lao động", "noi-vu"),
        ("Chiến lược quốc gia về bình đẳng giới", "noi-vu"),
        ("Kế hoạch đào tạo nghề cho lao động nông thôn", "giao-duc-va-dao-tao"),
        ("Chương trình mục tiêu quốc gia Giảm nghèo bền vững", "nong-nghiep-va-moi-truong"),
    ],
)
def test_a_split_goes_by_the_subject(about: str, successor: str) -> None:
    assert now(f"VN/bo-{LABOUR}", about) == (f"VN/bo-{successor}",)
    assert now(f"VN-01/so-{LABOUR}", about) == (f"VN-01/so-{successor}",)


def test_tasks_of_the_police() -> None:
    about = "Kế hoạch cai nghiện ma túy"
    assert now(f"VN/bo-{LABOUR}", about) == ("VN/bo-cong-an",)
    # As records have it, without the words for the place: "Công an tỉnh".
    assert now(f"VN-01/so-{LABOUR}", about) == ("VN-01/cong-an",)


@pytest.mark.parametrize(
    ("about", "bodies"),
    [
        ("chuyển đổi số", ["bo-khoa-hoc-va-cong-nghe"]),
        ("phát triển báo chí và xuất bản", ["bo-van-hoa-the-thao-va-du-lich"]),
        ("bảo đảm an toàn thông tin mạng", ["bo-cong-an"]),
        ("chuyển đổi số và bảo đảm an toàn thông tin mạng", ["bo-khoa-hoc-va-cong-nghe", "bo-cong-an"]),
        ("chuyển đổi số, kinh tế số và an toàn thông tin mạng", ["bo-khoa-hoc-va-cong-nghe"]),
        ("Kế hoạch năm 2022", ["bo-khoa-hoc-va-cong-nghe", "bo-van-hoa-the-thao-va-du-lich", "bo-cong-an"]),
    ],
)
def test_most_hits_then_several_then_all(about: str, bodies: list[str]) -> None:
    assert now("VN/bo-thong-tin-va-truyen-thong", about) == tuple(f"VN/{body}" for body in bodies)


def test_a_word_inside_a_word_or_a_longer_phrase_tells_nothing() -> None:
    assert len(now("VN/bo-thong-tin-va-truyen-thong", "nhà xuất bảng")) == 3
    about = "phát triển dân số, kế hoạch hóa gia đình"
    assert now("VN/uy-ban-dan-so-gia-dinh-va-tre-em", about) == ("VN/bo-y-te",)


def test_the_name_of_the_body_tells_nothing() -> None:
    about = "Quyết định của Ủy ban Dân số, Gia đình và Trẻ em về công tác gia đình"
    assert now("VN/uy-ban-dan-so-gia-dinh-va-tre-em", about) == ("VN/bo-van-hoa-the-thao-va-du-lich",)


def test_a_successor_without_words_took_the_rest() -> None:
    assert now("VN/bo-giao-thong-van-tai", "phát triển đường bộ cao tốc") == ("VN/bo-xay-dung",)
    assert now("VN/bo-giao-thong-van-tai") == ("VN/bo-xay-dung",)
    assert now("VN/bo-giao-thong-van-tai", "Đào tạo, sát hạch lái xe") == ("VN/bo-cong-an",)


def test_chains() -> None:
    assert now("VN/bo-thuy-san") == ("VN/bo-nong-nghiep-va-moi-truong",)
    assert now("VN/uy-ban-dan-so-gia-dinh-va-tre-em", "bảo vệ trẻ em") == ("VN/bo-y-te",)
    assert now("VN/bo-van-hoa-thong-tin", "quản lý báo chí") == ("VN/bo-van-hoa-the-thao-va-du-lich",)


def test_provinces_in_time() -> None:
    assert now("VN-83/so-y-te") == ("VN-86@2025/so-y-te",)
    assert now(f"VN-83/so-{LABOUR}", "công tác xã hội") == ("VN-86@2025/so-y-te",)
    assert now("VN-83/uy-ban-nhan-dan-huyen-ba-tri") == ("VN-86@2025/uy-ban-nhan-dan-huyen-ba-tri",)
    assert len(now("VN-x-daklak1/so-y-te")) == 2, "a province that was divided"


def test_a_name_of_the_nation_and_of_provinces() -> None:
    assert now("VN/cuc-thue") == ("VN/cuc-thue",)
    assert now("VN/tong-cuc-thue") == ("VN/cuc-thue",)
    assert now("VN-01/cuc-thue") == ("VN-01/thue",)
    assert now("VN-01/ban-dan-toc") == ("VN-01/so-dan-toc-va-ton-giao",)
    assert now(f"VN/so-{LABOUR}", "giảm nghèo") == ("VN/so-nong-nghiep-va-moi-truong",)


@pytest.mark.parametrize(
    "agency_id", ["VN/bo-y-te", "VN-01/so-tu-phap", "VN/khong-co", "XX/so-y-te", "so-tu-phap", "VN/", ""]
)
def test_what_did_not_change_or_is_not_known_stays(agency_id: str) -> None:
    assert now(agency_id, "công tác xã hội") == (agency_id,)


def test_the_list_divides_what_agencies_became() -> None:
    for row in SUBJECTS:
        assert row["id"] == f"{row['agency']}-{row['successor']}"
        assert {row["agency"], row["successor"]} <= AGENCIES.keys()
        assert row["successor"] in AGENCIES[row["agency"]]["becomes"].split("|"), row["id"]
        assert row["source"], row["id"]
    divided = {row["agency"] for row in SUBJECTS}
    for agency in divided:
        own = [row for row in SUBJECTS if row["agency"] == agency]
        words = [word for row in own for word in row["words"].split("|") if word]
        assert {row["successor"] for row in own} == set(AGENCIES[agency]["becomes"].split("|")), agency
        assert len(words) == len(set(words)), f"{agency}: a word tells two successors"
        assert sum(not row["words"] for row in own) <= 1, f"{agency}: two took the rest"
    assert {key for key, row in AGENCIES.items() if "|" in row["becomes"]} == divided


def test_ids_are_slugs_of_names() -> None:
    assert [key for key, row in AGENCIES.items() if slug(row["name"]) != key] == []


def test_the_alignment_notes_what_bodies_have_become(tmp_path: Path) -> None:
    plan = tmp_path / "plan.txt"
    plan.write_text(
        "ỦY BAN NHÂN DÂN\nTỈNH BẾN TRE\n\nSố: 12/KH-UBND\n\nBến Tre, ngày 07 tháng 6 năm 2021\n\nKẾ HOẠCH\n"
        "Thực hiện Chương trình phát triển công tác xã hội giai đoạn 2021 - 2025\n\n"
        "1. Sở Lao động - Thương binh và Xã hội chủ trì, phối hợp với Sở Tài chính thực hiện.\n",
        encoding="utf-8",
    )
    with Store(tmp_path / "a.db") as store:
        store.save(extract(plan, book=BOOK), store.begin_run("0.1.0", BOOK.fingerprint))
        align(store, BOOK)
        rows = store.rows("SELECT agency_id, today FROM v_agencies")
    found = {row["agency_id"]: json.loads(row["today"]) for row in rows}
    assert found[f"VN-83/so-{LABOUR}"] == ["VN-86@2025/so-y-te"]
    assert found["VN-83/so-tai-chinh"] == ["VN-86@2025/so-tai-chinh"]
    assert None not in found.values()
