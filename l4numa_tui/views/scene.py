"""What every view looks at: a world, the step that led here, and what the viewer has chosen."""

from __future__ import annotations

from dataclasses import dataclass

from l4numa_tui.kernel.records import RECORD_FIELDS, THREAD_CONTROL, Records
from l4numa_tui.kernel.threads import MADE
from l4numa_tui.views.segments import Target
from l4numa_tui.world.session import StepChange
from l4numa_tui.world.world import World


@dataclass(slots=True)
class Scene:
    """One moment to draw. `last` is the step whose changes are marked, None at the beginning.

    `selected` is what the viewer selected, lit up wherever it appears. `ascii_only` keeps to
    ASCII glyphs.
    """

    world: World
    last: StepChange | None = None
    selected: Target | None = None
    ascii_only: bool = False

    def space_name(self, space: int) -> str:
        """The space's name as the scenario gave it; one made in the run is `space of T`.

        T is the thread that it was made with, though that may have moved or gone since.
        """
        name = self.world.system.space_names.get(space)
        if name is not None:
            return name
        first = _made_with(self.world.kernel.records, space)
        return f"space of {self.thread_name(first)}" if first else f"space {space}"

    def space_phrase(self, space: int) -> str:
        """The same within a sentence: `space A`, `space of T`."""
        name = self.world.system.space_names.get(space)
        return self.space_name(space) if name is None else f"space {name}"

    def thread_name(self, thread: int) -> str:
        """The thread's name, or its number."""
        return self.world.system.thread_names.get(thread, f"thread {thread}")

    def space_home(self, space: int) -> int:
        """The home node of a space."""
        home: int = self.world.kernel.spaces.rows[space][0]
        return home

    def thread_node(self, thread: int) -> int:
        """The node a thread runs on."""
        return self.world.kernel.node_of(thread)


def _made_with(records: Records, space: int) -> int:
    """The thread with which a space was made, 0 if no record tells; numbers are used only once."""
    flat, at = records.flat, -1
    while True:
        try:
            at = flat.index(THREAD_CONTROL, at + 1)
        except ValueError:
            return 0
        if at % RECORD_FIELDS == 0 and flat[at + 3] == space and flat[at + 4] == MADE:
            return flat[at + 2]
