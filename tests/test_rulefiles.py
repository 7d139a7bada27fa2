"""Hygiene of the rule data: anchors are necessary, everything named exists and is used, and no word of the language
stands in code.  And the overlay: an analyst's folder replaces, adds, and is told what is wrong."""

import ast
import random
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from re import _constants as sre
from re import _parser as sre_parser
from typing import Any

import pytest

import extractor
from extractor import rulebook
from extractor.errors import RuleError
from extractor.mentions import Finder
from extractor.rulebook import Example, Rule, load, rules_folder
from extractor.text import Shade, shade
from extractor.values import VALUES

BOOK = load()
FOLDER = rules_folder()
RULES = [rule for family in BOOK.rules.values() for rule in family]
ANCHORED = [rule for rule in RULES if rule.anchor != "line"]
PACKAGE = Path(extractor.__file__).parent
CODE = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
ROLES = {"target", "result", "budget", "norm", "scope", "other"}
RELATIONS = {
    "căn cứ", "thực hiện", "theo", "sửa đổi", "bổ sung", "thay thế", "bãi bỏ", "ban hành kèm theo", "hướng dẫn",
    "được sửa đổi bởi", "được thay thế bởi",
}  # fmt: skip
BLOCK_KINDS = {
    "header", "preamble", "title", "phần", "chương", "mục", "điều", "khoản", "điểm", "section", "item", "paragraph",
    "table", "row", "cell", "annex", "recipients", "signature",
}  # fmt: skip


