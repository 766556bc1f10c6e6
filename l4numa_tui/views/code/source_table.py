"""Which function did it: for each kind of record the code that noted it, and code around it.

Functions are named `module:name`, the module without the package's name. Of an event's rules in
`NOTED` the first whose condition holds is shown, of those in `CALLERS` and `CALLED` every one. A
higher `rank` is closer to what the step was about; the highest is opened first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from l4numa_tui.kernel import memory, threads
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.thread_state import NO_PAGER
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL
from l4numa_tui.userland import labels
from l4numa_tui.world.session import StepChange
from l4numa_tui.world.world import World


class Step(NamedTuple):
    """What conditions look at: a step, its records, and whether a server made it."""

    world: World
    change: StepChange
    records: tuple[Record, ...]
    by_server: bool

    def has(self, *events: Event) -> bool:
        """Whether one of the events happened in the step."""
        return any(record.event in events for record in self.records)

    def says(self, label: int) -> bool:
        """Whether a message with the label was sent, or waits to be."""
        told = (Event.IPC_SEND, Event.IPC_WAIT, Event.MAIL_WRITE)
        return any(record.event in told and record.b == label for record in self.records)

    def deleted(self) -> bool:
        """Whether a thread was ended, which tells all who wait for it."""
        return any(
            record.event == Event.THREAD_CONTROL and record.c == threads.DELETED
            for record in self.records
        )

    def granted(self) -> bool:
        """Whether an entry left its space without being unmapped: a grant took it away."""
        gone = (Event.MDB_UNMAP, Event.MDB_UNMAP_LARGE)
        unmapped = {record.a for record in self.records if record.event in gone}
        return any(
            table == "mdb" and new is None and key not in unmapped
            for table, key, _, new in self.change.changes()
        )


Condition = Callable[[Step, Record], bool]


def _always(_step: Step, _record: Record) -> bool:
    return True


class Rule(NamedTuple):
    """A function, what it did for a record, and when it was this function rather than the next."""

    place: str
    why: str
    rank: int = 1
    when: Condition = _always


def _granted(step: Step, _record: Record) -> bool:
    return step.granted()


def _revoked(step: Step, _record: Record) -> bool:
    return step.has(Event.SYSCALL_UNMAP) or step.granted()


def _by_server(step: Step, _record: Record) -> bool:
    return step.by_server


def _of_slab(_step: Step, record: Record) -> bool:
    return record.c in (memory.ENTRY, memory.UTCB, memory.SUBTABLE_HEAD)


def _removed(_step: Step, record: Record) -> bool:
    return not record.c


def _by_program(step: Step, record: Record) -> bool:
    return record.thread in step.world.programs


def _own_ipc(step: Step, record: Record) -> bool:
    """Whether a program's own system call did it, not the kernel for a fault or a global unmap."""
    if record.thread not in step.world.programs or step.by_server or step.deleted():
        return False
    is_told = record.event in (Event.IPC_SEND, Event.IPC_WAIT)
    asked = (labels.UNMAP_CALL, labels.MIGRATE, labels.RECOVER)
    other = record.b in asked or record.b >> 4 == PAGEFAULT_PROTOCOL
    return not (is_told and other)


def _own_fault(step: Step, _record: Record) -> bool:
    return step.has(Event.PAGEFAULT_USER)


def _no_pager(_step: Step, record: Record) -> bool:
    return record.b == NO_PAGER


def _started(step: Step, record: Record) -> bool:
    return any(
        table == "unstarted" and key == record.a for table, key, _, _ in step.change.changes()
    )


def _did(what: int) -> Condition:
    """Whether ThreadControl did this."""
    return lambda _step, record: record.c == what


_WAITS = "the receiver is not ready: the message waits"
_DIRECTORY = "userland.agreement.directory:Directory"
_SLAB = "small objects share frames of their node; a slab came or went"

