"""The straight lines drawn on a page of a PDF file, of which tables are ruled."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any

from . import ruled

# Table finding looks at each object of a page; a map or a drawing has this many and no table that text comes from.
MAX_OBJECTS = 20_000
MAX_POINTS = 400  # of a path that is no drawing
MAX_DEPTH = 3  # of forms inside each other
PATH, FORM = 2, 5  # FPDF_PAGEOBJ_
THIN = 3.0  # points: a path this thin is a line
SHORT = 4.0  # points: a shorter line rules nothing
WHITE = 250  # of 255: what is lighter is white

Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]


def edges(page: Any, turned: Any) -> list[ruled.Edge]:
    """The straight upright and level lines drawn on a page, as it is read."""
    from pypdfium2 import raw

    if raw.FPDFPage_CountObjects(page) > MAX_OBJECTS:
        return []
    out: list[ruled.Edge] = []
    for item, chain in _paths(page, raw):
        for box in _strokes(item, raw):
            out.append(turned(_through(box, chain)))
            if len(out) > ruled.MAX_EDGES:
                return []
    return out


def _paths(page: Any, raw: Any) -> Iterator[tuple[Any, Sequence[Matrix]]]:
    """The paths of a page and of the forms in it, with the matrices of the forms from the inmost out."""
    budget = MAX_OBJECTS

    def walk(holder: Any, count: Any, get: Any, chain: tuple[Matrix, ...]) -> Iterator[tuple[Any, Sequence[Matrix]]]:
        nonlocal budget
        size = count(holder)
        budget -= size
        if budget < 0:
            return
        kind_of = raw.FPDFPageObj_GetType
        for index in range(size):
            item = get(holder, index)
            kind = kind_of(item)
            if kind == PATH:
                yield item, chain
            elif kind == FORM and len(chain) < MAX_DEPTH:
                matrix = raw.FS_MATRIX()
                if raw.FPDFPageObj_GetMatrix(item, matrix):
                    here = (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)
                    yield from walk(item, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, (here, *chain))

    yield from walk(page, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, ())


def _strokes(item: Any, raw: Any) -> Iterator[Box]:
    """The straight upright and level lines of a path: of one that is thin itself, else of its segments."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return
    box = (left.value, bottom.value, right.value, top.value)
    wide, high = box[2] - box[0], box[3] - box[1]
    if max(wide, high) < SHORT or not _is_seen(item, raw):
        return
    if min(wide, high) < THIN:
        yield box
        return
    count = raw.FPDFPath_CountSegments(item)
    if not 2 <= count <= MAX_POINTS:
        return
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    begun = last = None
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            begun = point
        elif kind == raw.FPDF_SEGMENT_LINETO and last is not None:
            yield from _straight(last, point)
        if raw.FPDFPathSegment_GetClose(segment) and begun is not None:
            yield from _straight(point, begun)
        last = point


def _straight(one: tuple[float, float], other: tuple[float, float]) -> Iterator[Box]:
    wide, high = abs(one[0] - other[0]), abs(one[1] - other[1])
    if max(wide, high) >= SHORT and min(wide, high) < 1.0:
        yield min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])


def _is_seen(item: Any, raw: Any) -> bool:
    """Whether a path is drawn, in another colour than white."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(item, fill, stroke):
        return False
    for drawn, colour in ((fill, raw.FPDFPageObj_GetFillColor), (stroke, raw.FPDFPageObj_GetStrokeColor)):
        if drawn.value:
            red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
            if not colour(item, red, green, blue, alpha):
                return True
            if alpha.value and min(red.value, green.value, blue.value) < WHITE:
                return True
    return False


def _through(box: Box, chain: Sequence[Matrix]) -> Box:
    for a, b, c, d, e, f in chain:
        xs = [a * x + c * y + e for x in (box[0], box[2]) for y in (box[1], box[3])]
        ys = [b * x + d * y + f for x in (box[0], box[2]) for y in (box[1], box[3])]
        box = (min(xs), min(ys), max(xs), max(ys))
    return box
