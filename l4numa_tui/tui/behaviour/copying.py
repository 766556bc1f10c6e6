"""Copying: the text of a pane or of what is selected, and the file it is kept in as well.

A terminal may take no clipboard from a program, and does not tell; so a file holds it, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from l4numa_tui.errors import UserError
from l4numa_tui.folders import short_path
from l4numa_tui.safe_text import safe_text
from l4numa_tui.scenario.files import write_atomically
from l4numa_tui.views.inspecting.inspector import inspector
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, plain
from l4numa_tui.world.session import Session

FILE = "copied.txt"
MAX_LINES = 5_000
MAX_CLIPBOARD = 74_994  # bytes that xterm takes after base64; most others take no more
_WIDTH = 78


class Copied(NamedTuple):
    """What is copied: its lines, and what it is in a few words."""

    what: str
    lines: list[str]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def fits_clipboard(self) -> bool:
        """Whether terminals can be expected to take it."""
        return (len(self.text.encode()) + 2) // 3 * 4 <= MAX_CLIPBOARD


def text_of(what: str, lines: Iterable[Line]) -> Copied:
    """The text of a pane's lines, empty ones at the end left out; at most MAX_LINES."""
    out: list[str] = []
    for line in lines:
        if len(out) == MAX_LINES:
            out.append("…")
            break
        out.append(safe_text(plain(line)))
    while out and not out[-1]:
        out.pop()
    return Copied(what, out)


def text_of_selected(scene: Scene, session: Session) -> Copied:
    """All that is known about what is selected, as the inspector shows it."""
    lines = inspector(scene, _WIDTH, session)
    kind = scene.selected[0] if scene.selected else "step"
    return text_of(f"the selected {kind}", lines)


def keep(copied: Copied, folder: Path | None) -> str:
    """Write the text to the file; what is to be told of it, "" without a folder."""
    if folder is None:
        return ""
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(str(path), [copied.text.encode("utf-8", "replace")])
    except UserError as error:
        return f"; {short_path(path)} {error.what}"
    except OSError as error:
        return f"; {short_path(path)} cannot be written: {error.strerror}"
    return f"{'; also' if copied.fits_clipboard else ' only'} in {short_path(path)}"


def telling(copied: Copied, kept: str) -> str:
    """One line about what was copied, and where to."""
    count = len(copied.lines)
    lines = f"{count} line{'s' * (count != 1)}"
    if not copied.fits_clipboard:
        return f"{copied.what}, {lines}: too long for the clipboard{kept or ''}"
    return f"copied {copied.what}, {lines}{kept}"
