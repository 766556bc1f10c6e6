"""The tuned loop: millions of accesses per second, and the real kernel for every miss.

Per CPU a dict counts the accesses made through each translation that the TLB holds, so an access
that hits is one addition. Whatever is not in that dict is a miss: it is looked at closely, and a
pagefault goes through the very kernel and pagers that single steps use. Costs are multiplied in
when a translation leaves the TLB, so every counter ends up as if each access had been a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from l4numa_tui.errors import UserError
from l4numa_tui.journal import NoHistoryError
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.pagefault import handle_pagefault, walk
from l4numa_tui.kernel.rights import EXECUTE, READ, WRITE
from l4numa_tui.kernel.thread_state import CODE_MASK, RETRYING
from l4numa_tui.machine.account import Totals
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2
from l4numa_tui.machine.mmu import CPU_SHIFT, FLAG_BITS, INDEX_BITS, tag
from l4numa_tui.replay.placement import Placement
from l4numa_tui.replay.trace_world import TraceSystem
from l4numa_tui.traces.batch import Batch
from l4numa_tui.world.world import World

_RIGHT = (READ, WRITE, EXECUTE)  # by the kind in a touch's low bits
_KINDS = (0, 1, 2)
_UNLIMITED = 1 << 60
_NODE_OF_ENTRY = FLAG_BITS + NODE_SHIFT
_MAX_ACTIONS = 10_000  # per fault; a pagefault that is not served by then never will be


def _nobody(address: int, right: int) -> None:
    """Serve no faults: no thread has run here yet."""


class CpuReplay:
    """One CPU's part of a replay: accesses made through each translation its TLB holds.

    `counts[touch]` counts the accesses since the translation came in; a touch is page << 2 | kind.
    A touch that is not there is a TLB miss. `pages` maps a held page to its leaf entry; the ring
    names the pages in FIFO order, as the TLB of `machine.mmu` does. `made` remembers, for every
    touch ever made, the leaf entry and the node of the leaf table: nothing is unmapped during a
    replay, so a refill need not ask again.
    """

    def __init__(self, kernel: Kernel, cpu: int, space: int) -> None:
        self.counts: dict[int, int] = {}
        self.cpu, self.space = cpu, space
        self.thread = 0  # the thread dispatched last, and who serves its faults
        self.serve: Callable[[int, int], None] = _nobody
        self.pages: dict[int, int] = {}
        self.made: dict[int, tuple[int, int]] = {}
        self.fills = 0
        self._kernel = kernel
        self._limit = kernel.mmu.entries or _UNLIMITED
        self._ring: list[int] = []
        self._done = [0] * (2 * kernel.machine.nodes)  # accesses, by node << 1 | is a write
        self.walks = [0] * kernel.machine.nodes  # full walks, by node of the leaf table

    def miss(self, touch: int) -> None:
        """Make an access that the TLB cannot serve, letting its translation in."""
        page, pages = touch >> 2, self.pages
        made = self.made.get(touch)
        if made is None:
            made = self._first(touch, page)
        elif page in pages:  # let in again by a touch of another kind
            self.counts[touch] = 1
            return
        else:
            self.walks[made[1]] += 1
        if page not in pages:
            fills, ring = self.fills, self._ring
            if fills < self._limit:
                ring.append(page)
            else:
                slot = fills % self._limit
                victim = ring[slot]
                ring[slot] = page
                node = pages.pop(victim) >> _NODE_OF_ENTRY
                oldest, done, pop = victim << 2, self._done, self.counts.pop
                done[node << 1] += pop(oldest, 0) + pop(oldest | 2, 0)
                done[node << 1 | 1] += pop(oldest | 1, 0)
            self.fills = fills + 1
        pages[page] = made[0]
        self.counts[touch] = 1

    def _first(self, touch: int, page: int) -> tuple[int, int]:
        """The first touch of its kind on this CPU: look it up as the hardware would, or fault."""
        kernel, right = self._kernel, _RIGHT[touch & 3]
        entry = self.pages.get(page, 0)
        if not entry & right:
            kernel.dispatch(self.thread)
        while not entry & right:
            entry = walk(kernel, self.space, page << PAGE_LOG2)
            if entry & right:
                kernel.account.settle(self.cpu)
            else:
                self.serve(page << PAGE_LOG2, right)
        name = tag(self.space, page)
        kernel.status.mark(name, right)
        slot = kernel.database.entries.rows[name][4]
        made = self.made[touch] = (entry, slot >> INDEX_BITS + NODE_SHIFT)
        return made

    def settle(self) -> None:
        """Charge everything counted so far to the CPU's account; the TLB keeps its content."""
        kernel, done = self._kernel, self._done
        for page, entry in self.pages.items():
            node = entry >> _NODE_OF_ENTRY
            for kind in _KINDS:
                number = self.counts.get(page << 2 | kind, 0)
                if number:
                    done[node << 1 | (kind == 1)] += number
                    self.counts[page << 2 | kind] = 0
        home, machine = kernel.cpu_node[self.cpu], kernel.machine
        costs, read, write = machine.costs, machine.read_cost[home], machine.write_cost[home]
        cycles = local = walks = kernel_local = 0
        for node in range(machine.nodes):
            reads, writes, walked = done[node << 1], done[node << 1 | 1], self.walks[node]
            last = read[node] if costs.walk_last < 0 else costs.walk_last
            cycles += reads * read[node] + writes * write[node]
            cycles += walked * (3 * costs.walk_cached + last)
            walks += walked
            if node == home:
                local, kernel_local = reads + writes, walked
        total = sum(done)
        self._done, self.walks = [0] * len(done), [0] * machine.nodes
        kernel.account.add(
            self.cpu,
            Totals(
                cycles=cycles, local=local, remote=total - local, walks=walks,
                kernel_local=kernel_local, kernel_remote=walks - kernel_local,
            ),
        )  # fmt: skip

    def restore_tlb(self) -> None:
        """Write the TLB as it stands into the machine's tables, slot by slot."""
        ring, prefix = self._ring, self.cpu << CPU_SHIFT
        oldest = self.fills % self._limit if self.fills > self._limit else 0
        held = ring[oldest:] + ring[:oldest]
        entries = [(prefix | tag(self.space, page), self.pages[page]) for page in held]
        self._kernel.mmu.load(self.cpu, entries, self.fills)


