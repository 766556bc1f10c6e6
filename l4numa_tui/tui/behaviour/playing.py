"""Auto-play: a run that one can watch, forwards or backwards, at a speed of one's choice."""

from __future__ import annotations

from time import perf_counter

from textual import events
from textual.timer import Timer

from l4numa_tui.tui.behaviour.arranging import Arranging
from l4numa_tui.tui.panes.line_pane import Chosen

FRAME_S = 1 / 30  # between two frames of auto-play
BUDGET_S = 0.008  # of a frame that auto-play may use for steps
SPEEDS = (1, 2, 5, 10, 30, 0)  # steps a second; 0 is as fast as possible
_CHUNK = 4  # steps between two looks at the clock
_STOPPING = ("action", "seek", "choice")  # what a click chooses that is more than looking
_FASTER, _SLOWER = ("plus", "equals_sign"), ("minus", "hyphen")


class Playing(Arranging):
    """Plays a stage. What a run does and where it stops depends on the steps, not on the speed."""

    _auto: Timer | None = None
    _direction = 1
    _speed = len(SPEEDS) - 1

    @property
    def playing(self) -> bool:
        """Whether auto-play goes on."""
        return self._auto is not None

    @property
    def pace(self) -> str:
        """The speed in words."""
        speed = SPEEDS[self._speed]
        return f"{speed} step{'s' * (speed != 1)} a second" if speed else "as fast as possible"

    @property
    def short_pace(self) -> str:
        """The speed in few columns."""
        speed = SPEEDS[self._speed]
        return f"{speed}/s" if speed else "fast"

    @property
    def backwards(self) -> bool:
        """Whether auto-play goes, or went last, into the past."""
        return self._direction < 0

    def on_event_key(self, event: events.Key) -> bool:
        """While playing, any key stops, but for those that change the speed."""
        if self._auto is None:
            return super().on_event_key(event)
        if event.key in _FASTER or event.character in ("+", "="):
            self.action_speed(1)
        elif event.key in _SLOWER or event.character == "-":
            self.action_speed(-1)
        else:
            self.stop_running()
        return True

    def on_chosen(self, message: Chosen) -> None:
        """A click that moves, or opens something, stops as a key does; selecting goes on."""
        if self._auto is not None and message.target[0] in _STOPPING:
            self.stop_running()
            message.prevent_default()

    def action_run(self) -> None:
        """Run until something stops it."""
        if self._auto is None and not self.stage.blocked():
            self._play(1)
        self.show()

    def action_run_back(self) -> None:
        """Run backwards until something stops it, at the start at the latest."""
        if self._auto is None and self.stage.session.cursor:
            self._play(-1)
        self.show()

    def action_speed(self, by: int) -> None:
        """Faster or slower, now and from now on."""
        self._speed = max(0, min(self._speed + by, len(SPEEDS) - 1))
        if self._auto is not None:
            self._auto.stop()
            self._play(self._direction)
            self.stage.touch()
        else:
            self.stage.touch(f"run and run back take {self.pace}")
        self.show()

    def stop_running(self) -> None:
        """End auto-play where it is."""
        self._halt()
        self.stage.touch()
        self.show()

    def _play(self, direction: int) -> None:
        self._direction = direction
        self.stage.begin_run()
        speed = SPEEDS[self._speed]
        self._auto = self.set_interval(1 / speed if speed else FRAME_S, self._run_on)

    def _halt(self) -> None:
        if self._auto is not None:
            self._auto.stop()
            self._auto = None

    def _run_on(self) -> None:
        """One frame: a step, or as many as fit in its time."""
        if SPEEDS[self._speed]:
            going = self.stage.run(self._direction)
        else:
            end = perf_counter() + BUDGET_S
            going = True
            while going and perf_counter() < end:
                going = self.stage.run(_CHUNK * self._direction)
        if not going:
            self._halt()
        self.show()
