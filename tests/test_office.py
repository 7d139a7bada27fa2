"""Files that LibreOffice reads: told by content, converted in time and in private, nothing run and nothing fetched."""

import io
import subprocess
import threading
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook

from extractor import messages, programs
from extractor.errors import UnreadableFile
from extractor.programs import command
from extractor.readers import DOC, DOCX, HTML, ODT, RTF, media_type, office, read
from extractor.rulebook import load

needs_office = pytest.mark.skipif(not command("soffice"), reason="LibreOffice is not installed")

PLAIN = "Tỷ lệ hộ nghèo dưới 2%"


def rich(*paragraphs: str) -> bytes:
    text = r"\par ".join(paragraphs)
    coded = "".join(c if c.isascii() else f"\\u{ord(c)}?" for c in text)
    return (r"{\rtf1\ansi\deff0{\fonttbl{\f0 Times New Roman;}}\f0 " + coded + "}").encode()


RICH = rich(PLAIN, "Sau")
OPEN = "application/vnd.oasis.opendocument.text"
SHEETS = "application/vnd.oasis.opendocument.spreadsheet"


def opened(content: str = "", *, kind: str = OPEN, manifest: str = "", pictures: str = "") -> bytes:
    """An OpenDocument file of one paragraph."""
    out = io.BytesIO()
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
        for name, urn in (("office", "office"), ("text", "text"), ("draw", "drawing"), ("svg", "svg-compatible"),
                          ("script", "script"), ("manifest", "manifest"), ("table", "table"))
    )  # fmt: skip
    names += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    with zipfile.ZipFile(out, "w") as new:
        new.writestr("mimetype", kind)
        body = f"<office:body><office:text><text:p>{PLAIN}{pictures}</text:p>{content}</office:text></office:body>"
        new.writestr(
            "content.xml", f'<office:document-content{names} office:version="1.2">{body}</office:document-content>'
        )
        entries = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>' + manifest
        entries += '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        new.writestr("META-INF/manifest.xml", f"<manifest:manifest{names}>{entries}</manifest:manifest>")
    return out.getvalue()


def as_doc(folder: Path, data: bytes, suffix: str = ".rtf", kind: str = "doc:MS Word 97") -> bytes:
    """A file as LibreOffice writes it in another format."""
    (folder / f"in{suffix}").write_bytes(data)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    arguments = [profile, "--headless", "--convert-to", kind, "--outdir", "out", f"in{suffix}"]
    programs.run("soffice", arguments, path="in", folder=folder, seconds=120)
    return (folder / "out" / f"in.{kind.split(':')[0]}").read_bytes()


@pytest.fixture(scope="module")
def old_word(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return as_doc(tmp_path_factory.mktemp("doc"), rich(PLAIN, *["Sau"] * 200))


def reason(path: str, data: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(path, data)
    assert "\n" not in str(caught.value)
    return caught.value.reason


# --- kinds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.doc", RICH, RTF),
        ("a.txt", RICH, RTF),
        ("a.doc", b"<html><body><p>x</p></body></html>", HTML),
        ("a.doc", opened(), ODT),
        ("a.odt", b"PK\x03\x04....", DOCX),
        ("a.docx", opened(kind=OPEN + "-template"), ODT),
    ],
)
def test_content_decides_the_kind(name: str, data: bytes, kind: str) -> None:
    assert media_type(name, data) == kind


@needs_office
def test_old_files_by_any_name(old_word: bytes) -> None:
    for name in ("a.doc", "a.dot", "a.wps", "a.docx", "a"):
        assert media_type(name, old_word) == DOC
    assert read("a.docx", old_word).text.split("\n") == [PLAIN, *["Sau"] * 200]


@needs_office
def test_encrypted_and_damaged(old_word: bytes) -> None:
    locked = bytearray(old_word)
    start = old_word.index(b"\xec\xa5")  # where the stream of the text begins
    locked[start + 11] |= 1
    assert reason("a.doc", bytes(locked)) == "is encrypted"
    assert reason("a.doc", old_word[:700]) == "is a damaged or truncated Office file"
    other = old_word.replace("WordDocument".encode("utf-16-le"), "MailDocument".encode("utf-16-le"))
    assert reason("a.doc", other) == "is an OLE file, neither a Word document nor a workbook"
    key = '<manifest:file-entry manifest:full-path="x"><manifest:encryption-data/></manifest:file-entry>'
    assert reason("a.odt", opened(manifest=key)) == "is encrypted"
    assert reason("a.odt", opened()[:-40]).startswith("is a damaged or truncated .odt")
    assert reason("a.odg", opened(kind="application/vnd.oasis.opendocument.graphics")) == (
        "is an OpenDocument file that is neither text nor sheets"
    )


@pytest.mark.parametrize(
    "damaged",
    [
        RICH.replace(b"Sau", b"Sau}} sau"),  # which LibreOffice ends there, without a word
        RICH.replace(b"Sau", b"}Sau"),
        RICH[:-1],
        RICH.replace(b"Sau", b"{Sau"),
        RICH.replace(b"Sau", rb"\bin9999999999 Sau"),
        RICH.replace(b"}", b""),
        RICH + b"Sau",
    ],
)
def test_rich_text_whose_groups_do_not_close(damaged: bytes) -> None:
    assert reason("a.rtf", damaged) == "is a damaged or truncated .rtf"


