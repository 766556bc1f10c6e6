"""What a step was, in one line; the program's voice with `describe_record`, `explain_changes`."""

from __future__ import annotations

from l4numa_tui.kernel.errors import MEANINGS
from l4numa_tui.kernel.fpage import from_word
from l4numa_tui.kernel.mapping_database import space_of
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.kernel.thread_state import READY, RETRYING, code_of, ip_of
from l4numa_tui.kernel.transfer import PAGEFAULT_PROTOCOL, REJECT, SIGMA0_PROTOCOL
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text
from l4numa_tui.machine.mmu import LARGE_PAGES
from l4numa_tui.userland import labels
from l4numa_tui.views.pane_parts import clean, count_of, glyphs_of, wrap
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.steps.call_headline import CALLS, call_made, call_to_make, refused_call
from l4numa_tui.views.steps.call_text import request_text
from l4numa_tui.views.steps.record_text import (
    VERBS,
    access_text,
    describe_record,
    fault_or_label,
    status_text,
    thread_text,
)
from l4numa_tui.views.steps.step_changes import explain_changes
from l4numa_tui.world.operations import DO, Op, Operation
from l4numa_tui.world.session import StepChange

__all__ = ["describe_record", "explain_changes", "headline", "operation_text", "wrap"]


def headline(scene: Scene, change: StepChange) -> str:
    """Say in one line what a step was: `A.1 reads 0x402000 → pagefault`.

    `change` may be any known step of the scene's world, not only the last.
    """
    thread = change.action[1]
    records = list(change.records())
    name = thread_text(scene, thread)
    if thread in scene.world.programs:
        return f"{name} {_of_program(scene, change, records)}"
    return f"{name} {_of_server(scene, change, records)}"


def operation_text(scene: Scene, operation: Operation) -> str:
    """What a thread is to do: `read 0x402000`, `unmap pages 0x400–0x401 everywhere`."""
    code, operand = operation[0], operation[1]
    if code == Op.UNMAP_GLOBAL:
        return f"unmap {_pages(scene, operand, operation[2])} on all nodes"
    if code == Op.WORK:
        return f"compute for {operand} cycles"
    if code in (Op.UNMAP, Op.FLUSH):
        return f"{Op(code).name.lower()} {from_word(operand)}"
    if code in CALLS:
        return call_to_make(scene, operation)
    if code in (Op.MIGRATE, Op.RECOVER):
        moves = code == Op.MIGRATE
        return f"migrate to N{operand}" if moves else f"have page {operand:#x}'s frame taken back"
    return f"{Op(code).name.lower()} {operand:#x}"


def _pages(scene: Scene, first: int, pages: int) -> str:
    if pages == 1:
        return f"page {first:#x}"
    return f"pages {first:#x}{glyphs_of(scene).span}{first + pages - 1:#x}"


def _of_program(scene: Scene, change: StepChange, records: list[Record]) -> str:
    """What a program did: the trap or operation it ended with, after however many accesses."""
    word = _word_before(change)
    accesses = [record for record in records if record.event == Event.ACCESS]
    operation = _operation(scene, change, word)
    if operation is not None and operation[0] in CALLS and not accesses:
        return _of_call(operation, scene, records, change.action[1])
    again = "retries and " if code_of(word) == RETRYING else ""
    return again + _of_accesses(scene, change, word, records, accesses)


def _of_call(operation: Operation, scene: Scene, records: list[Record], thread: int) -> str:
    refused = next((each for each in records if each.event == Event.REFUSED), None)
    if refused is not None and refused.thread == thread:
        return refused_call(operation, refused.a)
    return call_made(scene, operation, records, thread)


def _of_accesses(
    scene: Scene, change: StepChange, word: int, records: list[Record], accesses: list[Record]
) -> str:
    for record in records:
        text = _trap(scene, record, records)
        if text and accesses:
            return f"makes {count_of(len(accesses), 'access')}, then {text}"
        if text:
            return text
    if len(accesses) > 1:
        return f"makes {count_of(len(accesses), 'access')}"
    if accesses:
        only = accesses[0]
        verb = VERBS.get(only.b, "accesses")
        return f"{verb} {only.a:#x}: {access_text(scene, only)}"
    return _of_operation(scene, change, word, records)


