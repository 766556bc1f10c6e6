"""What a pager that has a page's books answers to a fault on a page that may move or be copied."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.rights import WRITE
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.userland.agreement.directory import UNMAPPING, VALID
from l4numa_tui.userland.agreement.global_unmap import GlobalUnmap
from l4numa_tui.userland.pager_books import DirectoryKey, PagerBooks
from l4numa_tui.userland.placement import counting
from l4numa_tui.userland.placement.moving import Mover
from l4numa_tui.userland.placement.policies import (
    COLLAPSE,
    COPY,
    MOVE,
    SHARE,
    SHARED,
    SINGLE,
    Decision,
    Use,
    in_turn,
    policy_of,
)
from l4numa_tui.userland.regions import Region
from l4numa_tui.userland.server import Context, Message
from l4numa_tui.userland.supply import Supply


class Grant(NamedTuple):
    """An answer to a fault: the frame to map, and the rights to it that may be given."""

    frame: int
    rights: int


class Fault(NamedTuple):
    """A fault of `node` with `access`; `message` is put aside where it must wait.

    `home` is the node on which the books about the page lie.
    """

    key: DirectoryKey
    region: Region
    node: int
    access: int
    message: Message
    home: int


class Placer:
    """Looks a page up, lets its policy decide, and does what was decided."""

    def __init__(
        self,
        kernel: Kernel,
        books: PagerBooks,
        supply: Supply,
        mover: Mover,
        unmapper: GlobalUnmap,
    ) -> None:
        self._kernel = kernel
        self._books = books
        self._supply = supply
        self._mover = mover
        self._unmapper = unmapper
        self._counts = counting.Counts(kernel)

    def grant(self, context: Context, fault: Fault) -> Grant | None:
        """The frame and rights to answer with; None if the fault was put aside."""
        books, directory, key = self._books, self._books.directory, fault.key
        while True:
            backing = directory.look_up(context, key, fault.home)
            if backing is None:
                return self._first(context, fault)
            if backing.state == UNMAPPING:
                directory.wait_for(context, key, books.node, fault.home)
                context.defer(fault.message)
                return None
            use, decision = self._decide(fault, backing.frame)
            if decision.what not in (SHARE, MOVE, COLLAPSE):
                return self._answer(context, fault, use, decision)
            if decision.what == MOVE and not self._can_move(context, decision, backing.frame):
                return self._answer(context, fault, use, decision)
            if self._unmapper.is_leading():  # one at a time; it is tried again after that
                context.defer(fault.message)
                return None
            # Only when nobody maps the page any more may its frame change, or be written alone.
            mode = SHARED if decision.what == SHARE else policy_of(fault.region).after_collapse
            if decision.what == MOVE:
                mode = SINGLE
            if not self._unmapper.remap(context, key, decision.node, mode):
                directory.wait_for(context, key, books.node, fault.home)
                context.defer(fault.message)
                return None

    def _first(self, context: Context, fault: Fault) -> Grant | None:
        """Nobody has touched the page yet: who fills it is not counted as its user."""
        policy, directory = policy_of(fault.region), self._books.directory
        frame = self._supply.take(context, fault.region, fault.key[1], fault.node)
        if frame is None:
            context.defer(fault.message)
            return None
        mode = policy.first_mode(writes=fault.access == WRITE)
        directory.publish(context, fault.key, frame, VALID, fault.home)
        directory.set_mode(fault.key, mode)
        return Grant(frame, policy.rights(mode, fault.access, fault.region.rights))

    def _decide(self, fault: Fault, main: int) -> tuple[Use, Decision]:
        policy, directory = policy_of(fault.region), self._books.directory
        frames = self._books.frames(fault.key)
        at = frozenset(frame >> NODE_SHIFT for frame in frames.values())
        mode, home = directory.mode(fault.key), main >> NODE_SHIFT
        machine = self._kernel.machine
        nodes = [node for node in range(machine.nodes) if machine.user_frames[node]]
        turn = in_turn(fault.region, fault.key[1], nodes)
        where = fault.node if fault.node in at else home
        use = self._counts.use_of(fault.key, fault.node, fault.access, where)
        use = use._replace(mode=mode, home=home, frames=at, turn=turn)
        if fault.access == WRITE and mode == SHARED and len(frames) > 1:
            return use, Decision(COLLAPSE, where)
        return use, policy.decide(use)

    def _can_move(self, context: Context, decision: Decision, frame: int) -> bool:
        """Whether a page can move now: else it is served where it is, and may move later."""
        ready = self._supply.can_spare(context, decision.node, frame)
        return ready and not self._unmapper.is_leading()

    def _answer(self, context: Context, fault: Fault, use: Use, decision: Decision) -> Grant:
        """Serve the fault from the frame that is nearest to hand, with what may be given now."""
        directory, key, policy = self._books.directory, fault.key, policy_of(fault.region)
        frames = self._books.frames(key)
        frame = frames.get((key[0], key[1], fault.node + 1), frames[key])
        if decision.what == COPY:
            copy = self._mover.copy(context, key[1], frames[key], fault.node)
            if copy is not None:
                frame, mine = copy, (key[0], key[1], fault.node + 1)
                directory.publish(context, mine, copy, VALID, fault.home)
        mode = use.mode
        if mode == SHARED and fault.access == WRITE:  # its only frame: others may read on
            mode = SINGLE
            context.shared_access(fault.home, write=True)
            directory.set_mode(key, mode)
        served = fault.node != self._books.node or self._books.holds(frame)
        if policy.samples and served:  # else the fault comes again when the frame is held
            self._counts.note(context, key, use, fault.home)
        return Grant(frame, policy.rights(mode, fault.access, fault.region.rights))
