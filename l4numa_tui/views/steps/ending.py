"""Why nothing goes on: all is done, or threads are halted, waiting, or waiting for each other."""

from __future__ import annotations

from l4numa_tui.kernel.deadlock import deadlocks
from l4numa_tui.kernel.thread_state import (
    ANYONE,
    BLOCKED,
    HALT_REASONS,
    HALTED,
    READY,
    SENDING,
    code_of,
    partner_of,
)
from l4numa_tui.views.pane_parts import clean, glyphs_of
from l4numa_tui.views.scene import Scene


def ending(scene: Scene) -> list[str]:
    """Sentences for a world in which no action is possible, the most important first."""
    world, kernel = scene.world, scene.world.kernel
    lines = []
    stuck: set[int] = set()
    for circle in deadlocks(kernel):
        stuck.update(circle)
        waits = ", ".join(f"{_name(scene, each)} {_waiting(scene, each)}" for each in circle)
        lines.append(f"Deadlock: {waits}. They wait for each other, and so for ever.")
    for thread in world.programs:
        if thread in stuck or thread not in kernel.threads.rows:
            continue
        word = kernel.state.rows.get(thread, READY)
        if code_of(word) == HALTED:
            reason = HALT_REASONS.get(partner_of(word), "")
            lines.append(f"{_name(scene, thread)} is halted: {reason}.")
        elif code_of(word) in BLOCKED and world.next_operation(thread) is not None:
            lines.append(f"{_name(scene, thread)} {_waiting(scene, thread)}, for ever.")
    return ["Nothing is left to do on this machine.", *lines]


def short_ending(scene: Scene) -> str:
    """The same in a few words: `deadlock: A → B → A`, or that nothing is left."""
    circles = deadlocks(scene.world.kernel)
    if not circles:
        return "nothing is left to do"
    circle = [*circles[0], circles[0][0]]
    return "deadlock: " + f" {glyphs_of(scene).arrow} ".join(_name(scene, each) for each in circle)


def _waiting(scene: Scene, thread: int) -> str:
    word = scene.world.kernel.state.rows.get(thread, READY)
    partner = partner_of(word)
    whom = _name(scene, partner) if partner != ANYONE else "a message from anyone"
    return f"waits to send to {whom}" if code_of(word) == SENDING else f"waits for {whom}"


def _name(scene: Scene, thread: int) -> str:
    return clean(scene, scene.thread_name(thread))
