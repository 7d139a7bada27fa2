"""Office files are zip archives: what one may unpack to, and which kind it is; how other packed files begin."""

from __future__ import annotations

import io
import zipfile

from extractor.errors import UnreadableFile

MAX_BYTES = 300_000_000
# Text and XML shrink twenty- to fiftyfold; only a file made to burst shrinks more than this.
MAX_RATIO = 300
SMALL = 10_000_000
# Office writes no others, and what they unpack at once has no bound.
BOUNDED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}

# How files begin that gzip, bzip2 and xz have packed, one in each.
PACKED = GZIP, BZIP2, XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0"

Names = frozenset[str]


def names(data: bytes) -> Names:
    """The names of an archive's entries; none where it is no archive that can be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return frozenset(archive.namelist())
    except Exception:  # damaged archives make zipfile raise whatever there is
        return frozenset()


def check(path: str, data: bytes, kind: str) -> Names:
    """The names of the entries of an office file; `kind` is its suffix, for the reason.

    Raises UnreadableFile for an archive that is damaged, encrypted, or unpacks to more than is safe.  The sizes are
    those that the archive declares: zipfile unpacks no entry beyond the size declared for it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except Exception as error:  # as above
        raise UnreadableFile(path, f"is a damaged or truncated {kind} ({short(error)})") from error
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if total > MAX_BYTES or (total > SMALL and total > MAX_RATIO * max(1, packed)):
        raise UnreadableFile(path, f"unpacks to {total // 1_000_000} MB, more than is safe to read")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableFile(path, "is encrypted")
    if odd := {entry.compress_type for entry in entries} - BOUNDED:
        raise UnreadableFile(path, f"is a damaged or truncated {kind} (it is packed by method {min(odd)})")
    return frozenset(entry.filename for entry in entries)


def short(error: BaseException) -> str:
    """What a library says of a fault, in a few words of one line."""
    return str(error).split("\n")[0][:120] or type(error).__name__
