"""The pictures of a comparison: what they show, that they are the same every time, and that no text breaks them."""

import io
import random
import struct
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from extractor import charts, places
from extractor.charts import dot_plot, draw, heat_map
from extractor.charts.dots import _Panel
from extractor.charts.sheet import sheet_for
from extractor.compare import Cell, Column, Entry, Line, Matrix, Question
from extractor.errors import MuctieuError
from extractor.messages import LANGUAGES, messages, say, speak
from extractor.resolve import NATION
from extractor.rulebook import load

TEXT = "{http://www.w3.org/2000/svg}text"


@pytest.fixture(autouse=True)
def vietnamese() -> Iterator[None]:
    speak("vi")
    yield
    speak("en")


def target(low: float = 60, **other: Any) -> dict[str, Any]:
    """A row of a target, 60% by 2025 where nothing else is said."""
    of = {"high": None, "comparator": "ge", "unit": "%", "per": None, "measure": "level", "change": None}
    return {**of, "document_id": "d", "issued_on": "2022-03-04", "period_to": "2025", "low": low, **other}


def entry(
    place: str, row: dict[str, Any], verdict: str | None = None, mark: str = "official", comparable: bool = True
) -> Entry:
    return Entry(row, place, mark, verdict, comparable, None, None, None)


def matrix(
    cells: Sequence[tuple[str, Cell]], lines: int = 1, name: str = "Tỷ lệ hộ dùng nước sạch", **asked: Any
) -> Matrix:
    """A matrix whose columns are named, the first one the whole country; all its lines say the same."""
    columns = [Column(f"P-{nth}" if nth else NATION, place, None) for nth, (place, _) in enumerate(cells)]
    of = tuple(Line(f"l{nth}", f"{name}{f' {nth}' * (lines > 1)}", "up", None, "%", None) for nth in range(lines))
    pairs = {(line.id, column.id): cell for line in of for column, (_, cell) in zip(columns, cells, strict=True)}
    return Matrix(Question(**asked), of, tuple(columns), pairs, {})


def few(name: str = "Gia Lai", **asked: Any) -> Matrix:
    """The whole country, a province with everything, and one of each that has no value."""
    both = (entry("Việt Nam", target(60)), entry("Việt Nam", target(80, high=90, comparator="range", period_to="2030")))
    own = (
        entry(name, target(65), "stricter"),
        entry(name, target(70, high=75, comparator="range", period_to="2030"), "weaker", mark="news"),
        entry(name, target(1200, unit="hộ", comparator="eq"), comparable=False),
    )
    return matrix(
        [
            ("Việt Nam", Cell("value", both)),
            (name, Cell("value", own)),
            ("Huế", Cell("qualitative", quote="nâng cao tỷ lệ")),
            ("Đà Nẵng", Cell("without", documents=("d",))),
            ("Cà Mau", Cell("no document")),
            ("Sơn La", Cell("unreadable", documents=("d",))),
        ],
        **asked,
    )


def many(lines: int = 1) -> Matrix:
    """The 63 provinces of 2024 with values of every kind, the same every time."""
    dice, cells = random.Random(5), [("Việt Nam", Cell("value", (entry("Việt Nam", target(60)),)))]
    for row in places.valid("2024-06-01", load()):
        low = dice.choice([40, 55, 60, 62.5, 80])
        own = [entry(row["name"], target(low, comparator=dice.choice(["ge", "le", "eq"])), "equal")]
        own += [entry(row["name"], target(low + 5, period_to="2030"), "weaker")] * dice.choice([0, 1, 2])
        cells.append((row["name"], Cell("value", tuple(own)) if dice.random() < 0.8 else Cell("no document")))
    return matrix(cells, lines)


def texts(drawn: bytes) -> list[str]:
    """The texts of an SVG, in the order in which they are drawn."""
    return [element.text or "" for element in ElementTree.fromstring(drawn).iter(TEXT)]


def svg(of: Matrix, kind: str = "dots") -> bytes:
    out = io.BytesIO()
    draw(of, out, "svg", kind)
    return out.getvalue()


# --- what is drawn --------------------------------------------------------------------------------------------------


def test_a_dot_plot_says_everything_of_an_indicator() -> None:
    said = texts(svg(few(year=2025)))
    for text in (
        "Tỷ lệ hộ dùng nước sạch",
        f"{say('chart.nation')}: ≥ 60% (2025)",
        f"{say('chart.nation')}: 80–90% (2030)",
        "Gia Lai",
        "≥ 65%",
        "70–75%* (2030)",
        "1.200 hộ",
        say("chart.stricter"),
        say("chart.apart"),
        say("chart.without"),
        say("chart.no_document"),
        say("chart.unreadable"),
    ):
        assert text in said, text
    assert any(text.startswith(say("chart.qualitative")) and "nâng cao" in text for text in said)
    assert f"* {say('chart.news')}" in said
    assert say("chart.undecidable") not in said, "a legend explains what is drawn, and no more"


