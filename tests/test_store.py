"""The store: what is saved comes back, saving again changes nothing, and nothing is lost on the way."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import pytest

from extractor import fulltext, model, opening, schema
from extractor.batch import ingest
from extractor.errors import StoreError, UnreadableFile
from extractor.rulebook import load
from extractor.store import Store

PLAN = "vn/ha-noi/ke-hoach/141/2021"
EMPTY = {str: "", int: 0, float: 0.5, bool: False, tuple: ()}


def fill(kind: type, /, **given: Any) -> Any:
    """A dataclass with the fields given; the others at their default, or None, or empty."""
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if field.name not in given and field.default is dataclasses.MISSING:
            hint = hints[field.name]
            given[field.name] = EMPTY.get(get_origin(hint) or hint)
    return kind(**given)


def plan(document_id: str = PLAN, *, path: str = "plan.txt", sha: str = "aa", more: str = "", **given: Any) -> Any:
    """A small plan of Hà Nội with one record of each class; `more` is added to its text."""
    text = "Đào tạo nghề cho 85% trẻ em mồ côi trước ngày 20/12/2025, Sở Tư pháp, Quyết định 32/2010/QĐ-TTg" + more

    def record(kind: type, quote: str, /, **values: Any) -> Any:
        start = text.index(quote)
        name = hashlib.sha256(f"{document_id} {kind.__name__} {quote}".encode()).hexdigest()[:12]
        return fill(kind, id=name, quote=quote, start=start, end=start + len(quote), block=1, page=4, **values)

    target = {
        "low": 85,
        "comparator": "ge",
        "unit": "%",
        "indicator": "trẻ em mồ côi",
        "place_code": "01",
        "from_": "2021",
    }
    values: dict[str, Any] = {
        "text": text,
        "document": model.Document(
            document_id,
            kind="Kế hoạch",
            number="141/KH-UBND",
            title="Chăm sóc trẻ em",
            province="Hà Nội",
            province_code="01",
            issued_on="2021-06-07",
            from_="2021",
            to="2025-06",
        ),
        "sources": (model.SourceFile(path, "text/plain", sha),),
        "pages": (model.Page(1, 0, 40), model.Page(2, 40, len(text), ocr=True)),
        "parts": (model.Part(0, "Kế hoạch", None, "Chăm sóc", 0, len(text)),),
        "blocks": (
            fill(model.Block, block=0, kind="section", path="II", start=0, end=5),
            fill(model.Block, block=1, parent=0, kind="item", path="II.2.a", start=5, end=len(text), row=1, column=2),
        ),
        "targets": (
            record(
                model.Target, "85% trẻ em mồ côi", to="2025", lead=("so-tu-phap", "ủy-ban"), rules=("t.1",), **target
            ),
        ),
        "commitments": (record(model.Commitment, "Đào tạo nghề", to="2025"),),
        "quantities": (record(model.Quantity, "85%", low=1.5, estimated=True, to="--12-15"),),
        "deadlines": (record(model.Deadline, "trước ngày 20/12/2025", to="2025-12-20", action="đào tạo nghề"),),
        "agencies": (record(model.Agency, "Sở Tư pháp", agency_id="so-tu-phap", name="Sở Tư pháp"),),
        "legal_refs": (record(model.LegalRef, "Quyết định 32/2010/QĐ-TTg", number="32/2010/QĐ-TTg"),),
        "problems": (model.Problem("page 2", "read by OCR"),),
    }
    return model.Extraction(**values | given)


def dump(path: Path, *, runs: bool = False) -> str:
    """A hash of all rows of all tables, but for runs."""
    with closing(sqlite3.connect(path)) as connection:
        lines = [line for line in connection.iterdump() if runs or not line.startswith('INSERT INTO "runs"')]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "targets.db"


@pytest.fixture
def store(path: Path) -> Any:
    with Store(path, wait=0.2) as opened:
        yield opened


@pytest.fixture
def run(store: Store) -> int:
    return store.begin_run("0.1.0", "f1")


def count(store: Store, table: str) -> int:
    return int(store.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def check_index(store: Store) -> None:
    """Raises where an index does not hold exactly the words of its table."""
    for table in fulltext.SEARCHED:
        store.db.execute(f"INSERT INTO {table}_fts({table}_fts, rank) VALUES ('integrity-check', 1)")


# --- what is saved ------------------------------------------------------------------------------------------------


def test_what_is_saved_comes_back(store: Store, run: int) -> None:
    extraction = plan()
    assert store.save(extraction, run) == "added"
    assert store.load(PLAN) == extraction.to_dict()
    assert repr(store.load(PLAN)["targets"][0]["low"]) == "85"
    assert store.text(PLAN) == extraction.text


def test_columns_are_those_of_the_contract(store: Store, run: int) -> None:
    store.save(plan(), run)
    (target,) = store.db.query("SELECT * FROM targets")
    assert target["document_id"] == PLAN
    assert (target["period_from"], target["period_to"]) == ("2021", "2025")
    assert (target["first_day"], target["last_day"]) == ("2021-01-01", "2025-12-31")
    assert target["lead"] == '["so-tu-phap", "ủy-ban"]'
    assert target["place_code"] == "01"
    assert [target[name] for name in ("indicator_id", "comparable", "comparable_why", "compared_to")] == [None] * 4
    (quantity,) = store.db.query("SELECT estimated, first_day, last_day, typeof(low) AS kind FROM quantities")
    assert quantity == {"estimated": 1, "first_day": None, "last_day": None, "kind": "real"}
    (document,) = store.db.query("SELECT * FROM documents")
    assert (document["source_path"], document["run_id"], document["province_code"]) == ("plan.txt", run, "01")
    assert (document["first_day"], document["last_day"]) == ("2021-01-01", "2025-06-30")
    for table in schema.TABLES:
        names = [column.name for column in store.db[table].columns]
        assert store.db[table].pks == ["id"]
        assert table == "documents" or "document_id" in names


def test_every_table_goes_with_its_document(store: Store, run: int) -> None:
    store.save(plan(), run)
    store.db.execute("DELETE FROM documents")
    assert {table: count(store, table) for table in schema.TABLES} == dict.fromkeys(schema.TABLES, 0)
    check_index(store)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2025", "2025-01-01", "2025-12-31"),
        ("2025-06", "2025-06-01", "2025-06-30"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2020-12-20", "2020-12-20", "2020-12-20"),
        ("--12-15", None, None),
        ("2025-13", None, None),
        ("2025-02-30", None, None),
        ("0000", None, None),
        ("sớm", None, None),
        (None, None, None),
    ],
)
def test_days_of_a_period(period: str | None, first: str | None, last: str | None) -> None:
    assert (schema.first_day(period), schema.last_day(period)) == (first, last)


def test_numbers_beyond_whole_numbers_of_sqlite(store: Store, run: int) -> None:
    quantity = dataclasses.replace(plan().quantities[0], low=10**30)
    store.save(plan(quantities=(quantity,)), run)
    assert store.load(PLAN)["quantities"][0]["low"] == pytest.approx(1e30)


def test_file_names_that_are_no_unicode(store: Store, run: int) -> None:
    name = os.fsdecode(b"k\xe9.txt")
    store.save(plan(path=name), run)
    assert store.load(name)["document"]["id"] == PLAN
    assert store.has_source(name, "aa", "0.1.0", "f1")


# --- saving again -------------------------------------------------------------------------------------------------


def test_saving_again_changes_nothing(store: Store, run: int, path: Path) -> None:
    store.save(plan(), run)
    again = store.begin_run("0.1.0", "f1")
    before, changes = dump(path), store.db.conn.total_changes
    assert store.save(plan(), again) == "unchanged"
    assert dump(path) == before
    assert store.db.conn.total_changes == changes


def test_other_rules_with_the_same_result_move_the_run(store: Store, run: int) -> None:
    store.save(plan(), run)
    assert store.stale("0.1.0", "f1") == []
    assert store.stale("0.1.0", "f2") == store.stale("0.2.0", "f1") == [PLAN]
    assert not store.has_source("plan.txt", "aa", "0.1.0", "f2")
    assert store.save(plan(), store.begin_run("0.1.0", "f2")) == "unchanged"
    assert store.stale("0.1.0", "f2") == []
    assert store.has_source("plan.txt", "aa", "0.1.0", "f2")


def test_other_content_replaces_its_own_rows_only(store: Store, run: int) -> None:
    store.save(plan("other", path="other.txt", sha="bb"), run)
    other = store.load("other")
    store.save(plan(), run)
    changed = plan(more=" và hơn nữa", sha="cc", commitments=())
    assert store.save(changed, run) == "replaced"
    assert store.load(PLAN) == changed.to_dict()
    assert store.load("other") == other
    assert count(store, "sources") == 2
    check_index(store)


def test_the_same_document_from_another_file_is_a_source(store: Store, run: int) -> None:
    store.save(plan(), run)
    assert store.save(plan(path="plan.pdf", sha="bb", pages=()), run) == "source"
    assert store.save(plan(path="plan.pdf", sha="bb"), run) == "unchanged"
    loaded = store.load(PLAN)
    assert [source["path"] for source in loaded["sources"]] == ["plan.txt", "plan.pdf"]
    assert {**loaded, "sources": loaded["sources"][:1]} == plan().to_dict()
    assert store.documents()[0]["source_path"] == "plan.txt"
    assert store.has_source("plan.pdf", "bb", "0.1.0", "f1")


def test_other_rules_may_find_more_in_the_same_text_of_another_file(store: Store, run: int) -> None:
    store.save(plan(deadlines=()), run)
    found = plan(path="plan.pdf", sha="bb")
    assert store.save(found, run) == "source"
    assert store.load(PLAN)["deadlines"] == []
    assert (
        store.save(dataclasses.replace(found, sources=plan(path="b.txt").sources), store.begin_run("1", "2"))
        == "replaced"
    )
    assert store.load(PLAN)["deadlines"] == found.to_dict()["deadlines"]


def test_the_same_records_from_another_format_are_a_source(store: Store, run: int) -> None:
    store.save(plan(), run)
    word = plan(path="plan.docx", sha="bb", more=" | ---")
    assert store.save(word, run) == "source"
    assert store.save(word, run) == "unchanged"
    assert store.text(PLAN) == plan().text
    # Under other rules each file is read again: the first one gives the text, as before.
    other = store.begin_run("0.1.0", "f2")
    assert store.save(plan(deadlines=()), other) == "replaced"
    assert store.save(dataclasses.replace(word, deadlines=()), other) == "unchanged"
    assert store.text(PLAN) == plan().text
    assert store.has_source("plan.docx", "bb", "0.1.0", "f2")
    # A change in the second file is news; from then on the text is that file's.
    later = plan(path="plan.docx", sha="cc", more=" | ---")
    assert store.save(later, other) == "replaced"
    assert [s["path"] for s in store.load(PLAN)["sources"]] == ["plan.docx", "plan.txt"]


@pytest.mark.parametrize("change", [{"low": 86}, {"to": "2026"}])
def test_another_file_with_other_records_replaces(store: Store, run: int, change: dict[str, Any]) -> None:
    store.save(plan(), run)
    (target,) = plan().targets
    # The number stands in the quote, and the quote in the id.
    other = dataclasses.replace(target, id=target.id if "to" in change else "other", **change)
    assert store.save(plan(path="plan.docx", sha="bb", more=" x", targets=(other,)), run) == "replaced"


def test_texts_without_records_are_compared_as_texts(store: Store, run: int) -> None:
    nothing: dict[str, Any] = dict.fromkeys(model.RECORDS, ())
    store.save(plan(**nothing), run)
    assert store.save(plan(path="b.txt", sha="bb", more=" thêm", **nothing), run) == "replaced"


def test_two_records_of_one_id_fail_their_document_alone(store: Store, run: int, path: Path) -> None:
    store.save(plan(), run)
    before = dump(path)
    twice = plan(sha="bb", agencies=plan().agencies * 2)
    with pytest.raises(UnreadableFile, match=r"plan\.txt: internal error: 2 records have the id "):
        store.save(twice, run)
    other = plan("other", path="b.txt", targets=plan().targets)  # an id that another document's record has
    with pytest.raises(UnreadableFile, match=r"b\.txt: internal error: UNIQUE constraint failed: targets\.id"):
        store.save(other, run)
    assert dump(path) == before


def test_ocr_does_not_displace_text(store: Store, run: int) -> None:
    store.save(plan(), run)
    scan = plan(more=" 0CR", sources=(model.SourceFile("scan.pdf", "application/pdf", "dd", ocr=True),))
    assert store.save(scan, run) == "source"
    assert store.text(PLAN) == plan().text
    assert store.save(plan(more=" đúng", path="plan.docx", sha="ee", deadlines=()), run) == "replaced"
    assert [s["path"] for s in store.load(PLAN)["sources"]] == ["plan.docx", "plan.txt", "scan.pdf"]
    assert store.documents()[0]["source_path"] == "plan.docx"


def test_a_file_that_now_gives_another_document(store: Store, run: int) -> None:
    store.save(plan("first"), run)
    assert store.save(plan("second", sha="bb"), run) == "added"
    assert [row["id"] for row in store.documents()] == ["second"]
    check_index(store)


def test_a_document_with_another_source_stays(store: Store, run: int) -> None:
    store.save(plan("first"), run)
    store.save(plan("first", path="copy.txt"), run)
    store.save(plan("second", sha="bb"), run)
    assert [row["id"] for row in store.documents()] == ["first", "second"]
    assert store.load("first")["sources"] == [dataclasses.asdict(model.SourceFile("copy.txt", "text/plain", "aa"))]
    assert store.documents()[0]["source_path"] == "copy.txt"
    assert not store.has_source("copy.txt", "aa", "0.1.0", "f1")


def test_one_name_in_two_folders_is_two_files(
    store: Store, run: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, document_id, sha in (("a", "first", "aa"), ("b", "second", "bb")):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        assert store.save(plan(document_id, sha=sha), run) == "added"
    assert store.save(plan("second", sha="bb", path="../b/plan.txt"), run) == "unchanged"
    assert count(store, "documents") == 2


def test_a_folder_that_moved_is_the_same_folder(
    store: Store, run: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(plan(), run)
    monkeypatch.chdir(tmp_path)
    assert store.has_source("plan.txt", "aa", "0.1.0", "f1")
    assert store.save(plan(), run) == "unchanged"


def test_standard_input_is_a_file_of_its_own_each_time(store: Store, run: int) -> None:
    store.save(plan("first", path="-"), run)
    store.save(plan("second", path="-", sha="bb"), run)
    assert count(store, "documents") == 2


def test_reading_the_stored_text_again_keeps_sources_and_pages(store: Store, run: int) -> None:
    store.save(plan(), run)
    store.save(plan(path="copy.txt"), run)
    again = store.begin_run("0.1.0", "f2")
    assert store.save(plan(sources=(), pages=(), deadlines=()), again) == "replaced"
    loaded = store.load(PLAN)
    assert [source["path"] for source in loaded["sources"]] == ["plan.txt", "copy.txt"]
    assert [page["number"] for page in loaded["pages"]] == [1, 2]
    assert loaded["deadlines"] == []
    assert store.has_source("copy.txt", "aa", "0.1.0", "f2")
    assert store.save(plan(sources=(), pages=(), deadlines=()), again) == "unchanged"


def test_what_a_later_stage_wrote_stays_on_a_target_that_is_the_same(store: Store, run: int) -> None:
    store.save(plan(), run)
    store.db.execute("UPDATE targets SET indicator_id = 'orphans', comparable = 1")
    store.save(plan(deadlines=()), run)
    assert list(store.db.query("SELECT indicator_id, comparable FROM targets")) == [
        {"indicator_id": "orphans", "comparable": 1}
    ]
    store.save(plan(targets=(dataclasses.replace(plan().targets[0], low=90),)), run)
    assert list(store.db.query("SELECT indicator_id, comparable FROM targets")) == [
        {"indicator_id": None, "comparable": None}
    ]


def test_runs(store: Store, run: int) -> None:
    store.end_run(run, {"added": 2, "ghi chú": "xong"})
    (row,) = store.db.query("SELECT * FROM runs")
    assert (row["version"], row["fingerprint"], row["summary"]) == ("0.1.0", "f1", '{"added": 2, "ghi chú": "xong"}')
    assert row["started_at"] <= row["ended_at"]


# --- nothing is lost ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [sqlite3.OperationalError("database or disk is full"), KeyboardInterrupt()])
def test_a_failure_in_the_middle_leaves_all_as_it_was(
    store: Store, run: int, path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    store.save(plan(), run)
    store.save(plan("other", path="other.txt"), run)
    before = dump(path)
    insert = store._insert

    def failing(table: str, *args: Any, **named: Any) -> None:
        if table == "legal_refs":
            raise error
        insert(table, *args, **named)

    monkeypatch.setattr(store, "_insert", failing)
    expected = StoreError if isinstance(error, sqlite3.Error) else KeyboardInterrupt
    with pytest.raises(expected):
        store.save(plan(more=" thêm"), run)
    with pytest.raises(expected):
        store.save(plan("third", path="other.txt", sha="bb"), run)
    assert dump(path) == before
    monkeypatch.undo()
    assert store.save(plan(more=" thêm"), run) == "replaced"
    check_index(store)


def test_a_second_writer_waits_then_says_so(store: Store, run: int, path: Path) -> None:
    store.save(plan(), run)
    with Store(path, wait=0.2) as second:
        store.db.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(StoreError, match=r"targets\.db: database is locked by another process"):
            second.save(plan("other"), run)
        assert time.monotonic() - began >= 0.2
        assert second.load(PLAN)["document"]["id"] == PLAN
        store.db.rollback()
        assert second.save(plan("other", path="other.txt"), run) == "added"


KILLED = """
import sys
sys.path.insert(0, {tests!r})
from test_store import Store, plan
with Store({path!r}) as store:
    run = store.begin_run("0.1.0", "f1")
    for number in range(100_000):
        store.save(plan(f"document {{number}}", path=f"{{number}}.txt", more=" thêm" * 2000), run)
        print(number, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_killed_in_the_middle_the_database_is_whole(path: Path) -> None:
    script = KILLED.format(tests=str(Path(__file__).parent), path=str(path))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for _ in range(20):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with Store(path) as store:
        assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        check_index(store)
        assert count(store, "documents") >= 20
        for table in (*model.RECORDS, "sources", "problems"):
            assert count(store, table) == count(store, "documents")


# --- opening ------------------------------------------------------------------------------------------------------


def test_closing_leaves_one_file(path: Path) -> None:
    with Store(path) as store:
        assert store.db.journal_mode == "wal"
        store.save(plan(), store.begin_run("0.1.0", "f1"))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_closing_beside_a_reader_leaves_all_in_the_file(path: Path) -> None:
    with Store(path) as store, Store(path, read_only=True):
        store.save(plan(), store.begin_run("0.1.0", "f1"))
        log = path.with_name("targets.db-wal")
        assert log.stat().st_size > 0
        store.close()
        assert log.stat().st_size == 0


MOUNTED = """22 1 0:21 / / rw,relatime - ext4 /dev/vda1 rw
35 22 0:44 / /mnt/b\\303\\240n\\040giao rw,relatime shared:1 - nfs4 nas:/data rw
36 22 0:45 / /home/x/share rw - fuse.sshfs nas:/ rw
"""


def test_a_network_drive_is_known_and_gets_no_write_ahead_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    table = tmp_path / "mountinfo"
    table.write_bytes(MOUNTED.encode())
    for path, kind in (
        ("/home/x/a.db", None), ("/home/x/share/a.db", "fuse.sshfs"), ("/home/x/shared.db", None),
    ):  # fmt: skip
        assert opening.network_drive(Path(path), table) == kind
    assert opening.network_drive(Path("/a"), tmp_path / "none") is None
    path = tmp_path / "a.db"
    Store(path).close()
    monkeypatch.setattr(opening, "network_drive", lambda place: "nfs4")
    with Store(path) as store:
        assert store.db.journal_mode == "delete"
        assert "on a network drive (nfs4); let one machine at a time write to it" in caplog.text


def test_a_copy_before_migrating_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    with Store(path) as store:
        store.db.executescript(
            "DROP TABLE failures; PRAGMA user_version = 2; DELETE FROM _sqlite_migrations WHERE name = 'm003_failures'"
        )
    whole = sqlite3.connect

    def full(target: Any, **more: Any) -> Any:
        connection = whole(target, **more)
        if str(target).endswith(".part"):
            connection.execute("PRAGMA max_page_count = 5")
        return connection

    monkeypatch.setattr(opening.sqlite3, "connect", full)
    with pytest.raises(StoreError, match="no copy could be kept before migrating"):
        Store(path)
    assert sorted(each.name for each in tmp_path.iterdir() if not each.name.endswith(("-wal", "-shm"))) == ["a.db"]
    monkeypatch.setattr(opening.sqlite3, "connect", whole)
    Store(path).close()
    assert [each.name for each in tmp_path.glob("*bak*")] == ["a.db.bak-2"]


def test_the_format_that_keeps_most_gives_the_text(tmp_path: Path) -> None:
    """Whichever of them is read last."""
    head = "ỦY BAN NHÂN DÂN\nTỈNH QUẢNG NINH\nSố: 88/KH-UBND\nQuảng Ninh, ngày 12 tháng 3 năm 2026\nKẾ HOẠCH\n"
    head += "Về thư viện\n"
    plain = tmp_path / "a.txt"
    plain.write_text(head + "\n1. Đến năm 2030, 60% xã có thư viện.\n", "utf-8")
    page = tmp_path / "a.html"
    lines = "".join(f"<p>{each}</p>" for each in [*head.splitlines(), "1. Đến năm 2030, 70% xã có thư viện."])
    page.write_text(f"<html><body>{lines}</body></html>", "utf-8")
    for order in ((plain, page), (page, plain)):
        with Store(tmp_path / f"{order[0].suffix}.db") as store:
            ingest(order, store, load())
            assert [row["low"] for row in store.rows("SELECT low FROM targets")] == [70]
            assert store.rows("SELECT count(*) AS n FROM sources")[0]["n"] == 2


def test_where_there_is_no_write_ahead_log_the_journal_does(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # A database in memory is one that cannot have a write-ahead log.
    monkeypatch.setattr("extractor.opening._connect", lambda *_: sqlite3.connect(":memory:"))
    with Store(path) as store:
        assert store.save(plan(), store.begin_run("0.1.0", "f1")) == "added"
    assert "no write-ahead log" in caplog.text


def test_what_is_no_database_is_refused_in_one_line(tmp_path: Path, path: Path) -> None:
    (tmp_path / "text.db").write_text("Kế hoạch số 141/KH-UBND\n" * 100)
    with closing(sqlite3.connect(tmp_path / "others.db")) as others:
        others.execute("CREATE TABLE accounts (id)")
    with Store(path) as store:
        store.save(plan(), store.begin_run("0.1.0", "f1"))
    (tmp_path / "cut.db").write_bytes(path.read_bytes()[:20_000])
    broken = bytearray(path.read_bytes())
    broken[100:4096] = b"\xff" * 3996
    (tmp_path / "broken.db").write_bytes(broken)
    for name, reason in {
        ".": "a folder",
        "missing/targets.db": "no such folder",
        "text.db": "not a SQLite database",
        "text.db/targets.db": "no such folder",
        "others.db": "not one of muctieu",
        "cut.db": "damaged",
        "broken.db": "damaged",
        "x" * 300: "too long",
    }.items():
        before = (tmp_path / name).read_bytes() if "." in name[1:] and "/" not in name else None
        for read_only in (False, True):
            with pytest.raises(StoreError, match=reason) as error:
                Store(tmp_path / name, read_only=read_only)
            assert str(error.value).startswith(f"{tmp_path / name}: ")
            assert "\n" not in str(error.value)
        assert before is None or (tmp_path / name).read_bytes() == before


def test_reading_only(path: Path) -> None:
    with pytest.raises(StoreError, match="no such database"):
        Store(path, read_only=True)
    assert not path.exists()
    with Store(path) as store:
        run = store.begin_run("0.1.0", "f1")
        store.save(plan(), run)
    before = path.read_bytes()
    path.chmod(0o444)
    with Store(path, read_only=True) as store:
        assert store.load(PLAN) == plan().to_dict()
        assert store.search("tre em mo coi")
        with pytest.raises(StoreError, match="for reading only"):
            store.save(plan("other"), run)
    assert path.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_file_and_folder(path: Path) -> None:
    with Store(path) as store:
        store.save(plan(), store.begin_run("0.1.0", "f1"))
    path.chmod(0o444)
    with pytest.raises(StoreError, match="the file is read-only"):
        Store(path)
    path.chmod(0o644)
    path.parent.chmod(0o555)
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            Store(path)
        with pytest.raises(StoreError, match="cannot be written"):
            Store(path.with_name("new.db"))
        with Store(path, read_only=True) as store:
            assert store.load(PLAN) == plan().to_dict()
    finally:
        path.parent.chmod(0o755)


def test_migrations_are_counted(store: Store) -> None:
    assert len(schema.MIGRATIONS.applied(store.db)) == schema.VERSION == schema.version(store.db)


def test_a_later_schema_is_refused(path: Path) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"later release \(schema 99"):
            Store(path, read_only=read_only)
    assert path.read_bytes() == before


def test_an_older_database_is_kept_and_brought_up_to_date(path: Path) -> None:
    with Store(path) as store:
        store.save(plan(), store.begin_run("0.1.0", "f1"))
        # As it would be had the model gained this field since.
        store.db.execute("DROP VIEW v_targets")
        store.db.execute("ALTER TABLE targets DROP COLUMN baseline")
    with Store(path) as store:
        assert store.load(PLAN) == plan().to_dict()
        assert "baseline" in store.db["targets"].columns_dict
        assert count(store, "v_targets") == 1
    copy = path.with_name(f"targets.db.bak-{schema.VERSION}")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT number FROM documents").fetchall() == [("141/KH-UBND",)]
        (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'targets'").fetchone()
        assert '"baseline"' not in sql
    before = dump(path, runs=True)
    Store(path).close()
    assert dump(path, runs=True) == before
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name, copy.name]


def test_a_failed_migration_leaves_the_database_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(path) as store:
        store.save(plan(), store.begin_run("0.1.0", "f1"))
        store.db.execute("ALTER TABLE parts DROP COLUMN title")
    before = dump(path)
    monkeypatch.setattr(schema, "VIEWS", {"v_wrong": "SELECT * FROM nowhere,"})
    with pytest.raises(StoreError, match="incomplete input"):
        Store(path)
    assert dump(path) == before


# --- views --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "citation"),
    [
        ({}, "Kế hoạch 141/KH-UBND, 07/6/2021"),
        ({"issued_on": "2021-02-18"}, "Kế hoạch 141/KH-UBND, 18/02/2021"),
        ({"issued_on": "2021-10-01"}, "Kế hoạch 141/KH-UBND, 01/10/2021"),
        ({"issued_on": "2021-06"}, "Kế hoạch 141/KH-UBND, 6/2021"),
        ({"issued_on": "2021"}, "Kế hoạch 141/KH-UBND, 2021"),
        ({"issued_on": None}, "Kế hoạch 141/KH-UBND"),
        ({"number": None}, "Kế hoạch, 07/6/2021"),
        ({"kind": None}, "141/KH-UBND, 07/6/2021"),
        ({"kind": None, "number": None}, "Chăm sóc trẻ em, 07/6/2021"),
        ({"kind": None, "number": None, "title": None, "issued_on": None}, ""),
    ],
)
def test_citations(store: Store, run: int, given: dict[str, Any], citation: str) -> None:
    store.save(plan(document=dataclasses.replace(plan().document, **given)), run)
    assert store.documents()[0]["citation"] == citation
    for table in model.RECORDS:
        (row,) = store.db.query(f"SELECT * FROM {schema.view_of(table)}")
        assert row["citation"] == f"{citation}, II.2.a, tr. 4".removeprefix(", ")


