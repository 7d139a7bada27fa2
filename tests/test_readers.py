"""Readers: files written here, in each format, come back as text; bad files fail with one clear reason."""

import io
import os
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from xml.sax.saxutils import escape

import pytest

from extractor import readers
from extractor.errors import UnreadableFile
from extractor.readers import DOCX, HTML, PDF, READERS, TEXT, html, packed, read, txt
from extractor.rulebook import load

PLAN = "KẾ HOẠCH\nĐến năm 2025, ít nhất 85% trẻ em mồ côi được trợ giúp xã hội.\n"


def reason(path: str, data: bytes | None = None) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(path, data)
    assert str(caught.value) == f"{path}: {caught.value.reason}"
    assert "\n" not in str(caught.value)
    return caught.value.reason


# --- plain text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_encodings(encoding: str) -> None:
    source = read("a.txt", PLAN.encode(encoding))
    assert (source.text, source.media_type, source.page_starts, source.problems) == (PLAN, TEXT, (), ())


def test_text_in_a_code_page() -> None:
    """Windows-1258 writes tone marks as characters of their own; composing them is left to cleaning."""
    text = "Công tác xa\u0303 hô\u0323i ơ\u0309 ca\u0301c ti\u0309nh năm 2025: đa\u0323t 85%. " * 20
    assert read("a.txt", text.encode("cp1258")).text == text


def test_text_keeps_what_cleaning_replaces() -> None:
    raw = "a\0b\ud800c"
    assert read("a.txt", raw.encode("utf-8", "surrogatepass")).text == raw


def test_text_with_a_few_bytes_broken() -> None:
    source = read("a.txt", (PLAN * 30).encode() + b"x\xffy")
    assert source.text.startswith(PLAN)
    assert [problem.what for problem in source.problems] == ["1 places are not UTF-8"]


def test_text_cut_inside_utf_16() -> None:
    assert read("a.txt", PLAN.encode("utf-16")[:-1]).text.startswith("KẾ HOẠCH")


def test_a_text_beyond_all_measure_is_refused() -> None:
    assert reason("a.txt", b"a b\n" * 12_500_000) == (
        "holds 50 million characters of text, more than the 20 million that are read"
    )
    assert len(read("a.txt", "Đ".encode() * 5_000_000).text) == 5_000_000


def test_form_feeds_are_page_breaks() -> None:
    source = read("a.txt", b"one\ftwo\fthree")
    assert [source.text[start:].split("\f")[0] for start in source.page_starts] == ["one", "two", "three"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(PLAN.encode())))
    source = read("-")
    assert (source.path, source.text) == ("-", PLAN)


def test_a_file_and_its_hash(tmp_path: Path) -> None:
    file = tmp_path / "kế hoạch.txt"
    file.write_text("abc", encoding="utf-8")
    source = read(str(file))
    assert source.path == str(file)
    assert source.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("data", [b" \n\t\r\n", b"\xef\xbb\xbf", b"\0\0\0", "\ufeff \f".encode("utf-16")])
def test_text_of_white_space(data: bytes) -> None:
    assert reason("a.txt", data) in ("holds no text", "is binary data, not text")


def test_binary_data() -> None:
    assert reason("a.txt", bytes(range(256)) * 40) == "is binary data, not text"
    assert reason("a.pdf", b"\x7fELF\x02\x01\x01" + bytes(range(7)) * 400) == "is binary data, not text"


# --- HTML ---------------------------------------------------------------------------------------------------------


