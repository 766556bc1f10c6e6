"""The mapping database's own actions: zoom, limit, one frame, panning."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.tui.behaviour.arranging import DATABASE, Arranging
from l4numa_tui.tui.panes.database_pane import DatabasePane
from l4numa_tui.tui.prompt import Prompt
from l4numa_tui.views.forest.limit import parse_limit
from l4numa_tui.views.frame_view import frame_of_target, mapped_frames

_LIMIT_LABEL = "Limit (as node:2 rights:w changed; nothing: all)"


class Foresting(Arranging):
    """What the viewer does with the forest, whichever pane has the keys."""

    def possible(self, needs: str) -> bool:
        """The registry's conditions that are about the forest."""
        if needs == "is_mapped":
            return bool(self.stage.session.world.kernel.database.entries.rows)
        return super().possible(needs)

    @property
    def _forest(self) -> DatabasePane:
        return self.query_one(DatabasePane)

    def action_forest_zoom(self) -> None:
        """Chips, cards, lanes, and again."""
        self.focus_pane(DATABASE)
        zoom = self._forest.cycle_zoom()
        meanings = {
            "chip": "chips: one line for each branch",
            "card": "cards: a box for each entry",
            "lanes": "lanes: every entry in the column of its home node",
        }
        self.say(meanings[zoom])

    def action_limit(self) -> None:
        """Ask which entries are to be shown."""
        self.focus_pane(DATABASE)
        now = self._forest.limit
        self.ask(Prompt(_LIMIT_LABEL, self._limit_to, now.text if now else "", empty=True))

    def _limit_to(self, text: str) -> None:
        try:
            limit = parse_limit(text, self.stage.scene()) if text else None
        except UserError as error:
            self.stage.touch(str(error))
            return
        self._forest.set_limit(limit)

    def action_one_frame(self) -> None:
        """A frame in full: the selected one, that under the cursor, else the first changed one."""
        from l4numa_tui.tui.screens.frame_screen import FrameScreen  # noqa: PLC0415 - only when asked for

        scene, forest = self.stage.scene(), self._forest
        found = frame_of_target(scene, self.selected)
        if found is None:
            found = frame_of_target(scene, forest.cursor)
        if found is None:
            frames = mapped_frames(scene)
            changed = [each for each in frames if forest.view and each in forest.view.marks.frames]
            found = next(iter((*changed, *frames)), None)
        if found is None:
            self.say(f"nothing is mapped yet: {self.stage.key('step')} steps")
        else:
            self.push_screen(FrameScreen(self.stage, found))

    def action_pan(self, by: int) -> None:
        """Show what lies left or right of the forest's edge."""
        self._forest.pan(by)
