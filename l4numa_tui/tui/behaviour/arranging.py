"""Which panes are shown, and which of them has the keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from textual.widget import Widget

from l4numa_tui.tui.behaviour.steering import Steering
from l4numa_tui.tui.panes.bars import LESSON, Bar
from l4numa_tui.tui.panes.database_pane import DatabasePane
from l4numa_tui.tui.panes.layout import Layout, lanes_height, layout_of, map_height
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.panes.panes import LanesPane, LessonPane, MapPane, TablesPane
from l4numa_tui.tui.stage import Stage

AnyPane = LinePane | DatabasePane
DATABASE, TABLES, INSPECTOR = 2, 4, 6
_LEFT, _EXTRA = 38, 43  # columns of the left and the right column, with the gap beside them
_SEEN_IN = {  # ids of the bars that a layout shows
    Layout.TINY: {"small"},
    Layout.NARROW: {"header", "step", "ask", "strip", "tabs", "footer"},
    Layout.FULL: {"header", "step", "timeline", "footer"},
    Layout.WIDE: {"header", "step", "timeline", "footer"},
}
_ZOOMED_SMALL = {"step", "footer"}  # on a small screen a zoomed pane gets the other bars' rows


class Arranging(Steering):
    """Lays the panes out for the terminal's size. `shown` is the pane that has the keys."""

    def __init__(
        self,
        stage: Stage,
        save: Callable[[], None] | None = None,
        *,
        ansi_color: bool | None = None,
    ) -> None:
        super().__init__(stage, save, ansi_color=ansi_color)
        self.shown = LESSON if stage.player else DATABASE
        self.zoomed = False
        self.layout_now = Layout.FULL
        self._asked = False

    def panes(self) -> list[AnyPane]:
        """The panes that have a number and a place in the present layout, in their order."""
        wide = self.layout_now == Layout.WIDE
        found = cast("Iterable[AnyPane]", self.query(".pane"))
        numbered = sorted(found, key=lambda pane: pane.number)
        return [pane for pane in numbered if wide or pane.number != INSPECTOR]

    def pane(self, number: int) -> AnyPane:
        """A pane by its number."""
        return next(pane for pane in self.panes() if pane.number == number)

    def arrange(self) -> None:
        """Show what fits: everything, one pane, or a word that it is too small."""
        width, height = self.size
        self.layout_now = layout_of(width, height)
        alone = self.zoomed or self.layout_now == Layout.NARROW
        small = self.layout_now == Layout.NARROW
        bars = _ZOOMED_SMALL if small and self.zoomed else _SEEN_IN[self.layout_now]
        tiny = self.layout_now == Layout.TINY
        for bar in self.query(Bar):
            bar.display = bar.shown = bar.id in bars
        self.query_one("#body").display = not tiny
        present = {pane.number for pane in self.panes()}
        if self.shown not in present:
            self.shown = TABLES
        for pane in cast("Iterable[AnyPane]", self.query(".pane")):
            titled = not small or self.zoomed
            if pane.titled != titled:
                pane.titled = titled
                pane.forget()
            pane.shown = not tiny and pane.number in ({self.shown} if alone else present)
            pane.display = pane.shown
        for box in self.query("#left, #right, #extra"):
            box.display = any(pane.display for pane in box.children)
        self._renew_bars()
        self.screen.set_class(alone, "alone")
        self._set_heights(width, height, alone=alone)

    def _renew_bars(self) -> None:
        """Bars tell which pane has the keys, and which keys do something there."""
        for bar in self.query(Bar):
            if bar.shown:
                bar.renew()

    def _set_heights(self, width: int, height: int, *, alone: bool) -> None:
        wide = self.layout_now == Layout.WIDE
        tables = self.query_one(TablesPane)
        tables.alone = wide
        machine, lanes = self.query_one(MapPane), self.query_one(LanesPane)
        if alone:
            machine.styles.height = lanes.styles.height = "1fr"
            return
        nodes = self.stage.session.world.kernel.machine.nodes
        room = width - _LEFT - (_EXTRA if wide else 0)
        machine.styles.height = map_height(nodes, room, height)
        lanes.styles.height = lanes_height(height)

    def focus_pane(self, number: int) -> None:
        """Move the keys to a pane; where only one is shown, show it."""
        if number not in {pane.number for pane in self.panes()}:
            return
        changed, self.shown = self.shown != number, number
        if changed and (self.zoomed or self.layout_now == Layout.NARROW):
            self.arrange()
            self.stage.revision += 1
            self.moment = self.stage.moment()
        else:
            self._renew_bars()
        pane = self.pane(number)
        # Its own screen's focus: another screen may lie over it.
        pane.screen.set_focus(pane, scroll_visible=False)

    def lesson_has_keys(self) -> bool:
        """The lesson's question takes enter and digits while its pane is focused."""
        return isinstance(self.focused, LessonPane)

    def possible(self, needs: str) -> bool:
        """The registry's conditions that are about the layout."""
        match needs:
            case "has_cursor":
                return isinstance(self.focused, LinePane | DatabasePane)
            case "is_usable":
                return self.layout_now != Layout.TINY
            case "is_wide":
                return self.layout_now == Layout.WIDE
            case "in_database":
                return self.shown == DATABASE
            case "two_faced":
                return self.layout_now != Layout.WIDE
        return super().possible(needs)

    def show(self) -> None:
        """A question that comes up takes the keys, where its pane is in sight."""
        asked = self.stage.draft is not None
        super().show()
        if asked and not self._asked and self.layout_now != Layout.NARROW and not self.zoomed:
            self.focus_pane(LESSON)
        self._asked = asked

    def action_pane(self, number: int) -> None:
        """To a pane by its number."""
        self.focus_pane(number)

    def action_next_pane(self) -> None:
        """To the next pane."""
        self._turn(1)

    def action_previous_pane(self) -> None:
        """To the pane before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        numbers = [pane.number for pane in self.panes()]
        at = numbers.index(self.shown) if self.shown in numbers else 0
        self.focus_pane(numbers[(at + by) % len(numbers)])

    def has_keys(self, pane: Widget) -> None:
        """A pane has got the keys, by a click perhaps: they stand in the footer."""
        if isinstance(pane, LinePane | DatabasePane) and pane.number:
            self.shown = pane.number
            self._renew_bars()

    def action_zoom(self) -> None:
        """Give the focused pane the whole screen, and back."""
        self.zoomed = not self.zoomed
        self.arrange()
        self.screen.set_focus(self.pane(self.shown), scroll_visible=False)
