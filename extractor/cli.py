"""The command `muctieu`: each command opens something and calls one function.

What a command needs is imported inside it, so that `muctieu --help` loads neither pandas nor the rules' machinery.
Every text that a user reads, help included, is in messages.toml.
"""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO

import click

from .errors import MuctieuError, UnreadableFile
from .fulltext import SEARCHED
from .messages import LANGUAGES, reason, say, speak
from .model import RECORDS, VIEWED
from .safe import dumps, line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .batch import Summary
    from .export import Table
    from .floors import Floors
    from .listing import Filter
    from .rulebook import Rulebook
    from .store import Store

    Row = Mapping[str, Any]

FORMATS = ("table", "json", "jsonl", "csv")
EXPORTED = ("csv", "json", "jsonl", "parquet", "xlsx")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
DECIMALS = {"point": ".", "comma": ","}
FILTERS = ("province", "kind", "agency", "programme", "since", "until")
TIME = re.compile(r"\d{4}(-\d{2}){0,2}")


class Failure(click.ClickException):
    """A fault told in one line on standard error, exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"muctieu: {line(self.message)}", file=file, err=file is None)


def _speak(ctx: click.Context, parameter: click.Parameter, language: str | None) -> str | None:
    if language:
        speak(language)
    return language


def _hush(ctx: click.Context, parameter: click.Parameter, quiet: bool) -> bool:
    if quiet:
        ctx.obj = True
    return quiet


class Told(click.Command):
    """A command whose help comes from messages.toml, in the language of the run, when it is asked for.

    It takes --lang and -q too, which belong before it, because people write them behind it.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if not any(parameter.name == "lang" for parameter in self.params):
            hidden: dict[str, Any] = {"hidden": True, "expose_value": False, "is_eager": True}
            self.params += [
                click.Option(["--lang"], type=click.Choice(LANGUAGES), callback=_speak, **hidden),
                click.Option(["-q", "--quiet"], is_flag=True, callback=_hush, **hidden),
            ]

    def _tell(self) -> None:
        if self.callback is not None:
            self.help = say(f"help.{self.callback.__name__.rstrip('_')}")
        for parameter in self.params:
            if isinstance(parameter, click.Option):
                parameter.help = say(f"option.{parameter.name}")

    def get_help(self, ctx: click.Context) -> str:
        self._tell()
        return super().get_help(ctx)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("option.help")
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        self._tell()
        return super().get_short_help_str(limit)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UnreadableFile as error:
            raise Failure(f"{error.path}: {reason(error.reason)}") from error
        except MuctieuError as error:
            raise Failure(str(error)) from error


class ToldGroup(Told, click.Group):
    """A group of such commands, in the order in which they are written here."""

    command_class = Told

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and Path(args[0]).exists():
            ctx.fail(say("main.a_path", path=line(args[0])))
        return super().resolve_command(ctx, args)


ToldGroup.group_class = ToldGroup


@click.group(cls=ToldGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="muctieu", prog_name="muctieu")
@click.option(
    "--lang", type=click.Choice(LANGUAGES), default="en", envvar="MUCTIEU_LANG", is_eager=True, callback=_speak
)
@click.option("-q", "--quiet", is_flag=True)
@click.pass_context
def main(ctx: click.Context, lang: str, quiet: bool) -> None:
    ctx.obj = quiet
    # A pipe of another encoding must not turn a Vietnamese letter into a traceback.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


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
    if when is not None and not TIME.fullmatch(when):
        raise click.BadParameter(say("main.no_time", when=line(when)))
    return when


by_words = click.option("--search", "words", metavar="WORDS")


def form(*choices: str) -> Callable[[Any], Any]:
    """The option --format with these choices."""
    return click.option("--format", "form", type=click.Choice(choices))


