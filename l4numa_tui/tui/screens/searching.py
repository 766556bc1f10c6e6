"""A window with a line to type in, and below it what fits what is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.widgets import Input

from l4numa_tui.tui.panes.keys_line import Keys
from l4numa_tui.tui.panes.line_pane import Chosen, LinePane
from l4numa_tui.tui.screens.overlay import Overlay
from l4numa_tui.tui.screens.window import BarePane, KeysBar, Window, over_panes, title_line
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Line, Segment, Target

MAX_TEXT = 120


class ResultsPane(LinePane, can_focus=False):
    """What was found. `text` is what is typed; `at` is the line the arrows have led to."""

    inset = 1
    titled = False

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage, id="results")
        self.text = ""
        self.at = 0

    def take(self, text: str) -> None:
        """Something else is typed: begin at the top."""
        self.text, self.at, self.top = text, 0, 0
        self.renew()

    def turn(self, by: int) -> None:
        """The arrows: another line, or other lines where there is nothing to choose."""
        self.scroll_rows(by)

    def chosen(self) -> Target | None:
        """What enter takes; None where there is nothing to take."""
        return None


class ListPane(ResultsPane):
    """Results one of which can be taken: one line for each, the chosen one marked."""

    def results(self) -> Sequence[tuple[Line, Target]]:
        """(line, what it stands for) for what is typed."""
        raise NotImplementedError  # not ABC: a widget has a metaclass of its own

    def nothing(self) -> Sequence[Line]:
        """What is shown where nothing is found."""
        raise NotImplementedError

    def lines(self, room: Size) -> Sequence[Line]:
        """The results, the chosen one lit."""
        del room  # what is longer is cut
        self._results = self.results()
        mark = ">" if self.stage.ascii_only else "❯"
        out: list[Line] = []
        for place, (line, target) in enumerate(self._results):
            style = "selected" if place == self.at else ""
            lead = Segment(f"{mark} " if style else "  ", style, target)
            text = [part._replace(style=style or part.style, target=target) for part in line]
            out.append([lead, *text])
        return out or self.nothing()

    def turn(self, by: int) -> None:
        """To another line; the ends are ends."""
        self.at = max(0, min(self.at + by, len(self._results) - 1))
        body = self.body_height
        self.top = max(min(self.top, self.at), self.at - body + 1)
        self.renew()

    def chosen(self) -> Target | None:
        """What the marked line stands for."""
        return self._results[self.at][1] if self._results else None

    _results: Sequence[tuple[Line, Target]] = ()


class SearchScreen(Overlay[Target | None]):
    """The window: title, line to type in, results. Its result is what was chosen, None for none."""

    # The arrows without priority: they come after the letters typed before them.
    BINDINGS: ClassVar = [
        Binding("escape", "leave", "Close", show=False, priority=True),
        Binding("down", "turn(1)", show=False),
        Binding("up", "turn(-1)", show=False),
        Binding("pagedown", "turn(10)", show=False),
        Binding("pageup", "turn(-10)", show=False),
    ]
    CSS = (
        over_panes("SearchScreen")
        + """
    SearchScreen Input {
        height: 1; border: none; padding: 0 1; background: $panel; color: $foreground;
    }
    SearchScreen Input:focus { border: none; background-tint: $foreground 0%; }
    """
    )

    def __init__(self, results: ResultsPane, title: str, hint: str, keys: Keys) -> None:
        super().__init__()
        self._results = results
        self._title = title
        self._keys = keys
        self._early: list[events.Key] | None = []
        self._input = Input(placeholder=hint, max_length=MAX_TEXT, compact=True, id="text")

    def compose(self) -> ComposeResult:
        """Title, input, results, keys."""
        stage = self._results.stage
        title = BarePane(stage, 1, lambda width: [title_line(self._title, width)], "search-title")
        yield Window(stage, title, self._input, self._results, KeysBar(stage, self._keys))

    def on_mount(self) -> None:
        """What is typed goes to the line, also what was typed before it was there."""
        self.set_focus(self._input)
        early, self._early = self._early, None
        for event in early or ():
            self._input.post_message(event)

    def takes_early(self, event: events.Key) -> bool:
        """Keep a key that comes before there is a line to type in; whether it was kept."""
        if self._early is None:
            return False
        self._early.append(events.Key(event.key, event.character))
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        """Find anew."""
        event.stop()
        self._results.take(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what is marked."""
        event.stop()
        self._close(self._results.chosen())

    def on_chosen(self, message: Chosen) -> None:
        """Something was clicked on."""
        message.stop()
        self._close(message.target)

    def action_turn(self, by: int) -> None:
        """The arrows."""
        self._results.turn(by)

    def action_leave(self) -> None:
        """Nothing was wanted."""
        self._close(None)

    def _close(self, target: Target | None) -> None:
        # What was typed ahead may still come here.
        if self.is_current:
            self.dismiss(target)
