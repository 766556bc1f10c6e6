"""What a run came to: counts per node and in all, for people and as JSON."""

from __future__ import annotations

from typing import Any, NamedTuple

from l4numa_tui.kernel.thread_state import (
    HALT_REASONS,
    HALTED,
    INACTIVE,
    NAMES,
    READY,
    SENDING,
    code_of,
    partner_of,
)
from l4numa_tui.machine.account import Totals
from l4numa_tui.machine.costs import COST_KEYS, PROFILES
from l4numa_tui.machine.machine import frame_text
from l4numa_tui.world.session import Session
from l4numa_tui.world.stale import Stale, stale_mappings
from l4numa_tui.world.world import World

SCHEMA = "l4numa.run/1"
DEFAULT_LIMIT = 1_000_000
"""After so many steps a run is ended that does not end by itself."""


class NodeSummary(NamedTuple):
    """What happened on one node: `threads` are applications', `totals` those of its CPUs."""

    node: int
    threads: int
    totals: Totals
    kernel_bytes: int


class StuckThread(NamedTuple):
    """A thread that has not finished and never will, by itself, and why."""

    thread: str
    why: str


class RunSummary(NamedTuple):
    """A run in numbers. Counts are exact, cycles are the cost model's.

    `changed_costs` are constants that differ from the profile's own. `ended` says that nothing was
    left to do, `stuck` which threads had not finished by then, `stale` which mappings disagree with
    the pagers' directory. `unit` names what `steps` counts.
    """

    machine: str
    profile: str
    fingerprint: str
    changed_costs: tuple[tuple[str, int], ...]
    steps: int
    ended: bool
    totals: Totals
    nodes: tuple[NodeSummary, ...]
    stuck: tuple[StuckThread, ...]
    digest: str
    unit: str = "steps"
    stale: tuple[Stale, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The summary as a JSON object of the form `l4numa.run/1`."""
        totals = self.totals
        return {
            "schema": SCHEMA,
            "machine": self.machine,
            "costs": {
                "profile": self.profile,
                "fingerprint": self.fingerprint,
                "changed": dict(self.changed_costs),
            },
            "steps": self.steps,
            "ended": self.ended,
            "totals": {
                "accesses": totals.local + totals.remote,
                "faults": totals.faults,
                "messages": totals.messages,
                "local": totals.local,
                "remote": totals.remote,
                "cycles": totals.cycles,
            },
            "nodes": [_node_json(node) for node in self.nodes],
            "stuck": [each._asdict() for each in self.stuck],
            "stale": [each._asdict() for each in self.stale],
            "digest": self.digest,
        }

    def lines(self) -> list[str]:
        """The summary as lines of plain text: a table of the nodes, and what holds for all."""
        changed = ", ".join(f"{key} = {value}" for key, value in self.changed_costs)
        steps = f"{grouped(self.steps)} {self.unit}"
        return [
            f"machine {self.machine}",
            f"costs   {self.profile}{f' with {changed}' if changed else ''} ({self.fingerprint})",
            "",
            *self._table(),
            "",
            f"{grouped(self.totals.cycles)} cycles by this cost model,"
            f" {grouped(self.totals.messages)} messages,"
            f" {grouped(self.totals.cross_messages)} of them to another node",
            *(f"stuck: {each.thread} {each.why}" for each in self.stuck),
            *(_stale_line(each) for each in self.stale),
            f"{steps}, digest {self.digest}"
            if self.ended
            else f"not finished after {steps}, digest {self.digest}",
        ]

    def _table(self) -> list[str]:
        heads = ("node", "threads", "accesses", "faults", "local", "remote", "remote/local")
        rows = [[*heads, "kernel bytes"]]
        rows += [_cells(str(n.node), n.threads, n.totals, n.kernel_bytes) for n in self.nodes]
        threads = sum(node.threads for node in self.nodes)
        kernel = sum(node.kernel_bytes for node in self.nodes)
        rows.append(_cells("all", threads, self.totals, kernel))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return ["  ".join(map(str.rjust, row, widths)) for row in rows]


def run_scenario(session: Session, limit: int = DEFAULT_LIMIT) -> int:
    """Run a session from where it stands until nothing is left to do, at most `limit` steps.

    Returns how many steps were done; `summary` tells whether the run ended.
    """
    return session.run(limit)


def summary(session: Session) -> RunSummary:
    """Return what the session has come to where it stands."""
    found = summary_of(
        session.world,
        steps=session.cursor,
        ended=not session.world.enabled(),
        stuck=stuck_threads(session),
    )
    return found._replace(stale=tuple(stale_mappings(session.world)))


def summary_of(
    world: World, *, steps: int, ended: bool = True, stuck: tuple[StuckThread, ...] = ()
) -> RunSummary:
    """Return what a world has come to after `steps` of whatever drove it."""
    kernel = world.kernel
    machine, costs = kernel.machine, kernel.costs
    base = PROFILES.get(costs.name)
    changed = tuple(
        (key, getattr(costs, key))
        for key in COST_KEYS
        if base and getattr(base, key) != getattr(costs, key)
    )
    threads = kernel.threads.rows  # a thread may have been deleted, or never created
    placed = [
        machine.cpu_node[threads[each][1]] for each in world.system.programs if each in threads
    ]
    nodes = tuple(
        NodeSummary(node, placed.count(node), world.totals(node), kernel.memory.bytes_on(node))
        for node in range(machine.nodes)
    )
    return RunSummary(
        machine=machine.topology.name,
        profile=costs.name,
        fingerprint=costs.fingerprint(),
        changed_costs=changed,
        steps=steps,
        ended=ended,
        totals=world.totals(),
        nodes=nodes,
        stuck=stuck,
        digest=f"{world.journal.digest():016x}",
    )


def stuck_threads(session: Session) -> tuple[StuckThread, ...]:
    """Threads that cannot finish: halted ones, and once nothing can happen any more, all waiting.

    Where nothing can happen, a wait is for ever: a deadlock.
    """
    world = session.world
    nothing_happens = not world.enabled()
    found = []
    for thread in world.programs:
        word = world.kernel.state.rows.get(thread, READY)
        if world.next_operation(thread) is None or thread in world.kernel.gone.rows:
            continue  # finished, or deleted
        if nothing_happens or code_of(word) == HALTED:
            why = _why(world.system.thread_names, word)
            found.append(StuckThread(world.system.thread_names[thread], why))
    return tuple(found)


def grouped(number: int) -> str:
    """A number with a blank between groups of three digits: 12 345."""
    return f"{number:,}".replace(",", " ")


def _why(names: dict[int, str], word: int) -> str:
    code, partner = code_of(word), partner_of(word)
    if code == HALTED:
        return f"is halted: {HALT_REASONS.get(partner, NAMES[HALTED])}"
    if code == INACTIVE:
        return "has not been made active by ThreadControl"
    verb = "waits to send to" if code == SENDING else "waits for"
    return f"{verb} {names.get(partner, 'anyone')}, for ever"


def _stale_line(stale: Stale) -> str:
    where = f"page {stale.vpn:#x} on node {stale.node} shows frame {frame_text(stale.frame)}"
    other = ", which is behind another page by now" if stale.reused else ""
    return f"stale: {where}{other}; {stale.why}"


def _cells(name: str, threads: int, totals: Totals, kernel_bytes: int) -> list[str]:
    local, remote = totals.local, totals.remote
    ratio = f"{remote / local:.2f}" if local else "-"
    counts = (threads, local + remote, totals.faults, local, remote)
    return [name, *map(grouped, counts), ratio, grouped(kernel_bytes)]


def _node_json(node: NodeSummary) -> dict[str, int]:
    totals = node.totals
    return {
        "node": node.node,
        "threads": node.threads,
        "accesses": totals.local + totals.remote,
        "faults": totals.faults,
        "local": totals.local,
        "remote": totals.remote,
        "kernel_bytes": node.kernel_bytes,
    }
