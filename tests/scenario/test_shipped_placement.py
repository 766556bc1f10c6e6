"""The shipped scenarios of placement: what each shows, and the keys that ask for it."""

from __future__ import annotations

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.kernel.records import Event
from l4numa_tui.kernel.rights import READ, WRITE
from l4numa_tui.machine.account import Totals
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.scenario.build import build_session
from l4numa_tui.scenario.load import parse_scenario, scenario_digest
from l4numa_tui.scenario.shipped import open_scenario
from l4numa_tui.world.stale import stale_mappings
from tests.scenario.shipped import LIMIT, Shipped

PAGE = 0x40_0000
RW = READ | WRITE


def totals(run: Shipped) -> Totals:
    return run.session.world.totals()


def by_first_touch(name: str) -> Totals:
    """The same accesses, where nobody moves anything."""
    lines = open_scenario(name).text.splitlines()
    kept = [line for line in lines if not line.startswith(("placement =", "sample_every ="))]
    session = build_session(parse_scenario("\n".join(kept), name))
    session.run(LIMIT)
    return session.world.totals()


def home(run: Shipped, space: str, address: int) -> int:
    return run.frame(space, address) >> NODE_SHIFT


def test_placement_replicate() -> None:
    run = Shipped("placement-replicate")
    run.after("A.0", "write")
    assert run.page("A.0", PAGE) == (run.frame("A.0", PAGE), RW)
    run.after("A.0", "read")
    for node, space in enumerate(("A.0", "A.1", "A.2")):
        assert run.page(space, PAGE) == (node << NODE_SHIFT, READ), "a replica, only to be read"
    assert stale_mappings(run.session.world) == [], "each node's own replica is what it should map"
    run.after("A.1", "write")
    kept = 1 << NODE_SHIFT
    assert run.page("A.1", PAGE) == (kept, RW)
    assert run.page("A.0", PAGE) is run.page("A.2", PAGE) is None
    run.end()
    assert run.page("A.2", PAGE) == (kept, RW)
    assert [r.event for r in run.all_records()].count(Event.PAGE_COPY) == 2
    now, before = totals(run), by_first_touch("placement-replicate")
    assert (before.local, before.remote) == (5, 13)
    assert (now.local, now.remote) == (14, 4), "only what A.2 reads after the collapse is remote"


def test_placement_migrate() -> None:
    run = Shipped("placement-migrate")
    run.after("A.1", "read", 1)
    assert home(run, "A.1", PAGE) == 0
    run.end()
    homes = [home(run, "A.1", PAGE + (page << 12)) for page in range(4)]
    assert homes == [1, 1, 1, 0], "the last one never faulted a second time"
    now, before = totals(run), by_first_touch("placement-migrate")
    assert (before.local, before.remote, before.faults) == (4, 36, 8)
    assert (now.local, now.remote, now.faults) == (28, 12, 11)
    assert now.local + now.remote == before.local + before.remote


def test_placement_auto() -> None:
    run = Shipped("placement-auto")
    run.after("A.1", "read", 2)
    assert run.session.world.system.directory.rows.rows.keys() == {
        (0, (PAGE >> 12) + page, 0) for page in range(3)
    }, "not enough samples yet"
    run.end()
    placed = [(r.a - (PAGE >> 12), r.b) for r in run.all_records() if r.event == Event.PLACEMENT]
    assert placed == [(0, 1), (2, 0), (1, 0)], "shared, then moved, then moved"
    rows = run.session.world.system.directory.rows.rows
    where = {
        (vpn - (PAGE >> 12), replica): row[0] >> NODE_SHIFT
        for (_, vpn, replica), row in rows.items()
    }
    assert where == {(0, 0): 0, (0, 2): 1, (0, 3): 2, (1, 0): 2, (2, 0): 2}
    now, before = totals(run), by_first_touch("placement-auto")
    assert (before.local, before.remote) == (3, 30)
    assert (now.local, now.remote) == (20, 13)
    assert now.faults > 3 * before.faults, "what the samples cost"


HEAD = "[machine]\nnodes = 2\ncpus_per_node = 2\n[[region]]\nname = 'r'\nat = 0x40_0000\n"


@pytest.mark.parametrize(
    ("rest", "line", "what"),
    [
        ("placement = 'nearest'\n", 7, "nearest"),
        ("placement = 'interleave'\nhome = 1\n", 7, "both a home and a placement"),
        ("placement = 'replicate'\nkind = 'node_local'\n", 7, "node_local"),
        ("placement = 'migrate'\n", 7, "without samples"),
        ("placement = 'auto'\n[pagers]\nsample_every = 0\n", 7, "without samples"),
        ("placement = 'replicate'\n[pagers]\neager = true\n", 7, "eager"),
        ("placement = 'replicate'\n[pagers]\nderivation = 'owner'\n", 7, "owner"),
        ("placement = 'replicate'\n[pagers]\nsample_every = 2\n", 9, "nothing to sample"),
        ("placement = 'auto'\n[pagers]\nsample_every = -1\n", 9, "sample_every"),
    ],
)
def test_what_does_not_go_is_refused_with_its_line(rest: str, line: int, what: str) -> None:
    with pytest.raises(UserError, match=what) as refused:
        parse_scenario(HEAD + rest, "file")
    assert refused.value.line == line


def test_older_files_keep_their_digests_and_newer_ones_differ() -> None:
    plain = scenario_digest(parse_scenario(HEAD, "file"))
    assert scenario_digest(parse_scenario(HEAD + "placement = 'first_touch'\n", "file")) == plain
    for other in ("placement = 'interleave'\n", "placement = 'replicate'\n"):
        assert scenario_digest(parse_scenario(HEAD + other, "file")) != plain
    sampled = [
        scenario_digest(
            parse_scenario(f"{HEAD}placement = 'auto'\n[pagers]\nsample_every = {n}\n", "file")
        )
        for n in (1, 2)
    ]
    assert sampled[0] != sampled[1]
