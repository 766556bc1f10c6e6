"""Which panes a screen of some size shows, and how high they are."""

from __future__ import annotations

from enum import Enum

MIN_WIDTH, MIN_HEIGHT = 60, 18
_FULL_WIDTH, _FULL_HEIGHT = 100, 30
_WIDE_WIDTH = 160
_BARS = 5  # header, step, timeline (2), footer


class Layout(Enum):
    """From the smallest screen to the largest."""

    TINY = "tiny"  # too small for anything but saying so
    NARROW = "narrow"  # one pane at a time
    FULL = "full"  # everything but the inspector's own column
    WIDE = "wide"


def layout_of(width: int, height: int) -> Layout:
    """The layout for a terminal of `width` columns and `height` rows."""
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return Layout.TINY
    if width < _FULL_WIDTH or height < _FULL_HEIGHT:
        return Layout.NARROW
    return Layout.WIDE if width >= _WIDE_WIDTH else Layout.FULL


def map_height(nodes: int, width: int, height: int) -> int:
    """Rows for the machine map: two rows of boxes from five nodes on where the screen allows it.

    `width` is the map's, `height` the screen's. At most a third of what there is.
    """
    most = max((height - _BARS) // 3, 8)
    per_row = max(width // 19, 1)
    stacked = -(-nodes // per_row)
    return min(10 if stacked == 1 else 7 * stacked + 3, most)


def lanes_height(height: int) -> int:
    """Rows for the message lanes: a third of what there is."""
    return max(9, min(24, (height - _BARS) // 3 + 1))
