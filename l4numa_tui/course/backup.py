"""All progress in one file: to take it to another machine, or to keep it safe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import msgspec

from l4numa_tui.course.progress import FOLDER, read_progress
from l4numa_tui.errors import UserError
from l4numa_tui.folders import data_folder
from l4numa_tui.scenario.files import read_text, write_atomically

FORMAT = "l4numa.backup/1"
MAX_BYTES = 64 * 1024 * 1024
MAX_FILES = 1_000
_NAME = re.compile(r"[a-z0-9-]{1,40}(\.([a-z0-9]{1,20}-)?[0-9a-f]{10})?(\.[0-9]{1,4})?\.jsonl")


class Backup(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The file: the text of each progress file, by its name."""

    format: str
    files: dict[str, str]


class Restored(NamedTuple):
    """What an import did: files `taken`, and `kept` where this machine was as far or elsewhere."""

    taken: tuple[str, ...]
    kept: tuple[str, ...]


def export_progress(path: str, *, folder: Path | None = None) -> int:
    """Write all progress to one file, whole or not at all; how many lessons' files it holds."""
    home = (folder or data_folder()) / FOLDER
    files = {}
    for each in sorted(home.glob("*.jsonl")) if home.is_dir() else ():
        text = read_text(str(each), MAX_BYTES, "a progress file")
        files[each.name] = text[: text.rfind("\n") + 1]
    write_atomically(path, [msgspec.json.encode(Backup(FORMAT, files)), b"\n"])
    return len(files)


def import_progress(path: str, *, folder: Path | None = None) -> Restored:
    """Take over the progress of a file written by `export_progress`.

    A lesson's file is taken where there is none here, or where the one here is its beginning: what
    was done on this machine is never lost. Raises UserError, and takes nothing, if any of it is not
    of the form.
    """
    try:
        backup = msgspec.json.decode(read_text(path, MAX_BYTES, FORMAT), type=Backup)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UserError(f"not a backup: {str(error)[:100]}", FORMAT, source=path) from None
    if backup.format != FORMAT or len(backup.files) > MAX_FILES:
        raise UserError(f"the format is {backup.format[:40]!r}", FORMAT, source=path)
    for name, text in backup.files.items():
        if not _NAME.fullmatch(name) or not text.endswith("\n"):
            raise UserError(f"{name[:60]!r} is no progress file", FORMAT, source=path)
        read_progress(text.encode().splitlines(), f"{path}, {name}")
    home = (folder or data_folder()) / FOLDER
    taken, kept = [], []
    for name, text in sorted(backup.files.items()):
        if _is_ahead(text, home / name):
            home.mkdir(parents=True, exist_ok=True)
            write_atomically(str(home / name), [text.encode()])
            taken.append(name)
        else:
            kept.append(name)
    return Restored(tuple(taken), tuple(kept))


def _is_ahead(text: str, here: Path) -> bool:
    if not here.exists():
        return True
    mine = read_text(str(here), MAX_BYTES, "a progress file")
    return text != mine and text.startswith(mine)