def test_the_year_asked_for_is_the_filled_one() -> None:
    assert {"70–75%*", "≥ 65% (2025)"} <= set(texts(svg(few(year=2030))))
    assert {"70–75%* (2030)", "≥ 65%"} <= set(texts(svg(few(year=2025))))


def test_where_none_is_asked_for_it_is_the_one_that_most_provinces_set() -> None:
    cells = [("Việt Nam", Cell("value", (entry("Việt Nam", target(50, period_to="2035")),)))]
    for place, year in (("Huế", "2025"), ("Cà Mau", "2025"), ("Gia Lai", "2030")):
        cells.append((place, Cell("value", (entry(place, target(40, period_to=year)),))))
    said = texts(svg(matrix(cells)))
    assert said.count("≥ 40%") == 2
    assert {"≥ 40% (2030)", f"{say('chart.nation')}: ≥ 50% (2035)"} <= set(said)


@pytest.mark.parametrize("kind", charts.PICTURES)
def test_63_provinces_are_all_there(kind: str) -> None:
    of = many()
    said = texts(svg(of, kind))
    assert len(of.columns) == 64
    assert {column.name for column in of.columns[1:]} <= set(said)
    assert "≥ 60%" in said if kind == "heat" else f"{say('chart.nation')}: ≥ 60% (2025)" in said


def test_no_label_lies_on_another() -> None:
    of = many()
    with sheet_for("svg") as sheet:
        panel = _Panel(sheet, of, of.lines[0], load(), {}, title="")
    rows = [row for row in panel.rows if len(row) > 1]
    assert rows
    for row in rows:
        taken = sorted(
            (placed.lane, placed.label_x, placed.label_x + sheet.width(placed.spot.label, panel.letters))
            for placed in row
        )
        assert all(one[0] < other[0] or one[2] < other[1] for one, other in pairwise(taken))
        assert all(start >= 0 and end <= panel.plot for _, start, end in taken)


def test_rows_are_sorted_by_value_then_by_name() -> None:
    cells = [("Việt Nam", Cell("no document"))]
    for place, low in (("Huế", 5), ("Cà Mau", 7), ("An Giang", 5)):
        cells.append((place, Cell("value", (entry(place, target(low)),))))
    said = [text for text in texts(svg(matrix(cells))) if text in ("Huế", "Cà Mau", "An Giang", say("chart.nation"))]
    assert said == ["Cà Mau", "An Giang", "Huế", say("chart.nation")]


def test_values_of_one_scale_are_brought_to_one_unit() -> None:
    cells = [("Việt Nam", Cell("no document"))]
    for place, low, unit in (("Huế", 2, "tỷ đồng"), ("Cà Mau", 3, "tỷ đồng"), ("An Giang", 2500, "triệu đồng")):
        cells.append((place, Cell("value", (entry(place, target(low, unit=unit)),))))
    of = matrix(cells)
    with sheet_for("svg") as sheet:
        panel = _Panel(sheet, of, of.lines[0], load(), {}, title="")
    assert [(track.name, track.spots[0].low) for track in panel.tracks] == [
        ("Cà Mau", 3),
        ("An Giang", 2.5),
        ("Huế", 2),
    ]


def test_a_decrease_goes_to_the_left() -> None:
    fall = {"measure": "change", "change": "decrease"}
    cells = [
        ("Việt Nam", Cell("value", (entry("Việt Nam", target(1, high=1.5, comparator="range", **fall)),))),
        ("Huế", Cell("value", (entry("Huế", target(2, **fall)),))),
    ]
    of = matrix(cells)
    with sheet_for("svg") as sheet:
        panel = _Panel(sheet, of, of.lines[0], load(), {}, title="")
    (spot,) = panel.tracks[0].spots
    assert (spot.low, spot.high, spot.beyond) == (-2, -2, -1)
    assert (panel.national[0].low, panel.national[0].high) == (-1.5, -1)


@pytest.mark.parametrize(("kind", "most"), [("dots", charts.PANELS), ("heat", charts.HEADINGS)])
def test_what_does_not_fit_is_told(kind: str, most: int) -> None:
    said = " ".join(texts(svg(matrix([("Việt Nam", Cell("no document"))], most + 3), kind)))
    assert say("chart.left_out", shown=most, total=most + 3, count=3).capitalize() in said


