"""A scenario or a trace without a lesson, as a conversation: step, look, go back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TextIO

from l4numa_tui.course.lesson_model import Term
from l4numa_tui.errors import UserError
from l4numa_tui.plain import pages, travel
from l4numa_tui.plain.dumps import DUMPS, show_dump
from l4numa_tui.plain.printer import Printer
from l4numa_tui.plain.source import show_source
from l4numa_tui.plain.terms import show_term
from l4numa_tui.scenario.about import About, begins
from l4numa_tui.views.ending import ending
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.step_text import explain_changes, headline
from l4numa_tui.world.session import Session

MAX_LINE = 2_000
MAX_TOLD = 200  # after a leap so many headlines are told at most
_HELP = (
    "- step, or just Enter: one step forward; step N: so many",
    "- go: step until nothing is under way (a pagefault as one stride)",
    "- run: step to the end",
    "- back, or back N: one step back, or so many",
    "- seek N: go to step N, in either direction",
    "- show mdb | tables | machine | messages: look at the machine",
    "- show kdb | jdb [FRAME]: the database as kernel debuggers print it",
    "- why: everything that happened inside the last step, what it changed and cost",
    "- source, or source FUNCTION: the code that the last step went through",
    *(f"- {form}: {what}" for form, what in travel.HELP),
    "- about: what this scenario shows",
    "- term, or term WORD: the glossary",
    "- quit: leave",
)


_SHOWN = "`show mdb`, `tables`, `machine`, `messages`, `kdb` or `jdb`"


def explore(session: Session, about: About, stdin: TextIO, stdout: TextIO) -> int:
    """Take commands until `quit` or the end of the input; 0, the exit status.

    The same input gives the same transcript. Where `stdin` is no terminal, the lines read are
    written out.
    """
    for stream in (stdin, stdout):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    printer = Printer(stdout)
    explorer = Explorer(session, printer, about)
    if about.explanation:
        printer.lines([about.title, "", *about.explanation, ""], prose=True)
        printer.paragraph(["Type `help` for the commands; Enter takes a step."])
    else:
        printer.paragraph([about.title, "Type `help` for the commands; Enter takes a step."])
    echo = not stdin.isatty()
    while not explorer.over:
        printer.prompt(f"step {session.cursor}> ")
        line = stdin.readline(MAX_LINE)
        if echo:
            printer.echo(line)
        if not line:
            break
        explorer.take(line)
    stdout.flush()
    return 0


def _count(rest: str, word: str) -> int:
    """How many steps a line asks for, one if it does not say."""
    if not rest:
        return 1
    if not (rest.isascii() and rest.isdigit() and len(rest) <= 6):
        raise UserError(f"`{word} {rest[:20]}` names no number of steps", f"`{word} 3`")
    return int(rest)


def _glossary() -> Mapping[str, Term]:
    from l4numa_tui.course.folder import load_course  # noqa: PLC0415 - for this command only

    return load_course().terms


class Explorer:
    """Does what a line says to a session, and prints what came of it."""

    def __init__(self, session: Session, printer: Printer, about: About) -> None:
        self.session = session
        self.printer = printer
        self.about = about
        self.over = False
        self._noted = -1  # the step of the script whose note was told last

    def take(self, line: str) -> None:
        """Do one line; what cannot be done gets one line that says what can."""
        word, _, rest = line.strip().partition(" ")
        try:
            self._do(word.lower(), rest.strip())
        except UserError as error:
            self.printer.paragraph([f"Not done: {error}."])

    def _do(self, word: str, rest: str) -> None:
        session = self.session
        if word in ("", "step", "n"):
            self._forward(_count(rest, word))
        elif word in ("go", "run"):
            self._run(1_000_000, Session.at_rest if word == "go" else None)
        elif word in ("back", "p"):
            moved = session.cursor
            session.seek(max(session.cursor - _count(rest, word), 0))
            self._noted = -1
            self.printer.paragraph(
                [f"Back at step {session.cursor}." if moved else "This is the beginning."]
            )
        elif word == "seek":
            self._seek(rest)
        elif word in ("quit", "q"):
            self.over = True
        elif word == "help":
            self.printer.paragraph(_HELP)
        else:
            self.printer.paragraph(self._look(word, rest))

    def _forward(self, steps: int) -> None:
        self._run(steps, None)

    def _run(self, steps: int, until: Callable[[Session], bool] | None) -> None:
        """Step until something ends it, and say if that was a breakpoint or watch."""
        before = self.session.cursor
        _, stop = self.session.run_to_stop(steps, until)
        self._tell(before)
        travel.tell_stop(self.printer, self._scene(), stop)

    def _seek(self, rest: str) -> None:
        if not (rest.isascii() and rest.isdigit() and len(rest) <= 9):
            raise UserError(f"`seek {rest[:20]}` names no step", "`seek 3`")
        reached = self.session.seek(int(rest))
        self._noted = -1
        short = "" if reached == int(rest) else ", the last there is"
        self.printer.paragraph([f"At step {reached}{short}."])

    def _tell(self, before: int) -> None:
        session = self.session
        if session.cursor == before:
            self.printer.paragraph(ending(self._scene()))
            return
        first = max(before + 1, session.cursor - MAX_TOLD + 1)
        told = [f"… {first - before - 1} steps …"] if first > before + 1 else []
        for index in range(first, session.cursor + 1):
            session.seek(index)  # a headline looks at the world as the step has left it
            told.append(f"Step {index}: {headline(self._scene(), session.change(index))}.")
            note = self.about.note_of(session.change(index))
            if note and begins(session.change(index)) and note.step != self._noted:
                told.append(f"  {note.text}")
            self._noted = note.step if note else self._noted
        if session.cursor == session.length and not session.world.enabled():
            told += ending(self._scene())[1:]  # who will wait for ever, if anybody will
        self.printer.paragraph(told)

    def _look(self, word: str, rest: str) -> list[str]:
        scene, session = self._scene(), self.session
        if word == "show":
            return self._show(scene, *rest.partition(" ")[::2])
        if word == "why":
            lines = list(pages.show_events(scene, session))
            if session.last is not None:
                changes = explain_changes(scene, session.last)
                lines += ["What it changed, and what it cost:", *(f"  {each}" for each in changes)]
            return lines
        if word == "term":
            return show_term(_glossary(), rest)
        if word == "about":
            return list(self.about.explanation) or [self.about.title]
        if word == "source":
            return show_source(scene, rest)
        if word in travel.COMMANDS:
            return travel.COMMANDS[word](session, scene, rest)
        raise UserError(f"`{word[:20]}` is not known", "a command of `help`")

    def _show(self, scene: Scene, what: str, rest: str) -> list[str]:
        shown = {
            "mdb": pages.show_database,
            "tables": pages.show_tables,
            "machine": pages.show_machine,
        }
        if what in DUMPS:
            return show_dump(self.session, what, rest)
        if what in shown and not rest:
            return shown[what](scene)
        if what == "messages" and not rest:
            return pages.show_messages(scene, self.session)
        unknown = f"`show {what[:20]}`".replace(" `", "`")
        raise UserError(f"{unknown} is not known", _SHOWN)

    def _scene(self) -> Scene:
        return Scene(self.session.world, self.session.last, ascii_only=not self.printer.unicode)
