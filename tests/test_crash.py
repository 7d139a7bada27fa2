"""Never lose, never half-write: a batch killed at any moment leaves whole documents, and a second run does the rest.

MUCTIEU_KILLS says how often the batch is killed (default 10).
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from extractor.schema import TABLES, columns

KILLS = int(os.environ.get("MUCTIEU_KILLS", "10"))
DOCUMENTS = 300
# Columns of the extraction itself: what alignment adds depends on what else is stored.
OWN = {table: {"id", *(column.name for column in columns(table))} for table in TABLES}
PLAN = """ỦY BAN NHÂN DÂN TỈNH {province}
Số: {number}/KH-UBND
{province}, ngày {day} tháng 3 năm 2026

KẾ HOẠCH
Phát triển thư viện cộng đồng giai đoạn 2026-2030

Căn cứ Quyết định số {cited}/QĐ-UBND ngày 05/01/2026 của Ủy ban nhân dân tỉnh;

I. MỤC TIÊU
1. Đến năm 2030, ít nhất {share}% số xã có tủ sách cộng đồng.
2. Đến năm 2028 có {count} phòng đọc được sửa chữa.

II. TỔ CHỨC THỰC HIỆN
Sở Văn hóa, Thể thao và Du lịch chủ trì, báo cáo kết quả trước ngày {day}/12/2026.
"""
PROVINCES = ("GIA LAI", "CÀ MAU", "NGHỆ AN", "LÀO CAI", "TÂY NINH")


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plans")
    for number in range(DOCUMENTS):
        words = {
            "province": PROVINCES[number % 5],
            "number": number + 1,
            "day": 10 + number % 18,
            "cited": number + 500,
        }
        text = PLAN.format(**words, share=30 + number % 60, count=number + 3)
        (folder / f"{number:03}.txt").write_text(text, "utf-8")
    return folder


def command(plans: Path, db: Path) -> list[str]:
    run = "from extractor.cli import main; main()"
    return [sys.executable, "-c", run, "-q", "ingest", str(plans), "--db", str(db), "--workers", "2"]


def stored(db: Path) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    """The rows of each document by table, and that the database is whole."""
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'documents'").fetchone():
            return {}
        out: dict[str, dict[str, list[tuple[Any, ...]]]] = {}
        for table in TABLES:
            key = "id" if table == "documents" else "document_id"
            names = [
                f'"{name}"' for _, name, *_ in connection.execute(f"PRAGMA table_info({table})") if name in OWN[table]
            ]
            for document, *row in connection.execute(f"SELECT {key}, {', '.join(names)} FROM {table} ORDER BY id"):
                out.setdefault(document, {}).setdefault(table, []).append(tuple(row))
        return out


def test_no_kill_loses_or_halves_a_document(plans: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    began = time.monotonic()
    assert subprocess.run(command(plans, whole)).returncode == 0
    took = time.monotonic() - began
    expected = stored(whole)
    assert len(expected) == DOCUMENTS
    chance = random.Random(20261122)
    cut, finished, db = 0, 0, tmp_path / "0.db"
    for kill in range(KILLS):
        process = subprocess.Popen(command(plans, db), start_new_session=True)
        time.sleep(chance.uniform(0, took))
        # Now and then only the process that stores, whose workers are left to end by themselves.
        (os.kill if kill % 3 == 0 else os.killpg)(process.pid, signal.SIGKILL)
        cut += process.wait() == -signal.SIGKILL
        there = stored(db) if db.exists() else {}
        assert {document: expected[document] for document in there} == there
        if len(there) == DOCUMENTS or kill % 5 == 4 or kill == KILLS - 1:
            assert subprocess.run(command(plans, db)).returncode == 0
            assert stored(db) == expected
            finished += 1
            db = tmp_path / f"{finished}.db"
    assert cut >= KILLS // 2


def test_two_batches_at_once_store_each_document_once(plans: Path, tmp_path: Path) -> None:
    db = tmp_path / "both.db"
    both = [subprocess.Popen(command(plans, db), stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [(process.communicate(timeout=300)[1], process.returncode) for process in both]
    assert told == [("", 0), ("", 0)]
    there = stored(db)
    assert len(there) == DOCUMENTS
    assert {len(tables["sources"]) for tables in there.values()} == {1}


# --- real disks -----------------------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_ends_the_batch_in_one_line_and_room_lets_it_go_on(plans: Path, disk: Path, tmp_path: Path) -> None:
    db = disk / "a.db"
    ended = subprocess.run(command(plans, db), capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"muctieu: {db}: the disk is full; the document at hand was not stored\n"
    there = stored(db)
    assert 0 < len(there) < DOCUMENTS
    subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
    assert subprocess.run(command(plans, db)).returncode == 0
    assert len(stored(db)) == DOCUMENTS


def test_a_read_only_disk_is_told_and_can_be_read(plans: Path, disk: Path, tmp_path: Path) -> None:
    db = disk / "a.db"
    first = tmp_path / "first"
    first.mkdir()
    (first / "plan.txt").write_bytes((plans / "000.txt").read_bytes())
    assert subprocess.run(command(first, db)).returncode == 0
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    ended = subprocess.run(command(plans, db), capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"muctieu: {db}: ")
    assert ended.stderr.count("\n") == 1
    listed = [*command(plans, db)[:3], "list", "--db", str(db), "--format", "json"]
    assert "1/KH-UBND" in subprocess.run(listed, capture_output=True, text=True, check=True).stdout


SFTP = ("/usr/lib/openssh/sftp-server", "/usr/lib/sftp-server", "/usr/libexec/sftp-server")


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Path]:
    """A folder behind a file server, mounted by sshfs over a pipe."""
    server = next((path for path in SFTP if Path(path).exists()), None)
    if server is None or not shutil.which("sshfs"):
        pytest.skip("sshfs or a server for it is not installed (Debian: apt install sshfs openssh-sftp-server)")
    served, place, shell = tmp_path / "served", tmp_path / "share", tmp_path / "shell"
    served.mkdir()
    place.mkdir()
    shell.write_text(f"#!/bin/sh\nexec {server}\n")
    shell.chmod(0o755)
    made = subprocess.run(
        ["sshfs", "-o", f"ssh_command={shell}", f"server:{served}", str(place)], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"no share can be mounted here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_network_share_loses_nothing_either(plans: Path, share: Path) -> None:
    (share / "plans").mkdir()
    for plan in sorted(plans.iterdir())[:40]:
        shutil.copy(plan, share / "plans")
    db = share / "a.db"
    for seconds in (4, 6):
        process = subprocess.Popen(command(share / "plans", db), start_new_session=True, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    both = [subprocess.Popen(command(share / "plans", db), stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        told = process.communicate(timeout=300)[1]
        assert process.returncode == 0
        assert told == f"{db}: on a network drive (fuse.sshfs); let one machine at a time write to it\n"
    there = stored(db)
    assert len(there) == 40
    assert {len(tables["sources"]) for tables in there.values()} == {1}
