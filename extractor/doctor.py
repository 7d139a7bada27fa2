"""What this installation can read and write: programs of the system, optional packages, the database, the folders."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from . import programs
from .errors import MuctieuError
from .messages import say
from .readers import SUFFIXES
from .rulebook import load

# Optional packages by the extra that brings them.
EXTRAS = {"charts": "matplotlib", "parquet": "pyarrow", "serve": "datasette"}
LANGUAGE = "vie"
ROOM = 500_000_000  # bytes of free space that a batch of large files may need


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.  `state` is "ok", "missing" (something optional) or "fault" (something that is needed)."""

    name: str
    state: str
    what: str
    hint: str = ""


def examine(db: Path | None = None) -> Iterator[Finding]:
    """What there is, what is missing and how to get it; `db`: and whether that database can be written."""
    yield Finding("muctieu", "ok", f"{version('muctieu')}, Python {sys.version.split()[0]}")
    yield _rules()
    yield Finding(say("doctor.files"), "ok", " ".join(sorted(SUFFIXES)))
    yield _sqlite()
    yield _program("soffice", ["--version"], say("doctor.soffice"))
    yield _program("antiword", [], say("doctor.antiword"))
    yield _tesseract()
    for extra, package in EXTRAS.items():
        yield _extra(extra, package)
    yield _folder()
    if db is not None:
        yield _database(db)


def _rules() -> Finding:
    try:
        book = load()
    except MuctieuError as error:
        return Finding("rules", "fault", str(error))
    return Finding("rules", "ok", f"{sum(map(len, book.rules.values()))}, {book.fingerprint}")


def _sqlite() -> Finding:
    with sqlite3.connect(":memory:") as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        except sqlite3.OperationalError as error:
            return Finding("SQLite", "fault", f"{sqlite3.sqlite_version}: {error}", say("doctor.fts"))
    return Finding("SQLite", "ok", f"{sqlite3.sqlite_version}, FTS5")


def _program(name: str, arguments: list[str], what: str) -> Finding:
    program = programs.PROGRAMS[name]
    hint = f"apt install {program.packages}"
    if programs.command(name) is None:
        return Finding(program.title, "missing", what, hint)
    said = ""
    if arguments:
        try:
            with programs.workshop() as folder:
                said = programs.run(name, arguments, path=name, folder=folder, seconds=30).decode("utf-8", "replace")
        except MuctieuError as error:
            return Finding(program.title, "missing", str(error), hint)
    found = re.search(r"\d+(?:\.\d+)+", said)
    return Finding(program.title, "ok", f"{found[0]}: {what}" if found else what)


def _tesseract() -> Finding:
    finding = _program("tesseract", ["--version"], say("doctor.tesseract"))
    if finding.state != "ok":
        return finding
    with programs.workshop() as folder:
        listed = programs.run("tesseract", ["--list-langs"], path="tesseract", folder=folder, seconds=30)
    if LANGUAGE in listed.decode("utf-8", "replace").split():
        return finding
    return Finding(finding.name, "missing", say("doctor.no_language"), "apt install tesseract-ocr-vie")


def _extra(extra: str, package: str) -> Finding:
    what = say(f"doctor.{extra}")
    if importlib.util.find_spec(package) is None:
        return Finding(package, "missing", what, f"pip install 'muctieu[{extra}]'")
    return Finding(package, "ok", f"{version(package)}: {what}")


def _folder() -> Finding:
    folder = tempfile.gettempdir()
    try:
        with tempfile.NamedTemporaryFile(prefix="muctieu-"):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("TMPDIR", "fault", f"{folder}: {error.strerror or error}")
    what = say("doctor.room", folder=folder, megabytes=free // 1_000_000)
    return Finding("TMPDIR", "ok" if free >= ROOM else "missing", what)


def _database(db: Path) -> Finding:
    from .store import Store

    if not db.exists():
        return Finding(str(db), "missing", say("doctor.no_database"), f"muctieu ingest PATH... --db {db}")
    try:
        with Store(db, read_only=True) as store:
            (whole,) = store.rows("PRAGMA quick_check(1)")
            documents = store.rows("SELECT count(*) AS count FROM documents")[0]["count"]
            failed = len(store.failures())
    except MuctieuError as error:
        return Finding(str(db), "fault", str(error))
    if whole["quick_check"] != "ok":
        return Finding(str(db), "fault", str(whole["quick_check"]))
    return Finding(str(db), "ok", say("doctor.database", documents=documents, failed=failed))
