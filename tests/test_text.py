"""The canonical text, its shadow and the way back to the source."""

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from extractor import rulebook
from extractor.model import Source
from extractor.rulebook import Rule, Rulebook
from extractor.text import Canonical, canonical, shade, wrap_width

BOOK = rulebook.load()
RULES = {rule.id: rule for rule in BOOK.rules["cleaning"]}

WRAPPED = """
Căn cứ Luật Tổ chức chính quyền địa phương và các văn bản hướng dẫn thi hành của
Chính phủ, Ủy ban nhân dân tỉnh đã giao các sở, ban, ngành xây dựng chỉ tiêu cho năm
2026 và các năm tiếp theo, trong đó tỷ lệ hộ nghèo giảm bình quân mỗi năm khoảng
1,5%, riêng các xã đặc biệt khó khăn giảm từ ba phần trăm trở lên theo quy định tại
Điều 5 của Nghị quyết này và Kết luận của Ban Thường vụ Tỉnh ủy về việc thực hiện
Chương trình mục tiêu quốc gia giảm nghèo bền vững trên địa bàn toàn tỉnh trong giai
đoạn tới, bảo đảm mọi người dân được tiếp cận đầy đủ các dịch vụ xã hội cơ bản nhất.
Sở Tư pháp chủ trì, phối hợp với các cơ quan, đơn vị có liên quan tổ chức kiểm tra việc
thực hiện và báo cáo kết quả về Ủy ban nhân dân tỉnh trước ngày 15 tháng 12 hằng năm.
1. Mục tiêu chung
Phấn đấu xây dựng tỉnh trở thành địa phương phát triển nhanh, bền vững, có đời sống
vật chất và tinh thần của người dân ngày càng được nâng cao, môi trường được bảo vệ.
2. Mục tiêu cụ thể
Tỷ lệ lao động qua đào tạo đạt bảy mươi phần trăm, trong đó lao động có bằng cấp và
chứng chỉ đạt ba mươi phần trăm số lao động của toàn tỉnh, theo quy định tại khoản
3 Điều 4.
""".strip()


def clean(text: str, page_starts: tuple[int, ...] = ()) -> Canonical:
    return canonical(Source("-", "text/plain", "", text, page_starts), BOOK)


def squash(text: str) -> str:
    return "".join(text.split())


# Alphabets that reach every stage: marks, case, invisible and broken characters, furniture and joins.
PIECES = st.sampled_from(
    [
        *"aAộỘđĐİıßŉΣς01. ,;:|-–/\n\r\t\f\v\0\xa0\xad\u200b\ufeff\u2028\u0301\u0323\u0302\ud800\udfff«”’ÐðСР",
        *(
            "\r\n",
            "\n\n\n",
            " | ",
            "hoà",
            "QUÝ",
            "Uỷ",
            "tỉ lệ",
            "HỖND",
            "phát",
            "triển kinh tế",
            "\n2\n\n",
            "Điều 5.",
            "a) ",
        ),
        *("Tin liên quan", "TAG:", "CÔNG BÁO/Số 281/Ngày 21-05-2026", "12", "số 52-\nCT/TW", "- tỷ lệ", "Chia sẻ Zalo"),
        "một dòng chữ dài quá bốn mươi ký tự mà không có dấu chấm ở cuối dòng",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=40).map("".join))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
