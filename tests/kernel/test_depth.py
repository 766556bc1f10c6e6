"""Depth meets no recursion: a chain to the limit is built, refused beyond it, and revoked whole."""

from __future__ import annotations

import sys

import pytest

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.errors import KernelError
from l4numa_tui.kernel.fpage import page
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping import page_item
from l4numa_tui.kernel.mapping_database import DEPTH_LIMIT
from tests.worlds import machine


def depth_of_calls() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def test_a_chain_to_the_limit_is_revoked_with_few_calls_on_the_stack() -> None:
    kernel = Kernel(Journal(), machine())
    spaces = [kernel.create_space(0), kernel.create_space(1)]
    kernel.map(0, spaces[0], page_item(1, 0))
    for held in range(DEPTH_LIMIT - 1):
        item = page_item(held, held + 1 << 12)
        assert kernel.map(spaces[held % 2], spaces[(held + 1) % 2], item) == 1
    full = kernel.journal.digest()
    with pytest.raises(KernelError, match="too deep"):
        kernel.map(spaces[0], spaces[1], page_item(DEPTH_LIMIT - 1, 1 << 30))
    assert kernel.journal.digest() == full
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth_of_calls() + 40)
    try:
        kernel.unmap(spaces[0], page(0))
    finally:
        sys.setrecursionlimit(limit)
    assert len(kernel.database.entries.rows) == 1
    kernel.unmap(spaces[0], page(0), flush=True)
    assert not kernel.database.entries.rows
