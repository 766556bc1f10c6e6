"""Cards about kernel objects: a thread, an address space, a node."""

from __future__ import annotations

from l4numa_tui.kernel.mapping_database import space_of
from l4numa_tui.kernel.memory import ENTRY_BYTES, KIND_NAMES
from l4numa_tui.kernel.thread_state import (
    HALT_REASONS,
    HALTED,
    NAMES,
    READY,
    code_of,
    partner_of,
    refaults_of,
)
from l4numa_tui.userland import labels
from l4numa_tui.views.inspecting.card import Card, frame_part, space_part, thread_part
from l4numa_tui.views.machine.machine_node import homes
from l4numa_tui.views.pane_parts import application_spaces, clean, count_of, given_out, number
from l4numa_tui.views.segments import Line, Segment
from l4numa_tui.views.steps.step_text import operation_text


def thread_card(card: Card, thread: int) -> None:
    """A thread: where it runs, what it waits for, what it does next, which messages lie about."""
    pen, scene = card.pen, card.pen.scene
    kernel = scene.world.kernel
    row = kernel.threads.rows.get(thread)
    if row is None:
        card.title(Segment(f"no thread {thread}", "dim"))
        return
    space, cpu, pager = row
    card.title(Segment("thread", "title"), thread_part(pen, thread))
    word = kernel.state.rows.get(thread, READY)
    code, partner = code_of(word), partner_of(word)
    card.text("state", NAMES[code], "warn" if code == HALTED else "strong")
    if code == HALTED:
        card.text("", HALT_REASONS.get(partner, ""), "warn")
    elif partner:
        card.row("partner", thread_part(pen, partner))
    if refaults_of(word) > 1:
        card.text("faults", f"{refaults_of(word)} in a row on this access", "warn")
    card.row("space", space_part(pen, space))
    card.text("CPU", f"{cpu}", "value")
    if pager:
        card.row("pager", thread_part(pen, pager))
    if thread in scene.world.programs:
        _program_rows(card, thread)
    _message_rows(card, thread)
    card.times(("thread", thread))


def _program_rows(card: Card, thread: int) -> None:
    world = card.pen.scene.world
    operation = world.next_operation(thread)
    done, size = world.kernel.ip_of(thread), len(world.programs[thread].operations)
    text = "nothing: done" if operation is None else operation_text(card.pen.scene, operation)
    card.text("next", text, "value" if operation else "dim")
    card.text("done", f"{done} of {count_of(size, 'operation')}", "value")


def _message_rows(card: Card, thread: int) -> None:
    """What lies in the thread's mailboxes: the kernel's, and those of a server's own."""
    pen, kernel = card.pen, card.pen.scene.world.kernel
    got = kernel.inbox.rows.get(thread)
    if got is not None:
        card.row("received", *_letter(card, got[1], "from", got[0]))
    unsent = kernel.outgoing.rows.get(thread)
    if unsent is not None:
        card.row("sending", *_letter(card, unsent[1], "to", unsent[0]))
    for sender in kernel.queue.rows.get(thread, ()):
        card.row("queue", thread_part(pen, sender))
    for to, label, *_ in kernel.journal.table("outbox").rows.get(thread, ()):
        card.row("outbox", *_letter(card, label, "to", to))
    for sender, label, *_ in kernel.journal.table("deferred").rows.get(thread, ()):
        card.row("deferred", *_letter(card, label, "from", sender))


def _letter(card: Card, label: int, way: str, thread: int) -> tuple[Segment, Segment, Line]:
    """A message by its label, and whom it is from or to."""
    what = Segment(labels.label_text(label), "value")
    return what, Segment(way, "dim"), thread_part(card.pen, thread)


