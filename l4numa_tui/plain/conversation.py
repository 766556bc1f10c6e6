"""A lesson as a conversation: one line in, a few lines out, the same for the same input."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

from l4numa_tui.course.blocks import Block
from l4numa_tui.course.lesson_model import Term
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.errors import UserError
from l4numa_tui.plain.asking import ASKING
from l4numa_tui.plain.checks import check_rows
from l4numa_tui.plain.command import Chapter, Found, Vocabulary
from l4numa_tui.plain.helping import program
from l4numa_tui.plain.lesson_commands import LESSON, SCORING, challenge_chapter
from l4numa_tui.plain.looking import LOOKING
from l4numa_tui.plain.moving import MOVING
from l4numa_tui.plain.printer import Printer
from l4numa_tui.plain.talk import Talk, converse
from l4numa_tui.plain.travel import TRAVELLING, tell_stop
from l4numa_tui.views.steps.step_text import headline
from l4numa_tui.world.session import Session, StepChange
from l4numa_tui.world.stops import Ending

_ALL = 1_000_000  # more steps than any lesson has

_CHAPTERS = (
    MOVING, LESSON, LOOKING, ASKING, TRAVELLING,
    program("stop here; everything is saved after each line"),
)  # fmt: skip


def run_plain(
    player: LessonPlayer, stdin: TextIO, stdout: TextIO, *, ascii_only: bool = False
) -> None:
    """Take a lesson as a conversation, until `quit` or the end of the input.

    Every line is a command or an answer; `help` lists them. Saving is the player's `on_record`:
    after each line everything is saved.
    """
    converse(Conversation(player, Printer(stdout, ascii_only=ascii_only)), stdin, stdout)


class Conversation(Talk):
    """One player, one printer; `take` does what a line says."""

    def __init__(self, player: LessonPlayer, printer: Printer) -> None:
        super().__init__(printer, _CHAPTERS)
        self.player = player
        self._shown = 0  # how many blocks have been printed, hints aside
        self._checks: list[str] = []

    @property
    def session(self) -> Session:
        """The player's session; beginning the challenge anew replaces it."""
        return self.player.session

    def terms(self) -> Mapping[str, Term]:
        """The course's glossary."""
        return self.player.lesson.course.terms

    def advice(self) -> str:
        """How points are given."""
        return SCORING

    def chapters(self) -> list[Chapter]:
        """What is possible now; in the challenge, its own commands come first."""
        chapters = super().chapters()
        return [challenge_chapter(self), *chapters] if self.player.in_challenge else chapters

    # The frame of the conversation

    def open(self) -> None:
        """The title, and where the student is: at the beginning, or back in the middle."""
        player, lesson = self.player, self.player.lesson
        _, most = player.score()
        self.printer.paragraph(
            [
                f"Lesson {lesson.number}: {lesson.title}",
                f"About {lesson.minutes} minutes, {most} points. To answer a question, type its "
                "letter or number; Enter takes a step; `help` lists the commands.",
            ]
        )
        if not player.export():
            self.printer.paragraph(
                ["What you can do after it:", *(f"- {text}" for _, text in lesson.objectives)],
                prose=True,
            )
            self.printer.paragraph([self.legend()])
            self.printer.paragraph([SCORING])
            self.show_new()
            return
        where = f"Welcome back: you are at step {self.session.cursor}."
        self.printer.paragraph([f"{where} `again` repeats what came before."])
        self._shown = max(len(self._blocks()) - 1, 0)
        self.show_new()

    def prompt(self) -> str:
        """What asks for the next line: where the student is, and whether a question waits."""
        step = f"step {self.session.cursor}"
        if self.player.pending:
            return f"{step}, answer> "
        if self.player.finished:
            return f"{step}, finished> "
        return f"{step}, your turn> " if self.player.in_challenge else f"{step}> "

    def close(self) -> None:
        """The last lines: points, and that all is saved."""
        earned, most = self.player.score()
        saved = "Everything is saved." if self.player.on_record else ""
        if self.player.unsaved:
            saved = f"Not saved: {self.player.unsaved}."
        self.printer.lines(["", f"You have {earned} of {most} points. {saved}".rstrip()])

    def take(self, line: str) -> None:
        """Do what a line says, and say so if it could not be saved."""
        super().take(line)
        if self.player.unsaved:
            self.printer.paragraph([f"Not saved yet: {self.player.unsaved}."])

    def meaning(self, line: str) -> Found | None:
        """The command that a line means; what is no command answers a question that waits.

        A letter of a choice is an answer, whatever else it may mean.
        """
        pending, vocabulary = self.player.pending, self.vocabulary()
        if pending is None or not line:
            if self.player.in_challenge and line and not vocabulary.knows(line):
                self.player.parse(line)  # says what the challenge allows
            return super().meaning(line)
        keys = [key for key, _ in pending.choices]
        if line == "?" or line.split(maxsplit=1)[0].lower() in keys:
            self.answer(line)
            return None
        return vocabulary.exact(line) or self._answer_or_shortened(line, vocabulary)

    def _answer_or_shortened(self, line: str, vocabulary: Vocabulary) -> Found | None:
        """Take a line as an answer, else as the beginning of a command's name.

        What is neither was meant as an answer.
        """
        try:
            self.answer(line)
        except UserError as no_answer:
            with suppress(UserError):
                found = vocabulary.shortened(line)
                if found is not None:
                    return found
            raise no_answer from None
        return None

    # Moving

    def forward(self, steps: int) -> None:
        """Step on, at most to where something new is shown or asked."""
        reason = self.player.block_reason()
        if reason:
            self._stopped(reason)
            return
        first = self.session.cursor + 1
        if steps > 1:
            self.player.seek(first - 1 + steps)
        elif (change := self.player.step()) is not None:
            self.tell(change)
            return
        self._tell_from(first)

    def stride(self) -> None:
        """Step until nothing is under way, or something new is shown."""
        if self.player.block_reason():
            self.forward(1)
            return
        first, ending = self.session.cursor + 1, Ending(Session.at_rest)
        self.player.macro_step(ending)
        self._tell_from(first)
        tell_stop(self.printer, self.scene(), ending.stop)

    def switch(self, index: int) -> None:
        """Go into another future of the challenge."""
        self.player.switch(index)

    def run_on(self) -> None:
        """Step until something new is shown, or nothing is left."""
        self.forward(_ALL)

    def _stopped(self, reason: str) -> None:
        pending = self.player.pending
        expects = [f"Expected: {pending.expects()}."] if pending else []
        self.printer.paragraph([reason, *expects])

    def _nothing_left(self) -> None:
        if self.player.finished:
            said = "The lesson is finished; nothing is left to do on this machine. `quit` ends it."
        elif self.player.in_challenge:
            forms = [form for form, _ in self.player.commands() if not form.startswith("reply")]
            choice = ", ".join(f"`{form}`" for form in (*forms, "back"))
            said = f"Nothing goes on by itself here. What you can do: {choice}, or `restart`."
        else:
            said = "Nothing is left to do on this machine."
        self.printer.paragraph([said])

    def _tell_from(self, first: int) -> None:
        """Tell the steps from `first` to here, or that there were none."""
        session = self.session
        if session.cursor < first:
            self._nothing_left()
            return
        for index in range(first, session.cursor + 1):
            # A headline is written for the moment after its step: names and tables may change.
            change = session.change(index)
            self.printer.lines([f"Step {index}: {headline(self.scene(), change)}."])
        self.printer.lines([""])
        self.show_new()

    def move_back(self, steps: int) -> None:
        """Take steps back, and say where that is."""
        here = self.session.cursor
        if not here:
            self.printer.paragraph(["This is the beginning."])
        elif steps:
            self.player.seek(max(here - steps, 0))
            self._where()

    def move_to(self, step: int) -> None:
        """Go to a step, forwards at most to where something new is shown."""
        before = self.session.cursor
        here = self.player.seek(step)
        if here > before:
            self._tell_from(before + 1)
        else:
            self._where()
        if here < step:
            stopped = f"You are at step {here}: the lesson had something to say there."
            self._stopped(self.player.block_reason() or stopped)

    def _where(self) -> None:
        last = self.session.last
        at = f"At step {self.session.cursor}"
        said = f": {headline(self.scene(), last)}." if last else ", the beginning."
        self.printer.paragraph([at + said])
        if self.player.in_challenge and self.player.block_reason():
            self.printer.paragraph([self.player.block_reason()])

    def tell(self, change: StepChange) -> None:
        """Say what the step just taken was and what it changed, and what the lesson says to it."""
        said = f"Step {self.session.cursor}: {headline(self.scene(), change)}."
        self.printer.paragraph([said, *self.changes_of(change)])
        self.show_new()

    # Questions

    def answer(self, text: str) -> None:
        """Answer the question; UserError, and nothing counted, for what can be no answer."""
        feedback = self.player.answer(text)
        if feedback.correct is None:
            self.printer.paragraph(feedback.lines, prose=True)
        self.show_new()

    def begin_anew(self) -> None:
        """Begin the challenge anew."""
        self.player.restart_challenge()
        self.printer.paragraph(["The challenge begins anew."])
        self._checks = []
        self.show_new()

    # Printing

    def goal(self) -> list[str]:
        """What is to be done or answered now, and in the challenge how far it is."""
        waiting = [block for block in self._blocks() if block.style == "open"]
        lines: list[str] = []
        for block in waiting[-1:]:
            lines += self._block_lines(block)
        if self.player.in_challenge:
            lines += check_rows(self.player, goals=True)
        return lines or ["Nothing is asked now: step on."]

    def repeat(self) -> None:
        """Print the last blocks once more, and the question."""
        self._shown = max(len(self._blocks()) - 3, 0)
        self._checks = []
        self.show_new()

    def _blocks(self) -> list[Block]:
        return [block for block in self.player.blocks() if block.kind != "hint"]

    def show_new(self) -> None:
        """Print the blocks not printed yet; the challenge's checks when they have changed."""
        blocks = self._blocks()
        new = blocks[self._shown :]
        self._shown = len(blocks)
        begins = any(block.kind == "challenge" for block in new)
        if not begins:
            self._show_changed_checks()
        for block in new:
            self._show(block)
            if block.kind == "challenge":
                self._show_changed_checks()
        if any(block.kind == "done" for block in new):
            self._show_end()
        elif self.player.in_challenge and self.player.block_reason():
            self.printer.paragraph([self.player.block_reason()])

    def _show_end(self) -> None:
        earned, most = self.player.score()
        lesson = self.player.lesson
        names = lesson.course.spec.lessons
        later = names[names.index(lesson.folder.name) + 1 :] if lesson.folder.name in names else ()
        following = f" The next one is lesson {int(later[0][:2])}." if later else ""
        self.printer.paragraph(
            [
                f"Lesson finished: {earned} of {most} points.{following} `quit` ends it; before "
                "that you may look around, or step back. To take it anew, with other numbers, "
                "start it with `--again`."
            ]
        )

    def _show_changed_checks(self) -> None:
        rows = check_rows(self.player)
        if rows != self._checks:
            states = [check.status for check in self.player.checks()]
            solved = all(status == "pass" for status in states)
            head = "The challenge is solved:" if solved else "The challenge asks for:"
            lost = ["What is lost can be mended: step back, or `restart`."]
            self.printer.paragraph([head, *rows, *(lost if "fail" in states else [])], prose=True)
        self._checks = rows

    def _show(self, block: Block) -> None:
        self.printer.paragraph(self._block_lines(block), prose=True)

    def _block_lines(self, block: Block) -> list[str]:
        lines = list(block.lines)
        if block.kind == "todo":
            lines[0] = f"To do: {lines[0]}"
            here = self.session.cursor
            there = self.player.furthest
            if block.style == "open" and here < there:
                lines.append(f"(You are at step {here}: first go forward again, `seek {there}`.)")
        elif block.kind in ("question", "observe"):
            lines[0] = f"Question: {lines[0]}"
        elif block.kind == "challenge":
            lines[0] = f"Challenge. {lines[0]}"
        pending = self.player.pending
        if pending is not None and pending.id == block.id and block.style == "open":
            if pending.choices:
                lines += ["", *(f"  {key}) {text}" for key, text in pending.choices)]
            lines += ["", f"(Expected: {pending.expects()}.)"]
        return lines
