"""The web page of a document: nothing of the text lost, every record in its place, nothing let in from outside."""

import base64
import hashlib
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

import extractor
from extractor import extract, extract_text
from extractor.errors import UnreadableFile
from extractor.messages import LANGUAGES, speak
from extractor.model import RECORDS
from extractor.page import document_page
from extractor.painting import Article, Html, Mark, Painter, shapes
from extractor.safe import clean

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
FILES = sorted(path for path in CORPUS.iterdir() if path.suffix in (".txt", ".html", ".docx") and path.stem != "README")
CSS = Path(extractor.__file__).with_name("page.css").read_text(encoding="utf-8")

HEAD = """ỦY BAN NHÂN DÂN TỈNH GIA LAI | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Số: 131/KH-UBND | Gia Lai, ngày 05 tháng 3 năm 2026
KẾ HOẠCH
Phát triển thư viện giai đoạn 2026 - 2030
"""
PLAN = f"""{HEAD}I. MỤC TIÊU
1. Đến năm 2030
a) 100% xã có thư viện; trong đó:
- Ít nhất 60% có máy tính.
TT | Chỉ tiêu | Năm 2026 | Năm 2030
A | Thư viện
1 | Tỷ lệ xã có thư viện (%) | 65 | 100
2 | Số bản sách (nghìn bản) |  | 900
II. TỔ CHỨC THỰC HIỆN
Sở Tài chính chủ trì, báo cáo trước ngày 20/12/2026 theo Quyết định số 32/2010/QĐ-TTg ngày 25/3/2010.
"""


def article_of(html: str) -> LexborNode:
    """The text of a page as a browser builds it."""
    node = LexborHTMLParser(html).css_first("article")
    assert node is not None
    return node


def folded(text: str) -> str:
    return "".join(text.split())


def pieces(html: str) -> dict[str, str]:
    """The text under each mark that has an id, its pieces joined."""
    found: dict[str, str] = {}
    for node in article_of(html).css("mark[id], mark[data-of]"):
        key = node.attributes.get("id") or node.attributes["data-of"]
        assert key
        found[key] = found.get(key, "") + node.text()
    return found


def painted(text: str, marks: list[Mark], cuts: list[int]) -> str:
    """A text painted in stretches, each a paragraph."""
    out = Html()
    with out.inside("article"):
        painter = Painter(out, text, marks)
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
            with out.inside("p"):
                painter.paint(start, end)
    return out.written()


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    return extract_text(PLAN).to_dict()


# --- the text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_text_of_the_page_is_the_text_and_every_record_is_marked(path: Path) -> None:
    found = extract(str(path)).to_dict()
    html = document_page(found)
    assert folded(article_of(html).text()) == folded(clean(found["text"]))
    marked = pieces(html)
    for name in RECORDS:
        for record in found[name]:
            if record.get("role") != "target":
                quote = record["value_quote"] if name == "targets" else record["quote"]
                assert folded(marked[record["id"]]) == folded(clean(quote))


spans = st.tuples(st.integers(-3, 70), st.integers(-3, 70))


@given(st.text(max_size=60), st.lists(spans, max_size=12), st.lists(st.integers(0, 60), max_size=5))
@example("abcdefgh", [(0, 5), (3, 8), (3, 5), (3, 5), (2, 2)], [4])
@example("abc", [(-3, -1), (-2, 1), (2, 9), (5, 8)], [])
@example("a<b>&amp;\x1b\x00\ud800\u202e", [(1, 4), (3, 9)], [])
def test_marks_that_nest_and_cross_lose_nothing(text: str, claimed: list[tuple[int, int]], cuts: list[int]) -> None:
    marks = [Mark(start, end, "a", "card", f"m{i}") for i, (start, end) in enumerate(claimed)]
    html = painted(text, marks, sorted(min(cut, len(text)) for cut in cuts))
    assert article_of(html).text() == clean(text)
    shown = {f"m{i}": text[max(start, 0) : max(end, 0)] for i, (start, end) in enumerate(claimed) if start < end}
    assert pieces(html) == {key: clean(quote) for key, quote in shown.items() if quote}
    ids = [node.attributes["id"] for node in article_of(html).css("[id]")]
    assert len(ids) == len(set(ids))