@main.command()
@paths
@form(*FORMATS)
@classes
@overlay
@to_file
@click.pass_obj
def extract(
    quiet: bool,
    paths: tuple[str, ...],
    form: str | None,
    classes: tuple[str, ...],
    rules: Path | None,
    output: Path | None,
) -> None:
    from .batch import find, read

    book = load_rules(rules)
    found = list(find(paths))
    form = form or _form_for(output, len(found))
    if form == "json" and len(found) > 1:
        raise click.UsageError(say("extract.one_json", count=len(found)))
    if form == "csv" and len(classes) > 1:
        raise click.UsageError(say("extract.one_csv"))

    unread = 0

    def documents() -> Iterator[Row]:
        nonlocal unread
        for item in found:
            try:
                if isinstance(item, UnreadableFile):
                    raise item
                yield read(item, book).to_dict()
            except UnreadableFile as error:
                unread += 1
                Failure(f"{error.path}: {reason(error.reason)}").show()

    with _opened(output, bom=form == "csv") as out:
        _write_documents(out, documents(), form, classes)
    if unread == len(found):
        sys.exit(1)


def _form_for(output: Path | None, count: int) -> str:
    """The format where none is asked for: by the output's suffix, a table on a terminal, else JSON."""
    if output and output.suffix:
        return _form_of(output, FORMATS[1:])
    if output is None and sys.stdout.isatty():
        return "table"
    return "json" if count == 1 else "jsonl"


def _form_of(output: Path, known: Sequence[str]) -> str:
    """The format that a file's suffix names."""
    suffix = output.suffix.lower()
    if suffix[1:] not in known:
        names = ", ".join(f".{form}" for form in known)
        raise click.UsageError(say("extract.unknown_suffix", output=output, suffix=suffix, known=names))
    return suffix[1:]


def _write_documents(out: TextIO, found: Iterable[Row], form: str, classes: Sequence[str]) -> None:
    """Extractions, as JSON objects of the contract, in the format asked for; `classes` none: all."""
    from .export import EXPORTS, Table, columns_of

    if form == "table":
        from .display import console, print_records

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
def _opened(output: Path | None, *, bom: bool, made: bool = False) -> Iterator[TextIO]:
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


def _open(db: Path, *, read_only: bool = False) -> Store:
    """The database, opened.

    sqlite-utils imports pandas and numpy where it finds them, only to take their frames as rows, which nothing here
    does; that is half the time of a `list`, so it is kept from finding them.
    """
    hidden = {"numpy", "pandas"} - sys.modules.keys()
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        from .store import Store
    finally:
        for name in hidden:
            del sys.modules[name]
    return Store(db, read_only=read_only)


def load_rules(overlay: Path | None) -> Rulebook:
    """The rulebook, with the analyst's folder laid over it."""
    from .rulebook import load

    return load(overlay)


@main.command()
@paths
@database
@overlay
@click.option("--force", is_flag=True)
@click.pass_obj
def ingest(quiet: bool, paths: tuple[str, ...], db: Path, rules: Path | None, force: bool) -> None:
    from .display import Report

    book = load_rules(rules)
    with _open(db) as store, Report(sys.stderr, quiet=quiet) as report:
        from . import batch

        summary = batch.ingest(paths, store, book, report, force=force)
    _conclude(summary, quiet)


def _conclude(summary: Summary, quiet: bool) -> None:
    """Print the summary and set the exit code: 1 where no document could be read, 130 after Ctrl-C."""
    from .display import console, print_summary

    if not quiet:
        print_summary(console(sys.stdout), summary)
    if summary.interrupted:
        click.echo(f"muctieu: {say('summary.interrupted')}", err=True)
        sys.exit(130)
    if summary.documents["failed"] and not summary.read:
        sys.exit(1)


@main.command("list")
@database
@click.option("--targets", is_flag=True)
@chosen
@by_words
@click.option("--stale", is_flag=True)
@overlay
@form(*FORMATS)
@to_file
def list_(
    db: Path,
    targets: bool,
    filters: dict[str, str | None],
    words: str | None,
    stale: bool,
    rules: Path | None,
    form: str | None,
    output: Path | None,
) -> None:
    from .display import console, print_documents, print_targets
    from .export import EXPORTS, Table

    form = form or ("table" if output is None else _form_for(output, 1))
    fresh = load_rules(rules).fingerprint if stale else None
    with _open(db, read_only=True) as store:
        from . import listing

        wanted = listing.Filter(**filters, words=words, fresh=fresh)
        rows = (listing.targets if targets else listing.documents)(store, wanted)
        table = "targets" if targets else "documents"
        nothing = "" if rows else _why_nothing(store, wanted, table)
    with _opened(output, bom=form == "csv") as out:
        if form != "table":
            EXPORTS[form](out, Table(table, listing.columns(table), rows))
        elif rows:
            (print_targets if targets else print_documents)(console(out), rows)
        else:
            click.echo(line(nothing), file=out)


