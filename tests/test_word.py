"""Word: what a reader of the page sees comes out, number by number; parts of files are written here as XML."""

import io
import unicodedata
import zipfile
from collections.abc import Mapping

import pytest

from extractor.charset import mended
from extractor.errors import UnreadableFile
from extractor.readers import DOCX, docx, media_type, read
from extractor.readers.numbering import written
from extractor.rulebook import load

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:v" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:wps="urn:wps" xmlns:wp="urn:wp"'
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def package(body: str, main: str = "word/document.xml", **parts: str) -> bytes:
    """A Word file with this body and these further parts ("styles", "numbering", "footnotes", …)."""
    out = io.BytesIO()
    folder, _, name = main.rpartition("/")
    links = "".join(f'<Relationship Id="{n}" Type="{OFFICE}/{n}" Target="{n}.xml"/>' for n in parts)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        target = f'<Relationship Id="a" Type="{OFFICE}/officeDocument" Target="{main}"/>'
        new.writestr("_rels/.rels", f'<Relationships xmlns="{RELATIONS}">{target}</Relationships>')
        new.writestr(f"{folder}/_rels/{name}.rels", f'<Relationships xmlns="{RELATIONS}">{links}</Relationships>')
        new.writestr(main, f"<w:document {NAMES}><w:body>{body}</w:body></w:document>")
        for part, content in parts.items():
            new.writestr(f"{folder}/{part}.xml", f"<w:{part} {NAMES}>{content}</w:{part}>")
    return out.getvalue()


def lines(body: str, **parts: str) -> list[str]:
    return read("a.docx", package(body, **parts)).text.split("\n")


def p(text: str, *, listed: tuple[int, int] | None = None, style: str = "", mark: str = "", run: str = "") -> str:
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if listed:
        properties += f'<w:numPr><w:ilvl w:val="{listed[1]}"/><w:numId w:val="{listed[0]}"/></w:numPr>'
    properties += f"<w:rPr>{mark}</w:rPr>" if mark else ""
    look = f"<w:rPr>{run}</w:rPr>" if run else ""
    return f'<w:p><w:pPr>{properties}</w:pPr><w:r>{look}<w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def level(number: int, text: str, form: str = "decimal", more: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def lists(*levels: str, nums: Mapping[int, str] | None = None, more: str = "") -> str:
    """A numbering part of one abstract list and these lists of it, with what they override."""
    instances = "".join(
        f'<w:num w:numId="{n}"><w:abstractNumId w:val="0"/>{over}</w:num>' for n, over in (nums or {1: ""}).items()
    )
    return f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>{more}{instances}'


def restarted(number: int, start: int) -> str:
    return f'<w:lvlOverride w:ilvl="{number}"><w:startOverride w:val="{start}"/></w:lvlOverride>'


# --- numbers of lists -----------------------------------------------------------------------------------------------

PLAN = (level(0, "%1.", "upperRoman"), level(1, "%2."), level(2, "%2.%3."), level(3, "%4)", "lowerLetter"))


def test_levels_count_and_begin_anew() -> None:
    depths = (0, 1, 1, 2, 2, 3, 3, 1, 2, 0, 1)
    found = lines("".join(p("x", listed=(1, depth)) for depth in depths), numbering=lists(*PLAN))
    assert found == [
        "I. x", "1. x", "2. x", "2.1. x", "2.2. x", "a) x", "b) x", "3. x", "3.1. x", "II. x", "1. x",
    ]  # fmt: skip


def test_a_level_below_none_counts_those_above_it() -> None:
    found = lines("".join(p("x", listed=(1, n)) for n in (2, 0)), numbering=lists(*PLAN))
    assert found == ["1.1. x", "II. x"]


def test_lists_of_one_kind_go_on_counting_but_for_a_start_of_their_own() -> None:
    body = "".join(p("x", listed=(num, 0)) for num in (1, 1, 2, 2, 1, 3, 2))
    numbering = lists(level(0, "%1."), nums={1: "", 2: restarted(0, 7), 3: ""})
    assert lines(body, numbering=numbering) == ["1. x", "2. x", "7. x", "8. x", "9. x", "10. x", "11. x"]


