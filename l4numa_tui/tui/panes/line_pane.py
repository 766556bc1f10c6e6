"""A pane that paints lines: one widget, no children, and only the rows that changed.

A pane is bound to two moments of the application: `moment`, which step is shown, and `selected`,
what is lit up. Whenever one changes the pane asks its view for lines, compares them with what is
on the screen and repaints the rows that differ. Its size never depends on what it shows, so a step
lays nothing out anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from rich.cells import cell_len
from rich.segment import Segment as RichSegment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive, reactive
from textual.strip import Strip
from textual.widget import Widget

from l4numa_tui.tui.looks.look import Look
from l4numa_tui.tui.stage import START, Moment, Stage
from l4numa_tui.views.segments import Line, Segment, Target, ascii_line

_WHEEL_ROWS = 3


class Row(NamedTuple):
    """One painted row: its segments, a style over all of it, and the scroll bar's cell."""

    line: Line
    extra: str = ""
    bar: str = ""


def changed_span(old: Row, new: Row, width: int) -> tuple[int, int]:
    """(first, end) of the columns in which two rows may differ: all between equal segments."""
    if old.extra != new.extra:
        return 0, width
    start = 0
    for before, after in zip(old.line, new.line, strict=False):
        if before != after:
            break
        start += cell_len(after.text)
    if old.bar != new.bar:
        return start, width
    room = width - bool(new.bar)
    used, was = (sum(cell_len(s.text) for s in row.line) for row in (new, old))
    stop = min(max(used, was), room)
    if used == was <= room:
        for before, after in zip(reversed(old.line), reversed(new.line), strict=False):
            if before != after:
                break
            stop -= cell_len(after.text)
    return min(start, width - 1), max(stop, start + 1)


def underlined(line: Line, target: Target) -> Line:
    """The line with everything that shows a target underlined."""
    return [
        segment._replace(style=f"{segment.style} hover") if segment.target == target else segment
        for segment in line
    ]


class HasLook(Protocol):
    """What a pane needs of its application."""

    look: Look


class Chosen(Message):
    """Somebody chose what a segment shows, with a click or the enter key."""

    def __init__(self, target: Target) -> None:
        self.target = target
        super().__init__()


