"""E5: node-local regions come for free: one simply does not synchronise."""

from __future__ import annotations

from l4numa_tui.experiments.machines import machine_of
from l4numa_tui.experiments.model import FAILS, HOLDS, Row, Settings, Verdict, whole
from l4numa_tui.experiments.worlds import FIRST_PAGE, access, measure
from l4numa_tui.machine.machine import Machine
from l4numa_tui.userland.regions import GLOBAL, KINDS, NODE_LOCAL, Region
from l4numa_tui.world.operations import Op

_ROUNDS = 4


def run(settings: Settings) -> list[Row]:
    """Every node runs the same code, once as a node-local region and once as a global one."""
    return [
        _on(machine_of(settings, nodes), settings.pages, kind)
        for kind in (NODE_LOCAL, GLOBAL)
        for nodes in settings.nodes
    ]


def _on(machine: Machine, pages: int, kind: int) -> Row:
    code = Region("code", FIRST_PAGE, pages, kind)
    nodes = machine.nodes
    script = [
        access(node, FIRST_PAGE + (page + node) % pages, Op.EXECUTE)
        for _ in range(_ROUNDS)
        for node in range(nodes)
        for page in range(pages)
    ]
    world, _, totals, stepped = measure(machine, script, (code,), frames=pages)
    frames = {frame for frame, _ in world.system.directory.rows.rows.values()}
    return {
        "region": KINDS[kind].replace("_", "-"), "nodes": nodes, "pages": pages,
        "faults": totals.faults, "frames": len(frames), "fetches": totals.local + totals.remote,
        "remote_fetches": totals.remote, "messages": totals.messages,
        "cross_messages": totals.cross_messages, "directory_remote": totals.shared_remote,
        "stepped_equal": stepped,
    }  # fmt: skip


def judge(rows: list[Row]) -> Verdict:
    """A node-local region: no remote fetch, n frames a page, nothing said between nodes."""
    told = []
    for row in rows:
        where = f"{row['region']}, {row['nodes']} nodes"
        nodes, pages, remote = (whole(row, key) for key in ("nodes", "pages", "remote_fetches"))
        if row["stepped_equal"] == 0:
            return Verdict(FAILS, f"{where}: steps and replay differ in their counters")
        if row["region"] != "node-local":
            told.append(f"global: {remote} of {row['fetches']} are remote")
            continue
        wanted = {
            "remote_fetches": 0, "frames": nodes * pages, "cross_messages": 0,
            "faults": nodes * pages,
        }  # fmt: skip
        for key, value in wanted.items():
            if row[key] != value:
                return Verdict(FAILS, f"{where}: {key} is {row[key]}, not {value}")
    last = [row for row in rows if row["region"] == "node-local"][-1]
    return Verdict(
        HOLDS,
        f"no fetch is remote and no message crosses nodes, for n frames a page"
        f" ({last['frames']} at {last['nodes']} nodes; {told[-1] if told else 'no comparison'});"
        f" what is not free: each fault still looks into the pagers' directory",
    )
