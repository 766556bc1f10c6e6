"""The kernel's invariants as functions, and the table that says where each is tested.

`State` is what the kernel's tables say, read by this module's own walk of them: page tables from
the roots down, mapping entries with their pages. A 2 MiB entry counts as the 512 pages that it
stands for. A function checks one or several invariants; its name ends in their numbers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.machine.mmu import (
    CPU_SHIFT,
    FLAG_BITS,
    FRAME_MASK,
    SLOT_SHIFT,
    tag,
    tag_page,
    tag_space,
)

Place = tuple[int, int]
NODE_SHIFT = 28
PER_TABLE = 512
TABLE_FLAG, LARGE_FLAG = 8, 16
RING_SHIFT = 16  # the ring of each CPU begins at cpu << 16


class Page(NamedTuple):
    """What the mapping database says of one page."""

    frame: int
    rights: int
    parent: Place
    depth: int


class State:
    """What the kernel's tables hold at this moment, page by page."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.large: set[int] = set()
        for table in kernel.journal.tables:
            if table.name == "mdb_large":
                self.large = set(table.rows)
        self.pages: dict[Place, Page] = {}
        for entry, (frame, rights, parent, depth, _) in kernel.database.entries.rows.items():
            place, above = place_of(entry), place_of(parent)
            if entry not in self.large:
                self.pages[place] = Page(frame, rights, above, depth)
                continue
            for at in range(PER_TABLE):
                up = (above[0], above[1] + at)
                self.pages[place[0], place[1] + at] = Page(frame + at, rights, up, depth)
        self.exempt = dict(kernel.exempt.rows)
        self._children: dict[Place, list[Place]] | None = None

    def ancestors(self, place: Place) -> list[Place]:
        chain = []
        page = self.pages.get(place)
        while page is not None:
            chain.append(page.parent)
            page = self.pages.get(page.parent)
        return chain

    def derived(self, tops: set[Place]) -> set[Place]:
        """Every page derived, directly or not, from one of the pages (not these for themselves)."""
        if self._children is None:
            self._children = {}
            for place, page in self.pages.items():
                self._children.setdefault(page.parent, []).append(place)
        found: set[Place] = set()
        pending = [child for top in tops for child in self._children.get(top, ())]
        while pending:
            place = pending.pop()
            if place not in found:
                found.add(place)
                pending += self._children.get(place, ())
        return found


@lru_cache(1 << 14)
def place_of(entry: int) -> Place:
    return tag_space(entry), tag_page(entry)


@lru_cache(1 << 14)
def number_of(place: Place) -> int:
    return tag(*place)


