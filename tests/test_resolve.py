"""Identities: slugs, record ids, pages, provinces on a day."""

import pytest

from extractor import places
from extractor.model import Document
from extractor.pipeline import extract_text
from extractor.resolve import Ids, clean_number, record_id, slug, symbol_issuer
from extractor.rulebook import load

BOOK = load()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Sở Y tế", "so-y-te"),
        ("SỞ  Y TẾ", "so-y-te"),
        ("Đắk Lắk", "dak-lak"),
        ("05/2024/QĐ-UBND", "05-2024-qd-ubnd"),
        ("Lao động - Thương binh", "lao-dong-thuong-binh"),
        ("  ", ""),
    ],
)
def test_slug(text: str, wanted: str) -> None:
    assert slug(text) == wanted


def test_a_record_id_is_of_document_class_quote_and_occurrence() -> None:
    first = record_id("d", "targets", "đạt 60%", 1)
    assert first == record_id("d", "targets", "đạt \n 60%", 1)
    others = [
        record_id("e", "targets", "đạt 60%", 1),
        record_id("d", "deadlines", "đạt 60%", 1),
        record_id("d", "targets", "đạt 61%", 1),
        record_id("d", "targets", "đạt 60%", 2),
    ]
    assert len({first, *others}) == 5


def test_a_record_id_stays_over_versions() -> None:
    """Corrections made by people hang on it: this value may not change."""
    assert record_id("VN-10/uy-ban-nhan-dan/77-kh-ubnd:2024", "targets", "đạt 60% số xã", 1) == "b48af5b9ba539e91"


def test_occurrences_count_by_class_and_folded_quote() -> None:
    ids = Ids("d", (0,))
    assert ids.next("targets", "a b") == record_id("d", "targets", "a b", 1)
    assert ids.next("targets", "a  b") == record_id("d", "targets", "a b", 2)
    assert ids.next("agencies", "a b") == record_id("d", "agencies", "a b", 1)


def test_pages_count_from_one() -> None:
    ids = Ids("d", (0, 100, 200))
    assert [ids.page(at) for at in (0, 99, 100, 199, 200, 999)] == [1, 1, 2, 2, 3, 3]
    assert Ids("d", ()).page(50) == 1


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("10- CTr/TU", "10-CTr/TU"),
        ("154 /KH- UBND", "154/KH-UBND"),
        ("12//QĐ--TTg", "12/QĐ-TTg"),
        ("5/QĐ-TTg ", "5/QĐ-TTg"),
    ],
)
def test_clean_number(raw: str, clean: str) -> None:
    assert clean_number(raw) == clean


@pytest.mark.parametrize(
    ("number", "issuer", "level"),
    [
        ("32/2010/QĐ-TTg", "Thủ tướng Chính phủ", "central"),
        ("20/2021/NĐ-CP", "Chính phủ", "central"),
        ("63/2025/QH15", "Quốc hội", "central"),
        ("12/2023/TT-BTC", "Bộ Tài chính", "central"),
        ("57-NQ/TW", "Ban Chấp hành Trung ương", "central"),
        ("77/KH-UBND", "Ủy ban nhân dân", "province"),
    ],
)
def test_symbol_issuer(number: str, issuer: str, level: str) -> None:
    row = symbol_issuer(number, BOOK)
    assert row is not None
    assert (row["value"], row["level"]) == (issuer, level)


@pytest.mark.parametrize("number", [None, "", "141", "5/X-YZ"])
def test_a_symbol_that_tells_nothing(number: str | None) -> None:
    assert symbol_issuer(number, BOOK) is None


def test_a_province_is_another_after_the_merger() -> None:
    before, after = places.known("Lào Cai", "2025-06-30", BOOK), places.known("Lào Cai", "2025-07-01", BOOK)
    assert before is not None
    assert after is not None
    assert before["name"] == after["name"]
    assert before["id"] != after["id"]
    assert before["becomes"] == after["id"]


def test_a_code_that_changed_its_meaning_stays_apart() -> None:
    """A code of before the merger may be another province's after it; the identity tells them apart."""
    by_code: dict[str, set[str]] = {}
    for row in BOOK.tables["provinces"]:
        by_code.setdefault(row["code"], set()).add(row["name"])
    moved = {code: names for code, names in by_code.items() if len(names) > 1}
    assert moved
    for code, names in moved.items():
        rows = [row for row in BOOK.tables["provinces"] if row["code"] == code]
        assert len({row["id"] for row in rows}) == len(rows), names


def test_a_province_that_no_longer_is_keeps_its_last_row() -> None:
    row = places.known("Bình Phước", "2026-01-01", BOOK)
    assert row is not None
    assert row["becomes"]


def test_of_provinces_of_one_name_the_newest_stands_for_a_later_day() -> None:
    row = places.known("Hậu Giang", "2025-10-01", BOOK)
    assert row is not None
    assert row["id"] == "VN-93"


