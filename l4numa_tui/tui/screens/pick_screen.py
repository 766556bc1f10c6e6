"""Choosing from a list by typing, arrows or mouse: requests, machines."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size

from l4numa_tui.tui.panes.keys_line import Keys
from l4numa_tui.tui.screens.searching import ResultsPane, TypedScreen
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.picking import Choice, choice_lines, columns_of, matching, row_of
from l4numa_tui.views.segments import Line, Segment, Target

_NOTHING = "nothing is called so: delete some of what you typed"


class PickPane(ResultsPane):
    """The choices that fit what was typed; one of them is chosen."""

    def __init__(self, stage: Stage, choices: Sequence[Choice]) -> None:
        super().__init__(stage)
        self.choices = choices
        self.found = list(choices)
        self._columns = columns_of(choices)

    def take(self, text: str) -> None:
        """Show what fits."""
        self.found = matching(self.choices, text)
        super().take(text)

    def turn(self, by: int) -> None:
        """Choose another one."""
        if self.found:
            self.at = max(0, min(self.at + by, len(self.found) - 1))
            self.renew(following=True)

    def chosen(self) -> Target | None:
        """("choose", its position)."""
        return ("choose", self.at) if self.found else None

    def follow(self) -> tuple[int, int] | None:
        """The chosen line stays in sight, and the heading above the first."""
        if not self.found:
            return None
        row = row_of(self.found, self.at, grouped=self._grouped)
        return (0 if self.at == 0 else row), row

    @property
    def _grouped(self) -> bool:
        return not self.text.strip()

    def lines(self, room: Size) -> list[Line]:
        """Headings and choices."""
        if not self.found:
            return [[Segment(_NOTHING, "warn")]]
        return choice_lines(
            self.found, self.at, room.width, grouped=self._grouped,
            ascii_only=self.stage.ascii_only, columns=self._columns,
        )  # fmt: skip


class PickScreen(TypedScreen[str]):
    """A list over everything else; `then` gets the name of what was chosen, "" for nothing."""

    pane_class = PickPane
    keys: Keys = (("type", "to search"), ("↑ ↓", "choose"), ("enter", "take"))

    def __init__(self, stage: Stage, choices: Sequence[Choice]) -> None:
        self._picks = self.pane_class(stage, choices)
        super().__init__(stage, self._picks)

    def about(self) -> str:
        """What there is to say about the chosen one."""
        found = self._picks.found
        return found[self._picks.at].about if found else ""

    def take(self, target: Target | None) -> None:
        """Close with what was chosen; where there is nothing to choose, stay."""
        match target:
            case ("choose", place):
                self.finish(self._picks.found[place].name)

    def leave(self) -> None:
        """Close with nothing."""
        self.finish("")
