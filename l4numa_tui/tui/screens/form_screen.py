"""A form over the panes."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult

from l4numa_tui.scenario.building.sandbox import Done
from l4numa_tui.tui.panes.line_pane import Chosen
from l4numa_tui.tui.screens.form import Form
from l4numa_tui.tui.screens.line_edit import KeyScreen
from l4numa_tui.tui.screens.window import BarePane, KeysBar, Window, over_panes, title_line
from l4numa_tui.views.segments import Line

_KEYS = (("tab ↑ ↓", "field"), ("→", "complete"), ("PgUp PgDn", "values"), ("enter", "do it"),
         ("*", "needed"))  # fmt: skip


class FormScreen(KeyScreen[Done | None]):
    """The form; `then` gets what came of the request, None if it was left."""

    CSS = over_panes("FormScreen")

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form
        stage = form.stage
        self._bars = [
            BarePane(stage, 1, self._title, "form-title"),
            BarePane(stage, form.rows, form.lines, "form"),
            KeysBar(stage, _KEYS),
        ]

    def compose(self) -> ComposeResult:
        """Title, the form, keys."""
        yield Window(self.form.stage, *self._bars, wide=True, low=True)

    def _title(self, width: int) -> list[Line]:
        request = self.form.request
        return [title_line(f"{request.name}: {request.help}", width)]

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