def toml_of(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8-sig"))


# --- examples and anchors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_shows_what_it_finds_and_what_not(rule: Rule) -> None:
    assert rule.finds
    assert rule.skips
    assert rule.about.strip()


def test_ids_have_one_prefix_a_file() -> None:
    for family, rules in BOOK.rules.items():
        prefixes = {rule.id.partition(".")[0] for rule in rules}
        assert len(prefixes) == 1, family
        assert all(re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", rule.id) for rule in rules), family


EXAMPLES = [shade(example.text, BOOK) for rule in RULES for example in (*rule.finds, *rule.skips)]


def matched(rule: Rule, shaded: Shade) -> str | None:
    """What a rule's pattern matches where the anchor is not asked for."""
    found = rule.pattern.search(shaded.shadow if rule.cased else shaded.lower)
    return found[0] if found else None


@pytest.mark.parametrize("rule", ANCHORED, ids=lambda rule: rule.id)
def test_the_anchor_is_necessary_in_all_examples(rule: Rule) -> None:
    """Without the gate the rule matches nothing in the examples of any rule that lack its anchor."""
    finder = Finder(BOOK, [rule.family])
    own = finder.rules.index(rule)
    lost = [
        (shaded.text, found)
        for shaded in EXAMPLES
        if (found := matched(rule, shaded)) is not None and own not in finder.tried(shaded, 0, len(shaded.text))
    ]
    assert lost == []


CLASSES = {"Lu": "A-D", "Ll": "a-d", "L": "a-dA-D", "M": "\u0301", "N": "0-9"}
BEFORE, AFTER = ("", "x ", "x\n"), ("", " x", ".", "\n")


def parsed(rule: Rule) -> Any:
    """A pattern as Python's own parser reads it: names out, classes of letters as a few letters."""
    out: list[str] = []
    inside = False
    source = re.sub(r"\(\?P?<(?![=!])\w+>", "(?:", rule.pattern.pattern).replace(r"\Z", "$")
    for piece in re.findall(r"\\p\{\w+\}|\\.|[^\\]", source, re.DOTALL):
        if piece.startswith(r"\p"):
            letters = CLASSES[piece[3:-1]]
            out.append(letters if inside else f"[{letters}]")
            continue
        inside = piece == "[" or (inside and piece != "]")
        out.append(piece)
    return sre_parser.parse("".join(out))


def sampled(tree: Any, chance: random.Random) -> str:
    """A text that a pattern may match; what it asserts behind is written out, what it asserts ahead is left to luck."""
    out: list[str] = []
    for code, value in tree:
        if code is sre.LITERAL:
            out.append(chr(value))
        elif code is sre.NOT_LITERAL:
            out.append(chance.choice([c for c in "ab 1" if ord(c) != value]))
        elif code is sre.ANY:
            out.append(chance.choice("ab "))
        elif code is sre.IN:
            out.append(one_of(value, chance))
        elif code is sre.BRANCH:
            out.append(sampled(chance.choice(value[1]), chance))
        elif code is sre.SUBPATTERN:
            out.append(sampled(value[3], chance))
        elif code in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            least, most, repeated = value
            times = chance.randint(least, min(int(most), least + 2))
            out += [sampled(repeated, chance) for _ in range(times)]
        elif code is sre.ATOMIC_GROUP or (code is sre.ASSERT and value[0] < 0):
            out.append(sampled(value if code is sre.ATOMIC_GROUP else value[1], chance))
    return "".join(out)


def one_of(items: Any, chance: random.Random) -> str:
    """A character of a class."""
    allowed = {
        character
        for character in "abcdABCD 0123456789.,;:-/()\n"
        if any(includes(item, character) for item in items) != (items[0][0] is sre.NEGATE)
    }
    allowed |= {chr(value) for code, value in items if code is sre.LITERAL and items[0][0] is not sre.NEGATE}
    return chance.choice(sorted(allowed)) if allowed else ""


def includes(item: Any, character: str) -> bool:
    code, value = item
    if code is sre.LITERAL:
        return ord(character) == value
    if code is sre.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    return code is sre.CATEGORY and {
        sre.CATEGORY_DIGIT: character.isdigit(),
        sre.CATEGORY_SPACE: character.isspace(),
        sre.CATEGORY_NOT_SPACE: not character.isspace(),
        sre.CATEGORY_WORD: character.isalnum(),
    }.get(value, False)


def samples(rule: Rule) -> Iterator[Shade]:
    """Texts that a rule matches, made from its pattern; the same in every run."""
    chance = random.Random(rule.id)
    tree = parsed(rule)
    for _ in range(80):
        shaded = shade(chance.choice(BEFORE) + sampled(tree, chance) + chance.choice(AFTER), BOOK)
        if matched(rule, shaded) is not None:
            yield shaded


@pytest.mark.parametrize("rule", ANCHORED, ids=lambda rule: rule.id)
def test_the_anchor_is_necessary_in_texts_made_from_the_pattern(rule: Rule) -> None:
    """What a branch of the pattern can match and the anchor cannot see would never be found."""
    finder = Finder(BOOK, [rule.family])
    own = finder.rules.index(rule)
    lost = {matched(rule, made) for made in samples(rule) if own not in finder.tried(made, 0, len(made.text))}
    assert sorted(map(str, lost))[:5] == []


def test_nearly_every_pattern_yields_samples() -> None:
    barren = [rule.id for rule in ANCHORED if next(samples(rule), None) is None]
    assert len(barren) <= len(ANCHORED) // 10, barren


# --- everything named exists and is used ----------------------------------------------------------------------------


def strings_of(tree: ast.AST) -> Iterator[ast.Constant]:
    """The string literals of a file other than docstrings."""
    described = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, described) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node


LITERALS = {node.value for tree in CODE.values() for node in strings_of(tree)}


def used_settings() -> set[str]:
    """Settings read by code, as "section.key": book.words("section.key"), book.settings["section"]["key"]."""
    found: set[str] = set()
    for tree in CODE.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                first = node.args[0]
                if not isinstance(first, ast.Constant):
                    continue
                if node.func.attr == "words":
                    found.add(str(first.value))
                elif node.func.attr == "get" and (section := section_of(node.func.value)):
                    found.add(f"{section}.{first.value}")
            elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                found.add(f"{section_of(node.value)}.{node.slice.value}")
    return {name for name in found if not name.startswith("None.")}


def section_of(node: ast.expr) -> str | None:
    """ "targets" of book.settings["targets"]."""
    if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)):
        return None
    owner = node.value
    return str(node.slice.value) if isinstance(owner, ast.Attribute) and owner.attr == "settings" else None


def test_settings_are_those_that_code_reads() -> None:
    known = {f"{section}.{key}" for section, keys in BOOK.settings.items() for key in keys}
    used = used_settings()
    assert used - known == set(), "code reads settings that no file has"
    assert known - used == set(), "settings that no code reads"


def test_fragments_are_all_used() -> None:
    used = {f.partition(":")[2] for rule in RULES for f in [str(anchor_of(rule))] if f.startswith("list:")}
    for family in BOOK.rules:
        for entry in toml_of(family)["rule"]:
            used |= {slot["name"] for slot in rulebook.SLOT.finditer(entry["pattern"])}
    for entry in toml_of("fragments").values():
        used |= {slot["name"] for slot in rulebook.SLOT.finditer(entry.get("pattern", ""))}
    assert set(BOOK.fragments) - used - LITERALS == set()


