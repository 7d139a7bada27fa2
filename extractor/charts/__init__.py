"""Pictures of a comparison: dots on a scale for an indicator, a map of colours for many.

    dot_plot(matrix, line_id, Path("kns.svg"), "svg")
    heat_map(matrix, Path("programme.png"), "png")

The same matrix gives the same bytes.  matplotlib is the pencil only: everything is laid out here in points, by the
measured width of each text, so that nothing overlaps however many provinces, values and years there are.  Text of a
document is cleaned, and never taken for markup or mathematics.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from extractor.compare import Line, Matrix
from extractor.errors import MuctieuError
from extractor.messages import say
from extractor.rulebook import Rulebook, load

from .dots import paint_dots
from .heat import Map
from .sheet import FORMS, sheet_for

DOTS, HEAT = "dots", "heat"
PICTURES = (DOTS, HEAT)
PANELS, HEADINGS = 6, 14  # at most: panels of dots, indicators of a map


def draw(matrix: Matrix, out: Path | BinaryIO, form: str, kind: str, *, book: Rulebook | None = None) -> None:
    """The picture `kind` of a matrix, one of PICTURES: dots have a panel for each of the first six indicators.

    Raises MuctieuError where matplotlib is not installed or there is no indicator, and ValueError for another form or
    kind.
    """
    if kind not in PICTURES:
        raise ValueError(kind)
    if kind == HEAT:
        heat_map(matrix, out, form, book=book)
    else:
        paint_dots(matrix, _some(matrix)[:PANELS], out, form, book or load())


def dot_plot(matrix: Matrix, line_id: str, out: Path | BinaryIO, form: str, *, book: Rulebook | None = None) -> None:
    """One indicator: a row for each province, sorted by value, its targets as dots on a scale, the national one as a
    line.

    out   a path or a binary stream
    form  one of FORMS
    book  the rules that name programmes and scale units; None: those of the package

    Filled dots are of the year asked for, else of the year that most provinces set; values that another unit or
    measure keeps from the scale stand beside it.  Raises KeyError for an unknown indicator, else as `draw`.
    """
    lines = [each for each in matrix.lines if each.id == line_id]
    if not lines:
        raise KeyError(line_id)
    paint_dots(matrix, lines, out, form, book or load())


def heat_map(matrix: Matrix, out: Path | BinaryIO, form: str, *, book: Rulebook | None = None) -> None:
    """Provinces by indicators, the first fourteen: a cell has the colour of its verdict and its value as text.

    Raises as `draw` does.
    """
    with sheet_for(form) as sheet:
        Map(sheet, matrix, _some(matrix)[:HEADINGS], book or load()).paint()
        sheet.write(out, form)


def _some(matrix: Matrix) -> tuple[Line, ...]:
    if not matrix.lines:
        raise MuctieuError(say("compare.nothing"))
    return matrix.lines


__all__ = ["FORMS", "PICTURES", "dot_plot", "draw", "heat_map"]