def test_the_only_page_of_a_document_is_not_cited(store: Store, run: int) -> None:
    (target,) = plan().targets
    store.save(plan(pages=(model.Page(1, 0, 50),), targets=(dataclasses.replace(target, page=1),)), run)
    (row,) = store.rows("SELECT citation FROM v_targets")
    assert row["citation"] == "Kế hoạch 141/KH-UBND, 07/6/2021, II.2.a"


def test_documents_without_a_date_come_last(store: Store, run: int) -> None:
    for name, day in (("a", None), ("b", "2025-01-02"), ("c", "2024")):
        store.save(plan(name, path=name, document=model.Document(name, issued_on=day)), run)
    assert [row["id"] for row in store.documents()] == ["c", "b", "a"]


def test_citation_without_pages_or_path(store: Store, run: int) -> None:
    target = dataclasses.replace(plan().targets[0], page=1, block=7)
    store.save(plan(targets=(target,), pages=()), run)
    assert store.frame("v_targets").citation.tolist() == ["Kế hoạch 141/KH-UBND, 07/6/2021"]


def test_views_show_the_record_beside_its_document(store: Store, run: int) -> None:
    store.save(plan(), run)
    for name in schema.VIEWS:
        columns = [column.name for column in store.db[name].columns]
        assert not [column for column in columns if ":" in column], "a name stands twice"
    (row,) = store.db.query("SELECT * FROM v_legal_refs")
    assert (row["number"], row["document_number"]) == ("32/2010/QĐ-TTg", "141/KH-UBND")
    assert (row["document_kind"], row["document_issued_on"]) == ("Kế hoạch", "2021-06-07")
    assert (row["province"], row["block_path"], row["page"]) == ("Hà Nội", "II.2.a", 4)
    (row,) = store.db.query("SELECT * FROM v_documents")
    assert (row["targets"], row["pages"], row["problems"], row["fingerprint"]) == (1, 2, 1, "f1")
    assert "text" not in row


