"""What each class of record says of small sentences, one behaviour a test, by the contract and the annotation rules."""

from typing import Any

import pytest

from extractor import extract_text
from extractor.model import Agency, Deadline, Extraction, LegalRef, Target

HEAD = """ỦY BAN NHÂN DÂN TỈNH {province}
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Số: 77/KH-UBND
{place}, ngày {day}
KẾ HOẠCH
{title}
Căn cứ Luật Thư viện ngày 21 tháng 11 năm 2019;
Ủy ban nhân dân tỉnh ban hành Kế hoạch như sau:
"""


def plan(
    body: str, *, title: str = "Phát triển thư viện cộng đồng", place: str = "Lào Cai", day: str = "09 tháng 3 năm 2024"
) -> Extraction:
    """The records of a plan of a province with that text below its head."""
    return extract_text(HEAD.format(province=place.upper(), place=place, day=day, title=title) + body)


def targets(sentence: str, *, heading: str = "I. MỤC TIÊU", **head: str) -> list[Target]:
    """The targets of a line under a heading of goals."""
    return list(plan(f"{heading}\n{sentence}\n", **head).targets)


def one(sentence: str, **head: str) -> Target:
    (target,) = targets(sentence, **head)
    return target


def fields(record: Any, names: str) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in names.split())


# --- targets: value, comparator, unit -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "quote", "low", "high", "comparator", "unit", "per"),
    [
        ("Đến năm 2028 đạt 60% số xã có thư viện.", "60%", 60, None, "eq", "%", None),
        ("Ít nhất 85% số xã có thư viện.", "Ít nhất 85%", 85, None, "ge", "%", None),
        ("Tối thiểu 02 cán bộ mỗi xã.", "Tối thiểu 02 cán bộ", 2, None, "ge", "cán bộ", None),
        ("Trên 70% số hộ có nước sạch.", "Trên 70%", 70, None, "gt", "%", None),
        ("Không dưới 70% số hộ có nước sạch.", "Không dưới 70%", 70, None, "ge", "%", None),
        ("Có từ 80% trở lên số hộ có nước sạch.", "từ 80% trở lên", 80, None, "ge", "%", None),
        ("Tỷ lệ hộ nghèo dưới 3%.", "dưới 3%", 3, None, "lt", "%", None),
        ("Tỷ lệ hộ nghèo không quá 3%.", "không quá 3%", 3, None, "le", "%", None),
        (
            "Đào tạo khoảng 250 nghìn lao động.",
            "khoảng 250 nghìn lao động",
            250,
            None,
            "approx",
            "nghìn lao động",
            None,
        ),
        ("Đạt 85% - 90% số hộ có nước sạch.", "85% - 90%", 85, 90, "range", "%", None),
        ("Đạt khoảng 5-6% số hộ khá.", "khoảng 5-6%", 5, 6, "range", "%", None),
        ("Mở từ 05 đến 07 thư viện.", "từ 05 đến 07 thư viện", 5, 7, "range", "thư viện", None),
        ("Diện tích rừng trồng mới đạt 70.000 ha.", "70.000 ha", 70000, None, "eq", "ha", None),
        ("Diện tích nhà ở bình quân đạt 27,5 m2/người.", "27,5 m2/người", 27.5, None, "eq", "m2", "người"),
        ("Giá trị sản xuất tăng bình quân 9%/năm.", "tăng bình quân 9%/năm", 9, None, "eq", "%", "năm"),
        ("Kim ngạch xuất khẩu đạt 1,2 tỷ USD.", "1,2 tỷ USD", 1.2, None, "eq", "tỷ USD", None),
        ("Tỉnh thuộc nhóm 10 tỉnh dẫn đầu về chuyển đổi số.", "nhóm 10 tỉnh dẫn đầu", 10, None, "le", "hạng", None),
    ],
)
def test_value(
    sentence: str, quote: str, low: float, high: float | None, comparator: str, unit: str, per: str | None
) -> None:
    target = one(sentence)
    assert fields(target, "low high comparator unit per") == (low, high, comparator, unit, per)
    assert target.value_quote == quote


@pytest.mark.parametrize(
    ("sentence", "low", "change", "measure"),
    [
        ("Tỷ lệ xã có thư viện đạt 60%.", 60, None, "level"),
        ("Giảm tỷ lệ hộ nghèo xuống còn 5%.", 5, "decrease", "level"),
        ("Tỷ lệ hộ nghèo giảm còn 5%.", 5, "decrease", "level"),
        ("Nâng tỷ lệ hộ khá lên 40%.", 40, "increase", "level"),
        ("Duy trì 100% số xã có trạm y tế.", 100, "maintain", "level"),
        ("Số lượt bạn đọc tăng 20% so với năm 2023.", 20, "increase", "change"),
        ("Giảm 50% số vụ tai nạn so với năm 2023.", 50, "decrease", "change"),
        ("Tỷ lệ hộ nghèo giảm bình quân 1-1,5%/năm.", 1, "decrease", "change"),
        ("Tốc độ tăng trưởng GRDP bình quân 9%/năm.", 9, None, "change"),
        ("Doanh thu tăng gấp 2 lần so với năm 2023.", 2, "increase", "change"),
        ("Xếp thứ 10 cả nước về chuyển đổi số.", 10, None, "rank"),
    ],
)
def test_change_and_measure(sentence: str, low: float, change: str | None, measure: str) -> None:
    assert fields(one(sentence), "low change measure") == (low, change, measure)


def test_a_baseline_is_named_and_is_no_deadline() -> None:
    found = plan("I. MỤC TIÊU\nĐến năm 2028 số lượt bạn đọc tăng 20% so với năm 2023.\n")
    assert fields(found.targets[0], "low unit baseline to") == (20, "%", "2023", "2028")
    assert "2023" not in {d.to for d in found.deadlines}


def test_the_first_number_of_a_pair_is_the_baseline_value() -> None:
    target = one("Giảm tỷ lệ hộ nghèo từ 12% năm 2023 xuống còn 5% vào năm 2028.")
    assert fields(target, "low to change measure") == (5, "2028", "decrease", "level")
    assert target.baseline_value == 12


# --- targets: several in a sentence ---------------------------------------------------------------------------------


