"""The futures beside the present one: where each forks off, how far it goes, how it begins."""

from __future__ import annotations

from collections.abc import Sequence

from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.userland.pager import REFUSE
from l4numa_tui.views.pane_parts import Pen, count_of
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment, fit
from l4numa_tui.views.steps.record_text import thread_text
from l4numa_tui.views.steps.step_text import operation_text
from l4numa_tui.world.branches import Branch
from l4numa_tui.world.operations import ANSWER, DO, RUN, Action

_INDENT = 4


def branch_lines(
    scene: Scene, futures: Sequence[Branch], actions: Sequence[Action], width: int
) -> list[Line]:
    """A few lines for each future, in their order; each is the target ("branch", its index).

    `actions` are those of the present future: what is done instead is told beside. Where nothing
    but the turn of threads differs at first, what somebody chose further on is told as well.
    """
    if not futures:
        text = "No other futures. Act in the past, and the future left behind is kept here."
        return [fit([Segment(text[:width], "dim")], width)]
    pen = Pen(scene)
    lines: list[Line] = []
    for index, branch in enumerate(futures):
        target = ("branch", index)
        here = actions[branch.at] if branch.at < len(actions) else None
        instead = action_text(scene, here) if here else "nothing yet"
        more = count_of(len(branch.actions), "step")
        lines.append(
            [
                Segment(f"{index + 1:>3} ", "key", target),
                Segment(f"{pen.glyphs.fork} forks after step {branch.at}", "strong", target),
                Segment(f", {more}, up to step {branch.length}", "value", target),
            ]
        )
        rows = [("there ", action_text(scene, branch.actions[0]), "value")]
        own = [at for at, action in enumerate(branch.actions) if action[0] != RUN]
        if own and own[0]:
            text = f"step {branch.at + own[0] + 1}, {action_text(scene, branch.actions[own[0]])}"
            rows.append(("then  ", text, "value"))
        rows.append(("here  ", instead, "dim"))
        for label, text, style in rows:
            lead = Segment(" " * _INDENT + label, "label", target)
            room = max(width - len(lead.text), 1)
            lines.append([lead, Segment(pen.short(text, room), style, target)])
        lines.append([])
    return [fit(line, width) for line in lines[:-1]]


def action_text(scene: Scene, action: Action) -> str:
    """What an action is, without the state that it met: `A.1: write 0x402000`, `A.1 goes on`."""
    name = thread_text(scene, action[1])
    if action[0] == DO:
        return f"{name}: {operation_text(scene, action[2:])}"
    if action[0] == ANSWER:
        if action[2] == REFUSE:
            return f"{name} refuses the fault"
        rights = f"maps with {rights_text(action[2])}" if action[2] else "maps nothing"
        return f"{name} answers the fault: {rights}"
    return f"{name} goes on"
