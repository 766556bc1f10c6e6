"""A form for one request, without a screen: its fields, what is wrong with them, what fits them."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.scenario.building.offers import Offer
from l4numa_tui.scenario.building.sandbox import Done
from l4numa_tui.scenario.building.typed import Request
from l4numa_tui.tui.screens.line_edit import LineEdit
from l4numa_tui.tui.stage import Stage
from l4numa_tui.tui.workbench import Workbench, typed_form
from l4numa_tui.views.asking import error_text, field_label, field_note, offer_lines
from l4numa_tui.views.segments import Line, Segment

OFFER_ROWS = 3
_FIELD = 30  # columns of a field, fewer where it is narrow
_LABEL = 14
_STEPS = {"down": 1, "tab": 1, "up": -1, "shift+tab": -1}
_OFFERS = {"pagedown": 1, "pageup": -1}


class Form:
    """The fields of a request; `done` is what came of it once it was asked for.

    Keys are given to `press`. Whatever is typed is checked at once.
    """

    def __init__(
        self, stage: Stage, bench: Workbench, request: Request, fields: dict[str, str]
    ) -> None:
        self.stage = stage
        self.bench = bench
        self.request = request
        self.edits = {key: LineEdit.of(fields.get(key, "")) for key in request.keys}
        self._proposed = {key for key, edit in self.edits.items() if edit.text}
        self.wrong: dict[str, UserError] = {}
        self.done: Done | None = None
        self._tried = False
        empty = [at for at, key in enumerate(request.keys) if key in request.needs]
        empty = [at for at in empty if not self.edits[request.keys[at]].text]
        self.at = empty[0] if empty else min(1, len(request.keys) - 1)
        self._check()

    @property
    def fields(self) -> dict[str, str]:
        """What the fields hold."""
        return {key: edit.text for key, edit in self.edits.items()}

    @property
    def focused(self) -> str:
        """The field that has the keys."""
        return self.request.keys[self.at]

    @property
    def rows(self) -> int:
        """How many lines `lines` gives."""
        return len(self.request.keys) + OFFER_ROWS + 3

    def press(self, key: str, character: str | None) -> None:
        """Do what a key means in a form."""
        edit = self.edits[self.focused]
        ahead = self.suggestion()
        edited = edit.pressed(key, character)
        if self.focused in self._proposed and character and character.isprintable():
            # What only was proposed gives way to what is typed.
            edited = LineEdit().pressed(key, character)
        if key == "enter":
            self.take()
        elif key in _STEPS:
            self.at = (self.at + _STEPS[key]) % len(self.request.keys)
        elif key in _OFFERS:
            self._turn(_OFFERS[key])
        elif key in ("right", "end") and ahead and edit.cursor == len(edit.text):
            self.fill(edit.text + ahead)
        elif edited is not None:
            self._proposed.discard(self.focused)
            self._put(edited)

    def paste(self, text: str) -> None:
        """Pasted text is typed text."""
        edit = LineEdit() if self.focused in self._proposed else self.edits[self.focused]
        self._proposed.discard(self.focused)
        self._put(edit.typed(text))

    def fill(self, text: str) -> None:
        """Put a text into the field that has the keys."""
        self._proposed.discard(self.focused)
        self._put(LineEdit.of(text))

    def offers(self) -> list[Offer]:
        """What the field that has the keys may be filled with."""
        return self.bench.offers(self.request, self.focused, self.fields)

    def suggestion(self) -> str:
        """What completes the field to the first value that begins like it."""
        text = self.edits[self.focused].text
        texts = (each.text for each in self.offers())
        return next((each[len(text) :] for each in texts if text and each.startswith(text)), "")

    def take(self) -> None:
        """Ask for it, or go to the field that is wrong."""
        self._tried = True
        try:
            self.done = self.bench.do(self.request, self.fields)
        except UserError as error:
            self._check()
            self.wrong = self.wrong or {"": error}
            bad = [at for at, key in enumerate(self.request.keys) if key in self.wrong]
            self.at = bad[0] if bad else self.at

    def _put(self, edit: LineEdit) -> None:
        changed = edit.text != self.edits[self.focused].text
        self.edits[self.focused] = edit
        if changed:
            self._check()

    def _turn(self, by: int) -> None:
        texts = [each.text for each in self.offers()]
        if texts:
            value = self.edits[self.focused].text
            at = texts.index(value) + by if value in texts else (0 if by > 0 else -1)
            self.fill(texts[at % len(texts)])

    def _check(self) -> None:
        self.wrong = self.bench.sandbox.check(self.request, self.fields)

    # Showing.
    def lines(self, width: int) -> list[Line]:
        """A row for each field, what may stand in it, what is wrong, the same as a typed line.

        The targets are ("field", its position) and ("offer", its position).
        """
        out = [self._row(at, width) for at in range(len(self.request.keys))]
        value = self.edits[self.focused].text
        offered = offer_lines(self.offers(), value, (width, OFFER_ROWS))
        out += [[], *offered, *([[]] * (OFFER_ROWS - len(offered)))]
        whole = self.wrong.get("")
        out.append([Segment(f" {error_text(whole, width - 2)}", "bad")] if whole else [])
        line = typed_form(self.request, self.fields)
        out.append([Segment(" : ", "key"), Segment(line[: width - 4], "dim")])
        return out

    def _row(self, at: int, width: int) -> Line:
        key = self.request.keys[at]
        here, ascii_only = at == self.at, self.stage.ascii_only
        missing = not self.edits[key].text and key in self.request.needs and not self._tried
        wrong = None if missing else self.wrong.get(key)
        needed = key in self.request.needs
        label = field_label(key, needed=needed, here=here, ascii_only=ascii_only)
        room = min(_FIELD, max(width - _LABEL - 28, 12))
        field = self.edits[key].line(room, here=here, more=self.suggestion() if here else "")
        note = field_note(self.request, key, wrong, width - _LABEL - room)
        target = ("field", at)
        return [
            *(part._replace(target=target) for part in (*label, Segment(" "), *field)),
            *note,
        ]
