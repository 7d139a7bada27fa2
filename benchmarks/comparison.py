"""How long `compare` takes, and aligning one new document, in a large database made by a generator.

    python benchmarks/comparison.py [--documents 2000] [--targets 25] [--db big.db]

The documents are made up: provinces carry out national programmes, each with its indicators, in wordings that vary.
Times are also given as multiples of a yardstick measured in the same run, since machines differ: reading all rows of
`targets` from the database into Python.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from extractor import model
from extractor.alignment import align
from extractor.compare import Question, compare
from extractor.places import valid
from extractor.rulebook import Rulebook, load
from extractor.store import Store

SUBJECTS = (
    "xã",
    "hộ dân",
    "doanh nghiệp",
    "trường học",
    "trạm y tế",
    "hợp tác xã",
    "người lao động",
    "trẻ em",
    "cán bộ",
)
VERBS = (
    "được tập huấn về",
    "được hỗ trợ",
    "có sử dụng",
    "đạt chuẩn",
    "tham gia",
    "được tiếp cận",
    "áp dụng",
    "được cấp",
)
THINGS = (
    "an toàn thực phẩm", "phòng cháy chữa cháy", "nước sinh hoạt", "nền tảng số", "bảo hiểm nông nghiệp",
    "thư viện lưu động", "dịch vụ tư vấn",
    "vệ sinh môi trường", "thể dục thể thao", "kỹ năng sống", "giống mới", "quy trình canh tác",
)  # fmt: skip
FIELDS = (
    "vùng trồng",
    "làng nghề",
    "chợ đầu mối",
    "khu dân cư",
    "bãi chăn thả",
    "bến thuyền",
    "vườn ươm",
    "trại giống",
)
TAILS = ("", "", "", " trên địa bàn tỉnh", " theo quy định", " thường xuyên")
PROGRAMMES = 20


def documents(count: int, targets: int, book: Rulebook, seed: int = 1) -> Iterator[model.Extraction]:
    """Made-up documents with their targets: one national document for each programme, then plans of provinces."""
    chance = random.Random(seed)
    provinces = valid("2024-06-01", book)
    indicators = [[f"{s} tại {f} {v} {t}" for s, f, v, t in _different(chance, targets)] for _ in range(PROGRAMMES)]
    for number in range(count):
        programme = number % PROGRAMMES
        province = None if number < PROGRAMMES else provinces[number % len(provinces)]
        yield _document(number, programme, province, indicators[programme], chance)


def _different(chance: random.Random, count: int) -> list[tuple[str, str, str, str]]:
    every = [(s, f, v, t) for s in SUBJECTS for f in FIELDS for v in VERBS for t in THINGS]
    return chance.sample(every, count)


def _document(
    number: int, programme: int, province: dict[str, str] | None, names: list[str], chance: random.Random
) -> model.Extraction:
    founding = f"VN/thu-tuong-chinh-phu/{9000 + programme}-qd-ttg:2021"
    place = province["name"] if province else "Việt Nam"
    code = province["code"] if province else None
    identity = f"{province['id']}/uy-ban-nhan-dan/{number}-kh-ubnd:2022" if province else founding
    lines, found, at = [], [], 0
    for position, name in enumerate(names):
        value = f"{chance.randrange(30, 100)}%"
        year = chance.choice(("2025", "2030"))
        quote = f"{value} {name}{chance.choice(TAILS)}"
        lines.append(f"{quote} đến năm {year}.")
        found.append(
            model.Target(
                id=f"{number:06d}{position:04d}", quote=quote, start=at, end=at + len(quote), value_quote=value,
                value_start=at, value_end=at + len(value), low=float(value[:-1]), high=None,
                comparator=chance.choice(("eq", "ge")), unit="%", per=None, change=None, measure="level",
                indicator=quote[len(value) + 1 :], indicator_start=None, indicator_end=None, scope=None, place=place,
                place_code=code, holder="own", from_=None, to=year, period_source="clause", baseline=None,
                baseline_value=None, lead=(), support=(), same_as=None, block=0, page=1, rules=(), confidence=0.9,
            )
        )  # fmt: skip
        at += len(lines[-1]) + 1
    text = "\n".join(lines)
    number_ = f"{number}/KH-UBND" if province else f"{9000 + programme}/QĐ-TTg"
    document = model.Document(
        identity, "Kế hoạch" if province else "Quyết định", number_, f"Chương trình {programme}", "official",
        province=province["name"] if province else None, province_code=code, issued_on=f"2022-{1 + number % 12:02d}-15",
        issuer="Thủ tướng Chính phủ", issuer_id=identity.rpartition("/")[0], effective_on="2022-12-31",
    )  # fmt: skip
    block = model.Block(0, None, 0, "preamble", None, "", None, 0, len(text))
    cited = model.LegalRef(
        f"r{number}", founding, "Quyết định", 0, 10, "Quyết định", f"{9000 + programme}/QĐ-TTg", None, None, None, None,
        "thực hiện", None, 0, 1, "x", 0.9,
    )  # fmt: skip
    source = model.SourceFile(f"made-{number}.txt", "text/plain", f"{number:064d}")
    return model.Extraction(
        text, document, sources=(source,), pages=(model.Page(1, 0, len(text)),), blocks=(block,),
        targets=tuple(found), legal_refs=(cited,) if province else (),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--targets", type=int, default=25)
    parser.add_argument("--db", type=Path)
    asked = parser.parse_args()
    book = load()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.db or Path(folder) / "made.db"
        made = list(documents(asked.documents + 1, asked.targets, book))
        with Store(path) as store:
            run = store.begin_run("0", "made")
            _timed("stored", lambda: [store.save(each, run) for each in made[:-1]])
            _timed("aligned all", lambda: align(store, book))
            yardstick = _timed("read all targets", lambda: len(store.rows("SELECT * FROM targets")))
            store.save(made[-1], run)
            one = _timed("aligned one new document", lambda: align(store, book))
            programme = "VN/thu-tuong-chinh-phu/9000-qd-ttg:2021"
            asked_of = {
                "everything": Question(),
                "one programme": Question(programme=programme),
                "today's provinces": Question(system="today"),
                "words": Question(words="làng nghề"),
                "a year, every province": Question(year=2030, every=True),
                "on a day": Question(programme=programme, day="2024-01-01"),
            }
            for name, question in asked_of.items():
                spent = _timed(f"compare: {name}", lambda question=question: compare(store, book, question))
                print(f"{'':34}{spent / yardstick:8.1f} times reading all targets")
        print(f"{'aligning one document':34}{one / yardstick:8.1f} times reading all targets")


def _timed(name: str, work: object) -> float:
    begun = time.perf_counter()
    work()  # type: ignore[operator]
    spent = time.perf_counter() - begun
    print(f"{name:34}{spent:8.2f} s")
    return spent


if __name__ == "__main__":
    main()