def test_a_level_that_goes_on_through_chapters() -> None:
    """Articles count through the chapters; clauses begin anew below an article, not below a chapter."""
    numbering = lists(
        level(0, "Chương %1", "upperRoman"),
        level(1, "Điều %2.", more='<w:lvlRestart w:val="0"/>'),
        level(2, "%3.", more='<w:lvlRestart w:val="2"/>'),
    )
    found = lines("".join(p("x", listed=(1, depth)) for depth in (0, 1, 2, 0, 1, 2)), numbering=numbering)
    assert found == ["Chương I x", "Điều 1. x", "1. x", "Chương II x", "Điều 2. x", "1. x"]


def test_legal_numbers_and_what_separates_them() -> None:
    numbering = lists(
        level(0, "%1", "upperRoman"),
        level(1, "%1.%2", more='<w:isLgl/><w:suff w:val="space"/>'),
        level(2, "Mẫu %3: ", more='<w:suff w:val="nothing"/>'),
    )
    found = lines("".join(p("x", listed=(1, depth)) for depth in (0, 0, 1, 2)), numbering=numbering)
    assert found == ["I x", "II x", "2.1 x", "Mẫu 1: x"]


@pytest.mark.parametrize(
    ("form", "count", "shown"),
    [
        ("decimal", 12, "12"),
        ("decimalZero", 3, "03"),
        ("decimalZero", 12, "12"),
        ("lowerLetter", 4, "d"),
        ("lowerLetter", 27, "aa"),
        ("upperLetter", 53, "AAA"),
        ("lowerLetter", 10_000, "10000"),
        ("lowerRoman", 9, "ix"),
        ("upperRoman", 1994, "MCMXCIV"),
        ("upperRoman", 0, "0"),
        ("none", 3, ""),
        ("numberInDash", 3, "- 3 -"),
        ("vietnameseCounting", 2, "hai"),
        ("vietnameseCounting", 3, "3"),
        ("no such format", 5, "5"),
    ],
)
def test_formats_of_numbers(form: str, count: int, shown: str) -> None:
    assert written(count, form, words=("một", "hai")) == shown


@pytest.mark.parametrize(
    ("text", "font", "shown"),
    [
        ("\uf0b7", "Symbol", "- x"),
        ("§", "Wingdings", "- x"),
        ("\uf02d", "Times New Roman", "- x"),
        ("-", "Times New Roman", "- x"),
        ("+", "", "+ x"),
        ("o", "Courier New", "o x"),
        ("", "Symbol", "x"),
    ],
)
def test_bullets(text: str, font: str, shown: str) -> None:
    fonts = f'<w:rPr><w:rFonts w:ascii="{font}"/></w:rPr>'
    one = level(0, text, "bullet").replace("</w:lvl>", f"{fonts}</w:lvl>")
    assert lines(p("x", listed=(1, 0)), numbering=lists(one)) == [shown]


def test_zeros_that_only_new_programs_know() -> None:
    form = (
        '<mc:AlternateContent><mc:Choice Requires="w14"><w:numFmt w:val="custom" w:format="001, 002, 003, ..."/>'
        '</mc:Choice><mc:Fallback><w:numFmt w:val="decimal"/></mc:Fallback></mc:AlternateContent>'
    )
    one = f'<w:lvl w:ilvl="0"><w:start w:val="9"/>{form}<w:lvlText w:val="%1."/></w:lvl>'
    assert lines(p("x", listed=(1, 0)) + p("x", listed=(1, 0)), numbering=lists(one)) == ["009. x", "010. x"]


STYLES = (
    '<w:style w:type="paragraph" w:styleId="Muc"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Khoan"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Con"><w:basedOn w:val="Khoan"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Khong"><w:basedOn w:val="Khoan"/><w:pPr><w:numPr><w:numId w:val="0"/>'
    "</w:numPr></w:pPr></w:style>"
    '<w:style w:type="paragraph" w:styleId="Vong"><w:basedOn w:val="Vong2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Vong2"><w:basedOn w:val="Vong"/></w:style>'
)