class Seat:
    """A thread of the trace, the CPU it runs on, who serves its faults, and its touches so far."""

    __slots__ = ("part", "serve", "thread", "touches")

    def __init__(self, thread: int, part: CpuReplay, serve: Callable[[int, int], None]) -> None:
        self.thread, self.part, self.serve = thread, part, serve
        self.touches = 0


class Replay:
    """Runs the batches of a trace through a booted system; usable once."""

    def __init__(self, booted: TraceSystem, where: Placement) -> None:
        self.booted = booted
        self.kernel = booted.system.kernel
        self.kernel.mute()
        self.world = World(booted.system, {})
        self._where = where
        self._seats: dict[int, Seat] = {}
        self._cpus: dict[int, CpuReplay] = {}

    def run(self, batches: Iterable[Batch], after: Callable[[Replay], None] | None = None) -> None:
        """Replay all batches; `after` is called after each."""
        seats, running = self._seats, self.kernel.running.rows
        for batch in batches:
            thread, _, touches, repeats = batch
            seat = seats.get(thread) or self._new_thread(batch)
            part = seat.part
            if part.thread != seat.thread:  # another thread of this CPU ran last
                part.thread, part.serve = seat.thread, seat.serve
                self.kernel.dispatch(seat.thread)
            elif running.get(part.cpu) != part.space:  # a server of its CPU ran in between
                self.kernel.dispatch(seat.thread)
            if repeats is None:
                seat.touches += len(touches)
                counts = part.counts
                for touch in touches:
                    try:
                        counts[touch] += 1
                    except KeyError:
                        part.miss(touch)
            else:
                seat.touches += self._runs(part, touches, repeats)
            if after is not None:
                after(self)

    @property
    def accesses(self) -> int:
        """Page touches so far."""
        return sum(seat.touches for seat in self._seats.values())

    @staticmethod
    def _runs(part: CpuReplay, touches: list[int], repeats: list[int]) -> int:
        """Touches that repeat in place: one look-up however often."""
        counts = part.counts
        for touch, times in zip(touches, repeats, strict=True):
            if times and touch not in counts:
                part.miss(touch)
                counts[touch] += times - 1
            elif times:
                counts[touch] += times
        return sum(repeats)

    def _new_thread(self, batch: Batch) -> Seat:
        node = self._where.node_of(batch.thread, batch.cpu)
        thread = self.booted.add_thread(batch.thread, node)
        space, cpu, _ = self.kernel.threads.rows[thread]
        part = self._cpus.get(cpu)
        if part is None:
            part = self._cpus[cpu] = CpuReplay(self.kernel, cpu, space)
        seat = Seat(thread, part, partial(self._serve, thread))
        self._seats[batch.thread] = seat
        return seat

    def _serve(self, thread: int, address: int, right: int) -> None:
        """Let the kernel and the pagers serve one pagefault to its end."""
        kernel, world = self.kernel, self.world
        handle_pagefault(kernel, thread, address, right)
        kernel.account.settle(kernel.cpu)
        with suppress(NoHistoryError):  # refused: the thread still waits
            for _ in range(_MAX_ACTIONS):
                server = world.busy_server()
                if not server:
                    break
                world.fast_perform(world.runs[server])
        word = kernel.state.rows.get(thread, 0)
        if word & CODE_MASK != RETRYING:
            raise UserError(
                f"the pagefault of {self.booted.system.thread_names[thread]} at {address:#x} "
                "cannot be served: the machine is out of memory",
                "a machine with more memory",
            )
        kernel.complete(thread, 0)
        kernel.dispatch(thread)

    def finish(self) -> None:
        """Charge what is still uncharged and bring all tables up to date."""
        for part in self._cpus.values():
            part.settle()
            part.restore_tlb()
        for seat in self._seats.values():
            self.kernel.complete(seat.thread, seat.touches - self.kernel.ip_of(seat.thread))

    def digest(self) -> int:
        """The fingerprint of the world as of now; may be asked for between batches."""
        self.finish()
        return self.world.journal.digest()
