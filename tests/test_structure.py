"""Structure: any text gives a tree that covers it, and the parts of real layouts land where a reader sees them."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from extractor import extract_text
from extractor.model import Block, Extraction, Source
from extractor.pipeline import extract
from extractor.rulebook import load
from extractor.structure import Outline, outline
from extractor.text import canonical, shade

BOOK = load()
CORPUS = sorted((Path(__file__).resolve().parent.parent / "corpus").glob("*.txt"))
KINDS = {
    "header", "preamble", "title", "phần", "chương", "mục", "điều", "khoản", "điểm", "section", "item", "paragraph",
    "table", "row", "cell", "annex", "recipients", "signature",
}  # fmt: skip


def outlined(text: str) -> tuple[str, Outline]:
    cleaned = canonical(Source("-", "text/plain", "", text), BOOK)
    return cleaned.text, outline(cleaned, BOOK)


# --- any text -------------------------------------------------------------------------------------------------------

LINES = st.sampled_from(
    [
        "ỦY BAN NHÂN DÂN TỈNH SƠN LA | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 12/KH-UBND",
        "Sơn La, ngày 05 tháng 3 năm 2024",
        "KẾ HOẠCH",
        "QUYẾT ĐỊNH",
        "QUYẾT ĐỊNH:",
        "Phát triển vườn ươm giai đoạn 2024 - 2028",
        "Căn cứ Luật Trồng trọt ngày 19 tháng 11 năm 2018;",
        "PHẦN I. MỤC TIÊU",
        "Chương II",
        "NHỮNG QUY ĐỊNH CHUNG",
        "Mục 1. Giống cây",
        "Điều 1. Phạm vi",
        "I. MỤC TIÊU",
        "A. ĐÁNH GIÁ",
        "1. Mục tiêu chung",
        "1.1. Đến năm 2026",
        "2.3.4 Đất",
        "a) Mỗi xã có 02 vườn ươm;",
        "đ) Có 60% số hộ tham gia.",
        "- Phấn đấu đạt 75%.",
        "+ Sở Nông nghiệp chủ trì:",
        "(1) Trồng 40 ha",
        "* Ghi chú",
        "| STT | Xã | Số cây |",
        "1 | Chiềng A | 200",
        " | | ",
        "|",
        "||",
        "PHỤ LỤC I",
        "DANH MỤC",
        "Nơi nhận:",
        "- Như Điều 3;",
        "TM. ỦY BAN NHÂN DÂN",
        "CHỦ TỊCH",
        "Lò Văn An",
        "Cây giống được cấp cho các hộ, gồm:",
        "x",
        "",
        "   ",
        "\ufffd\u0301",
        "-----",
        "5",
        "Điều 1. Một. Điều 2. Hai. QUYẾT ĐỊNH: Chương I Mục 1. " * 40,
    ]
)
TEXTS = st.one_of(
    st.lists(LINES, max_size=30).map("\n".join),
    st.lists(st.one_of(LINES, st.text(max_size=30)), max_size=12).map("\n".join),
    st.text(max_size=80),
)


def faults_of(text: str, tree: Outline) -> list[str]:
    """What is wrong with a tree, one line each."""
    out: list[str] = []
    blocks = tree.blocks

    def expect(sound: bool, what: str) -> None:
        if not sound:
            out.append(what)

    def blank(start: int, end: int, but: str = "") -> bool:
        return not text[start:end].strip().strip(but)

    expect([b.block for b in blocks] == list(range(len(blocks))), "numbers run on")
    expect(len(tree.contents) == len(blocks), "a content for each block")
    for b, content in zip(blocks, tree.contents, strict=False):
        expect(0 <= b.start < b.end <= len(text), f"{b.block}: span {b.start}:{b.end}")
        expect(b.start <= content <= b.end, f"{b.block}: content {content}")
        expect(text[b.start : b.end] == text[b.start : b.end].strip(), f"{b.block}: white space at its ends")
        expect(b.kind in KINDS, f"{b.block}: kind {b.kind}")
        expect(b.parent is None or 0 <= b.parent < b.block, f"{b.block}: parent {b.parent}")
        expect(b.label != "" and b.heading != "", f"{b.block}: empty instead of null")
        expect((b.row is not None) == (b.kind in ("row", "cell")), f"{b.block}: row")
        expect((b.column is not None) == (b.kind == "cell"), f"{b.block}: column")
        part = tree.parts[b.part]
        expect(part.start <= b.start and b.end <= part.end, f"{b.block}: outside its part")
        if b.parent is not None and b.parent < b.block:
            expect(blocks[b.parent].part == b.part, f"{b.block}: parent in another part")
    flow = [b for b in blocks if b.kind not in ("row", "cell")]
    at = 0
    for b in flow:
        expect(b.start >= at, f"{b.block}: overlaps the block before")
        expect(blank(at, b.start), f"{b.block}: text before it is in no block")
        at = b.end
    expect(blank(at, len(text)), "text behind the last block")
    for table in (b for b in blocks if b.kind == "table"):
        rows = [b for b in blocks if b.parent == table.block]
        expect([b.row for b in rows] == list(range(len(rows))), f"{table.block}: rows count from 0")
        expect(bool(rows) and (rows[0].start, rows[-1].end) == (table.start, table.end), f"{table.block}: ends")
        expect(all(blank(a.end, b.start) for a, b in pairwise(rows)), f"{table.block}: rows tile")
    for row in (b for b in blocks if b.kind == "row"):
        expect(row.parent is not None and blocks[row.parent].kind == "table", f"{row.block}: row outside a table")
        cells = [b for b in blocks if b.parent == row.block]
        at = row.start
        for cell in cells:
            expect(cell.kind == "cell" and cell.row == row.row, f"{cell.block}: cell of row {cell.row}")
            expect(at <= cell.start and cell.end <= row.end, f"{cell.block}: cell outside its row")
            expect(blank(at, cell.start, "| "), f"{cell.block}: text between cells")
            expect("|" not in text[cell.start : cell.end], f"{cell.block}: a bar inside a cell")
            at = cell.end
        expect(blank(at, row.end, "| "), f"{row.block}: text behind its cells")
        columns = [c.column or 0 for c in cells]
        expect(columns == sorted(set(columns)), f"{row.block}: columns {columns}")
    expect([p.part for p in tree.parts] == list(range(len(tree.parts))), "parts count from 0")
    expect(tree.parts[0].start == 0 and tree.parts[-1].end == len(text), "parts reach both ends")
    expect(all(a.end == b.start for a, b in pairwise(tree.parts)), "parts follow each other")
    return out


@settings(max_examples=250, deadline=None)
@given(TEXTS)
@example("")
@example("|")
@example("KẾ HOẠCH")
@example("KẾ HOẠCH\nx")
@example("1 | \n | 2")
@example("Nơi nhận:\n| a | b")
@example("PHỤ LỤC I\nDANH MỤC\n1 | a | 2")
def test_any_text_gives_a_tree_that_covers_it(text: str) -> None:
    own, tree = outlined(text)
    assert faults_of(own, tree) == []


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_a_text_not_cleaned_gives_a_tree_too(text: str) -> None:
    assert faults_of(text, outline(shade(text, BOOK), BOOK)) == []


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_sample_documents_are_covered(path: Path) -> None:
    own, tree = outlined(path.read_text("utf-8"))
    assert faults_of(own, tree) == []
    assert len(tree.blocks) >= 10


def test_the_check_of_trees_sees_faults() -> None:
    text, tree = outlined("I. MỤC TIÊU\n1 | hai | ba\nmột\nhai")
    assert faults_of(text, tree) == []
    wrong: dict[str, Callable[[list[Block]], list[Block]]] = {
        "in no block": lambda b: [x for x in b if "một" not in text[x.start : x.end]],
        "overlaps": lambda b: [*b[:-1], _moved(b[-1], b[-2].start, b[-1].end)],
        "text behind": lambda b: b[:-1],
        "parent": lambda b: [_child(b[0], 3), *b[1:]],
        "between cells": lambda b: [x for x in b if text[x.start : x.end] != "hai" or x.kind != "cell"],
    }
    for what, change in wrong.items():
        blocks = change(list(tree.blocks))
        assert any(what in fault for fault in faults_of(text, _with(tree, blocks))), what


def _moved(block: Block, start: int, end: int) -> Block:
    return replace(block, start=start, end=end)


def _child(block: Block, parent: int) -> Block:
    return replace(block, parent=parent)


def _with(tree: Outline, blocks: list[Block]) -> Outline:
    return replace(tree, blocks=tuple(blocks), contents=tuple(b.start for b in blocks))


# --- heads ----------------------------------------------------------------------------------------------------------

BODY = """
Căn cứ Luật Thư viện ngày 21 tháng 11 năm 2019;
Ủy ban nhân dân tỉnh ban hành Kế hoạch như sau:
I. MỤC TIÊU
Đến năm 2028 có 60% số xã có thư viện.
"""
HEADS = {
    "two cells": """ỦY BAN NHÂN DÂN TỈNH LÀO CAI --- | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do
