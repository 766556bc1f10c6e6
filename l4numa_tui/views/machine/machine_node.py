"""What the machine map says about one node, as parts that each layout arranges in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from l4numa_tui.kernel import memory
from l4numa_tui.kernel.mapping_database import SIGMA0, space_of
from l4numa_tui.kernel.records import Event
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.views.machine.memory_heat import Heat
from l4numa_tui.views.pane_parts import Pen, application_spaces, space_home
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import MARK_NEW, Line, Segment, node_style, width_of
from l4numa_tui.views.steps.step_delta import StepDelta


class NodeChange(NamedTuple):
    """What the last step did to the mapping entries and page tables homed on a node."""

    entries_added: int = 0
    entries_removed: int = 0
    tables_added: int = 0
    tables_removed: int = 0


class Activity(NamedTuple):
    """The last step as the map shows it: who acted where, which CPUs were interrupted, changes."""

    cpu: int
    node: int
    thread: int
    interrupted: frozenset[int]
    changes: dict[int, NodeChange]


def activity(scene: Scene, delta: StepDelta) -> Activity:
    """What the last step was; CPU, node and thread -1 at the beginning."""
    if scene.last is None:
        return Activity(-1, -1, -1, frozenset(), {})
    thread = scene.last.action[1]
    interrupted = frozenset(
        record.a for record in scene.last.records() if record.event == Event.TLB_SHOOTDOWN
    )
    cpu: int = scene.world.kernel.threads.rows[thread][1]
    return Activity(cpu, scene.thread_node(thread), thread, interrupted, _changes(scene, delta))


def _changes(scene: Scene, delta: StepDelta) -> dict[int, NodeChange]:
    counts: dict[int, list[int]] = {}
    for place, entries in enumerate((delta.added, delta.removed)):
        for entry in entries:
            home = space_home(scene, space_of(entry))
            if home is not None:
                counts.setdefault(home, [0, 0, 0, 0])[place] += 1
    for place, frames in enumerate((delta.new_tables(), delta.lost_tables()), start=2):
        for frame in frames:
            counts.setdefault(frame >> NODE_SHIFT, [0, 0, 0, 0])[place] += 1
    return {node: NodeChange(*each) for node, each in counts.items()}


def cpu_parts(pen: Pen, node: int, now: Activity) -> list[Line]:
    """The node's CPUs: who acts now, who was interrupted, which space each ran last, idle ones."""
    kernel, glyphs = pen.scene.world.kernel, pen.glyphs
    cpus = kernel.machine.node_cpus[node]
    if not cpus:
        return [[pen.put("no CPUs", "dim")]]
    running = kernel.shootdown.running.rows
    first: list[Line] = []
    later: list[Line] = []
    idle = 0
    for cpu in cpus:
        space = running.get(cpu)
        if cpu == now.cpu:
            name = pen.short(pen.scene.thread_name(now.thread), 12)
            style = f"{node_style(node)} strong"
            first.insert(0, [pen.put(glyphs.acting + name, style, ("thread", now.thread))])
        elif space is None:
            idle += 1
        else:
            name = pen.short(pen.scene.space_name(space), 12)
            hit = cpu in now.interrupted
            mark, style = ("!", "warn") if hit else (glyphs.idle, "dim")
            (first if hit else later).append([pen.put(mark + name, style, ("space", space))])
    if idle:
        text = "idle" if idle == 1 else f"{idle} idle"
        later.append([pen.put(glyphs.idle + text, "dim")])
    return first + later


def kernel_parts(pen: Pen, node: int, now: Activity) -> list[Line]:
    """Page tables and mapping entries homed on the node, each with what the last step did."""
    count = pen.scene.world.kernel.memory.count.rows
    change = now.changes.get(node, NodeChange())
    tables = count.get(node << 4 | memory.TABLE, 0)
    entries = count.get(node << 4 | memory.ENTRY, 0)
    return [
        [pen.put(f"PT{tables}", "value"), *_signs(pen, change.tables_added, change.tables_removed)],
        [
            pen.put(f"MDB{entries}", "value"),
            *_signs(pen, change.entries_added, change.entries_removed),
        ],
    ]


def _signs(pen: Pen, added: int, removed: int) -> Line:
    line: Line = []
    if added:
        line.append(Segment(f"{MARK_NEW}{added}", "new"))
    if removed:
        line.append(Segment(f"{pen.glyphs.gone}{removed}", "gone"))
    return line


def change_parts(pen: Pen, node: int, now: Activity) -> Line:
    """The mapping entries that came to the node or left it in the last step, signs alone."""
    change = now.changes.get(node, NodeChange())
    return _signs(pen, change.entries_added, change.entries_removed)


def far_part(pen: Pen, heat: Heat, node: int) -> Segment:
    """How many mappings from other nodes lead to the node's memory: the hot spot is the hottest."""
    far, most = heat.far[node], max(heat.far)
    if not far:
        return Segment("")
    # Warm by number while there are few, by share of the most where there are many.
    level = max(1, min(4, 4 * far // max(most, 4)))
    return pen.put(f"{pen.glyphs.back}{far}", f"heat{level}", ("node", node))


def homes(scene: Scene) -> dict[int, list[int]]:
    """The spaces homed on each node: applications first, then pagers, sigma0 last."""
    members = application_spaces(scene)
    out: dict[int, list[int]] = {}
    rows = scene.world.kernel.spaces.rows
    for space in sorted(rows, key=lambda each: (each not in members, each == SIGMA0, each)):
        out.setdefault(rows[space][0], []).append(space)
    return out


def space_parts(pen: Pen, spaces: Sequence[int], width: int) -> Line:
    """Names of spaces in at most `width` columns; those that do not fit are counted."""
    line: Line = []
    for at, space in enumerate(spaces):
        name = pen.short(pen.scene.space_name(space), 12)
        more = len(spaces) - at - 1
        rest = len(f" +{more}") if more else 0
        if width_of(line) + bool(line) + len(name) + rest > width:
            line.append(Segment(f"{' ' * bool(line)}+{len(spaces) - at}"[:width], "dim"))
            break
        line += [Segment(" ")] if line else []
        line.append(pen.put(name, "", ("space", space)))
    return line


def data_parts(pen: Pen, node: int) -> list[Line]:
    """Data accesses of the node's CPUs, by where the memory lay."""
    totals = pen.scene.world.totals(node)
    remote = "cross" if totals.remote else "dim"
    return [
        [pen.put(f"{totals.local} local", "value")],
        [pen.put(f"{totals.remote} remote", remote)],
    ]