# What noted the record, the alternatives first: exactly one of them is shown for each record.
NOTED: dict[Event, tuple[Rule, ...]] = {
    Event.TLB_MISS: (
        Rule("kernel.pagefault:walk", "the TLB missed, so the page table is read", 2),
    ),
    Event.PAGEFAULT_USER: (
        Rule("kernel.pagefault:handle_pagefault", "no mapping allows the access: a fault IPC", 6),
    ),
    Event.IPC_SEND: (
        Rule("kernel.transfer:transfer", "moves the message and carries out its map items", 3),
    ),
    Event.IPC_RECV: (
        Rule("kernel.ipc:take_message", "the program looks at its message", 4, _by_program),
        Rule("world.world:World._run_server", "gives the server the message that came", 0),
    ),
    Event.FPAGE_MAP: (
        Rule(
            "kernel.mapping:map_fpage", "places the item in the window, then maps page by page", 4
        ),
    ),
    Event.FPAGE_OVERMAP: (
        Rule("kernel.grant:grant_page", "something was mapped there: it goes first", 3, _granted),
        Rule("kernel.mapping:_meet", "something was mapped there: it goes first", 3),
    ),
    Event.MDB_MAP: (
        Rule("kernel.grant:grant_page", "the page changes its owner", 5, _granted),
        Rule("kernel.mapping:_map_page", "maps one page and makes its mapping entry", 5),
    ),
    Event.MDB_MAP_LARGE: (
        Rule("kernel.grant:grant_large", "2 MiB change their owner at once", 5, _granted),
        Rule("kernel.mapping:_map_large", "maps 2 MiB with one mapping entry", 5),
    ),
    Event.MDB_UNMAP: (Rule("kernel.unmap:_erase", "removes one mapping and its entry", 3),),
    Event.MDB_UNMAP_LARGE: (Rule("kernel.unmap:_erase", "removes 2 MiB and their entry", 3),),
    Event.SYSCALL_UNMAP: (
        Rule("kernel.unmap:unmap", "revokes what was derived from the caller's pages", 6),
    ),
    Event.KMEM_ALLOC: (
        Rule("kernel.memory:KernelMemory._resize", _SLAB, 1, _of_slab),
        Rule("kernel.memory:KernelMemory.frame", "a frame of the home node for a kernel object"),
    ),
    Event.KMEM_FREE: (
        Rule("kernel.memory:KernelMemory._resize", _SLAB, 1, _of_slab),
        Rule("kernel.memory:KernelMemory.release", "a kernel object's frame goes back"),
    ),
    Event.TLB_SHOOTDOWN: (
        Rule(
            "kernel.shootdown:Shootdown.revoke", "other CPUs run an affected space: interrupts", 3
        ),
    ),
    Event.TLB_FLUSH: (
        Rule("kernel.shootdown:Shootdown.switch", "the CPU changes the space: its TLB is lost", 2),
    ),
    Event.ACCESS: (
        Rule("kernel.pagefault:access", "the access itself, charged by where the frame lies", 4),
    ),
    Event.RESUME: (
        Rule("kernel.transfer:_start", "its pager's first message starts the thread", 4, _started),
        Rule("kernel.transfer:_end_fault", "the answer ends the fault: the thread goes on", 2),
    ),
    Event.HALT: (
        Rule("kernel.pagefault:handle_pagefault", "it has no pager to ask", 6, _own_fault),
        Rule("kernel.threads:_tell_partners", "its pager is no more", 4, _no_pager),
        Rule("kernel.transfer:_end_fault", "the answer ends the thread: it is halted", 4),
    ),
    Event.DIRECTORY_READ: (
        Rule(f"{_DIRECTORY}.look_up", "asks the pagers' directory for the frame", 2),
    ),
    Event.DIRECTORY_WRITE: (
        Rule(
            "userland.agreement.directory:Directory.remove",
            "the row leaves the directory",
            2,
            _removed,
        ),
        Rule(
            "userland.agreement.directory:Directory.publish", "tells the other pagers the frame", 2
        ),
    ),
    Event.DEFER: (
        Rule("userland.server:Context.defer", "the request has to wait for something else", 2),
    ),
    Event.REFUSED: (
        Rule(
            "kernel.state:KernelState.take_back", "the kernel refuses: all is as before the call", 5
        ),
    ),
    Event.THREAD_DONE: (
        Rule("world.world:World._complete", "the operation was the last of its program"),
    ),
    Event.IPC_WAIT: (
        Rule("userland.server:Context.send", _WAITS, 2, _by_server),
        Rule("kernel.ipc:_queue_up", _WAITS, 2),
    ),
    Event.FPAGE_MAPCTRL: (
        Rule("kernel.unmap:_cut", "the mapping keeps fewer rights", 3, _revoked),
        Rule("kernel.mapping:_extend", "the same frame from the same parent: rights are added", 3),
    ),
    Event.FPAGE_SPLIT: (
        Rule("kernel.large_pages:_split_one", "a part was meant: 2 MiB become 512 entries", 4),
    ),
    Event.MAIL_WRITE: (
        Rule("userland.server:Context.post", "a letter into a mailbox in shared memory", 3),
    ),
    Event.PAGE_COPY: (
        Rule("userland.placement.moving:Mover.copy", "copies the page to another node", 9),
    ),
    Event.PLACEMENT: (
        Rule(
            "userland.placement.moving:Mover.settle", "nobody maps the page: one frame is kept", 9
        ),
    ),
    Event.MAIL_READ: (
        Rule("userland.server:Context.take_mail", "the oldest letter of its own mailbox", 0),
    ),
    Event.IPC_ERROR: (Rule("kernel.ipc:fail", "the IPC failed: that is its result", 3),),
    Event.IPC_LISTEN: (Rule("kernel.ipc:_receive", "no message is there: the thread waits", 3),),
    Event.THREAD_CONTROL: (
        Rule("kernel.thread_control:_create", "makes the thread", 6, _did(threads.MADE)),
        Rule("kernel.threads:delete_thread", "ends the thread", 6, _did(threads.DELETED)),
        Rule("kernel.threads:move_to_space", "moves it to another space", 6, _did(threads.MOVED)),
        Rule("kernel.thread_control:_modify", "changes what is asked for", 6),
    ),
    Event.SPACE_CONTROL: (
        Rule("kernel.thread_control:space_control", "gives the space its KIP and UTCB areas", 6),
    ),
    Event.SCHEDULE: (Rule("kernel.thread_control:schedule", "moves the thread to another CPU", 6),),
    Event.EXCHANGE_REGISTERS: (
        Rule(
            "kernel.exchange_registers:exchange_registers", "halts, resumes, aborts or redirects", 6
        ),
    ),
    Event.SPACE_END: (
        Rule("kernel.threads:end_space", "all it holds goes, and what came from that", 5),
    ),
}