def _trap(scene: Scene, record: Record, records: list[Record]) -> str:
    """What a record says of a program that entered the kernel; empty for other records."""
    if record.event == Event.PAGEFAULT_USER:
        pager = thread_text(scene, record.c)
        waits = any(each.event == Event.IPC_WAIT for each in records)
        to = f"{pager} is busy: the fault IPC waits" if waits else f"fault IPC to {pager}"
        verb = VERBS.get(record.b, "accesses")
        return f"{verb} {record.a:#x} {glyphs_of(scene).arrow} pagefault, {to}"
    if record.event == Event.REFUSED:
        return refused_call(None, record.a)
    if record.event == Event.SYSCALL_UNMAP:
        region = from_word(record.a)
        if not region.rights:
            return f"asks about {region}{status_text(record.b >> 1, ask=True)}"
        call = "flushes" if record.b & 1 else "unmaps"
        split = any(each.event == Event.FPAGE_SPLIT for each in records)
        first = "a 2 MiB entry is split, then " if split else ""
        gone = count_of(record.c, "mapping entry")
        return f"{call} {region}: {first}{gone} revoked" + status_text(record.b >> 1)
    return ""


def _of_operation(scene: Scene, change: StepChange, word: int, records: list[Record]) -> str:
    operation = _operation(scene, change, word)
    if operation is None:
        return "has nothing to do"
    if operation[0] == Op.WORK:
        return f"computes for {operation[1]} cycles"
    asked = any(record.event in (Event.IPC_SEND, Event.IPC_WAIT) for record in records)
    if operation[0] in (Op.MIGRATE, Op.RECOVER):
        what = operation_text(scene, operation)
        return f"asks to {what}" if asked else _answered(scene, change, operation)
    if operation[0] != Op.UNMAP_GLOBAL:
        return f"is to {operation_text(scene, operation)}"
    pages = _pages(scene, operation[1], operation[2])
    if asked:
        pager = thread_text(scene, scene.world.kernel.threads.rows[change.action[1]][2])
        return f"asks {pager} to unmap {pages} on all nodes"
    return f"learns that {pages} {'is' if operation[2] == 1 else 'are'} unmapped on all nodes"


def _answered(scene: Scene, change: StepChange, operation: Operation) -> str:
    """How a thread goes on that has the root pager's answer."""
    if operation[0] == Op.MIGRATE:
        return f"goes on, on N{scene.world.kernel.node_of(change.action[1])}"
    return f"goes on: it was to {operation_text(scene, operation)}"


def _word_before(change: StepChange) -> int:
    """The acting thread's state word before the step."""
    for table, key, old, _ in change.changes():
        if table == "state" and key == change.action[1]:
            return old or READY
    return READY


def _operation(scene: Scene, change: StepChange, word: int) -> Operation | None:
    """The operation that a program whose state word was `word` worked on in this step."""
    thread = change.action[1]
    if change.action[0] == DO:
        return change.action[2:]
    for table, key, old, _ in change.changes():
        if table == "adhoc" and key == thread and old is not None:
            operation: Operation = old
            return operation
    operations = scene.world.programs[thread].operations
    at = ip_of(word)
    return operations[at] if at < len(operations) else None


_RECEIVED = (Event.IPC_RECV, Event.MAIL_READ)
_SENT = (Event.IPC_SEND, Event.MAIL_WRITE)
_COUNTED = {  # messages told by their number: how, and to whom
    labels.NOTIFY: ("notifies {}", "other pager"),
    labels.TAKEN: ("tells {} that it is taken back", "node pager"),
}


_PLACED = {Event.PAGE_COPY: "copies page", Event.PLACEMENT: "settles page"}


