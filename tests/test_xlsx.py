"""Spreadsheets written here come back as a Vietnamese reader sees them, and with the targets of the same text."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from extractor import pipeline, readers
from extractor.errors import UnreadableFile
from extractor.readers import XLSX, media_type, read, xlsx
from extractor.readers.xlsx import shown
from extractor.rulebook import load

TITLE = ["PHỤ LỤC I", "CHỈ TIÊU CHỦ YẾU GIAI ĐOẠN 2026 - 2030", "(Kèm theo Kế hoạch số 12/KH-UBND ngày 15/3/2026)"]
HEAD = ["TT", "Chỉ tiêu", "Đơn vị", "Năm 2027", "Năm 2030"]
ANNEX = [
    ["I", "VĂN HÓA"],
    [1, "Tỷ lệ xã có thư viện cộng đồng", "%", 40, 60.5],
    [2, "Số thôn có tủ sách", "thôn", 800, 6200],
    ["II", "Y TẾ"],
    [3, "Tỷ lệ trạm y tế xã đạt chuẩn", "%", 0.7, 0.95],
    [4, "Số giường bệnh", "giường", None, 1500],
]


def saved(workbook: Workbook) -> bytes:
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def workbook(*rows: list[Any], name: str = "Sheet1") -> Workbook:
    """A workbook of one sheet with these rows."""
    made = Workbook()
    made.active.title = name
    for row in rows:
        made.active.append(row)
    return made


def lines(made: Workbook) -> list[str]:
    return read("a.xlsx", saved(made)).text.split("\n")


def annex() -> Workbook:
    made = workbook(
        *([line] for line in TITLE), [], ["Đơn vị tính: theo từng chỉ tiêu"], HEAD, *ANNEX, ["Ghi chú: số liệu ước."]
    )
    sheet = made.active
    for row in (1, 2, 3):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=5)
    sheet["E8"].number_format = "0.0"
    sheet["E9"].number_format = "#,##0"
    for cell in ("D11", "E11"):
        sheet[cell].number_format = "0%"
    return made


def reason(data: bytes, name: str = "a.xlsx") -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(name, data)
    assert "\n" not in str(caught.value)
    return caught.value.reason


# --- the layout of a sheet ----------------------------------------------------------------------------------------


def test_an_annex() -> None:
    source = read("a.xlsx", saved(annex()))
    assert source.media_type == XLSX
    assert (source.page_starts, source.problems) == ((), ())
    assert source.text.split("\n") == [
        *TITLE,
        "Đơn vị tính: theo từng chỉ tiêu",
        "TT | Chỉ tiêu | Đơn vị | Năm 2027 | Năm 2030",
        "I | VĂN HÓA | | |",
        "1 | Tỷ lệ xã có thư viện cộng đồng | % | 40 | 60,5",
        "2 | Số thôn có tủ sách | thôn | 800 | 6.200",
        "II | Y TẾ | | |",
        "3 | Tỷ lệ trạm y tế xã đạt chuẩn | % | 70% | 95%",
        "4 | Số giường bệnh | giường | | 1500",
        "Ghi chú: số liệu ước.",
    ]


def test_the_targets_of_an_annex_are_those_of_its_text() -> None:
    """The same annex as a spreadsheet and as text that a person would write by the convention of tables."""
    text = "\n".join(
        [
            *TITLE, "Đơn vị tính: theo từng chỉ tiêu", " | ".join(HEAD), "I | VĂN HÓA | | |",
            "1 | Tỷ lệ xã có thư viện cộng đồng | % | 40 | 60,5", "2 | Số thôn có tủ sách | thôn | 800 | 6.200",
            "II | Y TẾ | | |", "3 | Tỷ lệ trạm y tế xã đạt chuẩn | % | 70% | 95%",
            "4 | Số giường bệnh | giường | | 1500", "Ghi chú: số liệu ước.",
        ]
    )  # fmt: skip
    book = load()
    found = [
        [(t.indicator, t.low, t.unit, t.to, t.quote) for t in pipeline.extract_source(source, book).targets]
        for source in (read("a.xlsx", saved(annex())), read("a.txt", text.encode()))
    ]
    assert found[0] == found[1]
    assert {(low, unit, to) for _, low, unit, to, _ in found[0]} >= {
        (40, "%", "2027"), (60.5, "%", "2030"), (800, "thôn", "2027"), (6200, "thôn", "2030"), (95, "%", "2030"),
    }  # fmt: skip


def test_merged_headings() -> None:
    made = workbook(
        ["TT", "Chỉ tiêu", "Kế hoạch", None, "Ghi chú"], [None, None, "2026", "2030"], [1, "Hộ nghèo", "2%", "1%"],
        [None, "Cận nghèo", "3%", "2%", "x"],
    )  # fmt: skip
    for area in ("A1:A2", "B1:B2", "C1:D1", "E1:E2", "A3:A4"):
        made.active.merge_cells(area)
    assert lines(made) == [
        "TT | Chỉ tiêu | Kế hoạch | | Ghi chú",
        "| | | 2026 | 2030 | |",
        "1 | Hộ nghèo | 2% | 1% |",
        "| | Cận nghèo | 3% | 2% | x |",
    ]


def test_letterhead_title_and_two_tables() -> None:
    """A title right below the letterhead is no row of it, a group right inside a table is one; the columns of each
    table are its own."""
    made = workbook(
        ["UBND TỈNH VÍ DỤ", None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"], ["BIỂU 1"], ["TT", None, "Xã", "2030"],
        ["A. Miền núi"], [1, None, "Xã Một", 5], [2, None, "Xã Hai", 6], [], ["BIỂU 2"], ["TT", "Phường", "2030"], [],
        [1, "Phường Ba", 7], ["Nguồn: sở"],
    )  # fmt: skip
    assert lines(made) == [
        "UBND TỈNH VÍ DỤ | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "BIỂU 1", "TT | Xã | 2030", "A. Miền núi | |",
        "1 | Xã Một | 5", "2 | Xã Hai | 6", "BIỂU 2", "TT | Phường | 2030", "1 | Phường Ba | 7", "Nguồn: sở",
    ]  # fmt: skip


def test_line_breaks_and_bars() -> None:
    assert lines(workbook(["a\nb | c", "d|e"], [], ["một\nhai | ba"])) == ["a b / c | d/e", "một", "hai / ba"]


def test_rich_text() -> None:
    made = workbook(["x", "y"])
    made.active["A1"] = CellRichText("Tỷ lệ ", TextBlock(InlineFont(b=True), "hộ nghèo"))
    assert lines(made) == ["Tỷ lệ hộ nghèo | y"]


def test_what_is_hidden() -> None:
    made = workbook(["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"])
    made.active.row_dimensions[2].hidden = True
    made.active.column_dimensions["B"].hidden = True
    for state in ("hidden", "veryHidden"):
        made.create_sheet(state).append(["ẩn"])
        made[state].sheet_state = state
    assert lines(made) == ["a | c", "g | i"]


def test_sheets_are_pages() -> None:
    made = workbook(["đầu", "1"], name="Biểu 01")
    made.create_sheet("Sheet2").append(["hai", "2"])
    made.create_sheet("Trống")
    made.create_sheet("Trang tính3").append(["ba", "3"])
    made.create_sheet("Biểu 04").append(["Biểu 04 - Y tế"])
    source = read("a.xlsx", saved(made))
    assert source.text.split("\n") == ["Biểu 01", "đầu | 1", "hai | 2", "ba | 3", "Biểu 04 - Y tế"]
    assert [source.text[start:].split("\n")[0] for start in source.page_starts] == [
        "Biểu 01", "hai | 2", "ba | 3", "Biểu 04 - Y tế",
    ]  # fmt: skip


# --- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number_format", "wanted"),
    [
        (6200, "General", "6200"),
        (5.5, "General", "5,5"),
        (0.1 + 0.2, "General", "0,3"),
        (2030, "0", "2030"),
        (6200, "#,##0", "6.200"),
        (1234567.891, "#,##0.00", "1.234.567,89"),
        (2.5, "0", "3"),
        (98.456, "0.0", "98,5"),
        (98, "0.0", "98,0"),
        (98, "0.#", "98"),
        (0.6, "0%", "60%"),
        (0.6055, "0.0%", "60,6%"),
        (60, '0"%"', "60%"),
        (12, '0" xã"', "12 xã"),
        (1234567, "#,##0,", "1.235"),
        (5, "00", "05"),
        (-3.25, "General", "-3,25"),
        (-6200, "#,##0;(#,##0)", "-6.200"),
        (-6200, "#,##0;[Red]-#,##0", "-6.200"),
        (-0.01, "0.0", "0,0"),
        (6200.4, '_(* #,##0_);_(* \\(#,##0\\);_(* "-"??_);_(@_)', "6.200"),
        (15, "#,##0\\ [$₫-42A]", "15 ₫"),
        (0.00000015, "General", "0,00000015"),
        (0.5, "# ?/?", "0,5"),
        (7, "@", "7"),
        (True, "General", "TRUE"),
        (datetime.datetime(2026, 6, 3, 8, 0), "dd/mm/yyyy", "03/06/2026"),
        (datetime.datetime(2026, 6, 3), "[$-42A]d mmmm yyyy;@", "03/06/2026"),
        (datetime.datetime(2026, 6, 3), "mm/yyyy", "06/2026"),
        (datetime.datetime(2026, 6, 3), "yyyy", "2026"),
        (datetime.time(8, 5), "h:mm", "08:05"),
        ("a", "0", "a"),
    ],
)
def test_values_as_they_are_shown(value: Any, number_format: str, wanted: str) -> None:
    assert shown(value, number_format) == wanted


def parted(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The file with each of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def test_formulas_stand_by_their_values() -> None:
    """As Excel writes them; openpyxl itself writes formulas without values."""
    data = saved(workbook(["Tổng", "=1+2", "=1/0", '=IF(1,"","x")']))
    data = parted(data, lambda name, part: part.replace(b'<c r="D1">', b'<c r="D1" t="str">'))

    def computed(name: str, part: bytes) -> bytes:
        return (
            part.replace(b"<f>1+2</f><v />", b"<f>1+2</f><v>3</v>")
            .replace(b"<f>1+2</f><v></v>", b"<f>1+2</f><v>3</v>")
            .replace(b'<c r="C1"><f>1/0</f><v></v>', b'<c r="C1" t="e"><f>1/0</f><v>#DIV/0!</v>')
            .replace(b'<c r="C1"><f>1/0</f><v />', b'<c r="C1" t="e"><f>1/0</f><v>#DIV/0!</v>')
        )

    source = read("a.xlsx", parted(data, computed))
    assert source.text == "Tổng | 3"
    assert [(p.where, p.what) for p in source.problems] == [
        ("sheet Sheet1", "1 cells show an error instead of a value")
    ]
    source = read("a.xlsx", data)
    assert source.text == "Tổng"
    assert [p.what for p in source.problems] == ["2 formulas have no value: the file was never computed"]


def test_a_workbook_of_another_writer() -> None:
    """XlsxWriter keeps texts apart from the sheets, as Excel does, and gives formulas their values."""
    from xlsxwriter import Workbook as Writer

    out = io.BytesIO()
    with Writer(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet("PL 2")
        sheet.merge_range("A1:C1", "Biểu số 2", made.add_format({"align": "center"}))
        sheet.write_row("A2", ["TT", "Chỉ tiêu", "2030", "ẩn"])
        sheet.write_row("A3", [1, "Số xã đạt chuẩn"])
        sheet.write_formula("C3", "=50+10", made.add_format({"num_format": "#,##0.0"}), 6200)
        sheet.write_row("A4", [2, "Tỷ lệ xã đạt chuẩn"])
        sheet.write_formula("C4", "=C3/100", made.add_format({"num_format": "0%"}), 0.6)
        sheet.write_row("A5", [3, "Ngày hoàn thành"])
        sheet.write_datetime("C5", datetime.datetime(2030, 12, 31), made.add_format({"num_format": "d/m/yyyy"}))
        sheet.write_row("A6", [4, "hàng ẩn", 1])
        sheet.write_row("A7", [5, "Không có"])
        sheet.write_rich_string("B8", "Diện tích km", made.add_format({"font_script": 1}), "2", " đất")
        sheet.set_row(5, None, None, {"hidden": True})
        sheet.set_column("D:D", None, None, {"hidden": True})
    source = read("a.xlsx", out.getvalue())
    assert source.text.split("\n") == [
        "PL 2", "Biểu số 2", "TT | Chỉ tiêu | 2030", "1 | Số xã đạt chuẩn | 6.200,0", "2 | Tỷ lệ xã đạt chuẩn | 60%",
        "3 | Ngày hoàn thành | 31/12/2030", "5 | Không có |", "Diện tích km2 đất",
    ]  # fmt: skip
    assert source.problems == ()


# --- kinds, damage, limits --------------------------------------------------------------------------------------------


def test_content_decides_the_kind() -> None:
    data = saved(annex())
    for name in ("a.xlsx", "a.xlsm", "a.docx", "a.txt", "a"):
        assert media_type(name, data) == XLSX
    assert {".xlsx", ".xlsm"} <= set(readers.SUFFIXES)


def test_bad_files() -> None:
    whole = saved(annex())
    assert reason(saved(workbook())) == "holds no text"
    assert "damaged" in reason(parted(whole, lambda name, part: part[:200]))
    assert reason(parted(whole, lambda name, part: b"<x/>" if "workbook.xml" in name else part)) == "holds no text"
    binary = parted(whole, lambda name, part: part).replace(b"xl/workbook.xml", b"xl/workbook.bin")
    with pytest.raises(UnreadableFile, match="xlsb"):
        xlsx.read("a.xlsb", binary, load())
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        hurt = whole[:at] + bytes(9) + whole[at + 9 :]
        for data in (whole[:at], hurt):
            try:
                xlsx.read("a.xlsx", data, load())
            except UnreadableFile as error:
                assert "\n" not in error.reason  # noqa: PT017


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_entities_are_not_read(encoding: str) -> None:
    declared = '<!DOCTYPE x [<!ENTITY a "b">]>'.encode(encoding)
    data = parted(saved(annex()), lambda name, part: declared + part if "sheet1" in name else part)
    assert reason(data) == "is a damaged .xlsx (it declares a document type)"


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(workbook(["a", "b"], ["c", "d"], ["e"]))
    monkeypatch.setattr(xlsx, "MAX_CELLS", 4)
    assert reason(data) == "holds 5 cells, more than the 4 that are read"
    monkeypatch.setattr(xlsx, "MAX_CELLS", 5)
    assert read("a.xlsx", data).text
    made = workbook(["a"])
    for row in range(1, 200):
        made.active.cell(row, 16_384, "x")
    monkeypatch.undo()
    monkeypatch.setattr(xlsx, "MAX_PLACES", 2_000_000)
    assert reason(saved(made)) == "holds more than 2 million cells"


def test_a_bomb() -> None:
    data = parted(saved(annex()), lambda name, part: part + b" " * 30_000_000 if "sheet1" in name else part)
    assert "more than is safe" in reason(data)


def test_one_far_cell_makes_no_wide_rows() -> None:
    made = workbook(["a"])
    made.active.cell(100_000, 16_000, "z")
    made.active.cell(100_000, 1, "y")
    assert lines(made) == ["a", "y | z"]