# --- finding ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["tre em mo coi", "trẻ em mồ côi", "TRẺ EM", "dao tao", "đào tạo", "Đào Tạo", "mồ côi", '"trẻ em" 85']
)
def test_search_finds_text_with_and_without_marks(store: Store, run: int, query: str) -> None:
    store.save(plan(), run)
    assert {row["document_id"] for row in store.search(query)} == {PLAN}
    assert "documents" in {row["table"] for row in store.search(query)}


@pytest.mark.parametrize(
    ("query", "table", "snippet"),
    [
        ("dao tao", "commitments", "[Đào tạo] nghề"),
        ("dao tao nghe", "deadlines", "trước ngày 20/12/2025\n[đào tạo nghề]"),
        ("so tu phap", "agencies", "[Sở Tư pháp]"),
        ("32/2010/qd-ttg", "legal_refs", "Quyết định [32/2010/QĐ-TTg]"),
        ("mo coi", "targets", "85% trẻ em [mồ côi]"),
    ],
)
def test_search_shows_the_text_itself(store: Store, run: int, query: str, table: str, snippet: str) -> None:
    store.save(plan(), run)
    (row,) = store.search(query, tables=[table])
    assert row["snippet"] == snippet
    assert row["citation"] == "Kế hoạch 141/KH-UBND, 07/6/2021, II.2.a, tr. 4"


