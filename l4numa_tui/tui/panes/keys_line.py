"""A row of keys and what they do, where something lies over the panes or asks for a text."""

from __future__ import annotations

from collections.abc import Sequence

from l4numa_tui.views.segments import Line, Segment, width_of

Keys = Sequence[tuple[str, str]]
_CLOSE = ("esc", "close")
_PLAIN = str.maketrans({"↑": "up", "↓": "down", "←": "left", "→": "right"})


def keys_line(keys: Keys, width: int, *, ascii_only: bool) -> Line:
    """Keys as in the program's own footer, as many as fit; the one that closes always does."""
    right = _key(*_CLOSE)
    right[-1] = right[-1]._replace(text=right[-1].text.rstrip())
    left: Line = []
    for key, word in keys:
        piece = _key(key.translate(_PLAIN) if ascii_only else key, word)
        if width_of(left) + width_of(piece) + width_of(right) + 1 > width:
            break
        left += piece
    gap = " " * max(width - width_of(left) - width_of(right) - 1, 0)
    return [*left, Segment(gap, "foot"), *right, Segment(" ", "foot")]


def _key(key: str, word: str) -> Line:
    return [Segment(f" {key} ", "foot-key"), Segment(f"{word} ", "foot")]