def test_marks_are_cut_only_where_they_cross_or_a_stretch_ends() -> None:
    html = painted("abcdef", [Mark(2, 4, "in", id="i"), Mark(0, 6, "out", id="o")], [])
    assert html.count("<mark") == 2
    assert '<mark class="out" id="o">ab<mark class="in" id="i">cd</mark>ef</mark>' in html
    assert painted("abcdef", [Mark(0, 2, "in"), Mark(0, 6, "out")], []).count("<mark") == 2
    assert painted("abcdef", [Mark(0, 4, "a", id="a"), Mark(2, 6, "b", id="b")], []).count("<mark") == 3
    assert painted("abcdef", [Mark(0, 4, "a", "card", "a")], [2]).count("tabindex") == 1


def test_marks_in_what_is_passed_over_are_not_written() -> None:
    out = Html()
    with out.inside("article"):
        painter = Painter(out, "abcdef", [Mark(2, 4, "no"), Mark(1, 3, "a"), Mark(3, 5, "b")])
        painter.paint(0, 2)
        painter.paint(4, 6)
    assert '<article>a<mark class="a">b</mark><mark class="b">e</mark>f</article>' in out.written()


def test_no_character_breaks_the_page() -> None:
    html = painted("a", [Mark(0, 1, "a", card="\x1b[31m\ud800\u202e", id="\x00\udfff")], [])
    html.encode("utf-8")
    (node,) = article_of(html).css("mark")
    assert node.attributes["aria-description"] == "\\x1b[31m\\ud800\\u202e"
    assert node.attributes["id"] == "\\x00\\udfff"


LINES = [
    *PLAN.splitlines(),
    "",
    "|",
    "| | a |",
    "<script>alert(1)</script>",
    "</p></article>",
    "Chương II",
    "PHỤ LỤC 01",
]


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=30), max_size=12), st.sampled_from(LANGUAGES))
@example(["| | a |", "KẾ HOẠCH", "| b | |"], "en")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_page_of_any_text_holds_that_text(lines: list[str], language: str) -> None:
    speak(language)
    try:
        found = extract_text("\n".join(lines)).to_dict()
    except UnreadableFile:  # letters of other scripts
        return
    html = document_page(found)
    assert folded(article_of(html).text()) == folded(clean(found["text"]))
    assert len(LexborHTMLParser(html).css("script")) == 1


def test_time_grows_with_the_text_not_with_its_square() -> None:
    count = 50_000
    marks = [Mark(10 * i, 10 * i + 14, "a", "card", str(i)) for i in range(count)]
    began = time.perf_counter()
    html = painted("x" * 10 * count, marks, list(range(0, 10 * count, 25)))
    assert html.count("data-of") > count / 3
    assert time.perf_counter() - began < 20  # it takes one second; comparing each with each takes minutes


# --- the structure ----------------------------------------------------------------------------------------------------


def test_headings_indents_and_outline(plan: dict[str, Any]) -> None:
    page = LexborHTMLParser(document_page(plan))
    headings = {node.text().strip(): node.tag for node in page.css("article :is(h3, h4, h5, h6)")}
    assert headings == {"I. MỤC TIÊU": "h3", "1. Đến năm 2030": "h4", "II. TỔ CHỨC THỰC HIỆN": "h3"}
    outline = page.css(".outline a")
    assert [node.text() for node in outline] == list(headings)
    for node in outline:
        (aim,) = page.css(node.attributes["href"] or "")
        assert aim.text().strip() == node.text()
    indents = {node.text()[:2]: node.attributes["class"] for node in page.css("article p.item")}
    assert indents == {"a)": "item indent1", "- ": "item indent2"}


