"""Scans: pages rendered and read back, pictures as documents, and what is said where Tesseract or time is missing."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import formats
import pypdfium2
import pytest
from pdfs import body, lines, page, pdf_of, picture
from PIL import Image, ImageDraw

from extractor import extract, programs, readers
from extractor.errors import UnreadableFile
from extractor.model import Content
from extractor.readers import ocr, pdf
from extractor.readers.ocr import Word
from extractor.rulebook import load

BOOK = load()
HERE = pytest.mark.skipif(
    ocr.lacking() is not None or shutil.which("soffice") is None,
    reason="Tesseract with Vietnamese or LibreOffice is not installed",
)
FONT = "DejaVu Serif"
PLAN = """ỦY BAN NHÂN DÂN TỈNH QUẢNG NINH | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc
Số: 88/KH-UBND | Quảng Ninh, ngày 12 tháng 3 năm 2026
KẾ HOẠCH
Phát triển thư viện cộng đồng giai đoạn 2026 - 2030
I. MỤC TIÊU
1. Đến năm 2030, ít nhất 80% số xã, phường có thư viện cộng đồng; 100% trường phổ thông có thư viện đạt tiêu chuẩn.
2. Số bản sách trong hệ thống thư viện công cộng đạt 0,9 bản/người.
TT | Chỉ tiêu | Đơn vị | Năm 2028 | Năm 2030
1 | Tỷ lệ xã có thư viện cộng đồng | % | 60 | 80
2 | Tỷ lệ dân số sử dụng dịch vụ thư viện | % | 35 | 55
II. TỔ CHỨC THỰC HIỆN
Nơi nhận: - Như trên; - Lưu: VT. | TM. ỦY BAN NHÂN DÂN CHỦ TỊCH"""


def scanned(data: bytes, dpi: int = 300, pages: int | None = None) -> list[Image.Image]:
    """The pages of a PDF as grey pictures."""
    document = pypdfium2.PdfDocument(data)
    count = len(document) if pages is None else min(pages, len(document))
    return [document[n].render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for n in range(count)]


def pdf_of_pictures(pictures: list[Image.Image], dpi: int = 300) -> bytes:
    out = io.BytesIO()
    pictures[0].save(out, "PDF", resolution=dpi, save_all=True, append_images=pictures[1:])
    return out.getvalue()


def saved(images: list[Image.Image], form: str, **options: object) -> bytes:
    out = io.BytesIO()
    if len(images) > 1:
        options |= {"save_all": True, "append_images": images[1:]}
    images[0].save(out, form, **options)
    return out.getvalue()


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A plan with a table, and the corpus texts without tables, as PDF files in a font that has all letters."""
    names = [p for p in formats.TEXTS if " | " not in p.read_text("utf-8")][:5]
    words = {path.stem: formats.word_of(formats.canonical_text(path), font=FONT) for path in names}
    words["plan"] = formats.word_of(PLAN, font=FONT)
    return formats.through_office(words, "pdf", tmp_path_factory.mktemp("printed"))


@pytest.fixture(scope="session")
def plan(printed: dict[str, bytes]) -> Image.Image:
    return scanned(printed["plan"])[0]


# --- what is read -------------------------------------------------------------------------------------------------


@HERE
def test_a_clean_scan_is_read_letter_by_letter(printed: dict[str, bytes]) -> None:
    """Ten pages of plans and decisions; the letters that are wrong, of all."""
    wrong = total = pages = 0
    for path in formats.TEXTS:
        if path.stem not in printed or pages >= 10:
            continue
        pictures = scanned(printed[path.stem])
        found = extract(f"{path.stem}.pdf", data=pdf_of_pictures(pictures), book=BOOK)
        wanted = formats.canonical_text(path)
        wrong += round(formats.error_rate(wanted, found.text) * len(" ".join(wanted.split())))
        total += len(" ".join(wanted.split()))
        pages += len(pictures)
        assert all(each.ocr and each.confidence and each.confidence > 0.9 for each in found.pages)
        assert all(target.ocr for target in found.targets)
    assert pages >= 10
    assert wrong < 0.01 * total


