"""Writes docs/screen.svg, the picture in the README: `python docs/picture.py [FILE]`."""

from __future__ import annotations

import sys
from pathlib import Path

from l4numa_tui.course.lesson import find_lesson
from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.tui.pictures.snapshot import snapshot
from l4numa_tui.tui.stage import Stage

STEPS = 8


def main() -> None:
    """Play lesson 8 to a telling moment and paint it."""
    player = LessonPlayer(find_lesson("8"))
    while player.session.cursor < STEPS:
        if player.pending is not None:
            player.reveal()
        player.step()
    stage = Stage(player.session, player.lesson.title, player=player)
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "screen.svg"
    file.write_text(snapshot(stage, 120, 40).svg, encoding="utf-8")


if __name__ == "__main__":
    main()
