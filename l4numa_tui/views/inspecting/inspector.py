"""The selected thing in full; with nothing selected, what the last step did."""

from __future__ import annotations

from l4numa_tui.views.inspecting.card import Card
from l4numa_tui.views.inspecting.inspect_kernel import node_card, space_card, thread_card
from l4numa_tui.views.inspecting.inspect_memory import entry_card, frame_card, page_card, slot_card
from l4numa_tui.views.pane_parts import Pen
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment
from l4numa_tui.views.steps.step_text import explain_changes, headline
from l4numa_tui.world.session import Session, StepChange


def inspector(scene: Scene, width: int, session: Session | None = None) -> list[Line]:
    """The card of `scene.selected`, each line exactly `width` columns, as many as it takes.

    Which steps made and changed the thing, and what a selected step did, only the scene's `session`
    knows; without it those lines are left out.
    """
    card = Card(Pen(scene), width, session)
    fill_card(card)
    return card.lines


def fill_card(card: Card) -> None:
    """Tell a card about what its scene has selected; the last step where nothing is."""
    match card.pen.scene.selected:
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
        case ("slot", slot):
            slot_card(card, slot)
        case ("node", node):
            node_card(card, node)
        case ("step", step):
            known = card.session is not None and 0 < step <= card.session.length
            _step_card(card, step, card.session.change(step) if card.session and known else None)
        case _:
            _last_step(card)


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
