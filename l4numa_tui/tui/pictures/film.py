"""A run as a film of the screen in asciicast v2, the format of asciinema.

One frame for each step, at times that depend on nothing but its number; of each frame the rows
that changed. The screen before the first step comes first, the last one stays as long as any.
(Format: asciinema's documentation, "asciicast v2".)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

from rich.color import ColorSystem
from textual.strip import Strip

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text
from l4numa_tui.tui.behaviour.steering import Steering
from l4numa_tui.views.steps.step_text import headline

MAX_FRAMES = 5_000
_BEGIN = "\x1b[?25l\x1b[2J"  # the cursor away, the screen empty


class Film:
    """Collects frames. `size` in columns and rows; `pace_ms` how long each is shown."""

    def __init__(self, title: str, size: tuple[int, int], pace_ms: int) -> None:
        self._title = title
        self._size = size
        self._pace_ms = pace_ms
        self._rows: list[str] = []
        self._frames: list[tuple[str, str]] = []

    def take(self, strips: list[Strip], mark: str = "") -> None:
        """Add what a screen shows; `mark` is what players call the place."""
        rows = [_escapes(strip) for strip in strips]
        start = "" if self._rows else _BEGIN
        old = self._rows or [""] * len(rows)
        changed = (
            f"\x1b[{y};1H{row}"
            for y, (row, before) in enumerate(zip(rows, old, strict=True), 1)
            if row != before
        )
        self._frames.append((start + "".join(changed), mark))
        self._rows = rows

    def pieces(self) -> Iterator[bytes]:
        """The file, line by line."""
        width, height = self._size
        head = {"version": 2, "width": width, "height": height, "title": safe_text(self._title),
                "env": {"TERM": "xterm-256color"}}  # fmt: skip
        yield _line(head)
        for place, (data, mark) in enumerate(self._frames):
            if mark:
                yield _line([self._seconds(place), "m", mark])
            yield _line([self._seconds(place), "o", data])
        yield _line([self._seconds(len(self._frames)), "o", ""])

    def _seconds(self, frames: int) -> float:
        return frames * self._pace_ms / 1000


def _line(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode() + b"\n"


def _escapes(strip: Strip) -> str:
    """One row as a terminal with all colours takes it."""
    out = []
    for text, style, control in strip:
        if control or not text:
            continue
        shown = style.render(text, color_system=ColorSystem.TRUECOLOR) if style else text
        out.append(shown)
    return "".join(out) + "\x1b[0m"


async def film_run(
    app: Steering,
    film: Film,
    first: int,
    last: int,
    going: Callable[[], bool] = lambda: True,
) -> bool:
    """Show the moments from before step `first` to step `last` and film each.

    The session is left at step `last`. False if `going` said no meanwhile. UserError for more
    frames than anybody would watch.
    """
    if last - first + 2 > MAX_FRAMES:
        what = f"a film of {last - first + 1} steps is too long"
        raise UserError(what, f"at most {MAX_FRAMES} frames")
    stage = app.stage
    session = stage.session
    for step in range(first - 1, last + 1):
        session.seek(step)
        stage.touch()
        app.show()
        await painted(app)
        told = headline(stage.scene(), session.change(step)) if step >= first else "before"
        mark = safe_text(f"step {step}: {told}" if step >= first else f"step {step}", limit=80)
        # The compositor has no public way to be read, see `snapshot`.
        strips = app.screen._compositor.render_strips()
        if not going():
            return False
        film.take(strips, mark)
    return True


async def painted(app: Steering) -> None:
    """Wait until what was changed is on the screen."""
    done = asyncio.Event()
    app.call_after_refresh(done.set)
    await done.wait()
