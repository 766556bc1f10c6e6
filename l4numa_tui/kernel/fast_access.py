"""The fast path of a memory access, as real L4 kernels have one for IPC.

The commonest courses of events, written out once more without a call in between: an access that
hits in the TLB, or is filled from the page table, or becomes a fault IPC to a pager that waits.
Whatever is not plainly that is left to the general path, before anything of it has been written.

This module holds no rule of its own. It leaves the very tables, log, records and charges that
`pagefault.access` leaves; read that for the meaning. tests/world/test_fast_path.py runs the same
programs over both and compares them step by step. `fast_reply` is the way back.

Why it looks as it does: a look-up in a dict costs CPython less than a shift or a mask, so whatever
follows from rows that hardly ever change is worked out once (`_seat`) and holds as long as those
very rows stand in their tables. Functions bind what they use once and return a closure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from l4numa_tui.kernel.ipc import fault_label
from l4numa_tui.kernel.records import ACCESS, IPC_SEND, PAGEFAULT_USER, TLB_MISS
from l4numa_tui.kernel.rights import ALL, WRITE
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.status import IMPLIED
from l4numa_tui.kernel.thread_state import (
    ANYONE,
    FAULTING,
    IP_SHIFT,
    LOW_MASK,
    READY,
    RECEIVING,
    changed,
)
from l4numa_tui.machine.account import FAULT, KERNEL_LOCAL, KERNEL_REMOTE, LOCAL, REMOTE, WALK
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2
from l4numa_tui.machine.mmu import (
    CPU_SHIFT,
    FLAG_BITS,
    FRAME_MASK,
    INDEX_BITS,
    INDEX_MASK,
    LEVELS,
    LOW_BITS,
    TOP_SHIFT,
    tag,
)

Accesses = Callable[[int, Sequence[Sequence[int]], int, int], int]

_OPEN_WAIT = changed(READY, RECEIVING, ANYONE)
_PLAIN_PAGES = 1 << LOW_BITS  # the tags of these pages are tag(space, 0) ^ page
_LABELS = tuple(fault_label(right) for right in range(ALL + 1))


def _seat(kernel: KernelState, thread: int) -> tuple[Any, ...]:
    """What the accesses of a thread need, as far as it follows from its row and its space's.

    (both rows, space, its pager's row; of page 0: key in the TLB, tag; root table << TOP_SHIFT; by
    node, (cycles, events) of a walk that ends there, of a read and of a write there; pager, cycles
    until the trap is taken and until the pager has the message, events of that, what the thread's
    state word grows by).
    """
    row = kernel.threads.rows[thread]
    space, cpu, pager = row
    place = kernel.spaces.rows[space]
    costs, node, first = kernel.costs, kernel.cpu_node[cpu], tag(space, 0)
    read, write = kernel.machine.read_cost[node], kernel.machine.write_cost[node]
    upper = (LEVELS - 1) * costs.walk_cached
    walks = tuple(
        (
            upper + (read[to] if costs.walk_last < 0 else costs.walk_last),
            WALK + (KERNEL_LOCAL if to == node else KERNEL_REMOTE),
        )
        for to in range(kernel.machine.nodes)
    )
    reads, writes = (
        tuple((cost, LOCAL if to == node else REMOTE) for to, cost in enumerate(of))
        for of in (read, write)
    )
    of_pager = kernel.threads.rows.get(pager)
    cycles, events = kernel.message_price[node][kernel.cpu_node[of_pager[1]] if of_pager else node]
    trap = costs.kernel_entry_exit
    return (
        row, place, space, of_pager,
        cpu << CPU_SHIFT | first, first, place[1] << TOP_SHIFT, walks, reads, writes,
        pager, trap, trap + cycles, FAULT + events, changed(READY, FAULTING, pager, 1),
    )  # fmt: skip


def accesses(kernel: KernelState, rights: Mapping[int, int]) -> Accesses:  # noqa: C901, PLR0915
    """Make `run(thread, operations, at, stop)`: plain memory accesses, one after the other.

    An operation is (code, address); `rights` knows the codes of accesses and the right each takes.
    `run` carries out those from `at` on, up to `stop` or the first that is not plain, and returns
    how far the thread's instruction pointer has come; ~pointer if the access there has faulted.
    """
    account, note = kernel.account, kernel.note
    threads, spaces = kernel.threads.rows, kernel.spaces.rows
    logged, log = kernel.journal.logged, kernel.journal.log.extend
    state, inbox, tlb = kernel.state.rows, kernel.inbox.rows, kernel.mmu.tlb.rows
    state_at, inbox_at, tlb_at = kernel.state.index, kernel.inbox.index, kernel.mmu.tlb.index
    used, used_at = kernel.status.used.rows, kernel.status.used.index
    leaf_tables, pte = kernel.mmu.leaf_tables.rows, kernel.mmu.pte.rows
    fill, limited, registers = kernel.mmu.fill, kernel.mmu.entries > 0, kernel.registers.rows
    seats: dict[int, tuple[Any, ...]] = {}

    def run(thread: int, operations: Sequence[Sequence[int]], at: int, stop: int) -> int:  # noqa: C901, PLR0912, PLR0915 - no calls
        seat = seats.get(thread)
        if seat is None or seat[0] is not threads[thread] or seat[1] is not spaces[seat[2]]:
            seat = seats[thread] = _seat(kernel, thread)
        of_pager, key, page_tag, root, walks, reads, writes, pager, trap, send, sent, waits = seat[
            3:
        ]
        word, cycles, events = state.get(thread), account.cycles, account.events
        while at < stop:
            operation = operations[at]
            right = rights.get(operation[0])
            if right is None:
                break
            address = operation[1]
            vpn = address >> PAGE_LOG2
            if vpn >= _PLAIN_PAGES:
                break
            entry = tlb.get(key ^ vpn)
            if entry is None or not entry & right:
                leaf = leaf_tables.get(root | vpn >> INDEX_BITS)
                if leaf is None:
                    break
                node = leaf >> NODE_SHIFT
                price, more = walks[node]
                mapped = pte.get(leaf << INDEX_BITS | vpn & INDEX_MASK)
                if mapped is None or not mapped & right:
                    if (
                        state.get(pager) != _OPEN_WAIT
                        or pager in inbox
                        or threads.get(pager) is not of_pager
                        or (word or 0) & LOW_MASK  # it has faulted here before
                        or thread in registers
                    ):
                        break
                    cycles += price
                    account.cycles = cycles + send
                    account.events = events + (more + sent)
                    waiting = (word or 0) + waits
                    message = (thread, _LABELS[right], address, at)
                    if logged:
                        log((inbox_at, pager, None, message, state_at, thread, word, waiting))
                    inbox[pager] = message
                    state[thread] = waiting
                    note((
                        TLB_MISS, thread, address, LEVELS, node, cycles,
                        PAGEFAULT_USER, thread, address, right, pager, cycles + trap,
                        IPC_SEND, thread, pager, message[1], address, cycles + send,
                    ))  # fmt: skip
                    return ~at
                cycles += price
                events += more
                note((TLB_MISS, thread, address, LEVELS, node, cycles))
                if limited:
                    fill(key ^ vpn, mapped)
                else:
                    if logged:
                        log((tlb_at, key ^ vpn, entry, mapped))
                    tlb[key ^ vpn] = mapped
                entry = mapped
            frame = entry >> FLAG_BITS & FRAME_MASK
            price, more = (writes if right == WRITE else reads)[frame >> NODE_SHIFT]
            cycles += price
            events += more
            note((ACCESS, thread, address, right, frame, cycles))
            had = used.get(page_tag ^ vpn)
            bits = IMPLIED[right] if had is None else had | IMPLIED[right]
            if bits != had:
                if logged:
                    log((used_at, page_tag ^ vpn, had, bits))
                used[page_tag ^ vpn] = bits
            at += 1
            done = at << IP_SHIFT
            if logged:
                log((state_at, thread, word, done))
            state[thread] = word = done
        account.cycles = cycles
        account.events = events
        return at

    return run
