"""What every view looks at: a world, the step that led here, and what the viewer has chosen."""

from __future__ import annotations

from dataclasses import dataclass

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
        """The space's name as the scenario gave it, or its number."""
        return self.world.system.space_names.get(space, f"space {space}")

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
