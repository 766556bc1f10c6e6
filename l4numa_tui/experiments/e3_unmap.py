"""E3: a global unmap must notify all pagers, and costs more than one in a single space."""

from __future__ import annotations

from l4numa_tui.experiments.fit import LEAST_POINTS, Fit, linear_and_logarithmic
from l4numa_tui.experiments.latency import waiting_time
from l4numa_tui.experiments.machines import machine_of
from l4numa_tui.experiments.model import FAILS, HOLDS, LIMITED, Row, Settings, Verdict, whole
from l4numa_tui.experiments.worlds import (
    FIRST_PAGE,
    NodeWorld,
    Script,
    access,
    difference,
    finished,
    run_to_last,
)
from l4numa_tui.machine.machine import Machine
from l4numa_tui.userland.agreement.options import SEQUENTIAL, TREE, Agreement
from l4numa_tui.world.operations import Op

ONE_SPACE, SHARERS = "one space", "half told"
WAYS = (SEQUENTIAL, TREE, SHARERS, ONE_SPACE)
_CLIENT = 2  # messages between the thread that asks and its pager, in every design
_POOL = 8


def run(settings: Settings) -> list[Row]:
    """Map one page on every node, let the first node unmap it everywhere, count that alone."""
    return [measured(machine_of(settings, nodes), how) for how in WAYS for nodes in settings.nodes]


def measured(machine: Machine, how: str) -> Row:
    """One global unmap of a page that every node has mapped; the cost of mapping is left out.

    SHARERS: half of the nodes have it mapped (rounded up), and the pagers know which.
    """
    nodes = machine.nodes
    mapped = (nodes + 1) // 2 if how == SHARERS else nodes
    script: Script = [
        *(access(node, FIRST_PAGE) for node in range(mapped)),
        (0, (int(Op.UNMAP_GLOBAL), FIRST_PAGE, 1)),
    ]
    agreement = Agreement(fan_out=TREE if how == TREE else SEQUENTIAL, sharers=how == SHARERS)
    world = NodeWorld(machine, pool_frames=_POOL, one_space=how == ONE_SPACE, agreement=agreement)
    session = world.session(script)
    first = run_to_last(session)
    before, begin = session.world.totals(), session.cursor
    finished(session)
    done = difference(session.world.totals(), before)
    return {
        "how": how, "nodes": nodes, "mapped": mapped, "faults": done.faults,
        "messages": done.messages - _CLIENT, "ipis": done.ipis, "work": done.cycles,
        "latency": waiting_time(session, first, begin + 1),
        "kernel_remote": done.kernel_remote,
    }  # fmt: skip


def judge(rows: list[Row]) -> Verdict:
    """2(n-1) messages; in turn linear in n, as a tree logarithmic; dearer than in one space."""
    for row in rows:
        expected = 0 if row["how"] == ONE_SPACE else 2 * (whole(row, "mapped") - 1)
        if row["messages"] != expected:
            what = f"{row['messages']} messages on {row['nodes']} nodes ({row['how']})"
            return Verdict(FAILS, f"{what}, not {expected}")
    points = {
        how: [(whole(r, "nodes"), whole(r, "latency")) for r in rows if r["how"] == how]
        for how in (SEQUENTIAL, TREE, ONE_SPACE)
    }
    cheaper = [
        nodes
        for how in (SEQUENTIAL, TREE)
        for nodes, cycles in points[how]
        if nodes > 1 and cycles <= dict(points[ONE_SPACE]).get(nodes, 0)
    ]
    if cheaper:
        return Verdict(FAILS, f"on {cheaper[0]} nodes it costs no more than in one space")
    told = [_dearer(points)]
    wrong = 0
    for how in (SEQUENTIAL, TREE):
        # One node sends no message at all: that is no point of the curve.
        several = [point for point in points[how] if point[0] > 1]
        if len(several) >= LEAST_POINTS:
            straight, logarithmic = linear_and_logarithmic(several)
            grows_as_said = (straight.r2 >= logarithmic.r2) == (how == SEQUENTIAL)
            wrong += not grows_as_said
            told.append(_shape(how, straight, logarithmic))
    if len(told) == 1:
        told.append("too few numbers of nodes to tell a shape")
    return Verdict(
        LIMITED if wrong else HOLDS,
        "2(n-1) messages at every n, 2(k-1) if only k pagers have to be told; " + "; ".join(told),
    )


def _dearer(points: dict[str, list[tuple[int, int]]]) -> str:
    single = dict(points[ONE_SPACE])
    nodes, cycles = max(points[SEQUENTIAL])
    ratio = cycles / single[nodes] if nodes in single else 0
    return f"at {nodes} nodes the caller waits {cycles} cycles, {ratio:.1f} times one space"


def _shape(how: str, straight: Fit, logarithmic: Fit) -> str:
    if straight.r2 >= logarithmic.r2:
        shape, per = f"{straight.base:.0f} + {straight.slope:.0f} n", "linear"
    else:
        shape, per = f"{logarithmic.base:.0f} + {logarithmic.slope:.0f} log2 n", "logarithmic"
    return (
        f"{how}: {per}, {shape} cycles"
        f" (R2 {straight.r2:.4f} over n, {logarithmic.r2:.4f} over log2 n)"
    )
