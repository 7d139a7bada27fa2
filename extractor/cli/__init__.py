"""The command `muctieu`: each command opens something and calls one function.

What a command needs is imported inside it, so that `muctieu --help` loads neither pandas nor the rules' machinery.
Every text that a user reads, help included, is in messages.toml.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from typing import Any

import click

from extractor.messages import LANGUAGES

from .comparing import compare, indicators
from .feeding import publish, serve
from .looking import explain, export, list_, search, show
from .quality import doctor, evaluate, rules, validate
from .reading import extract, ingest, reextract
from .relating import diff, graph
from .told import ToldGroup, speak_in


@click.group(cls=ToldGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="muctieu", prog_name="muctieu")
@click.option(
    "--lang", type=click.Choice(LANGUAGES), default="en", envvar="MUCTIEU_LANG", is_eager=True, callback=speak_in
)
@click.option("-q", "--quiet", is_flag=True)
@click.pass_context
def main(ctx: click.Context, lang: str, quiet: bool) -> None:
    ctx.obj = quiet
    for name in ("SIGTERM", "SIGHUP"):
        with suppress(AttributeError, ValueError):  # unknown to the system, or not for this thread to set
            # What nohup has turned off stays off.
            if signal.getsignal(getattr(signal, name)) is signal.SIG_DFL:
                signal.signal(getattr(signal, name), _stop)
    # A pipe of another encoding must not turn a Vietnamese letter into a traceback.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _stop(*_: Any) -> None:
    """End as after Ctrl-C, so that workers, programs and temporary files go too."""
    raise KeyboardInterrupt


for each in (
    extract,
    ingest,
    list_,
    search,
    show,
    compare,
    indicators,
    graph,
    diff,
    explain,
    export,
    publish,
    serve,
    reextract,
    evaluate,
    validate,
    rules,
    doctor,
):
    main.add_command(each)
