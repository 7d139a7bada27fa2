"""Tables: what a number or a time in a cell means by its column and its row, and rows laid out as lines."""

from extractor import extract_text
from extractor.model import Extraction

HEAD = """ỦY BAN NHÂN DÂN TỈNH LÀO CAI
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Số: 77/KH-UBND
Lào Cai, ngày 09 tháng 3 năm 2026
KẾ HOẠCH
Phát triển thư viện cộng đồng
"""

INDICATORS = """PHỤ LỤC
CHỈ TIÊU CHỦ YẾU
| TT | Chỉ tiêu | ĐVT | Thực hiện 2025 | Kế hoạch 2026 | Năm 2030 | Cơ quan chủ trì |
| I | THƯ VIỆN CÔNG CỘNG |
| 1 | Tỷ lệ xã có thư viện | % | 52 | ≥ 60 | 90 | Sở Văn hóa, Thể thao và Du lịch |
| 2 | Số bản sách bình quân | bản/người | 0,45 | 0,5 | 0,8 | Sở Văn hóa, Thể thao và Du lịch |
"""


def read(table: str) -> Extraction:
    return extract_text(HEAD + table)


def test_a_number_takes_label_unit_year_and_group_from_its_row_and_column() -> None:
    found = read(INDICATORS).targets
    assert [(t.indicator, t.comparator, t.low, t.unit, t.per, t.to) for t in found] == [
        ("Tỷ lệ xã có thư viện", "ge", 60, "%", None, "2026"),
        ("Tỷ lệ xã có thư viện", "eq", 90, "%", None, "2030"),
        ("Số bản sách", "eq", 0.5, "bản", "người", "2026"),
        ("Số bản sách", "eq", 0.8, "bản", "người", "2030"),
    ]
    assert {t.scope for t in found} == {"THƯ VIỆN CÔNG CỘNG"}
    assert {t.period_source for t in found} == {"heading"}


def test_a_heading_that_stands_again_on_the_next_page_is_no_row() -> None:
    head, *rows = INDICATORS.split("\n")[2:6]
    again = "\n".join(["PHỤ LỤC", head, *rows[:2], head, *rows[2:]])
    once = "\n".join(["PHỤ LỤC", head, *rows])
    assert [(t.indicator, t.low, t.to, t.scope) for t in read(again).targets] == [
        (t.indicator, t.low, t.to, t.scope) for t in read(once).targets
    ]
    assert len(read(again).quantities) == len(read(once).quantities)


def test_the_quote_of_a_target_is_its_row_and_its_value_the_cell() -> None:
    found = read(INDICATORS)
    first = found.targets[0]
    assert first.quote.startswith("1 | Tỷ lệ") or first.quote.startswith("| 1 | Tỷ lệ")
    assert found.text[first.value_start : first.value_end] == "≥ 60"


def test_a_column_of_results_is_the_baseline_and_no_target() -> None:
    found = read(INDICATORS)
    assert {(t.baseline, t.baseline_value) for t in found.targets} == {("2025", 52), ("2025", 0.45)}
    assert [q.quote for q in found.quantities if q.role == "result"] == ["52", "0,45"]


def test_the_body_in_the_column_of_leads_leads() -> None:
    found = read(INDICATORS)
    assert {t.lead for t in found.targets} == {("VN-15@2025/so-van-hoa-the-thao-va-du-lich",)}
    assert {a.role for a in found.agencies if "Văn hóa" in a.quote} == {"lead"}


def test_columns_below_a_common_heading() -> None:
    table = """PHỤ LỤC
| TT | Sản phẩm | Kế hoạch 2027 | Kế hoạch 2028 |
| Lượng (Tấn) | Giá trị (Nghìn USD) | Lượng (Tấn) | Giá trị (Nghìn USD) |
| (1) | (2) | (3) | (4) | (5) | (6) |
| 1 | Xoài | 13.500 | 7.000 | 14.800 | 7.800 |
"""
    found = read(table).targets
    assert [(t.indicator, t.scope, t.low, t.unit, t.to) for t in found] == [
        ("Lượng", "Xoài", 13500, "Tấn", "2027"),
        ("Giá trị", "Xoài", 7000, "Nghìn USD", "2027"),
        ("Lượng", "Xoài", 14800, "Tấn", "2028"),
        ("Giá trị", "Xoài", 7800, "Nghìn USD", "2028"),
    ]


