"""Characters: bytes in all encodings of Vietnamese, letters mistaken for others, and what is no text."""

import codecs
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor import extract, extract_text
from extractor.charset import LEAST_GAINED, READINGS, TONES, decode, doubt, mended, share
from extractor.errors import UnreadableFile
from extractor.messages import reason, speak
from extractor.model import Problem
from extractor.rulebook import load

BOOK = load()
CORPUS = Path(__file__).parent.parent / "corpus"
PLAN = (CORPUS / "gia-lai-ke-hoach.txt").read_text("utf-8")
WORDS = "Quyết định của Ủy ban nhân dân tỉnh về việc ban hành kế hoạch thực hiện chương trình giảm nghèo"
TCVN3 = {row["letter"]: chr(int(row["code"], 16)) for row in BOOK.tables["tcvn3"]}
VNI = {row["letter"]: row["written"] for row in BOOK.tables["vni"]}
VNI |= {letter.upper(): written.upper() for letter, written in VNI.items()}


def in_tcvn3(text: str) -> str:
    """As fonts named .Vn… show it, its codes taken for Latin-1."""
    return "".join(TCVN3.get(letter, letter) for letter in text)


def in_fonts(text: str) -> str:
    """As typed in fonts without capitals for most letters with a tone mark: small ones stand for them."""
    return in_tcvn3("".join(c if c.isascii() or c in "ĂÂÊÔƠƯĐ" else c.lower() for c in text))


def in_vni(text: str) -> str:
    return "".join(VNI.get(letter, letter) for letter in text)


def in_1258(text: str) -> bytes:
    out = []
    for letter in text:
        marks = unicodedata.normalize("NFD", letter)
        tones = "".join(mark for mark in marks if mark in TONES)
        bare = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in TONES))
        out.append((bare + tones).encode("cp1258", "replace"))
    return b"".join(out)


def repaired(text: str) -> str:
    for start, end, right in reversed(mended(text, BOOK)):
        text = text[:start] + right + text[end:]
    return text


# --- knowledge ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letters", [TCVN3, VNI], ids=["tcvn3", "vni"])
def test_every_letter_has_a_code_and_no_code_two_letters(letters: dict[str, str]) -> None:
    small = {
        unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in ("", *TONES)
    } | {"đ"}  # fmt: skip
    # VNI writes í and ì as they are, and has no sign of its own for ỵ's and ĩ's kin beside those listed.
    assert {letter for letter in small if not letter.isascii()} - letters.keys() - set("íì") == set()
    assert len(set(letters.values())) == len(letters)


def test_tcvn3_is_the_standard() -> None:
    """TCVN 5712:1993, rows A, B, E and F of its table."""
    code = {letter: ord(sign) for letter, sign in TCVN3.items()}
    assert (code["Ă"], code["ă"], code["đ"], code["à"], code["ế"], code["ự"], code["ỵ"]) == (
        0xA1, 0xA8, 0xAE, 0xB5, 0xD5, 0xF9, 0xFE,
    )  # fmt: skip


@pytest.mark.parametrize("text", [WORDS, WORDS.upper(), "hoà hòa uỷ ủy quý khoẻ", unicodedata.normalize("NFD", WORDS)])
def test_vietnamese_is_all_syllables(text: str) -> None:
    assert share(text, BOOK) == 1.0


@pytest.mark.parametrize(
    ("text", "most"),
    [
        (in_tcvn3(WORDS), 0.3),
        (in_vni(WORDS), 0.3),
        (WORDS.encode().decode("latin-1"), 0.3),
        ("The share of words that are syllables of the language shows which reading is right", 0.3),
        ("tØnh hUyện", 0.0),
        ("ữỉ ìnòá", 0.0),
    ],
)
def test_other_text_is_not(text: str, most: float) -> None:
    assert share(text, BOOK) <= most


def test_a_text_without_words_is_not_doubted() -> None:
    assert share("60% / 2025", BOOK) == 1.0
    assert doubt("60% / 2025 " * 1000, BOOK) is None