def space_card(card: Card, space: int) -> None:
    """An address space: its home, whose it is, how much it maps and what that costs there."""
    pen, scene = card.pen, card.pen.scene
    kernel = scene.world.kernel
    card.title(Segment("space", "title"), space_part(pen, space))
    row = kernel.spaces.rows.get(space)
    if row is None:
        card.text("state", "ended", "warn")
        return
    home, root, _ = row
    owner = application_spaces(scene).get(space)
    if owner is not None:
        name = clean(scene, owner[0].name)
        card.row("program", Segment(f"{name} on", "value"), pen.node(owner[1]))
    card.row("home", pen.node(home), Segment("all its kernel data", "dim"))
    card.row("root", frame_part(pen, root), Segment("table", "dim"))
    database = kernel.database
    mapped = sum(
        database.pages_of(entry) for entry in database.entries.rows if space_of(entry) == space
    )
    card.text("mapped", count_of(mapped, "page"), "value")
    entries = sum(1 for entry in database.entries.rows if space_of(entry) == space)
    card.text("entries", f"{number(entries * ENTRY_BYTES)} bytes", "value")
    tables = 1 + sum(1 for _ in kernel.tables.tables(root))
    card.text("tables", f"{tables}, {number(tables * 4096)} bytes", "value")
    threads = [each for each, row in kernel.threads.rows.items() if row[0] == space]
    for at, thread in enumerate(threads):
        card.row("threads" if not at else "", thread_part(pen, thread))
    cpus = kernel.shootdown.seen.rows.get(space, 0)
    ran = ", ".join(str(cpu) for cpu in range(cpus.bit_length()) if cpus >> cpu & 1)
    card.text("ran on", f"CPU {ran}" if ran else "no CPU yet", "value" if ran else "dim")
    if owner is not None:
        for region in owner[0].regions:
            span = f"{region.first:#x}{pen.glyphs.span}{region.first + region.pages - 1:#x}"
            card.text("region", f"{clean(scene, region.name)} {span}", "value")
    card.times(("space", space))


def node_card(card: Card, node: int) -> None:
    """A node: CPUs, memory, free frames, kernel objects with their bytes, distances, counters."""
    pen, scene = card.pen, card.pen.scene
    machine = scene.world.kernel.machine
    if not 0 <= node < machine.nodes:
        card.title(Segment(f"no node {node}", "dim"))
        return
    card.title(Segment("node", "title"), pen.node(node))
    cpus = machine.node_cpus[node]
    ran = f"{cpus[0]}{pen.glyphs.span}{cpus[-1]}" if len(cpus) > 1 else f"{cpus[0]}" if cpus else ""
    card.text("CPUs", ran or "none", "value")
    card.text("frames", number(machine.user_frames[node]), "value")
    given = sum(pages for _, pages, _ in given_out(scene, node))
    card.text("given out", f"{number(given)} by sigma0", "value")
    left = scene.world.system.pools.left(node)
    card.text("pool", f"{count_of(left, 'free frame')}", "value" if left else "warn")
    for at, space in enumerate(homes(scene).get(node, [])):
        card.row("spaces" if not at else "", space_part(pen, space)[:1])
    _kernel_rows(card, node)
    _cost_rows(card, node)
    card.section("so far, on its CPUs")
    for name, value in scene.world.totals(node)._asdict().items():
        if value:
            card.flow([Segment(_counted(value, _COUNTERS[name], 8), "value")], 0)


def _kernel_rows(card: Card, node: int) -> None:
    kernel = card.pen.scene.world.kernel
    size, most = kernel.memory.bytes_on(node), kernel.machine.kernel_frames[node] * 4096
    card.section(f"kernel memory: {number(size)} bytes")
    for kind, count, size in kernel.memory.objects_on(node):
        amount = Segment(f"{number(size)} bytes", "dim")
        card.flow([Segment(f"{_counted(count, KIND_NAMES[kind], 6)},", "value"), amount], 0)
    card.flow([Segment(f"of {number(most)} bytes", "dim")], 0)


_COUNTERS = {
    "cycles": "cycle",
    "local": "local access",
    "remote": "remote access",
    "faults": "fault",
    "messages": "message",
    "walks": "TLB miss",
    "kernel_local": "local kernel access",
    "kernel_remote": "remote kernel access",
    "ipis": "shootdown interrupt",
    "cross_messages": "cross-node message",
    "shared_local": "local shared-data access",
    "shared_remote": "remote shared-data access",
}
"""What each counter of `Totals` counts."""


def _counted(value: int, thing: str, width: int) -> str:
    """A number that ends in column `width`, and what it counts; some kinds are called in plural."""
    if thing.endswith("s") and not thing.endswith("ss"):
        thing = f"{thing[:-3]}y" if thing.endswith("ies") else thing[:-1]
    text = count_of(value, thing)
    return " " * (width - len(number(value))) + text


def _cost_rows(card: Card, node: int) -> None:
    """Read costs by value: the nodes that are equally far, together."""
    pen = card.pen
    costs: dict[int, list[int]] = {}
    for other, cost in enumerate(pen.scene.world.kernel.machine.read_cost[node]):
        costs.setdefault(cost, []).append(other)
    card.section("a read from here costs, in cycles")
    for cost, nodes in sorted(costs.items()):
        card.row(f"{cost}", *(pen.node(other) for other in nodes))