class LinePane(Widget, can_focus=True):
    """Lines under a title, scrolled by its own keys; subclasses say what they are in `lines`.

    `number` is the key that leads here, `title` what the title bar calls it, `about` its help.
    """

    DEFAULT_CSS = "LinePane { height: 1fr; width: 1fr; }"
    BINDINGS = []  # noqa: RUF012 - Textual's own form

    moment: reactive[Moment] = reactive(START, repaint=False, init=False)
    selected: reactive[Target | None] = reactive(None, repaint=False, init=False)
    # As in `boxes`: a new size is laid out once.
    virtual_size: Reactive[Size] = Reactive(Size(0, 0), repaint=False)

    number = 0
    title = ""
    tab_name = ""
    about = ""
    words: tuple[str, tuple[tuple[str, str], ...]] = ("", ())  # a list for the help, with its title
    titled = True
    scrolls = True  # whether there is a scroll bar where not all fits
    inset = 0  # empty columns at the left of the content
    head_rows = 0  # lines at the top of the content that do not scroll
    ALLOW_SELECT = False

    def __init__(self, stage: Stage, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.stage = stage
        self.top = 0
        self.cursor = -1
        self.shown = True
        self.hovered: Target | None = None  # what the mouse is over: a click would choose it
        self._made_for: Size | None = None  # the size of the content; None where it is out of date
        self._content: Sequence[Line] = []
        self._rows: list[Row] = []

    # What subclasses give.
    def lines(self, room: Size) -> Sequence[Line]:
        """The content for `room.width` columns; more than `room.height` lines are scrolled."""
        raise NotImplementedError  # not ABC: a widget has a metaclass of its own

    def heading(self) -> str:
        """What the title bar calls the pane now."""
        return self.title

    def explanation(self) -> str:
        """What the help says of the pane."""
        return self.about

    def subtitle(self) -> Line:
        """What stands in the title bar after the name."""
        return []

    def follow(self) -> tuple[int, int] | None:
        """The content lines, first and last, that should be visible after a change.

        The first goes before the last; None leaves the scroll position alone.
        """
        return None

    # What happens.
    def watch_moment(self) -> None:
        """Show another step."""
        self.renew(following=True)

    def watch_selected(self) -> None:
        """Light up another selection."""
        self.renew()

    def on_resize(self) -> None:
        """Wrap anew: lines depend on the width."""
        if self._made_for != self.size:
            self.renew(following=True)

    def on_show(self) -> None:
        """Catch up with what was missed while hidden."""
        self.on_resize()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show in the title bar whether keys go here."""
        super().watch_has_focus(has_focus)
        self.repaint()

    def forget(self) -> None:
        """Make the content anew the next time it is painted."""
        self._made_for = None

    def renew(self, *, following: bool = False) -> None:
        """Ask the view for lines again and repaint what differs; later, while not visible."""
        self.forget()
        width, height = self.size
        if width and height and self.shown:
            self._make(following=following)
            self.repaint()

    def _make(self, *, following: bool) -> None:
        width, height = self.size
        self._made_for = self.size
        self._content = self.lines(Size(max(width - 1 - self.inset, 1), height - self.titled))
        wish = self.follow() if following else None
        if wish is not None:
            heads, body = self._heads, self.body_height
            self.top = max(min(max(self.top, wish[1] - heads - body + 1), wish[0] - heads), 0)
        self.cursor = min(self.cursor, len(self._content) - 1)

    @property
    def body_height(self) -> int:
        """Rows below the title."""
        return max(self.size.height - self.titled - self._heads, 1)

    @property
    def _heads(self) -> int:
        """Content lines that do not scroll; they take part only where there is room."""
        return min(self.head_rows, len(self._content), max(self.size.height - self.titled - 1, 0))

    def repaint(self) -> None:
        """Bring the screen up to date with the content, the scroll position and the cursor."""
        width, height = self.size
        if not width or not height:
            return
        old = self._rows
        self._compose_rows()
        if len(old) != len(self._rows):
            self.refresh()
            return
        changed = []
        for y, row in enumerate(self._rows):
            if row != old[y]:
                start, stop = changed_span(old[y], row, width)
                changed.append(Region(start, y, stop - start, 1))
        if changed:
            self.refresh(*changed)

    def _compose_rows(self) -> None:
        """The visible rows: title, lines that do not scroll, lines that do."""
        width = self.size.width
        heads, body = self._heads, self.body_height
        self.top = max(0, min(self.top, len(self._content) - heads - body))
        rows = [self._title(width)] if self.titled else []
        margin = [Segment(" " * self.inset)] if self.inset else []
        rows += [Row([*margin, *line]) for line in self._content[:heads]]
        bars = self._bars(body)
        for place, at in enumerate(range(self.top + heads, self.top + heads + body)):
            line = self._content[at] if at < len(self._content) else []
            extra = "cursor" if at == self.cursor and self.has_focus and line else ""
            rows.append(Row([*margin, *line], extra, bars[place] if bars else ""))
        if self.hovered is not None:
            rows = [row._replace(line=underlined(row.line, self.hovered)) for row in rows]
        if self.stage.ascii_only:
            # The last gate: texts of lessons and scenarios are their authors'.
            rows = [row._replace(line=ascii_line(row.line)) for row in rows]
        self._rows = rows

    def _title(self, width: int) -> Row:
        heading = self.heading()
        name = f" {self.number} {heading} " if self.number else f" {heading} "
        style = "head-focus" if self.has_focus else "head"
        line = [Segment(name, style)]
        left = width - len(name)
        for segment in self.subtitle():
            line.append(segment._replace(style=f"{segment.style} {style}".lstrip()))
            left -= len(segment.text)
        return Row([*line, Segment(" " * max(left, 0), style)])

    def _bars(self, body: int) -> list[str]:
        """The scroll bar's cells, top to bottom; none while everything fits."""
        total = len(self._content) - self._heads
        if total <= body or not self.scrolls:
            return []
        size = max(1, body * body // total)
        start = (body - size) * self.top // max(total - body, 1)
        ascii_only = self.stage.ascii_only
        thumb, track = ("#", "|") if ascii_only else ("█", "│")
        return [thumb if start <= y < start + size else track for y in range(body)]

    def render_line(self, y: int) -> Strip:
        """Textual's line API: one row as styled segments."""
        width = self.size.width
        if self._made_for != self.size:
            # First paint, or a new size: so the very first frame shows the content.
            self._make(following=True)
            self._compose_rows()
        if y >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        app: HasLook = self.app  # type: ignore[assignment]
        row, base = self._rows[y], self.rich_style
        if not row.bar:
            return app.look.strip(row.line, width, base, row.extra)
        strip = app.look.strip(row.line, width - 1, base, row.extra)
        style = "thumb" if row.bar in "█#" else "scroll"
        return Strip([*strip, RichSegment(row.bar, base + app.look.style(style))], width)

    @property
    def content(self) -> Sequence[Line]:
        """All lines, also those that are scrolled out of sight."""
        return self._content

    @property
    def cursor_line(self) -> Line:
        """The line that the cursor is on, empty where it is on none."""
        return self._content[self.cursor] if 0 <= self.cursor < len(self._content) else []

    def painted(self) -> list[Line]:
        """What is on the screen, title first."""
        return [row.line for row in self._rows]

    # Keys and mouse.
    def scroll_rows(self, by: int) -> None:
        """Show other lines, the cursor left where it is."""
        self.top += by
        self.repaint()

    def move_cursor(self, by: int) -> None:
        """Move to the next line that shows something selectable, or scroll where there is none."""
        stops = [y for y, line in enumerate(self._content) if any(s.target for s in line)]
        if not stops:
            self.scroll_rows(by)
            return
        beyond = [y for y in stops if (y - self.cursor) * by > 0]
        if self.cursor < 0 and by < 0:
            beyond = stops[-1:]
        if beyond:
            self.cursor = min(beyond, key=lambda y: abs(y - self.cursor))
            heads, body = self._heads, self.body_height
            self.top = max(
                min(max(self.top, self.cursor - heads - body + 1), self.cursor - heads), 0
            )
        elif by < 0:
            self.top = 0
        self.repaint()

    def choose(self) -> None:
        """Select what the cursor's line shows; once more: the next thing on that line."""
        if not 0 <= self.cursor < len(self._content):
            return
        targets = list(dict.fromkeys(s.target for s in self._content[self.cursor] if s.target))
        if not targets:
            return
        at = targets.index(self.selected) + 1 if self.selected in targets else 0
        self.post_message(Chosen(targets[at % len(targets)]))

    def target_at(self, x: int, y: int) -> Target | None:
        """What a cell of the pane shows."""
        if y >= len(self._rows):
            return None
        for segment in self._rows[y].line:
            x -= len(segment.text)
            if x < 0:
                return segment.target
        return None

    def on_click(self, event: events.Click) -> None:
        """Select what was clicked on; on the scroll bar, go there."""
        width, y = self.size.width, event.y - self.titled - self._heads
        if event.x == width - 1 and 0 <= y < self.body_height and self._bars(self.body_height):
            self.top = y * len(self._content) // self.body_height
            self.repaint()
            return
        target = self.target_at(event.x, event.y)
        if target is not None:
            self.cursor = self.top + self._heads + y
            self.post_message(Chosen(target))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Underline what a click would choose."""
        self._hover(self.target_at(event.x, event.y))

    def on_leave(self) -> None:
        """The mouse has gone."""
        self._hover(None)

    def _hover(self, target: Target | None) -> None:
        if target != self.hovered:
            self.hovered = target
            self.repaint()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.scroll_rows(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.scroll_rows(-_WHEEL_ROWS)