@needs_office
@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (rb"\{Sau\}\}", "{Sau}}"),
        (rb"Sau\\{\b }", "Sau\\"),
        (rb"{\*\objdata\bin4 }}}\}Sau", "Sau"),
        (rb"{\*\objdata\bin3 \\\}Sau", "Sau"),
        (rb"{\*\binary}Sau", "Sau"),
        (rb"Sau\'7d", "Sau}"),
    ],
)
def test_braces_that_are_no_groups(told: bytes, shown: str) -> None:
    assert read("a.rtf", RICH.replace(b"Sau", told)).text.split("\n") == [PLAIN, shown]


@needs_office
def test_what_fills_up_a_file_of_rich_text() -> None:
    for filling in (b"\r\n", bytes(200), b"}\r\n\x1a"):
        assert read("a.rtf", RICH + filling).text.split("\n") == [PLAIN, "Sau"]


def test_groups_are_counted_in_no_time() -> None:
    """Ten megabytes of pictures and as many of words."""
    begun = time.process_time()
    office._check_rtf("a.rtf", b"{\\rtf1 " + b"00ff" * 2_500_000 + rb"{\par\b x}" * 1_000_000 + b"}")
    assert time.process_time() - begun < 10


@needs_office
def test_what_libreoffice_makes_nothing_of() -> None:
    assert reason("a.rtf", b"{\\rtf1 }") == "holds no text"
    assert reason("a.odt", opened().replace(b"<office:text>", b"<office:tixt>")) in (
        "is damaged: LibreOffice cannot read it",
        "is a damaged or truncated .odt",
        "holds no text",
    )


@needs_office
@pytest.mark.parametrize("filter_", ["xls:MS Excel 97", "ods"])
def test_old_and_open_spreadsheets(filter_: str, tmp_path: Path) -> None:
    book, data = Workbook(), io.BytesIO()
    for row in (["Chỉ tiêu", "Năm 2030"], ["Số phòng đọc", 40]):
        book.active.append(row)
    book.save(data)
    assert read("a.doc", as_doc(tmp_path, data.getvalue(), ".xlsx", filter_)).text == (
        "Chỉ tiêu | Năm 2030\nSố phòng đọc | 40"
    )


# --- the way through LibreOffice --------------------------------------------------------------------------------------


@needs_office
def test_rich_text_and_open_documents() -> None:
    for name, data in (("a.rtf", RICH), ("a.odt", opened("<text:p>Sau</text:p>"))):
        source = read(name, data)
        assert source.text.split("\n") == [PLAIN, "Sau"]
        assert (source.path, source.problems) == (name, ())


@needs_office
@pytest.mark.parametrize("kind", ["doc:MS Word 97", "rtf", "odt"])
def test_old_fonts_come_through(kind: str, tmp_path: Path) -> None:
    """Codes of TCVN3 are the letters that they show; capitals by the font are capitals."""
    words = "Thủ tướng Chính phủ phê duyệt chương trình giảm nghèo bền vững, nước sạch nông thôn"
    codes = {row["letter"]: chr(int(row["code"], 16)) for row in load().tables["tcvn3"] if row["code"] > "A0"}
    coded = "".join(codes.get(c, c) for c in words)
    document, saved = Document(), io.BytesIO()
    for font in (".VnTime", ".VnTimeH"):
        document.add_paragraph().add_run(coded).font.name = font
    document.save(saved)
    text = read("a", as_doc(tmp_path, saved.getvalue(), ".docx", kind)).text
    assert unicodedata.normalize("NFC", text).split("\n") == [words, words.upper()]


@needs_office
def test_a_profile_that_is_gone_is_made_again() -> None:
    import shutil

    assert read("a.rtf", RICH).text.startswith(PLAIN)
    profile = office._profile()
    assert profile.stat().st_mode & 0o077 == 0
    shutil.rmtree(profile)
    assert read("a.rtf", RICH).text.startswith(PLAIN)


