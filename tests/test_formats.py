"""One document in many formats: what each reader gives, made canonical, is the same text, character by character."""

import html
import io
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import formats
import pytest
from rapidfuzz.distance import Levenshtein

from extractor import extract, extract_text
from extractor.pipeline import extract_source
from extractor.programs import command
from extractor.readers import office, read
from extractor.rulebook import load
from extractor.text import canonical

# A cell is a text, or a text with how many columns and rows it takes; lines in it are paragraphs.
Cell = str | tuple[str, int, int]

HEADER: list[list[Cell]] = [
    [
        "ỦY BAN NHÂN DÂN\nTỈNH LÂM ĐỒNG",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc",
    ],
    ["Số: 218/QĐ-UBND", "Lâm Đồng, ngày 14 tháng 5 năm 2026"],
]
GOALS: list[list[Cell]] = [
    ["TT", "Chỉ tiêu", "Đơn vị", "Năm 2028", "Năm 2030", "Cơ quan chủ trì"],
    ["1", "Tỷ lệ hộ dân được cấp nước sạch", "%", "82,5", "≥ 90", ("Sở Nông nghiệp và Môi trường", 1, 2)],
    ["2", "Diện tích rừng trồng mới\n(kể cả rừng phòng hộ)", "ha", "1.250", "3.400"],
    ["3", "Số xã đạt chuẩn nông thôn mới", "xã", ("không giao", 2, 1), "Văn phòng Điều phối"],
]
SIGNED: list[list[Cell]] = [
    [
        "Nơi nhận:\n- Như Điều 3;\n- Bộ Nông nghiệp và Môi trường;\n- Lưu: VT.",
        "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH\nPHÓ CHỦ TỊCH",
    ]
]
# Paragraphs, those with a label as lists would count them; [1] in a text is a note.
ARTICLE, CLAUSE, POINT, DASH = "article", "clause", "point", "dash"
Block = str | tuple[str, str, str] | list[list[Cell]]
BLOCKS: list[Block] = [
    HEADER,
    "QUYẾT ĐỊNH",
    "Phê duyệt Đề án cấp nước sạch và phát triển rừng giai đoạn 2026 – 2030",
    "ỦY BAN NHÂN DÂN TỈNH LÂM ĐỒNG",
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",
    "Theo đề nghị của Giám đốc Sở Nông nghiệp và Môi trường tại Tờ trình số 91/TTr-SNNMT ngày 04/5/2026,",
    "QUYẾT ĐỊNH:",
    (ARTICLE, "Điều 1.", "Phê duyệt Đề án “Nước sạch cho mọi nhà” với các nội dung sau:"),
    (CLAUSE, "1.", "Mục tiêu đến năm 2030"),
    (POINT, "a)", "Ít nhất 90% hộ dân được dùng nước sạch[1];"),
    (POINT, "b)", "Trồng mới 3.400 ha rừng, trong đó:"),
    (DASH, "-", "Rừng phòng hộ: 1.100 ha;"),
    (DASH, "-", "Rừng sản xuất: 2.300 ha – chủ yếu là gỗ lớn."),
    (POINT, "c)", "Mỗi xã có 01 trạm cấp nước công suất từ 500 m³/ngày đêm trở lên."),
    (CLAUSE, "2.", "Các chỉ tiêu chủ yếu:"),
    GOALS,
    (ARTICLE, "Điều 2.", "Kinh phí thực hiện là 245,6 tỷ đồng[2], từ ngân sách tỉnh và các nguồn hợp pháp khác."),
    (CLAUSE, "1.", "Sở Tài chính chủ trì, phối hợp với Sở Nông nghiệp và Môi trường bố trí vốn trước ngày 31/12/2026."),
    (CLAUSE, "2.", "Ủy ban nhân dân cấp xã báo cáo kết quả trước ngày 15/11 hằng năm."),
    (
        ARTICLE,
        "Điều 3.",
        "Chánh Văn phòng Ủy ban nhân dân tỉnh và các sở, ngành chịu trách nhiệm thi hành Quyết định này.",
    ),
    SIGNED,
]
NOTES = (
    "Nước hợp vệ sinh theo quy chuẩn kỹ thuật quốc gia về chất lượng nước sinh hoạt.",
    "Chưa gồm vốn vay; số liệu tại thời điểm tháng 4/2026.",
)
# What is written with its marks as characters of their own, as some keyboards write it.
SPLIT = "trong đó:"


def nfd(text: str) -> str:
    return text.replace(SPLIT, unicodedata.normalize("NFD", SPLIT))


def cells(row: list[Cell]) -> list[tuple[str, int, int]]:
    return [cell if isinstance(cell, tuple) else (cell, 1, 1) for cell in row]


def rows_of(table: list[list[Cell]]) -> list[str]:
    """The rows by the convention: a merged cell where it begins, nothing in the places it spans."""
    lines, covered = [], set[tuple[int, int]]()
    for number, row in enumerate(table):
        texts, column = [], 0
        waiting = cells(row)
        while waiting or (number, column) in covered:
            if (number, column) in covered:
                texts.append("")
                column += 1
                continue
            text, wide, high = waiting.pop(0)
            texts += [" ".join(text.split("\n")), *[""] * (wide - 1)]
            covered |= {(number + down, column) for down in range(1, high)}
            column += wide
        lines.append(" | ".join(texts))
    return lines