DECISION = """<!DOCTYPE html><html><head><title>Trang</title><meta charset="utf-8"><style>p {color: red}</style></head>
<body><nav><ul><li>Trang chủ</li><li>Giới thiệu</li></ul></nav><header>Cổng thông tin</header>
<div class="menu"><a href="/">Tin mới</a></div>
<div id="doc"><table><tr><td><p>ỦY BAN NHÂN DÂN</p><p>TỈNH VÍ DỤ</p></td><td>CỘNG HÒA<br>XÃ HỘI CHỦ NGHĨA</td></tr>
</table>
<h1>QUYẾT ĐỊNH</h1><p>Điều 1. Phê duyệt kế hoạch giảm nghèo bền vững của tỉnh đến năm 2030.</p>
<ul><li>a) giảm tỷ lệ hộ nghèo &lt; 2%;</li><li>b) nâng thu nhập.</li></ul>
<table><tr><th>TT</th><th>Chỉ tiêu</th><th>Giá&nbsp;trị</th></tr>
<tr><td>1</td><td>Tỷ lệ hộ nghèo <p>theo chuẩn mới</p><table><tr><td>x</td><td>y</td></tr></table></td><td>2%</td></tr>
<tr><td colspan="2">Tổng</td><td></td></tr></table>
<script>var x = "<p>không phải nội dung</p>";</script></div><footer>Bản quyền</footer></body></html>"""


def test_html_of_a_decision() -> None:
    source = read("a.html", DECISION.encode())
    assert source.media_type == HTML
    assert source.text.split("\n") == [
        "ỦY BAN NHÂN DÂN TỈNH VÍ DỤ | CỘNG HÒA XÃ HỘI CHỦ NGHĨA",
        "QUYẾT ĐỊNH",
        "Điều 1. Phê duyệt kế hoạch giảm nghèo bền vững của tỉnh đến năm 2030.",
        "a) giảm tỷ lệ hộ nghèo < 2%;",
        "b) nâng thu nhập.",
        "TT | Chỉ tiêu | Giá trị",
        "1 | Tỷ lệ hộ nghèo theo chuẩn mới x y | 2%",
        "Tổng | |",
    ]


def test_html_laid_out_in_a_table() -> None:
    """A table whose cell holds a page is its frame: the lines of the page stay lines."""
    inside = "".join(
        f"<p>Điều {n}. " + "Các cơ quan thực hiện nhiệm vụ được giao. " * 12 + "</p>" for n in range(1, 12)
    )
    page = f"<html><body><table><tr><td>Menu</td><td>{inside}</td></tr></table></body></html>"
    lines = read("a.html", page.encode()).text.split("\n")
    assert [line[:7] for line in lines if line.startswith("Điều")] == [f"Điều {n}. "[:7] for n in range(1, 12)]


def test_html_of_an_article_loses_its_menus() -> None:
    pytest.importorskip("trafilatura", reason="trafilatura cannot be imported", exc_type=ImportError)
    body = "".join(
        f"<p>{PLAN.strip()} Đoạn văn số {n} của bài báo nói về trợ giúp xã hội ở địa phương.</p>" for n in range(9)
    )
    links = "".join(f'<li><a href="/{n}">Tin vắn {n}</a></li>' for n in range(30))
    page = (
        f"<html><body><div><ul>{links}</ul></div><article><h1>Tin</h1>{body}</article><div>{links}</div></body></html>"
    )
    text = read("a.html", page.encode()).text
    assert text.count("Đoạn văn số") == 9
    assert "Tin vắn" not in text


@pytest.mark.parametrize("line", ["16/03/2026 08:15", "Thứ Hai, 16/3/2026, 08:15 (GMT+7)"])
def test_html_of_an_article_keeps_its_headline_and_date(line: str) -> None:
    pytest.importorskip("trafilatura", reason="trafilatura cannot be imported", exc_type=ImportError)
    body = "".join(
        f"<p>Đoạn {n}: tỉnh đặt mục tiêu {n}0% số xã có thư viện cộng đồng vào năm 2030.</p>" for n in "1234"
    )
    head = f"<h1>Tin về thư viện</h1><p class='time'>{line}</p>"
    page = f"<html><body>{head}{body}<p class='time'>1/1/2020</p></body></html>"
    lines = read("a.html", page.encode()).text.split("\n")
    assert lines[:2] == ["Tin về thư viện", line]
    assert lines[2].startswith("Đoạn 1")


