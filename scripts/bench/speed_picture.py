#!/usr/bin/env python3
"""Draws the first table of docs/performance.md as bars: docs/speed.svg.

    scripts/bench/speed_picture.py [--check]

--check draws nothing, and ends with 1 if the picture does not show the table."""
import html
import pathlib
import sys

docs = pathlib.Path(__file__).resolve().parents[2] / "docs"
WIDTH, LEFT, BAR, GAP = 760, 88, 17, 14
PANEL = WIDTH // 2 - LEFT - 70  # pixels of the longest bar


def first_table(text):
    """Rows of (weights, prompt, llama.cpp's, one by one, llama.cpp's)."""
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("| weights | prompt |"))
    rows = []
    for line in lines[at + 2:]:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        rows.append([cells[0]] + [float(cells[i]) for i in (1, 2, 4, 5)])
    return rows


def text(x, y, words, more=""):
    return f'<text x="{x:g}" y="{y:g}"{more}>{html.escape(words)}</text>'


def panel(x, title, rows):
    """Bars of (weights, ours, theirs) below one another."""
    longest = max(max(ours, theirs) for _, ours, theirs in rows)
    out = [text(x, 62, title, ' class="title"')]
    y = 78
    for name, ours, theirs in rows:
        out.append(text(x + LEFT - 10, y + BAR + 5, name, ' text-anchor="end"'))
        for value, kind in ((ours, "quire"), (theirs, "other")):
            length = PANEL * value / longest
            out.append(f'<rect class="{kind}" x="{x + LEFT:g}" y="{y}" width="{length:.1f}" '
                       f'height="{BAR}"/>')
            out.append(text(x + LEFT + length + 6, y + BAR - 4, f"{value:g}"))
            y += BAR + 1
        y += GAP
    return out, y


def draw(rows):
    left, bottom = panel(8, "Reading a prompt of 512 tokens",
                         [(row[0], row[1], row[2]) for row in rows])
    right, _ = panel(WIDTH // 2 + 8, "Writing one token at a time",
                     [(row[0], row[3], row[4]) for row in rows])
    height = bottom + 26
    head = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"
  width="{WIDTH}" height="{height}" role="img"
  aria-label="Tokens per second of Quire and llama.cpp">
<!-- drawn by scripts/bench/speed_picture.py -->
<style>
text {{ font: 13px "DejaVu Sans", Verdana, sans-serif; fill: #24292f }}
.title {{ font-weight: bold }}
.small {{ font-size: 11px; fill: #57606a }}
.quire {{ fill: #1f6f8b }}
.other {{ fill: #b9c4cb }}
</style>
<rect width="{WIDTH}" height="{height}" rx="6" fill="#ffffff"/>"""
    legend = [
        text(16, 30, "Tokens per second, longer is faster", ' class="title"'),
        f'<rect class="quire" x="{WIDTH - 200}" y="18" width="14" height="14"/>',
        text(WIDTH - 181, 30, "Quire"),
        f'<rect class="other" x="{WIDTH - 112}" y="18" width="14" height="14"/>',
        text(WIDTH - 93, 30, "llama.cpp"),
        text(16, height - 12, "Shape of Llama 3.2 1B, the same quantized weights, two threads of "
             "an AMD EPYC (Zen 5), medians of five turns.", ' class="small"'),
    ]
    return "\n".join([head, *legend, *left, *right, "</svg>"]) + "\n"


picture = docs / "speed.svg"
drawn = draw(first_table((docs / "performance.md").read_text()))
if sys.argv[1:] == ["--check"]:
    if not picture.exists() or picture.read_text() != drawn:
        sys.exit(f"{picture} does not show docs/performance.md; scripts/bench/speed_picture.py "
                 "draws it")
    print(f"{picture.name} shows the table")
elif sys.argv[1:]:
    sys.exit(__doc__)
else:
    picture.write_text(drawn)
