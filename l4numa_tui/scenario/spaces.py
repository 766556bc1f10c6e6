"""The spaces and threads of a scenario of the bare kernel."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel.fpage import Fpage
from l4numa_tui.machine.machine import Machine
from l4numa_tui.scenario.fpages import area_of
from l4numa_tui.scenario.hardware import nodes_with_memory
from l4numa_tui.scenario.model import ScenarioSpec
from l4numa_tui.scenario.where import Where


class SpacePlan(NamedTuple):
    """An address space to be made: its home node, whether it is privileged, and its areas."""

    name: str
    node: int
    privileged: bool
    kip: Fpage
    utcb: Fpage


def spaces_of(spec: ScenarioSpec, machine: Machine, where: Where) -> tuple[SpacePlan, ...]:
    """Return the scenario's spaces, or raise UserError."""
    plans: list[SpacePlan] = []
    taken = {"sigma0"}
    for index, table in enumerate(spec.space):
        path = ("space", index)
        taken.add(where.check_name(table.name, taken, *path, "name"))
        if table.node >= machine.nodes or not machine.kernel_frames[table.node]:
            what = f"node {table.node} cannot be the home of a space"
            raise where.error(what, nodes_with_memory(machine), *path, "node")
        kip = area_of(table.kip, where, *path, "kip")
        utcb = area_of(table.utcb, where, *path, "utcb")
        plans.append(SpacePlan(table.name, table.node, table.privileged, kip, utcb))
    return tuple(plans)