def _why_nothing(store: Store, wanted: Filter, table: str) -> str:
    """What to say where a list is empty: the filter that nothing in the store fits, and what there is instead."""
    from .listing import unknown

    name, known = unknown(store, wanted, of_targets=table == "targets") or ("", [])
    if known:
        return say(f"nothing.{name}", wanted=getattr(wanted, name), known=", ".join(known))
    if name in ("agency", "programme"):
        return say(f"nothing.{name}", wanted=getattr(wanted, name))
    if wanted.fresh and store.documents():
        return say("nothing.stale")
    return say(f"nothing.{table if table in ('documents', 'targets', 'hits') else 'records'}")


@main.command()
@click.argument("words", nargs=-1, required=True, metavar="WORDS...")
@database
@click.option("--class", "searched", type=click.Choice(SEARCHED), multiple=True)
@chosen
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@form(*FORMATS)
@to_file
def search(
    words: tuple[str, ...],
    db: Path,
    searched: tuple[str, ...],
    filters: dict[str, str | None],
    limit: int,
    form: str | None,
    output: Path | None,
) -> None:
    from .display import console, print_hits
    from .export import EXPORTS, Table

    form = form or ("table" if output is None else _form_for(output, 1))
    with _open(db, read_only=True) as store:
        from . import listing

        wanted = listing.Filter(**filters)
        query = " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in words)
        rows = listing.search(store, query, wanted, searched or tuple(SEARCHED), limit)
        misfit = "" if rows or form != "table" else _why_nothing(store, wanted, "hits")
    with _opened(output, bom=form == "csv") as out:
        if form != "table":
            EXPORTS[form](out, Table("hits", listing.HIT, rows))
        elif rows:
            print_hits(console(out), rows, more=len(rows) == limit)
        else:
            click.echo(line(misfit), file=out)


@main.command()
@click.argument("document", metavar="DOC")
@database
@click.option("--text", is_flag=True)
@click.option("--html", is_flag=True)
@classes
@form("table", "json")
@to_page
def show(
    document: str, db: Path, text: bool, html: bool, classes: tuple[str, ...], form: str | None, page: Path | None
) -> None:
    from .display import console, print_records, print_text

    if page and not html and page.suffix.lower() not in (".html", ".htm"):
        raise click.UsageError(say("show.no_page", output=page))
    html = html or page is not None
    if html and (text or form):
        raise click.UsageError(say("show.one_form"))
    with _open(db, read_only=True) as store:
        extraction = store.load(document)
    if html:
        from .page import document_page

        with _opened(page, bom=False) as out:
            out.write(document_page(extraction, classes))
    elif form == "json":
        _write_documents(sys.stdout, [extraction], "json", classes)
    else:
        (print_text if text else print_records)(console(sys.stdout), extraction, classes)


@main.command()
@click.argument("record", metavar="RECORD")
@database
@overlay
def explain(record: str, db: Path, rules: Path | None) -> None:
    from .display import console, print_explanation
    from .explain import explain

    with _open(db, read_only=True) as store:
        name, found, document = store.record(record)
        extraction = store.load(document["id"])
    print_explanation(console(sys.stdout), explain(extraction, name, found, load_rules(rules)), extraction)