def test_search_in_a_long_text(store: Store, run: int) -> None:
    store.save(plan(more=" đường" * 5000 + " chuyển đổi số" + " đường" * 5000), run)
    (row,) = store.search("chuyen doi so")
    assert "[chuyển đổi số] đường" in row["snippet"]
    assert row["snippet"].startswith("…đường")
    assert len(row["snippet"]) < 300


@pytest.mark.parametrize(
    "query", ["", "  ", '"', "-", "* ( )", "NEAR(", "folded:", "đường sắt", "trẻ AND", "85%\0", "85\udce9"]
)
def test_search_takes_any_text(store: Store, run: int, query: str) -> None:
    store.save(plan(), run)
    assert isinstance(store.search(query), list)
    assert store.search("đường sắt") == []
    assert store.search("- mồ * côi -")


def test_search_follows_the_tables(store: Store, run: int) -> None:
    store.save(plan("other", path="other.txt", sha="bb"), run)
    store.save(plan(more=" đường sắt"), run)
    assert len(store.search("duong sat")) == 1
    store.save(plan(more=" đường biển"), run)
    assert store.search("duong sat") == []
    store.db.execute("UPDATE agencies SET name = 'Bộ Xây dựng' WHERE document_id = ?", [PLAN])
    assert [row["table"] for row in store.search("bo xay dung")] == ["agencies"]
    store.db.execute("DELETE FROM documents WHERE id = 'other'")
    store.db.execute("VACUUM")
    assert [row["document_id"] for row in store.search("duong bien")] == [PLAN]
    check_index(store)
    with pytest.raises(StoreError, match="'blocks' is not searched; known: documents"):
        store.search("x", tables=["blocks"])


