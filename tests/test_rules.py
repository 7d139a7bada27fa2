"""Every rule of every family finds what its examples mark, with the values they state, and nothing in its skips."""

import dataclasses

import pytest

from extractor.mentions import check, matches, trace
from extractor.rulebook import Example, Rule, Rulebook, load
from extractor.text import shade

BOOK = load()
RULES = [rule for family in BOOK.rules.values() for rule in family]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples(rule: Rule) -> None:
    assert check(rule, BOOK) == []


def with_examples(
    rule_id: str, finds: tuple[Example, ...] = (), skips: tuple[Example, ...] = ()
) -> tuple[Rule, Rulebook]:
    """A rule with other examples, and the rulebook that holds it in its place."""
    rule = dataclasses.replace(BOOK.rule(rule_id), finds=finds, skips=skips)
    family = tuple(rule if r.id == rule_id else r for r in BOOK.rules[rule.family])
    return rule, dataclasses.replace(BOOK, rules={**BOOK.rules, rule.family: family})


@pytest.mark.parametrize(
    ("example", "fault"),
    [
        (Example("đạt 85% số hộ", (4, 6), {}), "expected '85', got '85%'"),
        (Example("đạt 85% số hộ", (4, 7), {"low": 86}), "low expected 86, got 85"),
        (Example("đạt 85% số hộ", (4, 7), {"per": "năm"}), "per expected 'năm', got None"),
        (Example("đạt tất cả", (0, 3), {}), "got nothing"),
        (Example("đạt 85% - 90% số hộ", (4, 7), {}), "quantity.percent_range '85% - 90%'"),
    ],
    ids=["span", "value", "no value", "nothing", "another wins"],
)
def test_a_wrong_example_is_seen(example: Example, fault: str) -> None:
    rule, book = with_examples("quantity.percent", finds=(example,))
    (line,) = check(rule, book)
    assert line.startswith("quantity.percent: ")
    assert fault in line


def test_a_matched_counter_example_is_seen() -> None:
    rule, book = with_examples("quantity.percent", skips=(Example("đạt 85% số hộ", None, {}),))
    (line,) = check(rule, book)
    assert "must not match" in line
    assert "'85%'" in line


@pytest.mark.parametrize(("text", "found"), [("ngày 31/04/2020", 0), ("ngày 30/04/2020", 1)])
def test_a_day_that_is_none_makes_a_match_void(text: str, found: int) -> None:
    shaded = shade(text, BOOK)
    assert len(list(matches(BOOK.rule("time.day"), BOOK, shaded, 0, len(text)))) == found


def test_trace_tells_who_lost_to_whom() -> None:
    found = {c.rule: c for c in trace("phấn đấu đạt 85% - 90% số hộ", BOOK, ["quantities"])}
    assert found["quantity.percent_range"].won
    assert found["quantity.percent_range"].quote == "85% - 90%"
    assert not found["quantity.percent"].won
    assert found["quantity.percent"].lost_to == "quantity.percent_range"
