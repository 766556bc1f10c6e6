"""`show kdb` and `show jdb`: the mapping database as the debuggers of real L4 kernels print it."""

from __future__ import annotations

from l4numa_tui.export.jdb import jdb_lines
from l4numa_tui.export.kdb import kdb_lines
from l4numa_tui.export.trees import parse_frame
from l4numa_tui.plain.printer import FIGURE
from l4numa_tui.world.session import Session

DUMPS = {"kdb": kdb_lines, "jdb": jdb_lines}


def show_dump(session: Session, name: str, frame: str = "") -> list[str]:
    """A dump of where the session stands, of one frame where `frame` names one, as a figure.

    Raises UserError for a frame that is none.
    """
    wanted = parse_frame(session.world, frame) if frame else None
    return [FIGURE + line for line in DUMPS[name](session, wanted)]
