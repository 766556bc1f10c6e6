"""The closed vocabulary in which lessons ask the simulator: answers and checks are such queries.

A query has one *head*, the key that says what is asked, and may have a comparison (`is`,
`at_least`, `at_most`), which makes it a yes or no:

    {metric = "faults", where = {node = 1}}         how many, in the stretch of the run asked about
    {count = {event = "MDB_MAP", space = "A.1"}}    how many such events
    {happened = {event = "ACCESS", thread = "A.1"}}
    {receiver = {event = "IPC_SEND"}, is = "pager1"}
    {order = [{key = "a", event = "PAGEFAULT_USER"}, {key = "b", event = "MDB_MAP"}]}
    {mapped = {space = "A.1", va = 0x402000}}
    {same_frame = ["A.0", "A.1"], va = 0x402000}
    {all = [...]}  {any = [...]}  {not = {...}}

Queries read the state at the end of a stretch of steps and the records within it; they change
nothing, and no lesson file holds code.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from l4numa_tui.errors import UserError

_Address = Annotated[int, msgspec.Meta(ge=0, lt=1 << 48)]


class Place(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A page of a space: the space's name and an address in the page."""

    space: str
    va: _Address


class Where(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Whose counters: those of one node's CPUs."""

    node: Annotated[int, msgspec.Meta(ge=0)]


class Pattern(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Records that fit all that is named; names of threads and spaces are the scenario's.

    `event` is a tracepoint (`kernel.records.Event`), `thread` who acted, `to` a message's receiver,
    `label` what it says (`userland.labels.label_text`), `access` r, w or x, `va` an address in the
    page concerned, `space` the space whose entry or page it is. `nth` counts from 1.
    """

    event: str
    thread: str = ""
    to: str = ""
    label: str = ""
    access: Literal["", "r", "w", "x"] = ""
    va: _Address | None = None
    space: str = ""
    nth: Annotated[int, msgspec.Meta(ge=1)] = 1
    key: str = ""


class Query(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """One question to the simulator; see the module for the forms and `queries` for the meaning."""

    # Counted over the stretch of the run.
    metric: str | None = None
    where: Where | None = None
    count: Pattern | None = None
    happened: Pattern | None = None
    who: Pattern | None = None
    receiver: Pattern | None = None
    order: tuple[Pattern, ...] | None = None
    entries_added: str | None = None  # a space's name: how many mapping entries more it has
    # Read from the state at its end.
    mapped: Place | None = None
    rights: Place | None = None
    frame_node: Place | None = None
    parent: Place | None = None
    depth: Place | None = None
    holders: Place | None = None
    same_frame: tuple[str, ...] | None = None
    va: _Address | None = None
    home_of: str | None = None
    state_of: str | None = None
    # Made of others.
    all: tuple[Query, ...] | None = None
    any: tuple[Query, ...] | None = None
    negated: Query | None = msgspec.field(default=None, name="not")
    # Comparison with the value.
    equals: Any = msgspec.field(default=None, name="is")
    at_least: int | None = None
    at_most: int | None = None

    def head(self) -> str:
        """The one key that says what is asked; UserError if there is none, or more than one."""
        heads = [name for name in HEADS if getattr(self, name) is not None]
        if len(heads) != 1:
            written = " and ".join(heads) or "nothing"
            raise UserError(f"a query asks {written}", "one thing")
        return heads[0]

    @property
    def compares(self) -> bool:
        """Whether it has a comparison, and so answers yes or no."""
        return not (self.equals is None and self.at_least is None and self.at_most is None)


_BESIDES = frozenset({"where", "va", "equals", "at_least", "at_most"})
HEADS = tuple(name for name in Query.__struct_fields__ if name not in _BESIDES)
