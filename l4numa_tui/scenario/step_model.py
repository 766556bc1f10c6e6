"""The tables of a scenario file's script: a step, what it sends, and where it lets in.

    [[step]]                        # P waits for a fault, then answers it
    thread = "P"
    op = "receive"
    [[step]]
    thread = "P"
    op = "reply"
    to = "A"
    items = [{ map = 0x1000, rights = "r", at = 0x40_0000 }]
    note = "P maps its page 0x1000: A may only read it."

Where a thread is expected its name is usual, and a bare number is let through: whether there is
such a thread is for the kernel to judge. So are fpages given by `log2`, the size field of the
register word, instead of `pages`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from l4numa_tui.kernel.fpage import ADDRESS_BITS
from l4numa_tui.kernel.ipc import ANY_THREAD, MAX_REGISTERS
from l4numa_tui.machine.machine import PAGE_LOG2
from l4numa_tui.world.operations import MAX_CYCLES, MAX_WORD

MAX_ADDRESS = 1 << ADDRESS_BITS
MAX_PAGES = MAX_ADDRESS >> PAGE_LOG2
MAX_OPERATIONS = 100_000
"""How many operations a script may have; an unmap counts once for each page that it names."""

MAX_NOTE = 400
MAX_LOG2 = 63  # six bits of the register word
_LABEL_BITS = 48

Address = Annotated[int, msgspec.Meta(ge=0, lt=MAX_ADDRESS)]
Pages = Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGES)]
NodeIndex = Annotated[int, msgspec.Meta(ge=0)]
Log2 = Annotated[int, msgspec.Meta(ge=0, le=MAX_LOG2)]
Word = Annotated[int, msgspec.Meta(ge=0, le=MAX_WORD)]
Label = Annotated[int, msgspec.Meta(ge=-(1 << _LABEL_BITS - 1), lt=1 << _LABEL_BITS - 1)]
Thread = str | Annotated[int, msgspec.Meta(ge=0, le=ANY_THREAD)]


class Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table of the file: unknown keys are errors.

    `later` names the keys that came after the first published form of the table. They count for a
    scenario's digest only where they are used, so that older files keep theirs.
    """

    later: ClassVar[frozenset[str]] = frozenset()


class AreaTable(Table, frozen=True, kw_only=True):
    """An fpage without rights: `{ at = 0x1000, pages = 4 }`, or with `log2` for `pages`."""

    at: Address = 0
    pages: Pages | None = None
    log2: Log2 | None = None


class ItemTable(Table, frozen=True, kw_only=True):
    """A map or grant item: the pages from `map` or `grant` on, with at most `rights`.

    `at` is the hot spot: where they land in a window of the whole space. Left out, it is the
    address that they have in the sender's space.
    """

    map: Address | None = None
    grant: Address | None = None
    pages: Pages | None = None
    log2: Log2 | None = None
    rights: str | None = None
    at: Address | None = None


_LATER = (
    "log2", "to", "from", "label", "words", "items", "window", "no_wait", "refuse", "frame", "node",
    "into", "target", "space", "scheduler", "pager", "utcb", "kip", "delete", "cpu", "control",
    "ip", "note",
)  # fmt: skip


class StepTable(Table, frozen=True, kw_only=True):
    """`[[step]]`: what a thread does, `times` times over.

    read, write, execute: touch `at`, and the same place of the `pages` - 1 pages that follow.
    unmap_everywhere: ask the pager to unmap `pages` pages on all nodes. unmap, flush: the system
    call, for an fpage of `pages` pages (a power of two; `at` a multiple of their size), which takes
    `rights` from what was derived from it, flush also from the thread's own space. work: compute
    for `cycles`.

    send, receive, call, reply_wait: the system call IPC. It sends `label`, `words` and `items` to
    the thread `to`, and takes a message from the thread `from`, left out: from any. Items land in
    `window`, an fpage, "all" or "none". With `no_wait` what cannot be sent at once (received, if
    nothing is sent) fails; reply_wait never waits to send. reply: the send half of reply_wait, with
    label -1 if it is to `refuse`.

    ask_sigma0: call sigma0 for `pages` pages (a power of two), of `node` if given, or for those
    from `frame` on, "node:index" with a hexadecimal index; they land at `into`, left out: at their
    own number's address. thread_control: make thread `target` in the space of thread `space` (left
    out: its own, a new one if `target` is new), with `scheduler`, `pager`, `utcb` and home `node`,
    or `delete` it. space_control: give the space of `target` its `kip` and `utcb` areas. schedule:
    let `target` run on CPU `cpu` of the machine, or of its `node`. exchange_registers: of `target`,
    as the bits of `control` say, set `ip` and `pager`.

    migrate: have the root pager move the thread to `node`, into the space that its application has
    there. recover: have the frame behind the page `at` taken back from every pager.

    `note` is shown when the step is next or has run.
    """

    later: ClassVar[frozenset[str]] = frozenset(_LATER)

    op: str
    thread: str = ""
    at: Address | None = None
    pages: Pages | None = None
    rights: str | None = None
    cycles: Annotated[int, msgspec.Meta(ge=0, le=MAX_CYCLES)] | None = None
    times: Annotated[int, msgspec.Meta(ge=1, le=MAX_OPERATIONS)] = 1
    log2: Log2 | None = None
    to: Thread | None = None
    source: Thread | None = msgspec.field(default=None, name="from")
    label: Label | None = None
    words: Annotated[tuple[Word, ...], msgspec.Meta(max_length=MAX_REGISTERS)] | None = None
    items: Annotated[tuple[ItemTable, ...], msgspec.Meta(max_length=MAX_REGISTERS)] | None = None
    window: AreaTable | str | None = None
    no_wait: bool | None = None
    refuse: bool | None = None
    frame: str | None = None
    node: NodeIndex | None = None
    into: Address | None = None
    target: Thread | None = None
    space: Thread | None = None
    scheduler: Thread | None = None
    pager: Thread | None = None
    utcb: AreaTable | Word | None = None
    kip: AreaTable | None = None
    delete: bool | None = None
    cpu: Word | None = None
    control: Word | None = None
    ip: Word | None = None
    note: str = ""
