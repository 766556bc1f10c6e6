"""A lesson's blocks, and the question with its answer under way, as lines of segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from l4numa_tui.course.blocks import Block, CheckState, spans
from l4numa_tui.course.goals import goal_text
from l4numa_tui.safe_text import safe_text
from l4numa_tui.tui.draft import Draft
from l4numa_tui.views.segments import Line, Segment, Target

_STYLES = {"code": "code", "strong": "strong"}
_LEAD = {"explain": "Why", "challenge": "Challenge", "done": "Done"}
_INDENT = "  "
_LOST = " Lost: step back, or begin anew."


class Marks(NamedTuple):
    """The signs of a lesson, each one column wide in Unicode."""

    open: str = "☐"
    done: str = "☑"
    right: str = "✓"
    wrong: str = "✗"
    unknown: str = "?"
    item: str = "•"
    picked: str = "◉"
    free: str = "○"
    here: str = "❯"


UNICODE = Marks()
ASCII = Marks("[ ]", "[x]", "ok", "no", "?", "-", "(*)", "( )", ">")


class Page(NamedTuple):
    """Lines, the line at which each block begins, and the lines (first, last) of the question."""

    lines: list[Line]
    starts: list[int]
    question: tuple[int, int] | None


def lesson_page(
    blocks: Sequence[Block],
    draft: Draft | None,
    width: int,
    *,
    ascii_only: bool = False,
    alarm: bool = False,
) -> Page:
    """Everything the lesson shows, top to bottom, for `width` columns.

    The pending question is drawn with its choices where its block stands; `alarm` makes it stand
    out, because somebody tried to step past it.
    """
    marks = ASCII if ascii_only else UNICODE
    lines: list[Line] = []
    starts: list[int] = []
    question = None
    for block in blocks:
        if lines and (block.kind != "todo" or lines[-1]):
            lines.append([])
        starts.append(len(lines))
        if draft is not None and block.style == "open" and block.id == draft.question.id:
            lines += _question(draft, width, marks, alarm=alarm)
            question = (starts[-1], len(lines) - 1)
        else:
            lines += _block(block, width, marks)
    return Page(lines, starts, question)


def checks_page(
    checks: Sequence[CheckState],
    commands: Sequence[tuple[str, str]],
    width: int,
    *,
    ascii_only: bool = False,
) -> Iterator[Line]:
    """What may be typed in the challenge, and what it asks for and how far that is."""
    marks = ASCII if ascii_only else UNICODE
    if commands:
        yield []
        yield from wrap_text("Press `:` and type", width, style="title")
    for form, text in commands:
        yield from wrap_text(f"`{form}`", width)
        yield from wrap_text(text, width, Segment(_INDENT), style="dim")
    if checks:
        yield []
        yield [Segment("What it asks for", "title")]
    for check in checks:
        done, lost = check.status == "pass", check.status == "fail"
        points = f" ({check.points} point{'s' * (check.points != 1)})"
        mark = marks.done if done else marks.wrong if lost else marks.open
        lead = Segment(f"{mark} ", "good" if done else "bad" if lost else "warn")
        text = f"{check.text}{points}{_LOST * lost}"
        yield from wrap_text(text, width, lead, style="dim" if done else "")
        for goal in check.goals:
            sign = Segment(f"{marks.right} ", "good") if goal.held else Segment("- ", "dim")
            yield from wrap_text(
                goal_text(goal), width, [Segment(_INDENT), sign], style="dim" if goal.held else ""
            )


def _block(block: Block, width: int, marks: Marks) -> Iterator[Line]:
    lead, style = _lead_of(block, marks)
    if block.kind in _LEAD:
        yield [Segment(_LEAD[block.kind], "title")]
    margin = Segment(" " * cell_len(lead.text)) if lead else None
    for at, text in enumerate(block.lines):
        yield from wrap_text(text, width, margin if at else lead, style=style, marks=marks)


def _lead_of(block: Block, marks: Marks) -> tuple[Segment | None, str]:
    """What stands before a block's first line, and the style of its text."""
    if block.kind == "todo":
        done = block.style == "done"
        sign = marks.done if done else marks.open
        return Segment(f"{sign} ", "good" if done else "warn"), "dim" if done else "strong"
    if block.kind == "feedback":
        sign, style = {
            "right": (marks.right, "good"),
            "wrong": (marks.wrong, "bad"),
        }.get(block.style, (marks.unknown, "warn"))
        return Segment(f"{sign} ", style), ""
    if block.kind == "hint":
        return Segment("hint ", "warn"), ""
    if block.kind in ("question", "observe"):
        return Segment(f"{marks.unknown} ", "label"), "dim"
    return None, ""


