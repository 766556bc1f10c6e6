"""The fast path of a pager's answer: one page of its own, mapped to a thread that faulted.

As `fast_access` on the way there, this holds no rule of its own: it leaves the very tables, log,
records and charges that `ipc.try_send` and `mapping.map_fpage` leave, where a thread waits for just
this answer to its first try, the page is there and the receiver has room for it; else it leaves
everything to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from l4numa_tui.kernel.mapping_database import DEPTH_LIMIT, SIGMA0
from l4numa_tui.kernel.memory import ENTRIES_PER_SLAB, ENTRY
from l4numa_tui.kernel.records import IPC_SEND, MDB_MAP, RESUME
from l4numa_tui.kernel.state import KernelState
from l4numa_tui.kernel.thread_state import FAULTING, LOW_MASK, READY, RETRYING, changed
from l4numa_tui.kernel.transfer import REJECT, Items, Words
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.machine.mmu import FLAG_BITS, INDEX_BITS, INDEX_MASK, LOW_BITS, TOP_SHIFT, tag

Reply = Callable[[int, int, int, Words, Items], bool]

_PLAIN_PAGES = 1 << LOW_BITS  # the tags of these pages are tag(space, 0) ^ page


def no_fast_reply(sender: int, to: int, label: int, words: Words, items: Items) -> bool:  # noqa: ARG001
    """Never be quick: everything takes the general path."""
    return False


def _answer(kernel: KernelState, sender: int, to: int) -> tuple[Any, ...]:
    """What an answer to a fault needs, as far as it follows from rows of threads and spaces.

    (rows of the faulting thread and of the sender, the thread's space and its row; tag of its page
    0, its root table << TOP_SHIFT, key of its home's count of entries; what makes a tag of a page
    of the sender's, by the page's upper bits; cycles of the message and of the mapping, events of
    both; the low half of the thread's state word now, and what the word grows by.)
    """
    row, of_sender = kernel.threads.rows[to], kernel.threads.rows[sender]
    space, place = row[0], kernel.spaces.rows[row[0]]
    node = kernel.cpu_node[of_sender[1]]
    cycles, events = kernel.message_price[node][kernel.cpu_node[row[1]]]
    touch, touched = kernel.touch_price[node][place[0]]
    highs = [high << LOW_BITS for high in range(kernel.machine.nodes)]
    waits = changed(READY, FAULTING, sender, 1)
    never = space in (SIGMA0, of_sender[0])  # nobody maps to sigma0 or to himself
    return (
        row, of_sender, space, place,
        tag(space, 0), place[1] << TOP_SHIFT, place[0] << 4 | ENTRY,
        [tag(of_sender[0], high) ^ high for high in highs],
        cycles, kernel.costs.map_page + touch, events + touched,
        -1 if never else waits, changed(READY, RETRYING, 0, 1) - waits,
    )  # fmt: skip


def fast_reply(kernel: KernelState) -> Reply:  # noqa: PLR0915
    """Make `reply(sender, to, label, words, items)`: answer a pagefault with one page.

    `reply` returns False, having done nothing, unless a thread waits for just this answer to its
    first try, and the page is one that the sender holds and can be mapped without a new frame.
    """
    account, note, database = kernel.account, kernel.note, kernel.database
    logged, log = kernel.journal.logged, kernel.journal.log.extend
    threads, spaces, inbox = kernel.threads.rows, kernel.spaces.rows, kernel.inbox.rows
    exempt, saved = kernel.exempt.rows, kernel.saved_registers.rows
    leaf_tables, large = kernel.mmu.leaf_tables.rows, database.large.rows
    state, count, pte = kernel.state.rows, kernel.memory.count.rows, kernel.mmu.pte.rows
    entries, child = database.entries.rows, database.child.rows
    state_at, count_at, pte_at = kernel.state.index, kernel.memory.count.index, kernel.mmu.pte.index
    mdb_at, child_at = database.entries.index, database.child.index
    put_next, put_prev = database.next.put, database.prev.put
    answers: dict[int, tuple[Any, ...]] = {}

    def reply(sender: int, to: int, label: int, words: Words, items: Items) -> bool:
        if len(items) != 1 or label == REJECT or exempt or saved or to in inbox:
            return False
        found = answers.get(to)
        if (
            found is None
            or threads.get(to) is not found[0]
            or threads[sender] is not found[1]
            or spaces[found[2]] is not found[3]
        ):
            if to not in threads:
                return False
            found = answers[to] = _answer(kernel, sender, to)
        _, _, _, _, first, root, slabs, salts, price, map_price, events, waits, grows = found
        item = items[0]
        region = item[0]
        vpn, target, wanted = region[0] >> PAGE_LOG2, item[1] >> PAGE_LOG2, region[2]
        try:
            word = state[to]
            parent = salts[vpn >> LOW_BITS] ^ vpn
            frame, rights, _, depth, _ = entries[parent]
            leaf = leaf_tables[root | target >> INDEX_BITS]
            held = count[slabs]
        except LookupError:  # a row that the common case has is missing
            return False
        entry = first ^ target
        rights &= wanted
        if (
            word & LOW_MASK != waits
            or region[1] != PAGE_LOG2
            or item[2]
            or target >= _PLAIN_PAGES
            or entry in entries
            or (large and parent in large)
            or not rights
            or depth >= DEPTH_LIMIT
            or not held % ENTRIES_PER_SLAB
        ):
            return False
        at_sent = account.cycles + price
        account.cycles = mapped = at_sent + map_price
        account.events += events
        slot = leaf << INDEX_BITS | target & INDEX_MASK
        leaf_entry = frame << FLAG_BITS | rights
        row = (frame, rights, parent, depth + 1, slot)
        resumed = word + grows
        elder = child.get(parent)
        if logged:
            log((
                count_at, slabs, held, held + 1, pte_at, slot, None, leaf_entry,
                mdb_at, entry, None, row,
            ))  # fmt: skip
        if elder is not None:
            put_next(entry, elder)
            put_prev(elder, entry)
        if logged:
            log((child_at, parent, elder, entry, state_at, to, word, resumed))
        count[slabs] = held + 1
        pte[slot] = leaf_entry
        entries[entry] = row
        child[parent] = entry
        state[to] = resumed
        note((
            IPC_SEND, sender, to, label, words[0] if words else 0, at_sent,
            MDB_MAP, sender, entry, parent, frame << 3 | rights, mapped,
            RESUME, sender, to, 0, 0, mapped,
        ))  # fmt: skip
        return True

    return reply