@HERE
def test_head_table_and_signature_of_a_scan(plan: Image.Image) -> None:
    found = extract("plan.pdf", data=pdf_of_pictures([plan]), book=BOOK)
    assert (found.document.number, found.document.issued_on) == ("88/KH-UBND", "2026-03-12")
    assert found.document.province == "Quảng Ninh"
    rows = [line for line in found.text.split("\n") if " | " in line]
    assert rows == PLAN.split("\n")[7:10]
    assert formats.targets_of(found) == formats.targets_of(extract("plan.txt", data=PLAN.encode(), book=BOOK))


@HERE
def test_pages_with_and_without_text(printed: dict[str, bytes], plan: Image.Image) -> None:
    """A page with text is read as text, one without by OCR; what stands on a scan as text is taken as it is."""
    typed, drawn = pypdfium2.PdfDocument(printed["plan"]), pypdfium2.PdfDocument(pdf_of_pictures([plan]))
    typed.import_pages(drawn)
    out = io.BytesIO()
    typed.save(out)
    content = pdf.read("a.pdf", out.getvalue(), BOOK)
    assert list(content.recognised) == [len(typed)]
    assert content.problems == ()
    assert content.text.count("88/KH-UBND") == 2


@HERE
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_on_its_side(plan: Image.Image, turn: int) -> None:
    if "osd" not in ocr.languages():
        pytest.skip("Tesseract has no data of orientation")
    content = readers.read("a.png", saved([plan.rotate(turn, expand=True)], "PNG", dpi=(300, 300)), BOOK)
    assert "thư viện cộng đồng" in content.text
    assert "1 | Tỷ lệ xã có thư viện cộng đồng | % | 60 | 80" in content.text


@HERE
@pytest.mark.parametrize(
    ("name", "form", "options"),
    [
        ("a.png", "PNG", {}),
        ("a.jpg", "JPEG", {"quality": 80}),
        ("a.tif", "TIFF", {"dpi": (300, 300)}),
        ("a.bmp", "BMP", {}),
        ("a.gif", "GIF", {}),
        ("a.webp", "WEBP", {}),
    ],
)
def test_pictures_are_documents(plan: Image.Image, name: str, form: str, options: dict) -> None:
    data = saved([plan], form, **options)
    source = readers.read(name, data, BOOK)
    assert source.media_type == ocr.SUFFIXES[Path(name).suffix]
    assert "ít nhất 80% số xã, phường có thư viện cộng đồng" in " ".join(source.text.split())
    assert list(source.recognised) == [1]
    assert readers.media_type("a.txt", data) == source.media_type