def test_what_stands_side_by_side_in_a_head_does_so_on_the_page(plan: dict[str, Any]) -> None:
    sides = article_of(document_page(plan)).css("p.header .side")
    assert [node.text().strip() for node in sides] == [
        "ỦY BAN NHÂN DÂN TỈNH GIA LAI",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Số: 131/KH-UBND",
        "Gia Lai, ngày 05 tháng 3 năm 2026",
    ]


def test_sentences_that_others_stand_under_are_no_headings() -> None:
    text = (
        "Điều 1. Phạm vi\n1. Nghị quyết này quy định về:\na) Thu;\nb) Chi.\nĐiều 2. Quyết định này có hiệu lực ngay.\n"
    )
    found = extract_text(HEAD + text).to_dict()
    shaped = [(shape.level, shape.entry) for shape in shapes(found["text"], found["blocks"]).values()][-5:]
    assert shaped == [
        (1, "Điều 1. Phạm vi"),
        (0, ""),
        (0, ""),
        (0, ""),
        (0, "Điều 2. Quyết định này có hiệu lực ngay."),
    ]


def test_no_heading_stands_under_running_text() -> None:
    text = "I. MỤC TIÊU\n1. Nâng cao năng lực của thư viện.\n1.1. Thư viện tỉnh\nMở cửa hằng ngày.\n"
    found = extract_text(HEAD + text).to_dict()
    shaped = [(shape.level, shape.indent, shape.entry) for shape in shapes(found["text"], found["blocks"]).values()]
    assert shaped[-4:] == [(1, 0, "I. MỤC TIÊU"), (0, 0, ""), (0, 1, ""), (0, 2, "")]


def test_the_name_of_a_chapter_on_a_line_of_its_own_is_in_the_outline() -> None:
    found = extract_text(
        f"{HEAD}Chương I\nQUY ĐỊNH CHUNG\nĐiều 1. Phạm vi\nNghị định này quy định về thư viện.\n"
    ).to_dict()
    page = LexborHTMLParser(document_page(found))
    assert page.css_first(".outline a").text() == "Chương I QUY ĐỊNH CHUNG"
    assert page.css_first("article p.name").text().strip() == "QUY ĐỊNH CHUNG"


def test_rows_are_rows_of_a_table_with_their_cells_in_their_columns(plan: dict[str, Any]) -> None:
    (table,) = article_of(document_page(plan)).css("table")
    rows = [[cell.text().strip("| \n") for cell in row.css("th, td")] for row in table.css("tr")]
    assert rows == [
        ["TT", "Chỉ tiêu", "Năm 2026", "Năm 2030"],
        ["A", "Thư viện"],
        ["1", "Tỷ lệ xã có thư viện (%)", "65", "100"],
        ["2", "Số bản sách (nghìn bản)", "", "900"],
    ]
    assert len(table.css("th")) == 4
    assert "|" not in "".join(node.text() for node in article_of(document_page(plan)).css("mark"))


def test_a_row_has_one_clause_around_all_its_values(plan: dict[str, Any]) -> None:
    found = document_page(plan)
    row = next(row for row in article_of(found).css("tr") if "Tỷ lệ xã" in row.text())
    assert [node.text() for node in row.css("mark.value")] == ["65", "100"]
    clauses = row.css("mark.targets:not(.value)")
    assert len(clauses) == len(row.css("td"))
    card = clauses[0].attributes["aria-description"] or ""
    indicator = "Thư viện › Tỷ lệ xã có thư viện (%)"
    assert card.splitlines() == ["Targets (2)", f"{indicator}: 65, by 2026", f"{indicator}: 100, by 2030"]