def anchor_of(rule: Rule) -> Any:
    """The anchor of a rule as its file writes it."""
    return next(entry["anchor"] for entry in toml_of(rule.family)["rule"] if entry["id"] == rule.id)


def test_lists_exist_have_the_columns_named_and_are_used() -> None:
    named: set[str] = set()
    for name, entry in toml_of("fragments").items():
        if "list" not in entry:
            continue
        stem = entry["list"].removesuffix(".csv")
        named.add(stem)
        columns = set(BOOK.tables[stem][0])
        asked = {*entry.get("keys", ["surface"]), entry.get("column", "value"), *entry.get("where", {})}
        assert asked <= columns, f"{name}: {entry['list']} has {sorted(columns)}"
    assert set(BOOK.tables) - named - LITERALS == set(), "lists that nothing uses"


def test_where_of_a_list_leaves_rows() -> None:
    empty = [name for name, entry in toml_of("fragments").items() if "list" in entry and not BOOK.fragments[name].rows]
    assert empty == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_slots_have_a_value_function_and_examples_name_fields(rule: Rule) -> None:
    assert all(BOOK.fragments[fragment].value in VALUES for fragment in rule.fields.values())
    stated = {name for example in rule.finds for name in example.values}
    assert stated <= set(rule.fields) | set(rule.sets)
    assert set(rule.capital) <= set(rule.fields)


# --- what rules set is what the contract and the code know ----------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "key", "allowed"),
    [
        ("relations", "relation", RELATIONS | {""}),
        ("roles", "role", {"issuer", "lead", "support"}),
        ("roles", "where", {"before", "after"}),
        ("targets", "where", {"before", "clause", "near", "sentence", "unit", "value", "whom"}),
        ("quantities", "role", ROLES),
        ("quantities", "op", {"ge", "gt", "le", "lt", "eq", "approx"}),
        ("deadlines", "kind", {"due", "period", "recurring", "relative", "effective", "date", "baseline", "told"}),
        ("agencies", "level", {"central", "province"} | {row["surface"] for row in BOOK.tables["levels"]}),
        ("structure", "kind", BLOCK_KINDS),
        ("cleaning", "action", {"drop", "page number", "part", "join", "whole"}),
    ],
)
def test_what_rules_set(family: str, key: str, allowed: set[str]) -> None:
    values = {rule.sets[key] for rule in BOOK.rules[family] if key in rule.sets}
    assert values
    assert values <= allowed


def test_every_relation_of_the_contract_has_a_rule() -> None:
    assert {rule.sets["relation"] for rule in BOOK.rules["relations"]} - {""} == RELATIONS


@pytest.mark.parametrize("family", ["targets", "headings"])
def test_weights_are_numbers_of_known_roles(family: str) -> None:
    for rule in BOOK.rules[family]:
        weights = rule.sets["weights"]
        assert weights, rule.id
        assert set(weights) <= ROLES, rule.id
        assert all(isinstance(w, int | float) and w for w in weights.values()), rule.id


def test_values_of_lists_are_of_the_contract() -> None:
    def column(table: str, name: str) -> set[str]:
        return {row[name] for row in BOOK.tables[table]}

    assert column("comparators", "value") <= {"ge", "gt", "le", "lt", "eq", "approx"}
    assert column("comparators", "place") == {"before", "after"}
    assert column("changes", "value") == {"increase", "decrease", "maintain"}
    assert column("changes", "measure") <= {"change", "level"}
    assert column("levels", "level") <= {"central", "province", "district", "commune", "other"}
    assert column("agencies", "level") <= {"central", "province", "district", "commune", "other"}


@pytest.mark.parametrize("family", ["uses", "lines"])
def test_what_a_cue_says_is_asked_for_somewhere(family: str) -> None:
    """A use or kind of line that no code compares with is a rule without effect."""
    said = {rule.sets["use" if family == "uses" else "line"] for rule in BOOK.rules[family]}
    assert said - LITERALS == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_a_rule_sets_is_read_somewhere(rule: Rule) -> None:
    assert set(rule.sets) - LITERALS == set()


# --- no words in code -----------------------------------------------------------------------------------------------

WORD = re.compile(r"\w{2,}")


