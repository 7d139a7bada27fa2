"""Draw docs/terminal.svg, the picture in the README: `python docs/terminal.py` after a change of what is shown."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = Path(__file__).with_name("terminal.svg")
WIDTH = 80
# Each command with how many lines of its output are shown.
SESSION = (
    ("muctieu ingest corpus", 2),
    ('muctieu list --targets --province "nghe an" --search "ky nang so"', 14),
    ('muctieu search "bao cao" --class deadlines --province "nghe an"', 8),
)


def screen(folder: Path) -> Text:
    """What the session prints on a colour terminal, in a folder with a database of its own."""
    seen = Text()
    for command, most in SESSION:
        done = subprocess.run(
            [sys.executable, "-c", "from extractor.cli import main; main()", *_words(command)],
            cwd=ROOT,
            env={**os.environ, "MUCTIEU_DB": str(folder / "muctieu.db"), "COLUMNS": str(WIDTH), "FORCE_COLOR": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        lines = done.stdout.rstrip("\n").split("\n")
        seen.append("$ ", style="bold").append(f"{command}\n")
        seen.append(Text.from_ansi("\n".join(lines[:most]))).append("\n")
        if len(lines) > most:
            seen.append("…\n", style="dim")
    return seen


def _words(command: str) -> list[str]:
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', command)][1:]


def draw() -> str:
    """The picture as SVG, without the fonts that rich would load from a server."""
    with tempfile.TemporaryDirectory() as folder:
        seen = screen(Path(folder))
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere)
        console.print(seen, soft_wrap=True)
        svg = console.export_svg(title="muctieu", theme=MONOKAI, unique_id="muctieu")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
