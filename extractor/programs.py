"""Programs of the system that readers call: found by name, run without a shell, in time, in a private folder.

with workshop() as folder:
    run("tesseract", [str(picture), "-", "-l", "vie"], path="plan.pdf", folder=folder, seconds=60)
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .errors import UnreadableFile


@dataclass(frozen=True, slots=True)
class Program:
    """A program by its name for people, the commands it may go by, and the Debian packages that bring it."""

    title: str
    commands: tuple[str, ...]
    packages: str


PROGRAMS = {
    "soffice": Program("LibreOffice", ("soffice", "libreoffice"), "libreoffice-writer"),
    "antiword": Program("antiword", ("antiword",), "antiword"),
    "tesseract": Program("Tesseract with Vietnamese", ("tesseract",), "tesseract-ocr tesseract-ocr-vie"),
}


@cache
def command(name: str) -> str | None:
    """Where a program of PROGRAMS lies, or None where it is not installed."""
    return next((found for each in PROGRAMS[name].commands if (found := shutil.which(each))), None)


def missing(name: str) -> str:
    """What to say where a program is not installed."""
    program = PROGRAMS[name]
    return f"{program.title} is not installed (Debian: apt install {program.packages})"


@contextmanager
def workshop() -> Iterator[Path]:
    """A private folder for what a program reads and writes; it is removed with all in it."""
    with tempfile.TemporaryDirectory(prefix="muctieu-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def run(name: str, arguments: Sequence[str], *, path: str, folder: Path, seconds: float) -> bytes:
    """Run a program of PROGRAMS in `folder` and give what it writes to standard output.

    It sees no environment but its path, an encoding, and the folder as home, and is ended with all it has started when
    the time is over.  Raises UnreadableFile for `path` where the program is missing, fails, or takes longer.
    """
    where, title = command(name), PROGRAMS[name].title
    if where is None:
        raise UnreadableFile(path, missing(name))
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "OMP_THREAD_LIMIT": "1",  # documents are read side by side; a program of several threads slows them all
    }
    try:
        process = subprocess.Popen(
            [where, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment,
            process_group=0,
        )
    except OSError as error:
        raise UnreadableFile(path, f"{title} cannot be started ({error.strerror or error})") from error
    try:
        out, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise UnreadableFile(path, f"{title} took longer than {seconds:.0f} s") from None
    finally:
        # Also where this process is told to stop, and where the program has left others behind.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()
    if process.returncode:
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2][:120]
        raise UnreadableFile(path, f"{title} failed ({last or f'exit code {process.returncode}'})")
    return out
