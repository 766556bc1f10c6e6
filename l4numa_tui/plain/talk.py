"""What the conversations have in common: a line in, its command found and done, lines out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple, TextIO

from l4numa_tui.course.lesson_model import Term
from l4numa_tui.errors import UserError
from l4numa_tui.plain.command import Chapter, Command, Found, Vocabulary
from l4numa_tui.plain.printer import Printer
from l4numa_tui.views.pane_parts import glyphs_of, number
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.steps.step_changes import explain_changes
from l4numa_tui.world.session import Session, StepChange

MAX_LINE = 2_000
LONG, SLACK = 40, 5  # so many lines at once, a few more where that is all
_COSTS = ("CPU ", "  ")  # how lines of costs begin, and what goes on with them


class Kept(NamedTuple):
    """What a long text has left, for `more`, and whether it is a figure."""

    lines: list[str]
    figure: bool


class Talk(ABC):
    """A session, a printer, and chapters of commands; `take` does what a line says."""

    def __init__(self, printer: Printer, chapters: tuple[Chapter, ...]) -> None:
        self.printer = printer
        self.over = False
        self.kept = Kept([], False)
        self._chapters = chapters

    @property
    @abstractmethod
    def session(self) -> Session:
        """Where the commands look; to be asked for anew after each of them."""

    @abstractmethod
    def open(self) -> None:
        """Print what comes before the first prompt."""

    @abstractmethod
    def prompt(self) -> str:
        """What asks for the next line."""

    def close(self) -> None:
        """Print what comes after the last line; nothing unless a conversation has it."""
        return

    def advice(self) -> str:
        """What `help` says besides the commands."""
        return ""

    @abstractmethod
    def forward(self, steps: int) -> None:
        """Take so many steps, or as many as there are, and tell them."""

    @abstractmethod
    def stride(self) -> None:
        """Step until nothing is under way, and tell the steps."""

    @abstractmethod
    def run_on(self) -> None:
        """Step to the end, or to where something is asked, and tell the steps."""

    @abstractmethod
    def move_back(self, steps: int) -> None:
        """Take so many steps back, or as many as there are."""

    @abstractmethod
    def move_to(self, step: int) -> None:
        """Go to a step, in either direction."""

    @abstractmethod
    def switch(self, index: int) -> None:
        """Go into one of the session's `futures`."""

    @abstractmethod
    def terms(self) -> Mapping[str, Term]:
        """The glossary."""

    def scene(self) -> Scene:
        """What the views look at: the world where the session stands."""
        session = self.session
        return Scene(session.world, session.last, None, self.printer.ascii_only)

    def chapters(self) -> list[Chapter]:
        """The commands that are possible now, by chapter; no chapter is empty."""
        shown = [
            chapter._replace(
                commands=tuple(each for each in chapter.commands if each.possible(self))
            )
            for chapter in self._chapters
        ]
        return [chapter for chapter in shown if chapter.commands]

    def vocabulary(self) -> Vocabulary:
        """The same, to find them by their words."""
        commands: list[Command[Any]] = []
        for chapter in self.chapters():
            commands += chapter.commands
        return Vocabulary(commands)

    def changes_of(self, change: StepChange) -> list[str]:
        """What a step changed, as it is told with the step; `why` tells its costs, too."""
        told = explain_changes(self.scene(), change)
        return [f"  {line}" for line in told if not line.startswith(_COSTS)]

    def legend(self) -> str:
        """What the marks mean that stand before what a step changed."""
        gone = glyphs_of(self.scene()).gone
        return f"After a step, + marks what is new, {gone} what is gone, ~ what has changed."

    def take(self, line: str) -> None:
        """Do what a line says; what cannot be done gets one line that says what can."""
        line = line.strip()
        try:
            found = self.meaning(line)
            if found is not None:
                lines = list(found.command.run(self, found.rest))
                self._say(lines, found.command)
        except UserError as error:
            self.printer.paragraph([f"Not done: {error}."])

    def _say(self, lines: list[str], command: Command[Any]) -> None:
        """Print what a command says; of a long text the beginning, and how to see the rest."""
        if not command.whole:
            self.kept = Kept([], command.figure)
            self.go_on(lines)
        elif lines:
            self.printer.paragraph(lines, figures=command.figure)

    def go_on(self, lines: list[str]) -> None:
        """Print as much of a text as is said at once, and keep the rest."""
        end = len(lines) if len(lines) <= LONG + SLACK else LONG
        self.kept = self.kept._replace(lines=lines[end:])
        left = f"{number(len(lines) - end)} more lines: `more` shows them, `more all` at once."
        if lines:
            self.printer.lines(lines[:end], figures=self.kept.figure)
            self.printer.paragraph([left] if end < len(lines) else [])

    def meaning(self, line: str) -> Found | None:
        """The command that a line means, None if the line was something else and is done.

        An empty line is a step. UserError for a line that means nothing.
        """
        vocabulary = self.vocabulary()
        line = line or "step"
        found = vocabulary.exact(line) or vocabulary.shortened(line)
        if found is None:
            raise vocabulary.unknown(line)
        return found


def converse(talk: Talk, stdin: TextIO, stdout: TextIO) -> None:
    """Take commands until `quit` or the end of the input.

    Nothing but text is written, no escape codes. Where `stdin` is no terminal the lines read are
    written out, so that the transcript reads like the session.
    """
    for stream in (stdin, stdout):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    echo = not stdin.isatty()
    try:
        talk.open()
        while not talk.over:
            talk.printer.prompt(talk.prompt())
            line = stdin.readline(MAX_LINE)
            if echo:
                talk.printer.echo(line)
            if not line:
                break
            talk.take(line)
        talk.close()
        stdout.flush()
    except KeyboardInterrupt:
        talk.printer.lines(["", "Stopped."])
    except BrokenPipeError:
        pass  # nobody reads any more; what was done is saved