def _of_server(scene: Scene, change: StepChange, records: list[Record]) -> str:
    thread = change.action[1]
    received = next((record for record in records if record.event in _RECEIVED), None)
    done: list[str] = []
    unmapped = 0
    for at, record in enumerate(records):
        if record.event == Event.SYSCALL_UNMAP:
            unmapped += record.c
        elif record.event in _SENT and record.thread == thread:
            if record.b not in _COUNTED:
                done.append(_sent(scene, record, records[at + 1 :], received))
        else:
            done += _besides(scene, change, record)
    if any(record.event == Event.SYSCALL_UNMAP for record in records):
        done.insert(0, f"unmaps {count_of(unmapped, 'mapping entry')}")
    done += _summed_up(received, records)
    taken = _taken(scene, received) if received else ""
    if not done:
        idle = received is not None and received.b == labels.NOTIFY  # of a deaf pager
        return f"{taken}, and does nothing" if idle else taken or "sends what was waiting"
    told = ", ".join(done)
    return f"{taken}: {told}" if taken and _worth_telling(received) else told


def _besides(scene: Scene, change: StepChange, record: Record) -> list[str]:
    """What a server did besides sending and unmapping, as far as a record tells it."""
    if record.event == Event.IPC_WAIT and record.thread == change.action[1]:
        waiting = fault_or_label(record.b)
        return [f"queues {waiting!r} for {thread_text(scene, record.a)}"]
    if record.event == Event.DEFER:
        what = "notification" if record.b == labels.NOTIFY else fault_or_label(record.b)
        waiting = f"{what} of {thread_text(scene, record.a)}"
        return [f"lets the {waiting} wait{_why_deferred(change)}"]
    if record.event in _PLACED:
        return [f"{_PLACED[record.event]} {record.a:#x}: frame {frame_text(record.c)}"]
    if record.event == Event.REFUSED:
        return [f"is refused by the kernel: {MEANINGS.get(record.a, 'error')}"]
    return []


def _summed_up(received: Record | None, records: list[Record]) -> list[str]:
    """Messages that are told by their number, and what became of others that say little."""
    done = []
    for label, (text, whom) in _COUNTED.items():
        told = [record for record in records if record.event in _SENT and record.b == label]
        if told:
            done.append(text.format(count_of(len(told), whom)))
    if received is not None and received.b == labels.SHOW:
        mapped = [record for record in records if record.event == Event.MDB_MAP]
        done += [f"maps frame {frame_text(record.c >> 3)}" for record in mapped]
    return done


def _why_deferred(change: StepChange) -> str:
    """Why a pager put a request aside, where it noted that it wants to be woken."""
    noted = any(table == "directory_waiters" for table, _, _, _ in change.changes())
    return ": its page is being unmapped" if noted else ""


def _worth_telling(received: Record | None) -> bool:
    """Faults and requests speak through their answer; these messages do not."""
    return received is not None and received.b in (
        labels.ACK, labels.NOTIFY, labels.WAKE, labels.EXHAUSTED, labels.UNMAP_CALL, labels.SHOW,
    )  # fmt: skip


def _taken(scene: Scene, received: Record) -> str:
    sender = thread_text(scene, received.a)
    if received.b >> 4 == PAGEFAULT_PROTOCOL:
        return f"takes up the fault of {sender} at {received.c:#x}"
    texts = {
        labels.ACK: f"has the acknowledgement of {sender}",
        labels.NOTIFY: f"is notified by {sender}",
        labels.WAKE: f"is woken by {sender}",
        labels.EXHAUSTED: f"learns that no frames of N{received.c} are left",
        labels.UNMAP_CALL: f"is asked by {sender} to unmap on all nodes",
        labels.CHUNK: f"gets frames from {sender}",
        labels.LOOKUP: f"is asked by {sender} for a page's frame",
        labels.FRAME: f"learns the frame from {sender}",
        labels.UNMAP_ASK: f"is asked by {sender} to unmap",
        labels.UNMAP_OK: f"learns that {sender} has unmapped",
        labels.SHOW: f"is told by {sender} to map a page",
        labels.TAKEN: f"learns that nobody has frame {frame_text(received.c)}",
        labels.GO_ON: "goes on",
        labels.MIGRATE: f"moves {sender} to N{received.c}",
    }
    return texts.get(received.b) or f"takes up {labels.label_text(received.b)!r} of {sender}"


