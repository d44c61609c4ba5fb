"""Draw the README's pictures from the published snapshots: `python docs/pictures.py` writes docs/*.svg.

terminal.svg shows a real terminal: the commands run on a pseudo-terminal, in a project as a fresh clone has it (media
files are not committed), and their output is drawn. data.svg is drawn by DuckDB from v3's Parquet files. diagram.svg is
the entity diagram of v3's page. Nothing is typed by hand.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from html import escape
from io import StringIO
from pathlib import Path

import duckdb
from rich.console import Console
from rich.text import Text

from snap.store import Store
from snap_cli.page.drawing import drawing

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
V3 = ROOT / "snapshots" / "v3"
COLUMNS = 100
COMMANDS = (("list",), ("check", "v3"), ("restore", "v3"))

INK, FAINT, PAPER, WARM, COOL = "#24292f", "#6e7781", "#fffdf8", "#d1603d", "#3d7ea6"


def on_terminal(command: list[str], folder: Path) -> str:
    """Run a command in a folder, on a pseudo-terminal with COLUMNS columns. Return its output, colours included."""
    controller, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    process = subprocess.Popen(command, stdin=screen, stdout=screen, stderr=screen, cwd=folder, env=env)
    os.close(screen)
    written = b""
    while True:
        try:
            piece = os.read(controller, 65536)
        except OSError:  # Linux raises this when the other end is closed
            break
        if not piece:
            break
        written += piece
    process.wait()
    os.close(controller)
    return settle(written.decode())


def settle(text: str) -> str:
    """Return the text that stays on the screen, without the lines that a progress bar overwrote or removed."""
    lines = [""]
    for piece in re.split(r"(\x1b\[\d*A|\x1b\[2?K|\x1b\[\?\d+[hl]|\r\n|\n|\r)", text):
        if piece in {"\n", "\r\n"}:
            lines.append("")
        elif piece == "\r" or re.fullmatch(r"\x1b\[2?K", piece):
            lines[-1] = ""
        elif match := re.fullmatch(r"\x1b\[(\d*)A", piece):
            del lines[max(1, len(lines) - int(match[1] or 1)) :]
        elif not piece.startswith("\x1b[?"):
            lines[-1] += piece
    return "\n".join(lines)


def terminal() -> str:
    """Draw the commands of the README's first minute."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("manifests", "snapshots"):
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns(".*", "media"))
        for command in COMMANDS:
            console.print(Text.assemble(("$ ", "green"), ("snap " + " ".join(command), "bold")))
            shown = on_terminal([sys.executable, "-m", "snap", *command], Path(folder))
            console.print(Text.from_ansi(shown.rstrip("\n")))
            console.print()
    return console.export_svg(title="snap", clear=True, unique_id="terminal")


def query(sql: str) -> list[tuple]:
    for table in ("users", "recipes", "recipe_likes", "recipe_ratings"):
        sql = sql.replace(f"${table}", f"read_parquet('{V3 / table}/*.parquet')")
    return duckdb.sql(sql).fetchall()


def bars(values: list[float], labels: list[str], *, x: int, y: int, width: int, height: int, fill: str) -> str:
    step, top = width / len(values), max(values)
    drawn = []
    for i, value in enumerate(values):
        bar = height * value / top
        drawn.append(
            f'<rect x="{x + i * step:.1f}" y="{y + height - bar:.1f}" width="{max(step - 1, 0.8):.1f}"'
            f' height="{bar:.1f}" fill="{fill}"/>'
        )
        if labels[i]:
            drawn.append(
                f'<text x="{x + (i + 0.5) * step:.1f}" y="{y + height + 14}" text-anchor="middle" class="s">'
                f"{escape(labels[i])}</text>"
            )
    return "".join(drawn)


