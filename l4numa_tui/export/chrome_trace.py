"""The run as a trace for Perfetto (ui.perfetto.dev) and chrome://tracing.

A process for each node, a lane in it for each thread, a slice for each step, within it one for each
record that cost something. Arrows follow messages; counters show faults and kernel memory of each
node. Time is the program's clock: the cycles of all steps so far, one step after the other as they
were taken. The format counts in microseconds; here one stands for one cycle.
(Format: "Trace Event Format", Google, 2016.)
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from l4numa_tui.export.formats import Options
from l4numa_tui.export.trees import heading
from l4numa_tui.kernel.records import Event, Record
from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import node_label
from l4numa_tui.views.steps.record_text import describe_record
from l4numa_tui.views.steps.step_text import headline
from l4numa_tui.world.session import Session, StepChange

UNIT = "1 microsecond in this trace is 1 cycle of the cost model"
_MEMORY = (Event.KMEM_ALLOC, Event.KMEM_FREE)
_SENT = {Event.IPC_SEND: "ipc", Event.MAIL_WRITE: "mail"}
_TAKEN = {Event.IPC_RECV: "ipc", Event.MAIL_READ: "mail"}

Json = dict[str, Any]
Lane = tuple[int, int]  # node and thread: the process and the thread of the format


def chrome_trace(session: Session, options: Options) -> Iterable[bytes]:
    """The steps from `options.first` to where the session stands, one event a line."""
    first, last = options.first or 1, session.cursor
    title = heading(session, options.source).removeprefix("# ")
    trace = _Trace(session, sum(session.change(step).cycles for step in range(1, first)))
    trace.begin(first - 1)
    for step in range(first, last + 1):
        trace.step(step)
    head = {"source": title, "unit": UNIT, "first_step": first, "last_step": last}
    yield b'{"displayTimeUnit":"ms",\n"otherData":' + _encoded(head) + b',\n"traceEvents":[\n'
    yield b",\n".join(_encoded(event) for event in (*trace.lanes(), *trace.events))
    yield b"\n]}\n"


def _encoded(event: Json) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


class _Message:
    """One that was sent and not yet taken: where its arrow begins."""

    __slots__ = ("at", "key", "kind", "lane", "text")

    def __init__(self, kind: str, key: tuple[int, ...], lane: Lane, at: int, text: str) -> None:
        self.kind, self.key, self.lane, self.at, self.text = kind, key, lane, at, text


class _Trace:
    """Goes through steps in order, the session with it, and writes down what they did."""

    def __init__(self, session: Session, clock: int) -> None:
        self.session = session
        self.world = session.world
        self.clock = clock
        self.events: list[Json] = []
        self._lanes: dict[Lane, str] = {}
        self._sent: dict[int, deque[_Message]] = {}
        self._arrows = 0

    def begin(self, step: int) -> None:
        """Stand before the first step: the counters as they are there."""
        self.session.seek(step)
        for node in range(self.world.kernel.machine.nodes):
            self._count_memory(node)
            self._count_faults(node)

    def step(self, step: int) -> None:
        """Take one step."""
        self.session.seek(step)
        change = self.session.change(step)
        thread, scene = change.action[1], Scene(self.world, change)
        lane = self._lane(scene, thread)
        name = safe_text(headline(scene, change), limit=200)
        self._slice(lane, name.removeprefix(f"{self._lanes[lane]} "), "step", self.clock,
                    change.cycles, {"step": step, "cycles": change.cycles})  # fmt: skip
        records = list(change.records())
        self._deliver(lane, thread, records)
        self._records(scene, lane, records, change)
        self.clock += change.cycles
        nodes = {record.a for record in records if record.event in _MEMORY}
        for node in sorted(nodes):
            self._count_memory(node)
        if any(record.event == Event.PAGEFAULT_USER for record in records):
            self._count_faults(lane[0])

    def lanes(self) -> Iterator[Json]:
        """What processes and threads are called, in the order in which they are to be shown."""
        for node in range(self.world.kernel.machine.nodes):
            yield _meta("process_name", (node, 0), {"name": f"{node_label(node)}"})
            yield _meta("process_sort_index", (node, 0), {"sort_index": node})
        for lane, name in sorted(self._lanes.items()):
            yield _meta("thread_name", lane, {"name": name})
            yield _meta("thread_sort_index", lane, {"sort_index": lane[1]})

    def _lane(self, scene: Scene, thread: int) -> Lane:
        """Where a thread's slices go: to the node that it is on now."""
        alive = thread in self.world.kernel.threads.rows
        known = [lane for lane in self._lanes if lane[1] == thread]
        lane = (scene.thread_node(thread), thread) if alive or not known else known[-1]
        self._lanes[lane] = safe_text(scene.thread_name(thread), limit=40)
        return lane

    def _records(self, scene: Scene, lane: Lane, records: list[Record], change: StepChange) -> None:
        spent = 0
        for record in records:
            at, until = self.clock + spent, min(max(record.cycles, spent), change.cycles)
            what = safe_text(describe_record(scene, record), limit=200)
            if until > spent:
                cost = until - spent
                self._slice(lane, record.event.name, "kernel", at, cost, {"what": what})
            else:
                self.events.append({"ph": "i", "s": "t", "name": record.event.name,
                    "cat": "kernel", **_place(lane, at), "args": {"what": what}})  # fmt: skip
            if record.event in _SENT:
                kind, key = _SENT[record.event], (record.thread, record.b)
                message = _Message(kind, key, lane, at, what)
                self._sent.setdefault(record.a, deque()).append(message)
            elif record.event in _TAKEN:
                self._take(lane, at, _TAKEN[record.event], record)
            spent = until

    def _slice(self, lane: Lane, name: str, kind: str, at: int, cost: int, args: Json) -> None:
        event = {"ph": "X", "name": name, "cat": kind, **_place(lane, at), "dur": cost}
        self.events.append({**event, "args": args})

    # Messages: an arrow from the slice that sends to the one that takes.
    def _take(self, lane: Lane, at: int, kind: str, record: Record) -> None:
        waiting = self._sent.get(record.thread, deque())
        for message in waiting:
            if message.kind == kind and message.key == (record.a, record.b):
                waiting.remove(message)
                self._arrow(message, lane, at)
                return

    def _deliver(self, lane: Lane, thread: int, records: list[Record]) -> None:
        """A step with no record of receiving: an answer the thread waited for lets it go on."""
        if any(record.event in _TAKEN for record in records):
            return
        waiting = self._sent.get(thread, deque())
        for message in [each for each in waiting if each.kind == "ipc"]:
            if thread in self.world.programs:
                waiting.remove(message)
                self._arrow(message, lane, self.clock)

    def _arrow(self, message: _Message, lane: Lane, at: int) -> None:
        self._arrows += 1
        event = {"name": message.kind, "cat": "message", "id": self._arrows}
        self.events.append({"ph": "s", **event, **_place(message.lane, message.at),
                            "args": {"what": message.text}})  # fmt: skip
        self.events.append({"ph": "f", "bp": "e", **event, **_place(lane, at)})

    # Counters.
    def _count_memory(self, node: int) -> None:
        self._count("kernel memory", node, {"bytes": self.world.kernel.memory.bytes_on(node)})

    def _count_faults(self, node: int) -> None:
        self._count("faults", node, {"faults": self.world.totals(node).faults})

    def _count(self, name: str, node: int, args: Json) -> None:
        event = {"ph": "C", "name": name, "pid": node, "tid": 0, "ts": self.clock, "args": args}
        self.events.append(event)


def _place(lane: Lane, at: int) -> Json:
    return {"pid": lane[0], "tid": lane[1], "ts": at}


def _meta(name: str, lane: Lane, args: Json) -> Json:
    return {"ph": "M", "name": name, "pid": lane[0], "tid": lane[1], "args": args}
