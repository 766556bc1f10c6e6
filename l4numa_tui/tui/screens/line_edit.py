"""A line of text that is being edited, and the screens that take every key themselves.

Textual's own input gets its keys through a queue of its own, and some of them only after they have
been to the application and back: what is typed ahead would overtake itself. Here a key is taken
when it arrives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from textual import events

from l4numa_tui.tui.screens.overlay import Overlay
from l4numa_tui.views.segments import Line, Segment

LONGEST = 400
Result = TypeVar("Result")


class LineEdit(NamedTuple):
    """A text, and the place in it where the next character comes."""

    text: str = ""
    cursor: int = 0

    @classmethod
    def of(cls, text: str) -> LineEdit:
        """A text with the cursor at its end."""
        return cls(text[:LONGEST], min(len(text), LONGEST))

    def typed(self, text: str) -> LineEdit:
        """With more text at the cursor; what is no character of a line is left out."""
        clean = "".join(each for each in text if each.isprintable())
        clean = clean[: max(LONGEST - len(self.text), 0)]
        before, after = self.text[: self.cursor], self.text[self.cursor :]
        return LineEdit(before + clean + after, self.cursor + len(clean))

    def pressed(self, key: str, character: str | None) -> LineEdit | None:
        """The line after a key, None for a key that edits nothing."""
        text, at = self
        if character and character.isprintable():
            return self.typed(character)
        word = len(text[:at].rstrip().rpartition(" ")[0])
        moves = {
            "left": (text, max(at - 1, 0)),
            "right": (text, min(at + 1, len(text))),
            "home": (text, 0),
            "end": (text, len(text)),
            "backspace": (text[: max(at - 1, 0)] + text[at:], max(at - 1, 0)),
            "delete": (text[:at] + text[at + 1 :], at),
            "ctrl+u": (text[at:], 0),
            "ctrl+w": (text[:word] + text[at:], word),
        }
        return LineEdit(*moves[key]) if key in moves else None

    def line(self, width: int, *, here: bool, more: str = "") -> Line:
        """Exactly `width` columns; with the keys `here` the cursor shows, and `more` after it."""
        first = max(self.cursor - width + 1, 0)
        shown = self.text[first : first + width]
        if not here:
            return [Segment(shown.ljust(width), "cursor")]
        at = self.cursor - first
        under = (shown[at : at + 1] or more[:1] or " ") if at < width else ""
        rest = shown[at + 1 :] or more[1:] if at >= len(shown) else shown[at + 1 :]
        room = max(width - at - 1, 0)
        style = "cursor dim" if at >= len(shown) else "cursor"
        return [
            Segment(shown[:at], "cursor"),
            Segment(under, "pick"),
            Segment(rest[:room].ljust(room), style),
        ]


class KeyScreen(Overlay[None], Generic[Result]):
    """A screen over the panes that is given every key at once, also before it is there.

    `then` is told at once what came of it: Textual's own callback comes later, and keys typed
    ahead would find neither this screen nor the one that follows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.then: Callable[[Result], None] = lambda _: None
        self._early: list[events.Key] | None = []

    def take_key(self, event: events.Key) -> None:
        """Take a key, now or as soon as the screen is there."""
        if self._early is None:
            self.key(event.key, event.character)
        else:
            self._early.append(event)

    def key(self, key: str, character: str | None) -> None:
        """Do what a key means here."""
        raise NotImplementedError  # not ABC: a widget has a metaclass of its own

    def finish(self, result: Result) -> None:
        """Close the screen."""
        self.dismiss()
        self.then(result)

    def on_mount(self) -> None:
        """Take what was typed ahead."""
        self.call_after_refresh(self._catch_up)

    def _catch_up(self) -> None:
        early, self._early = self._early or [], None
        for at, event in enumerate(early):
            if self.app.screen is not self:
                # What came up instead is typed to by the rest.
                for later in early[at:]:
                    self.app.post_message(later)
                return
            self.key(event.key, event.character)
