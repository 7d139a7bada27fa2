"""Many documents: workers, limits, what is passed over, what is told, and that nothing is lost or stored in halves."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from extractor import batch, display, workers
from extractor.batch import Options, ingest, reextract, watch
from extractor.errors import StoreError
from extractor.rulebook import load
from extractor.store import Store
from extractor.workers import GRACE, Item, Limits, read_all

BOOK = load()
CORPUS = Path(__file__).parent.parent / "corpus"
RULES = CORPUS.parent / "rules"
PLANS = sorted(CORPUS.glob("*.txt"))[:6]
STORED = (("documents", "content"), ("targets", "quote"))
Run = Callable[..., Result]

ODD = """
import os, sys, time, extractor.workers as workers
whole = workers.extract
def odd(path, **more):
    name = os.path.basename(path)
    if name.startswith("hangs"): time.sleep(600)
    if name.startswith("large"): bytearray(10**10)
    if name.startswith("crash"): os.kill(os.getpid(), 11)
    if name.startswith("leaves"): print("no such device", file=sys.stderr); os._exit(7)
    if name.startswith("broken"): raise ZeroDivisionError("no\\nway")
    return whole(path, **more)
workers.extract = odd
"""


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Workers to whom files of some names happen; a function that makes a folder of such files and of plans."""
    monkeypatch.setattr(workers, "START", ODD + workers.START)

    def folder(*names: str) -> Path:
        made = tmp_path / "odd"
        made.mkdir()
        for plan in PLANS:
            shutil.copy(plan, made)
        for name in names:
            (made / f"{name}.txt").write_text("Đến năm 2030 đạt 60%", "utf-8")
        return made

    return folder


def rows(path: Path, sql: str) -> list[Any]:
    db = sqlite3.connect(path)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def content(path: Path) -> list[Any]:
    return [
        rows(path, "SELECT id, content FROM documents ORDER BY id"),
        rows(path, "SELECT id FROM targets ORDER BY id"),
    ]


# --- workers --------------------------------------------------------------------------------------------------------


def test_any_number_of_workers_stores_the_same(tmp_path: Path) -> None:
    found = []
    for number in (0, 1, 3):
        with Store(tmp_path / f"{number}.db") as store:
            summary = ingest([CORPUS / plan.name for plan in PLANS], store, BOOK, options=Options(number))
            assert summary.documents["added"] == len(PLANS)
        found.append(content(tmp_path / f"{number}.db"))
    assert found[0] == found[1] == found[2]


