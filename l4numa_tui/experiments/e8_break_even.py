"""E8: how often must a page be missed before it pays to copy or move it, at which ratio?

With r = remote read / local read and all constants from the cost profile:

    gain per miss = read(remote) - read(local)                  = mem_local (r - 1)
    copy          = 4 page_zero (1 + r) / 2                     half of it reads remote memory
    refault       = the pagefault that brings the page back, without zeroing a fresh frame
    replicate     = (copy + refault + unmap here)       / gain per miss, rounded up
    migrate       = (copy + refault + unmap everywhere) / gain per miss, rounded up

Refault and unmaps are measured in the simulation, as what the thread waits for. A copied page costs
four zeroed ones: AMD 40555 gives 6400 cycles against 1600, and 7680 from one hop away, which is
what the formula says at r = 1.4.
"""

from __future__ import annotations

from itertools import pairwise

from l4numa_tui.experiments.latency import waiting_time
from l4numa_tui.experiments.machines import machine_of
from l4numa_tui.experiments.model import FAILS, LIMITED, Row, Settings, Verdict, number, whole
from l4numa_tui.experiments.worlds import EVERYWHERE, FIRST_PAGE, NodeWorld, access, finished
from l4numa_tui.machine.costs import COST_KEYS, CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.userland.regions import Region
from l4numa_tui.world.operations import Op, Operation

RATIOS = (1.0, 1.1, 1.2, 1.4, 1.72, 2.0, 3.0, 4.0, 5.0, 6.7)  # 1.72: Xeon 8269CY; 6.7: CXL memory
THE_PAPERS = 1.4
_COPY_OF_ZEROES = 4
_POOL = 8
_UNMAP: Operation = (int(Op.UNMAP_GLOBAL), FIRST_PAGE, 1)


def run(settings: Settings) -> list[Row]:
    """Every ratio at every number of nodes; of a given machine its own ratio alone."""
    several = [nodes for nodes in settings.nodes if nodes > 1]
    if settings.topology is not None:
        return [_on(machine_of(settings, nodes)) for nodes in several]
    rows = []
    for nodes in several:
        known = [_on(machine_of(settings, nodes, with_ratio(settings.costs, r))) for r in RATIOS]
        papers = known[RATIOS.index(THE_PAPERS)]
        fixed = whole(papers, "copy") + whole(papers, "refault")
        rows += [row | {"fixed": _rounded_up(fixed, whole(row, "gain"))} for row in known]
    return rows


def with_ratio(costs: CostProfile, ratio: float) -> CostProfile:
    """The profile with another latency of memory one hop away."""
    constants = {key: getattr(costs, key) for key in COST_KEYS}
    constants["one_hop_permille"] = round(1000 * ratio)
    return CostProfile(f"{costs.name} at {ratio:g}", **constants)


def copy_cycles(machine: Machine) -> int:
    """Copying a page from the first node's memory into the second's, by a CPU of the second."""
    local, remote = machine.read_cost[1][1], machine.read_cost[1][0]
    return _COPY_OF_ZEROES * machine.costs.page_zero * (local + remote) // (2 * local)


def _on(machine: Machine) -> Row:
    zero = machine.costs.page_zero
    local, remote = machine.read_cost[1][1], machine.read_cost[1][0]
    everywhere = waited(machine, [_UNMAP])
    # The thread's own pager alone: what the only pager of a machine of one node does.
    here = waited(machine, [_UNMAP], alone=True)
    refault = waited(machine, [_UNMAP, access(1, FIRST_PAGE)[1]]) - everywhere - zero - local
    copy, gain = copy_cycles(machine), remote - local
    migrate = _rounded_up(copy + refault + everywhere, gain)
    confirmed: int | None = None
    if migrate is not None:
        confirmed = int(
            _moving_pays(machine, copy - zero, migrate)
            and not _moving_pays(machine, copy - zero, migrate - 1)
        )
    return {
        "nodes": machine.nodes, "ratio": remote / local, "gain": gain, "copy": copy,
        "refault": refault, "unmap_here": here, "unmap_everywhere": everywhere,
        "copy_and_fault": _rounded_up(copy + refault, gain), "fixed": None,
        "replicate": _rounded_up(copy + refault + here, gain), "migrate": migrate,
        "confirmed": confirmed,
    }  # fmt: skip


def _rounded_up(cost: int, gain: int) -> int | None:
    return -(-cost // gain) if gain > 0 else None


def _moving_pays(machine: Machine, work: int, misses: int) -> bool:
    """Whether a thread is done no later with so many reads if it has the page moved first."""
    read = access(1, FIRST_PAGE)[1]
    stays = waited(machine, [read] * misses)
    return waited(machine, [_UNMAP, (int(Op.WORK), work), *[read] * misses]) <= stays


def waited(machine: Machine, then: list[Operation], *, alone: bool = False) -> int:
    """Cycles that the second node's thread takes for `then`, once it has mapped a remote page.

    The page lies on the first node, and every node has it mapped; with `alone`, only the second.
    """
    region = Region("page", FIRST_PAGE, 1, node=0) if alone else EVERYWHERE
    world = NodeWorld(machine, (region,), pool_frames=_POOL)
    first = [1] if alone else list(range(machine.nodes))
    if alone:
        pagers = world.system.roster.pager_threads
        for node in [node for node in pagers if node != 1]:
            del pagers[node]
    script = [*(access(node, FIRST_PAGE) for node in first), *((1, do) for do in then)]
    session = world.session(script, first)
    thread = [*session.world.programs][first.index(1)]
    while session.world.kernel.ip_of(thread) < 1 or not session.at_rest():
        session.step()
    begin = session.cursor
    finished(session)
    return waiting_time(session, thread, begin + 1)


def judge(rows: list[Row]) -> Verdict:
    """It pays at any ratio above 1, the sooner the higher; how soon at the paper's ratio."""
    finite = [row for row in rows if row["migrate"] is not None]
    if not finite:
        return Verdict(FAILS, "no memory is remote: nothing is gained by moving a page")
    for row in rows:
        where = f"at {number(row, 'ratio'):.2f} on {row['nodes']} nodes"
        if (row["migrate"] is None) != (number(row, "gain") <= 0):
            return Verdict(FAILS, f"{where}: a break-even of {row['migrate']} cannot be")
        if row["confirmed"] == 0:
            return Verdict(FAILS, f"{where}: the run does not confirm {row['migrate']} misses")
    for row, following in pairwise(finite):
        if row["nodes"] == following["nodes"] and not (
            number(row, "ratio") < number(following, "ratio")
            and whole(row, "migrate") >= whole(following, "migrate")
        ):
            return Verdict(FAILS, "the break-even does not fall as the ratio rises")
    return Verdict(LIMITED, "worth it for pages missed often enough: " + "; ".join(_said(finite)))


def _said(rows: list[Row]) -> list[str]:
    """The break-even nearest to the paper's ratio, at each number of nodes, and the last of all."""
    near = min(abs(number(row, "ratio") - THE_PAPERS) for row in rows)
    chosen = [row for row in rows if abs(number(row, "ratio") - THE_PAPERS) == near]
    if rows[-1] not in chosen:
        chosen.append(rows[-1])
    return [
        f"at {number(row, 'ratio'):.2f} on {row['nodes']} nodes after {row['replicate']} misses for"
        f" a copy and {row['migrate']} for a move"
        for row in chosen
    ]
