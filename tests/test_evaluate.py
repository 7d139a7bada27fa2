"""Gold against found on small documents whose figures can be counted by hand; gold files, floors, coverage of rules."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from selectolax.lexbor import LexborHTMLParser

from extractor import UnreadableFile, load_rules
from extractor.cli import main
from extractor.confidence import calibrated
from extractor.coverage import coverage
from extractor.evaluate import evaluate, stored, total, word_f1
from extractor.floors import Floors, fallen, fingerprint, of, read, write
from extractor.gold import Gold, Squashed, faults, find
from extractor.gold import read as read_gold
from extractor.reliability import bins, threshold

BOOK = load_rules()
TEXT = """\
Đến năm 2030, ít nhất 85% xã có điện.
Sở Y tế chủ trì; Sở Y tế báo cáo trước ngày 20/12/2026.
Trên 6.200 triệu đồng."""
TARGET = {
    "quote": "ít nhất 85% xã có điện", "value_quote": "ít nhất 85%", "low": 85, "high": None, "comparator": "ge",
    "unit": "%", "per": None, "change": None, "measure": "level", "indicator": "xã có điện", "scope": None,
    "from": None, "to": "2030", "baseline": None, "place": None, "holder": "own", "same_as": None,
}  # fmt: skip
AGENCY = {"quote": "Sở Y tế", "name": "Sở Y tế", "level": "province"}
DUE = {"quote": "trước ngày 20/12/2026", "from": None, "to": "2026-12-20", "kind": "due", "use": "task"}
HEADER = {"kind": "Kế hoạch", "number": "1/KH-UBND", "issuer": None, "province": None, "issued_on": None}


def gold(text: str = TEXT, **entries: Any) -> Gold:
    document = entries.pop("document", HEADER)
    return Gold("a", Path("a.gold.json"), text, document, entries)


def found(text: str = TEXT, **records: list[dict[str, Any]]) -> dict[str, Any]:
    """What a program found, each record where its quote first stands from `after` on."""
    out: dict[str, Any] = {"text": text, "document": HEADER}
    for name, rows in records.items():
        out[name] = []
        for row in rows:
            start = text.index(row["quote"], row.get("after", 0))
            place = {"start": start, "end": start + len(row["quote"])}
            if "value_quote" in row:
                at = text.index(row["value_quote"])
                place |= {"value_start": at, "value_end": at + len(row["value_quote"])}
            out[name].append({**row, **place})
    return out


def figures(result: Any, name: str) -> tuple[float, float, float]:
    score = result.scores[name]
    return score.precision, score.recall, score.f1


# --- what is found ------------------------------------------------------------------------------------------------


def test_what_is_there_is_found_once() -> None:
    wanted = gold(agencies=[AGENCY, {**AGENCY, "nth": 2}])
    have = found(agencies=[AGENCY, {**AGENCY, "after": 50}, {**AGENCY, "after": 50}])
    assert figures(evaluate(wanted, have, BOOK), "agencies") == (2 / 3, 1.0, 0.8)


@pytest.mark.parametrize(
    ("changed", "hit", "complete"),
    [
        ({}, 1, 1),
        ({"low": 86}, 0, 0),
        ({"high": 90}, 0, 0),
        ({"value_quote": "85%"}, 1, 1),
        ({"value_quote": "2030"}, 0, 0),
        ({"comparator": "gt"}, 1, 0),
        ({"to": "2025"}, 1, 0),
        ({"per": "năm"}, 1, 0),
        ({"unit": "% xã"}, 1, 1),
        ({"unit": "xã"}, 1, 0),
        ({"indicator": "thôn có đường"}, 1, 1),
    ],
)
def test_a_target_is_found_by_its_numbers_and_complete_by_its_fields(
    changed: dict[str, Any], hit: int, complete: int
) -> None:
    score = evaluate(gold(targets=[TARGET]), found(targets=[{**TARGET, **changed}]), BOOK).scores["targets"]
    assert (score.found, score.complete) == (hit, complete)


def test_a_scale_word_may_stand_in_the_unit_or_be_multiplied_out() -> None:
    money = {**TARGET, "quote": "Trên 6.200 triệu đồng", "value_quote": "Trên 6.200 triệu đồng", "comparator": "gt"}
    wanted = gold(targets=[{**money, "low": 6200, "unit": "triệu đồng"}])
    for low, unit, hit in ((6.2e9, "đồng", 1), (6.2, "tỷ đồng", 1), (6200, "đồng", 0), (6200, "tỷ đồng", 0)):
        score = evaluate(wanted, found(targets=[{**money, "low": low, "unit": unit}]), BOOK).scores["targets"]
        assert (score.found, score.complete) == (hit, hit), unit


def test_a_deadline_needs_its_end_or_its_kind() -> None:
    for changed, hit in (({}, 1), ({"kind": "period"}, 1), ({"to": "2026-12"}, 0), ({"quote": "20/12/2026"}, 1)):
        score = evaluate(gold(deadlines=[DUE]), found(deadlines=[{**DUE, **changed}]), BOOK).scores["deadlines"]
        assert score.found == hit, changed
    open_end = {**DUE, "to": None}
    for changed, hit in (({}, 1), ({"kind": "period"}, 0)):
        score = evaluate(gold(deadlines=[open_end]), found(deadlines=[{**open_end, **changed}]), BOOK)
        assert score.scores["deadlines"].found == hit


def test_exact_asks_for_the_very_same_place() -> None:
    wanted = gold(deadlines=[DUE])
    same = evaluate(wanted, found(deadlines=[DUE]), BOOK).scores["deadlines"]
    shorter = evaluate(wanted, found(deadlines=[{**DUE, "quote": "ngày 20/12/2026"}]), BOOK).scores["deadlines"]
    assert (same.f1, same.exact_f1) == (1.0, 1.0)
    assert (shorter.f1, shorter.exact_f1) == (1.0, 0.0)


def test_fields_are_scored_where_they_are_set() -> None:
    result = evaluate(gold(targets=[TARGET]), found(targets=[{**TARGET, "scope": "vùng cao"}]), BOOK)
    fields = result.scores["targets"].fields
    assert fields["per"] == (0.0, 0)
    assert fields["scope"] == (0.0, 1)
    assert fields["comparator"] == (1.0, 1)
    (pair,) = result.pairs
    assert pair.wrong == ("scope",)


def test_words_of_phrases_count_as_often_as_they_stand() -> None:
    assert word_f1("xã có điện", "Xã có điện") == 1.0
    assert word_f1("tỷ lệ xã có điện", "xã có điện") == 0.75
    assert word_f1("a a", "a") == pytest.approx(2 / 3)
    assert (word_f1(None, None), word_f1(None, "a")) == (1.0, 0.0)


def test_a_text_that_cleaning_changed_is_aligned() -> None:
    wanted = gold("Trang đầu có nhiều thứ khác\nSở Y tế họp.\nSở Y tế báo cáo.", agencies=[{**AGENCY, "nth": 2}])
    have = found("Sở Y tế họp.\nSở Y tế báo cáo.", agencies=[{**AGENCY, "after": 5}])
    assert figures(evaluate(wanted, have, BOOK), "agencies") == (1.0, 1.0, 1.0)
    first = found("Sở Y tế họp.\nSở Y tế báo cáo.", agencies=[AGENCY])
    assert figures(evaluate(wanted, first, BOOK), "agencies") == (0.0, 0.0, 0.0)


def test_the_header_counts_fields_that_either_sets() -> None:
    invented = {**found(), "document": {**HEADER, "number": "1 /KH-UBND", "issued_on": "2026-01-01"}}
    result = evaluate(gold(), invented, BOOK)
    assert result.header == (2, 3)
    assert result.wrong_header == ("issued_on",)


def test_a_crash_costs_recall_and_a_record_off_its_place_is_told() -> None:
    nothing = evaluate(gold(agencies=[AGENCY]), {}, BOOK)
    assert (nothing.missing, nothing.scores["agencies"].recall) == (1, 0.0)
    moved = found(agencies=[AGENCY])
    moved["agencies"][0]["start"] += 1
    assert evaluate(gold(agencies=[AGENCY]), moved, BOOK).offsets == 1


def test_quantities_are_compared_in_the_roles_that_gold_has() -> None:
    row = {"quote": "Trên 6.200 triệu đồng", "low": 6200, "high": None, "unit": "triệu đồng", "role": "budget"}
    other = {**row, "quote": "85%", "low": 85, "unit": "%", "role": "target"}
    score = evaluate(gold(quantities=[row]), found(quantities=[row, other]), BOOK).scores["quantities"]
    assert (score.predicted, score.f1) == (1, 1.0)


def test_totals_add_counts_not_shares() -> None:
    one = evaluate(gold(agencies=[AGENCY]), found(agencies=[AGENCY]), BOOK)
    two = evaluate(gold(agencies=[AGENCY, {**AGENCY, "nth": 2}]), {}, BOOK)
    both = total([one, two])
    assert (both.documents, both.missing) == (2, 1)
    assert both.scores["agencies"].recall == 1 / 3


def test_stored_output_of_any_shape_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for content in (
        "",
        "[]",
        "no json",
        "[" * 100_000,
        '{"agencies": [{"quote": "x", "start": 0, "end": "1"}]}',
        '{"targets": 3, "document": null, "agencies": [1, {"quote": "x"}]}',
    ):
        path.write_text(content, "utf-8")
        assert evaluate(gold(agencies=[AGENCY], targets=[TARGET]), stored(path), BOOK).scores["agencies"].found == 0
    assert stored(tmp_path / "none.json") == {}


# --- gold files ---------------------------------------------------------------------------------------------------


def test_a_right_gold_file_has_no_faults() -> None:
    assert list(faults(gold(targets=[TARGET], agencies=[AGENCY], deadlines=[DUE]))) == []


@pytest.mark.parametrize(
    ("name", "entry", "told"),
    [
        ("agencies", {**AGENCY, "nth": 3}, "nth 3 does not stand in the text"),
        ("agencies", {**AGENCY, "level": "xã"}, "level is 'xã'"),
        ("agencies", {"quote": "Sở Y tế", "level": "province"}, "name is missing"),
        ("deadlines", {**DUE, "to": "20/12/2026"}, "to is '20/12/2026'"),
        ("deadlines", {**DUE, "from": "2027"}, "from 2027 is after to"),
        ("targets", {**TARGET, "low": "85"}, "low is '85'"),
        ("targets", {**TARGET, "low": float("nan")}, "low is nan"),
        ("targets", {**TARGET, "low": 10**400}, "low is 1000"),
        ("targets", {**TARGET, "unit": ["%"]}, "unit is ['%']"),
        ("deadlines", {**DUE, "to": "2030-13-45"}, "to is '2030-13-45'"),
        ("agencies", {**AGENCY, "nth": 0}, "nth is 0"),
        ("targets", {**TARGET, "high": 90}, "range"),
        ("targets", {**TARGET, "high": 80, "comparator": "range"}, "not below"),
        ("targets", {**TARGET, "quote": "xã có điện"}, "does not hold the value"),
        ("targets", {**TARGET, "same_as": {"value_quote": "85%", "nth": 1}}, "no earlier target"),
    ],
)
def test_a_fault_is_told(name: str, entry: dict[str, Any], told: str) -> None:
    found = list(faults(gold(**{name: [entry]})))
    assert len(found) == 1
    assert told in found[0]
    assert repr(entry.get("value_quote") or entry["quote"]) in found[0]


def test_entries_that_overlap_are_told() -> None:
    wider = {**AGENCY, "quote": "Sở Y tế chủ trì"}
    assert ["overlaps" in fault for fault in faults(gold(agencies=[AGENCY, wider]))] == [True]


def test_places_leave_white_space_out() -> None:
    text = Squashed("Bộ\u200b Y\n tế và Bộ Y tế")
    assert [text.whole(place) for place in text.places("Bộ Y tế")] == [(0, 9), (13, 20)]
    assert text.places("") == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("", "no JSON"),
        ("[]", "no object"),
        ('{"targets": 3}', "targets is no list"),
        ('{"annotated": ["target"]}', "annotated is"),
        ('{"annotated": 5}', "annotated is 5"),
        ('{"document": {"kind": []}}', "neither text nor null"),
    ],
)
def test_a_file_that_is_no_gold_is_told(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "a.txt").write_text("x", "utf-8")
    (tmp_path / "a.gold.json").write_text(content, "utf-8")
    with pytest.raises(UnreadableFile, match=told):
        read_gold(tmp_path / "a.gold.json")


def test_what_is_annotated_is_said_or_present(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x", "utf-8")
    path = tmp_path / "a.gold.json"
    for content, classes in (
        ({}, ["targets", "deadlines", "agencies", "legal_refs"]),
        ({"annotated": ["targets"]}, ["targets"]),
        ({"annotated": ["targets"], "commitments": []}, ["targets", "commitments"]),
    ):
        path.write_text(json.dumps({"document": {}, **content}), "utf-8")
        assert list(read_gold(path).entries) == classes


# --- floors -------------------------------------------------------------------------------------------------------


def test_floors_are_rounded_down_and_hold_what_was_measured(tmp_path: Path) -> None:
    files = folder(tmp_path)
    golds = [read_gold(path) for path in find(files)]
    result = evaluate(gold(agencies=[AGENCY, {**AGENCY, "nth": 2}]), found(agencies=[AGENCY, DUE]), BOOK)
    floors = of(result, golds)
    assert floors.least == {"header": 1.0, "agencies": 0.5}
    write(tmp_path / "floors.toml", floors)
    assert read(tmp_path / "floors.toml") == floors
    assert fallen(floors, Floors("", {**floors.least, "targets": 0.9})) == {"targets": (0.9, 0.0)}
    assert list(fallen(floors, Floors("", {"header": float("nan")}))) == ["agencies"]


def test_the_fingerprint_changes_with_text_and_gold_alone(tmp_path: Path) -> None:
    files = folder(tmp_path)
    golds = [read_gold(path) for path in find(files)]
    before = fingerprint(golds)
    (files / "a.txt").write_bytes((files / "a.txt").read_bytes().replace(b"\n", b"\r\n"))
    assert fingerprint(golds) == before
    (files / "a.txt").write_text(TEXT + " ", "utf-8")
    assert fingerprint(golds) != before


def test_a_file_that_is_no_floors_is_told(tmp_path: Path) -> None:
    path = tmp_path / "floors.toml"
    assert read(path) is None
    for content in ("corpus =", "x = 1", 'corpus = "a"\nleast = 3'):
        path.write_text(content, "utf-8")
        with pytest.raises(UnreadableFile, match="no floors"):
            read(path)


# --- commands -----------------------------------------------------------------------------------------------------


def folder(tmp_path: Path) -> Path:
    """A folder of gold whose text the rules read without a fault."""
    files = tmp_path / "gold"
    files.mkdir()
    content = {"document": dict.fromkeys(HEADER), "annotated": ["agencies"], "agencies": [AGENCY, {**AGENCY, "nth": 2}]}
    (files / "a.txt").write_text(TEXT, "utf-8")
    (files / "a.gold.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return files


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


def test_evaluate_prints_figures_rows_and_json(tmp_path: Path) -> None:
    files = folder(tmp_path)
    assert "Agencies" in run("evaluate", files).stdout
    assert "a " in run("evaluate", files, "--by", "document").stdout
    assert "(no kind)" in run("evaluate", files, "--by", "kind").stdout
    told = json.loads(run("evaluate", files, "--format", "json", "--by", "document").stdout)
    assert told["agencies"]["f1"] == told["document"][0]["agencies"]["f1"] == 1.0
    assert run("evaluate", files, "--errors", "--class", "agencies").stdout == "no errors\n"


def test_errors_name_what_was_missed_found_for_nothing_and_wrong(tmp_path: Path) -> None:
    files = folder(tmp_path)
    outputs = tmp_path / "out"
    outputs.mkdir()
    wrong = found(agencies=[{**AGENCY, "name": "Sở Y"}, {**AGENCY, "quote": "báo cáo", "name": "x"}])
    (outputs / "a.json").write_text(json.dumps(wrong), "utf-8")
    told = run("evaluate", files, "--errors", "--found", outputs).stdout
    assert "missed" in told
    assert "spurious" in told
    assert "name: Sở Y tế, found Sở Y" in told
    assert run("evaluate", files, "--errors", "--found", outputs, "--class", "targets").stdout == "no errors\n"


def test_the_page_shows_each_text_twice_with_what_became_of_each_entry(tmp_path: Path) -> None:
    files, outputs, page = folder(tmp_path), tmp_path / "out", tmp_path / "page.html"
    outputs.mkdir()
    wrong = found(agencies=[{**AGENCY, "name": "<b>Sở Y"}, {**AGENCY, "quote": "báo cáo", "name": "x"}])
    (outputs / "a.json").write_text(json.dumps(wrong), "utf-8")
    assert run("evaluate", files, "--found", outputs, "--html", page).exit_code == 0
    tree = LexborHTMLParser(page.read_text("utf-8"))
    rows = [[cell.text() for cell in row.css("td")] for row in tree.css(".sides tr")]
    assert [row for row in rows if row] == [[line, line] for line in TEXT.split("\n")]
    became = {(mark.attributes["class"], mark.text()) for mark in tree.css("article mark")}
    assert became == {
        ("agencies wrong", "Sở Y tế"), ("agencies missed", "Sở Y tế"), ("agencies spurious", "báo cáo"),
    }  # fmt: skip
    cards = [mark.attributes["aria-description"] or "" for mark in tree.css("article mark.wrong")]
    assert all("name: Sở Y tế, found <b>Sở Y" in card for card in cards)
    assert not tree.css("article b")


def test_floors_are_pinned_held_and_lowered_only_when_asked(tmp_path: Path) -> None:
    files = folder(tmp_path)
    assert run("evaluate", files, "--update").exit_code == 0
    pinned = (files / "floors.toml").read_text("utf-8")
    held = run("evaluate", files)
    assert held.exit_code == 0
    assert "all hold" in held.stderr

    worse = json.loads((files / "a.gold.json").read_text("utf-8"))
    worse["agencies"].append({**AGENCY, "quote": "báo cáo"})
    (files / "a.gold.json").write_text(json.dumps(worse), "utf-8")
    fell = run("evaluate", files)
    assert fell.exit_code == 1
    assert "below its floor: agencies 0.800, floor 1.000" in fell.stderr
    refused = run("evaluate", files, "--update")
    assert refused.exit_code == 1
    assert "--allow-regression" in refused.stderr
    assert (files / "floors.toml").read_text("utf-8") == pinned
    assert run("evaluate", files, "--update", "--allow-regression").exit_code == 0
    assert read(files / "floors.toml").least["agencies"] == 0.8  # type: ignore[union-attr]


def test_a_changed_folder_asks_for_new_floors(tmp_path: Path) -> None:
    files = folder(tmp_path)
    run("evaluate", files, "--update")
    (files / "a.txt").write_text(TEXT + "\n", "utf-8")
    told = run("evaluate", files)
    assert told.exit_code == 1
    assert "--update" in told.stderr


def test_floors_are_pinned_for_what_is_shipped(tmp_path: Path) -> None:
    files = folder(tmp_path)
    for more in (["--found", tmp_path], ["--rules", tmp_path]):
        assert run("evaluate", files, "--update", *more).exit_code == 2
    assert run("evaluate", files / "a.gold.json", "--update").exit_code == 2


def test_validate_tells_faults_by_file(tmp_path: Path) -> None:
    files = folder(tmp_path)
    assert run("validate", files).stdout == "gold files 1, entries 2, faults 0\n"
    (files / "b.gold.json").write_text("{", "utf-8")
    told = run("validate", files)
    assert told.exit_code == 1
    assert "b.gold.json: no JSON" in told.stdout
    assert "no gold files" in run("validate", tmp_path).stderr


def test_coverage_counts_wins_losses_and_records(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_text("Ít nhất 85% xã có điện.", "utf-8")
    covers = {cover.rule: cover for cover in coverage([text], BOOK)}
    assert len(covers) == sum(map(len, BOOK.rules.values()))
    percent, value = covers["quantity.percent"], covers["quantity.value"]
    assert (percent.won, percent.documents, percent.records) == (1, 1, 1)
    assert (value.won, value.matched, value.lost) == (0, 1, {"quantity.percent": 1})


def test_coverage_passes_over_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Sở Y tế", "utf-8")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-nothing")
    told = run("rules", "coverage", tmp_path, "--unused", "--format", "json")
    assert told.exit_code == 0
    assert "b.pdf" in told.stderr
    unused = {cover["rule"] for cover in json.loads(told.stdout)}
    assert "quantity.percent" in unused
    assert "agency.department" not in unused
    assert "rules " in run("rules", "coverage", tmp_path).stdout


# --- reliability -----------------------------------------------------------------------------------------------------


def test_records_are_binned_by_confidence_and_a_threshold_is_found() -> None:
    text = "Sở Y tế; Sở Nội vụ; Sở Tài chính."
    have = found(text, agencies=[{"quote": q, "name": q, "level": "province"} for q in text[:-1].split("; ")])
    for record, confidence in zip(have["agencies"], (0.98, 0.65, 0.98), strict=True):
        record["confidence"] = confidence
    wanted = [{"quote": q, "name": q, "level": "province"} for q in ("Sở Y tế", "Sở Tài chính")]
    result = evaluate(gold(text, agencies=wanted), have, BOOK)
    assert [(b.low, b.count, b.right) for b in bins([result], "agencies")] == [(0.6, 1, 0), (0.95, 2, 2)]
    reached = threshold([result], "agencies", 0.97)
    assert reached is not None
    assert (reached.confidence, reached.precision, reached.recall) == (0.98, 1.0, 1.0)
    assert threshold([result], "targets", 0.97) is None


def test_a_confidence_is_the_share_measured_for_its_rule_else_for_its_class() -> None:
    assert calibrated(0.9, "agencies", "official", "agency.department", BOOK) >= 0.95
    low, high = (calibrated(raw, "targets", "news", "quantity.percent", BOOK) for raw in (0.5, 0.99))
    assert low < 0.8 < high
    assert calibrated(0.42, "no class", "official", "", BOOK) == 0.42


def test_the_reliability_table_pipes_as_json(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, "utf-8")
    (tmp_path / "a.gold.json").write_text(json.dumps({"document": HEADER, "agencies": [AGENCY]}), "utf-8")
    done = CliRunner().invoke(main, ["evaluate", str(tmp_path), "--reliability", "--format", "json"])
    assert json.loads(done.stdout)["reliability"]["agencies"]["bins"]
    table = CliRunner().invoke(main, ["evaluate", str(tmp_path), "--reliability"])
    assert "0.95-1.00" in table.stdout
