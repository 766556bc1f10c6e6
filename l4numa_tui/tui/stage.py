"""What the screen shows and moves: a session, perhaps a lesson around it, and what is selected.

No Textual here: the stage can be driven and tested without a screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.about import About
from l4numa_tui.tui.draft import Draft
from l4numa_tui.tui.habits.keymap import KeyMap
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target
from l4numa_tui.views.time.subject_text import stop_text
from l4numa_tui.world.session import Session
from l4numa_tui.world.stops import Ending

if TYPE_CHECKING:
    from l4numa_tui.course.player import LessonPlayer
    from l4numa_tui.tui.workbench import Workbench

MACRO_LIMIT = 10_000  # steps of one stride: a scenario that never comes to rest ends here


class Moment(NamedTuple):
    """What is shown: the step, and how often anything else about it has changed since the start."""

    step: int
    revision: int


START = Moment(0, 0)


class Stage:
    """A session on the screen. Every way to move it is here; each leaves a `notice` if it fails.

    With a `player` the lesson decides what may move. `notice` is one line for the viewer, gone
    with the next move; `alarm` says that a question is why nothing moved. `draft` is the answer
    under way to the pending question. `lessons` is how many there are in the course, 0 if unknown.
    `about` is what a scenario says of itself. `keys` are those that texts may name. With a `bench`
    one may act: the session is its sandbox's. `came_from` is the step at which the last move of
    more than one step began.
    """

    def __init__(
        self,
        session: Session,
        title: str,
        *,
        player: LessonPlayer | None = None,
        lessons: int = 0,
        ascii_only: bool = False,
        about: About | None = None,
        bench: Workbench | None = None,
    ) -> None:
        self._session = session
        self._about = about or About(title)
        self.bench = bench
        self._title = title
        self.player = player
        self.lessons = lessons
        self.ascii_only = ascii_only
        self.keys = KeyMap()
        self.selected: Target | None = None
        self.notice = ""
        self.alarm = False
        self.revision = 0
        self.came_from = 0
        self.draft: Draft | None = None
        self._renew_draft()

    @property
    def session(self) -> Session:
        """The session shown; a lesson's challenge may bring another one."""
        if self.bench is not None:
            return self.bench.sandbox.session
        return self._session if self.player is None else self.player.session

    @property
    def title(self) -> str:
        """What is shown: the lesson's, scenario's or trace's title."""
        fresh = self.bench is not None and self.bench.fresh
        return self.bench.about.title if self.bench is not None and fresh else self._title

    @property
    def about(self) -> About:
        """What the scenario says of itself, where it stands now."""
        return self._about if self.bench is None else self.bench.about

    def moment(self) -> Moment:
        """What is shown now; differs whenever any pane may have to be painted anew."""
        return Moment(self.session.cursor, self.revision)

    def scene(self) -> Scene:
        """What the views look at."""
        session = self.session
        return Scene(session.world, session.last, self.selected, self.ascii_only)

    def touch(self, notice: str = "", *, alarm: bool = False) -> None:
        """Say that something changed, and what the viewer should know about it."""
        self.revision += 1
        self.notice = notice
        self.alarm = alarm
        self._renew_draft()

    def _renew_draft(self) -> None:
        pending = self.player.pending if self.player else None
        if pending is None:
            self.draft = None
        elif self.draft is None or self.draft.question.id != pending.id:
            self.draft = Draft(pending)

    # What is known.
    def costs(self) -> Sequence[int]:
        """The cycles of all known steps, in order."""
        return self.session.costs()

    def key(self, action: str) -> str:
        """The key of an action as texts name it; where it has none, how else it is reached."""
        palette = self.keys.first("command_palette", ascii_only=self.ascii_only)
        return self.keys.first(action, ascii_only=self.ascii_only) or palette

    def _at_start(self) -> str:
        return f"this is the start: {self.key('step')} steps forward"

    def _at_end(self) -> str:
        back, first = self.key("back"), self.key("first")
        return f"nothing is left to do: {back} steps back, {first} goes to the start"

    # Moving.
    def blocked(self) -> bool:
        """Whether the lesson stops every step forward; then say why."""
        reason = self._block_reason()
        if reason:
            self.touch(reason, alarm=self.draft is not None)
        return bool(reason)

    def _block_reason(self) -> str:
        reason = self.player.block_reason() if self.player else ""
        if reason and self.draft is not None:
            return f"answer first: {self.draft.missing()}"
        return reason

    def step(self) -> bool:
        """One step forward; whether there was one."""
        if self.blocked():
            return False
        mover = self.player or self.session
        return self._moved(mover.step() is not None, self._at_end())

    def back(self) -> bool:
        """One step back; whether there was one."""
        return self._moved(self._back(), self._at_start())

    def stride(self) -> bool:
        """Forward until no server is busy and no thread waits for a pager."""
        if self.blocked():
            return False
        self.begin_run()
        until = Ending(Session.at_rest) if self.session.stops else None
        if self.player is not None:
            taken = self.player.macro_step(until)
        else:
            taken = self.session.run(MACRO_LIMIT, until or Session.at_rest)
        return self._moved(taken > 0, self._at_end(), self._stopped(until))

    def stride_back(self) -> bool:
        """Back to where the stride that led here began."""
        self.begin_run()
        moved = self._back()
        while self.session.cursor and not self.session.at_rest():
            self._back()
        return self._moved(moved, self._at_start())

    def seek(self, step: int) -> bool:
        """To step `step`, running on where it is not known yet; whether it got there.

        Steps that are known are passed over; a run into the unknown ends at a stop.
        """
        step = max(step, 0)
        if step > self.session.cursor and self.blocked():
            return False
        self.begin_run()
        session, until = self.session, None
        if self.player is not None:
            reached = self.player.seek(step)
        else:
            reached = session.seek(min(step, session.length))
            if reached < step:
                until = Ending() if session.stops else None
                reached += session.run(step - reached, until)
        there = reached == step
        why = f"step {reached} is as far as it goes"
        if not there and step > reached:
            why = self._block_reason() or why
        return self._moved(there, why, self._stopped(until))

    def run(self, steps: int) -> bool:
        """Up to `steps` steps forward, or back if negative, for auto-play; whether it can go on.

        It ends at a stop of the session, which it then says.
        """
        session, done = self.session, 0
        until = Ending() if session.stops else None
        if steps > 0 and self.player is None:
            done = session.run(steps, until)
        else:
            move = self._back if steps < 0 else self._forward
            while done < abs(steps) and move():
                done += 1
                if until is not None and until(session):
                    break
        stopped = self._stopped(until)
        self.touch(stopped)
        return done == abs(steps) and not stopped

    def switch(self, index: int) -> int:
        """Go into one of the session's `futures`; the step at which it forks off.

        Raises UserError where a lesson does not allow it.
        """
        session = self.session
        at = session.futures()[index].at
        self.begin_run()
        (self.player or session).switch(index)
        return at

    def begin_run(self) -> None:
        """Remember where a move of more than one step begins: a diff goes from there."""
        self.came_from = self.session.cursor

    def _stopped(self, until: object) -> str:
        """Why a run with that condition ended, "" where it was no stop."""
        stop = until.stop if isinstance(until, Ending) else None
        return "" if stop is None else stop_text(self.scene(), stop)

    def _forward(self) -> bool:
        player = self.player
        return player is not None and not player.block_reason() and player.step() is not None

    def ended(self) -> bool:
        """Whether there is nothing left to do."""
        return self.session.next_action() is None

    def _back(self) -> bool:
        return (self.player or self.session).back() is not None

    def _moved(self, moved: bool, why_not: str, stopped: str = "") -> bool:
        self.touch(stopped or ("" if moved else why_not))
        return moved

    # The lesson.
    def answer(self) -> bool:
        """Hand in the draft; whether it was taken."""
        player, draft = self.player, self.draft
        if player is None or draft is None:
            return False
        value = draft.value()
        if value is None:
            self.touch(draft.missing(), alarm=True)
            return False
        try:
            feedback = player.answer(value)
        except UserError as error:
            self.touch(str(error), alarm=True)
            return False
        self.draft = None
        # A prediction is judged by the machine, once the student has stepped there.
        self.touch(" ".join(feedback.lines).strip() if feedback.correct is None else "")
        return True

    def hint(self, now: float) -> None:
        """Show the next hint; `now` in seconds of any clock."""
        if self.player is None:
            return
        before = len(self.player.blocks())
        text = self.player.hint(now)
        if text is None:
            self.touch("there is no further hint; `:reveal` gives the answer away, and its points")
        elif len(self.player.blocks()) == before:
            self.touch("think about this hint first: the next one comes in a few seconds")
        else:
            self.touch()

    def reveal(self) -> None:
        """Give the answer away; costs its points."""
        if self.player is not None:
            try:
                said = self.player.reveal()
            except UserError as error:
                said = str(error)
            self.draft = None
            self.touch(said)

    def restart(self) -> None:
        """Begin the challenge anew."""
        if self.player is not None:
            stops = self.session.stops
            try:
                self.player.restart_challenge()
            except UserError as error:
                self.touch(str(error))
                return
            self.session.stops = stops
            self.touch("the challenge begins anew")

    def own_command(self, text: str) -> bool:
        """Do what was typed if it is one of the screen's own words; whether it was."""
        own = {
            "step": self.step,
            "go": self.stride,
            "back": self.back,
            "restart": self.restart,
            "reveal": self.reveal,
        }
        if text.lower() not in own:
            return False
        own[text.lower()]()
        return True

    def command(self, text: str) -> None:
        """Do what was typed: one of the screen's own words, else an action of the challenge."""
        if self.own_command(text):
            return
        if self.player is None:
            self.touch("here one can type `step`, `go`, `back`")
        else:
            try:
                self.player.act(self.player.parse(text))
            except UserError as error:
                self.touch(str(error))
                return
            self.touch()