@main.command()
@database
@click.option("--table", "tables", type=click.Choice(VIEWED), multiple=True, metavar="TABLE")
@form(*EXPORTED)
@chosen
@by_words
@click.option("--excel", is_flag=True)
@click.option("--delimiter", type=click.Choice(tuple(DELIMITERS)))
@click.option("--decimal", type=click.Choice(tuple(DECIMALS)))
@click.option("-o", "--output", "target", metavar="FILE")
@click.pass_obj
def export(
    quiet: bool,
    db: Path,
    tables: tuple[str, ...],
    form: str | None,
    filters: dict[str, str | None],
    words: str | None,
    excel: bool,
    delimiter: str | None,
    decimal: str | None,
    target: str | None,
) -> None:
    output = Path(target) if target else None
    folder = output if output and (output.is_dir() or str(target).endswith("/")) else None
    form = form or (_form_of(output, EXPORTED) if output and output.suffix and not folder else "csv")
    if form in ("parquet", "xlsx") and output is None:
        raise click.UsageError(say("export.needs_file", form=form))
    names = tuple(dict.fromkeys(tables)) or (VIEWED if folder else ("targets",))
    if len(names) > 1 and not folder:
        raise click.UsageError(say("export.one_table"))
    write = _writer(form, output, excel, delimiter, decimal)
    with _open(db, read_only=True) as store, store.reading():
        from .export import stored
        from .listing import Filter, rows

        wanted = Filter(**filters, words=words)
        if form == "xlsx" and not (tables or folder):
            from .report import SHEETS, write_report

            names = tuple(SHEETS)
            with _opened(output, bom=False) as out:
                write_report(out, store, wanted)
        else:
            for name in names:
                path = folder / f"{name}.{form}" if folder else output
                with _opened(path, bom=form == "csv", made=folder is not None) as out:
                    write(out, stored(store, name, wanted))
        if not quiet and not any(True for name in names for _ in rows(store, name, wanted)):
            click.echo(f"muctieu: {line(_why_nothing(store, wanted, names[0]))}", err=True)


def _writer(
    form: str, output: Path | None, excel: bool, delimiter: str | None, decimal: str | None
) -> Callable[[TextIO, Table], None]:
    """What writes a table in a format, in the style asked for."""
    from functools import partial

    from .export import EXPORTS, write_csv

    if form != "csv":
        if excel or delimiter or decimal:
            raise click.UsageError(say("export.csv_only"))
        return EXPORTS[form]
    return partial(
        write_csv,
        delimiter=DELIMITERS[delimiter or ("semicolon" if excel else "comma")],
        decimal=DECIMALS[decimal or ("comma" if excel else "point")],
        bom=excel and output is None,
    )


@main.command()
@click.argument("documents", nargs=-1, metavar="[DOC]...")
@database
@click.option("--stale", is_flag=True)
@overlay
@click.pass_obj
def reextract(quiet: bool, documents: tuple[str, ...], db: Path, stale: bool, rules: Path | None) -> None:
    from .display import Report

    with _open(db, read_only=True):
        pass  # to be told that there is no database, where opening it for writing would create one
    book = load_rules(rules)
    with _open(db) as store, Report(sys.stderr, quiet=quiet) as report:
        from . import batch

        summary = batch.reextract(documents, store, book, report, stale=stale)
    _conclude(summary, quiet)


gold_files = click.argument("gold", type=click.Path(path_type=Path, exists=True), metavar="GOLD")


@main.command()
@gold_files
@overlay
@click.option("--found", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--by", type=click.Choice(("document", "kind")))
@click.option("--errors", is_flag=True)
@classes
@form("table", "json")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False, writable=True))
@click.option("--update", is_flag=True)
@click.option("--allow-regression", is_flag=True)
def evaluate(
    gold: Path,
    rules: Path | None,
    found: Path | None,
    by: str | None,
    errors: bool,
    classes: tuple[str, ...],
    form: str | None,
    html: Path | None,
    update: bool,
    allow_regression: bool,
) -> None:
    from . import evaluate, figures, floors
    from .display import console

    if update and (found or rules or not gold.is_dir()):
        raise click.UsageError(say("floors.need_folder"))
    measured = list(evaluate.measure(gold, load_rules(rules), found))
    results = [each.result for each in measured]
    overall = evaluate.total(results)
    grouped = evaluate.by_kind(results) if by == "kind" else results
    out = console(sys.stdout)
    if form == "json":
        more = {by: [{"name": result.name, **result.as_dict()} for result in grouped]} if by else {}
        click.echo(dumps({**overall.as_dict(), **more}))
    elif errors:
        figures.print_errors(out, results, classes)
    elif by:
        figures.print_by(out, grouped, by)
    else:
        figures.print_figures(out, overall)
    if html:
        from .sides import evaluation_page

        with _opened(html, bom=False) as file:
            file.write(evaluation_page(measured, gold.name or str(gold)))
    _hold_floors(floors.of(overall, [each.gold for each in measured]), gold, update, allow_regression)