def test_no_such_province() -> None:
    assert places.known("Atlantis", "2024-01-01", BOOK) is None


# --- what a document says of itself -----------------------------------------------------------------------------------

LAW = """QUỐC HỘI
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Luật số: 12/2024/QH15
LUẬT
KHAI THÁC CÁT SÔNG
Căn cứ Hiến pháp nước Cộng hòa xã hội chủ nghĩa Việt Nam;
Điều 1. Phạm vi điều chỉnh
Cát sông được khai thác theo quy hoạch đến năm 2031. Báo cáo lập trước ngày 15 tháng 3 năm 2026.
"""
ADOPTED = "Luật này được Quốc hội khóa XV, kỳ họp thứ 8 thông qua ngày 27 tháng 11 năm 2024.\n"


def own(text: str) -> Document:
    return extract_text(text, book=BOOK).document


def test_a_law_without_a_date_in_its_head_is_of_the_day_on_which_it_was_adopted() -> None:
    law = own(LAW + ADOPTED)
    assert (law.issued_on, law.id) == ("2024-11-27", "VN/quoc-hoi/12-2024-qh15:2024")


def test_the_words_of_another_kind_of_document_tell_no_day() -> None:
    assert own(LAW + ADOPTED.replace("Luật này", "Nghị quyết này")).issued_on is None


def test_the_head_tells_the_day_before_the_closing_words() -> None:
    dated = LAW.replace("Luật số", "Hà Nội, ngày 28 tháng 11 năm 2024\nLuật số")
    assert own(dated + ADOPTED).issued_on == "2024-11-28"


def test_the_year_of_an_undated_document_is_that_of_its_number() -> None:
    assert own(LAW).id == "VN/quoc-hoi/12-2024-qh15:2024"


DECISION = """ỦY BAN NHÂN DÂN TỈNH AN GIANG
Số: 7/2008/QĐ-UBND
An Giang, ngày 25 tháng 12 năm 2008
QUYẾT ĐỊNH
Về việc quản lý bến thuyền
Căn cứ Luật Tổ chức Hội đồng nhân dân và Ủy ban nhân dân;
QUYẾT ĐỊNH:
Điều 1. Bến thuyền được quản lý theo Quy định này.
"""


@pytest.mark.parametrize(
    ("words", "day", "why"),
    [
        ("Quyết định này có hiệu lực sau 10 ngày kể từ ngày ký.", "2009-01-04", "stated"),
        ("Quyết định này có hiệu lực thi hành sau 10 (mười) ngày, kể từ ngày ký ban hành.", "2009-01-04", "stated"),
        ("Quyết định này có hiệu lực thi hành sau mười lăm ngày kể từ ngày ban hành.", "2009-01-09", "stated"),
        ("Quyết định này có hiệu lực kể từ ngày ký.", "2008-12-25", "issue date"),
        ("Giấy phép có hiệu lực sau 10 ngày kể từ ngày ký.", "2008-12-25", "issue date"),
        ("Nghị định này có hiệu lực sau 10 ngày kể từ ngày ký.", "2008-12-25", "issue date"),
        (
            "Quyết định này có hiệu lực sau 10 ngày kể từ ngày ký. Khoản 2 có hiệu lực từ ngày 01/7/2009.",
            "2009-01-04",
            "stated",
        ),
    ],
)
def test_a_delay_counts_from_the_day_of_issue(words: str, day: str, why: str) -> None:
    decision = own(f"{DECISION}Điều 2. {words}\n")
    assert (decision.effective_on, decision.effective_why) == (day, why)


def test_a_delay_without_a_day_of_issue_gives_no_day() -> None:
    undated = DECISION.replace("An Giang, ngày 25 tháng 12 năm 2008\n", "")
    decision = own(f"{undated}Điều 2. Quyết định này có hiệu lực sau 10 ngày kể từ ngày ký.\n")
    assert (decision.effective_on, decision.effective_why) == (None, None)