@needs_office
def test_profiles_do_not_outlive_their_process(tmp_path: Path) -> None:
    import sys

    (tmp_path / "a.rtf").write_bytes(RICH)
    program = (
        "import sys; from multiprocessing import get_context; from extractor.readers import office, read\n"
        "def work(path): read(path); print(office._profile()); sys.stdout.flush()\n"
        "if __name__ == '__main__':\n"
        "    worker = get_context('fork').Process(target=work, args=(sys.argv[1],)); worker.start(); worker.join()\n"
        "    work(sys.argv[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.rtf")], capture_output=True, text=True, check=True
    )
    folders = done.stdout.split()
    assert len(set(folders)) == 2
    assert not any(Path(folder).exists() for folder in folders)


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """What a server of this machine is asked for; its port is the first entry."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        do_HEAD = do_OPTIONS = do_PROPFIND = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    paths.append(str(server.server_port))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield paths
    server.shutdown()
    thread.join()
    server.server_close()


@needs_office
def test_nothing_is_fetched(asked: list[str], tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("bí mật", encoding="utf-8")
    address = f"http://127.0.0.1:{asked[0]}"
    link = 'xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"'
    picture = (
        f'<draw:frame svg:width="2cm" svg:height="2cm"><draw:image xlink:href="{address}/a.png" {link}/></draw:frame>'
    )
    section = "".join(
        f'<text:section text:name="{n}"><text:section-source xlink:href="{source}"/><text:p>x</text:p></text:section>'
        for n, source in enumerate((f"{address}/b.odt", secret.as_uri()))
    )
    text = read("a.odt", opened(section, pictures=picture)).text
    fields = (
        rf'{{\field{{\*\fldinst INCLUDETEXT "{address}/c.rtf"}}{{\fldrslt kept}}}}',
        rf'{{\field{{\*\fldinst INCLUDEPICTURE "{address}/d.png" \\d}}{{\fldrslt }}}}',
    )
    assert read("a.rtf", rich(PLAIN, *fields)).text.startswith(PLAIN)
    assert text.startswith(PLAIN)
    assert "bí mật" not in text
    assert asked[1:] == []


@needs_office
def test_macros_do_not_run(tmp_path: Path) -> None:
    """A document whose macro runs when it is opened leaves no trace."""
    trace = tmp_path / "trace"
    module = 'xmlns:script="http://openoffice.org/2000/script" script:name="M" script:language="StarBasic"'
    basic = f"Sub Main\nOpen &quot;{trace}&quot; For Output As #1\nClose #1\nEnd Sub"
    names = 'xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink"'
    own = 'library:name="Standard" library:readonly="false" library:passwordprotected="false"'
    macro = "vnd.sun.star.script:Standard.M.Main?language=Basic&amp;location=document"
    event = (
        '<office:scripts><office:event-listeners><script:event-listener script:language="ooo:script" '
        f'script:event-name="dom:load" xlink:type="simple" xlink:href="{macro}"/>'
        "</office:event-listeners></office:scripts>"
    )
    parts = {
        "Basic/Standard/M.xml": f"<script:module {module}>{basic}</script:module>",
        "Basic/Standard/script-lb.xml": f'<library:library {names} {own}><library:element library:name="M"/>'
        "</library:library>",
        "Basic/script-lc.xml": f'<library:libraries {names}><library:library library:name="Standard" '
        'library:link="false"/></library:libraries>',
    }
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{part}" manifest:media-type="text/xml"/>' for part in parts
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(opened(manifest=entries))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name).decode()
            if name == "content.xml":
                data = data.replace("<office:body>", f"{event}<office:body>")
            new.writestr(name, data)
        for part, content in parts.items():
            new.writestr(part, content)
    assert read("a.odt", out.getvalue()).text == PLAIN
    assert not trace.exists()


# --- limits -----------------------------------------------------------------------------------------------------------


@needs_office
def test_what_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "SECONDS", 0.05)
    assert reason("a.rtf", RICH) == "LibreOffice took longer than 0 s"
    monkeypatch.undo()
    assert read("a.rtf", RICH).text.startswith(PLAIN)


@pytest.mark.parametrize("kind", [OPEN, SHEETS])
def test_open_documents_made_to_burst(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are refused before LibreOffice has them, which would unpack what it is given."""
    monkeypatch.setattr(office, "command", lambda name: pytest.fail("LibreOffice was looked for"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("mimetype", kind, zipfile.ZIP_STORED)
        new.writestr("content.xml", b" " * 30_000_000)
    assert reason("a.odt", out.getvalue()) == "unpacks to 30 MB, more than is safe to read"


@needs_office
def test_what_becomes_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "MAX_CONVERTED", 1_000)
    assert reason("a.rtf", RICH).endswith("MB as .docx, more than is safe to read")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without LibreOffice and antiword."""
    monkeypatch.setattr(office, "command", lambda name: None)


@needs_office
def test_programs_that_are_missing_are_named(bare: None, old_word: bytes) -> None:
    wanted = "LibreOffice is not installed (Debian: apt install libreoffice-writer libreoffice-calc)"
    for name, data in (("a.doc", old_word), ("a.rtf", RICH), ("a.odt", opened())):
        assert reason(name, data) == wanted


@pytest.mark.skipif(not command("antiword") or not command("soffice"), reason="antiword or LibreOffice is missing")
def test_antiword_reads_where_libreoffice_is_missing(old_word: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "command", lambda name: command(name) if name == "antiword" else None)
    source = read("a.doc", old_word)
    assert [line for line in source.text.split("\n") if line] == [PLAIN, *["Sau"] * 200]
    assert [(problem.where, problem.what) for problem in source.problems] == [("doc", office.LIGHT)]
    assert all(words in office.LIGHT for words in ("list numbers", "text boxes", "deleted", "hidden"))
    messages.speak("vi")
    try:
        assert all(words in messages.reason(office.LIGHT) for words in ("chữ đã xóa", "chữ ẩn"))
    finally:
        messages.speak("en")