def _hold_floors(now: Floors, folder: Path, update: bool, allow_regression: bool) -> None:
    """Compare figures with the floors of a folder, or pin them; what is told goes to standard error."""
    from . import figures, floors
    from .display import console

    path = folder / floors.FILE
    least = floors.read(path)
    fallen = floors.fallen(now, least) if least else {}
    out = console(sys.stderr)
    if update:
        if fallen and not allow_regression:
            figures.print_floors(out, fallen, changed=False)
            raise Failure(say("floors.refused", count=len(fallen)))
        floors.write(path, now)
        click.echo(say("floors.pinned", path=path), err=True)
    elif least:
        changed = least.corpus != now.corpus
        figures.print_floors(out, fallen, changed=changed)
        if fallen or changed:
            sys.exit(1)


@main.command()
@gold_files
@click.pass_obj
def validate(quiet: bool, gold: Path) -> None:
    from . import gold as golds

    files = golds.find(gold)
    entries = faults = 0
    for path in files:
        try:
            read = golds.read(path)
            found = list(golds.faults(read))
            entries += sum(map(len, read.entries.values()))
        except UnreadableFile as error:
            found = [reason(error.reason)]
        for fault in found:
            click.echo(line(f"{path}: {fault}"))
        faults += len(found)
    if not quiet:
        click.echo(say("validate.checked", files=len(files), entries=entries, faults=faults))
    if faults:
        sys.exit(1)


@main.group()
def rules() -> None:
    """Filled from messages.toml."""


@rules.command("check")
@overlay
@click.pass_obj
def rules_check(quiet: bool, rules: Path | None) -> None:
    from .mentions import check

    book = load_rules(rules)
    known = [rule for family in book.rules.values() for rule in family]
    faults = [fault for rule in known for fault in check(rule, book)]
    for fault in faults:
        click.echo(line(fault))
    if not quiet:
        examples = sum(len(rule.finds) + len(rule.skips) for rule in known)
        click.echo(say("rules.checked", rules=len(known), examples=examples, faults=len(faults)))
    if faults:
        sys.exit(1)


@rules.command("try")
@click.argument("text")
@overlay
def rules_try(text: str, rules: Path | None) -> None:
    from .display import console, print_trace
    from .mentions import trace

    print_trace(console(sys.stdout), trace(text, load_rules(rules)))


@rules.command("list")
@overlay
def rules_list(rules: Path | None) -> None:
    from .display import console, print_rules

    print_rules(console(sys.stdout), load_rules(rules))


@rules.command("show")
@click.argument("rule", metavar="ID")
@overlay
def rules_show(rule: str, rules: Path | None) -> None:
    from .display import console, print_rule

    print_rule(console(sys.stdout), load_rules(rules).rule(rule))


@rules.command("coverage")
@paths
@overlay
@click.option("--unused", is_flag=True)
@form("table", "json")
@click.pass_obj
def rules_coverage(quiet: bool, paths: tuple[str, ...], rules: Path | None, unused: bool, form: str | None) -> None:
    from .coverage import coverage
    from .display import Report, console
    from .figures import print_coverage

    book = load_rules(rules)
    with Report(sys.stderr, quiet=quiet) as report:
        covers = [cover for cover in coverage(paths, book, report) if not (unused and cover.won)]
    if form == "json":
        click.echo(dumps([cover.as_dict() for cover in covers]))
    else:
        print_coverage(console(sys.stdout), covers)
