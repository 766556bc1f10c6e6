"""The source of the last step: the functions it went through, one at a time, beside the step."""

from __future__ import annotations

from textual.binding import Binding
from textual.geometry import Size

from l4numa_tui.tui.panes.lesson_text import wrap_text
from l4numa_tui.tui.panes.line_pane import Chosen, LinePane
from l4numa_tui.tui.screens.beside_screen import BesideScreen
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.code.source import Piece, source_pieces, telling
from l4numa_tui.views.code.source_text import source_lines
from l4numa_tui.views.segments import Line, Segment, width_of

_WHY_ROWS = 3
_KEYS = (("← →", "function"), ("↑ ↓", "scroll"), ("n", "step"), ("p", "back"))


class SourcePane(LinePane):
    """The functions of a step as tabs, why the chosen one is among them, and its source."""

    inset = 1

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage, id="source")
        self.pieces: list[Piece] = []
        self.at = 0
        self.take_step()

    def take_step(self) -> None:
        """Look at the step that led to where the session stands now."""
        last = self.stage.session.last
        self.pieces = source_pieces(self.stage.scene(), last) if last else []
        self.at, self.top = telling(self.pieces), 0
        self.forget()

    def turn(self, by: int) -> None:
        """To another function, round the end."""
        if self.pieces:
            self.at, self.top = (self.at + by) % len(self.pieces), 0
            self.renew()

    def heading(self) -> str:
        """Where the shown function stands."""
        where = self.pieces[self.at].path if self.pieces else "nothing has been executed yet"
        return f"Source: {where}"

    def lines(self, room: Size) -> list[Line]:
        """Tabs and reason, which do not scroll; then the source."""
        ascii_only, width = self.stage.ascii_only, room.width
        if not self.pieces:
            self.head_rows = 0
            return list(wrap_text("The machine has just booted: n steps.", width))
        piece = self.pieces[self.at]
        head = _tabs(self.pieces, self.at, width)
        head += list(wrap_text(piece.why, width, style="label"))[:_WHY_ROWS]
        head.append([Segment(("-" if ascii_only else "─") * width, "line")])
        self.head_rows = len(head)
        return [*head, *source_lines(piece, width, ascii_only=ascii_only)]


def _tabs(pieces: list[Piece], chosen: int, width: int) -> list[Line]:
    """The names of the functions, as many to a row as fit, the chosen one lit."""
    rows: list[Line] = [[]]
    for at, piece in enumerate(pieces):
        tab = Segment(f" {piece.title} ", "pick" if at == chosen else "key", ("piece", at))
        if rows[-1] and width_of(rows[-1]) + len(tab.text) > width:
            rows.append([])
        rows[-1].append(tab)
    return rows


class SourceScreen(BesideScreen):
    """The source over the panes at the right, the step's own line and the lesson left in sight."""

    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("escape,q,s,enter", "dismiss", "Close", show=False, priority=True),
        Binding("right,tab", "turn(1)", show=False, priority=True),
        Binding("left,shift+tab", "turn(-1)", show=False, priority=True),
        Binding("down,j", "scroll_source(1)", show=False, priority=True),
        Binding("up,k", "scroll_source(-1)", show=False, priority=True),
        Binding("pagedown,space", "scroll_source(12)", show=False, priority=True),
        Binding("pageup", "scroll_source(-12)", show=False, priority=True),
        Binding("home", "scroll_source(-10000)", show=False, priority=True),
        Binding("end", "scroll_source(10000)", show=False, priority=True),
        Binding("n", "move('step')", show=False, priority=True),
        Binding("p,b", "move('back')", show=False, priority=True),
    ]

    def __init__(self, stage: Stage) -> None:
        self._source = SourcePane(stage)
        super().__init__(self._source, _KEYS)

    def on_mount(self) -> None:
        """Keys go to the source; a step taken here shows the next one's."""
        super().on_mount()
        self.watch(self.app, "moment", self._moved, init=False)

    def _moved(self) -> None:
        self._source.take_step()
        self._source.renew()

    def action_turn(self, by: int) -> None:
        """To another function."""
        self._source.turn(by)

    def action_scroll_source(self, by: int) -> None:
        """Scroll the source."""
        self._source.scroll_rows(by)

    async def action_move(self, action: str) -> None:
        """Step on or back, where that is possible."""
        await self.app.run_action(f"app.{action}")

    def on_chosen(self, message: Chosen) -> None:
        """A tab was clicked on."""
        message.stop()
        kind, *numbers = message.target
        if kind == "piece":
            self._source.turn(numbers[0] - self._source.at)
