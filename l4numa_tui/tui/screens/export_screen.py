"""The export screen: in what form, which steps of it, and into what file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.widgets import Input

from l4numa_tui.errors import UserError
from l4numa_tui.export.formats import (
    BY_NAME,
    FORMATS,
    Format,
    Options,
    file_name,
    first_step,
)
from l4numa_tui.safe_text import safe_text
from l4numa_tui.tui.panes.line_pane import Chosen, LinePane
from l4numa_tui.tui.screens.overlay import Overlay
from l4numa_tui.tui.screens.window import KeysBar, Window, over_panes, rows_of
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Line, Segment

if TYPE_CHECKING:
    from l4numa_tui.tui.app import L4numaApp

_KEYS = {each.key: at for at, each in enumerate(FORMATS)}
_NAME = max(map(len, BY_NAME)) + 2
_KEYS_HERE = (("↑ ↓", "form"), ("enter", "write"), ("tab", "edit the name"))


class ExportPane(LinePane):
    """The formats, one a line, and what can be changed about the chosen one."""

    inset = 1
    scrolls = False

    def __init__(self, stage: Stage, options: Options) -> None:
        super().__init__(stage, id="export-formats")
        self.at = 0
        self.options = options

    @property
    def chosen(self) -> Format:
        """The format that the cursor is on."""
        return FORMATS[self.at]

    def turn(self, at: int) -> None:
        """To another format, round the end."""
        self.at = at % len(FORMATS)
        self.options = self.options._replace(first=None, unfold=False)
        self.renew(following=True)

    def change(self, by: int) -> None:
        """Other steps, or runs folded or not, where the chosen format has them."""
        of, options, session = self.chosen, self.options, self.stage.session
        if of.range and session.cursor:
            first = first_step(session, of, options) + by
            self.options = options._replace(first=min(max(first, 1), session.cursor))
        elif "all" in of.takes:
            self.options = options._replace(unfold=not options.unfold)
        self.renew()

    def heading(self) -> str:
        """What is exported."""
        return f"Export step {self.stage.session.cursor}"

    def lines(self, room: Size) -> list[Line]:
        """A line for each format, then the choice that there is, then the folder."""
        mark = ">" if self.stage.ascii_only else "❯"
        out: list[Line] = []
        for at, each in enumerate(FORMATS):
            here = at == self.at
            style = "selected" if here else ""
            target = ("format", at)
            out.append([
                Segment(f"{mark if here else ' '} ", style, target),
                Segment(f"{each.key} ", style or "key", target),
                Segment(f" {each.name:{_NAME}}", style or "strong", target),
                Segment(each.what.ljust(room.width - _NAME - 5), style or "label", target),
            ])  # fmt: skip
        arrows = "left right" if self.stage.ascii_only else "← →"
        choice = self.choice()
        lead = Segment(f"{arrows}  " if choice else "", "key")
        folder = Segment(safe_text(f"into {_folder()}:"), "label")
        return [*out, [], [lead, Segment(choice, "value")], [folder]]

    def follow(self) -> tuple[int, int]:
        """The chosen format stays in sight, also on a low screen."""
        return self.at, self.at

    def choice(self) -> str:
        """What left and right change now, "" for nothing."""
        of, cursor = self.chosen, self.stage.session.cursor
        if of.range and cursor:
            first = first_step(self.stage.session, of, self.options)
            return f"step {cursor}" if first == cursor else f"steps {first} to {cursor}"
        if "all" in of.takes:
            return "every frame by itself" if self.options.unfold else "frames alike folded"
        return ""


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return "a folder that is gone"


class FilmOrder(NamedTuple):
    """A film to be taken: into which file, from which step on, at what pace."""

    path: str
    first: int
    pace_ms: int


class ExportScreen(Overlay[FilmOrder | None]):
    """Formats, a file's name below them. Nothing is overwritten unless asked for twice.

    A film can only be taken once this screen is gone: it ends with what is to be filmed.
    """

    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("escape", "leave", "Close", show=False, priority=True),
        Binding("tab,shift+tab", "swap", show=False, priority=True),
        Binding("down", "turn(1)", show=False, priority=True),
        Binding("up", "turn(-1)", show=False, priority=True),
        Binding("enter", "write", show=False, priority=True),
    ]
    CSS = (
        over_panes("ExportScreen")
        + """
    #export-name {
        border: none; height: 1; padding: 0 1; width: 1fr; background: $panel;
    }
    #export-name:focus { border: none; background-tint: $foreground 0%; }
    """
    )

    def __init__(self, stage: Stage, options: Options) -> None:
        super().__init__()
        self._stage = stage
        self._pane = ExportPane(stage, options)
        self._hints = KeysBar(stage, _KEYS_HERE)
        self._again = ""

    @property
    def l4numa(self) -> L4numaApp:
        """The application, as what it is."""
        return cast("L4numaApp", self.app)

    @property
    def _file(self) -> Input:
        return self.query_one("#export-name", Input)

    def compose(self) -> ComposeResult:
        """The list, the name, the keys."""
        name = Input(id="export-name", select_on_focus=False)
        yield Window(self._stage, self._pane, name, self._hints, low=True)

    def on_mount(self) -> None:
        """Keys go to the list."""
        self._propose()
        self.set_focus(self._pane)

    def on_resize(self) -> None:
        """All formats, where there is room for them."""
        self._pane.styles.height = rows_of(self._pane, self.app.size.height)

    def _propose(self, before: Format | None = None) -> None:
        """A name for the chosen format, in the current directory.

        One that was typed after another was proposed for `before` stays, but for its end.
        """
        cursor, player = self._stage.session.cursor, self._stage.player
        title = f"lesson {player.lesson.number}" if player else self._stage.title
        name, chosen = self._file.value, self._pane.chosen
        if before is None or name == file_name(title, before, cursor):
            name = file_name(title, chosen, cursor)
        elif name.endswith(before.suffix):
            name = name.removesuffix(before.suffix) + chosen.suffix
        self._file.value = name
        self._file.cursor_position = len(name)
        self._again = ""
        self._hints.tell("")

    def on_key(self, event: events.Key) -> None:
        """A letter chooses a format, while the list has the keys."""
        if self.focused is not self._pane:
            return
        if event.key in ("left", "right"):
            self._pane.change(1 if event.key == "right" else -1)
            self._hints.tell("")
        elif event.character in _KEYS:
            self._turn_to(_KEYS[event.character])
        else:
            return
        event.stop()

    def on_chosen(self, message: Chosen) -> None:
        """A format was clicked on."""
        message.stop()
        kind, *numbers = message.target
        if kind == "format":
            self._turn_to(numbers[0])

    def action_turn(self, by: int) -> None:
        """To the format above or below, unless the name is being edited."""
        if self.focused is self._pane:
            self._turn_to(self._pane.at + by)

    def _turn_to(self, at: int) -> None:
        before = self._pane.chosen
        self._pane.turn(at)
        self._propose(before)

    def action_swap(self) -> None:
        """From the list to the name, and back."""
        self.set_focus(self._pane if self.focused is self._file else self._file)

    def action_leave(self) -> None:
        """Back from the name to the list, from the list to the program."""
        if self.focused is self._file:
            self.action_swap()
        else:
            self.dismiss(None)

    def action_write(self) -> None:
        """Write the file, or ask first where there is one."""
        path = os.path.expanduser(self._file.value.strip())
        if os.path.lexists(path) and self._again != path:
            self._again = path
            self._hints.tell(safe_text(f"enter again overwrites {path}"))
            return
        try:
            order = self.l4numa.export(self._pane.chosen, path, self._pane.options)
        except UserError as error:
            self._again = ""
            self._hints.tell(safe_text(f"not written: {error}"))
            return
        self.dismiss(order)

    def on_input_changed(self) -> None:
        """Another name: what was said of the old one is over."""
        self._hints.tell("")