Số: 77/KH-UBND | Lào Cai, ngày 09 tháng 3 năm 2024

KẾ HOẠCH
Phát triển thư viện cộng đồng giai đoạn 2024 - 2028
""",
    "table with bars at its ends": """| ỦY BAN NHÂN DÂN TỈNH LÀO CAI | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM |
| Số: 77/KH-UBND | Lào Cai, ngày 09 tháng 3 năm 2024 |

KẾ HOẠCH
Phát triển thư viện cộng đồng giai đoạn 2024 - 2028
""",
    "lines": """ỦY BAN NHÂN DÂN TỈNH LÀO CAI
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Số: 77/KH-UBND
Lào Cai, ngày 09 tháng 3 năm 2024
KẾ HOẠCH
Phát triển thư viện cộng đồng giai đoạn 2024 - 2028
""",
    "issuer on two lines": """ỦY BAN NHÂN DÂN
TỈNH LÀO CAI
-------
Số: 77/KH-UBND
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
---------------
Lào Cai, ngày 09 tháng 3 năm 2024

KẾ HOẠCH
Phát triển thư viện cộng đồng giai đoạn 2024 - 2028
""",
    "columns of spaces": """ỦY BAN NHÂN DÂN TỈNH LÀO CAI          CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
                                                Độc lập - Tự do - Hạnh phúc
