"""The command line as a user meets it: output, exit codes, one line for each fault, both languages."""

import csv
import dataclasses
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import extractor
from extractor import cli, workers
from extractor.batch import find
from extractor.fulltext import plain
from extractor.messages import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus"
FORMATS = 2  # samples that stand there in a second format
PLAN = str(CORPUS / "gia-lai-ke-hoach.txt")
COMMANDS = [
    "extract",
    "ingest",
    "list",
    "search",
    "show",
    "compare",
    "indicators",
    "graph",
    "diff",
    "explain",
    "export",
    "publish",
    "serve",
    "reextract",
    "evaluate",
    "validate",
    "rules",
    "doctor",
]
RULES_COMMANDS = ["check", "try", "list", "show", "coverage"]
HAZARDS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")

Run = Callable[..., Result]


@pytest.fixture
def db(ingested: Path, tmp_path: Path) -> Path:
    """A copy of that database, to be changed at will."""
    return Path(shutil.copy(ingested, tmp_path / "test.db"))


def one_line(result: Result, *parts: str) -> None:
    """Exit code 1 and a single line on standard error that holds the parts."""
    assert result.exit_code == 1
    assert result.stderr.startswith("muctieu: ")
    assert result.stderr.count("\n") == 1, result.stderr
    for part in parts:
        assert part in result.stderr


def a_target(db: Path) -> dict[str, Any]:
    with extractor.Store(db, read_only=True) as store:
        return next(iter(store.load("131/KH-UBND")["targets"]))


# --- help ---------------------------------------------------------------------------------------------------------


def every_command(group: click.Group = cli.main, *above: str) -> Iterator[tuple[str, ...]]:
    yield above
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every_command(command, *above, name)
        else:
            yield (*above, name)


def test_the_commands(run: Run) -> None:
    assert list(cli.main.commands) == COMMANDS
    assert list(cli.rules.commands) == RULES_COMMANDS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", list(every_command()), ids=" ".join)
def test_help_of_every_command_in_both_languages(run: Run, command: tuple[str, ...], language: str) -> None:
    result = run("--lang", language, *command, "--help")
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    if command != ("rules",):
        assert {"en": "Example:", "vi": "Ví dụ:"}[language] in result.stdout
    assert "{" not in result.stdout


def examples() -> list[str]:
    """The commands under "Example:" in the help of all commands."""
    found = []
    for command in every_command():
        shown = CliRunner().invoke(cli.main, [*command, "--help"]).stdout
        found += re.findall(r"^    (muctieu .*)$", shown, flags=re.M)
    return found


def test_the_examples_of_the_help_run(
    run: Run, ingested: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(CORPUS, tmp_path / "corpus")
    shutil.copy(ingested, tmp_path / "demo.db")
    monkeypatch.chdir(tmp_path)
    assert len(examples()) >= 11
    for example in dict.fromkeys(examples()):
        if example.startswith("muctieu serve "):
            continue  # it does not end by itself; tests/test_serve.py asks it
        result = run(*shlex.split(example)[1:])
        assert result.exit_code == 0, f"{example}\n{result.output}"
        assert result.stdout.strip() or Path(example.rpartition(" -o ")[2]).stat().st_size, example


INTRODUCTION = """# Commands

What `--help` says. `MUCTIEU_DB` sets the default of `--db`, `MUCTIEU_LANG` that of `--lang`. Usage lines, and the
faults of a database or a rule file, are English in both languages.

Exit codes: 0 done; 1 nothing could be read, or a fault told in one line; 2 wrong usage; 130 after Ctrl-C.
"""


def test_docs_show_the_help_as_it_is() -> None:
    """docs/cli.md is made of the help texts; FIX=1 writes it anew."""
    page = ROOT / "docs" / "cli.md"
    parts = [INTRODUCTION]
    for command in every_command():
        name = " ".join(("muctieu", *command))
        shown = CliRunner().invoke(cli.main, [*command, "--help"], prog_name="muctieu", terminal_width=100).stdout
        parts.append(f"## {name}\n\n```text\n{shown}```\n")
    wanted = "\n".join(parts)
    if os.environ.get("FIX"):
        page.write_text(wanted, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == wanted, "FIX=1 python -m pytest tests/test_cli.py writes it anew"


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"muctieu, version {extractor.__version__}\n"


# --- extract ------------------------------------------------------------------------------------------------------


def test_extract_json_is_the_object_of_the_contract(run: Run) -> None:
    result = run("extract", PLAN, "--format", "json")
    found = json.loads(result.stdout)
    assert found == json.loads(json.dumps(extractor.extract(PLAN).to_dict()))
    assert "Kế hoạch" in result.stdout
    assert found["targets"]
    for name in ("targets", "deadlines", "agencies", "legal_refs", "quantities", "commitments"):
        for record in found[name]:
            assert found["text"][record["start"] : record["end"]] == record["quote"]


def test_into_a_pipe_goes_json(run: Run) -> None:
    assert json.loads(run("extract", PLAN).stdout)["document"]["number"] == "131/KH-UBND"
    lines = run("extract", CORPUS).stdout.splitlines()
    assert len(lines) == len(list(find([CORPUS])))
    assert all(json.loads(line)["schema"] == 1 for line in lines)


def test_json_of_several_documents_names_jsonl(run: Run) -> None:
    result = run("extract", CORPUS, "--format", "json")
    assert result.exit_code == 2
    assert "jsonl" in result.stderr
    assert result.stdout == ""


def test_extract_reads_standard_input(run: Run) -> None:
    result = run("extract", "-", input="Đến năm 2030, 100% số xã có thư viện.".encode())
    assert json.loads(result.stdout)["text"].startswith("Đến năm 2030")


def test_extract_table(run: Run) -> None:
    result = run("extract", PLAN, "--format", "table", "--class", "targets", "--class", "deadlines")
    assert "Kế hoạch 131/KH-UBND, 05/3/2026" in result.stdout
    assert "Targets (" in result.stdout
    assert "Agencies (" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_extract_one_class_leaves_the_others_out(run: Run) -> None:
    found = json.loads(run("extract", PLAN, "--class", "deadlines").stdout)
    assert found["deadlines"]
    assert "targets" not in found
    assert found["blocks"]


def test_extract_csv(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("extract", CORPUS, "--format", "csv", "--class", "legal_refs").stdout)))
    assert {"document_id", "id", "quote", "number", "relation"} <= set(rows[0])
    assert "3618/QĐ-TTg" in {row["number"] for row in rows}
    assert run("extract", PLAN, "--format", "csv", "--class", "targets", "--class", "agencies").exit_code == 2