def test_several_targets_in_a_sentence() -> None:
    found = targets("Tỷ lệ xã có thư viện đạt 60%, tỷ lệ xã có tủ sách số đạt 40%, tỷ lệ bạn đọc nữ đạt 50%.")
    assert [t.low for t in found] == [60, 40, 50]
    assert [t.indicator for t in found] == ["Tỷ lệ xã có thư viện", "tỷ lệ xã có tủ sách số", "tỷ lệ bạn đọc nữ"]


def test_values_before_their_indicators() -> None:
    found = targets("Có 60% số xã có thư viện và 40% số xã có tủ sách số.")
    assert [(t.low, t.indicator) for t in found] == [(60, "số xã có thư viện"), (40, "số xã có tủ sách số")]


def test_one_indicator_at_two_times() -> None:
    found = targets("Tỷ lệ xã có thư viện đến năm 2026 đạt 60%, đến năm 2028 đạt 90%.")
    assert [(t.low, t.to, t.period_source) for t in found] == [(60, "2026", "clause"), (90, "2028", "clause")]


def test_a_comparator_shared_by_a_list() -> None:
    found = targets("Hỗ trợ thành lập ít nhất 100 hợp tác xã, 50 doanh nghiệp.")
    assert [(t.low, t.comparator, t.unit) for t in found] == [(100, "ge", "hợp tác xã"), (50, "ge", "doanh nghiệp")]


def test_parts_of_a_whole_count_too() -> None:
    found = targets("Có 60% số xã có thư viện, trong đó 20% số xã có tủ sách số.")
    assert [t.low for t in found] == [60, 20]


def test_each_is_what_a_value_is_counted_by() -> None:
    target = one("Mỗi xã có từ 01 đến 02 nhân viên thư viện.")
    assert fields(target, "low high per comparator") == (1, 2, "xã", "range")


def test_a_yearly_goal() -> None:
    target = one("Hằng năm tổ chức ít nhất 10 lớp tập huấn.")
    assert fields(target, "low per comparator") == (10, "năm", "ge")
    assert (target.unit or "").startswith("lớp")


@pytest.mark.parametrize(
    ("sentence", "indicator"),
    [
        ("Phấn đấu đến năm 2028 tỷ lệ xã có thư viện đạt 60%.", "tỷ lệ xã có thư viện"),
        ("Bảo đảm ít nhất 85% trẻ em mồ côi được trợ giúp.", "trẻ em mồ côi được trợ giúp"),
        ("Thu nhập bình quân đầu người đạt 80 triệu đồng.", "Thu nhập bình quân đầu người"),
    ],
)
def test_the_indicator_is_what_is_measured(sentence: str, indicator: str) -> None:
    found = plan(f"I. MỤC TIÊU\n{sentence}\n")
    (target,) = found.targets
    assert target.indicator == indicator
    assert target.indicator_start is not None
    assert found.text.startswith(indicator.split()[0], target.indicator_start)


def test_the_heading_above_adds_the_scope() -> None:
    (target,) = plan("I. MỤC TIÊU\n1. Đối với khu vực đô thị\nTỷ lệ hộ có nước sạch đạt 95%.\n").targets
    assert target.scope in ("khu vực đô thị", "đô thị")


def test_said_again_points_to_the_first() -> None:
    found = targets("- Đến năm 2028, tỷ lệ xã có thư viện đạt 60%.\n- Đến năm 2028, tỷ lệ xã có thư viện đạt 60%.")
    assert [t.same_as for t in found] == [None, found[0].id]


def test_the_same_number_of_something_else_is_not_said_again() -> None:
    found = targets("- Đến năm 2028, tỷ lệ xã có thư viện đạt 60%.\n- Đến năm 2028, tỷ lệ hộ có nước sạch đạt 60%.")
    assert [t.same_as for t in found] == [None, None]


# --- targets: place and period --------------------------------------------------------------------------------------


def test_place_is_the_documents_province() -> None:
    assert fields(one("Đạt 60% số xã có thư viện."), "place place_code holder") == ("Lào Cai", "10", "own")


def test_a_national_target() -> None:
    text = (
        "THỦ TƯỚNG CHÍNH PHỦ\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 12/QĐ-TTg\nHà Nội, ngày 09 tháng 3 năm 2024\n"
        "QUYẾT ĐỊNH\nPhê duyệt Chương trình phát triển thư viện\nTHỦ TƯỚNG CHÍNH PHỦ\nQUYẾT ĐỊNH:\n"
        "Điều 1. Mục tiêu\n1. Đến năm 2030 có 60% số xã có thư viện.\n"
    )
    (target,) = extract_text(text).targets
    assert fields(target, "place place_code to") == ("Việt Nam", None, "2030")


def test_a_goal_of_the_country_in_a_plan_of_a_province_is_quoted() -> None:
    target = one("Cả nước phấn đấu đến năm 2030 có 80% số xã có thư viện.")
    assert fields(target, "holder place") == ("quoted", "Việt Nam")


@pytest.mark.parametrize(
    ("body", "start", "end", "source"),
    [
        ("I. MỤC TIÊU\nĐến năm 2028 đạt 60% số xã có thư viện.", None, "2028", "clause"),
        ("I. MỤC TIÊU\nGiai đoạn 2024 - 2028, đạt 60% số xã có thư viện.", "2024", "2028", "clause"),
        ("I. MỤC TIÊU\nTừ năm 2024 đến năm 2028 đạt 60% số xã có thư viện.", "2024", "2028", "clause"),
        ("I. MỤC TIÊU\nTrước năm 2030 đạt 60% số xã có thư viện.", None, "2029", "clause"),
        ("I. MỤC TIÊU\nĐạt 60% số xã có thư viện vào năm 2028.", None, "2028", "clause"),
        ("I. MỤC TIÊU\nTrong quý IV/2025 đạt 60% số xã có thư viện.", None, "2025-12", "clause"),
        ("I. MỤC TIÊU ĐẾN NĂM 2028\n- Đạt 60% số xã có thư viện.", None, "2028", "heading"),
        ("I. MỤC TIÊU\n1. Giai đoạn 2024 - 2028:\n- Đạt 60% số xã có thư viện.", "2024", "2028", "heading"),
        ("I. MỤC TIÊU\nPhấn đấu đến năm 2028:\n- Đạt 60% số xã có thư viện.", None, "2028", "heading"),
        ("I. MỤC TIÊU\n1. Đến năm 2028\n- Đến năm 2026 đạt 60% số xã có thư viện.", None, "2026", "clause"),
        ("I. MỤC TIÊU\nĐạt 60% số xã có thư viện.", None, None, "none"),
    ],
)
def test_period(body: str, start: str | None, end: str | None, source: str) -> None:
    (target,) = plan(body + "\n").targets
    assert fields(target, "from_ to period_source") == (start, end, source)


