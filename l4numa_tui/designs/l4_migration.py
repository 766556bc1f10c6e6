"""How a thread of a workload migrates under the L4 designs.

In the paper a thread that goes to another node goes into the address space there. That takes two
system calls of somebody privileged (here a thread *mover* on the creator's node): Schedule to a CPU
of that node, and ThreadControl into the space and to the pager there. A space is named by a thread
in it, so an idle *anchor* stands in the space of every node that threads migrate to. Under
`spanning` Schedule is all.
"""

from __future__ import annotations

from l4numa_tui.journal import Table
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.thread_control import ThreadRequest
from l4numa_tui.userland.regions import Application
from l4numa_tui.userland.system import System
from l4numa_tui.world.operations import Action, Op, Operation
from l4numa_tui.world.schedulers import ScriptOrder
from l4numa_tui.world.world import World


class Mover:
    """The thread that moves others; `thread` is its number, `moves` what it is to do.

    Each move is (how many operations the mover has done then, the thread, its new row in the
    pagers' roster).
    """

    def __init__(self, system: System, home: int) -> None:
        self._system = system
        space = system.add_space("mover", home)
        system.kernel.make_privileged(space)
        self.thread = system.add_kernel_thread("mover", space, home, 0, 0)
        self.moves: list[tuple[int, int, tuple[int, int]]] = []
        self._operations = 0
        self._anchors: dict[tuple[int, int], int] = {}

    def anchor(self, application: Application, node: int) -> None:
        """See to it that a thread names the application's space on `node`."""
        key = (application.number, node)
        if key not in self._anchors:
            name = f"{application.name}.anchor{node}"
            self._anchors[key] = self._system.add_thread(application, name, node)

    def schedule(self, thread: int, cpu: int, row: tuple[int, int]) -> list[Operation]:
        """Move a thread to a CPU; its space stays what it is."""
        self._operations += 1
        self.moves.append((self._operations, thread, row))
        return [(int(Op.SCHEDULE), thread, cpu)]

    def migrate(self, thread: int, cpu: int, row: tuple[int, int]) -> list[Operation]:
        """Move a thread to a CPU and into the space of its application there; `row` says which."""
        node = row[1]
        pager = self._system.roster.pager_threads[node]
        request = ThreadRequest(thread, space=self._anchors[row], pager=pager)
        operations = self.schedule(thread, cpu, row)
        self._operations += 1
        self.moves[-1] = (self._operations, thread, row)
        return [*operations, (int(Op.THREAD_CONTROL), *request)]


class MigratingOrder(ScriptOrder):
    """The script's order; once a thread has been moved, the pagers' roster is told."""

    def __init__(self, mover: Mover, kernel: Kernel, member: Table) -> None:
        super().__init__()
        self._mover, self._kernel, self._member = mover, kernel, member
        self._told = 0

    def pick(self, world: World) -> Action | None:
        """The next action of the script."""
        done, moves = self._kernel.ip_of(self._mover.thread), self._mover.moves
        while self._told < len(moves) and moves[self._told][0] <= done:
            _, thread, row = moves[self._told]
            self._member.put(thread, row)
            self._told += 1
        return super().pick(world)
