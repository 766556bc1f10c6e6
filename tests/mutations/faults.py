"""Faults that somebody might write into the kernel, each in one line, which the tests must notice.

`old` is text of the file that occurs in it exactly once, `new` what stands there instead. Without
`tests` random programs of mapping calls must notice; `large` says that they need 2 MiB entries.
"""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One fault: what it does wrong, where, and who is to notice."""

    why: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ()
    large: bool = False


FPAGE, MAPPING, GRANT = "kernel/fpage.py", "kernel/mapping.py", "kernel/grant.py"
UNMAP, STATUS, DATABASE = "kernel/unmap.py", "kernel/status.py", "kernel/mapping_database.py"
SHOOTDOWN, MMU, MEMORY = "kernel/shootdown.py", "machine/mmu.py", "kernel/memory.py"
TABLES, LARGE_PAGES, IPC = "kernel/page_table.py", "kernel/large_pages.py", "kernel/ipc.py"
TRANSFER = "kernel/transfer.py"
THREADS, GLOBAL_UNMAP = "kernel/threads.py", "userland/agreement/global_unmap.py"
IPC_TESTS = ("tests/kernel/test_ipc.py",)
USER_TESTS = ("tests/kernel/test_protocols.py", "tests/world/test_user_level.py")

FAULTS = (
    Fault(
        "the hot spot does not choose a place in the window", FPAGE,
        "inside = hot_spot % (1 << window[1]) >> size << size", "inside = 0",
    ),
    Fault(
        "of a larger fpage always the beginning is sent", FPAGE,
        "inside = hot_spot % (1 << size) >> window[1] << window[1]", "inside = 0",
    ),
    Fault(
        "an unaligned fpage is not aligned down", FPAGE,
        "return Fpage(base >> log2 << log2, log2, rights)", "return Fpage(base, log2, rights)",
    ),
    Fault(
        "a fresh map gives rights that the sender lacks (Pistachio as shipped)", MAPPING,
        "rights = source[1] & wanted", "rights = wanted",
    ),
    Fault(
        "mapping the same again with fewer rights lowers them", MAPPING,
        "    grown = there.rights | rights\n", "    grown = rights\n",
    ),
    Fault(
        "the same frame from another parent is taken for the same mapping", MAPPING,
        "same = there.frame == frame and there.parent == parent", "same = there.frame == frame",
    ),
    Fault(
        "mapping onto an ancestor replaces it, and hangs below what is gone", MAPPING,
        "if database.is_ancestor(entry, parent):", "if False:",
    ),
    Fault(
        "one mapping more than the depth limit", MAPPING,
        "    if depth >= DEPTH_LIMIT:", "    if depth > DEPTH_LIMIT:",
    ),
    Fault(
        "a KIP or UTCB area can be mapped over", MAPPING,
        "kernel.either_exempt(sender, vpn, receiver, target)", "kernel.is_exempt(sender, vpn)",
    ),
    Fault(
        "a space can map to itself", MAPPING, "    if sender == receiver:", "    if False:",
    ),
    Fault(
        "the entry is paid by the sender's home", MAPPING,
        "kernel.memory.small(home, memory.ENTRY, 1)\n    slot = kernel.tables.slot(",
        "kernel.memory.small(0, memory.ENTRY, 1)\n    slot = kernel.tables.slot(",
    ),
    Fault(
        "page tables lie on node 0", TABLES,
        "                table = self._memory.frame(home, memory.TABLE)",
        "                table = self._memory.frame(0, memory.TABLE)",
    ),
    Fault(
        "unmap takes the caller's own mapping", UNMAP,
        "own = flush and space != SIGMA0", "own = space != SIGMA0",
    ),
    Fault(
        "a partial revoke leaves the rights it should take", UNMAP,
        "        left = had & ~rights\n", "        left = had & rights\n",
    ),
    Fault(
        "one descendant without rights takes all with it", UNMAP,
        "all(not rows[entry][1] & ~rights for entry in below)",
        "any(not rows[entry][1] & ~rights for entry in below)",
    ),
    Fault(
        "the page-table entry of a removed mapping stays", UNMAP,
        "    kernel.tables.clear(slot)\n", "",
    ),
    Fault(
        "the page table keeps revoked rights", UNMAP,
        "    kernel.tables.set(slot, frame, rights)\n", "",
    ),
    Fault(
        "what an overmapped page has seen is told to nobody", UNMAP,
        "    for entry in below:\n        kernel.status.collect(entry)\n", "",
    ),
    Fault(
        "an overmapped page stays in the TLBs", UNMAP,
        "kernel.shootdown.pending += _remove(", "_remove(",
    ),
    Fault(
        "removed descendants of a partial revoke stay in the TLBs", UNMAP,
        "        lost.append(entry)\n", "        lost += [entry] * bool(left)\n",
    ),
    Fault(
        "the giver of a grant keeps its page-table entry", GRANT,
        "    kernel.tables.clear(source.slot)\n", "",
    ),
    Fault(
        "the children of a granted page keep rights that the grant cut", GRANT,
        "lost = revoke(kernel, entry, below, ALL & ~rights, with_top=True)",
        "lost = revoke(kernel, entry, [], ALL & ~rights, with_top=True)",
    ),
    Fault(
        "a grant leaves its entry on the giver's account", GRANT,
        "kernel.memory.small(old_home, memory.ENTRY, -1)",
        "kernel.memory.small(home, memory.ENTRY, -1)",
    ),
    Fault(
        "the giver's TLB keeps a granted page", GRANT, "pending += [given, *(", "pending += [*(",
    ),
    Fault(
        "a write does not count as a reference", STATUS,
        "WRITE: READ | WRITE,", "WRITE: WRITE,",
    ),
    Fault(
        "only the parent is told of an access", STATUS,
        "self._database.ancestors(page):", "self._database.ancestors(page)[:1]:",
    ),
    Fault(
        "what was told once is told again", STATUS,
        "            bits |= _take(self._below, page)\n            if own:",
        "            bits |= self._below.rows.get(page, 0)\n            if own:",
    ),
    Fault(
        "children of a granted page keep their old parent", DATABASE,
        "(row[0], row[1], to, row[3], row[4])", "(row[0], row[1], page, row[3], row[4])",
    ),
    Fault(
        "an ancestor is only recognised if it is the parent", DATABASE,
        "                return True\n            row = self.row(row[2])",
        "                return True\n            row = None",
    ),
    Fault(
        "the CPU that acts interrupts itself", SHOOTDOWN,
        "if other != cpu and space in spaces", "if space in spaces",
    ),
    Fault(
        "CPUs are interrupted whatever they run", SHOOTDOWN,
        "if other != cpu and space in spaces", "if other != cpu",
    ),
    Fault(
        "only the last CPU of a space is remembered", SHOOTDOWN,
        "self.seen.put(space, cpus | 1 << cpu)", "self.seen.put(space, 1 << cpu)",
    ),
    Fault(
        "an untagged TLB survives a switch", SHOOTDOWN,
        "if not self._machine.costs.tlb_tagged and cpu in self.running.rows:", "if False:",
    ),
    Fault(
        "a TLB entry whose rights grew loses its slot", MMU,
        "tlb.put(key, entry | (held or 0) >> SLOT_SHIFT << SLOT_SHIFT)", "tlb.put(key, entry)",
    ),
    Fault(
        "a frame given back is still counted", MEMORY,
        "        self._add(node, kind, -1)\n", "",
    ),
    Fault(
        "the pieces of a split all have its first frame", LARGE_PAGES,
        "piece = (frame + at, rights,", "piece = (frame, rights,", large=True,
    ),
    Fault(
        "a split leaves the 2 MiB translation in the TLBs", LARGE_PAGES,
        "    kernel.shootdown.forget(entry)\n", "", ("tests/kernel/test_large_pages.py",),
    ),
    Fault(
        "flushing a part takes the whole 2 MiB", LARGE_PAGES,
        "in kernel.database.large.rows and own:", "in kernel.database.large.rows and not own:",
        large=True,
    ),
    Fault(
        "undo takes the writes back in the order they were made", "journal.py",
        "for at in range(here - FIELDS, mark - 1, -FIELDS):",
        "for at in range(mark, here, FIELDS):",
    ),
    Fault(
        "a pagefault overwrites the thread's message registers", TRANSFER,
        "    if kernel.saved_registers.rows:\n        restore_registers(kernel, thread)\n", "",
        IPC_TESTS,
    ),
    Fault(
        "items land outside the receiver's window", TRANSFER,
        "window = WHOLE if faulting else from_word(kernel.acceptor.rows.get(to, 0))",
        "window = WHOLE", IPC_TESTS,
    ),
    Fault(
        "a migrated thread leaves translations on its old CPU", THREADS,
        "    leave_cpu(kernel, old, cpu)\n", "", USER_TESTS,
    ),
    Fault(
        "a global unmap ends with the first acknowledgement", GLOBAL_UNMAP,
        "        if not missing:\n            if CALLS", "        if True:\n            if CALLS",
        USER_TESTS,
    ),
    Fault(
        "a global unmap notifies nobody", GLOBAL_UNMAP,
        "targets = self._targets(concerned) if concerned else []", "targets: list[int] = []",
        USER_TESTS,
    ),
)  # fmt: skip
