"""Every machine that comes with the program, drawn by every pane, with an application over it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.machine.costs import CostProfile
from l4numa_tui.machine.machine import Machine
from l4numa_tui.topology.named import machine_names, named_machine
from l4numa_tui.userland.system import System
from l4numa_tui.views.inspecting.inspector import inspector
from l4numa_tui.views.machine.machine_map import machine_map, machine_strip
from l4numa_tui.views.messages.lanes import lanes
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.tables.page_grid import page_grid
from l4numa_tui.views.tables.page_table_view import page_table
from l4numa_tui.world.operations import Op, Program
from l4numa_tui.world.schedulers import ScriptOrder
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World
from tests.views.pane_worlds import DATA, REGIONS


@pytest.mark.parametrize("name", machine_names())
def test_every_machine_known_by_name_is_drawn(name: str) -> None:
    topology = named_machine(name)
    machine = Machine(topology, CostProfile())
    system = System(Kernel(Journal(), machine), 8)
    with_cpus = [node for node in range(machine.nodes) if machine.node_cpus[node]]
    application = system.add_application("A", with_cpus, REGIONS)
    programs = {}
    for node in with_cpus:
        thread = system.add_thread(application, f"A.{node}", node, 0)
        programs[thread] = Program(((Op.READ, DATA << 12), (Op.WRITE, DATA + 1 << 12)), ())
    session = Session(World(system, programs), ScriptOrder())
    session.run(60)
    scene = Scene(session.world, session.last)
    space = application.spaces[with_cpus[-1]]
    for width, height in ((77, 18), (81, 9), (120, 15)):
        drawn = [
            machine_map(scene, width, height),
            page_grid(scene, application.number, width, height),
            page_table(scene, space, DATA, width, height),
            lanes(scene, session.records(0, session.cursor), session.cursor, width, height),
            [machine_strip(scene, width)],
            *(inspector(replace(scene, selected=("node", n)), width) for n in range(machine.nodes)),
        ]
        for lines in drawn:
            assert {sum(len(s.text) for s in line) for line in lines} == {width}
        assert len(drawn[0]) <= height
