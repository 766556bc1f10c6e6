"""What a sandbox starts from: a machine, and user level or the bare kernel on it."""

from __future__ import annotations

from collections.abc import Iterator

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import Topology
from l4numa_tui.topology.assemble import MAX_NODES
from l4numa_tui.topology.load import LIVE, load_topology
from l4numa_tui.topology.named import machine_names, named_machine
from l4numa_tui.tui.screens.pick_screen import PickPane, PickScreen
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.picking import Choice
from l4numa_tui.views.segments import Line, Segment, Target, width_of

_QUICK = (4, 2, 8, 1, 16, 64)
_THIS = "this computer"
_KINDS = (
    ("user level", "pagers, and an application A on all nodes"),
    ("bare kernel", "sigma0 and two spaces, P and A; P is the pager of A"),
)


class MachinePane(PickPane):
    """The machines; a number that is typed is one, too."""

    def take(self, text: str) -> None:
        """Show what fits."""
        super().take(text)
        typed = text.strip()
        if typed.isdecimal() and len(typed) < 4 and 1 <= int(typed) <= MAX_NODES:
            choice = _alike(int(typed))
            self.found = [choice, *(each for each in self.found if each.name != choice.name)]
            self.renew(following=True)


class MachineScreen(PickScreen):
    """The list of machines; `bare` tells which kind was chosen."""

    pane_class = MachinePane
    heading = "A machine to start from"
    prompt = "type to search, or how many nodes"
    title_rows = 2
    about_rows = 2
    wide = True
    keys = (
        ("↑ ↓", "choose"), ("enter", "start"), ("tab", "the other kind"), ("type", "to search"),
    )  # fmt: skip

    def __init__(self, stage: Stage, *, bare: bool = False) -> None:
        super().__init__(stage, list(machine_choices()))
        self.bare = bare

    def title_lines(self, width: int) -> list[Line]:
        """The title bar, and which kind it is to be."""
        tabs: Line = [Segment(" ")]
        for at, (name, _) in enumerate(_KINDS):
            tabs.append(Segment(f" {name} ", "pick" if at == self.bare else "key", ("kind", at)))
            tabs.append(Segment(" "))
        about = Segment(f" {_KINDS[self.bare][1]}", "label")
        return [*super().title_lines(width), [*tabs, about] if width_of(tabs) < width else tabs]

    def take(self, target: Target | None) -> None:
        """A machine was chosen, or a kind clicked on."""
        match target:
            case ("kind", at):
                if at != self.bare:
                    self.turn()
            case _:
                super().take(target)

    def turn(self) -> None:
        """The other kind."""
        self.bare = not self.bare
        self.bars[0].renew()


def machine_choices() -> Iterator[Choice]:
    """Machines to choose from, the quickest first."""
    for nodes in _QUICK:
        yield _alike(nodes)
    try:
        yield Choice(_THIS, _size(load_topology(LIVE)), "Real")
    except UserError as error:
        yield Choice(_THIS, str(error), "Real")
    for name in machine_names():
        topology = named_machine(name)
        yield Choice(name, f"{_size(topology)}: {topology.description}", "Real")


def machine_named(choice: str) -> str:
    """What `fresh_scenario` calls a machine that was chosen."""
    if choice == _THIS:
        return LIVE
    number, _, word = choice.partition(" ")
    return number if word in ("node", "nodes") else choice


def _alike(nodes: int) -> Choice:
    plural = "s" if nodes > 1 else ""
    about = "alike, 2 CPUs and 4 MiB each" if nodes > 1 else "2 CPUs and 4 MiB"
    return Choice(f"{nodes} node{plural}", about, "Made up")


def _size(topology: Topology) -> str:
    nodes, cpus = len(topology.nodes), topology.cpu_count
    return f"{nodes} node{'s' if nodes > 1 else ''}, {cpus} CPU{'s' if cpus > 1 else ''}"