def test_a_plain_query_of_the_index_finds_both_spellings(store: Store, run: int) -> None:
    store.save(plan(), run)
    for query in ("đào tạo", "dao tao"):
        sql = "SELECT count(*) FROM documents_fts WHERE documents_fts MATCH ?"
        assert store.db.execute(sql, [query]).fetchone() == (1,)


@pytest.mark.parametrize(
    "key", [PLAN, "vn/ha-noi/ke", "141/KH-UBND", "141/kh-ubnd", "folder/plan.txt", "plan.txt", "kế-hoạch.txt"]
)
def test_the_ways_to_name_a_document(store: Store, run: int, key: str) -> None:
    store.save(plan(path="folder/plan.txt"), run)
    store.save(plan(path="kế-hoạch.txt", sha="bb"), run)
    assert store.load(key)["document"]["id"] == PLAN


def test_a_number_with_đ_typed_without(store: Store, run: int) -> None:
    store.save(plan(document=dataclasses.replace(plan().document, number="13/NQ-HĐND")), run)
    assert store.load("13/nq-hdnd")["document"]["id"] == PLAN


def test_a_key_that_fits_several_or_none_names_the_candidates(store: Store, run: int) -> None:
    with pytest.raises(StoreError, match="no document '141'; it is empty"):
        store.load("141")
    store.save(plan("vn/a"), run)
    store.save(plan("vn/b", path="b.txt", sha="bb"), run)
    with pytest.raises(
        StoreError, match=r"'141/KH-UBND' fits 2 documents: vn/a \(Kế hoạch 141/KH-UBND, 07/6/2021\); vn/b"
    ):
        store.load("141/KH-UBND")
    with pytest.raises(StoreError, match="'vn/' fits 2 documents"):
        store.text("vn/")
    with pytest.raises(StoreError, match="no document '142/KH-UBND'; there are: 141/KH-UBND"):
        store.load("142/KH-UBND")
    for key in ("", "%", "_"):
        with pytest.raises(StoreError, match="no document"):
            store.load(key)


