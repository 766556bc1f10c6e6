"""The machine in words: nodes and what runs there, page tables, costs."""

from __future__ import annotations

from l4numa_tui.kernel.mapping_database import SIGMA0
from l4numa_tui.kernel.thread_state import (
    ANYONE,
    HALTED,
    NAMES,
    READY,
    RECEIVING,
    SENDING,
    code_of,
    partner_of,
)
from l4numa_tui.machine.costs import COST_KEYS, CostProfile
from l4numa_tui.plain.memory_pages import entries_of
from l4numa_tui.views.inspecting.spoken import selecting, spoken
from l4numa_tui.views.machine.machine_node import NodeChange, activity
from l4numa_tui.views.machine.memory_heat import memory_heat
from l4numa_tui.views.pane_parts import application_spaces, count_of, number
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.steps.record_text import space_text, thread_text
from l4numa_tui.views.steps.step_delta import step_delta


def show_tables(scene: Scene) -> list[str]:
    """The page tables of the application's spaces, else of all: which page is which frame."""
    kernel = scene.world.kernel
    users = list(application_spaces(scene))
    of = "of the application's spaces" if users else "of all spaces but sigma0's"
    lines = [f"The page tables {of}."]
    for space in users or [each for each in kernel.spaces.rows if each != SIGMA0]:
        home, root, _ = kernel.spaces.rows[space]
        tables = 1 + sum(1 for _ in kernel.tables.tables(root))
        kept = f"home N{home}, {count_of(tables, 'page table')} there"
        lines.append(f"{space_text(scene, space)} ({kept}):")
        pages = [f"  {text}" for text in entries_of(scene, space)]
        lines += pages or ["  no page is mapped"]
    return lines


def show_machine(scene: Scene) -> list[str]:
    """The nodes: what runs there, what the kernel keeps there, what happened there."""
    world = scene.world
    kernel, machine = world.kernel, world.kernel.machine
    lines = ["The machine."]
    for node in range(machine.nodes):
        totals = world.totals(node)
        cpus = count_of(len(machine.node_cpus[node]), "CPU")
        lines.append(
            f"N{node}: {cpus}, {count_of(machine.user_frames[node], 'frame')}"
            + _pool_text(scene, node)
        )
        for thread, (_, cpu, _) in sorted(kernel.threads.rows.items()):
            if machine.cpu_node[cpu] == node:
                lines.append(f"  {_thread(scene, thread, cpu)}")
        lines.append(
            f"  so far: {count_of(totals.faults, 'pagefault')}, "
            f"{count_of(totals.local, 'local access')}, {totals.remote} remote; "
            f"{number(kernel.memory.bytes_on(node))} bytes of kernel memory"
        )
    return lines


def _pool_text(scene: Scene, node: int) -> str:
    system = scene.world.system
    if node not in system.roster.pager_threads:
        return "."
    return f", {system.pools.left(node)} free in the pager's pool."


def _thread(scene: Scene, thread: int, cpu: int) -> str:
    kernel = scene.world.kernel
    name = thread_text(scene, thread)
    if thread not in scene.world.programs:
        waiting = "has a message to serve" if thread in kernel.inbox.rows else "waits for messages"
        return f"CPU {cpu}: {name}, {waiting}"
    code = code_of(kernel.state.rows.get(thread, READY))
    pager = kernel.threads.rows[thread][2]
    state, partner = NAMES[code], partner_of(kernel.state.rows.get(thread, READY))
    if code == READY and scene.world.next_operation(thread) is None:
        state = "at the end of its program"
    elif code in (SENDING, RECEIVING):
        state += f" {'to' if code == SENDING else 'from'} "
        state += thread_text(scene, partner) if partner != ANYONE else "anyone"
    if code == HALTED or not pager:
        return f"CPU {cpu}: {name}, {state}"
    gone = "" if pager in kernel.threads.rows else ", which is gone"
    return f"CPU {cpu}: {name}, {state}; its pager is {thread_text(scene, pager)}{gone}"


