"""The mapping database in the manner of Pistachio's kernel debugger.

    0000000000003000: 4KB [map]  frame 0:0003
      [1] vaddr: 0000000000003000  spc: 1 root  rights: rwx (~~~)
        [2] vaddr: 0000000000003000  spc: 2 pager0  rights: rwx (~~~)
          [3] vaddr: 0000000000402000  spc: 4 A.0  rights: rw~ (RW~)

A header names sigma0's page, by its physical address; below it stands what was derived from it, in
pre-order, `[depth]` first. The brackets after the rights are the status bits of the entry itself,
as its page-table entry has them: what an unmap has collected is gone from there. (Facts: Pistachio,
mdb_mem.cc, mapping.cc and linear_ptab_dump.cc. It prints addresses of kernel objects as well, which
this kernel does not have, and no names.)
"""

from __future__ import annotations

from collections.abc import Iterator

from l4numa_tui.export.trees import (
    Node,
    roots,
    size_text,
    space_name,
    status_of,
    tree,
    tree_of,
)
from l4numa_tui.machine.machine import PAGE_LOG2, frame_text
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World

_INDENT = "  "
_DEEPEST = 24  # levels that are indented further: 255 of them would not fit on any paper


def kdb_lines(session: Session, frame: int | None = None) -> Iterator[str]:
    """The dump of the world where the session stands, line by line; of one tree with `frame`."""
    world = session.world
    kernel = world.kernel
    for at, root in enumerate(roots(kernel) if frame is None else [frame]):
        nodes = tree(kernel, root) if frame is None else tree_of(kernel, root)
        if at:
            yield ""
        yield from _tree(world, root, nodes)


def _tree(world: World, root: int, nodes: list[Node]) -> Iterator[str]:
    largest = max((node.pages for node in nodes if node.depth == 1), default=1)
    at = f"{root << PAGE_LOG2:016x}: {size_text(largest)}B"
    yield f"{at} [{'map' if nodes else 'null node'}]  frame {frame_text(root)}"
    for node in nodes:
        yield _entry(world, node, root)


def _entry(world: World, node: Node, root: int) -> str:
    status = flags(status_of(world.kernel, node)).upper()
    space = f"{node.space} {space_name(world, node.space)}".rstrip()
    line = (
        f"{_INDENT * min(node.depth, _DEEPEST)}[{node.depth}] vaddr: {node.address:016x}"
        f"  spc: {space}  rights: {flags(node.rights)} ({status})"
    )
    if node.pages > 1:
        line += f"  {size_text(node.pages)}B"
    if node.frame != root:
        line += f"  paddr: {node.frame << PAGE_LOG2:016x}"
    return line


def flags(bits: int) -> str:
    """Three bits as letters, a tilde for each that is not set: `rw~`."""
    return "".join(
        letter if bits & bit else "~" for letter, bit in zip("rwx", (4, 2, 1), strict=True)
    )
