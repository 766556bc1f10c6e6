"""config.toml: what its user wants otherwise.

    [keys]                  # actions by the names that `l4numa doctor --keys` lists
    step = "n, right"
    zoom = "z"
    hint = ""               # no key: the list of commands still has it

A wrong file keeps nobody from working: what is wrong with it is told, with file and line, and
everything is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from l4numa_tui.errors import UserError
from l4numa_tui.folders import config_folder, short_path
from l4numa_tui.scenario.files import read_text
from l4numa_tui.toml_lines import decode_toml
from l4numa_tui.toml_scan import key_lines

FILE = "config.toml"
MAX_BYTES = 64 * 1024
MAX_PROBLEMS = 20
_TABLES = ("keys",)
_FORM = 'text such as "n, right"'


class Setting(NamedTuple):
    """A value as it stands in the file, and its line, counted from 1."""

    value: str
    line: int


class Config(NamedTuple):
    """What the file says. `source` is its name as it may be shown.

    `keys` are the entries of `[keys]`, in the file's order. `problems` are all that is wrong, in
    the order of their lines, at most MAX_PROBLEMS.
    """

    source: str
    keys: Mapping[str, Setting]
    problems: tuple[UserError, ...] = ()


def config_path() -> Path:
    """Where the file is looked for."""
    return config_folder() / FILE


def read_config(path: Path | None = None) -> Config:
    """The file's settings; no file is as good as an empty one. Never raises for what is in it."""
    path = path or config_path()
    source = short_path(path)
    try:
        if not path.exists():
            return Config(source, {})
        text = read_text(str(path), MAX_BYTES, "a file of settings")
        document = decode_toml(text, dict[str, Any], source, MAX_BYTES)
    except UserError as error:
        error.source = source
        return Config(source, {}, (error,))
    except OSError as error:
        return Config(source, {}, (UserError(f"cannot be read: {error.strerror}", source=source),))
    return _settings(document, key_lines(text), source)


def _settings(document: dict[str, Any], lines: dict[Any, int], source: str) -> Config:
    problems = []
    for name, value in document.items():
        if name not in _TABLES or not isinstance(value, dict):
            what = f"there is no setting `{clipped(name)}`"
            problems.append(UserError(what, "[keys]", source=source, line=lines.get((name,), 0)))
    found = document.get("keys")
    keys = {}
    for name, value in found.items() if isinstance(found, dict) else ():
        line = lines.get(("keys", name), 0)
        if isinstance(value, str):
            keys[name] = Setting(value, line)
        else:
            what = f"the key of `{clipped(name)}` is not a text"
            problems.append(UserError(what, _FORM, source=source, line=line))
    return Config(source, keys, in_order(problems))


def in_order(problems: list[UserError]) -> tuple[UserError, ...]:
    """Problems by their lines; of very many only the first, and how many more there are."""
    problems = sorted(problems, key=lambda each: each.line)
    more = len(problems) - MAX_PROBLEMS
    if more <= 0:
        return tuple(problems)
    rest = UserError(f"and {more} more", source=problems[MAX_PROBLEMS].source)
    return (*problems[:MAX_PROBLEMS], rest)


def clipped(name: str) -> str:
    """A name from the file, short enough for a message."""
    return name if len(name) <= 40 else f"{name[:39]}…"
