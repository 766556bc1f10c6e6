"""What things cost, in cycles: named profiles of integers, each with a hash of its constants.

Counts (faults, messages, local and remote touches) are exact. Cycles are a model whose constants
come from different machines and years; each key below says from where.
"""

from __future__ import annotations

from l4numa_tui.digest import DIGEST_MASK, entry_hash
from l4numa_tui.errors import UserError

PERMILLE = 1000


class CostProfile:
    """One cost model; every value is in CPU cycles unless its name ends in `_permille`.

    Defaults are the profile `opteron-2009` at 2.0 GHz. Sources: McCalpin's latencies of 4-socket
    Opterons (memory); AMD publication 40555 (write ratio, page zero and copy); the paper
    (remote reads at 1.4 times local); Pistachio's 2004 figures on an Opteron 242 (local IPC);
    Barrelfish TN-009 (messages and IPIs across nodes); Mitosis, ASPLOS 2020, table 5 (map and unmap
    of a page); Linux' tlb_single_page_flush_ceiling (flush). `kernel_entry_exit`,
    `pager_work` and `split_large` are assumptions.
    """

    mem_local: int = 200
    one_hop_permille: int = 1400
    two_hop_permille: int = 1800
    write_permille: int = 1130
    tlb_entries: int = 64
    tlb_tagged: int = 1  # 0: a switch to another space empties the CPU's TLB
    walk_cached: int = 3  # one level of the page table that the walk cache holds
    walk_last: int = -1  # the last level read; -1: one memory access to the table's node
    kernel_entry_exit: int = 300
    ipc_local: int = 230
    ipc_cross_node: int = 4000
    ipi_send: int = 300
    ipi_take: int = 1000
    invlpg: int = 200
    full_flush_above: int = 33  # pages; past that one flush of the whole TLB is charged
    map_page: int = 320
    unmap_page: int = 150
    split_large: int = 2000  # 512 page-table entries written
    entry_touch: int = 1  # memory accesses charged for each mapping entry touched
    pager_work: int = 1000
    page_zero: int = 1600

    def __init__(self, name: str = "opteron-2009", **changed: int) -> None:
        self.name = name
        for key in COST_KEYS:
            setattr(self, key, changed.pop(key, getattr(type(self), key)))
        if changed:
            raise UserError(f"unknown cost {min(changed)!r}", ", ".join(COST_KEYS))

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that differ whenever any constant differs."""
        return f"{entry_hash(tuple(getattr(self, key) for key in COST_KEYS)) & DIGEST_MASK:016x}"


COST_KEYS = tuple(CostProfile.__annotations__)

PROFILES = {
    "opteron-2009": CostProfile(),
    # The control: every memory is equally far.
    "uma": CostProfile(name="uma", one_hop_permille=1000, two_hop_permille=1000),
}


def cost_profile(name: str) -> CostProfile:
    """The shipped profile called `name`; UserError if there is none."""
    try:
        return PROFILES[name]
    except KeyError:
        raise UserError(f"unknown cost profile {name!r}", " or ".join(PROFILES)) from None
