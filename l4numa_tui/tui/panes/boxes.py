"""Boxes around panes that are laid out once for each new size.

Textual lays everything out a second time, and paints all of it again, when the scrollable size of
a widget changes: scroll bars may have to appear. Nothing here scrolls that way.
"""

from __future__ import annotations

from textual import containers
from textual.geometry import Size
from textual.reactive import Reactive


class Horizontal(containers.Horizontal):
    """Panes beside each other."""

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), repaint=False)


class Vertical(containers.Vertical):
    """Panes below each other."""

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), repaint=False)