def test_output_file_sets_the_format_and_appears_whole(run: Run, tmp_path: Path) -> None:
    table, missing = tmp_path / "targets.csv", tmp_path / "no" / "x.json"
    assert run("extract", PLAN, "-o", table).exit_code == 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbfdocument_id,id,")
    assert run("extract", PLAN, "-o", tmp_path / "a.json").exit_code == 0
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["targets"]
    one_line(run("extract", PLAN, "-o", missing), str(missing))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "targets.csv"]


def test_a_file_that_cannot_be_read_is_one_line_and_the_others_go_on(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.touch()
    result = run("extract", "no-such.txt", PLAN, empty, "--format", "jsonl")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr.splitlines() == ["muctieu: no-such.txt: no such file", f"muctieu: {empty}: is empty"]
    one_line(run("extract", "no-such.txt"), "no-such.txt: no such file")


def test_the_pipe_may_close_early() -> None:
    command = f"{sys.executable} -m extractor.cli extract {CORPUS} --format jsonl | head -c 20; exit ${{PIPESTATUS[0]}}"
    command = command.replace("-m extractor.cli", "-c 'from extractor.cli import main; main()'")
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith('{"schema"')
    assert done.stderr == ""


# --- text that would steer the terminal -----------------------------------------------------------------------------

HOSTILE = """ỦY BAN NHÂN DÂN TỈNH GIA LAI\x1b]0;owned\x07
Số: 7/KH-UBND

KẾ HOẠCH
Phát triển [red]thư viện[/red] giai đoạn 2026 - 2030 :smile: \x1b[31m\x9b5m\u202e

I. MỤC TIÊU

Đến năm 2030, \x1b[2J[bold]80% số xã[/bold]\x9b có thư viện \x1b[31mđạt chuẩn.
"""


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_control_characters_never_come_out_raw(run: Run, tmp_path: Path, form: str) -> None:
    path = tmp_path / "bad\x1b[31m.txt"
    path.write_text(HOSTILE, encoding="utf-8")
    result = run("extract", path, "--format", form)
    assert "80%" in result.stdout
    assert not HAZARDS.search(result.stdout + result.stderr)


def test_markup_and_control_characters_in_stored_documents(run: Run, tmp_path: Path) -> None:
    path, db = tmp_path / "bad.txt", tmp_path / "bad.db"
    path.write_text(HOSTILE, encoding="utf-8")
    assert run("ingest", path, "--db", db).exit_code == 0
    shown = run("show", "bad.txt", "--db", db, "--text").stdout
    assert "[red]thư viện[/red]" in shown
    assert ":smile:" in shown
    target = json.loads(run("show", "bad.txt", "--db", db, "--format", "json").stdout)["targets"][0]
    for result in (
        run("list", "--db", db),
        run("list", "--targets", "--db", db),
        run("show", "bad.txt", "--db", db),
        run("explain", target["id"], "--db", db),
        run("rules", "try", HOSTILE),
        run("show", "no\x1b[31m", "--db", db),
    ):
        assert not HAZARDS.search(result.stdout + result.stderr)


# --- ingest -------------------------------------------------------------------------------------------------------


def test_ingest_twice_changes_nothing(run: Run, db: Path) -> None:
    with extractor.Store(db, read_only=True) as store:
        before = [store.load(row["id"]) for row in store.documents()]
    result = run("ingest", CORPUS, "--db", db)
    assert result.exit_code == 0
    assert f"documents: {len(before) + FORMATS} unchanged" in result.stdout
    with extractor.Store(db, read_only=True) as store:
        assert [store.load(row["id"]) for row in store.documents()] == before


@pytest.mark.parametrize(
    "names",
    [
        ("gia-lai-ke-hoach.txt", "gia-lai-ke-hoach.docx"),
        ("gia-lai-ke-hoach.docx", "gia-lai-ke-hoach.txt"),
        ("quang-ninh-tin-bai.html", "quang-ninh-tin-bai.txt"),
    ],
)
def test_two_files_of_one_document_are_its_sources(run: Run, tmp_path: Path, overlay: Path, names: list[str]) -> None:
    files, db = [CORPUS / name for name in names], tmp_path / "a.db"
    assert "documents: 1 added, 1 known, from another file\n" in run("ingest", *files, "--db", db).stdout
    (row,) = json.loads(run("list", "--db", db, "--format", "json").stdout)
    assert row["sources"] == 2
    assert row["source_path"] == str(files[0])
    before = run("show", row["id"], "--db", db, "--format", "json").stdout
    assert run("ingest", "--force", *files, "--db", db).stdout == "documents: 2 unchanged\n"
    run("ingest", *files, "--rules", overlay, "--db", db)
    assert run("show", row["id"], "--db", db, "--format", "json").stdout == before


def test_a_changed_file_replaces_its_own_records(run: Run, tmp_path: Path) -> None:
    db = tmp_path / "a.db"
    plan = tmp_path / "plan.txt"
    text = Path(PLAN).read_text(encoding="utf-8")
    plan.write_text(text, encoding="utf-8")
    run("ingest", plan, CORPUS / "quang-ninh-ke-hoach.txt", "--db", db)
    plan.write_text(text.replace("Tối thiểu 65%", "Tối thiểu 66%"), encoding="utf-8")
    result = run("ingest", plan, CORPUS / "quang-ninh-ke-hoach.txt", "--db", db)
    assert "1 replaced" in result.stdout
    assert "1 unchanged" in result.stdout
    found = json.loads(run("show", "plan.txt", "--db", db, "--format", "json").stdout)
    assert 66 in [target["low"] for target in found["targets"]]


def test_ingest_tells_each_file_that_fails_and_stores_the_others(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    shutil.copy(PLAN, folder / "sub" / "plan.txt")
    shutil.copy(PLAN, folder / ".hidden" / "other.txt")
    (folder / ".lock.txt").write_text("x", encoding="utf-8")
    (folder / "~$plan.docx").write_text("x", encoding="utf-8")
    (folder / "notes.ini").write_text("x", encoding="utf-8")
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 nothing")
    (folder / "empty.pdf").touch()
    result = run("ingest", folder, "no-such.txt", "--db", tmp_path / "a.db")
    assert result.exit_code == 0
    assert "documents: 1 added, 3 failed" in result.stdout
    lines = result.stderr.splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        str(folder / "broken.docx"),
        str(folder / "empty.pdf"),
        "no-such.txt",
    ]


WORD = (CORPUS / "gia-lai-ke-hoach.docx").read_bytes()
BAD = {
    "empty.txt": (b"", "is empty"),
    "empty.docx": (b"", "is empty"),
    "blank.txt": (b" \n\t\r\n", "holds no text"),
    "nul.txt": (bytes(500), "is binary data, not text"),
    "junk.txt": (bytes(range(256)) * 40, "is binary data, not text"),
    "junk.pdf": (bytes(range(256)) * 40, "is binary data, not text"),
    "cut.docx": (WORD[: len(WORD) // 2], "is a damaged or truncated .docx (File is not a zip file)"),
    "cut.pdf": (b"%PDF-1.7\n1 0 obj\n<< /Type", "is a damaged or truncated PDF (Data format error)"),
    "locked.docx": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "is encrypted",
    ),
    "old.doc": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "is a damaged or truncated Office file",
    ),
}


def test_every_bad_file_is_one_line_with_its_reason(run: Run, tmp_path: Path) -> None:
    folder, db = tmp_path / "in", tmp_path / "a.db"
    (folder / "sub").mkdir(parents=True)
    for name, (data, _) in BAD.items():
        (folder / name).write_bytes(data)
    result = run("ingest", folder, folder / "sub", tmp_path / "none.txt", PLAN, "--db", db)
    assert result.exit_code == 0
    assert f"documents: 1 added, {len(BAD) + 2} failed" in result.stdout
    expected = [f"muctieu: {folder / name}: {why}" for name, (_, why) in sorted(BAD.items())]
    expected.append(f"muctieu: {folder / 'sub'}: no documents in this folder")
    expected.append(f"muctieu: {tmp_path / 'none.txt'}: no such file")
    assert result.stderr.splitlines() == expected
    for name, (_, why) in BAD.items():
        one_line(run("ingest", folder / name, "--db", tmp_path / "b.db"), name, why)
        one_line(run("extract", folder / name), name, why)


@pytest.mark.parametrize("wrong", ["plan.pdf", "plan.txt", "plan.html", "plan"])
def test_the_suffix_may_be_wrong(run: Run, tmp_path: Path, wrong: str) -> None:
    for data in (WORD, Path(PLAN).read_bytes()):
        (tmp_path / wrong).write_bytes(data)
        found = json.loads(run("extract", tmp_path / wrong).stdout)
        assert (found["document"]["number"], len(found["targets"])) == ("131/KH-UBND", 14)


def test_characters_that_are_none_cost_only_themselves(run: Run, tmp_path: Path) -> None:
    path, db = tmp_path / "odd.txt", tmp_path / "a.db"
    text = Path(PLAN).read_bytes()
    path.write_bytes(text.replace("nhà rông".encode(), b"nh\0 \xed\xa0\x80ong"))
    assert run("ingest", path, "--db", db).exit_code == 0
    found = json.loads(run("show", "131/KH-UBND", "--db", db, "--format", "json").stdout)
    assert "nh\ufffd \ufffdong" in found["text"]
    assert found["problems"]
    assert len(found["targets"]) == 14


def test_two_records_of_one_id_cost_one_document(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = workers.extract

    def twice(path: str, **options: Any) -> Any:
        found = whole(path, **options)
        return dataclasses.replace(found, targets=found.targets * 2) if path == PLAN else found

    monkeypatch.setattr(workers, "extract", twice)
    result = run("ingest", PLAN, CORPUS / "quang-ninh-ke-hoach.txt", "--db", tmp_path / "a.db")
    assert result.exit_code == 0
    assert "1 added, 1 failed" in result.stdout
    assert re.fullmatch(rf"muctieu: {re.escape(PLAN)}: internal error: 2 records have the id \w+\n", result.stderr)


def test_a_file_given_by_name_is_always_tried(run: Run, tmp_path: Path) -> None:
    odd = tmp_path / ".plan.odd"
    shutil.copy(PLAN, odd)
    assert "1 added" in run("ingest", odd, "--db", tmp_path / "a.db").stdout


def test_exit_codes_of_ingest(run: Run, tmp_path: Path) -> None:
    assert run("ingest").exit_code == 2
    assert run("ingest", PLAN, "--rules", tmp_path / "none").exit_code == 2
    (tmp_path / "nothing").mkdir()
    result = run("ingest", tmp_path / "nothing", "--db", tmp_path / "a.db")
    one_line(result, "nothing: no documents in this folder")
    assert "1 failed" in result.stdout


def test_a_fault_of_ours_costs_one_document(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = workers.extract

    def breaks(path: str, **options: Any) -> Any:
        if path == PLAN:
            raise ZeroDivisionError("no\nway")
        return whole(path, **options)

    monkeypatch.setattr(workers, "extract", breaks)
    result = run("ingest", PLAN, CORPUS / "quang-ninh-ke-hoach.txt", "--db", tmp_path / "a.db")
    assert result.exit_code == 0
    assert "1 added, 1 failed" in result.stdout
    assert result.stderr == f"muctieu: {PLAN}: internal error: ZeroDivisionError: no way\n"


def test_ctrl_c_leaves_what_was_stored(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = workers.extract

    def stops(path: str, **options: Any) -> Any:
        if path == PLAN:
            raise KeyboardInterrupt
        return whole(path, **options)

    monkeypatch.setattr(workers, "extract", stops)
    db = tmp_path / "a.db"
    result = run("ingest", CORPUS / "quang-ninh-ke-hoach.txt", PLAN, "--db", db)
    assert result.exit_code == 130
    assert "1 added" in result.stdout
    assert len(json.loads(run("list", "--db", db, "--format", "json").stdout)) == 1


def test_quiet_and_no_progress_on_standard_output(run: Run, tmp_path: Path) -> None:
    result = run("-q", "ingest", PLAN, "no-such.txt", "--db", tmp_path / "a.db")
    assert result.stdout == ""
    assert result.stderr == "muctieu: no-such.txt: no such file\n"


def test_the_database_may_be_named_by_the_environment(run: Run, tmp_path: Path) -> None:
    db = tmp_path / "env.db"
    run("ingest", PLAN, env={"MUCTIEU_DB": str(db)})
    assert db.exists()


# --- a database -----------------------------------------------------------------------------------------------------


def test_list(run: Run, db: Path) -> None:
    shown = run("list", "--db", db).stdout
    assert "Kế hoạch 131/KH-UBND, 05/3/2026" in shown
    rows = json.loads(run("list", "--db", db, "--format", "json").stdout)
    assert {"id", "kind", "number", "from", "to", "citation", "targets"} <= set(rows[0])
    assert "period_from" not in rows[0]


def test_files_that_could_not_be_read(run: Run, tmp_path: Path) -> None:
    db, file = tmp_path / "a.db", tmp_path / "trống.txt"
    file.write_text("")
    run("ingest", PLAN, file, "--db", db)
    (row,) = json.loads(run("list", "--failures", "--db", db, "--format", "json").stdout)
    assert (row["path"], row["reason"]) == (str(file), "is empty")
    assert "tệp rỗng" in run("--lang", "vi", "list", "--failures", "--db", db).stdout
    assert run("list", "--failures", "--kind", "Kế hoạch", "--db", db).exit_code == 2
    file.write_text(Path(PLAN).read_text("utf-8"), "utf-8")
    run("ingest", file, "--db", db)
    assert run("list", "--failures", "--db", db).stdout == "all files could be read\n"


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        (["--province", "gia lai"], {"131/KH-UBND"}),
        (["--province", "tỉnh GiaLai"], {"131/KH-UBND"}),
        (["--province", "52"], {"131/KH-UBND"}),
        (["--province", "QUANG NINH", "--kind", "ke hoach"], {"88/KH-UBND"}),
        (["--kind", "Thông tư"], {"91/2026/TT-BVHTTDL"}),
        (["--province", "Hà Nội"], set()),
    ],
)
def test_list_filters_without_accents(run: Run, db: Path, filters: list[str], numbers: set[str]) -> None:
    rows = json.loads(run("list", "--db", db, "--format", "json", *filters).stdout)
    assert {row["number"] for row in rows} == numbers


def test_list_targets_by_province(run: Run, db: Path) -> None:
    shown = run("list", "--targets", "--db", db).stdout
    assert max(map(len, shown.splitlines())) <= 80
    provinces = re.findall(r"^(\S.*) \(\d+\)$", shown, flags=re.M)
    assert provinces == sorted(provinces, key=plain)
    assert {"Gia Lai", "Quảng Ninh", "Vĩnh Long"} <= set(provinces)
    rows = list(csv.DictReader(io.StringIO(run("list", "--targets", "--db", db, "--format", "csv").stdout)))
    assert {"indicator", "low", "place", "from", "to", "citation", "document_number"} <= set(rows[0])
    only = run("list", "--targets", "--db", db, "--province", "gia lai", "--format", "jsonl").stdout
    assert {json.loads(line)["place"] for line in only.splitlines()} == {"Gia Lai"}


def listed(run: Run, db: Path, *filters: str) -> set[str]:
    """The names of the sample files whose documents a filter leaves."""
    rows = json.loads(run("list", "--db", db, "--format", "json", *filters).stdout)
    return {Path(row["source_path"]).stem for row in rows}


def test_a_programme_is_found_by_its_number_and_its_name(run: Run, db: Path) -> None:
    plans = {f"ky-nang-so-{place}" for place in ("nghe-an", "dak-lak", "tay-ninh", "lao-cai", "ca-mau", "tin-bai")}
    assert listed(run, db, "--programme", "3725/qd-ttg") == plans
    assert listed(run, db, "--programme", "ky nang so cho lao dong nong thon") >= {"ky-nang-so-quoc-gia"}


def test_documents_of_a_body_and_of_a_time(run: Run, db: Path) -> None:
    assert listed(run, db, "--agency", "Thủ tướng Chính phủ") == {
        "quoc-gia-quyet-dinh", "ky-nang-so-quoc-gia", "tang-truong-van-xuoi",
    }  # fmt: skip
    assert listed(run, db, "--until", "2024") == {"ke-hoach-tre-em-2024"}
    assert listed(run, db, "--since", "2025-03", "--until", "2025-03-17") == {"ke-hoach-tre-em-sua-doi-2025"}
    assert "2026-02-30x" in run("list", "--db", db, "--since", "2026-02-30x").stderr


def test_targets_that_a_body_is_to_lead(run: Run, db: Path) -> None:
    rows = json.loads(run("list", "--targets", "--db", db, "--agency", "so noi vu", "--format", "json").stdout)
    assert len(rows) == 6
    assert all("so-noi-vu" in body for row in rows for body in row["lead"])


# --- search -------------------------------------------------------------------------------------------------------


def hits(run: Run, db: Path, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("search", *arguments, "--db", db, "--format", "json").stdout)
    return found


def test_search_finds_records_and_documents_with_and_without_accents(run: Run, db: Path) -> None:
    found = hits(run, db, "thu", "vien", "luu", "dong")
    assert {hit["id"] for hit in found} == {hit["id"] for hit in hits(run, db, "THƯ", "viện", "lưu", "động")}
    assert {"documents", "targets"} <= {hit["table"] for hit in found}
    assert all("[" in hit["snippet"] for hit in found)


def test_search_narrows_by_class_province_body_programme_and_date(run: Run, db: Path) -> None:
    targets = hits(run, db, "ky nang so", "--class", "targets", "--province", "nghe an")
    assert {hit["table"] for hit in targets} == {"targets"}
    assert all("Nghệ An" in hit["document_id"] or "VN-40" in hit["document_id"] for hit in targets)
    led = hits(run, db, "bao cao", "--class", "deadlines", "--agency", "so van hoa")
    assert {"Kế hoạch 131/KH-UBND, 05/3/2026, V.1"} <= {hit["citation"] for hit in led}
    assert len(led) < len(hits(run, db, "bao cao", "--class", "deadlines"))
    assert hits(run, db, "bao cao", "--programme", "3725/QĐ-TTg", "--until", "2026-01") == []
    assert len(hits(run, db, "ke hoach", "--limit", "3")) == 3


def test_search_shows_what_it_found(run: Run, db: Path) -> None:
    told = run("search", "so ban sach", "--db", db, "--class", "targets", "--limit", "2").stdout
    assert "[Số bản sách]" in told
    assert "the best 2" in told
    assert run("search", "tàu ngầm", "--db", db).stdout == "nothing holds these words\n"
    assert run("search", "sách", "--db", db, "--agency", "zzz").stdout == "no body is named zzz\n"
    assert run("search", "--db", db).exit_code == 2


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (["--province", "Hà Nam"], "nothing of Hà Nam; there are: Cà Mau, Đắk Lắk, Điện Biên, Đồng Nai, Gia Lai"),
        (["--targets", "--province", "Hà Nam"], "nothing of Hà Nam; there are: An Giang, Bắc Ninh, Cà Mau"),
        (["--kind", "plan"], "no document of kind plan; there are: Báo cáo, Công văn, Kế hoạch, Nghị định, Nghị quyết"),
        (["--search", "tàu ngầm"], "no documents"),
        (["--agency", "Sở Đường sắt"], "no body is named Sở Đường sắt"),
        (["--programme", "tàu ngầm"], "no document is titled or cites tàu ngầm"),
        (["--since", "2031"], "no documents"),
        (["--targets", "--province", "52", "--search", "tàu ngầm"], "no targets"),
        (["--stale"], "all documents are up to date"),
    ],
)
def test_a_list_of_nothing_says_why(run: Run, db: Path, filters: list[str], said: str) -> None:
    result = run("list", "--db", db, *filters)
    assert result.exit_code == 0
    assert result.stdout.startswith(said)
    assert result.stdout.count("\n") == 1
    assert json.loads(run("list", "--db", db, "--format", "json", *filters).stdout) == []
    assert run("list", "--db", db, "--format", "csv", *filters).stdout.startswith("id,")


