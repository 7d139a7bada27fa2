"""The gold files of corpus/ are valid: every quote stands in its text where it says, every value is well formed."""

import json
import re
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from extractor import floors, load_rules
from extractor.evaluate import measure, total
from extractor.gold import faults, read

BOOK = load_rules()
CORPUS = Path(__file__).resolve().parent.parent / "corpus"
NAMES = sorted(path.name.removesuffix(".gold.json") for path in CORPUS.glob("*.gold.json"))
SPAN = {"targets": "value_quote", "deadlines": "quote", "agencies": "quote", "legal_refs": "quote"}
OTHERS = {"commitments": "quote", "quantities": "quote"}
TIME = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?|--\d{2}-\d{2}")
PROVINCES = {row["name"] for row in BOOK.tables["provinces"]}
SCANNED = {"van-ban-quet-thanh-hoa"}  # its numbers and dates are read through the damage
LINED = {"tang-truong-bang-chu", "tang-truong-van-xuoi"}  # with a province a line
# A body named inside the title of a cited document is no mention of the body.
INSIDE_TITLES = {("thong-tu-sua-doi", "Bộ Văn hóa, Thể thao và Du lịch"): 1}

Gold = dict[str, Any]


def squash(text: str) -> str:
    """The text without white space: a line break inside a quote may be written as one space."""
    return "".join(text.split())


def places(quote: str, text: str) -> list[tuple[int, int]]:
    """(start, end) of every occurrence of the quote, overlapping ones too, in the squashed text."""
    needle, hay = squash(quote), squash(text)
    return [(m.start(), m.start() + len(needle)) for m in re.finditer(f"(?={re.escape(needle)})", hay)]


def place(entry: Gold, field: str, text: str) -> tuple[int, int]:
    """Where an entry stands; fails when the text has no such occurrence."""
    found = places(entry[field], text)
    nth = entry.get("nth", 1)
    assert 1 <= nth <= len(found), f"{entry[field]!r} nth={nth}: the text has {len(found)}"
    return found[nth - 1]


def numbers(quote: str) -> list[float]:
    """The numbers of a quote, read from Vietnamese writing."""
    return [float(n.replace(".", "").replace(",", ".")) for n in re.findall(r"\d+(?:\.\d{3})*(?:,\d+)?", quote)]


@pytest.fixture(params=NAMES)
def sample(request: pytest.FixtureRequest) -> tuple[str, str, Gold]:
    name = request.param
    text = (CORPUS / f"{name}.txt").read_text("utf-8")
    return name, text, json.loads((CORPUS / f"{name}.gold.json").read_text("utf-8"))


def test_every_text_has_its_gold() -> None:
    assert sorted(path.stem for path in CORPUS.glob("*.txt")) == NAMES
    assert len(NAMES) >= 23


def test_texts_are_canonical(sample: tuple[str, str, Gold]) -> None:
    name, text, _ = sample
    raw = (CORPUS / f"{name}.gold.json").read_text("utf-8")
    for content in (text, raw):
        assert content == unicodedata.normalize("NFC", content)
        assert not re.search("[\r\ufeff\u200b\u00a0\u00ad]", content)
        assert content.endswith("\n")
    assert 3000 <= len(text) <= 7000


def test_gold_is_valid(sample: tuple[str, str, Gold]) -> None:
    name, _, gold = sample
    assert set(gold) == {"document", *SPAN, *OTHERS}
    assert list(faults(read(CORPUS / f"{name}.gold.json"))) == []


def test_relations_are_those_of_the_rules(sample: tuple[str, str, Gold]) -> None:
    known = {rule.sets["relation"] for rule in BOOK.rules["relations"]}
    assert {entry["relation"] for entry in sample[2]["legal_refs"]} <= known - {""} | {None}


def test_quotes_stand_in_order_and_once(sample: tuple[str, str, Gold]) -> None:
    _, text, gold = sample
    for group, field in {**SPAN, **OTHERS}.items():
        spans = [place(entry, field, text) for entry in gold[group]]
        for (_, end), (start, _) in pairwise(spans):
            assert end <= start, f"{group}: entries overlap or are out of order at {squash(text)[start : start + 40]!r}"


def test_header_is_stated_in_the_text(sample: tuple[str, str, Gold]) -> None:
    _, text, gold = sample
    document = gold["document"]
    for field in ("number", "issuer", "province"):
        assert document[field] is None or squash(document[field]).casefold() in squash(text).casefold(), field
    assert TIME.fullmatch(document["issued_on"])