@example("İ" * 3 + "\ud800\0")
@example("a\u200b\u0301")
@example("\u1100\u200d\u1161")
def test_shadows_are_as_long_as_the_text(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.text) == len(cleaned.shadow) == len(cleaned.lower)
    assert unicodedata.is_normalized("NFC", cleaned.text)
    assert not any(c == "\0" or 0xD800 <= ord(c) <= 0xDFFF for c in cleaned.text)
    assert all(
        low == c.lower() or len(c.lower()) > 1 or c in "Σ" for low, c in zip(cleaned.lower, cleaned.shadow, strict=True)
    )


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_cleaning_again_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once.text).text == once.text


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_the_way_back_is_monotone_and_exact(text: str) -> None:
    cleaned = clean(text)
    back = [cleaned.to_source(offset) for offset in range(len(cleaned.text) + 1)]
    assert back == sorted(back)
    assert all(0 <= offset <= len(text) for offset in back)
    # A character that occurs in neither a composition nor a repair stands where the map says.
    for at, character in enumerate(cleaned.text):
        if character in "aA01|;":
            assert text[back[at]] == character


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_page_starts_stay_in_order_and_inside(pages: list[str]) -> None:
    starts = [0]
    for page in pages[:-1]:
        starts.append(starts[-1] + len(page) + 1)
    cleaned = clean("\n".join(pages), tuple(starts))
    assert len(cleaned.page_starts) == len(starts)
    assert list(cleaned.page_starts) == sorted(cleaned.page_starts)
    assert all(0 <= start <= len(cleaned.text) for start in cleaned.page_starts)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("\ufeffTỷ  lệ\t\thộ nghèo \r\n\r\n\r\n\r\nGiảm", "Tỷ lệ hộ nghèo\n\nGiảm"),
        ("Tỷ\u200b lệ hộ ngh\xadèo", "Tỷ lệ hộ nghèo"),
        ("Ti\u0309nh Bình Phu\u031bo\u031b\u0301c", "Tỉnh Bình Phước"),
        ("a\0b\ud800c", "a\ufffdb\ufffdc"),
        ("một\xa0hai", "một\xa0hai"),
        ("một \xa0 hai", "một hai"),
        ("", ""),
        (" \n\t ", ""),
        ("# Tiêu đề\n**đậm** (**)", "# Tiêu đề\nđậm (**)"),
    ],
)
def test_characters(raw: str, wanted: str) -> None:
    assert clean(raw).text == wanted


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (
            "giải quyết những vấn đề bức xúc nảy sinh trong quá trình phát\n\n\n\ntriển kinh tế - xã hội.",
            "giải quyết những vấn đề bức xúc nảy sinh trong quá trình phát triển kinh tế - xã hội.",
        ),
        ("Thực hiện Chỉ thị số 52-\nCT/TW của Ban Bí thư", "Thực hiện Chỉ thị số 52-CT/TW của Ban Bí thư"),
        ("theo Thông tư số 16/2015/TT-\nBTC", "theo Thông tư số 16/2015/TT-BTC"),
        ("theo Nghị định số 16\n/2015/NĐ-CP", "theo Nghị định số 16/2015/NĐ-CP"),
        ("giai đoạn 2021-\n2025", "giai đoạn 2021-2025"),
    ],
)
def test_joined(raw: str, wanted: str) -> None:
    assert clean(raw).text == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Các nhiệm vụ chủ yếu của các sở, ban, ngành trong năm là\na) tuyên truyền",
        "Các nhiệm vụ chủ yếu của các sở, ban, ngành trong năm là\nđ) giảm nghèo",
        "Các nhiệm vụ chủ yếu của các sở, ban, ngành trong năm là\n- giảm nghèo",
        "Các nhiệm vụ chủ yếu của các sở, ban, ngành trong năm là\n• giảm nghèo",
        "Các nhiệm vụ chủ yếu của các sở, ban, ngành trong năm:\ngiảm nghèo bền vững",
        "1 | Tỷ lệ hộ nghèo của toàn tỉnh theo chuẩn mới | %\ngiảm bình quân mỗi năm",
        "Tỷ lệ hộ nghèo của toàn tỉnh theo chuẩn mới giảm\n| giảm bình quân mỗi năm",
        "CHƯƠNG TRÌNH PHÁT TRIỂN CÔNG TÁC XÃ HỘI CỦA TỈNH\nvề việc giao chỉ tiêu cho các địa phương",
        "Quyết định\nvề việc phê duyệt kế hoạch",
        "Máy vi tính để bàn dùng cho cán bộ, công chức cấp xã\ncái\n15",
        "theo Thông tư số 16/2015/TT- BTC",
        "trong năm 2020\n- Sở Tư pháp",
        "Sở Tư pháp\nSở Y tế",
    ],
)
def test_not_joined(text: str) -> None:
    assert clean(text).text == text


