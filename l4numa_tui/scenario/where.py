"""Where in a scenario file something stands, for checks that come after decoding."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text
from l4numa_tui.toml_scan import KeyPath, key_lines

MAX_NAME = 24
_MAX_SHOWN = 8  # names listed in a message
_QUOTED = 40  # characters of foreign text quoted in a message

T = TypeVar("T")


class Where:
    """A scenario's text and the name of its file; makes errors that bear the right line.

    The text is searched for lines when one is first asked for, and once.
    """

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self._lines: dict[KeyPath, int] | None = None

    def error(self, what: str, expected: str = "", *path: str | int) -> UserError:
        """An error about the value at `path`, such as `"step", 3, "at"`."""
        return UserError(what, expected, source=self.source, line=self.line(*path))

    def line(self, *path: str | int) -> int:
        """The line of the value at `path`, or of the nearest table around it; else 0."""
        if self._lines is None:
            self._lines = key_lines(self.text)
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return 0

    def memory(self, key: str) -> tuple[str, ...]:
        """Where to point for a key of `[memory]`: at the machine where that table is left out."""
        return ("memory", key) if self.line("memory") else ("machine",)

    def choose(self, value: str, choices: dict[str, T], *path: str | int) -> T:
        """What a word stands for; UserError that lists the words if it is none of them."""
        if value not in choices:
            raise self.error(f"`{path[-1]}` is {quoted(value)}", one_of(value, choices), *path)
        return choices[value]

    def check_name(self, name: str, taken: Collection[str], *path: str | int) -> str:
        """Return a name fit to be shown and typed, and not among `taken`; else UserError."""
        blank = any(character.isspace() for character in name)
        if not 1 <= len(name) <= MAX_NAME or blank or safe_text(name) != name:
            expected = f"1 to {MAX_NAME} printable characters without blanks"
            raise self.error(f"{quoted(name)} cannot be a name", expected, *path)
        if name in taken:
            raise self.error(f"the name {quoted(name)} is taken", "another one", *path)
        return name


def quoted(text: str) -> str:
    """Foreign text as a message quotes it, cut where it is long."""
    return f"`{text if len(text) <= _QUOTED else text[: _QUOTED - 1] + '…'}`"


def one_of(wrong: str, names: Iterable[str]) -> str:
    """For a message: all the names if they are few, else the one most like the wrong one."""
    known = list(names)
    if len(known) > _MAX_SHOWN:
        import difflib  # noqa: PLC0415 - for the message only

        near = difflib.get_close_matches(wrong[:_QUOTED], known, n=1)
        if near:
            return f"`{near[0]}`"
        known[_MAX_SHOWN:] = ["…"]
    return ("one of " if len(known) > 1 else "") + ", ".join(known)