def test_period_of_the_title() -> None:
    target = one("Đạt 60% số xã có thư viện.", title="Phát triển thư viện giai đoạn 2024 - 2028")
    assert fields(target, "from_ to period_source") == ("2024", "2028", "document")


def test_a_vision_dates_no_value() -> None:
    target = one("Đến năm 2028, tầm nhìn đến năm 2040, đạt 60% số xã có thư viện.")
    assert target.to == "2028"


@pytest.mark.parametrize(
    ("heading", "to"),
    [
        ("b) Tầm nhìn đến năm 2040", "2040"),
        ("b) Định hướng đến năm 2040:", "2040"),
        ("b) Đến năm 2028, tầm nhìn đến năm 2040", "2028"),
    ],
)
def test_a_vision_that_opens_a_heading_dates_what_stands_below(heading: str, to: str) -> None:
    (target,) = plan(f"I. MỤC TIÊU\n{heading}\n- Đạt 60% số xã có thư viện.\n").targets
    assert fields(target, "to period_source") == (to, "heading")


def test_a_vision_beside_the_goals_of_a_heading_dates_nothing() -> None:
    (target,) = plan("I. MỤC TIÊU VÀ TẦM NHÌN ĐẾN NĂM 2040\n- Đạt 60% số xã có thư viện.\n").targets
    assert target.to is None


# --- what is no target ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("Kinh phí thực hiện là 6.200 triệu đồng từ ngân sách tỉnh.", "budget"),
        ("Năm 2023, tỉnh đã mở 30 thư viện.", "result"),
        ("Hiện nay có 25% số xã có thư viện.", "result"),
        ("Kế hoạch gồm 5 nhiệm vụ và 7 giải pháp.", "other"),
        ("Liên hệ điện thoại 0912 345 678 để được hướng dẫn.", "other"),
    ],
)
def test_numbers_that_are_no_targets(line: str, role: str) -> None:
    found = plan(f"II. TỔ CHỨC THỰC HIỆN\n1. {line}\n")
    assert found.targets == ()
    assert {q.role for q in found.quantities} == {role}


def test_an_age_is_a_scope() -> None:
    found = plan("I. MỤC TIÊU\nĐến năm 2028 đạt 95% trẻ em từ 6 tuổi đến 10 tuổi được cấp thẻ thư viện.\n")
    assert [t.low for t in found.targets] == [95]
    assert {q.role for q in found.quantities if q.unit == "tuổi"} <= {"scope"}


def test_results_of_a_report_are_no_targets() -> None:
    text = HEAD.format(province="LÀO CAI", place="Lào Cai", day="09 tháng 3 năm 2024", title="Kết quả năm 2023")
    text = text.replace("KẾ HOẠCH", "BÁO CÁO").replace("KH-UBND", "BC-UBND").replace("ban hành Kế hoạch", "báo cáo")
    found = extract_text(text + "I. KẾT QUẢ\nNăm 2023 đã mở 30 thư viện, đạt 60% số xã, tăng 5% so với năm 2022.\n")
    assert found.targets == ()
    assert "result" in {q.role for q in found.quantities}


@pytest.mark.parametrize(
    "line",
    [
        "1. Thực hiện theo Điều 5 Nghị định số 20/2021/NĐ-CP.",
        "1. Họp vào ngày 20/12/2024 và ngày 15 tháng 01 năm 2025.",
        "1. Quốc lộ 53 đi qua khu phố 12.",
    ],
)
def test_numbers_of_other_things_are_no_quantities_that_count(line: str) -> None:
    found = plan(f"II. TỔ CHỨC THỰC HIỆN\n{line}\n")
    assert found.targets == ()
    assert {q.role for q in found.quantities} <= {"other"}


def test_a_norm_of_a_decree_is_no_target() -> None:
    text = (
        "CHÍNH PHỦ\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: 12/2024/NĐ-CP\nHà Nội, ngày 09 tháng 3 năm 2024\n"
        "NGHỊ ĐỊNH\nQuy định mức trợ giúp\nCăn cứ Luật Thư viện ngày 21 tháng 11 năm 2019;\n"
        "Điều 1. Mức hỗ trợ\n1. Người khuyết tật được hưởng mức hỗ trợ bằng 50% mức chuẩn.\n"
    )
    found = extract_text(text)
    assert found.targets == ()
    assert {q.role for q in found.quantities} == {"norm"}


def test_a_budget_has_its_indicator() -> None:
    found = plan("II. KINH PHÍ\n1. Tổng kinh phí thực hiện 6.200 triệu đồng.\n")
    (quantity,) = found.quantities
    assert fields(quantity, "low unit role") == (6200, "triệu đồng", "budget")
    assert "kinh phí" in (quantity.indicator or "").lower()


# --- commitments ----------------------------------------------------------------------------------------------------


def test_a_goal_without_a_number_is_a_commitment() -> None:
    line = "Mở rộng việc đọc sách đến mọi người dân ở các thôn, bản vùng cao."
    found = plan(f"I. MỤC TIÊU\n1. Đến năm 2028\n- {line}\n- Đạt 60% số xã có thư viện.\n")
    (commitment,) = found.commitments
    assert fields(commitment, "quote from_ to") == (line.rstrip("."), None, "2028")


def test_a_task_is_no_commitment() -> None:
    assert plan("III. TỔ CHỨC\n- Mở rộng việc đọc sách đến mọi người dân ở các thôn, bản vùng cao.\n").commitments == ()


# --- deadlines ------------------------------------------------------------------------------------------------------


