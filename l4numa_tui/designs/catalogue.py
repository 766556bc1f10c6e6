"""The designs by name, and one way to run any of them."""

from __future__ import annotations

from l4numa_tui.designs.disco import Disco
from l4numa_tui.designs.l4 import PER_NODE, SPANNING, run_l4
from l4numa_tui.designs.mitosis import LazyMitosis, Mitosis
from l4numa_tui.designs.result import DesignResult
from l4numa_tui.designs.rival import Rival
from l4numa_tui.designs.sources import Source
from l4numa_tui.designs.tornado_k42 import TornadoK42
from l4numa_tui.errors import UserError

RIVALS: dict[str, type[Rival]] = {
    rival.name: rival for rival in (Disco, TornadoK42, Mitosis, LazyMitosis)
}
NAMES = (PER_NODE, SPANNING, *RIVALS)
"""Every design, the paper's first."""

ALL = "all"


def designs_named(text: str) -> list[str]:
    """The designs that `--designs` names: `all`, or names separated by commas, in that order."""
    if text == ALL:
        return list(NAMES)
    names = list(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        check_design(name)
    return names


def check_design(name: str) -> None:
    """UserError unless a design is called so."""
    if name not in NAMES:
        raise UserError(f"there is no design {name[:40]!r}", "one of " + ", ".join(NAMES))


def run_design(name: str, source: Source) -> DesignResult:
    """Run a workload under a design; UserError where the machine has too little memory for it."""
    check_design(name)
    if name == PER_NODE and source.per_node is not None:
        return source.per_node
    if name in RIVALS:
        return RIVALS[name](source.workload).run()
    return run_l4(name, source.workload)
