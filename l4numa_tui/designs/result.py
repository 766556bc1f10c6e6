"""What a design made of a workload: the same counters for all of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from l4numa_tui.digest import DIGEST_MASK, entry_hash
from l4numa_tui.machine.account import Account, Totals
from l4numa_tui.machine.machine import Machine


class DesignResult(NamedTuple):
    """Counts are exact, cycles are the cost model's.

    `nodes` holds what the CPUs of each node did, `kernel_bytes` each node's kernel memory at the
    end; `migrations` counts pages moved, `copies` pages replicated, `collapses` replicas given up.
    """

    design: str
    nodes: tuple[Totals, ...]
    kernel_bytes: tuple[int, ...]
    migrations: int = 0
    copies: int = 0
    collapses: int = 0

    @property
    def totals(self) -> Totals:
        """The sum over all nodes."""
        return Totals(*(sum(column) for column in zip(*self.nodes, strict=True)))

    def to_json(self) -> dict[str, Any]:
        """One object with every counter of the whole machine, and the kernel bytes per node."""
        pages = {name: getattr(self, name) for name in ("migrations", "copies", "collapses")}
        per_node = {"kernel_bytes": list(self.kernel_bytes)}
        return {"design": self.design, **self.totals._asdict(), **pages, **per_node}

    def digest(self) -> int:
        """A number that differs whenever any counter differs."""
        counters = tuple(value for totals in self.nodes for value in totals)
        pages = (self.migrations, self.copies, self.collapses)
        return entry_hash((*counters, *self.kernel_bytes, *pages)) & DIGEST_MASK


def totals_by_node(account: Account, machine: Machine) -> tuple[Totals, ...]:
    """The counters of each node's CPUs."""
    out = []
    for cpus in machine.node_cpus:
        rows = [account.of(cpu) for cpu in cpus]
        out.append(Totals(*map(sum, zip(*rows, strict=True))) if rows else Totals())
    return tuple(out)
