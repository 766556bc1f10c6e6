"""E4: with per-node spaces the kernel's own structures are local; with one space they are not."""

from __future__ import annotations

from collections.abc import Iterator

from l4numa_tui.experiments.machines import machine_of
from l4numa_tui.experiments.model import FAILS, HOLDS, Row, Settings, Verdict, number, whole
from l4numa_tui.experiments.worlds import FIRST_PAGE, access, measure
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.mmu import LEVELS
from l4numa_tui.world.operations import Op, Operation

PER_NODE, ONE_SPACE = "per node", "one space"
_ROUNDS = 3


def run(settings: Settings) -> list[Row]:
    """The same work on per-node spaces and on one space homed on the first node."""
    return [
        _on(machine_of(settings, nodes), settings.pages, one_space=one_space)
        for one_space in (False, True)
        for nodes in settings.nodes
    ]


def work(nodes: int, pages: int) -> Iterator[tuple[int, Operation]]:
    """Each node brings in its share of the shared pages and its own, then uses all in rounds.

    So every node takes an equal part in the faults, and misses its TLB equally often.
    """
    shared = pages * nodes
    for node in range(nodes):
        for page in range(pages):
            yield access(node, FIRST_PAGE + node * pages + page, Op.WRITE)
    for _ in range(_ROUNDS):
        for node in range(nodes):
            own = FIRST_PAGE + shared + node * pages
            for page in range(pages):
                yield access(node, own + page, Op.WRITE)
            for page in range(pages):
                yield access(node, FIRST_PAGE + (node * pages + page * nodes) % shared)


def _on(machine: Machine, pages: int, *, one_space: bool) -> Row:
    nodes = machine.nodes
    script = list(work(nodes, pages))
    world, replay, totals, stepped = measure(machine, script, one_space=one_space, frames=2 * pages)
    spaces = world.system.kernel.spaces.rows
    homes = {spaces[space][0] for space in world.application.spaces.values()}
    walk_cycles = sum(
        replay.world.totals(node).walks * _walk(machine, node, 0 if one_space else node)
        for node in range(nodes)
    )
    return {
        "design": ONE_SPACE if one_space else PER_NODE, "nodes": nodes, "faults": totals.faults,
        "messages": totals.messages, "walks": totals.walks, "kernel_local": totals.kernel_local,
        "kernel_remote": totals.kernel_remote, "remote_share": totals.kernel_remote / totals.walks,
        "walk_cycles": walk_cycles / totals.walks, "homes": len(homes), "stepped_equal": stepped,
    }  # fmt: skip


def _walk(machine: Machine, node: int, home: int) -> int:
    """Cycles of a whole walk by a CPU of `node` through tables on `home`."""
    costs = machine.costs
    last = machine.read_cost[node][home] if costs.walk_last < 0 else costs.walk_last
    return (LEVELS - 1) * costs.walk_cached + last


def judge(rows: list[Row]) -> Verdict:
    """No remote touch with per-node spaces; with one space (n-1)/n of the walks are remote.

    In one space the only pager sits on the space's home, so what is remote there is walks.
    """
    for row in rows:
        where = f"{row['design']}, {row['nodes']} nodes"
        if row["stepped_equal"] == 0:
            return Verdict(FAILS, f"{where}: steps and replay differ in their counters")
        nodes, remote, walks = (whole(row, key) for key in ("nodes", "kernel_remote", "walks"))
        if row["design"] == PER_NODE and remote:
            return Verdict(FAILS, f"{where}: {remote} remote touches of kernel structures, not 0")
        if row["design"] == ONE_SPACE and remote * nodes != walks * (nodes - 1):
            return Verdict(FAILS, f"{where}: {remote} of {walks} walks are remote, not (n-1)/n")
    last = {str(row["design"]): row for row in rows}
    per_node, single = last[PER_NODE], last[ONE_SPACE]
    slower = number(single, "walk_cycles") / number(per_node, "walk_cycles")
    return Verdict(
        HOLDS,
        f"0 of {per_node['kernel_local']} touches of page tables and mapping entries are remote at"
        f" {per_node['nodes']} nodes; with one space {single['kernel_remote']} of"
        f" {single['walks']} walks are, and a walk takes {slower:.2f} times the cycles",
    )