def test_workers_read_again_what_is_stored(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        ingest(PLANS, store, BOOK)
        before = content(tmp_path / "a.db")
        assert reextract([], store, BOOK, options=Options(2)).documents["unchanged"] == len(PLANS)
    assert content(tmp_path / "a.db") == before


def test_workers_take_the_rules_of_an_overlay(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    header = (RULES / "units.csv").read_text("utf-8").splitlines()[0]
    cells = dict.fromkeys(header.split(","), "")
    cells |= {"surface": "phòng đọc xanh", "value": "phòng đọc xanh", "class": "count"}
    (tmp_path / "rules" / "units.csv").write_text(f"{header}\n{','.join(cells.values())}\n", "utf-8")
    plan = tmp_path / "plan.txt"
    plan.write_text("KẾ HOẠCH\n\nII. MỤC TIÊU\n1. Đến năm 2030 có ít nhất 40 phòng đọc xanh.", "utf-8")
    (result,) = read_all([Item(str(plan))], load(tmp_path / "rules"), 1, Limits())
    assert result.extraction is not None
    assert [target.unit for target in result.extraction.targets] == ["phòng đọc xanh"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("hangs", "took longer than 6 s"),
        ("large", "needs more memory than it may take"),
        ("crash", "the process that read it ended (signal 11)"),
        ("leaves", "the process that read it ended (exit code 7: no such device)"),
        ("broken", "internal error: ZeroDivisionError: no\nway"),
    ],
)
@pytest.mark.parametrize("number", [1, 2])
def test_what_happens_to_a_worker_costs_one_document(
    name: str, reason: str, number: int, odd: Callable[..., Path], tmp_path: Path
) -> None:
    log: list[dict[str, Any]] = []
    options = Options(number, Limits(6, 2_000), log=log.append)
    with Store(tmp_path / "a.db") as store:
        summary = ingest([odd(name)], store, BOOK, options=options)
        assert [row["reason"] for row in store.failures()] == [reason]
    assert (summary.documents["added"], summary.documents["failed"]) == (len(PLANS), 1)
    assert [entry["error"] for entry in log if entry["error"]] == [reason]


def test_a_document_whose_worker_was_killed_from_outside_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    once = f"""
import os, extractor.workers as workers
whole = workers.extract
def odd(path, **more):
    if not os.path.exists({str(tmp_path / "killed")!r}):
        open({str(tmp_path / "killed")!r}, "w").close()
        os.kill(os.getpid(), 9)
    return whole(path, **more)
workers.extract = odd
"""
    monkeypatch.setattr(workers, "START", once + workers.START)
    with Store(tmp_path / "a.db") as store:
        summary = ingest(PLANS[:2], store, BOOK, options=Options(1))
    assert (summary.documents["added"], summary.documents["failed"]) == (2, 0)


def test_a_worker_that_hangs_ends_though_nobody_is_left_to_end_it(odd: Callable[..., Path], tmp_path: Path) -> None:
    code = (
        f"import extractor.workers as w; w.START = {ODD!r} + w.START; w.GRACE = 0.5\n"
        "import os, signal, sys\n"
        "from extractor.rulebook import load\n"
        "w.GRACE = 0.5\n"
        "worker = w._Worker(load(), w.Limits(1.0), sys.argv[2])\n"
        "worker.begin(w.Item(sys.argv[1]))\n"
        "print(worker.process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    folder = odd("hangs")
    command = [sys.executable, "-c", code, str(folder / "hangs.txt"), str(tmp_path)]
    pid = int(subprocess.run(command, capture_output=True, text=True).stdout)
    for _ in range(600):
        if not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes():
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError("it runs on")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_batch_that_the_system_stops_leaves_nothing_behind(
    name: str, odd: Callable[..., Path], tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    start = f"import extractor.workers as w; w.START = {ODD!r} + w.START; from extractor.cli import main; main()"
    options = ["--workers", "1", "--db", str(tmp_path / "a.db"), "--log", "-"]
    process = subprocess.Popen(
        [sys.executable, "-c", start, "ingest", str(odd("hangs")), *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["status"] == "added"
    process.send_signal(getattr(signal, name))
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "muctieu: interrupted; what was stored stays\n")
    assert list(temporary.iterdir()) == []


def test_nothing_is_left_behind(odd: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(workers.tempfile, "tempdir", str(tmp_path / "temporary"))
    before = children()
    with Store(tmp_path / "a.db") as store:
        ingest([odd("hangs", "crash")], store, BOOK, options=Options(2, Limits(2)))
    assert list((tmp_path / "temporary").iterdir()) == []
    assert children() == before


def children() -> list[str]:
    listed = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "comm="], capture_output=True, text=True)
    return [name for name in listed.stdout.split() if name != "ps"]


def test_workers_are_started_only_for_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(tmp_path / "a.db") as store:
        ingest(PLANS, store, BOOK)
        monkeypatch.setattr(workers, "_Worker", None)
        assert ingest(PLANS, store, BOOK, options=Options(4)).documents["unchanged"] == len(PLANS)


def test_a_worker_ends_with_the_process_that_stores() -> None:
    """A stand-in dies by kill -9 while its worker reads; the worker ends when it has read."""
    script = (
        "import sys; from extractor.workers import *; from extractor.workers import _Worker;"
        "w = _Worker(load(), Limits(), '.'); print(w.process.pid, flush=True); w.begin(Item(sys.argv[1])); input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(PLANS[0])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{worker}").exists()


# --- what is read ---------------------------------------------------------------------------------------------------


def test_limit_does_not_count_what_is_known(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        for stored in (2, 4, 6):
            summary = ingest(PLANS, store, BOOK, options=Options(limit=2))
            assert (summary.documents["added"], len(store.documents())) == (2, stored)


def test_fail_fast_ends_at_the_first_failure(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number, plan in enumerate(PLANS):
        shutil.copy(plan, folder / f"{number}.txt")
    (folder / "1.txt").write_bytes(b"")
    result = run("ingest", folder, "--db", tmp_path / "a.db", "--fail-fast")
    assert result.exit_code == 1
    assert result.stdout.startswith("documents: 1 added, 1 failed\n")


def test_since_looks_at_files_of_folders_only(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for plan in PLANS:
        old = folder / plan.name
        shutil.copy(plan, old)
        os.utime(old, (0, (datetime.now() - timedelta(days=400)).timestamp()))
    os.utime(folder / PLANS[2].name)
    since = (datetime.now() - timedelta(days=10)).date()
    assert "1 added" in run("ingest", folder, "--since", since, "--db", tmp_path / "a.db").stdout
    assert "1 added" in run("ingest", folder / PLANS[0].name, "--since", since, "--db", tmp_path / "a.db").stdout


def test_the_log_is_a_line_a_file(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    for _ in range(2):
        run("ingest", PLANS[0], "no-such.txt", "--db", tmp_path / "a.db", "--log", log)
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [(line["status"], line["error"]) for line in lines] == [
        ("added", None), ("failed", "no such file"), ("unchanged", None), ("failed", "no such file"),
    ]  # fmt: skip
    assert lines[0].keys() >= {
        "at",
        "path",
        "seconds",
        "document",
        "number",
        "characters",
        "pages",
        "records",
        "problems",
    }


def test_a_failure_is_kept_until_the_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(b"")
    with Store(tmp_path / "a.db") as store:
        ingest([file, tmp_path / "none.txt"], store, BOOK)
        assert [(row["path"], row["reason"]) for row in store.failures()] == [(str(file), "is empty")]
        shutil.copy(PLANS[0], file)
        ingest([file], store, BOOK)
        assert store.failures() == []


# --- going on -------------------------------------------------------------------------------------------------------


def test_resume_goes_on_with_what_was_asked(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, db = tmp_path / "folder", tmp_path / "a.db"
    folder.mkdir()
    for number, plan in enumerate(PLANS):
        shutil.copy(plan, folder / f"{number}.txt")
    (folder / "1.txt").write_bytes(b"")
    whole = workers.extract

    def stops(path: str, **options: Any) -> Any:
        if path.endswith("3.txt"):
            raise KeyboardInterrupt
        return whole(path, **options)

    monkeypatch.setattr(workers, "extract", stops)
    assert run("ingest", folder, "--db", db).exit_code == 130
    monkeypatch.setattr(workers, "extract", whole)
    result = run("ingest", "--resume", "--db", db)
    assert result.stdout.startswith("documents: 3 added, 2 unchanged\n")
    assert result.stderr.startswith("muctieu: passed over: 1 files that failed before the stop")
    result = run("ingest", "--resume", "--db", db)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"muctieu: {db}: no run was stopped; there is nothing to go on with\n"


def test_resume_from_another_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(PLANS[0], tmp_path / "in" / "plan.txt")
    monkeypatch.chdir(tmp_path)
    with Store("a.db") as store:
        store.begin_run("0", "x", {"paths": ["in"], "since": None, "folder": str(tmp_path)})
    monkeypatch.chdir("/")
    assert "1 added" in run("ingest", "--resume", "--db", tmp_path / "a.db").stdout


def test_watch_reads_what_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "SETTLED", 0.0)
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(PLANS[0], folder / "a.txt")
    with Store(tmp_path / "a.db") as store:
        told: Iterator[batch.Summary] = watch([folder], store, BOOK, every=0.01)
        assert next(told).documents["added"] == 1
        shutil.copy(PLANS[1], folder / "b.txt")
        assert next(told).documents["added"] == 1
        shutil.copy(PLANS[2], folder / "a.txt")
        os.utime(folder / "a.txt", (1, 1))
        assert next(told).documents["added"] == 1
        assert len(store.documents()) == 2


def test_watch_takes_a_file_for_whole_when_two_looks_find_it_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.txt"
    whole = PLANS[0].read_bytes()
    file.write_bytes(whole[:500])
    looks = []

    def nap(seconds: float) -> None:
        looks.append(seconds)
        file.write_bytes(whole[: 500 * (len(looks) + 1)] if len(looks) < 3 else whole)
        os.utime(file, (4_000_000_000, 4_000_000_000))  # a share whose clock is ahead

    monkeypatch.setattr(time, "sleep", nap)
    with Store(tmp_path / "a.db") as store:
        assert next(watch([tmp_path], store, BOOK)).documents["added"] == 1
        assert len(looks) == 4
        assert store.rows("SELECT length(text) AS size FROM documents")[0]["size"] > 1500


def test_watch_ends_at_the_first_failure_where_it_is_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "SETTLED", 0.0)
    (tmp_path / "a.txt").write_bytes(b"")
    with Store(tmp_path / "a.db") as store:
        told = list(watch([tmp_path], store, BOOK, options=Options(fail_fast=True), every=0.01))
    assert [summary.documents["failed"] for summary in told] == [1]


def test_watch_tries_again_while_another_process_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(batch, "SETTLED", 0.0)
    shutil.copy(PLANS[0], tmp_path)
    with Store(tmp_path / "a.db", wait=0.01) as store:
        other = sqlite3.connect(tmp_path / "a.db")
        other.execute("BEGIN IMMEDIATE")
        naps = []

        def nap(_: float) -> None:
            naps.append(1)
            if len(naps) == 3:
                other.rollback()

        monkeypatch.setattr(time, "sleep", nap)
        assert next(watch([tmp_path], store, BOOK)).documents["added"] == 1
        other.close()
    assert "locked by another process; trying again" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_command_watches_until_it_is_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(PLANS[0], folder)
    os.utime(folder / PLANS[0].name, (1, 1))
    start = "from extractor.cli import main; main()"
    command = [sys.executable, "-c", start, "ingest", "--watch", str(folder), "--db", str(tmp_path / "a.db")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "documents: 1 added\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10 + GRACE)
    assert (process.returncode, errors) == (0, "")


def test_a_reader_of_the_lines_that_goes_away_does_not_end_the_batch(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"a{number}.txt").write_bytes(b"")
    shutil.copy(PLANS[0], folder / "z.txt")
    reading, writing = os.pipe()
    os.close(reading)
    start = "from extractor.cli import main; main()"
    command = [sys.executable, "-c", start, "ingest", str(folder), "--db", str(tmp_path / "a.db"), "--workers", "0"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=writing, text=True)
    os.close(writing)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "documents: 1 added, 3 failed")


def test_progress_without_a_terminal_is_a_line_now_and_then(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "EVERY", 0.0)
    told = run("ingest", *PLANS[:3], "--db", tmp_path / "a.db").stderr
    assert re.match(r"1 of 3, \d+ a minute, about 0 min left\n2 of 3, ", told)
    assert run("-q", "ingest", *PLANS[:3], "--force", "--db", tmp_path / "a.db").stderr == ""


def test_names_that_are_no_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(bytes(tmp_path) + b"/k\xff.txt")
    shutil.copy(PLANS[0], name)
    Path(os.fsdecode(bytes(tmp_path) + b"/leer\xff.txt")).write_bytes(b"")
    with Store(tmp_path / "a.db") as store:
        assert ingest([name], store, BOOK).documents["added"] == 1
        asked = store.rows("SELECT arguments FROM runs")[0]["arguments"]
        assert json.loads(asked)["paths"] == [name]
        ingest([tmp_path], store, BOOK)
        (failed,) = store.failures()
        again = ingest([tmp_path], store, BOOK, passing_over=frozenset((failed["path"],)))
        assert again.documents["failed"] == 0


def test_packed_archives_are_found_in_folders(tmp_path: Path) -> None:
    for name in ("a.tar.gz", "b.TAR.XZ", "c.tgz", "d.gz", "e.bin"):
        (tmp_path / name).write_bytes(b"x")
    assert [Path(str(path)).name for path in batch.find([tmp_path])] == ["a.tar.gz", "b.TAR.XZ", "c.tgz"]


def test_links_that_lead_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out.txt"
    inside.mkdir()
    shutil.copy(PLANS[0], outside)
    shutil.copy(PLANS[1], inside / "a.txt")
    (inside / "b.txt").symlink_to(inside / "a.txt")
    (inside / "c.txt").symlink_to(outside)
    *read, refused = batch.find([inside])
    assert [Path(str(path)).name for path in read] == ["a.txt", "b.txt"]
    assert str(refused).endswith("c.txt: is a link that leads out of the folder; name it to read it")
    assert list(batch.find([inside / "c.txt"])) == [str(inside / "c.txt")]


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="the superuser may open any folder")
def test_a_folder_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    shutil.copy(PLANS[0], tmp_path)
    (tmp_path / "sub").mkdir(mode=0o000)
    *_, refused = batch.find([tmp_path])
    assert str(refused) == f"{tmp_path / 'sub'}: no permission to read it"


def test_a_stored_file_that_has_become_a_pipe(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    shutil.copy(PLANS[0], file)
    with Store(tmp_path / "a.db") as store:
        ingest([file], store, BOOK)
        file.unlink()
        os.mkfifo(file)
        ingest([file], store, BOOK)
        assert [row["reason"] for row in store.failures()] == []


@pytest.mark.parametrize("when", ["0001-01-01", "2999", "2026-03", "2026-03-31T10:00"])
def test_any_time_is_one_to_read_since(when: str, run: Run, tmp_path: Path) -> None:
    shutil.copy(PLANS[0], tmp_path)
    result = run("ingest", tmp_path, "--since", when, "--db", tmp_path / "a.db")
    assert result.stdout.splitlines()[0] == f"documents: {'0' if when == '2999' else '1 added'}"


@pytest.mark.parametrize("option", ["--time-limit=inf", "--memory-limit=99999999999", "--workers=9999", "--limit=0"])
def test_numbers_beyond_sense_are_refused(option: str, run: Run, tmp_path: Path) -> None:
    assert run("ingest", PLANS[0], option, "--db", tmp_path / "a.db").exit_code == 2


def test_a_log_that_was_cut_goes_on_with_a_line_of_its_own(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"at": "20')
    run("ingest", PLANS[0], "--log", log, "--db", tmp_path / "a.db")
    cut, entry = log.read_text("utf-8").splitlines()
    assert (cut, json.loads(entry)["status"]) == ('{"at": "20', "added")


def test_resume_takes_the_rules_and_what_was_forced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    shutil.copy(RULES / "units.csv", tmp_path / "rules")
    shutil.copy(PLANS[0], tmp_path)
    db, book = tmp_path / "a.db", load(tmp_path / "rules")
    with Store(db) as store:
        ingest([tmp_path], store, book, force=True)
        store.db.execute("UPDATE runs SET summary = NULL")
        store.db.commit()
    run("ingest", tmp_path / "nothing", "--db", db)  # a run of another kind in between
    assert run("ingest", "--resume", "--db", db).stdout.startswith("documents: 1 unchanged")
    first, _, third = rows(db, "SELECT fingerprint, json_extract(arguments, '$.force') FROM runs ORDER BY id")
    assert first == third


def test_resume_makes_no_database(run: Run, tmp_path: Path) -> None:
    result = run("ingest", "--resume", "--db", tmp_path / "typo.db")
    assert result.exit_code == 1
    assert not (tmp_path / "typo.db").exists()


def test_something_to_read_must_be_named(run: Run) -> None:
    result = run("ingest")
    assert result.exit_code == 2
    assert "give PATHs, --resume or --watch DIR" in result.stderr


# --- the database ---------------------------------------------------------------------------------------------------


def test_a_full_disk_ends_the_batch_and_keeps_what_is_stored(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        ingest(PLANS[:2], store, BOOK)
        (pages,) = store.db.execute("PRAGMA page_count").fetchone()
        store.db.execute(f"PRAGMA max_page_count = {pages + 5}")
        with pytest.raises(StoreError, match="the disk is full"):
            ingest(PLANS[2:], store, BOOK, options=Options(1))
    assert rows(tmp_path / "a.db", "PRAGMA integrity_check") == [("ok",)]
    with Store(tmp_path / "a.db") as store:
        assert ingest(PLANS, store, BOOK).documents["added"] == len(PLANS) - len(content(tmp_path / "a.db")[0]) + 4
