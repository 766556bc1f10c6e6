"""The screen as text and as a picture, without a terminal: for goldens, documents and export."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from textual.app import App
from textual.pilot import Pilot

from l4numa_tui.safe_text import safe_text
from l4numa_tui.tui.app import L4numaApp
from l4numa_tui.tui.stage import Stage

MONO = "mono"  # the theme without colours
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_UNIQUE = re.compile(r"terminal-\d+")
_FONTS = "'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, monospace"
_TITLE_FONTS = "Arial, Helvetica, 'DejaVu Sans', sans-serif"


class Snapshot(NamedTuple):
    """What a screen showed: its rows without trailing blanks, and an SVG of it."""

    lines: list[str]
    svg: str


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


def snapshot(
    stage: Stage,
    width: int = 120,
    height: int = 40,
    *,
    theme: str = "dark",
    colours: bool = True,
    keys: Sequence[str] = (),
) -> Snapshot:
    """Paint a stage on a screen of its own, press `keys` (Textual's names), and take a picture.

    Needs no terminal. The stage is left where the keys have led it.
    """
    import asyncio  # noqa: PLC0415 - brought in by Textual anyway, but only when this is called

    app = headless(stage, theme if colours else MONO)

    async def take() -> Snapshot:
        async with app.run_test(size=(width, height)) as pilot:
            await settle(pilot)
            for key in keys:
                await pilot.press(key)
                await settle(pilot)
            return Snapshot(screen_lines(app), screen_svg(app, stage.title))

    return asyncio.run(take())


def headless(stage: Stage, theme: str) -> L4numaApp:
    """An application to be run without a terminal; `theme` is `dark`, `light` or `mono`.

    NO_COLOR is about terminals: what is painted for a file depends on what was asked for alone.
    """
    unwanted = os.environ.pop("NO_COLOR", None)
    try:
        return L4numaApp(stage, theme="dark" if theme == MONO else theme, colours=theme != MONO)
    finally:
        if unwanted is not None:
            os.environ["NO_COLOR"] = unwanted


async def settle(pilot: Pilot[int]) -> None:
    """Wait until everything that was pressed is on the screen."""
    await pilot.pause()
