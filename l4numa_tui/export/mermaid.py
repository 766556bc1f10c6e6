"""The mapping database as a Mermaid flowchart, for pages that draw Mermaid by themselves.

One subgraph for each node's memory, entries in the colour of their home node, thick arrows where a
derivation crosses nodes, dotted ones where it was granted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from l4numa_tui.export.formats import Options
from l4numa_tui.export.palette import ON_NODE, STATE_COLOURS, node_colour, tint
from l4numa_tui.export.picture import CROSS, FRAME, GRANT, NOWHERE, RUN, Arc, Group, Vertex, picture
from l4numa_tui.export.trees import heading
from l4numa_tui.world.session import Session

# Mermaid's own limits; only the page that draws it can raise them.
MAX_TEXT, MAX_EDGES = 50_000, 500
# As compact as a tree should be, and no label broken.
_INIT = (
    '%%{init: {"flowchart": {"wrappingWidth": 600, "nodeSpacing": 16, "rankSpacing": 40,'
    ' "padding": 8, "subGraphTitleMargin": {"top": 2, "bottom": 10}}}}%%'
)
_SAFE = frozenset(" .,:()'!?…-+_=/×–→⇄≡≠▤−●▲■◆▼★⬟○")


def flowchart(session: Session, options: Options) -> Iterable[bytes]:
    """The database as a `flowchart`, in pieces."""
    groups = picture(session, options)
    title = escaped(heading(session, options.source).removeprefix("# "))
    lines = [f"%% {title}", _INIT, "flowchart LR"]
    for group in reversed(groups):  # Mermaid sets what is unconnected from below upwards
        lines += _subgraph(group)
    lines += _classes(groups)
    text = "\n".join((*lines, ""))
    edges = sum(len(group.arcs) for group in groups)
    if len(text) > MAX_TEXT or edges > MAX_EDGES:
        text = f"%% needs maxTextSize {len(text) + 200} and maxEdges {edges} to be drawn\n{text}"
    return (text.encode(),)


def escaped(text: str) -> str:
    """A text that means itself wherever Mermaid takes text: what might not is numbered.

    Mermaid turns `#35;` back into the character with that number.
    """
    safe = "".join(c if c.isalnum() or c in _SAFE else f"#{ord(c)};" for c in text)
    return safe.replace("wrap:", "wrap#58;")  # a word of its own at the beginning of a message


def _subgraph(group: Group) -> Iterator[str]:
    yield f'  subgraph node{group.node}["{escaped(group.label)}"]'
    yield "    direction LR"
    for vertex in group.vertices:
        yield f"    {_vertex(vertex)}"
    for arc in group.arcs:
        yield f"    {_arc(arc)}"
    yield "  end"


def _vertex(vertex: Vertex) -> str:
    text = f'"{escaped(vertex.label)}"'
    box = f"[[{text}]]" if vertex.kind == RUN else f"({text})"
    return f"{vertex.id}{box}:::{_class_of(vertex)}"


def _class_of(vertex: Vertex) -> str:
    if vertex.kind == FRAME:
        return "frame"
    if vertex.kind == RUN:
        return "several" if vertex.home == NOWHERE else f"run{vertex.home % 8}"
    if vertex.state == "gone":
        return "gone"
    return f"home{vertex.home % 8}{vertex.state}"


def _arc(arc: Arc) -> str:
    arrow = {CROSS: "==>", GRANT: "-. grant .->"}.get(arc.kind, "-->")
    if arc.state == "gone":
        arrow = "-.->"
    return f"{arc.source} {arrow} {arc.target}"


def _classes(groups: list[Group]) -> Iterator[str]:
    """A style for each class that occurs, and the frame of each subgraph."""
    used = {_class_of(vertex): vertex for group in groups for vertex in group.vertices}
    for name in sorted(used):
        yield f"  classDef {name} {_style(used[name])}"
    for group in groups:
        colour = node_colour(group.node)
        yield f"  style node{group.node} fill:none,stroke:{colour},stroke-width:2px"


def _style(vertex: Vertex) -> str:
    if vertex.kind == FRAME:
        return "fill:none,stroke:none"
    home, state = vertex.home % 8, vertex.state
    if vertex.kind == RUN:
        return f"fill:{tint(vertex.home)},color:#000000,stroke:none"
    if state == "gone":
        red = STATE_COLOURS["gone"]
        return f"fill:none,color:{red},stroke:{red},stroke-dasharray:4 3"
    stroke = f"{STATE_COLOURS[state]},stroke-width:4px" if state else "none"
    return f"fill:{node_colour(home)},color:{ON_NODE[home]},stroke:{stroke}"