# Shown with what noted the record: what called it, and what it called.
CALLERS: dict[Event, tuple[Rule, ...]] = {
    Event.TLB_MISS: (Rule("kernel.pagefault:access", "an access begins with the TLB", 3),),
    Event.MDB_MAP: (
        Rule("kernel.mapping:map_fpage", "places the item in the window, then maps it", 3),
    ),
    Event.MDB_MAP_LARGE: (
        Rule("kernel.mapping:map_fpage", "places the item in the window, then maps it", 3),
    ),
    Event.MDB_UNMAP: (
        Rule("kernel.unmap:revoke", "takes rights from a whole subtree, bottom-up", 4),
    ),
    Event.THREAD_CONTROL: (
        Rule("kernel.thread_control:thread_control", "the system call and its checks", 5),
    ),
    Event.FPAGE_SPLIT: (
        Rule("kernel.large_pages:split", "splits an entry and those derived from it", 3),
    ),
}
for _event in (Event.IPC_SEND, Event.IPC_WAIT, Event.IPC_LISTEN, Event.IPC_ERROR):
    CALLERS[_event] = (Rule("kernel.ipc:ipc", "the system call: send, then receive", 5, _own_ipc),)
CALLED: dict[Event, tuple[Rule, ...]] = {
    Event.PAGEFAULT_USER: (
        Rule("kernel.ipc:call", "sends for the thread, which then waits for its pager", 2),
    ),
    Event.MDB_MAP: (
        Rule(
            "kernel.mapping_database:MappingDatabase.insert",
            "hangs the entry below its parent, before its elder siblings",
            2,
        ),
    ),
}

