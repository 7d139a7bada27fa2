"""Every string a user reads, from messages.toml, in the language of this run."""

from __future__ import annotations

import re
import tomllib
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "vi")
SLOT = re.compile(r"\\\{(\w+)\\\}")  # in an escaped text
_language: ContextVar[str] = ContextVar("language", default="en")


def speak(language: str) -> None:
    """Use `language`, one of LANGUAGES, for all that is said from now on."""
    _language.set(language)


def language() -> str:
    """The language in use."""
    return _language.get()


def say(key: str, /, **values: Any) -> str:
    """The message `key` ("ingest.nothing") with its {slots} filled; KeyError for an unknown key."""
    return messages()[key][_language.get()].format(**values)


def reason(english: str) -> str:
    """A reason given by a lower floor, in the language in use if messages.toml knows it, else as it is."""
    if _language.get() == "en":
        return english
    for pattern, texts in _reasons():
        if found := pattern.fullmatch(english):
            return texts[_language.get()].format(**found.groupdict())
    return english


@cache
def _reasons() -> list[tuple[re.Pattern[str], dict[str, str]]]:
    """Every known reason as a pattern, its slots as groups."""
    known = [texts for key, texts in messages().items() if key.startswith("reason.")]
    return [(re.compile(SLOT.sub(r"(?P<\1>.+)", re.escape(texts["en"]))), texts) for texts in known]


@cache
def messages() -> dict[str, dict[str, str]]:
    """Dotted key -> language -> text."""
    found: dict[str, dict[str, str]] = {}

    def gather(table: dict[str, Any], prefix: str) -> None:
        for key, value in table.items():
            if set(value) == set(LANGUAGES):
                found[prefix + key] = value
            else:
                gather(value, f"{prefix}{key}.")

    gather(tomllib.loads(Path(__file__).with_name("messages.toml").read_text("utf-8")), "")
    return found
