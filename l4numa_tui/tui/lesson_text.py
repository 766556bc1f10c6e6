"""A lesson's blocks, and the question with its answer under way, as lines of segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from l4numa_tui.course.blocks import Block, CheckState, spans
from l4numa_tui.safe_text import safe_text
from l4numa_tui.tui.draft import Draft
from l4numa_tui.views.segments import Line, Segment, Target

_STYLES = {"code": "code", "strong": "strong"}
_LEAD = {"observe": "Look", "explain": "Why", "challenge": "Challenge", "done": "Done"}
_INDENT = "  "


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
    """Lines, and which of them the newest block is: what should be visible."""

    lines: list[Line]
    newest: int


def lesson_page(
    blocks: Sequence[Block],
    draft: Draft | None,
    checks: Sequence[CheckState],
    width: int,
    *,
    ascii_only: bool = False,
    alarm: bool = False,
) -> Page:
    """Everything the lesson shows, top to bottom, for `width` columns.

    The pending question is drawn with its choices where its block stands, or at the end; `alarm`
    makes it stand out, because somebody tried to step past it.
    """
    marks = ASCII if ascii_only else UNICODE
    lines: list[Line] = []
    newest = 0
    asked = False
    for block in blocks:
        pending = draft is not None and block.kind == "question" and block.id == draft.question.id
        if lines and block.kind != "todo":
            lines.append([])
        newest = len(lines)
        if pending and draft is not None:
            lines += _question(draft, width, marks, alarm=alarm)
            asked = True
        else:
            lines += _block(block, width, marks)
    if draft is not None and not asked:
        lines += [[]] if lines else []
        newest = len(lines)
        lines += _question(draft, width, marks, alarm=alarm)
    if checks:
        lines += [[], [Segment("Checks", "label")]]
        for check in checks:
            done = check.status == "pass"
            points = f" ({check.points})" if check.points != 1 else ""
            lead = Segment(f"{marks.done if done else marks.open} ", "good" if done else "warn")
            lines += wrap_text(check.text + points, width, lead, style="dim" if done else "")
    return Page(lines, newest)


def _block(block: Block, width: int, marks: Marks) -> Iterator[Line]:
    lead, style = _lead_of(block, marks)
    if block.kind in ("challenge", "explain", "observe", "done"):
        yield [Segment(_LEAD[block.kind], "title")]
    for at, text in enumerate(block.lines):
        yield from wrap_text(text, width, lead if at == 0 else None, style=style, marks=marks)


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
    if block.kind == "question":
        return Segment(f"{marks.unknown} ", "label"), "dim"
    return None, ""


def _question(draft: Draft, width: int, marks: Marks, *, alarm: bool) -> Iterator[Line]:
    question = draft.question
    word = "Look back" if question.observe else "Predict"
    points = f"{question.points} point{'s' * (question.points != 1)}"
    head = f" {word} · {points} "
    if alarm:
        head = f" {word} first · {points} "
    yield [Segment(head.ljust(width)[:width], "pick" if alarm else "ask")]
    for text in question.prompt:
        yield from wrap_text(text, width, style="strong", marks=marks)
    if question.choices:
        yield []
    for place, (_, text) in enumerate(question.choices):
        yield from _choice(draft, place, text, width, marks)
    yield []
    yield from _answer_line(draft, width, marks)


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


def _answer_line(draft: Draft, width: int, marks: Marks) -> Iterator[Line]:
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
        how = "press the letters" + (" in order" if draft.question.kind == "order" else "")
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
