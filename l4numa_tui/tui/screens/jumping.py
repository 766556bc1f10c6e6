"""The jump overlay: a letter on everything one can go to; the next key goes there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Offset, Size

from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.screens.overlay import Overlay
from l4numa_tui.tui.screens.window import KeysBar
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Line, Segment, width_of

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


class Goal(NamedTuple):
    """Where a letter stands on the screen, the action that goes there, and its name.

    The name is written beside the letter where nothing else there tells.
    """

    place: Offset
    method: str
    name: str = ""


class LetterPane(LinePane, can_focus=False):
    """One letter, perhaps with a name."""

    DEFAULT_CSS = "LetterPane { position: absolute; height: 1; }"
    titled = False
    scrolls = False

    def __init__(self, stage: Stage, letter: str, goal: Goal) -> None:
        super().__init__(stage, id=f"letter-{letter}")
        self.letter = letter
        self._line = [Segment(f" {letter} ", "pick")]
        if goal.name:
            self._line.append(Segment(f" {goal.name} ", "head"))
        self.styles.width = width_of(self._line)
        self.styles.offset = goal.place

    def lines(self, room: Size) -> Sequence[Line]:
        """The letter with a blank on each side, and the name."""
        del room
        return [self._line]


class JumpScreen(Overlay[str]):
    """Waits for one key; its result is the action chosen, "" for any other key."""

    # With priority, so that what is typed ahead is taken in its order.
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("escape", "go('')", show=False, priority=True),
        *(Binding(letter, f"go('{letter}')", show=False, priority=True) for letter in LETTERS),
    ]
    CSS = """
    JumpScreen { background: transparent; }
    JumpScreen KeysBar { dock: bottom; }
    """

    def __init__(self, stage: Stage, goals: Sequence[Goal]) -> None:
        super().__init__()
        self._stage = stage
        self._goals = dict(zip(LETTERS, goals, strict=False))

    def compose(self) -> ComposeResult:
        """The letters where they belong."""
        for letter, goal in self._goals.items():
            yield LetterPane(self._stage, letter, goal)
        yield KeysBar(self._stage, (("a letter", "goes there"),))

    def on_key(self, event: events.Key) -> None:
        """Any other key ends it."""
        event.stop()
        event.prevent_default()
        self.action_go("")

    def on_click(self, event: events.Click) -> None:
        """A click on a letter, or anywhere else."""
        event.stop()
        letters = self.query(LetterPane)
        hit = [each for each in letters if each.region.contains(event.screen_x, event.screen_y)]
        self.action_go(hit[0].letter if hit else "")

    def action_go(self, letter: str) -> None:
        """Go where a letter stands; nowhere for any other."""
        if self.is_current:
            goal = self._goals.get(letter)
            self.dismiss(goal.method if goal else "")
