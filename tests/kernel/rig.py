"""The real kernel and the model side by side: each step is done by both, then all is compared.

`Rig(shape).do(step)` raises AssertionError with what differs. After every step: the answers, every
mapping entry, the order of children, interrupts, kernel memory, the invariants of
`tests.kernel.invariants`, and undo and redo of the step.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.errors import DEPTH_LIMIT, NO_MEMORY, KernelError
from l4numa_tui.kernel.fpage import Fpage, fpage
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.records import TLB_SHOOTDOWN
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.machine.topology import Node, Topology
from tests.kernel import invariants
from tests.kernel.invariants import Call, Place, State
from tests.kernel.model import Model, Refused, Region, landing
from tests.kernel.programs import CPUS_PER_NODE, NODES, SPACES, USER_FRAMES, Program, Shape, Step

Tables = dict[str, dict[object, object]]
PAGER = 1
CHAIN_AT = 0x1000  # the pages that a chain of mappings uses
FIELDS = 6  # ints of one record


def kernel_of(shape: Shape) -> Kernel:
    frames = USER_FRAMES + shape.kernel_frames
    nodes = tuple(
        Node(n, tuple(range(n * CPUS_PER_NODE, (n + 1) * CPUS_PER_NODE)), frames * 4)
        for n in range(NODES)
    )
    slit = tuple(tuple(10 if a == b else 20 for b in range(NODES)) for a in range(NODES))
    costs = CostProfile(tlb_entries=shape.tlb_entries, tlb_tagged=int(shape.tlb_tagged))
    machine = Machine(Topology("rig", nodes, slit), costs, (shape.kernel_frames,) * NODES)
    return Kernel(Journal(), machine, large_pages=shape.large_pages)


class Rig:
    """One kernel and one model in the same state."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.kernel = kernel_of(shape)
        self.model = Model([USER_FRAMES] * NODES, [shape.kernel_frames] * NODES)
        self.refusing = shape.tight  # whether calls may be refused: then the model is copied first
        self.model.limited = shape.tight and not shape.large_pages
        self.slots = [0]  # the space in each slot; -1 once it has ended
        self.threads: list[int] = []
        self.call: Call | None = None
        pager = self.kernel.create_thread(0, 0, PAGER)
        self.kernel.serve(pager)
        self.model.add_thread(pager, 0, 0)
        self.empty = self._bytes()
        for home in shape.homes:
            self.slots.append(-1)
            self.threads += [0, 0]
            self._new(len(self.slots) - 1, home)
        for slot, kip, utcb in shape.exempt:
            space = self.slots[slot]
            self.kernel.set_areas(space, fpage(kip << 12, 12), fpage(utcb << 12, 13))
            self.model.exempt[space] = [(kip, 1), (utcb, 2)]
        self.tables = self._tables()
        self.digest = self.kernel.journal.digest()
        self.state = State(self.kernel)

    def _new(self, slot: int, home: int) -> None:
        space = self.kernel.create_space(home)
        self.model.add_space(space, home)
        self.slots[slot] = space
        for which in range(2):
            cpu = home * CPUS_PER_NODE + which
            thread = self.kernel.create_thread(space, cpu, PAGER)
            self.model.add_thread(thread, space, cpu)
            self.threads[2 * slot - 2 + which] = thread

    def do(self, step: Step) -> None:
        """Do one step in both, then compare all."""
        mark, noted = self.kernel.journal.mark(), self.kernel.records.end
        self.call = None
        self.model.lost = []
        kind, *operands = step
        if getattr(self, f"_do_{kind}")(*operands):
            return
        if self.kernel.journal.mark() == mark:  # nothing was written: the model alone can be off
            self._compare_21()
            self._interrupts_28(str(kind), noted)
            return
        before, self.state = self.state, State(self.kernel)
        self._compare_21()
        self._check_invariants(before)
        self._interrupts_28(str(kind), noted)
        self._undo_36(mark)

    # Steps. Each returns True where there was nothing to do.

    def _do_map(self, *operands: int) -> bool:
        return self._transfer("map", *operands)

    def _do_grant(self, *operands: int) -> bool:
        return self._transfer("grant", *operands)

    def _do_unmap(self, slot: int, base: int, log2: int, rights: int) -> bool:
        return self._revoke_13_26("unmap", slot, base, log2, rights)

    def _do_flush(self, slot: int, base: int, log2: int, rights: int) -> bool:
        return self._revoke_13_26("flush", slot, base, log2, rights)

    def _transfer(
        self, kind: str, sender: int, receiver: int, base: int, log2: int, rights: int,
        to: int, window: int, spot: int,
    ) -> bool:  # fmt: skip
        giver, taker = self.slots[sender], self.slots[receiver]
        if giver < 0 or taker < 0:
            return True
        send, region = Region(base, log2), Region(to, window)
        self._note_call(kind, giver, taker, send, region, spot, rights)
        item = MapItem(fpage(base, log2, rights), spot, grant=kind == "grant")
        grant = kind == "grant"
        refused = self._both_30(
            lambda: self.kernel.map(giver, taker, item, fpage(to, window)),
            lambda model: model.map(giver, taker, send, rights, region, spot, grant),
        )
        if not refused and not grant:
            self._again_17(giver, taker, item, fpage(to, window))
        return False

    def _note_call(
        self, kind: str, giver: int, taker: int, send: Region, window: Region, spot: int,
        rights: int,
    ) -> None:  # fmt: skip
        source, target, count = landing(send, window, spot)
        if giver == taker or taker == 0:
            count = 0
        if giver == 0:
            kind = "map"
            pages = [page for page in range(source, source + count) if self.model.is_frame(page)]
        else:
            held = (page for space, page in self.state.pages if space == giver)
            pages = [page for page in held if source <= page < source + count]
        pairs = {(giver, page): (taker, page - source + target) for page in pages}
        self.call = Call(kind, taker, rights, pairs, set())

    def _both_30(self, real: Callable[[], object], model: Callable[[Model], object]) -> bool:
        """Do a call that may be refused in both; whether it was, by both and for one reason."""
        foreseen = self.refusing and not self._may_lack_memory
        spare = self.model.copy() if foreseen else None
        refused: KernelError | None = None
        expected: Refused | None = None
        try:
            real()
        except KernelError as error:
            refused = error
        if refused is not None and self._may_lack_memory:
            self._unchanged_30(refused)
            return True
        try:
            model(self.model)
        except Refused as error:
            expected = error
        if refused is None and expected is None:
            return False
        assert expected is not None, f"the kernel refused: {refused}"
        assert refused is not None, f"the kernel did not refuse: {expected.why}"
        if expected.why == "depth":
            assert refused.code == DEPTH_LIMIT, refused
        else:
            assert refused.code == NO_MEMORY, refused
            assert f"node {expected.why[1]}" in refused.detail
        self._unchanged_30(refused)
        if spare is not None:
            self.model = spare
        return True

    @property
    def _may_lack_memory(self) -> bool:
        """Whether a refusal is nothing the model could foresee: it knows no splits."""
        return self.shape.tight and self.shape.large_pages

    def _unchanged_30(self, refused: KernelError) -> None:
        assert refused.code in (NO_MEMORY, DEPTH_LIMIT), refused
        assert self._tables() == self.tables, "30: a refused call changes nothing"
        self.call = None

    def _again_17(self, giver: int, taker: int, item: MapItem, window: Fpage) -> None:
        end = self.kernel.journal.end
        self.kernel.map(giver, taker, item, window)
        assert self.kernel.journal.end == end, "17: the same item again changes nothing"

    def _revoke_13_26(self, kind: str, slot: int, base: int, log2: int, rights: int) -> bool:
        space = self.slots[slot]
        if space < 0:
            return True
        region, flush = Region(base, log2), kind == "flush"
        pages = self.state.pages
        held = pages if space else {page.parent for page in pages.values() if not page.parent[0]}
        named: set[Place] = {at for at in held if at[0] == space and at[1] in region}
        self.call = Call(kind, space, rights, {}, named)
        fpage_ = fpage(base, log2, rights)
        try:
            status = self.kernel.unmap(space, fpage_, flush=flush)
        except KernelError as refused:  # no memory to split a 2 MiB entry
            if not self._may_lack_memory:
                raise
            self._unchanged_30(refused)
            return False
        told = self.model.unmap(space, region, rights, flush=flush)
        assert status == told, f"26: status {status}, expected {told}"
        assert not status & 3 or status & 4, "26: written or executed implies referenced"
        end, lost = self.kernel.journal.end, self.model.lost
        assert self.kernel.unmap(space, fpage_, flush=flush) == 0, "26: a second read is 0"
        assert self.kernel.journal.end == end, "13: the same revocation again changes nothing"
        self.model.lost = lost
        return False

    def _do_access(self, which: int, address: int, right: int) -> bool:
        thread = self.threads[which]
        if not thread:
            return True
        self._do_run(which)
        done = self.kernel.access(thread, address, right)
        if not done:  # nobody answers: the thread is made ready again at once
            self.kernel.abort_ipc(thread)
            if PAGER in self.kernel.inbox.rows:
                self.kernel.inbox.drop(PAGER)
        assert done == self.model.access(thread, address, right), f"access was {done}"
        return False

    def _do_run(self, which: int) -> bool:
        thread = self.threads[which]
        if not thread:
            return True
        self.kernel.dispatch(thread)
        self.model.run(thread)
        return False

    def _do_end(self, slot: int) -> bool:
        space = self.slots[slot]
        if space < 0:
            return True
        held = {at for at in self.state.pages if at[0] == space}
        self.call = Call("flush", space, 7, {}, held)
        self.kernel.end_space(space)
        self.model.end_space(space)
        self.slots[slot] = -1
        self.threads[2 * slot - 2 : 2 * slot] = [0, 0]
        return False

    def _do_new(self, slot: int) -> bool:
        if self.slots[slot] >= 0 or self.shape.tight:
            return True
        self._new(slot, self.shape.homes[slot - 1])
        return False

    def _do_chain(self, slot: int, other: int, frame: int, length: int) -> bool:
        """Map one frame back and forth between two spaces, as deep as the limit allows."""
        pair = (self.slots[slot], self.slots[other])
        if min(pair) < 0:
            return True
        self.refusing = True
        places = [(0, frame), *((pair[at % 2], CHAIN_AT + at) for at in range(length))]
        one = Region(0, 48)
        for (giver, page), (taker, at) in pairwise(places):
            item, send, spot = MapItem(fpage(page << 12, 12), at << 12), Region(page << 12, 12), at
            self.tables = self._tables()
            if self._both_30(
                lambda g=giver, t=taker, i=item: self.kernel.map(g, t, i),  # type: ignore[misc]
                lambda m, g=giver, t=taker, s=send, a=spot: m.map(g, t, s, 7, one, a << 12, False),  # type: ignore[misc]
            ):
                break
        self.tables = {}
        return False

    # Comparisons

    def _compare_21(self) -> None:
        model, pages = self.model, self.state.pages
        expected = {at: (h.frame, h.rights, h.parent) for at, h in model.held.items() if at[0]}
        if {at: page[:3] for at, page in pages.items()} != expected:
            raise AssertionError(self._difference(expected))
        if self.state.large:  # children of one page then hang in two places
            return
        database = self.kernel.database
        for place, held in model.held.items():
            number = invariants.number_of(place)
            children = [invariants.place_of(child) for child in database.children(number)]
            if self.shape.large_pages:  # a split puts its pieces behind what hangs there already
                assert sorted(children) == sorted(held.children), f"children of {place}"
            else:
                assert children == held.children, f"children of {place}, youngest first"

    def _difference(self, expected: dict[Place, tuple[int, int, Place | None]]) -> str:
        pages = self.state.pages
        lines = []
        for place in sorted(pages.keys() | expected.keys()):
            real, right = pages.get(place), expected.get(place)
            if (real and real[:3]) != right:
                lines.append(f"{place}: kernel {real and real[:3]}, model {right}")
        return "(frame, rights, parent) differ\n" + "\n".join(lines[:12])

    def _check_invariants(self, before: State) -> None:
        state, call = self.state, self.call
        leaves, tables = invariants.table_leaves(self.kernel)
        invariants.tables_agree_1_2(state, leaves)
        invariants.forest_3_4_6_7(state)
        invariants.preorder_5_7(state)
        invariants.tlbs_27(state)
        invariants.exempt_23(state)
        invariants.memory_29(self.kernel, state, tables)
        if not self.shape.large_pages:
            for node in range(NODES):
                used, right = (
                    self.kernel.memory.bytes_on(node) // 4096,
                    self.model.frames_used(node),
                )
                assert used == right, f"29: {used} kernel frames on node {node}, expected {right}"
        if call is None:
            return
        if call.kind in ("unmap", "flush"):
            invariants.unmap_8_9_10_11_12_14(before, state, call)
        elif call.kind == "map":
            invariants.map_12_15_16_18_19_20_22(before, state, call)
        else:
            invariants.grant_12_15_20_21_22(before, state, call)

    def _interrupts_28(self, kind: str, noted: int) -> None:
        flat = self.kernel.records.flat
        starts = range(noted, self.kernel.records.end, FIELDS)
        hit = [flat[at + 2] for at in starts if flat[at] == TLB_SHOOTDOWN]
        expected = self.model.interrupted()
        if kind == "chain":
            return
        assert sorted(hit) == expected, f"28: interrupted {hit}, expected {expected}, each once"

    def _undo_36(self, mark: int) -> None:
        """Back and forth again: the tables before, then those after, and their digests."""
        journal = self.kernel.journal
        end, after, digest = journal.mark(), self._tables(), journal.digest()
        if self.tables:
            journal.move_to(mark)
            assert self._tables() == self.tables, "36: undo restores the tables"
            assert journal.digest() == self.digest, "36: undo restores the digest"
            journal.move_to(end)
            assert self._tables() == after, "36: redo restores the tables"
        self.tables, self.digest = after, digest

    def _tables(self) -> Tables:
        return {table.name: table.rows.copy() for table in self.kernel.journal.tables if table.rows}

    def _bytes(self) -> list[int]:
        return [self.kernel.memory.bytes_on(node) for node in range(NODES)]

    def finish(self) -> None:
        """End every space: all kernel memory comes back but sigma0's own."""
        for slot in range(1, SPACES + 1):
            self.do(("end", slot))
        assert self._bytes() == self.empty, "29: all kernel memory has come back"
        assert not self.kernel.database.entries.rows
        assert not self.kernel.mmu.pte.rows
        assert not self.kernel.mmu.tlb.rows
        for name in (
            "mdb_child",
            "mdb_next",
            "mdb_prev",
            "leaf_table",
            "mdb_large",
            "mdb_used",
            "exempt",
        ):
            assert not self.kernel.journal.table(name).rows, f"{name} keeps rows of ended spaces"


def run(program: Program) -> None:
    """Run a whole program; AssertionError (or whatever the kernel raises) where it goes wrong."""
    rig = Rig(program.shape)
    for step in program.steps:
        rig.do(step)
    rig.finish()


def fault_of(program: Program) -> tuple[int, str] | None:
    """(number of steps done, what went wrong) of a program, None if nothing did."""
    done = 0
    try:
        rig = Rig(program.shape)
        for step in program.steps:
            rig.do(step)
            done += 1
        rig.finish()
    except Exception as error:
        return done, f"{type(error).__name__}: {error}"
    return None
