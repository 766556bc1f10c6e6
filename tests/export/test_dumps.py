"""The dumps say what the database holds: read back, they give every entry in its place."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.export.jdb import jdb_lines
from l4numa_tui.export.kdb import kdb_lines
from l4numa_tui.export.trees import newest_entry, parse_frame
from l4numa_tui.kernel.fpage import Fpage
from l4numa_tui.kernel.mapping import MapItem
from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of, vpn_of
from l4numa_tui.kernel.rights import ALL
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.shipped import open_scenario, shipped_names
from l4numa_tui.userland.sigma0 import chunk_item
from l4numa_tui.world.operations import Op
from l4numa_tui.world.session import Session
from tests.worlds import DATA, random_session, session

KDB = re.compile(
    r" +\[(\d+)\] vaddr: ([0-9a-f]{16})  spc: (\d+) (\S+)  rights: ([rwx~]{3}) \(([RWX~]{3})\)"
    r"(?:  2MB)?(?:  paddr: [0-9a-f]{16})?"
)
JDB = re.compile(
    r" (==>|   ) +(\d+): va=([0-9a-f]{12})  task=(\d+) \{(\S+)\}  depth=(root|\d+)"
    r"(?:  size=2M)?(?:  pa=[0-9a-f]{12})?"
)
SEEDS = range(9)


class Read(NamedTuple):
    """One line of a dump, read back."""

    depth: int
    entry: int
    rest: tuple[str, ...]


def bits(text: str) -> int:
    return sum(bit for bit, letter in zip((4, 2, 1), text, strict=True) if letter != "~")


def read_kdb(of: Session) -> list[list[Read]]:
    """The trees of a dump: header, then its entries."""
    trees: list[list[Read]] = []
    for line in kdb_lines(of):
        if re.match(r"[0-9a-f]{16}: ", line):
            trees.append([Read(0, entry_id(SIGMA0, int(line[:16], 16) >> 12), ())])
        elif line:
            match = KDB.fullmatch(line)
            assert match, line
            depth, address, space, *rest = match.groups()
            trees[-1].append(
                Read(int(depth), entry_id(int(space), int(address, 16) >> 12), tuple(rest))
            )
    return trees


def read_jdb(of: Session) -> list[list[Read]]:
    trees: list[list[Read]] = []
    for line in jdb_lines(of):
        if line.startswith("Phys frame"):
            trees.append([])
        elif line and not line.startswith(" mapping tree"):
            match = JDB.fullmatch(line)
            assert match, line
            mark, number, address, space, name, depth = match.groups()
            assert int(number) == len(trees[-1]) + 1
            entry = entry_id(int(space), int(address, 16) >> 12)
            trees[-1].append(Read(0 if depth == "root" else int(depth), entry, (mark, name)))
    return trees


def children_of(tree: list[Read]) -> dict[int, list[int]]:
    """Who hangs below whom, in the dump's order, as its depths say."""
    out: dict[int, list[int]] = {}
    above: list[int] = []
    for read in tree:
        assert read.depth <= len(above), "deeper by one at most"
        del above[read.depth :]
        if above:
            out.setdefault(above[-1], []).append(read.entry)
        above.append(read.entry)
    return out


def moments(seed: int) -> Session:
    """A random world at a random step."""
    of = random_session(seed)
    of.run(10_000)
    of.seek(seed * 7919 % (of.length + 1))
    return of


@pytest.mark.parametrize("seed", SEEDS)
def test_both_dumps_hold_every_entry_below_its_parent_youngest_first(seed: int) -> None:
    of = moments(seed)
    database = of.world.kernel.database
    for trees in (read_kdb(of), read_jdb(of)):
        entries = [read.entry for tree in trees for read in tree if read.depth]
        assert sorted(entries) == sorted(database.entries.rows), f"seed {seed}"
        for tree in trees:
            for parent, children in children_of(tree).items():
                assert children == database.children(parent), f"seed {seed}"
        frames = [vpn_of(tree[0].entry) for tree in trees]
        assert frames == sorted(set(frames))


