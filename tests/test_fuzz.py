"""Damaged files of every format through the workers that read them: each gives records or one reason, within limits.

MUCTIEU_FUZZ says how many files are made (default 400; 20,000 take some ten minutes).
"""

import io
import os
import random
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from pdfs import lines, page, pdf_of, rules
from PIL import Image

from extractor.containers import Member, is_container, members
from extractor.errors import UnreadableFile
from extractor.rulebook import load
from extractor.workers import Item, Limits, read_all

COUNT = int(os.environ.get("MUCTIEU_FUZZ", "400"))
CORPUS = Path(__file__).parent.parent / "corpus"
PLAN = (CORPUS / "gia-lai-ke-hoach.txt").read_text("utf-8")
LIMITS = Limits(seconds=30, megabytes=3_000)
# Whatever is wrong with a file, it must not come to this.
FORBIDDEN = ("internal error", "the process that read it ended", "took longer", "needs more memory")
ODD = (
    b"\0",
    b"\xff\xff\xff\xff",
    b"9" * 40,
    b"-1",
    b"<",
    b"&#x0;",
    b"<!ENTITY a 'b'>",
    b"obj",
    b"\xd8\x00",
    b"PK\x03\x04",
)


def seeds() -> dict[str, bytes]:
    """A small sound file of each format."""
    web_page = f"<html><head><meta charset=utf-8></head><body><table><tr><td>a<td>b</table><p>{PLAN}</p></body></html>"
    sheet, packed, tarred, picture, rich = (io.BytesIO() for _ in range(5))
    book = openpyxl.Workbook()
    for row in (["Chỉ tiêu", "Năm 2030"], ["Tỷ lệ hộ nghèo (%)", 3.5], ["Số phòng đọc", "=1+2"]):
        book.active.append(row)
    book.save(sheet)
    printed = [line[:70] for line in PLAN.split("\n") if line][:12]
    table = rules([60, 200, 300], [60, 90, 120]) + lines(70, 80, ["TT", "5"])
    word = (CORPUS / "gia-lai-ke-hoach.docx").read_bytes()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/plan.txt", PLAN)
        archive.writestr("plan.docx", word)
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive:
        entry = tarfile.TarInfo("plan.txt")
        entry.size = len(PLAN.encode())
        archive.addfile(entry, io.BytesIO(PLAN.encode()))
    Image.new("L", (120, 60), 200).save(picture, "TIFF")
    Image.new("RGB", (80, 40), "white").save(rich, "PNG")
    mail = b"From: a@vi-du.vn\r\nTo: b@vi-du.vn\r\nMIME-Version: 1.0\r\n"
    mail += b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
    mail += b'Content-Disposition: attachment; filename="plan.txt"\r\n\r\n' + PLAN.encode() + b"\r\n--x--\r\n"
    web = b"From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=y\r\n\r\n--y\r\n"
    web += b"Content-Type: text/html; charset=utf-8\r\n\r\n" + web_page.encode() + b"\r\n--y--\r\n"
    return {
        "a.txt": PLAN.encode(),
        "b.txt": PLAN.encode("utf-16"),
        "a.html": web_page.encode(),
        "a.docx": word,
        "a.xlsx": sheet.getvalue(),
        "a.pdf": pdf_of([page(lines(60, 60, printed)), page(table)]),
        "a.rtf": b"{\\rtf1\\ansi " + PLAN.encode("ascii", "ignore") + b"}",
        "a.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + PLAN.encode("utf-16-le"),
        "a.tif": picture.getvalue(),
        "a.png": rich.getvalue(),
        "a.zip": packed.getvalue(),
        "a.tgz": tarred.getvalue(),
        "a.eml": mail,
        "a.mht": web,
    }


def mutated(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """A file with one to eight faults: bytes changed, cut, doubled, put in, or taken from another file."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(out) + 1)
        long = min(chance.choice((1, 2, 4, 64, 1024)), len(out) - at)
        match chance.randrange(6):
            case 0:
                out[at : at + long] = chance.randbytes(long)
            case 1:
                del out[at : at + long]
            case 2:
                out[at:at] = out[at : at + long] * chance.choice((1, 2, 50))
            case 3:
                out[at:at] = chance.choice(ODD)
            case 4 if chance.random() < 0.2:
                del out[at:]
            case _:
                other = chance.choice(others)
                start = chance.randrange(len(other))
                out[at : at + long] = other[start : start + long]
        if not out:
            break
    return bytes(out)


def inside(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """A zip archive one entry of which is mutated, and packed soundly."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        names = archive.namelist()
        chosen = chance.choice(names)
        for name in names:
            entry = archive.read(name)
            packed.writestr(name, mutated(entry, others, chance) if name == chosen and entry else entry)
    return out.getvalue()


def files(count: int) -> Iterator[Item]:
    chance = random.Random(20261122)
    sound = seeds()
    others = list(sound.values())
    for number in range(count):
        name = chance.choice(list(sound))
        data = sound[name]
        whole = name in ("a.docx", "a.xlsx", "a.zip") and chance.random() < 0.7
        data = inside(data, others, chance) if whole else mutated(data, others, chance)
        path = f"{number}-{name}"
        if is_container(path, data):
            for member in members(path, data):
                assert isinstance(member, Member | UnreadableFile)
                if isinstance(member, Member):
                    yield Item(member.path, member.data)
        else:
            yield Item(path, data)


def test_no_damaged_file_breaks_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without the programs of the system, which take seconds a file; what they would be given is checked all the same.
    monkeypatch.setenv("PATH", "")
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for result in read_all(files(COUNT), load(), 2, LIMITS):
        suffix = Path(result.item.path).suffix
        outcomes[f"{suffix} {'read' if result.extraction else 'refused'}"] += 1
        if result.error and any(sign in result.error.reason for sign in FORBIDDEN):
            wrong.append(str(result.error))
            if folder := os.environ.get("MUCTIEU_FUZZ_KEEP"):
                (Path(folder) / Path(result.item.path).name).write_bytes(result.item.data or b"")
    assert wrong == []
    assert outcomes.total() >= COUNT // 2
    assert min(outcomes[f"{suffix} read"] for suffix in (".txt", ".html", ".docx", ".xlsx", ".pdf")) > 0
