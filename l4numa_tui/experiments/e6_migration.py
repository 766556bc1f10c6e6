"""E6: a thread that migrates goes into another space, and pays for what is not mapped there."""

from __future__ import annotations

from l4numa_tui.experiments.machines import machine_of
from l4numa_tui.experiments.model import FAILS, HOLDS, Row, Settings, Verdict, whole
from l4numa_tui.experiments.worlds import FIRST_PAGE, NodeWorld, access, difference, finished
from l4numa_tui.kernel.thread_control import ThreadRequest
from l4numa_tui.machine.account import Totals
from l4numa_tui.machine.machine import Machine
from l4numa_tui.world.operations import Op, Operation
from l4numa_tui.world.schedulers import ScriptOrder
from l4numa_tui.world.session import Session


def run(settings: Settings) -> list[Row]:
    """Send a thread once round all nodes and home again; at each stop it uses all its pages."""
    return [_on(machine_of(settings, nodes), settings.pages) for nodes in settings.nodes]


def mapped_before(node: int, pages: int) -> int:
    """How many of the pages a node's own thread has used before the traveller comes: any number."""
    return node * 5 % (pages + 1)


def _on(machine: Machine, pages: int) -> Row:
    nodes = machine.nodes
    world = NodeWorld(machine)
    session, traveller = journey(world, pages)
    at_home = _run_to(session, traveller, pages)
    abroad = _run_to(session, traveller, nodes * pages)
    finished(session)
    total = session.world.totals()
    before_home = [difference(abroad, at_home), difference(total, abroad)]
    return {
        "nodes": nodes, "pages": pages, "moves": nodes - 1 + (nodes > 1),
        "mapped_before": sum(mapped_before(node, pages) for node in range(1, nodes)),
        "faults": total.faults, "refaults": before_home[0].faults,
        "back_faults": before_home[1].faults, "messages": total.messages,
        "cycles_abroad": before_home[0].cycles, "cycles_back": before_home[1].cycles,
    }  # fmt: skip


def journey(world: NodeWorld, pages: int) -> tuple[Session, int]:
    """The traveller's session at its first step, and its thread.

    A privileged thread of a space of its own moves it: Schedule to a CPU of the next node, then
    ThreadControl into the space that a thread of the application has there, with that node's pager.
    """
    system, machine = world.system, world.machine
    nodes = range(machine.nodes)
    threads = {node: world.add_thread(node, node) for node in nodes}
    traveller = world.add_thread(machine.nodes, 0)
    space = system.add_space("mover", 0)
    system.kernel.make_privileged(space)
    mover = system.add_kernel_thread("mover", space, 0, 0, system.root)
    threads |= {machine.nodes: traveller, machine.nodes + 1: mover}
    uses = [access(machine.nodes, FIRST_PAGE + page) for page in range(pages)]
    script: list[tuple[int, Operation]] = [
        access(node, FIRST_PAGE + page)
        for node in nodes[1:]
        for page in range(mapped_before(node, pages))
    ]
    script += uses
    for node in (*nodes[1:], 0):
        if machine.nodes > 1:
            request = ThreadRequest(
                traveller, space=threads[node], pager=system.roster.pager_threads[node]
            )
            schedule = (int(Op.SCHEDULE), traveller, machine.cpu_on(node, 1))
            script.append((machine.nodes + 1, schedule))
            script.append((machine.nodes + 1, (int(Op.THREAD_CONTROL), *request)))
        script += uses
    return Session(world.world(script, threads), ScriptOrder()), traveller


def _run_to(session: Session, thread: int, operations: int) -> Totals:
    """Run until the thread has completed so many operations; what has been counted by then."""
    kernel = session.world.kernel
    while kernel.ip_of(thread) < operations:
        session.step()
    if kernel.error.rows:
        raise RuntimeError(f"a system call was refused: {dict(kernel.error.rows)}")
    return session.world.totals()


def judge(rows: list[Row]) -> Verdict:
    """As many faults abroad as pages were not mapped there, and none on coming home."""
    for row in rows:
        nodes, pages = whole(row, "nodes"), whole(row, "pages")
        expected = (nodes - 1) * pages - whole(row, "mapped_before")
        for key, value in (("refaults", expected), ("back_faults", 0)):
            if row[key] != value:
                return Verdict(FAILS, f"{nodes} nodes: {key} is {row[key]}, not {value}")
    last = rows[-1]
    return Verdict(
        HOLDS,
        f"a round over {last['nodes']} nodes with {last['pages']} pages raises"
        f" {last['refaults']} faults, one for each page not mapped where the thread arrives"
        f" ({last['mapped_before']} were), and coming home none",
    )
