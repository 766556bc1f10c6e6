"""Where in the run one stands: a slider over the known steps, and what each of them cost."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from l4numa_tui.views.pane_parts import Pen, number, spread
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import MARK_CHANGED, Line, Segment, fit, width_of

_MIN_SLIDER = 8  # columns between its ends
_SHARE = 2  # the slider takes one of so many parts of the width


class Marks(NamedTuple):
    """Steps that stand out: breakpoints, forks into other futures, changes of what is selected.

    Each in order; those beyond what is known are left out.
    """

    breakpoints: Sequence[int] = ()
    forks: Sequence[int] = ()
    changes: Sequence[int] = ()


NO_MARKS = Marks()


def timeline(
    scene: Scene,
    cursor: int,
    costs: Sequence[int],
    width: int,
    *,
    faults_expected: int | None = None,
    marks: Marks = NO_MARKS,
) -> list[Line]:
    """Two lines of exactly `width` columns: slider and counters; cost per step below the slider.

    A bar leads to the dearest step that its column stands for. `marks` stand on the slider, and
    what they mean beside the bars.

    `costs` are the cycles of all known steps in order, `cursor` how many of them are taken;
    `faults_expected` is how many faults the run has in all, where that is known.
    """
    pen = Pen(scene)
    return [
        _first(pen, cursor, costs, width, faults_expected, marks),
        _second(pen, cursor, costs, width, marks),
    ]


def slider_step_at(column: int, width: int, length: int) -> int | None:
    """The step that a click on `column` of the first line means, None beside the slider.

    The slider's two ends mean the first and the last step. `length` is the number of known steps.
    """
    start, size = slider_span(width, length)
    if not start - 1 <= column <= start + size:
        return None
    return step_of_column(min(max(column - start, 0), size - 1), size, length)


def slider_span(width: int, length: int) -> tuple[int, int]:
    """(first column, columns) of the slider between its ends; the same for every cursor."""
    start = len(_label(0, length)) + 2
    size = max(min(width // _SHARE, width - start - 2), min(_MIN_SLIDER, width - start - 1), 1)
    return start, size


def column_of_step(step: int, size: int, length: int) -> int:
    """Where step 0…length stands on a slider of `size` columns."""
    return (2 * step * (size - 1) + length) // (2 * length) if length else 0


def step_of_column(column: int, size: int, length: int) -> int:
    """The step nearest to a column of the slider."""
    return (2 * column * length + size - 1) // (2 * (size - 1)) if size > 1 else length


def _label(cursor: int, length: int) -> str:
    """As wide for every cursor, so that the slider does not move while stepping."""
    return f"step {cursor:>{len(str(length))}}/{length}"


def _slider(pen: Pen, cursor: int, length: int, size: int, marks: Marks) -> Line:
    """The slider between its ends; of several things in a column the most particular shows."""
    glyphs, stopped = pen.glyphs, cursor in marks.breakpoints
    cells = [(glyphs.dash, "line")] * size
    for steps, glyph, style in (
        (marks.changes, MARK_CHANGED, "changed"),
        (marks.forks, glyphs.fork, "strong"),
        (marks.breakpoints, glyphs.breakpoint, "bad"),
        ((cursor,), glyphs.knob_stopped if stopped else glyphs.knob, "strong"),
    ):
        for column in _columns(steps, size, length):
            cells[column] = (glyph, style)
    line: Line = [Segment(glyphs.left_end, "line")]
    for text, style in cells:
        if line[-1].style == style:
            line[-1] = line[-1]._replace(text=line[-1].text + text)
        else:
            line.append(Segment(text, style))
    return [*line, Segment(glyphs.right_end, "line")]


def _columns(steps: Sequence[int], size: int, length: int) -> Iterator[int]:
    """The columns on which steps stand, which are in order; as quick for many as for few."""
    at, known = 0, bisect_right(steps, length)
    while at < known:
        column = column_of_step(steps[at], size, length)
        yield column
        at = max(bisect_left(steps, _first_step_from(column + 1, size, length)), at + 1)


def _legend(pen: Pen, marks: Marks, length: int) -> list[Line]:
    """What the marks on the slider mean; nothing of those that are not there."""
    glyphs, parts = pen.glyphs, []
    for steps, glyph, style, text in (
        (marks.breakpoints, glyphs.breakpoint, "bad", "breakpoint"),
        (marks.forks, glyphs.fork, "strong", "fork"),
        (marks.changes, MARK_CHANGED, "changed", "changes it"),
    ):
        if any(step <= length for step in steps):
            parts.append([Segment(glyph, style), Segment(f" {text}", "dim")])
    return parts


def _first(
    pen: Pen,
    cursor: int,
    costs: Sequence[int],
    width: int,
    faults_expected: int | None,
    marks: Marks,
) -> Line:
    glyphs, length = pen.glyphs, len(costs)
    _, size = slider_span(width, length)
    line: Line = [
        Segment(_label(cursor, length) + " ", "value"),
        *_slider(pen, cursor, length, size, marks),
        Segment("  "),
    ]
    totals = pen.scene.world.totals()
    spent = f"+{number(costs[cursor - 1])}" if cursor else "0"
    of = "" if faults_expected is None else f"/{faults_expected}"
    counters: list[Line] = [
        [Segment("clock ", "label"), Segment(number(totals.cycles), "value")],
        [Segment(f"{glyphs.delta} ", "label"), Segment(spent, "strong")],
        [Segment("faults ", "label"), Segment(f"{totals.faults}{of}", "value")],
    ]
    return fit(line + spread(counters, max(width - width_of(line), 0)), width)


def _second(pen: Pen, cursor: int, costs: Sequence[int], width: int, marks: Marks) -> Line:
    """A bar per column: the dearest step there, on a linear scale; taken steps bright."""
    length = len(costs)
    start, size = slider_span(width, length)
    line: Line = [Segment("cost".ljust(start)[:start], "label")]
    spans = [_steps_of_column(column, size, length) for column in range(size if length else 0)]
    dearest = [max(costs[low - 1 : high], default=0) for low, high in spans]
    most = max(dearest, default=0)
    here = column_of_step(cursor, size, length)
    for column, ((low, high), cost) in enumerate(zip(spans, dearest, strict=True)):
        if not high:
            line.append(Segment(" "))
            continue
        style = "strong" if column == here else "value" if column < here else "dim"
        step = costs.index(cost, low - 1, high) + 1
        line.append(pen.put(_bar(pen.glyphs.bars, cost, most), style, ("step", step)))
    room = max(width - width_of(line) - 3, 0)
    parts = [*_legend(pen, marks, length), [Segment(f"at most {number(most)} cycles", "dim")]]
    tail = spread(parts, room, 3)
    return fit([*line, Segment("   "), *tail], width)


def _steps_of_column(column: int, size: int, length: int) -> tuple[int, int]:
    """(first, last) of the steps 1…length that a column shows; (1, 0) for the place of step 0."""
    if length < size:
        nearest = step_of_column(column, size, length)
        return max(nearest, 1), nearest
    first = _first_step_from(column, size, length)
    last = _first_step_from(column + 1, size, length) - 1
    return max(first, 1), last


def _first_step_from(column: int, size: int, length: int) -> int:
    """The first step that stands on `column` or to the right of it."""
    if column <= 0 or size <= 1:
        return 0 if column <= 0 else length + 1
    step = (2 * length * column - length + 2 * (size - 1) - 1) // (2 * (size - 1))
    return min(step, length + 1)


def _bar(bars: str, cost: int, most: int) -> str:
    return bars[min(cost * len(bars) // most, len(bars) - 1)] if most else bars[0]
