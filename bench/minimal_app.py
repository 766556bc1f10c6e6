"""The least that Textual can do: one line of text that every key changes."""

from __future__ import annotations

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static


class MinimalApp(App[None]):
    """Counts keys; `q` leaves."""

    count = 0

    def compose(self) -> ComposeResult:
        yield Static("no key yet")

    def on_key(self, event: events.Key) -> None:
        if event.key == "q":
            self.exit()
        self.count += 1
        self.query_one(Static).update(f"{self.count} keys", layout=False)


if __name__ == "__main__":
    MinimalApp().run()
