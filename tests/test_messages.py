"""messages.toml: both languages say the same things, and every message is used."""

import ast
import re
import string
from pathlib import Path

import pytest

import extractor
from extractor.messages import LANGUAGES, language, messages, reason, say, speak
from extractor.model import RECORDS

SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in Path(extractor.__file__).parent.rglob("*.py"))


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", messages())
def test_both_languages_fill_the_same_slots(key: str) -> None:
    texts = messages()[key]
    assert all(texts[name].strip() for name in LANGUAGES)
    assert slots(texts["en"]) == slots(texts["vi"])


@pytest.mark.parametrize("key", messages())
def test_every_message_is_used(key: str) -> None:
    table = key.split(".")[0]
    by_name = re.search(rf"""say\(\s*["']{re.escape(key)}["']""", SOURCES)
    by_table = re.search(rf"""say\(\s*f["']{table}\.\{{""", SOURCES)
    assert by_name or by_table or table == "reason", f"nothing says {key}"


def test_every_key_in_the_code_exists() -> None:
    said = set(re.findall(r"""say\(\s*["']([a-z_.]+)["']""", SOURCES))
    assert said
    assert said <= set(messages())


def test_every_message_is_given_what_it_fills_in() -> None:
    given = [
        (node.args[0].value, {keyword.arg for keyword in node.keywords})
        for node in ast.walk(ast.parse(SOURCES.replace("from __future__ import annotations", "")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "say"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    assert len(given) > 20
    for key, names in given:
        assert slots(messages()[key]["en"]) == names, key


@pytest.mark.parametrize("table", ["class", "one", "mark"])
def test_every_class_of_records_has_its_words(table: str) -> None:
    for name in RECORDS:
        assert say(f"{table}.{name}")


def test_marks_are_distinct() -> None:
    for spoken in LANGUAGES:
        speak(spoken)
        assert len({say(f"mark.{name}") for name in RECORDS}) == len(RECORDS)


def test_a_reason_unknown_to_the_messages_stays_as_it_is() -> None:
    speak("vi")
    assert language() == "vi"
    assert reason("no such reason 123") == "no such reason 123"
    assert reason("no documents in this folder") == "thư mục không có văn bản nào"
    assert reason("is a damaged .docx (at 7 [x])") == "là tệp .docx hỏng (at 7 [x])"


def test_every_reason_of_the_readers_is_said_in_both_languages() -> None:
    """The reasons as the readers write them, their figures as words."""
    speak("vi")
    readers = Path(extractor.__file__).parent / "readers"
    said = []
    for path in readers.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "UnreadableFile":
                said += _texts(node.args[1])
    assert len(said) > 15
    assert [text for text in said if reason(text) == text] == []


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)]
    return []
