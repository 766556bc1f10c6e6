"""Records as the message lanes show them: who did what to whom, on how few rows, at what cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from l4numa_tui.kernel.errors import ABORTED, CANCELED, MEANINGS, NO_PARTNER, TIMEOUT
from l4numa_tui.kernel.fpage import from_word
from l4numa_tui.kernel.mapping_database import space_of, vpn_of
from l4numa_tui.kernel.memory import ENTRY, TABLE, UTCB
from l4numa_tui.kernel.records import WALK_LARGE, Event, Record
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL, REJECT, SIGMA0_PROTOCOL
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text, node_of
from l4numa_tui.userland import labels
from l4numa_tui.views.messages.lane_things import Things
from l4numa_tui.views.pane_parts import application_spaces, clean, glyphs_of, space_home
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import MARK_CHANGED, MARK_NEW, Target
from l4numa_tui.views.steps.call_text import request_text
from l4numa_tui.views.steps.record_text import between_servers

APPLICATION, KERNEL, PAGER, ROOT, SIGMA0 = range(5)


class Party(NamedTuple):
    """Who takes part: its node, what it is (in lane order within the node), its thread or 0."""

    node: int
    kind: int
    thread: int


class LaneEvent(NamedTuple):
    """One row of the lanes: an arrow from `source` to `to`, or something at `source` alone.

    `cost` is the cycles since the step's previous row. `remote` marks what crossed nodes without
    being a message: an access to another node's memory. `about` is everything that the row is
    about, `target` the one of them that it selects.
    """

    step: int
    source: Party
    to: Party | None
    text: str
    cost: int
    target: Target
    remote: bool = False
    about: frozenset[Target] = frozenset()


class _Note(NamedTuple):
    """Something that happened inside the kernel at one party; equal `what`s are counted up."""

    what: str
    detail: str
    entry: int  # -1 where it is no mapping entry


class _Row(NamedTuple):
    source: Party
    to: Party | None
    text: str
    remote: bool = False


def lane_events(scene: Scene, records: Iterable[tuple[int, Record]]) -> list[LaneEvent]:
    """Turn (step, record) pairs, oldest first, into rows.

    Receiving shows in the sender's arrow already, unless it is all that a step did. What the kernel
    does at one place in a row is told in one row. A call of unmap comes before its effects,
    although the kernel records it last.
    """
    reader = _Reader(scene)
    for step, record in records:
        reader.read(step, record)
    reader.finish()
    return reader.rows


def party_of(scene: Scene, thread: int) -> Party:
    """The party that a thread is."""
    system = scene.world.system
    kinds = {system.root or -1: ROOT, system.sigma0: SIGMA0}
    kind = PAGER if thread in system.servers else APPLICATION
    return Party(scene.thread_node(thread), kinds.get(thread, kind), thread)


def party_name(scene: Scene, party: Party) -> str:
    """What a lane is called."""
    return clean(scene, scene.thread_name(party.thread)) if party.thread else "kernel"


class _Reader:
    """Reads records in order; kernel-internal ones wait in `notes` for others of their place."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.rows: list[LaneEvent] = []
        self._things = Things(scene, application_spaces(scene))
        self._noted: dict[Target, None] = {}  # what the notes are about
        self._step = 0
        self._cycles = 0
        self._cost = 0
        self._place: Party | None = None
        self._notes: list[_Note] = []
        self._received: Record | None = None
        self._read: dict[int, int] = {}  # what this step last saw in the directory, by page
        self._effects = 0  # where the effects of a possible unmap call begin in `rows`

    def read(self, step: int, record: Record) -> None:
        """Take one record."""
        if step != self._step:
            self.finish()
            self._step, self._cycles, self._cost = step, 0, 0
            self._read = {}
            self._received = None
            self._effects = len(self.rows)
        noted = _kernel_note(self.scene, record)
        if noted is not None:
            place, note = noted
            if place != self._place:
                self.flush()
                self._place = place
            self._notes.append(note)
            if record.event not in (Event.KMEM_ALLOC, Event.KMEM_FREE):
                self._noted.update(dict.fromkeys(self._things.of(record)))
            self._charge(record)
            return
        self.flush()
        self._charge(record)
        if record.event in (Event.IPC_RECV, Event.MAIL_READ):
            self._received = record
        make = _ROWS.get(record.event)
        if make is None:
            return
        row = make(self.scene, record)
        if record.event in (Event.DIRECTORY_READ, Event.DIRECTORY_WRITE):
            row = self._directory_row(record, row)
        about = dict.fromkeys(self._things.of(record))
        target = next(iter(about), ("step", step))
        event = LaneEvent(
            step, row.source, row.to, row.text, self._cost, target, row.remote, frozenset(about)
        )
        self._cost = 0
        if record.event == Event.SYSCALL_UNMAP:
            self.rows.insert(self._effects, event)
        else:
            self.rows.append(event)
        if record.event != Event.TLB_SHOOTDOWN:
            self._effects = len(self.rows)

    def finish(self) -> None:
        """End a step: a message that led to nothing visible is a row of its own."""
        self.flush()
        if self._received is not None and not any(row.step == self._step for row in self.rows[-1:]):
            record = self._received
            party = party_of(self.scene, record.thread)
            text = f"takes {_message(self.scene, record)}"
            about = frozenset(self._things.of(record))
            target = next(self._things.of(record), ("step", self._step))
            row = LaneEvent(self._step, party, None, text, self._cost, target, about=about)
            self.rows.append(row)

    def _directory_row(self, record: Record, row: _Row) -> _Row:
        # What was just read is written back only to mark the page as being unmapped.
        again = record.event == Event.DIRECTORY_WRITE and self._read.get(record.a) == record.c
        self._read[record.a] = record.c
        return row._replace(text=f"dir {record.a:x} unmapping") if again and record.c else row

    def flush(self) -> None:
        """Write the kernel's notes, if any, as one row."""
        if not self._notes or self._place is None:
            return
        counts: dict[str, list[_Note]] = {}
        for note in self._notes:
            counts.setdefault(note.what, []).append(note)
        times = glyphs_of(self.scene).times
        texts = [
            f"{what} {group[0].detail}".rstrip()
            if len(group) == 1
            else f"{what} {times}{len(group)}"
            for what, group in counts.items()
        ]
        entries = {note.entry for note in self._notes if note.entry >= 0}
        target: Target = ("entry", entries.pop()) if len(entries) == 1 else ("step", self._step)
        about = frozenset(each for each in self._noted if each[0] != "thread")
        row = LaneEvent(
            self._step, self._place, None, ", ".join(texts), self._cost, target, about=about
        )
        self.rows.append(row)
        self._cost = 0
        self._notes = []
        self._noted = {}
        self._place = None

    def _charge(self, record: Record) -> None:
        # Allocations have no cycles of their own: they are part of what follows.
        if record.cycles > self._cycles:
            self._cost += record.cycles - self._cycles
            self._cycles = record.cycles