def deadlines(line: str, heading: str = "III. TỔ CHỨC THỰC HIỆN") -> list[Deadline]:
    return list(plan(f"{heading}\n{line}\n").deadlines)


@pytest.mark.parametrize(
    ("line", "quote", "kind", "start", "end"),
    [
        ("Gửi báo cáo trước ngày 20/12/2024.", "trước ngày 20/12/2024", "due", None, "2024-12-20"),
        (
            "Hoàn thành chậm nhất ngày 15 tháng 4 năm 2026.",
            "chậm nhất ngày 15 tháng 4 năm 2026",
            "due",
            None,
            "2026-04-15",
        ),
        ("Hoàn thành việc rà soát trong quý II/2025.", "trong quý II/2025", "due", None, "2025-06"),
        ("Hoàn thành việc rà soát trong tháng 6/2025.", "trong tháng 6/2025", "due", None, "2025-06"),
        ("Hoàn thành việc rà soát đến hết năm 2026.", "đến hết năm 2026", "due", None, "2026"),
        ("Hoàn thành việc rà soát trước năm 2030.", "trước năm 2030", "due", None, "2029"),
        ("Thực hiện việc rà soát giai đoạn 2025 - 2027.", "giai đoạn 2025 - 2027", "period", "2025", "2027"),
        ("Rà soát từ năm 2025 đến năm 2027.", "từ năm 2025 đến năm 2027", "period", "2025", "2027"),
        ("Tổ chức việc rà soát trong năm 2025.", "trong năm 2025", "due", None, "2025"),
        ("Báo cáo trước ngày 15/12 hằng năm.", "trước ngày 15/12 hằng năm", "recurring", None, "--12-15"),
        ("Định kỳ 6 tháng báo cáo kết quả.", "Định kỳ 6 tháng", "recurring", None, None),
        (
            "Trong thời hạn 15 ngày kể từ ngày nhận hồ sơ, Sở Y tế trả lời.",
            "Trong thời hạn 15 ngày kể từ ngày nhận hồ sơ",
            "relative",
            None,
            None,
        ),
    ],
)
def test_deadline_kinds(line: str, quote: str, kind: str, start: str | None, end: str | None) -> None:
    (deadline,) = deadlines(f"1. {line}")
    assert fields(deadline, "quote kind from_ to") == (quote, kind, start, end)
    assert deadline.use == "task"


def test_a_deadline_of_a_target() -> None:
    (deadline,) = deadlines("Đến năm 2028 đạt 60% số xã có thư viện.", "I. MỤC TIÊU")
    assert fields(deadline, "use to") == ("target", "2028")


def test_a_deadline_in_the_title_is_a_name() -> None:
    found = plan("I. YÊU CẦU\nĐúng quy định.\n", title="Phát triển thư viện giai đoạn 2024 - 2028")
    assert [(d.use, d.kind, d.from_, d.to) for d in found.deadlines] == [("name", "period", "2024", "2028")]


def test_a_period_in_the_name_of_a_programme_is_a_name() -> None:
    (deadline,) = deadlines("1. Phổ biến Chương trình phát triển văn hóa đọc giai đoạn 2021 - 2030 đến người dân.")
    assert fields(deadline, "use from_ to") == ("name", "2021", "2030")


def test_a_second_horizon_of_a_name() -> None:
    found = deadlines(
        "1. Phổ biến Chiến lược phát triển văn hóa đọc đến năm 2030, tầm nhìn đến năm 2045 đến người dân."
    )
    assert [(d.use, d.kind, d.to) for d in found] == [("name", "due", "2030"), ("name", "due", "2045")]


def test_entry_into_force() -> None:
    found = plan("Điều 1. Hiệu lực\n1. Quyết định này có hiệu lực từ ngày 01 tháng 4 năm 2024.\n")
    (deadline,) = found.deadlines
    assert fields(deadline, "kind use from_ to") == ("effective", "effective", "2024-04-01", None)
    assert fields(found.document, "effective_on effective_why") == ("2024-04-01", "stated")


@pytest.mark.parametrize(
    "line",
    [
        "1. Quyết định này có hiệu lực kể từ ngày ký.",
        "1. Thực hiện Quyết định số 12/QĐ-TTg ngày 25/3/2023 của Thủ tướng Chính phủ.",
        "1. Năm 2022, các sở đã phối hợp với các huyện mở lớp.",
        "1. Số lượt bạn đọc tăng 20% so với năm 2022.",
        "1. Giá trị sản xuất tăng bình quân hằng năm 9%.",
    ],
)
def test_no_deadlines(line: str) -> None:
    assert deadlines(line) == []


def test_action_and_lead_of_a_task() -> None:
    found = plan("III. TỔ CHỨC\n1. Sở Y tế chủ trì xây dựng quy chế đọc sách, hoàn thành trước ngày 20/12/2024.\n")
    (deadline,) = found.deadlines
    body = next(a for a in found.agencies if a.quote == "Sở Y tế")
    assert deadline.lead == (body.agency_id,)
    assert "xây dựng quy chế đọc sách" in (deadline.action or "")


def test_the_lead_of_a_task_stands_in_the_heading_above() -> None:
    found = plan("III. TỔ CHỨC\n1. Sở Y tế\n- Xây dựng quy chế đọc sách trước ngày 20/12/2024.\n")
    (deadline,) = found.deadlines
    body = next(a for a in found.agencies if a.quote == "Sở Y tế")
    assert deadline.lead == (body.agency_id,)


# --- agencies -------------------------------------------------------------------------------------------------------


def agencies(line: str, **head: str) -> list[Agency]:
    """The agencies of a line, those of the head left out."""
    found = plan(f"III. TỔ CHỨC\n{line}\n", **head)
    at = found.text.index("III. TỔ CHỨC")
    return [a for a in found.agencies if a.start >= at]