@pytest.mark.parametrize(
    ("article", "whole", "wanted"),
    [
        ("title\none\ntwo", "menu\ntitle\n1/2/2025\none\ntwo", "title\n1/2/2025\none\ntwo"),
        ("one\ntwo", "title\n1/2/2025\none\ntwo", "title\n1/2/2025\none\ntwo"),
        ("one\ntwo", "9/9/2025\ntitle\n1/2/2025\none\ntwo", "title\n1/2/2025\none\ntwo"),
        ("title\n1/2/2025\none", "title\n1/2/2025\none", "title\n1/2/2025\none"),
        ("title\none", "title\none\n1/2/2025\ntitle", "title\none"),
        ("one\ntwo\nthree\nfour", "one\ntwo\nthree\n1/2/2025\nfour", "one\ntwo\nthree\nfour"),
        ("one", "other\n1/2/2025\nother", "one"),
    ],
)
def test_the_place_of_headline_and_date(article: str, whole: str, wanted: str) -> None:
    assert html.headed(article, whole, "title") == wanted


def test_html_keeps_all_articles_when_trafilatura_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(page: str) -> str:
        raise ImportError("no lxml_html_clean")

    monkeypatch.setattr(html, "article_text", broken)
    source = read("a.html", b"<html><body><p>Noi dung</p></body></html>")
    assert source.text == "Noi dung"
    assert "trafilatura" in source.problems[0].what


@pytest.mark.parametrize(
    ("line", "kept"), [("Điều 3. " + "Các cơ quan thi hành nghị quyết này. " * 3, False), ("", True)]
)
def test_an_article_without_numbered_lines_is_not_taken(line: str, kept: bool) -> None:
    whole = "\n".join(f"{n}. {'Nội dung của khoản này là như sau đây, ' * 2}" for n in range(1, 12))
    assert html.keeps(whole, "\n".join([whole, *[line.replace("3", str(n)) for n in range(9) if line]])) is kept


def test_html_declares_its_encoding() -> None:
    page = "<html><head><meta charset='windows-1252'></head><body><p>caf\u00e9 \u2013 \u00e0</p></body></html>"
    assert read("a.html", page.encode("cp1252")).text == "café – à"


def test_html_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "nested deeper" in reason("a.html", b"<html><body>" + b"<div>" * 5_000 + b"x")
    assert reason("a.html", b"<html><body><script>1</script></body></html>") == "the page holds no text"
    monkeypatch.setattr(html, "MAX_BYTES", 100)
    assert "larger than" in reason("a.html", b"<html>" + b" " * 100)


def test_open_paragraphs_and_cells_do_not_count_as_depth() -> None:
    rows = b"<tr><td>a<td>b<p>c<p>d" * 3_000
    assert read("a.html", b"<html><body><table>" + rows + b"</table></body></html>").text.startswith("a | b c d")


# --- Word ---------------------------------------------------------------------------------------------------------


