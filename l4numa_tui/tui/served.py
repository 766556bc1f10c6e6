"""The terminal that a browser is: what textual-serve's driver does not do for us."""

from __future__ import annotations

import os
from typing import Any

from textual import messages
from textual.app import App
from textual.drivers.web_driver import WebDriver


class ServedDriver(WebDriver):
    """Textual's driver for the browser that ends the program when the server is gone.

    Without this, a program whose server was killed would wait for its keys for ever.
    """

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._write = self._send  # type: ignore[assignment]  # Textual's is a partial object

    def _send(self, data: bytes) -> int:
        """Write to the server; to one that is gone, write nothing and say nothing."""
        try:
            return os.write(self.fileno, data)
        except BrokenPipeError:
            return len(data)

    def run_input_thread(self) -> None:
        """Read keys until there can be no more."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(messages.ExitApp())
