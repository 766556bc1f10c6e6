"""A pane over those at the right; header, step and, where there is room, the left column stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult

from l4numa_tui.tui.panes.keys_line import Keys
from l4numa_tui.tui.panes.layout import Layout, layout_of
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.screens.overlay import Overlay
from l4numa_tui.tui.screens.window import KeysBar

if TYPE_CHECKING:
    from l4numa_tui.tui.app import L4numaApp

_BESIDE = 120  # from so many columns on, the left column stays in sight
_LEFT = 38
_BARS = 2  # header and step stay in sight above
_TIMELINE = 2  # rows, in sight below where there is one


class BesideScreen(Overlay[None]):
    """Such a pane, and what keys do there in the footer's place."""

    CSS = """
    BesideScreen { background: transparent; }
    BesideScreen > .over { width: 1fr; height: 1fr; background: $surface; }
    """
    SCOPED_CSS = False  # the rules above are meant for subclasses, too

    def __init__(self, pane: LinePane, keys: Keys) -> None:
        super().__init__()
        self._over = pane
        pane.add_class("over")
        self._keys = KeysBar(pane.stage, keys)

    @property
    def l4numa(self) -> L4numaApp:
        """The application, as what it is."""
        return cast("L4numaApp", self.app)

    def compose(self) -> ComposeResult:
        """The pane, and the keys."""
        yield self._over
        yield self._keys

    def on_mount(self) -> None:
        """Keys go to the pane."""
        self.set_focus(self._over)
        self.on_resize()

    def on_resize(self) -> None:
        """Leave the left column in sight where there is room beside it."""
        size = self.app.size
        narrow = layout_of(*size) in (Layout.TINY, Layout.NARROW)
        below, left = 0 if narrow else _TIMELINE, _LEFT if size.width >= _BESIDE else 0
        self._over.styles.margin = (_BARS, 0, below, left)