# --- bytes ----------------------------------------------------------------------------------------------------------

ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-8 with mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "utf-8, decomposed": lambda text: unicodedata.normalize("NFD", text).encode(),
    "utf-16 with mark": lambda text: text.encode("utf-16"),
    "utf-16-le without mark": lambda text: text.encode("utf-16-le"),
    "utf-16-be without mark": lambda text: text.encode("utf-16-be"),
    "windows-1258": in_1258,
    "windows-1258 taken for 1252": lambda text: in_1258(text).decode("cp1252").encode(),
    "tcvn3": lambda text: in_tcvn3(text).encode("latin-1", "replace"),
    "tcvn3 taken for unicode": lambda text: in_tcvn3(text).encode(),
    "vni": lambda text: in_vni(text).encode("cp1252", "replace"),
    "vni taken for unicode": lambda text: in_vni(text).encode(),
    "utf-8 taken for latin-1": lambda text: text.encode().decode("latin-1").encode(),
}
# Without the signs and capitals (Ú, Ụ, Ừ … at control characters of TCVN3) that not every encoding has.
SIMPLE = re.sub(r"\w*[ÚỤỪỬỮỨỰỲỶỸÝỴ]\w*", lambda word: word[0].lower(), PLAN)
SIMPLE = SIMPLE.replace("–", "-").replace("“", '"').replace("”", '"')


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_gives_the_same_text_and_targets(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_bytes(ENCODINGS[encoding](SIMPLE))
    found, expected = extract(file), extract_text(SIMPLE)
    assert found.text == expected.text
    assert [(t.value_quote, t.indicator, t.to) for t in found.targets] == [
        (t.value_quote, t.indicator, t.to) for t in expected.targets
    ]
    assert len(found.targets) > 5


def test_a_file_of_several_encodings_is_read_line_by_line() -> None:
    lines = [ENCODINGS[name](WORDS) for name in ("utf-8", "windows-1258", "tcvn3", "utf-8 taken for latin-1", "vni")]
    text, problems = decode("a.txt", b"\n".join(lines), None, BOOK)
    assert unicodedata.normalize("NFC", repaired(text)).split("\n") == [WORDS] * 5
    assert problems == ()


def test_bytes_without_a_meaning_are_told() -> None:
    text, problems = decode("a.txt", (WORDS + "\n").encode() * 20 + b"60\xff%", None, BOOK)
    assert text.startswith(WORDS)
    assert problems in ((Problem("text", "1 places are not UTF-8"),), ())


@pytest.mark.parametrize("declared", ["no-such", "utf-16", "base64", "cp1252", None])
def test_whatever_is_declared_the_text_is_read(declared: str | None) -> None:
    assert unicodedata.normalize("NFC", decode("a", in_1258(WORDS), declared, BOOK)[0]) == WORDS


@given(st.binary(max_size=300), st.sampled_from([None, "cp1258", "utf-16", "hex", "x\0y"]))
def test_no_bytes_break_it(data: bytes, declared: str | None) -> None:
    try:
        text, _ = decode("a", data, declared, BOOK)
    except UnreadableFile:
        return
    assert all(0 <= start < end <= len(text) for start, end, _ in mended(text, BOOK))


# --- letters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [in_tcvn3, in_vni], ids=["tcvn3", "vni"])
def test_lines_and_cells_are_mended_each_for_itself(wrong: Callable[[str], str]) -> None:
    text = f"{WORDS}\n{wrong(WORDS)} | 85% | {WORDS}\n{wrong('Số hộ nghèo')}\nABC 2025"
    assert repaired(text) == f"{WORDS}\n{WORDS} | 85% | {WORDS}\nSố hộ nghèo\nABC 2025"


@pytest.mark.parametrize(
    "line",
    [
        "KẾ HOẠCH",
        "ỦY BAN NHÂN DÂN TỈNH HÀ GIANG",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "II. TỔ CHỨC THỰC HIỆN NHÀ Ở, Y TẾ",
        "ở TỈNH BẮC KẠN. Sở Tài chính trình ủy ban",
        "Bộ GDĐT, Sở TC, phần VI. Sở",
        "Uỷ ban nhân dân tỉnh Hà Giang",
        "ít nhất 5 xã ở tỉnh",
    ],
)
def test_capitals_of_fonts_that_have_none(line: str) -> None:
    words = f"{WORDS.lower()}\n{line}\n"
    assert repaired(in_fonts(words)) == words
    assert decode("a.txt", in_fonts(words).encode("latin-1"), None, BOOK)[0] == words


def test_titles_of_old_fonts_are_read_in_a_file_of_several_encodings() -> None:
    title = in_fonts("II. TỔ CHỨC THỰC HIỆN").encode("latin-1")
    text, _ = decode("a.txt", b"\n".join([in_1258(WORDS), in_1258(WORDS), title, WORDS.encode()]), None, BOOK)
    assert unicodedata.normalize("NFC", text).split("\n")[2] == "II. TỔ CHỨC THỰC HIỆN"


def test_a_text_of_old_fonts_with_capitals_has_its_title() -> None:
    text = f"ỦY BAN NHÂN DÂN\nTỈNH HÀ GIANG\nSố: 125/KH-UBND\nKẾ HOẠCH\nGiảm nghèo bền vững\nCăn cứ {WORDS};\n"
    found, expected = extract_text(in_fonts(text)).document, extract_text(text).document
    assert (found.title, found.kind, found.issuer) == (expected.title, expected.kind, expected.issuer)
    assert found.title


@pytest.mark.parametrize(
    "text",
    [
        WORDS,
        "café Señor naïve Müller ® © § 12 µm 30°C ½ «trích dẫn»",
        "Số liệu đo ở 5 µm, 10 µm, 25 µm, 50 µm, 75 µm và 100 µm",
        "là các báo cáo và các bảng\n" * 20,
        in_tcvn3("độ"),
    ],
)
def test_what_is_right_or_not_sure_stays(text: str) -> None:
    assert mended(text, BOOK) == []


@pytest.mark.parametrize(
    "cell",
    ["Ø200÷Ø300", "20.000 m³×ngày", "25 µg/m³", "5 µm", "m×n", "t÷n", "a÷b", "L×B×H", "12 N·m", "£m", "½÷¾", "±5°C"],
)
def test_measures_in_cells_of_unicode_stay(cell: str) -> None:
    assert mended(f"{WORDS}\n" + f"{cell} | 95%\n" * 50, BOOK) == []
    assert mended(f"{cell} | 95%\n" * 50, BOOK) == []


def test_measures_and_rules_beside_old_encodings_stay() -> None:
    old = f"{in_tcvn3(WORDS)}\n{in_tcvn3('Tỉnh tìm 2007/QĐ-BXD')}\n{in_tcvn3('Trữ')} | Q\xa7"
    new = f"{WORDS}\nTỉnh tìm 2007/QĐ-BXD\nTrữ | QĐ"
    measures = "Ø200÷Ø300 | 25 µg/m³ | ½÷¾\n___\xad\xad\xad\n"
    assert repaired(measures + old) == measures + new
    assert repaired(f"{WORDS}\n{measures}{old}") == f"{WORDS}\n{measures}{new}"


@given(st.text(alphabet="aáà ữđ\n|ñø§®µ¸\xad\x85", max_size=80))
def test_pieces_are_in_order_and_hold_no_break(text: str) -> None:
    edits = mended(text * LEAST_GAINED, BOOK)
    assert edits == sorted(edits)
    assert all("\n" not in (text * LEAST_GAINED)[start:end] for start, end, _ in edits)


@given(st.text(max_size=200))
def test_readings_take_any_text(text: str) -> None:
    for reading in READINGS.values():
        reading(text, BOOK)


# --- no text --------------------------------------------------------------------------------------------------------

ENGLISH = (
    """Pursuant to the Law on Organization of Local Government, the provincial committee approves the programme
of sustainable development with the following objectives: raising household incomes, improving vocational skills,
protecting forests against fire, expanding clean water supply and strengthening public services for vulnerable groups.
"""
    * 3
)
GARBAGE = "4XӃW ÿӏQK VӕWKӵF KLӋQNӃ KRҥFK WUӇQ ÿӏD EjQ FiF [mSKѭӡQJ WURQJ " * 20


def test_text_of_no_language_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "garbage.txt"
    file.write_text(GARBAGE, "utf-8")
    with pytest.raises(UnreadableFile, match=r"garbage.txt: is not readable text: \d+% of its words"):
        extract(file)


RUSSIAN = "Постановление правительства Российской Федерации о мерах по сокращению бедности до 5% к 2030 году. "
THAI = "มติคณะรัฐมนตรีว่าด้วยการลดความยากจนภายในปีอัตราความยากจนต้องลดลงต่ำกว่าร้อยละห้าทุกจังหวัด"
CHINESE = "越南政府关于减贫的决议，到二零三零年贫困率降至百分之五以下。各省人民委员会负责实施。\n"


@pytest.mark.parametrize(
    "text",
    [RUSSIAN, THAI, THAI * 40, CHINESE * 2, CHINESE * 40, f"Số: 12/QĐ-UBND\n{CHINESE * 3}"],
    ids=["russian", "thai", "long thai", "chinese", "long chinese", "chinese with a number"],
)
def test_text_of_other_scripts_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFile, match=r"is not readable text: \d+% of its letters are Latin") as refused:
        extract_text(text)
    speak("vi")
    assert reason(refused.value.reason).endswith("số chữ cái là chữ Latinh")


def test_text_of_other_scripts_in_bytes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes((CHINESE * 20).encode("gbk"))
    with pytest.raises(UnreadableFile, match=r"is not readable text: 0% of its words"):
        extract(file)


@pytest.mark.parametrize(
    "text",
    [CHINESE[:25], f"{CHINESE * 2}{WORDS}", f"{THAI}\n{WORDS}", "α β γ δ ε ζ η θ " * 20 + f"{WORDS} " * 5],
    ids=["few letters", "with Chinese", "with Thai", "with Greek"],
)
def test_letters_of_other_scripts_beside_vietnamese_are_not_doubted(text: str) -> None:
    assert doubt(text, BOOK) is None


def test_signs_of_measures_are_no_words() -> None:
    table = "TT | Ống | a÷b | L×B×H | kg×m | ½÷¾\n" * 40
    assert doubt(table + "Kích thước của các ống cấp nước\n" * 2, BOOK) is None


def test_another_language_is_read_and_told() -> None:
    assert [p.what for p in extract_text(ENGLISH).problems if "hardly any Vietnamese" in p.what]


def test_a_few_words_are_not_judged() -> None:
    assert doubt(GARBAGE[:60], BOOK) is None
    assert doubt(PLAN, BOOK) is None