def test_hard_wrapped_text() -> None:
    """Breaks inside sentences go, also before capitals and figures; headings and sentence ends keep theirs."""
    assert 75 <= wrap_width(WRAPPED) <= 90
    lines = clean(WRAPPED).text.split("\n")
    assert lines[0].endswith("dịch vụ xã hội cơ bản nhất.")
    assert "thi hành của Chính phủ, Ủy ban" in lines[0]
    assert "cho năm 2026 và các năm" in lines[0]
    assert "khoảng 1,5%, riêng" in lines[0]
    assert "quy định tại Điều 5 của Nghị quyết" in lines[0]
    assert lines[2] == "1. Mục tiêu chung"
    assert len(lines) == 6


def test_paragraphs_are_not_taken_for_wrapped_lines() -> None:
    assert wrap_width("\n".join("Một đoạn văn dài. " * (k % 9 + 1) for k in range(60))) == 0


def test_gazette_header_inside_a_target() -> None:
    raw = (
        "- Phấn đấu đến năm 2030 doanh thu xuất khẩu sản phẩm và dịch vụ công \n\n\n"
        "CÔNG BÁO/Số 333/Ngày 16-06-2026 \n81\n \n \nnghệ số đạt tối thiểu 55 tỷ USD/năm."
    )
    cleaned = clean(raw)
    assert cleaned.text == (
        "- Phấn đấu đến năm 2030 doanh thu xuất khẩu sản phẩm và dịch vụ công nghệ số đạt tối thiểu 55 tỷ USD/năm."
    )
    at = cleaned.text.index("nghệ số")
    assert raw[cleaned.to_source(at) :].startswith("nghệ số")


SENTENCE = "Các cơ quan, đơn vị và địa phương tiếp tục triển khai các nhiệm vụ được giao theo kế hoạch " * 8


def test_page_numbers_of_known_pages_go() -> None:
    pages = [f"{SENTENCE}và các xã\n{number}\n" for number in (7, 8, 9)]
    starts = (0, len(pages[0]), len(pages[0]) + len(pages[1]))
    cleaned = clean("".join(pages), starts)
    assert not {"7", "8", "9"} & set(cleaned.text.split())
    assert [cleaned.text[start:].startswith("Các cơ quan") for start in cleaned.page_starts] == [True] * 3


def test_figures_at_page_ends_that_count_nothing_stay() -> None:
    pages = [f"{SENTENCE}\n{number}\n" for number in (120, 45, 300)]
    cleaned = clean("".join(pages), (0, len(pages[0]), len(pages[0]) + len(pages[1])))
    assert {"120", "45", "300"} <= set(cleaned.text.split())


def test_page_numbers_that_cut_sentences_go_without_pages() -> None:
    raw = "".join(f"{SENTENCE}của các\n\n{number}\n\nxã, phường. " for number in (2, 3, 4))
    assert not {"2", "3", "4"} & set(clean(raw).text.split())


def test_figures_of_a_table_in_lines_stay() -> None:
    raw = "\n\n".join(f"{number}\n\n{SENTENCE.strip()}\n\nThường xuyên" for number in (1, 2, 3, 4))
    assert {"1", "2", "3", "4"} <= set(clean(raw).text.split())


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_examples_of_the_rules(rule: Rule) -> None:
    """Every example is matched exactly; of those that drop, the text without the marked span is what remains."""
    for case in rule.finds:
        assert case.span is not None
        shaded = shade(case.text, BOOK)
        seen = shaded.shadow if rule.cased else shaded.lower
        found = rule.pattern.match(seen) if rule.anchor == "line" else rule.pattern.search(seen)
        assert found is not None, case.text
        assert found.span() == case.span
        if rule.sets["action"] == "drop":
            start, end = case.span
            assert squash(clean(case.text).text) == squash(case.text[:start] + case.text[end:])
    for case in rule.skips:
        shaded = shade(case.text, BOOK)
        seen = shaded.shadow if rule.cased else shaded.lower
        assert not (rule.pattern.match(seen) if rule.anchor == "line" else rule.pattern.search(seen)), case.text
        if rule.sets["action"] == "drop":
            assert squash(clean(case.text).text) == squash(case.text)