def test_provinces_of_one_name_are_told_apart() -> None:
    value = Cell("value", (entry("Đồng Nai", target()),))
    of = matrix([("Việt Nam", Cell("no document")), ("Đồng Nai", value), ("Đồng Nai", value)])
    columns = (of.columns[0], Column("VN-75", "Đồng Nai", "75"), Column("VN-75@2025", "Đồng Nai", "75"))
    cells = {("l0", column.id): value for column in columns}
    said = texts(svg(Matrix(of.question, of.lines, columns, cells, {})))
    assert len({text for text in said if text.startswith("Đồng Nai")}) == 2


def test_a_map_never_cuts_a_number() -> None:
    long = "héc-ta rừng đặc dụng và rừng phòng hộ đầu nguồn được giao"
    cell = Cell("value", (entry("Huế", target(1234567.5, high=2345678.5, comparator="range", unit=long)),))
    said = texts(svg(matrix([("Việt Nam", Cell("no document")), ("Huế", cell)]), "heat"))
    assert "1.234.567,5–2.345.678,5…" in said


# --- forms ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", charts.FORMS)
@pytest.mark.parametrize("kind", charts.PICTURES)
def test_the_same_matrix_gives_the_same_bytes(form: str, kind: str, tmp_path: Path) -> None:
    path, again = tmp_path / f"a.{form}", io.BytesIO()
    draw(few(), path, form, kind)
    draw(few(), again, form, kind)
    drawn = path.read_bytes()
    assert drawn == again.getvalue()
    assert drawn.startswith(b"\x89PNG" if form == "png" else b"<?xml")
    assert b"dc:date" not in drawn
    assert b"Matplotlib" not in drawn


def test_a_picture_of_63_provinces_is_higher_than_one_of_five() -> None:
    sizes = []
    for of in (few(), many()):
        out = io.BytesIO()
        dot_plot(of, "l0", out, "png")
        sizes.append(struct.unpack(">II", out.getvalue()[16:24]))
    assert sizes[1][1] > 3 * sizes[0][1]
    assert 0.4 < sizes[1][0] / sizes[1][1] < 1


def test_settings_of_the_user_change_nothing() -> None:
    import matplotlib

    before = svg(few())
    with matplotlib.rc_context({"font.family": ["monospace"], "lines.linewidth": 9, "svg.fonttype": "path"}):
        assert svg(few()) == before
        assert matplotlib.rcParams["lines.linewidth"] == 9


def test_every_form_and_kind_is_known() -> None:
    with pytest.raises(ValueError, match="pdf"):
        heat_map(few(), io.BytesIO(), "pdf")
    with pytest.raises(ValueError, match="pie"):
        draw(few(), io.BytesIO(), "svg", "pie")
    with pytest.raises(KeyError):
        dot_plot(few(), "l9", io.BytesIO(), "svg")
    with pytest.raises(MuctieuError):
        draw(matrix([], 0), io.BytesIO(), "svg", "dots")


# --- text that is not to be trusted ---------------------------------------------------------------------------------

EVIL = "A$x^2$ <script>alert(1)</script> & \x1b[31m\u202e\ufffe\ud800 {b} \\frac"


@pytest.mark.parametrize("kind", charts.PICTURES)
def test_text_of_a_document_is_text(kind: str) -> None:
    drawn = svg(few(EVIL), kind)
    said = " ".join(texts(drawn))
    assert "A$x^2$ <script>alert" in said
    assert b"<script" not in drawn
    assert not {"\x1b", "\u202e", "\ufffe"} & set(drawn.decode())


@pytest.mark.parametrize("form", charts.FORMS)
def test_names_and_units_without_end_are_wrapped_or_cut(form: str) -> None:
    word = "x" * 150
    cell = Cell("value", (entry(word, target(1e14, unit=word)), entry("Huế", target(-1, unit=f"{EVIL} " * 9))))
    of = matrix([("Việt Nam", cell), (word, cell)], name=f"{word} {EVIL} " * 3)
    for kind in charts.PICTURES:
        out = io.BytesIO()
        draw(of, out, form, kind)
        assert out.getvalue()


@pytest.mark.parametrize("low", [0, 1e-9, -5, 1e300, float("inf")])
def test_every_number_has_a_place(low: float) -> None:
    cell = Cell("value", (entry("Huế", target(low)),))
    said = texts(svg(matrix([("Việt Nam", Cell("no document")), ("Huế", cell)])))
    assert any(text.startswith("≥") for text in said)


# --- without matplotlib ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", charts.PICTURES)
def test_without_matplotlib_one_line_says_what_to_install(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MuctieuError) as raised:
        draw(few(), io.BytesIO(), "png", kind)
    assert "pip install 'muctieu[charts]'" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_both_languages_have_their_words() -> None:
    said = {}
    for spoken in LANGUAGES:
        speak(spoken)
        said[spoken] = set(texts(svg(few(year=2025))))
        assert messages()["chart.nation"][spoken] in said[spoken]
    assert "1,200 hộ" in said["en"]
