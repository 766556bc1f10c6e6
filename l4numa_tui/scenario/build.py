"""From a scenario to a session that stands at its first step."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.journal import Journal, UnloggedJournal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.scenario.load import Scenario
from l4numa_tui.scenario.spaces import SpacePlan
from l4numa_tui.scenario.threads import OF_NONE
from l4numa_tui.userland.system import System, too_small_for_boot
from l4numa_tui.world.operations import Program
from l4numa_tui.world.schedulers import RoundRobin, Scheduler, ScriptOrder, Seeded
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World


def build_session(scenario: Scenario, *, history: bool = True) -> Session:
    """Boot the scenario's machine, make its applications and threads, and give them their programs.

    Applications and threads are numbered in the order of the scenario. Raises UserError where the
    memory does not suffice to boot. Without `history` the session only runs on, as quick as it can;
    NoHistoryError if that will not do.
    """
    try:
        system, programs = _boot(scenario, history=history)
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


def _boot(scenario: Scenario, *, history: bool) -> tuple[System, dict[int, Program]]:
    memory = scenario.spec.memory
    journal = Journal() if history else UnloggedJournal()
    with too_small_for_boot():
        kernel = Kernel(journal, scenario.machine, large_pages=memory.large_pages)
    if not history:
        kernel.mute()
    bare = scenario.spec.is_bare
    system = System(
        kernel, memory.pool_frames, memory.directory_node, bare=bare, agreement=scenario.agreement
    )
    applications = [
        system.add_application(plan.name, plan.nodes, plan.regions)
        for plan in scenario.applications
    ]
    spaces = [_add_space(system, plan) for plan in scenario.spaces]
    programs = {}
    for plan, program in zip(scenario.threads, scenario.programs, strict=True):
        if plan.created:
            thread = system.reserve_thread(plan.name)
        elif plan.space == OF_NONE:
            application = applications[plan.application]
            thread = system.add_thread(application, plan.name, plan.node, plan.slot)
        else:
            space = spaces[plan.space]
            thread = system.add_kernel_thread(plan.name, space, plan.node, plan.slot, plan.pager)
        if thread != plan.number:  # the script's system calls name it by that number
            raise ValueError(f"thread {plan.name} is {thread}, was to be {plan.number}")
        programs[thread] = program
    return system, programs


def _add_space(system: System, plan: SpacePlan) -> int:
    """Make a space of the bare kernel, with its areas and privilege."""
    kernel = system.kernel
    space = system.add_space(plan.name, plan.node)
    if not (plan.kip.is_nil and plan.utcb.is_nil):
        kernel.set_areas(space, plan.kip, plan.utcb)
    if plan.privileged:
        kernel.make_privileged(space)
    return space
