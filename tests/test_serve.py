"""The feed over HTTP: a real server, asked by a real client, for reading only."""

import csv
import importlib.util
import io
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from click.testing import CliRunner, Result

from extractor import cli, columns, schema, serve
from extractor.messages import LANGUAGES
from extractor.store import Store

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = "from extractor.cli import main; main(prog_name='muctieu')"
# What each question is asked, and how many answers the corpus has at least.
ASKED = {
    "who-sets": ({"indicator": "thu vien", "province": "gia lai"}, 3),
    "against-national": ({"verdict": "stricter"}, 5),
    "copied": ({"province": "Quang Ninh"}, 1),
    "missing": ({"programme": "thu vien cong dong"}, 5),
    "tasks-due": ({"year": "2026", "quarter": "4"}, 5),
    "replaces": ({"number": "58/KH-UBND"}, 1),
    "results": ({"reached": "1"}, 1),
    "not-comparable": ({}, 5),
}


def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    """A server, and the address that it tells."""
    command = [sys.executable, "-c", PROGRAM, "serve", *arguments, "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    line = process.stdout.readline()
    if not line.startswith("serving http://127.0.0.1:"):
        raise AssertionError(process.communicate())
    return process, line.split()[1]


def stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Ctrl-C: exit code and what was said on standard error."""
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    return process.returncode, said


@pytest.fixture(scope="module")
def at(ingested: Path) -> Iterator[str]:
    process, address = start(str(ingested))
    yield address
    code, said = stop(process)
    assert code in (0, 130)
    assert "Traceback" not in said


def get(address: str, **request: Any) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers of an answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, **request), timeout=30) as answer:
            return answer.status, answer.read().decode("utf-8"), lowered(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8"), lowered(error.headers)


def lowered(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def asked(address: str, **parameters: str) -> dict[str, Any]:
    """A JSON answer with rows as objects."""
    status, text, _ = get(f"{address}.json?{urlencode({'_shape': 'objects', **parameters})}")
    assert status == 200, text
    found: dict[str, Any] = json.loads(text)
    return found


def count(db: Path, name: str) -> int:
    with Store(db, read_only=True) as store:
        return int(store.rows(f"SELECT count(*) AS n FROM {name}")[0]["n"])


# --- views ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", columns.PUBLISHED)
def test_every_view_answers(at: str, ingested: Path, name: str) -> None:
    found = asked(f"{at}/{name}", _size="max")
    assert len(found["rows"]) == count(ingested, name) > 0
    assert list(columns.kinds(name)) == [column for column in found["columns"] if column != "rowid"]
    status, text, headers = get(f"{at}/{name}.csv?_stream=on&_size=20")
    assert status == 200
    assert headers["content-type"].startswith("text/plain")
    assert len(list(csv.DictReader(io.StringIO(text)))) == count(ingested, name)


@pytest.mark.parametrize("name", columns.PUBLISHED)
def test_pages_have_titles_and_facets(at: str, name: str) -> None:
    view = columns.view(name)
    found = asked(f"{at}/{name}", _size="1")
    wanted = {facet if isinstance(facet, str) else facet["array"] for facet in view.facets}
    assert {facet["name"] for facet in found["facet_results"].values()} >= wanted
    status, page, _ = get(f"{at}/{name}")
    assert status == 200
    assert view.title["vi"] in page
    assert columns.fields(name)[0].vi.split(",")[0] in page


def test_a_facet_counts_and_filters(at: str) -> None:
    found = asked(f"{at}/v_compare", _size="max")
    (stricter,) = [each for each in found["facet_results"]["verdict"]["results"] if each["value"] == "stricter"]
    rows = asked(f"{at}/v_compare", verdict="stricter", _size="max")["rows"]
    assert len(rows) == stricter["count"] > 0
    assert {row["verdict"] for row in rows} == {"stricter"}


def test_rows_are_sorted(at: str) -> None:
    days = [row["issued_on"] for row in asked(f"{at}/v_documents")["rows"]]
    assert days == sorted(days, reverse=True)


# --- search ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words", "plain"),
    [
        ("v_targets", "thư viện cộng đồng", "thu vien cong dong"),
        ("v_compare", "lao động nông thôn", "lao dong nong thon"),
        ("v_deadlines", "báo cáo", "bao cao"),
        ("v_references", "quyết định", "quyet dinh"),
        ("v_agencies", "Sở Nông nghiệp", "so nong nghiep"),
        ("v_actuals", "nông sản", "nong san"),
        ("v_documents", "kỹ năng số", "ky nang so"),
    ],
)
def test_search_with_and_without_accents(at: str, ingested: Path, name: str, words: str, plain: str) -> None:
    found = asked(f"{at}/{name}", _search=words, _size="max")["rows"]
    assert 0 < len(found) <= count(ingested, name)
    assert asked(f"{at}/{name}", _search=plain, _size="max")["rows"] == found
    assert not asked(f"{at}/{name}", _search="xyzzy", _size="max")["rows"]


@pytest.mark.parametrize("words", ['"', "*", "AND OR", "a:b", "NEAR(", " ", "'; DROP TABLE runs"])
def test_a_search_is_never_a_fault(at: str, words: str) -> None:
    asked(f"{at}/v_targets", _search=words)


def test_search_goes_with_filters(at: str) -> None:
    rows = asked(f"{at}/v_compare", _search="thu vien", province="Gia Lai")["rows"]
    assert rows
    assert {row["province"] for row in rows} == {"Gia Lai"}


# --- questions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", serve.questions())
def test_every_question_answers(at: str, name: str) -> None:
    said = serve.questions()[name]
    parameters, least = ASKED[name]
    assert set(said["title"]) == set(said["about"]) == set(LANGUAGES)
    assert set(parameters) <= set(said["params"])
    every = asked(f"{at}/{name}")["rows"]
    rows = asked(f"{at}/{name}", **parameters)["rows"]
    assert len(every) >= len(rows) >= least
    status, page, _ = get(f"{at}/{name}")
    assert status == 200
    assert said["title"]["vi"] in page
    assert get(f"{at}/{name}.csv")[1].count("\n") > 1


def test_questions_find_what_they_say(at: str) -> None:
    assert {row["province"] for row in asked(f"{at}/who-sets", province="quang ninh")["rows"]} == {"Quảng Ninh"}
    assert {row["verdict"] for row in asked(f"{at}/against-national")["rows"]} == {"stricter", "weaker"}
    quarter = asked(f"{at}/tasks-due", year="2026", quarter="2")["rows"]
    assert {row["quarter"] for row in quarter} == {"2026-Q2"}
    assert all("2026-04-01" <= row["last_day"] <= "2026-06-30" for row in quarter)
    for row in asked(f"{at}/missing", province="Gia Lai")["rows"]:
        assert not asked(f"{at}/v_compare", indicator_id=row["indicator_id"], place_id=row["place_id"])["rows"]


ADDRESS = re.compile(r"http://127\.0\.0\.1:8001(/muctieu\S+)")


@pytest.mark.parametrize("document", ["README.md", "docs/dashboards.md"])
def test_the_addresses_of_the_docs_answer(at: str, document: str) -> None:
    paths = ADDRESS.findall((ROOT / document).read_text("utf-8"))
    assert len(paths) >= 4
    for path in paths:
        status, text, _ = get(at.removesuffix(f"/{serve.NAME}") + path)
        assert status == 200, path
        if ".json" in path:
            found = json.loads(text)
            assert found if isinstance(found, list) else found["rows"], path
        else:
            assert text.count("\n") > 100, path


# --- the front ------------------------------------------------------------------------------------------------------


def test_the_front_leads_to_views_and_hides_the_inside(at: str) -> None:
    for page in (at, at.removesuffix(f"/{serve.NAME}")):
        status, text, _ = get(page)
        assert status == 200
        places = [text.index(f'href="/{serve.NAME}/{name}"') for name in columns.PUBLISHED]
        assert places == sorted(places)
        assert "_fts_text" not in text
        assert "wordings" not in text
    told = json.loads(get(f"{at}.json")[1])
    assert {table["name"] for table in told["tables"] if not table["hidden"]} == set()
    assert get(f"{at}/documents_fts_text.json")[0] == 403


def test_metadata_describes_every_column() -> None:
    tables = serve.metadata()["databases"][serve.NAME]["tables"]
    for name in columns.PUBLISHED:
        assert list(tables[name]["columns"]) == list(columns.kinds(name))
    assert set(columns.PUBLISHED) >= set(schema.DASHBOARD)


# --- nothing is written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["", "/v_compare", "/who-sets", "/-/insert", "/../-/logout"])
def test_no_method_that_writes_is_answered(at: str, method: str, path: str) -> None:
    assert get(at + path, data=b"{}", method=method)[0] == 405


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO runs (id) VALUES (99)",
        "DELETE FROM targets",
        "DROP VIEW v_compare",
        "WITH x AS (SELECT 1) DELETE FROM targets",
        "PRAGMA query_only = 0",
        "ATTACH '/tmp/x.db' AS x",
        "SELECT writefile('/tmp/x', 'x')",
        "SELECT load_extension('x')",
    ],
)
def test_no_sql_that_writes_is_answered(at: str, ingested: Path, sql: str) -> None:
    before = ingested.read_bytes()
    assert get(f"{at}.json?sql={quote(sql)}")[0] in (400, 403)
    assert ingested.read_bytes() == before


def test_the_file_is_not_given_away(at: str) -> None:
    assert get(f"{at}.db")[0] in (403, 404)


def test_what_is_stored_meanwhile_is_seen(ingested: Path, tmp_path: Path) -> None:
    """Also that a page of another site may read it with --cors, and only then."""
    copy = Path(shutil.copy(ingested, tmp_path / "a copy.db"))
    process, address = start(str(copy), "--cors")
    try:
        before = len(asked(f"{address}/v_documents")["rows"])
        with sqlite3.connect(copy) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("DELETE FROM documents WHERE number = '131/KH-UBND'")
        connection.close()
        assert len(asked(f"{address}/v_documents")["rows"]) == before - 1
        assert get(f"{address}/v_documents.json")[2]["access-control-allow-origin"] == "*"
    finally:
        code, said = stop(process)
    assert (code, said) in ((0, ""), (130, ""))


def test_other_sites_may_not_read_it_unless_allowed(at: str) -> None:
    assert "access-control-allow-origin" not in get(f"{at}/v_documents.json")[2]


# --- faults ---------------------------------------------------------------------------------------------------------


def served(*args: Any) -> Result:
    return CliRunner().invoke(cli.main, ["serve", *(str(arg) for arg in args)])


def one_line(result: Result, *parts: str) -> None:
    assert result.exit_code == 1
    assert result.stderr.startswith("muctieu: ")
    assert result.stderr.count("\n") == 1, result.stderr
    for part in parts:
        assert part in result.stderr


def test_databases_that_cannot_be_served(ingested: Path, tmp_path: Path) -> None:
    one_line(served(tmp_path / "none.db"), "no such database")
    one_line(served(tmp_path), "a folder")
    (tmp_path / "text.db").write_text("no database at all, only text" * 50, "utf-8")
    one_line(served(tmp_path / "text.db"), "not a SQLite database")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE t (x)")
    one_line(served(tmp_path / "other.db"), "not one of muctieu")
    copy = shutil.copy(ingested, tmp_path / "copy.db")
    with sqlite3.connect(copy) as connection:
        connection.execute("UPDATE documents SET aligned = NULL")
    one_line(served(copy), "never", "muctieu compare")


def test_a_port_that_is_taken(ingested: Path) -> None:
    with serve.listening("127.0.0.1", 0) as taken:
        one_line(served(ingested, "--port", taken.getsockname()[1]), "in use")


def test_without_datasette_it_says_what_to_install(ingested: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    one_line(served(ingested), "pip install 'muctieu[serve]'")


def test_datasette_is_of_the_release_that_is_known() -> None:
    assert importlib.util.find_spec("datasette")
    from datasette.version import __version__

    assert __version__.startswith("0.65.")
