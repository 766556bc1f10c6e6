"""What a scenario says to its readers, on the screen."""

from __future__ import annotations

from collections.abc import Iterator

from textual.geometry import Size

from l4numa_tui.tui.panes.lesson_text import ASCII, UNICODE, wrap_text
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Line, Segment


class AboutPane(LinePane):
    """The explanation of a scenario, and the notes on its steps; the present one is marked."""

    title = "Explanation"
    inset = 1

    def lines(self, room: Size) -> list[Line]:
        """Title, paragraphs, notes."""
        return list(self._text(room.width))

    def _text(self, width: int) -> Iterator[Line]:
        stage, about = self.stage, self.stage.about
        marks = ASCII if stage.ascii_only else UNICODE
        yield from wrap_text(about.title, width, style="title")
        yield []
        for paragraph in about.explanation:
            yield from wrap_text(paragraph, width, marks=marks) if paragraph else [[]]
        if not any(about.notes):
            return
        yield []
        yield [Segment("Notes on the steps", "title")]
        now = about.note_now(stage.session)
        for step, text in enumerate(about.notes):
            if text:
                here = now is not None and now.step == step
                lead = Segment(f"{marks.here if here else ' '} ", "key")
                yield from wrap_text(text, width, lead, style="strong" if here else "")


def note_lines(stage: Stage, width: int) -> Iterator[Line]:
    """The note on what was done last, with an empty line after it; nothing where there is none."""
    note = stage.about.note_now(stage.session)
    if note is not None:
        yield from wrap_text(
            note.text, width, Segment("» " if not stage.ascii_only else "> ", "key")
        )
        yield []


def explanation_lines(stage: Stage, width: int) -> Iterator[Line]:
    """The explanation before the first step; nothing where there is none."""
    marks = ASCII if stage.ascii_only else UNICODE
    for paragraph in stage.about.explanation:
        yield from wrap_text(paragraph, width, marks=marks) if paragraph else [[]]
    if stage.about.explanation:
        yield []
