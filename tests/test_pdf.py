"""PDF with text: reading order, tables, paragraphs, odd letters, limits; the same records as from the text."""

import shutil
import time
from itertools import pairwise
from pathlib import Path

import formats
import pypdfium2
import pytest
from pdfs import assembled, body, line, lines, page, pdf_of, picture, rules, stroked, text

from extractor import extract, extract_text
from extractor.errors import UnreadableFile
from extractor.model import Content
from extractor.readers import layout, letters, ocr, pdf, ruled
from extractor.rulebook import load

BOOK = load()


@pytest.fixture(autouse=True)
def without_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "lacking", lambda: "Tesseract with Vietnamese is not installed (Debian: apt install x)")


def read(*pages: dict, **options: object) -> Content:
    return pdf.read("a.pdf", pdf_of(list(pages), **options), BOOK)


def said(*pages: dict) -> list[str]:
    return read(*pages).text.rstrip("\n").split("\n")


BODY = lines(72, 300, list(body()))
LINES = list(body())


# --- reading order ------------------------------------------------------------------------------------------------

HEAD = [
    text(80, 60, "BAN DÂN TỘC", 13),
    text(280, 60, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 13),
    text(75, 76, "TỈNH VÍ DỤ", 13),
    text(330, 76, "Độc lập - Tự do - Hạnh phúc", 13),
    text(85, 110, "Số: 12/KH-BDT", 13),
    text(320, 112, "Ví Dụ, ngày 05 tháng 3 năm 2026", 13),
    text(270, 150, "KẾ HOẠCH", 14),
]
HEAD_LINES = [
    "BAN DÂN TỘC",
    "TỈNH VÍ DỤ",
    "Số: 12/KH-BDT",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Ví Dụ, ngày 05 tháng 3 năm 2026",
    "KẾ HOẠCH",
]


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5, 6], [0, 2, 4, 1, 3, 5, 6], [6, 5, 4, 3, 2, 1, 0]])
def test_the_head_comes_column_by_column(order: list[int]) -> None:
    head = "".join(HEAD[number] for number in order)
    assert said(page(head + BODY)) == HEAD_LINES + LINES
    assert said(page(BODY + head)) == HEAD_LINES + LINES


