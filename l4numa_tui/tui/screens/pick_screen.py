"""Choosing from a list by typing, arrows or mouse: requests, machines."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size

from l4numa_tui.tui.panes.keys_line import Keys
from l4numa_tui.tui.panes.line_pane import Chosen, LinePane
from l4numa_tui.tui.screens.line_edit import KeyScreen, LineEdit
from l4numa_tui.tui.screens.window import BarePane, KeysBar, Window, over_panes, title_line
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.picking import Choice, choice_lines, matching, row_of
from l4numa_tui.views.segments import Line, Segment, Target

_NOTHING = "nothing is called so: delete some of what you typed"
_PROMPT = "type to search"
_MOVES = {"down": 1, "up": -1, "pagedown": 10, "pageup": -10}


class PickPane(LinePane, can_focus=False):
    """The choices that fit what was typed; one of them is chosen."""

    titled = False
    inset = 1

    def __init__(self, stage: Stage, choices: Sequence[Choice]) -> None:
        super().__init__(stage, id="picks")
        self.choices = choices
        self.found = list(choices)
        self.chosen = 0
        self._grouped = True

    def search(self, query: str) -> None:
        """Show what fits."""
        self.found, self.chosen, self.top = matching(self.choices, query), 0, 0
        self._grouped = not query.strip()
        self.renew(following=True)

    def move(self, by: int) -> None:
        """Choose another one."""
        if self.found:
            self.chosen = max(0, min(self.chosen + by, len(self.found) - 1))
            self.renew(following=True)

    def follow(self) -> tuple[int, int] | None:
        """The chosen line stays in sight, and the heading above the first."""
        if not self.found:
            return None
        row = row_of(self.found, self.chosen, grouped=self._grouped)
        return (0 if self.chosen == 0 else row), row

    def lines(self, room: Size) -> list[Line]:
        """Headings and choices."""
        if not self.found:
            return [[Segment(_NOTHING, "warn")]]
        return choice_lines(
            self.found, self.chosen, room.width, grouped=self._grouped,
            ascii_only=self.stage.ascii_only,
        )  # fmt: skip


class PickScreen(KeyScreen[str]):
    """A list over everything else; `then` gets the name of what was chosen, "" for nothing."""

    CSS = over_panes("PickScreen")
    SCOPED_CSS = False  # the rules above are meant for subclasses, too
    heading = ""
    title_rows = 1
    keys: Keys = (
        ("type", "to search"), ("↑ ↓", "choose"), ("enter", "take"),
    )  # fmt: skip

    def __init__(self, stage: Stage, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.stage = stage
        self.picks = PickPane(stage, choices)
        self.query_text = LineEdit()
        self.bars = [
            BarePane(stage, self.title_rows, self.title_lines, "pick-title"),
            BarePane(stage, 1, self._query_lines, "pick-query"),
        ]

    def compose(self) -> ComposeResult:
        """Title, what is typed, the list, keys."""
        title, typed = self.bars
        yield Window(self.stage, title, typed, self.picks, KeysBar(self.stage, self.keys))

    def title_lines(self, width: int) -> list[Line]:
        """The title bar."""
        return [title_line(self.heading, width)]

    def _query_lines(self, width: int) -> list[Line]:
        more = "" if self.query_text.text else _PROMPT
        edge = Segment(" ", "cursor")
        return [[edge, *self.query_text.line(width - 2, here=True, more=more), edge]]

    def key(self, key: str, character: str | None) -> None:
        """Letters search, arrows choose, enter takes."""
        edited = self.query_text.pressed(key, character)
        if key == "enter":
            self.take()
        elif key in ("escape", "ctrl+c"):
            self.finish("")
        elif key == "tab":
            self.turn()
        elif key in _MOVES:
            self.picks.move(_MOVES[key])
        elif edited is not None:
            self._type(edited)

    def _type(self, edited: LineEdit) -> None:
        if edited.text != self.query_text.text:
            self.picks.search(edited.text)
        self.query_text = edited
        for bar in self.bars:
            bar.renew()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is typed text."""
        event.stop()
        self._type(self.query_text.typed(event.text))

    def on_chosen(self, message: Chosen) -> None:
        """A line was clicked on."""
        message.stop()
        self.take_target(message.target)

    def take_target(self, target: Target) -> None:
        """Take what was clicked on."""
        kind, *numbers = target
        if kind == "choose":
            self.picks.chosen = numbers[0]
            self.take()

    def turn(self) -> None:
        """Whatever tab does here."""

    def take(self) -> None:
        """Take what is chosen."""
        if self.picks.found:
            self.finish(self.picks.found[self.picks.chosen].name)
