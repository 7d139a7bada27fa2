"""What a rule captured -> a value: numbers, days, months, quarters and years as written in Vietnamese documents."""

import datetime
import doctest
import re
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.values import VALUES
from extractor.values.number import number
from extractor.values.time import day, month, quarter, year


@pytest.mark.parametrize("name", ["number", "time"])
def test_docstrings(name: str) -> None:
    result = doctest.testmod(import_module(f"extractor.values.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("85", 85),
        ("02", 2),
        ("1,5", 1.5),
        ("0,75", 0.75),
        ("6.200", 6200),
        ("70.000", 70000),
        ("1.234.567", 1234567),
        ("2.347,4", 2347.4),
        ("10.5", 10.5),
        ("1. 230", 1230),
        ("100,0", 100),
    ],
)
def test_number(text: str, value: float) -> None:
    assert number(text) == value
    assert isinstance(number(text), type(value))


@given(st.integers(0, 10**12))
def test_grouped_thousands(value: int) -> None:
    assert number(f"{value:,}".replace(",", ".")) == value


@given(st.integers(0, 10**6), st.integers(1, 99))
def test_decimals(whole: int, hundredths: int) -> None:
    text = f"{whole:,}".replace(",", ".") + f",{hundredths:02d}"
    assert number(text) == pytest.approx(whole + hundredths / 100)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("25/3/2010", "2010-03-25"),
        ("22 tháng 01 năm 2021", "2021-01-22"),
        ("18.1.2021", "2021-01-18"),
        ("5-6-2025", "2025-06-05"),
        ("29/02/2024", "2024-02-29"),
        ("15/12", "--12-15"),
        ("29/02", "--02-29"),
        ("31/02/2020", None),
        ("29/02/2023", None),
        ("30/02", None),
        ("31/04", None),
        ("31/4/2025", None),
        ("0/5/2025", None),
        ("5/13/2025", None),
        ("1/1/1066", None),
        ("2025", None),
        ("", None),
    ],
)
def test_day(text: str, value: str | None) -> None:
    assert day(text) == value


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)))
def test_any_day_in_both_ways_of_writing(date: datetime.date) -> None:
    assert day(f"{date.day}/{date.month}/{date.year}") == date.isoformat()
    assert day(f"{date.day:02d} tháng {date.month:02d} năm {date.year}") == date.isoformat()


@given(st.integers(0, 40), st.integers(0, 20), st.integers(1890, 2110))
def test_a_day_read_is_a_day_of_the_calendar(of_month: int, of_year: int, of_era: int) -> None:
    found = day(f"{of_month}/{of_year}/{of_era}")
    assert found is None or datetime.date.fromisoformat(found).day == of_month


@pytest.mark.parametrize(
    ("text", "value"),
    [("6/2025", "2025-06"), ("tháng 12 năm 2025", "2025-12"), ("13/2025", None), ("0/2025", None), ("2025", None)],
)
def test_month(text: str, value: str | None) -> None:
    assert month(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("quý i/2026", "2026-03"),
        ("quý II/2026", "2026-06"),
        ("iii-2025", "2025-09"),
        ("quý 4 năm 2025", "2025-12"),
        ("quý ii", None),
        ("quý 5/2025", None),
    ],
)
def test_quarter(text: str, value: str | None) -> None:
    assert quarter(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("năm 2025", "2025"), ("2025", "2025"), ("1899", None), ("2100", None), ("20255", None), ("", None)],
)
def test_year(text: str, value: str | None) -> None:
    assert year(text) == value


@given(st.sampled_from([name for name in VALUES if name != "number"]), st.text(max_size=20))
def test_times_of_any_text_are_well_formed_or_none(name: str, text: str) -> None:
    found = VALUES[name](text)
    if name != "text":
        assert found is None or re.fullmatch(r"(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?|--\d\d-\d\d", found)