@pytest.mark.parametrize(
    ("line", "quote", "name", "level"),
    [
        ("Sở Tư pháp hướng dẫn.", "Sở Tư pháp", "Sở Tư pháp", "province"),
        ("Sở LĐTB&XH hướng dẫn.", "Sở LĐTB&XH", "Sở Lao động - Thương binh và Xã hội", "province"),
        ("UBND tỉnh chỉ đạo.", "UBND tỉnh", "Ủy ban nhân dân tỉnh", "province"),
        ("Giám đốc Sở Tài chính cấp vốn.", "Giám đốc Sở Tài chính", "Sở Tài chính", "province"),
        ("Bộ trưởng Bộ Tài chính quyết định.", "Bộ trưởng Bộ Tài chính", "Bộ Tài chính", "central"),
        ("Thủ tướng Chính phủ quyết định.", "Thủ tướng Chính phủ", "Thủ tướng Chính phủ", "central"),
        (
            "Ủy ban nhân dân huyện Sa Pa tổ chức.",
            "Ủy ban nhân dân huyện Sa Pa",
            "Ủy ban nhân dân huyện Sa Pa",
            "district",
        ),
        ("Các sở, ban, ngành thực hiện.", "Các sở, ban, ngành", "Sở, ban, ngành", "province"),
        ("Các bộ, ngành thực hiện.", "Các bộ, ngành", "Bộ, ngành", "central"),
        (
            "UBND các huyện, thị xã, thành phố thực hiện.",
            "UBND các huyện, thị xã, thành phố",
            "Ủy ban nhân dân cấp huyện",
            "district",
        ),
        ("UBND các xã, phường thực hiện.", "UBND các xã, phường", "Ủy ban nhân dân cấp xã", "commune"),
        ("Hội Nông dân tỉnh vận động.", "Hội Nông dân tỉnh", "Hội Nông dân tỉnh", "province"),
        ("Công an tỉnh bảo đảm trật tự.", "Công an tỉnh", "Công an tỉnh", "province"),
    ],
)
def test_agency(line: str, quote: str, name: str, level: str) -> None:
    (agency,) = agencies(f"1. {line}")
    assert fields(agency, "quote name level") == (quote, name, level)


def test_members_of_a_list() -> None:
    found = agencies("1. Sở Y tế, Sở Tài chính, Sở Nội vụ và Công an tỉnh phối hợp.")
    assert [a.quote for a in found] == ["Sở Y tế", "Sở Tài chính", "Sở Nội vụ", "Công an tỉnh"]


def test_members_of_a_list_behind_a_colon() -> None:
    found = agencies("1. Giám đốc các Sở: Y tế, Tài chính, Nội vụ chịu trách nhiệm thi hành.")
    assert [a.name for a in found] == ["Sở Y tế", "Sở Tài chính", "Sở Nội vụ"]


def test_a_body_in_brackets_behind_another() -> None:
    found = agencies("1. Cục Công nghiệp (Bộ Công Thương) hướng dẫn.")
    assert [a.quote for a in found] == ["Cục Công nghiệp", "Bộ Công Thương"]


@pytest.mark.parametrize(
    "line",
    [
        "1. Các cơ quan liên quan và các đơn vị, địa phương phối hợp.",
        "1. Các trường học, bệnh viện trên địa bàn thực hiện.",
        "1. Thực hiện Luật Tổ chức Chính phủ năm 2015.",
        "1. Cán bộ y tế xã được tập huấn.",
    ],
)
def test_what_is_no_agency(line: str) -> None:
    assert agencies(line) == []


def test_an_office_with_a_persons_name_is_no_agency() -> None:
    assert agencies("1. Phó Chủ tịch Giàng Thị Dung phát biểu.") == []


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        ("1. Sở Y tế chủ trì, phối hợp với Sở Tài chính thực hiện.", ["lead", "support"]),
        ("1. Giao Sở Y tế tham mưu.", ["lead"]),
    ],
)
def test_roles(line: str, roles: list[str]) -> None:
    assert [a.role for a in agencies(line)] == roles


def test_issuer_and_recipients_have_their_roles() -> None:
    found = plan("I. CHUNG\nĐúng quy định.\nNơi nhận:\n- Bộ Y tế;\n- Lưu: VT.\nTM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n")
    by_role = {a.role: a.name for a in found.agencies if a.role}
    assert by_role["issuer"] == "Ủy ban nhân dân tỉnh Lào Cai"
    assert by_role["recipient"] == "Bộ Y tế"


def test_the_bare_committee_is_the_provinces_own() -> None:
    found = plan("III. TỔ CHỨC\n1. UBND tỉnh chỉ đạo.\n")
    bare = next(a for a in found.agencies if a.quote == "UBND tỉnh")
    whole = next(a for a in found.agencies if a.role == "issuer")
    assert bare.agency_id == whole.agency_id == found.document.issuer_id
    assert bare.name == "Ủy ban nhân dân tỉnh"


def test_bodies_of_one_name_in_two_provinces_differ() -> None:
    (one_,) = agencies("1. Sở Y tế chủ trì.")
    (other,) = agencies("1. Sở Y tế chủ trì.", place="Sơn La")
    assert one_.name == other.name
    assert one_.agency_id != other.agency_id


def test_bodies_of_one_name_before_and_after_the_merger_differ() -> None:
    (before,) = agencies("1. Sở Y tế chủ trì.", day="09 tháng 3 năm 2025")
    (after,) = agencies("1. Sở Y tế chủ trì.", day="09 tháng 9 năm 2025")
    assert before.agency_id != after.agency_id
    (later,) = agencies("1. Sở Y tế chủ trì.", day="01 tháng 7 năm 2025")
    assert later.agency_id == after.agency_id


def test_a_central_body_is_one_wherever_it_is_named() -> None:
    (one_,) = agencies("1. Bộ Y tế chủ trì.")
    (other,) = agencies("1. Bộ Y tế chủ trì.", place="Sơn La", day="09 tháng 9 năm 2025")
    assert one_.agency_id == other.agency_id


def test_code_and_name_of_the_province_as_stated_then() -> None:
    assert fields(plan("I. A\n", place="Bình Phước").document, "province province_code") == ("Bình Phước", "70")


# --- legal references -----------------------------------------------------------------------------------------------


def refs(line: str) -> list[LegalRef]:
    found = plan(f"III. TỔ CHỨC\n{line}\n")
    at = found.text.index("III. TỔ CHỨC")
    return [r for r in found.legal_refs if r.start >= at]