def _page(entry: int, frame: int) -> str:
    """The page an entry maps, as short as it gets; a frame where a server holds it."""
    vpn = vpn_of(entry)
    return frame_text(frame) if vpn == frame else f"{vpn:x}"


def _kernel_note(scene: Scene, record: Record) -> tuple[Party, _Note] | None:
    """What the kernel did at which node; None for records of other kinds."""
    gone = glyphs_of(scene).gone
    match record.event:
        case Event.MDB_MAP | Event.MDB_MAP_LARGE:
            what = MARK_NEW + ("MDB" if record.event == Event.MDB_MAP else "2M")
            noted = _at_home(scene, record.a, what, _page(record.a, record.c >> 3))
        case Event.MDB_UNMAP | Event.MDB_UNMAP_LARGE:
            what = gone + ("MDB" if record.event == Event.MDB_UNMAP else "2M")
            noted = _at_home(scene, record.a, what, _page(record.a, record.c))
        case Event.FPAGE_SPLIT:
            noted = _in_space(scene, record, f"{MARK_CHANGED}split 2M", f"{record.b:x}")
        case Event.FPAGE_MAPCTRL:
            noted = _in_space(scene, record, f"{MARK_CHANGED}MDB", rights_text(record.c))
        case Event.FPAGE_OVERMAP:
            noted = _in_space(scene, record, "overmap", f"{record.b:x}")
        case Event.KMEM_ALLOC | Event.KMEM_FREE:
            mark = MARK_NEW if record.event == Event.KMEM_ALLOC else gone
            kind = {TABLE: "PT", ENTRY: "slab", UTCB: "slab"}.get(record.c, "kmem")
            noted = Party(record.a, KERNEL, 0), _Note(mark + kind, "", -1)
        case _:
            return None
    return noted


