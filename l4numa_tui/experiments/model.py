"""What an experiment is: a claim and its place, a measurement, and a judgement of the figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from l4numa_tui.errors import UserError
from l4numa_tui.machine.costs import PROFILES, CostProfile
from l4numa_tui.machine.topology import Topology

Cell = int | float | str | None
Row = dict[str, Cell]
"""One line of a measurement, by column; None where a figure does not apply."""

HOLDS, FAILS, LIMITED, OPEN = "holds", "does not hold", "holds within limits", "not measured"
MAX_NODES = 64
MAX_PAGES = 100_000
MAX_FAULTS = 2_000_000
"""About as many pagefaults fit into 2 GiB."""


class Verdict(NamedTuple):
    """What the figures say of the claim: `outcome` is one of the four above, `why` the figures."""

    outcome: str
    why: str

    def __str__(self) -> str:
        """Both in one line."""
        return f"{self.outcome}: {self.why}"


class Settings(NamedTuple):
    """How to run an experiment; what is left out takes the experiment's own default.

    `topology` is the machine whose first n nodes are used, None for one whose nodes are all alike.
    `trace` is the file of a recorded program, `pages` the size of the working set.
    """

    nodes: tuple[int, ...] = ()
    topology: Topology | None = None
    costs: CostProfile = PROFILES["opteron-2009"]
    trace: str = ""
    pages: int = 0


YES_OR_NO = -1
"""In the place of decimals: the figure is 1 for yes and 0 for no."""


class Column(NamedTuple):
    """A column of the table: the key in a row, its heading, and decimals for fractions."""

    key: str
    head: str
    decimals: int = 0


class Chart(NamedTuple):
    """A picture of the rows: `y` over `x`, a line or group of bars for each value of `by`."""

    title: str
    x: str
    y: tuple[str, ...]
    by: str = ""
    kind: str = "lines"  # or bars


class Experiment(NamedTuple):
    """One claim of the paper. `place` says where it stands there, in this project's words.

    `expected` is the shape that the figures should have if the claim holds. `run` measures and
    `judge` decides from the rows alone. `limit` is the most that nodes
    times pages may be; `options` names the settings that the experiment reads.
    """

    id: str
    title: str
    claim: str
    place: str
    expected: str
    method: str
    columns: tuple[Column, ...]
    chart: Chart
    run: Callable[[Settings], list[Row]]
    judge: Callable[[list[Row]], Verdict]
    nodes: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)
    pages: int = 0
    limit: int = MAX_PAGES * MAX_NODES
    options: frozenset[str] = frozenset()


class Result(NamedTuple):
    """A measured experiment."""

    experiment: Experiment
    rows: list[Row]
    verdict: Verdict
    machine: str
    costs: CostProfile


def run_experiment(experiment: Experiment, settings: Settings) -> Result:
    """Measure and judge; raises UserError for settings that do not suit the experiment."""
    for name in ("trace", "pages"):
        if getattr(settings, name) and name not in experiment.options:
            raise UserError(
                f"experiment {experiment.id} takes no --{name}", "--nodes, --machine and --costs"
            )
    chosen = settings._replace(
        nodes=settings.nodes or experiment.nodes, pages=settings.pages or experiment.pages
    )
    if settings.topology is not None and not settings.nodes:
        most = len(settings.topology.nodes)
        chosen = chosen._replace(nodes=tuple(n for n in chosen.nodes if n <= most))
    _check_size(experiment, chosen)
    rows = experiment.run(chosen)
    machine = settings.topology.name if settings.topology else "nodes all alike"
    return Result(experiment, rows, experiment.judge(rows), machine, settings.costs)


def _check_size(experiment: Experiment, settings: Settings) -> None:
    nodes, pages = max(settings.nodes, default=0), settings.pages
    if nodes * pages > experiment.limit:
        raise UserError(
            f"experiment {experiment.id} with {pages} pages on {nodes} nodes is too large",
            f"at most {experiment.limit // nodes} pages on so many nodes",
        )


def number(row: Row, key: str) -> float:
    """A figure of a row; ValueError where it is not a number."""
    cell = row[key]
    if isinstance(cell, (int, float)):
        return cell
    raise ValueError(f"{key} is {cell!r}, no number")


def whole(row: Row, key: str) -> int:
    """A count of a row; ValueError where it is no whole number."""
    cell = row[key]
    if isinstance(cell, int):
        return cell
    raise ValueError(f"{key} is {cell!r}, no whole number")