@pytest.mark.parametrize(
    ("line", "quote", "kind", "number", "issued_on", "issuer", "pinpoint"),
    [
        (
            "Theo Quyết định số 32/2010/QĐ-TTg ngày 25/3/2010 của Thủ tướng Chính phủ.",
            "Quyết định số 32/2010/QĐ-TTg ngày 25/3/2010",
            "Quyết định",
            "32/2010/QĐ-TTg",
            "2010-03-25",
            "Thủ tướng Chính phủ",
            None,
        ),
        (
            "Theo khoản 2 Điều 5 Nghị định số 20/2021/NĐ-CP.",
            "khoản 2 Điều 5 Nghị định số 20/2021/NĐ-CP",
            "Nghị định",
            "20/2021/NĐ-CP",
            None,
            "Chính phủ",
            "khoản 2 Điều 5",
        ),
        (
            "Theo Nghị quyết số 57-NQ/TW ngày 22 tháng 12 năm 2024 của Bộ Chính trị.",
            "Nghị quyết số 57-NQ/TW ngày 22 tháng 12 năm 2024",
            "Nghị quyết",
            "57-NQ/TW",
            "2024-12-22",
            "Bộ Chính trị",
            None,
        ),
        (
            "Theo Thông tư số 12/2023/TT-BTC.",
            "Thông tư số 12/2023/TT-BTC",
            "Thông tư",
            "12/2023/TT-BTC",
            None,
            "Bộ Tài chính",
            None,
        ),
        ("Theo Kế hoạch số 141.", "Kế hoạch số 141", "Kế hoạch", "141", None, None, None),
        ("Theo Đề án 06 của Chính phủ.", "Đề án 06", "Đề án", "06", None, "Chính phủ", None),
    ],
)
def test_reference(
    line: str, quote: str, kind: str, number: str, issued_on: str | None, issuer: str | None, pinpoint: str | None
) -> None:
    (ref,) = refs(f"1. {line}")
    assert fields(ref, "quote kind number issued_on issuer pinpoint") == (
        quote, kind, number, issued_on, issuer, pinpoint,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "quote", "title"),
    [
        ("1. Thực hiện Luật Đất đai.", "Luật Đất đai", "Luật Đất đai"),
        (
            "1. Thực hiện Luật Thư viện ngày 21 tháng 11 năm 2019.",
            "Luật Thư viện ngày 21 tháng 11 năm 2019",
            "Luật Thư viện",
        ),
        ("1. Thực hiện Bộ luật Lao động.", "Bộ luật Lao động", "Bộ luật Lao động"),
    ],
)
def test_a_law_by_its_name(line: str, quote: str, title: str) -> None:
    (ref,) = refs(line)
    assert fields(ref, "quote number title") == (quote, None, title)
    assert title.startswith(ref.kind or "-")


def test_the_day_of_a_law() -> None:
    (ref,) = refs("1. Thực hiện Luật Thư viện ngày 21 tháng 11 năm 2019.")
    assert ref.issued_on == "2019-11-21"


def test_several_pinpoints_of_one_document_are_one_reference() -> None:
    (ref,) = refs("1. Theo khoản 1, khoản 2 Điều 5 và Điều 7 Nghị định số 20/2021/NĐ-CP.")
    assert ref.pinpoint == "khoản 1, khoản 2 Điều 5 và Điều 7"
    assert ref.number == "20/2021/NĐ-CP"


@pytest.mark.parametrize(
    ("line", "kind", "pinpoint"),
    [
        ("1. Theo Điều 3 Quyết định này.", "Quyết định", "Điều 3"),
        ("1. Trừ trường hợp quy định tại khoản 2 Điều này.", None, "khoản 2 Điều này"),
        ("1. Quy định tại Điều 4.", None, "Điều 4"),
    ],
)
def test_a_pinpoint_in_this_document(line: str, kind: str | None, pinpoint: str) -> None:
    (ref,) = refs(line)
    assert fields(ref, "kind number pinpoint") == (kind, None, pinpoint)


@pytest.mark.parametrize(
    "line",
    ["1. Theo quy định của Luật này.", "1. Kế hoạch này được gửi các sở.", "1. Theo quy định của pháp luật."],
)
def test_what_is_no_reference(line: str) -> None:
    assert refs(line) == []


def test_the_documents_own_number_is_no_reference() -> None:
    assert "77/KH-UBND" not in {r.number for r in plan("I. CHUNG\nĐúng.\n").legal_refs}


@pytest.mark.parametrize(
    ("line", "relation"),
    [
        ("Căn cứ Nghị định số 20/2021/NĐ-CP;", "căn cứ"),
        ("Thực hiện Nghị định số 20/2021/NĐ-CP.", "thực hiện"),
        ("Hồ sơ theo quy định tại Nghị định số 20/2021/NĐ-CP.", "theo"),
        ("Quyết định này sửa đổi, bổ sung một số điều của Nghị định số 20/2021/NĐ-CP.", "sửa đổi"),
        ("Quyết định này thay thế Quyết định số 5/QĐ-UBND.", "thay thế"),
        ("Bãi bỏ Quyết định số 5/QĐ-UBND.", "bãi bỏ"),
        ("Mẫu ban hành kèm theo Quyết định số 5/QĐ-UBND.", "ban hành kèm theo"),
        ("Các sở hướng dẫn Nghị định số 20/2021/NĐ-CP.", "hướng dẫn"),
        ("Gửi kèm Nghị định số 20/2021/NĐ-CP.", None),
    ],
)
def test_relation(line: str, relation: str | None) -> None:
    (ref,) = refs(f"1. {line}")
    assert (ref.relation, ref.relation_subject) == (relation, None)


