"""Many documents into a store: read by workers, stored by this process; a document that fails, fails alone."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from .alignment import align
from .containers import BETWEEN, CONTAINER_SUFFIXES, HEAD, is_container, members
from .errors import StoreBusy, UnreadableFile
from .model import RECORDS, Extraction
from .readers import MAX_BYTES, SUFFIXES
from .rulebook import Rulebook
from .store import Store, shown
from .workers import Item, Limits, Result, read_all

log = logging.getLogger(__name__)

OUTCOMES = ("added", "replaced", "source", "unchanged", "failed")
SEARCHED = (*SUFFIXES, *CONTAINER_SUFFIXES)
MAX_CONTAINER = 1_000_000_000
SETTLED = 2.0  # seconds after which a watched file that is as it was is taken to be whole

State = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: `status` is one of OUTCOMES ("source": known, and now from this file too)."""

    path: str
    status: str
    error: str | None = None


@dataclass
class Summary:
    """What a batch did: documents by outcome, records by class and problems in those stored by it."""

    documents: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(OUTCOMES, 0)))
    records: Counter[str] = field(default_factory=Counter)
    problems: int = 0
    interrupted: bool = False

    @property
    def read(self) -> int:
        """Documents that are in the store after the batch."""
        return self.documents.total() - self.documents["failed"]

    def as_dict(self) -> dict[str, Any]:
        """For the store's table of runs."""
        more = {"records": dict(self.records), "problems": self.problems, "interrupted": self.interrupted}
        return {**self.documents, **more}

    def count(self, outcome: Outcome, extraction: Extraction | None) -> None:
        """Add one document."""
        self.documents[outcome.status] += 1
        if extraction is not None and outcome.status in ("added", "replaced"):
            self.records.update({name: len(getattr(extraction, name)) for name in RECORDS})
            self.problems += len(extraction.problems)


class Progress(Protocol):
    """What a batch tells while it runs."""

    def starting(self, path: str, done: int, total: int) -> None:
        """A document is being read, after `done` of `total`."""

    def finished(self, outcome: Outcome) -> None:
        """A document is stored, known, or failed."""


class Silence:
    """A Progress that tells nothing."""

    def starting(self, path: str, done: int, total: int) -> None: ...

    def finished(self, outcome: Outcome) -> None: ...


def find(paths: Iterable[str | Path], *, since: datetime | None = None) -> Iterator[str | UnreadableFile]:
    """The files that `paths` stand for, each once: a file as given, a folder's documents sorted by path.

    Folders are searched to the bottom for the suffixes of documents and of archives; hidden files and folders are
    passed over.
    A folder without documents, one that cannot be opened, and a link that leads out of the folder that is searched come
    out as UnreadableFile; a path that does not exist is left to the reader.

    since  of the files of folders only those written then or later
    """
    seen: set[str] = set()
    for path in map(str, paths):
        if path != "-" and Path(path).is_dir():
            found: Sequence[str | UnreadableFile] = _documents(path)
            if not found:
                found = [UnreadableFile(path, "no documents in this folder")]
            elif since is not None:
                found = [file for file in found if isinstance(file, UnreadableFile) or _is_since(file, since)]
        else:
            found = [path]
        for item in found:
            if str(item) not in seen:
                seen.add(str(item))
                yield item


