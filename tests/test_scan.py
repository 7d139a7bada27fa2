"""The units of a text: sentences, and which family of rules gives way to which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.rulebook import load
from extractor.scan import Unit, sentences
from extractor.text import shade

BOOK = load()


def split(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in sentences(shade(text, BOOK), 0, len(text), BOOK)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Mở 5 thư viện. Tặng 3 tủ sách.", ["Mở 5 thư viện.", "Tặng 3 tủ sách."]),
        ("Mở 5 thư viện; tặng 3 tủ sách", ["Mở 5 thư viện;", "tặng 3 tủ sách"]),
        ("Trồng 6.200 ha rừng. Đạt 1,5%.", ["Trồng 6.200 ha rừng.", "Đạt 1,5%."]),
        ("UBND TP. Lào Cai chỉ đạo.", ["UBND TP. Lào Cai chỉ đạo."]),
        ("Sách, báo, v.v. Các xã mua thêm.", ["Sách, báo, v.v. Các xã mua thêm."]),
        ("Có thật không? Có!", ["Có thật không?", "Có!"]),
        ("Ông nói: “Mở cửa.” Người dân vui.", ["Ông nói: “Mở cửa.”", "Người dân vui."]),
        ("Xem www.vidu.vn để biết.", ["Xem www.vidu.vn để biết."]),
        ("một. hai", ["một. hai"]),
        ("", []),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@given(st.text(alphabet="aĐ1 .;:?!\n()“”-v", max_size=60))
def test_sentences_tile_the_line(text: str) -> None:
    spans = list(sentences(shade(text, BOOK), 0, len(text), BOOK))
    assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])][: len(spans)]
    assert (spans[-1][1] if spans else 0) == len(text)
    assert all(start < end for start, end in spans)


def test_the_sentence_of_an_offset() -> None:
    unit = Unit(0, 10, 40, sentences=((10, 20), (20, 40)))
    assert [unit.sentence(at) for at in (10, 19, 20, 39)] == [(10, 20), (10, 20), (20, 40), (20, 40)]
