"""E1: n pagefaults establish a global mapping on n nodes."""

from __future__ import annotations

from l4numa_tui.experiments.machines import machine_of
from l4numa_tui.experiments.model import (
    FAILS,
    HOLDS,
    Row,
    Settings,
    Verdict,
    whole,
)
from l4numa_tui.experiments.worlds import FIRST_PAGE, NodeWorld, access, measure
from l4numa_tui.kernel.mapping_database import space_of
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.machine.mmu import INDEX_BITS


def run(settings: Settings) -> list[Row]:
    """Let every node touch every page once, and count what that took and what it left."""
    return [_on(settings, nodes) for nodes in settings.nodes]


def _on(settings: Settings, nodes: int) -> Row:
    pages = settings.pages
    machine = machine_of(settings, nodes)
    # Each node begins with pages of its own, so that all choose frames and take equal part.
    script = [
        access(node, FIRST_PAGE + page)
        for turn in range(nodes)
        for node in range(nodes)
        for page in range((node + turn) % nodes, pages, nodes)
    ]
    world, _, totals, stepped = measure(machine, script)
    leaves, homes, frames, most = _leaves(world)
    return {
        "nodes": nodes, "pages": pages, "faults": totals.faults, "leaf_entries": leaves,
        "homes": homes, "most_per_home": most, "frames": frames, "messages": totals.messages,
        "cycles_per_fault": totals.cycles / totals.faults, "stepped_equal": stepped,
    }  # fmt: skip


def _leaves(world: NodeWorld) -> tuple[int, int, int, int]:
    """Of the application: leaf entries, nodes that hold them, frames named, most on one node."""
    kernel = world.system.kernel
    spaces = set(world.application.spaces.values())
    on: dict[int, int] = {}
    frames = set()
    for entry, (frame, _, _, _, slot) in kernel.database.entries.rows.items():
        if space_of(entry) in spaces:
            home = slot >> INDEX_BITS + NODE_SHIFT
            on[home] = on.get(home, 0) + 1
            frames.add(frame)
    return sum(on.values()), len(on), len(frames), max(on.values(), default=0)


def judge(rows: list[Row]) -> Verdict:
    """Exactly n faults and n entries a page, one on each home, all of one frame."""
    for row in rows:
        nodes, pages = whole(row, "nodes"), whole(row, "pages")
        wanted = {
            "faults": nodes * pages, "leaf_entries": nodes * pages, "homes": nodes,
            "most_per_home": pages, "frames": pages,
        }  # fmt: skip
        for key, value in wanted.items():
            if row[key] != value:
                return Verdict(FAILS, f"{nodes} nodes: {key} is {row[key]}, not {value}")
        if row["stepped_equal"] == 0:
            return Verdict(FAILS, f"{nodes} nodes: steps and replay differ in their counters")
    most = max(rows, key=lambda row: whole(row, "nodes"))
    return Verdict(
        HOLDS,
        f"exactly n faults and n leaf entries a page, one on each home node, at every n up to"
        f" {most['nodes']} ({most['faults']} faults for {most['pages']} pages there)",
    )
