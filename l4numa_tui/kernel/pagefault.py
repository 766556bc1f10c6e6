"""A memory access: TLB, page-table walk, and the pagefault that becomes a message to the pager."""

from __future__ import annotations

from l4numa_tui.kernel.ipc import call, fault_label
from l4numa_tui.kernel.records import ACCESS, HALT, PAGEFAULT_USER, TLB_MISS, WALK_LARGE
from l4numa_tui.kernel.rights import WRITE
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.status import IMPLIED
from l4numa_tui.kernel.thread_state import (
    CODE_MASK,
    FAULTING,
    HALTED,
    NO_PAGER,
    READY,
    RETRYING,
    changed,
    ip_of,
    refaults_of,
)
from l4numa_tui.kernel.transfer import save_registers
from l4numa_tui.machine.account import FAULT, KERNEL_LOCAL, KERNEL_REMOTE, LOCAL, REMOTE, WALK
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2
from l4numa_tui.machine.mmu import CPU_SHIFT, FLAG_BITS, FRAME_MASK, INDEX_MASK, LARGE, tag


def access(kernel: KernelState, thread: int, address: int, right: int) -> bool:
    """Let `thread` read, write or execute at `address`; False if that faulted.

    A hit in the TLB costs one memory access. A miss walks the page table first: the upper levels
    come from the walk cache, the last one is read from the memory of the node it lies on.
    """
    space, cpu, _ = kernel.threads.rows[thread]
    page_tag = tag(space, address >> PAGE_LOG2)
    key = cpu << CPU_SHIFT | page_tag
    entry = kernel.mmu.tlb.rows.get(key, 0)
    if not entry and kernel.database.large.rows:
        entry = _within(kernel.mmu.large_hit(cpu, space, address >> PAGE_LOG2), address)
    if not entry & right:
        entry = walk(kernel, space, address)
        if not entry & right:
            handle_pagefault(kernel, thread, address, right)
            return False
        if entry & LARGE:
            key = cpu << CPU_SHIFT | tag(space, address >> PAGE_LOG2 & ~INDEX_MASK)
        kernel.mmu.fill(key, entry)
        entry = _within(entry, address)
    frame = entry >> FLAG_BITS & FRAME_MASK
    node = frame >> NODE_SHIFT
    account, machine = kernel.account, kernel.machine
    costs = machine.write_cost if right == WRITE else machine.read_cost
    account.cycles += costs[kernel.node][node]
    account.events += LOCAL if node == kernel.node else REMOTE
    used = kernel.status.used.rows.get(page_tag, 0)
    if used | IMPLIED[right] != used:
        kernel.status.mark(page_tag, right)
    kernel.note((ACCESS, thread, address, right, frame, account.cycles))
    return True


def _within(entry: int, address: int) -> int:
    """A translation with the frame that it gives for an address: 2 MiB have 512."""
    if not entry & LARGE:
        return entry
    return entry + ((address >> PAGE_LOG2 & INDEX_MASK) << FLAG_BITS)


def walk(kernel: KernelState, space: int, address: int) -> int:
    """Walk the page table after a TLB miss and charge it; the leaf entry, 0 where unmapped."""
    account, costs = kernel.account, kernel.costs
    entry, table, levels = kernel.mmu.walk(kernel.spaces.rows[space][1], address >> PAGE_LOG2)
    node = table >> NODE_SHIFT
    last = costs.walk_last
    if last < 0:
        last = kernel.machine.read_cost[kernel.node][node]
    account.cycles += (levels - 1) * costs.walk_cached + last
    account.events += WALK + (KERNEL_LOCAL if node == kernel.node else KERNEL_REMOTE)
    told = levels | WALK_LARGE if entry & LARGE else levels
    kernel.note((TLB_MISS, kernel.thread, address, told, node, account.cycles))
    return entry


def handle_pagefault(kernel: KernelState, thread: int, address: int, right: int) -> None:
    """Turn a pagefault into an IPC, sent by the kernel in the thread's name to its pager.

    The message bears label -2 with the wanted rights, the address and the instruction pointer; the
    receive window is the whole space. The kernel builds it in the thread's own message registers,
    and so saves them until the pager has answered. A thread without a pager is halted.
    """
    account = kernel.account
    account.events += FAULT
    account.cycles += kernel.costs.kernel_entry_exit
    pager = kernel.threads.rows[thread][2]
    word = kernel.state.rows.get(thread, READY)
    refaults = refaults_of(word) + 1 if word & CODE_MASK == RETRYING else 1
    kernel.note((PAGEFAULT_USER, thread, address, right, pager, account.cycles))
    if pager not in kernel.threads.rows:
        kernel.state.put(thread, changed(word, HALTED, NO_PAGER))
        kernel.record(HALT, thread, NO_PAGER, 0)
        return
    waiting = changed(word, FAULTING, pager, refaults)
    words = (address, ip_of(word))
    if kernel.registers.rows and thread in kernel.registers.rows:
        save_registers(kernel, thread, pager, fault_label(right), words)
    call(kernel, thread, pager, fault_label(right), words, waiting)
