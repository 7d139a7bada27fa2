"""Web pages: the document of a portal's page and nothing beside it, as a browser shows it; pages saved by Word."""

from __future__ import annotations

import quopri
import time
from pathlib import Path

import pytest

from extractor.errors import UnreadableFile
from extractor.readers import HTML, MHT, html, media_type, read
from extractor.rulebook import load

MENU = "".join(f'<li><a href="https://cong.example.vn/{n}">Chuyên mục {n}</a></li>' for n in range(12))
RELATED = "".join(
    f'<li><a href="https://cong.example.vn/tin/{n}">Tỉnh họp bàn giải pháp giảm nghèo bền vững lần thứ {n}</a></li>'
    for n in range(8)
)
COMMENTS = '<form><p>Ý kiến của bạn đọc xin gửi về tòa soạn theo địa chỉ dưới đây.</p><input name="c"></form>'
PLAN = [
    "KẾ HOẠCH",
    "Phát triển thư viện công cộng trên địa bàn tỉnh giai đoạn 2026 - 2030",
    "1. Đến năm 2030, ít nhất 60% số xã có thư viện cộng đồng phục vụ nhân dân.",
    "2. Đến năm 2030, 90% học sinh phổ thông được sử dụng dịch vụ thư viện.",
    "3. Sở Văn hóa, Thể thao và Du lịch chủ trì, phối hợp với các sở, ngành thực hiện.",
    "4. Ủy ban nhân dân các xã bố trí kinh phí hằng năm để thực hiện Kế hoạch này.",
    "5. Kế hoạch này có hiệu lực kể từ ngày ký; các cơ quan báo cáo trước ngày 15/12 hằng năm.",
]
ARTICLE = [
    f"Đoạn {n} của bài: tỉnh đặt mục tiêu {n}0% số xã có thư viện cộng đồng vào năm 2030, theo kế hoạch vừa ban hành."
    for n in (3, 4, 5, 6)
]
BODY = "".join(f"<p>{line}</p>" for line in PLAN)
NEWS = "".join(f"<p>{line}</p>" for line in ARTICLE)
ENGLISH = "".join(
    f"<p>{n}. By 2030, at least 60% of communes shall have a community library serving the people.</p>"
    for n in range(9)
)
HEADLINE, DATE, LEAD = "Tỉnh mở thư viện tới từng xã", "16/03/2026 08:15", "Sáu mươi phần trăm số xã sẽ có thư viện."


def page(inside: str, head: str = "") -> bytes:
    return f'<!DOCTYPE html><html><head><meta charset="utf-8">{head}</head><body>{inside}</body></html>'.encode()


def lines(data: bytes, name: str = "a.html") -> list[str]:
    return read(name, data).text.split("\n")


def body(inside: str) -> list[str]:
    """The lines of a page that holds nothing but this."""
    return lines(page(f"<div>{inside}</div>"))


# --- the pages of known sites ----------------------------------------------------------------------------------------

