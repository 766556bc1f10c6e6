"""A scenario as its author writes it: the tables of a TOML file, strictly typed.

    title = "A page on two nodes"
    [machine]                   # the forms of `topology.toml_machine`
    nodes = 2
    cpus_per_node = 2
    [costs]                     # a profile, and any of its constants changed
    tlb_entries = 8
    [memory]
    pool_frames = 8
    [[application]]
    name = "A"
    [[region]]
    name = "data"
    at = 0x402000
    pages = 4
    [[thread]]
    name = "A.1"
    node = 1
    [[step]]
    thread = "A.1"
    op = "write"
    at = 0x402000
    [run]
    order = "script"

Only `[machine]` is needed: without applications there is one, `A`, on every node that has CPUs; an
application without threads gets one per node, `A.0`, `A.1` …. Nodes are numbered 0, 1, … in the
machine's own order. What a key may hold besides its type is checked in `scenario.resolve`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from l4numa_tui.kernel.fpage import ADDRESS_BITS
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.topology.toml_machine import MachineSpec
from l4numa_tui.world.operations import MAX_CYCLES

MAX_ADDRESS = 1 << ADDRESS_BITS
MAX_PAGES = MAX_ADDRESS >> PAGE_LOG2
MAX_APPLICATIONS = 64
MAX_REGIONS = 256
MAX_THREADS = 1024
MAX_OPERATIONS = 100_000
"""How many operations a script may have; an unmap counts once for each page that it names."""

MAX_POOL_FRAMES = 1 << 16
MAX_SEED = (1 << 63) - 1

Address = Annotated[int, msgspec.Meta(ge=0, lt=MAX_ADDRESS)]
Pages = Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGES)]
NodeIndex = Annotated[int, msgspec.Meta(ge=0)]


class _Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table of the file: unknown keys are errors."""


class MemoryTable(_Table, frozen=True, kw_only=True):
    """`[memory]`: who has how much of it when the run begins.

    `pool_frames` are mapped to the pagers at boot, for each node that has memory, rounded up to a
    power of two; 0 gives them memory on demand. `kernel_frames` is the kernel's part of each node,
    one number or one per node. The pagers' directory lies on `directory_node`.
    """

    pool_frames: Annotated[int, msgspec.Meta(ge=0, le=MAX_POOL_FRAMES)] = 8
    kernel_frames: int | tuple[int, ...] | None = None
    directory_node: NodeIndex = 0


class ApplicationTable(_Table, frozen=True, kw_only=True):
    """`[[application]]`: a program with one address space on each of `nodes`."""

    name: str
    nodes: tuple[NodeIndex, ...] | None = None


class RegionTable(_Table, frozen=True, kw_only=True):
    """`[[region]]`: `pages` pages from the address `at` that an application treats alike.

    `kind` is global, node_local or private (to the node `home`). `home` is the node whose memory
    backs the pages, or first_touch. `reply` says with which rights a fault is answered: all that
    the region has, or those asked for.
    """

    name: str
    at: Address
    application: str = ""
    pages: Pages = 1
    kind: str = "global"
    rights: str = "rwx"
    home: int | str = "first_touch"
    reply: str = "all"


class ThreadTable(_Table, frozen=True, kw_only=True):
    """`[[thread]]`: a thread on the `cpu`-th CPU of `node`.

    Pagers sit on CPU 0 of their node; threads without `cpu` get the next ones in turn.
    """

    name: str
    application: str = ""
    node: NodeIndex | None = None
    cpu: Annotated[int, msgspec.Meta(ge=0)] | None = None


class StepTable(_Table, frozen=True, kw_only=True):
    """`[[step]]`: what a thread does, `times` times over.

    read, write, execute: touch `at`, and the same place of the `pages` - 1 pages that follow.
    unmap_everywhere: ask the pager to unmap `pages` pages on all nodes. unmap, flush: the system
    call, for an fpage of `pages` pages (a power of two; `at` a multiple of their size), which takes
    `rights` from what was derived from it, flush also from the thread's own space. work: compute
    for `cycles`.
    """

    op: str
    thread: str = ""
    at: Address | None = None
    pages: Pages | None = None
    rights: str | None = None
    cycles: Annotated[int, msgspec.Meta(ge=0, le=MAX_CYCLES)] | None = None
    times: Annotated[int, msgspec.Meta(ge=1, le=MAX_OPERATIONS)] = 1


class RunTable(_Table, frozen=True, kw_only=True):
    """`[run]`: `order` is script (as written), side_by_side (in step) or seeded (random)."""

    order: str = "script"
    seed: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEED)] | None = None


_Applications = Annotated[tuple[ApplicationTable, ...], msgspec.Meta(max_length=MAX_APPLICATIONS)]
_Regions = Annotated[tuple[RegionTable, ...], msgspec.Meta(max_length=MAX_REGIONS)]
_Threads = Annotated[tuple[ThreadTable, ...], msgspec.Meta(max_length=MAX_THREADS)]


class ScenarioSpec(_Table, frozen=True, kw_only=True):
    """A whole scenario file."""

    machine: MachineSpec
    title: str = ""
    costs: dict[str, int | str] = {}
    memory: MemoryTable = MemoryTable()
    application: _Applications = ()
    region: _Regions = ()
    thread: _Threads = ()
    step: tuple[StepTable, ...] = ()
    run: RunTable = RunTable()