# --- who issues -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "number", "issuer", "body"),
    [
        ("TỈNH ỦY AN GIANG", "12-KH/TU", "Tỉnh ủy An Giang", "tinh-uy"),
        ("TỈNH UỶ", "12-KH/TU", "Tỉnh ủy An Giang", "tinh-uy"),
        (
            "TỈNH ỦY AN GIANG\nBAN TUYÊN GIÁO",
            "12-KH/BTGTU",
            "Ban Tuyên giáo Tỉnh ủy An Giang",
            "ban-tuyen-giao-tinh-uy",
        ),
        (
            "TỈNH ỦY AN GIANG\nBAN TUYÊN GIÁO VÀ DÂN VẬN",
            "12-KH/BTGDVTU",
            "Ban Tuyên giáo và Dân vận Tỉnh ủy An Giang",
            "ban-tuyen-giao-va-dan-van-tinh-uy",
        ),
        (
            "ĐẢNG ỦY UBND TỈNH AN GIANG",
            "12-KH/ĐU",
            "Đảng ủy Ủy ban nhân dân tỉnh An Giang",
            "dang-uy-uy-ban-nhan-dan",
        ),
        (
            "ỦY BAN MẶT TRẬN TỔ QUỐC VIỆT NAM TỈNH AN GIANG",
            "12/KH-MTTQ",
            "Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh An Giang",
            "uy-ban-mat-tran-to-quoc-viet-nam",
        ),
        ("SỞ Y TẾ TỈNH AN GIANG", "12/KH-SYT", "Sở Y tế tỉnh An Giang", "so-y-te"),
    ],
)
def test_a_body_of_a_province_has_its_place_once(head: str, number: str, issuer: str, body: str) -> None:
    text = f"{head}\nSố {number}\nĐẢNG CỘNG SẢN VIỆT NAM\nAn Giang, ngày 5 tháng 3 năm 2026\nKẾ HOẠCH\nvề bến thuyền\n"
    document = own(f"{text}I. MỤC TIÊU\n- Đạt 60% số bến.\n")
    assert (document.issuer, document.issuer_id) == (issuer, f"VN-91@2025/{body}")


@pytest.mark.parametrize(
    ("head", "issuer"),
    [
        ("THÀNH ỦY HẢI PHÒNG", "Thành ủy Hải Phòng"),
        ("THÀNH ỦY", "Thành ủy Hải Phòng"),
        ("ỦY BAN NHÂN DÂN THÀNH PHỐ HẢI PHÒNG", "Ủy ban nhân dân thành phố Hải Phòng"),
    ],
)
def test_a_committee_of_the_party_in_a_city_is_named_without_the_kind_of_city(head: str, issuer: str) -> None:
    assert own(f"{head}\nSố 12/KH\nHải Phòng, ngày 5 tháng 3 năm 2026\nKẾ HOẠCH\nvề bến thuyền\n").issuer == issuer


@pytest.mark.parametrize(
    ("head", "issuer"),
    [
        ("ĐẢNG ỦY PHƯỜNG BẾN SẬY", "Đảng ủy phường Bến Sậy"),
        ("ỦY BAN NHÂN DÂN XÃ BẾN SẬY", "Ủy ban nhân dân xã Bến Sậy"),
        ("ỦY BAN NHÂN DÂN HUYỆN\nBẾN SẬY", "Ủy ban nhân dân huyện"),
    ],
)
def test_a_head_names_a_commune_in_the_line_of_its_body(head: str, issuer: str) -> None:
    assert own(f"{head}\nSố 5/KH\nBến Sậy, ngày 5 tháng 3 năm 2026\nKẾ HOẠCH\nvề bến thuyền\n").issuer == issuer


# --- an annex posted alone --------------------------------------------------------------------------------------------

ANNEX = """Phụ lục III
DANH MỤC BẾN THUYỀN
TRÊN SÔNG ĐẾN NĂM 2031
(Kèm theo Quyết định số 7/2024/QĐ-UBND
ngày 25 tháng 12 năm 2024 của Ủy ban nhân dân tỉnh An Giang)
I. BẾN MỚI
Xây dựng 12 bến thuyền.
"""


def test_an_annex_posted_alone_is_official_and_of_the_issuer_and_day_of_its_document() -> None:
    annex = own(ANNEX)
    assert (annex.source_kind, annex.kind, annex.number) == ("official", "Phụ lục", None)
    assert (annex.title, annex.to) == ("DANH MỤC BẾN THUYỀN TRÊN SÔNG ĐẾN NĂM 2031", "2031")
    assert (annex.issuer, annex.issued_on) == ("Ủy ban nhân dân tỉnh An Giang", "2024-12-25")
    assert (annex.issuer_id, annex.province) == ("VN-89/uy-ban-nhan-dan", "An Giang")


def test_an_annex_is_not_taken_for_its_document() -> None:
    found = extract_text(ANNEX, book=BOOK)
    (cited,) = found.legal_refs
    assert (cited.number, cited.relation) == ("7/2024/QĐ-UBND", "ban hành kèm theo")
    assert found.document.id.startswith("sha256:")


def test_the_places_in_an_annex_are_named_by_it() -> None:
    paths = {block.label: block.path for block in extract_text(ANNEX, book=BOOK).blocks if block.label}
    assert paths == {"III": "PL III", "I": "PL III.I"}


def test_an_annex_whose_document_has_no_number_yet_is_of_the_body_and_day_named() -> None:
    annex = own(ANNEX.replace("số 7/2024/QĐ-UBND", "số /QĐ-UBND"))
    assert (annex.issuer, annex.issued_on) == ("Ủy ban nhân dân tỉnh An Giang", "2024-12-25")


def test_a_text_that_begins_like_an_annex_and_names_no_document_is_none() -> None:
    assert own(ANNEX.replace("(Kèm theo Quyết định", "(Xem Quyết định")).kind != "Phụ lục"
