"""The commands that only a lesson has: answers, hints, checks, and those of its challenge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from l4numa_tui.plain.checks import check_rows
from l4numa_tui.plain.command import Chapter, Command, Lines, no_more

if TYPE_CHECKING:
    from l4numa_tui.plain.conversation import Conversation

SCORING = (
    "For points, your first answer to a question counts; `?` says that you do not know, and "
    "scores nothing. Hints cost nothing. In the challenge your best try counts."
)


def _answer(talk: Conversation, rest: str) -> Lines:
    talk.answer(rest)
    return ()


def _hint(talk: Conversation, _rest: str) -> Lines:
    player = talk.player
    hint = player.hint()
    if hint is None:
        asked = player.pending or player.in_challenge
        return ["There is no further hint." if asked else "Nothing is asked: step on."]
    talk.printer.paragraph([f"Hint: {hint}"], prose=True)
    return ()


def _reveal(talk: Conversation, _rest: str) -> Lines:
    pending = talk.player.pending
    said = talk.player.reveal()
    if pending is None or not talk.player.is_judged(pending.id):  # else feedback says it
        talk.printer.paragraph([said], prose=True)
    talk.show_new()
    return ()


def _again(talk: Conversation, _rest: str) -> Lines:
    talk.repeat()
    return ()


def _checks(talk: Conversation, _rest: str) -> Lines:
    earned, most = talk.player.score()
    rows = check_rows(talk.player, goals=True) or ["The challenge comes at the end of the lesson."]
    points = f"You have {earned} of {most} points; the challenge counts by your best try."
    talk.printer.paragraph([*rows, points], prose=True)
    return ()


def _goal(talk: Conversation, rest: str) -> Lines:
    no_more(rest, "show goal")
    talk.printer.paragraph(talk.goal(), prose=True)
    return ()


def _restart(talk: Conversation, _rest: str) -> Lines:
    talk.begin_anew()
    return ()


_ROWS: tuple[Command[Conversation], ...] = (
    Command(
        ("answer",), "answer X, or just X",
        "answer the question, once for points; `?` says that you do not know",
        _answer, example="answer b",
    ),
    Command(
        ("hint",), "hint", "a hint to the question; there are three, and they cost nothing", _hint
    ),
    Command(("reveal",), "reveal", "give the answer away; scores nothing", _reveal),
    Command(
        ("show goal", "show task"), "show goal", "what is to be done or answered now", _goal
    ),
    Command(
        ("again", "repeat"), "again", "the last paragraphs, and the question, once more", _again
    ),
    Command(
        ("checks", "check", "points", "score"), "checks",
        "what the challenge asks for, and your points", _checks,
    ),
    Command(
        ("restart",), "restart", "begin the challenge anew; points once earned stay", _restart
    ),
)  # fmt: skip

LESSON = Chapter("The lesson", _ROWS)


def challenge_chapter(talk: Conversation) -> Chapter:
    """What the challenge lets the student do, as commands."""
    rows = [_act(form, what) for form, what in talk.player.commands()]
    return Chapter("In the challenge", tuple(rows))


def _act(form: str, what: str) -> Command[Any]:
    word = form.split(maxsplit=1)[0]

    def run(talk: Conversation, rest: str) -> Lines:
        talk.tell(talk.player.act(talk.player.parse(f"{word} {rest}")))
        return ()

    return Command((word,), form, what, run)