# Row of portals.csv -> a page in the manner of the site, and what of it is the document.
SITES: dict[str, tuple[str, list[str]]] = {
    "vbpl": (
        f'<nav><ol><li><a href="/">Trang chủ</a></li></ol></nav><h1>Kế hoạch 12/KH-UBND</h1><div>Còn hiệu lực</div>'
        f'<div class="flex"><div>Nội dung</div><div>Thuộc tính</div><div>Lược đồ</div></div>'
        f'<div class="min-h-screen preview-content pr-2">{BODY}</div>'
        f'<div class="fixed"><span>Điều 1. Mục tiêu đến năm 2030 về thư viện công cộng</span></div>',
        PLAN,
    ),
    "vbpl-old": (
        f'<form id="aspnetForm"><div class="box-tab-vb"><ul>{MENU}</ul></div><div class="vbInfo">Hiệu lực: còn</div>'
        f'<div class="fulltext"><div class="toanvancontent" id="toanvancontent">{BODY}</div></div></form>',
        PLAN,
    ),
    "thuvienphapluat": (
        f'<form><table><tr><td><ul>{MENU}</ul></td><td><div id="tab1" style="display:none">'
        f'<div class="cldivContentDocVn" id="divContentDoc"><div class="content1">{BODY}</div></div>'
        f'<div class="NoiDungChiaSe">Lưu trữ Ghi chú</div></div>'
        f'<div id="tab2"><div class="cldivContentDocEn"><div class="content1">{ENGLISH}</div></div></div></td></tr>'
        f"</table></form>",
        PLAN,
    ),
    "luatvietnam": (
        '<div class="the-document-summary">Tóm tắt: kế hoạch mở thư viện tới từng xã trong năm năm tới.</div>'
        '<div id="noidung"><div class="the-document-body noidungtracuu">'
        + "".join(
            f'<div class="docitem-{n}"><p>{line}</p><span class="tooltip-button">Đang theo dõi</span></div>'
            for n, line in enumerate(PLAN)
        )
        + "</div></div>",
        PLAN,
    ),
    "vccorp": (
        f'<h1 class="detail-title" data-role="title">{HEADLINE}</h1><div class="detail-time">{DATE}</div>'
        f'<h2 class="detail-sapo" data-role="sapo">{LEAD}</h2><div class="detail-content afcbc-body">{NEWS}'
        f'<div class="VCSortableInPreviewMode" type="RelatedOneNews"><a href="/x">Bài khác về thư viện</a></div>'
        f"<figure><figcaption>Ảnh: thư viện xã</figcaption></figure></div><div><ul>{RELATED}</ul></div>",
        [HEADLINE, DATE, LEAD, *ARTICLE],
    ),
    "zce": (
        f'<div class="article__header"><h1 class="article__title cms-title">{HEADLINE}</h1>'
        f'<div class="article__meta"><time>{DATE}</time></div></div><div class="article__sapo cms-desc">{LEAD}</div>'
        f'<div class="article__body zce-content-body cms-body">{NEWS}<div class="article__story">{RELATED}</div></div>',
        [HEADLINE, DATE, LEAD, *ARTICLE],
    ),
    "vnexpress": (
        f'<div class="header-content"><span class="date">{DATE}</span></div><h1 class="title-detail">{HEADLINE}</h1>'
        f'<p class="description">{LEAD}</p><article class="fck_detail">{NEWS}<ul class="list-news">{RELATED}</ul>'
        "</article>",
        [DATE, HEADLINE, LEAD, *ARTICLE],
    ),
    "dantri": (
        f'<article><h1 class="title-page detail">{HEADLINE}</h1><time class="author-time">{DATE}</time>'
        f'<h2 class="singular-sapo">{LEAD}</h2><div class="singular-content">{NEWS}<article class="article-related">'
        f"<ul>{RELATED}</ul></article></div></article>",
        [HEADLINE, DATE, LEAD, *ARTICLE],
    ),
    "qdnd": (
        f'<h1 class="post-title">{HEADLINE}</h1><div class="post-subinfo">{DATE}</div>'
        f'<div class="post-summary">{LEAD}</div><div class="post-content">{NEWS}</div><ul>{RELATED}</ul>',
        [HEADLINE, DATE, LEAD, *ARTICLE],
    ),
    "sharepoint": (
        f'<form id="aspnetForm"><div id="s4-bodyContainer"><ul class="root">{MENU}</ul><h1>{HEADLINE}</h1>'
        f'<div id="ctl00_PlaceHolderMain_ctl01__ControlWrapper_RichHtmlField" class="ms-rtestate-field">'
        f'<div class="ExternalClassA1B2">{BODY}</div></div><div class="tin-khac">{RELATED}</div></div></form>',
        [HEADLINE, *PLAN],
    ),
    "liferay": (
        f'<div id="wrapper"><div class="portlet-navigation">{MENU}</div><h1 class="header-title">{HEADLINE}</h1>'
        f'<div class="portlet-body"><div class="journal-content-article">{BODY}</div>'
        f'<div class="taglib-discussion">{COMMENTS}</div></div></div>',
        [HEADLINE, *PLAN],
    ),
    "marked": (
        f'<h1>{HEADLINE}</h1><span itemprop="datePublished">{DATE}</span><div itemprop="articleBody">{NEWS}</div>'
        f"<ul>{RELATED}</ul>",
        [HEADLINE, DATE, *ARTICLE],
    ),
}


@pytest.mark.parametrize("site", SITES)
def test_the_document_of_a_known_site(site: str) -> None:
    inside, wanted = SITES[site]
    assert lines(page(f"<div>Cổng thông tin điện tử</div>{inside}<div>Bản quyền thuộc về tòa soạn</div>")) == wanted