def table_leaves(kernel: Kernel) -> tuple[dict[Place, tuple[int, int]], dict[int, int]]:
    """({page: (frame, rights)}, {node: tables, roots included}), walked from the spaces' roots.

    Asserts that no row of the page tables is left over, and that each table lies at home.
    """
    rows = kernel.mmu.pte.rows
    by_table: dict[int, list[tuple[int, int]]] = {}
    for key, value in rows.items():
        by_table.setdefault(key // PER_TABLE, []).append((key % PER_TABLE, value))
    leaves: dict[Place, tuple[int, int]] = {}
    tables: dict[int, int] = {}
    reached = 0
    for space, row in kernel.spaces.rows.items():
        home, root = row[0], row[1]
        pending = [(root, 0, PER_TABLE**3)]
        while pending:
            table, base, span = pending.pop()
            assert table >> NODE_SHIFT == home, "29: a page table lies at its space's home"
            tables[home] = tables.get(home, 0) + 1
            for index, value in by_table.get(table, ()):
                reached += 1
                at, frame = base + index * span, value >> FLAG_BITS
                if value & TABLE_FLAG:
                    assert span > 1, "1: a leaf table leads to no other table"
                    pending.append((frame, at, span // PER_TABLE))
                    continue
                assert span == (PER_TABLE if value & LARGE_FLAG else 1), "2: an entry's size"
                for page in range(span):
                    leaves[space, at + page] = (frame + page, value & 7)
    assert reached == len(rows), "1: page-table entries that no space reaches"
    return leaves, tables


def tables_agree_1_2(state: State, leaves: dict[Place, tuple[int, int]]) -> None:
    assert leaves == {at: (page.frame, page.rights) for at, page in state.pages.items()}, (
        "1, 2: page tables and mapping entries name the same pages"
    )


def forest_3_4_6_7(state: State) -> None:
    pages = state.pages
    for place, page in pages.items():
        above = pages.get(page.parent)
        if above is None:
            space, frame = page.parent
            assert space == 0 < place[0], f"7: {place} hangs below nothing"
            assert page.frame == frame, "6: a root is the page of its frame"
            assert page.depth == 1, "4: sigma0's depth is 0"
            continue
        assert not page.rights & ~above.rights, f"3: {place} holds more than its parent"
        assert page.depth == above.depth + 1, f"4: depth of {place}"
        assert page.frame == above.frame, f"6: frame of {place}"
        assert page.rights, "a mapping without rights"


def preorder_5_7(state: State) -> None:
    """From every root the kernel's own list is a pre-order; together they are all entries, once."""
    kernel = state.kernel
    rows = kernel.database.entries.rows
    listed = 0
    for top in {row[2] for row in rows.values() if row[2] not in rows and row[2] < 1 << 36}:
        path: list[int] = [top]
        for entry in kernel.database.subtree(top):
            row = rows[entry]
            del path[row[3] :]
            parent = row[2] if path[-1] not in state.large else path[-1]
            assert path[-1] == parent, "5: a subtree is the run deeper than its root"
            path.append(entry)
            listed += 1
    assert listed == len(rows), "7: all entries are reached from sigma0, each once"


def tlbs_27(state: State) -> None:
    running, tagged = state.kernel.running.rows, state.kernel.costs.tlb_tagged
    for key, value in state.kernel.mmu.tlb.rows.items():
        space, first = place_of(key & (1 << CPU_SHIFT) - 1)
        frame = value >> FLAG_BITS & FRAME_MASK
        for at in range(PER_TABLE if value & LARGE_FLAG else 1):
            place = (space, first + at)
            page = state.pages.get(place)
            assert page is not None, f"27: a TLB keeps {place}, which is not mapped"
            assert page.frame == frame + at, f"27: frame of {place} in a TLB"
            assert not value & 7 & ~page.rights, f"27: rights of {place} in a TLB"
        assert tagged or running.get(key >> CPU_SHIFT) == space, "27: left over after a switch"
    if state.kernel.mmu.entries:
        ring = state.kernel.journal.table("tlb_ring").rows
        slots = {
            key >> CPU_SHIFT << RING_SHIFT | value >> SLOT_SHIFT: key
            for key, value in state.kernel.mmu.tlb.rows.items()
        }
        assert ring == slots, "27: each translation stands in its slot of the ring"


def exempt_23(state: State) -> None:
    for space, areas in state.exempt.items():
        for first, pages in areas:
            for page in range(first, first + pages):
                assert (space, page) not in state.pages, "23: a mapping in a KIP or UTCB area"


def check(kernel: Kernel) -> State:
    """All invariants that a single state can break."""
    state = State(kernel)
    leaves, _ = table_leaves(kernel)
    tables_agree_1_2(state, leaves)
    forest_3_4_6_7(state)
    preorder_5_7(state)
    tlbs_27(state)
    exempt_23(state)
    return state


class Call(NamedTuple):
    """A call with the places it names: of map and grant source -> target, of unmap the pages."""

    kind: str
    space: int  # receiver of a map, caller of an unmap
    rights: int
    pairs: dict[Place, Place]
    region: set[Place]


def changed_places(before: State, after: State) -> set[Place]:
    return {place for place, _ in before.pages.items() ^ after.pages.items()}


def unmap_8_9_10_11_12_14(before: State, after: State, call: Call) -> None:
    """What a revocation leaves, for every page: exactly the rights not taken."""
    below = before.derived(call.region)
    reached = below | call.region if call.kind == "flush" and call.space else below
    for place in changed_places(before, after):
        assert place in reached, f"8, 12: {place} is none of the caller's subtree"
    for place in reached:
        had = before.pages.get(place)
        if had is None or _is_exempt(before, place):
            continue
        left = had.rights & ~call.rights
        now = after.pages.get(place)
        if left:
            assert now == had._replace(rights=left), f"11, 14: rights of {place}"
        else:
            assert now is None, f"9, 10: {place} has no rights left and is still there"


def map_12_15_16_18_19_20_22(before: State, after: State, call: Call) -> None:
    sources = {place for place in call.pairs if _sent(before, call, place)}
    targets = {call.pairs[place] for place in sources}
    below = before.derived(targets)
    touched = targets | below
    replaced = set()
    for place in changed_places(before, after):
        assert place in touched, f"12, 20, 22: {place} is no target of this item, nor below one"
    for source in sources:
        target = call.pairs[source]
        old, new = before.pages.get(target), after.pages.get(target)
        if target in before.ancestors(source):
            assert source not in after.pages, "19: mapped onto an ancestor, both vanish"
            assert len(sources) > 1 or new is None, "19: mapped onto an ancestor, both vanish"
        if new is None or new == old:
            continue
        giver = before.pages.get(source)
        held = 7 if giver is None else giver.rights
        kept = old is not None and old[0::2] == new[0::2]
        had = old.rights if kept and old is not None else 0
        assert new.parent == source, f"12: {target} hangs below what was mapped"
        assert not had & ~new.rights, "16: a map lowers no rights"
        assert not new.rights & ~had & ~(held & call.rights), "15: no right that was not held"
        if not kept:
            replaced.add(target)
    for place in before.derived(replaced) - targets:
        assert place not in after.pages, "18: overmap takes the subtree"


def grant_12_15_20_21_22(before: State, after: State, call: Call) -> None:
    sources = {place for place in call.pairs if _sent(before, call, place)}
    targets = {call.pairs[place] for place in sources}
    touched = sources | targets | before.derived(sources | targets)
    for place in changed_places(before, after):
        assert place in touched, f"12, 20, 22: {place} has to do with no page of this grant"
    if len(sources) != 1:
        return
    (source,) = sources
    target = call.pairs[source]
    assert source not in after.pages, "21: the giver loses the page"
    given, new = before.pages[source], after.pages.get(target)
    if target in before.ancestors(source):
        assert new is None, "19: granted onto an ancestor, both vanish"
        return
    if not given.rights & call.rights:
        assert new is None, "21: granted without rights"
        return
    assert new == given._replace(rights=given.rights & call.rights), "15, 21: parent, frame, rights"
    replaced = before.derived({target}) | ({target} & before.pages.keys())
    children = {place for place, page in before.pages.items() if page.parent == source}
    for child in children - replaced:
        cut = before.pages[child].rights & call.rights
        now = after.pages.get(child)
        assert (now is None) == (cut == 0), "21: children stay, as far as they keep rights"
        assert now is None or (now.parent, now.rights) == (target, cut), "21: children follow"
    if not before.pages[source].rights & ~call.rights:
        gone = len(before.pages) - len(after.pages)
        assert gone == len(replaced), "21: a grant keeps the number of entries"


def _sent(before: State, call: Call, source: Place) -> bool:
    """Whether the page is there, may be sent and may land."""
    page = before.pages.get(source)
    held = page.rights if page is not None else 7 if source[0] == 0 else 0
    exempt = _is_exempt(before, source) or _is_exempt(before, call.pairs[source])
    return not exempt and bool(held if call.kind == "grant" else held & call.rights)


def _is_exempt(state: State, place: Place) -> bool:
    areas = state.exempt.get(place[0], ())
    return any(first <= place[1] < first + pages for first, pages in areas)


def memory_29(kernel: Kernel, state: State, tables: dict[int, int]) -> None:
    """Kernel bytes on each node: the sum of the objects that the tables say are homed there."""
    homes = {space: row[0] for space, row in kernel.spaces.rows.items()}
    for node in range(kernel.machine.nodes):
        spaces = sum(1 for home in homes.values() if home == node)
        entries = sum(1 for e in kernel.database.entries.rows if homes[tag_space(e)] == node)
        threads = sum(1 for row in kernel.threads.rows.values() if homes[row[0]] == node)
        frames = spaces + tables.get(node, 0) + threads + -(-entries // 169) + -(-threads // 4)
        heads = _sub_tables(state, homes, node)
        frames += heads + -(-heads // 127)
        assert kernel.memory.bytes_on(node) == frames * 4096, f"29: kernel memory of node {node}"


def _sub_tables(state: State, homes: dict[int, int], node: int) -> int:
    """2 MiB entries of the node below one of whose pages a 4 KiB entry hangs: a sub-table each."""
    if not state.large:
        return 0
    holders = set()
    for entry, row in state.kernel.database.entries.rows.items():
        space, page = place_of(row[2])
        holder = number_of((space, page - page % PER_TABLE))
        if entry not in state.large and holder in state.large and homes[space] == node:
            holders.add(holder)
    return len(holders)


IN_PROGRAMS = "tests.kernel.test_programs.test_random_programs_agree_with_the_model"
_PROTOCOLS = "tests.kernel.test_protocols."
_USER_LEVEL = "tests.world.test_user_level."

# Where each invariant of the kernel is tested. Those of random programs are the numbers at the end
# of this module's functions and of the rig's, which run after every step.
INVARIANTS: dict[int, tuple[str, ...]] = {
    **dict.fromkeys((*range(1, 24), *range(26, 31), 36), (IN_PROGRAMS,)),
    22: (
        IN_PROGRAMS,
        "tests.kernel.test_invariants.test_placement_never_leaves_the_window_or_the_fpage",
    ),
    24: ("tests.kernel.test_ipc.test_a_pagefault_saves_the_message_registers_and_restores_them",),
    25: (_PROTOCOLS + "test_an_access_faults_again_unless_the_reply_covered_it",),
    31: (_PROTOCOLS + "test_a_frame_has_one_owner_at_sigma0",),
    32: (
        "tests.kernel.test_thread_control."
        "test_a_migrating_thread_keeps_its_utcb_and_leaves_no_translation_behind",
        _PROTOCOLS + "test_migration_takes_its_translations_along_and_nobody_elses",
    ),
    33: (
        _PROTOCOLS + "test_unmapping_in_one_space_alters_no_other_of_the_application",
        _USER_LEVEL + "test_spaces_of_one_application_are_siblings_below_their_own_pagers",
    ),
    34: (_USER_LEVEL + "test_a_global_page_takes_exactly_one_fault_per_node",),
    35: (_PROTOCOLS + "test_a_global_unmap_has_ended_when_no_pager_has_a_descendant_left",),
    36: (
        IN_PROGRAMS,
        "tests.world.test_session.test_undo_restores_tables_and_digest_at_every_step",
    ),
}
