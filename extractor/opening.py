"""Opening a database file: whether it can be, whether it is ours, and of which schema."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlite_utils import Database

from . import schema
from .errors import StoreBusy, StoreError

log = logging.getLogger(__name__)

REASONS = {
    "database is locked": "database is locked by another process",
    "file is not a database": "not a SQLite database",
    "malformed": "the database is damaged (database disk image is malformed)",
    "readonly database": "the database cannot be written: it is read-only",
    "unable to open database file": "the database cannot be opened; is its folder there and writable?",
    "is full": "the disk is full; the document at hand was not stored",
}
MOUNTS = Path("/proc/self/mountinfo")
MOUNT_ESCAPE = re.compile(r"\\([0-7]{3})")
# File systems on which other machines may write too.
NETWORK = frozenset(
    """9p afs afpfs beegfs ceph cifs fuse.ceph fuse.glusterfs fuse.rclone fuse.s3fs fuse.sshfs glusterfs lustre ncpfs
    nfs nfs4 smb3 smbfs vboxsf""".split()  # noqa: SIM905
)


@contextmanager
def speaking(path: str) -> Iterator[None]:
    """Errors of SQLite as one line with the path and the reason."""
    try:
        yield
    except sqlite3.Error as error:
        said = str(error)
        reason = next((text for sign, text in REASONS.items() if sign in said), said)
        raise (StoreBusy if "is locked" in said else StoreError)(f"{path}: {reason}") from error


@contextmanager
def writing(db: Database) -> Iterator[None]:
    """One transaction, written whole or not at all."""
    # Not db.atomic(): its BEGIN takes the write lock at the first write, and SQLite then refuses at once, instead of
    # waiting for another writer, where something was read before.
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.commit()
    except BaseException:
        db.rollback()
        raise


def open_database(path: str, read_only: bool, wait: float) -> Database:
    """The database at `path`, ours and of the present schema: created, backed up and migrated as need be.

    Raises StoreError; see Store.
    """
    _check_place(path, read_only)
    with speaking(path):
        connection = _connect(path, read_only, wait)
        try:
            db = Database(connection)
            _check_origin(db, path, read_only)
            if not read_only:
                db.execute("PRAGMA foreign_keys = ON")
                _write_ahead(db, path)
                _migrate(db, path)
        except BaseException:
            connection.close()
            raise
    return db


def _check_origin(db: Database, path: str, read_only: bool) -> None:
    empty = _is_empty(db)
    if read_only and empty:
        raise StoreError(f"{path}: an empty database; `muctieu ingest PATH... --db {path}` fills it")
    if not (empty or schema.MIGRATIONS.applied(db)):
        raise StoreError(f"{path}: a database, but not one of muctieu")
    there, here = schema.version(db), schema.VERSION
    if there > here:
        raise StoreError(f"{path}: made by a later release (schema {there}, known here is {here}); update muctieu")
    if read_only and there < here:
        raise StoreError(f"{path}: made by an earlier release (schema {there}, now {here}); open it once for writing")


def _is_empty(db: Database) -> bool:
    return db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None


def _write_ahead(db: Database, path: str) -> None:
    """Write-ahead logging, so that readers and the writer do not wait for each other; not on network drives, where the
    memory that its processes share is not shared between machines (https://sqlite.org/wal.html), and where the file
    system cannot do it: SQLite's rollback journal is as safe there."""
    network = network_drive(Path(path))
    try:
        (mode,) = db.execute(f"PRAGMA journal_mode = {'DELETE' if network else 'WAL'}").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise
        mode = str(error)
    if network:
        log.warning("%s: on a network drive (%s); let one machine at a time write to it", path, network)
        return
    if mode == "wal":
        # A document is whole or absent whatever happens; after a power cut the last few may be absent, and are read
        # again.  Waiting for the disk after each document is half the time of storing it.
        db.execute("PRAGMA synchronous = NORMAL")
    else:
        log.warning("%s: no write-ahead log here (%s); readers wait while a document is saved", path, mode)


def network_drive(place: Path, table: Path = MOUNTS) -> str | None:
    """The type of the network file system that a path lies on; None for a disk of this machine, and where the system
    does not tell (only Linux does)."""
    try:
        lines = table.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    where = place.absolute()
    found = (0, "")
    for line in lines:
        mounted, _, source = line.partition(" - ")
        point = MOUNT_ESCAPE.sub(lambda code: chr(int(code[1], 8)), mounted.split(" ")[4])
        if where.is_relative_to(point) and len(point) >= found[0]:
            found = (len(point), source.split(" ")[0])
    return found[1] if found[1] in NETWORK else None


def _migrate(db: Database, path: str) -> None:
    if not (_is_empty(db) or schema.is_behind(db) or schema.views_differ(db)):
        return
    with writing(db):
        # Another process may have done it while this one waited.
        if not _is_empty(db) and schema.is_behind(db):
            _back_up(path, schema.version(db))
        schema.bring_up_to_date(db)


def _back_up(path: str, version: int) -> None:
    """Copy the database, its write-ahead log included, to a name that is still free, which only a whole copy gets."""
    target = Path(f"{path}.bak-{version}")
    number = 1
    while target.exists():
        number += 1
        target = Path(f"{path}.bak-{version}.{number}")
    part = Path(f"{path}.bak.part")
    try:
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(_uri(path, "ro"), uri=True)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        for left in (part, Path(f"{part}-journal")):
            with suppress(OSError):
                left.unlink()
        raise StoreError(f"{path}: no copy could be kept before migrating ({error})") from error
    log.warning("%s: schema %d, kept as %s before migrating", path, version, target)


def _check_place(path: str, read_only: bool) -> None:
    """StoreError where no database can be opened at `path`, in words that SQLite does not have."""
    place = Path(path)
    try:
        reason = _obstacle(place, read_only)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    if reason:
        raise StoreError(f"{path}: {reason}")


def _obstacle(place: Path, read_only: bool) -> str | None:
    if place.is_dir():
        return "a folder, not a database"
    if not place.parent.is_dir():
        return f"no such folder: {place.parent}"
    if not place.exists():
        if read_only:
            return f"no such database; `muctieu ingest PATH... --db {place}` makes one"
    elif not os.access(place, os.R_OK):
        return "no permission to read it"
    elif not read_only and not os.access(place, os.W_OK):
        return "the file is read-only"
    if not read_only and not os.access(place.parent, os.W_OK):
        return f"the folder {place.parent} cannot be written, and SQLite keeps its journal there"
    return None


def _has_log(place: Path) -> bool:
    return any(Path(f"{place}{end}").exists() for end in ("-wal", "-journal"))


def _uri(path: str, mode: str) -> str:
    return f"{Path(path).absolute().as_uri()}?mode={mode}"


def _connect(path: str, read_only: bool, wait: float) -> sqlite3.Connection:
    connection = sqlite3.connect(_uri(path, "ro" if read_only else "rwc"), uri=True, timeout=wait)
    if not read_only:
        return connection
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if _has_log(Path(path)) or os.access(Path(path).parent, os.W_OK):
            raise
        # A database with write-ahead logging wants to write beside itself even to be read; on a read-only medium
        # nothing changes, and SQLite may be told so.
        connection = sqlite3.connect(_uri(path, "ro") + "&immutable=1", uri=True)
    return connection
