"""One frame in full over the panes, and from it to the next: Fiasco's keys n and p, N and P."""

from __future__ import annotations

from textual.binding import Binding
from textual.geometry import Size

from l4numa_tui.machine.machine import frame_text, node_of
from l4numa_tui.tui.panes.line_pane import Chosen, LinePane
from l4numa_tui.tui.screens.beside_screen import BesideScreen
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.frame_view import HEAD_ROWS, frame_view, mapped_frames
from l4numa_tui.views.segments import Line, Target

_KEYS = (("n p", "next, previous frame"), ("N P", "node"), ("↑ ↓", "choose"), ("enter", "select"))


class FramePane(LinePane):
    """The derivation tree of one frame."""

    inset = 1
    head_rows = HEAD_ROWS

    def __init__(self, stage: Stage, frame: int) -> None:
        super().__init__(stage, id="frame")
        self.frame = frame
        self._frames = mapped_frames(stage.scene())

    def heading(self) -> str:
        """Which frame this is, and the how manieth of all."""
        frames = self._frames
        if self.frame not in frames:
            return f"Frame {frame_text(self.frame)}: nothing maps it"
        at = frames.index(self.frame) + 1
        return f"Frame {frame_text(self.frame)}, {at} of {len(frames)} that something maps"

    def lines(self, room: Size) -> list[Line]:
        """Head and tree."""
        stage = self.stage
        return frame_view(stage.scene(), stage.session.writers, self.frame, room.width)

    def turn(self, by: int) -> None:
        """To the next frame or the one before, round the end."""
        frames = self._frames
        later = [each for each in frames if (each - self.frame) * by > 0]
        if by < 0:
            frames, later = frames[::-1], later[::-1]
        self._show([*later, *frames])

    def turn_node(self, by: int) -> None:
        """To the first frame of the next node's memory, or of the node's before, round the end."""
        node = node_of(self.frame)
        firsts = {node_of(frame): frame for frame in reversed(self._frames)}
        nodes = sorted(firsts, reverse=by < 0)
        later = [each for each in nodes if (each - node) * by > 0]
        self._show([firsts[each] for each in (*later, *nodes)])

    def _show(self, frames: list[int]) -> None:
        if frames:
            self.frame, self.top, self.cursor = frames[0], 0, -1
            self.renew()

    def move_cursor(self, by: int) -> None:
        """Move among the entries; the head is not for choosing."""
        if by > 0 or self.cursor > HEAD_ROWS:
            self.cursor = max(self.cursor, HEAD_ROWS - 1)
            super().move_cursor(by)

    def chosen(self) -> Target:
        """What is to be selected: the entry under the cursor, else the frame."""
        line = self._content[self.cursor] if 0 <= self.cursor < len(self._content) else []
        found = (part.target for part in line if part.target and part.target[0] == "entry")
        return next(found, ("frame", self.frame))


class FrameScreen(BesideScreen):
    """A frame over the panes at the right; closing it leaves the frame selected."""

    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("escape,q,o", "close('frame')", "Close", show=False, priority=True),
        Binding("enter", "close('cursor')", show=False, priority=True),
        Binding("n,right", "turn(1)", show=False, priority=True),
        Binding("p,b,left", "turn(-1)", show=False, priority=True),
        Binding("N", "turn_node(1)", show=False, priority=True),
        Binding("P,B", "turn_node(-1)", show=False, priority=True),
        Binding("down,j", "cursor(1)", show=False, priority=True),
        Binding("up,k", "cursor(-1)", show=False, priority=True),
        Binding("pagedown,space", "scroll_frame(12)", show=False, priority=True),
        Binding("pageup", "scroll_frame(-12)", show=False, priority=True),
    ]

    def __init__(self, stage: Stage, frame: int) -> None:
        self._frame = FramePane(stage, frame)
        super().__init__(self._frame, _KEYS)

    def action_turn(self, by: int) -> None:
        """To another frame."""
        self._frame.turn(by)

    def action_turn_node(self, by: int) -> None:
        """To another node's memory."""
        self._frame.turn_node(by)

    def action_cursor(self, by: int) -> None:
        """Move the cursor."""
        self._frame.move_cursor(by)

    def action_scroll_frame(self, by: int) -> None:
        """Scroll the tree."""
        self._frame.scroll_rows(by)

    def action_close(self, choose: str) -> None:
        """Close, and select the frame or what the cursor is on."""
        chosen = self._frame.chosen() if choose == "cursor" else ("frame", self._frame.frame)
        self.dismiss()
        self.l4numa.selected = chosen

    def on_chosen(self, message: Chosen) -> None:
        """Something was clicked on: light it up here; a step is for the timeline."""
        message.stop()
        kind = message.target[0]
        if kind in ("entry", "frame", "page", "space", "node"):
            self.l4numa.selected = message.target
            self._frame.renew()
