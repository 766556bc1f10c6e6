"""Where one left off: the step and the panes of a scenario or lesson, and the theme.

One small file for each scenario's content, written whole or not at all; so two programs at once
disturb nobody, the later one is remembered. What cannot be read is told and left out.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from l4numa_tui.errors import UserError
from l4numa_tui.folders import short_path
from l4numa_tui.scenario.files import read_text, write_atomically
from l4numa_tui.tui.stage import Stage

FORMAT = "l4numa.place/1"
FOLDER = "places"
SCREEN = "screen.json"
MAX_BYTES = 4096
MAX_PLACES = 200
MAX_STEP = 20_000  # further than that nobody is taken: running there again would keep them waiting

T = TypeVar("T")


class Place(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Where one was: the step, the world's digest there, and the pane with the keys."""

    format: str = FORMAT
    step: int = 0
    digest: str = ""
    pane: int = 0
    zoomed: bool = False


class Taste(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What holds for every scenario: the theme chosen, "" for what suits the terminal."""

    format: str = FORMAT
    theme: str = ""


class Read(NamedTuple):
    """What was kept, and what must be told of it, "" for nothing."""

    place: Place
    notice: str


class Memory:
    """What is kept in a folder of what `key` names: a scenario by its content, or a lesson.

    Nothing here raises: a full disk, or a folder that is not to be written, only means that the
    next time begins as the first.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._screen = folder / SCREEN
        self._path = folder / FOLDER / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

    def read(self) -> Read:
        """Where one left off; the beginning if that is not known."""
        place, notice = _read(self._path, Place)
        if place is None or not 0 <= place.step <= MAX_STEP:
            return Read(Place(), notice)
        return Read(place, notice)

    def theme(self) -> str:
        """The theme chosen last, "" for none."""
        taste, _ = _read(self._screen, Taste)
        return taste.theme if taste else ""

    def keep(self, place: Place) -> None:
        """Remember where one is."""
        _write(self._path, place)
        _tidy(self._path.parent)

    def keep_theme(self, theme: str) -> None:
        """Remember a theme."""
        _write(self._screen, Taste(theme=theme))


def place_of(stage: Stage, pane: int, *, zoomed: bool) -> Place:
    """Where a stage stands."""
    session = stage.session
    return Place(step=session.cursor, digest=f"{session.digest():016x}", pane=pane, zoomed=zoomed)


def go_to(stage: Stage, place: Place) -> str:
    """Move a stage that has no lesson to where it was left; what is to be told of it.

    Whoever acted on their own stood in a world that the scenario alone does not lead to: then it
    stays at the beginning.
    """
    if stage.player is not None or not place.step:
        return ""
    session = stage.session
    if session.seek(place.step) == place.step and f"{session.digest():016x}" == place.digest:
        return f"step {place.step}, where you left it: {stage.key('first')} starts over"
    session.seek(0)
    return f"step {place.step}, where you left it, is not reached any more: this is the start"


def _read(path: Path, kind: type[T]) -> tuple[T | None, str]:
    try:
        if not path.exists():
            return None, ""
        value = msgspec.json.decode(read_text(str(path), MAX_BYTES, FORMAT), type=kind)
    except (UserError, msgspec.MsgspecError, ValueError, RecursionError, OSError):
        return None, f"{short_path(path)} cannot be used: this is the start"
    if getattr(value, "format", "") != FORMAT:
        return None, f"{short_path(path)} is of another version: this is the start"
    return value, ""


def _write(path: Path, value: msgspec.Struct) -> None:
    with suppress(OSError, UserError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(str(path), [msgspec.json.encode(value), b"\n"])


def _tidy(folder: Path) -> None:
    """Forget the places that were left longest ago."""
    with suppress(OSError):
        files = list(folder.glob("*.json"))
        if len(files) > MAX_PLACES:
            files.sort(key=lambda file: (file.stat().st_mtime, file.name))
            for file in files[:-MAX_PLACES]:
                file.unlink(missing_ok=True)
