"""The dumps of both kernel debuggers as exports: a line that says what and when, then the dump."""

from __future__ import annotations

from collections.abc import Iterable

from l4numa_tui.export.formats import Maker, Options
from l4numa_tui.export.jdb import jdb_lines
from l4numa_tui.export.kdb import kdb_lines
from l4numa_tui.export.trees import heading
from l4numa_tui.world.session import Session


def debugger_maker(name: str) -> Maker:
    """The maker of `kdb` or `jdb`."""
    dump = kdb_lines if name == "kdb" else jdb_lines

    def make(session: Session, options: Options) -> Iterable[bytes]:
        lines = (heading(session, options.source), "", *dump(session, options.frame))
        return (f"{line}\n".encode() for line in lines)

    return make
