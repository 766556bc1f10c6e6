"""Screens over the panes: where runs stop, what differs between two moments, other futures."""

from __future__ import annotations

from typing import TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Size

from l4numa_tui.tui.panes.keys_line import Keys
from l4numa_tui.tui.panes.line_pane import Chosen, LinePane
from l4numa_tui.tui.screens.overlay import Overlay
from l4numa_tui.tui.screens.window import KeysBar, Window, over_panes, rows_of
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.pane_parts import count_of, number
from l4numa_tui.views.segments import Line, Segment, Target
from l4numa_tui.views.time.branches import branch_lines
from l4numa_tui.views.time.diff import difference
from l4numa_tui.views.time.stop_list import KIND_KEYS, stop_list, switch

_Result = TypeVar("_Result")


class ListScreen(Overlay[_Result]):
    """One pane over the others, with a cursor on what can be chosen."""

    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("escape,q", "leave", "Close", show=False, priority=True),
        Binding("down,j", "move(1)", show=False, priority=True),
        Binding("up,k", "move(-1)", show=False, priority=True),
        Binding("pagedown,space", "scroll_list(12)", show=False, priority=True),
        Binding("pageup", "scroll_list(-12)", show=False, priority=True),
        Binding("home", "scroll_list(-100000)", show=False, priority=True),
        Binding("end", "scroll_list(100000)", show=False, priority=True),
        Binding("enter", "choose", show=False, priority=True),
    ]

    keys: Keys = (("↑ ↓", "choose"),)
    wide = False

    def __init__(self, pane: LinePane) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        """The pane, and its keys."""
        stage = self._pane.stage
        yield Window(stage, self._pane, KeysBar(stage, self.keys), wide=self.wide, low=True)

    def on_resize(self) -> None:
        """As high as what is listed, where there is room."""
        self._pane.styles.height = rows_of(self._pane, self.app.size.height)

    def on_mount(self) -> None:
        """Keys go to the pane, its cursor on the first thing to choose."""
        self.on_resize()
        self.set_focus(self._pane)
        self.call_after_refresh(self._pane.move_cursor, 1)

    def action_leave(self) -> None:
        """Close without a choice."""
        self.dismiss(None)

    def action_move(self, by: int) -> None:
        """Move the cursor, or scroll where there is nothing more to choose."""
        before = self._pane.cursor
        self._pane.move_cursor(by)
        if self._pane.cursor == before:
            self._pane.scroll_rows(by)

    def action_scroll_list(self, by: int) -> None:
        """Scroll."""
        self._pane.scroll_rows(by)

    def action_choose(self) -> None:
        """Choose what the cursor is on."""
        self._pane.choose()

    def on_chosen(self, message: Chosen) -> None:
        """What a choice does; nothing, unless a screen says otherwise."""
        message.stop()


class StopsPane(LinePane):
    """The list of stops."""

    title = "Stops"
    inset = 1

    def lines(self, room: Size) -> list[Line]:
        """Kinds, watches, breakpoints."""
        return stop_list(self.stage.scene(), self.stage.session.stops, room.width)


class StopsScreen(ListScreen[None]):
    """Choose where runs stop."""

    BINDINGS = [  # noqa: RUF012 - Textual's own form
        *(
            Binding(key, f"toggle_kind('{kind}')", show=False, priority=True)
            for key, kind in KIND_KEYS.items()
        ),
        Binding("c", "clear", show=False, priority=True),
        Binding("T", "leave", show=False, priority=True),
    ]
    CSS = over_panes("StopsScreen")
    keys = (("↑ ↓", "choose"), ("enter", "or its letter: on, off"), ("c", "clear all"))

    def __init__(self, stage: Stage) -> None:
        super().__init__(StopsPane(stage, id="stops"))
        self._stops = stage.session.stops

    def on_chosen(self, message: Chosen) -> None:
        """Switch a stop."""
        message.stop()
        switch(self._stops, message.target)
        self._pane.renew()

    def action_toggle_kind(self, kind: str) -> None:
        """Stop at events of a kind, or no longer."""
        self._stops.toggle_kind(kind)
        self._pane.renew()

    def action_clear(self) -> None:
        """Stop nowhere any more."""
        self._stops.clear()
        self._pane.renew()


class DiffPane(LinePane):
    """What differs between the present step and another one."""

    inset = 1

    def __init__(self, stage: Stage, other: int) -> None:
        super().__init__(stage, id="diff")
        self._other = other

    def heading(self) -> str:
        """Between which steps."""
        first, last = sorted((self._other, self.stage.session.cursor))
        arrow = "->" if self.stage.ascii_only else "→"
        return f"Differences, step {first} {arrow} step {last}"

    def lines(self, room: Size) -> list[Line]:
        """The differences, from the earlier to the later."""
        session = self.stage.session
        first, last = sorted((self._other, session.cursor))
        span = session.span(first, last)
        heading = f"{count_of(last - first, 'step')}, {number(span.cycles)} cycles"
        return difference(self.stage.scene(), span.net(), room.width, heading=heading)


class DiffScreen(ListScreen[Target]):
    """The differences to another step."""

    CSS = over_panes("DiffScreen")
    keys = (("↑ ↓", "choose"), ("space", "a page on"), ("enter", "select in all panes"))
    wide = True

    def __init__(self, stage: Stage, other: int) -> None:
        super().__init__(DiffPane(stage, other))

    def on_chosen(self, message: Chosen) -> None:
        """Select what was chosen, in all panes."""
        message.stop()
        self.dismiss(message.target)


class BranchPane(LinePane):
    """The futures beside the present one."""

    title = "Other futures"
    inset = 1

    def lines(self, room: Size) -> list[Line]:
        """The present future, then the others."""
        session = self.stage.session
        here = f"Here: step {session.cursor} of {session.length}."
        return [
            [Segment(here, "strong")],
            [],
            *branch_lines(self.stage.scene(), session.futures(), session.actions, room.width),
        ]


class BranchScreen(ListScreen[int]):
    """Choose a future; the result is its index."""

    CSS = over_panes("BranchScreen")
    keys = (("↑ ↓", "choose"), ("enter", "go into it"))

    def __init__(self, stage: Stage) -> None:
        super().__init__(BranchPane(stage, id="branches"))

    def on_chosen(self, message: Chosen) -> None:
        """Go into the chosen future."""
        message.stop()
        _, *numbers = message.target
        self.dismiss(numbers[0])