def test_styles_number_their_paragraphs() -> None:
    """A style stands for the level that names it, also for styles based on it; list 0 is none."""
    numbering = lists(
        level(0, "%1.", "upperRoman", '<w:pStyle w:val="Muc"/>'), level(1, "%2.", more='<w:pStyle w:val="Khoan"/>')
    )
    body = "".join(p("x", style=style) for style in ("Muc", "Khoan", "Con", "Khong", "Vong", "Khoan"))
    body += p("x", style="Khoan", listed=(0, 0)) + p("x", style="Khoan", listed=(1, 0)) + p("x", style="Con")
    found = lines(body, numbering=numbering, styles=STYLES)
    assert found == ["I. x", "1. x", "2. x", "x", "x", "3. x", "x", "II. x", "1. x"]


def test_lists_by_the_style_of_another() -> None:
    linked = (
        '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="Kieu"/></w:abstractNum>'
        '<w:abstractNum w:abstractNumId="2"><w:numStyleLink w:val="Vong"/></w:abstractNum>'
    )
    more = (
        '<w:num w:numId="5"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="6"><w:abstractNumId w:val="2"/></w:num>'
    )
    styles = "".join(
        f'<w:style w:type="numbering" w:styleId="{name}"><w:pPr><w:numPr><w:numId w:val="{num}"/></w:numPr></w:pPr>'
        "</w:style>"
        for name, num in (("Kieu", 1), ("Vong", 6))
    )
    numbering = lists(level(0, "%1)"), more=linked) + more
    body = p("x", listed=(5, 0)) + p("x", listed=(1, 0)) + p("x", listed=(6, 0)) + p("x", listed=(99, 0))
    assert lines(body, numbering=numbering, styles=styles) == ["1) x", "2) x", "x", "x"]


def test_a_list_with_levels_of_its_own() -> None:
    own = f'<w:lvlOverride w:ilvl="0">{level(0, "%1/", "lowerRoman")}</w:lvlOverride>'
    body = p("x", listed=(1, 0)) + p("x", listed=(2, 0))
    assert lines(body, numbering=lists(level(0, "%1."), nums={1: "", 2: own})) == ["1. x", "ii/ x"]


def test_numbers_in_cells_and_alone() -> None:
    table = "".join(
        f"<w:tr><w:tc>{p('', listed=(1, 0))}</w:tc><w:tc>{p(text)}</w:tc></w:tr>" for text in ("Sở Y tế", "Sở Nội vụ")
    )
    assert lines(f"<w:tbl>{table}</w:tbl>", numbering=lists(level(0, "%1"))) == ["1 | Sở Y tế", "2 | Sở Nội vụ"]


def test_numbers_beyond_all_measure() -> None:
    one = level(0, "%1.", start=10**30)
    assert lines(p("x", listed=(1, 0)), numbering=lists(one)) == ["1000000. x"]


# --- what is seen and what is not -----------------------------------------------------------------------------------


def note(number: int, text: str, kind: str = "footnote") -> str:
    return f'<w:{kind} w:id="{number}">{p(text)}</w:{kind}>'


def test_notes_stand_at_the_end() -> None:
    body = (
        '<w:p><w:r><w:t>hộ nghèo</w:t></w:r><w:r><w:endnoteReference w:id="4"/></w:r><w:r><w:t> và</w:t>'
        '<w:footnoteReference w:id="2"/></w:r><w:r><w:footnoteReference w:id="3" w:customMarkFollows="1"/><w:t>*</w:t>'
        '<w:footnoteReference w:id="77"/></w:r></w:p>' + p("sau")
    )
    footnotes = '<w:footnote w:id="0" w:type="separator"><w:p/></w:footnote>' + note(2, " hai | dòng") + note(3, "* ba")
    assert lines(body, footnotes=footnotes, endnotes=note(4, "cuối", "endnote")) == [
        "hộ nghèo[1] và[2]*",
        "sau",
        "[1] cuối",
        "[2] hai | dòng",
        "* ba",
    ]