def data() -> str:
    """Draw the data: three distributions and a few rows."""
    likes = [row[0] for row in query("SELECT likes_count FROM $recipes WHERE status = 'published' ORDER BY 1 DESC")]
    share = sum(likes[: len(likes) // 10]) / sum(likes)
    weekday = query("""
        SELECT dayname(created_at) AS day, count(*)
        FROM $recipe_likes GROUP BY 1, isodow(created_at) ORDER BY isodow(created_at)
    """)
    stars = query("SELECT rating, count(*) FROM $recipe_ratings GROUP BY 1 ORDER BY 1")
    rows = query("""
        SELECT r.title, u.display_name, u.location, r.likes_count, r.rating_average,
               replace(array_to_string(r.dietary_tags[1:2], ', '), '_', '-')
        FROM $recipes r JOIN $users u ON u.id = r.author_id
        WHERE r.status = 'published' AND r.rating_average IS NOT NULL AND len(r.dietary_tags) > 0
        QUALIFY row_number() OVER (PARTITION BY u.region ORDER BY r.likes_count DESC) = 1
        ORDER BY r.likes_count DESC LIMIT 6
    """)
    style = f"text{{fill:{INK};font-size:13px}}.s{{fill:{FAINT};font-size:11px}}.h{{font-weight:600}}"
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 430" font-family="ui-sans-serif, sans-serif">',
        f'<style>{style}</style><rect width="960" height="430" rx="10" fill="{PAPER}"/>',
        caption(30, "Likes per published recipe", f"the top tenth holds {share:.0%} of {sum(likes):,}"),
        bars(likes, [""] * len(likes), x=30, y=64, width=400, height=110, fill=WARM),
        caption(480, "Likes by weekday", "in UTC; people cook on weekends"),
        bars([n for _, n in weekday], [d[:2] for d, _ in weekday], x=480, y=64, width=190, height=110, fill=COOL),
        caption(720, "Stars", f"J-shaped: {sum(n for _, n in stars):,} ratings"),
        bars([n for _, n in stars], [f"{s} ★" for s, _ in stars], x=720, y=64, width=210, height=110, fill=COOL),
    ]
    heads = ("Recipe", "Author", "From", "Likes", "Rating", "Fits")
    at = (30, 335, 485, 675, 722, 775)
    parts += [f'<text x="{x}" y="230" class="s">{head}</text>' for x, head in zip(at, heads, strict=True)]
    for i, row in enumerate(rows):
        y = 256 + 28 * i
        parts.append(f'<line x1="30" x2="930" y1="{y - 18}" y2="{y - 18}" stroke="{FAINT}" stroke-opacity=".25"/>')
        parts += [
            f'<text x="{x}" y="{y}">{escape(clip(str(value), 40 if j == 0 else 24))}</text>'
            for j, (x, value) in enumerate(zip(at, row, strict=True))
        ]
    return "\n".join([*parts, "</svg>", ""])


def diagram() -> str:
    """Draw the tables of v3, as `snap show v3 --html` does, in colours of its own."""
    drawn = drawing([data.table for data in Store(ROOT).resolve("v3").manifest.tables])
    style = (
        f"text{{font:12px ui-monospace,monospace;fill:{INK}}}.name{{font-weight:700}}.mark{{fill:{FAINT}}}"
        f"path{{fill:none;stroke:{COOL};stroke-width:1.25}}path.optional{{stroke-dasharray:5 3}}"
        f"rect.box{{fill:#fff;stroke:{FAINT}}}path.rule{{stroke:{FAINT}}}"
    )
    x, y, width, height = re.findall(r"-?\d+", re.findall('viewBox="(.*?)"', drawn)[0])
    paper = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="10" fill="{PAPER}"/>'
    head, body = re.sub(r"</?a\b[^>]*>", "", drawn).split("\n", 1)
    head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"')
    return f"{head}<style>{style}</style>{paper}\n{body}\n"


def caption(x: int, head: str, text: str) -> str:
    return f'<text x="{x}" y="34" class="h">{head}</text><text x="{x}" y="52" class="s">{text}</text>'


def clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def main() -> None:
    (DOCS / "data.svg").write_text(data(), encoding="utf-8")
    (DOCS / "diagram.svg").write_text(diagram(), encoding="utf-8")
    (DOCS / "terminal.svg").write_text(terminal(), encoding="utf-8")


if __name__ == "__main__":
    main()
