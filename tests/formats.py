"""The same document in other formats: Word files made from plain text, and what LibreOffice makes of them; and how far
the targets found in two of them agree.

    text = canonical_text(path)
    found = extract("plan.pdf", data=through_office({"plan": word_of(text)}, "pdf")["plan"])
    assert f1(targets_of(extract_text(text)), targets_of(found)) >= 0.97
"""

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from extractor import programs, readers
from extractor.model import Extraction
from extractor.rulebook import load
from extractor.text import canonical

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
TEXTS = sorted(CORPUS.glob("*.txt"))

NARROW = 6  # columns that have no room on an upright page

Block = str | list[list[str]]


def canonical_text(path: Path) -> str:
    """A text with a paragraph a line."""
    book = load()
    return canonical(readers.read(str(path), None, book), book).text


def blocks_of(text: str) -> Iterator[Block]:
    """The paragraphs of a text, and its tables as rows of cells."""
    rows: list[list[str]] = []
    for line in text.split("\n"):
        if " | " in line or line.startswith("|"):
            cells = line.removeprefix("|").removesuffix("|").split("|")
            rows.append([cell.strip() for cell in cells])
            continue
        if rows:
            yield rows
            rows = []
        if line.strip():
            yield line
    if rows:
        yield rows


def word_of(text: str, numbered: bool = True, font: str = "Times New Roman") -> bytes:
    """A Word file as offices write them: justified paragraphs with an indented first line, tables with ruled lines but
    for the head of the document, and the number of the page above each page."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Cm, Pt

    document = Document()
    style = document.styles["Normal"].font
    style.name, style.size = font, Pt(13)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin, section.top_margin, section.bottom_margin = Cm(3), Cm(1.5), Cm(2), Cm(2)
    if numbered:
        run = section.header.paragraphs[0].add_run()
        section.header.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
        field = OxmlElement("w:fldSimple")
        field.set("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}instr", "PAGE")
        run._r.addnext(field)
    if any(isinstance(block, list) and max(map(len, block)) > NARROW for block in blocks_of(text)):
        section.page_width, section.page_height = section.page_height, section.page_width
    for block in blocks_of(text):
        if isinstance(block, str):
            paragraph = document.add_paragraph(block)
            if block.isupper():
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            else:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
                paragraph.paragraph_format.first_line_indent = Cm(1.27)
            paragraph.paragraph_format.space_after = Pt(6)
            continue
        head = any(word in cell for row in block for cell in row for word in ("CỘNG HÒA", "Nơi nhận"))
        table = document.add_table(rows=0, cols=max(map(len, block)))
        if not head:
            table.style = "Table Grid"
        for row in block:
            for cell, words in zip(table.add_row().cells, row, strict=False):
                cell.text = words
                if len(table.columns) > NARROW:
                    for run in cell.paragraphs[0].runs:
                        run.font.size = Pt(8)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def page_of(text: str) -> bytes:
    """A web page of a text: paragraphs, and tables with a border."""
    parts = []
    for block in blocks_of(text):
        if isinstance(block, str):
            parts.append(f"<p>{escape(block)}</p>")
        else:
            rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in block)
            parts.append(f"<table border=1>{rows}</table>")
    return f"<!doctype html><html><meta charset=utf-8><title>-</title><body>{''.join(parts)}</body></html>".encode()


def through_office(files: Mapping[str, bytes], form: str, folder: Path) -> dict[str, bytes]:
    """Word files in another format, by LibreOffice; names without suffix."""
    for name, data in files.items():
        (folder / f"{name}.docx").write_bytes(data)
    names = [f"{name}.docx" for name in files]
    arguments = ["--headless", "--convert-to", form, "--outdir", str(folder), *names]
    programs.run("soffice", arguments, path="-", folder=folder, seconds=600)
    suffix = form.partition(":")[0]
    return {name: (folder / f"{name}.{suffix}").read_bytes() for name in files}


def targets_of(extraction: Extraction) -> Counter[tuple[Any, ...]]:
    """Value, unit, period and indicator of each target."""
    return Counter(
        (t.low, t.high, t.comparator, t.unit, t.per, t.from_, t.to, " ".join((t.indicator or "").lower().split()))
        for t in extraction.targets
    )


def f1(wanted: Counter[tuple[Any, ...]], found: Counter[tuple[Any, ...]]) -> float:
    """How far what is found agrees with what is wanted; 1 where both are empty."""
    total = wanted.total() + found.total()
    return 2 * (wanted & found).total() / total if total else 1.0


def together(scores: Sequence[tuple[Counter[tuple[Any, ...]], Counter[tuple[Any, ...]]]]) -> float:
    """F1 over several documents."""
    hits = sum((wanted & found).total() for wanted, found in scores)
    total = sum(wanted.total() + found.total() for wanted, found in scores)
    return 2 * hits / total if total else 1.0


def error_rate(wanted: str, found: str) -> float:
    """Characters that are wrong, missing or too many, as a share of those wanted; white space as single spaces."""
    from rapidfuzz.distance import Levenshtein

    one, other = " ".join(wanted.split()), " ".join(found.split())
    return float(Levenshtein.distance(one, other)) / max(1, len(one))