def test_a_record_by_its_id(store: Store, run: int) -> None:
    extraction = plan()
    store.save(extraction, run)
    wanted = extraction.to_dict()
    deadline = wanted["deadlines"][0]
    assert store.record(deadline["id"]) == ("deadlines", deadline, wanted["document"])
    assert store.record(deadline["id"][:8])[1] == deadline
    for key in ("zz", ""):
        with pytest.raises(StoreError, match="no record"):
            store.record(key)
    twins = tuple(dataclasses.replace(extraction.agencies[0], id=f"twin{n}") for n in ("", 1))
    store.save(plan(agencies=twins), run)
    assert store.record("twin")[1]["id"] == "twin"
    with pytest.raises(StoreError, match=r"'twi' fits 2 records: twin \(agencies: Sở Tư pháp\); twin1"):
        store.record("twi")


def test_the_list_of_documents(store: Store, run: int) -> None:
    store.save(plan("a"), run)
    document = dataclasses.replace(plan("b").document, kind="Quyết định", issued_on="2023-01-05", province_code="83")
    store.save(plan("b", path="b.txt", sha="bb", document=document), run)

    def ids(**given: str) -> list[str]:
        return [row["id"] for row in store.documents(**given)]

    assert ids() == ids(province="Hà Nội") == ["a", "b"]
    assert ids(kind="Quyết định") == ids(province="83") == ids(since="2022") == ids(since="2023-01-05") == ["b"]
    assert ids(until="2021") == ids(until="2021-06") == ["a"]
    assert ids(until="2021-06-06") == []


