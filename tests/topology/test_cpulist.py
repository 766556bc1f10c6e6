from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.topology.cpulist import (
    MAX_CPUS,
    format_cpu_list,
    parse_cpu_list,
    parse_cpu_mask,
)
from tests.topology.samples import cpu_mask

CPU_SETS = st.sets(st.integers(0, MAX_CPUS - 1), max_size=40)


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("", ()),
        ("\n", ()),
        ("3", (3,)),
        ("0-3,8", (0, 1, 2, 3, 8)),
        ("4 2 0", (0, 2, 4)),
        ("0-2, 5-6", (0, 1, 2, 5, 6)),
        ("1,1-2", (1, 2)),
    ],
)
def test_lists_of_kernel_and_numactl_are_read(text: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpu_list(text) == cpus


@pytest.mark.parametrize(
    "text", ["a", "1-", "-1", "3-1", "1--2", "0x1", str(MAX_CPUS), "0-999999999", "1.5", "٣"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="CPU"):
        parse_cpu_list(text)


@given(CPU_SETS)
@settings(deadline=None)
def test_a_formatted_list_reads_back(cpus: set[int]) -> None:
    assert parse_cpu_list(format_cpu_list(cpus)) == tuple(sorted(cpus))


@given(st.integers(0, 100), st.integers(1, 100))
@settings(deadline=None)
def test_neighbours_become_one_range(first: int, more: int) -> None:
    assert format_cpu_list(range(first, first + more + 1)) == f"{first}-{first + more}"


@pytest.mark.parametrize(
    ("mask", "cpus"),
    [
        ("0x0000000f", (0, 1, 2, 3)),
        ("0x0", ()),
        ("", ()),
        ("0x00000003,0x0", (32, 33)),
        # hwloc leaves zero words in the middle empty: they count all the same.
        ("0x00000800,,0x0", (75,)),
        ("00000001,00000000,80000001", (0, 31, 64)),
    ],
)
def test_masks_of_hwloc_and_the_kernel_are_read(mask: str, cpus: tuple[int, ...]) -> None:
    assert parse_cpu_mask(mask) == cpus


@given(CPU_SETS)
@settings(deadline=None)
def test_hwloc_masks_read_back(cpus: set[int]) -> None:
    assert parse_cpu_mask(cpu_mask(tuple(cpus))) == tuple(sorted(cpus))


@pytest.mark.parametrize("mask", ["0xf...f", "0x123456789", "zz", "," * 256, "-1"])
def test_other_masks_are_refused(mask: str) -> None:
    with pytest.raises(ValueError, match="CPU mask"):
        parse_cpu_mask(mask)
