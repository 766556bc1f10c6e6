"""Paints a forest: the visible rows, and of these only what differs from what was painted last."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment as RichSegment
from rich.style import Style
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip

from l4numa_tui.tui.looks.look import Look
from l4numa_tui.tui.panes.line_pane import Row, changed_span
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.forest.limit import Limit
from l4numa_tui.views.forest.strip import change_strip, forest_title, limit_text
from l4numa_tui.views.forest.zoom import CHIP, LANES
from l4numa_tui.views.segments import Segment, Target, fit, width_of

Styles = Callable[[str], Style]

_TIGHT_BELOW = 72  # columns; narrower panes get the narrow chips
_PAN_COLUMNS = 16


class ForestCanvas(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a `ForestView` from a row and a column on, under a title and the view's own heads.

    `styles` turns the views' style names, several joined with blanks, into Rich styles; without it
    all is plain. `titled` is whether there is a title bar.
    """

    ALLOW_SELECT = False

    number = 2
    title = "Mapping database"
    titled = True

    def __init__(self, styles: Styles | None, *, id: str | None) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.view: ForestView | None = None
        self.cursor: Target | None = None
        self.zoom_now = CHIP
        self.limit: Limit | None = None
        self._styles = styles
        self._rows: list[Row] = []

    # Geometry.
    @property
    def heads(self) -> int:
        """Rows above those that scroll: title, limit, lanes."""
        return self.titled + self._says_limit + self._has_lanes

    @property
    def _has_lanes(self) -> bool:
        return self.view is not None and self.view.zoom == LANES

    @property
    def _says_limit(self) -> bool:
        """Whether the limit needs a row of its own, as there is no title to say it."""
        return self.limit is not None and not self.titled

    @property
    def body_height(self) -> int:
        """Rows below the heads."""
        return max(self.size.height - self.heads, 1)

    @property
    def room(self) -> int:
        """Columns for lines: all but the strip's."""
        return max(self.size.width - 1, 1)

    def is_tight(self) -> bool:
        """Whether there is room for narrow chips only."""
        return 0 < self.size.width < _TIGHT_BELOW

    def scroll_there(self, y: int, x: int | None = None) -> None:
        """Scroll without animation; `watch_scroll_y` repaints."""
        rows = self.view.row_count if self.view else 0
        self.scroll_y = self.scroll_target_y = max(0, min(y, rows - self.body_height))
        if x is not None:
            self.scroll_x = self.scroll_target_x = max(0, min(x, self.virtual_size.width - 1))

    def pan(self, by: int) -> None:
        """Show what lies to the left or right; no further than the widest visible line goes."""
        view, top, left = self.view, int(self.scroll_y), int(self.scroll_x)
        if view is None:
            return
        rows = range(top, min(top + self.body_height, view.row_count))
        widest = max(
            (width_of(view.whole_line(y)) for y in rows if view.offset_in(y, 1)), default=0
        )
        limit = max(widest - self.room, left if by < 0 else 0)
        if by > 0 and limit <= left:
            return
        self.scroll_there(top, max(0, min(left + by * _PAN_COLUMNS, limit)))

    def reveal(self, target: Target) -> None:
        """Scroll so that a target is visible."""
        view = self.view
        rows = view.rows_of_target(target) if view else range(0)
        if view is None or not rows:
            return
        top, left = int(self.scroll_y), int(self.scroll_x)
        first, end = view.columns_of(target)
        widest = max(width_of(view.whole_line(row)) for row in rows)
        more = end < widest  # then the last column says so
        if view.offset_in(rows.start, 1):
            left = max(left, end + more - self.room)
            if first <= left or end + more <= self.room:
                left = max(first - 1, 0) if end + more > self.room else 0
        lowest = max(rows.stop - self.body_height, 0)
        self.scroll_there(min(max(top, lowest), rows.start), left)

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
        on = self.cursor is not None and self.has_focus
        lit = view.rows_of_target(self.cursor) if on and self.cursor else range(0)
        strip = change_strip(total, top, body, view.change_rows(), ascii_only=ascii_only)
        rows = [Row(line) for line in self._head_lines(view, left)]
        for row, cell in enumerate(strip, top):
            line = view.line(row, self.room, left) if row < total else [Segment(" " * self.room)]
            rows.append(Row([*line, cell], "cursor" if row in lit else ""))
        return rows

    def _head_lines(self, view: ForestView, left: int) -> list[list[Segment]]:
        """Title, limit and lanes, as far as there are any."""
        width, lines = self.size.width, []
        limit = limit_text(view) if view.limit else ""
        if self.titled:
            name = f" {self.number} {self.title} "
            lines.append(forest_title(view, name, width, focused=self.has_focus))
        elif limit:
            lines.append(fit([Segment(f" {limit} ", "hit")], width))
        return lines + [[*line, Segment(" ")] for line in view.heads(self.room, left)]

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

    def watch_scroll_y(self, *_: float) -> None:
        """Paint what is visible now."""
        self.repaint()

    def watch_scroll_x(self, *_: float) -> None:
        """Paint what is visible now."""
        self.repaint()

    def on_focus(self) -> None:
        """Show whether keys go here."""
        self.repaint()

    on_blur = on_focus


def _over(names: str, extra: str) -> str:
    """A segment's styles with those of its row; what has a background of its own keeps it."""
    keeps = not extra or "selected" in names or names.startswith("chip")
    return names if keeps else f"{names} {extra}"
