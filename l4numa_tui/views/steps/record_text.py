"""One micro-event of the kernel or a pager as a sentence in the field's own terms."""

from __future__ import annotations

from collections.abc import Callable

from l4numa_tui.kernel.errors import MEANINGS
from l4numa_tui.kernel.fpage import from_word
from l4numa_tui.kernel.mapping_database import entry_id, space_of
from l4numa_tui.kernel.memory import KIND_NAMES
from l4numa_tui.kernel.records import WALK_LARGE, Event, Record
from l4numa_tui.kernel.rights import EXECUTE, READ, WRITE, rights_text
from l4numa_tui.kernel.thread_state import HALT_REASONS
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL, REJECT, SIGMA0_PROTOCOL
from l4numa_tui.machine.machine import frame_text, node_of
from l4numa_tui.machine.mmu import LEVELS
from l4numa_tui.userland import labels
from l4numa_tui.userland.placement.policies import COLLAPSED, SHARED, SINGLE
from l4numa_tui.views.pane_parts import clean, count_of, entry_name, glyphs_of, space_home
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.steps import call_text

VERBS = {READ: "reads", WRITE: "writes", EXECUTE: "executes"}
_DONE = {"read": "read", "write": "written", "execute": "executed"}
_WISHES = {READ: "read", WRITE: "write", EXECUTE: "execute"}


def describe_record(scene: Scene, record: Record) -> str:
    """Say what a record tells, as one plain sentence without its full stop.

    The sentence holds whatever came before and after; only names are looked up in the scene.
    """
    return _SENTENCES[record.event](scene, record)


def thread_text(scene: Scene, thread: int) -> str:
    """A thread's name in the scene's character set."""
    return clean(scene, scene.thread_name(thread))


def space_text(scene: Scene, space: int) -> str:
    """A space's name in the scene's character set."""
    return clean(scene, scene.space_name(space))


def access_text(scene: Scene, record: Record) -> str:
    """Where an ACCESS went and what it cost: `2:0007 (remote, 280 cycles)`."""
    here, there = scene.thread_node(record.thread), node_of(record.c)
    machine = scene.world.kernel.machine
    costs = machine.write_cost if record.b == WRITE else machine.read_cost
    where = "local" if here == there else "remote"
    return f"{frame_text(record.c)} ({where}, {costs[here][there]} cycles)"


def crossing(scene: Scene, sender: int, receiver: int) -> str:
    """How a message crosses nodes, ` (N1 → N2)`; empty where it does not."""
    here, there = scene.thread_node(sender), scene.thread_node(receiver)
    return "" if here == there else f" (N{here} {glyphs_of(scene).arrow} N{there})"


def message_text(scene: Scene, sender: int, to: int, label: int, operand: int) -> str:
    """What a message says, as a sentence with its sender and receiver."""
    who, whom = thread_text(scene, sender), thread_text(scene, to)
    if label >> 4 == PAGEFAULT_PROTOCOL:
        return f"the kernel sends {who}'s fault at {operand:#x} as an IPC to {whom}"
    if label != REJECT and not between_servers(scene, sender, to):
        return _other_message(scene, who, whom, label, operand)
    return _MESSAGES.get(label, _other_message)(scene, who, whom, label, operand)


def between_servers(scene: Scene, sender: int, to: int) -> bool:
    """Whether a message follows the protocols of user level: a server sends or receives it."""
    servers = scene.world.system.servers
    return sender in servers or to in servers


def fault_or_label(label: int) -> str:
    """A message's short name: `fault` for a pagefault's."""
    return "fault" if label >> 4 == PAGEFAULT_PROTOCOL else labels.label_text(label)


def _other_message(_scene: Scene, who: str, whom: str, label: int, operand: int) -> str:
    return f"{who} sends {whom} a message: label {label}, first word {operand:#x}"


_Message = Callable[[Scene, str, str, int, int], str]


def _application(scene: Scene, number: int) -> str:
    found = scene.world.system.roster.applications.get(number)
    return clean(scene, found.name) if found else f"application {number}"


