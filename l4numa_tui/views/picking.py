"""A list to choose from, searched by typing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.segments import Line, Segment

_GAP = 2
_MAX_NAME = 24


class Choice(NamedTuple):
    """One line of a list: what is chosen, a few words about it, and the heading it stands under."""

    name: str
    about: str = ""
    group: str = ""


def matching(choices: Sequence[Choice], query: str) -> list[Choice]:
    """The choices that have every word of `query`, those whose name begins with it first."""
    words = query.casefold().replace("_", " ").split()
    found = [each for each in choices if all(word in _text(each) for word in words)]
    lead = query.casefold().strip()
    return sorted(found, key=lambda each: not each.name.casefold().startswith(lead))


def choice_lines(
    choices: Iterable[Choice], chosen: int, width: int, *, grouped: bool, ascii_only: bool = False
) -> list[Line]:
    """A line for each choice, and one for each heading if `grouped`; `chosen` is lit up.

    The target of a choice is ("choose", its position).
    """
    out: list[Line] = []
    group = ""
    mark = ">" if ascii_only else "❯"
    for at, choice in enumerate(choices):
        if grouped and choice.group != group:
            group = choice.group
            out.append([Segment(group, "title")])
        lit, target = at == chosen, ("choose", at)
        name = safe_text(choice.name, limit=_MAX_NAME).ljust(_MAX_NAME + _GAP)
        about = safe_text(choice.about, limit=max(width - len(name) - 2, 1))
        text = f"{mark if lit else ' '} {name}"
        rest = about.ljust(max(width - len(text), 0))
        out.append([
            Segment(text, "selected" if lit else "strong", target),
            Segment(rest, "selected" if lit else "label", target),
        ])  # fmt: skip
    return out


def row_of(choices: Sequence[Choice], chosen: int, *, grouped: bool) -> int:
    """The line on which a choice stands."""
    if not grouped:
        return chosen
    groups = [each.group for each in choices[: chosen + 1]]
    return chosen + sum(1 for at, each in enumerate(groups) if not at or each != groups[at - 1])


def _text(choice: Choice) -> str:
    return f"{choice.name} {choice.about}".casefold().replace("_", " ")