def test_pages_begin_where_they_begin_also_within_a_line() -> None:
    text = "Trang một\nhai dòng của trang\nba\n"
    blocks = [
        {
            "block": i,
            "parent": None,
            "kind": "paragraph",
            "label": None,
            "path": "",
            "heading": None,
            "start": a,
            "end": b,
        }
        for i, (a, b) in enumerate([(0, 9), (10, 28), (29, 31)])
    ]
    pages = [{"number": number, "start": start} for number, start in ((1, 0), (2, 14), (3, 28))]
    out = Html()
    with out.inside("article"):
        Article(out, Painter(out, text, [Mark(10, 28, "a", id="x")]), blocks, pages).write()
    html = out.written()
    assert folded(article_of(html).text()) == folded(text)
    shown = re.sub(r"\s+", " ", html.replace('<span class="page" data-page=', "PAGE ").replace("></span>", " "))
    assert re.findall(r'PAGE "p. (\d)" (\S+)', re.sub(r"<[^>]+>", "", shown)) == [
        ("1", "Trang"),
        ("2", "dòng"),
        ("3", "ba"),
    ]


# --- the records ------------------------------------------------------------------------------------------------------


def test_a_card_says_what_the_record_says(plan: dict[str, Any]) -> None:
    page = LexborHTMLParser(document_page(plan))

    def card(name: str, quote: str) -> list[str]:
        record = next(r for r in plan[name] if quote in r["quote"])
        node = page.css_first(f'mark[id="{record["id"]}"]')
        assert node is not None
        return (node.attributes["aria-description"] or "").splitlines()

    target = card("targets", "60%")
    assert target[0] == "Target: ≥ 60%"
    assert {"Period: by 2030", "Place: Gia Lai"} <= set(target)
    assert any(line.startswith("Rule: ") for line in target)
    assert any(line.startswith("Confidence: 0.") for line in target)
    assert {"Deadline: trước ngày 20/12/2026", "Use: task"} <= set(card("deadlines", "20/12/2026"))
    assert "Level: province" in card("agencies", "Sở Tài chính")
    assert "Document: Quyết định 32/2010/QĐ-TTg, 25/3/2010" in card("legal_refs", "32/2010")


def test_what_a_heading_adds_to_an_indicator_is_said_with_it(plan: dict[str, Any]) -> None:
    target = {**plan["targets"][0], "scope": "Cây cà phê", "indicator": "Diện tích", "holder": "quoted", "same_as": "x"}
    page = LexborHTMLParser(document_page({**plan, "targets": [target]}))
    told = "Cây cà phê › Diện tích (quoted) (again)"
    assert page.css_first("#targets td.indicator").text() == told
    assert f"Indicator: {told}" in (page.css_first("mark.value[id]").attributes["aria-description"] or "")


def test_every_link_leads_somewhere_and_every_count_is_right(plan: dict[str, Any]) -> None:
    page = LexborHTMLParser(document_page(plan))
    ids = Counter(node.attributes["id"] for node in page.css("[id]"))
    assert set(ids.values()) == {1}
    links = [node.attributes["href"] or "" for node in page.css("a")]
    assert len(links) > 10
    assert {link[1:] for link in links} <= set(ids)
    for name in RECORDS:
        shown = [r for r in plan[name] if r.get("role") != "target"]
        rows = page.css(f"#{name} tr")
        assert len(rows) == (len(shown) + 1 if shown else 0)
        label = page.css_first(f"#show-{name}").parent
        assert label.parent.text().endswith(str(len(shown)))


def test_only_some_classes(plan: dict[str, Any]) -> None:
    page = LexborHTMLParser(document_page(plan, ["deadlines", "deadlines"]))
    assert {node.attributes["class"] for node in page.css("mark")} == {"deadlines"}
    assert [node.attributes["id"] for node in page.css(".records")] == ["deadlines"]
    assert folded(page.css_first("article").text()) == folded(plan["text"])