@HERE
def test_a_picture_of_few_dots(plan: Image.Image) -> None:
    small = plan.resize((plan.width * 110 // 300, plan.height * 110 // 300), Image.Resampling.LANCZOS)
    assert "80% số xã" in " ".join(readers.read("a.png", saved([small], "PNG"), BOOK).text.split())


@HERE
def test_a_file_of_several_pictures(plan: Image.Image) -> None:
    blank = Image.new("L", plan.size, 255)
    source = readers.read("a.tif", saved([plan, blank, plan], "TIFF", dpi=(300, 300)), BOOK)
    assert list(source.recognised) == [1, 3]
    assert len(source.page_starts) == 3
    assert source.problems == ()


@HERE
def test_dust_and_stamps_are_left_out(plan: Image.Image) -> None:
    dirty = plan.copy()
    draw = ImageDraw.Draw(dirty)
    for n in range(400):
        x, y = n * 7919 % dirty.width, n * 104729 % dirty.height
        draw.ellipse((x, y, x + 3, y + 3), fill=90)
    text = readers.read("a.png", saved([dirty], "PNG", dpi=(300, 300)), BOOK).text
    assert "Số: 88/KH-UBND" in text
    assert not [line for line in text.split("\n") if line and not any(c.isalnum() for c in line)]


# --- what is not --------------------------------------------------------------------------------------------------

TYPED = page(lines(72, 300, list(body())))


def reason(path: str, data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        readers.read(path, data, BOOK)
    return caught.value.reason


def desk_of(words: list[Word]) -> Callable[..., list[Word]]:
    return lambda self, image, dpi, mode=3: words


def test_without_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "command", lambda name: None)
    missing = programs.missing("tesseract")
    assert "tesseract-ocr-vie" in missing
    content = pdf.read("a.pdf", pdf_of([TYPED, page(picture()), TYPED]), BOOK)
    assert [(p.where, p.what) for p in content.problems] == [("page 2", f"not read: {missing}")]
    assert content.text.count("Dòng 0") == 2
    assert reason("a.pdf", pdf_of([page(picture())])) == missing
    assert reason("a.png", saved([Image.new("L", (300, 300), 90)], "PNG")) == missing


def test_without_vietnamese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "command", lambda name: "/usr/bin/tesseract")
    monkeypatch.setattr(ocr, "languages", lambda: frozenset({"eng", "osd"}))
    assert ocr.lacking() == programs.missing("tesseract")


def test_time_that_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "lacking", lambda: None)
    monkeypatch.setattr(ocr, "DOCUMENT_SECONDS", -1.0)
    content = pdf.read("a.pdf", pdf_of([TYPED, page(picture()), page(picture())]), BOOK)
    assert [p.where for p in content.problems] == ["page 2", "page 3"]
    assert all("took longer than" in p.what for p in content.problems)


def test_a_page_that_takes_too_long_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(self: object, image: object, dpi: float, mode: int = 3) -> list[Word]:
        raise UnreadableFile("a.pdf", "Tesseract with Vietnamese took longer than 60 s")

    monkeypatch.setattr(ocr, "lacking", lambda: None)
    monkeypatch.setattr(ocr.Desk, "_words", slow)
    content = pdf.read("a.pdf", pdf_of([TYPED, page(picture())]), BOOK)
    assert [p.what for p in content.problems] == ["not read: Tesseract with Vietnamese took longer than 60 s"]


def test_a_page_that_cannot_be_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(page: object) -> object:
        raise pypdfium2.PdfiumError("Failed to render page.")

    monkeypatch.setattr(ocr, "rendered", broken)
    content = pdf.read("a.pdf", pdf_of([TYPED, page(picture())]), BOOK)
    assert [p.what for p in content.problems] == ["not read: damaged (Failed to render page)"]


def test_garbage_is_read_from_the_picture_where_that_is_better(monkeypatch: pytest.MonkeyPatch) -> None:
    garbage = page(lines(72, 100, ["Wkh txlfn eurzq ira mxpsv ryhu wkh odcb grj zkloh"] * 9))
    read = [
        Word(word, (1, 1, 1), 100 + 90 * n, 100, 180 + 90 * n, 130, 0.9)
        for n, word in enumerate(("Mục", "tiêu", "chung"))
    ]
    monkeypatch.setattr(ocr, "lacking", lambda: None)
    monkeypatch.setattr(ocr.Desk, "_words", desk_of(read))
    content = pdf.read("a.pdf", pdf_of([TYPED, garbage]), BOOK)
    assert content.text.rstrip().endswith("Mục tiêu chung")
    assert content.recognised == {2: pytest.approx(0.9)}
    monkeypatch.setattr(ocr.Desk, "_words", desk_of([Word("Wkh", (1, 1, 1), 100, 100, 180, 130, 0.9)]))
    assert "txlfn eurzq" in pdf.read("a.pdf", pdf_of([TYPED, garbage]), BOOK).text


