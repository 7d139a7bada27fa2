"""Commands whose help is told in the language of the run, and faults told in one line."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import IO, Any

import click

from extractor.errors import MuctieuError, UnreadableFile
from extractor.messages import LANGUAGES, language, reason, say, speak
from extractor.safe import line

STOPPED = 130  # as shells tell of a command that Ctrl-C ended


class Failure(click.ClickException):
    """A fault told in one line on standard error, exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"muctieu: {line(self.message)}", file=file, err=file is None)


def speak_in(ctx: click.Context, parameter: click.Parameter, language: str | None) -> str | None:
    if language:
        speak(language)
    return language


def hush(ctx: click.Context, parameter: click.Parameter, quiet: bool) -> bool:
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
                click.Option(["--lang"], type=click.Choice(LANGUAGES), callback=speak_in, **hidden),
                click.Option(["-q", "--quiet"], is_flag=True, callback=hush, **hidden),
            ]

    def _tell(self) -> None:
        if self.callback is not None:
            self.help = say(f"help.{self.callback.__name__.rstrip('_')}")
        for parameter in self.params:
            if isinstance(parameter, click.Option):
                parameter.help = say(f"option.{parameter.name}")

    def get_help(self, ctx: click.Context) -> str:
        # --help is told before a --lang behind it is read, and before the variable that stands for it.
        asked = os.environ.get("MUCTIEU_LANG", "")
        if ctx.parent is None and asked in LANGUAGES and language() == LANGUAGES[0]:
            speak(asked)
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
        except KeyboardInterrupt:
            sys.exit(STOPPED)


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

command = partial(click.command, cls=Told)
"""A command of its own, to be added to a group."""
