"""The views of the line-by-line conversation: short lists that a screen reader can read aloud."""

from __future__ import annotations

from collections.abc import Iterator

from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of, vpn_of
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.kernel.thread_state import (
    ANYONE,
    HALTED,
    NAMES,
    READY,
    RECEIVING,
    SENDING,
    code_of,
    partner_of,
)
from l4numa_tui.machine.machine import frame_text, node_of
from l4numa_tui.machine.mmu import INDEX_MASK
from l4numa_tui.views.pane_parts import count_of
from l4numa_tui.views.record_text import describe_record, space_text, thread_text
from l4numa_tui.views.scene import Scene
from l4numa_tui.world.session import Session

_MESSAGES = 12  # so many of the newest are listed


_EFFECTS = (
    Event.FPAGE_SPLIT, Event.FPAGE_MAPCTRL, Event.MDB_UNMAP, Event.MDB_UNMAP_LARGE,
    Event.KMEM_ALLOC, Event.KMEM_FREE, Event.TLB_SHOOTDOWN,
)  # fmt: skip


def show_database(scene: Scene) -> list[str]:
    """The mapping database: each frame that somebody uses, and who has it from whom.

    Used is what an application maps; on a bare kernel, what any space maps. Neighbours that look
    alike are told once.
    """
    database = scene.world.kernel.database
    users = _application_spaces(scene)
    rows = database.entries.rows
    used = sorted(
        {
            row[0] + at
            for entry, row in rows.items()
            if not users or space_of(entry) in users
            for at in range(database.pages_of(entry))
        }
    )
    lines = ["The mapping database: who has a frame from whom."]
    trees = [(frame, _tree(scene, frame)) for frame in used]
    at = 0
    while at < len(trees):
        first, tree = trees[at]
        alike = 1
        while at + alike < len(trees) and trees[at + alike] == (first + alike, tree):
            alike += 1
        lines += _tree_lines(scene, first, alike, tree)
        at += alike
    if not used:
        lines.append(
            "No frame is mapped to the application yet." if users else "Nothing is mapped."
        )
    held = {row[0] + at for entry, row in rows.items() for at in range(database.pages_of(entry))}
    spare = len(held) - len(used)
    if spare:
        lines.append(f"{count_of(spare, 'more frame')} at the pagers, not mapped any further.")
    return lines


def _tree(scene: Scene, frame: int) -> list[tuple[int, int, int, int, bool]]:
    """(depth, space, page - frame, rights, is it 2 MiB) of all that maps a frame, eldest first."""
    database = scene.world.kernel.database
    out = []
    pending = [(each, 2) for each in database.page_children(entry_id(SIGMA0, frame))]
    while pending:
        page, depth = pending.pop()
        row = database.row(page)
        if row is not None:
            large = database.large_around(page) is not None
            out.append((depth, space_of(page), vpn_of(page) - frame, row[1], large))
        pending += [(each, depth + 1) for each in database.page_children(page)]
    return out


def _tree_lines(
    scene: Scene, first: int, alike: int, tree: list[tuple[int, int, int, int, bool]]
) -> list[str]:
    what = f"Frame {frame_text(first)}"
    if alike > 1:
        what = f"{alike} frames alike, {frame_text(first)} to {frame_text(first + alike - 1)}"
    lines = [f"{what}, in the memory of N{node_of(first)}:", "  sigma0"]
    for depth, space, offset, rights, large in tree:
        page = "" if not offset else f" page {first + offset:#x}"
        size = f" of the 2 MiB at page {first + offset & ~INDEX_MASK:#x}" if large else ""
        home = scene.world.kernel.spaces.rows[space][0]
        told = f"{space_text(scene, space)}{page}{size} {rights_text(rights)}, entry on N{home}"
        lines.append("  " * depth + told)
    return lines


