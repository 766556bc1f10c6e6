"""What the placement policies decide, from what they are told of a page alone."""

from __future__ import annotations

from l4numa_tui.kernel.rights import READ
from l4numa_tui.userland.placement.policies import (
    MIN_SAMPLES,
    MOVE,
    SHARE,
    SINGLE,
    STAY,
    Use,
    is_unbalanced,
    policy_of,
)
from l4numa_tui.userland.regions import AUTO, Region


def use(reads: tuple[int, ...], writes: tuple[int, ...], **other: object) -> Use:
    nothing = (0,) * len(reads)
    plain = Use(0, READ, SINGLE, 0, frozenset({0}), reads, writes, 0, 10, nothing, 2)
    return plain._replace(**other)  # type: ignore[arg-type]


def test_auto_decides_at_its_three_thresholds() -> None:
    decide = policy_of(Region("r", 0, 1, placement=AUTO)).decide
    assert decide(use((MIN_SAMPLES - 1, 0), (0, 0))).what == STAY, "not enough samples"
    assert decide(use((10, 9), (1, 0))).what == SHARE, "95 % reads"
    assert decide(use((10, 8), (1, 0))).what == STAY, "94.7 %"
    assert decide(use((0, 20), (0, 0), local=79, total=100)) == (MOVE, 1)
    assert decide(use((0, 20), (0, 0), local=80, total=100)).what == STAY, "80 % are local"
    unbalanced, balanced = (30, 0, 0), (10, 11, 9)
    assert decide(use((2, 2), (2, 2), loads=unbalanced)) == (MOVE, 2)
    assert decide(use((2, 2), (2, 2), loads=balanced)).what == STAY


def test_imbalance_is_the_standard_deviation_over_the_mean() -> None:
    # Two memories, 100 ± d: the deviation is d, the mean 100.
    assert not is_unbalanced((135, 65))
    assert is_unbalanced((136, 64))
    assert not is_unbalanced((0, 0))
