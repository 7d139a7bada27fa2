"""What tests of several modules share: the language of messages, the corpus in a database, a way to run commands."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from extractor import cli
from extractor.messages import speak

# Tests read documents in their own process, which is a second faster each time; those of workers ask for them.
os.environ["MUCTIEU_WORKERS"] = "0"

CORPUS = Path(__file__).resolve().parent.parent / "corpus"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    speak("en")


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the corpus, which nobody changes."""
    path = tmp_path_factory.mktemp("ingested") / "corpus.db"
    result = CliRunner().invoke(cli.main, ["ingest", str(CORPUS), "--db", str(path)])
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command with these arguments; fails on a traceback."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("MUCTIEU_DB", raising=False)
    monkeypatch.delenv("MUCTIEU_LANG", raising=False)

    def invoke(*args: Any, **options: Any) -> Result:
        result = CliRunner().invoke(cli.main, [str(arg) for arg in args], **options)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke
