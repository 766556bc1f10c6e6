"""The terminal underneath: whether there is a usable one, and what to do when it goes away.

Textual leaves the terminal in its own mode when a signal ends the program, so the signals that do
are taken by the event loop, which ends the application in order: progress saved, terminal restored.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import termios
from asyncio import AbstractEventLoop
from collections.abc import Callable

from l4numa_tui.errors import UserError

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
# How `l4numa serve` tells a program that a browser is its terminal.
SERVED_DRIVER = "l4numa_tui.tui.served:ServedDriver"
_NO_SCREEN = ("", "dumb", "unknown")
_GLYPHS = "→−●▲═▶│█"
_PLAIN = "a terminal with a screen; `--plain` works without one"


def is_served() -> bool:
    """Whether a browser is the terminal; our streams are pipes to its server then."""
    return os.environ.get("TEXTUAL_DRIVER") == SERVED_DRIVER


def check_terminal() -> None:
    """Make sure that there is a terminal a screen can be painted on.

    Raises UserError where input, output or errors go elsewhere, or TERM says that lines are all
    there is; it names `--plain`, which works there.
    """
    if is_served():
        return
    for name, stream in (("input", sys.__stdin__), ("output", sys.__stdout__)):
        if stream is None or not stream.isatty():
            raise UserError(f"standard {name} is not a terminal", _PLAIN)
    # Textual paints on the standard error stream.
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        raise UserError("standard error is not a terminal", _PLAIN)
    term = os.environ.get("TERM", "")
    if term in _NO_SCREEN:
        raise UserError(f"the terminal cannot show a screen (TERM={term or 'is not set'})", _PLAIN)


def is_lost() -> bool:
    """Whether the terminal we read from has gone away."""
    if is_served():
        return False
    if sys.__stdin__ is None:
        return True
    try:
        termios.tcgetattr(sys.__stdin__.fileno())
    except (termios.error, ValueError, OSError):
        return True
    return False


def catch_signals(loop: AbstractEventLoop, leave: Callable[[int], None]) -> None:
    """Have `leave(128 + signal)` called in the event loop for every signal that ends a program."""
    for number in SIGNALS:
        loop.add_signal_handler(number, leave, 128 + number)


def release_signals(loop: AbstractEventLoop) -> None:
    """Take the handlers back."""
    for number in (*SIGNALS, signal.SIGWINCH):
        loop.remove_signal_handler(number)


def catch_resizes(loop: AbstractEventLoop, resized: Callable[[int, int], None]) -> None:
    """Have `resized(columns, rows)` called in the event loop whenever the terminal's size changes.

    Textual reads the size in the signal's own handler, which the next signal may interrupt: then
    the older of two sizes is heard of last, and stays.
    """
    loop.add_signal_handler(signal.SIGWINCH, lambda: resized(*shutil.get_terminal_size()))


def takes_unicode() -> bool:
    """Whether the terminal's encoding has the glyphs of the panes; what it lacks becomes `?`.

    Without the replacement, one glyph too many would end Textual's painting thread for good.
    """
    stream = sys.__stderr__
    if is_served():
        return True
    if stream is None:
        return False
    stream.reconfigure(errors="replace")
    return encodes_glyphs(stream.encoding)


def encodes_glyphs(encoding: str) -> bool:
    """Whether an encoding has the glyphs of the panes."""
    try:
        _GLYPHS.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def background_of(theme: str) -> str:
    """`theme` if there is one; else `dark` or `light` as COLORFGBG says of the terminal, or dark.

    `terminal` on a light terminal is `mono`: what its 16 colours look like there nobody knows.
    """
    light = os.environ.get("COLORFGBG", "").endswith((";7", ";15"))
    if theme:
        return "mono" if light and theme == "terminal" else theme
    return "light" if light else "dark"


def colour_depth() -> tuple[bool, bool]:
    """(colours, sixteen): whether colours are wanted, and whether there are only 16 of them.

    NO_COLOR says no to all of them, whatever its value.
    """
    from rich.console import Console  # noqa: PLC0415 - Textual brings it in anyway, but later

    colours = "NO_COLOR" not in os.environ
    if is_served():
        return colours, False
    return colours, Console(stderr=True).color_system in (None, "standard")