def vietnamese(literal: str) -> list[str]:
    """The words of two letters and more in a literal that carry a Vietnamese diacritic."""
    return [
        word for word in WORD.findall(literal) if any(c in "đĐ" or unicodedata.normalize("NFD", c) != c for c in word)
    ]


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_vietnamese_word_in_code(path: Path) -> None:
    words = [
        f"line {node.lineno}: {' '.join(words)}" for node in strings_of(CODE[path]) if (words := vietnamese(node.value))
    ]
    assert words == []


def test_the_search_for_words_sees_them() -> None:
    source = '"""Tỉnh."""\nx = "mỗi xã"\ny = f" {x} và "\nz = ("đ", "xa")\ndef f():\n    "năm"\n    return "lần"\n'
    found = [word for node in strings_of(ast.parse(source)) for word in vietnamese(node.value)]
    assert sorted(found) == ["lần", "mỗi", "và", "xã"]


# --- the overlay ----------------------------------------------------------------------------------------------------

BASE = """
[[rule]]
id = "cue.first"
about = "first"
anchor = ["một"]
pattern = 'một'
finds = ["[một] hai"]
skips = ["ba"]

[[rule]]
id = "cue.second"
about = "second"
anchor = ["hai"]
pattern = '{word:word} hai'
finds = [{ text = "[một hai]", word = "một" }]
skips = ["ba"]
"""
FRAGMENTS = "[word]\npattern = '\\p{L}+'\n[listed]\nlist = \"words.csv\"\n"
RULE = """
[[rule]]
id = "{id}"
about = "about"
anchor = {anchor}
pattern = '{pattern}'
finds = [{finds}]
skips = ["ba"]
"""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small folder of rules in place of the shipped one."""
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "cues.toml").write_text(BASE, "utf-8")
    (folder / "fragments.toml").write_text(FRAGMENTS, "utf-8")
    (folder / "settings.toml").write_text('[words]\nkinds = ["a"]\nmore = ["b"]\n', "utf-8")
    (folder / "words.csv").write_text("surface,value\nbốn,4\nnăm,5\n", "utf-8")
    monkeypatch.setattr(rulebook, "rules_folder", lambda: folder)
    return folder


@pytest.fixture
def overlay(base: Path) -> Path:
    folder = base.parent / "own"
    folder.mkdir()
    return folder


def rule_text(**changes: str) -> str:
    plain = {"id": "cue.own", "anchor": '["bốn"]', "pattern": "bốn", "finds": '"[bốn] năm"'}
    return RULE.format(**plain | changes)


def test_an_overlay_replaces_a_rule_of_the_same_id_and_adds_another(overlay: Path) -> None:
    (overlay / "cues.toml").write_text(rule_text(id="cue.first") + rule_text(), "utf-8")
    book = load(overlay)
    assert sorted(rule.id for rule in book.rules["cues"]) == ["cue.first", "cue.own", "cue.second"]
    assert book.rule("cue.first").anchor == ("bốn",)
    assert book.rule("cue.second").source == "{word:word} hai"
    assert book.fingerprint != load().fingerprint


def test_an_overlay_replaces_and_adds_rows_of_a_list(overlay: Path) -> None:
    (overlay / "words.csv").write_text("surface,value\nbốn,IV\nsáu,6\n", "utf-8")
    book = load(overlay)
    assert {row["surface"]: row["value"] for row in book.tables["words"]} == {"bốn": "IV", "năm": "5", "sáu": "6"}
    assert book.value("listed", "Bốn") == "IV"


def test_an_overlay_replaces_one_setting_and_keeps_its_neighbours(overlay: Path) -> None:
    (overlay / "settings.toml").write_text('[words]\nkinds = ["c"]\n', "utf-8")
    book = load(overlay)
    assert (book.words("words.kinds"), book.words("words.more")) == (("c",), ("b",))


def test_an_overlay_may_bring_a_list_of_its_own(overlay: Path) -> None:
    (overlay / "fragments.toml").write_text('[mine]\nlist = "mine.csv"\n', "utf-8")
    (overlay / "mine.csv").write_text("surface,value\nsáu,6\n", "utf-8")
    assert load(overlay).value("mine", "sáu") == "6"


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("cues.toml", rule_text(pattern="bốn("), ["cues.toml", "cue.own", "missing )"]),
        ("cues.toml", rule_text(pattern="{none} bốn"), ["cues.toml", "cue.own", "'none'", "known: listed, word"]),
        ("cues.toml", rule_text(pattern="{a:word} {a:listed}"), ["cues.toml", "cue.own", "'a'"]),
        ("cues.toml", rule_text().replace('about = "about"\n', ""), ["cues.toml", "cue.own", "about is missing"]),
        ("cues.toml", rule_text().replace('id = "cue.own"\n', ""), ["cues.toml", "rule 3", "id is missing"]),
        ("cues.toml", rule_text(anchor='"digits"'), ["cues.toml", "cue.own", "'digits'", "digit"]),
        ("cues.toml", rule_text(anchor='"list:word"'), ["cues.toml", "cue.own", "list:word"]),
        ("cues.toml", rule_text(finds='"[bốn] [năm]"'), ["cues.toml", "cue.own", "[bốn] [năm]"]),
        ("cues.toml", rule_text(finds='"bốn năm"'), ["cues.toml", "cue.own", "bốn năm"]),
        ("cues.toml", rule_text(finds='"[bốn năm"'), ["cues.toml", "cue.own", "[bốn năm"]),
        ("cues.toml", "[[rule]\n", ["cues.toml"]),
        ("mine.toml", rule_text(id="cue.first"), ["mine.toml", "no such family", "cues"]),
        ("mine.csv", "surface,value\nmột,1\n", ["mine.csv", "no fragment uses", "words.csv"]),
        ("words.csv", "surface;value\nmột;1\n", ["words.csv", "surface;value", "expected surface,value"]),
        ("words.csv", "surface,value\nmột – hai,1\n", ["words.csv", "một – hai", "dash"]),
        ("cues.toml", rule_text(finds=""), ["cues.toml", "cue.own", "finds is missing"]),
        ("fragments.toml", "[bad]\npattern = '{none}'\n", ["fragments.toml", "bad", "'none'"]),
        ("fragments.toml", '[bad]\nlist = "none.csv"\n', ["fragments.toml", "bad", "none.csv", "words"]),
        ("fragments.toml", "[bad]\npattern = 'x'\nvalue = 'none'\n", ["fragments.toml", "bad", "'none'", "number"]),
        ("words.csv", "surface,value\nbốn\n", ["words.csv", "line 2"]),
        ("words.csv", "surface,value\nbốn,4\nbốn,5\n", ["words.csv", "line 3", "bốn"]),
        ("words.csv", "", ["words.csv", "header"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_file_and_rule(overlay: Path, name: str, content: str, wanted: list[str]) -> None:
    (overlay / name).write_text(content, "utf-8")
    with pytest.raises(RuleError) as caught:
        load(overlay)
    message = str(caught.value)
    assert "\n" not in message
    assert all(piece in message for piece in wanted), message


def test_a_rule_file_that_is_no_text(overlay: Path) -> None:
    (overlay / "cues.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RuleError, match=r"^cues\.toml: "):
        load(overlay)


def test_a_missing_overlay(base: Path) -> None:
    with pytest.raises(RuleError, match="nowhere"):
        load(base / "nowhere")


def test_an_unknown_rule_names_its_neighbours() -> None:
    with pytest.raises(RuleError, match=r"quantity\.percent"):
        BOOK.rule("quantity.none")


def test_the_shipped_rules_take_an_overlay(tmp_path: Path) -> None:
    (tmp_path / "quantities.toml").write_text(
        """[[rule]]
id = "quantity.goats"
about = "goats"
anchor = ["dê"]
pattern = '{low:number} con dê'
set = { unit = "con dê" }
finds = [{ text = "có [5 con dê]", low = 5 }]
skips = ["con dê"]
""",
        "utf-8",
    )
    book = load(tmp_path)
    assert len(book.rules["quantities"]) == len(BOOK.rules["quantities"]) + 1
    text = "Có 5 con dê."
    assert [m.rule.id for m in Finder(book, ["quantities"]).find(shade(text, book), 0, len(text))] == ["quantity.goats"]


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["năm", "năm học", "nă"], "năm học", "năm học"),
        (["a", "ab", "abc"], "abcd", "abc"),
        (["a.b", "a+"], "a+", "a+"),
        (["a.b"], "axb", None),
    ],
)
def test_a_trie_takes_the_longest_word(words: list[str], text: str, found: str | None) -> None:
    match = re.match(rulebook.trie(words), text)
    assert (match[0] if match else None) == found


def test_an_example_keeps_its_place() -> None:
    made = rulebook._example({"text": "đạt [60%] hộ", "low": 60}, "x")
    assert made == Example("đạt 60% hộ", (4, 7), {"low": 60})
