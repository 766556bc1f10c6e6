"""The whole forest as one SVG picture: every line of it, whatever a screen could show.

It needs nothing from elsewhere: no font is linked, each text lies at its own column, and the lines
of the trees are drawn as lines, so that no font can tear them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from l4numa_tui.errors import UserError
from l4numa_tui.export.formats import Options
from l4numa_tui.export.palette import PAPERS, Look, Paper, node_colour
from l4numa_tui.export.trees import heading
from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.forest.facts import UNICODE
from l4numa_tui.views.forest.folds import Folds
from l4numa_tui.views.forest.view import ForestView
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment, width_of
from l4numa_tui.world.session import Session

COLUMN, ROW = 8.4, 20  # of a character, in the picture's units; the font is 14 high
_BASE, _MIDDLE = 14, 10  # of a row: where text stands, where lines run
_MARGIN, _TITLE = 16, 34
_FONTS = "'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
# How each line character is drawn, in strokes: _ and | from end to end, = twice, from the centre
# to the right or up, and an arrow's head.
_STROKES = {
    UNICODE.single: "_", UNICODE.double: "=", UNICODE.first: "_d", UNICODE.middle: "|r",
    UNICODE.last: "ur", UNICODE.rail: "|", UNICODE.head: ">",
}  # fmt: skip


def forest_svg(session: Session, options: Options) -> Iterable[bytes]:
    """The picture, line by line; dark or light as `options.theme` says."""
    paper = PAPERS.get(options.theme)
    if paper is None:
        raise UserError(f"the forest is not drawn in `{options.theme}`", " or ".join(PAPERS))
    folds = Folds.fresh()
    if options.unfold:
        folds.set_all(unfolded=True)
    scene = Scene(session.world, session.last, ascii_only=options.ascii_only)
    view = ForestView(scene, folds)
    lines = [view.whole_line(row) for row in range(view.row_count)]
    title = heading(session, options.source).removeprefix("# ")
    longest = max((*map(width_of, lines), len(title)))
    width, height = 2 * _MARGIN + longest * COLUMN, 2 * _MARGIN + _TITLE + len(lines) * ROW
    yield from _head(paper, title, width, height)
    for row, line in enumerate(lines):
        if line:
            yield from _row(paper, line, _MARGIN + _TITLE + row * ROW)
    yield b"</svg>\n"


def _head(paper: Paper, title: str, width: float, height: float) -> Iterator[bytes]:
    text = escape(safe_text(title))
    bold = f'font-weight="bold" fill="{paper.looks["title"].colour}"'
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="0 0 {width:.1f} {height:.1f}" role="img" xml:space="preserve"'
        f' font-family="{_FONTS}" font-size="14">',
        f"<title>{text}</title>",
        f'<rect width="100%" height="100%" fill="{paper.page}"/>',
        f'<text x="{_MARGIN}" y="{_MARGIN + _BASE}" {bold}>{text}</text>',
    )
    yield "\n".join((*lines, "")).encode()


def _row(paper: Paper, line: Line, top: float) -> Iterator[bytes]:
    """One line of the forest: what lies behind, the lines, then the text."""
    behind, strokes, texts = [], [], []
    column = 0
    for segment in line:
        look = look_of(paper, segment.style)
        if segment.text == UNICODE.rail and segment.style != "line":
            strokes.append(_margin(segment.style, column, top))
            column += 1
            continue
        x, wide = _MARGIN + column * COLUMN, len(segment.text) * COLUMN
        if look.behind:
            rounded = ' rx="3"' if segment.style.startswith("chip") else ""
            behind.append(
                f'<rect x="{x - 1:.1f}" y="{top + 1:.0f}" width="{wide + 2:.1f}"'
                f' height="{ROW - 2}"{rounded} fill="{look.behind}"/>'
            )
        drawn, text = _parted(segment, column)
        if drawn:
            path = "".join(drawn_path(character, at, top) for at, character in drawn)
            strokes.append(f'<path d="{path}"{_stroke(segment.style, look)}/>')
        texts += [_text(at, part, top, look) for at, part in text]
        column += len(segment.text)
    behind.sort(key=lambda rect: "rx=" in rect)  # chips lie on what marks the line
    yield "\n".join((*behind, *strokes, *texts, "")).encode()


def _margin(style: str, column: int, top: float) -> str:
    """The line down the side of a node's memory, in its colour also where text must be black."""
    number = style.removeprefix("node").split()[0]
    colour = node_colour(int(number)) if number.isdigit() else "currentColor"
    x = _MARGIN + (column + 0.5) * COLUMN
    return f'<path d="M{x:.1f} {top}v{ROW}" stroke="{colour}" stroke-width="3"/>'


def _parted(segment: Segment, column: int) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(column, character) of what is drawn, (column, text) of what is written."""
    drawn, written = [], []
    for is_line, group in groupby(enumerate(segment.text, column), lambda p: p[1] in _STROKES):
        part = list(group)
        text = "".join(character for _, character in part)
        if is_line and segment.style in ("line", "cross"):
            drawn += part
        elif text.strip():
            lead = len(text) - len(text.lstrip())
            written.append((part[lead][0], text.strip()))
    return drawn, written


def look_of(paper: Paper, names: str) -> Look:
    """How a text of one or several styles looks. A chip keeps its colours: only weights are added.

    A name that the paper does not know says nothing.
    """
    look = Look(paper.ink)
    chipped = names.startswith("chip")
    for name in names.split():
        more = paper.looks.get(name)
        if more is None:
            continue
        look = Look(
            more.colour
            if more.colour and (name.startswith("chip") or not chipped)
            else look.colour,
            look.behind if chipped and look.behind else more.behind or look.behind,
            look.bold or more.bold,
            look.struck or more.struck,
        )
    return look


def _text(column: int, text: str, top: float, look: Look) -> str:
    x, weight = _MARGIN + column * COLUMN, ' font-weight="bold"' if look.bold else ""
    struck = ' text-decoration="line-through"' if look.struck else ""
    # Whatever font is found, the text ends where the next one begins.
    length = f' textLength="{len(text) * COLUMN:.1f}" lengthAdjust="spacingAndGlyphs"'
    return (
        f'<text x="{x:.1f}" y="{top + _BASE:.0f}" fill="{look.colour}"{weight}{struck}{length}>'
        f"{escape(safe_text(text))}</text>"
    )


def _stroke(style: str, look: Look) -> str:
    width = 1.6 if style == "cross" else 1.2
    return f' stroke="{look.colour}" fill="{look.colour}" stroke-width="{width}"'


def drawn_path(character: str, column: int, top: float) -> str:
    """A line character in its cell as an SVG path: strokes from the centre, or an arrow's head."""
    left, middle = _MARGIN + column * COLUMN, top + _MIDDLE
    centre, end = left + COLUMN / 2, left + COLUMN
    strokes = {
        "_": f"M{left:.1f} {middle}H{end:.1f}",
        "=": f"M{left:.1f} {middle - 2}H{end:.1f}M{left:.1f} {middle + 2}H{end:.1f}",
        "|": f"M{centre:.1f} {top}V{top + ROW}",
        "r": f"M{centre:.1f} {middle}H{end:.1f}",
        "u": f"M{centre:.1f} {top}V{middle}",
        "d": f"M{centre:.1f} {middle}V{top + ROW}",
        ">": f"M{left:.1f} {middle - 4}L{end - 1:.1f} {middle}L{left:.1f} {middle + 4}z",
    }
    return "".join(strokes[stroke] for stroke in _STROKES[character])