Số: 77/KH-UBND                           Lào Cai, ngày 09 tháng 3 năm 2024

KẾ HOẠCH
Phát triển thư viện cộng đồng giai đoạn 2024 - 2028
""",
    "capitals": """ỦY BAN NHÂN DÂN TỈNH LÀO CAI
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Số: 77/KH-UBND
LÀO CAI, NGÀY 09 THÁNG 3 NĂM 2024
KẾ HOẠCH
PHÁT TRIỂN THƯ VIỆN CỘNG ĐỒNG GIAI ĐOẠN 2024 - 2028
""",
    "old style": """Uỷ ban nhân dân tỉnh Lào Cai
Cộng hoà xã hội chủ nghĩa Việt Nam
Độc lập - Tự do - Hạnh phúc
Số: 77/KH-UBND
Lào Cai, ngày 09 tháng 3 năm 2024
KẾ HOẠCH
Phát triển thư viện cộng đồng giai đoạn 2024 - 2028
""",
}


@pytest.mark.parametrize("layout", HEADS)
def test_head_in_layouts(layout: str) -> None:
    document = extract_text(HEADS[layout] + BODY).document
    assert (document.kind, document.number, document.issued_on) == ("Kế hoạch", "77/KH-UBND", "2024-03-09")
    assert (document.issuer, document.source_kind) == ("Ủy ban nhân dân tỉnh Lào Cai", "official")
    assert (document.province, document.province_code) == ("Lào Cai", "10")
    assert (document.from_, document.to) == ("2024", "2028")
    assert (document.title or "").lower() == "phát triển thư viện cộng đồng giai đoạn 2024 - 2028"


def test_a_title_on_two_lines() -> None:
    head = HEADS["lines"].replace("cộng đồng giai đoạn", "cộng đồng\ngiai đoạn")
    document = extract_text(head + BODY).document
    assert document.title == "Phát triển thư viện cộng đồng giai đoạn 2024 - 2028"
    assert (document.from_, document.to) == ("2024", "2028")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Về việc đính chính Quyết định số 29/2007/QĐ-BXD của", "Bộ trưởng Bộ Xây dựng về bến thuyền"),
        ("Về phát triển bến thuyền giai đoạn 2026 -", "2030 trên sông"),
        ("Về việc thực hiện Nghị quyết số 57-NQ/TW và", "Nghị quyết số 71/NQ-CP"),
        ("Về việc nạo vét luồng sông,", "Bến thuyền và kè"),
        ("Về phát triển bến thuyền (thực hiện", "Nghị quyết số 71/NQ-CP)"),
    ],
)
def test_a_title_broken_inside_a_phrase_goes_on(first: str, second: str) -> None:
    text = f"BỘ XÂY DỰNG\nSố: 5/QĐ-BXD\nQUYẾT ĐỊNH\n{first}\n{second}\nBỘ TRƯỞNG BỘ XÂY DỰNG\n"
    assert extract_text(f"{text}Căn cứ Luật Xây dựng;\n", book=BOOK).document.title == f"{first} {second}"


def test_a_whole_title_does_not_go_on_in_a_capital() -> None:
    text = "BỘ XÂY DỰNG\nSố: 5/QĐ-BXD\nQUYẾT ĐỊNH\nVề bến thuyền\nBến thuyền là nơi neo đậu.\n"
    assert extract_text(text, book=BOOK).document.title == "Về bến thuyền"


def test_head_of_a_document_on_one_line() -> None:
    document = extract_text(" ".join((HEADS["lines"] + BODY * 14).split())).document
    assert (document.kind, document.number, document.issued_on) == ("Kế hoạch", "77/KH-UBND", "2024-03-09")
    assert (document.issuer, document.province) == ("Ủy ban nhân dân tỉnh Lào Cai", "Lào Cai")


def test_head_of_a_department_below_its_committee() -> None:
    head = (
        HEADS["lines"].replace("ỦY BAN NHÂN DÂN TỈNH LÀO CAI", "UBND TỈNH LÀO CAI\nSỞ Y TẾ").replace("UBND\n", "SYT\n")
    )
    document = extract_text(head + BODY).document
    assert (document.number, document.province) == ("77/KH-SYT", "Lào Cai")
    assert (document.issuer or "").startswith("Sở Y tế")


@pytest.mark.parametrize(
    ("issuer", "number", "kind", "wanted"),
    [
        ("THỦ TƯỚNG CHÍNH PHỦ", "845/QĐ-TTg", "QUYẾT ĐỊNH", "Thủ tướng Chính phủ"),
        ("CHÍNH PHỦ", "55/NQ-CP", "NGHỊ QUYẾT", "Chính phủ"),
        ("BỘ Y TẾ", "12/2024/TT-BYT", "THÔNG TƯ", "Bộ Y tế"),
    ],
)
def test_head_of_a_central_document(issuer: str, number: str, kind: str, wanted: str) -> None:
    head = f"{issuer}\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nSố: {number}\nHà Nội, ngày 09 tháng 3 năm 2024\n{kind}\n"
    body = "Về thư viện\nCăn cứ Luật Thư viện ngày 21 tháng 11 năm 2019;\nĐiều 1. Mở thư viện.\n"
    document = extract_text(head + body).document
    assert (document.issuer, document.number, document.kind) == (wanted, number, kind.capitalize())
    assert (document.province, document.province_code) == (None, None)


def test_numbers_in_a_preamble_are_not_the_documents_own() -> None:
    head = HEADS["lines"].replace("Số: 77/KH-UBND\n", "")
    document = extract_text(head + "Thực hiện Quyết định số 12/QĐ-TTg ngày 01 tháng 02 năm 2023;\n" + BODY).document
    assert document.number is None


def test_a_news_article_has_no_head() -> None:
    found = extract_text(
        "Thêm 30 thư viện về làng\n\nChiều 12/5/2023, Sở Văn hóa cho biết đã trao 30 tủ sách cho các làng.\n"
        "Theo kế hoạch, đến năm 2025 có 60% số xã có thư viện.\n"
    )
    document = found.document
    assert (document.source_kind, document.kind) == ("news", "Tin bài")
    assert (document.number, document.issuer, document.signer, document.effective_on) == (None, None, None, None)
    assert [b.kind for b in found.blocks] == ["title", "paragraph", "paragraph"]
    assert document.title == "Thêm 30 thư viện về làng"


# --- the tree -------------------------------------------------------------------------------------------------------

PLAN = """ỦY BAN NHÂN DÂN TỈNH LÀO CAI
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Số: 77/KH-UBND
Lào Cai, ngày 09 tháng 3 năm 2024
KẾ HOẠCH
Phát triển thư viện cộng đồng giai đoạn 2024 - 2028
Căn cứ Luật Thư viện ngày 21 tháng 11 năm 2019;
Ủy ban nhân dân tỉnh ban hành Kế hoạch như sau:
I. MỤC TIÊU
1. Mục tiêu chung
Mở rộng việc đọc sách.
2. Mục tiêu cụ thể
2.1. Đến năm 2026
a) Một thư viện;
b) Hai thư viện;
c) Ba thư viện;
d) Bốn thư viện;
đ) Năm thư viện;
e) Sáu thư viện;
g) Bảy thư viện;
2.2. Đến năm 2028
- Tám thư viện, trong đó:
+ Chín tủ sách;
+ Mười tủ sách;
- Mười một tủ sách.
II. TỔ CHỨC THỰC HIỆN
1. Sở Văn hóa, Thể thao và Du lịch chủ trì.
Trên đây là Kế hoạch của tỉnh.
Nơi nhận:
- Bộ Văn hóa, Thể thao và Du lịch;
- Lưu: VT, VX.
TM. ỦY BAN NHÂN DÂN
KT. CHỦ TỊCH
PHÓ CHỦ TỊCH
Giàng Thị Bình
"""


def tree_of(text: str) -> list[tuple[str, str | None, str]]:
    return [(b.kind, b.label, b.path) for b in extract_text(text).blocks]


def block_of(found: Extraction, begins: str) -> Block:
    return next(b for b in found.blocks if found.text.startswith(begins, b.start))


def test_the_tree_of_a_plan() -> None:
    assert tree_of(PLAN)[6:] == [
        ("preamble", None, ""),
        ("preamble", None, ""),
        ("section", "I", "I"),
        ("section", "1", "I.1"),
        ("paragraph", None, "I.1"),
        ("section", "2", "I.2"),
        ("section", "2.1", "I.2.1"),
        ("item", "a", "I.2.1.a"),
        ("item", "b", "I.2.1.b"),
        ("item", "c", "I.2.1.c"),
        ("item", "d", "I.2.1.d"),
        ("item", "đ", "I.2.1.đ"),
        ("item", "e", "I.2.1.e"),
        ("item", "g", "I.2.1.g"),
        ("section", "2.2", "I.2.2"),
        ("item", None, "I.2.2"),
        ("item", None, "I.2.2"),
        ("item", None, "I.2.2"),
        ("item", None, "I.2.2"),
        ("section", "II", "II"),
        ("section", "1", "II.1"),
        ("paragraph", None, "II.1"),
        ("recipients", None, ""),
        ("recipients", None, ""),
        ("recipients", None, ""),
        ("signature", None, ""),
        ("signature", None, ""),
        ("signature", None, ""),
        ("signature", None, ""),
    ]


def test_children_hang_on_the_heading_above_them() -> None:
    found = extract_text(PLAN)
    above = {
        "b) Hai": "2.1.",
        "g) Bảy": "2.1.",
        "2.1.": "2. Mục",
        "2. Mục": "I.",
        "- Tám": "2.2.",
        "+ Mười tủ": "- Tám",
        "- Mười một": "2.2.",
        "Mở rộng": "1. Mục",
    }
    for child, parent in above.items():
        assert block_of(found, child).parent == block_of(found, parent).block, child
    assert block_of(found, "I.").heading == "MỤC TIÊU"
    assert block_of(found, "II.").parent is None


def test_signer_and_recipients() -> None:
    found = extract_text(PLAN)
    assert found.document.signer == "Giàng Thị Bình"
    assert [a.name for a in found.agencies if a.role == "recipient"] == ["Bộ Văn hóa, Thể thao và Du lịch"]


DECISION = """ỦY BAN NHÂN DÂN TỈNH LÀO CAI
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Số: 05/2024/QĐ-UBND
Lào Cai, ngày 09 tháng 3 năm 2024
QUYẾT ĐỊNH
Ban hành Quy định về chăm sóc cây xanh
ỦY BAN NHÂN DÂN TỈNH LÀO CAI
Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;
QUYẾT ĐỊNH:
Điều 1. Ban hành kèm theo Quyết định này Quy định về chăm sóc cây xanh.
Điều 2. Hiệu lực
1. Quyết định này có hiệu lực từ ngày 01 tháng 4 năm 2024.
2. Bãi bỏ:
a) Quyết định số 11/2010/QĐ-UBND;
đ) Quyết định số 12/2011/QĐ-UBND.
Điều 3. Chánh Văn phòng Ủy ban nhân dân tỉnh chịu trách nhiệm thi hành.
TM. ỦY BAN NHÂN DÂN
CHỦ TỊCH
(Đã ký)
Giàng Văn An
QUY ĐỊNH
Về chăm sóc cây xanh
(Ban hành kèm theo Quyết định số 05/2024/QĐ-UBND ngày 09 tháng 3 năm 2024)
Chương I
NHỮNG QUY ĐỊNH CHUNG
Điều 1. Phạm vi
Quy định này áp dụng trong tỉnh.
Mục 2. Cây bóng mát
Điều 2. Trồng cây
1. Mỗi phường trồng hàng cây mới.
PHỤ LỤC II
CÁC LOẠI CÂY
STT | Loại | Số cây
1 | Cây sấu | 200
"""


def test_articles_clauses_and_points() -> None:
    tree = tree_of(DECISION)
    assert ("điều", "2", "Điều 2") in tree
    assert ("khoản", "2", "Điều 2.2") in tree
    assert ("điểm", "đ", "Điều 2.2.đ") in tree
    assert ("chương", "I", "Chương I") in tree
    assert ("mục", "2", "Chương I.Mục 2") in tree


def test_a_regulation_attached_to_a_decision_is_a_part() -> None:
    found = extract_text(DECISION)
    assert [(p.kind, p.title) for p in found.parts[:2]] == [
        ("Quyết định", "Ban hành Quy định về chăm sóc cây xanh"),
        ("Quy định", "Về chăm sóc cây xanh"),
    ]
    assert found.parts[0].number == "05/2024/QĐ-UBND"
    assert found.parts[1].start == found.text.index("QUY ĐỊNH\nVề")
    assert block_of(found, "Chương I").part == 1
    assert block_of(found, "Điều 3.").part == 0
    assert (found.document.number, found.document.effective_on) == ("05/2024/QĐ-UBND", "2024-04-01")
    assert found.document.effective_why == "stated"


def test_a_plan_attached_to_a_decision_gives_its_period() -> None:
    attached = PLAN[PLAN.index("KẾ HOẠCH") : PLAN.index("Căn cứ")]
    text = DECISION.partition("QUY ĐỊNH\nVề")[0] + attached + PLAN[PLAN.index("I. MỤC TIÊU") : PLAN.index("Nơi nhận")]
    found = extract_text(text)
    assert [p.kind for p in found.parts] == ["Quyết định", "Kế hoạch"]
    assert found.parts[1].title == "Phát triển thư viện cộng đồng giai đoạn 2024 - 2028"
    assert (found.document.kind, found.document.from_, found.document.to) == ("Quyết định", "2024", "2028")


def test_the_enacting_word_opens_no_part() -> None:
    assert len(extract_text(DECISION.partition("QUY ĐỊNH\nVề")[0]).parts) == 1


def test_a_chapter_takes_its_name_from_the_next_line() -> None:
    assert block_of(extract_text(DECISION), "Chương I").heading == "NHỮNG QUY ĐỊNH CHUNG"


def test_an_annex_and_its_table() -> None:
    found = extract_text(DECISION)
    annex = block_of(found, "PHỤ LỤC II")
    assert (annex.kind, annex.label) == ("annex", "II")
    assert annex.heading == "CÁC LOẠI CÂY"
    cells = [(c.row, c.column, found.text[c.start : c.end]) for c in found.blocks if c.kind == "cell"]
    assert cells[-6:] == [
        (0, 0, "STT"),
        (0, 1, "Loại"),
        (0, 2, "Số cây"),
        (1, 0, "1"),
        (1, 1, "Cây sấu"),
        (1, 2, "200"),
    ]


def test_a_table_below_a_name_of_a_list_is_no_title() -> None:
    found = extract_text(DECISION.replace("CÁC LOẠI CÂY", "DANH MỤC"))
    assert not any("|" in (part.title or "") for part in found.parts)
    assert [found.text[c.start : c.end] for c in found.blocks if c.kind == "cell"][:1] == ["STT"]


def test_empty_cells_keep_their_columns() -> None:
    found = extract_text("Bảng tổng hợp\n| Xã A | | 5 |\nXã B |  | 6")
    cells = [(c.row, c.column, found.text[c.start : c.end]) for c in found.blocks if c.kind == "cell"]
    assert cells == [(0, 0, "Xã A"), (0, 2, "5"), (1, 0, "Xã B"), (1, 2, "6")]


@pytest.mark.parametrize(
    "line",
    [
        "Điều 5 của Nghị định này quy định mức hỗ trợ.",
        "Phần lớn các hộ đã có nước sạch.",
        "Mục tiêu đến năm 2028 là có nước sạch.",
        "Chương trình phát triển nhà ở được tiếp tục.",
        "6.200 triệu đồng từ ngân sách.",
        "An toàn giao thông được bảo đảm.",
    ],
)
def test_running_text_is_no_heading(line: str) -> None:
    assert tree_of(f"I. MỞ ĐẦU\n{line}\n")[-1][0] == "paragraph"


def test_the_letters_in_their_order() -> None:
    letters = list("abcdđeghiklmnopqrstuvxy")
    text = "Điều 1. Danh sách\n1. Gồm:\n" + "\n".join(f"{letter}) Mục thứ tự;" for letter in letters)
    assert [label for kind, label, _ in tree_of("I. MỞ ĐẦU\n" + text) if kind == "điểm"] == letters


# --- time -----------------------------------------------------------------------------------------------------------


def seconds(text: str) -> float:
    """Processor time of the outline of a text, the better of two runs."""
    shaded = shade(text, BOOK)
    best = 60.0
    for _ in range(2):
        start = time.process_time()
        outline(shaded, BOOK)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize(
    "piece",
    [
        PLAN,
        DECISION,
        re.sub(r"\s+", " ", DECISION),
        "- a\n+ b\n",
        "a | b | c\n",
        "KẾ HOẠCH\nVề cây\n",
        "|",
        "1. ",
        "Nơi nhận:\n- x\n",
    ],
    ids=["plan", "decision", "one line", "bullets", "table", "titles", "bars", "numbers", "recipients"],
)
def test_time_grows_with_length(piece: str) -> None:
    """Eight times the text may take three times eight; work by the square of the length would take sixty-four."""
    text = piece * (20_000 // len(piece))
    assert seconds(text * 8) < 3 * 8 * max(seconds(text), 0.001)


@pytest.mark.parametrize(
    ("end", "signer", "recipients"),
    [
        ("| | KT. CHỦ TỊCH PHÓ CHỦ TỊCH Trần Văn Mẫu |", "Trần Văn Mẫu", 0),
        ("TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n(Đã ký) Trần Văn Mẫu", "Trần Văn Mẫu", 0),
        ("| | GIÁM ĐỐC Trần Văn Mẫu |", "Trần Văn Mẫu", 0),
        ("Nơi nhận: " + "- Bộ Y tế; " * 40 + "- Lưu: VT. | KT. CHỦ TỊCH PHÓ CHỦ TỊCH Trần Văn Mẫu", "Trần Văn Mẫu", 40),
    ],
)
def test_the_end_of_a_document_in_rows(end: str, signer: str, recipients: int) -> None:
    text = f"ỦY BAN NHÂN DÂN TỈNH GIA LAI\nSố: 12/KH-UBND\n\nKẾ HOẠCH\nVề thư viện\n\n1. Mở thư viện.\n{end}\n"
    found = extract("plan.txt", data=text.encode())
    assert found.document.signer == signer
    assert sum(agency.role == "recipient" for agency in found.agencies) == recipients
    assert not [block for block in found.blocks if block.kind == "table"]