def show_node(scene: Scene, node: int) -> list[str]:
    """One node whole: its card, who is on its CPUs, who reads its memory, what the step did."""
    lines = spoken(selecting(scene, ("node", node)))
    kernel = scene.world.kernel
    threads = sorted(kernel.threads.rows.items())
    cpu_node = kernel.machine.cpu_node
    lines.append("  threads:")
    here = [(thread, row[1]) for thread, row in threads if cpu_node[row[1]] == node]
    lines += [f"    {_thread(scene, thread, cpu)}" for thread, cpu in here] or ["    none"]
    lines.append("  who reads its memory:")
    lines += [f"    {text}" for text in _heat(scene, node)]
    lines.append("  what the last step changed here:")
    lines += [f"    {text}" for text in _node_changes(scene, node)]
    return lines


def _heat(scene: Scene, node: int) -> list[str]:
    """The machine map's heat, counted: how many frames which nodes map, the most first."""
    heat = memory_heat(scene, step_delta(scene.last))
    groups: dict[int, int] = {}
    for mask in heat.readers[node].values():
        groups[mask] = groups.get(mask, 0) + 1
    lines = []
    for mask, frames in sorted(groups.items(), key=lambda item: (-item[1], item[0])):
        nodes = [f"N{each}" for each in range(mask.bit_length()) if mask >> each & 1]
        who = f"by {nodes[0]} alone" if len(nodes) == 1 else f"by {', '.join(nodes)}"
        lines.append(f"{count_of(frames, 'frame')} {who}")
    idle = heat.allotted[node] - len(heat.readers[node])
    if idle > 0:
        lines.append(f"{count_of(idle, 'frame')} given out, used by nobody")
    return lines or ["none in use"]


def _node_changes(scene: Scene, node: int) -> list[str]:
    """The signs of the machine map in words: entries and page tables that came and went."""
    now = activity(scene, step_delta(scene.last))
    change = now.changes.get(node, NodeChange())
    things = (
        ("new", change.entries_added, "mapping entry"),
        ("gone", change.entries_removed, "mapping entry"),
        ("new", change.tables_added, "page table"),
        ("gone", change.tables_removed, "page table"),
    )
    lines = [f"{count_of(count, what)} {how}" for how, count, what in things if count]
    if node == now.node:
        lines.insert(0, f"{thread_text(scene, now.thread)} acted, on CPU {now.cpu}")
    hit = sorted(cpu for cpu in now.interrupted if scene.world.kernel.machine.cpu_node[cpu] == node)
    lines += [f"CPU {cpu} was interrupted for a TLB shootdown" for cpu in hit]
    return lines or ["nothing"]


def show_space(scene: Scene, space: int) -> list[str]:
    """An address space whole: its card, and what it maps."""
    lines = spoken(selecting(scene, ("space", space)))
    if space == SIGMA0:
        return [*lines, "  It holds every frame that the kernel does not keep."]
    if space in scene.world.kernel.spaces.rows:
        pages = [f"    {text}" for text in entries_of(scene, space)]
        lines += ["  what it maps:", *(pages or ["    no page"])]
    return lines


def show_costs(scene: Scene) -> list[str]:
    """What things cost: the model's constants, memory by distance, what has been spent so far."""
    world = scene.world
    machine = world.kernel.machine
    costs = machine.costs
    lines = [f"Cycles are a model: profile {costs.name}, constants {costs.fingerprint()}."]
    for node in range(machine.nodes):
        lines += [f"A read from N{node} costs:"]
        by_cost: dict[int, list[int]] = {}
        for other, cost in enumerate(machine.read_cost[node]):
            by_cost.setdefault(cost, []).append(other)
        for cost, nodes in sorted(by_cost.items()):
            where = ", ".join(f"N{other}" for other in nodes)
            lines.append(f"  {number(cost)} cycles in the memory of {where}")
    lines.append("Spent so far:")
    for node in range(machine.nodes):
        totals = world.totals(node)
        said = (
            f"{number(totals.cycles)} cycles, {count_of(totals.faults, 'fault')}, "
            f"{count_of(totals.messages, 'message')} ({totals.cross_messages} to another node), "
            f"{count_of(totals.ipis, 'interrupt')}"
        )
        lines.append(f"  N{node}: {said}")
    lines.append("The constants, in cycles unless their name says otherwise:")
    return lines + [f"  {key.replace('_', ' ')}: {_constant(costs, key)}" for key in COST_KEYS]


def _constant(costs: CostProfile, key: str) -> str:
    value: int = getattr(costs, key)
    return "one memory access" if value < 0 else number(value)
