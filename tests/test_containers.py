"""Archives and mails: their documents one by one, harmless names, limits that hold against bombs."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from itertools import islice

import pytest

from extractor import containers, readers
from extractor.containers import Member, is_container, members
from extractor.errors import UnreadableFile
from extractor.messages import reason, speak

PLAN = "KẾ HOẠCH\nĐến năm 2030, ít nhất 60% số xã có thư viện cộng đồng.\n".encode()
OFFICE = "[Content_Types].xml"
NO_DOCUMENT = "is attached and no document that is read "


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(*files: tuple[str, bytes], mode: str = "w", **how: object) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, **how) as archive:  # type: ignore[call-overload]
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def mailed(*attached: tuple[str, bytes], text: str = "Kính gửi kế hoạch.", html: str = "") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "vanthu@so.example.vn", "ubnd@tinh.example.vn", "Kế hoạch năm 2030"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, data in attached:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def found(path: str, data: bytes) -> list[tuple[str, bytes | str]]:
    """What comes out: a path with its bytes, or with the reason why there are none."""
    out: list[tuple[str, bytes | str]] = []
    for item in members(path, data):
        assert "\n" not in item.path
        out.append((item.path, item.reason if isinstance(item, UnreadableFile) else item.data))
    return out


# --- what is a container --------------------------------------------------------------------------------------------


TWO = (("a.txt", PLAN), ("b/c.docx", b"PK"))


@pytest.mark.parametrize(
    ("path", "data", "wanted"),
    [
        ("a.zip", zipped(*TWO), True),
        ("a.docx", zipped(*TWO), True),  # content decides
        ("a.zip", zipped((OFFICE, b"x"), ("word/document.xml", b"x")), False),
        ("a.zip", zipped(("word/document.xml", b"x"), (OFFICE, b"x")), False),
        ("a.odt", zipped(("mimetype", b"application/vnd.oasis"), ("content.xml", b"x")), False),
        ("a.zip", zipped(("plan.docx", zipped((OFFICE, b"x"))), method=zipfile.ZIP_STORED), True),
        ("a.tar", tarred(*TWO), True),
        ("a.tgz", tarred(*TWO, mode="w:gz"), True),
        ("a.tar.bz2", tarred(*TWO, mode="w:bz2"), True),
        ("a.tar.xz", tarred(*TWO, mode="w:xz"), True),
        ("a.gz", gzip.compress(PLAN), False),
        ("a.eml", mailed(("a.txt", PLAN)), True),
        ("a", mailed(("a.txt", PLAN)), True),
        ("a.eml", b"From: x@example.vn\nSubject: y\n\ntext", True),
        ("a.txt", b"From: x\nto the end\n\ntext", False),
        ("a.txt", "Kính gửi: Sở Y tế\n\nnội dung".encode(), False),
        ("a.mht", b"From: x\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n", False),
        ("a.rar", b"Rar!\x1a\x07\x01\x00", True),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", True),
        ("a.txt", PLAN, False),
        ("a.txt", b"", False),
    ],
)
def test_what_is_a_container(path: str, data: bytes, wanted: bool) -> None:
    assert is_container(path, data) is wanted
    assert is_container(path, data[: containers.HEAD]) is wanted


# --- archives ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pack",
    [
        zipped,
        tarred,
        lambda *files: gzip.compress(tarred(*files)),
        lambda *files: bz2.compress(tarred(*files)),
        lambda *files: lzma.compress(tarred(*files)),
        lambda *files: tarred(*files, format=tarfile.GNU_FORMAT),
        lambda *files: zipped(*files, method=zipfile.ZIP_STORED),
    ],
    ids=["zip", "tar", "tgz", "tbz2", "txz", "gnu tar", "stored"],
)
def test_the_documents_of_an_archive(pack: Callable[..., bytes]) -> None:
    data = pack(
        ("plan.txt", PLAN), ("năm 2030/Phụ lục.DOCX", b"PK docx"), ("__MACOSX/._plan.txt", b"x"), (".DS_Store", b"x"),
        (".ẩn/plan.txt", b"x"), ("Thumbs.db", b"x"), ("~$plan.docx", b"x"), ("anh.xyz", b"x"), ("rỗng.txt", b""),
    )  # fmt: skip
    assert found("a.zip", data) == [
        ("a.zip!/plan.txt", PLAN),
        ("a.zip!/năm 2030/Phụ lục.DOCX", b"PK docx"),
        ("a.zip!/rỗng.txt", b""),
    ]


def test_members_come_one_by_one() -> None:
    """The first is there before the second is unpacked, which is damaged."""
    data = bytearray(zipped(("a.txt", PLAN), ("b.txt", PLAN * 50), ("c.txt", PLAN)))
    at = bytes(data).index(b"b.txt") + 15
    data[at : at + 20] = bytes(20)
    stream = members("a.zip", bytes(data))
    assert next(stream) == Member("a.zip!/a.txt", PLAN)
    wrong = next(stream)
    assert isinstance(wrong, UnreadableFile)
    assert wrong.path == "a.zip!/b.txt"
    assert "is damaged in its archive" in wrong.reason
    assert next(stream) == Member("a.zip!/c.txt", PLAN)


def test_containers_in_containers() -> None:
    inner = mailed(("d.pdf", b"%PDF-1.4"))
    data = zipped(("in/b.tar.gz", gzip.compress(tarred(("c.eml", inner)))), ("e.txt", PLAN))
    assert found("a.zip", data) == [("a.zip!/in/b.tar.gz!/c.eml!/d.pdf", b"%PDF-1.4"), ("a.zip!/e.txt", PLAN)]


def test_containers_nested_too_deep() -> None:
    data = zipped(("x.txt", PLAN))
    for name in ("d", "c", "b"):
        data = zipped((f"{name}.zip", data), (f"{name}.txt", PLAN))
    assert found("a.zip", data) == [
        ("a.zip!/b.zip!/c.zip!/d.zip", "lies in more than 3 archives, one in the other"),
        ("a.zip!/b.zip!/c.zip!/d.txt", PLAN),
        ("a.zip!/b.zip!/c.txt", PLAN),
        ("a.zip!/b.txt", PLAN),
    ]


def test_archives_that_are_not_read() -> None:
    assert found("a.rar", b"Rar!\x1a\x07\x00") == [("a.rar", "is a .rar archive, which is not read; unpack it first")]
    data = zipped(("b.7z", b"7z\xbc\xaf\x27\x1c"), ("c.txt", PLAN))
    assert found("a.zip", data) == [
        ("a.zip!/b.7z", "is a .7z archive, which is not read; unpack it first"),
        ("a.zip!/c.txt", PLAN),
    ]
    with pytest.raises(UnreadableFile, match=r"is a \.rar archive"):
        readers.read("a.docx", b"Rar!\x1a\x07\x01\x00")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_that_hold_no_archive(pack: Callable[[bytes], bytes]) -> None:
    why = "is a packed file that holds no .tar archive; unpack it first"
    for data in (pack(PLAN), pack(b""), pack(bytes(2_000_000))):
        for name in ("a.txt", "a.tgz", "a"):
            with pytest.raises(UnreadableFile) as caught:
                readers.read(name, data)
            assert caught.value.reason == why
    speak("vi")
    try:
        assert reason(why) != why
    finally:
        speak("en")


def test_links_and_devices_are_passed_over() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("a.txt", tarfile.SYMTYPE), ("b.txt", tarfile.LNKTYPE), ("c.txt", tarfile.CHRTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
        archive.addfile(tarfile.TarInfo("d.txt"), None)
    assert found("a.tar", out.getvalue()) == [("a.tar!/d.txt", b"")]
    link = zipfile.ZipInfo("l.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    folder = zipfile.ZipInfo("f.txt/")
    assert found("a.zip", zipped((link, b"/etc/passwd"), (folder, b""), ("d.txt", b"x"))) == [("a.zip!/d.txt", b"x")]


# --- names ------------------------------------------------------------------------------------------------------------


def named(raw: bytes) -> bytes:
    """An archive whose only name has these bytes and no word on their encoding."""
    plain = b"n" * (len(raw) - 4) + b".txt"
    return zipped((plain.decode(), PLAN)).replace(plain, raw)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("Kế hoạch.txt".encode(), "Kế hoạch.txt"),
        ("Ke\u0302\u0301 hoa\u0323ch.txt".encode(), "Kế hoạch.txt"),
        ("Kê\u0301 hoa\u0323ch đề a\u0301n.txt".replace("ề", "ê\u0300").encode("cp1258"), "Kế hoạch đề án.txt"),
        ("r\u00e9sum\u00e9.txt".encode("cp437"), "r\u00e9sum\u00e9.txt"),
        ("plan.txt".encode("cp437"), "plan.txt"),
    ],
)
def test_names_of_unknown_encoding(raw: bytes, wanted: str) -> None:
    assert found("a.zip", named(raw)) == [(f"a.zip!/{wanted}", PLAN)]
    name = raw.decode("utf-8", "surrogateescape")
    data = tarred((name, PLAN), errors="surrogateescape", format=tarfile.GNU_FORMAT)
    assert found("a.tar", data) == [(f"a.tar!/{wanted}", PLAN)]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("../../etc/plan.txt", "etc/plan.txt"),
        ("/etc/plan.txt", "etc/plan.txt"),
        ("C:\\Users\\x\\plan.txt", "Users/x/plan.txt"),
        ("..\\..\\plan.txt", "plan.txt"),
        ("a/./b//plan.txt", "a/b/plan.txt"),
        ("a\x1b[31m\nb\u202e.txt", "a_[31m_b_.txt"),
        ("x" * 300 + ".txt", "x" * 196 + ".txt"),
    ],
)
def test_names_are_labels_that_lead_nowhere(name: str, wanted: str) -> None:
    assert [path for path, _ in found("a.tar", tarred((name, b"")))] == [f"a.tar!/{wanted}"]
    assert [path for path, _ in found("a.zip", zipped((name, b"")))] == [f"a.zip!/{wanted}"]


# --- mails ------------------------------------------------------------------------------------------------------------


def test_the_attachments_of_a_mail() -> None:
    data = mailed(("Kế hoạch số 5.docx", b"PK x"), ("anh.xyz", b"x"), ("b.zip", zipped(("c.txt", PLAN))))
    assert found("a.eml", data) == [
        ("a.eml!/Kế hoạch số 5.docx", b"PK x"),
        ("a.eml!/anh.xyz", NO_DOCUMENT + "(application/octet-stream)"),
        ("a.eml!/b.zip!/c.txt", PLAN),
    ]


def part(kind: str, data: bytes, *headers: str) -> bytes:
    """A part of a mail with just these headers."""
    said = "\r\n".join((f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *headers))
    return said.encode() + b"\r\n\r\n" + base64.encodebytes(data)


def of_parts(*parts: bytes) -> bytes:
    """A mail with a text and these parts."""
    head = b"From: a@example.vn\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"".join(b"\r\n--b\r\n" + each for each in (part("text/plain", b"text"), *parts)) + b"\r\n--b--\r\n"


ATTACHED = "Content-Disposition: attachment"
OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("kind", "data", "wanted"),
    [
        ("application/pdf", b"%PDF-1.4", "2.pdf"),
        ("application/octet-stream", b"%PDF-1.4", "2.pdf"),
        ("application/x-pdf; name=no_suffix", b"%PDF-1.4", "no_suffix.pdf"),
        ("application/msword; name=no_suffix", OLE_START, "no_suffix.doc"),
        ("application/octet-stream; name=no_suffix", OLE_START, "no_suffix.doc"),
        ("application/vnd.ms-excel; name=no_suffix", OLE_START, "no_suffix.xls"),
        ('application/octet-stream; name="521.KH-UBND"', b"{\\rtf1 x}", "521.KH-UBND.rtf"),
        ("application/octet-stream; name=no_suffix", PLAN, "no_suffix.txt"),
        ("image/jpeg", b"\xff\xd8\xff", "2.jpg"),
    ],
)
def test_what_is_attached_under_no_name_of_a_document(kind: str, data: bytes, wanted: str) -> None:
    for headers in ((), (ATTACHED,)):
        assert found("a.eml", of_parts(part(kind, data, *headers))) == [(f"a.eml!/{wanted}", data)]


def test_containers_attached_under_no_name_of_one() -> None:
    for pack, suffix in ((zipped, ".zip"), (tarred, ".tar")):
        data = of_parts(part("application/octet-stream; name=no_suffix", pack(("c.txt", PLAN))))
        assert found("a.eml", data) == [(f"a.eml!/no_suffix{suffix}!/c.txt", PLAN)]


def test_what_is_attached_and_cannot_be_read() -> None:
    """It is named; the text of the mail comes as if it were not there."""
    mail = of_parts(
        part("application/ms-tnef; name=winmail.dat", b"x"),
        part("application/octet-stream", b"\0\1\2"),
        part("application/octet-stream; name=a.gz", gzip.compress(PLAN)),
        part("application/octet-stream; name=no_suffix", b""),
    )
    assert found("a.eml", mail) == [
        ("a.eml!/winmail.dat", NO_DOCUMENT + "(application/ms-tnef)"),
        ("a.eml!/3", NO_DOCUMENT + "(application/octet-stream)"),
        ("a.eml!/a.gz", "is a packed file that holds no .tar archive; unpack it first"),
        ("a.eml!/no_suffix", "is empty"),
        ("a.eml!/message.txt", b"\xef\xbb\xbftext"),
    ]


def test_what_belongs_to_the_mail_itself() -> None:
    """Its text, the pictures in it, signatures and appointments are nothing attached."""
    picture = b"\x89PNG\r\n\x1a\n"
    mail = of_parts(
        part("image/png; name=logo.png", picture, "Content-ID: <logo>"),
        part("image/png", picture, "Content-ID: <logo>", "Content-Disposition: inline"),
        part("application/pkcs7-signature; name=smime.p7s", b"x", ATTACHED),
        part("text/calendar; name=invite.ics", b"BEGIN:VCALENDAR", ATTACHED),
        part("text/html", b"<p>text</p>"),
        part("application/octet-stream", b"x", ATTACHED + '; filename="~$plan.docx"'),
    )
    assert found("a.eml", mail) == [("a.eml!/message.html", b"\xef\xbb\xbf<p>text</p>")]
    scan = part("image/png; name=scan.png", picture, "Content-ID: <scan>", ATTACHED)
    assert found("a.eml", of_parts(scan)) == [("a.eml!/scan.png", picture)]
    text = part("text/plain; name=no_suffix", PLAN, ATTACHED)
    assert found("a.eml", of_parts(text)) == [("a.eml!/no_suffix.txt", PLAN)]


@pytest.mark.parametrize(
    "header",
    [
        b"filename*=UTF-8''K%E1%BA%BF%20ho%E1%BA%A1ch.txt",
        b"filename*0*=UTF-8''K%E1%BA%BF%20; filename*1*=ho%E1%BA%A1ch.txt",
        b'filename="=?UTF-8?B?S+G6vyBob+G6oWNoLnR4dA==?="',
        b'filename="=?UTF-8?Q?K=E1=BA=BF_ho=E1=BA=A1ch.txt?="',
        'filename="Kế hoạch.txt"'.encode(),
        b'filename="../K\xe1\xba\xbf ho\xe1\xba\xa1ch.txt"',
    ],
)
def test_names_of_attachments(header: bytes) -> None:
    data = (
        b"From: a@example.vn\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; "
        + header
        + b"\r\n\r\nx\r\n--b--\r\n"
    )
    assert found("a.eml", data) == [("a.eml!/Kế hoạch.txt", b"x")]


def test_a_mail_without_attachments_is_its_text() -> None:
    ((path, data),) = found("a.eml", mailed(text="Đến năm 2030, 60% số xã."))
    assert path == "a.eml!/message.txt"
    assert isinstance(data, bytes)
    assert readers.read(path, data).text.strip() == "Đến năm 2030, 60% số xã."
    page = "<html><head><meta charset=windows-1252></head><body><p>Đến năm <b>2030</b>.</p></body></html>"
    ((path, data),) = found("a.eml", mailed(html=page))
    assert path == "a.eml!/message.html"
    assert isinstance(data, bytes)
    assert readers.read(path, data).text == "Đến năm 2030."


def test_a_mail_in_a_mail() -> None:
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "a@example.vn", "Chuyển tiếp"
    outer.set_content("Chuyển tiếp")
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "b@example.vn", "Kế hoạch"
    inner.set_content("nội dung")
    inner.add_attachment(PLAN, maintype="text", subtype="plain", filename="plan.txt")
    outer.add_attachment(inner)
    assert found("a.eml", outer.as_bytes()) == [("a.eml!/2.eml!/plan.txt", PLAN)]


def test_a_mail_that_says_nothing() -> None:
    assert found("a.eml", b"From: a@example.vn\nSubject: x\n\n") == [("a.eml", "is a mail without a document")]
    assert found("a.eml", b"From: a@example.vn\nContent-Type: multipart/mixed\n\nx")[0][0].startswith("a.eml")


# --- damage and limits ------------------------------------------------------------------------------------------------


def test_what_stands_before_the_damage_is_given() -> None:
    whole = [("a.txt", PLAN), ("b.txt", PLAN * 3), ("c.txt", bytes(range(256)) * 40)]
    for data in (zipped(*whole), zipped(*whole, method=zipfile.ZIP_STORED)):
        cut = data[: data.index(b"c.txt") + 60]
        assert [path for path, got in found("a.zip", cut) if isinstance(got, bytes)] == ["a.zip!/a.txt", "a.zip!/b.txt"]
        assert found("a.zip", cut)[1] == ("a.zip!/b.txt", PLAN * 3)
        assert "is a damaged archive" in str(found("a.zip", cut)[-1][1])
    many = tarred(*whole, *((f"{n}.txt", zlib.compress(bytes([n]) * n) * 99) for n in range(200)))
    for data, least in ((many, 100), (gzip.compress(many), 20)):
        got = found("a.tar", data[: len(data) * 3 // 4])
        assert got[1] == ("a.tar!/b.txt", PLAN * 3)
        assert len(got) > least
        assert "is a damaged archive" in str(got[-1][1])


@pytest.mark.parametrize("pack", [zipped, tarred, lambda *f: gzip.compress(tarred(*f)), lambda *f: mailed(*f)])
def test_no_cut_raises(pack: Callable[..., bytes]) -> None:
    data = pack(("a.txt", PLAN), ("b.zip", zipped(("c.txt", PLAN), ("d.txt", PLAN * 9))))
    for at in range(0, len(data), max(1, len(data) // 150)):
        list(members("a.zip", data[:at]))
        list(members("a.zip", data[:at] + b"\xff" * 9 + data[at + 9 :]))


def test_encrypted_members() -> None:
    data = bytearray(zipped(("a.txt", PLAN), ("b.txt", PLAN)))
    for at in (data.index(b"PK\3\4") + 6, data.index(b"PK\1\2") + 8):
        data[at] |= 1
    assert found("a.zip", bytes(data)) == [("a.zip!/a.txt", "is encrypted"), ("a.zip!/b.txt", PLAN)]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_without_a_bound(method: int) -> None:
    data = zipped(("a.txt", PLAN), method=method)
    assert found("a.zip", data) == [("a.zip!/a.txt", f"is packed by method {method}, which is not read")]


def test_bombs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an archive says of its sizes is not believed, and nothing is unpacked beyond the limits."""
    monkeypatch.setattr(containers, "SMALL", 1_000_000)
    zeros = bytes(30_000_000)
    for name, data in (
        ("zip", zipped(("a.txt", zeros), ("b.txt", PLAN))),
        ("tgz", gzip.compress(tarred(("a.txt", zeros), ("b.txt", PLAN)))),
        ("passed over", gzip.compress(tarred(("a.xyz", zeros), ("b.txt", PLAN)))),
        ("nested", zipped(("i.zip", zipped(("a.txt", zeros))), ("b.txt", PLAN))),
    ):
        ((_, why),) = found("a.zip", data)
        assert str(why).endswith("MB, more than is safe to read; the rest of its archive is not read"), name
        assert int(str(why).split()[2]) <= 1 + max(1, 300 * len(data) // 1_000_000), name
    monkeypatch.setattr(containers, "MAX_MEMBER", 2_000_000)
    monkeypatch.setattr(containers, "MAX_RATIO", 10**9)
    for data in (zipped(("a.txt", zeros), ("b.txt", PLAN)), tarred(("a.txt", zeros), ("b.txt", PLAN))):
        assert found("a.zip", data) == [("a.zip!/a.txt", "unpacks to more than 2 MB"), ("a.zip!/b.txt", PLAN)]


def test_a_header_that_lies_about_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(("a.txt", bytes(5_000_000)), ("b.txt", PLAN))
    sizes = struct.pack("<I", 5_000_000)
    monkeypatch.setattr(containers, "MAX_MEMBER", 1_000_000)
    (first, second) = found("a.zip", data.replace(sizes, struct.pack("<I", 10)))
    assert isinstance(first[1], str)
    assert second == ("a.zip!/b.txt", PLAN)


def test_too_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(*((f"{n}.txt", b"") for n in range(30)))
    monkeypatch.setattr(containers, "MAX_MEMBERS", 10)
    got = found("a.zip", zipped(("i.zip", data), ("z.txt", PLAN)))
    assert len(got) == 10
    assert got[-1][1] == "holds more than 10 documents"
    monkeypatch.setattr(containers, "MAX_MEMBERS", 1_000)
    monkeypatch.setattr(containers, "MAX_ENTRIES", 20)
    for entries in (data, tarred(*((f"{n}.txt", b"") for n in range(30)))):
        assert found("a.zip", entries)[-1] == ("a.zip", "holds more than 20 entries")


LONG = b"".join(b" =?utf-8?q?a%d?=" % number for number in range(20_000))


@pytest.mark.parametrize(
    "header",
    [
        b'Content-Type: text/plain; name="%s"' % LONG,
        b"Content-Disposition: attachment" + b"".join(b";\n filename*%d*=%%41" % number for number in range(20_000)),
        b"Content-Type: application/pdf; name=a.pdf" + b";" * 300_000,
    ],
)
def test_headers_that_take_for_ever(header: bytes) -> None:
    """They are not taken apart: in a mail, in its parts, and in mails in it."""
    begun = time.process_time()
    inner = b"From: b@example.vn\r\n" + header + b"\r\n\r\nx"
    outer = b"From: a@example.vn\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n" + inner
    for mail in (inner, of_parts(header + b"\r\n\r\nx"), outer):
        ((path, why),) = found("a.eml", mail)
        assert path == "a.eml"
        assert str(why).startswith("is a mail with a header of ")
        assert str(why).endswith(" KB, more than is safe to read")
    assert time.process_time() - begun < 5


def test_headers_are_taken_apart_once_and_lists_of_recipients_never(monkeypatch: pytest.MonkeyPatch) -> None:
    apart: list[tuple[str, str]] = []
    take = HeaderRegistry.__call__

    def counted(self: HeaderRegistry, name: str, value: str) -> object:
        apart.append((name.lower(), value))
        return take(self, name, value)

    monkeypatch.setattr(HeaderRegistry, "__call__", counted)
    to = b"To: " + b", ".join(b'"=?utf-8?q?S=E1=BB=9F_%d?=" <so%d@example.vn>' % (n, n) for n in range(3_000))
    mail = to + b"\r\n" + of_parts(part("application/pdf", b"%PDF-1.4", "Content-ID: <x>", ATTACHED))
    assert found("a.eml", mail) == [("a.eml!/2.pdf", b"%PDF-1.4")]
    assert ("content-type", "application/pdf") in apart
    assert {name for name, _ in apart} <= {"content-type", "content-disposition", "content-transfer-encoding"}
    of_the_part = [pair for pair in apart if pair[1] in ("application/pdf", ATTACHED.partition(": ")[2])]
    assert len(of_the_part) == len(set(of_the_part))
    inner = mail.replace(b"boundary=b", b"boundary=c").replace(b"--b", b"--c")
    outer = of_parts(b"Content-Type: message/rfc822\r\n\r\n" + inner)
    assert found("a.eml", outer) == [("a.eml!/2.eml!/2.pdf", b"%PDF-1.4")]
    assert "to" not in {name for name, _ in apart}


def test_a_mail_of_nothing_but_headers() -> None:
    """Where its sender stands comes too late to tell a mail; by its name it is one, and no text."""
    data = b"".join(b"X-%d: a\r\n" % number for number in range(100_000)) + b"From: a@example.vn\r\n\r\nx"
    assert is_container("a.eml", data[: containers.HEAD])
    assert not is_container("a.txt", data)
    assert found("a.eml", data) == [("a.eml", "is a mail with 500 KB of headers, more than is safe to read")]
    assert is_container("a.eml", b"Content-Type: " + LONG)


def test_a_mail_of_too_many_parts() -> None:
    data = of_parts(*[b"\r\n"] * 20_000)
    assert found("a.eml", data) == [("a.eml", "is a mail of more than 10000 parts")]


def test_nothing_is_unpacked_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MAX_MEMBER", 10)
    two = zipped(("a.txt", b"x"), ("b.txt", PLAN))
    assert [item.path for item in islice(members("a.zip", two), 1)] == ["a.zip!/a.txt"]


def test_every_reason_is_said_in_vietnamese(monkeypatch: pytest.MonkeyPatch) -> None:
    speak("vi")
    try:
        said = [
            "is a .rar archive, which is not read; unpack it first",
            "lies in more than 3 archives, one in the other",
            "holds more than 7 documents",
            "holds more than 7 entries",
            "unpacks to more than 7 MB",
            "unpacks to 7 MB, more than is safe to read; the rest of its archive is not read",
            "is a damaged archive (x)",
            "is damaged in its archive (x)",
            "is packed by method 12, which is not read",
            "is a damaged mail (x)",
            "is damaged in its mail (x)",
            "is a mail without a document",
            "is a mail with a header of 7 KB, more than is safe to read",
            "is a mail with 7 KB of headers, more than is safe to read",
            "is a mail of more than 7 parts",
            f"{NO_DOCUMENT}(application/x)",
        ]
        assert [text for text in said if reason(text) == text] == []
    finally:
        speak("en")
