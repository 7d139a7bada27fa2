"""The difference of two documents: which targets belong together, what has become of them, and how it is shown."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from rich.console import Console

from extractor import diff, load_rules
from extractor.batch import ingest
from extractor.diff import BY_INDICATOR, BY_WORDS, WHAT, Difference, Line, difference
from extractor.differing import print_difference, table, write_markdown
from extractor.display import value
from extractor.messages import LANGUAGES, reason, say, speak
from extractor.store import Store

Run = Callable[..., Result]

ROOT = Path(__file__).resolve().parent.parent
BOOK = load_rules()

HEAD = """ỦY BAN NHÂN DÂN TỈNH NGHỆ AN
Số: {number}/KH-UBND
Nghệ An, ngày 05 tháng 3 năm {year}

KẾ HOẠCH
Phát triển thư viện cộng đồng giai đoạn {year} - 2035

I. MỤC TIÊU

"""


def between(db: Path, old: str, new: str) -> Difference:
    with Store(db, read_only=True) as store:
        return difference(store, *(store.load(each)["document"]["id"] for each in (old, new)), BOOK)


def of_texts(folder: Path, old: str, new: str) -> Difference:
    """The difference of two plans of one province with these goals."""
    for name, number, year, goals in (("old.txt", 7, 2024, old), ("new.txt", 8, 2026, new)):
        (folder / name).write_text(HEAD.format(number=number, year=year) + goals, encoding="utf-8")
    with Store(folder / "two.db") as store:
        ingest([folder / "old.txt", folder / "new.txt"], store, BOOK)
    return between(folder / "two.db", "7/KH-UBND", "8/KH-UBND")


def told(row: Any) -> str:
    return f"{value(row)} {row['period_to']} {row['block_path']}" if row else ""


def brief(line: Line) -> tuple[str, str | None, str, str]:
    return line.what, line.verdict, told(line.old), told(line.new)


# --- the chain of the corpus ----------------------------------------------------------------------------------------


def test_a_plan_and_the_one_that_replaces_it(ingested: Path) -> None:
    found = between(ingested, "96/KH-UBND", "174/KH-UBND")
    assert [brief(line) for line in found.lines] == [
        ("lowered", "stricter", "< 6‰ 2028 II.2.a", "< 4.5‰ 2030 Phần II.2.1"),
        ("changed", None, "≥ -20% 2028 II.2.b", "≥ -10%/năm 2030 Phần II.2.2"),
        ("raised", "stricter", "≥ 65% 2028 II.2.c", "> 85% 2030 Phần II.2.3"),
        ("raised", "stricter", "≥ 50% 2028 II.2.c", "70–75% 2030 Phần II.2.3"),
        ("raised", "stricter", "70% 2028 II.2.d", "≥ 80% 2030 Phần II.2.4"),
        ("new", None, "", "60% 2030 Phần II.2.4"),
        ("raised", None, "90% 2028 II.2.đ", "100% 2030 Phần II.2.5"),
        ("new", None, "", "100% 2030 Phần II.2.6"),
        (
            *("raised", None),
            "2–3 cộng tác viên/xã, phường, thị trấn 2028 II.2.e",
            "3 cộng tác viên/xã, phường, đặc khu 2030 Phần II.2.7",
        ),
        ("dropped", None, "15 bể bơi 2028 III.2.a", ""),
        ("dropped", None, "≥ 30 lớp/năm 2028 III.2.c", ""),
    ]
    assert found.counts == {"raised": 5, "lowered": 1, "changed": 1, "new": 2, "dropped": 2}
    assert found.relations == ("thay thế",)
    assert [line.paired for line in found.lines[:4]] == [BY_INDICATOR, BY_INDICATOR, BY_INDICATOR, BY_WORDS]
    assert found.lines[1].why == ("a yearly mean against the whole period",)
    assert (found.old.targets, found.new.targets) == (9, 9)
    assert (found.old.document["commitments"], found.new.document["commitments"]) == (2, 3)
    assert found.old.programme == found.new.programme
    assert found.new.programme.startswith("Chương trình phòng, chống tai nạn, thương tích trẻ em")


def test_an_amendment_leaves_what_it_does_not_name(ingested: Path) -> None:
    found = between(ingested, "96/KH-UBND", "58/KH-UBND")
    assert found.counts == {"raised": 2, "new": 1, "dropped": 1, "same": 6}
    assert {line.why for line in found.lines if line.what == "same"} == {(diff.LEFT,)}
    (dropped,) = [line for line in found.lines if line.what == "dropped"]
    assert told(dropped.old) == "≥ 30 lớp/năm 2028 III.2.c"  # which it repeals
    assert found.relations == ("thực hiện", "sửa đổi", "bãi bỏ")


def test_a_national_programme_and_a_province(ingested: Path) -> None:
    found = between(ingested, "3725/QĐ-TTg", "214/KH-UBND")
    lines = [brief(line) for line in found.lines]
    assert lines[:4] == [
        ("raised", "stricter", "50% 2028 Điều 1.I.2.a", "≥ 55% 2028 II.2.1.a"),
        ("same", "equal", "≥ 60% 2028 Điều 1.I.2.a", "≥ 60% 2028 II.2.1.b"),
        ("raised", "stricter", "40% 2028 Điều 1.I.2.a", "45% 2028 II.2.1.c"),
        ("lowered", "stricter", "< 20% 2028 Điều 1.I.2.a", "< 18% 2028 II.2.1.d"),
    ]
    # What the whole country is to reach is no measure of what a province is.
    (total,) = [line for line in found.lines if line.why == (diff.TOTAL,)]
    assert brief(total)[:2] == ("changed", None)
    assert told(total.old).startswith("6,500,000 lượt lao động 2030")
    assert found.old.programme == found.new.programme == "Quyết định 3725/QĐ-TTg, 29/12/2025"


def test_rows_of_provinces_meet_their_own(ingested: Path) -> None:
    found = between(ingested, "962/NQ-CP", "3907/QĐ-TTg")
    rows = [line for line in found.lines if line.old and line.new and line.new["place"] != "Việt Nam"]
    assert len(rows) == 34
    assert {line.what for line in rows} == {"same"}
    assert all(line.old["place"] == line.new["place"] for line in rows if line.old and line.new)
    assert rows[0].name == "Hà Nội › Tốc độ tăng trưởng GRDP"


def test_a_document_is_the_same_as_itself(ingested: Path) -> None:
    for key in ("174/KH-UBND", "156/KH-UBND", "962/NQ-CP"):
        assert set(between(ingested, key, key).counts) == {"same"}


def test_the_lines_are_in_the_order_of_both_texts(ingested: Path) -> None:
    """Each target stands in one line; the new ones in their order, and dropped ones in theirs."""
    for old, new in (("96/KH-UBND", "174/KH-UBND"), ("214/KH-UBND", "156/KH-UBND"), ("156/KH-UBND", "97/KH-UBND")):
        found = between(ingested, old, new)
        starts = [line.new["value_start"] for line in found.lines if line.new]
        assert starts == sorted(starts)
        assert len(starts) == found.new.targets
        assert len({line.old["id"] for line in found.lines if line.old}) == found.old.targets
        alone = [line.old["value_start"] for line in found.lines if line.old and not line.new]
        assert len(alone) == sum(line.what == "dropped" for line in found.lines)
        assert found == between(ingested, old, new)


# --- single cases ---------------------------------------------------------------------------------------------------

LIBRARY = "Đến năm {year}, {value} số xã có thư viện cộng đồng.\n"


@pytest.mark.parametrize(
    ("old", "new", "what", "why"),
    [
        (("ít nhất 60%", 2030), ("ít nhất 60%", 2030), "same", ()),
        (("ít nhất 60%", 2030), ("ít nhất 60%", 2032), "postponed", ()),
        (("ít nhất 60%", 2030), ("ít nhất 60%", 2028), "brought forward", ()),
        (("ít nhất 60%", 2030), ("ít nhất 70%", 2030), "raised", ()),
        (("ít nhất 60%", 2030), ("ít nhất 50%", 2032), "lowered", ()),
        (("60% - 70%", 2030), ("62% - 68%", 2030), "changed", (diff.NARROWER,)),
        (("62% - 68%", 2030), ("60% - 70%", 2030), "changed", (diff.WIDER,)),
        (("ít nhất 60%", 2030), ("trên 60%", 2030), "changed", (diff.BOUND,)),
    ],
)
def test_what_becomes_of_a_value(
    tmp_path: Path, old: tuple[str, int], new: tuple[str, int], what: str, why: tuple[str, ...]
) -> None:
    texts = [LIBRARY.format(value=each[0], year=each[1]) for each in (old, new)]
    (line,) = of_texts(tmp_path, *texts).lines
    assert (line.what, line.why) == (what, why)


def test_values_in_other_units_of_one_kind(tmp_path: Path) -> None:
    money = "Đến năm 2030, tổng doanh thu thương mại điện tử đạt {value}.\n"
    (line,) = of_texts(tmp_path, money.format(value="1.500 triệu đồng"), money.format(value="1,5 tỷ đồng")).lines
    assert line.what == "same"


def test_the_same_year_comes_before_the_nearest(tmp_path: Path) -> None:
    one = LIBRARY.format(value="50%", year=2030) + LIBRARY.format(value="90%", year=2035)
    other = LIBRARY.format(value="80%", year=2035) + LIBRARY.format(value="40%", year=2028)
    found = of_texts(tmp_path, one, other).lines
    assert [(line.what, told(line.old)[:3], told(line.new)[:3]) for line in found] == [
        ("lowered", "90%", "80%"),
        ("lowered", "50%", "40%"),
    ]


def test_a_document_without_targets(tmp_path: Path) -> None:
    found = of_texts(tmp_path, LIBRARY.format(value="50%", year=2030), "Tiếp tục phát triển.\n")
    assert found.counts == {"dropped": 1}
    assert terminal(of_texts(tmp_path, "Không.\n", "Không.\n"))[-1] == say("nothing.targets")


# --- how it is shown ------------------------------------------------------------------------------------------------


def terminal(found: Difference, width: int = 80) -> list[str]:
    out = io.StringIO()
    print_difference(Console(file=out, width=width, markup=False, highlight=False, emoji=False), found)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_the_table(ingested: Path) -> None:
    found = between(ingested, "96/KH-UBND", "174/KH-UBND")
    lines = terminal(found)
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "raised 5, lowered 1, changed 1, new 2, dropped 2"
    assert "Kế hoạch 174/KH-UBND, 26/02/2026 replaces Kế hoạch 96/KH-UBND, 18/4/2024" in lines
    text = "\n".join(lines)
    for said in ("commitments 2 ", "2024–2028", "II.2.a → Phần II.2.1", "– → Phần II.2.4", "III.2.a → –"):
        assert said in text
    row = next(at for at, line in enumerate(lines) if line.startswith("lowered "))
    assert lines[row + 1].split() == ["stricter", "tích", "by", "2028", "by", "2030"]


def test_csv_json_and_markdown_say_the_same(run: Run, ingested: Path) -> None:
    args = ("diff", "96/KH-UBND", "58/KH-UBND", "--db", ingested, "--format")
    rows = list(csv.DictReader(io.StringIO(run(*args, "csv").stdout)))
    found = json.loads(run(*args, "json").stdout)
    markdown = run(*args, "markdown").stdout
    assert list(found) == ["old", "new", "relations", "counts", "lines"]
    assert list(found["lines"][0]) == [
        *("what", "verdict", "paired", "likeness", "name", "why", "old", "new"),
    ]
    assert [row["what"] for row in rows] == [line["what"] for line in found["lines"]]
    for row, line in zip(rows, found["lines"], strict=True):
        assert row["new_id"] == (line["new"] or {"id": ""})["id"]
        for side in ("old", "new"):
            if line[side]:
                assert line[side]["citation"] in markdown
    assert found["lines"][2]["old"]["citation"] == "Kế hoạch 96/KH-UBND, 18/4/2024, II.2.c"
    heads = [line for line in markdown.splitlines() if line.startswith("|")]
    assert len(heads) == len(rows) + 2 + 7


@pytest.mark.parametrize("name", ["d.csv", "d.json", "d.md"])
def test_the_suffix_sets_the_format(run: Run, ingested: Path, tmp_path: Path, name: str) -> None:
    args, out = ("diff", "96/KH-UBND", "58/KH-UBND", "--db", ingested), tmp_path / name
    assert run(*args, "-o", out).exit_code == 0
    form = {"d.md": "markdown"}.get(name, name[2:])
    assert out.read_text(encoding="utf-8-sig") == run(*args, "--format", form).stdout
    assert run(*args, "-o", tmp_path / "d.pdf").exit_code == 2


def test_an_unknown_document_is_one_line(run: Run, ingested: Path) -> None:
    for keys in (("97/XX", "96/KH-UBND"), ("96/KH-UBND", "97/XX")):
        result = run("diff", *keys, "--db", ingested)
        assert result.exit_code == 1
        assert result.stderr.startswith("muctieu: ")
        assert result.stderr.count("\n") == 1


def test_nothing_of_a_document_steers_the_terminal_or_the_markdown(ingested: Path) -> None:
    found = between(ingested, "96/KH-UBND", "58/KH-UBND")
    name = "x | *y* <b>z</b> [red] \x1b[31m\n| new |"
    found = replace(found, lines=tuple(replace(line, name=name, why=(name,)) for line in found.lines))
    out = io.StringIO()
    write_markdown(out, found)
    rows = [line for line in out.getvalue().splitlines() if line.startswith("| raised")]
    assert len(rows) == 2
    for row in rows:
        assert r"x \| \*y\* \<b\>z\</b\> \[red\] \\x1b\[31m \| new \|" in row
        assert row.replace(r"\|", "").count("|") == 6
    text = "\n".join(terminal(found))
    assert "\x1b" not in text + out.getvalue()
    assert "[red]" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_known_in_both_languages(run: Run, ingested: Path, language: str) -> None:
    speak(language)
    for what in WHAT:
        assert say(f"became.{what.replace(' ', '_')}")
    reasons = [diff.LEFT, diff.TOTAL, diff.TURNED, diff.NARROWER, diff.WIDER, diff.BOUND, diff.NO_YEAR]
    assert [reason(why) == why for why in reasons] == [language == "en"] * len(reasons)
    shown = run("--lang", language, "diff", "96/KH-UBND", "174/KH-UBND", "--db", ingested).stdout
    assert {"en": "stricter", "vi": "cao hơn"}[language] in shown


def test_the_rows_hold_every_column(ingested: Path) -> None:
    found = table(between(ingested, "96/KH-UBND", "174/KH-UBND"))
    assert all(set(row) == set(found.columns) for row in found.rows)
