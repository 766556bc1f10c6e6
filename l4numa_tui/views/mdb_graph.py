"""A networkx mirror of the mapping database, kept up to date by what each step changed."""

from __future__ import annotations

from typing import Any

from l4numa_tui.kernel.mapping_database import SIGMA0, space_of, vpn_of
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.views.forest.marks import Row, net_entries
from l4numa_tui.world.session import StepChange
from l4numa_tui.world.world import World


class MdbMirror:
    """The mapping database as a `networkx.DiGraph`, built when `graph` is first asked for.

    Nodes are entry numbers with `frame`, `rights`, `space`, `vpn`, `home` and `depth`; edges lead
    from an entry to what was derived from it. sigma0's pages, which the database only implies, are
    nodes of depth 0 as long as something was derived from them. The graph is the mirror's own: it
    is to be read, or copied before it is changed.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._graph: Any = None

    @property
    def graph(self) -> Any:
        """The `networkx.DiGraph` of the database as it was after the last `apply` or `rebuild`."""
        if self._graph is None:
            self.rebuild()
        return self._graph

    def rebuild(self) -> None:
        """Read the whole database anew, as after a seek. Takes time with the number of entries."""
        import networkx as nx  # noqa: PLC0415 - heavy, and most sessions never need it

        self._graph = nx.DiGraph()
        for entry, row in self.world.kernel.database.entries.rows.items():
            self._put(entry, row)

    def apply(self, change: StepChange, forward: bool = True) -> None:
        """Follow one step, or with `forward` False its being taken back.

        The graph must stand just before the step (after it, to take it back). Takes time with the
        step, not with the database; nothing before the graph was first asked for.
        """
        if self._graph is None:
            return
        net = net_entries(change.changes())
        roots = set()
        for entry, (before, after) in net.items():
            old, new = (before, after) if forward else (after, before)
            if old is not None:
                roots.add(old[2])
                if new is None:
                    self._graph.remove_node(entry)
                elif old[2] != new[2] and self._graph.has_edge(old[2], entry):
                    self._graph.remove_edge(old[2], entry)
        for entry, (before, after) in net.items():
            row = after if forward else before
            if row is not None:
                self._put(entry, row)
        for root in roots:
            if space_of(root) == SIGMA0 and root in self._graph and not self._graph[root]:
                self._graph.remove_node(root)

    def _put(self, entry: int, row: Row) -> None:
        frame, rights, parent, depth, _ = row
        graph = self._graph
        if space_of(parent) == SIGMA0 and parent not in graph:
            graph.add_node(parent, **self._attributes(parent, vpn_of(parent), ALL, 0))
        graph.add_node(entry, **self._attributes(entry, frame, rights, depth))
        graph.add_edge(parent, entry)

    def _attributes(self, entry: int, frame: int, rights: int, depth: int) -> dict[str, int]:
        space = space_of(entry)
        home: int = self.world.kernel.spaces.rows[space][0]
        return {
            "frame": frame, "rights": rights, "space": space, "vpn": vpn_of(entry), "home": home,
            "depth": depth,
        }  # fmt: skip
