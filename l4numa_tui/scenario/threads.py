"""The threads of a scenario: whose they are, where they run, and which numbers they get."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.machine.machine import Machine
from l4numa_tui.scenario.calls import ANYONE, SIGMA0_NAME, Callers
from l4numa_tui.scenario.model import MAX_THREADS, ScenarioSpec, ThreadTable
from l4numa_tui.scenario.plans import ApplicationPlan, application_of, check_node
from l4numa_tui.scenario.spaces import SpacePlan
from l4numa_tui.scenario.where import Where, one_of, quoted

OF_NONE = -1  # in place of an application or a space


class ThreadPlan(NamedTuple):
    """A thread to be made, on the `slot`-th CPU of `node`, and the number that it will have.

    It belongs to the `application`-th application, or to the `space`-th space of the bare kernel
    with the thread `pager` as its pager; one that is `created` during the run belongs to neither.
    """

    name: str
    application: int
    node: int
    slot: int
    space: int = OF_NONE
    pager: int = 0
    created: bool = False
    number: int = 0


def threads_of(
    spec: ScenarioSpec,
    applications: tuple[ApplicationPlan, ...],
    spaces: tuple[SpacePlan, ...],
    machine: Machine,
    where: Where,
) -> tuple[ThreadPlan, ...]:
    """Return the scenario's threads: those listed, then those of applications with none listed.

    Those that are created during the run come last. They are numbered in this order, after the
    servers that are booted before them.
    """
    names = {ANYONE, *_servers(machine, bare=False)}
    placed = [0] * machine.nodes
    plans: list[ThreadPlan] = []
    created: list[ThreadPlan] = []
    for index, table in enumerate(spec.thread):
        where.check_name(table.name, names, "thread", index, "name")
        names.add(table.name)
        if table.created:
            created.append(_created(table, index, where))
            continue
        plan = _plan(table, index, applications, spaces, where)
        check_node(plan.node, machine, where, ("thread", index, "node"))
        slot = _slot_of(table, index, machine, plan.node, placed[plan.node], where)
        placed[plan.node] += 1
        plans.append(plan._replace(slot=slot))
    listed = {plan.application for plan in plans}
    for owner, application in enumerate(applications):
        for node in application.nodes if owner not in listed else ():
            name = f"{application.name}.{node}"
            if name in names:
                what = f"application {application.name} lists no thread, and `{name}` is taken"
                raise where.error(what, "its threads", "application", owner)
            placed[node] += 1
            plans.append(ThreadPlan(name, owner, node, placed[node]))
    plans += created
    if len(plans) > MAX_THREADS:
        path = "application" if applications else "thread"
        raise where.error(f"{len(plans)} threads", f"at most {MAX_THREADS}", path)
    return _numbered(plans, spec, machine, where)


def callers_of(
    spec: ScenarioSpec, plans: tuple[ThreadPlan, ...], machine: Machine, where: Where
) -> Callers:
    """The numbers of all threads by name: the servers that are booted first, then those of `plans`.

    The order is that of `System`: sigma0, the root pager, then the node pagers.
    """
    names = [*_servers(machine, bare=spec.is_bare), *(plan.name for plan in plans)]
    return Callers({name: number for number, name in enumerate(names, 1)}, machine, where)


def _servers(machine: Machine, *, bare: bool) -> list[str]:
    pagers = [f"pager{node}" for node, cpus in enumerate(machine.node_cpus) if cpus]
    return [SIGMA0_NAME] if bare else [SIGMA0_NAME, "root", *pagers]


def _numbered(
    plans: list[ThreadPlan], spec: ScenarioSpec, machine: Machine, where: Where
) -> tuple[ThreadPlan, ...]:
    """The plans with their numbers, and those of the pagers that the threads of spaces name."""
    callers = callers_of(spec, tuple(plans), machine, where)
    pagers = {
        table.name: callers.thread(table.pager or SIGMA0_NAME, "thread", index, "pager")
        for index, table in enumerate(spec.thread)
        if not table.application
    }
    return tuple(
        plan._replace(
            number=callers.numbers[plan.name],
            pager=pagers[plan.name] if plan.space != OF_NONE else 0,
        )
        for plan in plans
    )


def _plan(
    table: ThreadTable,
    index: int,
    applications: tuple[ApplicationPlan, ...],
    spaces: tuple[SpacePlan, ...],
    where: Where,
) -> ThreadPlan:
    """A listed thread, but for its CPU: of a space where it names one or there is nothing else."""
    if not table.space and (applications or table.application):
        if table.pager != "":
            what = "the pagers of applications are those of their nodes"
            raise where.error(what, "no `pager`", "thread", index, "pager")
        known = [application.name for application in applications]
        owner = application_of(table.application, known, where, "thread", index)
        node = _node_of(table, index, applications[owner], where)
        return ThreadPlan(table.name, owner, node, 0)
    if table.application:
        what = "`application` and `space` are both given"
        raise where.error(what, "one of them", "thread", index, "space")
    owner = _space_of(table, index, spaces, where)
    node = spaces[owner].node if table.node is None else table.node
    return ThreadPlan(table.name, OF_NONE, node, 0, owner)


def _space_of(table: ThreadTable, index: int, spaces: tuple[SpacePlan, ...], where: Where) -> int:
    known = [space.name for space in spaces]
    if not table.space and len(known) == 1:
        return 0
    if table.space not in known:
        what = f"there is no space {quoted(table.space)}" if table.space else "its space is missing"
        raise where.error(what, one_of(table.space, known), "thread", index, "space")
    return known.index(table.space)


def _created(table: ThreadTable, index: int, where: Where) -> ThreadPlan:
    """A thread that the run makes: where it will be, its maker says."""
    for key in ("application", "space", "pager", "node", "cpu"):
        if getattr(table, key) not in ("", None):
            what = f"`{key}` does not go with `created`"
            raise where.error(what, "a step thread_control", "thread", index, key)
    return ThreadPlan(table.name, OF_NONE, 0, 0, created=True)


def _node_of(table: ThreadTable, index: int, application: ApplicationPlan, where: Where) -> int:
    nodes = application.nodes
    expected = f"one of nodes {', '.join(map(str, nodes))}"
    if table.node is None:
        if len(nodes) > 1:
            raise where.error("key `node` is missing", expected, "thread", index)
        return nodes[0]
    if table.node not in nodes:
        what = f"application {application.name} is not on node {table.node}"
        raise where.error(what, expected, "thread", index, "node")
    return table.node


def _slot_of(
    table: ThreadTable, index: int, machine: Machine, node: int, before: int, where: Where
) -> int:
    """The CPU as written, else the next: the pager has the first, and they are taken in turn."""
    if table.cpu is None:
        return before + 1
    cpus = len(machine.node_cpus[node])
    if table.cpu >= cpus:
        what = f"node {node} has no CPU {table.cpu}"
        raise where.error(what, f"0 to {cpus - 1}", "thread", index, "cpu")
    return table.cpu
