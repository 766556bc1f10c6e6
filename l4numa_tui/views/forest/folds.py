"""What the viewer has folded and unfolded in the forest."""

from __future__ import annotations

from typing import NamedTuple


class Folds(NamedTuple):
    """Fold state, kept by frame and entry, so that it outlives every step.

    `frames` and `entries` are exceptions from what holds for all (`everything`, whose only items
    are "runs" and "bundles" when those are unfolded): frames whose runs are unfolded, entries
    whose idle children are drawn one by one. `nodes` are those whose memory is folded away.
    """

    frames: set[int]
    entries: set[int]
    nodes: set[int]
    everything: set[str]

    @classmethod
    def fresh(cls) -> Folds:
        """All runs and bundles folded, all nodes open."""
        return cls(set(), set(), set(), set())

    def copy(self) -> Folds:
        """An independent copy."""
        return Folds(set(self.frames), set(self.entries), set(self.nodes), set(self.everything))

    def is_open(self, frame: int) -> bool:
        """Whether the frame's run is unfolded."""
        return (frame in self.frames) != ("runs" in self.everything)

    def flip(self, part: str, thing: int) -> None:
        """Change the state of one of `frames`, `entries` or `nodes`."""
        chosen: set[int] = getattr(self, part)
        chosen ^= {thing}

    def set_all(self, *, unfolded: bool) -> None:
        """Fold or unfold every run and bundle; open every node."""
        for part in self:
            part.clear()
        if unfolded:
            self.everything.update(("runs", "bundles"))