@pytest.mark.parametrize("name", shipped_names())
def test_the_dumps_of_every_scenario_hold_every_entry_below_the_page_it_came_from(
    name: str,
) -> None:
    of = build_session(open_scenario(name))
    of.run(1000)
    for step in {of.length, of.length // 2, of.length // 3}:
        of.seek(step)
        database = of.world.kernel.database
        for trees in (read_kdb(of), read_jdb(of)):
            entries = [read.entry for tree in trees for read in tree if read.depth]
            assert sorted(entries) == sorted(database.entries.rows)
            for above, below in (pair for tree in trees for pair in children_of(tree).items()):
                for entry in below:
                    found = database.find(entry)
                    assert found is not None
                    assert above in (found.parent, database.large_around(found.parent))


@pytest.mark.parametrize("seed", SEEDS)
def test_kdb_shows_names_rights_and_status_bits(seed: int) -> None:
    of = moments(seed)
    kernel, names = of.world.kernel, of.world.system.space_names
    for read in (read for tree in read_kdb(of) for read in tree if read.depth):
        name, rights, status = read.rest
        assert name == names[space_of(read.entry)]
        assert bits(rights) == kernel.database.entries.rows[read.entry][1]
        assert bits(status) == kernel.status.used.rows.get(read.entry, 0)


def test_status_bits_tell_reading_from_writing() -> None:
    of = session([[(Op.READ, DATA << 12)], [(Op.WRITE, DATA << 12)]])
    of.run(100)
    (tree,) = [tree for tree in read_kdb(of) if any(r.depth == 3 for r in tree)]
    told = {read.rest[0]: read.rest[2] for read in tree if read.depth == 3}
    assert told == {"A.0": "R~~", "A.1": "RW~"}


def newest_by_journal(of: Session) -> int | None:
    """The entry whose row came last of those that exist, as the journal's writes tell it."""
    born: dict[int, int] = {}
    at = 0
    for step in range(1, of.cursor + 1):
        for table, key, old, _ in of.change(step).changes():
            at += 1
            if table == "mdb" and old is None:
                assert isinstance(key, int)
                born[key] = at
    alive = [key for key in born if key in of.world.kernel.database.entries.rows]
    return max(alive, key=born.__getitem__) if alive else None


@pytest.mark.parametrize("seed", SEEDS)
def test_the_arrow_is_at_the_newest_entry_of_every_moment(seed: int) -> None:
    of = random_session(seed)
    of.run(10_000)
    for step in range(0, of.length + 1, 1 + of.length // 12):
        of.seek(step)
        marked = [read.entry for tree in read_jdb(of) for read in tree if read.rest[0] == "==>"]
        expected = newest_by_journal(of)
        assert len(marked) == 1, f"seed {seed}, step {step}"
        assert expected in (marked[0], None), f"seed {seed}, step {step}"


def test_a_world_without_entries_has_an_empty_dump_and_no_newest_entry() -> None:
    of = session([[(Op.READ, DATA << 12)]], pool_frames=0)
    assert list(kdb_lines(of)) == list(jdb_lines(of)) == []
    assert newest_entry(of) is None
    assert list(jdb_lines(of, 0))[1:] == [" mapping tree empty"]
    assert "null node" in "".join(kdb_lines(of, 0))


def test_one_frame_is_one_tree() -> None:
    of = moments(3)
    whole = list(kdb_lines(of))
    for tree in read_kdb(of)[:5]:
        alone = list(kdb_lines(of, vpn_of(tree[0].entry)))
        at = whole.index(alone[0])
        assert whole[at : at + len(tree)] == alone


def test_a_large_entry_shows_its_size_and_what_hangs_at_its_pages() -> None:
    of = session([[(Op.READ, DATA << 12)]], pool_frames=0)
    kernel = of.world.kernel
    first, second = kernel.create_space(0), kernel.create_space(1)
    kernel.map(SIGMA0, first, chunk_item(512, 512))
    kernel.map(first, second, MapItem(Fpage(514 << 12, 12, ALL), 0x900 << 12))
    dump = list(kdb_lines(of))
    large, small = f"{512 << 12:016x}", f"{0x900 << 12:016x}"
    assert dump == [
        f"{large}: 2MB [map]  frame 0:0200",
        f"  [1] vaddr: {large}  spc: {first}  rights: rwx (~~~)  2MB",
        f"    [2] vaddr: {small}  spc: {second}  rights: rwx (~~~)  paddr: {514 << 12:016x}",
    ]
    assert list(jdb_lines(of))[3:] == [
        f"        2: va={512 << 12:012x}  task={first}  depth=1  size=2M",
        f" ==>     3: va={0x900 << 12:012x}  task={second}  depth=2  pa={514 << 12:012x}",
    ]
    assert newest_entry(of) == entry_id(second, 0x900)
    kernel.unmap(first, Fpage(514 << 12, 12, ALL))
    assert newest_entry(of) == entry_id(first, 512), "a large one may be the newest"
    kernel.map(first, second, MapItem(Fpage(514 << 12, 12, ALL), 0x900 << 12))
    # Both entries map frame 514, only the large one its neighbour, neither the one after it.
    assert [len(list(kdb_lines(of, frame))) for frame in (514, 515, 1024)] == [3, 2, 1]


@pytest.mark.parametrize(
    ("text", "frame"), [("0:0003", 3), ("1:1f", 1 << NODE_SHIFT | 0x1F), ("01:0x1F", 1 << 28 | 31)]
)
def test_frames_are_written_as_the_screen_writes_them(text: str, frame: int) -> None:
    assert parse_frame(session([[]]).world, text) == frame


@pytest.mark.parametrize("text", ["", "3", "0:", "2:0", "0:fffffff", "0:-1", "0:1 2", "٣:0", "0:g"])
def test_what_is_no_frame_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse_frame(session([[]]).world, text)


def test_names_of_spaces_cannot_steer_the_terminal() -> None:
    of = moments(1)
    names = of.world.system.space_names
    for space in list(names):
        names[space] = "a\x1b[31mb\u202e"
    for line in (*kdb_lines(of), *jdb_lines(of)):
        assert line.isprintable()
