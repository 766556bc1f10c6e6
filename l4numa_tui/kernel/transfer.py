"""What happens when a message passes: words, typed items, and how the receiver goes on.

A pagefault's answer ends the fault; a message for anyone else lies in its inbox until it looks.
"""

from __future__ import annotations

from l4numa_tui.kernel.fpage import WHOLE, from_word
from l4numa_tui.kernel.mapping import MapItem, map_fpage
from l4numa_tui.kernel.records import HALT, IPC_SEND, RESUME
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.thread_state import (
    CODE_MASK,
    COUNT_MASK,
    COUNT_SHIFT,
    ENDLESS,
    FAULTING,
    HALTED,
    IP_SHIFT,
    READY,
    REJECTED,
    RETRYING,
    changed,
)

ENDLESS_REFAULTS = 8  # so many replies in a row that did not help: reported as endless

PAGEFAULT_PROTOCOL = -2
SIGMA0_PROTOCOL = -6
REJECT = -1  # a pager's answer that refuses: the faulting thread is halted
MAX_IP = (1 << 31) - 1

Words = tuple[int, ...]
Items = tuple[MapItem, ...]


def transfer(
    kernel: KernelState, sender: int, to: int, label: int, words: Words, items: Items
) -> None:
    """Move one message: charge it by distance, carry out its map items, wake the receiver."""
    account, threads = kernel.account, kernel.threads.rows
    from_space, from_cpu, _ = threads[sender]
    to_space, to_cpu, _ = threads[to]
    cycles, events = kernel.message_price[kernel.cpu_node[from_cpu]][kernel.cpu_node[to_cpu]]
    account.cycles += cycles
    account.events += events
    kernel.note((IPC_SEND, sender, to, label, words[0] if words else 0, account.cycles))
    word = kernel.state.rows[to]
    faulting = word & CODE_MASK == FAULTING
    if items:
        # A pagefault's window is the whole space, any other receiver names its own.
        window = WHOLE if faulting else from_word(kernel.acceptor.rows.get(to, 0))
        for item in items:
            map_fpage(kernel, from_space, to_space, item, window)
    if faulting:
        _end_fault(kernel, to, word, label)
    elif kernel.unstarted.rows and to in kernel.unstarted.rows:
        _start(kernel, to, words)
    else:
        kernel.inbox.put(to, (sender, label, *words))


def _end_fault(kernel: KernelState, thread: int, word: int, label: int) -> None:
    """The pager answered: its map item is carried out, the thread's registers are as they were."""
    if kernel.saved_registers.rows:
        restore_registers(kernel, thread)
    refaults = word >> COUNT_SHIFT & COUNT_MASK
    if label == REJECT or refaults >= ENDLESS_REFAULTS:
        reason = REJECTED if label == REJECT else ENDLESS
        kernel.state.put(thread, changed(word, HALTED, reason, refaults))
        kernel.record(HALT, thread, reason, 0)
    else:
        kernel.state.put(thread, changed(word, RETRYING, 0, refaults))
        kernel.record(RESUME, thread, 0, 0)


def _start(kernel: KernelState, thread: int, words: Words) -> None:
    """The start message of a thread's pager has come: word 0 is the instruction pointer (X.2)."""
    kernel.unstarted.drop(thread)
    ip = min(words[0], MAX_IP) if words else 0
    kernel.state.put(thread, ip << IP_SHIFT | READY)
    kernel.record(RESUME, thread, 0, 0)


def save_registers(kernel: KernelState, thread: int, pager: int, label: int, words: Words) -> None:
    """Keep a thread's message registers while the kernel builds a pagefault message in them."""
    kernel.saved_registers.put(thread, kernel.registers.rows[thread])
    kernel.registers.put(thread, (pager, label, *words))


def restore_registers(kernel: KernelState, thread: int) -> None:
    """Give a thread its message registers back, if a pagefault had taken them."""
    saved = kernel.saved_registers.rows.get(thread)
    if saved is not None:
        kernel.registers.put(thread, saved)
        kernel.saved_registers.drop(thread)
