"""The mapping database's pane: paints the forest, row by row, and only rows that changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rich.segment import Segment as RichSegment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from l4numa_tui.tui.line_pane import Row, changed_span
from l4numa_tui.tui.look import Look
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.forest.cursor import level_of
from l4numa_tui.views.forest.strip import change_strip, legend, row_of_cell
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment, Target, fit, width_of
from l4numa_tui.world.session import Session, StepChange

Styles = Callable[[str], Style]

_TIGHT_BELOW = 72  # columns; narrower panes get the narrow chips
_WHEEL_ROWS, _WHEEL_COLUMNS = 3, 8
_ABOVE = 2  # rows that stay visible above a change that was scrolled to
_MANY_STEPS = 64  # from so many steps on, looking at everything is quicker than following
_PRIVATE = ("run", "ghost")  # targets that only the forest knows
_MARKED = frozenset(("new", "gone", "changed"))


class ForestPane(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a `ForestView` and moves a cursor in it.

    `show` gives it every scene; it posts `Selected` when the viewer chooses something. `styles`
    turns the views' style names, several joined with blanks, into Rich styles; without it
    all is plain. `titled` is whether there is a title bar.
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
    ALLOW_SELECT = False

    number = 2
    title = "Mapping database"
    tab_name = "database"
    about = (
        "Each frame of each node's memory, and who derived it from whom: the root pager, the node "
        "pagers, applications. A double line crosses nodes. ⇄2: the memory lies on node 2; ≡4: 4 "
        "spaces see this page in the same frame; ≠4: in 4 different ones. Frames that look alike "
        "are folded into one line: enter unfolds it. + new, − gone, ~ changed by this step."
    )
    titled = True

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
        super().__init__(id=id)
        self.view: ForestView | None = None
        self.cursor: Target | None = None
        self.select_on_move = select_on_move
        self._styles = styles
        self._level: int | None = None
        self._rows: list[Row] = []
        self._stands: tuple[int, int, int] = (0, 0, 0)  # log mark; step and branches of `follow`
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
            self.view = ForestView(scene, tight=self._is_tight())
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
            self._scroll(row + offset)
        if scene.last != old_last:
            self._show_change()
        self.repaint()

    def follow(self, session: Session, scene: Scene) -> None:
        """Show where a session stands, by the steps since the last time where that is possible."""
        now, branches = session.cursor, len(session.branches)
        _, then, were = self._stands
        known = session is self._session and branches == were and then <= session.length
        steps: list[StepChange] | None = None
        if known and 0 < abs(now - then) <= _MANY_STEPS:
            first, last = sorted((now, then))
            steps = [session.change(index) for index in range(first + 1, last + 1)]
        self._session = session
        self.show(scene, steps)
        self._stands = (self._stands[0], now, branches)

    def _settle(self, selected: Target | None) -> None:
        """After the view has changed: its size, and the cursor where something new is selected."""
        view = self.view
        if view is None:
            return
        size = Size(max(view.width + 1, self.size.width), view.row_count + self.titled)
        if size != self.virtual_size:
            # Not by assignment: that would lay out the whole screen anew.
            self.set_reactive(ForestPane.virtual_size, size)
        if selected is not None and selected != self.cursor and view.row_of(selected) is not None:
            self.cursor = selected
            self._level = level_of(view, selected)
            self._reveal(selected)
        self._scroll(int(self.scroll_y))

    def _show_change(self) -> None:
        """If nothing that the step changed is in sight, scroll to the first of it."""
        view, top = self.view, int(self.scroll_y)
        rows = [row for row, _ in view.change_rows()] if view else []
        if not rows or view is None:
            return
        last = view.row_count - 1
        # The lowest row visible may have something below it that belongs to the change.
        if not any(top <= row < top + self.body_height - (row < last) for row in rows):
            self._scroll(rows[0] - min(_ABOVE, self.body_height // 3))
        seen = [row for row in rows if self.scroll_y <= row < self.scroll_y + self.body_height]
        at = 0
        for segment in view.whole_line(seen[0]) if seen else []:
            end = at + len(segment.text)
            if segment.target and _MARKED.intersection(segment.style.split()):
                x = int(self.scroll_x)
                if at < x or at >= x + self._room - 1:
                    self._scroll(int(self.scroll_y), max(0, at + self._room // 2 - self._room))
                return
            at = end

    # Geometry.
    @property
    def body_height(self) -> int:
        """Rows below the title bar."""
        return max(self.size.height - self.titled, 1)

    @property
    def _room(self) -> int:
        """Columns for lines: all but the strip's."""
        return max(self.size.width - 1, 1)

    def _is_tight(self) -> bool:
        return 0 < self.size.width < _TIGHT_BELOW

    def _scroll(self, y: int, x: int | None = None) -> None:
        """Scroll without animation; `watch_scroll_y` repaints."""
        rows = self.view.row_count if self.view else 0
        self.scroll_y = self.scroll_target_y = max(0, min(y, rows - self.body_height))
        if x is not None:
            self.scroll_x = self.scroll_target_x = max(0, min(x, self.virtual_size.width - 1))

    def _reveal(self, target: Target) -> None:
        """Scroll so that a target is visible."""
        view = self.view
        row = view.row_of(target) if view else None
        if view is None or row is None:
            return
        top, left = int(self.scroll_y), int(self.scroll_x)
        first, end = view.columns_of(target)
        more = end < width_of(view.whole_line(row))  # then the last column says so
        if view.offset_in(row, 1):
            left = max(left, end + more - self._room)
            if first <= left or end + more <= self._room:
                left = max(first - 1, 0) if end + more > self._room else 0
        self._scroll(max(min(top, row), row - self.body_height + 1), left)

    # Painting.
    def repaint(self) -> None:
        """Bring the screen up to date: what differs from what was painted last, and no more."""
        width, height = self.size
        if not width or not height or self.view is None:
            return
        old, self._rows = self._rows, self._paint(self.view, self.body_height)
        if len(old) != len(self._rows):
            self.refresh()
            return
        regions = []
        for y, (before, row) in enumerate(zip(old, self._rows, strict=True)):
            if before != row:
                first, end = changed_span(before, row, width)
                regions.append(Region(first, y, end - first, 1))
        if regions:
            self.refresh(*regions)

    def _paint(self, view: ForestView, body: int) -> list[Row]:
        top, left = int(self.scroll_y), int(self.scroll_x)
        total, ascii_only = view.row_count, view.facts.ascii_only
        at = view.row_of(self.cursor) if self.cursor is not None and self.has_focus else None
        strip = change_strip(total, top, body, view.change_rows(), ascii_only=ascii_only)
        rows = [Row([*self._heading(self.size.width)])] if self.titled else []
        for row, cell in enumerate(strip, top):
            line = view.line(row, self._room, left) if row < total else [Segment(" " * self._room)]
            rows.append(Row([*line, cell], "cursor" if row == at else ""))
        return rows

    def _heading(self, width: int) -> Line:
        style = "head-focus" if self.has_focus else "head"
        name = Segment(f" {self.number} {self.title} ", style)
        ascii_only = self.view is not None and self.view.facts.ascii_only
        signs = legend(width - len(name.text), ascii_only=ascii_only)
        return fit([name, Segment(signs, f"dim {style}"), Segment(" " * width, style)], width)

    def render_line(self, y: int) -> Strip:
        """Textual's line API: one row as styled segments."""
        width, base = self.size.width, self.rich_style
        if y >= len(self._rows):
            return Strip.blank(width, base)
        row = self._rows[y]
        under = base + self.styles_of(row.extra) if row.extra else base
        segments: list[RichSegment] = []
        for part, names, _ in row.line:
            style = base + self.styles_of(_over(names, row.extra)) if names else under
            # Neighbours that look the same become one: every segment costs the terminal 40 bytes.
            if segments and segments[-1].style == style:
                part = segments.pop().text + part  # noqa: PLW2901
            segments.append(RichSegment(part, style))
        return Strip(segments).adjust_cell_length(width, under)

    @property
    def styles_of(self) -> Styles:
        """The style resolver; setting another one repaints everything."""
        if self._styles is None:
            self._styles = Look(lambda _: Style()).style
        return self._styles

    @styles_of.setter
    def styles_of(self, styles: Styles) -> None:
        self._styles = styles
        self.refresh()

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
        self._reveal(target)
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Select what was clicked on, fold what was selected already; on the strip, go there."""
        view, y = self.view, event.y - self.titled
        if view is None or y < 0:
            return
        if event.x >= self._room:
            self._scroll(row_of_cell(y, view.row_count, self.body_height) - self.body_height // 2)
            return
        row = int(self.scroll_y) + y
        column = event.x + view.offset_in(row, int(self.scroll_x))
        target = view.target_at(row, column) or view.stop_at(row)
        if target is not None and target == self.cursor and target[0] != "entry":
            self.action_fold()
        else:
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
            limit = max(self.virtual_size.width - self._room, 0)
            self._scroll(top, min(left + by * _WHEEL_COLUMNS, limit))
        else:
            self._scroll(top + by * _WHEEL_ROWS)

    # What Textual says.
    def watch_scroll_y(self, *_: float) -> None:
        """Paint what is visible now."""
        self.repaint()

    def watch_scroll_x(self, *_: float) -> None:
        """Paint what is visible now."""
        self.repaint()

    def on_resize(self) -> None:
        """Paint everything for the new size."""
        self._rows = []
        if self.view is not None:
            self.view.tight = self._is_tight()
            self._settle(None)
        self.repaint()

    def on_focus(self) -> None:
        """Show whether keys go here."""
        self.repaint()

    on_blur = on_focus


def _over(names: str, extra: str) -> str:
    """A segment's styles with those of its row; what has a background of its own keeps it."""
    keeps = not extra or "selected" in names or names.startswith("chip")
    return names if keeps else f"{names} {extra}"
