"""What a scenario says to its readers: an explanation as a whole, and notes on its steps."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from l4numa_tui.kernel.thread_state import CODE_MASK, READY, ip_of
from l4numa_tui.safe_text import safe_text
from l4numa_tui.scenario.model import ScenarioSpec
from l4numa_tui.scenario.step_model import MAX_NOTE
from l4numa_tui.scenario.where import Where
from l4numa_tui.world.session import Session, StepChange

MAX_EXPLANATION = 4000


class Note(NamedTuple):
    """A note, and the number of the step of the file that it belongs to, from 0."""

    step: int
    text: str


class About(NamedTuple):
    """The texts of a scenario; they are shown, nothing depends on them.

    `explanation` is in paragraphs, a line of which that begins with `- ` is one of its own.
    `notes[i]` is that of step i of the file, empty for none, and `starts[i]` the place in the
    script where the step begins.
    """

    title: str = ""
    explanation: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()

    def note_of(self, change: StepChange) -> Note | None:
        """The note on what a step of the session did, None where there is none."""
        thread, world = change.action[1], change.world
        if len(change.action) > 2 or thread not in world.programs:
            return None
        return self._note(world.programs[thread].order, ip_of(word_before(change)))

    def note_now(self, session: Session) -> Note | None:
        """The note on the last thing that a thread of the scenario did, up to now."""
        programs = session.world.programs
        for index in range(session.cursor, 0, -1):
            change = session.change(index)
            if change.action[1] in programs:
                return self.note_of(change)
        return None

    def note_next(self, session: Session) -> Note | None:
        """The note on what comes next, None while a server acts."""
        action = session.next_action()
        programs = session.world.programs
        if action is None or len(action) > 2 or action[1] not in programs:
            return None
        word = session.world.kernel.state.rows.get(action[1], READY)
        return self._note(programs[action[1]].order, ip_of(word))

    def _note(self, order: tuple[int, ...], at: int) -> Note | None:
        if at >= len(order):
            return None
        step = bisect_right(self.starts, order[at]) - 1
        if not 0 <= step < len(self.notes) or not self.notes[step]:
            return None
        return Note(step, self.notes[step])


def about_of(spec: ScenarioSpec, starts: tuple[int, ...], where: Where) -> About:
    """Return what a scenario says; UserError for text that is too long or no fit for a terminal."""
    _check(spec.explanation, MAX_EXPLANATION, where, "explanation")
    for index, step in enumerate(spec.step):
        _check(step.note, MAX_NOTE, where, "step", index, "note")
    notes = tuple(" ".join(step.note.split()) for step in spec.step)
    return About(spec.title, _paragraphs(spec.explanation), notes, starts)


def _check(text: str, limit: int, where: Where, *path: str | int) -> None:
    if len(text) > limit or safe_text(text, keep_newlines=True) != text:
        expected = f"at most {limit} printable characters"
        raise where.error(f"`{path[-1]}` is no fit text", expected, *path)


def _paragraphs(text: str) -> tuple[str, ...]:
    """Paragraphs with their line ends taken out, empty lines between them."""
    out: list[str] = []
    for line in text.split("\n"):
        words = " ".join(line.split())
        if not words or words.startswith("- ") or not out or not out[-1]:
            out.append(words)
        else:
            out[-1] += " " + words
    while out and not out[-1]:
        out.pop()
    return tuple(line for at, line in enumerate(out) if line or (at and out[at - 1]))


def begins(change: StepChange) -> bool:
    """Whether a step began an operation of its thread, and did not go on with one that waited."""
    return word_before(change) & CODE_MASK == READY


def word_before(change: StepChange) -> int:
    """The acting thread's state word before the step."""
    for table, key, old, _ in change.changes():
        if table == "state" and key == change.action[1]:
            return int(old or READY)
    return int(change.world.kernel.state.rows.get(change.action[1], READY))