def test_a_list_of_an_empty_database(run: Run, tmp_path: Path) -> None:
    extractor.Store(tmp_path / "a.db").close()
    for filters in ([], ["--province", "x"], ["--kind", "x"], ["--stale"]):
        assert run("list", "--db", tmp_path / "a.db", *filters).stdout == "no documents\n"


def test_list_finds_words_typed_without_accents(run: Run, db: Path) -> None:
    rows = json.loads(run("list", "--db", db, "--search", "thu vien luu dong", "--format", "json").stdout)
    assert {row["source_path"].rpartition("/")[2] for row in rows} >= {"quang-ninh-tin-bai.html"}
    rows = json.loads(run("list", "--targets", "--db", db, "--search", '"so ban sach"', "--format", "json").stdout)
    assert rows
    assert all("số bản sách" in row["quote"].lower() for row in rows)


def test_list_into_a_file(run: Run, db: Path, tmp_path: Path) -> None:
    table = tmp_path / "targets.csv"
    assert run("list", "--targets", "--db", db, "-o", table).stdout == ""
    assert table.read_bytes().startswith(b"\xef\xbb\xbfid,quote,")
    result = run("list", "--targets", "--db", db, "-o", tmp_path / "targets.xlsx")
    assert result.exit_code == 2
    assert "no format is called .xlsx" in result.stderr
    assert [path.name for path in tmp_path.iterdir() if "targets" in path.name] == ["targets.csv"]


