"""Options that several commands share, and what they open: outputs, databases, rules."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from extractor.messages import say
from extractor.model import RECORDS
from extractor.safe import dumps, line

from .told import Failure

if TYPE_CHECKING:
    from extractor.rulebook import Rulebook
    from extractor.store import Store

    Row = Mapping[str, Any]

FORMATS = ("table", "json", "jsonl", "csv")
EXPORTED = ("csv", "json", "jsonl", "parquet", "xlsx")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
DECIMALS = {"point": ".", "comma": ","}
STANDARD = Path("-")
FILTERS = ("province", "kind", "agency", "programme", "since", "until")


paths = click.argument("paths", nargs=-1, required=True, metavar="PATH...")
database = click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    default="muctieu.db",
    envvar="MUCTIEU_DB",
    show_default=True,
)
overlay = click.option("--rules", type=click.Path(path_type=Path, exists=True, file_okay=False))
to_file = click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False, writable=True))
to_page = click.option("-o", "--output", "page", type=click.Path(path_type=Path, dir_okay=False, writable=True))
classes = click.option("--class", "classes", type=click.Choice(RECORDS), multiple=True)


def chosen(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that make a `listing.Filter`, given to the command as `filters`, with what --search is for apart."""

    @wraps(command)
    def gathered(*args: Any, **more: Any) -> Any:
        return command(*args, filters={name: more.pop(name) for name in FILTERS}, **more)

    for name in reversed(FILTERS):
        gathered = click.option(f"--{name}", callback=_moment if name in ("since", "until") else None)(gathered)
    return gathered


def _moment(ctx: click.Context, parameter: click.Parameter, when: str | None) -> str | None:
    try:
        date.fromisoformat(f"{when or 2000}-01-01"[:10])
    except ValueError as error:
        raise click.BadParameter(say("main.no_time", when=line(when or ""))) from error
    return when


by_words = click.option("--search", "words", metavar="WORDS")


workers = click.option("--workers", type=click.IntRange(0, 64), envvar="MUCTIEU_WORKERS", show_default="CPUs")


def limited(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that make `workers.Limits`, given to the command as `limits`."""

    @wraps(command)
    def gathered(*args: Any, time_limit: float, memory_limit: int, **more: Any) -> Any:
        from extractor.workers import Limits

        return command(*args, limits=Limits(time_limit, memory_limit), **more)

    gathered = click.option("--memory-limit", type=click.IntRange(500, 1_000_000), default=4_000, show_default=True)(
        gathered
    )
    return click.option("--time-limit", type=click.FloatRange(1, 86_400), default=600.0, show_default=True)(gathered)


def processes(workers: int | None) -> int:
    """How many workers read where so many are asked for; by default as many as this process has processors, up to 8."""
    if workers is not None:
        return workers
    return min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


@contextmanager
def logged(log: Path | None) -> Iterator[Callable[[dict[str, Any]], None] | None]:
    """What adds a line to a log, each line written out at once, "-" for standard output; None where there is no log."""
    if log is None:
        yield None
        return

    def add(entry: dict[str, Any]) -> None:
        try:
            file.write(dumps(entry) + "\n")
            file.flush()
        except OSError as error:
            raise Failure(f"{log}: {error.strerror or error}") from error

    if log == STANDARD:
        file: TextIO = sys.stdout
        yield add
        return
    try:
        file = log.open("a", encoding="utf-8")
    except OSError as error:
        raise Failure(f"{log}: {error.strerror or error}") from error
    with file:
        if log.is_file() and not _ends_a_line(log):
            file.write("\n")
        yield add


def _ends_a_line(log: Path) -> bool:
    """Whether a log ends as it should; one that a full disk or a crash has cut ends within a line."""
    with log.open("rb") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
        return file.read(1) in (b"", b"\n")


def form(*choices: str) -> Callable[[Any], Any]:
    """The option --format with these choices."""
    return click.option("--format", "form", type=click.Choice(choices))


def form_for(output: Path | None, count: int) -> str:
    """The format where none is asked for: by the output's suffix, a table on a terminal, else JSON."""
    if output and output.suffix:
        return form_of(output, FORMATS[1:])
    if output is None and sys.stdout.isatty():
        return "table"
    return "json" if count == 1 else "jsonl"


SUFFIXES = {"md": "markdown", "htm": "html"}  # of formats that have another name


def form_of(output: Path, known: Sequence[str]) -> str:
    """The format that a file's suffix names."""
    suffix = output.suffix.lower()
    form = SUFFIXES.get(suffix[1:], suffix[1:])
    if form not in known:
        names = ", ".join(f".{each}" for each in (*known, *(each for each, of in SUFFIXES.items() if of in known)))
        raise click.UsageError(say("extract.unknown_suffix", output=output, suffix=suffix, known=names))
    return form


def write_documents(out: TextIO, found: Iterable[Row], form: str, classes: Sequence[str]) -> None:
    """Extractions, as JSON objects of the contract, in the format asked for; `classes` none: all."""
    from extractor.export import EXPORTS, Table, columns_of

    if form == "table":
        from extractor.display import console, print_records

        for extraction in found:
            print_records(console(out), extraction, classes)
    elif form == "csv":
        name = classes[0] if classes else "targets"
        rows = ({"document_id": e["document"]["id"], **record} for e in found for record in e[name])
        EXPORTS["csv"](out, Table(name, {"document_id": str, **columns_of(name)}, rows))
    else:
        left_out = {name for name in RECORDS if classes and name not in classes}
        kept = ({k: v for k, v in e.items() if k not in left_out} for e in found)
        EXPORTS["jsonl"](out, Table("documents", {}, kept))


@contextmanager
def opened(output: Path | None, *, bom: bool, made: bool = False) -> Iterator[TextIO]:
    """Standard output, or a file that appears under its name only when all is written; `made`: so is its folder.

    A CSV file begins with a byte order mark, without which Excel misreads Vietnamese letters.
    """
    if output is None:
        yield sys.stdout
        return
    part = output if output.exists() and not output.is_file() else output.with_name(output.name + ".part")
    try:
        if made:
            output.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
            yield file
        if part != output:
            part.replace(output)
    except OSError as error:
        raise Failure(f"{output}: {error.strerror or error}") from error
    finally:
        if part != output:
            with suppress(OSError):
                part.unlink()


def open_store(db: Path, *, read_only: bool = False, wait: float = 5.0) -> Store:
    """The database, opened; `wait`: seconds to wait for another process that writes.

    sqlite-utils imports pandas and numpy where it finds them, only to take their frames as rows, which nothing here
    does; that is half the time of a `list`, so it is kept from finding them.
    """
    hidden = {"numpy", "pandas"} - sys.modules.keys()
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        from extractor.store import Store
    finally:
        for name in hidden:
            del sys.modules[name]
    return Store(db, read_only=read_only, wait=wait)


def load_rules(overlay: Path | None) -> Rulebook:
    """The rulebook, with the analyst's folder laid over it."""
    from extractor.rulebook import load

    return load(overlay)
