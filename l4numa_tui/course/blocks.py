"""What a lesson gives to whoever shows it: blocks of text, a question, feedback, checks."""

from __future__ import annotations

from typing import NamedTuple

# Kinds of a block, in the words of the lesson files.
KINDS = (
    "text", "todo", "question", "hint", "feedback", "observe", "explain", "challenge", "done",
)  # fmt: skip

# Styles of a block: how it stands, beyond its kind.
STYLES = ("", "open", "done", "right", "wrong", "unknown")

DONT_KNOW = "?"
"""The value that answers any question with "I don't know"; it costs the point and nothing else."""

Answer = str | int | tuple[str, ...]
"""A choice's key, a number, or keys: any order for a set, as given for an order."""


class Block(NamedTuple):
    """One piece of what the lesson pane shows, top to bottom.

    `lines` are paragraphs, not yet wrapped: "" separates two of them, a line that begins with four
    blanks is drawn as it stands (a figure), one that begins with `- ` is an item of a list. Marks
    inside a line are `code` in backticks and **strong**; `spans` takes them apart. `style` is one
    of STYLES: `open` for a task or question that waits for the student, `done` for a task done,
    `right`, `wrong` and `unknown` for feedback. `id` names the question, and `at` is the step at
    which the block came up. The block of an open question has its prompt only: the choices are the
    pending Question's; once answered, its last line says what the student said.
    """

    kind: str
    lines: tuple[str, ...]
    style: str = ""
    id: str = ""
    at: int = 0


class Question(NamedTuple):
    """A question that waits for its answer.

    `kind`: `choice` (answer: one key), `number` (an int), `set` (a tuple of keys, any order),
    `order` (a tuple of all keys in the order meant). `prompt` and the choices' texts are lines as
    in a Block; `choices` is empty for a number. DONT_KNOW answers every kind. `again` says whether
    it asks about what has been seen (`observe`) and not about what will come.
    """

    id: str
    kind: str
    prompt: tuple[str, ...]
    choices: tuple[tuple[str, str], ...] = ()
    points: int = 1
    observe: bool = False

    def expects(self) -> str:
        """What an answer looks like, for an input line: `one of a, b, c, or ?`."""
        keys = [key for key, _ in self.choices]
        if self.kind == "number":
            return f"a number, or {DONT_KNOW} if you do not know"
        listed = ", ".join(keys)
        if self.kind == "choice":
            return f"one of {listed}, or {DONT_KNOW} if you do not know"
        example = " ".join(keys[:2] if self.kind == "set" else keys)
        what = "all that apply" if self.kind == "set" else "all in their order"
        return f"{what} of {listed}, such as `{example}`, or {DONT_KNOW}"


class Feedback(NamedTuple):
    """What is said to an answer.

    `correct` is None while nobody can know yet: a prediction is judged by the machine, once the
    student has stepped there; then a block of kind `feedback` appears by itself. Until then `lines`
    repeats what was said and how to go on.
    """

    question: str
    correct: bool | None
    lines: tuple[str, ...]
    misconception: str = ""


class Goal(NamedTuple):
    """A part of a check: `what` is `asked` to be some way ("" where it has to happen), and `now`.

    `held` says whether it is so now.
    """

    what: str
    asked: str
    now: str
    held: bool


class CheckState(NamedTuple):
    """One check of the challenge: `status` is `pass`, or `open` where it does not hold yet.

    `fail` is for the moment at which no further step can pass it: a step back is needed first.
    `goals` are what it asks for, beside what is so now; empty once it is passed.
    """

    id: str
    text: str
    points: int
    status: str
    goals: tuple[Goal, ...] = ()


class Span(NamedTuple):
    """A piece of a line: `style` is "", `code` or `strong`."""

    text: str
    style: str = ""


def spans(line: str) -> list[Span]:
    """Take a line's `code` and **strong** marks apart; an unpaired mark is text."""
    out: list[Span] = []
    rest = line
    while rest:
        found = [(rest.find(mark), mark) for mark in ("`", "**") if mark in rest]
        at, mark = min(found, default=(-1, ""))
        end = rest.find(mark, at + len(mark)) if mark else -1
        if end < 0:
            out.append(Span(rest))
            break
        if at:
            out.append(Span(rest[:at]))
        out.append(Span(rest[at + len(mark) : end], "code" if mark == "`" else "strong"))
        rest = rest[end + len(mark) :]
    return out
