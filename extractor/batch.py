"""Many documents into a store, one at a time in one process; a document that fails, fails alone."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TypeVar

from .alignment import align
from .errors import MuctieuError, UnreadableFile
from .model import RECORDS, Extraction, Problem, Source, SourceFile
from .pipeline import extract, extract_source
from .readers import SUFFIXES
from .rulebook import Rulebook
from .store import Store

T = TypeVar("T")
OUTCOMES = ("added", "replaced", "source", "unchanged", "failed")


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


def find(paths: Iterable[str | Path]) -> Iterator[str | UnreadableFile]:
    """The files that `paths` stand for, each once: a file as given, a folder's documents sorted by path.

    Folders are searched to the bottom for the suffixes of readers; hidden files and folders are passed over.
    A folder without documents comes out as an UnreadableFile; a path that does not exist is left to the reader.
    """
    seen: set[str] = set()
    for path in map(str, paths):
        if path != "-" and Path(path).is_dir():
            found: Sequence[str | UnreadableFile] = _documents(path)
            if not found:
                found = [UnreadableFile(path, "no documents in this folder")]
        else:
            found = [path]
        for item in found:
            if str(item) not in seen:
                seen.add(str(item))
                yield item


def _documents(folder: str) -> list[str]:
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            str(Path(where, name))
            for name in names
            # "~$" begins the lock file that Word leaves beside an open document.
            if not name.startswith((".", "~$")) and Path(name).suffix.lower() in SUFFIXES
        ]
    return sorted(found)


def read(path: str, book: Rulebook) -> Extraction:
    """One document, "-" being standard input.  Raises UnreadableFile for whatever goes wrong with it."""
    return _guarded(path, lambda: extract(path, book=book))


def _guarded(name: str, work: Callable[[], T]) -> T:
    try:
        return work()
    except MuctieuError:
        raise
    except Exception as error:  # a fault of ours in one document must not cost the others
        raise UnreadableFile(name, f"internal error: {type(error).__name__}: {error}") from error


def ingest(
    paths: Iterable[str | Path],
    store: Store,
    book: Rulebook,
    progress: Progress | None = None,
    *,
    force: bool = False,
) -> Summary:
    """Read files and folders into the store, each document in a transaction of its own.

    A file whose bytes this version and this rulebook have stored before is left alone unless `force`.  Faults of a file
    become a failed Outcome; StoreError, a fault of the store itself, ends the batch and what is stored stays.
    After Ctrl-C the summary says `interrupted`, and holds what was done until then.
    """
    rules = (version("muctieu"), book.fingerprint)

    def one(path: str, run: int) -> tuple[str, Extraction | None]:
        if not force and path != "-" and Path(path).is_file() and store.has_source(path, _sha256(path), *rules):
            return "unchanged", None
        extraction = extract(path, book=book)
        return store.save(extraction, run), extraction

    return _each(list(find(paths)), one, store, rules, progress or Silence(), book)


def reextract(
    documents: Sequence[str],
    store: Store,
    book: Rulebook,
    progress: Progress | None = None,
    *,
    stale: bool = False,
) -> Summary:
    """Read stored documents again from their stored text; sources and pages stay.

    documents  named as for Store.load; none: all of them
    stale      of these only the ones that another version or other rules have read
    """
    rules = (version("muctieu"), book.fingerprint)
    ids = [store.load(name)["document"]["id"] for name in documents] or [row["id"] for row in store.documents()]
    if stale:
        old = set(store.stale(*rules))
        ids = [document_id for document_id in ids if document_id in old]

    def one(document_id: str, run: int) -> tuple[str, Extraction | None]:
        stored = store.load(document_id)
        extraction = again(stored, book)
        return store.save(extraction, run), extraction

    return _each(list(dict.fromkeys(ids)), one, store, rules, progress or Silence(), book)


def again(stored: Mapping[str, Any], book: Rulebook) -> Extraction:
    """A new extraction from the text of an old one (the contract's JSON object).

    Sources and page borders stay, and so do problems, because those of the file itself cannot be met again in the text.
    """
    sources = tuple(SourceFile(**source) for source in stored["sources"])
    first = sources[0] if sources else SourceFile("-", "text/plain", "")
    # A single page is a text without page borders, and is read as one.
    starts = tuple(page["start"] for page in stored["pages"]) if len(stored["pages"]) > 1 else ()
    recognised = {page["number"]: page["confidence"] for page in stored["pages"] if page["ocr"]}
    text = Source(first.path, first.media_type, first.sha256, stored["text"], starts, recognised=recognised)
    new = extract_source(text, book)
    problems = dict.fromkeys((*(Problem(**problem) for problem in stored["problems"]), *new.problems))
    return replace(new, sources=sources, problems=tuple(problems))


def _each(
    items: Sequence[str | UnreadableFile],
    one: Callable[[str, int], tuple[str, Extraction | None]],
    store: Store,
    rules: tuple[str, str],
    progress: Progress,
    book: Rulebook,
) -> Summary:
    """Do `one` for each item within a run of these rules, count what comes of it, and align what is new."""
    summary = Summary()
    run = store.begin_run(*rules)
    try:
        for done, item in enumerate(items):
            extraction = None
            try:
                if isinstance(item, UnreadableFile):
                    raise item
                progress.starting(item, done, len(items))
                status, extraction = _guarded(item, partial(one, item, run))
                outcome = Outcome(item, status)
            except UnreadableFile as error:
                outcome = Outcome(error.path, "failed", error.reason)
            summary.count(outcome, extraction)
            progress.finished(outcome)
        align(store, book, progress.starting)
    except KeyboardInterrupt:
        summary.interrupted = True
    store.end_run(run, summary.as_dict())
    return summary


def _sha256(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(path, (error.strerror or str(error)).lower()) from error
