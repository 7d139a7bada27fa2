"""Rows for other programs: EXPORTS maps a format to a function that writes rows of contract keys to a text stream."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TextIO, get_args, get_type_hints

from .model import Document, Extraction, columns
from .safe import clean, dumps

Row = Mapping[str, Any]


def columns_of(table: str) -> list[str]:
    """The contract's keys of a table of an extraction ("targets", "blocks", ...) or of "documents", in order."""
    record = Document if table == "documents" else get_args(get_type_hints(Extraction)[table])[0]
    return [key for _, key in columns(record)]


def write_json(out: TextIO, rows: Iterable[Row], columns: Sequence[str]) -> None:
    """One array."""
    out.write("[")
    for number, row in enumerate(rows):
        out.write((",\n " if number else "") + dumps(row))
    out.write("]\n")


def write_jsonl(out: TextIO, rows: Iterable[Row], columns: Sequence[str]) -> None:
    """An object a line."""
    for row in rows:
        out.write(dumps(row) + "\n")


def write_csv(out: TextIO, rows: Iterable[Row], columns: Sequence[str]) -> None:
    """A heading and a line a row; lists as JSON text, null as an empty cell, control characters as escapes."""
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    return dumps(value) if isinstance(value, (list, dict)) else value


EXPORTS: dict[str, Callable[[TextIO, Iterable[Row], Sequence[str]], None]] = {
    "json": write_json,
    "jsonl": write_jsonl,
    "csv": write_csv,
}
