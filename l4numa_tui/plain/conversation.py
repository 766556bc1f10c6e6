"""The conversation: one line in, a few lines out, the same transcript for the same input."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from l4numa_tui.course.blocks import Block
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.errors import UserError
from l4numa_tui.plain import travel
from l4numa_tui.plain.checks import check_rows
from l4numa_tui.plain.looking import LOOKS, look
from l4numa_tui.plain.printer import Printer
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.step_text import explain_changes, headline
from l4numa_tui.world.session import Session, StepChange
from l4numa_tui.world.stops import Ending

MAX_LINE = 2_000
_COSTS = "CPU "  # the lines of `explain_changes` that `why` shows, and a step does not

_HELP = (
    ("step, or just Enter", "one step forward"),
    ("go", "step until nothing is under way, or a question comes"),
    ("back, or back N", "one step back, or N"),
    ("seek N", "go to step N, in either direction"),
    ("answer X, or just X", "answer the question; the first answer counts"),
    ("?", "as an answer: I do not know; explains it, and scores nothing"),
    ("hint", "a hint to the question; there are three, and they cost nothing"),
    ("reveal", "give the answer away; scores nothing"),
    ("show mdb | tables | machine | messages", "look at the machine"),
    ("show kdb | jdb [FRAME]", "the database as kernel debuggers print it"),
    ("why", "everything that happened inside the last step"),
    ("source, or source FUNCTION", "the code that the last step went through"),
    *travel.HELP,
    ("term WORD", "what a word means; `term` alone lists them"),
    ("again", "the last paragraphs, and the question, once more"),
    ("checks", "what the challenge asks for, and your points"),
    ("quit", "stop here; everything is saved after each line"),
)
_HELP_CHALLENGE = (("restart", "begin the challenge anew; points once earned stay"),)
_SCORING = (
    "For points, your first answer to a question counts; `?` says that you do not know, and "
    "scores nothing. Hints cost nothing. In the challenge your best try counts."
)
_SAME = {
    "next": "step", "s": "step", "q": "quit", "exit": "quit", "check": "checks",
    "points": "checks", "score": "checks", "look": "show", "terms": "term", "h": "help",
    "repeat": "again",
}  # fmt: skip
"""Other words for commands, as students type them."""


def run_plain(player: LessonPlayer, stdin: TextIO, stdout: TextIO) -> None:
    """Take a lesson as a conversation, until `quit` or the end of the input.

    Every line is a command or an answer; `help` lists them. Nothing but text is written, no escape
    codes; where `stdin` is no terminal the lines read are written out, so that the transcript reads
    like the session. Saving is the player's `on_record`: after each line everything is saved.
    """
    for stream in (stdin, stdout):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    conversation = Conversation(player, Printer(stdout))
    echo = not stdin.isatty()
    try:
        conversation.open()
        while not conversation.over:
            conversation.printer.prompt(conversation.prompt())
            line = stdin.readline(MAX_LINE)
            if echo:
                conversation.printer.echo(line)
            if not line:
                break
            conversation.take(line)
        conversation.close()
        stdout.flush()
    except KeyboardInterrupt:
        conversation.printer.lines(["", "Stopped."])
    except BrokenPipeError:
        pass  # nobody reads any more; what was done is saved


class Conversation:
    """One player, one printer; `take` does what a line says."""

    def __init__(self, player: LessonPlayer, printer: Printer) -> None:
        self.player = player
        self.printer = printer
        self.over = False
        self._shown = 0  # how many blocks have been printed, hints aside
        self._checks: list[str] = []
        self._commands: dict[str, Callable[[str], None]] = {
            "step": self._step,
            "go": self._go,
            "back": self._back,
            "seek": self._seek,
            "answer": self._answer,
            "hint": self._hint,
            "reveal": self._reveal,
            "again": self._again,
            "checks": self._show_checks,
            "restart": self._restart,
            "help": self._help,
            "quit": self._quit,
        }

    # The frame of the conversation

    def open(self) -> None:
        """The title, and where the student is: at the beginning, or back in the middle."""
        player, lesson = self.player, self.player.lesson
        _, most = player.score()
        self.printer.paragraph(
            [
                f"Lesson {lesson.number}: {lesson.title}",
                f"About {lesson.minutes} minutes, {most} points. Type `help` for the commands.",
            ]
        )
        if not player.export():
            self.printer.paragraph(
                ["What you can do after it:", *(f"- {text}" for _, text in lesson.objectives)],
                prose=True,
            )
            self.printer.paragraph(
                ["After a step, + marks what is new, − what is gone, ~ what has changed."]
            )
            self.printer.paragraph([_SCORING])
            self._show_new()
            return
        where = f"Welcome back: you are at step {player.session.cursor}."
        self.printer.paragraph([f"{where} `again` repeats what came before."])
        self._shown = max(len(self._blocks()) - 1, 0)
        self._show_new()

    def prompt(self) -> str:
        """What asks for the next line: where the student is, and whether a question waits."""
        step = f"step {self.player.session.cursor}"
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
        """Do what a line says; a line that says nothing possible gets one line of help."""
        line = line.strip()
        word, _, rest = line.partition(" ")
        try:
            self._do(word.lower(), rest.strip(), line)
        except UserError as error:
            self.printer.paragraph([f"Not done: {error}."])
        if self.player.unsaved:
            self.printer.paragraph([f"Not saved yet: {self.player.unsaved}."])

    def _do(self, word: str, rest: str, line: str) -> None:
        player = self.player
        keys = [key for key, _ in player.pending.choices] if player.pending else []
        if word not in keys:  # a choice's own letter is an answer, whatever else it may mean
            word = _SAME.get(word, word)
        if word == "?" and player.pending is None:
            word = "help"
        if word in self._commands:
            self._commands[word](rest)
        elif word in LOOKS:
            look(self.printer, self._scene(), player, word, rest)
        elif not line:
            self._step("")
        elif player.pending is not None:
            self._answer(line)
        elif player.in_challenge:
            self._act(line)
        else:
            raise UserError(f"{line[:40]!r} is no command", "`step`, `back`, … (`help` lists them)")

    # Moving

    def _step(self, _rest: str) -> None:
        reason = self.player.block_reason()
        if reason:
            self._stopped(reason)
            return
        change = self.player.step()
        if change is None:
            self._nothing_left()
            return
        self._tell(change)
        self._show_new()

    def _stopped(self, reason: str) -> None:
        pending = self.player.pending
        expects = [f"Expected: {pending.expects()}."] if pending else []
        self.printer.paragraph([reason, *expects])

    def _go(self, _rest: str) -> None:
        if self.player.block_reason():
            self._step("")
            return
        first, ending = self.player.session.cursor + 1, Ending(Session.at_rest)
        if not self.player.macro_step(ending):
            self._nothing_left()
            return
        self._tell_steps(first)
        travel.tell_stop(self.printer, self._scene(), ending.stop)

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

    def _tell_steps(self, first: int) -> None:
        session = self.player.session
        for index in range(first, session.cursor + 1):
            # A headline is written for the moment after its step: names and tables may change.
            change = session.change(index)
            self.printer.lines([f"Step {index}: {headline(self._scene(), change)}."])
        self.printer.lines([""])
        self._show_new()

    def _back(self, rest: str) -> None:
        if rest and not (rest.isascii() and rest.isdigit() and 0 < len(rest) < 10):
            raise UserError(f"`back {rest[:20]}` names no number of steps", "`back`, or `back 3`")
        here = self.player.session.cursor
        if not here:
            self.printer.paragraph(["This is the beginning."])
        elif int(rest or 1):
            self.player.seek(max(here - int(rest or 1), 0))
            self._where()

    def _seek(self, rest: str) -> None:
        if not rest.isascii() or not rest.isdigit() or len(rest) > 9:
            raise UserError(f"`seek {rest[:20]}` names no step", "`seek 3`")
        before = self.player.session.cursor
        here = self.player.seek(int(rest))
        if here > before:
            self._tell_steps(before + 1)
        else:
            self._where()
        if here < int(rest):
            self._stopped(self.player.block_reason() or f"Stopped at step {here}.")

    def _where(self) -> None:
        last = self.player.session.last
        at = f"At step {self.player.session.cursor}"
        said = f": {headline(self._scene(), last)}." if last else ", the beginning."
        self.printer.paragraph([at + said])

    def _tell(self, change: StepChange) -> None:
        scene = self._scene()
        changes = [f"  {line}" for line in explain_changes(scene, change)]
        self.printer.paragraph(
            [
                f"Step {self.player.session.cursor}: {headline(scene, change)}.",
                *(line for line in changes if not line.lstrip().startswith(_COSTS)),
            ]
        )

    # Questions

    def _answer(self, rest: str) -> None:
        feedback = self.player.answer(rest)
        if feedback.correct is None:
            self.printer.paragraph(feedback.lines, prose=True)
        self._show_new()

    def _hint(self, _rest: str) -> None:
        hint = self.player.hint()
        if hint is None:
            asked = self.player.pending or self.player.in_challenge
            hint = "There is no further hint." if asked else "Nothing is asked: step on."
            self.printer.paragraph([hint])
        else:
            self.printer.paragraph([f"Hint: {hint}"], prose=True)

    def _reveal(self, _rest: str) -> None:
        pending = self.player.pending
        said = self.player.reveal()
        if pending is None or not self.player.is_judged(pending.id):  # else feedback says it
            self.printer.paragraph([said], prose=True)
        self._show_new()

    # The challenge

    def _act(self, line: str) -> None:
        self._tell(self.player.act(self.player.parse(line)))
        self._show_new()

    def _restart(self, _rest: str) -> None:
        self.player.restart_challenge()
        self.printer.paragraph(["The challenge begins anew."])
        self._checks = []
        self._show_new()

    def _show_checks(self, _rest: str) -> None:
        earned, most = self.player.score()
        rows = check_rows(self.player, goals=True)
        rows = rows or ["The challenge comes at the end of the lesson."]
        points = f"You have {earned} of {most} points; the challenge counts by your best try."
        self.printer.paragraph([*rows, points], prose=True)

    # Printing

    def _again(self, _rest: str) -> None:
        self._shown = max(len(self._blocks()) - 3, 0)
        self._checks = []
        self._show_new()

    def _help(self, _rest: str) -> None:
        rows = list(_HELP)
        if self.player.in_challenge:
            rows += [*self.player.commands(), *_HELP_CHALLENGE]
        self.printer.paragraph([f"- {form}: {what}" for form, what in rows])
        self.printer.paragraph([_SCORING])

    def _quit(self, _rest: str) -> None:
        self.over = True

    def _scene(self) -> Scene:
        session = self.player.session
        return Scene(session.world, session.last, None, not self.printer.unicode)

    def _blocks(self) -> list[Block]:
        return [block for block in self.player.blocks() if block.kind != "hint"]

    def _show_new(self) -> None:
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
        lines = list(block.lines)
        if block.kind == "todo":
            lines[0] = f"To do: {lines[0]}"
            here = self.player.session.cursor
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
        self.printer.paragraph(lines, prose=True)