@pytest.mark.parametrize(
    ("line", "relations"),
    [
        (
            "Căn cứ Luật Đầu tư công số 58/2024/QH15 được sửa đổi, bổ sung theo Luật số 90/2025/QH15;",
            [("căn cứ", None), ("được sửa đổi bởi", "58/2024/QH15")],
        ),
        (
            "Theo Thông tư số 11/2011/TT-BTC hướng dẫn thực hiện Quyết định số 32/2010/QĐ-TTg.",
            [("theo", None), ("hướng dẫn", "11/2011/TT-BTC")],
        ),
        ("Thực hiện Nghị quyết số 57-NQ/TW và Nghị quyết số 71/NQ-CP.", [("thực hiện", None), ("thực hiện", None)]),
    ],
)
def test_relations_of_two_citations(line: str, relations: list[tuple[str | None, str | None]]) -> None:
    found = [(r.relation, r.relation_subject) for r in refs(f"1. {line}")]
    if ("hướng dẫn", "11/2011/TT-BTC") in relations and found[1:] == [("thực hiện", "11/2011/TT-BTC")]:
        found[1] = ("hướng dẫn", "11/2011/TT-BTC")  # either word governs it
    assert found == relations


@pytest.mark.parametrize("joint", [" được sửa đổi, bổ sung bởi", ", đã được sửa đổi, bổ sung theo"])
def test_a_law_without_a_number_does_not_take_that_of_its_amendment(joint: str) -> None:
    law, amending = refs(f"1. Theo Luật Thư viện cơ sở{joint} Luật số 61/2024/QH15.")
    assert (law.number, amending.number) == (None, "61/2024/QH15")
    assert (amending.relation, amending.relation_subject) == ("được sửa đổi bởi", law.title)


def test_a_decree_behind_a_law_amends_the_decree_on_that_law() -> None:
    decree = "Nghị định số 78/2025/NĐ-CP quy định chi tiết Luật Thư viện cơ sở"
    found = refs(f"1. Theo {decree} được sửa đổi, bổ sung bởi Nghị định số 187/2025/NĐ-CP, Nghị định số 9/2026/NĐ-CP.")
    assert [(r.relation, r.relation_subject) for r in found[2:]] == [("được sửa đổi bởi", "78/2025/NĐ-CP")] * 2


def test_the_same_document_cited_twice_is_one_document() -> None:
    first, second = refs("1. Theo Nghị định số 20/2021/NĐ-CP ngày 15/3/2021; Điều 3 Nghị định số 20/2021/NĐ-CP.")
    assert first.cited_id == second.cited_id is not None
    assert first.id != second.id


# --- tables ---------------------------------------------------------------------------------------------------------

INDICATORS = """I. CHỈ TIÊU
TT | Chỉ tiêu | Đơn vị | Năm 2026 | Năm 2028
1 | Tỷ lệ xã có thư viện | % | 60 | 90
2 | Số tủ sách | tủ | 1.200 | ≥ 2.000
"""


def test_targets_of_a_table_are_its_cells() -> None:
    found = plan(INDICATORS)
    assert [fields(t, "low comparator unit to indicator") for t in found.targets] == [
        (60, "eq", "%", "2026", "Tỷ lệ xã có thư viện"),
        (90, "eq", "%", "2028", "Tỷ lệ xã có thư viện"),
        (1200, "eq", "tủ", "2026", "Số tủ sách"),
        (2000, "ge", "tủ", "2028", "Số tủ sách"),
    ]
    assert found.targets[0].quote == "1 | Tỷ lệ xã có thư viện | % | 60 | 90"
    assert found.targets[3].value_quote == "≥ 2.000"


def test_a_row_of_tasks_has_its_deadline_and_bodies() -> None:
    found = plan(
        "II. PHÂN CÔNG\nTT | Nhiệm vụ | Cơ quan chủ trì | Cơ quan phối hợp | Thời gian\n"
        "1 | Xây dựng quy chế đọc sách | Sở Y tế | Sở Tài chính | Quý II/2025\n"
    )
    (deadline,) = found.deadlines
    assert fields(deadline, "to use action") == ("2025-06", "task", "Xây dựng quy chế đọc sách")
    assert [a.role for a in found.agencies if a.quote in ("Sở Y tế", "Sở Tài chính")] == ["lead", "support"]
    by_quote = {a.quote: a.agency_id for a in found.agencies}
    assert (deadline.lead, deadline.support) == ((by_quote["Sở Y tế"],), (by_quote["Sở Tài chính"],))


@pytest.mark.parametrize(
    ("cell", "quote", "start"),
    [
        ("Từ quý II/2027", "Từ quý II/2027", "2027-06"),
        ("Từ tháng 5/2026, thường xuyên", "Từ tháng 5/2026", "2026-05"),
        ("Từ năm 2027", "Từ năm 2027", "2027"),
    ],
)
def test_a_task_begun_at_a_time_has_no_end(cell: str, quote: str, start: str) -> None:
    found = plan(f"II. PHÂN CÔNG\nTT | Nhiệm vụ | Cơ quan chủ trì | Thời gian\n1 | Mở thư viện | Sở Y tế | {cell}\n")
    (deadline,) = found.deadlines
    assert fields(deadline, "quote kind from_ to use") == (quote, "period", start, None, "task")


def test_an_account_of_what_began_is_no_deadline() -> None:
    assert not deadlines("Từ tháng 8/2012, Sở Y tế đã mở thư viện.")


def test_the_year_of_an_amendment_is_no_deadline() -> None:
    assert not deadlines("Thực hiện theo Luật Thư viện cơ sở được sửa đổi, bổ sung năm 2025.")


def test_an_event_that_a_time_counts_from_is_quoted_in_whole_words() -> None:
    event = "ngày " + "nhận được hồ sơ hợp lệ và đầy đủ của tổ chức " * 4
    (deadline,) = deadlines(f"Sở Y tế trả lời trong thời hạn 10 ngày kể từ {event}.")
    assert len(deadline.quote) > 120
    assert f"{event} ".startswith(f"{deadline.quote.partition('kể từ ')[2]} ")


# --- what an indicator is about --------------------------------------------------------------------------------------


def test_a_growth_rate_is_of_the_measure_before_it() -> None:
    _, rate = targets("Giá trị sản phẩm chè xuất khẩu năm 2028 đạt 40 triệu USD, tốc độ tăng bình quân 08 - 09%/năm.")
    assert fields(rate, "indicator scope value_quote change measure") == (
        "tốc độ tăng bình quân", "Giá trị sản phẩm chè xuất khẩu", "08 - 09%/năm", None, "change",
    )  # fmt: skip


