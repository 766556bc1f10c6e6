"""E9: agreement brought about lazily, by pagefaults, beside agreement everywhere at once."""

from __future__ import annotations

from l4numa_tui.designs.catalogue import run_design
from l4numa_tui.designs.l4 import result_of
from l4numa_tui.designs.result import DesignResult
from l4numa_tui.designs.sources import Source
from l4numa_tui.designs.workload import UNMAP, WRITE, Workload, WorkProgram, WorkThread
from l4numa_tui.experiments.machines import machine_of
from l4numa_tui.experiments.model import (
    FAILS,
    HOLDS,
    LIMITED,
    OPEN,
    Row,
    Settings,
    Verdict,
    whole,
)
from l4numa_tui.experiments.worlds import FIRST_PAGE, NodeWorld, access, finished
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.mmu import LARGE_PAGES
from l4numa_tui.userland.agreement.options import Agreement
from l4numa_tui.world.operations import Op

PAPER, PAPER_EAGER = "per-node", "per-node eager"
LAZY, EAGER = "mitosis-lazy", "mitosis"
DESIGNS = (PAPER, PAPER_EAGER, LAZY, EAGER)
PAIRS = ((PAPER, PAPER_EAGER), (LAZY, EAGER))
ONE, ALL = "one node", "all nodes"
Places = list[tuple[int, int]]


def run(settings: Settings) -> list[Row]:
    """Pages that one node uses each, and pages that all nodes use, under four designs."""
    return [
        _on(machine_of(settings, nodes), settings.pages, design, use)
        for use in (ONE, ALL)
        for design in DESIGNS
        for nodes in settings.nodes
    ]


def _on(machine: Machine, pages: int, design: str, use: str) -> Row:
    """Touch each page on one node, in turn, or on all; then unmap them everywhere, one by one."""
    booted, mapped, unmapped = (
        _result(machine, pages, design, use, phases=phases) for phases in range(3)
    )
    after, before = mapped.totals, unmapped.totals
    return {
        "use": use, "design": design, "case": f"{design}, {use}", "nodes": machine.nodes,
        "pages": pages,
        "faults": mapped.totals.faults, "messages": mapped.totals.messages,
        "kernel_bytes": sum(mapped.kernel_bytes) - sum(booted.kernel_bytes),
        "map_work": mapped.totals.cycles, "unmap_messages": before.messages - after.messages,
        "unmap_ipis": before.ipis - after.ipis, "unmap_work": before.cycles - after.cycles,
    }  # fmt: skip


def _result(machine: Machine, pages: int, design: str, use: str, *, phases: int) -> DesignResult:
    nodes = range(machine.nodes)
    # Each node's pages have a page table of their own, as the data of different threads would.
    room = -(-pages // machine.nodes // LARGE_PAGES) * LARGE_PAGES
    own = [(n % machine.nodes, n // machine.nodes) for n in range(pages)]
    places = [(node, FIRST_PAGE + node * room + at) for node, at in own]
    touches = [
        (node, page) for owner, page in places for node in ((owner,) if use == ONE else nodes)
    ]
    touches = touches if phases else []
    unmaps = places if phases > 1 else []
    if design in (PAPER, PAPER_EAGER):
        return _by_pagers(machine, touches, unmaps, design)
    threads = [WorkThread(f"A.{node}", 0, node, 1) for node in nodes]
    work = Workload(machine, (WorkProgram("A", tuple(nodes)),), threads)
    for node, page in touches:
        work.add(node, WRITE, page)
    for node, page in unmaps:
        work.add(node, UNMAP, page)
    return run_design(design, Source(work, "operations", len(work)))


def _by_pagers(machine: Machine, touches: Places, unmaps: Places, design: str) -> DesignResult:
    """The same by the paper's pagers, lazy or eager."""
    script = [access(node, page, Op.WRITE) for node, page in touches]
    script += [(node, (int(Op.UNMAP_GLOBAL), page, 1)) for node, page in unmaps]
    world = NodeWorld(machine, agreement=Agreement(eager=design == PAPER_EAGER))
    return result_of(design, finished(world.session(script)).world)


def judge(rows: list[Row]) -> Verdict:
    """Lazy pays a fault a node and page used; eager pays for all nodes whether they use it or not.

    Where only one node uses a page, eager agreement saves nothing and costs more in each respect.
    """
    found = {(row["use"], row["design"], row["nodes"]): row for row in rows}
    several = sorted({whole(row, "nodes") for row in rows} - {1})
    if not several:
        return Verdict(OPEN, "on one node there is nobody to agree with")
    told = []
    for nodes in several:
        for design in DESIGNS:
            at_once = design in (PAPER_EAGER, EAGER)
            for use, faults in ((ONE, 1), (ALL, 1 if at_once else nodes)):
                row = found[use, design, nodes]
                if row["faults"] != faults * whole(row, "pages"):
                    where = f"{design}, {use}, {nodes} nodes"
                    return Verdict(FAILS, f"{where}: {row['faults']} faults, not {faults} a page")
        for key in ("kernel_bytes", "map_work", "unmap_work"):
            for one, other in PAIRS:
                lazy, eager = found[ONE, one, nodes], found[ONE, other, nodes]
                if whole(eager, key) <= whole(lazy, key):
                    return Verdict(FAILS, f"on {nodes} nodes {other} costs no more in {key}")
        lazy, eager = found[ONE, LAZY, nodes], found[ONE, EAGER, nodes]
        told.append([whole(eager, k) / whole(lazy, k) for k in ("map_work", "unmap_work")])
    figures = "; ".join(
        f"mapping {mapping:.2f} and unmapping {unmapping:.2f} times as dear at {nodes} nodes"
        for nodes, (mapping, unmapping) in ((several[0], told[0]), (several[-1], told[-1]))
    )
    why = (
        "eager saves faults where nodes share a page; where one node uses it, replicas in the"
        f" kernel make {figures}"
    )
    both = [whole(found[ALL, design, several[-1]], "map_work") for design in (PAPER_EAGER, PAPER)]
    if both[0] > both[1]:
        why += (
            f"; by pagers mapping costs {both[0] / both[1]:.2f} times as much even if all nodes use"
            " the page, since a message across nodes is dearer than a fault"
        )
    in_order = all(unmap >= mapped for mapped, unmap in told)
    published = "in the published order (map 1.09, unmap 1.53); protect was not measured"
    return Verdict(
        HOLDS if in_order else LIMITED, f"{why}, {'' if in_order else 'not '}{published}"
    )
