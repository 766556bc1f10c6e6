"""The mapping database's pane: follows steps, moves a cursor, folds, zooms, limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message

from l4numa_tui.tui.panes.forest_canvas import ForestCanvas, Styles
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.forest.cursor import level_of
from l4numa_tui.views.forest.limit import Limit
from l4numa_tui.views.forest.paint import target_in
from l4numa_tui.views.forest.strip import row_of_cell
from l4numa_tui.views.forest.zoom import ZOOMS
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target
from l4numa_tui.world.session import Session, StepChange

_WHEEL_ROWS, _WHEEL_COLUMNS = 3, 8
_ABOVE = 2  # rows that stay visible above a change that was scrolled to
_MANY_STEPS = 64  # beyond so many steps, looking at everything is quicker than following,
_ENTRIES_A_STEP = 10  # or beyond one for so many entries
_PRIVATE = ("run", "ghost")  # targets that only the forest knows
_MARKED = frozenset(("new", "gone", "changed"))


class ForestPane(ForestCanvas, can_focus=True, inherit_bindings=False):
    """Shows a `ForestView` and moves a cursor in it.

    `show` gives it every scene; it posts `Selected` when the viewer chooses something.
    """

    DEFAULT_CSS = "ForestPane { height: 1fr; width: 1fr; overflow: hidden; scrollbar-size: 0 0; }"
    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("up,k", "cursor('up')", "Cursor up", show=False),
        Binding("down,j", "cursor('down')", "Cursor down", show=False),
        Binding("left", "cursor('left')", "To the parent", show=False),
        Binding("right", "cursor('right')", "To the first child", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "edge(-1)", "To the first row", show=False),
        Binding("end", "edge(1)", "To the last row", show=False),
        Binding("enter,space", "fold", "Fold or unfold", show=False),
    ]

    view_class = ForestView

    class Selected(Message):
        """The viewer chose something; None for what only the forest knows, as a run of frames."""

        def __init__(self, pane: ForestPane, target: Target | None) -> None:
            self.pane = pane
            self.target = target
            super().__init__()

        @property
        def control(self) -> ForestPane:
            """The pane that posted this."""
            return self.pane

    def __init__(
        self,
        scene: Scene | None = None,
        styles: Styles | None = None,
        *,
        select_on_move: bool = True,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(styles, id=id)
        self.select_on_move = select_on_move
        self._level: int | None = None
        self._stands: tuple[int, int, int] = (0, 0, 0)  # log mark; step and cuts of `follow`
        self._session: Session | None = None
        if scene is not None:
            self.show(scene)

    # What is shown.
    def show(self, scene: Scene, change: StepChange | Sequence[StepChange] | None = None) -> None:
        """Show a scene that lies one step, or a few, after or before the one shown.

        With no `change` anything may have happened; if nothing has but that something else is
        selected, that is noticed.
        """
        mark = scene.world.journal.mark()
        view = self.view
        if view is None:
            self.view = self.new_view(scene)
            self._stands = (mark, *self._stands[1:])
            self._settle(scene.selected)
            return
        top = int(self.scroll_y)
        anchor = view.stop_at(top)
        offset = 0 if anchor is None else top - (view.row_of(anchor) or 0)
        before, old_last = view.scene.selected, view.scene.last
        same = (scene.world, scene.last, mark) == (view.scene.world, old_last, self._stands[0])
        if change is None and not same:
            view.reset(scene)
        else:
            view.update(change or (), scene)
        self._stands = (mark, *self._stands[1:])
        row = None if anchor is None or same else view.row_of(anchor)
        self._settle(scene.selected if scene.selected != before else None)
        if row is not None:
            self.scroll_there(row + offset)
        if scene.last != old_last:
            self._show_change()
        self.repaint()

    def new_view(self, scene: Scene) -> ForestView:
        """A view of a scene as the viewer wants to see it."""
        return self.view_class(
            scene, tight=self.is_tight(), room=self.room, zoom=self.zoom_now, limit=self.limit
        )

    def follow(self, session: Session, scene: Scene) -> None:
        """Show where a session stands, by the steps since the last time where that is possible."""
        now, cuts = session.cursor, len(session.cuts)
        _, then, were = self._stands
        known = session is self._session and cuts == were and then <= session.length
        steps: list[StepChange] | None = None
        entries = len(scene.world.kernel.database.entries.rows)
        if known and 0 < abs(now - then) <= max(_MANY_STEPS, entries // _ENTRIES_A_STEP):
            first, last = sorted((now, then))
            steps = [session.change(index) for index in range(first + 1, last + 1)]
        self._session = session
        self.show(scene, steps)
        self._stands = (self._stands[0], now, cuts)

    def _settle(self, selected: Target | None) -> None:
        """After the view has changed: its size, and the cursor where something new is selected."""
        view = self.view
        if view is None:
            return
        size = Size(max(view.width + 1, self.size.width), view.row_count + self.heads)
        if size != self.virtual_size:
            # Not by assignment: that would lay out the whole screen anew.
            self.set_reactive(ForestPane.virtual_size, size)
        if selected is not None and selected != self.cursor and view.row_of(selected) is not None:
            self.cursor = selected
            self._level = level_of(view, selected)
            self.reveal(selected)
        self.scroll_there(int(self.scroll_y))

    def _show_change(self) -> None:
        """If nothing that the step changed is in sight, scroll to the first of it."""
        view, top = self.view, int(self.scroll_y)
        rows = [row for row, _ in view.change_rows()] if view else []
        if not rows or view is None:
            return
        last = view.row_count - 1
        # The lowest row visible may have something below it that belongs to the change.
        if not any(top <= row < top + self.body_height - (row < last) for row in rows):
            self.scroll_there(rows[0] - min(_ABOVE, self.body_height // 3))
        seen = [row for row in rows if self.scroll_y <= row < self.scroll_y + self.body_height]
        at = 0
        for segment in view.whole_line(seen[0]) if seen else []:
            end = at + len(segment.text)
            if segment.target and _MARKED.intersection(segment.style.split()):
                x = int(self.scroll_x)
                if at < x or at >= x + self.room - 1:
                    self.scroll_there(int(self.scroll_y), max(0, at + self.room // 2 - self.room))
                return
            at = end

    # What the viewer chose.
    def cycle_zoom(self) -> str:
        """From chips to cards to lanes, and again; which it is now."""
        self.zoom_now = ZOOMS[(ZOOMS.index(self.zoom_now) + 1) % len(ZOOMS)]
        self._again(0)
        return self.zoom_now

    def set_limit(self, limit: Limit | None) -> None:
        """Show only trees with an entry that meets a limit; None for everything."""
        self.limit = limit
        self._again(0)

    def _again(self, left: int) -> None:
        """Show the same another way, with the same thing in sight."""
        view = self.view
        if view is None:
            return
        anchor = self.cursor or view.scene.selected or view.stop_at(int(self.scroll_y))
        if (view.limit and view.limit.text) != (self.limit and self.limit.text):
            view.limit = self.limit
        view.zoom = self.zoom_now
        self.scroll_there(int(self.scroll_y), left)
        self._settle(None)
        if anchor is not None and view.row_of(anchor) is not None:
            self.reveal(anchor)
        self.repaint()

    # Keys and mouse.
    def action_cursor(self, direction: str) -> None:
        """Move the cursor to the next row, the parent or the first child."""
        view = self.view
        if view is None or self.cursor is None or view.row_of(self.cursor) is None:
            self._point(view.stop_at(int(self.scroll_y)) if view else None)
            return
        upright = direction in ("up", "down")
        target = view.next_target(self.cursor, direction, self._level if upright else None)
        self._point(target, keep_level=upright)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._jump(pages * max(self.body_height - 1, 1))

    def action_edge(self, side: int) -> None:
        """Move the cursor to the first or the last row."""
        self._jump(side * (self.view.row_count if self.view else 0))

    def _jump(self, rows: int) -> None:
        if self.view is not None:
            at = self.view.row_of(self.cursor) if self.cursor is not None else None
            row = (int(self.scroll_y) if at is None else at) + rows
            row = max(0, min(row, self.view.row_count - 1))
            self._point(self.view.stop_at(row, self._level or 0), keep_level=True)

    def action_fold(self) -> None:
        """Fold or unfold where the cursor is; select what cannot be folded."""
        view = self.view
        row = view.row_of(self.cursor) if view and self.cursor is not None else None
        if view is None or row is None or self.cursor is None:
            return
        folded = view.toggle(row, self.cursor)
        self._settle(None)
        self._point(folded or self.cursor, choose=True)

    def _point(
        self, target: Target | None, *, keep_level: bool = False, choose: bool = False
    ) -> None:
        """Move the cursor, select what it is on, and let the application know."""
        view = self.view
        if view is None or target is None:
            return
        self.cursor = target
        if not keep_level:
            self._level = level_of(view, target)
        if choose or self.select_on_move:
            chosen = None if target[0] in _PRIVATE else target
            if chosen != view.scene.selected:
                view.update((), replace(view.scene, selected=chosen))
                self._settle(None)
            self.post_message(self.Selected(self, chosen))
        self.reveal(target)
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Select what was clicked on, fold what was selected already; on the strip, go there."""
        view, y = self.view, event.y - self.heads
        if view is None:
            return
        if y < 0:
            self._click_head(view, event)
            return
        if event.x >= self.room:
            self.scroll_there(
                row_of_cell(y, view.row_count, self.body_height) - self.body_height // 2
            )
            return
        row = int(self.scroll_y) + y
        column = event.x + view.offset_in(row, int(self.scroll_x))
        target = view.target_at(row, column) or view.stop_at(row)
        if target is not None and target == self.cursor and target[0] != "entry":
            self.action_fold()
        else:
            self._point(target, choose=True)

    def _click_head(self, view: ForestView, event: events.Click) -> None:
        """Select the node whose lane was clicked on."""
        heads = view.heads(self.room, int(self.scroll_x))
        at = event.y - (self.heads - len(heads))
        target = target_in(heads[at], event.x) if 0 <= at < len(heads) else None
        if target is not None:
            self._point(target, choose=True)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll with the wheel, sideways with shift."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll with the wheel, sideways with shift."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        event.prevent_default()
        top, left = int(self.scroll_y), int(self.scroll_x)
        if event.shift or event.ctrl:
            limit = max(self.virtual_size.width - self.room, 0)
            self.scroll_there(top, min(left + by * _WHEEL_COLUMNS, limit))
        else:
            self.scroll_there(top + by * _WHEEL_ROWS)

    def on_resize(self) -> None:
        """Paint everything for the new size."""
        self._rows = []
        if self.view is not None:
            self.view.fit(self.room, tight=self.is_tight())
            self._settle(None)
        self.repaint()
