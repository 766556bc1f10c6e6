"""A form for one request: a field for every key, checked while one types."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.offers import Offer
from l4numa_tui.scenario.sandbox import Done
from l4numa_tui.scenario.typed import Request
from l4numa_tui.tui.line_pane import Chosen, LinePane
from l4numa_tui.tui.pick_screen import BarePane, key_lines
from l4numa_tui.tui.stage import Stage
from l4numa_tui.tui.workbench import Workbench, typed_form
from l4numa_tui.views.asking import error_text, field_label, field_note, offer_lines
from l4numa_tui.views.segments import Line, Segment

_KEYS = (("tab ↑ ↓", "field"), ("→", "complete"), ("PgUp PgDn", "values"), ("enter", "do it"),
         ("esc", "leave"))  # fmt: skip


class OfferSuggester(Suggester):
    """Completes a field with the first offer that begins with what is typed."""

    def __init__(self, form: FormScreen, key: str) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._form = form
        self._key = key

    async def get_suggestion(self, value: str) -> str | None:
        """The offer's text."""
        texts = (each.text for each in self._form.offers(self._key))
        return next((text for text in texts if text.startswith(value) and text != value), None)


class FormScreen(ModalScreen[Done | None]):
    """The form; dismissed with what came of the request, None if it was left."""

    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("escape", "leave", show=False, priority=True),
        Binding("enter", "take", show=False, priority=True),
        Binding("down,tab", "app.focus_next", show=False, priority=True),
        Binding("up,shift+tab", "app.focus_previous", show=False, priority=True),
        Binding("pagedown", "offer(1)", show=False, priority=True),
        Binding("pageup", "offer(-1)", show=False, priority=True),
    ]
    CSS = """
    FormScreen { align: center middle; background: $background 60%; }
    FormScreen > Vertical {
        width: 96; max-width: 100%; height: auto; max-height: 100%; background: $surface;
    }
    FormScreen VerticalScroll { height: auto; max-height: 16; }
    FormScreen Horizontal { height: 1; }
    FormScreen Input { width: 30; background: $panel; }
    FormScreen Input:focus { background: $secondary; }
    FormScreen .label { width: 14; }
    FormScreen.plain Input { background: ansi_default; text-style: underline; }
    """

    def __init__(
        self, stage: Stage, bench: Workbench, request: Request, fields: dict[str, str]
    ) -> None:
        super().__init__()
        self.stage = stage
        self.bench = bench
        self.request = request
        self.fields = {key: fields.get(key, "") for key in request.keys}
        self.wrong: dict[str, UserError] = {}
        self._tried = False

    def compose(self) -> ComposeResult:
        """Title, a row for each field, what may be filled in, the same as a line, keys."""
        stage = self.stage
        with Vertical():
            yield BarePane(stage, 1, self._title)
            with VerticalScroll(can_focus=False):
                for key in self.request.keys:
                    with Horizontal():
                        yield self._label(key)
                        yield Input(
                            self.fields[key],
                            placeholder=self._blank,
                            suggester=OfferSuggester(self, key),
                            id=f"field-{key}",
                            compact=True,
                            select_on_focus=False,
                        )
                        yield self._note(key)
            yield BarePane(stage, 3, self._offers)
            yield BarePane(stage, 2, self._verdict)
            yield BarePane(stage, 1, lambda width: key_lines(stage, _KEYS, width))

    @property
    def _blank(self) -> str:
        """What an empty field looks like where no background shows it."""
        return "_" * 24 if self.app.current_theme.ansi else ""

    def _label(self, key: str) -> BarePane:
        needed = key in self.request.needs

        def make(_: int) -> list[Line]:
            here, ascii_only = key == self.focused_key, self.stage.ascii_only
            return [field_label(key, needed=needed, here=here, ascii_only=ascii_only)]

        pane = BarePane(self.stage, 1, make)
        pane.add_class("label")
        return pane

    def _note(self, key: str) -> BarePane:
        def make(width: int) -> list[Line]:
            missing = not self.fields[key] and key in self.request.needs and not self._tried
            wrong = None if missing else self.wrong.get(key)
            return [field_note(self.request, key, wrong, width)]

        return BarePane(self.stage, 1, make)

    def _title(self, width: int) -> list[Line]:
        text = f" {self.request.name}: {self.request.help}"
        return [[Segment(text.ljust(width), "head-focus")]]

    def _offers(self, width: int) -> list[Line]:
        key = self.focused_key
        return offer_lines(self.offers(key), self.fields[key], Size(width, 3))

    def _verdict(self, width: int) -> list[Line]:
        """What is wrong with it as a whole; the line that asks for the same."""
        line = typed_form(self.request, self.fields)
        wrong = self.wrong.get("")
        return [
            [Segment(f" {error_text(wrong, width - 2)}", "bad")] if wrong else [],
            [Segment(" : ", "key"), Segment(line[: width - 4], "dim")],
        ]

    @property
    def focused_key(self) -> str:
        """The field that has the keys."""
        name = (self.focused.id or "") if self.focused else ""
        return name.removeprefix("field-") if name.startswith("field-") else self.request.keys[0]

    def offers(self, key: str) -> list[Offer]:
        """What a field may be filled with."""
        return self.bench.offers(self.request, key, self.fields)

    def field(self, key: str) -> Input:
        """A field's input."""
        return self.query_one(f"#field-{key}", Input)

    def on_mount(self) -> None:
        """Begin at the first field that is needed and empty, else at the second."""
        self.set_class(self.app.current_theme.ansi, "plain")
        empty = [key for key in self.request.needs if not self.fields[key]]
        later = self.request.keys[1:2]
        key = (*empty, *later, self.request.keys[0])[0]
        self.field(key).focus()
        self._look()

    def on_descendant_focus(self) -> None:
        """Offer what fits the field that has the keys."""
        self._paint()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Check again."""
        event.stop()
        key = (event.input.id or "").removeprefix("field-")
        if self.fields.get(key) != event.value:
            self.fields[key] = event.value
            self._look()

    def _look(self) -> None:
        self.wrong = self.bench.sandbox.check(self.request, self.fields)
        self._paint()

    def _paint(self) -> None:
        for pane in self.query(LinePane):
            pane.renew()

    def on_chosen(self, message: Chosen) -> None:
        """A value was clicked on."""
        message.stop()
        kind, *numbers = message.target
        if kind == "offer":
            self._fill(self.offers(self.focused_key)[numbers[0]].text)

    def _fill(self, text: str) -> None:
        field = self.field(self.focused_key)
        field.value = text
        field.cursor_position = len(text)

    def action_offer(self, by: int) -> None:
        """Fill in the next of the values offered."""
        key = self.focused_key
        texts = [each.text for each in self.offers(key)]
        if texts:
            value = self.fields[key]
            at = texts.index(value) + by if value in texts else (0 if by > 0 else -1)
            self._fill(texts[at % len(texts)])

    def action_take(self) -> None:
        """Do it, or go to what is wrong."""
        self._tried = True
        try:
            done = self.bench.do(self.request, self.fields)
        except UserError as error:
            self._look()
            if not self.wrong:
                self.wrong = {"": error}
            bad = next((key for key in self.request.keys if key in self.wrong), "")
            if bad:
                self.field(bad).focus()
            self._paint()
            return
        self.dismiss(done)

    def action_leave(self) -> None:
        """Leave it undone."""
        self.dismiss(None)
