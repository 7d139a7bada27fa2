"""What `muctieu export` writes, read back by the programs it is for: pandas, openpyxl, the csv module, json."""

import csv
import dataclasses
import io
import json
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pandas
import pytest
from click.testing import CliRunner, Result

import extractor
from extractor import cli, schema, sheets
from extractor.cli import options
from extractor.display import SIGNS
from extractor.export import EXPORTS, Table, day, write_csv
from extractor.messages import LANGUAGES, say
from extractor.model import VIEWED, Extraction

FORMS = ("csv", "json", "jsonl", "parquet", "xlsx")  # those whose reading back is tested here

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
PLAN = CORPUS / "gia-lai-ke-hoach.txt"

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def corpus_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the corpus, and of a file with a problem."""
    folder = tmp_path_factory.mktemp("export")
    odd = folder / "odd.txt"
    odd.write_bytes(PLAN.read_bytes().replace("nhà rông".encode(), b"nh\0 rong").replace(b"131/KH", b"132/KH"))
    result = CliRunner().invoke(cli.main, ["ingest", str(CORPUS), str(odd), "--db", str(folder / "corpus.db")])
    assert result.exit_code == 0, result.output
    return folder / "corpus.db"


@pytest.fixture
def run(corpus_db: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `muctieu export` with these arguments on the corpus; fails on a traceback."""
    monkeypatch.setenv("MUCTIEU_DB", str(corpus_db))
    monkeypatch.delenv("MUCTIEU_LANG", raising=False)

    def invoke(*args: Any, lang: str = "en") -> Result:
        result = CliRunner().invoke(cli.main, ["--lang", lang, "export", *map(str, args)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


def viewed(db: Path, table: str) -> list[dict[str, Any]]:
    """The rows of a view by id, as SQLite gives them."""
    with closing(sqlite3.connect(db)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {schema.view_of(table)} ORDER BY id")]


def whole(path: Path, table: str) -> list[dict[str, Any]]:
    """The rows of a file by id, read back as docs/export.md says; None for what is missing."""
    kinds = schema.viewed(table)
    texts = {name: "str" for name, kind in kinds.items() if kind in (str, date)}
    days = [name for name, kind in kinds.items() if kind is date]
    if path.suffix == ".csv":
        frame = pandas.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])
        for name in texts:
            frame[name] = frame[name].str.replace(r"^'(?=[\s']*[=+\-@＝＋－＠])", "", regex=True)
    elif path.suffix == ".xlsx":
        frame = pandas.read_excel(path, dtype={n: k for n, k in texts.items() if n not in days}, na_filter=False)
        frame = frame.replace("", None)
    elif path.suffix == ".parquet":
        frame = pandas.read_parquet(path, dtype_backend="pyarrow")
    else:
        frame = pandas.DataFrame(json_of(path.read_text(encoding="utf-8"), path.suffix), dtype=object)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return sorted(rows, key=lambda row: str(row["id"]))


def json_of(text: str, suffix: str) -> list[dict[str, Any]]:
    return json.loads(text) if suffix == ".json" else [json.loads(line) for line in text.splitlines()]


def same(kind: type, stored: Any, got: Any) -> bool:
    """Whether a value read back is the one stored in SQLite."""
    if stored is None or (stored == "" and got is None):
        return got is None
    if kind is tuple:
        return json.loads(stored) == (json.loads(got) if isinstance(got, str) else list(got))
    if kind is bool:
        return isinstance(got, bool) and got == bool(stored)
    if kind is date:
        return str(got)[:10] == stored
    if kind in (int, float):
        return not isinstance(got, (bool, str)) and got == pytest.approx(stored, rel=1e-12)
    return isinstance(got, str) and got == stored


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("table", VIEWED)
def test_every_table_comes_back_whole_from_every_format(
    run: Run, corpus_db: Path, tmp_path: Path, table: str, form: str
) -> None:
    path = tmp_path / f"a.{form}"
    result = run("--table", table, "-o", path)
    assert (result.exit_code, result.output) == (0, "")
    stored, got = viewed(corpus_db, table), whole(path, table)
    assert stored
    assert len(got) == len(stored)
    for one, other in zip(stored, got, strict=True):
        assert list(one) == list(other) == list(schema.viewed(table))
        for name, kind in schema.viewed(table).items():
            assert same(kind, one[name], other[name]), (name, one[name], other[name])


def test_the_formats_of_the_command_are_those_there_are() -> None:
    assert list(EXPORTS) == list(options.EXPORTED)


def test_rows_stand_in_the_order_of_documents_and_text(run: Run) -> None:
    rows = [json.loads(line) for line in run("--table", "agencies", "--format", "jsonl").stdout.splitlines()]
    order = [(row["document_issued_on"] or "9", row["document_number"] or "", row["document_id"]) for row in rows]
    assert order == sorted(order)
    places = [(row["document_id"], row["start"]) for row in rows]
    assert all(a[0] != b[0] or a[1] <= b[1] for a, b in pairwise(places))


# --- types ----------------------------------------------------------------------------------------------------------


def test_types_in_parquet(run: Run, tmp_path: Path) -> None:
    run("-o", tmp_path / "a.parquet")
    frame = pandas.read_parquet(tmp_path / "a.parquet", dtype_backend="pyarrow")
    kinds = {name: str(frame[name].dtype.pyarrow_dtype) for name in frame.columns}
    wanted = {
        "place_code": "string", "low": "double", "high": "double", "page": "int64", "comparable": "bool",
        "first_day": "date32[day]", "document_issued_on": "date32[day]", "period_to": "string",
    }  # fmt: skip
    assert {name: kinds[name] for name in wanted} == wanted
    assert kinds["lead"].startswith("list<")
    assert frame["document_issued_on"].notna().any()


def test_types_in_a_workbook(run: Run, tmp_path: Path) -> None:
    run("-o", tmp_path / "a.xlsx", "--table", "targets", "--province", "gia lai")
    (sheet,) = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    first = {heading.value: cell for heading, cell in zip(sheet[1], sheet[2], strict=True)}
    assert first["place_code"].value == "52"
    assert first["place_code"].data_type == first["period_to"].data_type == "s"
    assert first["last_day"].value == datetime(2028, 12, 31)
    assert first["document_issued_on"].is_date
    assert (first["low"].value, first["low"].number_format) == (65, "#,##0")
    assert first["confidence"].number_format == "#,##0.00"
    assert (sheet.freeze_panes, sheet.auto_filter.ref[:2]) == ("A2", "A1")


@pytest.mark.parametrize(
    ("value", "shape"),
    [(6200, "#,##0"), (1.5, "#,##0.0"), (0.125, "#,##0.000"), (0.1 + 0.2, "#,##0.0"), (1e20, "General")],
)
def test_as_many_decimal_places_as_there_are(tmp_path: Path, value: float, shape: str) -> None:
    assert cells(tmp_path, [value])[0].number_format == shape


def cells(folder: Path, values: list[Any], kind: type = float, form: str = "xlsx") -> list[Any]:
    """The cells of a column of a workbook with these values."""
    with (folder / "one.xlsx").open("w", encoding="utf-8") as out:
        EXPORTS[form](out, Table("one", {"column": kind}, [{"column": value} for value in values]))
    return [row[0] for row in openpyxl.load_workbook(folder / "one.xlsx").active.iter_rows(min_row=2)]


def test_days_and_numbers_that_excel_has_not_are_texts(tmp_path: Path) -> None:
    days = ["2020-12-20", "2020-12", "2020", "--12-15", "1890-01-01", "2021-02-30"]
    assert [cell.value for cell in cells(tmp_path, days, date)] == [datetime(2020, 12, 20), *days[1:]]
    assert [cell.value for cell in cells(tmp_path, [float("inf"), 1e300])] == ["inf", 1e300]
    assert [day(text) for text in days] == [date(2020, 12, 20), None, None, None, date(1890, 1, 1), None]


def test_days_that_are_less_than_a_date_are_null_in_parquet(tmp_path: Path) -> None:
    rows = [{"day": value} for value in ("2020-12-20", "2020-12", None)]
    with (tmp_path / "a.parquet").open("w", encoding="utf-8") as out:
        EXPORTS["parquet"](out, Table("a", {"day": date}, rows))
    assert pandas.read_parquet(tmp_path / "a.parquet")["day"].tolist() == [date(2020, 12, 20), None, None]


def test_parquet_takes_any_number_of_rows(tmp_path: Path) -> None:
    with (tmp_path / "a.parquet").open("w", encoding="utf-8") as out:
        EXPORTS["parquet"](out, Table("a", {"n": int, "x": float}, ({"n": n, "x": 10**20} for n in range(25_000))))
    frame = pandas.read_parquet(tmp_path / "a.parquet")
    assert frame["n"].tolist() == list(range(25_000))
    assert frame["x"].tolist()[0] == 1e20


# --- texts that would do harm ---------------------------------------------------------------------------------------

HOSTILE = [
    "=1+1", "+84 123", "-5 %", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "＋1", "－1", "＠1", "'=1", "''-1", "'quoted'",
    '=HYPERLINK("http://x","y")', "<r><t>rich</t></r>", "<b>&amp;</b>", "a;b,c\"d\ne", "N/A", "NULL", "01", "1e5",
    "true", "_x0041_", "😀 đường", "  two  ", "http://example.org", "{=1}", "\ufffe\uffff",
]  # fmt: skip


@pytest.fixture(scope="module")
def hostile_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a target for each of these texts."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.db"
    found = extractor.extract(str(PLAN))
    first = found.targets[0]
    targets = tuple(dataclasses.replace(first, id=f"{n:04}", indicator=text) for n, text in enumerate(HOSTILE))
    keep(path, dataclasses.replace(found, targets=targets))
    return path


def keep(path: Path, *found: Extraction) -> None:
    with extractor.Store(path) as store:
        number = store.begin_run("0.1.0", "f1")
        for each in found:
            store.save(each, number)


def test_no_text_of_a_csv_file_begins_a_formula_and_all_come_back(run: Run, hostile_db: Path, tmp_path: Path) -> None:
    run("--db", hostile_db, "-o", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        raw = [row["indicator"] for row in csv.DictReader(file)]
    assert not [text for text in raw if text.strip()[0] in "=+-@＝＋－＠\t\r"]
    assert raw[0] == "'=1+1"
    assert "'quoted'" in raw
    back = [row["indicator"] for row in whole(tmp_path / "a.csv", "targets")]
    steered = {"\t=1": " =1", "\r=1": "\\x0d=1"}
    assert back == [steered.get(text, text) for text in HOSTILE]


def test_numbers_below_zero_stay_numbers() -> None:
    out = io.StringIO()
    write_csv(out, Table("a", {"n": int, "x": float, "t": str}, [{"n": -3, "x": -1.5, "t": "-1.5"}]))
    assert out.getvalue() == "n,x,t\n-3,-1.5,'-1.5\n"


@pytest.mark.parametrize("table", [["--table", "targets"], []], ids=["table", "report"])
def test_no_text_of_a_workbook_is_a_formula_a_link_or_markup(
    run: Run, hostile_db: Path, tmp_path: Path, table: list[str]
) -> None:
    run("--db", hostile_db, *table, "-o", tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    heading = "indicator" if table else "Indicator"
    (at,) = [cell.column for cell in sheet[1] if cell.value == heading]
    column = [row[at - 1] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in column} == {"s"}
    assert not [cell for cell in column if cell.hyperlink]
    changed = {"\t=1": " =1", "\r=1": "\\x0d=1", "<r><t>rich</t></r>": "<r><t>rich</t></r> "}
    expected = [changed.get(text, text) for text in HOSTILE]
    got = [cell.value for cell in column]
    for one, other in zip(expected[:-1], got[:-1], strict=True):
        assert other.replace("_x005F_", "_") == one
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()


def test_the_database_keeps_the_texts_as_they_are(run: Run, hostile_db: Path, tmp_path: Path) -> None:
    run("--db", hostile_db, "-o", tmp_path / "a.parquet")
    assert [row["indicator"] for row in whole(tmp_path / "a.parquet", "targets")] == HOSTILE
    rows = json.loads(run("--db", hostile_db, "--format", "json").stdout)
    assert [row["indicator"] for row in rows] == HOSTILE


@pytest.mark.parametrize("text", ["x" * 40_000, "😀" * 20_000, "x" * 32_767 + "😀"])
def test_a_text_too_long_for_a_cell_is_cut_and_told(run: Run, tmp_path: Path, text: str) -> None:
    found = extractor.extract(str(PLAN))
    targets = (dataclasses.replace(found.targets[0], indicator=text), *found.targets[1:])
    keep(tmp_path / "a.db", dataclasses.replace(found, targets=targets))
    run("--db", tmp_path / "a.db", "-o", tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    shown = book["Targets"]["B2"].value
    assert shown.endswith(" … [cut]")
    assert shown[:16_000] == text[:16_000]
    assert len(shown.encode("utf-16-le")) // 2 <= 32_767
    assert [row[1].value for row in book["Notes"].iter_rows() if row[0].value == "Cut cell"] == [
        "Targets: Indicator, 2"
    ]


def test_a_text_that_just_fits_is_not_cut(tmp_path: Path) -> None:
    assert [len(cell.value) for cell in cells(tmp_path, ["x" * 32_767], str)] == [32_767]


# --- options --------------------------------------------------------------------------------------------------------


def test_without_a_file_a_table_goes_to_standard_output(run: Run) -> None:
    assert run().stdout.startswith("id,citation,document_id,quote,")
    assert (
        len(json.loads(run("--format", "json", "--table", "documents").stdout)) == len(list(CORPUS.glob("*.txt"))) + 1
    )
    lines = run("--format", "jsonl", "--province", "52").stdout.splitlines()
    assert {json.loads(line)["place_code"] for line in lines} == {"52"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "xlsx"], "--format xlsx needs -o FILE"),
        (["--format", "parquet"], "--format parquet needs -o FILE"),
        (["--table", "targets", "--table", "sources"], "one table"),
        (["--table", "targets", "--table", "sources", "-o", "a.xlsx"], "-o NAME/"),
        (["-o", "a.ods"], "name it .csv, .json, .jsonl, .parquet, .xlsx"),
        (["--excel", "--format", "json"], "are for --format csv"),
        (["--delimiter", "tab", "-o", "a.xlsx"], "are for --format csv"),
        (["--decimal", "comma", "-o", "a.parquet"], "are for --format csv"),
    ],
)
def test_wrong_use_is_told_and_writes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_gets_a_file_for_each_table(run: Run, tmp_path: Path) -> None:
    assert run("-o", f"{tmp_path}/new/all/").exit_code == 0
    assert {path.name for path in (tmp_path / "new/all").iterdir()} == {f"{table}.csv" for table in VIEWED}
    assert (tmp_path / "new/all/targets.csv").read_bytes().startswith(b"\xef\xbb\xbfid,")
    assert run("-o", tmp_path, "--format", "xlsx", "--table", "sources", "--table", "targets").exit_code == 0
    assert {path.name for path in tmp_path.glob("*.*")} == {"sources.xlsx", "targets.xlsx"}


@pytest.mark.parametrize(
    ("arguments", "delimiter", "decimal"),
    [
        ([], ",", "."),
        (["--excel"], ";", ","),
        (["--excel", "--decimal", "point"], ";", "."),
        (["--excel", "--delimiter", "tab"], "\t", ","),
        (["--delimiter", "semicolon"], ";", "."),
        (["--decimal", "comma"], ",", ","),
    ],
)
def test_csv_for_a_spreadsheet(
    run: Run, corpus_db: Path, tmp_path: Path, arguments: list[str], delimiter: str, decimal: str
) -> None:
    for path in (tmp_path / "a.csv", None):
        result = run(*arguments, *([] if path is None else ["-o", path]))
        data = result.stdout_bytes if path is None else path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbf") == (path is not None or "--excel" in arguments)
        frame = pandas.read_csv(io.BytesIO(data), sep=delimiter, decimal=decimal, index_col="id")
        stored = pandas.DataFrame(viewed(corpus_db, "targets")).set_index("id")
        for name in ("low", "confidence"):
            assert frame[name].sort_index().tolist() == stored[name].tolist()
        sure = str(stored["confidence"].iloc[0]).replace(".", decimal)
        assert f"{delimiter}{sure}{delimiter}" in data.decode().replace('"', "")


@pytest.mark.parametrize(
    ("table", "filters", "key", "values"),
    [
        ("targets", ["--province", "gia lai"], "place", {"Gia Lai"}),
        ("deadlines", ["--province", "quang ninh"], "province", {"Quảng Ninh"}),
        ("agencies", ["--province", "22"], "province", {"Quảng Ninh"}),
        ("documents", ["--kind", "ke hoach", "--province", "22"], "number", {"88/KH-UBND"}),
        ("sources", ["--kind", "thong tu"], "document_number", {"91/2026/TT-BVHTTDL"}),
        ("quantities", ["--search", '"so ban sach"', "--province", "gia lai"], "province", {"Gia Lai"}),
        ("problems", ["--province", "Gia Lai"], "document_number", {"132/KH-UBND"}),
    ],
)
def test_filters(run: Run, table: str, filters: list[str], key: str, values: set[str]) -> None:
    rows = json.loads(run("--table", table, "--format", "json", *filters).stdout)
    assert {row[key] for row in rows} == values


def test_words_are_sought_in_each_tables_own_texts(run: Run) -> None:
    for table, column in (("deadlines", "action"), ("commitments", "quote"), ("legal_refs", "quote")):
        rows = json.loads(run("--table", table, "--format", "json", "--search", "thu vien").stdout)
        assert rows
        assert all("thư viện" in f"{row['quote']} {row[column]}".lower() for row in rows)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--province", "Hà Nam"], "nothing of Hà Nam; there are: An Giang, Bắc Ninh"),
        (
            ["--kind", "plan", "--table", "deadlines"],
            "no document of kind plan; there are: Báo cáo, Công văn, Kế hoạch",
        ),
        (["--search", "tàu ngầm"], "no targets"),
        (["--search", "tàu ngầm", "--table", "deadlines"], "no such records"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_a_file_without_rows_says_why(run: Run, tmp_path: Path, form: str, arguments: list[str], said: str) -> None:
    result = run(*arguments, "-o", tmp_path / f"a.{form}")
    assert result.exit_code == 0
    assert result.stderr.startswith(f"muctieu: {said}")
    assert result.stderr.count("\n") == 1
    if not (form == "xlsx" and "--table" not in arguments):
        assert whole(tmp_path / f"a.{form}", "deadlines" if "deadlines" in arguments else "targets") == []


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_database(run: Run, tmp_path: Path, form: str) -> None:
    extractor.Store(tmp_path / "a.db").close()
    for table in VIEWED:
        path = tmp_path / f"{table}.{form}"
        assert run("--db", tmp_path / "a.db", "--table", table, "-o", path).stderr.startswith("muctieu: no ")
        if form in ("csv", "parquet", "xlsx"):
            read = {"csv": pandas.read_csv, "parquet": pandas.read_parquet, "xlsx": pandas.read_excel}[form]
            assert list(read(path).columns) == list(schema.viewed(table))
    report = tmp_path / "report.xlsx"
    assert run("--db", tmp_path / "a.db", "-o", report).stderr == "muctieu: no targets\n"
    assert [sheet.max_row for sheet in openpyxl.load_workbook(report).worksheets[:6]] == [1] * 6


@pytest.mark.parametrize("form", FORMS)
def test_the_same_rows_give_the_same_bytes(run: Run, tmp_path: Path, form: str) -> None:
    for table in (["--table", "targets"], []):
        for name in ("a", "b"):
            assert run(*table, "-o", tmp_path / f"{name}.{form}").exit_code == 0
        assert (tmp_path / f"a.{form}").read_bytes() == (tmp_path / f"b.{form}").read_bytes()


def test_a_workbook_carries_the_time_of_the_newest_run(run: Run, corpus_db: Path, tmp_path: Path) -> None:
    run("-o", tmp_path / "a.xlsx")
    with closing(sqlite3.connect(corpus_db)) as connection:
        (ended,) = connection.execute("SELECT max(ended_at) FROM runs").fetchone()
    created = openpyxl.load_workbook(tmp_path / "a.xlsx").properties.created
    assert created == datetime.fromisoformat(ended).replace(tzinfo=None)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}


# --- faults ---------------------------------------------------------------------------------------------------------


def one_line(result: Result, *parts: str) -> None:
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1, result.stderr
    for part in parts:
        assert part in result.stderr


def test_parquet_without_pyarrow_says_what_to_install(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    one_line(run("-o", tmp_path / "a.parquet"), "pip install 'muctieu[parquet]'")
    assert list(tmp_path.iterdir()) == []
    assert run("-o", tmp_path / "a.csv").exit_code == 0


@pytest.mark.parametrize("table", [["--table", "targets"], []], ids=["table", "report"])
def test_more_rows_than_a_sheet_holds(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: list[str]
) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 20)
    one_line(run(*table, "-o", tmp_path / "a.xlsx"), "19", ".csv", ".parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_place_that_cannot_be_written_is_one_line(run: Run, tmp_path: Path, form: str) -> None:
    one_line(run("-o", tmp_path / "none" / f"a.{form}"), f"a.{form}", "No such file or directory")
    one_line(run("-o", "/dev/full", "--format", form, "--table", "agencies"), "/dev/full", "No space left on device")
    (tmp_path / "file").touch()
    one_line(run("-o", f"{tmp_path}/file/", "--format", form), "file")


# --- the report -----------------------------------------------------------------------------------------------------

SHEETS = ["Targets", "Commitments", "Deadlines", "Agencies", "Cited documents", "Documents", "Notes"]


def sheet_of(path: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a sheet, by heading."""
    sheet = openpyxl.load_workbook(path)[name]
    headings = [cell.value for cell in sheet[1]]
    return [dict(zip(headings, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)]


@pytest.fixture(scope="module")
def report(corpus_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.xlsx"
    result = CliRunner().invoke(cli.main, ["export", "--db", str(corpus_db), "-o", str(path)])
    assert (result.exit_code, result.output) == (0, "")
    return path


def test_every_sheet_can_be_read_filtered_and_printed(report: Path) -> None:
    book = openpyxl.load_workbook(report)
    assert book.sheetnames == SHEETS
    for sheet in book.worksheets:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.endswith(str(sheet.max_row))
        assert (sheet.page_setup.orientation, sheet.print_title_rows) == ("landscape", "$1:$1")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert all(isinstance(cell.value, str) for cell in sheet[1])


def test_the_targets_of_a_report(report: Path, corpus_db: Path) -> None:
    rows, stored = sheet_of(report, "Targets"), {row["id"]: row for row in viewed(corpus_db, "targets")}
    assert len(rows) == len(stored)
    for row in rows:
        of = stored[row["Id"]]
        assert (row["Value"], row["Up to"], row["Unit"], row["Per"]) == (of["low"], of["high"], of["unit"], of["per"])
        assert (row["Place"], row["Source"], row["Text"]) == (of["place"], of["citation"], of["quote"])
        assert row["Indicator"].endswith(of["indicator"])
        assert row["Last day"] == (of["last_day"] and datetime.fromisoformat(of["last_day"]))
    first = next(row for row in rows if row["Place"] == "Gia Lai" and row["Sign"] == "≥")
    assert (first["Sign"], first["Goal"], first["Period"]) == ("≥", "reach", "2026–2028")
    places = [row["Place"] for row in rows]
    assert places == sorted(places, key=lambda place: (place is None, places.index(place)))
    assert {"repeated", "quoted"} <= {word for row in rows for word in (row["Remark"] or "").split(", ")}


def test_tasks_come_first_and_by_date(report: Path, corpus_db: Path) -> None:
    rows = sheet_of(report, "Deadlines")
    assert len(rows) == len(viewed(corpus_db, "deadlines"))
    uses = [row["Used for"] for row in rows]
    assert uses == sorted(uses, key=["task", "target", "effective", "result", "name"].index)
    days = [row["Last day"] for row in rows if row["Used for"] == "task"]
    assert days == sorted(days, key=lambda day: (day is None, day or datetime.max))
    assert "Sở Văn hóa, Thể thao và Du lịch" in {row["Lead"] for row in rows}


def test_a_row_for_each_body(report: Path, corpus_db: Path) -> None:
    rows, stored = sheet_of(report, "Agencies"), viewed(corpus_db, "agencies")
    assert sorted(row["Id"] for row in rows) == sorted({row["agency_id"] for row in stored})
    assert sum(row["Mentions"] for row in rows) == len(stored)
    for role in ("issuer", "lead", "support", "recipient"):
        assert sum(row[f"As {role}"] or 0 for row in rows) == sum(row["role"] == role for row in stored)
    (committee,) = [row for row in rows if row["Id"] == "VN-52@2025/uy-ban-nhan-dan"]
    assert (committee["Agency"], committee["Province"]) == ("Ủy ban nhân dân tỉnh Gia Lai", "Gia Lai")
    mine = {row["document_id"] for row in stored if row["agency_id"] == committee["Id"]}
    assert committee["In documents"] == len(mine)


def test_a_row_for_each_cited_document(report: Path, corpus_db: Path) -> None:
    rows, stored = sheet_of(report, "Cited documents"), viewed(corpus_db, "legal_refs")
    cited = {row["cited_id"] for row in stored if row["cited_id"] != row["document_id"]}
    assert {row["Id"] for row in rows} - {None} == cited - {None}
    (programme,) = [row for row in rows if row["Id"] == "VN/thu-tuong-chinh-phu/3618-qd-ttg:2025"]
    assert programme["Number"] == "3618/QĐ-TTg"
    mentions = [row for row in stored if row["cited_id"] == programme["Id"] != row["document_id"]]
    assert programme["Mentions"] == len(mentions)
    assert programme["In documents"] == len({row["document_id"] for row in mentions})
    assert programme["Date"] == datetime(2025, 12, 22)
    assert "Kế hoạch 131/KH-UBND, 05/3/2026" in programme["Cited in"]
    assert "căn cứ" in programme["Relations"] or "thực hiện" in programme["Relations"]
    there = {row["id"] for row in viewed(corpus_db, "documents")}
    assert {row["Id"] for row in rows if row["In this database"] == "yes"} == cited & there != set()


def test_documents_with_all_their_files(report: Path, corpus_db: Path) -> None:
    rows = sheet_of(report, "Documents")
    assert len(rows) == len(viewed(corpus_db, "documents"))
    files = [name for row in rows for name in row["Files"].split("\n")]
    assert sorted(files) == sorted(row["path"] for row in viewed(corpus_db, "sources"))
    (plan,) = [row for row in rows if row["Number"] == "131/KH-UBND"]
    assert (plan["Date"], plan["Targets"]) == (datetime(2026, 3, 5), 14)


def test_notes_say_what_the_report_holds(run: Run, corpus_db: Path, tmp_path: Path) -> None:
    run("--province", "gia lai", "--search", "thư viện", "-o", tmp_path / "a.xlsx")
    notes = sheet_of(tmp_path / "a.xlsx", "Notes")
    said = "\n".join(f"{row['About']}: {row['Note']}" for row in notes)
    assert "Chosen: province: gia lai; words: thư viện" in said
    assert extractor.load_rules().fingerprint in said
    assert f"muctieu {extractor.__version__}" in said
    targets = sheet_of(tmp_path / "a.xlsx", "Targets")
    assert f"Rows: Targets: {len(targets)}" in said
    assert 0 < len(targets) < len(viewed(corpus_db, "targets"))
    assert {row["Place"] for row in targets} == {"Gia Lai"}
    for comparator, sign in SIGNS.items():
        assert say(f"comparator.{comparator}") in said
        assert sign.strip() in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_in_both_languages(run: Run, tmp_path: Path, lang: str) -> None:
    run("-o", tmp_path / "a.xlsx", lang=lang)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames[0] == {"en": "Targets", "vi": "Chỉ tiêu"}[lang]
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert [cell.value for cell in book.worksheets[0][1]][:2] == {
        "en": ["Place", "Indicator"],
        "vi": ["Địa bàn", "Chỉ tiêu"],
    }[lang]
    (last,) = [cell for cell in book.worksheets[0][2] if cell.is_date]
    assert last.number_format == {"en": "yyyy-mm-dd", "vi": "dd/mm/yyyy"}[lang]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [("", 10, 0), ("một", 10, 1), ("một hai ba bốn", 10, 2), ("x" * 35, 10, 4), ("a\nb\nc", 10, 3), ("X" * 9, 10, 2)],
)
def test_lines_that_a_text_takes(text: str, width: int, lines: int) -> None:
    assert sheets._lines(text, width) == lines


def test_rows_are_as_high_as_their_texts(report: Path) -> None:
    sheet = openpyxl.load_workbook(report)["Commitments"]
    for row in range(2, sheet.max_row + 1):
        height = sheet.row_dimensions[row].height or 15
        assert height >= 15 * (1 + len(sheet.cell(row, 2).value) // 110)


def test_an_older_database_is_one_line(run: Run, corpus_db: Path, tmp_path: Path) -> None:
    old = Path(shutil.copy(corpus_db, tmp_path / "old.db"))
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("DROP VIEW v_sources")
    one_line(run("--db", old, "--table", "sources"), "old.db", "v_sources")
