"""The forest's pane among the others: follows the moment and the selection as they all do."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.reactive import reactive

from l4numa_tui.tui.panes.forest_pane import ForestPane
from l4numa_tui.tui.stage import START, Moment, Stage
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.forest.limit import LIMIT_WORDS
from l4numa_tui.views.segments import Line, Target

if TYPE_CHECKING:
    from l4numa_tui.tui.app import L4numaApp


class SteadyView(ForestView):
    """A forest that does not guess: while the world is ahead of it, no row is known."""

    def settle(self) -> None:
        """After every change: the view and the world agree."""
        super().settle()
        self._shown_at = self.scene.world.journal.mark()

    def stop_at(self, row: int, level: int = 0) -> Target | None:
        """Where a cursor stands in a row; None while what stands there has moved on."""
        if self._shown_at != self.scene.world.journal.mark():
            return None
        return super().stop_at(row, level)


class DatabasePane(ForestPane):
    """The mapping database where the stage stands; while hidden it only notes that it is behind."""

    view_class = SteadyView
    tab_name = "database"
    about = (
        "Who has which frame from whom. A heading for each node's memory, then a tree for each "
        "frame: from the root pager to the node pagers, from there to the programs. Every chip "
        "names the entry's home node; ⇄2 says that the memory lies on node 2, ≡4 that four spaces "
        "see the same page, ≠4 that each node has a frame of its own there. A double arrow crosses "
        "nodes. Up and down move the cursor, comma and full stop move it to the parent and to the "
        "first child, enter or a click selects. Frames alike are folded into one line: enter or "
        "space opens it; f folds all, F unfolds all. A dotted arrow is a grant. ≡ at the right "
        "edge ties the entries of the selected page together. m: cards, with a box for each entry "
        "(`used`: what the hardware noted; 24 B: what the entry takes of its home's kernel "
        "memory); m again: lanes, where every entry stands in the column of its home node, and "
        "what crosses nodes crosses columns; entries that tap one line are siblings. o: one frame "
        "in full. < and > show what lies beyond the edges. l limits the trees to those with an "
        "entry that meets all the words below."
    )
    words = ("Words of a limit, joined by blanks", LIMIT_WORDS)

    moment: reactive[Moment] = reactive(START, repaint=False, init=False)
    selected: reactive[Target | None] = reactive(None, repaint=False, init=False)

    def __init__(self, stage: Stage, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(select_on_move=False, id=id)
        self.stage = stage
        self.shown = True
        self._behind = True

    def on_mount(self) -> None:
        """Take the program's look."""
        self.wear()

    def wear(self) -> None:
        """Take the look of the present theme."""
        self.styles_of = cast("L4numaApp", self.app).look.style

    def heading(self) -> str:
        """What the help calls the pane."""
        return self.title

    def explanation(self) -> str:
        """What the help says of the pane."""
        return self.about

    def forget(self) -> None:
        """Paint everything anew the next time."""
        self._rows = []

    def painted(self) -> list[Line]:
        """What is on the screen, title first."""
        return [row.line for row in self._rows]

    # Following.
    def watch_moment(self) -> None:
        """Show another step."""
        self.renew()

    def watch_selected(self) -> None:
        """Light up another selection."""
        self.renew()

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show in the title bar whether keys go here."""
        super().watch_has_focus(has_focus)
        self.repaint()

    def renew(self) -> None:
        """Bring the forest to where the stage stands; later, while it is not visible."""
        self._behind = not (self.shown and self.size)
        if self._behind:
            return
        scene = self.stage.scene()
        if self.view is None:
            self.view = self.new_view(scene)
        self.follow(self.stage.session, scene)

    def catch_up(self) -> None:
        """Let the view agree with the world although nobody sees it: something asks it now."""
        if self._behind and self.view is not None:
            self.follow(self.stage.session, self.stage.scene())

    def repaint(self) -> None:
        """Bring the screen up to date; not while behind, when no row is known."""
        if not self._behind:
            super().repaint()

    def on_show(self, event: events.Show) -> None:
        """Catch up with what was missed while hidden."""
        del event
        if self._behind:
            self.renew()

    def on_resize(self) -> None:
        """Catch up, then fit."""
        if self._behind:
            self.renew()
        super().on_resize()

    def _again(self, left: int) -> None:
        self.catch_up()
        super()._again(left)

    # Keys.
    def action_cursor(self, direction: str) -> None:
        """Move the cursor, also while another pane has the screen."""
        self.catch_up()
        super().action_cursor(direction)

    def move_cursor(self, by: int) -> None:
        """To the row above or below."""
        self.action_cursor("down" if by > 0 else "up")

    def choose(self) -> None:
        """Fold or unfold what the cursor is on, or select it."""
        self.action_fold()

    def scroll_rows(self, by: int) -> None:
        """A page up or down."""
        self.action_page(1 if by > 0 else -1)

    def fold_all(self, *, unfold: bool) -> None:
        """Fold every run, or unfold all."""
        self.catch_up()
        if self.view is not None:
            (self.view.unfold_all if unfold else self.view.fold_all)()
            self.follow(self.stage.session, self.stage.scene())
            self.repaint()
