"""The package as it is installed: sdist -> wheel -> run elsewhere; rules found there and in a checkout."""

import importlib.util
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import extractor
from extractor import rulebook

ROOT = Path(__file__).resolve().parent.parent
RULES = {path.name for path in (ROOT / "rules").iterdir() if path.suffix in (".toml", ".csv")}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an sdist of the checkout, and the wheel built from that sdist."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(out), str(ROOT)]
    if importlib.util.find_spec("hatchling"):
        command.insert(3, "--no-isolation")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    if done.returncode and "No matching distribution found" in said:
        pytest.skip("building needs hatchling, which is neither installed nor to be had from a package index here")
    assert done.returncode == 0, said
    return out


@pytest.fixture(scope="session")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files as pip installs them, in a folder of their own."""
    target = tmp_path_factory.mktemp("installed")
    (wheel,) = built.glob("*.whl")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run([*command, "--disable-pip-version-check"], check=True, capture_output=True)
    return target


def python(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in `folder` with the installed package before the checkout, and this environment's dependencies."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_the_package_with_rules_and_messages(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"extractor/rules/{name}" for name in RULES} <= names
    assert {"extractor/messages.toml", "extractor/page.css", "extractor/page.js", "extractor/py.typed"} <= names
    assert {"extractor/columns.toml", "extractor/queries.toml"} <= names
    assert {"extractor/cli/__init__.py", "extractor/readers/pdf.py"} <= names
    assert not [name for name in names if name.startswith(("tests", "corpus", "rules", "docs"))]


def test_the_sdist_holds_what_building_and_testing_need(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    shown = ("README.md", "docs/cli.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
    assert {"pyproject.toml", "Makefile", "LICENSE", ".ci/run", "benchmarks/startup.py", *shown} <= names
    assert {f"rules/{name}" for name in RULES} <= names
    assert "tests/test_package.py" in names
    assert "corpus/gia-lai-ke-hoach.txt" in names


def test_the_installed_package_runs_in_another_folder(installed: Path, tmp_path: Path) -> None:
    program = "import extractor, extractor.rulebook as r; print(extractor.__file__, r.rules_folder(), sep='\\n')"
    where = python(installed, tmp_path, "-c", program).stdout.splitlines()
    assert where == [str(installed / "extractor" / "__init__.py"), str(installed / "extractor" / "rules")]
    main = ["-c", "from extractor.cli import main; main(prog_name='muctieu')"]
    assert python(installed, tmp_path, *main, "--version").stdout == f"muctieu, version {extractor.__version__}\n"
    (tmp_path / "plan.txt").write_text("Đến năm 2030, 100% số xã có thư viện cộng đồng.", encoding="utf-8")
    done = python(installed, tmp_path, *main, "extract", "plan.txt", "--format", "table")
    assert done.stderr == ""
    assert "100%" in done.stdout


def test_the_rules_of_the_wheel_are_those_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    done = python(installed, tmp_path, "-c", "from extractor import load_rules; print(load_rules().fingerprint)")
    assert done.stdout.strip() == rulebook.load().fingerprint


def test_a_checkout_reads_the_rules_beside_the_package() -> None:
    assert Path(extractor.__file__).parent == ROOT / "extractor", "run from a checkout or an editable install"
    assert rulebook.rules_folder() == ROOT / "rules"


def test_every_name_of_the_face_is_there() -> None:
    assert set(extractor.__all__) == set(dir(extractor))
    for name in extractor.__all__:
        assert getattr(extractor, name) is not None
    assert not hasattr(extractor, "nothing")


def test_frames_have_the_keys_of_the_contract_also_when_empty() -> None:
    found = extractor.extract_text("Đến năm 2030, 100% số xã có thư viện cộng đồng.")
    frame = extractor.frame(found, "targets")
    assert list(frame.columns)[:4] == ["id", "quote", "start", "end"]
    assert "from" in frame.columns
    assert frame["low"].tolist() == [target.low for target in found.targets] != []
    assert list(extractor.frame(extractor.extract_text("x"), "legal_refs").columns)[:2] == ["id", "cited_id"]
    with pytest.raises(KeyError, match="no table 'goals'"):
        extractor.frame(found, "goals")
