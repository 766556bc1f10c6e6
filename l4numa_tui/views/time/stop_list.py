"""Where runs stop: kinds of events to choose from, then what is watched, and breakpoints."""

from __future__ import annotations

from l4numa_tui.views.pane_parts import Pen
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment, Target, fit
from l4numa_tui.views.time.subject_text import KIND_TEXTS, target_name
from l4numa_tui.world.stops import KINDS, Stops, Watched

KIND_KEYS = {kind[0]: kind for kind in KINDS}
"""The letter of each kind: fault, message, unmap, shootdown, refused."""


def stop_list(scene: Scene, stops: Stops, width: int) -> list[Line]:
    """A line for each possible stop; its target says what to switch: ("kind", place in KINDS),
    ("watch", its place), ("breakpoint", step).
    """
    pen = Pen(scene)
    lines: list[Line] = [[Segment("Stop a run at", "title")]]
    for place, (key, kind) in enumerate(KIND_KEYS.items()):
        target: Target = ("kind", place)
        line = _line(pen, KIND_TEXTS[kind], target, chosen=kind in stops.kinds)
        lines.append([Segment(f"{key} ", "key", target), *line])
    lines += [[], [Segment("Watched", "title")]]
    for place, watched in enumerate(stops.watched):
        name = target_name(scene, watched)
        lines.append([Segment("  "), *_line(pen, name, ("watch", place), chosen=True)])
    if not stops.watched:
        lines.append([Segment("  nothing: select something, then T", "dim")])
    lines += [[], [Segment("Breakpoints", "title")]]
    for step in sorted(stops.steps):
        lines.append(
            [Segment("  "), *_line(pen, f"step {step}", ("breakpoint", step), chosen=True)]
        )
    if not stops.steps:
        lines.append([Segment("  none: t sets one at the present step", "dim")])
    return [fit(line, width) for line in lines]


def _line(pen: Pen, text: str, target: Target, *, chosen: bool) -> Line:
    box = ("[x] " if chosen else "[ ] ") if pen.scene.ascii_only else ("☑ " if chosen else "☐ ")
    return [
        Segment(box, "good" if chosen else "dim", target),
        Segment(text, "strong" if chosen else "value", target),
    ]


def switch(stops: Stops, target: Target) -> None:
    """Switch the stop that a line of the list stands for."""
    match target:
        case ("kind", place):
            stops.toggle_kind(list(KINDS)[place])
        case ("watch", place):
            watched: list[Watched] = list(stops.watched)
            stops.toggle_watch(watched[place])
        case ("breakpoint", step):
            stops.toggle_step(step)
