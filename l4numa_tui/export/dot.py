"""The mapping database in Graphviz's language, DOT.

`dot -Tsvg` draws it: one cluster for each node's memory, entries in the colour of their home
node, bold double lines where a derivation crosses nodes, dashed ones where it was granted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from l4numa_tui.export.formats import Options
from l4numa_tui.export.palette import ON_NODE, STATE_COLOURS, node_colour, tint
from l4numa_tui.export.picture import CROSS, FRAME, GRANT, RUN, Arc, Group, Vertex, picture
from l4numa_tui.export.trees import heading
from l4numa_tui.world.session import Session

_HEAD = (
    "  graph [rankdir=LR, fontname=\"Helvetica,Arial,sans-serif\", fontsize=14, labelloc=t,"
    " labeljust=l, nodesep=0.12, ranksep=0.7];",
    "  node [shape=box, style=\"filled,rounded\", fontname=\"DejaVu Sans Mono,Menlo,monospace\","
    " fontsize=11, height=0.3, margin=\"0.12,0.04\", color=\"#00000000\"];",
    "  edge [fontname=\"Helvetica,Arial,sans-serif\", color=\"#5D6773\", arrowsize=0.7];",
)  # fmt: skip


def dot(session: Session, options: Options) -> Iterable[bytes]:
    """The database as a `digraph`, in pieces."""
    title = heading(session, options.source).removeprefix("# ")
    yield f"// {title}\ndigraph mapping_database {{\n".encode()
    yield "\n".join((*_HEAD, f"  label={quoted(title)};", "")).encode()
    # Graphviz fills a picture that goes from left to right from its lower end up.
    for group in reversed(picture(session, options)):
        yield "\n".join((*_cluster(group), "")).encode()
    yield b"}\n"


def quoted(text: str) -> str:
    """A text as DOT's quoted string; a backslash stands for itself, not for an escape."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _cluster(group: Group) -> Iterator[str]:
    node = group.node
    yield f"  subgraph cluster_node{node} {{"
    yield (
        f"    graph [label={quoted(group.label)}, style=rounded, penwidth=1.5,"
        f' color="{node_colour(node)}"];'
    )
    yield from (f"    {_vertex(vertex)};" for vertex in reversed(group.vertices))
    yield from (f"    {_arc(arc)};" for arc in reversed(group.arcs))
    yield "  }"


def _vertex(vertex: Vertex) -> str:
    looks = [f"label={quoted(vertex.label)}"]
    if vertex.kind == FRAME:
        looks += ['shape=plain, style="", fontsize=12']
    elif vertex.kind == RUN:
        looks += [f'shape=box, style=filled, fillcolor="{tint(vertex.home)}"']
    elif vertex.state == "gone":
        looks += [f'style="rounded,dashed", color="{STATE_COLOURS["gone"]}"',
                  f'fontcolor="{STATE_COLOURS["gone"]}"']  # fmt: skip
    else:
        looks += [f'fillcolor="{node_colour(vertex.home)}"',
                  f'fontcolor="{ON_NODE[vertex.home % 8]}"']  # fmt: skip
        if vertex.state:
            looks += [f'color="{STATE_COLOURS[vertex.state]}", penwidth=3']
    return f"{vertex.id} [{', '.join(looks)}]"


def _arc(arc: Arc) -> str:
    looks = ""
    if arc.state == "gone":
        looks = f' [color="{STATE_COLOURS["gone"]}", style=dotted, penwidth=1.6]'
    elif arc.kind == CROSS:
        looks = ' [color="#000000:#00000000:#000000", penwidth=1.6, tooltip="crosses nodes"]'
    elif arc.kind == GRANT:
        looks = ' [style=dashed, arrowhead=empty, label="grant", fontsize=9]'
    return f"{arc.source} -> {arc.target}{looks}"
