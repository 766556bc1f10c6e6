"""The run in words: what has happened, what it cost, who changed what, what comes next."""

from __future__ import annotations

from collections.abc import Iterator

from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.thread_state import READY, RETRYING, code_of
from l4numa_tui.views.messages.lane_events import lane_events, party_name
from l4numa_tui.views.pane_parts import count_of, number
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.steps.ending import ending
from l4numa_tui.views.steps.record_text import describe_record, fault_or_label, thread_text
from l4numa_tui.views.steps.step_text import headline, operation_text
from l4numa_tui.world.operations import DO, Action
from l4numa_tui.world.session import Session

MESSAGES = 12  # so many of the newest are listed unless more are asked for
STEPS = 30  # so many steps are told one by one
_DEAREST = 5
_EFFECTS = (
    Event.FPAGE_SPLIT, Event.FPAGE_MAPCTRL, Event.MDB_UNMAP, Event.MDB_UNMAP_LARGE,
    Event.KMEM_ALLOC, Event.KMEM_FREE, Event.TLB_SHOOTDOWN,
)  # fmt: skip


def show_messages(scene: Scene, session: Session, most: int = MESSAGES) -> list[str]:
    """The newest messages, each with the step it was sent in; at most `most` of them."""
    told = (Event.IPC_SEND, Event.IPC_WAIT, Event.MAIL_WRITE)
    sent = [each for each in session.records(1, session.cursor) if each[1].event in told]
    if not sent:
        return ["No message has been sent yet."]
    left = f" The newest {most} of {number(len(sent))}:" if len(sent) > most else ""
    here, lines = session.cursor, [f"Messages so far.{left}"]
    for step, record in sent[-most:]:
        session.seek(step)  # threads may have moved since then
        lines.append(f"  step {step}: {describe_record(scene, record)}")
    session.seek(here)
    return lines


def show_lanes(scene: Scene, session: Session, most: int = MESSAGES) -> list[str]:
    """The newest rows of the message lanes: who did what to whom, and the cycles of each."""
    here = session.cursor
    events = lane_events(scene, session.records(here - most + 1, here))  # a row a step at least
    if not events:
        return ["Nothing has happened yet: this is the beginning."]
    lines = [f"The newest {count_of(min(most, len(events)), 'event')}:"]
    for event in events[-most:]:
        who = f"{party_name(scene, event.source)} on N{event.source.node}"
        if event.to is not None:
            who = f"{who} to {party_name(scene, event.to)} on N{event.to.node}"
        cost = f", {count_of(event.cost, 'cycle')}" if event.cost else ""
        lines.append(f"  step {event.step}: {who}: {event.text}{cost}")
    return lines


def show_events(scene: Scene, session: Session) -> Iterator[str]:
    """Everything that happened inside the last step, in order."""
    last = session.last
    if last is None:
        yield "Nothing has happened yet: this is the beginning."
        return
    yield f"Inside step {session.cursor}, in order:"
    for record in _calls_first(list(last.records())):
        yield f"  {describe_record(scene, record)}"


def _calls_first(records: list[Record]) -> list[Record]:
    """The records with every call of unmap before its effects: the kernel notes it at its end."""
    out: list[Record] = []
    begin = 0
    for record in records:
        if record.event == Event.SYSCALL_UNMAP:
            out.insert(begin, record)
        else:
            out.append(record)
        if record.event not in _EFFECTS:
            begin = len(out)
    return out


def show_timeline(scene: Scene, session: Session, first: int = 0) -> list[str]:
    """Where the run stands and which steps were dear; from step `first` on, if it is given, each.

    Steps after the one where the session stands are those that have been seen before.
    """
    here, length = session.cursor, session.length
    costs = [session.change(index).cycles for index in range(1, length + 1)]
    totals = scene.world.totals()
    known = f", {count_of(length, 'step')} known" if length != here else ""
    lines = [
        f"You are at step {here}{known}.",
        f"Cycles so far: {number(totals.cycles)}. Pagefaults so far: {number(totals.faults)}.",
    ]
    if not length:
        return lines
    if first:
        wanted = list(range(first, min(first + STEPS, length + 1)))
        lines.append(f"Steps from {first} on:" if wanted else f"There is no step {first} yet.")
    else:
        wanted = sorted(range(1, length + 1), key=lambda index: (-costs[index - 1], index))
        wanted = wanted[:_DEAREST]
        lines.append("The dearest steps:")
    for index in wanted:
        session.seek(index)  # a headline looks at the world as the step has left it
        told = headline(
            Scene(scene.world, session.last, None, scene.ascii_only), session.change(index)
        )
        lines.append(f"  step {index}, {number(costs[index - 1])} cycles: {told}")
    session.seek(here)
    if wanted and first and wanted[-1] < length:
        lines.append(f"`show timeline {wanted[-1] + 1}` goes on.")
    return lines


def show_next(scene: Scene, session: Session) -> list[str]:
    """What comes next, and everything that is possible now, numbered as `choose` takes it."""
    enabled = scene.world.enabled()
    if not enabled:
        return ending(scene)
    action = session.next_action()
    lines = []
    if action is not None:
        again = " (you have seen it before)" if session.cursor < session.length else ""
        lines.append(f"Next comes {_next_text(scene, action)}{again}.")
    lines.append("Possible now:")
    lines += [f"  {at}. {_next_text(scene, each)}" for at, each in enumerate(enabled, 1)]
    return lines


def _next_text(scene: Scene, action: Action) -> str:
    """Who would act, and what for: `A.1, to read 0x402000`, `pager1, with a fault of A.1`."""
    thread = action[1]
    name = thread_text(scene, thread)
    if action[0] == DO:
        return f"{name}, to {operation_text(scene, action[2:])}"
    kernel = scene.world.kernel
    if thread in scene.world.programs:
        operation = scene.world.next_operation(thread)
        again = "again " if code_of(kernel.state.rows.get(thread, READY)) == RETRYING else ""
        if operation is None:
            return f"{name}, to end a system call"
        return f"{name}, to {again}{operation_text(scene, operation)}"
    got = kernel.inbox.rows.get(thread)
    if got is not None:
        return f"{name}, with {fault_or_label(got[1])!r} from {thread_text(scene, got[0])}"
    return f"{name}, with what it has still to send or to read"
