"""What a design made of a workload: the same counters for all of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from l4numa_tui.digest import DIGEST_MASK, entry_hash
from l4numa_tui.machine.account import Account, Totals
from l4numa_tui.machine.costs import COST_KEYS, PROFILES
from l4numa_tui.machine.machine import Machine
from l4numa_tui.scenario.summary import NodeSummary, RunSummary


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

    def summary(
        self, machine: Machine, threads: list[int], steps: int, unit: str = "steps"
    ) -> RunSummary:
        """The result in the form of `l4numa run`; `threads` has the node of each thread.

        The digest is one of the counters: the rivals have no kernel whose state could be hashed.
        """
        costs = machine.costs
        base = PROFILES.get(costs.name)
        changed = tuple(
            (key, getattr(costs, key))
            for key in COST_KEYS
            if base and getattr(base, key) != getattr(costs, key)
        )
        nodes = tuple(
            NodeSummary(node, threads.count(node), totals, self.kernel_bytes[node])
            for node, totals in enumerate(self.nodes)
        )
        counters = tuple(value for totals in self.nodes for value in totals)
        digest = entry_hash((*counters, *self.kernel_bytes, *self[3:])) & DIGEST_MASK
        return RunSummary(
            machine=machine.topology.name, profile=costs.name, fingerprint=costs.fingerprint(),
            changed_costs=changed, steps=steps, ended=True, totals=self.totals, nodes=nodes,
            stuck=(), digest=f"{digest:016x}", unit=unit,
        )  # fmt: skip


def totals_by_node(account: Account, machine: Machine) -> tuple[Totals, ...]:
    """The counters of each node's CPUs."""
    out = []
    for cpus in machine.node_cpus:
        rows = [account.of(cpu) for cpu in cpus]
        out.append(Totals(*map(sum, zip(*rows, strict=True))) if rows else Totals())
    return tuple(out)
