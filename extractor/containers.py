"""Archives and mails: the documents in them, one by one and lazily, as bytes in memory; nothing is written to disk.

    for member in members("plans.zip", data):
        ...  # Member("plans.zip!/2026/plan.docx", b"...") or an UnreadableFile that names what could not be read

Of an archive, only what goes by the name of a known document or of another container comes out; of what is attached to
a mail also what goes by no such name and is one.  Sizes are counted while unpacking: what an archive says of itself is
not trusted.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import Policy
from pathlib import PurePosixPath
from typing import IO, Any

import regex

from .errors import UnreadableFile
from .readers import DOC, SUFFIXES, TEXT, media_type
from .readers.office import OLE
from .readers.packed import BZIP2, GZIP, XZ, short

MAX_DEPTH = 3  # containers in containers
MAX_MEMBERS = 10_000  # in a container, with all those in it
MAX_MEMBER = 200_000_000
MAX_TOTAL = 2_000_000_000
# Text shrinks twenty- to fiftyfold; only an archive made to burst shrinks more than this.
MAX_RATIO = 300
SMALL = 10_000_000
CHUNK = 1_000_000
LONGEST_NAME = 200
MAX_ENTRIES = 100_000  # of an archive, with those that are passed over
MAX_FIELD = 4_000  # of a header that says what a part is: the longest names of files take half of it
MAX_HEADERS = 500_000  # of a mail and the mails in it

ZIP, TAR, MAIL, RAR, SEVEN = "zip", "tar", "mail", ".rar", ".7z"
BETWEEN = "!/"
CONTAINER_SUFFIXES = frozenset(
    (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz", ".eml", ".rar", ".7z")
)
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
ZIP_ENTRY = b"PK\x01\x02"
ENCRYPTED, UTF8, LINK = 0x1, 0x800, 0o12
# Other methods unpack a piece whole, however large it becomes.
BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
UNREAD = ((b"Rar!\x1a\x07", RAR), (b"7z\xbc\xaf\x27\x1c", SEVEN))
PACKERS = ((GZIP, gzip.open), (BZIP2, bz2.open), (XZ, lzma.open))
# How the first entry of an office file is called, which is a zip archive and no container.
OFFICE = ("[Content_Types].xml", "_rels/", "docProps/", "word/", "xl/", "ppt/", "customXml/", "mimetype", "META-INF/")
HEAD = 65_536
# Media type -> the suffix that stands for it, the first of several.
KNOWN = {kind: suffix for suffix, kind in reversed(SUFFIXES.items())}
OCTETS = "application/octet-stream"
# A mail's headers hold one of its own besides those that any MIME file has.
HEADERS = regex.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]*(?:\n|\Z)(?:[ \t][^\n]*\n)*+)++")
MAIL_FIELDS = regex.compile(rb"(?im)^(?:from|to|received|return-path|delivered-to|message-id):")
MIME_FIELDS = regex.compile(rb"(?im)^(?:mime-version|content-type|message-id|received):")
RELATED = regex.compile(rb"(?im)^content-type:\s*multipart/related\b")
HARMLESS = regex.compile(r"[\p{C}<>:\"|?*]")
# A letter of Vietnamese beyond ASCII, with the marks of letter and tone behind it: breve, circumflex, horn; five tones.
VIETNAMESE = regex.compile("\u0111|[aeiouy][\u0302\u0306\u031b]?[\u0300\u0301\u0303\u0309\u0323]?")
# Damaged archives make the libraries raise whatever there is: IndexError, TypeError, struct.error.
DAMAGE = Exception


@dataclass(frozen=True, slots=True)
class Member:
    """A document in a container: `path` names the container, what lies between, and the document's own name."""

    path: str
    data: bytes


@dataclass(slots=True)
class _Budget:
    """What has been unpacked of a container so far, with all those in it."""

    packed: int
    members: int = 0
    total: int = 0
    over: bool = field(default=False)

    def take(self, path: str, read: Callable[[int], bytes]) -> bytes:
        """The bytes of a member, read piece by piece.  Raises UnreadableFile as soon as they are too many."""
        pieces: list[bytes] = []
        size = 0
        while piece := read(CHUNK):
            size += len(piece)
            self.total += len(piece)
            if size > MAX_MEMBER:
                raise UnreadableFile(path, f"unpacks to more than {MAX_MEMBER // 1_000_000} MB")
            if self.total > MAX_TOTAL or (self.total > SMALL and self.total > MAX_RATIO * self.packed):
                self.over = True
                size = self.total // 1_000_000
                raise UnreadableFile(
                    path, f"unpacks to {size} MB, more than is safe to read; the rest of its archive is not read"
                )
            pieces.append(piece)
        return b"".join(pieces)


