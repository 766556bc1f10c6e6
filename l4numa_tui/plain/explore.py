"""A scenario or a trace without a lesson, as a conversation: step, look, go back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TextIO

from l4numa_tui.course.lesson_model import Term
from l4numa_tui.plain.asking import ASKING
from l4numa_tui.plain.command import Chapter
from l4numa_tui.plain.helping import program
from l4numa_tui.plain.looking import LOOKING
from l4numa_tui.plain.moving import MOVING
from l4numa_tui.plain.printer import Printer
from l4numa_tui.plain.scenario_commands import SCENARIO
from l4numa_tui.plain.talk import Talk, converse
from l4numa_tui.plain.travel import TRAVELLING, tell_stop
from l4numa_tui.scenario.about import About, begins
from l4numa_tui.views.pane_parts import count_of
from l4numa_tui.views.steps.ending import ending
from l4numa_tui.views.steps.step_text import headline
from l4numa_tui.world.operations import Action
from l4numa_tui.world.session import Session

MAX_TOLD = 200  # after a leap so many headlines are told at most
_ALL = 1_000_000

_CHAPTERS = (SCENARIO, LOOKING, ASKING, TRAVELLING)


def explore(
    session: Session, about: About, stdin: TextIO, stdout: TextIO, *, ascii_only: bool = False
) -> int:
    """Take commands until `quit` or the end of the input; 0, the exit status.

    The same input gives the same transcript.
    """
    converse(Explorer(session, Printer(stdout, ascii_only=ascii_only), about), stdin, stdout)
    return 0


class Explorer(Talk):
    """Does what a line says to a session, and prints what came of it."""

    def __init__(self, session: Session, printer: Printer, about: About, *more: Chapter) -> None:
        super().__init__(printer, (MOVING, *more, *_CHAPTERS, program("leave")))
        self._session = session
        self.about = about
        self._noted = -1  # the step of the script whose note was told last

    @property
    def session(self) -> Session:
        """The session that is explored."""
        return self._session

    def open(self) -> None:
        """The scenario's title and explanation."""
        begin = self.opening()
        if self.about.explanation:
            self.printer.lines([self.about.title, "", *self.about.explanation, ""], prose=True)
            self.printer.paragraph([begin])
        else:
            self.printer.paragraph([self.about.title, begin])

    def opening(self) -> str:
        """What to type first."""
        return f"Type `help` for the commands; Enter takes a step. {self.legend()}"

    def prompt(self) -> str:
        """Where the session stands."""
        return f"step {self.session.cursor}> "

    def terms(self) -> Mapping[str, Term]:
        """The course's glossary."""
        from l4numa_tui.course.folder import load_course  # noqa: PLC0415 - for this command only

        return load_course().terms

    def forward(self, steps: int) -> None:
        """Take steps and tell them, with the scenario's notes."""
        self._run(steps)

    def stride(self) -> None:
        """Step until nothing is under way."""
        self._run(_ALL, Session.at_rest)

    def run_on(self) -> None:
        """Step to the end, or to a stop."""
        self._run(_ALL)

    def _run(self, steps: int, until: Callable[[Session], bool] | None = None) -> None:
        """Step until something ends it, and say if that was a breakpoint or a watch."""
        before = self.session.cursor
        _, stop = self.session.run_to_stop(steps, until)
        self.tell(before)
        tell_stop(self.printer, self.scene(), stop)

    def choose(self, action: Action) -> None:
        """Let an action be the next step; a future that was known is left behind."""
        before = self.session.cursor
        seen = before < self.session.length and action != self.session.next_action()
        self.session.step(action)
        if seen:
            self.printer.lines(["What you had seen from here on is another future now."])
        self.tell(before)

    def switch(self, index: int) -> None:
        """Go into another future."""
        self.session.switch(index)
        self._noted = -1

    def move_back(self, steps: int) -> None:
        """Take steps back."""
        moved = self.session.cursor
        self.session.seek(max(moved - steps, 0))
        self._noted = -1
        said = f"Back at {self._where()}." if moved else "This is the beginning."
        self.printer.paragraph([said])

    def move_to(self, step: int) -> None:
        """Go to a step, or to the last there is."""
        reached = self.session.seek(step)
        self._noted = -1
        if reached != step:
            self.printer.lines([f"There is no step {step}; the last is {reached}."])
        self.printer.paragraph([f"At {self._where()}."])

    def _where(self) -> str:
        last = self.session.last
        told = f": {headline(self.scene(), last)}" if last else ", the beginning"
        return f"step {self.session.cursor}{told}"

    def tell(self, before: int) -> None:
        """Tell the steps taken since `before`, or why there are none."""
        session = self.session
        if session.cursor == before:
            self.printer.paragraph(ending(self.scene()))
            return
        alone = session.cursor == before + 1
        first = max(before + 1, session.cursor - MAX_TOLD + 1)
        untold = first - before - 1
        told = [f"({count_of(untold, 'step')} not told)"] if untold else []
        for index in range(first, session.cursor + 1):
            session.seek(index)  # a headline looks at the world as the step has left it
            told.append(f"Step {index}: {headline(self.scene(), session.change(index))}.")
            if alone:
                told += self.changes_of(session.change(index))
            note = self.about.note_of(session.change(index))
            if note and begins(session.change(index)) and note.step != self._noted:
                told.append(f"  {note.text}")
            self._noted = note.step if note else self._noted
        if session.cursor == session.length and not session.world.enabled():
            told += ending(self.scene())[1:]  # who will wait for ever, if anybody will
        self.printer.paragraph(told)
