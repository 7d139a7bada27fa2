"""README and docs: every block runs, and the outputs shown are those that come out.

    ```sh               commands; each must succeed
    ```console          lines "$ command" followed by its output; a line "…" stands for any lines left out
    ```python           a program
    ```toml NAME        (or csv NAME) a file that the blocks after it use

The blocks of one document run in order, in a folder with a copy of corpus/.  A block after `<!-- not run: reason -->`
is passed over.  Blocks of other kinds are not looked at.  FIX=1 writes the outputs anew.
"""

import importlib.util
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import types
from dataclasses import dataclass
from pathlib import Path

import pytest

from extractor import export, readers

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "rules" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- not run: (?P<reason>[^>]+?) -->\n+)?^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.S | re.M)
CUT = "…"
HINT = "FIX=1 python -m pytest tests/test_readme.py writes the outputs anew:"


@dataclass
class Block:
    kind: str
    name: str
    body: str
    reason: str | None
    start: int
    end: int


def blocks(text: str) -> list[Block]:
    found = []
    for match in BLOCK.finditer(text):
        kind, _, name = match["info"].partition(" ")
        found.append(Block(kind, name, match["body"], match["reason"], match.start("body"), match.end("body")))
    return found


def run(command: str, folder: Path, *, expect_success: bool) -> str:
    """What a shell command prints on both streams, as a user sees it, without blanks at line ends."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("MUCTIEU_")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "80",
            "PYTHONUTF8": "1",
            "NO_COLOR": "1",
        },
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stdout, done.stdout
    if expect_success:
        assert done.returncode == 0, f"$ {command}\n{done.stdout}"
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()).strip("\n")


def shown(body: str) -> list[tuple[str, str]]:
    """(command, output) of a console block."""
    parts = re.split(r"^\$ (.*)\n?", body, flags=re.M)[1:]
    return [(command, output.strip("\n")) for command, output in zip(parts[::2], parts[1::2], strict=True)]


def fits(expected: str, got: str) -> bool:
    """Whether the output is as shown, a line "…" standing for any lines."""
    pieces = re.split(rf"^[ ]*{CUT}$\n?", expected, flags=re.M)
    return re.fullmatch(".*".join(re.escape(piece.rstrip("\n")) for piece in pieces), got, re.S) is not None


def rewritten(expected: str, got: str) -> str:
    """The output to show: as before where that is still true, else as long as before where its end was cut."""
    lines = expected.splitlines()
    if fits(expected, got):
        return expected
    if not lines or lines[-1].strip() != CUT:
        return got
    return "\n".join([*got.splitlines()[: len(lines) - 1], CUT])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_blocks_run_and_outputs_are_true(document: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    text = document.read_text(encoding="utf-8")
    fixed, at = "", 0
    for block in blocks(text):
        if block.reason:
            continue
        if block.name:
            (tmp_path / block.name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.name).write_text(block.body, encoding="utf-8")
        elif block.kind == "sh":
            run("set -e\n" + block.body, tmp_path, expect_success=True)
        elif block.kind == "python":
            run(f"{shlex.quote(sys.executable)} -c {shlex.quote(block.body)}", tmp_path, expect_success=True)
        elif block.kind == "console":
            new = []
            for command, expected in shown(block.body):
                got = run(command, tmp_path, expect_success=False)
                if not os.environ.get("FIX"):
                    assert fits(expected, got), f"{HINT}\n$ {command}\nshown:\n{expected}\n\ncomes out:\n{got}"
                new.append(f"$ {command}\n{rewritten(expected, got)}\n")
            fixed += text[at : block.start] + "".join(new)
            at = block.end
    if os.environ.get("FIX"):
        document.write_text(fixed + text[at:], encoding="utf-8")


def test_the_picture_shows_what_comes_out() -> None:
    spec = importlib.util.spec_from_file_location("terminal", ROOT / "docs" / "terminal.py")
    assert spec
    assert spec.loader
    terminal = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(terminal)
    drawn = terminal.draw()
    if os.environ.get("FIX"):
        terminal.PICTURE.write_text(drawn, "utf-8")
    assert terminal.PICTURE.read_text("utf-8") == drawn, "python docs/terminal.py draws it anew"


def test_every_option_that_is_named_exists() -> None:
    known = set(re.findall(r"--[a-z][a-z-]*", (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")))
    for document in [*DOCUMENTS, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "corpus" / "README.md"]:
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", document.read_text(encoding="utf-8")))
        assert named <= known | {"--strict"}, document.name


def test_the_formats_of_contributing_work_as_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of CONTRIBUTING.md, put into the modules that they name."""
    shown = {block.name: block.body for block in blocks((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))}
    reader = types.ModuleType("extractor.readers.rst")
    reader.__package__ = "extractor.readers"
    exec(shown["extractor/readers/rst.py"], reader.__dict__)
    monkeypatch.setattr(readers, "READERS", dict(readers.READERS))
    monkeypatch.setattr(readers, "SUFFIXES", dict(readers.SUFFIXES))
    exec(shown["extractor/readers/__init__.py"], {**readers.__dict__, "rst": reader})
    read = readers.read("plan.rst", "KẾ HOẠCH\n=======\nĐến năm 2030 đạt **60%**.".encode())
    assert read.text == "KẾ HOẠCH\nĐến năm 2030 đạt 60%."

    monkeypatch.setattr(export, "EXPORTS", dict(export.EXPORTS))
    exec(shown["extractor/export.py"], export.__dict__)
    out = io.StringIO()
    export.EXPORTS["tsv"](out, export.Table("a", {"x": int, "y": str}, [{"x": 0, "y": "=1"}]))
    assert out.getvalue() == "x\ty\n0\t'=1\n"


def test_every_block_says_what_it_is() -> None:
    for document in DOCUMENTS:
        for block in blocks(document.read_text(encoding="utf-8")):
            assert block.kind, f"{document.name}: a block without a kind:\n{block.body}"


def test_links_lead_to_files() -> None:
    for document in [*DOCUMENTS, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]:
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists(), f"{document.name}: {link}"


@pytest.mark.parametrize(
    ("expected", "got", "fit"),
    [
        ("a\nb", "a\nb", True),
        ("a\n…", "a\nb\nc", True),
        ("a\n…\nc", "a\nb\nc", True),
        ("a\nb", "a\nb\nc", False),
        ("a\n…", "b\nc", False),
        ("a.c", "abc", False),
    ],
)
def test_the_comparison_of_outputs(expected: str, got: str, fit: bool) -> None:
    assert fits(expected, got) is fit


def test_blocks_are_found() -> None:
    text = "<!-- not run: why -->\n```sh\nfalse\n```\n\n```toml a/b.toml\nx = 1\n```\n\n```console\n$ a\nb\n$ c\n```\n"
    first, second, third = blocks(text)
    assert (first.kind, first.reason) == ("sh", "why")
    assert (second.kind, second.name, second.body) == ("toml", "a/b.toml", "x = 1\n")
    assert shown(third.body) == [("a", "b"), ("c", "")]
