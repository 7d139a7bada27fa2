"""The feed as files: valid, complete, the same bytes each time; and every column described."""

import csv
import datetime
import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frictionless
import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result

from extractor import cli, columns, definitions, publish, schema, sdmx
from extractor.messages import LANGUAGES
from extractor.rulebook import load
from extractor.store import Store

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus"
MODEL = ROOT / "docs" / "data-model.md"
BOOK = load()
NAMES = (*columns.PUBLISHED, columns.SDMX)

Run = Callable[..., Result]


@pytest.fixture
def db(ingested: Path, tmp_path: Path) -> Path:
    """A copy of that database, to be changed at will."""
    return Path(shutil.copy(ingested, tmp_path / "test.db"))


@pytest.fixture(scope="module")
def feed(ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The feed of the corpus."""
    folder = tmp_path_factory.mktemp("feed")
    result = CliRunner().invoke(cli.main, ["publish", str(folder), "--db", str(ingested)])
    assert result.exit_code == 0, result.output
    assert re.fullmatch(r".*: 9 tables with \d+ rows, sdmx.csv, datapackage.json\n", result.stdout)
    return folder


def package(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / publish.DESCRIPTION).read_text("utf-8"))
    return found


def resource(folder: Path, name: str) -> dict[str, Any]:
    return next(each for each in package(folder)["resources"] if each["name"] == name)


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def one_line(result: Result, *parts: str) -> None:
    assert result.exit_code == 1
    assert result.stderr.startswith("muctieu: ")
    assert result.stderr.count("\n") == 1, result.stderr
    for part in parts:
        assert part in result.stderr


# --- descriptions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_column_is_described(name: str) -> None:
    missing = set(columns.kinds(name)) - set(columns._file()["of"].get(name, {})) - set(columns._file()["column"])
    assert not missing, f"{name}: columns that extractor/columns.toml does not describe"
    for field in columns.fields(name):
        assert field.title.strip()
        assert field.en.endswith(".")
        assert field.vi.endswith(".")
        assert field.unit is None or field.unit in columns.kinds(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_view_names_columns_that_it_has(name: str) -> None:
    said, view = columns._file()["view"][name], columns.view(name)
    facets = [facet if isinstance(facet, str) else facet["array"] for facet in view.facets]
    named = {*view.show, *facets, *said.get("required", ()), *((view.sort or "").removeprefix("-"),)} - {""}
    assert named <= set(columns.kinds(name))
    assert set(view.title) == set(view.about) == set(LANGUAGES)


def test_no_description_is_of_a_column_that_is_gone() -> None:
    file = columns._file()
    for name, own in file["of"].items():
        assert set(own) <= set(columns.kinds(name)), name
    used = {column for name in NAMES for column in columns.kinds(name) if column not in file["of"].get(name, {})}
    assert set(file["column"]) == used


def test_closed_sets_are_those_of_the_code() -> None:
    values = {field.name: field.values for name in NAMES for field in columns.fields(name)}
    assert values["verdict"] == definitions.VERDICTS
    assert values["better"] == definitions.BETTER
    assert set(values["measure"]) == {definitions.LEVEL, definitions.CHANGE, definitions.RANK}


def test_the_list_of_columns_in_the_docs_is_true() -> None:
    text = MODEL.read_text("utf-8")
    before, _, after = text.partition("<!-- columns: from extractor/columns.toml -->\n")
    shown, end, rest = after.partition("<!-- end of columns -->")
    assert end
    if os.environ.get("FIX"):
        MODEL.write_text(
            f"{before}<!-- columns: from extractor/columns.toml -->\n{columns.table()}\n{end}{rest}", "utf-8"
        )
    else:
        assert shown == f"{columns.table()}\n", "FIX=1 python -m pytest tests/test_publish.py writes it anew"


# --- the package ----------------------------------------------------------------------------------------------------


def test_the_package_is_valid(feed: Path) -> None:
    report = frictionless.validate(str(feed / publish.DESCRIPTION))
    assert report.valid, report.flatten(["name", "type", "message"])[:5]
    assert [task.name for task in report.tasks] == list(NAMES)


def test_a_wrong_value_is_found(feed: Path, tmp_path: Path) -> None:
    """That the test above looks at values, keys and sums."""
    folder = Path(shutil.copytree(feed, tmp_path / "feed"))
    path = folder / "v_compare.csv"
    path.write_text(path.read_text("utf-8").replace(",stricter,", ",strict,", 1), "utf-8")
    report = frictionless.validate(str(folder / publish.DESCRIPTION))
    assert {"hash-count", "byte-count", "constraint-error"} <= {kind for (kind,) in report.flatten(["type"])}


def test_what_the_package_says_of_itself(feed: Path) -> None:
    told = package(feed)
    assert told["rulebook"] == [{"version": "0.1.0", "rulebook": BOOK.fingerprint, "documents": 26}]
    assert told["program"] == {"name": "muctieu", "version": "0.1.0"}
    assert re.fullmatch(r"0\.1\.0\+[0-9a-f]{12}", told["version"])
    assert told["licenses"][0].keys() == {"name", "path", "title"}
    assert "made by the program" in told["description"]
    assert "article 15" in told["description"]


@pytest.mark.parametrize("name", NAMES)
def test_files_are_as_described(feed: Path, name: str) -> None:
    described = resource(feed, name)
    files = [described, *described.get("alternatives", ())]
    assert len(files) == (1 if name == columns.SDMX else 2)
    for file in files:
        data = (feed / file["path"]).read_bytes()
        assert file["bytes"] == len(data)
        assert file["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert not (feed / f"{name}.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert [field["name"] for field in described["schema"]["fields"]] == list(columns.kinds(name))


@pytest.mark.parametrize("name", columns.PUBLISHED)
def test_both_formats_hold_every_row_in_the_order_of_the_text(ingested: Path, feed: Path, name: str) -> None:
    ids = [row["id"] for row in read(feed, name)]
    table = pyarrow.parquet.read_table(feed / f"{name}.parquet")
    assert table.column("id").to_pylist() == ids
    assert not [field for field in table.schema if str(field.type).startswith("timestamp")]
    with Store(ingested, read_only=True) as store:
        assert sorted(ids) == [row["id"] for row in store.rows(f"SELECT id FROM {name} ORDER BY id")]
    if name == "v_targets":
        rows = read(feed, name)
        assert rows == sorted(rows, key=lambda row: row["document_issued_on"])
        for document in {row["document_id"] for row in rows}:
            starts = [int(row["value_start"]) for row in rows if row["document_id"] == document]
            assert starts == sorted(starts)


def test_keys_of_other_tables(feed: Path) -> None:
    def keys(name: str) -> dict[str, str]:
        found = resource(feed, name)["schema"]["foreignKeys"]
        return {key["fields"][0]: key["reference"]["resource"] for key in found}

    assert keys("v_compare")["document_id"] == "v_documents"
    assert keys("v_compare")["indicator_id"] == "indicators"
    assert keys("v_compare")["yardstick_id"] == "v_targets"
    assert keys("v_targets")["same_as"] == ""
    assert keys("v_references")["cited_document_id"] == "v_documents"
    assert keys("v_actuals")["target_id"] == "v_targets"
    assert keys("sdmx")["TARGET"] == "v_targets"


def test_a_key_that_leads_nowhere_is_not_declared(db: Path, tmp_path: Path) -> None:
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE targets SET superseded_by = 'VN/elsewhere' WHERE rowid = 1")
    with Store(db, read_only=True) as store:
        publish.publish(store, tmp_path / "feed", BOOK, parquet=False)
    found = resource(tmp_path / "feed", "v_targets")["schema"]["foreignKeys"]
    assert "superseded_by" not in {key["fields"][0] for key in found}
    assert frictionless.validate(str(tmp_path / "feed" / publish.DESCRIPTION)).valid


def test_days_are_dates_only_where_all_are_full(feed: Path, db: Path, tmp_path: Path) -> None:
    def kind(folder: Path, name: str, column: str) -> str:
        fields = resource(folder, name)["schema"]["fields"]
        return str(next(field["type"] for field in fields if field["name"] == column))

    assert kind(feed, "v_documents", "issued_on") == "date"
    assert kind(feed, "v_compare", "period_to") == "string"
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE documents SET issued_on = '2026-03' WHERE number = '131/KH-UBND'")
    with Store(db, read_only=True) as store:
        publish.publish(store, tmp_path / "feed", BOOK)
    assert kind(tmp_path / "feed", "v_documents", "issued_on") == "string"
    assert kind(tmp_path / "feed", "v_documents", "last_day") == "date"
    assert frictionless.validate(str(tmp_path / "feed" / publish.DESCRIPTION)).valid
    table = pyarrow.parquet.read_table(tmp_path / "feed" / "v_documents.parquet")
    assert "2026-03" in table.column("issued_on").to_pylist()
    assert {type(value) for value in table.column("last_day").to_pylist()} <= {datetime.date, type(None)}


# --- again and again ------------------------------------------------------------------------------------------------


def test_the_same_database_gives_the_same_bytes(ingested: Path, feed: Path, tmp_path: Path, run: Run) -> None:
    assert set(bytes_of(feed)) == set(publish.FILES)
    assert run("-q", "publish", tmp_path / "a" / "b", "--db", ingested).output == ""
    assert bytes_of(tmp_path / "a" / "b") == bytes_of(feed)
    run("--lang", "vi", "publish", tmp_path / "a" / "b", "--db", ingested)
    assert bytes_of(tmp_path / "a" / "b") == bytes_of(feed)


def test_a_run_that_changes_nothing_changes_nothing(db: Path, feed: Path, tmp_path: Path, run: Run) -> None:
    with Store(db) as store:
        store.end_run(store.begin_run("0.1.0", BOOK.fingerprint), {})
    run("publish", tmp_path / "feed", "--db", db)
    assert bytes_of(tmp_path / "feed") == bytes_of(feed)


def test_an_earlier_publication_is_replaced_and_the_rest_left(
    ingested: Path, feed: Path, tmp_path: Path, run: Run
) -> None:
    folder = Path(shutil.copytree(feed, tmp_path / "feed"))
    (folder / "v_compare.csv").write_text("old", "utf-8")
    for foreign in ("notes.txt", "v_mine.parquet"):
        (folder / foreign).write_text("mine", "utf-8")
    assert run("publish", folder, "--db", ingested, "--no-parquet").exit_code == 0
    left = set(bytes_of(folder))
    assert left == {name for name in publish.FILES if not name.endswith(".parquet")} | {"notes.txt", "v_mine.parquet"}
    assert (folder / "v_compare.csv").read_bytes() == (feed / "v_compare.csv").read_bytes()
    assert "alternatives" not in resource(folder, "v_compare")
    assert frictionless.validate(str(folder / publish.DESCRIPTION)).valid


def test_files_of_another_package_stay(ingested: Path, tmp_path: Path, run: Run) -> None:
    told = {"name": "theirs", "resources": [{"path": "v_targets.parquet"}]}
    (tmp_path / publish.DESCRIPTION).write_text(json.dumps(told), "utf-8")
    (tmp_path / "v_targets.parquet").write_text("theirs", "utf-8")
    assert run("publish", tmp_path, "--db", ingested, "--no-parquet").exit_code == 0
    assert (tmp_path / "v_targets.parquet").read_text("utf-8") == "theirs"


def test_what_breaks_off_leaves_the_earlier_publication(
    ingested: Path, feed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(feed, tmp_path / "feed"))
    before = bytes_of(folder)

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publish, "_package", fail)
    with Store(ingested, read_only=True) as store, pytest.raises(OSError, match="No space"):
        publish.publish(store, folder, BOOK, parquet=False)
    assert bytes_of(folder) == before


# --- faults ---------------------------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_written(ingested: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    one_line(run("publish", tmp_path / "file", "--db", ingested), "file")
    one_line(run("publish", tmp_path / "file" / "feed", "--db", ingested), "Not a directory")
    (tmp_path / "feed" / "v_documents.csv").mkdir(parents=True)
    one_line(run("publish", tmp_path / "feed", "--db", ingested), "v_documents.csv: Is a directory")
    assert [path.name for path in (tmp_path / "feed").iterdir()] == ["v_documents.csv"]


def test_without_pyarrow_nothing_is_written(
    ingested: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "find_spec", lambda name: None)
    one_line(run("publish", tmp_path / "feed", "--db", ingested), "muctieu[parquet]", "--no-parquet")
    assert not (tmp_path / "feed").exists()
    assert run("publish", tmp_path / "feed", "--db", ingested, "--no-parquet").exit_code == 0


def test_databases_that_have_nothing_to_give(db: Path, tmp_path: Path, run: Run) -> None:
    one_line(run("publish", tmp_path / "feed", "--db", tmp_path / "none.db"), "no such database")
    with Store(tmp_path / "empty.db"):
        pass
    one_line(run("publish", tmp_path / "feed", "--db", tmp_path / "empty.db"), "no documents", "muctieu ingest")
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE documents SET aligned = NULL WHERE number = '131/KH-UBND'")
    result = run("publish", tmp_path / "behind", "--db", db)
    assert result.exit_code == 0
    assert "1 documents not compared" in result.stderr
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE documents SET aligned = NULL")
    one_line(run("publish", tmp_path / "feed", "--db", db), "never", "muctieu compare")
    assert not (tmp_path / "feed").exists()


def test_a_database_that_lacks_a_column(db: Path, tmp_path: Path, run: Run) -> None:
    with sqlite3.connect(db) as connection:
        connection.execute("DROP VIEW v_actuals")
        connection.execute("CREATE VIEW v_actuals AS SELECT id FROM targets")
    one_line(run("publish", tmp_path / "feed", "--db", db), "v_actuals", "earlier release")


# --- SDMX -----------------------------------------------------------------------------------------------------------


def test_observations_have_keys_of_their_own(feed: Path) -> None:
    rows = read(feed, columns.SDMX)
    keys = [tuple(row[name] for name in publish.PRIMARY[columns.SDMX]) for row in rows]
    assert len(keys) == len(set(keys))
    assert list(rows[0])[:3] == ["STRUCTURE", "STRUCTURE_ID", "ACTION"]
    compared = [row for row in read(feed, "v_compare") if row["year"]]
    assert [row["TARGET"] for row in rows] == [row["id"] for row in compared]
    assert {row["REF_AREA"] for row in rows} >= {"VN", "VN-52@2025"}
    assert max(int(row["VARIANT"]) for row in rows) > 1


def test_a_range_is_one_observation(feed: Path) -> None:
    ranges = [row for row in read(feed, columns.SDMX) if row["COMPARATOR"] == "range"]
    assert ranges
    for row in ranges:
        assert float(row["OBS_VALUE"]) < float(row["OBS_UPPER"])


def target(**more: Any) -> dict[str, Any]:
    kinds = schema.shown("v_compare")
    told = {"id": "t", "indicator_id": "i", "document_id": "d", "year": 2030, "low": 5, "comparator": "ge"}
    return dict.fromkeys(kinds) | told | {"measure": "level", "place_id": "VN-01", "citation": "c"} | more


def test_what_becomes_of_a_target() -> None:
    nation = BOOK.settings["targets"]["nation"]
    rows = [
        target(unit="%"),
        target(unit="%", low=7),
        target(document_id="e"),
        target(place_id="VN", province=nation),
        target(place_id=None, province="X"),
        target(year=None),
        target(year=0),
    ]
    found = list(sdmx.observations(rows, BOOK))
    assert [row["VARIANT"] for row in found] == [1, 2, 1, 1, 1]
    assert [row["REF_AREA"] for row in found] == ["VN-01", "VN-01", "VN-01", "VN", "_X"]
    assert all(list(row) == list(columns.kinds(columns.SDMX)) for row in found)


def test_words_of_scale_leave_the_unit() -> None:
    scales = {row["surface"]: float(row["value"]) for row in BOOK.tables["scales"]}
    for surface, value in scales.items():
        unit, power = sdmx.scaled(f"{surface} x", BOOK)
        assert (unit, 10**power) == ("x", value)
        assert sdmx.scaled(surface, BOOK) == (surface, 0) or " " in surface
    assert sdmx.scaled(None, BOOK) == (None, 0)
    assert sdmx.scaled("%", BOOK) == ("%", 0)
