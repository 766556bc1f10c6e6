"""Where a stage stands, in the words and figures of the bars around the panes."""

from __future__ import annotations

from l4numa_tui.kernel.mapping_database import space_of, vpn_of
from l4numa_tui.kernel.records import Event
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.pane_parts import number
from l4numa_tui.views.steps.ending import short_ending
from l4numa_tui.views.steps.step_text import operation_text

_LOOK_BACK = 40  # steps in which the last touched address is looked for
_TOUCHES = (Event.ACCESS, Event.PAGEFAULT_USER, Event.TLB_MISS)


def heading(stage: Stage) -> str:
    """Where in the course this is, or the scenario's title."""
    if stage.player is None:
        return stage.title
    lesson = stage.player.lesson
    of = f"/{stage.lessons}" if stage.lessons else ""
    dot = "-" if stage.ascii_only else "·"
    return f"lesson {lesson.number}{of} {dot} {lesson.title}"


def facts(stage: Stage) -> list[tuple[str, str]]:
    """(label, value): step, clock in cycles, what the last step cost, faults so far."""
    session = stage.session
    totals = session.world.totals()
    known = session.length
    last = session.last
    delta = "D" if stage.ascii_only else "Δ"
    return [
        ("step", f"{session.cursor}/{known}" if known else "0"),
        ("clock", number(totals.cycles)),
        (delta, f"+{number(last.cycles)}" if last else "0"),
        ("faults", number(totals.faults)),
    ]


def next_text(stage: Stage) -> str:
    """What the next step will be, "" at the end; nothing of it before a prediction is made."""
    session = stage.session
    if stage.draft is not None and session.cursor == session.length:
        return "your answer"
    if stage.player is not None and stage.player.in_challenge and stage.player.block_reason():
        return ""
    action = session.next_action()
    if action is None:
        return ""
    scene, thread = stage.scene(), action[1]
    name = scene.thread_name(thread)
    if thread not in session.world.programs:
        return f"{name} goes on"
    operation = session.world.next_operation(thread)
    if len(action) > 2:
        operation = action[2:]
    return f"{name}: {operation_text(scene, operation)}" if operation else name


def outlook(stage: Stage) -> tuple[str, str]:
    """(label, text): what comes next, or what to do where nothing comes by itself."""
    text = next_text(stage)
    if text:
        return "next", text
    player = stage.player
    if player is not None and player.finished:
        got, of = player.score()
        return "finished:", f"{got} of {of} points, all saved. {stage.key('quit')} leaves"
    if player is not None and player.in_challenge:
        first = next((form for form, _ in player.commands()), "what a thread does")
        return "your turn:", f"press {stage.key('command')} and type {first}"
    if stage.bench is not None and not stage.session.world.kernel.deadlocks():
        return "your turn:", f"press {stage.key('act')} to let a thread act"
    return "", short_ending(stage.scene())


def is_stuck(stage: Stage) -> bool:
    """Whether nothing goes on because threads wait for each other."""
    return bool(stage.session.world.kernel.deadlocks()) and not next_text(stage)


def todo(stage: Stage) -> str:
    """The lesson's first open task, "" if there is none."""
    for block in stage.player.blocks() if stage.player else ():
        if block.kind == "todo" and block.style == "open":
            return " ".join(block.lines)
    return ""


def subject(stage: Stage) -> tuple[int, int] | None:
    """(space, page) whose walk is worth showing: the selected one, else the last touched."""
    session = stage.session
    threads = session.world.kernel.threads.rows
    match stage.selected:
        case ("entry", entry):
            return space_of(entry), vpn_of(entry)
        case ("page", application, vpn):
            found = session.world.system.roster.applications.get(application)
            if found and found.spaces:
                acting = threads[session.last.action[1]][0] if session.last else 0
                spaces = list(found.spaces.values())
                return (acting if acting in spaces else spaces[0]), vpn
    for index in range(session.cursor, max(session.cursor - _LOOK_BACK, 0), -1):
        for record in reversed(list(session.change(index).records())):
            if record.event in _TOUCHES and record.thread in session.world.programs:
                return threads[record.thread][0], record.a >> PAGE_LOG2
    return None