def test_repeated_and_quoted_targets_are_marked(run: Run, db: Path) -> None:
    rows = json.loads(run("list", "--targets", "--db", db, "--format", "json").stdout)
    shown = " ".join(run("list", "--targets", "--db", db).stdout.split())
    assert shown.count("(again)") == sum(row["same_as"] is not None for row in rows) > 0
    assert shown.count("(quoted)") == sum(row["holder"] == "quoted" for row in rows) > 0


def test_show(run: Run, db: Path) -> None:
    shown = run("show", "131/KH-UBND", "--db", db).stdout
    assert "Targets (" in shown
    assert a_target(db)["id"][:8] in shown
    found = json.loads(run("show", "gia-lai-ke-hoach.txt", "--db", db, "--format", "json").stdout)
    assert found["document"]["number"] == "131/KH-UBND"


def test_show_text_without_colour_has_brackets(run: Run, db: Path) -> None:
    shown = run("show", "131/KH-UBND", "--db", db, "--text").stdout
    assert "[T:[Tối thiểu 65%] xã, phường" in shown
    only = run("show", "131/KH-UBND", "--db", db, "--text", "--class", "deadlines").stdout
    assert "[T:" not in only
    assert "[D:" in only


def test_show_text_in_colour(run: Run, db: Path) -> None:
    shown = run("show", "131/KH-UBND", "--db", db, "--text", env={"FORCE_COLOR": "1", "TERM": "xterm-256color"}).stdout
    assert "\x1b[1;32mTối thiểu 65%\x1b[0m" in shown
    assert "[T:" not in shown