def as_text(split: Callable[[str], str] = str) -> str:
    lines: list[str] = []
    for block in BLOCKS:
        if isinstance(block, list):
            lines += rows_of(block)
        else:
            lines.append(split(block if isinstance(block, str) else f"{block[1]} {block[2]}"))
    return "\n".join([*lines, *(f"[{n}] {note}" for n, note in enumerate(NOTES, 1))])


# --- writers --------------------------------------------------------------------------------------------------------

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LEVELS = {
    ARTICLE: (0, "decimal", "Điều %1."),
    CLAUSE: (1, "decimal", "%2."),
    POINT: (2, "lowerLetter", "%3)"),
    DASH: (3, "bullet", "\uf02d"),
}
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def numbering_part() -> str:
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>'
        + ('<w:rPr><w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/></w:rPr>' if form == "bullet" else "")
        + "</w:lvl>"
        for level, form, text in LEVELS.values()
    )
    return (
        f'<w:numbering xmlns:w="{W}"><w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="multilevel"/>{levels}'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )


def notes_part() -> str:
    marks = "".join(
        f'<w:footnote w:id="{n - 2}" w:type="{kind}"><w:p><w:r><w:{kind}/></w:r></w:p></w:footnote>'
        for n, kind in enumerate(("separator", "continuationSeparator"), 1)
    )
    notes = "".join(
        f'<w:footnote w:id="{n}"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> {escape(note)}</w:t>'
        "</w:r></w:p></w:footnote>"
        for n, note in enumerate(NOTES, 1)
    )
    return f'<w:footnotes xmlns:w="{W}">{marks}{notes}</w:footnotes>'


def paragraph(text: str, kind: str | None = None) -> str:
    runs = ""
    for n, piece in enumerate(text.replace("[1]", "\0\1").replace("[2]", "\0\2").split("\0")):
        if n:
            runs += f'<w:r><w:footnoteReference w:id="{ord(piece[0])}"/></w:r>'
            piece = piece[1:]
        runs += f'<w:r><w:t xml:space="preserve">{escape(piece)}</w:t></w:r>'
    listed = f'<w:numPr><w:ilvl w:val="{LEVELS[kind][0]}"/><w:numId w:val="1"/></w:numPr>' if kind else ""
    return f"<w:p><w:pPr>{listed}</w:pPr>{runs}</w:p>"


def word_table(table: list[list[Cell]]) -> str:
    from docx import Document

    width = max(sum(wide for _, wide, _ in cells(row)) for row in table)
    grid = Document().add_table(rows=len(table), cols=width)
    grid.style = "Table Grid"
    for number, row in enumerate(table):
        column = 0
        for text, wide, high in cells(row):
            cell = grid.cell(number, column)
            if wide > 1 or high > 1:
                cell = cell.merge(grid.cell(number + high - 1, column + wide - 1))
            first, *more = text.split("\n")
            cell.paragraphs[0].text = first
            for line in more:
                cell.add_paragraph(line)
            column += wide
    return str(grid._tbl.xml)


def write_docx(_: Path) -> bytes:
    """With lists, notes and tables as Word has them: no number and no mark of a note is typed."""
    from docx import Document

    body = "".join(
        word_table(block)
        if isinstance(block, list)
        else paragraph(nfd(block if isinstance(block, str) else block[2]), None if isinstance(block, str) else block[0])
        for block in BLOCKS
    )
    body += "<w:p/>"  # Word wants one behind a table
    saved, out = io.BytesIO(), io.BytesIO()
    document = Document()
    document.sections[0].header.paragraphs[0].text = "Đầu trang"
    document.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name).decode("utf-8", "surrogateescape")
            if name == "word/document.xml":
                start, end = data.index("<w:body>") + 8, data.index("<w:sectPr")
                data = data[:start] + body + data[end:]
            elif name == "word/numbering.xml":
                data = numbering_part()
            elif name == "word/_rels/document.xml.rels":
                link = f'<Relationship Id="rId99" Type="{RELATION}/footnotes" Target="footnotes.xml"/>'
                data = data.replace("</Relationships>", f"{link}</Relationships>")
            elif name == "[Content_Types].xml":
                kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
                part = f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/>'
                data = data.replace("</Types>", f"{part}</Types>")
            new.writestr(name, data.encode("utf-8", "surrogateescape"))
        new.writestr("word/footnotes.xml", notes_part())
    return out.getvalue()


def write_html(_: Path) -> bytes:
    def table(block: list[list[Cell]]) -> str:
        rows = [
            "".join(f'<td colspan="{wide}" rowspan="{high}">{html.escape(text)}' for text, wide, high in cells(row))
            for row in block
        ]
        return f"<table><tr>{'<tr>'.join(rows)}</table>"

    body = "".join(
        table(block)
        if isinstance(block, list)
        else f"<p>{html.escape(nfd(block if isinstance(block, str) else f'{block[1]} {block[2]}'))}</p>"
        for block in BLOCKS
    )
    notes = "".join(f"<p>[{n}] {html.escape(note)}</p>" for n, note in enumerate(NOTES, 1))
    return f"<!doctype html><html><meta charset=utf-8><title>x</title><body>{body}{notes}</body></html>".encode()


