"""The messages of some steps as a Mermaid sequence diagram: the lanes of the screen, for documents.

A box for each node, in it its threads and its kernel; what somebody does alone is a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from l4numa_tui.export.formats import Options
from l4numa_tui.export.mermaid import escaped
from l4numa_tui.export.palette import TINTS
from l4numa_tui.export.trees import heading
from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.messages.lane_events import LaneEvent, Party, lane_events, party_name
from l4numa_tui.views.pane_parts import number
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import node_label
from l4numa_tui.views.steps.step_text import headline
from l4numa_tui.world.session import Session


def sequence(session: Session, options: Options) -> Iterable[bytes]:
    """The steps from `options.first` to where the session stands, as a `sequenceDiagram`."""
    scene = Scene(session.world, session.last)
    first = options.first or 1
    events = lane_events(scene, session.records(first, session.cursor))
    title = escaped(heading(session, options.source).removeprefix("# "))
    lines = [f"%% {title}", "sequenceDiagram"]
    parties = sorted({party for event in events for party in (event.source, event.to) if party})
    if not parties:
        lines += ["  participant nobody", f"  Note over nobody: {_nothing(session, first)}"]
    lines += _boxes(scene, parties)
    step = 0
    for event in events:
        if event.step != step:
            step = event.step
            over = _span(parties)
            what = f"step {step}: {headline(scene, session.change(step))}"
            cost = f"{number(session.change(step).cycles)} cycles"
            lines.append(f"  Note over {over}: {escaped(safe_text(f'{what} ({cost})'))}")
        lines.append(f"  {_event(event)}")
    return ("\n".join((*lines, "")).encode(),)


def _nothing(session: Session, first: int) -> str:
    if not session.cursor:
        return "no step has been taken"
    steps = f"step {first}" if first == session.cursor else f"steps {first} to {session.cursor}"
    return f"no messages in {steps}"


def _span(parties: list[Party]) -> str:
    ends = dict.fromkeys((_id(parties[0]), _id(parties[-1])))
    return ",".join(ends)


def _boxes(scene: Scene, parties: list[Party]) -> Iterator[str]:
    """Participants in the order of the lanes, those of a node in its box."""
    node = -1
    for party in parties:
        if party.node != node:
            if node >= 0:
                yield "  end"
            node = party.node
            tint = ",".join(str(int(TINTS[node % 8][at : at + 2], 16)) for at in (1, 3, 5))
            yield f"  box rgb({tint}) {node_label(node)}"
        name = escaped(safe_text(party_name(scene, party), limit=24))
        yield f"    participant {_id(party)} as {name}"
    if parties:
        yield "  end"


def _id(party: Party) -> str:
    return f"t{party.thread}" if party.thread else f"kernel{party.node}"


def _event(event: LaneEvent) -> str:
    text = escaped(safe_text(event.text, limit=200))
    if event.to is None:
        return f"Note over {_id(event.source)}: {text}"
    cost = escaped(f" ({number(event.cost)})") if event.cost else ""
    return f"{_id(event.source)}->>{_id(event.to)}: {text}{cost}"