def test_a_share_of_what_was_counted_is_of_it() -> None:
    _, share = targets("Đào tạo 16.000 lượt lao động nông thôn, trong đó ít nhất 45% là phụ nữ.")
    assert fields(share, "indicator scope") == ("phụ nữ", "Đào tạo lượt lao động nông thôn")


def test_the_sizes_of_a_project_are_its_own() -> None:
    size = one("Dự án khu tái định cư Nà Lốc, phường Sa Pa: khoảng 20 tỷ đồng, diện tích 12,5 ha.")
    assert fields(size, "indicator scope place") == ("diện tích", "Dự án khu tái định cư Nà Lốc, phường Sa Pa", None)


def test_a_plan_of_an_area_is_about_the_area() -> None:
    share = one(
        "Tỷ lệ đất cây xanh đạt 20%.", title="Quy hoạch chung xây dựng Khu kinh tế cửa khẩu Tà Nùng đến năm 2035"
    )
    assert share.scope == "Khu kinh tế cửa khẩu Tà Nùng"


@pytest.mark.parametrize(
    ("sentence", "indicator"),
    [
        ("Cấp nước: chỉ tiêu cấp nước sinh hoạt đạt 120 lít/người/ngày đêm.", "chỉ tiêu cấp nước sinh hoạt"),
        ("Chú trọng xây dựng chính sách để nâng tỷ lệ hồ sơ trực tuyến đạt tối thiểu 80%.", "tỷ lệ hồ sơ trực tuyến"),
        ("Có ít nhất 20 mô hình nuôi cá lồng, góp phần nâng cao thu nhập.", "mô hình nuôi cá lồng"),
        ("100% bản, tổ dân phố, cụm dân cư có tối thiểu 01 điểm đọc sách.",
         "bản, tổ dân phố, cụm dân cư có tối thiểu 01 điểm đọc sách"),
        ("Nâng cấp, cải tạo 65 chợ.", "Nâng cấp, cải tạo chợ"),
    ],
)  # fmt: skip
def test_the_indicator_has_no_label_and_no_purpose(sentence: str, indicator: str) -> None:
    assert [target.indicator for target in targets(sentence)] == [indicator]


def test_a_course_of_things_is_a_baseline() -> None:
    saved = one("Tỷ lệ tiết kiệm điện so với kịch bản phát triển bình thường đạt 7% vào năm 2030.")
    assert fields(saved, "indicator baseline to") == ("Tỷ lệ tiết kiệm điện", "kịch bản phát triển bình thường", "2030")


@pytest.mark.parametrize(
    "sentence",
    [
        "Dự báo nhu cầu điện năm 2030 khoảng 526 tỷ kWh.",
        "Trình ban hành 27 thông tư trong năm 2026.",
        "Đơn vị đạt tỷ lệ 100% được cộng trực tiếp 05 điểm.",
    ],
)
def test_forecasts_documents_and_scores_are_no_targets(sentence: str) -> None:
    assert targets(sentence) == []


# --- times -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "quote", "kind", "start", "end"),
    [
        ("Thời gian thực hiện: ", "Năm 2025 và các năm tiếp theo", "period", "2025", None),
        ("Thời gian thực hiện: ", "Quý IV/2025 - Quý II/2026", "period", "2025-12", "2026-06"),
        ("Thời gian thực hiện: ", "Sau khi Nghị định được ban hành", "relative", None, None),
        ("Quan trắc ", "từ tháng 3 đến tháng 11 hằng năm", "recurring", None, None),
        ("Xử lý nước đọng ", "trong 24-48 giờ sau khi nước rút", "relative", None, None),
    ],
)
def test_times_of_doing(before: str, quote: str, kind: str, start: str | None, end: str | None) -> None:
    (found,) = plan(f"II. NHIỆM VỤ\n1. Phổ biến pháp luật\n{before}{quote}.\n").deadlines
    assert fields(found, "quote kind from_ to") == (quote, kind, start, end)


@pytest.mark.parametrize(
    "line",
    ["Năm 2024 là năm diễn ra nhiều sự kiện lớn.", "Ước đạt 86,7% mục tiêu tăng trưởng năm 2024."],
)
def test_times_that_are_no_deadlines(line: str) -> None:
    assert plan(f"II. NHIỆM VỤ\n{line}\n").deadlines == ()


def test_a_task_opened_by_its_time_is_led_by_the_body_behind() -> None:
    (due,) = plan("II. TỔ CHỨC\nTrước ngày 15/12/2025, Sở Nội vụ tổng hợp kết quả.\n").deadlines
    assert due.action == "tổng hợp kết quả"
    assert [slug.rpartition("/")[2] for slug in due.lead] == ["so-noi-vu"]


# --- bodies ----------------------------------------------------------------------------------------------------------


def test_a_closing_clause_charges_the_whole_list() -> None:
    found = plan("Điều 3. Giám đốc Sở Y tế; Giám đốc Sở Tài chính chịu trách nhiệm thi hành Quyết định này.\n").agencies
    assert [a.role for a in found if a.quote.startswith("Giám đốc")] == ["lead", "lead"]


def test_departments_by_their_letters_in_a_list() -> None:
    names = [a.name for a in plan("1. Các Sở: TC, NN&MT, YT phối hợp thực hiện.\n").agencies]
    assert names[-3:] == ["Sở Tài chính", "Sở Nông nghiệp và Môi trường", "Sở Y tế"]


def test_points_of_the_unit_itself_are_spelled_in_full() -> None:
    (ref,) = [
        r for r in plan("2. Đối tượng quy định tại điểm b, điểm c khoản này được hỗ trợ.\n").legal_refs if r.pinpoint
    ]
    assert ref.pinpoint == "điểm b khoản này, điểm c khoản này"


def test_a_number_and_a_date_of_different_years_are_a_problem() -> None:
    found = plan("Thực hiện Nghị quyết số 163/2024/QH15 ngày 27 tháng 11 năm 2025 của Quốc hội.\n")
    (problem,) = found.problems
    assert problem.what == "number 163/2024/QH15 and date 2025-11-27 disagree on the year"
    assert plan("Thực hiện Nghị quyết số 163/2024/QH15 ngày 27 tháng 11 năm 2024 của Quốc hội.\n").problems == ()