def test_what_the_document_is_and_what_is_wrong_with_it(plan: dict[str, Any]) -> None:
    speak("vi")
    source = {"path": "/a/b/plan.docx", "media_type": "", "sha256": "", "ocr": False}
    problem = {"where": "page 3", "what": "<b>no text</b>"}
    page = LexborHTMLParser(document_page({**plan, "sources": [source], "problems": [problem]}))
    assert page.css_first("html").attributes["lang"] == "vi"
    assert page.css_first("title").text() == "Kế hoạch 131/KH-UBND, 05/3/2026"
    assert page.css_first("h1").text() == "Phát triển thư viện giai đoạn 2026 - 2030"
    told = page.css_first("header").text(separator=" ")
    for part in (
        "Kế hoạch 131/KH-UBND",
        "Ủy ban nhân dân tỉnh Gia Lai",
        "05/3/2026",
        "plan.docx",
        "page 3: <b>no text</b>",
    ):
        assert part in told
    assert "/a/b" not in told


# --- nothing from outside ---------------------------------------------------------------------------------------------


HOSTILE = [
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</article></main>",
    "]]>--><!--",
    "&lt;b&gt;",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_of_a_document_is_markup(plan: dict[str, Any], hostile: str) -> None:
    text = PLAN.replace("thư viện", f"thư viện {hostile}")
    found = extract_text(text).to_dict()
    found["document"]["title"] = found["document"]["issuer"] = hostile
    found["targets"] = [
        {**r, "id": f"{hostile}{i}", "indicator": hostile, "place": hostile} for i, r in enumerate(found["targets"])
    ]
    found["sources"] = [{"path": hostile, "media_type": "", "sha256": "", "ocr": False}]
    page = LexborHTMLParser(document_page(found))
    expected = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "script",
        "body",
        "header",
        "section",
        "nav",
        "main",
        "article",
    }
    expected |= {
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "dl",
        "dt",
        "dd",
        "div",
        "span",
        "ul",
        "li",
        "a",
        "mark",
        "label",
        "input",
    }
    expected |= {"details", "summary", "table", "thead", "tbody", "tr", "td", "th"}
    assert {node.tag for node in page.css("*")} <= expected
    assert len(page.css("script")) == 1
    assert not [
        key for node in page.css("*") for key in node.attributes if key.startswith("on") or key in ("src", "style")
    ]
    assert all((node.attributes["href"] or "").startswith("#") for node in page.css("[href]"))
    assert folded(page.css_first("article").text()) == folded(clean(found["text"]))


def test_the_page_forbids_itself_all_but_its_own_script(plan: dict[str, Any]) -> None:
    html = document_page(plan)
    page = LexborHTMLParser(html)
    policy = page.css_first("meta[http-equiv=Content-Security-Policy]").attributes["content"] or ""
    assert policy.startswith("default-src 'none'; ")
    script = re.search(r"<script>(.*?)</script>", html, flags=re.S)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert not re.search(r"url\(|@import|https?:", CSS + script[1])


# --- its looks --------------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of WCAG 2: 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast(scheme: int) -> None:
    colours = dict(
        re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", re.findall(r":root \{(.*?)\}", CSS, flags=re.S)[scheme])
    )
    grounds = [name for name in colours if name in ("paper", "ground") or name.endswith(("-soft", "-strong"))]
    assert len(grounds) == 2 + len(RECORDS) + 1
    for ground in grounds:
        assert contrast(colours["ink"], colours[ground]) >= 4.5, ground
    for ground in ("paper", "ground"):
        assert contrast(colours["dim"], colours[ground]) >= 4.5
        assert contrast(colours["link"], colours[ground]) >= 4.5
    for name in RECORDS:
        assert contrast(colours[name], colours["paper"]) >= 4.5
        assert contrast(colours[name], colours[f"{name}-soft"]) >= 3


def test_no_two_classes_differ_by_hue_alone() -> None:
    looks = {}
    for name in ("value", *RECORDS[1:]):
        rule = re.search(rf"^mark\.{name} \{{(.*?)\}}", CSS, flags=re.M)
        assert rule
        looks[name] = frozenset(re.findall(r"dotted|dashed|double|solid \dpx|border-width", rule[1]))
    assert len(set(looks.values())) == len(RECORDS)
    assert all(looks.values())