def word() -> bytes:
    from docx import Document

    document = Document()
    document.add_paragraph("KẾ HOẠCH")
    table = document.add_table(rows=4, cols=3)
    for row, cells in enumerate(
        (("TT", "Chỉ tiêu", "2025"), ("1", "Tỷ lệ hộ nghèo\ntheo chuẩn", "2%"), ("2", "x", "y"), ("", "", ""))
    ):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    merged = table.cell(2, 0).merge(table.cell(2, 1))
    merged.text = "Tổng"
    down = table.cell(1, 2).merge(table.cell(2, 2))
    down.text = "2%"
    inner = table.cell(3, 1).add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "trong", "ngoài"
    document.add_paragraph("Sau bảng", style="List Number")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def word_of(body: str) -> bytes:
    """A Word file whose body is the given XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml":
                start, end = data.index(b"<w:body>") + 8, data.index(b"</w:body>")
                data = data[:start] + body.encode() + data[end:]
            new.writestr(name, data)
    return out.getvalue()


def test_word_keeps_tables_in_their_place() -> None:
    source = read("a.docx", word())
    assert source.media_type == DOCX
    assert source.text.split("\n") == [
        "KẾ HOẠCH",
        "TT | Chỉ tiêu | 2025",
        "1 | Tỷ lệ hộ nghèo theo chuẩn | 2%",
        "Tổng | |",
        "| | trong ngoài | |",
        "1. Sau bảng",
    ]


def test_word_tracked_changes_and_content_controls() -> None:
    body = (
        "<w:p><w:r><w:t>đạt </w:t></w:r><w:del><w:r><w:delText>80</w:delText><w:t>80</w:t></w:r></w:del>"
        "<w:ins><w:r><w:t>85%</w:t></w:r></w:ins><w:r><w:tab/><w:t>hộ</w:t><w:br/><w:t>nghèo</w:t></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>trong hộp</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    assert read("a.docx", word_of(body)).text == "đạt 85% hộ\nnghèo\ntrong hộp"


def test_word_without_text() -> None:
    assert reason("a.docx", word_of("<w:p/>")) == "holds no text"


def test_word_truncated_or_damaged() -> None:
    whole = word()
    assert "damaged or truncated" in reason("a.docx", whole[: len(whole) // 2])
    assert "damaged" in reason("a.docx", word_of("<w:p><w:r>"))
    flipped = bytearray(whole)
    at = whole.index(b"word/document.xml") + 60
    flipped[at : at + 200] = bytes(200)
    assert "damaged" in reason("a.docx", bytes(flipped))


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in files.items():
            new.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def test_zip_files_that_are_no_documents() -> None:
    assert reason("a.docx", archive(a=b"x")) == "is a zip file, not a Word document: it has no word/document.xml"


def test_zip_bomb() -> None:
    assert "more than is safe" in reason("a.docx", archive(word__document=b" " * 20_000_000))


def test_zip_that_lies_about_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_BYTES", 1_000)
    assert "more than is safe" in reason("a.docx", word())


def test_old_word() -> None:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    assert reason("a.docx", head + bytes(600)) == "is a damaged or truncated Office file"
    assert reason("a.docx", head + bytes(600) + "EncryptedPackage".encode("utf-16-le")) == "is encrypted"


# --- PDF ----------------------------------------------------------------------------------------------------------


def pdf_of(pages: list[str], *, trailer: str = "", images: bool = False) -> bytes:
    """A PDF whose pages show the given lines in Helvetica; letters outside ASCII through an encoding and ToUnicode.

    With `images`, each page also shows a picture as wide as the page.
    """
    letters = sorted({c for page in pages for c in page if ord(c) > 126})
    codes = {c: 161 + number for number, c in enumerate(letters)}
    mapping = "".join(f"<{code:02x}> <{ord(c):04x}>\n" for c, code in codes.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def 1 begincodespacerange <00> <ff> "
        f"endcodespacerange {len(codes)} beginbfchar\n{mapping}endbfchar 1 beginbfrange <20> <7e> <0020> endbfrange "
        "endcmap end end"
    )
    objects: list[bytes] = [b"", b"", b""]

    def stream(data: bytes, extra: str = "") -> bytes:
        return f"<< /Length {len(data)} {extra}>>\nstream\n".encode() + data + b"\nendstream"

    objects.append(stream(cmap.encode()))
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 4 0 R >>")
    picture = "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
    objects.append(stream(b"\x80", picture))
    kids = []
    for page in pages:
        shown = "".join(
            "("
            + "".join(f"\\{codes[c]:03o}" if c in codes else "\\" + c if c in "()\\" else c for c in line)
            + ") Tj T* "
            for line in page.split("\n")
        )
        content = f"BT /F1 10 Tf 14 TL 50 800 Td {shown}ET" + (" q 500 0 0 600 40 100 cm /I Do Q" if images else "")
        objects.append(stream(content.encode("latin-1")))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R /Resources "
            "<< /Font << /F1 5 0 R >> /XObject << /I 6 0 R >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    objects[2] = b"null"
    out, offsets = b"%PDF-1.4\n", []
    for number, data in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + data + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    count = len(objects) + 1
    end = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer << /Size {count} /Root 1 0 R {trailer}>>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode()


LONG = "\n".join(f"Dòng {n}: tỷ lệ hộ nghèo giảm (so với năm 2020)." for n in range(9))


def test_pdf_pages() -> None:
    source = read("a.pdf", pdf_of([LONG, "Trang hai: đạt 85%"]))
    assert source.media_type == PDF
    assert source.text[: source.page_starts[1]].strip().split("\n") == LONG.split("\n")
    assert source.text[source.page_starts[1] :].strip() == "Trang hai: đạt 85%"
    assert (source.page_starts[0], source.problems) == (0, ())


def test_pdf_damaged() -> None:
    assert reason("a.pdf", b"%PDF-1.4\n" + b"x" * 300) == "is a damaged or truncated PDF (Data format error)"
    assert "damaged or truncated" in reason("a.pdf", pdf_of([LONG])[:120])


def test_pdf_encrypted() -> None:
    """The password check runs before any page is read, so the file's own keys need not be right."""
    key = "5" * 64
    locked = pdf_of([LONG], trailer=f"/Encrypt 3 0 R /ID [<{'0' * 32}> <{'0' * 32}>] ").replace(
        b"3 0 obj\nnull",
        f"3 0 obj\n<< /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <{key}> /U <{key}> >>".encode(),
    )
    assert reason("a.pdf", _with_offsets(locked)) == "is encrypted"


