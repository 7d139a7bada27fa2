"""The comparison: cells, yardsticks, verdicts, times, and what each format shows of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas
import pytest
from click.testing import CliRunner

from extractor import comparison, matrices
from extractor.batch import ingest
from extractor.cli import main
from extractor.compare import (
    ALLOTTED,
    NO_DOCUMENT,
    QUALITATIVE,
    RECORD,
    UNREADABLE,
    VALUE,
    WITHOUT,
    Matrix,
    Question,
    changes,
    compare,
    find_indicator,
    find_programme,
    records,
)
from extractor.definitions import Definition, differences, direction, scale, verdict
from extractor.display import name_of, number, value
from extractor.matrices import legend
from extractor.rulebook import load
from extractor.store import Store

BOOK = load()
HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent / "corpus"
ALLOTTING = HERE / "texts" / "giao-chi-tieu.txt"
SKILLS = "VN/thu-tuong-chinh-phu/3725-qd-ttg:2025"
PHONE, TRAINED, SHARE = "chua-su-dung-dien-thoai", "luot-lao-dong", "lao-dong-nong-thon-dao-tao"


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample documents, and the one that allots a goal to provinces."""
    path = tmp_path_factory.mktemp("compared") / "corpus.db"
    with Store(path) as store:
        ingest([CORPUS, ALLOTTING], store, BOOK)
    return path


@pytest.fixture
def store(db: Path) -> Iterator[Store]:
    with Store(db, read_only=True) as opened:
        yield opened


def line_of(matrix: Matrix, name: str) -> str:
    """The id of the one indicator of that name."""
    (found,) = [line.id for line in matrix.lines if line.name == name]
    return found


def cell(matrix: Matrix, name: str, province: str) -> Any:
    (column,) = [column.id for column in matrix.columns if column.name == province]
    return matrix.cells[line_of(matrix, name), column]


def verdicts(matrix: Matrix, name: str) -> dict[tuple[str, int | None], str | None]:
    """(province, year) -> verdict of an indicator's comparable values."""
    indicator = line_of(matrix, name)
    return {
        (entry.place, entry.year): entry.verdict
        for line, column, entry in matrix.entries()
        if line.id == indicator and column.code and entry.mark != ALLOTTED and entry.comparable
    }


# --- yardsticks -------------------------------------------------------------------------------------------------------


def test_where_less_is_better(store: Store) -> None:
    matrix = compare(store, BOOK, Question(programme=SKILLS))
    assert verdicts(matrix, "Tỷ lệ lao động nông thôn chưa sử dụng được điện thoại thông minh") == {
        ("Cà Mau", 2028): "equal",
        ("Cà Mau", 2030): "equal",
        ("Đắk Lắk", 2028): "equal",
        ("Đắk Lắk", 2030): "equal",
        ("Lào Cai", 2030): "weaker",  # dưới 10% beside dưới 8%
        ("Nghệ An", 2028): "stricter",  # dưới 18% beside dưới 20%
        ("Nghệ An", 2030): "equal",
    }


def test_where_more_is_better(store: Store) -> None:
    matrix = compare(store, BOOK, Question(programme=SKILLS))
    assert verdicts(matrix, "Lao động nông thôn được đào tạo, bồi dưỡng kỹ năng số cơ bản") == {
        ("Cà Mau", 2028): "equal",
        ("Cà Mau", 2030): "equal",
        ("Lào Cai", 2028): "weaker",
        ("Lào Cai", 2030): "equal",
        ("Nghệ An", 2028): "stricter",
        ("Nghệ An", 2030): "stricter",
        ("Tây Ninh", 2028): "equal",  # ≥ 50% beside 50%
        ("Tây Ninh", 2030): "stricter",
    }


