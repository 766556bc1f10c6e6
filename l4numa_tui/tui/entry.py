"""Starting the screen: from a lesson or from a plain session, to its exit status."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from l4numa_tui.scenario.about import About
from l4numa_tui.tui.app import L4numaApp
from l4numa_tui.tui.habits.habits import Habits, habits_of
from l4numa_tui.tui.stage import Stage
from l4numa_tui.tui.terminal import (
    background_of,
    check_terminal,
    colour_depth,
    is_lost,
    takes_unicode,
)
from l4numa_tui.world.session import Session

if TYPE_CHECKING:
    from l4numa_tui.course.player import LessonPlayer
    from l4numa_tui.scenario.building.sandbox import Sandbox


def run_lesson(
    player: LessonPlayer,
    save: Callable[[], None],
    *,
    lessons: int = 0,
    theme: str = "",
    ascii_only: bool = False,
) -> int:
    """Show a lesson until its student leaves; the exit status, 128 + signal if one ended it.

    `theme` is one of `palette.THEMES`; "" leaves it to the terminal's background. `ascii_only`
    keeps to ASCII, as a terminal without Unicode does by itself. `save` keeps the progress: it is
    called after every change and once more at the end, and may raise OSError, which is said on
    the screen. `lessons` is how many the course has. Raises UserError without a usable terminal.
    """
    check_terminal()
    ascii_only = ascii_only or not takes_unicode()
    stage = Stage(
        player.session, player.lesson.title, player=player, lessons=lessons, ascii_only=ascii_only
    )
    return _run(stage, save, theme, habits_of(f"lesson {player.lesson.id}"))


def run_session(
    session: Session,
    about: About,
    *,
    theme: str = "",
    ascii_only: bool = False,
    key: str = "",
    fresh: bool = False,
) -> int:
    """Show a session that nothing can be added to; the exit status. UserError as for lessons.

    `key` names what is shown, by its content: it goes on where it was left, unless `fresh`.
    """
    check_terminal()
    ascii_only = ascii_only or not takes_unicode()
    stage = Stage(session, about.title, ascii_only=ascii_only, about=about)
    return _run(stage, None, theme, habits_of(key, fresh=fresh))


def run_sandbox(
    sandbox: Sandbox,
    *,
    choosing: bool = False,
    theme: str = "",
    ascii_only: bool = False,
    key: str = "",
    fresh: bool = False,
) -> int:
    """Show a sandbox; if `choosing`, ask first what to start from. Else as `run_session`."""
    from l4numa_tui.tui.workbench import Workbench  # noqa: PLC0415 - lessons do without

    check_terminal()
    ascii_only = ascii_only or not takes_unicode()
    bench = Workbench(sandbox, choosing=choosing)
    title = bench.about.title
    stage = Stage(sandbox.session, title, ascii_only=ascii_only, bench=bench)
    return _run(stage, None, theme, habits_of(key, fresh=fresh))


def _run(stage: Stage, save: Callable[[], None] | None, theme: str, habits: Habits) -> int:
    colours, sixteen = colour_depth()
    if theme:
        habits = habits._replace(theme="")
    # Building makes many objects and no garbage; the application collects and freezes when done.
    gc.disable()
    theme = background_of(theme)
    app = L4numaApp(stage, save, theme=theme, colours=colours, sixteen=sixteen, habits=habits)
    try:
        app.run()
    except OSError:
        # The terminal went away while it was being given back.
        if not is_lost():
            raise
    finally:
        gc.enable()
        if save is not None:
            with suppress(OSError):
                save()
    code = app.return_code or 0
    if is_lost():
        # Whatever is still buffered for the terminal would only raise errors at exit.
        os._exit(code or 129)
    return code