def _refused(scene: Scene, record: Record, received: Record | None) -> str:
    """A refusal, with the reason where the regions give one: else a pager just decided so."""
    whom = thread_text(scene, record.a)
    said = f"refuses the fault of {whom}, which is halted"
    if received is None or received.a != record.a or received.b >> 4 != PAGEFAULT_PROTOCOL:
        return said
    application, _ = scene.world.system.roster.of_thread(record.a)
    region = application.region_of(received.c >> PAGE_LOG2)
    if region is None:
        return f"{said}: {received.c:#x} is in no region"
    if received.b & 7 & ~region.rights:
        name = clean(scene, region.name)
        return f"{said}: region {name} allows {rights_text(region.rights)} only"
    return said


def _sent(scene: Scene, record: Record, after: list[Record], received: Record | None) -> str:
    whom = thread_text(scene, record.a)
    if record.b == REJECT:
        return _refused(scene, record, received)
    if received is not None and received.b == labels.MIGRATE:
        where = "is there already" if record.b == labels.MIGRATE else "cannot go there"
        return f"tells {whom} that it {where}"
    if record.b == labels.MAP_REPLY:
        return _answer(scene, record, after)
    if record.b == labels.CHUNK:
        frames = sum(
            LARGE_PAGES if each.event == Event.MDB_MAP_LARGE else 1
            for each in _mapped_to(scene, record.a, after)
        )
        first = frame_text(record.c)
        run = f"{count_of(frames, 'frame')} from {first} on"
        return f"maps {f'frame {first}' if frames == 1 else run} to {whom}"
    if record.b == SIGMA0_PROTOCOL:
        return f"asks {whom} for {request_text(record.c)}"
    texts = {
        labels.REFILL: f"asks {whom} for frames of N{record.c}",
        labels.WANT: f"asks {whom} for the frames at {frame_text(record.c)}",
        labels.EXHAUSTED: f"tells {whom} that no frames of N{record.c} are left",
        labels.NOT_FREE: f"tells {whom} that frame {frame_text(record.c)} is not free",
        labels.ACK: f"acknowledges to {whom}",
        labels.UNMAP_DONE: f"tells {whom} that all nodes have unmapped",
        labels.WAKE: f"wakes {whom}",
        labels.LOOKUP: f"asks {whom} which frame it is",
        labels.FRAME: f"tells {whom} the frame",
        labels.UNMAP_ASK: f"asks {whom} to unmap its pages",
        labels.UNMAP_OK: f"tells {whom} that it has unmapped",
        labels.SHOW: f"has {whom} map it as well",
        labels.TAKE_BACK: f"asks {whom} to take frame {frame_text(record.c)} back",
        labels.TAKEN: f"tells {whom} that it is taken back",
        labels.GO_ON: "will go on later",
    }
    return texts.get(record.b) or f"sends {labels.label_text(record.b)!r} to {whom}"


def _answer(scene: Scene, record: Record, after: list[Record]) -> str:
    whom = thread_text(scene, record.a)
    for mapped in _mapped_to(scene, record.a, after):
        return f"answers {whom}: maps frame {frame_text(mapped.c >> 3)} at {record.c:#x}"
    for each in after:
        if each.event == Event.FPAGE_MAPCTRL:
            return f"answers {whom}: more rights at {record.c:#x}"
    if not record.c:
        return f"answers {whom} with an empty message: nothing is mapped"
    return f"answers {whom}: {record.c:#x} is mapped already"


def _mapped_to(scene: Scene, thread: int, after: list[Record]) -> list[Record]:
    """The entries that one message brought its receiver: those up to the next message."""
    row = scene.world.kernel.threads.rows.get(thread)
    space = row[0] if row else -1
    out = []
    for record in after:
        if record.event == Event.IPC_SEND:
            break
        mapped = record.event in (Event.MDB_MAP, Event.MDB_MAP_LARGE)
        if mapped and space_of(record.a) == space:
            out.append(record)
    return out