def show_tables(scene: Scene) -> list[str]:
    """The page tables of the application's spaces, else of all: which page is which frame."""
    kernel = scene.world.kernel
    users = _application_spaces(scene)
    of = "of the application's spaces" if users else "of all spaces but sigma0's"
    lines = [f"The page tables {of}."]
    for space in users or [each for each in kernel.spaces.rows if each != SIGMA0]:
        home, root, _ = kernel.spaces.rows[space]
        tables = 1 + sum(1 for _ in kernel.tables.tables(root))
        kept = f"home N{home}, {count_of(tables, 'page table')} there"
        lines.append(f"{space_text(scene, space)} ({kept}):")
        pieces = list(kernel.tables.pieces(root, 0, 1 << 36))
        for vpn, size in pieces:
            entry = kernel.database.entries.rows[entry_id(space, vpn)]
            frame, rights = frame_text(entry[0]), rights_text(entry[1])
            large = f", 2 MiB: {size} pages" if size > 1 else ""
            lines.append(f"  page {vpn:#x} is frame {frame}, {rights}{large}")
        if not pieces:
            lines.append("  no page is mapped")
    return lines


def show_machine(scene: Scene) -> list[str]:
    """The nodes: what runs there, what the kernel keeps there, what happened there."""
    world = scene.world
    kernel, machine = world.kernel, world.kernel.machine
    lines = ["The machine."]
    for node in range(machine.nodes):
        totals = world.totals(node)
        cpus = count_of(len(machine.node_cpus[node]), "CPU")
        lines.append(
            f"N{node}: {cpus}, {count_of(machine.user_frames[node], 'frame')}"
            + _pool_text(scene, node)
        )
        for thread, (_, cpu, _) in sorted(kernel.threads.rows.items()):
            if machine.cpu_node[cpu] == node:
                lines.append(f"  {_thread(scene, thread, cpu)}")
        lines.append(
            f"  so far: {count_of(totals.faults, 'pagefault')}, "
            f"{count_of(totals.local, 'local access')}, {totals.remote} remote; "
            f"{kernel.memory.bytes_on(node)} bytes of kernel memory"
        )
    return lines


def _pool_text(scene: Scene, node: int) -> str:
    system = scene.world.system
    if node not in system.roster.pager_threads:
        return "."
    return f", {system.pools.left(node)} free in the pager's pool."


def _thread(scene: Scene, thread: int, cpu: int) -> str:
    kernel = scene.world.kernel
    name = thread_text(scene, thread)
    if thread not in scene.world.programs:
        waiting = "has a message to serve" if thread in kernel.inbox.rows else "waits for messages"
        return f"CPU {cpu}: {name}, {waiting}"
    code = code_of(kernel.state.rows.get(thread, READY))
    pager = kernel.threads.rows[thread][2]
    state, partner = NAMES[code], partner_of(kernel.state.rows.get(thread, READY))
    if code == READY and scene.world.next_operation(thread) is None:
        state = "at the end of its program"
    elif code in (SENDING, RECEIVING):
        state += f" {'to' if code == SENDING else 'from'} "
        state += thread_text(scene, partner) if partner != ANYONE else "anyone"
    if code == HALTED or not pager:
        return f"CPU {cpu}: {name}, {state}"
    gone = "" if pager in kernel.threads.rows else ", which is gone"
    return f"CPU {cpu}: {name}, {state}; its pager is {thread_text(scene, pager)}{gone}"


def show_messages(scene: Scene, session: Session) -> list[str]:
    """The newest messages, each with the step it was sent in."""
    told = (Event.IPC_SEND, Event.IPC_WAIT, Event.MAIL_WRITE)
    sent = [each for each in session.records(1, session.cursor) if each[1].event in told]
    if not sent:
        return ["No message has been sent yet."]
    left = f" The newest {_MESSAGES} of {len(sent)}:" if len(sent) > _MESSAGES else ""
    here, lines = session.cursor, [f"Messages so far.{left}"]
    for step, record in sent[-_MESSAGES:]:
        session.seek(step)  # threads may have moved since then
        lines.append(f"  step {step}: {describe_record(scene, record)}")
    session.seek(here)
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


def _application_spaces(scene: Scene) -> list[int]:
    applications = scene.world.system.roster.applications.values()
    return [space for application in applications for space in application.spaces.values()]
