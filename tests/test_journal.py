"""The journal: every write can be taken back, and equal states have equal digests."""

from __future__ import annotations

import random
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from l4numa_tui import journal as journal_module
from l4numa_tui.digest import entry_hash, portable_hash
from l4numa_tui.journal import Journal

WRITES = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.none() | st.integers(0, 3)),
    max_size=60,
)
NESTED = st.recursive(
    st.integers(-(2**80), 2**80) | st.sampled_from([0, -1, -2, 2**61 - 1, 2**61]),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=12,
)


def write(journal: Journal, name: str, key: int, value: int | None) -> None:
    table = journal.table(name)
    if value is not None:
        table.put(key, value)
    elif key in table.rows:
        table.drop(key)


def state(journal: Journal) -> dict[str, dict[int, int]]:
    return {table.name: dict(table.rows) for table in journal.tables if table.rows}


@given(WRITES, st.data())
def test_every_mark_can_be_visited_in_any_order(
    writes: list[tuple[str, int, int | None]], data: st.DataObject
) -> None:
    journal = Journal()
    seen = {journal.mark(): (state(journal), journal.digest())}
    for each in writes:
        write(journal, *each)
        seen[journal.mark()] = (state(journal), journal.digest())
    for mark in data.draw(st.lists(st.sampled_from(sorted(seen)), max_size=12)):
        journal.move_to(mark)
        assert (state(journal), journal.digest()) == seen[mark]


def test_key_frames_give_the_same_states_as_plain_undo() -> None:
    draw = random.Random(5)
    journal = Journal()
    seen = []
    for number in range(60_000):
        write(journal, "t", draw.randrange(200), draw.choice((None, number)))
        if journal.end >= journal.next_frame:
            journal.keep_key_frame()
        if number % 7_000 == 0:
            seen.append((journal.mark(), state(journal), journal.digest()))
    for mark, tables, digest in draw.sample(seen * 3, 3 * len(seen)):
        journal.move_to(mark)
        assert state(journal) == tables
        assert journal.digest() == digest


@given(WRITES, WRITES)
def test_digest_depends_on_the_state_alone(
    first: list[tuple[str, int, int | None]], second: list[tuple[str, int, int | None]]
) -> None:
    journals = [Journal(), Journal()]
    for journal, writes in zip(journals, ([*first, *second], [*second, *first]), strict=True):
        for each in writes:
            write(journal, *each)
    one, two = journals
    assert (state(one) == state(two)) == (one.digest() == two.digest())


def test_writing_after_going_back_forgets_the_old_future() -> None:
    journal = Journal()
    table = journal.table("t")
    table.put(1, 1)
    mark = journal.mark()
    table.put(1, 2)
    journal.move_to(mark)
    journal.cut()
    table.put(1, 3)
    assert table.rows == {1: 3}
    journal.move_to(0)
    assert table.rows == {}
    journal.move_to(journal.end)
    assert table.rows == {1: 3}


@given(st.lists(NESTED, max_size=5).map(tuple))
def test_the_builtin_hash_is_the_one_defined_here(value: tuple[object, ...]) -> None:
    assert entry_hash(value) == portable_hash(value)


def test_digest_is_the_same_under_any_hash_seed() -> None:
    program = (
        "from tests.worlds import random_session\n"
        "s = random_session(4); s.run(10_000); print(f'{s.digest():016x}')"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }  # fmt: skip
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 16


def test_table_seeds_differ() -> None:
    names = ["mdb", "mdb_child", "pte", "tlb", "state", "inbox", "outbox", "held", "pool"]
    assert len({journal_module.table_seed(name) for name in names}) == len(names)