def test_a_value_allotted_to_the_province_is_its_yardstick(store: Store) -> None:
    """The national total is none: it is the whole country's."""
    matrix = compare(store, BOOK, Question(programme=SKILLS))
    name = "Đào tạo, bồi dưỡng lượt lao động nông thôn"
    found = {
        (entry.place, entry.year): (entry.verdict, entry.yardstick and number(entry.yardstick["low"]))
        for line, column, entry in matrix.entries()
        if line.name == name and column.code and entry.mark != ALLOTTED
    }
    assert found == {
        ("Cà Mau", 2030): ("equal", "185,000"),
        ("Đắk Lắk", 2030): ("equal", "310,000"),  # khoảng 310.000
        ("Lào Cai", 2030): (None, None),  # 40.000 a year: not comparable with a total
        ("Nghệ An", 2030): ("stricter", "400,000"),
        ("Tây Ninh", 2028): (None, None),  # nothing is allotted for that year
        ("Tây Ninh", 2030): ("weaker", "280,000"),
    }
    allotted = [entry for _, column, entry in matrix.entries() if entry.mark == ALLOTTED and column.code]
    assert {(entry.place, entry.verdict) for entry in allotted if entry.target["number"] == "318/QĐ-TTg"} == {
        (place, None) for place in ("Lào Cai", "Nghệ An", "Đắk Lắk", "Tây Ninh", "Cà Mau")
    }


def test_what_is_not_comparable_says_why_and_has_no_rank(store: Store) -> None:
    matrix = compare(store, BOOK, Question(programme=SKILLS))
    women = cell(matrix, "Lao động nông thôn được đào tạo, bồi dưỡng kỹ năng số cơ bản", "Đắk Lắk")
    assert {(e.comparable, e.verdict) for e in women.entries} == {(False, None)}
    assert {e.why for e in women.entries} == {"another population: +nữ"}
    change = cell(matrix, "Tỷ lệ lao động nông thôn chưa sử dụng được điện thoại thông minh", "Tây Ninh")
    assert {(e.why, e.verdict) for e in change.entries} == {("change against level", None)}


# --- cells ------------------------------------------------------------------------------------------------------------


def test_the_kinds_of_cells(store: Store) -> None:
    matrix = compare(store, BOOK, Question(words="kỹ năng số", every=True))
    name = "Giảng viên kỹ năng số cộng đồng"
    assert cell(matrix, name, "Nghệ An").kind == VALUE
    assert cell(matrix, name, "Cà Mau").kind == QUALITATIVE
    assert "giảng viên kỹ năng số cộng đồng" in cell(matrix, name, "Cà Mau").quote
    assert cell(matrix, "Đào tạo, bồi dưỡng lượt lao động nông thôn: lao động nữ", "Đắk Lắk").kind == WITHOUT
    assert cell(matrix, name, "Hà Nội").kind == NO_DOCUMENT
    assert len([column for column in matrix.columns if column.code]) == 34


def test_a_document_that_was_not_read_whole(db: Path, tmp_path: Path) -> None:
    path = tmp_path / "unread.db"
    path.write_bytes(db.read_bytes())
    with Store(path) as store:
        (document,) = store.rows("SELECT id FROM documents WHERE number = '0087/KH-UBND'")
        with store.writing():
            store.db.execute(
                "INSERT INTO problems (id, document_id, \"where\", what) VALUES ('x', ?, 'page 2', ?)",
                (document["id"], "not read: Tesseract with Vietnamese took longer than 60 s"),
            )
        matrix = compare(store, BOOK, Question(programme=SKILLS))
    assert cell(matrix, "Đào tạo, bồi dưỡng lượt lao động nông thôn: lao động nữ", "Đắk Lắk").kind == UNREADABLE


def test_one_year_is_ranked_and_others_stand_beside(store: Store) -> None:
    matrix = compare(store, BOOK, Question(programme=SKILLS, year=2028))
    found = cell(matrix, "Lao động nông thôn được đào tạo, bồi dưỡng kỹ năng số cơ bản", "Nghệ An")
    assert [(e.year, e.verdict) for e in found.entries] == [(2028, "stricter")]
    assert [e.year for e in found.beside] == [2030]
    assert matrix.beside > 20
    assert any("2028" in text and str(matrix.beside) in text for text in legend(matrix))


