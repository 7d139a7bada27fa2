"""Old Word and Excel (.doc, .xls), rich text (.rtf) and OpenDocument (.odt, .ods): LibreOffice writes them as .docx or
.xlsx, which is read.

LibreOffice runs no macros, follows no links and reaches no network here.  Where it is missing, antiword reads .doc.
"""

from __future__ import annotations

import io
import multiprocessing.util
import os
import re
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from extractor.errors import UnreadableFile
from extractor.model import Content, Problem
from extractor.programs import command, missing, run, workshop
from extractor.rulebook import Rulebook

from . import docx, packed, xlsx

SECONDS = 60
MAX_CONVERTED = 200_000_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage"
ENCRYPTED = 0x0100  # in the flags of a .doc's first block
MANIFEST = "META-INF/manifest.xml"

WORD, EXCEL = "application/msword", "application/vnd.ms-excel"
# Streams of OLE files -> media type.
STREAMS = {"Workbook": EXCEL, "Book": EXCEL, "WordDocument": WORD}
PRESENTATION = "PowerPoint Document"
FILTERS = {".docx": "docx:MS Word 2007 XML", ".xlsx": "xlsx:Calc MS Excel 2007 XML"}
# What LibreOffice must not do, as it keeps its settings: a path, a name, a value.
SETTINGS = (
    ("/org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    # A proxy that nobody is: what is fetched all the same does not arrive.
    ("/org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetFTPProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetFTPProxyPort", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetNoProxy", ""),
)
REGISTRY = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
{items}
</oor:items>
"""
ITEM = '<item oor:path="{}"><prop oor:name="{}" oor:op="fuse"><value>{}</value></prop></item>'

# What tells the groups of a .rtf: braces that are no text, and how long data is in which a brace means nothing.
GROUPS = re.compile(rb"\\[\\{}]|\\bin(\d{1,10}) ?|[{}]")
# What may stand behind the root group: old programs fill the last block, and a brace too many hides nothing.
FILLING = b" \t\r\n\0\x1a}"

FURNITURE = ("[pic]", "-----------------------")  # a picture, and the rule above the notes
LIGHT = (
    "LibreOffice is not installed: antiword loses list numbers and text boxes, "
    "and gives deleted and hidden text as if it stood there"
)

# One profile serves one LibreOffice at a time; a new one takes seconds to make.
_lock = threading.Lock()
_profiles: dict[int, Path] = {}


def ole_type(path: str, data: bytes) -> str:
    """The media type of an OLE file, by the streams in it.

    Raises UnreadableFile for an encrypted one, and for one that is no text.
    """
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            streams = {entry[0] for entry in file.listdir()}
    except Exception:  # the library lets through whatever a damaged file makes of its tables
        streams = {ENCRYPTED_STREAM} if ENCRYPTED_STREAM.encode("utf-16-le") in data else set()
        if not streams:
            raise UnreadableFile(path, "is a damaged or truncated Office file") from None
    if ENCRYPTED_STREAM in streams:
        raise UnreadableFile(path, "is encrypted")
    if PRESENTATION in streams:
        raise UnreadableFile(path, "is a presentation, which is not read")
    found = next((kind for stream, kind in STREAMS.items() if stream in streams), None)
    if found is None:
        raise UnreadableFile(path, "is an OLE file, neither a Word document nor a workbook")
    return found


def read_doc(path: str, data: bytes, book: Rulebook) -> Content:
    """The text of a .doc.  Raises UnreadableFile for one that is encrypted or damaged, and without LibreOffice and
    antiword."""
    _check_doc(path, data)
    if command("soffice") or not command("antiword"):
        return _read(path, data, ".doc", book)
    with workshop() as folder:
        (folder / "document.doc").write_bytes(data)
        plain, book_form = (
            run("antiword", ["-m", "UTF-8.txt", *form, "document.doc"], path=path, folder=folder, seconds=SECONDS)
            for form in (["-w", "0"], ["-x", "db"])
        )
    text = "\n".join(_light(plain.decode("utf-8", "replace"), _docbook_tables(book_form)))
    if not text.strip():
        raise UnreadableFile(path, "holds no text")
    return Content(text, problems=(Problem("doc", LIGHT),))


def read_rtf(path: str, data: bytes, book: Rulebook) -> Content:
    """The text of a .rtf.  Raises UnreadableFile for one that is damaged, and without LibreOffice."""
    _check_rtf(path, data)
    return _read(path, data, ".rtf", book)


def read_odt(path: str, data: bytes, book: Rulebook) -> Content:
    """The text of an .odt.  Raises UnreadableFile for one that is encrypted or damaged, and without LibreOffice."""
    _check_open_document(path, data, ".odt")
    return _read(path, data, ".odt", book)


def read_xls(path: str, data: bytes, book: Rulebook) -> Content:
    """The rows of an .xls.  Raises UnreadableFile for one that is damaged, and without LibreOffice."""
    return xlsx.read(path, converted(path, data, ".xls", ".xlsx"), book)


def read_ods(path: str, data: bytes, book: Rulebook) -> Content:
    """The rows of an .ods.  Raises UnreadableFile for one that is encrypted or damaged, and without LibreOffice."""
    _check_open_document(path, data, ".ods")
    return xlsx.read(path, converted(path, data, ".ods", ".xlsx"), book)


def _check_open_document(path: str, data: bytes, kind: str) -> None:
    if MANIFEST not in packed.check(path, data, kind):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            manifest = archive.read(MANIFEST)
    except Exception as error:  # as for .docx, damaged archives raise whatever there is
        raise UnreadableFile(path, f"is a damaged or truncated {kind} ({packed.short(error)})") from error
    if b"encryption-data" in manifest:
        raise UnreadableFile(path, "is encrypted")


def converted(path: str, data: bytes, suffix: str, wanted: str) -> bytes:
    """The bytes of a file of the kind `suffix`, as LibreOffice writes it as `wanted`, a key of FILTERS.

    Raises UnreadableFile where LibreOffice is missing, cannot read it, writes too much or takes too long.
    """
    if not command("soffice"):
        raise UnreadableFile(path, missing("soffice"))
    with workshop() as folder, _lock:
        (folder / f"document{suffix}").write_bytes(data)
        arguments = [
            f"-env:UserInstallation={_profile().as_uri()}",
            "--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck",
            "--convert-to", FILTERS[wanted], "--outdir", "out", f"document{suffix}",
        ]  # fmt: skip
        try:
            run("soffice", arguments, path=path, folder=folder, seconds=SECONDS)
        except UnreadableFile:
            # What was stopped halfway may have left its profile locked or broken.
            shutil.rmtree(_profile(), ignore_errors=True)
            raise
        out = folder / "out" / f"document{wanted}"
        if not out.is_file():
            raise UnreadableFile(path, "is damaged: LibreOffice cannot read it")
        if out.stat().st_size > MAX_CONVERTED:
            size = out.stat().st_size // 1_000_000
            raise UnreadableFile(path, f"becomes {size} MB as {wanted}, more than is safe to read")
        return out.read_bytes()


def _read(path: str, data: bytes, suffix: str, book: Rulebook) -> Content:
    return docx.read(path, converted(path, data, suffix, ".docx"), book)


def _profile() -> Path:
    """The folder in which LibreOffice keeps its settings, one for this process, made (again) where it is not there."""
    folder = _profiles.get(os.getpid())
    if folder is None:
        folder = _profiles[os.getpid()] = Path(tempfile.mkdtemp(prefix="muctieu-office-"))
        # Unlike atexit, this is also done at the end of the processes of a pool.
        multiprocessing.util.Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=1)
    settings = folder / "user" / "registrymodifications.xcu"
    if not settings.is_file():
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(REGISTRY.format(items="\n".join(ITEM.format(*item) for item in SETTINGS)), "utf-8")
    return folder


def _check_doc(path: str, data: bytes) -> None:
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            head = file.openstream("WordDocument").read(12)
    except Exception as error:  # the library lets through whatever a damaged file makes of its tables
        raise UnreadableFile(path, "is a damaged or truncated .doc") from error
    if len(head) < 12:
        raise UnreadableFile(path, "is a damaged or truncated .doc")
    if int.from_bytes(head[10:12], "little") & ENCRYPTED:
        raise UnreadableFile(path, "is encrypted")


def _check_rtf(path: str, data: bytes) -> None:
    """Raises UnreadableFile where the root group is not the whole file: LibreOffice drops without a word what stands
    behind it, and such a stump would take the place of a sound document."""
    depth = at = 0
    while found := GROUPS.search(data, at):
        at = found.end()
        if found[0] == b"{":
            depth += 1
        elif found[0] == b"}":
            depth -= 1
            if not depth:
                break
        elif found[1]:
            at += int(found[1])
    if depth or data[at:].strip(FILLING):
        raise UnreadableFile(path, "is a damaged or truncated .rtf")


def _light(text: str, tables: list[list[str]]) -> Iterator[str]:
    """The lines of antiword's plain text.  It breaks the lines inside cells, so that rows cannot be told: the tables
    are those of its DocBook, which in turn loses the line breaks of paragraphs."""
    lines = [line.strip() for line in text.split("\n") if line.strip() not in FURNITURE]
    runs = [(is_table, list(piece)) for is_table, piece in groupby(lines, lambda line: line[:1] == "|")]
    known = iter(tables) if sum(is_table for is_table, _ in runs) == len(tables) else None
    for is_table, lines in runs:
        if not is_table:
            yield from lines
        elif known is not None:
            yield from next(known)
        else:
            yield from docx.table_lines([[[cell.strip()] for cell in line[1:-1].split("|")] for line in lines])


def _docbook_tables(data: bytes) -> list[list[str]]:
    """The lines of each table of a document as antiword writes it in DocBook."""
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, load_dtd=False, no_network=True)
    root = etree.fromstring(data, parser)
    for number, note in enumerate(root.iter("footnote"), 1):
        note[:] = []
        note.text = f"[{number}]"
    return [
        list(docx.table_lines([[_docbook_text(cell) for cell in row.iter("entry")] for row in table.iter("row")]))
        for table in root.iter("informaltable")
    ]


def _docbook_text(element: Any) -> list[str]:
    return [line.strip() for line in "".join(element.itertext()).split("\n") if line.strip()]