def test_frames(store: Store, run: int) -> None:
    store.save(plan(), run)
    assert set(store.tables()) >= {"documents", "runs", "legal_refs", "v_targets", "v_agencies"}
    empty = ("v_deadlines", "v_compare", "v_actuals")  # no task, and nothing is aligned
    for name in store.tables():
        assert len(store.frame(name)) == (0 if name in empty else 2 if name in ("pages", "blocks") else 1), name
    blocks = store.frame("blocks")
    assert str(blocks["parent"].dtype) == "Int64"
    assert blocks["parent"].tolist()[1] == 0
    assert store.frame("targets").place_code.tolist() == ["01"]
    with pytest.raises(StoreError, match="no table 'targets; DROP TABLE runs'; known: documents"):
        store.frame("targets; DROP TABLE runs")


def test_a_large_document_is_saved_at_once(store: Store, run: int) -> None:
    small = plan(more=" văn bản" * 10_000)
    blocks = tuple(dataclasses.replace(small.blocks[1], block=number) for number in range(2000))

    def many(name: str) -> Any:
        (one,) = getattr(small, name)
        return tuple(dataclasses.replace(one, id=f"{one.id}.{number}") for number in range(250))

    large = dataclasses.replace(small, blocks=blocks, **{name: many(name) for name in model.RECORDS})
    began = time.perf_counter()
    store.save(large, run)
    took = time.perf_counter() - began
    assert count(store, "blocks") == 2000
    # Measured 0.15 s; the margin is for busy machines.
    assert took < 1.0
