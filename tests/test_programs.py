"""Programs of the system, as readers run them, and what `muctieu doctor` says of them."""

import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from extractor import programs
from extractor.doctor import examine
from extractor.errors import UnreadableFile
from extractor.programs import PROGRAMS, command, missing, run, workshop

Run = Callable[..., Result]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Put a shell script in the place of antiword."""

    def put(script: str) -> None:
        place = tmp_path / "bin" / "antiword"
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(place.stat().st_mode | stat.S_IXUSR)

    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    command.cache_clear()
    yield put
    command.cache_clear()


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system without any program."""
    monkeypatch.setattr(programs.shutil, "which", lambda name: None)
    command.cache_clear()
    yield
    command.cache_clear()


def ran(*arguments: str, seconds: float = 20) -> bytes:
    with workshop() as folder:
        return run("antiword", arguments, path="plan.doc", folder=folder, seconds=seconds)


def test_arguments_are_no_words_of_a_shell(program: Callable[[str], None]) -> None:
    program('printf "%s|" "$@"')
    assert ran("a b; touch c", "$(id)", "*") == b"a b; touch c|$(id)|*|"


def test_it_sees_nothing_of_the_user(program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "word")
    program('echo "$SECRET$HOME"; pwd')
    home, folder = ran().decode().split()
    assert home == folder != str(Path.home())
    assert not Path(folder).exists()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo first >&2; echo 'no such thing' >&2; exit 3", r"antiword failed \(no such thing\)"),
        ("exit 3", r"antiword failed \(exit code 3\)"),
        ("kill -9 $$", r"antiword failed \(exit code -9\)"),
        ("sleep 60", "antiword took longer than 1 s"),
        ("while true; do echo x; done | cat > /dev/null", "antiword took longer than 1 s"),
    ],
)
def test_what_goes_wrong_is_one_reason(script: str, reason: str, program: Callable[[str], None]) -> None:
    program(script)
    with pytest.raises(UnreadableFile, match=f"plan.doc: {reason}"):
        ran(seconds=1)


def test_what_it_started_ends_with_it(program: Callable[[str], None], tmp_path: Path) -> None:
    program(f"(sleep 3; touch {tmp_path}/late) & sleep 60")
    with pytest.raises(UnreadableFile, match="took longer"):
        ran(seconds=1)
    time.sleep(3)
    assert not (tmp_path / "late").exists()


def test_what_cannot_be_started_is_told(program: Callable[[str], None], tmp_path: Path) -> None:
    program("")
    (tmp_path / "bin" / "antiword").write_bytes(b"\x7fELF nothing")
    with pytest.raises(UnreadableFile, match=r"antiword cannot be started \(Exec format error\)"):
        ran()


@pytest.mark.usefixtures("nothing")
def test_a_missing_program_names_its_package() -> None:
    for name, program in PROGRAMS.items():
        assert program.packages in missing(name)
    with pytest.raises(UnreadableFile, match=r"antiword is not installed \(Debian: apt install antiword\)"):
        ran()
    found = {finding.name: finding for finding in examine()}
    assert found["LibreOffice"].state == "missing"
    assert found["LibreOffice"].hint == "apt install libreoffice-writer libreoffice-calc"


def test_the_doctor_looks_at_a_database(run: Run, ingested: Path, tmp_path: Path) -> None:
    result = run("doctor", "--db", ingested)
    assert result.exit_code == 0
    assert f"✓ {ingested}: 26 documents; 0 files could not be read" in result.stdout
    odd = tmp_path / "odd.db"
    odd.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    result = run("doctor", "--db", odd, "--format", "json")
    assert result.exit_code == 1
    assert {"name": str(odd), "state": "fault"}.items() <= json.loads(result.stdout)[-1].items()


def test_a_broken_program_is_told(program: Callable[[str], None], run: Run, tmp_path: Path) -> None:
    program("exit 1")
    (tmp_path / "bin" / "antiword").rename(tmp_path / "bin" / "soffice")
    assert "– LibreOffice: soffice: LibreOffice failed (exit code 1)" in run("doctor").stdout