def test_every_known_site_has_its_page() -> None:
    assert {row["id"] for row in load().tables["portals"] if row["body"]} == set(SITES)


def test_a_box_by_the_name_of_a_body_is_no_body() -> None:
    """A page of another site may name a teaser as a known one names its body."""
    teaser = f"<div itemprop='articleBody'>{'Tin vắn trong ngày. ' * 15}</div>"
    text = "\n".join(lines(page(f"{teaser}<div>{BODY * 3}<table><tr><td>1</td><td>xã</td></tr></table></div>")))
    assert "1 | xã" in text
    assert PLAN[3] in text


# --- the pages of other sites ----------------------------------------------------------------------------------------

TABLE = (
    "<table><tr><th>TT</th><th>Chỉ tiêu</th><th>Năm 2030</th></tr><tr><td>1</td><td>Số xã có thư viện</td>"
    "<td>60</td></tr></table>"
)
ROWS = ["TT | Chỉ tiêu | Năm 2030", "1 | Số xã có thư viện | 60"]


def test_a_plan_on_a_page_of_a_province() -> None:
    """Menus, the boxes beside, other news, the form for comments and the foot are gone, the document is whole."""
    inside = (
        f'<div id="top-menu"><ul>{MENU}</ul></div><div class="breadcrumbs">Trang chủ › Văn bản</div><div class="row">'
        f'<div class="col-9"><div class="noi-dung-vb">{BODY}{TABLE}<p>Nơi nhận: Văn phòng tỉnh.</p></div>'
        f'<h3>Tin liên quan</h3><ul>{RELATED}</ul><div class="box-binh-luan">{COMMENTS}</div></div>'
        f'<div class="col-3 sidebar-right"><p>Thông báo tuyển dụng viên chức của các đơn vị sự nghiệp.</p></div>'
        f'</div><div class="footer-info">Cơ quan chủ quản: Ủy ban nhân dân tỉnh. Giấy phép số 5/GP-TTĐT.</div>'
    )
    assert lines(page(inside)) == [*PLAN, *ROWS, "Nơi nhận: Văn phòng tỉnh."]


def test_names_that_only_sound_like_furniture() -> None:
    """Words of a document that may be shared or opened after a login are words of the document all the same."""
    whole = "".join(f'<div class="doc-item has-share"><p class="menu">{line}</p></div>' for line in PLAN)
    assert lines(page(f'{whole}{TABLE}<p><a class="openLogin">Điều 16.</a> Giảm giá vé</p>')) == [
        *PLAN,
        *ROWS,
        "Điều 16. Giảm giá vé",
    ]


def test_an_article_of_an_unknown_paper_keeps_its_own_lines() -> None:
    """trafilatura says which lines are the article's; what they say is read from the page itself."""
    pytest.importorskip("trafilatura", reason="trafilatura cannot be imported", exc_type=ImportError)
    inside = (
        f'<div class="header">{MENU}</div><main><h1>{HEADLINE}</h1><p class="t">{DATE}</p>{NEWS}'
        f"<p>Trên diện tích 120 km<sup>2</sup>, tỉnh bỏ <del>50</del> 60 tỷ đồng trong năm 2030<sup>1</sup>.</p>"
        f"<ol><li>Mở thư viện ở các xã miền núi trước năm 2028 bằng ngân sách tỉnh.</li>"
        f"<li>Mở thư viện ở các xã còn lại trước năm 2030 bằng nguồn xã hội hóa.</li></ol></main>"
        f'<div><h4>Tin liên quan</h4><ul>{RELATED}</ul></div><div class="foot">Tòa soạn: số 1 đường Ví Dụ</div>'
    )
    assert lines(page(inside)) == [
        HEADLINE,
        DATE,
        *ARTICLE,
        "Trên diện tích 120 km2, tỉnh bỏ 60 tỷ đồng trong năm 2030¹.",
        "1. Mở thư viện ở các xã miền núi trước năm 2028 bằng ngân sách tỉnh.",
        "2. Mở thư viện ở các xã còn lại trước năm 2030 bằng nguồn xã hội hóa.",
    ]


