"""A window with a line to type in, and below it what fits what is typed."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size

from l4numa_tui.tui.panes.keys_line import Keys
from l4numa_tui.tui.panes.lesson_text import wrap_text
from l4numa_tui.tui.panes.line_pane import Chosen, LinePane
from l4numa_tui.tui.screens.line_edit import KeyScreen, LineEdit, Result
from l4numa_tui.tui.screens.window import BarePane, KeysBar, Window, over_panes, title_line
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Line, Segment, Target

_MOVES = {"down": 1, "up": -1, "pagedown": 10, "pageup": -10}


class ResultsPane(LinePane, can_focus=False):
    """What was found. `text` is what is typed; `at` is the result that the arrows have led to."""

    inset = 1
    titled = False

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage, id="results")
        self.text = ""
        self.at = 0

    def take(self, text: str) -> None:
        """Something else is typed: begin at the top."""
        self.text, self.at, self.top = text, 0, 0
        self.renew(following=True)

    def turn(self, by: int) -> None:
        """The arrows: another result, or other lines where there is nothing to choose."""
        self.scroll_rows(by)

    def chosen(self) -> Target | None:
        """What enter takes; None where there is nothing to take."""
        return None


class ListPane(ResultsPane):
    """Results one of which can be taken: one line for each, the chosen one marked."""

    _results: Sequence[tuple[Line, Target]] = ()

    def results(self) -> Sequence[tuple[Line, Target]]:
        """(line, what it stands for) for what is typed."""
        raise NotImplementedError  # not ABC: a widget has a metaclass of its own

    def nothing(self) -> Sequence[Line]:
        """What is shown where nothing is found."""
        raise NotImplementedError  # not ABC, as above

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
        self.renew(following=True)

    def follow(self) -> tuple[int, int]:
        """The chosen line stays in sight."""
        return self.at, self.at

    def chosen(self) -> Target | None:
        """What the marked line stands for."""
        return self._results[self.at][1] if self._results else None


class TypedScreen(KeyScreen[Result]):
    """Such a window: title, the line, results, keys."""

    CSS = over_panes("TypedScreen")
    SCOPED_CSS = False  # the rules above are meant for subclasses, too
    title_rows = 1
    heading = ""
    prompt = "type to search"
    about_rows = 0  # at the bottom, for all that there is to say about what is chosen
    wide = False
    keys: Keys = ()

    def __init__(self, stage: Stage, results: ResultsPane) -> None:
        super().__init__()
        self.stage = stage
        self.results = results
        self._typed = LineEdit()
        self.bars = [
            BarePane(stage, self.title_rows, self.title_lines, "search-title"),
            BarePane(stage, 1, self._typed_lines, "search-text"),
            BarePane(stage, self.about_rows, self._about_lines, "search-about"),
        ]

    def compose(self) -> ComposeResult:
        """Title, what is typed, results, keys."""
        title, typed, about = self.bars
        keys = KeysBar(self.stage, self.keys)
        below = (about, keys) if self.about_rows else (keys,)
        yield Window(self.stage, title, typed, self.results, *below, wide=self.wide)

    def title_lines(self, width: int) -> list[Line]:
        """The title bar."""
        return [title_line(self.heading, width)]

    def _typed_lines(self, width: int) -> list[Line]:
        more = "" if self._typed.text else self.prompt
        edge = Segment(" ", "cursor")
        return [[edge, *self._typed.line(width - 2, here=True, more=more), edge]]

    def _about_lines(self, width: int) -> list[Line]:
        lines = wrap_text(self.about(), width - 2, Segment(" "), style="label")
        return list(lines)[: self.about_rows]

    def about(self) -> str:
        """What there is to say about what is chosen."""
        return ""

    def key(self, key: str, character: str | None) -> None:
        """Letters search, arrows choose, enter takes."""
        edited = self._typed.pressed(key, character)
        if key == "enter":
            self.take(self.results.chosen())
        elif key in ("escape", "ctrl+c"):
            self.leave()
        elif key == "tab":
            self.turn()
        elif key in _MOVES:
            self.results.turn(_MOVES[key])
            self.bars[-1].renew()
        elif edited is not None:
            self._type(edited)

    def _type(self, edited: LineEdit) -> None:
        if edited.text != self._typed.text:
            self.results.take(edited.text)
        self._typed = edited
        for bar in self.bars:
            bar.renew()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is typed text."""
        event.stop()
        self._type(self._typed.typed(event.text))

    def on_chosen(self, message: Chosen) -> None:
        """Something was clicked on."""
        message.stop()
        self.take(message.target)

    def take(self, target: Target | None) -> None:
        """Take what was chosen, None for nothing."""
        raise NotImplementedError  # not ABC: a widget has a metaclass of its own

    def leave(self) -> None:
        """Nothing was wanted."""
        raise NotImplementedError  # not ABC, as above

    def turn(self) -> None:
        """Whatever tab does here."""


class SearchScreen(TypedScreen[Target | None]):
    """The window over a pane of results; `then` gets what was chosen, None for nothing."""

    def __init__(self, results: ResultsPane, title: str, prompt: str, keys: Keys) -> None:
        self.heading, self.prompt, self.keys = title, prompt, keys
        super().__init__(results.stage, results)

    def take(self, target: Target | None) -> None:
        """Close with what was chosen."""
        self.finish(target)

    def leave(self) -> None:
        """Close with nothing."""
        self.finish(None)
