"""The screen as text and as a picture, without a terminal: for goldens, documents and export."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from textual.pilot import Pilot

from l4numa_tui.tui.app import L4numaApp
from l4numa_tui.tui.pictures.reading import screen_lines, screen_svg
from l4numa_tui.tui.stage import Stage

MONO = "mono"  # the theme without colours


class Snapshot(NamedTuple):
    """What a screen showed: its rows without trailing blanks, and an SVG of it."""

    lines: list[str]
    svg: str


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