def test_since_is_the_first_document_that_set_the_value(store: Store) -> None:
    matrix = compare(store, BOOK, Question(words="trường học an toàn", system="stated"))
    name = "Trường mầm non, trường phổ thông đạt tiêu chí Trường học an toàn"
    (entry,) = [e for line, _, e in matrix.entries() if line.name == name]
    assert (entry.target["number"], entry.since) == ("174/KH-UBND", "2026-02-26")


def test_a_value_counts_once_however_often_it_is_told(store: Store) -> None:
    matrix = compare(store, BOOK, Question(words="dịch vụ thư viện"))
    found = cell(matrix, "Dân số sử dụng dịch vụ thư viện", "Quảng Ninh")
    assert [(e.year, e.target["low"], e.mark) for e in found.entries] == [
        (2028, 40, "official"),
        (2030, 55, "official"),
    ]
    matrix = compare(store, BOOK, Question(programme="VN/thu-tuong-chinh-phu/3618-qd-ttg:2025"))
    national = cell(matrix, "Số bản sách bình quân trong hệ thống thư viện công cộng", "Việt Nam")
    assert [(e.year, e.target["low"]) for e in national.entries] == [(2028, 0.6), (2030, 0.8)]


# --- times ------------------------------------------------------------------------------------------------------------


def test_today_groups_and_never_copies(store: Store) -> None:
    stated = compare(store, BOOK, Question(words="an toàn trong môi trường nước", day="2025-06-01"))
    name = "Trẻ em từ 6 đến dưới 16 tuổi biết kỹ năng an toàn trong môi trường nước"
    assert cell(stated, name, "Quảng Trị").entries[0].target["place_id"] == "VN-45"
    today = compare(store, BOOK, Question(words="an toàn trong môi trường nước", day="2025-06-01", system="today"))
    (column,) = [c for c in today.columns if c.name == "Quảng Trị"]
    assert (column.id, column.code) == ("VN-44@2025", "44")
    (entry,) = today.cells[line_of(today, name), column.id].entries
    assert (entry.place, entry.target["place_id"], entry.target["place_code"]) == ("Quảng Trị", "VN-45", "45")


@pytest.mark.parametrize(
    ("day", "document", "low"),
    [
        ("2024-12-31", "96/KH-UBND", 65),
        ("2025-03-31", "96/KH-UBND", 65),
        ("2025-04-01", "58/KH-UBND", 80),
        ("2026-03-05", "174/KH-UBND", 85),
        (None, "174/KH-UBND", 85),
    ],
)
def test_what_is_in_force_on_a_day(store: Store, day: str | None, document: str, low: float) -> None:
    matrix = compare(store, BOOK, Question(words="an toàn trong môi trường nước", day=day))
    name = "Trẻ em từ 6 đến dưới 16 tuổi biết kỹ năng an toàn trong môi trường nước"
    (entry,) = [e for line, _, e in matrix.entries() if line.name == name]
    assert (entry.target["number"], entry.target["low"]) == (document, low)


def test_yardsticks_are_those_in_force_on_the_day(store: Store) -> None:
    before = compare(store, BOOK, Question(programme=SKILLS, day="2026-02-01"))
    assert {column.name for column in before.columns if column.code and any(
        before.cells[line.id, column.id].entries for line in before.lines
    )} == set()  # fmt: skip
    after = compare(store, BOOK, Question(programme=SKILLS, day="2026-03-19"))
    assert cell(after, "Lao động nông thôn được đào tạo, bồi dưỡng kỹ năng số cơ bản", "Nghệ An").entries[0].verdict


