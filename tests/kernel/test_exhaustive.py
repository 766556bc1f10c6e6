"""All programs up to a depth: their number of states, counted twice and written down."""

from __future__ import annotations

import pytest

from tests.kernel.exhaustive import (
    ALL,
    READ,
    Moves,
    everything,
    one_root,
    states_of_the_kernel,
    states_of_the_model,
)

# Within a node, across nodes, and back, both ways round.
SOME_PAIRS = ((1, 2), (1, 3), (2, 1), (2, 3), (3, 4), (3, 1), (4, 2))
SMALL = one_root(SOME_PAIRS, (ALL,))
COUNTS = {
    "five deep": (SMALL, [1, 3, 30, 370, 4595, 52407]),
    "everything": (everything(), [1, 33, 1009]),
}
FULL_COUNTS = {
    "five deep": (one_root(everything().pairs, (ALL, READ)), [1, 3, 54, 846, 14991, 247131]),
    "everything": (everything(), [1, 33, 1009, 27361]),
}


@pytest.mark.parametrize("name", COUNTS)
def test_every_program_up_to_a_depth(name: str, full: bool) -> None:
    moves: Moves
    moves, counts = (FULL_COUNTS if full else COUNTS)[name]
    depth = len(counts) - 1
    assert states_of_the_model(moves, depth) == counts
    assert states_of_the_kernel(moves, depth) == counts
