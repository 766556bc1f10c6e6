"""A form over the panes."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from l4numa_tui.scenario.building.sandbox import Done
from l4numa_tui.tui.panes.line_pane import Chosen
from l4numa_tui.tui.screens.form import Form
from l4numa_tui.tui.screens.line_edit import KeyScreen
from l4numa_tui.tui.screens.pick_screen import BarePane, key_lines
from l4numa_tui.views.segments import Line, Segment

_KEYS = (("tab ↑ ↓", "field"), ("→", "complete"), ("PgUp PgDn", "values"), ("enter", "do it"),
         ("esc", "leave"))  # fmt: skip


class FormScreen(KeyScreen[Done | None]):
    """The form; `then` gets what came of the request, None if it was left."""

    CSS = """
    FormScreen { align: center middle; background: $background 60%; }
    FormScreen > Vertical {
        width: 96; max-width: 100%; height: auto; max-height: 100%; background: $surface;
    }
    """

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form
        stage = form.stage
        self._bars = [
            BarePane(stage, 1, self._title, "form-title"),
            BarePane(stage, form.rows, form.lines, "form"),
            BarePane(stage, 1, lambda width: key_lines(stage, _KEYS, width), "form-keys"),
        ]

    def compose(self) -> ComposeResult:
        """Title, the form, keys."""
        with Vertical():
            yield from self._bars

    def _title(self, width: int) -> list[Line]:
        request = self.form.request
        return [[Segment(f" {request.name}: {request.help}".ljust(width), "head-focus")]]

    def key(self, key: str, character: str | None) -> None:
        """Every key but escape is the form's."""
        if key in ("escape", "ctrl+c"):
            self.finish(None)
            return
        self.form.press(key, character)
        if self.form.done is not None:
            self.finish(self.form.done)
        else:
            self._paint()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is typed text."""
        event.stop()
        self.form.paste(event.text)
        self._paint()

    def on_chosen(self, message: Chosen) -> None:
        """A field or a value was clicked on."""
        message.stop()
        kind, *numbers = message.target
        if kind == "field":
            self.form.at = numbers[0]
        elif kind == "offer":
            self.form.fill(self.form.offers()[numbers[0]].text)
        self._paint()

    def _paint(self) -> None:
        for bar in self._bars:
            bar.renew()
