"""The scenarios that come with the program, and what a name on the command line means."""

from __future__ import annotations

import os
import re
from pathlib import Path

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.load import Scenario, load_scenario
from l4numa_tui.scenario.where import one_of, quoted

FOLDER = "scenarios"
# The folders in it, one a topic, in the order of a reader who begins at the beginning.
TOPICS = {
    "mapping": "Map, grant and unmap",
    "threads": "Threads, IPC and sigma0",
    "kernel": "Kernel memory, TLB and 2 MiB entries",
    "agreement": "Pagers in agreement",
    "placement": "Where pages lie",
    "mistakes": "Mistakes of protocols",
    "experiments": "Small cases of the experiments",
}
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


def shipped_topics() -> list[tuple[str, list[str]]]:
    """(topic, names of its scenarios in alphabetical order), without topics that have none."""
    folder = scenarios_folder()
    named = (
        (title, sorted(path.stem for path in (folder / topic).glob(f"*{_SUFFIX}")))
        for topic, title in TOPICS.items()
    )
    return [(title, names) for title, names in named if names]


def shipped_names() -> list[str]:
    """The names of the scenarios that came with the program, in alphabetical order."""
    return sorted(name for _, names in shipped_topics() for name in names)


def shipped_path(name: str) -> Path:
    """The file of the scenario of that name, which must be one of `shipped_names`."""
    folder = scenarios_folder()
    paths = (folder / topic / f"{name}{_SUFFIX}" for topic in TOPICS)
    return next(path for path in paths if path.is_file())


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
    return load_scenario(str(shipped_path(name)))