def test_changes_between_versions_and_years(store: Store) -> None:
    found = changes(store, BOOK, Question(words="an toàn trong môi trường nước"))
    versions = {(c.old["number"], c.old["low"], c.new["number"], c.new["low"], c.what) for c in found}
    assert versions == {("96/KH-UBND", 65, "58/KH-UBND", 80, "raised"), ("96/KH-UBND", 50, "58/KH-UBND", 65, "raised")}
    found = changes(store, BOOK, Question(programme=SKILLS))
    periods = {
        (c.place, c.old["low"], c.new["low"], c.what)
        for c in found
        if c.by == "period" and c.line.name.startswith("Tỷ lệ lao động nông thôn chưa")
    }
    assert ("Nghệ An", 18, 8, "lowered") in periods


# --- verdicts ---------------------------------------------------------------------------------------------------------


def target(text: str, **more: Any) -> dict[str, Any]:
    """A target as "ge 60", "range 10 11", "eq 5 change decrease"."""
    comparator, low, *rest = text.split()
    high = float(rest.pop(0)) if rest and rest[0][0].isdigit() else None
    row = {"comparator": comparator, "low": float(low), "high": high, "unit": "%", "measure": "level", "change": None}
    if rest:
        row |= {"measure": rest[0], "change": rest[1] if len(rest) > 1 else None}
    return row | more


@pytest.mark.parametrize(
    ("one", "other", "better", "expected"),
    [
        ("eq 60", "ge 60", "up", "equal"),
        ("ge 60", "eq 60", "up", "equal"),
        ("approx 60", "eq 60", "up", "equal"),
        ("gt 60", "ge 60", "up", "stricter"),
        ("ge 59", "gt 60", "up", "weaker"),
        ("range 10 11", "eq 10", "up", "stricter"),
        ("range 10 11", "range 11 12", "up", "weaker"),
        ("range 9.5 10.5", "eq 10", "up", "undecidable"),
        ("le 60", "ge 60", "up", "undecidable"),
        ("le 5", "le 5", "up", "equal"),
        ("lt 8", "le 8", "down", "stricter"),
        ("eq 10", "lt 8", "down", "weaker"),
        ("range 3 4", "eq 3", "down", "weaker"),
        ("eq 2 change decrease", "eq 1 change decrease", "down", "stricter"),
        ("eq 2 change increase", "eq 1 change increase", "up", "stricter"),
        ("eq 2 change increase", "eq 1 change increase", "down", "weaker"),
        ("eq 2 change increase", "eq 1 change decrease", "up", "undecidable"),
        ("eq 10 change", "eq 12 change", "up", "weaker"),
        ("le 5 rank", "le 10 rank", "up", "stricter"),
        ("ge 60", "ge 50", None, None),
        ("ge 60", "ge 50", "none", None),
    ],
)
def test_verdicts(one: str, other: str, better: str | None, expected: str | None) -> None:
    assert verdict(target(one), target(other), better, BOOK) == expected


def test_units_of_one_kind_are_scaled() -> None:
    assert scale("tỷ đồng", BOOK) == ("đồng", 1e9)
    assert scale("triệu đồng", BOOK) == ("đồng", 1e6)
    assert scale("‰", BOOK) == ("percent", 0.1)
    assert scale("cán bộ, công chức", BOOK)[0] == scale("người", BOOK)[0] == "count"
    assert verdict(target("eq 0.5", unit="tỷ đồng"), target("eq 400", unit="triệu đồng"), "up", BOOK) == "stricter"


def test_definitions_that_differ_say_how() -> None:
    level = Definition("level", "percent", False, None, None, ())
    assert list(differences(level, level)) == []
    change = Definition("change", "percent", False, None, "2020", ())
    assert list(differences(change, level)) == ["change against level"]
    yearly = Definition("level", "count", True, None, None, ())
    total = Definition("level", "count", False, None, None, (("sex", "nữ"),))
    assert list(differences(yearly, total)) == [
        "a yearly mean against the whole period",
        "another population: -nữ",
    ]
    assert Definition.from_json(total.to_json()) == total


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["ge 60"], "up"),
        (["lt 8"], "down"),
        (["eq 60"], None),
        (["eq 50 2028", "eq 70 2030"], "up"),
        (["eq 20 2028", "eq 8 2030"], "down"),
        (["ge 60", "le 5"], None),
        (["eq 5 change decrease"], "down"),
    ],
)
def test_the_direction_that_targets_themselves_tell(values: Sequence[str], expected: str | None) -> None:
    rows = []
    for text in values:
        *words, last = text.split()
        year = last if len(last) == 4 else None
        row = target(" ".join(words) if year else text, period_to=year, document_id="d", place="p", definition="x")
        rows.append(row)
    assert direction(rows) == expected