def test_what_stands_behind_a_document_is_never_most_of_a_long_text() -> None:
    """A rule may drop all up to the end; in many documents pasted together that would be nearly everything."""
    (tail,) = (rule for rule in RULES.values() if rule.id == "cleaning.portal_tail")
    example = next(example.text for example in tail.finds)
    assert clean(example).text != example
    much = example + "\n" + "Mục tiêu đến năm 2030 là giảm nghèo.\n" * 2_000
    assert len(clean(much).text) > 60_000


def test_every_rule_says_what_it_does() -> None:
    assert {rule.sets["action"] for rule in RULES.values()} == {"drop", "page number", "part", "join", "whole"}


@pytest.mark.parametrize(
    ("text", "shadow"),
    [
        ("hoà, khoẻ, uỷ, thuỷ", "hòa, khỏe, ủy, thủy"),
        ("HOÀ BÌNH, Uỷ ban", "HÒA BÌNH, Ủy ban"),
        ("hoàn toàn, khuỷu, xoáy, quý, QUỲ", "hoàn toàn, khuỷu, xoáy, quý, QUỲ"),
        ("2021 – 2025 — 57‑NQ", "2021 - 2025 - 57-NQ"),
        ("“không\xa0ma túy” ’", '"không ma túy" \''),
        ("Ðồng Nai, 66/NQ-СР", "Đồng Nai, 66/NQ-CP"),
        ("TT. HỖND tỉnh, tỉ lệ, Tối Thiếu, tã hội", "TT. HĐND tỉnh, tỷ lệ, Tối Thiểu, xã hội"),
        ("Ủy bân nhân dân", "Ủy ban nhân dân"),
        ("UỶ BÂN NHÂN DÂN", "ỦY BAN NHÂN DÂN"),
        ("hỗnda ahỗnd", "hỗnda ahỗnd"),
        ("İstanbul", "İstanbul"),
        ("\uf0b7 Sở, \uf0a7 Ban", "- Sở, - Ban"),
    ],
)
def test_shadow(text: str, shadow: str) -> None:
    cleaned = clean(text)
    assert (cleaned.text, cleaned.shadow) == (text, shadow)
    assert cleaned.lower == "İ".join(part.lower() for part in shadow.split("İ"))


def test_slips_are_of_equal_length_and_lead_nowhere_else() -> None:
    rows = BOOK.tables["slips"]
    values = {row["value"] for row in rows}
    for row in rows:
        assert len(row["surface"]) == len(row["value"]), row
        assert row["surface"] == shade(row["surface"], Rulebook({}, {}, {}, {}, "")).lower, row
        assert row["surface"] not in values, row
        assert row["about"], row


@pytest.mark.parametrize(
    "text",
    [
        "Tỷ lệ hộ nghèo giảm 5% so với năm 2020, " * 12_000,
        "a\n" * 100_000,
        "a" + "\u0301\u0323" * 100_000,
        " " * 500_000 + "x",
        "12\n\n" * 60_000,
        "tin liên quan\nabc\n" * 15_000,
        "ký bởi: a cơ quan: b ngày ký: c " * 8_000,
        "tp. hcm, ngày 1/1/2021\nthưa quý khách,\nbạn vừa bị đăng xuất khỏi tài khoản\n" * 4_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_time_grows_with_the_length(text: str) -> None:
    """Twice the text takes about twice the time; a quadratic stage would take four times as long."""

    def seconds(part: str) -> float:
        best = 60.0
        for _ in range(3):
            begin = time.process_time()
            clean(part)
            best = min(best, time.process_time() - begin)
        return best

    assert seconds(text) <= 3 * seconds(text[: len(text) // 2]) + 0.1
