"""Quality on annotated documents, by the scorer of the shared reference folder; skipped where that folder is missing.

The folder is the one MUCTIEU_SHARED names, else `../shared` beside the checkout.  `pytest -s` prints the figures.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from extractor import extract, extract_text, load_rules
from extractor.evaluate import measure, total

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("MUCTIEU_SHARED") or ROOT.parent / "shared")
SCORER = SHARED / "eval" / "score.py"
GOLD = SHARED / "gold" / "dev"
LEAST = {
    ("legal_refs", "f1"): 0.93,
    ("agencies", "f1"): 0.91,
    ("deadlines", "f1"): 0.91,
    ("targets", "f1"): 0.88,
    ("targets", "complete_f1"): 0.68,
}
LEAST_HEADER = 0.93

pytestmark = pytest.mark.skipif(
    not (SCORER.is_file() and GOLD.is_dir()), reason=f"no reference texts at {SHARED} (set MUCTIEU_SHARED)"
)

Scores = dict[str, Any]


def scored(gold: Path, out: Path) -> Scores:
    """The scorer's figures for the texts of a folder, each read by `extract`."""
    for path in sorted(gold.glob("*.gold.json")):
        text = path.with_name(path.name.replace(".gold.json", ".txt"))
        found = json.dumps(extract(text).to_dict(), ensure_ascii=False)
        (out / f"{text.stem}.json").write_text(found, "utf-8")
    run = [sys.executable, str(SCORER), str(gold), str(out)]
    done = subprocess.run([*run, "--json"], capture_output=True, text=True, check=True, encoding="utf-8")
    print("\n" + subprocess.run(run, capture_output=True, text=True, check=True, encoding="utf-8").stdout)
    scores: Scores = json.loads(done.stdout)
    return scores


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Scores:
    return scored(GOLD, tmp_path_factory.mktemp("dev"))


@pytest.mark.parametrize(("table", "figure"), LEAST, ids=lambda value: value)
def test_a_class_of_record_is_found(dev: Scores, table: str, figure: str) -> None:
    assert dev[table][figure] >= LEAST[table, figure]


@pytest.mark.parametrize("folder", ["dev", "tables"])
def test_our_figures_are_those_of_the_scorer(folder: str, tmp_path: Path) -> None:
    gold = SHARED / "gold" / folder
    theirs = scored(gold, tmp_path)
    ours = total([each.result for each in measure(gold, load_rules(), tmp_path)]).as_dict()
    assert {"targets", "deadlines"} <= ours.keys()
    for key, want in theirs.items():
        # Classes that no file of a folder annotates are zeros there and absent here.
        if not isinstance(want, dict) or key in ours:
            assert flat(ours[key]) == pytest.approx(flat(want), abs=1e-9), key


def flat(figures: Any) -> dict[str, float]:
    """A tree of figures as one level, null as -1; the share of exact places is ours alone."""
    if not isinstance(figures, dict):
        return {"": -1.0 if figures is None else figures}
    return {
        f"{key}.{name}": value
        for key, tree in figures.items()
        if key != "exact_f1"
        for name, value in flat(tree).items()
    }


def test_headers_are_read(dev: Scores) -> None:
    assert dev["header"] >= LEAST_HEADER


def test_every_record_stands_where_it_says(dev: Scores) -> None:
    assert dev["documents"] > 0
    assert (dev["missing"], dev["offsets"]) == (0, 0)


def test_own_samples_are_scored_without_records_off_their_place(tmp_path: Path) -> None:
    scores = scored(ROOT / "corpus", tmp_path)
    assert (scores["missing"], scores["offsets"]) == (0, 0)


@pytest.mark.parametrize("name", ["binh-phuoc-plan", "national-news"])
def test_texts_without_a_target_give_none(name: str) -> None:
    path = SHARED / "seeds" / f"{name}.txt"
    if not path.is_file():
        pytest.skip(f"no {path}")
    assert extract_text(path.read_text("utf-8")).targets == ()
