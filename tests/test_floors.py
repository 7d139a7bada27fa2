"""The package as floors: a module imports only from floors below its own, and the command starts light."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import extractor

PACKAGE = Path(extractor.__file__).parent

# Modules of one floor do not know each other; a folder is one module, whose files may.
FLOORS = (
    ("model", "errors", "safe", "messages", "values", "fulltext"),
    ("rulebook", "sheets", "painting", "layers"),
    ("charset", "programs"),
    ("readers", "text", "schema", "gold", "places", "graph"),
    ("containers", "opening", "mentions", "confidence", "columns"),
    ("structure",),
    ("tables",),
    ("scan",),
    ("resolve", "clauses"),
    ("agencies", "readings", "indicators", "programmes", "bodies"),
    ("references", "deadlines", "definitions"),
    ("periods", "standing"),
    ("roles", "scopes"),
    ("targets",),
    ("pipeline", "explain"),
    ("store", "workers"),
    ("alignment",),
    ("batch", "compare", "listing", "sdmx", "relations", "diff", "doctor"),
    ("export", "evaluate", "display", "dashboard", "coverage"),
    ("report", "floors", "page", "reliability", "rulings", "drawing", "publish", "hooks"),
    ("figures", "tree", "serve", "differing", "matrices"),
    ("sides", "charts"),
    ("cli",),
    ("__init__", "__main__"),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
FILES = sorted(path for path in PACKAGE.rglob("*.py"))
HEAVY = {
    "pandas",
    "numpy",
    "matplotlib",
    "spacy",
    "underthesea",
    "regex",
    "rich",
    "sqlite_utils",
    "docx",
    "lxml",
    "olefile",
    "openpyxl",
    "trafilatura",
    "pypdfium2",
    "pdfplumber",
    "PIL",
}


def module_of(path: Path) -> str:
    """The module of the package that a file belongs to: "store", or "values" for values/number.py."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported(tree: ast.AST, path: Path) -> set[str]:
    """The modules of the package that a file imports, also inside functions and for types only."""
    found: set[str] = set()
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "extractor"}
        elif isinstance(node, ast.ImportFrom):
            target = node.module or ""
            if node.level == 0 and target.split(".")[0] == "extractor":
                names = target.split(".")[1:] or [alias.name for alias in node.names]
                found |= {names[0]} if target != "extractor" else set(names)
            elif node.level == depth:
                found |= {target.split(".")[0]} if target else {alias.name for alias in node.names}
            elif node.level > depth:
                found.add("..")
    return found


def faults(source: str, path: Path) -> list[str]:
    """What a file imports against the floors, one line each."""
    own = module_of(path)
    return [
        f"{path.relative_to(PACKAGE)} (floor {FLOOR[own]}) imports {name} (floor {FLOOR.get(name, 'unknown')})"
        for name in sorted(imported(ast.parse(source), path))
        if name != own and FLOOR.get(name, len(FLOORS)) >= FLOOR[own]
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_floors_below(path: Path) -> None:
    assert module_of(path) in FLOOR, f"{module_of(path)} has no floor: give it one in FLOORS"
    assert faults(path.read_text(encoding="utf-8"), path) == []


@pytest.mark.parametrize(
    ("name", "source", "wrong"),
    [
        ("store.py", "from . import model, schema", 0),
        ("store.py", "from .cli import main", 1),
        ("store.py", "def f():\n    from .batch import ingest", 1),
        ("store.py", "from extractor import extract", 1),
        ("store.py", "from extractor.export import EXPORTS", 1),
        ("values/time.py", "from .number import number", 0),
        ("values/time.py", "from ..rulebook import load", 1),
        ("rulebook.py", "import extractor.store", 1),
    ],
)
def test_the_check_sees_an_import_upwards(name: str, source: str, wrong: int) -> None:
    assert len(faults(source, PACKAGE / name)) == wrong


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from extractor.cli import main;"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "extractor.cli" in loaded
    assert not HEAVY & {name.split(".")[0] for name in loaded}
    assert {name for name in loaded if re.fullmatch(r"extractor\.\w+", name)} == {
        "extractor.cli",
        "extractor.errors",
        "extractor.fulltext",
        "extractor.messages",
        "extractor.model",
        "extractor.safe",
    }


def test_importing_the_face_loads_no_other_module() -> None:
    program = "import sys, extractor; print(*(n for n in sys.modules if n.startswith('extractor.')))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
