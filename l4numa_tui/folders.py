"""Where the program keeps what is its user's: settings, data, and where they left off.

$L4NUMA_HOME names one folder for all three; without it they are where the system wants them.
"""

from __future__ import annotations

import os
from pathlib import Path

from l4numa_tui.safe_text import safe_text

HOME = "L4NUMA_HOME"
_NAME = "l4numa"


def config_folder() -> Path:
    """Where config.toml is looked for."""
    return _folder("user_config_dir")


def data_folder() -> Path:
    """Where progress is kept, and what was copied."""
    return _folder("user_data_dir")


def state_folder() -> Path:
    """Where it is noted at which step a scenario was left, and how the screen looked."""
    return _folder("user_state_dir")


def short_path(path: str | Path) -> str:
    """A path as it may be shown to others: `~` for the user's home, safe for a terminal."""
    text, home = str(path), os.path.expanduser("~")
    if home not in ("", "/", "~") and (text == home or text.startswith(home + os.sep)):
        text = "~" + text[len(home) :]
    return safe_text(text)


def _folder(kind: str) -> Path:
    home = os.environ.get(HOME)
    if home:
        return Path(home)
    import platformdirs  # noqa: PLC0415 - only who reads or saves something needs it

    found: str = getattr(platformdirs, kind)(_NAME, appauthor=False)
    return Path(found)