TASKS = [f"{n}. Đến năm 2030, thư viện số {n} của tỉnh phục vụ ít nhất 60% số xã trên địa bàn." for n in range(30)]
LISTED = "".join(f"<p>{task}</p>" for task in TASKS) + TABLE
# The same table with the figures of a year.
YEAR = "<table>{}</table>".format(
    "".join(f"<tr><td>{task[9:]}</td><td>{{0}}{n}</td></tr>" for n, task in enumerate(TASKS))
)


@pytest.mark.parametrize("known", ["", "toanvancontent"])
@pytest.mark.parametrize("copy", [LISTED, f"{LISTED}<p>In trang</p>", LISTED.replace(f"<p>{TASKS[7]}</p>", "")])
def test_a_second_copy_for_printing_is_left_out(copy: str, known: str) -> None:
    """Also where a line was added to it, or left out."""
    inside = f"<div id='{known}'><div>{LISTED}</div><div class='in'><div>{copy}</div></div></div>"
    assert lines(page(f"<div>Cổng tỉnh</div>{inside}"))[-32:] == [*TASKS, *ROWS]


@pytest.mark.parametrize(
    "second",
    [
        YEAR.format("2030"),
        f"<div>{LISTED.replace('60%', '80%')}</div>",
        f"<div>{LISTED}<p>{'Phần mới chỉ có ở bản thứ hai. ' * 10}</p></div>",
    ],
    ids=["figures", "targets", "more"],
)
def test_what_is_much_alike_is_no_copy(second: str) -> None:
    text = read(
        "a.html", page(f"<div><div>Cổng</div><div>{LISTED}{YEAR.format('2026')}</div><div>{second}</div></div>")
    ).text
    assert text.count("thư viện số 7 ") == 3


def test_what_is_hidden() -> None:
    assert body(
        '<p>thấy</p><p style="color:red; DISPLAY : none">ẩn</p><p hidden>ẩn</p>'
        '<span style="visibility:hidden">ẩn</span><span style="mso-hide:all">ẩn</span><span aria-hidden="true">›</span>'
    ) == ["thấy"]


def test_a_document_in_a_tab_that_was_closed() -> None:
    """A page may be saved with the document's tab hidden, or a dialogue open before all of it."""
    for how in ('style="display: none"', "hidden", 'aria-hidden="true"'):
        assert lines(page(f"<div>Thuộc tính</div><div {how}>{BODY}{TABLE}</div>"))[-9:] == [*PLAN, *ROWS]


def test_frames() -> None:
    for inside in ('<frameset><frame src="a.htm"></frameset>', '<iframe src="a.htm"></iframe>'):
        with pytest.raises(UnreadableFile, match="only frames another page"):
            read("a.html", f"<html>{inside}</html>".encode())


# --- text as a browser shows it --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("<ol><li>a</li><li>b</li></ol>", ["1. a", "2. b"]),
        ('<ol start="4"><li>a</li><li value="9">b</li><li>c</li></ol>', ["4. a", "9. b", "10. c"]),
        ('<ol type="a"><li>x<li>y</ol>', ["a) x", "b) y"]),
        ('<ol type="I"><li>x</li><li>y<ol><li>z</li></ol></li><li>u</li></ol>', ["I. x", "II. y", "1. z", "III. u"]),
        ('<ol style="list-style-type: lower-latin" start="27"><li>x</li></ol>', ["aa) x"]),
        (
            '<ol style="list-style-type: upper-roman"><li style="list-style-type:none">x</li><li>y</li></ol>',
            ["x", "II. y"],
        ),
        ("<ol reversed><li>a</li><li>b</li></ol>", ["2. a", "1. b"]),
        ('<ol start="x"><li value="y">a</li></ol>', ["1. a"]),
        ("<ul><li>a</li></ul>", ["a"]),
        ("<ol><li>1. a</li><li>b</li></ol>", ["1. a", "2. b"]),
        ("<ol><li>1 xã<ul><li>thôn</li></ul></li></ol>", ["1. 1 xã", "thôn"]),
        ("<table><tr><td>1</td><td><ol><li>a</li><li>b</li></ol></td></tr></table>", ["1 | 1. a 2. b"]),
        # What stands in an item as a block, as word processors and editors write it, goes on behind its number.
        ("<ol><li><p>a</p></li><li>\n<div>\n<p>b</p>\n</div><p>c</p></li></ol>", ["1. a", "2. b", "c"]),
        ("<ol><li><p></p><p>a</p><li><pre>\n\nb</pre></ol>", ["1. a", "2. b"]),
        ('<ol type="I"><li><p>x<ol><li><p>y</ol><li><h2><b>z</b></h2></ol>', ["I. x", "1. y", "II. z"]),
        (
            "<ol><li><ol><li><p>a</li></ol></li><li></ol><p>b</p><table><td>c<td>d</table>",
            ["1.", "1. a", "2.", "b", "c | d"],
        ),
        ("<ol><li><table><tr><td><p>a</p></td><td>b</td></tr></table></li></ol>", ["1.", "a | b"]),
        ("<ol><li><br><p>a<br>b</p></li></ol>", ["1. a", "b"]),
    ],
)
def test_numbers_of_lists(inside: str, wanted: list[str]) -> None:
    assert body(inside) == wanted