_MESSAGES: dict[int, _Message] = {
    labels.MAP_REPLY: lambda _s, who, whom, _l, at: (
        f"{who} answers {whom}: a map item for {at:#x}"
        if at
        else f"{who} answers {whom} with an empty message"
    ),
    REJECT: lambda _s, who, whom, _l, _w: f"{who} refuses the fault of {whom}",
    labels.UNMAP_CALL: lambda _s, who, whom, _l, vpn: (
        f"{who} asks {whom} to unmap from page {vpn:#x} on, on all nodes"
    ),
    labels.UNMAP_DONE: lambda _s, who, whom, _l, vpn: (
        f"{who} tells {whom}: unmapped on all nodes, from page {vpn:#x} on"
    ),
    labels.NOTIFY: lambda s, who, whom, _l, app: (
        f"{who} notifies {whom}: unmap pages of {_application(s, app)} on your node"
    ),
    labels.ACK: lambda _s, who, whom, _l, node: (
        f"{who} acknowledges to {whom}: unmapped on N{node} and below it"
    ),
    labels.LOOKUP: lambda _s, who, whom, _l, _w: f"{who} asks {whom} which frame is behind a page",
    labels.FRAME: lambda _s, who, whom, _l, _w: f"{who} tells {whom} which frame it is",
    labels.UNMAP_ASK: lambda s, who, whom, _l, app: (
        f"{who} asks {whom} to unmap its pages of {_application(s, app)} on all nodes"
    ),
    labels.UNMAP_OK: lambda _s, who, whom, _l, _w: f"{who} tells {whom}: unmapped on all nodes",
    labels.SHOW: lambda s, who, whom, _l, app: (
        f"{who} tells {whom} to map a page of {_application(s, app)} on its node now"
    ),
    labels.RECOVER: lambda _s, who, whom, _l, vpn: (
        f"{who} asks {whom} to have the frame of page {vpn:#x} taken back from everybody"
    ),
    labels.TAKE_BACK: lambda _s, who, whom, _l, frame: (
        f"{who} asks {whom} to take frame {frame_text(frame)} back from everybody"
    ),
    labels.TAKEN: lambda _s, who, whom, _l, frame: (
        f"{who} tells {whom}: nobody has frame {frame_text(frame)} any more"
    ),
    labels.MIGRATE: lambda _s, who, whom, _l, node: f"{who} asks {whom} to move it to N{node}",
    labels.GO_ON: lambda _s, who, _whom, _l, _w: f"{who} reminds itself to go on",
    labels.REFILL: lambda _s, who, whom, _l, node: f"{who} asks {whom} for more frames of N{node}",
    labels.WANT: lambda _s, who, whom, _l, frame: (
        f"{who} asks {whom} to map it the frames at {frame_text(frame)}"
    ),
    labels.CHUNK: lambda _s, who, whom, _l, frame: (
        f"{who} maps frames to {whom}, {frame_text(frame)} the first"
    ),
    labels.EXHAUSTED: lambda _s, who, whom, _l, node: (
        f"{who} tells {whom}: no frames of N{node} are left"
    ),
    labels.NOT_FREE: lambda _s, who, whom, _l, frame: (
        f"{who} tells {whom}: frame {frame_text(frame)} is not free"
    ),
    labels.WAKE: lambda _s, who, whom, _l, _w: (
        f"{who} wakes {whom}: the page it waits for is unmapped everywhere"
    ),
    SIGMA0_PROTOCOL: lambda _s, who, whom, _l, word: (
        f"{who} asks {whom} for {call_text.request_text(word)}"
    ),
}


def _tlb_miss(scene: Scene, record: Record) -> str:
    who = thread_text(scene, record.thread)
    if record.b < LEVELS:
        return (
            f"{who} accesses {record.a:#x}: TLB miss, the walk ends at level {record.b}: not mapped"
        )
    if record.b & WALK_LARGE:
        levels = record.b & ~WALK_LARGE
        return f"{who} accesses {record.a:#x}: TLB miss, the walk ends at level {levels}: 2 MiB"
    where = "local" if record.c == scene.thread_node(record.thread) else "remote"
    return (
        f"{who} accesses {record.a:#x}: the TLB has no translation that allows it, "
        f"the walk reads {record.b} page tables, the last on N{record.c} ({where})"
    )


def _pagefault(scene: Scene, record: Record) -> str:
    who, pager = thread_text(scene, record.thread), thread_text(scene, record.c)
    wish = _WISHES.get(record.b, "access")
    return f"pagefault: no mapping lets {who} {wish} {record.a:#x}; its pager is {pager}"


def _send(scene: Scene, record: Record) -> str:
    text = message_text(scene, record.thread, record.a, record.b, record.c)
    return text + crossing(scene, record.thread, record.a)


