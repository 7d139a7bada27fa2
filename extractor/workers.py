"""Reading in processes of its own: a document that hangs, takes too much memory or kills its process fails alone.

A worker holds one document at a time and gets the next when the one before is stored, so that nothing piles up and the
process that stores has its turn.  Workers are started when first needed, as `python -c` and not by multiprocessing,
which would run a caller's script again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from .errors import MuctieuError, UnreadableFile
from .model import Extraction
from .pipeline import again, extract
from .rulebook import Rulebook, load

GRACE = 3.0  # seconds in which a worker that is told to stop ends its programs and removes its files
STARTING = 60.0  # seconds for a worker to load the rules
START = "from extractor.workers import serve; import sys; serve(int(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may take.

    seconds    of time, the programs that read it included
    megabytes  of memory; not held on systems that cannot limit it (macOS)
    """

    seconds: float = 600.0
    megabytes: int = 4_000


@dataclass(frozen=True, slots=True)
class Item:
    """A document to read: a file by its path, or its bytes, or what a database holds of it."""

    path: str
    data: bytes | None = None
    stored: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an item: an extraction, or the reason why there is none; and the seconds it took."""

    item: Item
    extraction: Extraction | None
    error: UnreadableFile | None
    seconds: float


def read(item: Item, book: Rulebook) -> Extraction:
    """One document.  Raises UnreadableFile for whatever goes wrong with it, faults of ours among them."""
    try:
        if item.stored is not None:
            return again(item.stored, book)
        return extract(item.path, data=item.data, book=book)
    except MuctieuError:
        raise
    except MemoryError as error:
        raise UnreadableFile(item.path, "needs more memory than it may take") from error
    except Exception as error:  # a fault of ours in one document must not cost the others
        raise UnreadableFile(item.path, f"internal error: {type(error).__name__}: {error}") from error


def read_all(items: Iterable[Item], book: Rulebook, workers: int, limits: Limits) -> Generator[Result, None, None]:
    """Each item read, in the order in which they are done; 0 `workers`: in this process, without limits.

    Items are taken as they are needed, and the next only after what was yielded has been dealt with.  An item whose
    worker was killed from outside, as by a system that is short of memory, is tried once more.

    Raises MuctieuError where no worker can be started.
    """
    if workers < 1:
        for each in items:
            yield _result(each, partial(read, each, book), time.monotonic())
        return
    waiting = iter(items)
    again: list[Item] = []
    tried: list[Item] = []
    idle: list[_Worker] = []
    busy: dict[Connection, _Worker] = {}
    with tempfile.TemporaryDirectory(prefix="muctieu-", ignore_cleanup_errors=True) as folder:
        try:
            while True:
                while len(busy) < workers and (item := again.pop() if again else next(waiting, None)) is not None:
                    worker = idle.pop() if idle else _Worker(book, limits, folder)
                    worker.begin(item)
                    busy[worker.connection] = worker
                if not busy:
                    return
                due = min(worker.due for worker in busy.values())
                ready = wait(list(busy), timeout=max(0.0, due - time.monotonic()))
                now = time.monotonic()
                done = next((busy[one] for one in busy if one in ready), None) or next(
                    (worker for worker in busy.values() if worker.due <= now), None
                )
                if done is None:
                    continue
                del busy[done.connection]
                result = done.result()
                if done.alive:
                    idle.append(done)
                if done.killed and not any(done.item is item for item in tried):
                    tried.append(done.item)
                    again.append(done.item)
                else:
                    yield result
        finally:
            for worker in (*idle, *busy.values()):
                worker.stop()


def _result(item: Item, work: Callable[[], Extraction], began: float) -> Result:
    try:
        return Result(item, work(), None, time.monotonic() - began)
    except UnreadableFile as error:
        return Result(item, None, error, time.monotonic() - began)


class _Worker:
    """A process that reads, seen from the one that stores."""

    def __init__(self, book: Rulebook, limits: Limits, folder: str) -> None:
        self.limits = limits
        try:
            self.connection, other = Pipe()
            self._said = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", START, str(other.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                pass_fds=[other.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError as error:
            raise MuctieuError(f"a worker cannot be started ({error.strerror or error})") from error
        other.close()
        self.alive = True
        self.killed = False
        self._due_to_start = time.monotonic() + STARTING
        self.connection.send((book.overlay, limits, folder))

    def begin(self, item: Item) -> None:
        self.item = item
        self.began = time.monotonic()
        self.due = max(self.began, self._due_to_start) + self.limits.seconds
        # Where the worker has died, its end of the connection says so when the result is asked for.
        with suppress(BrokenPipeError):
            self.connection.send(item)

    def result(self) -> Result:
        return _result(self.item, self._take, self.began)

    def _take(self) -> Extraction:
        path = self.item.path
        if not self.connection.poll():
            self.stop()
            raise UnreadableFile(path, f"took longer than {self.limits.seconds:.0f} s")
        try:
            found = self.connection.recv()
        except (EOFError, OSError):
            # It is ending by itself, and is not to be told to: what it ends with tells why.
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(GRACE)
            self.killed = self.process.returncode == -signal.SIGKILL
            self.stop()
            raise UnreadableFile(path, self._epitaph()) from None
        self._due_to_start = 0.0
        if isinstance(found, Extraction):
            return found
        raise UnreadableFile(*found)

    def stop(self) -> None:
        """End the process: by word, so that it can end its programs, and then by force."""
        self.alive = False
        self.connection.close()
        self.process.terminate()
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _epitaph(self) -> str:
        """Why a worker has ended of itself."""
        code = self.process.returncode
        self._said.seek(0)
        last = self._said.read()[-2_000:].decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"the process that read it ended ({how}{': ' if last else ''}{last})"


# --- in the worker --------------------------------------------------------------------------------------------------


def serve(descriptor: int) -> None:
    """Read what is sent over a connection, until its other end is closed; what the processes of `read_all` run."""
    # Ctrl-C is for the process that stores.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Connection(descriptor) as connection, suppress(EOFError, BrokenPipeError, ConnectionResetError):
        overlay, limits, tempfile.tempdir = connection.recv()
        _limit_memory(limits.megabytes)
        book = load(overlay)
        while True:
            item = connection.recv()
            # Where the process that stores is gone, nobody else ends a worker that hangs.
            signal.setitimer(signal.ITIMER_REAL, limits.seconds + 2 * GRACE)
            try:
                found: Any = read(item, book)
            except MuctieuError as error:
                found = (item.path, getattr(error, "reason", str(error)))
            signal.setitimer(signal.ITIMER_REAL, 0)
            connection.send(found)


def _limit_memory(megabytes: int) -> None:
    try:
        import resource

        most = megabytes * 1_000_000
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))
    except (ImportError, ValueError, OSError):
        pass  # as Limits says