@pytest.mark.parametrize(
    ("inside", "wanted"),
    [
        ("120 km<sup>2</sup>, 30.000m<sup>3</sup>", "120 km2, 30.000m3"),
        ("10<sup>3</sup> tấn, 10<sup>-6</sup>", "10³ tấn, 10⁻⁶"),
        ("đến năm 2025<sup>1</sup>", "đến năm 2025¹"),
        ('đến năm 2025<sup><a href="#n1">1</a></sup> và <a href="#n2"><sup>2</sup></a>', "đến năm 2025[1] và [2]"),
        ('đến năm 2025<a href="#_ftn1" name="_ftnref1">[1]</a>', "đến năm 2025[1]"),
        ("37<sup>o</sup>C, CO<sub>2</sub>, Hà Nội<sup>(*)</sup>", "37oC, CO2, Hà Nội(*)"),
        ("&lt; 5% &amp; &gt; 2%&nbsp;&#7841;&eacute;", "< 5% & > 2% ạé"),
        ("đạt <del>80</del><ins>85</ins>%", "đạt 85%"),
        ("một\n  <b>hai</b>\tba", "một hai ba"),
    ],
)
def test_marks_inside_a_line(inside: str, wanted: str) -> None:
    assert body(f"<p>{inside}</p>") == [wanted]


def test_line_breaks() -> None:
    assert body("<p>một<br>hai<br/>ba</p><pre>bốn  bốn\nnăm</pre>") == ["một", "hai", "ba", "bốn bốn", "năm"]


# --- tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (
            '<tr><th rowspan="2">TT</th><th rowspan=2>Chỉ tiêu</th><th colspan="2">Kế hoạch</th></tr>'
            "<tr><th>2026</th><th>2030</th></tr><tr><td>1</td><td>Hộ nghèo</td><td>2%</td><td>1%</td></tr>",
            ["TT | Chỉ tiêu | Kế hoạch |", "| | | 2026 | 2030 |", "1 | Hộ nghèo | 2% | 1%"],
        ),
        (
            '<tr><td>TT</td><td>A</td><td>B</td></tr><tr><td colspan="3">I. Nhóm</td></tr>'
            '<tr><td rowspan="0">1</td><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr>',
            ["TT | A | B", "I. Nhóm | |", "1 | a | b", "| | c | d |"],
        ),
        ("<tr><td></td><td>KT. CHỦ TỊCH</td></tr>", ["| | KT. CHỦ TỊCH |"]),
        ("<tr><td>a|b</td><td>c</td></tr><tr><td></td><td></td></tr>", ["a/b | c"]),
        # Cells that do not line up, and the row without text by which Word says so.
        (
            "<tr><td>TT</td><td colspan=2>2026</td><td>2030</td></tr>"
            "<tr><td>1</td><td>5%</td><td colspan=2>6%</td></tr><tr><td></td><td></td><td></td><td></td></tr>",
            ["TT | 2026 | 2030", "1 | 5% | 6%"],
        ),
    ],
)
def test_spans_of_cells(rows: str, wanted: list[str]) -> None:
    assert body(f"<table>{rows}</table>") == wanted


POLL = "<p>Thời tiết: 27 độ</p><p>Lượt truy cập: 1.204</p>"
SIGNED = "<p>TM. ỦY BAN NHÂN DÂN<br>KT. CHỦ TỊCH<br>PHÓ CHỦ TỊCH</p><p><br></p><p>Lò Thị Mẫu</p>"
RECIPIENTS = [
    "Nơi nhận:",
    *(f"- Ban Chỉ đạo số {n} của tỉnh về phát triển thư viện công cộng;" for n in range(14)),
    "- Lưu: VT.",
]