def is_container(path: str, head: bytes) -> bool:
    """Whether a file is an archive or a mail, by its first bytes (64 KB are enough, all of them do no harm).

    Office files are zip archives and no containers, nor is a web page saved with its pictures as one file.
    """
    return _kind(path, head) is not None


def members(path: str, data: bytes) -> Iterator[Member | UnreadableFile]:
    """The documents in a container in its order, and in the containers in it.

    What cannot be read comes out as an UnreadableFile that names it, and the others follow: a member that is damaged,
    encrypted or too large, a container nested too deep, an archive that breaks off, what is attached to a mail and is
    no document.  Where an archive unpacks to more than is safe, or holds too many members, that is the last to come
    out.  Nothing is raised.
    """
    yield from _members(path, data, _Budget(max(1, len(data))), 1)


def _members(path: str, data: bytes, budget: _Budget, depth: int) -> Iterator[Member | UnreadableFile]:
    kind = _kind(path, data)
    if kind in (RAR, SEVEN):
        yield UnreadableFile(path, f"is a {kind} archive, which is not read; unpack it first")
        return
    if depth > MAX_DEPTH:
        yield UnreadableFile(path, f"lies in more than {MAX_DEPTH} archives, one in the other")
        return
    opened = {ZIP: _zip, TAR: _tar, MAIL: _mail}[kind or ZIP](path, data, budget)
    while not budget.over:
        try:
            item = next(opened, None)
        except UnreadableFile as error:
            yield error
            return
        except DAMAGE as error:
            yield UnreadableFile(path, f"is a damaged archive ({short(error)})")
            return
        if item is None:
            return
        if isinstance(item, UnreadableFile):
            yield item
            continue
        budget.members += 1
        if budget.members > MAX_MEMBERS:
            budget.over = True
            yield UnreadableFile(path, f"holds more than {MAX_MEMBERS} documents")
        elif _kind(item.path, item.data) is not None:
            yield from _members(item.path, item.data, budget, depth + 1)
        else:
            yield item


def _kind(path: str, head: bytes) -> str | None:
    """The kind of container that begins like this, or None."""
    for magic, kind in UNREAD:
        if head.startswith(magic):
            return kind
    if head.startswith(ZIP_STARTS):
        return None if _is_office(head) else ZIP
    if _is_tar(head) or any(head.startswith(magic) and _is_tar(_unpacked(head, o)) for magic, o in PACKERS):
        return TAR
    return MAIL if _is_mail(path, head[:HEAD]) else None


