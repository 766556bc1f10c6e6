"""From a scenario to a session that stands at its first step."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.journal import Journal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.scenario.load import Scenario
from l4numa_tui.userland.system import System, too_small_for_boot
from l4numa_tui.world.operations import Program
from l4numa_tui.world.schedulers import RoundRobin, Scheduler, ScriptOrder, Seeded
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World


def build_session(scenario: Scenario) -> Session:
    """Boot the scenario's machine, make its applications and threads, and give them their programs.

    Applications and threads are numbered in the order of the scenario. Raises UserError where the
    memory does not suffice to boot.
    """
    try:
        system, programs = _boot(scenario)
    except UserError as error:
        path = scenario.where.memory("kernel_frames")
        raise scenario.where.error(error.what, error.expected, *path) from None
    return Session(World(system, programs), scheduler_of(scenario))


def scheduler_of(scenario: Scenario) -> Scheduler:
    """Return the scheduler that `[run]` asks for."""
    run = scenario.spec.run
    if run.order == "seeded":
        return Seeded(run.seed or 0)
    return RoundRobin() if run.order == "side_by_side" else ScriptOrder()


def _boot(scenario: Scenario) -> tuple[System, dict[int, Program]]:
    memory = scenario.spec.memory
    with too_small_for_boot():
        kernel = Kernel(Journal(), scenario.machine)
    system = System(kernel, memory.pool_frames, memory.directory_node)
    applications = [
        system.add_application(plan.name, plan.nodes, plan.regions)
        for plan in scenario.applications
    ]
    programs = {}
    for plan, program in zip(scenario.threads, scenario.programs, strict=True):
        application = applications[plan.application]
        programs[system.add_thread(application, plan.name, plan.node, plan.slot)] = program
    return system, programs
