"""A list to choose from, searched by typing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.segments import Line, Segment

_GAP = 2
_MAX_NAME = 28


class Choice(NamedTuple):
    """One line of a list: what is chosen, a few words about it, and the heading it stands under.

    `key` is one that does the same without the list.
    """

    name: str
    about: str = ""
    group: str = ""
    key: str = ""


def matching(choices: Sequence[Choice], query: str) -> list[Choice]:
    """The choices that have every word of `query`, those whose name begins with it first."""
    words = query.casefold().replace("_", " ").split()
    found = [each for each in choices if all(word in _text(each) for word in words)]
    lead = query.casefold().strip()
    return sorted(found, key=lambda each: not each.name.casefold().startswith(lead))


def columns_of(choices: Iterable[Choice]) -> tuple[int, int]:
    """(columns for the names, columns for the keys) of a list."""
    names, keys = [0], [0]
    for choice in choices:
        names.append(len(choice.name))
        keys.append(len(choice.key))
    return min(max(names), _MAX_NAME) + _GAP, max(keys) + _GAP if any(keys) else 0


def choice_lines(
    choices: Sequence[Choice],
    chosen: int,
    width: int,
    *,
    grouped: bool,
    ascii_only: bool = False,
    columns: tuple[int, int] | None = None,
) -> list[Line]:
    """A line for each choice, and one for each heading if `grouped`; `chosen` is lit up.

    `columns` are `columns_of` a longer list that these are from. The target of a choice is
    ("choose", its position).
    """
    names, keys = columns or columns_of(choices)
    out: list[Line] = []
    group = ""
    mark = ">" if ascii_only else "❯"
    for at, choice in enumerate(choices):
        if grouped and choice.group != group:
            group = choice.group
            out.append([Segment(group, "title")])
        lit, target = at == chosen, ("choose", at)
        room = max(width - names - keys - 2, 0)
        name = safe_text(choice.name, limit=names - _GAP).ljust(names)
        about = safe_text(choice.about, limit=max(room, 1)).ljust(room)
        pieces = (
            (f"{mark if lit else ' '} {name}", "strong"),
            (safe_text(choice.key).ljust(keys), "key"),
            (about, "label"),
        )
        out.append([Segment(text, "selected" if lit else style, target) for text, style in pieces])
    return out


def row_of(choices: Sequence[Choice], chosen: int, *, grouped: bool) -> int:
    """The line on which a choice stands."""
    if not grouped:
        return chosen
    groups = [each.group for each in choices[: chosen + 1]]
    return chosen + sum(1 for at, each in enumerate(groups) if not at or each != groups[at - 1])


def _text(choice: Choice) -> str:
    return f"{choice.name} {choice.about}".casefold().replace("_", " ")