def through_office(suffix: str, kind: str) -> Callable[[Path], bytes]:
    """A writer that has LibreOffice write the Word file in another format."""

    def write(folder: Path) -> bytes:
        from extractor.programs import run

        (folder / "a.docx").write_bytes(write_docx(folder))
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        arguments = [profile, "--headless", "--convert-to", kind, "--outdir", "out", "a.docx"]
        run("soffice", arguments, path="a.docx", folder=folder, seconds=120)
        return (folder / "out" / f"a.{suffix}").read_bytes()

    return write


def write_rtf(folder: Path) -> bytes:
    """As LibreOffice writes it, but for the letters of a list's own words, which it writes as question marks."""
    lost, kept = rb"\'07\'3fi\'3fu ", rb"\'07\u272\'3fi\u7873\'3fu "
    data = through_office("rtf", "rtf")(folder)
    assert data.count(lost) == 1
    return data.replace(lost, kept)


WRITERS: dict[str, Callable[[Path], bytes]] = {
    "txt": lambda _: as_text(nfd).encode(),
    "docx": write_docx,
    "html": write_html,
    "odt": through_office("odt", "odt"),
    "rtf": write_rtf,
    "doc": through_office("doc", "doc:MS Word 97"),
}
BY_OFFICE = {"odt", "rtf", "doc"}


def error_rate(found: str, wanted: str) -> float:
    """The share of characters that are wrong."""
    return Levenshtein.distance(found, wanted) / len(wanted)


@pytest.mark.parametrize("suffix", WRITERS)
def test_all_formats_give_the_same_text(suffix: str, tmp_path: Path) -> None:
    if suffix in BY_OFFICE and not command("soffice"):
        pytest.skip("LibreOffice is not installed")
    book = load()
    source = read(f"a.{suffix}", WRITERS[suffix](tmp_path), book)
    wanted = canonical(read("a.txt", as_text().encode(), book), book).text
    found = canonical(source, book).text
    assert found.split("\n") == wanted.split("\n")
    assert error_rate(found, wanted) == 0
    assert source.problems == ()


def test_the_error_rate_counts_characters() -> None:
    assert error_rate("90% hộ", "90% hộ") == 0
    assert error_rate("9O% hộ.", "90% hộ") == pytest.approx(2 / 6)


@pytest.mark.parametrize("suffix", ["docx", "doc"])
def test_all_formats_give_the_same_records(suffix: str, tmp_path: Path) -> None:
    if suffix in BY_OFFICE and not command("soffice"):
        pytest.skip("LibreOffice is not installed")
    book = load()
    wanted: dict[str, Any] = extract_source(read("a.txt", as_text().encode(), book), book).to_dict()
    found = extract_source(read("a", WRITERS[suffix](tmp_path), book), book).to_dict()
    assert found["document"]["number"] == "218/QĐ-UBND"
    assert found["document"]["issued_on"] == "2026-05-14"
    assert found["document"]["issuer"] == "Ủy ban nhân dân tỉnh Lâm Đồng"
    assert len(found["targets"]) >= 5
    assert {**found, "sources": None} == {**wanted, "sources": None}


@pytest.mark.skipif(not command("antiword") or not command("soffice"), reason="antiword or LibreOffice is missing")
def test_antiword_keeps_the_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without LibreOffice, a .doc loses its lists' numbers and no words."""
    data = WRITERS["doc"](tmp_path)
    monkeypatch.setattr(office, "command", lambda name: command(name) if name == "antiword" else None)
    source = read("a.doc", data)
    assert [problem.what for problem in source.problems] == [office.LIGHT]
    assert "1 | Tỷ lệ hộ dân được cấp nước sạch | % | 82,5 | ≥ 90 | Sở Nông nghiệp và Môi trường" in source.text
    assert "Rừng sản xuất: 2.300 ha – chủ yếu là gỗ lớn." in source.text


# --- records --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("suffix", "written"), [("docx", formats.word_of), ("html", formats.page_of)])
def test_the_corpus_gives_the_same_targets_in_every_format(suffix: str, written: Callable[[str], bytes]) -> None:
    """tests/test_pdf.py does the same with PDF files."""
    pairs = []
    for path in formats.TEXTS:
        text = formats.canonical_text(path)
        found = extract(f"{path.stem}.{suffix}", data=written(text))
        pairs.append((formats.targets_of(extract_text(text)), formats.targets_of(found)))
        if formats.f1(*pairs[-1]) < 1:
            print(path.stem, formats.f1(*pairs[-1]), pairs[-1][0] - pairs[-1][1], pairs[-1][1] - pairs[-1][0])
    assert sum(wanted.total() for wanted, _ in pairs) > 200
    assert formats.together(pairs) >= 0.97
