"""The bar at the bottom: a slider over the known steps, with marks, costs and what comes next."""

from __future__ import annotations

from textual import events
from textual.geometry import Size

from l4numa_tui.safe_text import safe_text
from l4numa_tui.tui.panes.bars import Bar
from l4numa_tui.tui.panes.line_pane import Chosen
from l4numa_tui.tui.stage import Stage
from l4numa_tui.tui.standing import outlook
from l4numa_tui.views.segments import Line, Segment, fit
from l4numa_tui.views.time.timeline import Marks, slider_span, slider_step_at, timeline
from l4numa_tui.world.subjects import subject_of


class TimelineBar(Bar):
    """A slider over the known steps, what each cost, and what comes next."""

    DEFAULT_CSS = "TimelineBar { height: 2; }"

    def lines(self, room: Size) -> list[Line]:
        """Two lines: the slider with the next step beside it, and a bar for each step's cost."""
        stage, width = self.stage, room.width + 1
        costs = stage.costs()
        marks = marks_of(stage)
        first, second = timeline(stage.scene(), stage.session.cursor, costs, width - 1, marks=marks)
        start, size = slider_span(width - 1, len(costs))
        space = width - start - size - 5
        label, text = outlook(stage)
        slider = fit(first, start + size + 1)
        label = f"{label}  " if label else ""
        text = safe_text(text, limit=max(space - len(label), 1))
        tail = [Segment("   "), Segment(label, "label"), Segment(text, "value")]
        return [[Segment(" "), *slider, *tail], [Segment(" "), *second]]

    def on_click(self, event: events.Click) -> None:
        """Go to the step that was clicked on."""
        length = len(self.stage.costs())
        step = slider_step_at(event.x - 1, self.size.width - 1, length)
        if step is not None:
            self.post_message(Chosen(("seek", step)))


def marks_of(stage: Stage) -> Marks:
    """Breakpoints, forks, and the steps that change what is selected."""
    session, selected = stage.session, stage.selected
    changes: list[int] = []
    if selected is not None:
        subject = subject_of(session.world, *selected)
        if subject:
            changes = [step for step in session.history.steps(subject) if step]
    forks = sorted({branch.at for branch in session.branches})
    return Marks(sorted(session.stops.steps), forks, changes)
