"""A program's system call as one line: what it is to do, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from l4numa_tui.kernel.errors import IPC_MEANINGS, MEANINGS
from l4numa_tui.kernel.fpage import NIL
from l4numa_tui.kernel.ipc import ANY_THREAD
from l4numa_tui.kernel.mapping_database import space_of
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL, REJECT, SIGMA0_PROTOCOL
from l4numa_tui.machine.mmu import LARGE_PAGES
from l4numa_tui.userland import labels
from l4numa_tui.views.pane_parts import clean, count_of
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.steps import call_text
from l4numa_tui.views.steps.record_text import between_servers
from l4numa_tui.world.operations import Op, Operation, ipc_operation

CALLS = frozenset((Op.IPC, Op.THREAD_CONTROL, Op.SPACE_CONTROL, Op.SCHEDULE, Op.EXCHANGE_REGISTERS))
_NAMES = {
    Op.IPC: "IPC",
    Op.UNMAP: "Unmap",
    Op.FLUSH: "Unmap",
    Op.THREAD_CONTROL: "ThreadControl",
    Op.SPACE_CONTROL: "SpaceControl",
    Op.SCHEDULE: "Schedule",
    Op.EXCHANGE_REGISTERS: "ExchangeRegisters",
}
_TOLD = {
    Event.THREAD_CONTROL: call_text.thread_control,
    Event.SPACE_CONTROL: call_text.space_control,
    Event.SCHEDULE: call_text.scheduled,
    Event.EXCHANGE_REGISTERS: call_text.exchanged,
    Event.SPACE_END: call_text.space_ended,
}


def call_to_make(scene: Scene, operation: Operation) -> str:
    """What a thread is to call the kernel for: `send to B`, `ThreadControl for T`."""
    if operation[0] == Op.IPC:
        return _ipc_to_make(scene, operation)
    name = _NAMES[Op(operation[0])]
    return f"{name} for {_thread(scene, operation[1])}"


def _ipc_to_make(scene: Scene, operation: Operation) -> str:
    call = ipc_operation(operation)
    to = _thread(scene, call.to)
    source = "anyone" if call.source == ANY_THREAD else _thread(scene, call.source)
    if call.to and call.label == SIGMA0_PROTOCOL and call.words:
        return f"ask {to} for {call_text.request_text(call.words[0])}"
    if not call.to:
        return f"receive from {source}" if call.source else "make an empty IPC"
    if not call.source:
        return f"send to {to}" if call.label != REJECT else f"refuse the fault of {to}"
    return f"call {to}" if call.source == call.to else f"send to {to}, then receive from {source}"


def refused_call(operation: Operation | None, code: int) -> str:
    """A call that the kernel refused, with the code's meaning."""
    name = _NAMES.get(Op(operation[0]), "the kernel") if operation else "the kernel"
    return f"calls {name}, which is refused: error {code}, {MEANINGS.get(code, 'unknown')}"


def call_made(scene: Scene, operation: Operation, records: Sequence[Record], thread: int) -> str:
    """What a system call did in this step, as it follows the thread's name."""
    told: list[str] = []
    for at, record in enumerate(records):
        if record.event in _TOLD:
            calls = "" if record.event == Event.SPACE_END else "calls "
            told.append(calls + _TOLD[record.event](scene, record))
        elif record.thread == thread:
            text = _ipc_part(scene, operation, record, records[at + 1 :])
            if text:
                told.append(text)
    return ", ".join(told) or f"goes on: its {_NAMES[Op(operation[0])]} has ended"


def _ipc_part(scene: Scene, operation: Operation, record: Record, after: Sequence[Record]) -> str:
    whom = _thread(scene, record.a)
    match record.event:
        case Event.IPC_SEND:
            text = _sent(scene, operation, record, after)
        case Event.IPC_WAIT:
            text = f"has to wait until {whom} receives"
        case Event.IPC_LISTEN:
            text = f"waits for a message from {whom if record.a else 'anyone'}{_window(operation)}"
        case Event.IPC_RECV:
            text = _taken(scene, record)
        case Event.IPC_ERROR:
            text = f"gets IPC error {record.b}: {IPC_MEANINGS.get(record.b, 'unknown')}"
        case _:
            text = ""
    return text


def _window(operation: Operation) -> str:
    """The receive window, where the call names one that is not the whole space."""
    window = ipc_operation(operation).acceptor if operation[0] == Op.IPC else NIL
    if window.is_nil or window.is_whole:
        return ""
    return f", window {window.base:#x}/{window.log2}"


def _taken(scene: Scene, record: Record) -> str:
    sender = _thread(scene, record.a)
    if record.b >> 4 == PAGEFAULT_PROTOCOL:
        return f"takes up the fault of {sender} at {record.c:#x}"
    if record.b == labels.CHUNK and between_servers(scene, record.thread, record.a):
        return f"has its memory from {sender}"
    if record.b in (labels.EXHAUSTED, labels.NOT_FREE) and between_servers(
        scene, record.thread, record.a
    ):
        return f"learns that {sender} does not give it"
    return f"takes up the message of {sender} (label {record.b})"


def _sent(scene: Scene, operation: Operation, record: Record, after: Sequence[Record]) -> str:
    whom = _thread(scene, record.a)
    if record.b == SIGMA0_PROTOCOL:
        return f"asks {whom} for {call_text.request_text(record.c)}"
    if record.b == REJECT:
        return f"refuses the fault of {whom}, which is halted"
    answers = any(r.event in (Event.RESUME, Event.HALT) and r.a == record.a for r in after)
    items = operation[0] == Op.IPC and bool(ipc_operation(operation).items)
    carried = _carried(scene, record.a, after) if items else []
    if answers:
        what = " and ".join(carried) or "nothing is mapped"
        return f"answers {whom}: {what}"
    what = f": {' and '.join(carried) or 'nothing is mapped'}" if items else ""
    label = f" (label {record.b})" if record.b and not items else ""
    offered = f" with {_items(operation)}" if items else ""
    return f"sends a message to {whom}{label}{offered}{what}"


def _items(operation: Operation) -> str:
    """What a call offers: `map 0x11000/12 rwx, hot spot 0x2000`."""
    return "; ".join(
        f"{'grant' if item.grant else 'map'} {item.send}, hot spot {item.snd_base:#x}"
        for item in ipc_operation(operation).items
    )


def _carried(scene: Scene, thread: int, after: Sequence[Record]) -> list[str]:
    """What the items of one message brought its receiver: up to the next message."""
    row = scene.world.kernel.threads.rows.get(thread)
    space = row[0] if row else -1
    pages = large = replaced = extended = splits = 0
    for record in after:
        if record.event == Event.IPC_SEND:
            break
        if record.event == Event.MDB_MAP and space_of(record.a) == space:
            pages += 1
        elif record.event == Event.MDB_MAP_LARGE and space_of(record.a) == space:
            large += 1
        replaced += record.event == Event.FPAGE_OVERMAP
        extended += record.event == Event.FPAGE_MAPCTRL and record.a == space
        splits += record.event == Event.FPAGE_SPLIT
    texts = []
    if splits:
        texts.append(f"{count_of(splits, '2 MiB entry')} split")
    if replaced:
        texts.append(f"{count_of(replaced, 'mapping')} replaced")
    if large:
        texts.append(f"{count_of(large * LARGE_PAGES, 'page')} mapped as 2 MiB")
    if pages:
        texts.append(f"{count_of(pages, 'page')} mapped")
    if extended:
        texts.append(f"other rights for {count_of(extended, 'page')}")
    return texts


def _thread(scene: Scene, thread: int) -> str:
    return clean(scene, scene.thread_name(thread))