def _receive(scene: Scene, record: Record) -> str:
    who, sender = thread_text(scene, record.thread), thread_text(scene, record.a)
    if record.b >> 4 == PAGEFAULT_PROTOCOL:
        return f"{who} takes up the fault of {sender} at {record.c:#x}"
    if not between_servers(scene, record.thread, record.a):
        return f"{who} takes up the message of {sender} (label {record.b})"
    return f"{who} takes up the message of {sender}: {labels.label_text(record.b)}"


def _wait(scene: Scene, record: Record) -> str:
    who, whom = thread_text(scene, record.thread), thread_text(scene, record.a)
    return f"{who}'s message to {whom} ({fault_or_label(record.b)}) waits until {whom} receives"


def _mapped(scene: Scene, record: Record) -> str:
    frame, rights = record.c >> 3, record.c & 7
    new = entry_name(scene, record.a, frame)
    below = space_text(scene, space_of(record.b))
    backed = "" if new.endswith(frame_text(frame)) else f", frame {frame_text(frame)}"
    home = _kept_on(scene, record.a)
    return f"mapping database: {new} below {below}{backed} {rights_text(rights)}{home}"


def _unmapped(scene: Scene, record: Record) -> str:
    gone = entry_name(scene, record.a, record.c)
    frame = "" if gone.endswith(frame_text(record.c)) else f", frame {frame_text(record.c)}"
    rights = rights_text(record.b)
    return f"mapping database: {gone} removed{frame} {rights}{_kept_on(scene, record.a)}"


def _kept_on(scene: Scene, entry: int) -> str:
    home = space_home(scene, space_of(entry))
    return "" if home is None else f", entry on N{home}"


def _unmap_call(scene: Scene, record: Record) -> str:
    who, call = thread_text(scene, record.thread), "flush" if record.b & 1 else "unmap"
    if not from_word(record.a).rights:
        return f"{who} asks about {_region(scene, record)}{status_text(record.b >> 1, ask=True)}"
    revoked = count_of(record.c, "mapping entry")
    told = f"{who} calls {call} on {_region(scene, record)}: {revoked} revoked"
    return told + status_text(record.b >> 1)


def status_text(bits: int, *, ask: bool = False) -> str:
    """What the status bits say that unmap returns; with `ask` also if they say nothing."""
    used = [word for right, word in _WISHES.items() if bits & right]
    done = " and ".join(_DONE[word] for word in used)
    if ask:
        return f": {done or 'not used'} since its last question"
    return f"; {done} since its last unmap call" if used else ""


def _region(scene: Scene, record: Record) -> str:
    """What a program unmaps: its own fpage, or the frames that a server names by their numbers."""
    region = from_word(record.a)
    if record.thread in scene.world.programs or region.is_whole or region.is_nil:
        return str(region)
    first, last = region.first_page, region.first_page + region.pages - 1
    if first == last:
        return f"its frame {frame_text(first)}"
    return f"its frames {frame_text(first)}{glyphs_of(scene).span}{frame_text(last)}"


def _allocated(_scene: Scene, record: Record) -> str:
    return f"kernel memory: N{record.a} gives {record.b} bytes for {_kind(record.c)}"


def _freed(_scene: Scene, record: Record) -> str:
    return f"kernel memory: N{record.a} takes back {record.b} bytes of {_kind(record.c)}"


def _kind(kind: int) -> str:
    name = KIND_NAMES[kind]
    return f"a slab of {name}" if name.endswith("s") else f"a {name}"


def _shootdown(scene: Scene, record: Record) -> str:
    node = scene.world.kernel.machine.cpu_node[record.a]
    return (
        f"TLB shootdown: interrupt to CPU {record.a} on N{node}, which runs "
        f"{space_text(scene, record.b)}: {count_of(record.c, 'page')}"
    )


def _accessed(scene: Scene, record: Record) -> str:
    verb = VERBS.get(record.b, "accesses")
    who = thread_text(scene, record.thread)
    return f"{who} {verb} {record.a:#x}: frame {access_text(scene, record)}"


def _looked_up(scene: Scene, record: Record) -> str:
    found = f"frame {frame_text(record.c - 1)}" if record.c else "no frame yet"
    who = thread_text(scene, record.thread)
    return f"{who} looks page {record.a:#x} up in the directory on {_at(scene, record)}: {found}"


