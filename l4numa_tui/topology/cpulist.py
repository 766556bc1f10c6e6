"""Lists of CPU numbers as people and kernels write them: `0-7,16-23`, and masks in hex words."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_CPUS = 8192
"""CPU numbers run from 0 to this less one: Linux's largest NR_CPUS on x86-64."""

_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")
_WORD = re.compile(r"(?:0[xX])?([0-9a-fA-F]{0,8})")
_WORD_BITS = 32


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """Return the CPU numbers of a list such as `0-3,8,10-11`, ascending and without repetition.

    Commas and blanks both separate, as numactl(8) prints either; an empty text is an empty list.
    Raises ValueError with a message fit for users.
    """
    cpus: set[int] = set()
    for word in text.replace(",", " ").split():
        found = _RANGE.fullmatch(word)
        if not found:
            raise ValueError(f"`{word[:40]}` is not a CPU number or range such as 0-3")
        first = int(found[1])
        last = int(found[2]) if found[2] else first
        if last < first:
            raise ValueError(f"the CPU range `{word}` runs backwards")
        if last >= MAX_CPUS:
            raise ValueError(f"CPU {last} is beyond {MAX_CPUS - 1}")
        cpus.update(range(first, last + 1))
    return tuple(sorted(cpus))


def parse_cpu_mask(text: str) -> tuple[int, ...]:
    """Return the CPU numbers of a mask of 32-bit hex words, the highest first, split by commas.

    Both hwloc's `0x000000ff,,0x0` (an empty word is zero) and the kernel's `00000000,0000ffff` are
    read. Raises ValueError with a message fit for users.
    """
    mask = 0
    words = text.strip().split(",")
    if len(words) > MAX_CPUS // _WORD_BITS:
        raise ValueError(f"the CPU mask has more than {MAX_CPUS} bits")
    for word in words:
        found = _WORD.fullmatch(word.strip())
        if not found:
            raise ValueError(f"`{word[:40]}` is not a 32-bit hex word of a CPU mask")
        mask = mask << _WORD_BITS | int(found[1] or "0", 16)
    return tuple(cpu for cpu in range(mask.bit_length()) if mask >> cpu & 1)


def format_cpu_list(cpus: Iterable[int]) -> str:
    """Return CPU numbers as a list with ranges, `0-3,8`; the opposite of `parse_cpu_list`."""
    ranges: list[list[int]] = []
    for cpu in sorted(set(cpus)):
        if ranges and ranges[-1][1] == cpu - 1:
            ranges[-1][1] = cpu
        else:
            ranges.append([cpu, cpu])
    return ",".join(f"{a}-{b}" if b > a else f"{a}" for a, b in ranges)
