"""`find TEXT` in a conversation: what something can mean, and how to get at it."""

from __future__ import annotations

from collections.abc import Mapping

from l4numa_tui.course.glossary import Glossary
from l4numa_tui.course.lesson_model import Term
from l4numa_tui.errors import UserError
from l4numa_tui.views.find import find
from l4numa_tui.views.scene import Scene
from l4numa_tui.world.session import Session

MOST = 20


def show_found(scene: Scene, session: Session, terms: Mapping[str, Term], text: str) -> list[str]:
    """One line for each match, at most MOST; UserError for nothing to look for."""
    if not text.strip():
        raise UserError("`find` needs something to look for", "`find A.1`, `find 0x402000`")
    matches = find(scene, session, Glossary(terms), text)
    if not matches:
        return ["Nothing here is called that."]
    lines = [f"- {match.kind} {' '.join(match.text.split())}" for match in matches[:MOST]]
    if len(matches) > MOST:
        lines.append(f"And {len(matches) - MOST} more.")
    return lines
