"""What a NUMA machine is made of, whichever file or kernel described it."""

from __future__ import annotations

from typing import NamedTuple

SLIT_LOCAL = 10
SLIT_UNREACHABLE = 255
PAGE_KIB = 4


class Node(NamedTuple):
    """One NUMA node: its number in the firmware's tables, its CPUs and its memory in KiB.

    `cpus` are the operating system's CPU numbers, ascending; empty for a node with memory only.
    `memory_kib` is 0 for a node with CPUs only, and where the source did not say.
    """

    os_id: int
    cpus: tuple[int, ...]
    memory_kib: int

    @property
    def frames(self) -> int:
        """How many 4 KiB frames the node's memory holds."""
        return self.memory_kib // PAGE_KIB


class Topology(NamedTuple):
    """A machine's nodes and the distances between them; rows and columns are in node order.

    Nodes are addressed by their dense index 0…n-1; `Node.os_id` keeps the sparse number that the
    machine itself uses. `slit[i][j]` is ACPI's relative distance from i to j: 10 is local, 255
    unreachable, and it need not be symmetric; it is neither a latency nor a hop count.
    `latency_ns[i][j]` are measured read latencies in nanoseconds, empty where nobody measured.
    """

    name: str
    nodes: tuple[Node, ...]
    slit: tuple[tuple[int, ...], ...]
    latency_ns: tuple[tuple[float, ...], ...] = ()
    description: str = ""
    source: str = ""
    note: str = ""

    @property
    def cpu_count(self) -> int:
        """How many CPUs the machine has in all."""
        return sum(len(node.cpus) for node in self.nodes)
