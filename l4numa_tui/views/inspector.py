"""The selected thing in full; with nothing selected, what the last step did."""

from __future__ import annotations

from l4numa_tui.views.card import Card, ChangeOf, WhoChanged
from l4numa_tui.views.inspect_kernel import node_card, space_card, thread_card
from l4numa_tui.views.inspect_memory import entry_card, frame_card, page_card
from l4numa_tui.views.pane_parts import Pen
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment
from l4numa_tui.views.step_text import explain_changes, headline
from l4numa_tui.world.session import StepChange


def inspector(
    scene: Scene,
    width: int,
    *,
    who_changed: WhoChanged | None = None,
    who_made: WhoChanged | None = None,
    change_of: ChangeOf | None = None,
) -> list[Line]:
    """The card of `scene.selected`, each line exactly `width` columns, as many as it takes.

    `who_changed` (table, key) -> step tells which step wrote something last, `who_made` which made
    it, `change_of` gives the change of a step; without them those lines are left out.
    """
    pen = Pen(scene)
    card = Card(pen, width, who_made=who_made, who_changed=who_changed, change_of=change_of)
    match scene.selected:
        case ("entry", entry):
            entry_card(card, entry)
        case ("frame", frame):
            frame_card(card, frame)
        case ("page", application, vpn):
            page_card(card, application, vpn)
        case ("thread", thread):
            thread_card(card, thread)
        case ("space", space):
            space_card(card, space)
        case ("node", node):
            node_card(card, node)
        case ("step", step):
            _step_card(card, step, change_of(step) if change_of and step > 0 else None)
        case _:
            _last_step(card)
    return card.lines


def _step_card(card: Card, step: int, change: StepChange | None) -> None:
    card.title(Segment(f"step {step}", "title"))
    if change is None:
        card.sentences(["the machine as booted" if not step else "not taken yet"], "dim")
    else:
        _tell(card, change)


def _last_step(card: Card) -> None:
    last = card.pen.scene.last
    if last is None:
        card.title(Segment("the machine as booted", "title"))
        card.sentences(["Take a step to see what it changes."])
    else:
        card.title(Segment("the last step", "title"))
        _tell(card, last)
    card.section("nothing selected")
    card.sentences(
        ["Select an entry, frame, page, thread, space, node or step to see it whole."], "dim"
    )


def _tell(card: Card, change: StepChange) -> None:
    scene = card.pen.scene
    card.sentences([headline(scene, change)], "strong")
    card.sentences(explain_changes(scene, change))
