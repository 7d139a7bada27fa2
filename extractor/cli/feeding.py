"""Commands that give dashboards their data: publish, serve."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from extractor.messages import say
from extractor.safe import line

from .options import database, load_rules, open_store
from .told import Failure, command

if TYPE_CHECKING:
    from extractor.store import Store


@command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@database
@click.option("--no-parquet", is_flag=True)
@click.pass_obj
def publish(quiet: bool, folder: Path, db: Path, no_parquet: bool) -> None:
    with open_store(db, read_only=True) as store:
        _check(store, db)
        from extractor import publish

        try:
            rows = publish.publish(store, folder, load_rules(None), parquet=not no_parquet)
        except OSError as error:
            raise Failure(f"{error.filename or folder}: {error.strerror or error}") from error
    if not quiet:
        *tables, _ = rows
        count = sum(rows[name] for name in tables)
        click.echo(say("publish.done", folder=line(str(folder)), tables=len(tables), rows=count))


@command()
@click.argument("served", metavar="DB", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.option("--cors", is_flag=True)
@click.option("--open", "browse", is_flag=True)
@click.pass_obj
def serve(quiet: bool, served: Path, host: str, port: int, cors: bool, browse: bool) -> None:
    with open_store(served, read_only=True) as store:
        _check(store, served)
    from extractor import serve

    app = serve.application(served, cors=cors)
    try:
        at = serve.listening(host, port)
    except OSError as error:
        raise Failure(f"{host}:{port}: {error.strerror or error}") from error
    with at:
        # The socket listens already, so that a program that waits for this line may ask at once.
        if not quiet:
            click.echo(say("serve.here", address=serve.address(at)))
            sys.stdout.flush()
        if browse:
            click.launch(serve.address(at))
        try:
            serve.run(app, at)
        except KeyboardInterrupt:
            sys.exit(130)


def _check(store: Store, db: Path) -> None:
    """Failure for a database that lacks columns of the feed, has no documents, or none that was ever compared; a line
    where some were not."""
    from extractor import columns

    for view in columns.PUBLISHED:
        there = {row["name"] for row in store.rows("SELECT name FROM pragma_table_info(?)", view)}
        for column in columns.kinds(view):
            if column not in there:
                raise Failure(say("feed.older", db=db, view=view, column=column))
    (count,) = store.rows(
        "SELECT count(*) AS documents,"
        " count(*) FILTER (WHERE aligned IS NULL OR substr(aligned, 1, length(content)) IS NOT content) AS behind"
        " FROM documents"
    )
    if not count["documents"]:
        raise Failure(say("feed.empty", db=db))
    if count["behind"] == count["documents"]:
        raise Failure(say("feed.never_aligned", db=db))
    if count["behind"]:
        click.echo(f"muctieu: {line(say('feed.behind', count=count['behind'], db=db))}", err=True)
