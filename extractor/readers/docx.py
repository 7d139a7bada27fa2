"""Word (.docx, also with macros, as a template, or strict): a line a paragraph, a line a table row.

What a reader of the page sees: with the numbers of lists, with text boxes behind the paragraph that they hang on, with
notes at the end; without headers and footers, hidden text, what was deleted while changes were tracked, and the
instructions of fields.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from extractor.charset import HYPHEN
from extractor.errors import UnreadableFile
from extractor.model import Content, Problem
from extractor.rulebook import Rulebook

from . import grid, packed
from .fonts import LEGACY, LEGACY_CAPITALS, RAISED, decoded, gain, is_coded, pictured, signs
from .numbering import MC, Numbering, W, numbering, value
from .styles import Look, Styles, list_of, look_of, styles

# Of a part: a book of a thousand pages has a third of it, and it takes a minute to read.
MAX_PART = 64_000_000
MOST_COLUMNS = 63  # that Word lets a table have
# A longer cell that stands alone with its row is a page laid out in a table, not a table.
LONGEST_CELL = 4_000

STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
OPENED = {W + name for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")}
DROPPED = {W + name for name in ("del", "moveFrom", "pPr", "rPr", "rt")}
SIGNS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
CODE = re.compile("[0-9A-Fa-f]{1,4}")
HOLDERS = {W + name for name in ("drawing", "pict", "object")}
NOTES = ("footnote", "endnote")


@dataclass(slots=True)
class _Word:
    """A document while it is read: its styles and lists, its notes, those met so far and the marks they got."""

    book: Rulebook
    body: Any
    styles: Styles
    numbering: Numbering
    notes: Mapping[tuple[str, str], Any]
    met: list[tuple[str, str]] = field(default_factory=list)
    marks: dict[tuple[str, str], str] = field(default_factory=dict)
    numbered: int = 0
    is_coded: bool | None = None  # the most of its text in fonts of TCVN3; None as long as nothing asked


@dataclass(slots=True)
class _Paragraph:
    """A paragraph while it is read; `fields` are the open ones, True where their instructions are not over."""

    style: str | None
    pieces: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    fields: list[bool] = field(default_factory=list)


def read(path: str, data: bytes, book: Rulebook) -> Content:
    """The text of the body and its notes, no page starts (Word keeps none), and a problem where another file is built
    in.  Raises UnreadableFile."""
    _check_archive(path, data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            lines, built_in = _read(archive, book)
    except UnreadableFile:
        raise
    except Exception as error:  # zlib, lxml and numbers that are none: damaged files raise whatever there is
        raise UnreadableFile(path, f"is a damaged .docx ({packed.short(error)})") from error
    text = "\n".join(lines)
    if not text.strip():
        raise UnreadableFile(path, "holds no text")
    problems = (Problem("docx", f"{built_in} files built into the document are not read"),) if built_in else ()
    return Content(text, problems=problems)


def _read(archive: zipfile.ZipFile, book: Rulebook) -> tuple[list[str], int]:
    """The lines of a package, and how many other files it shows as parts of its text."""
    main = _targets(archive, "").get("officeDocument", "word/document.xml")
    parts = _targets(archive, main)
    root = _xml(archive, main)
    body = None if root is None else root.find(W + "body")
    if body is None:
        raise ValueError("no body")
    known = styles(_xml(archive, parts.get("styles")))
    word = _Word(
        book,
        body,
        known,
        numbering(_xml(archive, parts.get("numbering")), known.lists, book.words("readers.counting")),
        {
            (kind, str(note.get(W + "id"))): note
            for kind in NOTES
            if (notes := _xml(archive, parts.get(kind + "s"))) is not None
            for note in notes.iterchildren(W + kind)
        },
    )
    lines = [*_lines(body, word), *_notes(word)]
    return lines, sum(1 for _ in body.iter(W + "altChunk"))


def _targets(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """The last word of a relation's type -> the part of the package that a part names by it, the first of each."""
    folder, name = posixpath.split(part)
    root = _xml(archive, posixpath.join(folder, "_rels", f"{name}.rels"))
    found: dict[str, str] = {}
    for each in () if root is None else root.iterchildren(PACKAGE + "Relationship"):
        if each.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, each.get("Target") or "")).lstrip("/")
            found.setdefault(str(each.get("Type")).rpartition("/")[2], target)
    return found


