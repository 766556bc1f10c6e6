"""Futures that were left behind when somebody acted in the past, as ways beside the present one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from l4numa_tui.world.operations import Action, Program
from l4numa_tui.world.schedulers import Scheduler


class Plan(NamedTuple):
    """What the threads are to do, and who chooses among them: what an unwritten future hangs on."""

    programs: dict[int, Program]
    scheduler: Scheduler


class Branch(NamedTuple):
    """A future beside the present one: the same up to step `at`, from there these actions.

    `plan` is the one it was made by; None where the present one still is that.
    """

    at: int
    actions: tuple[Action, ...]
    plan: Plan | None = None

    def replanned(self, old: Plan, new: Plan) -> Branch:
        """The same future, once `new` is the present plan instead of `old`."""
        plan = self.plan or old
        return self._replace(plan=None if plan.programs is new.programs else plan)

    @property
    def length(self) -> int:
        """How many steps that future has, from the boot on."""
        return self.at + len(self.actions)


def left_behind(branches: Iterable[Branch], path: Sequence[Action], at: int) -> list[Branch]:
    """All futures beside `path[:at]`, once the rest of `path` has been left as well.

    Those that forked off the rest are told from `at` on: they begin with the steps of that rest.
    """
    rest = tuple(path[at:])
    moved = [
        branch
        if branch.at <= at
        else branch._replace(at=at, actions=(*rest[: branch.at - at], *branch.actions))
        for branch in branches
    ]
    return [*moved, Branch(at, rest)] if rest else moved


def beside(branches: Iterable[Branch], path: Sequence[Action]) -> list[Branch]:
    """The same futures, each from where it truly leaves `path`.

    What `path` holds whole is left out, and what another of them does; none is told twice. Under
    another plan the same action may do something else: those futures stay as they are.
    """
    told: list[Branch] = []
    for branch in branches:
        at, actions, plan = branch
        same = 0
        if plan is None:
            while same < len(actions) and path[at + same : at + same + 1] == [actions[same]]:
                same += 1
        if same < len(actions):
            told.append(Branch(at + same, actions[same:], plan))
    return [
        branch
        for place, branch in enumerate(told)
        if not any(
            _holds(other, branch) and (other != branch or place < elsewhere)
            for elsewhere, other in enumerate(told)
            if elsewhere != place
        )
    ]


def _holds(branch: Branch, other: Branch) -> bool:
    """Whether `branch` goes through every step of `other`."""
    same_plan = branch.plan is other.plan or branch.plan == other.plan
    goes_along = branch.actions[: len(other.actions)] == other.actions
    return branch.at == other.at and same_plan and goes_along