def _at_home(scene: Scene, entry: int, what: str, detail: str) -> tuple[Party, _Note]:
    space = space_of(entry)
    home = space_home(scene, space)
    name = clean(scene, scene.space_name(space))
    return Party(home or 0, KERNEL, 0), _Note(f"{what} {name}", detail, entry)


def _in_space(scene: Scene, record: Record, what: str, detail: str) -> tuple[Party, _Note]:
    home = space_home(scene, record.a)
    name = clean(scene, scene.space_name(record.a))
    return Party(home or 0, KERNEL, 0), _Note(f"{what} {name}", detail, -1)


def _kernel_at(scene: Scene, thread: int) -> Party:
    return Party(scene.thread_node(thread), KERNEL, 0)


def _fault(scene: Scene, record: Record) -> _Row:
    text = f"#PF {record.a >> PAGE_LOG2:x} {rights_text(record.b).replace('-', '')}"
    return _Row(party_of(scene, record.thread), _kernel_at(scene, record.thread), text)


def _send(scene: Scene, record: Record) -> _Row:
    source, to = party_of(scene, record.thread), party_of(scene, record.a)
    if record.b >> 4 == PAGEFAULT_PROTOCOL:
        # The kernel sends it, in the thread's name.
        return _Row(_kernel_at(scene, record.thread), to, "fault IPC")
    return _Row(source, to, _message(scene, record))


def _posted(scene: Scene, record: Record) -> _Row:
    source, to = party_of(scene, record.thread), party_of(scene, record.a)
    text = f"mail: {_message(scene, record)}"
    return _Row(source, None if to == source else to, text)


def _message(scene: Scene, record: Record) -> str:
    make = _MESSAGES.get(record.b)
    if record.b >= 0 and not between_servers(scene, record.thread, record.a):
        return f"label {record.b}" if record.b else "message"
    return make(record.c) if make else labels.label_text(record.b)


_MESSAGES: dict[int, Callable[[int], str]] = {
    labels.MAP_REPLY: lambda address: f"map {address >> PAGE_LOG2:x}" if address else "empty",
    labels.UNMAP_CALL: lambda vpn: f"unmap {vpn:x}",
    labels.UNMAP_DONE: lambda _: "unmapped",
    labels.NOTIFY: lambda _: "notify",
    labels.ACK: lambda _: "ack",
    labels.LOOKUP: lambda _: "which frame?",
    labels.FRAME: lambda _: "frame",
    labels.UNMAP_ASK: lambda _: "unmap?",
    labels.UNMAP_OK: lambda _: "unmapped",
    labels.SHOW: lambda _: "map now",
    labels.RECOVER: lambda vpn: f"recover {vpn:x}",
    labels.TAKE_BACK: lambda frame: f"take back {frame_text(frame)}",
    labels.TAKEN: lambda frame: f"taken {frame_text(frame)}",
    labels.MIGRATE: lambda node: f"to N{node}",
    labels.GO_ON: lambda _: "go on",
    labels.REFILL: lambda node: f"more N{node}?",
    labels.WANT: lambda frame: f"want {frame_text(frame)}",
    labels.CHUNK: lambda frame: f"map {frame_text(frame)}",
    labels.EXHAUSTED: lambda _: "none left",
    labels.NOT_FREE: lambda frame: f"{frame_text(frame)} not free",
    labels.WAKE: lambda _: "wake",
    SIGMA0_PROTOCOL: lambda word: f"{request_text(word)}?",
    REJECT: lambda _: "refuse",
}


def _local(scene: Scene, record: Record, text: str, *, remote: bool = False) -> _Row:
    return _Row(party_of(scene, record.thread), None, text, remote)


def _access(scene: Scene, record: Record) -> _Row:
    remote = node_of(record.c) != scene.thread_node(record.thread)
    right = rights_text(record.b).replace("-", "")
    where = " remote" if remote else ""
    return _local(scene, record, f"{right} {frame_text(record.c)}{where}", remote=remote)


def _miss(scene: Scene, record: Record) -> _Row:
    remote = record.c != scene.thread_node(record.thread)
    size = ", 2M" if record.b & WALK_LARGE else ""
    text = f"TLB miss, walk {record.b & ~WALK_LARGE}{size}"
    return _local(scene, record, text, remote=remote)


