#!/usr/bin/env python3
"""Draws docs/img/demo.svg: what `tiro demo --scripted` shows on a terminal.

Runs the binary named by the first argument on a pseudo-terminal, leaves out
what says little (as the README tells), and writes the rest as SVG to standard
output. `make picture` calls it. Nothing but the Python standard library.
"""

import os
import pty
import re
import subprocess
import sys
import textwrap
from html import escape

COLUMNS = 96
FONT_SIZE = 13
CHARACTER = 7.83  # the advance of a monospaced font of that size
LINE = 18
MARGIN = 18
TITLE = 34

COLOURS = {"31": "#f47067", "32": "#7ee787", "33": "#e3b341"}
STYLES = {"1": 'font-weight="bold"', "2": 'fill="#8b949e"'}

# Of the output of a command only what tells something; everything else stays.
TELLING = re.compile(r"test result:|assertion|  left:|  right:|^  │ ---- |cannot create")


def run(program):
    """The bytes that the demo writes to a terminal, and no model but its own."""
    leader, follower = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    process = subprocess.Popen([program, "demo", "--scripted"], stdout=follower, env=environment)
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # Linux says so at the end
            break
        if not piece:
            break
        shown += piece
    if process.wait() != 0:
        sys.exit(f"the demo failed:\n{shown.decode()}")
    return shown.decode().replace("\r\n", "\n")


def told(text):
    """The lines to show as (style code, text), without what differs from run to run."""
    text = re.sub(r"/tmp/tiro-demo-\w+|\S*/T/tiro-demo-\w+", "/tmp/tiro-demo", text)
    text = re.sub(r"; finished in [\d.]+s", "", text)
    lines = []
    in_diff = False
    for line in text.split("\n"):
        match = re.fullmatch(r"\x1b\[(\d+)m(.*)\x1b\[0m", line)
        code, words = match.groups() if match else ("", line)
        if words.startswith("  edit "):
            in_diff = True
        elif not words.startswith("  │"):
            in_diff = False
        if words.startswith("  · model ") or words.startswith("» asked:"):
            continue
        if words.startswith("  │") and not in_diff and not TELLING.search(words):
            continue
        if lines and not words and not lines[-1][1]:
            continue
        lines.append((code, words))
    while lines and not lines[-1][1]:
        lines.pop()
    return lines


def wrapped(lines):
    for code, words in lines:
        indent = re.match(r"\s*(?:[»·⊘✓✗│└$] )?\s*", words).group()
        bar = "  │ " if words.startswith("  │") else " " * len(indent)
        parts = textwrap.wrap(
            words, COLUMNS, subsequent_indent=bar, drop_whitespace=True, break_long_words=True
        )
        # A short line keeps its spaces: it may be code.
        yield from ((code, part) for part in ([words] if len(words) <= COLUMNS else parts))


def picture(lines):
    width = round(2 * MARGIN + COLUMNS * CHARACTER)
    height = TITLE + MARGIN + LINE * len(lines)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="make demo in a terminal">'
    )
    yield f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>'
    for place, colour in enumerate(("#f47067", "#e3b341", "#57ab5a")):
        yield f'<circle cx="{MARGIN + 4 + 18 * place}" cy="17" r="5.5" fill="{colour}"/>'
    yield (
        f'<text x="{width // 2}" y="21" fill="#8b949e" font-size="12" text-anchor="middle" '
        'font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace">make demo</text>'
    )
    yield (
        f'<g fill="#e6edf3" font-size="{FONT_SIZE}" xml:space="preserve" '
        'font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace">'
    )
    for number, (code, words) in enumerate(lines):
        if not words:
            continue
        style = STYLES.get(code) or (f'fill="{COLOURS[code]}"' if code in COLOURS else "")
        # Fonts differ in width; the columns must not.
        length = round(len(words) * CHARACTER, 1)
        yield (
            f'<text x="{MARGIN}" y="{TITLE + LINE * (number + 1) - 5}" textLength="{length}" '
            f'lengthAdjust="spacingAndGlyphs" {style}>{escape(words)}</text>'
        )
    yield "</g>"
    yield "</svg>"


if __name__ == "__main__":
    print("\n".join(picture(list(wrapped(told(run(sys.argv[1])))))))
