"""The mapping database in the manner of Fiasco's JDB: one frame after the other.

    Phys frame 000000003000  (0:0003 of node 0)
     mapping tree for 4K-page 000000003000 of task 0 {sigma0}
         1: va=000000003000  task=0 {sigma0}  depth=root
          2: va=000000003000  task=1 {root}  depth=1
     ==>   3: va=000000402000  task=4 {A.0}  depth=2

Entries are numbered in pre-order, the youngest child first, each below the one it was derived from.
`==>` stands before the newest entry of all that exist at this moment. (Facts: Fiasco,
jdb_mapdb.cpp. It prints where entries and headers lie in kernel memory as well; the arrow is this
program's.)
"""

from __future__ import annotations

from collections.abc import Iterator

from l4numa_tui.export.trees import (
    Node,
    newest_entry,
    roots,
    size_text,
    space_name,
    tree,
    tree_of,
)
from l4numa_tui.kernel.mapping_database import SIGMA0
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text, node_of
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World

_ARROW = "==>"
_DEEPEST = 10  # levels that are indented further, as in Fiasco


def jdb_lines(session: Session, frame: int | None = None) -> Iterator[str]:
    """The dump of the world where the session stands, line by line; of one frame with `frame`."""
    world = session.world
    kernel = world.kernel
    newest = newest_entry(session)
    for at, root in enumerate(roots(kernel) if frame is None else [frame]):
        nodes = tree(kernel, root) if frame is None else tree_of(kernel, root)
        if at:
            yield ""
        yield from _frame(world, root, nodes, newest)


def _frame(world: World, root: int, nodes: list[Node], newest: int | None) -> Iterator[str]:
    address = root << PAGE_LOG2
    yield f"Phys frame {address:012x}  ({frame_text(root)}, memory of node {node_of(root)})"
    if not nodes:
        yield " mapping tree empty"
        return
    largest = max(node.pages for node in nodes if node.depth == 1)
    yield f" mapping tree for {size_text(largest)}-page {address:012x} of {_task(world, SIGMA0)}"
    yield _line("", 0, 1, f"va={address:012x}  {_task(world, SIGMA0, '=')}  depth=root")
    for number, node in enumerate(nodes, 2):
        text = f"va={node.address:012x}  {_task(world, node.space, '=')}  depth={node.depth}"
        if node.pages > 1:
            text += f"  size={size_text(node.pages)}"
        if node.frame != root:
            text += f"  pa={node.frame << PAGE_LOG2:012x}"
        yield _line(_ARROW if node.entry == newest else "", node.depth, number, text)


def _line(mark: str, depth: int, number: int, text: str) -> str:
    return f" {mark:3}{' ' * min(depth, _DEEPEST)}{number:>4}: {text}"


def _task(world: World, space: int, between: str = " ") -> str:
    name = space_name(world, space)
    return f"task{between}{space}" + (f" {{{name}}}" if name else "")
