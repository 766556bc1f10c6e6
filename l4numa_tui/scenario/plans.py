"""The applications of a scenario: which spaces, regions and threads they have, and where."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from l4numa_tui.machine.machine import PAGE_BYTES, PAGE_LOG2, Machine
from l4numa_tui.scenario.hardware import nodes_with_cpus, nodes_with_memory
from l4numa_tui.scenario.model import MAX_PAGES, MAX_THREADS, RegionTable, ScenarioSpec, ThreadTable
from l4numa_tui.scenario.script import rights_of
from l4numa_tui.scenario.where import Where, one_of, quoted
from l4numa_tui.userland.regions import FIRST_TOUCH, KINDS, PRIVATE, Region

DEFAULT_APPLICATION = "A"
_ANYWHERE = "first_touch"
_KINDS = {name: kind for kind, name in enumerate(KINDS)}
_REPLIES = {"all": False, "asked": True}


class ApplicationPlan(NamedTuple):
    """An application to be made: the nodes it has spaces on, and its regions, as written."""

    name: str
    nodes: tuple[int, ...]
    regions: tuple[Region, ...]


class ThreadPlan(NamedTuple):
    """A thread to be made: of the `application`-th application, on the `slot`-th CPU of `node`."""

    name: str
    application: int
    node: int
    slot: int


def applications_of(
    spec: ScenarioSpec, machine: Machine, where: Where
) -> tuple[ApplicationPlan, ...]:
    """Return the scenario's applications with their regions, or raise UserError."""
    everywhere = tuple(node for node, cpus in enumerate(machine.node_cpus) if cpus)
    plans: list[tuple[str, tuple[int, ...]]] = []
    for index, table in enumerate(spec.application):
        taken = [name for name, _ in plans]
        where.check_name(table.name, taken, "application", index, "name")
        nodes = everywhere if table.nodes is None else table.nodes
        if not nodes:
            expected = "at least one"
            raise where.error("no nodes", expected, "application", index, "nodes")
        for place, node in enumerate(nodes):
            path = ("application", index, "nodes", place)
            _check_node(node, machine, where, path)
            if node in nodes[:place]:
                raise where.error(f"node {node} is there twice", "each node once", *path)
        plans.append((table.name, nodes))
    if not plans:
        plans = [(DEFAULT_APPLICATION, everywhere)]
    regions = _regions(spec.region, [name for name, _ in plans], machine, where)
    return tuple(
        ApplicationPlan(name, nodes, regions[index]) for index, (name, nodes) in enumerate(plans)
    )


def threads_of(
    spec: ScenarioSpec,
    applications: tuple[ApplicationPlan, ...],
    machine: Machine,
    where: Where,
) -> tuple[ThreadPlan, ...]:
    """Return the scenario's threads: those listed, then those of applications with none listed."""
    names = {"sigma0", "root", *(f"pager{node}" for node in range(machine.nodes))}
    known = [application.name for application in applications]
    placed = [0] * machine.nodes
    plans: list[ThreadPlan] = []
    for index, table in enumerate(spec.thread):
        where.check_name(table.name, names, "thread", index, "name")
        names.add(table.name)
        owner = _application_of(table.application, known, where, "thread", index)
        node = _node_of(table, index, applications[owner], where)
        slot = _slot_of(table, index, machine, node, placed[node], where)
        placed[node] += 1
        plans.append(ThreadPlan(table.name, owner, node, slot))
    listed = {plan.application for plan in plans}
    for owner, application in enumerate(applications):
        for node in application.nodes if owner not in listed else ():
            name = f"{application.name}.{node}"
            if name in names:
                what = f"application {application.name} lists no thread, and `{name}` is taken"
                raise where.error(what, "its threads", "application", owner)
            placed[node] += 1
            plans.append(ThreadPlan(name, owner, node, placed[node]))
    if len(plans) > MAX_THREADS:
        raise where.error(f"{len(plans)} threads", f"at most {MAX_THREADS}", "application")
    return tuple(plans)


def _application_of(name: str, known: list[str], where: Where, table: str, index: int) -> int:
    """Which application a table belongs to; it may be left out where there is only one."""
    if not name and len(known) == 1:
        return 0
    if name not in known:
        what = f"there is no application {quoted(name)}" if name else "whose it is, is missing"
        raise where.error(what, one_of(name, known), table, index, "application")
    return known.index(name)


def _check_node(node: int, machine: Machine, where: Where, path: tuple[str | int, ...]) -> None:
    if node >= machine.nodes or not machine.node_cpus[node]:
        what = f"node {node} has no CPU" if node < machine.nodes else f"there is no node {node}"
        raise where.error(what, nodes_with_cpus(machine), *path)


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


def _regions(
    tables: tuple[RegionTable, ...], applications: list[str], machine: Machine, where: Where
) -> list[tuple[Region, ...]]:
    """The regions of each application, with the names and pages of none taken twice."""
    found: list[list[tuple[Region, int]]] = [[] for _ in applications]
    for index, table in enumerate(tables):
        owner = _application_of(table.application, applications, where, "region", index)
        taken = [region.name for region, _ in found[owner]]
        where.check_name(table.name, taken, "region", index, "name")
        found[owner].append((_region(table, index, machine, where), index))
    for of_one in found:
        ascending = sorted(of_one, key=lambda each: each[0].first)
        for (lower, before), (upper, after) in pairwise(ascending):
            if lower.first + lower.pages > upper.first:
                what = f"regions {lower.name} and {upper.name} overlap"
                expected = f"{upper.name} from {(lower.first + lower.pages) << PAGE_LOG2:#x} on"
                raise where.error(what, expected, "region", max(before, after))
    return [tuple(region for region, _ in of_one) for of_one in found]


def _region(table: RegionTable, index: int, machine: Machine, where: Where) -> Region:
    path = ("region", index)
    if table.at % PAGE_BYTES:
        raise where.error(f"{table.at:#x} is no page", "a multiple of 0x1000", *path, "at")
    first = table.at >> PAGE_LOG2
    if first + table.pages > MAX_PAGES:
        what = f"{table.pages} pages from {table.at:#x} leave the address space"
        raise where.error(what, "addresses below 2^48", *path)
    kind = where.choose(table.kind, _KINDS, *path, "kind")
    rights = rights_of(table.rights, where, *path, "rights")
    if not rights:
        raise where.error("the region allows nothing", "letters of rwx", *path, "rights")
    as_asked = where.choose(table.reply, _REPLIES, *path, "reply")
    home = _home(table, kind, path, machine, where)
    return Region(table.name, first, table.pages, kind, rights, home, as_asked)


def _home(
    table: RegionTable, kind: int, path: tuple[str | int, ...], machine: Machine, where: Where
) -> int:
    home = table.home
    if isinstance(home, str):
        if home != _ANYWHERE:
            raise where.error(
                f"`home` is {quoted(home)}", f"a node or `{_ANYWHERE}`", *path, "home"
            )
        if kind == PRIVATE:
            what = f"region {table.name} is private, but of no node"
            raise where.error(what, "the node as `home`", *path, "home")
        return FIRST_TOUCH
    if not 0 <= home < machine.nodes or not machine.user_frames[home]:
        what = f"node {home} cannot be the home of pages"
        raise where.error(what, nodes_with_memory(machine), *path, "home")
    if kind == PRIVATE:
        _check_node(home, machine, where, (*path, "home"))
    return home
