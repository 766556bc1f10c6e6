"""A scenario to begin with: a machine, and user level or the bare kernel on it, and no steps."""

from __future__ import annotations

import re

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import Topology
from l4numa_tui.scenario.building.writing import scenario_text
from l4numa_tui.scenario.load import Scenario, parse_scenario
from l4numa_tui.scenario.model import RegionTable, ScenarioSpec, SpaceTable, ThreadTable
from l4numa_tui.topology.assemble import MAX_NODES
from l4numa_tui.topology.load import LIVE, load_topology
from l4numa_tui.topology.named import machine_names
from l4numa_tui.topology.toml_machine import MachineSpec, NodeSpec

DEFAULT_NODES = "4"
FRESH = "sandbox"
"""What stands for the name of a file that is not written yet."""

EXAMPLES = ("A.0 write 0x402000", "P ask_sigma0 pages=4 into=0x10000")
"""What may be asked for first, with user level and of the bare kernel."""

_CPUS = 2  # per node, of a machine of which only the number of nodes is said
_DATA, _CODE = 0x40_2000, 0x50_0000
_MAX_TITLE_NAME = 50


def fresh_scenario(machine: str = DEFAULT_NODES, *, bare: bool = False) -> Scenario:
    """Return a scenario without steps on a machine: a number of nodes, `live`, a name or a file.

    User level is one application `A` on all nodes that have CPUs, with a global and a node-local
    region; bare is a privileged space `P` with a thread, and a space `A` whose pager `P` is. Raises
    UserError for a machine that is not known or cannot be simulated.
    """
    described, name = _machine(machine)
    kind = "Bare kernel" if bare else "User level"
    title = f"{kind} on {name}"
    if bare:
        home, other = _homes(machine, described)
        spec = ScenarioSpec(
            machine=described, title=title,
            space=(SpaceTable(name="P", node=home, privileged=True),
                   SpaceTable(name="A", node=other)),
            thread=(ThreadTable(name="P", space="P"),
                    ThreadTable(name="A", space="A", pager="P")),
        )  # fmt: skip
    else:
        regions = (
            RegionTable(name="data", at=_DATA, pages=4),
            RegionTable(name="code", at=_CODE, pages=2, kind="node_local", rights="rx"),
        )
        spec = ScenarioSpec(machine=described, title=title, region=regions)
    try:
        return parse_scenario(scenario_text(spec), FRESH)
    except UserError as error:
        raise UserError(f"machine {machine[:40]}: {error.what}", error.expected) from None


def welcome(spec: ScenarioSpec) -> tuple[str, ...]:
    """What there is on a machine on which nobody has done anything yet, in paragraphs."""
    if spec.is_bare:
        return (
            "A machine of your own, on which nobody does anything by itself. There are no "
            "pagers, only the kernel, sigma0, and two threads in spaces of their own: P, who may "
            "ask sigma0 for frames, and A, whose pagefaults go to P.",
        )
    regions = ", ".join(
        f"{each.name} ({_count(each.pages)} from {each.at:#x}, {each.kind.replace('_', '-')})"
        for each in spec.region
    )
    return (
        "A machine of your own, on which nobody does anything by itself. One program, A, has "
        "a thread on each node: A.0 on node 0, and so on. The addresses that it may use are its "
        f"regions: {regions}.",
    )


def _count(pages: int) -> str:
    """A number of pages in words."""
    return f"{pages} page{'s' * (pages != 1)}"


def _machine(which: str) -> tuple[MachineSpec, str]:
    """The machine's table, and what to call it in a title."""
    if re.fullmatch(r"[0-9]{1,3}", which):
        nodes = int(which)
        if not 1 <= nodes <= MAX_NODES:
            raise UserError(f"a machine of {nodes} nodes", f"1 to {MAX_NODES} nodes")
        plural = "s" if nodes > 1 else ""
        return MachineSpec(nodes=nodes, cpus_per_node=_CPUS), f"{nodes} node{plural}"
    topology = load_topology(which)
    name = "this computer" if which == LIVE else topology.name[:_MAX_TITLE_NAME]
    if which in machine_names():
        return MachineSpec(like=which), name
    return spec_of(topology), name


def spec_of(topology: Topology) -> MachineSpec:
    """Return the table of a scenario that describes a machine in full."""
    nodes = tuple(
        NodeSpec(id=node.os_id, cpus=_cpu_list(node.cpus), memory=f"{node.memory_kib} KiB")
        for node in topology.nodes
    )
    return MachineSpec(
        name=topology.name, description=topology.description, source=topology.source,
        note=topology.note, node=nodes, distance=topology.slit, latency_ns=topology.latency_ns,
    )  # fmt: skip


def _cpu_list(cpus: tuple[int, ...]) -> str:
    """CPUs as the kernel lists them, `0-3,8`."""
    runs: list[list[int]] = []
    for cpu in cpus:
        if runs and runs[-1][1] == cpu - 1:
            runs[-1][1] = cpu
        else:
            runs.append([cpu, cpu])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def _homes(which: str, described: MachineSpec) -> tuple[int, int]:
    """The first node that can have threads and memory, and the next such, else the same."""
    if described.nodes:
        return 0, min(1, described.nodes - 1)
    topology = load_topology(which)
    fit = [at for at, node in enumerate(topology.nodes) if node.cpus and node.memory_kib]
    if not fit:
        raise UserError(f"machine {which[:40]}", "a node with CPUs and memory")
    return fit[0], fit[1] if len(fit) > 1 else fit[0]
