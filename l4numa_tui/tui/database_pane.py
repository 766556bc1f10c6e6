"""The mapping database on the screen: the forest, painted line by line as it is scrolled to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from textual.geometry import Size

from l4numa_tui.tui.line_pane import LinePane
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.segments import Line, Segment
from l4numa_tui.world.session import Session

_LEGEND_FROM = 60  # columns
_FOLLOWED = 64  # a leap of more steps is cheaper to show from scratch


class ForestLines(Sequence[Line]):
    """The forest's lines, each made when it is asked for: there may be a great many."""

    def __init__(self, view: ForestView, width: int, offset: int) -> None:
        self._view, self._width, self._offset = view, width, offset

    def __len__(self) -> int:
        return self._view.row_count

    @overload
    def __getitem__(self, row: int) -> Line: ...
    @overload
    def __getitem__(self, row: slice) -> list[Line]: ...
    def __getitem__(self, row: int | slice) -> Line | list[Line]:
        if isinstance(row, slice):
            return [self[at] for at in range(*row.indices(len(self)))]
        return self._view.line(row, self._width, self._offset)


class DatabasePane(LinePane):
    """The forest of mappings, following the steps."""

    number = 2
    title = "Mapping database"
    tab_name = "database"
    about = (
        "Who has which frame from whom. A heading for each node's memory, then a tree for each "
        "frame: from the root pager to the node pagers, from there to the programs. Every chip "
        "names the entry's home node; ⇄ says that the memory lies on another node, ≡4 that four "
        "spaces see the same page, ≠ that each node has its own frame there. A double arrow "
        "crosses nodes. Frames alike in a row are folded into one line: space unfolds the one "
        "under the cursor; f folds all, F unfolds all; , and . show more to the left and right."
    )

    def __init__(self, stage: Stage, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(stage, id=id)
        self.offset_x = 0
        self._view: ForestView | None = None
        self._fitted = 0
        self._shows: tuple[Session | None, int, int] = (None, 0, 0)

    def subtitle(self) -> Line:
        """The legend."""
        if self.size.width < _LEGEND_FROM:
            return []
        double, single, many = ("=>", "->", "=") if self.stage.ascii_only else ("═▶", "─▶", "≡")
        legend = f" {single} same node  {double} crosses nodes  {many} global  "
        return [Segment(legend, "dim"), Segment("space", "key"), Segment(" folds ", "dim")]

    def lines(self, room: Size) -> Sequence[Line]:
        """The forest as of now; only lines that are looked at are made."""
        view = self._followed()
        if room.width != self._fitted:
            # Narrow chips only where the wide ones do not fit; decided once for a width, so that
            # no step makes the columns jump.
            self._fitted = room.width
            view.tight = False
            view.tight = view.width > room.width
        self.offset_x = max(0, min(self.offset_x, view.width - room.width))
        return ForestLines(view, room.width, self.offset_x)

    def _followed(self) -> ForestView:
        """The view brought up to the session's moment, by its steps where they are few."""
        session, scene = self.stage.session, self.stage.scene()
        now, forks = session.cursor, len(session.branches)
        last, before, forks_before = self._shows
        self._shows = (session, now, forks)
        view = self._view
        if view is None:
            view = self._view = ForestView(scene)
        elif last is session and forks == forks_before and abs(now - before) <= _FOLLOWED:
            low, high = sorted((before, now))
            view.update([session.change(at) for at in range(low + 1, high + 1)], scene)
        else:
            view.reset(scene)
        return view

    def follow(self) -> tuple[int, int] | None:
        """The rows that the last step changed."""
        rows = self._view.change_rows() if self._view else []
        return (rows[0][0], rows[-1][0]) if rows else None

    def move_cursor(self, by: int) -> None:
        """To the row above or below: in the forest every row shows something."""
        last = len(self._content) - 1
        if self.cursor < 0:
            self.cursor = self.top if by > 0 else min(self.top + self.body_height - 1, last)
        else:
            self.cursor = max(0, min(self.cursor + by, last))
        self.top = max(min(max(self.top, self.cursor - self.body_height + 1), self.cursor), 0)
        self.repaint()

    def fold(self) -> None:
        """Fold or unfold what the cursor's row, else the selection, shows."""
        view = self._view
        if view is None:
            return
        row = self.cursor
        if row < 0 and self.selected is not None:
            found = view.row_of(self.selected)
            row = -1 if found is None else found
        if row < 0:
            return
        shown = view.toggle(row)
        if shown is not None:
            found = view.row_of(shown)
            self.cursor = row if found is None else found
        self.renew()

    def fold_all(self, *, unfold: bool = False) -> None:
        """Fold every run, or unfold all."""
        if self._view is not None:
            (self._view.unfold_all if unfold else self._view.fold_all)()
            self.renew()

    def pan(self, by: int) -> None:
        """Show what is further left or right."""
        self.offset_x += by
        self.renew()
