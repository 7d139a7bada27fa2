"""Rows for other programs and for spreadsheets: EXPORTS maps a format to a function that writes a table to a file.

The file is a text stream, in UTF-8; formats that are no text write to the bytes beneath it (`out.buffer`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, TextIO

from .errors import MuctieuError
from .messages import say
from .model import columns, kinds, row_type
from .safe import cell, dumps
from .sheets import Column, book

if TYPE_CHECKING:
    from .listing import Filter
    from .store import Store

Row = Mapping[str, Any]
BATCH = 10_000  # rows that a Parquet file takes at once


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to be written.

    columns  name -> type: str, int, float, bool, tuple (a list of texts), or date: ISO text, which becomes a real date
             in formats that have them
    as_of    when its newest row was made, as ISO time, for formats that note a time
    """

    name: str
    columns: Mapping[str, type]
    rows: Iterable[Row]
    as_of: str | None = None


def stored(store: Store, name: str, wanted: Filter) -> Table:
    """What a database holds of a table (model.VIEWED) and fits a filter, as its view v_<name> shows it; to be written
    before the store is closed."""
    from . import listing, schema

    return Table(name, schema.viewed(name), listing.rows(store, name, wanted), store.as_of())


def columns_of(table: str) -> dict[str, type]:
    """The contract's keys of a table of an extraction ("targets", ...) or of "documents", with their types."""
    return {key: kinds(table)[attribute] for attribute, key in columns(row_type(table))}


def day(text: str) -> date | None:
    """An ISO day as a date; None for what is less than a full date.

    >>> day("2020-12-20"), day("2020-12"), day("--12-15")
    (datetime.date(2020, 12, 20), None, None)
    """
    try:
        return date.fromisoformat(text) if len(text) == len("2020-12-20") else None
    except ValueError:
        return None


def write_json(out: TextIO, table: Table) -> None:
    """One array."""
    out.write("[")
    for number, row in enumerate(table.rows):
        out.write((",\n " if number else "") + dumps(row))
    out.write("]\n")


def write_jsonl(out: TextIO, table: Table) -> None:
    """An object a line."""
    for row in table.rows:
        out.write(dumps(row) + "\n")


def write_csv(out: TextIO, table: Table, *, delimiter: str = ",", decimal: str = ".", bom: bool = False) -> None:
    """A heading and a line a row; lists as JSON text, null as an empty cell, control characters as escapes, and an
    apostrophe before a text that a spreadsheet would take for a formula."""

    def plain(value: Any) -> Any:
        if isinstance(value, str):
            return cell(value)
        if isinstance(value, float):
            return repr(value).replace(".", decimal)
        return dumps(value) if isinstance(value, (list, dict)) else value

    out.write("\ufeff" if bom else "")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([plain(row[name]) for name in table.columns])


def write_parquet(out: TextIO, table: Table) -> None:
    """Typed columns; what is less than a full date is null in a column of dates.

    Raises MuctieuError where pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MuctieuError(say("export.no_pyarrow")) from error
    known = {
        str: pyarrow.string(),
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        bool: pyarrow.bool_(),
        tuple: pyarrow.list_(pyarrow.string()),
        date: pyarrow.date32(),
    }
    shape = pyarrow.schema([(name, known[kind]) for name, kind in table.columns.items()])
    rows = iter(table.rows)
    with parquet.ParquetWriter(out.buffer, shape) as writer:
        while batch := list(islice(rows, BATCH)):
            values = {name: [_typed(row[name], kind) for row in batch] for name, kind in table.columns.items()}
            writer.write_batch(pyarrow.RecordBatch.from_pydict(values, schema=shape))


def _typed(value: Any, kind: type) -> Any:
    if value is None:
        return None
    if kind is date:
        return day(value)
    return float(value) if kind is float else value


def write_xlsx(out: TextIO, table: Table) -> None:
    """One sheet, with texts as texts whatever they begin with.

    Raises MuctieuError for more rows than a sheet holds.
    """

    def plain(value: Any, kind: type) -> Any:
        if kind is date and value is not None:
            return day(value) or value
        return dumps(value) if kind is tuple else value

    shown = [Column(name, max(len(name) + 4, WIDTHS.get(kind, 8))) for name, kind in table.columns.items()]
    rows = ([plain(row[name], kind) for name, kind in table.columns.items()] for row in table.rows)
    with book(out.buffer, table.name, as_of=table.as_of, streamed=True) as xlsx:
        xlsx.sheet(table.name, shown, rows)


WIDTHS = {str: 24, tuple: 16, date: 11}

EXPORTS: dict[str, Callable[[TextIO, Table], None]] = {
    "csv": write_csv,
    "json": write_json,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "xlsx": write_xlsx,
}
