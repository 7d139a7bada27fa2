"""What Datasette is taught of our database, as one of its plugins.

Its own search needs a view with the row number of an index; ours have the ids of records, and Vietnamese needs đ as d.
So `?_search=` on views is done here, as `muctieu search` does it, and `plain` is there for SQL.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.filters import FilterArguments
from pluggy import HookimplMarker

from . import fulltext

hookimpl = HookimplMarker("datasette")
NAME = "muctieu"


@hookimpl
def prepare_connection(conn: sqlite3.Connection, database: str) -> None:
    """Nothing is written, whoever asks; `plain(text)` compares what people type."""
    if database == NAME:
        conn.execute("PRAGMA query_only = 1")
    conn.create_function("plain", 1, lambda text: text and fulltext.plain(str(text)), deterministic=True)


@hookimpl(trylast=True)
def filters_from_request(
    request: Any, database: str, table: str, datasette: Any
) -> Callable[[], Awaitable[FilterArguments]]:
    """`?_search=` on a view whose records are indexed: all words near each other, with accents or without."""

    async def found() -> FilterArguments:
        searched = (datasette.plugin_config(NAME, database=database, table=table) or {}).get("searched")
        if searched is None:
            return FilterArguments([], {}, [], {})
        said = request.args.get("_search") or ""
        shown = {"supports_search": True, "search": said}
        words = fulltext.expression(said)
        if not words:
            return FilterArguments([], {}, [], shown)
        own, key = searched
        hits = f"SELECT r.id FROM {own}_fts JOIN {own} r ON r.rowid = {own}_fts.rowid WHERE {own}_fts MATCH :search"
        return FilterArguments([f"{key} IN ({hits})"], {"search": words}, [f'search matches "{said}"'], shown)

    return found
