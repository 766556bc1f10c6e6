"""What the lesson pane shows: each stage the student has reached, as a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from l4numa_tui.course.answers import answer_text, hints_of
from l4numa_tui.course.blocks import DONT_KNOW, Block
from l4numa_tui.course.stages import CHALLENGE, FEEDBACK, Stage

if TYPE_CHECKING:
    from l4numa_tui.course.player import LessonPlayer


def blocks_of(player: LessonPlayer) -> list[Block]:
    """The blocks of all stages passed, and of the one the student is at."""
    out: list[Block] = []
    for index, stage in enumerate(player.stages[: player.passed + 1]):
        behind = index < player.passed
        out += _block(player, stage, behind)
    return out


def _block(player: LessonPlayer, stage: Stage, behind: bool) -> list[Block]:
    lines, at = stage.item.lines, stage.at
    if stage.name == "todo":
        return [Block("todo", lines, "done" if behind else "open", "", at)]
    if stage.name in ("predict", "observe"):
        return _question(player, stage, behind)
    if stage.name == FEEDBACK:
        return [_feedback(player, stage)]
    if stage.name == CHALLENGE:
        block = Block(CHALLENGE, lines, "done" if behind else "open", "", at)
        return [block, *_hints(player, CHALLENGE, at)]
    return [Block(stage.name, lines, "", "", at)]


def _question(player: LessonPlayer, stage: Stage, behind: bool) -> list[Block]:
    """The question, its hints, and once it is answered what the student said."""
    name, lines = stage.question, stage.item.lines
    kind = "observe" if stage.name == "observe" else "question"
    if not behind:
        return [Block(kind, lines, "open", name, stage.at), *_hints(player, name, stage.at)]
    given = player.given[name]
    if given.revealed:
        said = f"You had the answer given away: {_right(player, name)}"
    elif given.value == DONT_KNOW:
        said = "You do not know yet. That is a fair answer: step, and watch."
        if stage.stop <= stage.at:
            said = "You do not know."
    else:
        said = f"You say: {answer_text(player.judge.questions[name], given.value)}"
    block = Block(kind, (*lines, "", said), "done", name, stage.at)
    return [block, *_hints(player, name, stage.at)]


def _right(player: LessonPlayer, name: str) -> str:
    return answer_text(player.judge.questions[name], player.judge.right[name])


def _hints(player: LessonPlayer, name: str, at: int) -> list[Block]:
    rungs = hints_of(player.lesson.text.of("hints", name))[: player.hints.get(name, 0)]
    return [Block("hint", (rung,), "", name, at) for rung in rungs]


def _feedback(player: LessonPlayer, stage: Stage) -> Block:
    """What the machine's run says to the answer, and the misconception by its name."""
    given = player.given[stage.question]
    feedback = player.judge.feedback(stage.question, given)
    style = "right" if feedback.correct else "wrong"
    if given.revealed or given.value == DONT_KNOW:
        style = "unknown"
    lines = feedback.lines
    if stage.recall:
        lines = (f"**{stage.item.lines[-1].replace('`', '')}**", *lines)
    found = player.lesson.course.misconceptions.get(feedback.misconception)
    if found:
        lines = (*lines, "", f"**A common idea: {found.name}.** {found.text}")
    return Block(FEEDBACK, lines, style, stage.question, stage.at)