def _documents(folder: str) -> list[str | UnreadableFile]:
    found: list[str] = []
    faults: list[str | UnreadableFile] = []

    def closed(error: OSError) -> None:
        reason = "no permission to read it" if isinstance(error, PermissionError) else error.strerror or str(error)
        faults.append(UnreadableFile(str(error.filename), reason))

    for where, folders, names in os.walk(folder, onerror=closed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            # "~$" begins the lock file that Word leaves beside an open document.
            if name.startswith((".", "~$")) or not name.lower().endswith(SEARCHED):
                continue
            path = Path(where, name)
            if path.is_symlink() and not path.resolve().is_relative_to(Path(folder).resolve()):
                faults.append(UnreadableFile(str(path), "is a link that leads out of the folder; name it to read it"))
            else:
                found.append(str(path))
    return [*sorted(found), *faults]


def _state(path: str) -> State:
    """When a file was last written, in nanoseconds since 1970, and its size; zeros where it is gone."""
    try:
        found = Path(path).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _is_since(path: str, since: datetime) -> bool:
    """Whether a file was written at a time or later; times of no zone are local."""
    return datetime.fromtimestamp(_state(path)[0] / 1e9) >= since.replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Options:
    """How a batch is done.

    workers    processes that read; 0: this one, without limits of time and memory
    limits     what one document may take
    fail_fast  end at the first document that fails
    limit      read so many documents at most, not counting those that are left alone
    log        called with what became of each document, as a dict that JSON takes
    """

    workers: int = 0
    limits: Limits = field(default_factory=Limits)
    fail_fast: bool = False
    limit: int | None = None
    log: Callable[[dict[str, Any]], None] | None = None


def ingest(
    paths: Iterable[str | Path],
    store: Store,
    book: Rulebook,
    progress: Progress | None = None,
    options: Options | None = None,
    *,
    force: bool = False,
    since: datetime | None = None,
    passing_over: frozenset[str] = frozenset(),
) -> Summary:
    """Read files and folders into the store, each document in a transaction of its own.

    A file whose bytes this version and this rulebook have stored before is left alone unless `force`.  Faults of a file
    become a failed Outcome; StoreError, a fault of the store itself, ends the batch and what is stored stays.
    After Ctrl-C the summary says `interrupted`, and holds what was done until then.

    since         of the files of folders only those written then or later
    passing_over  paths that are not tried, as the store shows them
    """
    paths = list(map(str, paths))
    rules = (version("muctieu"), book.fingerprint)

    def items(run: _Run) -> Iterator[Item]:
        for item in run.opened(list(find(paths, since=since)), passing_over):
            if isinstance(item, UnreadableFile):
                run.failed(item)
            elif force or not _is_stored(item, store, rules):
                yield item
            else:
                run.settle(Outcome(item.path, "unchanged"))

    arguments = {
        "paths": paths,
        "rules": book.overlay and str(book.overlay),
        "force": force,
        "since": since and since.isoformat(),
        "folder": str(Path.cwd()),
    }
    return _Run(store, book, progress or Silence(), options or Options()).go(items, arguments)


def opened(path: str) -> Iterator[Item | UnreadableFile]:
    """What is to be read for a path: the file itself, or the documents in it where it is an archive or a mail."""
    if path == "-":
        # Workers do not see the standard input of this process.
        yield Item(path, sys.stdin.buffer.read(MAX_BYTES + 1))
        return
    data = None
    # What cannot be opened is left to its reader, which says why.
    with suppress(OSError, ValueError):
        if Path(path).is_file():
            with Path(path).open("rb") as file:
                if is_container(path, file.read(HEAD)):
                    file.seek(0)
                    data = file.read(MAX_CONTAINER + 1)
    if data is None:
        yield Item(path)
    elif len(data) > MAX_CONTAINER:
        yield UnreadableFile(path, f"is larger than {MAX_CONTAINER // 1_000_000} MB")
    else:
        for member in members(path, data):
            yield member if isinstance(member, UnreadableFile) else Item(member.path, member.data)


def _is_stored(item: Item, store: Store, rules: tuple[str, str]) -> bool:
    if item.path == "-" or not store.is_known(item.path):
        return False
    if item.data is not None:
        return store.has_source(item.path, hashlib.sha256(item.data).hexdigest(), *rules)
    try:
        if not Path(item.path).is_file():
            return False  # it may have become what never ends
        with Path(item.path).open("rb") as file:
            return store.has_source(item.path, hashlib.file_digest(file, "sha256").hexdigest(), *rules)
    except OSError:
        return False  # its reader says what is wrong


def watch(
    folders: Sequence[str | Path],
    store: Store,
    book: Rulebook,
    progress: Progress | None = None,
    options: Options | None = None,
    *,
    force: bool = False,
    since: datetime | None = None,
    every: float = 5.0,
) -> Iterator[Summary]:
    """Read what is in the folders, and then what is new or changed in them, until Ctrl-C or, where `options` say so,
    the first file that fails; a Summary for each time that there was something.

    Looking every so many seconds works on network drives too, which tell nobody of changes.  A file is taken for whole
    when two looks find it alike.  While another process holds the database, what is new waits.
    """
    done: dict[str, State] = {}
    before: dict[str, State] = {}
    while True:
        there = {path: _state(path) for path in find(folders, since=since) if isinstance(path, str)}
        changed = [path for path, state in there.items() if done.get(path) != state]
        fresh = [path for path in changed if before.get(path) == there[path]]
        before = there
        if fresh:
            try:
                summary = ingest(fresh, store, book, progress, options, force=force)
            except StoreBusy as error:
                log.warning("%s; trying again", error)
            else:
                done.update((path, there[path]) for path in fresh)
                yield summary
                if summary.interrupted or (options and options.fail_fast and summary.documents["failed"]):
                    return
        time.sleep(min(every, SETTLED) if len(changed) > len(fresh) else every)


def reextract(
    documents: Sequence[str],
    store: Store,
    book: Rulebook,
    progress: Progress | None = None,
    options: Options | None = None,
    *,
    stale: bool = False,
) -> Summary:
    """Read stored documents again from their stored text; sources and pages stay.

    documents  named as for Store.load; none: all of them
    stale      of these only the ones that another version or other rules have read
    """
    ids = [store.load(name)["document"]["id"] for name in documents] or [row["id"] for row in store.documents()]
    if stale:
        old = set(store.stale(version("muctieu"), book.fingerprint))
        ids = [document_id for document_id in ids if document_id in old]

    def items(run: _Run) -> Iterator[Item]:
        run.total = len(set(ids))
        for document_id in dict.fromkeys(ids):
            yield Item(document_id, stored=store.load(document_id))

    return _Run(store, book, progress or Silence(), options or Options()).go(items, None)


class _Run:
    """One run of a batch: reads items, stores what comes of them, counts it, and aligns what is new."""

    def __init__(self, store: Store, book: Rulebook, progress: Progress, options: Options) -> None:
        self.store, self.book, self.progress, self.options = store, book, progress, options
        self.summary = Summary()
        self.rules = (version("muctieu"), book.fingerprint)
        self.total = self.given = 0
        self.stopping = False

    def go(self, items: Callable[[_Run], Iterator[Item]], arguments: Mapping[str, Any] | None) -> Summary:
        self.id = self.store.begin_run(*self.rules, arguments)
        try:
            read = read_all(self._limited(items(self)), self.book, self.options.workers, self.options.limits)
            with closing(read):
                for result in read:
                    self._take(result)
                    if self.stopping:
                        break
            align(self.store, self.book, self.progress.starting)
        except KeyboardInterrupt:
            self.summary.interrupted = True
        self.store.end_run(self.id, self.summary.as_dict())
        return self.summary

    def opened(
        self, found: Sequence[str | UnreadableFile], passing_over: frozenset[str]
    ) -> Iterator[Item | UnreadableFile]:
        """What is to be read of what was found, its number noted as it becomes known."""
        found = [each for each in found if shown(str(each)) not in passing_over]
        self.total = len(found)
        for each in found:
            self.total -= 1
            for item in [each] if isinstance(each, UnreadableFile) else opened(each):
                if shown(item.path) not in passing_over:
                    self.total += 1
                    yield item

    def _limited(self, items: Iterator[Item]) -> Iterator[Item]:
        for item in items:
            if self.stopping or self.given == self.options.limit:
                return
            self.given += 1
            self.progress.starting(item.path, self.summary.documents.total(), self.total)
            yield item

    def _take(self, result: Result) -> None:
        if result.extraction is None:
            assert result.error is not None
            self.failed(result.error, result.seconds)
            return
        try:
            status = self.store.save(result.extraction, self.id)
        except UnreadableFile as error:
            self.failed(error, result.seconds)
        else:
            self.settle(Outcome(result.item.path, status), result.extraction, result.seconds)

    def failed(self, error: UnreadableFile, seconds: float | None = None) -> None:
        """Note a file that could not be read."""
        if Path(error.path.partition(BETWEEN)[0]).is_file():
            self.store.fail(error.path, error.reason, self.id)
        self.stopping = self.stopping or self.options.fail_fast
        self.settle(Outcome(error.path, "failed", error.reason), seconds=seconds)

    def settle(self, outcome: Outcome, extraction: Extraction | None = None, seconds: float | None = None) -> None:
        """Count and tell what became of a document."""
        self.summary.count(outcome, extraction)
        self.progress.finished(outcome)
        if self.options.log:
            self.options.log(_entry(outcome, extraction, seconds))


def _entry(outcome: Outcome, extraction: Extraction | None, seconds: float | None) -> dict[str, Any]:
    """A line of the log."""
    entry: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **asdict(outcome)}
    if seconds is not None:
        entry["seconds"] = round(seconds, 3)
    if extraction is not None:
        entry |= {
            "document": extraction.document.id,
            "number": extraction.document.number,
            "characters": len(extraction.text),
            "pages": len(extraction.pages),
            "records": {name: len(getattr(extraction, name)) for name in RECORDS},
            "problems": [asdict(problem) for problem in extraction.problems],
        }
    return entry