def _directory(scene: Scene, record: Record) -> _Row:
    asked = record.event == Event.DIRECTORY_READ
    frame = frame_text(record.c - 1) if record.c else "none"
    remote = record.b != scene.thread_node(record.thread)
    text = f"{record.a:x} is {frame}" if asked else f"{record.a:x} := {frame}"
    where = f" at N{record.b}" if remote else ""
    return _local(scene, record, f"dir {text}{where}", remote=remote)


def _unmap_call(scene: Scene, record: Record) -> _Row:
    region = from_word(record.a)
    own = record.thread in scene.world.programs
    call = "flush" if record.b & 1 else "unmap"
    # A server unmaps frames: which, the entries that go say in their own rows.
    text = f"{call} {region.first_page:x}" if own and not region.is_whole else call
    return _Row(party_of(scene, record.thread), _kernel_at(scene, record.thread), text)


def _shootdown(scene: Scene, record: Record) -> _Row:
    # Charged to whoever acts: the interrupt comes from the CPU of the unmapping thread's node.
    there = scene.world.kernel.machine.cpu_node[record.a]
    return _Row(Party(there, KERNEL, 0), None, f"IPI CPU {record.a}")


def _resumed(text: str) -> Callable[[Scene, Record], _Row]:
    return lambda scene, record: _Row(_kernel_at(scene, record.a), party_of(scene, record.a), text)


_SHORT = {TIMEOUT: "timeout", NO_PARTNER: "no partner", CANCELED: "canceled", ABORTED: "aborted"}
_THREAD_CALLS = ("makes", "changes", "deletes", "moves")


def _listened(scene: Scene, thread: int) -> str:
    return clean(scene, scene.thread_name(thread)) if thread else "anyone"


_ROWS: dict[Event, Callable[[Scene, Record], _Row]] = {
    Event.PAGEFAULT_USER: _fault,
    Event.IPC_SEND: _send,
    Event.ACCESS: _access,
    Event.TLB_MISS: _miss,
    Event.DIRECTORY_READ: _directory,
    Event.DIRECTORY_WRITE: _directory,
    Event.SYSCALL_UNMAP: _unmap_call,
    Event.TLB_SHOOTDOWN: _shootdown,
    Event.RESUME: _resumed("resume"),
    Event.HALT: _resumed("halt"),
    Event.DEFER: lambda s, r: _local(s, r, f"defers {clean(s, s.thread_name(r.a))}"),
    Event.IPC_WAIT: lambda s, r: _local(s, r, f"waits for {clean(s, s.thread_name(r.a))}"),
    Event.REFUSED: lambda s, r: _local(s, r, f"refused: {MEANINGS.get(r.a, 'error')}"),
    Event.THREAD_DONE: lambda s, r: _local(s, r, "done"),
    Event.MAIL_WRITE: _posted,
    Event.PAGE_COPY: lambda s, r: _local(
        s,
        r,
        f"copy {r.a:x}: {frame_text(r.b)} to {frame_text(r.c)}",
        remote=node_of(r.b) != node_of(r.c),
    ),
    Event.PLACEMENT: lambda s, r: _local(s, r, f"place {r.a:x} in {frame_text(r.c)}"),
    Event.IPC_LISTEN: lambda s, r: _local(s, r, f"listens to {_listened(s, r.a)}"),
    Event.IPC_ERROR: lambda s, r: _local(s, r, f"IPC error: {_SHORT.get(r.b, r.b)}"),
    Event.THREAD_CONTROL: lambda s, r: _local(
        s, r, f"{_THREAD_CALLS[r.c]} {clean(s, s.thread_name(r.a))}"
    ),
    Event.SPACE_CONTROL: lambda s, r: _local(s, r, f"areas of {clean(s, s.space_name(r.a))}"),
    Event.SCHEDULE: lambda s, r: _local(s, r, f"{clean(s, s.thread_name(r.a))} to CPU {r.b}"),
    Event.EXCHANGE_REGISTERS: lambda s, r: _local(s, r, f"exregs {clean(s, s.thread_name(r.a))}"),
    Event.SPACE_END: lambda s, r: _Row(
        Party(r.b, KERNEL, 0), None, f"{clean(s, s.space_name(r.a))} ends"
    ),
    Event.TLB_FLUSH: lambda s, r: _Row(
        Party(s.world.kernel.machine.cpu_node[r.a], KERNEL, 0), None, f"flush TLB of CPU {r.a}"
    ),
}