def test_show_as_a_page(run: Run, db: Path, tmp_path: Path) -> None:
    html = run("show", "131/KH-UBND", "--db", db, "--html").stdout
    assert html.startswith("<!doctype html>\n")
    assert html.endswith("</html>\n")
    assert f'id="{a_target(db)["id"]}"' in html
    for name, options in (("plan.html", []), ("plan.HTM", []), ("plan", ["--html"])):
        assert run("show", "131/KH-UBND", "--db", db, "-o", tmp_path / name, *options).output == ""
        assert (tmp_path / name).read_text(encoding="utf-8") == html
    only = run("--lang", "vi", "show", "131/KH-UBND", "--db", db, "--html", "--class", "deadlines").stdout
    assert "Thời hạn (" in only
    assert "Chỉ tiêu (" not in only


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["-o", "plan.pdf"], 2, "plan.pdf: -o writes a web page; name it .html"),
        (["-o", "plan", "--format", "json"], 2, "name it .html, or add --html"),
        (["-o", "plan.html", "--format", "json"], 2, "neither --text nor --format"),
        (["--html", "--text"], 2, "neither --text nor --format"),
        (["-o", "none/plan.html"], 1, "none/plan.html: No such file or directory"),
    ],
)
def test_a_page_that_cannot_be_written_is_told(
    run: Run, db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("show", "131/KH-UBND", "--db", db, *options)
    assert result.exit_code == code
    assert said in " ".join(result.stderr.split())
    assert result.stdout == ""
    assert list(tmp_path.glob("plan*")) == []


def test_a_page_that_fails_leaves_the_one_before(run: Run, db: Path, tmp_path: Path) -> None:
    page = tmp_path / "plan.html"
    page.write_text("before", encoding="utf-8")
    one_line(run("show", "141/KH-UBND", "--db", db, "-o", page), "141/KH-UBND")
    assert page.read_text(encoding="utf-8") == "before"


def test_explain(run: Run, db: Path) -> None:
    target = a_target(db)
    result = run("explain", target["id"][:10], "--db", db)
    assert result.exit_code == 0
    for part in (target["id"], "131/KH-UBND", target["rules"][0], "Sentence", "Place in the document", "period"):
        assert part in result.stdout
    assert target["value_quote"] in " ".join(result.stdout.split())


def test_explain_every_class_of_record(run: Run, db: Path) -> None:
    with extractor.Store(db, read_only=True) as store:
        found = store.load("131/KH-UBND")
    for name in ("targets", "quantities", "deadlines", "agencies", "legal_refs", "commitments"):
        for record in found[name][:1]:
            result = run("explain", record["id"], "--db", db)
            assert result.exit_code == 0
            assert record["id"] in result.stdout


@pytest.mark.parametrize("command", [["list"], ["show", "x"], ["explain", "x"], ["export"], ["reextract"]])
def test_a_database_that_is_not_there_is_one_line(run: Run, tmp_path: Path, command: list[str]) -> None:
    missing = tmp_path / "none.db"
    one_line(run(*command, "--db", missing), str(missing))
    assert not missing.exists()


@pytest.mark.parametrize("command", [["list"], ["show", "x"], ["ingest", PLAN], ["export"], ["reextract"]])
def test_a_file_that_is_no_database_is_one_line(run: Run, tmp_path: Path, command: list[str]) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database at all" * 100)
    before = hashlib.sha256(broken.read_bytes()).hexdigest()
    one_line(run(*command, "--db", broken), str(broken))
    assert hashlib.sha256(broken.read_bytes()).hexdigest() == before


@pytest.mark.parametrize(
    "key", ["Kế hoạch 131/KH-UBND", "ke hoach 131", "gia-lai-ke…", "131/KH-UBND, 05/3/2026", "địa bàn tỉnh Gia Lai"]
)
def test_a_document_by_part_of_what_the_list_shows(run: Run, db: Path, key: str) -> None:
    assert run("show", key, "--db", db).stdout.startswith("Kế hoạch 131/KH-UBND, 05/3/2026\n")


def test_unknown_documents_and_records_are_one_line(run: Run, db: Path) -> None:
    one_line(run("show", "141/KH-UBND", "--db", db), "141/KH-UBND")
    one_line(run("explain", "zzzz", "--db", db), "zzzz")
    one_line(run("show", "ke hoach", "--db", db), "fits 15 documents", "58/KH-UBND", "and 7 more")


@pytest.mark.parametrize("command", [["list"], ["list", "--targets"], ["show", "131/KH-UBND"], ["export"], ["--help"]])
def test_what_only_looks_up_loads_neither_rules_nor_pandas(db: Path, command: list[str]) -> None:
    given = command if command == ["--help"] else [*command, "--db", str(db)]
    program = (
        "import sys; from extractor.cli import main; main(sys.argv[1:], standalone_mode=False);"
        "sys.exit(str({'extractor.rulebook', 'pandas', 'numpy', 'trafilatura'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program, *given], capture_output=True, text=True, check=False)
    assert done.stderr == "set()\n"
    assert done.stdout


# --- after a change of rules ----------------------------------------------------------------------------------------


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    folder = tmp_path / "my-rules"
    folder.mkdir()
    (folder / "units.csv").write_text("surface,value,class\nsào lúa,sào lúa,count\n", encoding="utf-8")
    return folder


def test_stale_documents_are_read_again_from_their_text(run: Run, db: Path, overlay: Path) -> None:
    def stale() -> int:
        return len(json.loads(run("list", "--stale", "--rules", overlay, "--db", db, "--format", "json").stdout))

    all_of_them = stale()
    assert all_of_them >= 7
    with extractor.Store(db, read_only=True) as store:
        before = store.load("131/KH-UBND")
    result = run("reextract", "131/KH-UBND", "--rules", overlay, "--db", db)
    assert result.exit_code == 0
    assert stale() == all_of_them - 1
    with extractor.Store(db, read_only=True) as store:
        after = store.load("131/KH-UBND")
    assert after == before
    result = run("reextract", "--stale", "--rules", overlay, "--db", db)
    assert result.exit_code == 0
    assert stale() == 0


# --- rules ----------------------------------------------------------------------------------------------------------


def test_rules_check(run: Run) -> None:
    result = run("rules", "check")
    assert result.exit_code == 0, result.stdout
    assert "0 faults" in result.stdout


def test_rules_check_tells_an_example_that_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "quantities.toml").write_text(
        "[[rule]]\nid = 'quantity.wrong'\nabout = 'x'\nanchor = ['zebra']\npattern = 'zebra'\nfinds = ['a [horse]']\n",
        encoding="utf-8",
    )
    result = run("rules", "check", "--rules", tmp_path)
    assert result.exit_code == 1
    assert result.stdout.startswith("quantity.wrong: ")


def test_a_faulty_rule_file_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "quantities.toml").write_text("[[rule]]\nid = \n", encoding="utf-8")
    one_line(run("rules", "list", "--rules", tmp_path), "quantities.toml")


