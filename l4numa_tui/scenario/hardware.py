"""The machine of a scenario: topology, costs, and how each node's memory is divided."""

from __future__ import annotations

import msgspec

from l4numa_tui.errors import UserError
from l4numa_tui.machine.costs import COST_KEYS, PROFILES, CostProfile
from l4numa_tui.machine.machine import INDEX_MASK, KERNEL_SHARE, Machine
from l4numa_tui.machine.topology import Topology
from l4numa_tui.scenario.model import MemoryTable, ScenarioSpec
from l4numa_tui.scenario.where import Where, one_of, quoted
from l4numa_tui.topology.toml_machine import build

DEFAULT_PROFILE = "opteron-2009"
MAX_COST = 1_000_000
"""The most that anything may cost, in cycles, a single memory access among them."""

MAX_PERMILLE = 100_000
MAX_TLB_ENTRIES = 1 << 16
_MAX_LATENCY_RATIO = 1000
_MAX_BOOT_ENTRIES = 1 << 17  # mapping entries made at boot: about a second

# What the kernel gets at least, if nothing is said: every pager that holds memory of a node needs
# three page tables for it, on its own node, and the root pager, on the first, as many again.
_LEAST_FRAMES, _LEAST_PER_NODE = 64, 8


def machine_of(spec: ScenarioSpec, where: Where) -> Machine:
    """Return the machine that a scenario runs on; UserError where it cannot be made or booted."""
    topology = _topology(spec, where)
    costs = _costs(spec.costs, where)
    frames = _kernel_frames(spec.memory.kernel_frames, topology, where)
    try:
        machine = Machine(topology, costs, frames)
    except UserError as error:
        raise where.error(error.what, error.expected, "machine") from None
    dearest = max(map(max, machine.read_cost + machine.write_cost))
    if dearest > MAX_COST:
        raise where.error(f"a memory access costs {dearest} cycles", f"at most {MAX_COST}", "costs")
    for index, cpus in enumerate(machine.node_cpus):
        if cpus and not frames[index]:
            what = f"node {index} has CPUs, but no memory for the kernel's data of its pager"
            raise where.error(what, "at least 64 KiB", "machine")
    if not spec.is_bare:
        _check_memory(spec.memory, machine, where)
    return machine


def _topology(spec: ScenarioSpec, where: Where) -> Topology:
    described = spec.machine
    if not described.name and not described.like:
        count = described.nodes or len(described.node)
        name = f"{count} node{'s' if count != 1 else ''}"
        described = msgspec.structs.replace(described, name=name)
    try:
        topology = build(described, where.source, lambda path: where.line("machine", *path))
    except UserError as error:
        if error.line:
            raise
        raise where.error(error.what, error.expected, "machine") from None
    for index, node in enumerate(topology.nodes):
        if node.frames > INDEX_MASK:
            what = f"node {index} has {node.memory_kib} KiB of memory"
            raise where.error(what, "less than 1 TiB", "machine")
    for index, row in enumerate(topology.latency_ns):
        if max(row) > _MAX_LATENCY_RATIO * row[index]:
            what = f"node {index}: the latencies of {max(row)} and {row[index]} ns differ too much"
            expected = f"at most {_MAX_LATENCY_RATIO} times the node's own"
            raise where.error(what, expected, "machine", "latency_ns", index)
    return topology


def _costs(table: dict[str, int | str], where: Where) -> CostProfile:
    name = table.get("profile", DEFAULT_PROFILE)
    if not isinstance(name, str):
        raise where.error("`profile` is a number", one_of("", PROFILES), "costs", "profile")
    base = where.choose(name, PROFILES, "costs", "profile")
    constants = {key: getattr(base, key) for key in COST_KEYS}
    for key, value in table.items():
        if key == "profile":
            continue
        if key not in constants:
            expected = one_of(key, ("profile", *COST_KEYS))
            raise where.error(f"unknown key {quoted(key)}", expected, "costs", key)
        low, high = _range_of(key)
        if isinstance(value, str) or not low <= value <= high:
            shown = quoted(value) if isinstance(value, str) else str(value)
            raise where.error(f"`{key}` is {shown}", f"{low} to {high}", "costs", key)
        constants[key] = value
    return CostProfile(base.name, **constants)


def _range_of(key: str) -> tuple[int, int]:
    if key.endswith("_permille"):
        return 0, MAX_PERMILLE
    if key == "tlb_tagged":
        return 0, 1
    if key == "tlb_entries":
        return 0, MAX_TLB_ENTRIES
    return -1 if key == "walk_last" else 0, MAX_COST


def _kernel_frames(
    given: int | tuple[int, ...] | None, topology: Topology, where: Where
) -> tuple[int, ...]:
    """The kernel's frames of each node; a node without memory has none, whatever is said."""
    nodes = topology.nodes
    if given is None:
        least = _LEAST_FRAMES + _LEAST_PER_NODE * len(nodes)
        return tuple(
            max(node.frames // KERNEL_SHARE, min(least, -(-node.frames // 2))) for node in nodes
        )
    path = ("memory", "kernel_frames")
    each = (given,) * len(nodes) if isinstance(given, int) else given
    if len(each) != len(nodes):
        expected = f"{len(nodes)}, one per node"
        raise where.error(f"`kernel_frames` has {len(each)} values", expected, *path)
    for index, (frames, node) in enumerate(zip(each, nodes, strict=True)):
        if frames < 0 or (node.frames and frames > node.frames):
            what = f"node {index} has {node.frames} frames, {frames} of them for the kernel"
            raise where.error(what, f"0 to {node.frames}", *path)
    return tuple(min(frames, node.frames) for frames, node in zip(each, nodes, strict=True))


def _check_memory(memory: MemoryTable, machine: Machine, where: Where) -> None:
    """Refuse pools that the machine cannot fill, and a directory where there is no memory."""
    home = memory.directory_node
    if home >= machine.nodes or not machine.topology.nodes[home].frames:
        what = f"the directory cannot lie on node {home}"
        raise where.error(what, nodes_with_memory(machine), *where.memory("directory_node"))
    if not memory.pool_frames:
        return
    chunk = 1 << (memory.pool_frames - 1).bit_length()
    path = where.memory("pool_frames")
    backed = [frames for frames in machine.user_frames if frames]
    if min(backed, default=0) < chunk:
        what = f"a node has {min(backed, default=0)} frames besides the kernel's"
        raise where.error(what, f"at least the pool's {chunk}", *path)
    pagers = sum(1 for cpus in machine.node_cpus if cpus)
    entries = chunk * len(backed) * (pagers + 1)
    if entries > _MAX_BOOT_ENTRIES:
        what = f"pools of {chunk} frames take {entries} mappings at boot"
        raise where.error(what, f"at most {_MAX_BOOT_ENTRIES}", *path)


def nodes_with_memory(machine: Machine) -> str:
    """The nodes that have memory for users, as a list for a message."""
    return _list([node for node, frames in enumerate(machine.user_frames) if frames])


def nodes_with_cpus(machine: Machine) -> str:
    """The nodes that have CPUs, as a list for a message."""
    return _list([node for node, cpus in enumerate(machine.node_cpus) if cpus])


def _list(nodes: list[int]) -> str:
    return f"one of nodes {', '.join(map(str, nodes))}" if nodes else ""
