"""The graph of documents: its edges, its neighbourhoods, and how it is shown."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import Result
from rich.console import Console

from extractor import load_rules, relations
from extractor.drawing import does, write_dot, write_svg
from extractor.graph import Edge, Node, Passage, gathered, neighbourhood
from extractor.layers import Size, layout
from extractor.messages import LANGUAGES, say, speak
from extractor.relations import Ended, Held, Relations
from extractor.store import Store
from extractor.tree import print_relations

Run = Callable[..., Result]

ROOT = Path(__file__).resolve().parent.parent
BOOK = load_rules()
PLAN, AMENDING, REPLACING = (
    "VN-45/uy-ban-nhan-dan/96-kh-ubnd:2024",
    "VN-45/uy-ban-nhan-dan/58-kh-ubnd:2025",
    "VN-44@2025/uy-ban-nhan-dan/174-kh-ubnd:2026",
)
LAW, PROGRAMME = "VN/quoc-hoi/102-2016-qh13:2016", "VN-45/tinh-uy/61-ctr-tu:2024"
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = 'a"b\\ <script>&\x1b[31m\ufffe\n]]> [red]'


def around(db: Path, key: str, depth: int = 1, most: int = relations.MOST) -> Relations:
    with Store(db, read_only=True) as store:
        return relations.relations(store, store.load(key)["document"]["id"], depth, BOOK, most)


def edge(source: str, relation: str, target: str, pinpoint: str | None = None, quote: str = "") -> Any:
    return source, relation, target, Passage(source, "", pinpoint, quote)


# --- edges ----------------------------------------------------------------------------------------------------------


def test_what_is_told_twice_is_one_edge_and_self_edges_are_none() -> None:
    told = [edge("b", "amends", "a", "1"), edge("b", "amends", "b"), edge("b", "amends", "a", "2")]
    told += [edge("b", "amends", "a", "1"), edge("b", "rests", "a")]
    found = gathered(told)
    assert [(e.source, e.relation, e.target, e.pinpoints) for e in found] == [
        ("b", "amends", "a", ("1", "2")),
        ("b", "rests", "a", ()),
    ]
    assert len(found[0].passages) == 2


def test_the_neighbourhood_goes_both_ways_as_far_as_asked_and_keeps_the_nearest() -> None:
    edges = gathered([edge("b", "r", "a"), edge("c", "r", "b"), edge("d", "r", "c"), edge("b", "r", "e")])
    steps, among, left_out = neighbourhood("b", edges, 1, 9)
    assert (steps, left_out) == ({"b": 0, "a": 1, "c": 1, "e": 1}, 0)
    assert [(e.source, e.target) for e in among] == [("b", "a"), ("c", "b"), ("b", "e")]
    assert neighbourhood("a", edges, 5, 9)[0] == {"a": 0, "b": 1, "c": 2, "e": 2, "d": 3}
    assert neighbourhood("a", edges, 5, 3)[0] == {"a": 0, "b": 1, "c": 2}
    assert neighbourhood("a", edges, 5, 3)[2] == 2


def test_the_edges_of_the_chain(ingested: Path) -> None:
    found = {(e.source, e.relation, e.target): e for e in around(ingested, "96/KH-UBND").edges}
    chain = {key for key in found if {key[0], key[2]} <= {PLAN, AMENDING, REPLACING, LAW, PROGRAMME}}
    assert chain == {
        (PLAN, "căn cứ", LAW),
        (PLAN, "thực hiện", PROGRAMME),
        (AMENDING, "căn cứ", LAW),
        (AMENDING, "thực hiện", PLAN),
        (AMENDING, "sửa đổi", PLAN),
        (AMENDING, "bãi bỏ", PLAN),
        (REPLACING, "căn cứ", LAW),  # which it cites by name and date, without the number
        (REPLACING, "thay thế", PLAN),
        (REPLACING, "thay thế", AMENDING),
    }
    assert found[AMENDING, "sửa đổi", PLAN].pinpoints == ("điểm c khoản 2 Mục II",)
    assert found[AMENDING, "bãi bỏ", PLAN].passages == (
        Passage(AMENDING, "II.2", "điểm c khoản 2 Mục III", "điểm c khoản 2 Mục III Kế hoạch số 96/KH-UBND"),
    )


def test_relations_between_two_cited_documents_and_those_that_run_the_other_way(ingested: Path) -> None:
    found = {
        (e.source.rpartition("/")[2], e.relation, e.target.rpartition("/")[2]): e
        for e in around(ingested, "918/2026/NĐ-CP", 2).edges
    }
    assert ("947-2022-nd-cp:2022", "hướng dẫn", "46-2019-qh14:2019") in found
    # "Luật số 15/2017/QH14 … đã được sửa đổi bởi Luật số 64/2020/QH14"
    assert ("64-2020-qh14:2020", "sửa đổi", "15-2017-qh14:2017") in found
    turned = found["961-2024-nd-cp:2024", "sửa đổi", "947-2022-nd-cp:2022"]
    assert (turned.pinpoints, turned.passages[0].path) == ((), "Điều 2.2")
    guide = {(e.source, e.target) for e in around(ingested, "3725/QĐ-TTg").edges if e.relation == "thực hiện"}
    assert ("VN/bo-khoa-hoc-va-cong-nghe/389-hd-bkhcn:2026", "VN/thu-tuong-chinh-phu/3725-qd-ttg:2025") in guide


def test_a_subject_that_cannot_be_found_tells_no_edge(ingested: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(ingested.read_bytes())
    with Store(copy) as store, store.writing():
        store.db.execute("UPDATE legal_refs SET relation_subject = '1/none' WHERE relation = 'bãi bỏ'")
    assert {e.relation for e in around(copy, "96/KH-UBND").edges} == {"căn cứ", "thực hiện", "sửa đổi", "thay thế"}


def test_documents_that_are_only_cited_are_nodes(ingested: Path) -> None:
    found = around(ingested, "96/KH-UBND")
    nodes = {node.id: node for node in found.nodes}
    assert found.nodes[0].id == found.center == PLAN
    assert nodes[LAW] == Node(LAW, "Luật", "102/2016/QH13", "Luật Trẻ em", "Quốc hội", "2016-04-05", None, stored=False)
    assert [node.id for node in found.nodes if node.stored] == [PLAN, AMENDING, REPLACING]
    assert nodes[REPLACING].effective_on == "2026-03-05"


def test_targets_in_force_and_superseded(ingested: Path) -> None:
    assert around(ingested, "96/KH-UBND").held == {
        PLAN: Held(9, 0, (Ended(AMENDING, "2025-04-01", 3), Ended(REPLACING, "2026-03-05", 6))),
        AMENDING: Held(3, 0, (Ended(REPLACING, "2026-03-05", 3),)),
        REPLACING: Held(9, 9, ()),
    }


def test_depth_reaches_farther_and_a_limit_keeps_the_nearest(ingested: Path) -> None:
    near, far, cut = (
        around(ingested, "96/KH-UBND"),
        around(ingested, "96/KH-UBND", 3),
        around(ingested, "96/KH-UBND", 3, 4),
    )
    assert {node.id for node in near.nodes} < {node.id for node in far.nodes}
    assert max(far.steps.values()) == 3
    assert len(cut.nodes) == 4
    assert cut.left_out == len(far.nodes) - 4
    assert set(cut.steps) < set(near.steps)
    # Who superseded the targets is known though he is not shown.
    shown = {node.id for node in cut.nodes}
    ended = {each.by for held in cut.held.values() for each in held.ended}
    assert ended - shown <= {node.id for node in cut.others}


def test_every_relation_of_the_settings_has_its_words() -> None:
    for language in LANGUAGES:
        speak(language)
        for relation in BOOK.words("graph.shown"):
            assert does(relation) != does(relation, done=True)
    assert does("căn cứ") == "căn cứ"
    speak("en")
    assert does("\x1bkhác") == "\\x1bkhác"


# --- the tree -------------------------------------------------------------------------------------------------------


def tree(found: Relations, width: int = 80) -> list[str]:
    out = io.StringIO()
    print_relations(Console(file=out, width=width, markup=False, highlight=False, emoji=False), found)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_the_tree_of_the_chain(ingested: Path) -> None:
    lines = tree(around(ingested, "96/KH-UBND"))
    text = "\n".join(lines)
    assert max(map(len, lines)) <= 80
    assert lines[0] == "Kế hoạch 96/KH-UBND, 18/4/2024"
    assert "targets: 9, in force: 0\n  3 superseded by Kế hoạch 58/KH-UBND, 17/3/2025 from 01/4/2025\n" in text
    heads = [line[4:] for line in lines if re.match("[├└]── ", line)]
    assert heads == [
        *("carries out", "rests on"),
        *("is carried out by", "is amended by", "is replaced by", "is repealed by"),
    ]
    assert text.count("in force from 05/3/2026") == 1
    assert "II.1: “điểm c khoản 2 Mục II Kế hoạch số 96/KH-UBND”" in text


def words(lines: list[str]) -> str:
    return " ".join(re.sub("[│├└─]", " ", " ".join(lines)).split())


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_tree_wraps_and_cuts_nothing(ingested: Path, width: int) -> None:
    found = around(ingested, "918/2026/NĐ-CP")
    lines = tree(found, width)
    assert max(map(len, lines)) <= width
    for node in found.nodes:
        assert (node.number or node.title) in words(lines)
    assert found.nodes[0].title in words(lines)


def test_every_edge_stands_in_the_tree_once(ingested: Path) -> None:
    found = around(ingested, "96/KH-UBND", 3)
    lines = words(tree(found, 500))
    quotes = [passage.quote for e in found.edges for passage in e.passages]
    assert {quote: lines.count(f"“{quote}”") for quote in quotes} == {quote: quotes.count(quote) for quote in quotes}


def hostile() -> Relations:
    nodes = (
        Node("x", "K", HOSTILE, HOSTILE, HOSTILE, "2026", None, stored=True),
        Node(HOSTILE, HOSTILE, None, None, None, None, None, stored=False),
    )
    edges = (Edge("x", HOSTILE, HOSTILE, (Passage("x", HOSTILE, HOSTILE, HOSTILE),)),)
    return Relations("x", nodes, edges, {"x": 0, HOSTILE: 1}, {}, (), 0)


def test_nothing_of_a_document_steers_the_terminal() -> None:
    text = "\n".join(tree(hostile()))
    assert "\x1b" not in text
    assert "[red]" in text


def test_a_document_without_relations_says_so() -> None:
    found = Relations("x", (Node("x", "K", "1", None, None, None, None, True),), (), {"x": 0}, {}, (), 0)
    assert tree(found) == ["K 1", say("graph.nothing")]


# --- the drawings ---------------------------------------------------------------------------------------------------


def statements(text: str) -> list[str]:
    """The statements of a DOT graph; fails where strings do not close."""
    string = r'"(?:[^"\\\n]|\\.)*"'
    body = re.fullmatch(r"digraph documents \{\n(.*)\}\n", text, re.S)
    assert body
    attributes = rf"\w+={string}(?:, \w+={string})*"
    statement = rf"  (?:rankdir={string}|(?:node|edge|{string}(?: -> {string})?) \[{attributes}\]);\n"
    found = re.findall(statement, body[1])
    assert "".join(found) == body[1]
    return found


def test_dot(ingested: Path) -> None:
    found, out = around(ingested, "96/KH-UBND"), io.StringIO()
    write_dot(out, found, BOOK)
    lines = statements(out.getvalue())
    assert sum(" -> " in line for line in lines) == len(found.edges)
    assert sum('style="dashed"' in line for line in lines) == sum(not node.stored for node in found.nodes)
    (amends,) = [line for line in lines if line.startswith(f'  "{AMENDING}" -> "{PLAN}"') and "amends" in line]
    assert 'label="amends\\nđiểm c khoản 2 Mục II"' in amends


def drawn(found: Relations) -> ElementTree.Element:
    out = io.StringIO()
    write_svg(out, found, BOOK)
    return ElementTree.fromstring(out.getvalue())


def test_hostile_text_stays_text_in_dot_and_svg() -> None:
    out = io.StringIO()
    write_dot(out, hostile(), BOOK)
    assert len(statements(out.getvalue())) == 6
    svg = drawn(hostile())
    assert "script" not in {element.tag.removeprefix(SVG) for element in svg.iter()}
    assert any("<script>&\\x1b[31m" in (element.text or "") for element in svg.iter(f"{SVG}title"))


def groups(svg: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [group for group in svg.iter(f"{SVG}g") if group.get("class") == kind]


def test_svg(ingested: Path) -> None:
    found = around(ingested, "96/KH-UBND")
    svg = drawn(found)
    texts = {
        kind: [[each.text for each in g.iter(f"{SVG}title")] for g in groups(svg, kind)]
        for kind in ("center", "stored", "cited")
    }
    assert {kind: len(each) for kind, each in texts.items()} == {
        "center": 1,
        "stored": 2,
        "cited": sum(not node.stored for node in found.nodes),
    }
    amending = next(node for node in found.nodes if node.id == AMENDING)
    assert [f"Kế hoạch 58/KH-UBND, 17/3/2025\n{amending.title}\nin force from 01/4/2025"] in texts["stored"]
    width = float(svg.get("width", ""))
    assert all(float(rect.get("x", 0)) + 270 <= width for rect in svg.iter(f"{SVG}rect") if rect.get("class") == "box")
    labels = [text.text for text in svg.iter(f"{SVG}text") if text.get("class") == "label"]
    assert "carries out, amends, repeals" in labels
    assert any("II.1: “điểm c khoản 2 Mục II" in (title.text or "") for title in svg.iter(f"{SVG}title"))


def boxes(found: Relations) -> list[tuple[float, float, float, float]]:
    rects = [rect for rect in drawn(found).iter(f"{SVG}rect") if rect.get("class") == "box"]
    return [tuple(float(rect.get(name, "")) for name in ("x", "y", "width", "height")) for rect in rects]  # type: ignore[misc]


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_boxes_do_not_overlap(ingested: Path, depth: int) -> None:
    found = boxes(around(ingested, "3725/QĐ-TTg", depth))
    assert len(found) > 10
    for number, (x, y, width, height) in enumerate(found):
        for other_x, other_y, other_width, other_height in found[:number]:
            apart = x >= other_x + other_width or other_x >= x + width
            assert apart or y >= other_y + other_height or other_y >= y + height


def test_older_documents_stand_on_the_left() -> None:
    sizes = {name: Size(100, 50) for name in "abcdx"}
    plan = layout(sizes, [("b", "a"), ("c", "b"), ("c", "a"), ("d", "a"), ("a", "c")])
    x = {name: box.x for name, box in plan.boxes.items()}
    assert x["a"] < x["b"] < x["c"]
    assert x["a"] < x["d"]
    assert plan.boxes.keys() == sizes.keys()
    # The arrow across a column goes between its boxes, level.
    route = plan.routes["c", "a"]
    assert len(route) == 4
    assert route[1][1] == route[2][1]
    b = plan.boxes["b"]
    assert not b.y < route[1][1] < b.y + b.height
    assert plan.routes["a", "c"]  # though it would close a circle


def test_a_layout_of_nothing_is_empty() -> None:
    assert layout({}, []).boxes == {}


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["g.svg", "g.dot", "g.json"])
def test_the_suffix_sets_the_format(run: Run, ingested: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    assert run("graph", "96/KH-UBND", "--db", ingested, "-o", out).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert text == run("graph", "96/KH-UBND", "--db", ingested, "--format", out.suffix[1:]).stdout
    assert text.startswith({"g.svg": "<svg", "g.dot": "digraph", "g.json": "{"}[name])


def test_an_unknown_suffix_is_wrong_usage(run: Run, ingested: Path, tmp_path: Path) -> None:
    result = run("graph", "96/KH-UBND", "--db", ingested, "-o", tmp_path / "g.png")
    assert result.exit_code == 2
    assert ".svg" in result.stderr
    assert run("graph", "96/KH-UBND", "--db", ingested, "--depth", 6).exit_code == 2


def test_json_has_stable_keys(run: Run, ingested: Path) -> None:
    found = json.loads(run("graph", "96/KH-UBND", "--db", ingested, "--format", "json").stdout)
    assert list(found) == ["center", "nodes", "edges", "others", "left_out"]
    assert list(found["nodes"][0]) == [
        *("id", "kind", "number", "title", "issuer", "issued_on", "effective_on", "stored", "steps", "targets"),
    ]
    assert list(found["edges"][0]) == ["source", "relation", "target", "passages", "pinpoints"]
    assert list(found["edges"][0]["passages"][0]) == ["document", "path", "pinpoint", "quote"]
    assert found["nodes"][0]["targets"]["ended"][0] == {"by": AMENDING, "day": "2025-04-01", "count": 3}


def test_an_unknown_document_is_one_line(run: Run, ingested: Path) -> None:
    for args in (("graph", "97/XX"), ("graph", "KH-UBND")):
        result = run(*args, "--db", ingested)
        assert result.exit_code == 1
        assert result.stderr.startswith("muctieu: ")
        assert result.stderr.count("\n") == 1


def test_more_than_is_shown_is_told_in_a_line(run: Run, ingested: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations.relations, "__defaults__", (4,))
    result = run("graph", "96/KH-UBND", "--db", ingested, "--depth", 5, "--format", "dot")
    assert result.exit_code == 0
    assert re.fullmatch(r"muctieu: \d+ more documents are within reach; shown are the 4 nearest\n", result.stderr)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_speaks_both_languages(run: Run, ingested: Path, language: str) -> None:
    shown = run("--lang", language, "graph", "96/KH-UBND", "--db", ingested).stdout
    assert {"en": "is replaced by", "vi": "bị thay thế bởi"}[language] in shown
