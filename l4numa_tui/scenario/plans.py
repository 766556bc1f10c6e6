"""The applications of a scenario: which spaces and regions they have, and where."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from l4numa_tui.machine.machine import PAGE_BYTES, PAGE_LOG2, Machine
from l4numa_tui.scenario.fpages import rights_of
from l4numa_tui.scenario.hardware import nodes_with_cpus, nodes_with_memory
from l4numa_tui.scenario.model import RegionTable, ScenarioSpec
from l4numa_tui.scenario.step_model import MAX_PAGES
from l4numa_tui.scenario.where import Where, one_of, quoted
from l4numa_tui.userland.regions import (
    FIRST_TOUCH,
    GLOBAL,
    KINDS,
    PLACED_FIRST,
    PLACEMENTS,
    PRIVATE,
    Region,
)

DEFAULT_APPLICATION = "A"
_ANYWHERE = "first_touch"
_KINDS = {name: kind for kind, name in enumerate(KINDS)}
_PLACEMENTS = {name: placement for placement, name in enumerate(PLACEMENTS)}
_REPLIES = {"all": False, "asked": True}


class ApplicationPlan(NamedTuple):
    """An application to be made: the nodes it has spaces on, and its regions, as written."""

    name: str
    nodes: tuple[int, ...]
    regions: tuple[Region, ...]


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
            check_node(node, machine, where, path)
            if node in nodes[:place]:
                raise where.error(f"node {node} is there twice", "each node once", *path)
        plans.append((table.name, nodes))
    if not plans and not spec.is_bare:
        plans = [(DEFAULT_APPLICATION, everywhere)]
    regions = _regions(spec.region, [name for name, _ in plans], machine, where)
    return tuple(
        ApplicationPlan(name, nodes, regions[index]) for index, (name, nodes) in enumerate(plans)
    )


def application_of(name: str, known: list[str], where: Where, table: str, index: int) -> int:
    """Which application a table belongs to; it may be left out where there is only one."""
    if not name and len(known) == 1:
        return 0
    if not known:
        raise where.error(
            "there are no applications", "an application", table, index, "application"
        )
    if name not in known:
        what = f"there is no application {quoted(name)}" if name else "whose it is, is missing"
        raise where.error(what, one_of(name, known), table, index, "application")
    return known.index(name)


def check_node(node: int, machine: Machine, where: Where, path: tuple[str | int, ...]) -> None:
    """UserError unless the node has CPUs."""
    if node >= machine.nodes or not machine.node_cpus[node]:
        what = f"node {node} has no CPU" if node < machine.nodes else f"there is no node {node}"
        raise where.error(what, nodes_with_cpus(machine), *path)


def _regions(
    tables: tuple[RegionTable, ...], applications: list[str], machine: Machine, where: Where
) -> list[tuple[Region, ...]]:
    """The regions of each application, with the names and pages of none taken twice."""
    found: list[list[tuple[Region, int]]] = [[] for _ in applications]
    for index, table in enumerate(tables):
        owner = application_of(table.application, applications, where, "region", index)
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
    placement = _placement(table, kind, path, where)
    return Region(table.name, first, table.pages, kind, rights, home, as_asked, placement)


def _placement(table: RegionTable, kind: int, path: tuple[str | int, ...], where: Where) -> int:
    placement = where.choose(table.placement, _PLACEMENTS, *path, "placement")
    if placement != PLACED_FIRST and kind != GLOBAL:
        what = f"`placement` does not go with the kind {table.kind}"
        raise where.error(what, "a global region", *path, "placement")
    if placement != PLACED_FIRST and table.home != _ANYWHERE:
        what = f"region {table.name} has both a home and a placement"
        raise where.error(what, "one of `home` and `placement`", *path, "placement")
    return placement


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
        check_node(home, machine, where, (*path, "home"))
    return home