def test_recipients_come_before_the_signature() -> None:
    end = lines(72, 600, ["Nơi nhận:", "- Như Điều 3;", "- Sở Y tế;", "- Lưu: VT."], 11, 14)
    end += lines(380, 594, ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"], 13, 16)
    assert said(page(BODY + end))[len(LINES) :] == [
        "Nơi nhận:",
        "- Như Điều 3;",
        "- Sở Y tế;",
        "- Lưu: VT.",
        "TM. ỦY BAN NHÂN DÂN",
        "KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
    ]


def test_words_set_apart_stay_on_their_line() -> None:
    """Two columns of short words without a motto or a signature are a list, whose lines belong together."""
    rows = [("Tỷ lệ hộ nghèo", "2%"), ("Tỷ lệ xã đạt chuẩn", "80%"), ("Số trường học", "12")]
    listed = "".join(text(72, 500 + 16 * n, a) + text(400, 500 + 16 * n, b) for n, (a, b) in enumerate(rows))
    assert said(page(BODY + listed))[len(LINES) :] == [f"{a} {b}" for a, b in rows]


def test_running_text_in_two_columns() -> None:
    left = [f"Cột trái dòng {n} nói về nông thôn" for n in range(10)]
    right = [f"Cột phải dòng {n} nói về đô thị lớn" for n in range(10)]
    both = lines(60, 100, left, 10) + lines(320, 100, right, 10)
    assert " ".join(said(page(both))) == " ".join(left + right)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_pages_that_are_turned(rotate: int) -> None:
    """The content is turned the other way, so that the page is read upright."""
    turns = {0: "1 0 0 1 0 0", 90: "0 1 -1 0 595 0", 180: "-1 0 0 -1 595 842", 270: "0 -1 1 0 0 842"}
    content = "".join(HEAD) + BODY
    size = "595 842"
    if rotate % 180:
        size, turns = "842 595", {90: "0 1 -1 0 842 0", 270: "0 -1 1 0 0 595"}
    turned = page(f"q {turns[rotate]} cm {content} Q", rotate=rotate, size=size)
    assert said(turned) == HEAD_LINES + LINES


def test_text_turned_on_an_upright_page() -> None:
    """A table on its side, as annexes are printed, without a sign of it in the page."""
    content = "".join(HEAD) + BODY + rules([60, 200, 400], [500, 530, 560])
    content += text(65, 520, "TT") + text(205, 520, "Tên") + text(65, 550, "1") + text(205, 550, "Một")
    assert said(page(f"q 0 1 -1 0 842 0 cm {content} Q", size="842 595"))[-2:] == ["TT | Tên", "1 | Một"]


def test_what_is_cropped_away_is_not_read() -> None:
    content = BODY + text(72, 30, "Vết cắt giấy")
    assert said(page(content, crop=(20, 20, 575, 780))) == LINES


def test_hidden_words_of_a_signature() -> None:
    """What a digital signature covers is written in white."""
    content = BODY + "1 g " + text(300, 600, "[daky]") + "0 g " + text(300, 620, "CHỦ TỊCH")
    assert said(page(content)) == [*LINES, "CHỦ TỊCH"]


# --- tables -------------------------------------------------------------------------------------------------------

LEFTS, TOPS = [60.0, 100.0, 300.0, 400.0, 520.0], [500.0, 530.0, 570.0, 600.0]


def cells(rows: list[list[str]], lefts: list[float] = LEFTS, tops: list[float] = TOPS) -> str:
    out = ""
    for top, row in zip(tops, rows, strict=False):
        for left, cell in zip(lefts, row, strict=False):
            out += lines(left + 4, top + 13, cell.split("\n"), 10, 12) if cell else ""
    return out


ROWS = [
    ["TT", "Chỉ tiêu", "Đơn vị", "2030"],
    ["1", "Tỷ lệ xã có thư viện\ncộng đồng", "%", "80"],
    ["2", "Nghị quyết số 12/NQ-\nHĐND", "", "a|b"],
]
ROW_LINES = [
    "TT | Chỉ tiêu | Đơn vị | 2030",
    "1 | Tỷ lệ xã có thư viện cộng đồng | % | 80",
    "2 | Nghị quyết số 12/NQ-HĐND | | a/b",
]


@pytest.mark.parametrize("draw", [line, stroked])
def test_a_ruled_table(draw) -> None:
    content = BODY + rules(LEFTS, TOPS, draw) + cells(ROWS) + text(72, 640, "Sau bảng là dòng này.")
    assert said(page(content)) == [*LINES, *ROW_LINES, "Sau bảng là dòng này."]


def test_cells_come_by_place_and_not_by_the_order_of_the_file() -> None:
    backwards = "".join(reversed(cells(ROWS).splitlines(keepends=True)))
    table = said(page(backwards + rules(LEFTS, TOPS) + BODY))
    assert table[: len(LINES)] == LINES
    assert table[-3] == ROW_LINES[0]


def test_a_table_of_rectangles() -> None:
    """A rectangle for each cell, one path for all."""
    boxes = "".join(
        f"{left} {842 - bottom} {right - left} {bottom - top} re "
        for top, bottom in pairwise(TOPS)
        for left, right in pairwise(LEFTS)
    )
    assert said(page(BODY + f"0.5 w {boxes} S\n" + cells(ROWS)))[len(LINES) :] == ROW_LINES


def test_merged_cells_stand_where_they_begin() -> None:
    drawn = "".join(line(60, top, 520, top) for top in (500, 530, 600)) + line(100, 570, 520, 570)
    drawn += (
        "".join(line(left, 500, left, 600) for left in (60, 100, 520))
        + line(300, 530, 300, 600)
        + line(400, 530, 400, 600)
    )
    content = cells([["A", "Mục tiêu chung của cả giai đoạn"], ["1", "Một", "%", "5"], ["", "Hai", "xã", "6"]])
    assert said(page(BODY + drawn + content))[len(LINES) :] == [
        "A | Mục tiêu chung của cả giai đoạn | |",
        "1 | Một | % | 5",
        "| | Hai | xã | 6 |",
    ]


def test_frames_and_underlines_are_no_tables() -> None:
    frame = rules([50, 545], [280, 480])
    underlines = "".join(line(72, 305 + 16 * n, 300, 305 + 16 * n) for n in range(9))
    assert said(page(BODY + frame + underlines)) == LINES


def test_white_lines_rule_nothing() -> None:
    assert said(page(BODY + "1 g " + rules(LEFTS, TOPS) + "0 g " + cells([["TT", "Tên"], ["1", "Một"]])))[-1] == "1 Một"


def test_a_row_that_a_page_break_cuts_is_one_row() -> None:
    first = rules(LEFTS, TOPS) + cells([ROWS[0], ROWS[1], ["2", "Xây dựng tiêu chuẩn cơ", "Sở Khoa học và", ""]])
    second = rules(LEFTS, [60.0, 90.0, 130.0, 160.0]) + cells(
        [ROWS[0], ["", "sở và quy chuẩn", "Công nghệ", ""], ["3", "Ba", "%", "7"]], tops=[60.0, 90.0, 130.0]
    )
    content = read(page(BODY + first), page(second + text(72, 300, "Hết bảng.")))
    assert content.text.rstrip("\n").split("\n")[len(LINES) :] == [
        *ROW_LINES[:2],
        "2 | Xây dựng tiêu chuẩn cơ sở và quy chuẩn | Sở Khoa học và Công nghệ |",
        ROW_LINES[0],
        "3 | Ba | % | 7",
        "Hết bảng.",
    ]
    assert content.text[content.page_starts[1] :].startswith(ROW_LINES[0])


def test_a_row_with_an_empty_first_cell_is_a_row() -> None:
    """A number that is merged over rows leaves empty cells, and no sentence goes on in them."""
    first = rules(LEFTS, TOPS) + cells([ROWS[0], ROWS[1], ["2", "Tỷ lệ trường có thư viện", "%", "70"]])
    second = rules(LEFTS, [60.0, 90.0, 130.0]) + cells(
        [["", "Tỷ lệ xã có thư viện", "%", "75"], ["3", "Ba", "%", "7"]], tops=[60.0, 90.0]
    )
    rows = said(page(BODY + first), page(second))
    assert rows[-2:] == ["| | Tỷ lệ xã có thư viện | % | 75 |", "3 | Ba | % | 7"]


# --- paragraphs ---------------------------------------------------------------------------------------------------


def stretched(x: float, y: float, words: str, right: float) -> str:
    """A line whose words are set apart so that it ends at the margin."""
    parts = words.split(" ")
    gap = (right - x - 4.5 * sum(map(len, parts))) / max(1, len(parts) - 1)
    out = ""
    for part in parts:
        out += text(x, y, part, 9)
        x += 4.5 * len(part) + gap
    return out


def paragraph(y: float, rows: list[str], indent: float = 28) -> str:
    """Lines of which all but the last are full, the first one indented."""
    out = ""
    for number, row in enumerate(rows):
        x = 72 + (indent if number == 0 else 0)
        out += stretched(x, y + 16 * number, row, 500) if number < len(rows) - 1 else text(x, y + 16 * number, row, 9)
    return out


PARAGRAPHS = [
    [
        "1. Đến năm 2030 tỷ lệ xã có thư viện cộng đồng đạt ít nhất tám mươi",
        "Bộ Y tế chủ trì, các sở thực hiện theo Nghị quyết số 57-",
        "NQ/TW và các văn bản của tỉnh.",
    ],
    [
        "2. Tập đoàn Công nghiệp và các doanh nghiệp trên địa bàn phối hợp",
        "- Năng lượng và các đơn vị khác có trách nhiệm thực hiện các",
        "nhiệm vụ được giao theo quy định.",
    ],
    ["3. Các cơ quan báo cáo kết quả trước ngày 15 tháng 12 của năm", "2030 và các năm tiếp theo."],
    ["4. Sở Nội vụ theo dõi việc thực hiện của các cơ quan, đơn vị trong", "cả giai đoạn."],
    ["5. Sở Tài chính bố trí kinh phí."],
]


def test_lines_of_a_paragraph_are_one() -> None:
    content, y = "", 100.0
    for rows in PARAGRAPHS:
        content += paragraph(y, rows)
        y += 16 * len(rows)
    expected = [" ".join(rows).replace("57- NQ", "57-NQ") for rows in PARAGRAPHS]
    assert said(page(content)) == expected


def test_a_line_with_room_for_the_next_word_ends_its_paragraph() -> None:
    content = "".join(paragraph(100 + 48 * n, rows[:2]) for n, rows in enumerate(PARAGRAPHS[:4]))
    content += text(72, 320, "Dòng này ngắn", 9) + text(72, 336, "Dòng sau nó là một đoạn khác", 9)
    assert said(page(content))[-2:] == ["Dòng này ngắn", "Dòng sau nó là một đoạn khác"]


def test_a_paragraph_goes_on_over_the_page() -> None:
    def numbered(number: int, rows: list[str]) -> dict:
        return page(text(290, 40, str(number)) + paragraph(100, PARAGRAPHS[0]) + paragraph(160, rows))

    pages = [
        numbered(
            1,
            [
                "a) Các sở, ban, ngành và Ủy ban nhân dân các xã phối hợp với",
                "các tổ chức chính trị thực hiện theo hướng dẫn của",
            ],
        ),
        page(text(290, 40, "2") + text(72, 80, "Bộ Nội vụ và cơ quan cấp trên.", 9) + paragraph(110, PARAGRAPHS[1])),
        numbered(3, PARAGRAPHS[2]),
    ]
    whole = extract("a.pdf", data=pdf_of(pages), book=BOOK).text
    assert "thực hiện theo hướng dẫn của Bộ Nội vụ và cơ quan cấp trên.\n2. Tập đoàn" in whole
    assert not any(row.strip().isdecimal() for row in whole.split("\n"))


def test_headers_and_footers_go() -> None:
    def numbered(number: int) -> dict:
        edge = text(72, 30, f"Kế hoạch phát triển thư viện - bản {number}", 9) + text(
            72, 820, f"Trang {number} trên 9", 9
        )
        return page(edge + BODY.replace("2020", f"202{number}"))

    whole = extract("a.pdf", data=pdf_of([numbered(n) for n in range(1, 6)]), book=BOOK).text
    # The first one may be the title of the document.
    assert whole.count("Kế hoạch phát triển thư viện") == 1
    assert "trên 9" not in whole
    assert whole.count("Dòng 0") == 5


def test_sentences_and_rows_that_repeat_stay() -> None:
    """The last line of each page is the same sentence, and the first the same heading of a table."""
    table = rules(LEFTS, TOPS) + cells(ROWS)
    pages = [page(table + text(72, 640, "Các cơ quan thực hiện.") + BODY) for _ in range(5)]
    whole = extract("a.pdf", data=pdf_of(pages), book=BOOK).text
    assert whole.count("Các cơ quan thực hiện.") == 5
    assert whole.count("TT | Chỉ tiêu") == 5


# --- letters ------------------------------------------------------------------------------------------------------


def test_raised_figures_are_superscripts() -> None:
    raised = text(72, 100, "Sàn 24 m") + text(120, 96, "2", 7) + text(160, 100, "năm 2030") + text(208, 96, "1", 7)
    assert said(page(raised + BODY))[0] == "Sàn 24 m² năm 2030¹"


@pytest.mark.parametrize(
    ("sign", "clean"),
    [
        ("\uf0b7 Một", "• Một"),
        ("\uf0fc Một", "✓ Một"),
        ("\uf076 Một", "• Một"),
        ("x \uf0b3 5", "x ≥ 5"),
        ("\uf02d Hai", "- Hai"),
        ("ca\ufb01n", "cafin"),
        ("kinh\ufffetế", "kinh-tế"),
        ("thường", "thường"),
    ],
)
def test_letters_of_odd_fonts(sign: str, clean: str) -> None:
    assert letters.clean(sign) == clean


def test_letters_written_after_the_rest_of_their_line() -> None:
    """Where a font lacks letters, programs write them in another one, behind the others."""
    words, content = "tỷ lệ hộ nghèo giảm nhanh trong năm", ""
    for number in range(9):
        # Each letter by itself, in a grid of 7 points, the accented ones after the others.
        line_of = [(72 + 6 * n, c) for n, c in enumerate(words)]
        for x, c in (*(p for p in line_of if p[1].isascii()), *(p for p in line_of if not p[1].isascii())):
            content += text(x, 100 + 16 * number, c, 12)
    assert said(page(content)) == [words] * 9


def test_a_page_of_garbage_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    garbage = lines(72, 100, ["Wkh txlfn eurzq ira mxpsv ryhu wkh odcb grj zkloh"] * 9)
    content = read(page(BODY), page(garbage))
    assert [(p.where, p.what) for p in content.problems] == [("page 2", pdf.GARBLED)]
    assert "Wkh txlfn" in content.text


# --- pages without text, and limits -------------------------------------------------------------------------------


def reason(data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        pdf.read("a.pdf", data, BOOK)
    return caught.value.reason


def assert_readable_or_told(data: bytes) -> None:
    """A file gives text, or one clear reason in one line."""
    told = ""
    try:
        told = pdf.read("a.pdf", data, BOOK).text.strip()
    except UnreadableFile as error:
        told = str(error)
        assert "\n" not in told
    assert told


def test_pages_of_pictures_without_ocr() -> None:
    content = read(page(BODY), page(picture()))
    assert [p.where for p in content.problems] == ["page 2"]
    assert content.problems[0].what.startswith("not read: Tesseract")
    assert content.recognised == {}


def test_a_scan_with_a_stamp_has_no_text() -> None:
    """A header and a name over a picture of the page are no text layer; a picture beside much text is a picture."""
    assert reason(pdf_of([page(text(72, 40, "Header 12") + picture())])).startswith("Tesseract")
    assert read(page(BODY + picture())).problems == ()


def test_empty_pages() -> None:
    assert read(page(BODY), page("")).problems == ()
    assert reason(pdf_of([page("")])) == "holds no text that can be read"


def test_a_page_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    content = read(page(BODY), page(BODY), page(BODY), page(BODY))
    assert [(p.where, p.what) for p in content.problems] == [("page 3", "not read: only 2 pages are")]
    assert len(content.page_starts) == 2


def test_a_page_of_more_letters_than_any_page_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_CHARACTERS", 300)
    assert said(page(BODY)) == LINES


def test_a_drawing_is_searched_for_no_table() -> None:
    """A map of many thousand lines."""
    drawing = "".join(line(60 + n % 400, 300 + n % 300, 60 + n % 400, 330 + n % 300) for n in range(30_000))
    begun = time.monotonic()
    assert said(page(drawing + BODY)) == LINES
    assert time.monotonic() - begun < 5


def test_tables_without_end() -> None:
    """A grid of as many lines as are looked at."""
    lefts, tops = [60 + 5 * n for n in range(90)], [60 + 5 * n for n in range(140)]
    begun = time.monotonic()
    read(page(rules(lefts, tops) + BODY))
    assert time.monotonic() - begun < 15


def test_a_page_tree_that_goes_in_circles() -> None:
    kids = b"<< /Type /Pages /Count 3 /Kids [2 0 R 2 0 R 8 0 R] >>"
    begun = time.monotonic()
    assert_readable_or_told(pdf_of([page(BODY)], tree=kids))
    assert time.monotonic() - begun < 5


def test_a_million_objects() -> None:
    data = assembled(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 0 /Kids [] >>", *[b"null"] * 300_000]
    )
    begun = time.monotonic()
    assert reason(data)
    assert time.monotonic() - begun < 10


def test_damage_of_every_kind() -> None:
    """Whatever byte is broken, there is text or one clear reason."""
    whole = pdf_of([page(BODY + rules(LEFTS, TOPS) + cells(ROWS)), page(BODY)])
    for at in range(0, len(whole), 97):
        for broken in (whole[:at], whole[:at] + b"\xff\x00" + whole[at + 2 :], whole[:at] + whole[at + 40 :]):
            assert_readable_or_told(broken)


def test_a_huge_page_is_rendered_small() -> None:
    document = pypdfium2.PdfDocument(pdf_of([page(BODY, size="14000 14000")]))
    image, dpi = ocr.rendered(document[0])
    assert image.width * image.height <= 1.01 * ocr.MAX_PIXELS
    assert dpi == pytest.approx(32, abs=1)


# --- the same document in other formats ---------------------------------------------------------------------------

OFFICE = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The corpus as PDF files, from Word files by LibreOffice."""
    words = {path.stem: formats.word_of(formats.canonical_text(path)) for path in formats.TEXTS}
    return formats.through_office(words, "pdf", tmp_path_factory.mktemp("printed"))


@OFFICE
def test_targets_of_the_corpus_are_found_in_its_pdf_files(printed: dict[str, bytes]) -> None:
    pairs = []
    for path in formats.TEXTS:
        wanted = formats.targets_of(extract_text(formats.canonical_text(path), book=BOOK))
        pairs.append((wanted, formats.targets_of(extract(f"{path.stem}.pdf", data=printed[path.stem], book=BOOK))))
    assert sum(wanted.total() for wanted, _ in pairs) > 300
    assert formats.together(pairs) >= 0.97


@OFFICE
@pytest.mark.parametrize(
    "path", [p for p in formats.TEXTS if " | " not in p.read_text("utf-8")], ids=lambda path: path.stem
)
def test_no_letter_is_lost_in_a_pdf_file(path: Path, printed: dict[str, bytes]) -> None:
    found = extract(f"{path.stem}.pdf", data=printed[path.stem], book=BOOK).text
    assert formats.error_rate(formats.canonical_text(path), found) == 0


@OFFICE
def test_the_head_of_a_pdf_file(printed: dict[str, bytes]) -> None:
    for name in ("quang-ninh-ke-hoach", "quoc-gia-quyet-dinh", "thong-tu-sua-doi"):
        from_text = extract(formats.CORPUS / f"{name}.txt", book=BOOK).document
        from_pdf = extract(f"{name}.pdf", data=printed[name], book=BOOK).document
        for field in ("number", "issuer_id", "issued_on", "kind", "title", "province"):
            assert getattr(from_pdf, field) == getattr(from_text, field), (name, field)


def test_tables_of_pdfplumber_that_fail_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from pdfplumber import table as finder

    def broken(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(finder, "merge_edges", broken)
    assert ruled.tables([(60, 60, 300, 60), (60, 90, 300, 90), (60, 60, 60, 90), (300, 60, 300, 90)]) == []


def test_uneven_steps_of_a_scan_cut_no_paragraph() -> None:
    words = "phê duyệt chủ trương đầu tư xây dựng trụ sở và giao cho các cơ quan có liên quan"
    lines, base = [], 100.0
    for step in (0.0, 16.6, 13.6, 17.3, 13.6, 17.3, 16.0, 13.6, 17.3):
        base += step
        lines.append(layout.Line(f"Bộ {words}" if base > 120 else words, 70, base - 12, 520, base, base, 20))
    (text,) = layout.paragraphs([lines], load())
    assert text.count("\n") == 0
