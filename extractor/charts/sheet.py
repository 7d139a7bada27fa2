"""A sheet to draw on in points, with matplotlib as the pencil: lines, boxes, markers, and texts of known width."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from extractor.errors import MuctieuError
from extractor.messages import say
from extractor.safe import clean

if TYPE_CHECKING:
    from matplotlib.artist import Artist

FORMS = ("png", "svg")
INK = "#1f1f1f"
DENSITY, MOST_PIXELS = 144, 30_000
NO_LETTERS = re.compile("[\ufffe\uffff]")  # what XML does not take, beside what `clean` has made harmless


def drawn(text: str) -> str:
    """A text without what steers a reader, or what an SVG cannot hold."""
    return NO_LETTERS.sub("\ufffd", clean(text))


@contextmanager
def sheet_for(form: str) -> Iterator[Sheet]:
    """A sheet, with settings of matplotlib that are the same on every machine."""
    if form not in FORMS:
        raise ValueError(form)
    try:
        import matplotlib
    except ImportError as error:
        raise MuctieuError(say("chart.no_matplotlib")) from error
    kept: dict[Any, Any] = {
        name: given
        for name, given in matplotlib.rcParamsDefault.items()
        if name.startswith(
            ("axes.", "figure.", "font.", "hatch.", "lines.", "patch.", "path.", "savefig.", "svg.", "text.")
        )
    }
    ours: dict[Any, Any] = {
        "font.family": ["sans-serif"],
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
        "hatch.linewidth": 0.6,
        "svg.fonttype": "none",
        "svg.hashsalt": "muctieu",
        "text.parse_math": False,
        "text.usetex": False,
    }
    with matplotlib.rc_context(kept | ours), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # letters that the font has not: they show as boxes
        yield Sheet()


class Sheet:
    """A picture in the making, in points from its top left corner; what is drawn later lies on top."""

    def __init__(self) -> None:
        from matplotlib.backends.backend_agg import RendererAgg
        from matplotlib.figure import Figure
        from matplotlib.font_manager import FontProperties

        self._figure = Figure(figsize=(1, 1), dpi=72, facecolor="white")
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        ruler: Any = RendererAgg
        self._ruler = ruler(8, 8, 72 * 8)
        self._fonts = {bold: FontProperties(weight="bold" if bold else "normal") for bold in (False, True)}
        self._widths: dict[tuple[str, bool], float] = {}
        self._drawn = 0
        self.title = ""
        self.size = (0.0, 0.0)

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """How wide a text on one line is."""
        key = (text, bold)
        if key not in self._widths:
            font = self._fonts[bold]
            font.set_size(10)
            self._widths[key] = self._ruler.get_text_width_height_descent(text, font, False)[0] / 80
        return self._widths[key] * size

    def wrap(self, text: str, width: float, size: float, bold: bool = False, most: int = 99) -> list[str]:
        """A text as lines of at most `width`, the last of `most` cut with "…"."""
        lines = [""]
        for word in text.split(" "):
            joined = f"{lines[-1]} {word}" if lines[-1] else word
            if self.width(joined, size, bold) <= width:
                lines[-1] = joined
                continue
            if lines[-1]:
                lines.append("")
            while self.width(word, size, bold) > width and len(word) > 1:
                at = next((n for n in range(len(word) - 1, 1, -1) if self.width(word[:n], size, bold) <= width), 1)
                lines[-1] = word[:at]
                lines.append("")
                word = word[at:]
            lines[-1] = word
        return (
            lines if len(lines) <= most else [*lines[: most - 1], self.cut(f"{lines[most - 1]} …", width, size, bold)]
        )

    def cut(self, text: str, width: float, size: float, bold: bool = False) -> str:
        """A text on one line, cut with "…" to `width`."""
        if self.width(text, size, bold) <= width:
            return text
        kept = text.rstrip(" …")
        while kept and self.width(f"{kept}…", size, bold) > width:
            kept = kept[:-1].rstrip()
        return f"{kept}…"

    def text(
        self, x: float, y: float, text: str, size: float, colour: str = INK, *,
        bold: bool = False, align: str = "left", back: str | None = None,
    ) -> None:  # fmt: skip
        """A text on one line whose middle is at the height y; `back` is the colour of a box behind it."""
        from matplotlib.text import Text

        text = drawn(text)
        if back:
            width = self.width(text, size, bold)
            left = x - {"left": 0.0, "center": width / 2, "right": width}[align]
            self.box(left - 1, y - size * 0.62, width + 2, size * 1.24, back)
        weight = "bold" if bold else "normal"
        self._add(
            Text(x, y + size * 0.36, text, color=colour, fontsize=size, fontweight=weight, ha=align, va="baseline")
        )

    def box(
        self, x: float, y: float, width: float, height: float, colour: str, *,
        edge: str | None = None, hatch: str | None = None, thick: float = 0.6,
    ) -> None:  # fmt: skip
        """A rectangle, from its top left corner."""
        from matplotlib.patches import Rectangle

        thick = thick if edge and not hatch else 0.0
        self._add(Rectangle((x, y), width, height, fc=colour, ec=edge or "none", hatch=hatch, lw=thick))

    def line(
        self, x: float, y: float, to_x: float, to_y: float, colour: str, width: float = 0.6, *, dashed: bool = False
    ) -> None:
        """A straight line."""
        from matplotlib.lines import Line2D

        style: Any = (0, (4, 2.5)) if dashed else "solid"
        self._add(Line2D([x, to_x], [y, to_y], color=colour, lw=width, ls=style, solid_capstyle="butt"))

    def mark(self, x: float, y: float, shape: str, size: float, face: str, edge: str, thick: float = 0.8) -> None:
        """A marker of matplotlib around a point."""
        from matplotlib.lines import Line2D

        self._add(Line2D([x], [y], ls="none", marker=shape, ms=size, mfc=face, mec=edge, mew=thick))

    def write(self, out: Path | BinaryIO, form: str) -> None:
        """The picture, as bytes that hold no time and no name of a program."""
        width, height = self.size
        self._figure.set_size_inches(width / 72, height / 72)
        self._axes.set_xlim(0, width)
        self._axes.set_ylim(height, 0)
        dense = min(DENSITY, 72 * MOST_PIXELS / max(width, height)) if form == "png" else 72
        told: dict[str, Any] = {"Software": None} if form == "png" else {"Date": None, "Creator": None}
        data = io.BytesIO()
        self._figure.savefig(
            data, format=form, dpi=dense, facecolor="white", metadata={**told, "Title": drawn(self.title)}
        )
        if isinstance(out, Path):
            out.write_bytes(data.getvalue())
        else:
            out.write(data.getvalue())

    def _add(self, artist: Artist) -> None:
        self._drawn += 1
        artist.set_zorder(self._drawn)
        self._axes.add_artist(artist)
        artist.set_clip_on(False)
