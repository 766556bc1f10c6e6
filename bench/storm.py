"""W1, the pagefault storm: our kernel, step by step, beside references doing the same work.

N nodes with one thread, pager and space each; P global pages, page v's frame on node v mod N;
thread n touches pages n, n+1, ... once each. Every access misses the TLB, fails a four-level walk,
becomes a fault IPC, is answered by a map item, enters the mapping database and the page table, and
retries. With the toy costs all engines must arrive at the same total.

References: simpy; `naive`, the engine one would write first, with undo, records and digest as ours;
`plain`, the same without any of that.

Every engine runs in a process of its own, as a user's would: where objects land in memory that was
used before makes a third of the difference. `python -m bench.storm ENGINE NODES PAGES` prints the
CPU seconds of one run.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Generator
from functools import partial
from typing import Any

import simpy

from bench import naive
from bench.model import IPC, LOCAL, MDB, PTE, REMOTE, WALK, Entry, Table, set_leaf, walk
from l4numa_tui.journal import Journal, UnloggedJournal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import page_item
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2, Machine
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.userland import labels
from l4numa_tui.userland.server import Context, Message, Server
from l4numa_tui.userland.system import System
from l4numa_tui.world.operations import Op, Program
from l4numa_tui.world.schedulers import ScriptOrder
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World

EXPECTED = {(4, 2048): 26_867_360, (8, 8192): 215_271_360}
TOY = CostProfile(
    name="toy", mem_local=LOCAL, one_hop_permille=1400, write_permille=1000, tlb_entries=0,
    walk_cached=WALK, walk_last=WALK, kernel_entry_exit=0, ipc_local=IPC, ipc_cross_node=IPC,
    map_page=MDB + PTE, entry_touch=0, pager_work=0, page_zero=0,
)  # fmt: skip


class StormPager(Server):
    """Answers every fault from a fixed rule: page v lies on node v mod N."""

    def __init__(self, nodes: int) -> None:
        self.nodes = nodes
        self.seal()

    def on_message(self, context: Context, message: Message) -> None:
        vpn = message.words[0] >> PAGE_LOG2
        frame = (vpn % self.nodes) << NODE_SHIFT | vpn // self.nodes
        item = page_item(frame, vpn << PAGE_LOG2)
        context.reply(message.sender, labels.MAP_REPLY, (), (item,))


def build(nodes: int, pages: int, *, strides: bool = True, bulk: bool = False) -> Session:
    """The storm as a session at step 0; pagers and threads have a CPU each.

    An action is what a program does until its next trap, or (`strides` off) a single operation.
    """
    size = range(nodes)
    topology = Topology(
        "storm",
        tuple(Node(n, (2 * n, 2 * n + 1), (pages + 4096) * 8) for n in size),
        tuple(tuple(10 if a == b else 20 for b in size) for a in size),
    )
    machine = Machine(topology, TOY, kernel_frames=(pages // 8 + 1024,) * nodes)
    # Each page an entry of its own, as in the references.
    kernel = Kernel(UnloggedJournal() if bulk else Journal(), machine, large_pages=False)
    if bulk:
        kernel.mute()
    system = System(kernel, pool_frames=1 << (pages // nodes - 1).bit_length())
    for thread in system.roster.pager_threads.values():
        system.servers[thread] = StormPager(nodes)
    application = system.add_application("A", size, [])
    programs = {}
    for n in size:
        touches = tuple((Op.READ, ((n + i) % pages) << PAGE_LOG2) for i in range(pages))
        order = tuple(range(n, nodes * pages, nodes))
        programs[system.add_thread(application, f"A.{n}", n, 1)] = Program(touches, order)
    return Session(World(system, programs, strides=strides), ScriptOrder())


def storm_step(nodes: int, pages: int, session: Session) -> int:
    """Run the storm through the session (records, undo log, digest); the total in cycles."""
    session.run(10 * nodes * pages)
    if session.world.journal.logged:
        session.digest()
    totals = session.world.totals()
    if totals.faults != nodes * pages:
        raise AssertionError(f"{totals.faults} faults, expected {nodes * pages}")
    return totals.cycles


class _Model:
    """What both references share: tables, database and costs, without undo, records or digest."""

    def __init__(self, nodes: int, pages: int) -> None:
        self.nodes, self.pages = nodes, pages
        self.roots = [Table() for _ in range(nodes)]
        self.held = [{v: Entry(nodes + n, v, v, None) for v in range(pages)} for n in range(nodes)]
        self.tlb: list[dict[int, int]] = [{} for _ in range(nodes)]
        self.database: dict[tuple[int, int], Entry] = {}
        self.total = 0
        self.faults = 0

    def look_up(self, n: int, vpn: int) -> bool:
        if vpn not in self.tlb[n]:
            frame, levels = walk(self.roots[n], vpn)
            self.total += levels * WALK
            if frame is None:
                return False
            self.tlb[n][vpn] = frame
        self.total += LOCAL if vpn % self.nodes == n else REMOTE
        return True

    def charge(self, cost: int) -> int:
        self.total += cost
        return cost

    def map_page(self, n: int, vpn: int) -> None:
        parent = self.held[n][vpn]
        self.database[n, vpn] = Entry(n, vpn, parent.frame, parent)
        set_leaf(self.roots[n], vpn, parent.frame)
        self.total += MDB + PTE


def storm_plain(nodes: int, pages: int, model: _Model) -> int:
    """The object-graph engine: a queue of event objects dispatched by type."""
    events: list[tuple[str, int, int]] = [("touch", n, n) for n in range(nodes)]
    left = [pages] * nodes
    at = 0
    while at < len(events):
        kind, n, vpn = events[at]
        at += 1
        if kind == "touch":
            if model.look_up(n, vpn):
                left[n] -= 1
                if left[n]:
                    events.append(("touch", n, (vpn + 1) % pages))
            else:
                model.faults += 1
                model.total += IPC
                events.append(("fault", n, vpn))
        elif kind == "fault":
            model.total += IPC
            model.map_page(n, vpn)
            events.append(("touch", n, vpn))
    return model.total


def storm_simpy(nodes: int, pages: int, model: _Model) -> int:
    """simpy as its documentation writes it: a process per thread and per pager, stores for IPC."""
    environment = simpy.Environment()
    to_pager = [simpy.Store(environment) for _ in range(nodes)]
    to_thread = [simpy.Store(environment) for _ in range(nodes)]

    def thread(n: int) -> Generator[Any, Any, None]:
        for i in range(pages):
            vpn = (n + i) % pages
            while True:
                if vpn not in model.tlb[n]:
                    frame, levels = walk(model.roots[n], vpn)
                    yield environment.timeout(model.charge(levels * WALK))
                    if frame is None:
                        model.faults += 1
                        yield environment.timeout(model.charge(IPC))
                        yield to_pager[n].put(vpn)
                        yield to_thread[n].get()
                        continue
                    model.tlb[n][vpn] = frame
                cost = LOCAL if vpn % nodes == n else REMOTE
                yield environment.timeout(model.charge(cost))
                break

    def pager(n: int) -> Generator[Any, Any, None]:
        while True:
            vpn = yield to_pager[n].get()
            entry = model.held[n][vpn]
            model.database[n, vpn] = Entry(n, vpn, entry.frame, entry)
            yield environment.timeout(model.charge(MDB))
            set_leaf(model.roots[n], vpn, entry.frame)
            yield environment.timeout(model.charge(PTE))
            yield environment.timeout(model.charge(IPC))
            yield to_thread[n].put(vpn)

    for n in range(nodes):
        environment.process(thread(n))
        environment.process(pager(n))
    environment.run()
    return model.total


def measure(engine: str, nodes: int, pages: int) -> float:
    """CPU seconds of one storm in this process; it must not have run another before."""
    if engine in ("stride", "step", "bulk"):
        session = build(nodes, pages, strides=engine == "stride", bulk=engine == "bulk")
        session.digest()
        work = partial(storm_step, nodes, pages, session)
    elif engine == "naive":
        work = partial(naive.storm, naive.Engine(nodes, pages))
    else:
        reference = storm_simpy if engine == "simpy" else storm_plain
        work = partial(reference, nodes, pages, _Model(nodes, pages))
    # The collector would run at moments that depend on what ran before.
    gc.collect()
    gc.freeze()
    gc.disable()
    begin = time.process_time()
    total = work()
    spent = time.process_time() - begin
    if total != EXPECTED[nodes, pages]:
        raise AssertionError(f"the storm cost {total} cycles, not {EXPECTED[nodes, pages]}")
    return spent


if __name__ == "__main__":
    print(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
