"""What the user has made of the program: keys, folders, and what it remembers of them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from l4numa_tui.config import read_config
from l4numa_tui.folders import data_folder, state_folder
from l4numa_tui.tui.habits.keymap import KeyMap, key_map
from l4numa_tui.tui.habits.remembering import Memory


class Habits(NamedTuple):
    """Given to the application; without it nothing is read, kept or restored.

    `notice` is what the user must know about their settings. `copies` is the folder of the file
    that copied text goes to, `memory` what is known of this scenario or lesson. `fresh` begins at
    the start. `theme` is the name of the theme chosen last, "" for none.
    """

    keys: KeyMap = KeyMap()
    notice: str = ""
    copies: Path | None = None
    memory: Memory | None = None
    fresh: bool = False
    theme: str = ""


def habits_of(key: str, *, fresh: bool = False) -> Habits:
    """The habits of whoever runs the program; `key` names the scenario or lesson, "" for none."""
    keys, problems = key_map(read_config())
    notice = ""
    if problems:
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        notice = f"{problems[0]}{more}; the built-in keys are used"
    memory = Memory(state_folder(), key) if key else None
    theme = memory.theme() if memory else ""
    return Habits(keys, notice, data_folder(), memory, fresh, theme)