def test_rules_try(run: Run) -> None:
    shown = run("rules", "try", "Đến năm 2030, tỷ lệ hộ nghèo giảm còn dưới 2%").stdout
    assert re.search(r"^\+ \S+ .*«giảm còn dưới 2%»", shown, flags=re.M)
    assert "lost to" in " ".join(shown.split())
    assert run("rules", "try", "x").stdout == "no rule matches\n"


def test_rules_list_and_show(run: Run) -> None:
    shown = run("rules", "list").stdout
    assert "quantities (" in shown
    rule = re.search(r"^  (quantity\.\w+)", shown, flags=re.M)
    assert rule
    assert rule[1] in run("rules", "show", rule[1]).stdout
    one_line(run("rules", "show", "quantity.none"), "quantity.none", rule[1])


def test_the_rule_that_won_is_named(run: Run) -> None:
    shown = run("rules", "try", "Quyết định số 32/2010/QĐ-TTg ngày 25/3/2010").stdout
    assert "lost to reference.numbered" in shown


# --- languages ------------------------------------------------------------------------------------------------------


def test_messages_in_vietnamese(run: Run, db: Path, tmp_path: Path) -> None:
    assert "không đổi" in run("--lang", "vi", "ingest", CORPUS, "--db", db).stdout
    assert "Chỉ tiêu (" in run("show", "131/KH-UBND", "--db", db, env={"MUCTIEU_LANG": "vi"}).stdout
    assert run("--lang", "vi", "extract", "no-such.txt").stderr == "muctieu: no-such.txt: không có tệp này\n"
    assert run("--lang", "fr", "list").exit_code == 2


def test_language_and_quiet_may_stand_behind_the_command(run: Run, tmp_path: Path) -> None:
    result = run("ingest", "no-such.txt", PLAN, "-q", "--lang", "vi", "--db", tmp_path / "a.db")
    assert (result.stdout, result.stderr) == ("", "muctieu: no-such.txt: không có tệp này\n")
    assert "--lang" not in run("ingest", "--help").stdout


def test_a_path_in_place_of_a_command(run: Run) -> None:
    result = run(PLAN)
    assert result.exit_code == 2
    assert f"muctieu extract {PLAN}" in result.stderr
    assert "No such command 'plam'" in run("plam").stderr