def _question(draft: Draft, width: int, marks: Marks, *, alarm: bool) -> Iterator[Line]:
    question = draft.question
    word = "Look back" if question.observe else "Predict"
    points = f"{question.points} point{'s' * (question.points != 1)}"
    head = f" {'Answer first' if alarm else word}, {points} "
    yield [Segment(head.ljust(width)[:width], "pick" if alarm else "ask")]
    for text in question.prompt:
        yield from wrap_text(text, width, style="strong", marks=marks)
    if question.choices:
        yield []
    for place, (_, text) in enumerate(question.choices):
        yield from _choice(draft, place, text, width, marks)
    yield []
    yield from _answer_line(draft, width)


def _choice(draft: Draft, place: int, text: str, width: int, marks: Marks) -> Iterator[Line]:
    picked = place in draft.picked
    if draft.question.kind == "order":
        sign = str(draft.picked.index(place) + 1) if picked else marks.free
    else:
        sign = marks.picked if picked else marks.free
    target: Target = ("choice", place)
    lead = [
        Segment(f"{sign} ", "key" if picked else "dim", target),
        Segment(f"{draft.letter(place)} ", "key", target),
    ]
    for line in wrap_text(text, width, lead, style="strong" if picked else ""):
        yield [segment._replace(target=target) for segment in line]


def _answer_line(draft: Draft, width: int) -> Iterator[Line]:
    if draft.unknown:
        shown = "I don't know"
    elif draft.question.kind == "number":
        shown = draft.typed
    else:
        shown = " ".join(draft.letter(place) for place in draft.picked)
    yield [Segment("answer> ", "label"), Segment(f"{shown}_", "ask")]
    ready = draft.value() is not None
    if ready:
        yield [Segment("enter", "key"), Segment(" hands it in", "dim")]
        return
    how = "type the number" if draft.question.kind == "number" else "press its letter"
    if draft.question.kind in ("set", "order"):
        how = "all letters in order" if draft.question.kind == "order" else "press the letters"
    text = f"{how}, then enter"
    yield [Segment(text[:width], "dim")]
    unknown: Target = ("choice", -1)
    line = [
        Segment("u", "key", unknown),
        Segment(" I don't know  ", "dim", unknown),
        Segment("h", "key"),
        Segment(" hint", "dim"),
    ]
    yield line


def wrap_text(
    text: str,
    width: int,
    lead: Segment | Line | None = None,
    *,
    style: str = "",
    marks: Marks = UNICODE,
) -> Iterator[Line]:
    """A paragraph on lines of at most `width` columns, its marks as styles.

    `lead` stands before the first line; further lines are indented as far. A line that begins with
    four blanks is drawn as it stands, cut at the width.
    """
    text = safe_text(text)
    if text.startswith("    "):
        yield [Segment(text[4 : 4 + width], "value")]
        return
    first: Line = [lead] if isinstance(lead, Segment) else list(lead or [])
    if text.startswith("- "):
        first = [*first, Segment(f"{marks.item} ", "label")]
        text = text[2:]
    indent = sum(cell_len(segment.text) for segment in first)
    blank = [Segment(" " * indent)] if indent else []
    line, used = first, indent
    for word in _words(text, style):
        size = sum(cell_len(piece.text) for piece in word)
        if used > indent:
            if used + 1 + size <= width:
                line.append(Segment(" ", style))
                used += 1
            else:
                yield line
                line, used = list(blank), indent
        for piece in word:
            rest = piece
            while used + cell_len(rest.text) > width and width - used > 0 and size > width - indent:
                room = width - used
                yield [*line, rest._replace(text=rest.text[:room])]
                rest, line, used = rest._replace(text=rest.text[room:]), list(blank), indent
            line.append(rest)
            used += cell_len(rest.text)
    yield line


def _words(text: str, style: str) -> Iterator[Line]:
    """The words of a paragraph, each in pieces of one style: `code` keeps the comma behind it."""
    word: Line = []
    for span in spans(text):
        span_style = _STYLES.get(span.style, style)
        for at, part in enumerate(span.text.split(" ")):
            if at and word:
                yield word
                word = []
            if part:
                word.append(Segment(part, span_style))
    if word:
        yield word
