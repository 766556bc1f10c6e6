"""The simulated hardware: a topology with costs, frames numbered per node, dense CPU numbers."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.machine.costs import PERMILLE, CostProfile
from l4numa_tui.machine.topology import SLIT_LOCAL, SLIT_UNREACHABLE, Topology

PAGE_LOG2 = 12
PAGE_BYTES = 1 << PAGE_LOG2
NODE_SHIFT = 28  # a frame number is node << 28 | index: 1 TiB of 4 KiB frames per node
INDEX_MASK = (1 << NODE_SHIFT) - 1
_NODE_DIGITS = 5
_HEXADECIMAL = frozenset("0123456789abcdef")
KERNEL_SHARE = 16  # the kernel keeps one sixteenth of each node's frames, at the top


def node_of(frame: int) -> int:
    """The node in whose memory the frame lies."""
    return frame >> NODE_SHIFT


def frame_text(frame: int) -> str:
    """A frame as the screen writes it: `node:index`, the index in hexadecimal."""
    return f"{frame >> NODE_SHIFT}:{frame & INDEX_MASK:04x}"


def read_frame(text: str) -> int | None:
    """The frame that a text names as `frame_text` writes it, or with 0x; None for any other text.

    Whether a machine has that frame is not asked.
    """
    node, _, index = text.partition(":")
    digits = index.lower().removeprefix("0x")
    known = node.isascii() and node.isdecimal() and len(node) <= _NODE_DIGITS
    if not known or not 0 < len(digits) <= NODE_SHIFT // 4 or not _HEXADECIMAL.issuperset(digits):
        return None
    return int(node) << NODE_SHIFT | int(digits, 16)


class Machine:
    """A topology made ready to run: who is where, and what each memory access costs.

    CPUs are numbered densely in node order. `read_cost[a][b]` and `write_cost[a][b]` are cycles for
    one access from node a to memory of node b. `user_frames[n]` and `kernel_frames[n]` split the
    memory of node n; kernel frames are the topmost indexes.
    Raises UserError for a machine that cannot run: no CPU anywhere, or nodes out of reach.
    """

    def __init__(
        self, topology: Topology, costs: CostProfile, kernel_frames: tuple[int, ...] = ()
    ) -> None:
        self.topology = topology
        self.costs = costs
        self.nodes = len(topology.nodes)
        self.cpu_node: tuple[int, ...] = tuple(
            index for index, node in enumerate(topology.nodes) for _ in node.cpus
        )
        self.node_cpus: tuple[tuple[int, ...], ...] = tuple(
            tuple(cpu for cpu, home in enumerate(self.cpu_node) if home == node)
            for node in range(self.nodes)
        )
        if not self.cpu_node:
            raise UserError(f"machine {topology.name} has no CPU", "at least one node with CPUs")
        for index, node in enumerate(topology.nodes):
            if node.frames > INDEX_MASK:
                raise UserError(f"node {index} has too much memory to simulate", "below 1 TiB")
        self.kernel_frames = kernel_frames or tuple(
            max(node.frames // KERNEL_SHARE, min(node.frames, 1)) for node in topology.nodes
        )
        self.user_frames = tuple(
            node.frames - kernel
            for node, kernel in zip(topology.nodes, self.kernel_frames, strict=True)
        )
        self.read_cost = _read_costs(topology, costs)
        self.write_cost = tuple(
            tuple(cost * costs.write_permille // PERMILLE for cost in row) for row in self.read_cost
        )

    def cpu_on(self, node: int, slot: int = 0) -> int:
        """The `slot`-th CPU of a node, wrapping around; UserError where the node has none."""
        cpus = self.node_cpus[node]
        if not cpus:
            raise UserError(f"node {node} has no CPU", "a node that can run threads")
        return cpus[slot % len(cpus)]


def _read_costs(topology: Topology, costs: CostProfile) -> tuple[tuple[int, ...], ...]:
    """Cycles per read, from measured latencies where the topology has them, else from hops.

    SLIT values are not hop counts: the machine's smallest remote distance is taken as one hop, any
    larger one as two (or more).
    """
    size = range(len(topology.nodes))
    if topology.latency_ns:
        return tuple(
            tuple(
                round(costs.mem_local * topology.latency_ns[a][b] / topology.latency_ns[a][a])
                for b in size
            )
            for a in size
        )
    remote = [value for row in topology.slit for value in row if value > SLIT_LOCAL]
    one_hop = min(remote, default=SLIT_LOCAL)
    for a in size:
        for b in size:
            if topology.slit[a][b] >= SLIT_UNREACHABLE:
                raise UserError(
                    f"machine {topology.name}: node {a} cannot reach node {b} (distance 255)",
                    "a machine whose nodes all reach each other",
                )

    def cost(distance: int) -> int:
        if distance <= SLIT_LOCAL:
            return costs.mem_local
        permille = costs.one_hop_permille if distance == one_hop else costs.two_hop_permille
        return costs.mem_local * permille // PERMILLE

    return tuple(tuple(cost(topology.slit[a][b]) for b in size) for a in size)
