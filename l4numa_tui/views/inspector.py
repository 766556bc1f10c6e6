"""The selected thing in full; with nothing selected, what the last step did."""

from __future__ import annotations

from collections.abc import Callable

from l4numa_tui.views.card import Card
from l4numa_tui.views.inspect_kernel import node_card, space_card, thread_card
from l4numa_tui.views.inspect_memory import entry_card, frame_card, page_card, slot_card
from l4numa_tui.views.pane_parts import Pen
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment, Target
from l4numa_tui.views.step_text import explain_changes, headline
from l4numa_tui.world.session import StepChange

ChangeOf = Callable[[int], StepChange | None]
WhoChanged = Callable[[Target], int | None]


def inspector(
    scene: Scene,
    width: int,
    *,
    who_changed: WhoChanged | None = None,
    change_of: ChangeOf | None = None,
) -> list[Line]:
    """The card of `scene.selected`, each line exactly `width` columns, as many as it takes.

    `who_changed` tells which step changed a thing last (0: boot), `change_of` gives the change of
    a selected step; without them those lines are left out.
    """
    card = Card(Pen(scene), width)
    fill_card(card, who_changed=who_changed, change_of=change_of)
    return card.lines


def fill_card(
    card: Card, *, who_changed: WhoChanged | None = None, change_of: ChangeOf | None = None
) -> None:
    """Tell a card about what its scene has selected; the last step where nothing is."""
    selected = card.pen.scene.selected
    changed = who_changed(selected) if who_changed and selected else None
    match selected:
        case ("entry", entry):
            entry_card(card, entry, changed)
        case ("frame", frame):
            frame_card(card, frame, changed)
        case ("page", application, vpn):
            page_card(card, application, vpn, changed)
        case ("thread", thread):
            thread_card(card, thread, changed)
        case ("space", space):
            space_card(card, space, changed)
        case ("slot", slot):
            slot_card(card, slot, changed)
        case ("node", node):
            node_card(card, node)
        case ("step", step):
            _step_card(card, step, change_of(step) if change_of and step > 0 else None)
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
