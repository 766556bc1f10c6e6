"""What a running application shows, as text and as SVG."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual.app import App

from l4numa_tui.safe_text import safe_text

_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_UNIQUE = re.compile(r"terminal-\d+")
_FONTS = "'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, monospace"
_TITLE_FONTS = "Arial, Helvetica, 'DejaVu Sans', sans-serif"


def screen_lines(app: App[int]) -> list[str]:
    """The rows of a running application's screen as plain text, trailing blanks cut."""
    # The compositor has no public way to be read; this is the one place that looks into it.
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def screen_svg(app: App[int], title: str) -> str:
    """A running application's screen as SVG, the same text for the same screen.

    It needs nothing from elsewhere: no font is linked, and blanks are kept by every renderer.
    """
    svg = app.export_screenshot(title=safe_text(title), simplify=True)
    svg = _UNIQUE.sub("l4numa", _FONT_FACE.sub("", svg))
    svg = svg.replace("font-family: Fira Code, monospace", f"font-family: {_FONTS}")
    svg = svg.replace("font-family: arial;", f"font-family: {_TITLE_FONTS};")
    return svg.replace(
        '<g class="l4numa-matrix">', '<g class="l4numa-matrix" xml:space="preserve">'
    )


def text_pieces(lines: list[str]) -> Iterable[bytes]:
    """The rows of a screen as a text file."""
    return (f"{line}\n".encode() for line in lines)
