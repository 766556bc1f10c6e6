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
machine's own order.

A scenario of the bare kernel has spaces instead of applications; sigma0 is all that is booted, and
each thread names its pager:

    [[space]]
    name = "P"
    node = 1
    [[thread]]
    name = "P"
    space = "P"
    pager = "sigma0"

The script's own tables are in `scenario.step_model`. What a key may hold besides its type is
checked in `scenario.plans`, `scenario.spaces`, `scenario.threads` and `scenario.script`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from l4numa_tui.scenario.step_model import (
    Address,
    AreaTable,
    NodeIndex,
    Pages,
    StepTable,
    Table,
    Thread,
)
from l4numa_tui.topology.toml_machine import MachineSpec

MAX_APPLICATIONS = 64
MAX_SPACES = 256
MAX_REGIONS = 256
MAX_THREADS = 1024
MAX_POOL_FRAMES = 1 << 16
MAX_SAMPLE_EVERY = 1 << 16
MAX_SEED = (1 << 63) - 1


class MemoryTable(Table, frozen=True, kw_only=True):
    """`[memory]`: who has how much of it when the run begins.

    `pool_frames` are mapped to the pagers at boot, for each node that has memory, rounded up to a
    power of two; 0 gives them memory on demand. `kernel_frames` is the kernel's part of each node,
    one number or one per node. The pagers' directory lies on `directory_node`. Without
    `large_pages` every mapping is of 4 KiB.
    """

    later: ClassVar[frozenset[str]] = frozenset({"large_pages"})

    pool_frames: Annotated[int, msgspec.Meta(ge=0, le=MAX_POOL_FRAMES)] = 8
    kernel_frames: int | tuple[int, ...] | None = None
    directory_node: NodeIndex = 0
    large_pages: bool = True


class ApplicationTable(Table, frozen=True, kw_only=True):
    """`[[application]]`: a program with one address space on each of `nodes`."""

    name: str
    nodes: tuple[NodeIndex, ...] | None = None


class RegionTable(Table, frozen=True, kw_only=True):
    """`[[region]]`: `pages` pages from the address `at` that an application treats alike.

    `kind` is global, node_local or private (to the node `home`). `home` is the node whose memory
    backs the pages, or first_touch. `reply` says with which rights a fault is answered: all that
    the region has, or those asked for. `placement` is first_touch, interleave, replicate, migrate
    or auto, for global pages without a home.
    """

    later: ClassVar[frozenset[str]] = frozenset({"placement"})

    name: str
    at: Address
    application: str = ""
    pages: Pages = 1
    kind: str = "global"
    rights: str = "rwx"
    home: int | str = "first_touch"
    reply: str = "all"
    placement: str = "first_touch"


class SpaceTable(Table, frozen=True, kw_only=True):
    """`[[space]]`: an address space of the bare kernel, homed on `node`.

    The threads of a `privileged` one may make privileged system calls. `kip` and `utcb` are areas
    that are never mapped nor unmapped.
    """

    name: str
    node: NodeIndex = 0
    privileged: bool = False
    kip: AreaTable | None = None
    utcb: AreaTable | None = None


class ThreadTable(Table, frozen=True, kw_only=True):
    """`[[thread]]`: a thread on the `cpu`-th CPU of `node`, of an application or of a space.

    Pagers and sigma0 sit on CPU 0 of their node; threads without `cpu` get the next ones in turn.
    A thread of a space runs by default on the space's own node, and `pager` gets its faults: left
    out, sigma0, which answers none. A thread that is `created` is not there at first: a step
    thread_control makes it. Such threads are numbered after all others.
    """

    later: ClassVar[frozenset[str]] = frozenset({"space", "pager", "created"})

    name: str
    application: str = ""
    node: NodeIndex | None = None
    cpu: Annotated[int, msgspec.Meta(ge=0)] | None = None
    space: str = ""
    pager: Thread = ""
    created: bool = False


class RunTable(Table, frozen=True, kw_only=True):
    """`[run]`: `order` is script (as written), side_by_side (in step) or seeded (random)."""

    order: str = "script"
    seed: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEED)] | None = None


_Applications = Annotated[tuple[ApplicationTable, ...], msgspec.Meta(max_length=MAX_APPLICATIONS)]
_Spaces = Annotated[tuple[SpaceTable, ...], msgspec.Meta(max_length=MAX_SPACES)]
_Regions = Annotated[tuple[RegionTable, ...], msgspec.Meta(max_length=MAX_REGIONS)]
_Threads = Annotated[tuple[ThreadTable, ...], msgspec.Meta(max_length=MAX_THREADS)]


class PagersTable(Table, frozen=True, kw_only=True):
    """`[pagers]`: how the node pagers keep global pages in agreement.

    `protocol` is combined (a directory in shared memory, unmaps by IPC), shared-memory or ipc.
    `eager`: a page with a frame is mapped on all nodes at once. `fan_out` of notifications is
    sequential or tree; with `sharers` only pagers that map the page are notified. `derivation`:
    pagers have their frames as siblings from the root pager, or from the frame's owner. `mistakes`
    are letters of protocol errors to be made; the pagers of the nodes in `deaf` ignore
    notifications. After every `sample_every` faults a pager takes pages of the placements migrate
    and auto away, to see who uses them.
    """

    later: ClassVar[frozenset[str]] = frozenset({"sample_every"})

    protocol: str = "combined"
    eager: bool = False
    fan_out: str = "sequential"
    sharers: bool = False
    derivation: str = "siblings"
    mistakes: str = ""
    deaf: tuple[NodeIndex, ...] = ()
    sample_every: Annotated[int, msgspec.Meta(ge=0, le=MAX_SAMPLE_EVERY)] = 0


class ScenarioSpec(Table, frozen=True, kw_only=True):
    """A whole scenario file. `explanation` is for its readers, shown and not simulated."""

    later: ClassVar[frozenset[str]] = frozenset({"explanation", "space", "pagers"})

    machine: MachineSpec
    title: str = ""
    explanation: str = ""
    costs: dict[str, int | str] = msgspec.field(default_factory=dict)
    memory: MemoryTable = MemoryTable()
    pagers: PagersTable = PagersTable()
    application: _Applications = ()
    space: _Spaces = ()
    region: _Regions = ()
    thread: _Threads = ()
    step: tuple[StepTable, ...] = ()
    run: RunTable = RunTable()

    @property
    def is_bare(self) -> bool:
        """Whether nothing but sigma0 is booted: there are spaces, and nobody needs node pagers."""
        return bool(self.space) and not self.application