def test_a_row_of_a_province_is_that_provinces() -> None:
    table = """PHỤ LỤC
| TT | Địa phương | ĐVT | Năm 2030 |
| 1 | Hà Nội | xã | 120 |
| 2 | Tỉnh Sơn La | xã | 75 |
"""
    assert [(t.place, t.place_code) for t in read(table).targets] == [("Hà Nội", "01"), ("Sơn La", "14")]


def test_rows_that_lost_cells_are_told_and_not_guessed() -> None:
    table = """PHỤ LỤC
| TT | Chỉ tiêu | ĐVT | Năm 2027 | Năm 2028 | Năm 2030 |
| 1 | Tỷ lệ xã có thư viện | % | 60 | 70 | 90 |
| 2 | Số điểm đọc | 400 | 500
"""
    found = read(table)
    assert {t.indicator for t in found.targets} == {"Tỷ lệ xã có thư viện"}
    assert [p.what for p in found.problems] == ["1 rows lack columns of the heading; bare numbers in them are not read"]


def test_bars_tell_the_columns_of_a_row_whose_last_cells_are_empty() -> None:
    table = """PHỤ LỤC
TT | Chỉ tiêu | ĐVT | Năm 2027 | Năm 2030
1 | Tỷ lệ xã có thư viện | % | 60 | 90
2 | Số điểm đọc | điểm | 400 |
| | trong đó ở miền núi | điểm | | 150 |
"""
    found = read(table)
    assert [(t.to, t.low) for t in found.targets] == [("2027", 60), ("2030", 90), ("2027", 400), ("2030", 150)]
    assert not found.problems


def test_a_table_of_tasks() -> None:
    table = """PHỤ LỤC
| STT | Nhiệm vụ | Cơ quan chủ trì | Cơ quan phối hợp | Thời gian hoàn thành |
| 1 | Khảo sát nhu cầu đọc | Sở Nội vụ | Sở Tài chính | Quý III/2026 |
| 2 | Tập huấn cộng tác viên | Sở Y tế | UBND các xã, phường | Thường xuyên |
| 3 | Ban hành danh mục sách | Sở Nội vụ | Sở Y tế | 2027 |
"""
    found = read(table).deadlines
    assert [(d.quote, d.kind, d.to, d.action) for d in found] == [
        ("Quý III/2026", "due", "2026-09", "Khảo sát nhu cầu đọc"),
        ("Thường xuyên", "recurring", None, "Tập huấn cộng tác viên"),
        ("2027", "due", "2027", "Ban hành danh mục sách"),
    ]
    assert [(d.lead, d.support) for d in found][:1] == [(("VN-15@2025/so-noi-vu",), ("VN-15@2025/so-tai-chinh",))]


def test_a_row_laid_out_as_lines() -> None:
    lines = """I. NHIỆM VỤ
1. Khảo sát nhu cầu đọc của đồng bào
- Cơ quan chủ trì: Sở Nội vụ.
- Cơ quan phối hợp: Sở Tài chính.
- Thời gian thực hiện: Hoàn thành trong quý III/2026.
2. Tập huấn cộng tác viên thư viện
- Thời gian thực hiện: Trước ngày 30/9/2026.
"""
    first, second = read(lines).deadlines
    assert (first.action, first.lead, first.support) == (
        "Khảo sát nhu cầu đọc của đồng bào",
        ("VN-15@2025/so-noi-vu",),
        ("VN-15@2025/so-tai-chinh",),
    )
    assert (second.action, second.lead) == ("Tập huấn cộng tác viên thư viện", ())


def test_a_table_without_a_heading_is_read_as_text() -> None:
    found = read("| 12 | 15 | 18 |\n| Đến năm 2030, 90% số xã có thư viện | x | y |\n")
    assert [(t.low, t.to) for t in found.targets] == [(90, "2030")]
