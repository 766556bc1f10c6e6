"""Choosing from a list by typing, arrows or mouse: requests, machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Input

from l4numa_tui.tui.line_pane import Chosen, LinePane
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.picking import Choice, choice_lines, matching, row_of
from l4numa_tui.views.segments import Line, Segment, Target

_NOTHING = "nothing is called so: delete some of what you typed"


class BarePane(LinePane, can_focus=False):
    """Lines that somebody else makes, in a fixed number of rows."""

    titled = False
    scrolls = False

    def __init__(self, stage: Stage, rows: int, make: Callable[[int], list[Line]]) -> None:
        super().__init__(stage, id=f"lines-{id(self)}")
        self._make_lines = make
        self.styles.height = rows

    def lines(self, room: Size) -> list[Line]:
        """What the maker says."""
        return self._make_lines(room.width + 1)


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


class PickScreen(ModalScreen[str]):
    """A list over everything else; dismissed with the name of what was chosen, "" for nothing."""

    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("escape", "leave", show=False, priority=True),
        Binding("enter", "take", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
        Binding("tab", "turn", show=False, priority=True),
    ]
    CSS = """
    PickScreen { align: center middle; background: $background 60%; }
    PickScreen Vertical { width: 84; max-width: 100%; height: 92%; background: $surface; }
    PickScreen Input { margin: 0 1; background: $panel; }
    PickScreen PickPane { height: 1fr; }
    PickScreen.plain Input { background: ansi_default; text-style: underline; }
    """
    SCOPED_CSS = False  # the rules above are meant for subclasses, too
    heading = ""
    title_rows = 1
    keys: tuple[tuple[str, str], ...] = (
        ("type", "to search"), ("↑ ↓", "choose"), ("enter", "take"), ("esc", "leave"),
    )  # fmt: skip

    def __init__(self, stage: Stage, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.stage = stage
        self.picks = PickPane(stage, choices)

    def compose(self) -> ComposeResult:
        """Title, what is typed, the list, keys."""
        with Vertical():
            yield BarePane(self.stage, self.title_rows, self.title_lines)
            yield Input(placeholder="type to search", compact=True, id="query")
            yield self.picks
            yield BarePane(self.stage, 1, lambda width: key_lines(self.stage, self.keys, width))

    def title_lines(self, width: int) -> list[Line]:
        """The title bar."""
        return [[Segment(f" {self.heading}".ljust(width), "head-focus")]]

    def on_mount(self) -> None:
        """What is typed goes to the search."""
        self.set_class(self.app.current_theme.ansi, "plain")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search again."""
        event.stop()
        self.picks.search(event.value)

    def on_chosen(self, message: Chosen) -> None:
        """A line was clicked on."""
        message.stop()
        self.take_target(message.target)

    def take_target(self, target: Target) -> None:
        """Take what was clicked on."""
        kind, *numbers = target
        if kind == "choose":
            self.picks.chosen = numbers[0]
            self.action_take()

    def action_move(self, by: int) -> None:
        """Choose another line."""
        self.picks.move(by)

    def action_turn(self) -> None:
        """Whatever tab does here."""

    def action_take(self) -> None:
        """Take what is chosen."""
        if self.picks.found:
            self.dismiss(self.picks.found[self.picks.chosen].name)

    def action_leave(self) -> None:
        """Take nothing."""
        self.dismiss("")


def key_lines(stage: Stage, keys: Sequence[tuple[str, str]], width: int) -> list[Line]:
    """What keys do here, as in the program's own footer."""
    line: Line = []
    for key, word in keys:
        shown = {"↑ ↓": "up down", "→": "right"}.get(key, key) if stage.ascii_only else key
        line += [Segment(f" {shown} ", "foot-key"), Segment(f"{word} ", "foot")]
    return [[*line, Segment(" " * width, "foot")]]
