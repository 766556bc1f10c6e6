"""Where workloads come from: a scenario, run once by the paper's design, or a trace."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.designs.l4 import PER_NODE, result_of
from l4numa_tui.designs.result import DesignResult
from l4numa_tui.designs.workload import (
    MIGRATE,
    READ,
    UNMAP,
    WORK,
    Workload,
    WorkProgram,
    WorkThread,
)
from l4numa_tui.errors import UserError
from l4numa_tui.machine.costs import COST_KEYS, PROFILES, CostProfile
from l4numa_tui.machine.machine import PAGE_LOG2, Machine
from l4numa_tui.machine.topology import Topology
from l4numa_tui.replay.placement import placement
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import Scenario
from l4numa_tui.scenario.summary import (
    DEFAULT_LIMIT,
    NodeSummary,
    RunSummary,
    StuckThread,
    stuck_threads,
)
from l4numa_tui.traces.reader import Trace
from l4numa_tui.world.operations import ACCESS_RIGHT, Op, Operation
from l4numa_tui.world.session import Session

_TRANSLATED = (*ACCESS_RIGHT, Op.UNMAP_GLOBAL, Op.WORK, Op.MIGRATE)


class Source(NamedTuple):
    """A workload, and what the paper's design made of it: None where it has not been run yet.

    `unit` is what `size` counts. `stuck` are the threads that no design lets finish: what they are
    not allowed to do, nobody allows.
    """

    workload: Workload
    unit: str
    size: int
    per_node: DesignResult | None = None
    stuck: tuple[StuckThread, ...] = ()

    def summary(self, result: DesignResult) -> RunSummary:
        """A result in the form of `l4numa run`.

        The digest is one of the counters: the rivals have no kernel whose state could be hashed.
        """
        workload, machine = self.workload, self.workload.machine
        costs = machine.costs
        base = PROFILES.get(costs.name)
        changed = tuple(
            (key, getattr(costs, key))
            for key in COST_KEYS
            if base and getattr(base, key) != getattr(costs, key)
        )
        placed = [thread.node for thread in workload.threads]
        nodes = tuple(
            NodeSummary(node, placed.count(node), totals, result.kernel_bytes[node])
            for node, totals in enumerate(result.nodes)
        )
        return RunSummary(
            machine=machine.topology.name, profile=costs.name, fingerprint=costs.fingerprint(),
            changed_costs=changed, steps=self.size, ended=True, totals=result.totals, nodes=nodes,
            stuck=self.stuck, digest=f"{result.digest():016x}", unit=self.unit,
        )  # fmt: skip


def scenario_source(scenario: Scenario) -> Source:
    """Run a scenario under the paper's design; its operations in the order they completed.

    Operations that never complete (their thread was halted) are left out.
    Raises UserError for a scenario of the bare kernel, and for system calls, which have no
    counterpart in other designs.
    """
    _check(scenario)
    machine = scenario.machine
    programs = tuple(
        WorkProgram(plan.name, plan.nodes, plan.regions) for plan in scenario.applications
    )
    threads = [
        WorkThread(plan.name, plan.application, plan.node, plan.slot) for plan in scenario.threads
    ]
    memory = scenario.spec.memory
    workload = Workload(
        machine, programs, threads, pool_frames=memory.pool_frames,
        directory_node=memory.directory_node, large_pages=memory.large_pages,
    )  # fmt: skip
    session = build_session(scenario)
    numbers = {plan.number: number for number, plan in enumerate(scenario.threads)}
    _run(session, workload, numbers)
    if session.world.enabled():
        what = f"the scenario has not ended after {DEFAULT_LIMIT} steps"
        raise UserError(what, "one that does", source=scenario.source)
    done = sum(session.world.kernel.ip_of(thread) for thread in numbers)
    result = result_of(PER_NODE, session.world)
    return Source(workload, "operations", done, result, stuck_threads(session))


def trace_source(
    trace: Trace, topology: Topology, costs: CostProfile, threads_by: str = "round-robin"
) -> Source:
    """Read a whole trace; its threads are placed as `l4numa run --trace` places them."""
    machine = Machine(topology, costs)
    nodes = tuple(node for node in range(machine.nodes) if machine.node_cpus[node])
    workload = Workload(machine, (WorkProgram("A", nodes),))
    where = placement(machine, threads_by)
    on_node = [0] * machine.nodes
    add = workload.add
    for thread, cpu, touches, repeats in trace:
        if thread == len(workload.threads):
            node = where.node_of(thread, cpu)
            on_node[node] += 1
            workload.add_thread(WorkThread(f"A.{thread + 1}", 0, node, on_node[node]))
        for index, touch in enumerate(touches):
            add(thread, touch & 3, touch >> 2, repeats[index] if repeats else 1)
    return Source(workload, "accesses", workload.accesses)


def _check(scenario: Scenario) -> None:
    if scenario.spec.is_bare or any(plan.application < 0 for plan in scenario.threads):
        raise UserError(
            "a scenario of the bare kernel cannot be run under other designs",
            "one with applications",
            source=scenario.source,
        )
    for plan, program in zip(scenario.threads, scenario.programs, strict=True):
        for operation in program.operations:
            if operation[0] not in _TRANSLATED:
                name = Op(operation[0]).name.lower()
                raise UserError(
                    f"thread {plan.name} makes the system call {name}, which other designs lack",
                    "read, write, execute, unmap_everywhere, migrate and work",
                    source=scenario.source,
                )


def _run(session: Session, workload: Workload, numbers: dict[int, int]) -> None:
    """Run to the end, and note each operation when it is complete."""
    world = session.world
    noted = dict.fromkeys(numbers, 0)
    for _ in range(DEFAULT_LIMIT):
        change = session.step()
        if change is None:
            return
        thread = change.action[1]
        done = world.kernel.ip_of(thread) if thread in noted else 0
        if done > noted.get(thread, 0):
            noted[thread] = done
            _note(workload, numbers[thread], world.programs[thread].operations[done - 1])


def _note(workload: Workload, thread: int, operation: Operation) -> None:
    code = operation[0]
    if code in ACCESS_RIGHT:
        workload.add(thread, READ + code - Op.READ, operation[1] >> PAGE_LOG2)
    elif code == Op.UNMAP_GLOBAL:
        workload.add(thread, UNMAP, operation[1], operation[2])
    elif code == Op.MIGRATE:
        program = workload.programs[workload.threads[thread].application]
        if operation[1] in program.nodes:  # to any other node the root pager moves nobody
            workload.add(thread, MIGRATE, 0, operation[1])
    else:
        workload.add(thread, WORK, 0, operation[1])