@pytest.mark.parametrize(
    ("rows", "around"),
    [
        (f"<tr><td><a href='/'>Trang chủ</a></td><td>{BODY}</td></tr>", ["Trang chủ"]),
        (f"<tr><td></td><td>{BODY}</td></tr>", []),
        (f"<tr><td colspan=2>Cổng tỉnh</td></tr><tr><td><a href='/'>Vào</a></td><td>{BODY}", ["Cổng tỉnh", "Vào"]),
        (f"<tr><td>{BODY * 3}</td><td>{POLL}</td></tr>", ["Thời tiết: 27 độ", "Lượt truy cập: 1.204"]),
    ],
    ids=["menu", "empty", "head", "box"],
)
def test_a_page_laid_out_in_a_table(rows: str, around: list[str]) -> None:
    """The document's lines are lines, and its own tables are tables."""
    found = body(f"<table>{rows.replace('hằng năm.</p>', f'hằng năm.</p>{TABLE}')}</table>")
    assert [line for line in found if line not in around] == [*PLAN, *ROWS] * (len(found) // (len(PLAN) + 2))
    assert [line for line in found if line in around] == around


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (
            "<tr><td><p>ỦY BAN NHÂN DÂN</p><p>TỈNH VÍ DỤ</p><p>-----</p><p>Số: 12/KH-UBND</p></td><td><p>CỘNG HÒA XÃ"
            " HỘI CHỦ NGHĨA VIỆT NAM</p><p>Độc lập - Tự do - Hạnh phúc</p><p>-----</p><p>Ví Dụ, ngày 5/6/2026",
            [
                "ỦY BAN NHÂN DÂN TỈNH VÍ DỤ ----- Số: 12/KH-UBND | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do"
                " - Hạnh phúc ----- Ví Dụ, ngày 5/6/2026"
            ],
        ),
        (
            f"<tr><td>{'<br>'.join(RECIPIENTS)}</td><td>{SIGNED}</td></tr>",
            [f"{' '.join(RECIPIENTS)} | TM. ỦY BAN NHÂN DÂN KT. CHỦ TỊCH PHÓ CHỦ TỊCH Lò Thị Mẫu"],
        ),
        (
            f"<tr><td></td><td>{SIGNED}</td></tr>",
            ["| | TM. ỦY BAN NHÂN DÂN KT. CHỦ TỊCH PHÓ CHỦ TỊCH Lò Thị Mẫu |"],
        ),
        (
            f"<tr><th>Nhiệm vụ</th><th>Chủ trì</th></tr><tr><td>{BODY * 3}</td><td>Sở Y tế</td></tr>",
            ["Nhiệm vụ | Chủ trì", f"{' '.join(PLAN * 3)} | Sở Y tế"],
        ),
        (
            f"<tr><th>Nhiệm vụ</th><th>Chủ trì</th></tr><tr><td>{BODY}</td><td></td></tr>",
            ["Nhiệm vụ | Chủ trì", f"{' '.join(PLAN)} |"],
        ),
    ],
    ids=["head", "recipients", "signature", "tasks", "task"],
)
def test_long_cells_that_are_no_page(rows: str, wanted: list[str]) -> None:
    assert body(f"<table>{rows}</table>") == wanted


def test_a_caption_stands_above_its_table() -> None:
    assert body(f"<table><caption>Biểu 1</caption>{TABLE[7:]}") == ["Biểu 1", *ROWS]


