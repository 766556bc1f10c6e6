"""What all windows over the panes share: their place and size, a title bar, a row of keys."""

from __future__ import annotations

from collections.abc import Callable

from textual.containers import Vertical
from textual.geometry import Size
from textual.widget import Widget

from l4numa_tui.tui.panes.keys_line import Keys, keys_line
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Line, Segment

_MARGIN = 2  # rows of the screen above and below a window, where there is room


class Window(Vertical):
    """The box in the middle of the screen. `wide` is for forms and tables, else it is for text."""

    # Where a theme has no shades a frame says what is above.
    DEFAULT_CSS = """
    Window { width: 84; max-width: 100%; height: 92%; max-height: 100%; background: $surface; }
    Window.wide { width: 96; }
    Window.low { height: auto; }
    Window:ansi { border: round $foreground; }
    Window.ascii:ansi { border: ascii $foreground; }
    """

    def __init__(self, stage: Stage, *children: Widget, wide: bool = False, low: bool = False):
        super().__init__(*children)
        self.set_class(wide, "wide")
        self.set_class(low, "low")
        self.set_class(stage.ascii_only, "ascii")


def over_panes(screen: str) -> str:
    """The style rules of a screen with a window: Textual takes rules for a screen's own class."""
    return f"""
    {screen} {{ align: center middle; background: $background 60%; }}
    {screen}:ansi {{ background: transparent; }}
    """


def rows_of(pane: LinePane, most: int) -> int:
    """Rows for all that a pane shows in a low window on a screen of `most` rows."""
    lines = pane.lines(Size(pane.app.size.width, most))
    return max(min(len(lines) + pane.titled, most - 2 * _MARGIN), 1)


class BarePane(LinePane, can_focus=False):
    """Lines that somebody else makes, in a fixed number of rows."""

    titled = False
    scrolls = False

    def __init__(
        self,
        stage: Stage,
        rows: int,
        make: Callable[[int], list[Line]],
        id: str,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(stage, id=id)
        self._make_lines = make
        self.styles.height = rows

    def lines(self, room: Size) -> list[Line]:
        """What the maker says."""
        return self._make_lines(room.width + 1)


class KeysBar(BarePane, can_focus=False):
    """What the keys do in a window, how it closes at the right; or what there is to say."""

    def __init__(self, stage: Stage, keys: Keys) -> None:
        super().__init__(stage, 1, self._line, "window-keys")
        self.keys = keys
        self.notice = ""

    def tell(self, text: str) -> None:
        """Say something, in the keys' place; "" brings them back."""
        if text != self.notice:
            self.notice = text
            self.renew()

    def _line(self, width: int) -> list[Line]:
        if self.notice:
            return [[Segment(f" {self.notice}", "notice")]]
        return [keys_line(self.keys, width, ascii_only=self.stage.ascii_only)]


def title_line(text: str, width: int) -> Line:
    """A window's title over its whole width."""
    return [Segment(f" {text}".ljust(width), "head-focus")]
