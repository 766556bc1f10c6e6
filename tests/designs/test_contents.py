"""Whatever a design moves and copies, programs see the same: same values read, same memory left."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.designs import disco
from l4numa_tui.designs.catalogue import RIVALS
from l4numa_tui.designs.l4 import PER_NODE, SPANNING, l4_session
from l4numa_tui.designs.rival import Rival
from l4numa_tui.designs.workload import EXECUTE, MIGRATE, UNMAP, WRITE, Workload
from l4numa_tui.kernel.records import ACCESS
from l4numa_tui.kernel.rights import WRITE as MAY_WRITE
from l4numa_tui.machine.mmu import CPU_SHIFT, FLAG_BITS, FRAME_MASK, tag
from l4numa_tui.userland.regions import NODE_LOCAL
from tests.designs.worlds import DATA, contended, machine, pages_of, workload, workloads


def expected(work: Workload) -> tuple[dict[int, int], dict[int, int]]:
    """What each reading operation sees, and what each page that exists holds at the end."""
    memory: dict[int, int] = {}
    seen: dict[int, int] = {}
    nodes = [thread.node for thread in work.threads]
    for place, (thread, op, page, times) in enumerate(work, 1):
        node = nodes[thread]
        if op == MIGRATE:
            nodes[thread] = times
        elif op == WRITE:
            memory[work.alias(0, page, node)] = place
        elif op <= EXECUTE:
            seen[place] = memory.setdefault(work.alias(0, page, node), 0)
        elif op == UNMAP:
            for each in range(page, page + times):
                memory.pop(work.alias(0, each, node), None)
    return seen, memory


def observed(rival: type[Rival], work: Workload) -> tuple[dict[int, int], dict[int, int]]:
    """The same as a rival has it; its tables and TLBs may name no frame but the page's own."""
    reads: list[tuple[int, int]] = []
    run = rival(work, reads)
    run.run()
    seen: dict[int, int] = {}
    for place, value in reads:
        assert seen.setdefault(place, value) == value
    check_translations(run)
    return seen, run.final_contents(pages_of(run))


def check_translations(run: Rival) -> None:
    machine = run.machine
    for page in pages_of(run):
        held = run.guest.get(page.name) if isinstance(run, disco.Disco) else None
        one = run.frame_of(page)
        frames = set(held.frames.values()) if held else {one}
        if held:
            assert len({run.contents[frame] for frame in held.frames.values()}) == 1
        for node in range(machine.nodes):
            if page.region.kind == NODE_LOCAL and run.node_tables:
                page = run.page(0, page.region.first, node)  # noqa: PLW2901
                frames = {run.frame_of(page)}
            entry = run.entry(page, node)
            assert not entry or entry >> FLAG_BITS in frames
            assert not (entry & MAY_WRITE and len(frames) > 1)
            for cpu in machine.node_cpus[node]:
                key = cpu << CPU_SHIFT | tag(run._space(0, node), page.vpn)
                held_entry = run.mmu.tlb.rows.get(key, 0)
                assert not held_entry or held_entry >> FLAG_BITS & FRAME_MASK in frames
                assert not (held_entry & MAY_WRITE and len(frames) > 1)


def observed_in_kernel(design: str, work: Workload) -> tuple[dict[int, int], dict[int, int]]:
    """The same as the real kernel has it, by its records and the pagers' directory."""
    session = l4_session(design, work)
    two_calls = design == PER_NODE  # Schedule and ThreadControl
    places = [
        place
        for place, (_, op, _, times) in enumerate(work, 1)
        for _ in range(times if op <= EXECUTE else 1 + (op == MIGRATE and two_calls))
    ]
    world = session.world
    directory = world.journal.table("directory").rows
    memory: dict[int, int] = {}
    seen: dict[int, int] = {}
    backed: dict[tuple[int, int, int], int] = {}
    while (change := session.step()) is not None:
        now = {key: row[0] for key, row in directory.items()}
        for key in now.keys() - backed.keys():
            memory[now[key]] = 0
        backed = now
        thread = change.action[1]
        for record in change.records():
            if record.event == ACCESS:
                place = places[world.programs[thread].order[world.kernel.ip_of(thread) - 1]]
                if record.b == MAY_WRITE:
                    memory[record.c] = place
                else:
                    assert seen.setdefault(place, memory[record.c]) == memory[record.c]
    final = {}
    for (_, page, replica), frame in backed.items():
        final[work.alias(0, page, replica - 1) if replica else page] = memory[frame]
    return seen, final


@pytest.mark.parametrize("name", RIVALS)
@given(work=workloads(migrating=True), trigger=st.integers(1, 6), sharing=st.integers(1, 3))
@settings(max_examples=80)
def test_a_rival_keeps_what_was_written(
    name: str, work: Workload, trigger: int, sharing: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disco, "TRIGGER_THRESHOLD", trigger)
        patch.setattr(disco, "SHARING_THRESHOLD", sharing)
        assert observed(RIVALS[name], work) == expected(work)


def test_pages_that_move_multiply_and_collapse_keep_what_was_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(disco, "TRIGGER_THRESHOLD", 4)
    monkeypatch.setattr(disco, "SHARING_THRESHOLD", 2)
    moved = [0, 0, 0]
    for seed in range(80):
        work = contended(seed)
        assert observed(disco.Disco, work) == expected(work), f"contended({seed})"
        result = disco.Disco(work).run()
        moved = [a + b for a, b in zip(moved, result[3:], strict=True)]
    assert min(moved) > 20  # else the test above has shown nothing


@pytest.mark.parametrize("design", [PER_NODE, SPANNING])
@given(work=workloads(longest=30, migrating=True))
@settings(max_examples=25)
def test_the_real_kernel_keeps_what_was_written(design: str, work: Workload) -> None:
    assert observed_in_kernel(design, work) == expected(work)


@pytest.mark.parametrize("design", [PER_NODE, SPANNING])
@pytest.mark.parametrize("seed", range(15))
def test_the_real_kernel_keeps_it_where_few_pages_are_used_often(design: str, seed: int) -> None:
    work = contended(seed)
    assert observed_in_kernel(design, work) == expected(work)


def test_this_would_notice_a_copy_that_copies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check itself: a monitor that forgets the content of a page it moves is found out."""
    of = machine(2)
    operations = [(0, WRITE, DATA, 1), (1, 0, DATA, disco.TRIGGER_THRESHOLD), (1, 0, DATA, 1)]
    operations.insert(2, (1, EXECUTE, DATA, 1))  # so that the last two are two operations
    work = workload(of, [0, 1], operations)
    assert observed(disco.Disco, work) == expected(work)

    def forgetful(self: Rival, frame: int, node: int) -> int | None:  # noqa: ARG001
        new = self.frames.take(node)
        assert new is not None
        self.contents[new] = 0
        return new

    monkeypatch.setattr(disco.Disco, "copy_frame", forgetful)
    assert observed(disco.Disco, work) != expected(work)
