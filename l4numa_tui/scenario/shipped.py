"""The scenarios that come with the program, and what a name on the command line means."""

from __future__ import annotations

import os
import re
from pathlib import Path

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.load import Scenario, load_scenario
from l4numa_tui.scenario.where import one_of, quoted

FOLDER = "scenarios"
_SUFFIX = ".toml"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def scenarios_folder() -> Path:
    """The folder of the scenarios that came with the program.

    The repository's `scenarios` when run from a checkout, the package's own in an installation.
    Raises UserError where there is neither.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / FOLDER, package.parent / FOLDER):
        if folder.is_dir():
            return folder
    raise UserError("the scenarios are missing", f"a folder {package / FOLDER}")


def shipped_names() -> list[str]:
    """The names of the scenarios that came with the program, in alphabetical order."""
    return sorted(path.stem for path in scenarios_folder().glob(f"*{_SUFFIX}"))


def open_scenario(name: str) -> Scenario:
    """Read the scenario file called `name`, else the one of that name that came with the program.

    Raises UserError where there is neither, or something is wrong with it.
    """
    if not _NAME.fullmatch(name) or (os.path.lexists(name) and not os.path.isdir(name)):
        return load_scenario(name)
    names = shipped_names()
    if name not in names:
        what = f"there is no file {quoted(name)}, and no scenario of that name"
        raise UserError(
            what, f"a file, or {one_of(name, names)}; `l4numa open --list` has them all"
        )
    return load_scenario(str(scenarios_folder() / f"{name}{_SUFFIX}"))