def test_text_on_a_scan_is_kept_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gazette's header is text over the picture: it is painted over for Tesseract, and stands where it was."""
    seen: list[Image.Image] = []

    def words(self: object, image: Image.Image, dpi: float, mode: int = 3) -> list[Word]:
        seen.append(image.copy())
        return [Word("Quyết", (1, 1, 1), 300, 900, 400, 930, 0.8), Word("định", (1, 1, 1), 410, 900, 480, 930, 0.8)]

    monkeypatch.setattr(ocr, "lacking", lambda: None)
    monkeypatch.setattr(ocr.Desk, "_words", words)
    content = pdf.read("a.pdf", pdf_of([page(lines(200, 60, ["BẢN TIN 12"]) + picture())]), BOOK)
    assert content.text == "BẢN TIN 12\nQuyết định\n"
    left, top, right, bottom = (round(side * 300 / 72) for side in (200, 50, 260, 62))
    assert seen[0].crop((left, top, right, bottom)).getextrema() == (255, 255)


def test_blank_pages_are_not_read() -> None:
    assert ocr.is_blank(Image.new("L", (2480, 3508), 250))
    inked = Image.new("L", (2480, 3508), 250)
    ImageDraw.Draw(inked).rectangle((100, 100, 200, 130), fill=0)
    assert not ocr.is_blank(inked)


def test_specks_and_words() -> None:
    table = (
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
        "4\t1\t1\t1\t1\t0\t10\t10\t500\t30\t-1\t\n"
        "5\t1\t1\t1\t1\t1\t10\t10\t80\t30\t96.5\tĐiều\n"
        "5\t1\t1\t1\t1\t2\t100\t10\t20\t30\t12\t*\n"
        "5\t1\t1\t1\t1\t3\t130\t10\t80\t30\t91\tThống\n"
        "5\t1\t2\t1\t1\t1\t10\t90\t30\t30\t11\tzw\n"
        "5\t1\t3\t1\t1\t1\t10\t130\t30\t30\t88\t|\n"
        "5\t1\t3\t1\t1\t1\tbroken\n"
    )
    words = ocr.words_of(table)
    assert [word.text for word in words] == ["Điều", "*", "Thống", "zw", "|"]
    assert words[0].confidence == pytest.approx(0.965)
    assert [word.text for word in ocr.without_specks(words)] == ["Điều", "Thống"]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
def test_damaged_pictures(form: str) -> None:
    data = saved([Image.effect_noise((200, 200), 50)], form)
    told = reason("a.png", data[: len(data) // 3])
    assert told.startswith("is a damaged picture")
    assert "\n" not in told


def test_pictures_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "MAX_PICTURE", 1_000_000)
    assert (
        reason("a.png", saved([Image.new("1", (2_000, 2_000))], "PNG")) == "is a picture of 4 million pixels, too large"
    )


def test_pictures_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "MAX_FRAMES", 2)
    monkeypatch.setattr(ocr, "lacking", lambda: None)
    monkeypatch.setattr(ocr.Desk, "_words", desk_of([Word("Mục", (1, 1, 1), 10, 10, 90, 40, 0.9)]))
    frames = [Image.new("L", (200, 200), shade) for shade in (10, 20, 30, 40)]
    content: Content = ocr.read("a.tif", saved(frames, "TIFF"), BOOK)
    assert len(content.page_starts) == 2
    assert [p.what for p in content.problems] == ["not read: only 2 pages are"]


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "F"])
def test_pictures_of_every_kind_become_grey(mode: str) -> None:
    assert ocr._grey(Image.new(mode, (20, 20))).mode == "L"


def test_ruled_lines_of_a_picture() -> None:
    """Lines that lean, are grey or broken rule; shaded cells and letters do not."""
    image = Image.new("L", (2480, 3508), 255)
    draw = ImageDraw.Draw(image)
    for n, y in enumerate((400, 700, 1_000)):
        draw.line((200, y, 2_200, y + 8 * n), fill=180 if n else 0, width=3)
    for x in (200, 900, 2_200):
        draw.line((x, 400, x + 5, 1_016), fill=0, width=3)
    draw.rectangle((300, 1_500, 1_200, 1_900), fill=120)
    tables = ocr.ruled.tables(ocr.rules(image, 300), ocr.APART, ocr.BROKEN)
    assert [(len(t.tops), len(t.lefts), len(t.cells)) for t in tables] == [(2, 2, 4)]
