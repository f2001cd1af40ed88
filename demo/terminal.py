"""What a terminal shows, as SVG in the style of docs/img/demo.svg.

The text is that of `tmux capture-pane -e`: lines with the escape sequences for
colours and styles, each of which holds until the next one changes it.
"""

import re
from html import escape
from unicodedata import east_asian_width

FONT_SIZE = 13
CHARACTER = 7.83  # the advance of a monospaced font of that size
LINE = 18
MARGIN = 18
TITLE = 34
FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
FOREGROUND, BACKGROUND = "#e6edf3", "#0d1117"

SIXTEEN = (
    "#484f58 #f47067 #7ee787 #e3b341 #79c0ff #d2a8ff #76e3ea #c9d1d9 "
    "#8b949e #ff938a #a2f5a9 #f2cc60 #a5d6ff #e2c5ff #b3f0ff #ffffff"
).split()


def of_256(number):
    """A colour of the palette of 256."""
    if number < 16:
        return SIXTEEN[number]
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    steps = (0, 95, 135, 175, 215, 255)
    number -= 16
    return "#%02x%02x%02x" % (steps[number // 36], steps[number // 6 % 6], steps[number % 6])


def styled(style, codes):
    """The style after a sequence of codes; a style is a dictionary."""
    codes = [int(code or 0) for code in re.split("[;:]", codes)]
    style = dict(style)
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = {}
        elif code in (1, 3, 4, 7):
            style[code] = True
        elif code in (22, 23, 24, 27):
            style.pop({22: 1, 23: 3, 24: 4, 27: 7}[code], None)
        elif code in (38, 48) and codes:
            kind = codes.pop(0)
            if kind == 5 and codes:
                style[code] = of_256(codes.pop(0))
            elif kind == 2 and len(codes) >= 3:
                style[code] = "#%02x%02x%02x" % tuple(codes[:3])
                del codes[:3]
        elif code in (39, 49):
            style.pop(code - 1, None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            style[38] = SIXTEEN[code - 30 if code < 90 else code - 82]
        elif 40 <= code <= 47 or 100 <= code <= 107:
            style[48] = SIXTEEN[code - 40 if code < 100 else code - 92]
    return style


def pieces(lines):
    """(line, column, text, style) of everything that is shown."""
    style = {}
    for number, line in enumerate(lines):
        column = 0
        for part in spans(line):
            if isinstance(part, tuple):
                style = styled(style, part[0])
            elif part:
                yield number, column, part, style
                column += cells(part)


def spans(line):
    """Texts, and the codes between them as tuples."""
    for index, part in enumerate(re.split(r"\x1b\[([0-9;:]*)m", line)):
        yield (part,) if index % 2 else re.sub(r"\x1b\S|[\x0e\x0f]", "", part)


def cells(text):
    """How many columns a text takes."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def colours(style):
    front, back = style.get(38, FOREGROUND), style.get(48, BACKGROUND)
    return (back, front) if 7 in style else (front, back)


def picture(shown, columns, title):
    lines = shown.rstrip("\n").split("\n")
    width = round(2 * MARGIN + columns * CHARACTER)
    height = TITLE + MARGIN + LINE * len(lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{title} with a proposed change">',
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
    ]
    for place, colour in enumerate(("#f47067", "#e3b341", "#57ab5a")):
        parts.append(f'<circle cx="{MARGIN + 4 + 18 * place}" cy="17" r="5.5" fill="{colour}"/>')
    parts.append(
        f'<text x="{width // 2}" y="21" fill="#8b949e" font-size="12" text-anchor="middle" '
        f'font-family="{FONT}">{title}</text>'
    )
    parts.append(f'<g font-size="{FONT_SIZE}" xml:space="preserve" font-family="{FONT}">')
    for number, column, text, style in pieces(lines):
        front, back = colours(style)
        x, y = round(MARGIN + column * CHARACTER, 1), TITLE + LINE * number
        length = round(cells(text) * CHARACTER, 1)
        if back != BACKGROUND:
            parts.append(f'<rect x="{x}" y="{y}" width="{length}" height="{LINE}" fill="{back}"/>')
        if text.strip():
            looks = "".join(
                name for code, name in ((1, ' font-weight="bold"'), (3, ' font-style="italic"'),
                                        (4, ' text-decoration="underline"')) if code in style
            )
            # Fonts differ in width; the columns must not.
            parts.append(
                f'<text x="{x}" y="{y + 13}" textLength="{length}" lengthAdjust="spacingAndGlyphs" '
                f'fill="{front}"{looks}>{escape(text)}</text>'
            )
    parts += ["</g>", "</svg>"]
    return "\n".join(parts) + "\n"
