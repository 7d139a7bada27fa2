"""The feed over HTTP: a database in Datasette, for reading only.

`application` is the whole server but for its socket: an ASGI application.  The database is always at /muctieu/,
whatever its file is called, so that addresses in dashboards stay.
"""

from __future__ import annotations

import os
import socket
import tomllib
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from . import columns, schema
from .errors import MuctieuError
from .fulltext import SEARCHED
from .messages import say

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

NAME = "muctieu"
READING = ("GET", "HEAD", "OPTIONS")
# What columns mean, and long facets, stand above the rows, and would fill the first screen.
STYLE = (
    "dl.column-descriptions{max-height:9em;overflow-y:auto;resize:vertical;border:1px solid #ccc;padding:.5em}"
    ".facet-info ul{max-height:12em;overflow-y:auto}.facet-info ul.tight-bullets li{word-break:normal}"
    ".metadata-description li{margin-bottom:.5em}.page-header{border-color:#276890!important}"
)
SETTINGS = {
    "default_page_size": 100,
    "max_returned_rows": 10_000,  # dashboards ask for all of a province or an indicator at once
    "sql_time_limit_ms": 5_000,  # the views join up to six tables
    "facet_time_limit_ms": 2_000,
    "suggest_facets": False,  # each page would try all columns; the useful facets are set
    "max_csv_mb": 0,  # a feed must not end before its last row
    "allow_download": False,  # `publish` writes what is consistent; the file may be in the middle of a change
    "truncate_cells_html": 300,
    "num_sql_threads": 4,
}


def application(database: Path, *, cors: bool = False) -> Application:
    """What answers requests for a database, which is opened for reading only: GET and HEAD are answered, all else is
    refused.  What another process stores meanwhile is seen at once.

    cors  let pages of other web sites read it too

    Raises MuctieuError where Datasette is not installed.
    """
    if find_spec("datasette") is None:
        raise MuctieuError(say("serve.no_datasette"))
    from datasette.app import Datasette
    from datasette.database import Database
    from datasette.plugins import pm

    from . import hooks

    # Plugins that happen to be installed beside it may write, upload or let people in.
    for plugin, _ in pm.list_plugin_distinfo():
        pm.unregister(plugin)
    if not pm.has_plugin(NAME):
        pm.register(hooks, NAME)
    # Not above: it is half empty where it is imported before the application.
    from datasette import handle_exception

    handle_exception.rich = None  # else a wrong address prints pages of a traceback
    server = Datasette([], cors=cors, metadata=metadata(), settings=SETTINGS)
    server.remove_database("_memory")
    # Not immutable, which would answer from pages that an `ingest` has changed since, and skip its write-ahead log.
    # Connections are read-only all the same.  Only where SQLite cannot keep its lock beside the file is it needed.
    fixed = not os.access(database.parent, os.W_OK) and not Path(f"{database}-wal").exists()
    server.add_database(Database(server, path=str(database), is_mutable=not fixed), name=NAME)
    return _reading(server.app())


def _reading(inner: Application) -> Application:
    """An application that refuses every method that could change something."""

    async def outer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in READING:
            headers = [(b"allow", ", ".join(READING).encode()), (b"content-type", b"text/plain")]
            await send({"type": "http.response.start", "status": 405, "headers": headers})
            await send({"type": "http.response.body", "body": b"for reading only\n"})
            return
        await inner(scope, receive, send)

    return outer


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there, on a free port for 0; OSError where that cannot be."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family)


def address(at: socket.socket) -> str:
    """The address of the database's page at a socket."""
    host, port = at.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/{NAME}"


def run(app: Application, at: socket.socket) -> None:
    """Answer until Ctrl-C or SIGTERM."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    server.run(sockets=[at])


# --- metadata -------------------------------------------------------------------------------------------------------


def metadata() -> dict[str, Any]:
    """What Datasette shows of the database besides its rows: titles, descriptions, facets, questions."""
    about = columns.package()
    source = columns.both(about["sources"])
    tables: dict[str, Any] = {name: _page(name) for name in columns.PUBLISHED}
    # The views come first, on a page of their own; tables are behind "hidden tables", and answer all the same.
    for name in (*schema.TABLES, *schema.INDICATORS, "runs", "failures"):
        tables.setdefault(name, {})["hidden"] = True
    tables["_sqlite_migrations"] = {"allow": False}
    for name in SEARCHED:
        tables[f"{name}_fts_text"] = {"allow": False}
        tables[name]["plugins"] = {NAME: {"searched": [name, "id"]}}
    return {
        "title": columns.both(about["title"]),
        "description_html": _front(),
        "extra_css_urls": [f"data:text/css,{quote(STYLE)}"],
        "license": "Apache-2.0",
        "license_url": "https://www.apache.org/licenses/LICENSE-2.0",
        "source": source,
        "source_url": f"/{NAME}/v_documents",
        "databases": {
            NAME: {
                "title": columns.both(about["title"]),
                "description_html": _front(),
                "queries": {name: _question(said) for name, said in questions().items()},
                "tables": tables,
            }
        },
    }


@cache
def questions() -> dict[str, dict[str, Any]]:
    """The questions of queries.toml, by name."""
    return tomllib.loads(Path(__file__).with_name("queries.toml").read_text("utf-8"))


def _question(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": columns.both(said["title"]),
        "description": columns.both(said["about"]),
        "params": said["params"],
        "sql": said["sql"].strip(),
        "hide_sql": True,
    }


def _page(name: str) -> dict[str, Any]:
    """How a view is shown.  Datasette's own `units` are of a whole column; ours stand in one beside it, which the
    description names."""
    said = columns.view(name)
    page: dict[str, Any] = {
        "title": columns.both(said.title),
        "description": columns.both(said.about),
        "columns": {each.name: _meaning(each) for each in columns.fields(name)},
        "facets": list(said.facets),
    }
    if said.sort:
        page["sort_desc" if said.sort.startswith("-") else "sort"] = said.sort.removeprefix("-")
    table, key = columns.BEHIND.get(name, (name, "id"))
    if table in SEARCHED:
        page["plugins"] = {NAME: {"searched": [table, key]}}
    return page


def _meaning(each: columns.Field) -> str:
    values = f" ({', '.join(each.values)})" if each.values else ""
    unit = f" [{each.unit}]" if each.unit else ""
    return f"{each.title}{unit}: {columns.both({'vi': each.vi, 'en': each.en})}{values}"


def _front() -> str:
    """The views, each with what it shows first, all of its columns, and its addresses for programs."""
    about = columns.both(columns.package()["about"])
    items = []
    for name in columns.PUBLISHED:
        said = columns.view(name)
        at = f"/{NAME}/{name}"
        chosen = "&".join(f"_col={column}" for column in said.show)
        links = f'<a href="{at}">{name}</a>, <a href="{at}.json?_shape=objects">json</a>'
        links += f', <a href="{at}.csv?_stream=on&amp;_size=max">csv</a>'
        items.append(
            f'<li><strong><a href="{at}?{escape(chosen)}">{escape(columns.both(said.title))}</a></strong> ({links})'
            f"<br>{escape(columns.both(said.about))}</li>"
        )
    return f"<ul class='bullets'>{''.join(items)}</ul><p>{escape(about)}</p>"
