"""A screen over the panes, closed once however often that is asked for."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Overlay(ModalScreen[ScreenResultType]):
    """What lies over the panes until it is dismissed.

    Textual's `dismiss` closes whatever is uppermost. Keys typed ahead, or a double click, ask for
    it twice: the second time that would be the next one, or the panes themselves.
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close this screen and hand the result on; nothing where it is closed or covered."""
        if self.app.screen is not self:
            return AwaitComplete()
        return super().dismiss(result)
