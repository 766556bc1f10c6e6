"""`l4numa doctor`: what the terminal can do, where things are kept, versions, settings.

Meant to be pasted into a report: paths begin with `~`, and nothing else of the user is told.
"""

from __future__ import annotations

import argparse
import json
import locale
import os
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from l4numa_tui import __version__
from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text

if TYPE_CHECKING:
    from l4numa_tui.tui.habits.keymap import KeyMap

PROBLEMS = 2
_PACKAGES = ("textual", "rich", "networkx", "msgspec", "platformdirs")
_EXTRAS = ("textual-serve", "resvg-py")
_VARIABLES = ("TERM", "COLORTERM", "COLORFGBG", "NO_COLOR", "TMUX", "STY", "SSH_TTY", "LANG",
              "LC_ALL", "PYTHONIOENCODING")  # fmt: skip
_SET = ("TMUX", "STY", "SSH_TTY")  # whether they are set is enough: what they say is private
Facts = dict[str, str]


def doctor(options: argparse.Namespace) -> int:
    """Print all that; status 2 if the settings have errors."""
    from l4numa_tui.config import read_config
    from l4numa_tui.tui.habits.keymap import key_map

    config = read_config()
    keys, problems = key_map(config)
    if options.keys:
        return _list_keys(keys, as_json=options.json)
    report = {"versions": versions(), "terminal": terminal(), "paths": paths()}
    told = [str(problem) for problem in problems]
    notes = [f"`{name}` has no key any more: another action has it" for name in keys.lost()]
    if options.json:
        settings = {"file": config.source, "problems": told, "notes": notes}
        print(json.dumps({**report, "settings": settings}, indent=1))
    else:
        for title, facts in report.items():
            print(title)
            for name, value in facts.items():
                print(f"  {name:<18}{value}")
        print("settings")
        print(f"  {'file':<18}{config.source}")
        for line in [*told, *notes]:
            print(f"  {line}")
        if not told:
            print("  no errors")
    return PROBLEMS if told else 0


def versions() -> Facts:
    """The program's version, Python's, and those of the packages it uses or could use."""
    from importlib.metadata import PackageNotFoundError, version

    facts = {
        "l4numa": __version__,
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
    }
    for name in (*_PACKAGES, *_EXTRAS):
        try:
            facts[name] = version(name)
        except PackageNotFoundError:
            facts[name] = "not installed" + (" (optional)" if name in _EXTRAS else "")
    return facts


def terminal() -> Facts:
    """What the environment says of the terminal, and what the program makes of it."""
    facts = {}
    for name in _VARIABLES:
        value = os.environ.get(name)
        if value is None:
            facts[name] = "not set"
        else:
            facts[name] = "set" if name in _SET else safe_text(value, limit=60) or "empty"
    for name, stream in (("input", sys.stdin), ("output", sys.stdout), ("errors", sys.stderr)):
        facts[name] = "a terminal" if stream is not None and stream.isatty() else "no terminal"
    columns, rows = shutil.get_terminal_size()
    facts["size"] = f"{columns} columns, {rows} rows: {_layout(columns, rows)}"
    facts["encoding"] = str(getattr(sys.stdout, "encoding", None) or "unknown")
    facts["locale"] = ".".join(part or "none" for part in locale.getlocale())
    facts["screen"] = _screen()
    facts["colours"] = _colours()
    facts["glyphs"] = _glyphs()
    facts["mouse"] = "asked for; whether it is reported only the terminal knows"
    facts["clipboard"] = "OSC 52; whether it is taken only the terminal knows: y also writes a file"
    return facts


def paths() -> Facts:
    """Where things are, and whether they can be written."""
    from l4numa_tui import folders
    from l4numa_tui.config import config_path
    from l4numa_tui.course.folder import lessons_folder
    from l4numa_tui.scenario.shipped import scenarios_folder

    facts = {}
    found: tuple[tuple[str, Callable[[], Path]], ...] = (
        ("settings", config_path),
        ("data", folders.data_folder),
        ("state", folders.state_folder),
    )
    for name, path in found:
        facts[name] = f"{folders.short_path(path())}  ({_access(path())})"
    facts[folders.HOME] = "set" if os.environ.get(folders.HOME) else "not set"
    for name, shipped in (("lessons", lessons_folder), ("scenarios", scenarios_folder)):
        try:
            facts[name] = folders.short_path(shipped())
        except UserError as error:
            facts[name] = str(error)
    return facts


def _access(path: Path) -> str:
    """Whether a file or folder is there and can be written, or could be made."""
    if path.exists():
        return "can be written" if os.access(path, os.W_OK) else "cannot be written"
    above = next(each for each in path.parents if each.exists())
    return "not there yet" if os.access(above, os.W_OK) else "not there, and cannot be made"


def _layout(columns: int, rows: int) -> str:
    from l4numa_tui.tui.panes.layout import Layout, layout_of

    return {
        Layout.TINY: "too small",
        Layout.NARROW: "one pane at a time",
        Layout.FULL: "all panes",
        Layout.WIDE: "all panes, the inspector in a column of its own",
    }[layout_of(columns, rows)]


def _screen() -> str:
    from l4numa_tui.tui.terminal import check_terminal

    try:
        check_terminal()
    except UserError as error:
        return error.what
    return "can be shown"


def _colours() -> str:
    from rich.console import Console

    if "NO_COLOR" in os.environ:
        return "none, as NO_COLOR says"
    depth = Console(stderr=True).color_system
    return {"truecolor": "16 million", "256": "256", "standard": "16"}.get(depth or "", "none")


def _glyphs() -> str:
    from l4numa_tui.tui.terminal import encodes_glyphs

    stream = sys.stderr
    if stream is None or not encodes_glyphs(stream.encoding):
        return "ASCII only: the encoding has no others"
    return "Unicode; --ascii where they are drawn too wide"


def _list_keys(keys: KeyMap, *, as_json: bool) -> int:
    from l4numa_tui.tui.actions import ACTIONS

    if as_json:
        print(json.dumps({action.id: list(keys.of(action.id)) for action in ACTIONS}, indent=1))
    else:
        for action in ACTIONS:
            given = ", ".join(keys.of(action.id)) or "-"
            print(f"{action.id:<18}{given:<22}{action.title}")
    return 0
