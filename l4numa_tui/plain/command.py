"""The one kind of command: a row of a table, and how a typed line finds its row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, NamedTuple, TypeVar

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text

Lines = Iterable[str]
T_contra = TypeVar("T_contra", contravariant=True)

_FIRST = {"look": "show", "print": "show"}  # other words for the first of two
_SHOWN = 30  # so much of a word that is not known is repeated


def _always(_talk: object) -> bool:
    return True


@dataclass(frozen=True)
class Command(Generic[T_contra]):
    """A command: its words, what is typed after them, what it does, and the function that does it.

    `words[0]` is its name, of one word or two (`show mdb`); the others mean the same. `form` is
    what `help` prints, `example` a line that may be typed. `run(talk, rest)` gives the lines to
    print, none if it has printed them itself; it raises UserError, and then nothing has changed.
    `possible` hides the command where it makes no sense. `whole` output is never cut, a
    `figure` never wrapped where it is indented.
    """

    words: tuple[str, ...]
    form: str
    help: str
    run: Callable[[T_contra, str], Lines]
    possible: Callable[[T_contra], bool] = _always
    example: str = ""
    whole: bool = False
    figure: bool = False

    @property
    def name(self) -> str:
        """The word or two words by which it is known."""
        return self.words[0]

    def of(self, word: str) -> bool:
        """Whether its name is that word and a second one."""
        return self.name.startswith(f"{word.lower()} ")


class Chapter(NamedTuple):
    """Commands that belong together, under a heading of `help`."""

    title: str
    commands: tuple[Command[Any], ...]
    brief: bool = False
    """Whether `help` alone only names its commands: they are for later."""


class Found(NamedTuple):
    """The command that a line means, and the rest of the line."""

    command: Command[Any]
    rest: str


class Vocabulary:
    """The commands that are possible now, to be found by what is typed."""

    def __init__(self, commands: Sequence[Command[Any]]) -> None:
        self._single: dict[str, Command[Any]] = {}
        self._double: dict[str, dict[str, Command[Any]]] = {}
        for command in commands:
            for word in command.words:
                first, _, second = word.partition(" ")
                if second:
                    self._double.setdefault(first, {})[second] = command
                else:
                    self._single[first] = command

    def knows(self, line: str) -> bool:
        """Whether a line begins as a command does."""
        first, _ = _cut(line)
        first = _FIRST.get(first, first)
        return first in self._single or first in self._double or bool(self._meant(first))

    def exact(self, line: str) -> Found | None:
        """The command whose whole first word is typed; None for any other line.

        UserError where the first word is known and asks for a second that is not.
        """
        first, rest = _cut(line)
        first = _FIRST.get(first, first)
        if first in self._single:
            return Found(self._single[first], rest)
        if first in self._double:
            return self._second(first, rest)
        return None

    def shortened(self, line: str) -> Found | None:
        """The only command that begins with what is typed, None if there is none.

        UserError where several do.
        """
        first, rest = _cut(line)
        meant = self._meant(first) if first else {}
        if not meant:
            return None
        if len(meant) > 1:
            raise _ambiguous(first, list(meant.values()))
        (name,) = meant.values()
        return self.exact(f"{name} {rest}")

    def unknown(self, line: str) -> UserError:
        """What to say of a line that means nothing."""
        first, _ = _cut(line)
        near = get_close_matches(first, [*self._single, *self._double], 1)
        what = f"{safe_text(line, limit=40)!r} is no command"
        return UserError(what, f"perhaps `{near[0]}`" if near else "a command that `help` lists")

    def _meant(self, first: str) -> dict[object, str]:
        """By command, the words that begin with `first`; a group of commands counts as one."""
        meant: dict[object, str] = {}
        for word, command in self._single.items():
            if word.startswith(first):
                meant.setdefault(command.name, command.name)
        for word in self._double:
            if word.startswith(first):
                meant.setdefault(word, word)
        return meant

    def _second(self, first: str, rest: str) -> Found:
        group = self._double[first]
        second, after = _cut(rest)
        if second in group:
            return Found(group[second], after)
        meant = {
            command.name: command
            for word, command in group.items()
            if second and word.startswith(second)
        }
        if len(meant) > 1:
            raise _ambiguous(f"{first} {second}", list(meant))
        for command in meant.values():
            return Found(command, after)
        near = get_close_matches(second, list(group), 1)
        names = dict.fromkeys(command.name.partition(" ")[2] for command in group.values())
        listed = f"perhaps `{first} {near[0]}`" if near else f"one of {', '.join(names)}"
        what = f"`{first} {safe_text(second, limit=_SHOWN)}` is not known"
        raise UserError(what if second else f"`{first}` alone does not say what", listed)


def _cut(line: str) -> tuple[str, str]:
    """The first word in small letters, and what follows it."""
    first, _, rest = line.strip().partition(" ")
    return first.lower(), rest.strip()


def _ambiguous(typed: str, names: Sequence[str]) -> UserError:
    listed = ", ".join(f"`{name}`" for name in names)
    return UserError(f"{safe_text(typed, limit=_SHOWN)!r} may mean several commands", listed)


def no_more(rest: str, form: str) -> None:
    """Refuse what is typed after a command that takes nothing more."""
    if rest:
        raise UserError(f"{safe_text(rest, limit=_SHOWN)!r} is too much", f"`{form}` alone")