# --- the command ------------------------------------------------------------------------------------------------------


def run(db: Path, *more: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["compare", "--db", str(db), *more])
    assert done.exit_code == code, done.output
    return done.output


def test_formats_hold_the_same(db: Path, tmp_path: Path) -> None:
    asked = ("kỹ năng số", "--year", "2030")
    found = list(csv.DictReader(io.StringIO(run(db, *asked, "--format", "csv").removeprefix("\ufeff"))))
    assert list(found[0]) == list(RECORD)
    rows = json.loads(run(db, *asked, "--format", "json"))
    assert len(rows) == len(found)
    run(db, *asked, "-o", str(tmp_path / "x.parquet"))
    frame = pandas.read_parquet(tmp_path / "x.parquet")
    assert len(frame) == len(found)
    assert set(frame["verdict"].dropna()) == {"stricter", "equal", "weaker"}
    ranked = [row for row in rows if row["verdict"]]
    assert all(row["asked_year"] and row["comparable"] and row["yardstick"] for row in ranked)


def test_markdown_and_html_escape(db: Path, tmp_path: Path) -> None:
    shown = run(db, "kỹ năng số", "--format", "markdown", "--evidence")
    heads = shown.splitlines()[0]
    assert heads.startswith("| indicator | Việt Nam | Cà Mau |")
    assert all(line.count("|") == heads.count("|") for line in shown.splitlines() if line.startswith("| "))
    page = run(db, "kỹ năng số", "--format", "html", "--evidence")
    assert "<script" in page
    assert "Content-Security-Policy" in page
    assert "stricter" in page


def test_the_workbook_in_vietnamese(db: Path, tmp_path: Path) -> None:
    path = tmp_path / "so-sanh.xlsx"
    run(db, "kỹ năng số", "-o", str(path))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Bảng so sánh", "Dẫn chứng", "Ghi chú"]
    heads = [cell.value for cell in book["Dẫn chứng"][1]]
    assert heads[:5] == ["tên chỉ tiêu", "địa bàn", "giá trị", "năm", "so với mức chung"]
    rows = list(book["Dẫn chứng"].iter_rows(min_row=2, values_only=True))
    unranked = [row for row in rows if row[4] == "không xếp hạng"]
    assert unranked
    assert all(row[5] for row in unranked)
    done = CliRunner().invoke(main, ["--lang", "en", "compare", "kỹ năng số", "--db", str(db), "-o", str(path)])
    assert done.exit_code == 0, done.output
    assert openpyxl.load_workbook(path).sheetnames == ["Matrix", "Evidence", "Notes"]


