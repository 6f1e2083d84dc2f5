"""Draws ``board.svg``, the picture in README: the end of a demo of the whole group, as its terminal shows it.

    python docs/draw_board.py

Plays the demo (two to three minutes), keeps the group's board and those of the first clinics, and loads no font from anywhere.
"""

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

KEPT = 3  # boards: the group's and two clinics'
FONT = "ui-monospace, DejaVu Sans Mono, monospace"


def play() -> list[str]:
    """The boards that a demo of everybody ends with, in colour."""
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "NOTIFIER_HOME": home, "NOTIFIER_LANG": "fr", "FORCE_COLOR": "1", "TERM": "xterm-256color"}
        command = [sys.executable, "-c", "from notifier.cli import main; main()", "demo", "--once"]
        told = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
    return re.split(r"\n[ \t]*\n", told)


def draw(boards: list[str]) -> str:
    """The SVG."""
    legend = boards[-1].split("Personne")[0].rstrip()
    lines = [Text.from_ansi(line.rstrip()) for line in "\n\n".join([*boards[:KEPT], legend]).splitlines()]
    console = Console(record=True, width=max(line.cell_len for line in lines) + 1, file=io.StringIO())
    for line in lines:
        console.print(line)
    form = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    form = form.replace("Fira Code, monospace", FONT).replace("<!-- Generated with Rich https://www.textualize.io -->", "")
    return console.export_svg(title="notifier demo", code_format=form, unique_id="board")


if __name__ == "__main__":
    target = Path(__file__).parent / "board.svg"
    target.write_text(draw(play()), encoding="utf-8")
    print(target)