def test_headers_and_footers_are_not_in_the_text() -> None:
    assert lines(p("x"), header=p("đầu trang"), footer=p("chân trang")) == ["x"]


def box(text: str) -> str:
    inner = f"<w:txbxContent>{p(text)}</w:txbxContent>"
    return (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:anchor><wps:txbx>"
        f"{inner}</wps:txbx></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{inner}</v:textbox>"
        "</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def test_text_boxes_once_behind_their_paragraph() -> None:
    body = f"<w:p><w:r><w:t>trước </w:t></w:r>{box('trong khung')}<w:r><w:t>sau</w:t></w:r></w:p>" + p("cuối")
    assert lines(body) == ["trước sau", "trong khung", "cuối"]
    cells = f"<w:tc><w:p>{box('khung')}<w:r><w:t>ô</w:t></w:r></w:p></w:tc><w:tc>{p('hai')}</w:tc>"
    assert lines(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>") == ["ô khung | hai"]


def test_fields_show_results() -> None:
    body = (
        "<w:p><w:r><w:fldChar w:fldCharType='begin'/><w:instrText>HYPERLINK</w:instrText><w:t>lệnh</w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/><w:t>kết quả</w:t><w:fldChar w:fldCharType='end'/></w:r>"
        "<w:fldSimple w:instr='DATE'><w:r><w:t> 2026</w:t></w:r></w:fldSimple>"
        "<w:hyperlink><w:smartTag><w:r><w:t> đích</w:t></w:r></w:smartTag></w:hyperlink>"
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r></w:p>"
    )
    assert lines(body + p("dòng sau")) == ["kết quả 2026 đích", "dòng sau"]


def test_hidden_text_is_out() -> None:
    styles = '<w:style w:type="character" w:styleId="An"><w:rPr><w:vanish/></w:rPr></w:style>'
    body = (
        p("ẩn", run="<w:vanish/>", mark="<w:vanish/>", listed=(1, 0))
        + p("ẩn", run='<w:rStyle w:val="An"/>', mark="<w:vanish/>")
        + p("hiện", run='<w:rStyle w:val="An"/><w:vanish w:val="0"/>', listed=(1, 0))
    )
    assert lines(body, styles=styles, numbering=lists(level(0, "%1."))) == ["1. hiện"]


def test_a_hidden_paragraph_mark_joins_heading_and_text() -> None:
    body = p("Mục tiêu. ", mark="<w:vanish/><w:specVanish/>", listed=(1, 0)) + p("Đến năm 2030")
    assert lines(body, numbering=lists(level(0, "%1."))) == ["1. Mục tiêu. Đến năm 2030"]


def test_a_deleted_paragraph_takes_no_number() -> None:
    gone = p("", mark="<w:del/>", listed=(1, 0)).replace("<w:r>", "<w:del><w:r>").replace("</w:r>", "</w:r></w:del>")
    body = p("x", listed=(1, 0)) + gone + p("nối ", mark="<w:del/>", listed=(1, 0)) + p("y", listed=(1, 0))
    assert lines(body, numbering=lists(level(0, "%1."))) == ["1. x", "2. nối y"]


def test_signs_of_symbol_fonts() -> None:
    body = (
        "<w:p><w:r><w:sym w:font='Wingdings' w:char='F0D8'/><w:t>đạt </w:t><w:sym w:font='Symbol' w:char='F0B3'/>"
        "<w:t> 80%</w:t></w:r></w:p>"
        + p("\uf0b7 gạch đầu dòng \uf0a3 5 \uf0fc", run="<w:rFonts w:ascii='Symbol'/>")
        + p("\uf0fc", run="<w:rFonts w:ascii='Wingdings'/>")
    )
    assert lines(body) == ["- đạt ≥ 80%", "- gạch đầu dòng ≤ 5 •", "✓"]


def test_breaks_hyphens_and_raised_digits() -> None:
    raised = "<w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>{}</w:t></w:r>"
    body = (
        "<w:p><w:r><w:t>một</w:t><w:br w:type='page'/><w:t>hai</w:t><w:lastRenderedPageBreak/><w:noBreakHyphen/><w:t>ba"
        "</w:t><w:softHyphen/><w:tab/><w:t>10</w:t></w:r>" + raised.format("6") + "<w:r><w:t> m</w:t></w:r>"
        f"{raised.format('2')}<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath></w:p>"
    )
    assert lines(body) == ["một", "hai-ba\xad 10⁶ m2x=1"]
    assert read("a.docx", package(body)).page_starts == ()


def test_capitals_by_format() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="Ten"><w:rPr><w:caps/></w:rPr></w:style>'
    assert lines(
        p("Kế hoạch", style="Ten") + p("thường", style="Ten", run="<w:caps w:val='false'/>"), styles=styles
    ) == [
        "KẾ HOẠCH",
        "thường",
    ]


def legacy(text: str) -> str:
    """Text in the codes of TCVN3, in which capitals with a tone mark are those of small letters."""
    codes = {row["letter"]: chr(int(row["code"], 16)) for row in load().tables["tcvn3"] if row["code"] > "A0"}
    return "".join(codes.get(c, codes.get(c.lower(), c)) for c in text)


@pytest.mark.parametrize("look", ["<w:rFonts w:ascii='.VnTimeH'/>", "<w:rFonts w:ascii='.VnTime'/><w:caps/>"])
def test_capitals_of_old_fonts(look: str) -> None:
    """A font with capitals only comes out as such, in letters that no decoder of the line takes for codes."""
    [line] = lines(p(legacy("Thủ tướng Chính phủ quyết định"), run=look))
    assert unicodedata.normalize("NFC", line) == "THỦ TƯỚNG CHÍNH PHỦ QUYẾT ĐỊNH"
    assert mended(line, load()) == []


def test_a_letter_of_old_fonts_that_is_a_soft_hyphen_to_others() -> None:
    body = p("x", run="<w:rFonts w:ascii='.VnTimeH'/>").replace("x</w:t>", "n</w:t><w:softHyphen/><w:t>\xed</w:t>")
    assert unicodedata.normalize("NFC", lines(body)[0]) == "NƯỚ"


def r(text: str, font: str) -> str:
    return f"<w:r><w:rPr><w:rFonts w:ascii='{font}'/></w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


@pytest.mark.parametrize(
    "words", ["hộ nghèo toàn tỉnh", "dưới 5% trước năm 2030", "đ", "hộ", "Bộ", "số 2007/QĐ-BXD", "ước"]
)
def test_a_run_in_an_old_font_beside_unicode(words: str) -> None:
    """Few words are of the codes, so that the line does not tell, and some are words in Unicode too."""
    body = f"<w:p>{r('Đến năm 2030, tỷ lệ ', 'Times')}{r(legacy(words), '.VnTime')}{r(' giảm dần', 'Times')}</w:p>"
    assert unicodedata.normalize("NFC", lines(body)[0]) == f"Đến năm 2030, tỷ lệ {words} giảm dần"
    # As the line is decoded later, nothing in it is taken for codes.
    assert mended(lines(body)[0] * 10, load()) == []


def test_a_run_in_an_old_font_that_does_not_tell_is_as_the_document() -> None:
    """ "Công" and "bé" are codes of "Cụng" and "bộ", and words themselves."""
    run, unicode = r("Công bé 20 µg", ".VnTime"), r("Bộ Y tế ban hành", ".VnTime")
    assert lines(f"<w:p>{unicode}{run}</w:p>") == ["Bộ Y tế ban hànhCông bé 20 µg"]
    assert lines(f"<w:p>{unicode}</w:p><w:p>{run}</w:p>") == ["Bộ Y tế ban hành", "Công bé 20 µg"]
    coded = f"<w:p>{r(legacy('Bộ Y tế ban hành'), '.VnTime')}</w:p><w:p>{run}</w:p>"
    assert unicodedata.normalize("NFC", "\n".join(lines(coded))) == "Bộ Y tế ban hành\nCụng bộ 20 àg"


def test_a_soft_hyphen_in_an_old_font_is_one_in_unicode() -> None:
    hyphen = "<w:r><w:rPr><w:rFonts w:ascii='.VnTime'/></w:rPr><w:softHyphen/></w:r>"
    assert lines(f"<w:p>{r('Bộ Y tế ban', '.VnTime')}{hyphen}{r(' hành', '.VnTime')}</w:p>") == ["Bộ Y tế ban\xad hành"]


def test_capitals_of_an_old_font_beside_unicode() -> None:
    body = f"<w:p>{r('TỈNH ', 'Times')}{r(legacy('hà giang'), '.VnTimeH')}</w:p>"
    assert unicodedata.normalize("NFC", lines(body)[0]) == "TỈNH HÀ GIANG"


def test_text_in_an_old_font_that_is_none() -> None:
    assert lines(p("Bộ Công Thương", run="<w:rFonts w:ascii='.VnTimeH'/>")) == ["BỘ CÔNG THƯƠNG"]
    theme = "<w:rFonts w:asciiTheme='minorHAnsi'/>"
    styles = '<w:style w:type="paragraph" w:styleId="H"><w:rPr><w:rFonts w:ascii=".VnTimeH"/></w:rPr></w:style>'
    assert lines(p("Sở Y tế", style="H", run=theme), styles=styles) == ["Sở Y tế"]


# --- tables ---------------------------------------------------------------------------------------------------------


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def tc(*paragraphs: str, merge: str = "") -> str:
    return f"<w:tc><w:tcPr>{merge}</w:tcPr>{''.join(map(p, paragraphs)) or '<w:p/>'}</w:tc>"


def test_rows_and_merged_cells() -> None:
    down, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    found = lines(
        table(
            tc("TT") + tc("Chỉ tiêu") + tc("Năm 2030"),
            tc("I. KINH TẾ", merge='<w:gridSpan w:val="3"/>'),
            tc("1", merge=down) + tc("GRDP | đầu người", "(giá hiện hành)") + tc("8%"),
            tc(merge=on) + tc("Thu ngân sách") + tc(),
            tc("Tổng", merge='<w:hMerge w:val="restart"/>') + tc(merge="<w:hMerge/>") + tc("9"),
            tc() + tc() + tc(),
        )
        + "<w:p/>"
        + p("sau")
    )
    assert found == [
        "TT | Chỉ tiêu | Năm 2030",
        "| I. KINH TẾ |",
        "1 | GRDP / đầu người (giá hiện hành) | 8%",
        "| | Thu ngân sách | |",
        "Tổng | 9",
        "sau",
    ]


def test_tables_that_are_frames_are_text() -> None:
    long = "Nội dung của phần này được trình bày trong khung. " * 100
    assert lines(table(tc("Điều 1. a | b", "1. c"), tc("2. d"))) == ["Điều 1. a | b", "1. c", "2. d"]
    assert lines(table(tc() + tc("- Sở Y tế;", "- Sở Nội vụ."))) == ["- Sở Y tế;", "- Sở Nội vụ."]
    assert lines(table(tc("trái") + tc("Điều 1. a", long.strip())))[:2] == ["trái", "Điều 1. a"]
    inner = table(tc("a") + tc("b"))
    assert lines(f"<w:tbl><w:tr><w:tc>{p('x')}{inner}<w:p/></w:tc></w:tr></w:tbl>") == ["x", "a | b"]


def test_a_column_that_only_keeps_others_apart_is_none() -> None:
    rows = (tc("Nơi nhận:") + tc() + tc("CHỦ TỊCH"), tc("- Lưu: VT.") + tc() + tc())
    assert lines(table(*rows)) == ["Nơi nhận: | CHỦ TỊCH", "- Lưu: VT. |"]


def test_deleted_rows_are_out() -> None:
    gone = f"<w:trPr><w:del/></w:trPr>{tc('x')}{tc('y')}"
    assert lines(table(tc("a") + tc("b"), gone)) == ["a | b"]


# --- packages -------------------------------------------------------------------------------------------------------


def test_strict_files_and_other_names_of_the_main_part() -> None:
    strict = package(p("chặt chẽ"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(strict)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name).replace(W.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main")
            new.writestr(
                name, data.replace(OFFICE.encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships")
            )
    assert read("a.docx", out.getvalue()).text == "chặt chẽ"
    assert read("a.docx", package(p("khác"), main="word/document2.xml")).text == "khác"


@pytest.mark.parametrize("name", ["a.docm", "a.dotx", "a.doc", "a.txt"])
def test_word_files_by_any_name(name: str) -> None:
    data = package(p("x"))
    assert media_type(name, data) == DOCX
    assert read(name, data).text == "x"


def test_files_built_in_are_told() -> None:
    [problem] = read("a.docx", package(p("x") + "<w:altChunk/>")).problems
    assert (problem.where, problem.what) == ("docx", "1 files built into the document are not read")


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">{}]>'


@pytest.mark.parametrize("declared", ["", '<!ENTITY c SYSTEM "file:///etc/passwd">'])
def test_entities_are_refused(declared: str) -> None:
    data = package(p("x &b;") + ("<w:p><w:r><w:t>&c;</w:t></w:r></w:p>" if declared else ""))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            head = ENTITIES.format(declared) if name == "word/document.xml" else ""
            new.writestr(name, head.encode() + old.read(name))
    with pytest.raises(UnreadableFile, match=r"damaged \.docx \(a document type declaration\)"):
        read("a.docx", out.getvalue())


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<w:tbl><w:tr><w:tc>" * 60 + p("x") + "</w:tc></w:tr></w:tbl>" * 60, "x"),
        (p("x", listed=(1, 0)).replace('w:val="0"', 'w:val="' + "9" * 5_000 + '"'), "1. x"),
        ("<w:p><mc:AlternateContent/><w:r><mc:AlternateContent/><w:t>x</w:t></w:r></w:p>", "x"),
        ("<w:p><w:r><w:sym w:char='zz'/><w:sym w:char='FFFFFFFFF'/><w:sym/><w:t>x</w:t></w:r></w:p>", "x"),
        (p("x", listed=(1, 8)), "x"),
        (p("x").replace("<w:pPr>", '<w:pPr><w:numPr><w:numId w:val=""/></w:numPr>'), "x"),
    ],
)
def test_strange_files_are_read(body: str, text: str) -> None:
    assert lines(body, numbering=lists(level(0, "%1."))) == [text]


@pytest.mark.parametrize(
    "body",
    [
        "<w:sdt><w:sdtContent>" * 2_000 + p("x") + "</w:sdtContent></w:sdt>" * 2_000,
        "<w:p>",
    ],
)
def test_damage_gives_a_reason(body: str) -> None:
    with pytest.raises(UnreadableFile, match=r"is a damaged \.docx \(") as caught:
        lines(body)
    assert len(str(caught.value)) < 200


def test_a_part_beyond_all_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx, "MAX_PART", 3_000)
    with pytest.raises(UnreadableFile, match=r"\(word/document.xml has 0 MB, more than is safe to read\)"):
        read("a.docx", package(p("x" * 3_000)))


def test_parts_that_are_missing_or_no_xml() -> None:
    with pytest.raises(UnreadableFile, match=r"damaged \.docx"):
        read("a.docx", package(p("x"), styles="<w:style"))
    with pytest.raises(UnreadableFile, match="no body"):
        read("a.docx", _without_body())
    assert read("a.docx", package(p("x", style="none", listed=(3, 1)))).text == "x"


def _without_body() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        new.writestr("word/document.xml", f"<w:document {NAMES}/>")
    return out.getvalue()