def test_pictures_are_in_vietnamese(db: Path, tmp_path: Path) -> None:
    asked = ("--indicator", "xa-diem-hoc-tap-cong-dong", "--chart", "dots", "-o")
    run(db, *asked, str(tmp_path / "a.svg"))
    assert "Cả nước" in (tmp_path / "a.svg").read_text("utf-8")
    run(db, *asked, str(tmp_path / "a.png"))
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_the_screen_keeps_to_80_columns(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = run(db, "kỹ năng số", "--evidence")
    assert max(map(len, shown.splitlines())) <= 80
    assert "Nghệ An" in shown


def test_a_screen_is_not_flooded(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(db, "--limit", "1000")
    assert "more indicators" not in whole
    monkeypatch.setattr(matrices, "VALUES", 1)
    few = run(db)
    assert "more indicators; --limit shows more" in few
    assert whole.startswith(few.split("\n\n")[0])


def test_documents_without_a_date_are_counted_where_a_day_is_asked_for(tmp_path: Path) -> None:
    text = tmp_path / "tin.txt"
    text.write_text("Tỉnh Cà Mau: đến năm 2025, có ít nhất 40% trường học có cán bộ làm công tác xã hội.\n", "utf-8")
    with Store(tmp_path / "one.db") as store:
        ingest([text], store, BOOK)
    note = "1 documents without a date: their targets are shown whatever the day"
    assert note in run(tmp_path / "one.db", "--as-of", "2023")
    assert note not in run(tmp_path / "one.db")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--province", "Nghe Am"), "no province 'Nghe Am'; nearest: Nghệ An"),
        (("--programme", "kỹ năng sống cho trẻ"), "no programme"),
        (("--programme", "1122"), "công tác xã hội giai đoạn 2021 - 2030 (112/QĐ-TTg)"),
        (("--indicator", "bo doi bien phong"), "no indicator"),
        (("kỹ năng số", "--year", "2041"), "no target is set for 2041; there are: 2026, 2027, 2028, 2030"),
        (("cây thanh trà",), "no target fits"),
        (("--programme", "749/QĐ-TTg"), "no document of the programme “Chương trình Chuyển đổi số quốc gia"),
        (("--as-of", "2020"), "no target was in force on 2020-12-31; the first takes effect on 2024-04-18"),
        (("--as-of", "hôm nay"), "hôm nay"),
        (("--format", "csv", "--chart", "dots"), "a chart is a .png or .svg"),
        (("--format", "xlsx"), "-o"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_line(db: Path, more: tuple[str, ...], told: str) -> None:
    done = CliRunner().invoke(main, ["compare", "--db", str(db), *more])
    assert done.exit_code in (1, 2)
    assert told in done.output
    assert "Traceback" not in done.output


def test_an_empty_database(tmp_path: Path) -> None:
    with Store(tmp_path / "empty.db"):
        pass
    assert "holds no document" in run(tmp_path / "empty.db", code=1)
    assert "no such database" in run(tmp_path / "none.db", code=1)


def test_the_ways_to_name_a_programme_and_an_indicator(store: Store) -> None:
    for name in ("3725/QĐ-TTg", "3725", "kỹ năng số cho lao động", "ky nang so cho lao dong nong thon"):
        assert find_programme(store, BOOK, name) == SKILLS
    assert find_programme(store, BOOK, "1248/QĐ-TTg") == "tai-nan-thuong-tich-tre-em-2021-2030"
    assert find_indicator(store, "GRDP binh quan dau nguoi") == ["grdp-dau-nguoi"]


def test_a_database_that_is_not_aligned_is_aligned_first(db: Path, tmp_path: Path) -> None:
    path = tmp_path / "behind.db"
    path.write_bytes(db.read_bytes())
    with Store(path) as store, store.writing():
        store.db.execute("UPDATE documents SET aligned = NULL")
        store.db.execute("UPDATE targets SET indicator_id = NULL, verdict = NULL")
    assert "▲" in run(path, "kỹ năng số")


def test_words_copied_from_the_national_text(store: Store) -> None:
    found = {
        (row["province"], row["year"]): row["yardstick_likeness"]
        for row in records(compare(store, BOOK, Question(programme=SKILLS)), BOOK, value, name_of)
        if row["indicator"] == "Số xã có điểm học tập số cộng đồng" and row["yardstick"]
    }
    assert found["Cà Mau", 2030] > 0.95  # the very words
    assert found["Tây Ninh", 2030] < 0.9  # a row of a table


def test_a_frame(db: Path) -> None:
    with Store(db, read_only=True) as store:
        frame = comparison(store, programme=SKILLS, year=2030)
    assert list(frame.columns) == list(RECORD)
    assert set(frame["verdict"].dropna()) == {"stricter", "equal", "weaker"}
