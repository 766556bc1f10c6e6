"""The mapping database for network analysis: GraphML and node-link JSON, both as networkx has them.

Vertices and edges are those of `views.mdb_graph.MdbMirror`; beside its numbers, every vertex has
what they mean (`label`, `space_name`, `frame_text`, `rights_text`, `pages`), every edge whether it
is `cross_node` and whether the entry came by a `grant`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from l4numa_tui.export.formats import Options
from l4numa_tui.export.trees import heading, space_name
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping_database import SIGMA0
from l4numa_tui.kernel.rights import rights_text
from l4numa_tui.machine.machine import frame_text
from l4numa_tui.views.forest.grants import Grants
from l4numa_tui.views.mdb_graph import MdbMirror
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World


def graphml(session: Session, options: Options) -> Iterable[bytes]:
    """The database as GraphML, line by line."""
    import networkx as nx  # noqa: PLC0415 - heavy

    yield b'<?xml version="1.0" encoding="UTF-8"?>\n'
    for line in nx.generate_graphml(database_graph(session, options)):
        yield f"{line}\n".encode()


def node_link(session: Session, options: Options) -> Iterable[bytes]:
    """The database as node-link data in JSON, its edges under the key `edges`."""
    import networkx as nx  # noqa: PLC0415 - as above

    data = nx.node_link_data(database_graph(session, options), edges="edges")
    yield json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


def database_graph(session: Session, options: Options) -> Any:
    """A `networkx.DiGraph` of the database, the caller's own, with attributes for readers."""
    import networkx as nx  # noqa: PLC0415 - as above

    world = session.world
    mirror = MdbMirror(world).graph  # made here, so it may be changed
    _whole_entries(mirror, world.kernel)
    grants = Grants(world.kernel.journal)
    # In the order of the numbers: the tables' own order depends on the way to this moment.
    graph = nx.DiGraph(title=heading(session, options.source).removeprefix("# "))
    for entry, data in sorted(mirror.nodes(data=True)):
        graph.add_node(entry, **data, **_for_readers(world, entry, data))
    for parent, child in sorted(mirror.edges):
        crosses = graph.nodes[parent]["home"] != graph.nodes[child]["home"]
        graph.add_edge(parent, child, cross_node=crosses, grant=grants.holds(child))
    return graph


def _for_readers(world: World, entry: int, data: dict[str, int]) -> dict[str, int | str]:
    space, frame, vpn = data["space"], data["frame"], data["vpn"]
    name = "sigma0" if space == SIGMA0 else space_name(world, space)
    rights, where = rights_text(data["rights"]), frame_text(frame)
    return {
        "space_name": name,
        "frame_text": where,
        "rights_text": rights,
        "pages": world.kernel.database.pages_of(entry),
        "label": f"{name} {rights} {where}" + (f" at page {vpn:#x}" if vpn != frame else ""),
    }


def _whole_entries(graph: Any, kernel: Kernel) -> None:
    """Hang what was derived from a page inside a 2 MiB entry at that entry, which is its vertex."""
    for page in [vertex for vertex, data in graph.nodes(data=True) if not data]:
        around = kernel.database.large_around(page)
        graph.add_edges_from((around, child) for child in list(graph[page]))
        graph.remove_node(page)