def _published(scene: Scene, record: Record) -> str:
    who, where = thread_text(scene, record.thread), _at(scene, record)
    if not record.c:
        return f"{who} removes page {record.a:#x} from the directory on {where}"
    frame = frame_text(record.c - 1)
    return f"{who} writes page {record.a:#x} into the directory on {where}: frame {frame}"


def _at(scene: Scene, record: Record) -> str:
    """The directory's node as seen from the pager that uses it."""
    remote = record.b != scene.thread_node(record.thread)
    return f"N{record.b} (remote)" if remote else f"N{record.b}"


def _deferred(scene: Scene, record: Record) -> str:
    who, sender = thread_text(scene, record.thread), thread_text(scene, record.a)
    return f"{who} puts the message of {sender} ({fault_or_label(record.b)}) aside for later"


def _extended(scene: Scene, record: Record) -> str:
    name = entry_name(scene, entry_id(record.a, record.b))
    return f"mapping database: {name} now has rights {rights_text(record.c)}"


def _overmapped(scene: Scene, record: Record) -> str:
    name = entry_name(scene, entry_id(record.a, record.b), -1)
    return f"overmapping: {name} showed frame {frame_text(record.c)} and is unmapped first"


_PLACED = {
    SINGLE: "and maps it to whoever needs it",
    SHARED: "only to be read, so that it can be copied",
    COLLAPSED: "and makes no copies any more",
}
_SENTENCES: dict[Event, Callable[[Scene, Record], str]] = {
    Event.TLB_MISS: _tlb_miss,
    Event.PAGEFAULT_USER: _pagefault,
    Event.IPC_SEND: _send,
    Event.IPC_RECV: _receive,
    Event.IPC_WAIT: _wait,
    Event.FPAGE_MAP: call_text.item_done,
    Event.FPAGE_OVERMAP: _overmapped,
    Event.FPAGE_MAPCTRL: _extended,
    Event.MDB_MAP: _mapped,
    Event.MDB_UNMAP: _unmapped,
    Event.MDB_MAP_LARGE: lambda s, r: f"{_mapped(s, r)} (2 MiB)",
    Event.MDB_UNMAP_LARGE: lambda s, r: f"{_unmapped(s, r)} (2 MiB)",
    Event.FPAGE_SPLIT: call_text.split_text,
    Event.TLB_FLUSH: call_text.flushed,
    Event.IPC_ERROR: call_text.failed_ipc,
    Event.IPC_LISTEN: call_text.listening,
    Event.MAIL_WRITE: lambda s, r: f"through shared memory: {_send(s, r)}",
    Event.MAIL_READ: lambda s, r: f"from its mailbox in shared memory: {_receive(s, r)}",
    Event.PAGE_COPY: lambda s, r: (
        f"{thread_text(s, r.thread)} copies page {r.a:#x} from frame {frame_text(r.b)}"
        f" to frame {frame_text(r.c)}"
    ),
    Event.PLACEMENT: lambda s, r: (
        f"nobody maps page {r.a:#x} now: {thread_text(s, r.thread)} keeps it in frame"
        f" {frame_text(r.c)}, {_PLACED.get(r.b, _PLACED[SINGLE])}"
    ),
    Event.THREAD_CONTROL: call_text.thread_control,
    Event.SPACE_CONTROL: call_text.space_control,
    Event.SCHEDULE: call_text.scheduled,
    Event.EXCHANGE_REGISTERS: call_text.exchanged,
    Event.SPACE_END: call_text.space_ended,
    Event.SYSCALL_UNMAP: _unmap_call,
    Event.KMEM_ALLOC: _allocated,
    Event.KMEM_FREE: _freed,
    Event.TLB_SHOOTDOWN: _shootdown,
    Event.ACCESS: _accessed,
    Event.RESUME: lambda s, r: f"{thread_text(s, r.a)} resumes and will try its access again",
    Event.DIRECTORY_READ: _looked_up,
    Event.DIRECTORY_WRITE: _published,
    Event.DEFER: _deferred,
    Event.HALT: lambda s, r: f"{thread_text(s, r.a)} is halted: {HALT_REASONS.get(r.b, 'halted')}",
    Event.REFUSED: lambda _s, r: f"the kernel refuses the call: {MEANINGS.get(r.a, 'error')}",
    Event.THREAD_DONE: lambda s, r: f"{thread_text(s, r.thread)} is at the end of its program",
}
