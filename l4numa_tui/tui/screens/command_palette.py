"""Textual's palette of commands, which runs one command however quickly enter is pressed."""

from __future__ import annotations

from textual import on
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.widgets import Input, OptionList


class Palette(CommandPalette):
    """The palette; enter pressed once more while it closes is none of its business."""

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _choose_once(self, event: Input.Submitted | OptionList.OptionSelected) -> None:
        """Keep what comes too late from Textual's own handlers."""
        if self.app.screen is not self:
            event.stop()
            event.prevent_default()

    def dismiss(self, result: None = None) -> AwaitComplete:
        """As every window over the panes."""
        if self.app.screen is not self:
            return AwaitComplete()
        return super().dismiss(result)
