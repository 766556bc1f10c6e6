"""What the tests run in a terminal of its own: a lesson whose saving writes a file."""

from __future__ import annotations

import sys
from pathlib import Path

from l4numa_tui.errors import UserError
from l4numa_tui.tui.entry import run_lesson
from tests.tui.fake_player import fake_player
from tests.views.pane_worlds import make_session


def main() -> int:
    """Run the lesson; the step is saved in the file named first."""
    player = fake_player(make_session(2))
    progress = Path(sys.argv[1])

    def save() -> None:
        progress.write_text(str(player.session.cursor), encoding="ascii")

    try:
        return run_lesson(player, save)
    except UserError as error:
        print(error)
        return 2


if __name__ == "__main__":
    sys.exit(main())
