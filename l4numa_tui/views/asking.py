"""The pieces of a form: labels, what a field means or what is wrong, what may stand there."""

from __future__ import annotations

from collections.abc import Sequence

from l4numa_tui.errors import UserError
from l4numa_tui.safe_text import safe_text
from l4numa_tui.scenario.building.offers import Offer
from l4numa_tui.scenario.building.typed import STEP, Request
from l4numa_tui.views.segments import Line, Segment, width_of

_MEANINGS = {
    "thread": "who does it",
    "at": "address",
    "pages": "how many pages, 1 if empty",
    "log2": "size in the register word instead of pages",
    "rights": "letters of rwx, all if empty",
    "cycles": "of computing",
    "to": "whom: a thread",
    "from": "a thread, anyone if empty",
    "label": "a number that says what it is about",
    "words": "numbers, as [1, 2]",
    "items": "what is mapped, as [{map=0x1000, rights=r}]",
    "window": "where items may land: all, none, {at=0x1000, pages=2}",
    "no_wait": "true: fail rather than wait",
    "refuse": "true: refuse, which halts a faulting thread",
    "frame": "node:index, any if empty",
    "node": "a node's number",
    "into": "address at which they land",
    "target": "which thread",
    "space": "of this thread; its own if empty",
    "scheduler": "a thread",
    "pager": "a thread that gets its faults",
    "utcb": "address, or {at=0x1000, pages=2}",
    "kip": "an area {at=0x1000}",
    "delete": "true: delete it",
    "cpu": "of the machine, or of the node",
    "control": "bits that say what is set",
    "ip": "number of the operation to go on at",
    "times": "how often, once if empty",
    "note": "shown with the step",
}
_OF_TABLES = {
    "name": "1 to 24 letters, no blanks",
    "at": "address of the first page",
    "kind": "global, node_local or private",
    "home": "the node whose memory backs it",
    "reply": "faults are answered with all rights, or those asked",
    "placement": "where pages lie and whether they move",
    "application": "whose it is",
    "space": "in which space, if of no application",
    "privileged": "true: may make privileged system calls",
    "created": "true: a step thread_control makes it",
    "cpu": "of the node; the next one if empty",
    "pager": "a thread; sigma0 if empty",
}
_LABEL = 13


def field_label(key: str, *, needed: bool, here: bool, ascii_only: bool = False) -> Line:
    """A field's name; a star says that it must be filled, a mark that it has the keys."""
    mark = (">" if ascii_only else "❯") if here else " "
    name = f"{key}{'*' if needed else ''}".ljust(_LABEL - 1)
    return [Segment(mark, "key"), Segment(name, "strong" if needed else "label")]


def field_note(request: Request, key: str, wrong: UserError | None, width: int) -> Line:
    """What is wrong with a field, else what it means."""
    if wrong is not None:
        return [Segment(f" {error_text(wrong, width - 1)}", "bad")]
    return [Segment(f" {safe_text(field_meaning(request, key), limit=max(width - 1, 1))}", "dim")]


def field_meaning(request: Request, key: str) -> str:
    """What a field of a request means, "" where its name says it."""
    known = _MEANINGS if request.table == STEP else {**_MEANINGS, **_OF_TABLES}
    return known.get(key, "")


def error_text(error: UserError, width: int) -> str:
    """An error in one row; where it does not fit, what was expected goes before what is wrong."""
    whole = str(error)
    if len(whole) > width and error.expected:
        whole = f"expected {error.expected}"
    return safe_text(whole, limit=max(width, 1))


def offer_lines(offers: Sequence[Offer], value: str, room: tuple[int, int]) -> list[Line]:
    """The offers in rows of `room` (width, rows), the one that is filled in lit up.

    The target of an offer is ("offer", its position).
    """
    width, rows = room
    out: list[Line] = [[Segment(" ")]]
    for at, offer in enumerate(offers):
        lit = "selected" if offer.text == value else "key"
        about = f" {offer.about}" if offer.about else ""
        piece = [
            Segment(safe_text(offer.text, limit=width - 3), lit, ("offer", at)),
            Segment(f"{safe_text(about, limit=30)}  ", "dim", ("offer", at)),
        ]
        if width_of(out[-1]) + width_of(piece) > width and len(out[-1]) > 1:
            if len(out) == rows:
                out[-1] = [*out[-1][: -2 if width_of(out[-1]) > width - 3 else None], Segment("…")]
                break
            out.append([Segment(" ")])
        out[-1] += piece
    return out