def _with_offsets(data: bytes) -> bytes:
    """The file with its cross-reference table broken, which makes PDFium look for the objects itself."""
    return data.replace(b"startxref\n", b"startxref\n9")


# --- kinds and paths ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.pdf", PLAN.encode(), TEXT),
        ("a.html", PLAN.encode(), TEXT),
        ("a.txt", DECISION.encode(), HTML),
        ("a", b"<?xml version='1.0'?>\n<!-- x --><HTML><body>text</body></HTML>", HTML),
        ("a.txt", "<!doctype html><p>x".encode("utf-16"), HTML),
        ("a.htm", b"text <b>and</b> <br> tags", HTML),
        ("a.txt", b"text <b>and</b> <br> tags", TEXT),
        ("a.txt", b"%PDF-1.7 ...", PDF),
        ("a.html", b"PK\x03\x04...", DOCX),
    ],
)
def test_content_decides_the_kind(name: str, data: bytes, kind: str) -> None:
    assert readers.media_type(name, data) == kind


def test_wrong_suffixes_are_read() -> None:
    assert read("a.txt", word()).text.startswith("KẾ HOẠCH")
    assert read("a.docx", pdf_of([LONG])).media_type == PDF
    assert read("a.pdf", DECISION.encode()).media_type == HTML


def test_each_kind_has_a_reader() -> None:
    assert {TEXT, HTML, PDF, DOCX} <= set(READERS)


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    assert reason(str(tmp_path / "a.txt")) == "is empty"


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    assert reason(str(tmp_path)) == "is a folder"
    assert reason(str(tmp_path / "none.txt")) == "no such file"
    assert reason(str(tmp_path / ("n" * 300))) == "File name too long"
    assert "embedded null" in reason("a\0b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert reason(str(tmp_path / "pipe")) == "is not a regular file"


def test_no_permission(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert reason(str(tmp_path / "a.txt")) == "no permission to read it"


def test_too_large(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(readers, "MAX_BYTES", 2_000_000)
    file = tmp_path / "a.txt"
    file.write_bytes(b"x" * 2_000_001)
    assert reason(str(file)) == "is larger than 2 MB"
    assert reason("-", file.read_bytes()) == "is larger than 2 MB"


def test_markup_in_plain_text_is_text() -> None:
    assert txt.read("a", escape("tỷ lệ < 5% & > 2%").encode(), load()).text == "tỷ lệ &lt; 5% &amp; &gt; 2%"