def test_targets_are_well_formed(sample: tuple[str, str, Gold]) -> None:
    name, text, gold = sample
    words = set(re.findall(r"\w+", text.casefold()))
    for number, entry in enumerate(gold["targets"]):
        values = [entry["low"]] + ([] if entry["high"] is None else [entry["high"]])
        assert numbers(entry["value_quote"]) == values, entry
        assert (entry["measure"] == "rank") == (entry["unit"] == "hạng"), entry
        assert set(re.findall(r"\w+", entry["indicator"].casefold())) <= words, entry
        assert entry["scope"] is None or places(entry["scope"], text), entry
        own = {gold["document"]["province"] or "Việt Nam"}
        by_row = PROVINCES if "|" in entry["quote"] or name in LINED else set()
        assert entry["place"] in own | by_row or entry["holder"] == "quoted", entry
        if entry["same_as"]:
            earlier = [e for e in gold["targets"][:number] if e["value_quote"] == entry["same_as"]["value_quote"]]
            match = [e for e in earlier if e.get("nth", 1) == entry["same_as"]["nth"]]
            assert [(e["low"], e["high"], e["unit"], e["to"]) for e in match] == [
                (entry["low"], entry["high"], entry["unit"], entry["to"])
            ], entry


def test_deadlines_are_well_formed(sample: tuple[str, str, Gold]) -> None:
    _, text, gold = sample
    for entry in gold["deadlines"]:
        assert (entry["use"] == "task") == ("action" in entry) == ("agencies" in entry), entry
        for quote in (entry.get("action"), *entry.get("agencies", ())):
            assert quote is None or places(quote, text), entry
        stated = {
            "due": entry["to"] and not entry["from"],
            "period": entry["from"] and entry["to"],
            "recurring": not entry["from"] and (entry["to"] or "--").startswith("--"),
            "relative": not entry["from"] and not entry["to"],
            "effective": entry["from"] and not entry["to"],
        }
        assert stated[entry["kind"]], entry
        years = {time[:4] for time in (entry["from"], entry["to"]) if time and not time.startswith("--")}
        assert all(year in entry["quote"] for year in years), entry


def test_every_mention_of_a_named_body_is_an_entry(sample: tuple[str, str, Gold]) -> None:
    name, text, gold = sample
    covered = [place(entry, "quote", text) for entry in gold["agencies"]]
    cited = [place(entry, "quote", text) for entry in gold["legal_refs"]]
    for quote in {entry["quote"] for entry in gold["agencies"]}:
        bare = [
            (start, end)
            for start, end in places(quote, text)
            if not any(a <= start and end <= b for a, b in (*covered, *cited))
        ]
        assert len(bare) == INSIDE_TITLES.get((name, quote), 0), quote


def test_references_are_well_formed(sample: tuple[str, str, Gold]) -> None:
    name, text, gold = sample
    known = {entry["number"] for entry in gold["legal_refs"]}
    for entry in gold["legal_refs"]:
        assert entry["number"] or entry.get("title") or entry["pinpoint"], entry
        assert entry["kind"] is None or entry["kind"].casefold() in entry["quote"].casefold(), entry
        if name not in SCANNED:
            assert entry["number"] is None or squash(entry["number"]) in squash(entry["quote"]), entry
            assert entry["issued_on"] is None or entry["issued_on"][:4] in entry["quote"], entry
        assert entry["relation_subject"] is None or entry["relation_subject"] in known, entry
        assert "title" not in entry or entry["title"] in text, entry


def test_floors_hold_and_were_measured_on_this_corpus() -> None:
    measured = list(measure(CORPUS, BOOK))
    now, least = floors.of(total([each.result for each in measured]), [each.gold for each in measured]), pinned()
    assert floors.fallen(now, least) == {}
    assert now.corpus == least.corpus, "muctieu evaluate corpus --update"


def test_floors_are_high_enough() -> None:
    least = pinned().least
    assert least["targets"] >= 0.95
    assert least["targets_complete"] >= 0.90


def pinned() -> floors.Floors:
    found = floors.read(CORPUS / floors.FILE)
    assert found
    return found


@pytest.mark.parametrize("group", [*SPAN, *OTHERS])
def test_every_class_has_documents(group: str) -> None:
    filled = [name for name in NAMES if json.loads((CORPUS / f"{name}.gold.json").read_text("utf-8"))[group]]
    assert len(filled) >= 10