def _xml(archive: zipfile.ZipFile, part: str | None) -> Any:
    """The root of a part; None where there is no such part."""
    from lxml import etree

    if part is None or part not in archive.namelist():
        return None
    size = archive.getinfo(part).file_size
    if size > MAX_PART:
        raise ValueError(f"{part} has {size // 1_000_000} MB, more than is safe to read")
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(archive.read(part).replace(STRICT, W[1:-1].encode()), parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a document type declaration")
    return root


def _check_archive(path: str, data: bytes) -> None:
    # SharePoint numbers the name.
    if not any(name.startswith("word/document") for name in packed.check(path, data, ".docx")):
        raise UnreadableFile(path, "is a zip file, not a Word document: it has no word/document.xml")


def _lines(parent: Any, word: _Word, joint: str = grid.BAR) -> Iterator[str]:
    """The lines of the paragraphs and tables under an element, in order; `joint` stands between the cells of a row."""
    label = before = ""
    behind = False
    for block in _blocks(parent):
        if block.tag == W + "tbl":
            yield from _table(block, word, joint)
            behind = True
            continue
        text, boxes = _text(block, word)
        mark = block.find(f"{W}pPr/{W}rPr")
        deleted = mark is not None and mark.find(W + "del") is not None
        hidden = mark is not None and bool(look_of(mark).hidden)
        if not deleted and (text or not hidden):
            label = label or _label(block, word)
        if deleted or hidden:
            before += text
        else:
            line = (label + before + text).rstrip() if label else before + text
            if line or not behind:  # a table needs a paragraph behind it, which is no empty line of the text
                yield line
            label = before = ""
            behind = False
        for box in boxes:
            yield from _lines(box, word, joint)
    if before:
        yield label + before


def _blocks(parent: Any) -> Iterator[Any]:
    """The paragraphs and tables under an element, in order; content controls and the like are opened."""
    for child in parent.iterchildren():
        if child.tag in (W + "p", W + "tbl"):
            yield child
        elif child.tag in OPENED:
            yield from _blocks(child)
        elif child.tag == MC + "AlternateContent":
            yield from _blocks(_chosen(child))


def _notes(word: _Word) -> Iterator[str]:
    """A line for each note, in the order in which the text names them; a note may name others."""
    for key in word.met:
        text = " ".join(" ".join(_lines(word.notes[key], word, " ")).split())
        if text:
            yield f"{word.marks[key]} {text}".strip()


# --- tables ---------------------------------------------------------------------------------------------------------


def _table(table: Any, word: _Word, joint: str) -> Iterator[str]:
    """A line a row; the lines of the cells where the table is only a frame around text."""
    rows = [list(_cells(row)) for row in _opened(table, "tr") if not _is_deleted(row, "trPr")]
    if all(len(row) < 2 for row in rows) or (len(rows) == 1 and any(_size(cell) > LONGEST_CELL for cell in rows[0])):
        for row in rows:
            for cell in row:
                yield from _lines(cell, word, joint)
        return
    yield from table_lines([_row(row, word) for row in rows], joint)


def _row(cells: list[Any], word: _Word) -> list[list[str]]:
    """The lines of each cell of a row, the places that a merged one spans empty; one that is the whole row is alone."""
    out: list[list[str]] = []
    for cell in cells:
        out.append(_cell(cell, word))
        span = cell.find(f"{W}tcPr/{W}gridSpan")
        if span is not None and len(cells) > 1:
            wide = str(span.get(W + "val"))
            out += [[] for _ in range(1, min(int(wide), MOST_COLUMNS) if wide.isdecimal() else 1)]
    return out


def table_lines(table: list[list[list[str]]], joint: str = grid.BAR) -> Iterator[str]:
    """A table, of whose rows each cell is a list of lines, as lines of text: a line a row; the lines of the cells where
    only one column holds any."""
    rows = _without_gaps(table)
    for cells in rows:
        if all(len(row) < 2 for row in rows):
            yield from (line for cell in cells for line in cell)
            continue
        texts = [grid.tidy(" ".join(cell)) for cell in cells]
        if any(texts):
            if joint != grid.BAR:
                yield joint.join(texts)
            else:
                yield grid.framed(texts[0]) if len(texts) == 1 else grid.line(texts)


def _without_gaps(rows: list[list[list[str]]]) -> list[list[list[str]]]:
    """The rows of a table without the columns that are empty in all of them, which only keep others apart."""
    if len(set(map(len, rows))) > 1:
        return rows
    filled = [any(any(line.strip() for line in cell) for cell in column) for column in zip(*rows, strict=True)]
    return [[cell for cell, is_filled in zip(row, filled, strict=True) if is_filled] for row in rows]


def _opened(parent: Any, name: str) -> Iterator[Any]:
    """The rows of a table or the cells of a row, also those in content controls."""
    for child in parent.iterchildren():
        if child.tag == W + name:
            yield child
        elif child.tag in OPENED:
            yield from _opened(child, name)


def _cells(row: Any) -> Iterator[Any]:
    """The cells of a row that are its own; one merged with the cell to its left is a part of that."""
    for cell in _opened(row, "tc"):
        merge = cell.find(f"{W}tcPr/{W}hMerge")
        if (merge is None or merge.get(W + "val", "continue") != "continue") and not _is_deleted(cell, "tcPr"):
            yield cell


def _is_deleted(part: Any, properties: str) -> bool:
    found = part.find(W + properties)
    return found is not None and any(found.find(W + name) is not None for name in ("del", "cellDel"))


def _size(cell: Any) -> int:
    return sum(len(text.text or "") for text in cell.iter(W + "t"))


def _cell(cell: Any, word: _Word) -> list[str]:
    """The lines of a cell, a row of a table in it as one; none where it only continues the cell above."""
    lines = list(_lines(cell, word, " "))
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    return [] if merge is not None and merge.get(W + "val", "continue") == "continue" else lines


# --- paragraphs -----------------------------------------------------------------------------------------------------


def _label(paragraph: Any, word: _Word) -> str:
    """The number of a paragraph with what separates it from the text; "" for one that stands in no list."""
    properties = paragraph.find(W + "pPr")
    style = _style(properties, word)
    name, level = list_of(properties)
    chain = word.styles.chain(style)
    if name is None:
        listed = next((each for each in chain if word.styles.known[each].list is not None), None)
        if listed is None:
            return ""
        name = word.styles.known[listed].list
        if level is None:
            level = word.numbering.level_of_style(str(name), chain)
        if level is None:
            level = word.styles.known[listed].level
    elif level is None:
        level = word.numbering.level_of_style(name, chain)
    return word.numbering.label(str(name), level or 0)


def _style(properties: Any, word: _Word) -> str | None:
    named = None if properties is None else value(properties, "pStyle")
    return named if named in word.styles.known else word.styles.default


def _text(element: Any, word: _Word) -> tuple[str, list[Any]]:
    """The text of a paragraph, and the text boxes that hang on it."""
    paragraph = _Paragraph(_style(element.find(W + "pPr"), word))
    _inline(element, paragraph, word)
    return pictured("".join(paragraph.pieces)), paragraph.boxes


def _inline(parent: Any, paragraph: _Paragraph, word: _Word) -> None:
    """The runs under an element: those of links, fields, insertions and the like too."""
    for child in parent.iterchildren():
        if child.tag == W + "r":
            _run(child, _look(child, paragraph.style, word), paragraph, word)
        elif child.tag == M + "t":
            paragraph.pieces.append(child.text or "")
        elif child.tag == MC + "AlternateContent":
            _inline(_chosen(child), paragraph, word)
        elif child.tag not in DROPPED:
            _inline(child, paragraph, word)


def _look(run: Any, style: str | None, word: _Word) -> Look:
    """The look of a run in a paragraph of a style."""
    properties = run.find(W + "rPr")
    named = None if properties is None else value(properties, "rStyle")
    return look_of(properties).over(word.styles.look(style, named))


def _run(run: Any, look: Look, paragraph: _Paragraph, word: _Word) -> None:
    for child in run.iterchildren():
        if child.tag == W + "fldChar":
            _field(str(child.get(W + "fldCharType")), paragraph.fields)
        elif look.hidden or any(paragraph.fields):
            continue
        elif child.tag in HOLDERS:
            paragraph.boxes += _boxes(child)
        elif child.tag == MC + "AlternateContent":
            _run(_chosen(child), look, paragraph, word)
        elif child.tag == W + "ruby":
            _inline(child, paragraph, word)
        else:
            if piece := _piece(child, look, paragraph, word):
                paragraph.pieces.append(piece)


def _piece(child: Any, look: Look, paragraph: _Paragraph, word: _Word) -> str:
    """What a part of a run shows."""
    name = child.tag.rpartition("}")[2] if child.tag.startswith(W) else ""
    font = look.font or ""
    if name in ("t", "softHyphen"):  # LibreOffice writes the letter of TCVN3 that has its code as a soft hyphen
        text = signs(child.text or "", font) if name == "t" else HYPHEN
        if LEGACY.match(font) and not text.isascii() and _is_coded(child.getparent(), word):
            text = decoded(text, word.book)
        # TCVN3 has no codes for most capitals with a tone mark: they cannot wait until the line is decoded.
        if look.capitals or LEGACY_CAPITALS.match(font):
            text = text.upper()
        # Behind a digit, a raised one would be read as a further digit of its number.
        behind = paragraph.pieces[-1][-1:] if paragraph.pieces else ""
        return text.translate(RAISED) if look.raised and behind.isdigit() else text
    if name == "sym":
        char = str(child.get(W + "char"))
        if not CODE.fullmatch(char):
            return ""
        code = int(char, 16)
        return signs(chr(code if code >= 0xF000 else 0xF000 + code), str(child.get(W + "font")))
    if name in ("footnoteReference", "endnoteReference"):
        key = (name.removesuffix("Reference"), str(child.get(W + "id")))
        if key not in word.notes:
            return ""
        if key not in word.marks:
            own = child.get(W + "customMarkFollows") in ("1", "true", "on")
            word.numbered += not own
            word.marks[key] = "" if own else f"[{word.numbered}]"
            word.met.append(key)
        return word.marks[key]
    return SIGNS.get(name, "")


def _is_coded(run: Any, word: _Word) -> bool:
    """Whether a run in a font of TCVN3 is in its codes; as most of the document's are, where it does not tell."""
    told = is_coded(_written(run), word.book)
    if told is not None:
        return told
    if word.is_coded is None:
        word.is_coded = sum(gain(text, word.book) for text in _in_old_fonts(word)) >= 0
    return word.is_coded


def _in_old_fonts(word: _Word) -> Iterator[str]:
    for paragraph in word.body.iter(W + "p"):
        style = _style(paragraph.find(W + "pPr"), word)
        for run in paragraph.iter(W + "r"):
            if LEGACY.match(_look(run, style, word).font or ""):
                yield _written(run)


def _written(run: Any) -> str:
    return "".join(HYPHEN if c.tag == W + "softHyphen" else c.text or "" for c in run.iter(W + "t", W + "softHyphen"))


def _field(kind: str, fields: list[bool]) -> None:
    if kind == "begin":
        fields.append(True)
    elif fields and kind == "separate":
        fields[-1] = False
    elif fields and kind == "end":
        fields.pop()


def _boxes(holder: Any) -> Iterator[Any]:
    """The text boxes of a drawing; a box in a box belongs to the text of that."""
    for child in holder.iterchildren():
        if child.tag == W + "txbxContent":
            yield child
        elif child.tag == MC + "AlternateContent":
            yield from _boxes(_chosen(child))
        else:
            yield from _boxes(child)


def _chosen(alternatives: Any) -> Any:
    """The first of several writings of the same thing that says something this reader knows."""
    choices = list(alternatives.iterchildren(MC + "Choice", MC + "Fallback"))
    known = (W + "t", W + "txbxContent", W + "sym", W + "p", W + "tbl")
    return next(
        (choice for choice in choices if next(choice.iter(*known), None) is not None),
        choices[0] if choices else alternatives,
    )