# --- pages saved by Word ---------------------------------------------------------------------------------------------

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta http-equiv=Content-Type content="text/html; charset={charset}"><meta name=Generator content="Word 15">
<!--[if gte mso 9]><xml><o:DocumentProperties><o:Author>x</o:Author></o:DocumentProperties></xml><![endif]-->
<style><!-- p.MsoNormal {{margin:0cm;}} --></style></head><body lang=VI><div class=WordSection1>
<p class=MsoNormal align=center><b>KẾ HOẠCH<o:p></o:p></b></p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>1.<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span><![endif]>Đến năm 2030, 60% số xã có thư
viện<a style='mso-footnote-id:ftn1' href="#_ftn1" name="_ftnref1"><span class=MsoFootnoteReference><span
style='mso-special-character:footnote'><![if !supportFootnotes]>[1]<![endif]></span></span></a>.<o:p></o:p></p>
<p class=MsoNormal style='mso-hide:all;display:none'>ghi chú ẩn</p>
<p class=MsoListParagraph><!--[if !supportLists]--><span
style='mso-list:Ignore'>a)<span>&nbsp; </span></span><!--[endif]-->ở
miền núi <span style='mso-spacerun:yes'>  </span>40%;</p>
<table class=MsoTableGrid border=1><tr><td width=10><p>TT<o:p></o:p></p></td><td><p>Chỉ tiêu</p></td></tr>
<tr><td><p>1</p></td><td><p>Số xã</p><p>miền núi</p></td></tr></table></div>
<div style='mso-element:footnote-list'><hr><div style='mso-element:footnote' id=ftn1><p><a href="#_ftnref1"
name="_ftn1">[1]</a> Theo chuẩn mới.</p></div></div></body></html>"""
WORD_LINES = [
    "KẾ HOẠCH",
    "1. Đến năm 2030, 60% số xã có thư viện[1].",
    "a) ở miền núi 40%;",
    "TT | Chỉ tiêu",
    "1 | Số xã miền núi",
    "[1] Theo chuẩn mới.",
]


@pytest.mark.parametrize(("charset", "encoding"), [("utf-8", "utf-8"), ("unicode", "utf-16")])
def test_a_page_saved_by_word(charset: str, encoding: str) -> None:
    assert lines(WORD.format(charset=charset).encode(encoding), "a.htm") == WORD_LINES


def test_a_page_saved_by_word_in_a_code_page() -> None:
    """In windows-1258 tone marks stand behind their letters; composing them is left to cleaning."""
    text = WORD.format(charset="windows-1258").replace("KẾ", "KÊ\u0301").replace("Đến", "Đê\u0301n")
    plain = text.encode("cp1258", "xmlcharrefreplace")
    assert lines(plain, "a.htm")[:2] == ["KÊ\u0301 HOẠCH", WORD_LINES[1].replace("Đến", "Đê\u0301n")]


def archive(encoding: str, transfer: str, *, start: str = "") -> bytes:
    """A web archive whose page is not its first part where `start` names it."""
    text = WORD.format(charset=encoding).encode(encoding)
    payload = quopri.encodestring(text) if transfer == "quoted-printable" else text
    related = f'multipart/related; boundary="=_b"; type="text/html"{start and f"; start={chr(34)}{start}{chr(34)}"}'
    page_part = (
        f"Content-Type: text/html; charset={encoding}\r\nContent-Transfer-Encoding: {transfer}\r\n"
        f"Content-ID: {start}\r\nContent-Location: file:///C:/a.htm\r\n\r\n"
    ).encode() + payload
    frame = b"Content-Type: text/html; charset=utf-8\r\nContent-Location: file:///C:/header.htm\r\n\r\n<p>1</p>"
    image = b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K"
    parts = [frame, page_part, image] if start else [page_part, frame, image]
    out = f"From: <Saved by a browser>\r\nMIME-Version: 1.0\r\nContent-Type: {related}\r\n\r\n"
    return out.encode() + b"".join(b"--=_b\r\n" + part + b"\r\n" for part in parts) + b"--=_b--\r\n"


@pytest.mark.parametrize(
    "data",
    [archive("utf-8", "quoted-printable"), archive("utf-8", "8bit", start="<main@page>")],
    ids=["first", "start"],
)
@pytest.mark.parametrize("name", ["a.mht", "a.mhtml", "a.txt"])
def test_a_web_archive(name: str, data: bytes) -> None:
    assert media_type(name, data) == MHT
    assert lines(data, name) == WORD_LINES


def test_web_archives_without_a_page() -> None:
    head = b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n"
    for data in (
        head,
        head + b"--b\nContent-Type: image/png\n\nx\n--b--\n",
        head + b"--b\nContent-Type: text/html\n\n\n",
    ):
        with pytest.raises(UnreadableFile, match="web archive without a page"):
            read("a.mht", data)


def test_a_text_that_begins_like_a_letter_is_no_web_archive() -> None:
    assert media_type("a.txt", "Kính gửi: Sở Y tế\nContent-Type: multipart/related\n".encode()) != MHT
    assert media_type("a.mht", page(BODY)) == HTML


# --- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"<div></b>" * 5_000,  # end tags of what is not open close nothing
        b"<div><p></div></span>" * 10 + b"<section>" * 1_001,
        b"<b><div></b>" * 2_000,
        b"<form><div></form>" * 2_000,
        b"<div><table><tr><td></div>" * 1_100,
        (b"<span>" * 200 + b"<div>" + b"</span>" * 200) * 6,
    ],
)
def test_depth_cannot_be_hidden(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="nested deeper"):
        read("a.html", b"<html><body>" + data)


def test_depth_is_not_that_of_scripts_and_comments() -> None:
    deep = "<div>" * 2_000
    data = page(f"<script>var x = '{deep}';</script><!-- {deep} --><textarea>{deep}</textarea><p>nội dung</p>")
    assert lines(data) == ["nội dung"]
    assert html.depth("<!--" + deep) == 0
    assert html.depth("<div>" * 3 + "</div>" * 9 + "<div><div>") == 3
    assert html.depth("<svg><g>" + "<path/>" * 2_000 + "</g></svg>") == 2
    assert html.depth("<b><div><font></b></div>" * 2_000) <= 4
    assert html.depth("<table><tr><td><div><i></table>" * 2_000) == 3


def test_depth_is_not_hidden_by_attributes() -> None:
    """What looks like a tag in the value of an attribute is none."""
    deep = "<div>" * 2_000
    for before in ("<p title='<script>'>", '<p title="<!--">', "<p =\"'>", "<p a'='<script>'>"):
        assert html.depth(before + deep) > html.MAX_DEPTH
    for before in ("<p title='", '<p a b = "', "<p/a='>", "<p a\n=\n'>", "<p a = '"):
        assert html.depth(before + deep) == 0
    assert html.depth(f'<p title="{deep}">') == 0


@pytest.mark.parametrize(
    "attributes",
    [
        " ".join(f"a{n}" for n in range(300_000)),
        "/".join(f"a{n}" for n in range(251)),
        " ".join(f'a{n}=">"' for n in range(251)),
        "'".join(f" a{n} = '>" for n in range(252)),
        "<b " * 251,
    ],
)
def test_a_tag_of_too_many_attributes(attributes: str) -> None:
    with pytest.raises(UnreadableFile, match="a tag has more than 250 attributes"):
        read("a.html", page(f"<p>x</p><i title='<script>'></i><p {attributes}>{BODY}"))


def test_attributes_are_not_those_of_scripts_and_comments() -> None:
    many = "<p " + " ".join(f"a{n}" for n in range(999))
    assert lines(page(f"<script>{many}></script><!-- {many}> --><p title='{many}'>nội dung</p>")) == ["nội dung"]
    assert lines(page(f"<p {' '.join(f'a{n}=1' for n in range(250))} / >nội dung</p>")) == ["nội dung"]


@pytest.mark.parametrize(
    "inside",
    [
        "<td colspan=1000 rowspan=65000>x" * 2_000 + "<tr><td>y" * 20_000,
        "<table><tr><td>a<td>b" * 400,
        "<tr>" + "<td>x" * 5_000 + "<tr><td>y" * 20_000,
    ],
    ids=["spans", "tables", "columns"],
)
def test_tables_made_to_burst(inside: str) -> None:
    begin = time.perf_counter()
    text = read("a.html", page(f"<table><tr>{inside}")).text
    assert len(text) < 6_000_000
    assert time.perf_counter() - begin < 60


def test_copies_are_not_looked_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies around both copies costs nothing, as it cannot be one."""
    inside = f"<p>Cổng tỉnh</p>{'<div>' * 30}{LISTED}<div>{LISTED}</div>"
    assert lines(page(inside)).count(TASKS[7]) == 1
    monkeypatch.setattr("extractor.readers.markup.SEARCHED", 0)
    assert lines(page(inside)).count(TASKS[7]) == 2


def test_damaged_markup(tmp_path: Path) -> None:
    """No cut of a page is more than text or one clear reason."""
    said = set()
    whole = WORD.format(charset="utf-8").encode() + page(SITES["vccorp"][0])
    for at in range(0, len(whole), 97):
        try:
            assert read("a.html", whole[:at] or b"<html>").text
        except UnreadableFile as error:
            said.add(error.reason)
    assert said <= {"the page holds no text"}