def _is_office(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except DAMAGE:  # only the beginning of an archive, or a damaged one
        return data[30 : 30 + int.from_bytes(data[26:28], "little")].decode("utf-8", "replace").startswith(OFFICE)
    return "[Content_Types].xml" in names or names[:1] == ["mimetype"]


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _unpacked(head: bytes, opener: object) -> bytes:
    """The first bytes of what a packed file holds."""
    assert callable(opener)
    try:
        with opener(io.BytesIO(head)) as stream:
            begun: bytes = stream.read(512)
            return begun
    except DAMAGE:
        return b""


def _is_mail(path: str, head: bytes) -> bool:
    lines = head.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    found = HEADERS.match(lines)
    if found is None or RELATED.search(found[0]):
        return False
    if path.lower().endswith(".eml"):
        # Headers without an end are no text either: the parser has its limits and says so.
        return bool(MAIL_FIELDS.search(found[0])) or (len(head) >= HEAD and b"\n" not in lines[found.end() :])
    return bool(MAIL_FIELDS.search(found[0]) and MIME_FIELDS.search(found[0]))


# --- what is taken, and what it is called -----------------------------------------------------------------------------


def _wanted(name: str) -> bool:
    """Whether a member goes by the name of a document or a container, and is none of those that systems leave."""
    parts = PurePosixPath(name).parts
    if not parts or any(part.startswith((".", "~$")) or part == "__MACOSX" for part in parts):
        return False
    return PurePosixPath(name.lower()).suffix in SUFFIXES or name.lower().endswith(tuple(CONTAINER_SUFFIXES))


def _label(name: str) -> str:
    """A member's name as a label that leads nowhere: no root, drive, step upwards or sign of control."""
    text = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = (HARMLESS.sub("_", part).strip() for part in regex.sub(r"\A[A-Za-z]:", "", text).split("/"))
    return "/".join(part[-LONGEST_NAME:] for part in parts if part not in ("", ".", ".."))


def _decoded(raw: bytes) -> str:
    """A name of unknown encoding: UTF-8, else windows-1258 where that gives Vietnamese letters, else as cp437."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    kept = raw.decode("cp437")
    try:
        guess = unicodedata.normalize("NFC", raw.decode("cp1258"))
    except UnicodeDecodeError:
        return kept
    strange = [letter for letter in guess.lower() if ord(letter) > 127]
    known = all(VIETNAMESE.fullmatch(unicodedata.normalize("NFD", letter)) for letter in strange)
    return guess if strange and known else kept


# --- archives and mails -----------------------------------------------------------------------------------------------


def _zip(path: str, data: bytes, budget: _Budget) -> Iterator[Member | UnreadableFile]:
    if data.count(ZIP_ENTRY) > MAX_ENTRIES:
        raise UnreadableFile(path, f"holds more than {MAX_ENTRIES} entries")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGE as error:
        yield from _salvaged(path, data, budget)
        yield UnreadableFile(path, f"is a damaged archive ({short(error)})")
        return
    with archive:
        for entry in archive.infolist():
            raw = entry.orig_filename
            name = _label(raw if entry.flag_bits & UTF8 else _decoded(_cp437(raw)))
            # The upper half of the attributes is what Unix says of the file; a link is no document.
            if not entry.filename or entry.is_dir() or (entry.external_attr >> 28) == LINK or not _wanted(name):
                continue
            label = f"{path}{BETWEEN}{name}"
            if entry.flag_bits & ENCRYPTED:
                yield UnreadableFile(label, "is encrypted")
            elif entry.compress_type not in BOUNDED:
                yield UnreadableFile(label, f"is packed by method {entry.compress_type}, which is not read")
            else:
                try:
                    with archive.open(entry) as stream:
                        content = budget.take(label, stream.read)
                except UnreadableFile as error:
                    yield error
                except DAMAGE as error:
                    yield UnreadableFile(label, f"is damaged in its archive ({short(error)})")
                else:
                    yield Member(label, content)


def _salvaged(path: str, data: bytes, budget: _Budget) -> Iterator[Member | UnreadableFile]:
    """The members of an archive that has lost its directory, as far as each is whole."""
    at = data.find(ZIP_STARTS[0])
    while 0 <= at <= len(data) - 30:
        flags, method, size, names, extra = struct.unpack_from("<6xHH8xI4xHH", data, at)
        start = at + 30 + names + extra
        raw = data[at + 30 : at + 30 + names]
        name = _label(raw.decode("utf-8", "replace") if flags & UTF8 else _decoded(raw))
        label = f"{path}{BETWEEN}{name}"
        end = start + size
        if _wanted(name) and not flags & ENCRYPTED and method in BOUNDED:
            stream = _Inflated(data, start) if method == zipfile.ZIP_DEFLATED else io.BytesIO(data[start:end])
            try:
                content = budget.take(label, stream.read)
                whole = stream.whole() if isinstance(stream, _Inflated) else end <= len(data)
                yield Member(label, content) if whole else UnreadableFile(label, "is damaged in its archive (cut off)")
            except UnreadableFile as error:
                yield error
            except DAMAGE as error:
                yield UnreadableFile(label, f"is damaged in its archive ({short(error)})")
        at = data.find(ZIP_STARTS[0], max(end, at + 4))


class _Inflated(io.RawIOBase):
    """What is deflated from an offset on, to its own end."""

    def __init__(self, data: bytes, start: int) -> None:
        self.data, self.at = data, start
        self.inflater = zlib.decompressobj(-zlib.MAX_WBITS)

    def read(self, size: int = -1) -> bytes:
        while not self.inflater.eof:
            piece = self.inflater.unconsumed_tail or self.data[self.at : self.at + CHUNK]
            if not piece:
                break
            self.at += 0 if self.inflater.unconsumed_tail else len(piece)
            if found := self.inflater.decompress(piece, CHUNK):
                return found
        return b""

    def whole(self) -> bool:
        """Whether the end was reached, and not that of the data."""
        return self.inflater.eof


def _cp437(name: str) -> bytes:
    """The bytes of a name that zipfile decoded without knowing its encoding."""
    try:
        return name.encode("cp437")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogateescape")


def _tar(path: str, data: bytes, budget: _Budget) -> Iterator[Member | UnreadableFile]:
    opener = next((opener for magic, opener in PACKERS if data.startswith(magic)), None)
    stream: IO[bytes] = opener(io.BytesIO(data)) if opener else io.BytesIO(data)  # type: ignore[assignment]
    # As a stream, an archive is unpacked once and up to where it is damaged.
    counted = _Counted(stream, path, budget)
    with tarfile.open(fileobj=counted, mode="r|", encoding="utf-8", errors="surrogateescape") as archive:
        for number, entry in enumerate(archive):
            archive.members = []  # type: ignore[attr-defined]  # which it keeps otherwise, and there may be millions
            if number > MAX_ENTRIES:
                raise UnreadableFile(path, f"holds more than {MAX_ENTRIES} entries")
            name = _label(_decoded(entry.name.encode("utf-8", "surrogateescape")))
            if entry.isreg() and _wanted(name) and (inside := archive.extractfile(entry)) is not None:
                label = f"{path}{BETWEEN}{name}"
                if entry.size > MAX_MEMBER:
                    yield UnreadableFile(label, f"unpacks to more than {MAX_MEMBER // 1_000_000} MB")
                    continue
                content = inside.read()
                if len(content) < entry.size:
                    raise tarfile.ReadError("unexpected end of data")
                yield Member(label, content)
    if counted.last.strip(b"\0"):  # an archive ends in zeros, and tarfile takes any end of the data for one
        raise tarfile.ReadError("unexpected end of data")


class _Counted(io.RawIOBase):
    """A stream of which no more is read than the budget allows: also what is passed over must be unpacked."""

    def __init__(self, stream: IO[bytes], path: str, budget: _Budget) -> None:
        self.stream, self.path, self.budget = stream, path, budget
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        found = self.budget.take(self.path, io.BytesIO(self.stream.read(size)).read)
        self.last = found[-tarfile.BLOCKSIZE :] or self.last
        return found


def _mail(path: str, data: bytes, budget: _Budget) -> Iterator[Member | UnreadableFile]:
    try:
        message = BytesParser(_watched(path), policy=policy.default).parsebytes(data)
        parts = list(_parts(message))
    except UnreadableFile:
        raise
    except Exception as error:  # the parser lets through whatever broken headers raise in it
        yield UnreadableFile(path, f"is a damaged mail ({type(error).__name__})")
        return
    found = False
    for number, part in enumerate(parts, 1):
        try:
            attached = _attached(path, part, number)
        except UnreadableFile as error:
            yield error
            continue
        except Exception as error:
            yield UnreadableFile(f"{path}{BETWEEN}{number}", f"is damaged in its mail ({type(error).__name__})")
            continue
        if attached is not None:
            found = True
            yield Member(attached.path, budget.take(attached.path, io.BytesIO(attached.data).read))
    if not found:
        body = _body(message)
        if body is not None:
            yield Member(f"{path}{BETWEEN}{body[0]}", body[1])
        else:
            yield UnreadableFile(path, "is a mail without a document")


def _watched(path: str) -> type[EmailMessage]:
    """A class for a mail and its parts, which raises UnreadableFile as soon as these, or their headers, are too many.

    A header is taken apart in a time that grows with the square of its length, and that at each look at it.
    """
    parts = total = 0

    class Watched(EmailMessage):
        def __init__(self, policy: Policy[Any] | None = None) -> None:
            nonlocal parts
            super().__init__(policy)
            self.known: dict[str, Any] = {}
            parts += 1
            if parts > MAX_MEMBERS:
                raise UnreadableFile(path, f"is a mail of more than {MAX_MEMBERS} parts")

        def set_raw(self, name: str, value: Any) -> None:
            nonlocal total
            size = len(name) + len(value)
            total += size
            # No other headers are looked at, and lists of recipients are long.
            if size > MAX_FIELD and name.lower().startswith("content-"):
                raise UnreadableFile(path, f"is a mail with a header of {size // 1_000} KB, more than is safe to read")
            if total > MAX_HEADERS:
                raise UnreadableFile(path, f"is a mail with {total // 1_000} KB of headers, more than is safe to read")
            super().set_raw(name, value)

        def get(self, name: str, failobj: Any = None) -> Any:
            if name not in self:
                return failobj
            if name.lower() not in self.known:
                self.known[name.lower()] = super().get(name)
            return self.known[name.lower()]

    return Watched


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts of a mail that hold something; a mail in it is one."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.is_multipart() and (part is message or not _is_message(part)):
            waiting += reversed([each for each in part.get_payload() if isinstance(each, EmailMessage)])
        else:
            yield part


def _is_message(part: EmailMessage) -> bool:
    return part.get_content_type() == "message/rfc822"


def _attached(path: str, part: EmailMessage, number: int) -> Member | None:
    """What is attached as a part; None for what belongs to the mail itself.  Raises UnreadableFile for what is no
    document that is read."""
    name = _label(_name(part, number))
    if _belongs(part, name):
        return None
    content = _payload(part)
    if _wanted(name):
        return Member(f"{path}{BETWEEN}{name}", content)
    label = f"{path}{BETWEEN}{name or number}"
    if suffix := _suffix(label, part, content):
        return Member(label + suffix, content)
    if part.get_content_maintype() == "text":  # a card or an appointment
        return None
    raise UnreadableFile(label, f"is attached and no document that is read ({_label(part.get_content_type())})")


def _belongs(part: EmailMessage, name: str) -> bool:
    """Whether a part of this name is a piece of the mail itself, or of what systems leave: its text, a picture in it, a
    signature, the lock of an open document, parts that cannot be told from each other."""
    kind = part.get_content_maintype()
    if kind == "text":
        return not (_wanted(name) or part.is_attachment())
    if kind == "image":
        return "content-id" in part and not part.is_attachment()
    return kind == "multipart" or part.get_content_subtype().endswith("signature") or name.startswith("~$")


def _name(part: EmailMessage, number: int) -> str:
    """The name that a part goes by, "" for none."""
    if _is_message(part):
        return f"{number}.eml"
    name = part.get_filename() or ""
    # Names outside ASCII that stand in a header as they are come as surrogates.
    return _decoded(name.encode("utf-8", "surrogateescape"))


def _suffix(label: str, part: EmailMessage, content: bytes) -> str:
    """The suffix for what is attached without one that is known: by its type, or else its first bytes; "" where neither
    tells of a document.  Raises UnreadableFile for one that is not read."""
    declared = part.get_content_type()
    if declared != TEXT and declared in KNOWN:
        return KNOWN[declared]
    if kind := _kind(label, content):
        return {ZIP: ".zip", TAR: ".tar", MAIL: ".eml"}.get(kind, kind)
    # A look into an OLE file is its reader's, which works within limits of time and memory.
    told = DOC if content.startswith(OLE) else media_type(label, content[:HEAD])
    is_plain = declared in (TEXT, OCTETS) and not PurePosixPath(label).suffix and b"\0" not in content
    return KNOWN[told] if told != TEXT or is_plain else ""


def _payload(part: EmailMessage) -> bytes:
    if _is_message(part):
        inner = part.get_payload(0)
        assert isinstance(inner, EmailMessage)
        # Without this policy, long headers are taken apart and written anew.
        return inner.as_bytes(policy=policy.compat32)
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _body(message: EmailMessage) -> tuple[str, bytes] | None:
    """The text of a mail as a page or as plain text, or None where it has none."""
    try:
        part = message.get_body(("html", "plain"))
        text = part.get_content() if part is not None else ""
    except Exception:
        return None
    if part is None or not isinstance(text, str) or not text.strip():
        return None
    suffix = ".html" if part.get_content_type() == "text/html" else ".txt"
    return f"message{suffix}", text.encode("utf-8-sig", "replace")
