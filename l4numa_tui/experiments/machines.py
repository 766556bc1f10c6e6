"""The machines that experiments run on: n nodes, all alike or the first n of a real machine."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.experiments.model import MAX_NODES, Settings
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.topology.assemble import default_slit

_FRAMES = 1 << 18  # 1 GiB a node
_KIB = 4


def machine_of(settings: Settings, nodes: int, costs: CostProfile | None = None) -> Machine:
    """A machine of `nodes` nodes; UserError where the settings' own has no such part.

    Every node must have CPUs and memory, and reach all others; distances may differ both ways.
    """
    topology = settings.topology
    chosen = even(nodes) if topology is None else first_nodes(topology, nodes)
    return Machine(chosen, costs or settings.costs)


def even(nodes: int) -> Topology:
    """A machine whose nodes are all alike and one hop apart, with two CPUs and 1 GiB each."""
    alike = (Node(node, (2 * node, 2 * node + 1), _FRAMES * _KIB) for node in range(nodes))
    slit = tuple(tuple(row) for row in default_slit(nodes))
    return Topology(f"{nodes} nodes all alike", tuple(alike), slit)


def first_nodes(topology: Topology, count: int) -> Topology:
    """The machine cut down to its first `count` nodes; UserError where these cannot be used."""
    if count > len(topology.nodes):
        raise UserError(
            f"machine {topology.name} has {len(topology.nodes)} nodes, not {count}",
            f"--nodes of at most {len(topology.nodes)}",
        )
    for index, node in enumerate(topology.nodes[:count]):
        for what, there in (("CPU", bool(node.cpus)), ("memory", node.frames > 0)):
            if not there:
                raise UserError(
                    f"node {index} of machine {topology.name} has no {what}",
                    "nodes with CPUs and memory: an experiment has a pager and a thread on each",
                )
    return topology._replace(
        nodes=topology.nodes[:count],
        slit=tuple(row[:count] for row in topology.slit[:count]),
        latency_ns=tuple(row[:count] for row in topology.latency_ns[:count]),
    )


def parse_nodes(text: str) -> tuple[int, ...]:
    """The numbers of nodes that `--nodes 1,2,4` asks for, ascending; UserError."""
    expected = f"numbers from 1 to {MAX_NODES}, such as 1,2,4"
    found = set()
    for part in text.split(","):
        word = part.strip()
        if not (word.isascii() and word.isdigit() and len(word) < 4):
            raise UserError(f"--nodes: {word[:20]!r} is no number of nodes", expected)
        if not 1 <= int(word) <= MAX_NODES:
            raise UserError(f"--nodes: {int(word)} nodes", expected)
        found.add(int(word))
    return tuple(sorted(found))
