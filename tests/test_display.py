"""What the terminal shows, piece by piece."""

import io

import pytest
from rich.console import Console

from extractor.display import Span, console, name_of, number, official_date, painted, period, print_targets, value
from extractor.messages import speak
from extractor.safe import clean, dumps, line

TARGET = {
    "low": 60,
    "high": None,
    "comparator": "eq",
    "unit": "%",
    "per": None,
    "change": None,
    "measure": "level",
}


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "60%"),
        ({"comparator": "ge"}, "≥ 60%"),
        ({"low": 6200, "unit": "triệu đồng"}, "6,200 triệu đồng"),
        ({"low": 1, "high": 1.5, "comparator": "range", "per": "năm"}, "1–1.5%/năm"),
        ({"low": 20, "measure": "change", "change": "increase"}, "+20%"),
        ({"low": 5, "change": "decrease"}, "5%"),
        ({"low": 1, "high": 2, "comparator": "range", "measure": "change", "change": "decrease"}, "-(1–2)%"),
        ({"comparator": "approx", "unit": None}, "≈ 60"),
        ({"low": 0.1 + 0.2}, "0.3%"),
        ({"low": 1e30}, "1e+30%"),
    ],
)
def test_value(changes: dict[str, object], shown: str) -> None:
    assert value({**TARGET, **changes}) == shown


def test_figures_and_dates_follow_the_language() -> None:
    assert (number(6200), number(1.5), period(None, "2020-12-20")) == ("6,200", "1.5", "by 2020-12-20")
    speak("vi")
    assert (number(6200), number(1.5), period(None, "2020-12-20")) == ("6.200", "1,5", "đến 20/12/2020")


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("2021", "2025", "2021–2025"),
        ("2025", "2025", "2025"),
        (None, "2025-06", "by 2025-06"),
        ("2026", None, "from 2026"),
        (None, "--12-15", "by 15/12 each year"),
        (None, None, ""),
    ],
)
def test_period(start: str | None, end: str | None, shown: str) -> None:
    assert period(start, end) == shown


def test_a_document_is_named_as_people_cite_it() -> None:
    plan = {"id": "a1", "kind": "Kế hoạch", "number": "141/KH-UBND", "title": "Về việc", "issued_on": "2021-06-07"}
    assert name_of(plan) == "Kế hoạch 141/KH-UBND, 07/6/2021"
    assert name_of({**plan, "number": None, "issued_on": None}) == "Kế hoạch: Về việc"
    assert name_of({**plan, "kind": None, "number": None, "title": None, "issued_on": None}) == "a1"
    assert official_date("2021-02") == "02/2021"


def test_nothing_of_a_document_steers_the_terminal() -> None:
    text = "a\x1b[31mb\x9bc\u202ed\x00e\x07f\rg\ud800h\ti\nj"
    assert clean(text) == "a\\x1b[31mb\\x9bc\\u202ed\\x00e\\x07f\\x0dg\\ud800h i\nj"
    assert clean("Đắk Lắk – 60%, “Kế hoạch” 🙂") == "Đắk Lắk – 60%, “Kế hoạch” 🙂"
    assert line("  a\n\n b ") == "a b"
    assert line("abcdef", 4) == "abc…"


def test_json_stays_the_same_value() -> None:
    import json

    value = {"text": "Đạt 60%\x1b\x9b\u202e\u2028", "path": "f\udcff"}
    written = dumps(value)
    assert json.loads(written) == value
    assert "Đạt" in written
    written.encode("utf-8")
    assert clean(written) == written


def test_markup_in_a_document_is_text() -> None:
    out = io.StringIO()
    console(out).print(painted("[bold]60%[/bold] :smile:", [Span(6, 9, "green", "T:")]))
    assert out.getvalue().strip() == "[bold]60%[/bold] :smile:"


def test_spans_are_painted_the_shortest_on_top() -> None:
    text = painted("abcdef", [Span(2, 4, "bold", ""), Span(0, 6, "green", "T:")])
    assert text.plain == "abcdef"
    assert [(span.start, span.end, span.style) for span in text.spans] == [
        (0, 2, "green"),
        (2, 4, "bold"),
        (4, 6, "green"),
    ]


@pytest.mark.parametrize(
    ("claimed", "shown"),
    [
        ([(0, 6, "T:"), (2, 4, "")], "[T:ab[cd]ef]"),
        ([(0, 3, "T:"), (0, 3, "D:")], "[T:[D:abc]]def"),
        ([(0, 3, "T:"), (3, 6, "D:")], "[T:abc][D:def]"),
        ([(4, 6, "T:")], "abcd[T:ef]"),
        ([], "abcdef"),
    ],
)
def test_without_colour_spans_stand_in_brackets(claimed: list[tuple[int, int, str]], shown: str) -> None:
    spans = [Span(start, end, "green", mark) for start, end, mark in claimed]
    assert painted("abcdef", spans, brackets=True).plain == shown


def test_targets_fit_80_columns() -> None:
    row = {
        **TARGET,
        "low": 123456789,
        "unit": "lượt người lao động có việc làm mới được đào tạo nghề",
        "per": "năm",
        "quote": "q",
        "indicator": "Tỷ lệ hộ gia đình người có công với cách mạng " * 5,
        "scope": "trong đó",
        "from": "2026-01-01",
        "to": "2030-12-31",
        "place": "Bà Rịa - Vũng Tàu và Thành phố Hồ Chí Minh",
        "holder": "own",
        "same_as": None,
        "document_id": "a1",
        "source_path": "a/plan.txt",
        "document_kind": "Kế hoạch",
        "document_number": "141/KH-UBND",
        "document_title": "t",
        "document_issued_on": "2021-06-07",
        "block_path": "3.II.2.a",
        "page": 12,
    }
    out = io.StringIO()
    print_targets(Console(file=out, width=80, markup=False), [row])
    shown = out.getvalue()
    assert max(map(len, shown.splitlines())) <= 80
    for word in ("Bà Rịa - Vũng Tàu", "141/KH-UBND", "123,456,789", "12", "2030-12-31", "3.II.2.a", "…"):
        assert word in shown