# What a node pager does with a message, by its label; a pagefault's stands under FAULT.
FAULT = 0
_FAULT_RULES = (
    Rule(
        "userland.pager:NodePager.on_fault", "the pager's policy: which frame answers the fault", 8
    ),
    Rule(
        "userland.agreement.backing:Backing._look_or_take",
        "finds the page's frame, or chooses one",
        3,
    ),
)
_UNMAP = "userland.agreement.global_unmap:GlobalUnmap"
_PAGES = "userland.agreement.backing:PagePagers"
_UNMAP_HERE = Rule(f"{_UNMAP}._unmap_here", "unmaps on this node alone", 4)
_LEAD = Rule(f"{_UNMAP}._lead", "leads the unmap on all nodes", 8)
_GO_ON = Rule("userland.pager:NodePager._retry", "what was put aside is tried again", 8)
_ON_CHUNK = Rule("userland.supply:Supply.on_chunk", "memory has come: what waited can go on", 8)
NODE_PAGER: dict[int, tuple[Rule, ...]] = {
    FAULT: _FAULT_RULES,
    labels.UNMAP_CALL: (
        _LEAD,
        Rule(f"{_UNMAP}._on_call", "a thread asks for an unmap on all nodes", 7),
        _UNMAP_HERE,
    ),
    labels.UNMAP_ASK: (_LEAD, _UNMAP_HERE),
    labels.UNMAP_OK: (Rule(f"{_UNMAP}._on_answer", "a page's pager has unmapped it", 8),),
    labels.NOTIFY: (
        Rule(f"{_UNMAP}._on_notify", "told by another pager to unmap", 8),
        _UNMAP_HERE,
    ),
    labels.ACK: (Rule(f"{_UNMAP}._acknowledged", "counts who has unmapped", 8),),
    labels.LOOKUP: (Rule(f"{_PAGES}._on_lookup", "another pager asks which frame it is", 8),),
    labels.FRAME: (Rule(f"{_PAGES}.on_message", "learns which frame it is", 8),),
    labels.SHOW: (Rule("userland.pager:NodePager._on_show", "maps before anybody faults", 8),),
    labels.WANT: (Rule("userland.supply:Supply.on_want", "hands a frame on to another pager", 8),),
    labels.CHUNK: (_ON_CHUNK,),
    labels.EXHAUSTED: (
        Rule(
            "userland.pager:NodePager._on_exhausted", "there is no memory: who waits is refused", 8
        ),
    ),
    labels.WAKE: (_GO_ON,),
    labels.GO_ON: (_GO_ON,),
    labels.RECOVER: (
        Rule("userland.agreement.recovery:Recovery.ask", "the common ancestor is asked", 8),
    ),
    labels.TAKEN: (
        Rule("userland.agreement.recovery:Recovery.on_taken", "nobody has the frame any more", 8),
    ),
}
# What follows from a message, whatever its label was, where the pager has sent one of these.
PAGER_SENT: dict[int, tuple[Rule, ...]] = {
    labels.UNMAP_DONE: (Rule(f"{_UNMAP}._finish", "nobody has the pages: rows and frames go", 10),),
    labels.MAP_REPLY: _FAULT_RULES,
    labels.REFILL: (Rule("userland.supply:Supply.ask", "the pool is empty: more memory", 4),),
    labels.WANT: (Rule("userland.supply:Supply.ask", "the frame is not held here yet", 4),),
}
ANSWERED = Rule(
    "userland.pager:NodePager.answer", "somebody else decided what the pager answers", 9
)
ON_MESSAGE = "serves the message"
FLUSHED = Rule("userland.server:Context.flush_outbox", "sends what waited for its receiver", 5)
ASKED = Rule("world.world:World._ask", "the thread asks its pager, and waits", 5)
OPERATED = Rule("world.world:World._operate", "carries out one operation of the program", 0)


def rules() -> list[Rule]:
    """Every rule there is, for tests: each must name a function that exists."""
    tables = (NOTED, CALLERS, CALLED, NODE_PAGER, PAGER_SENT)
    out = [rule for table in tables for found in table.values() for rule in found]
    return [*out, ANSWERED, FLUSHED, ASKED, OPERATED]
