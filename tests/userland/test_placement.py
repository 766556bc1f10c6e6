"""Placement at user level: pages that are copied, moved and collapsed lose no write.

Contents are followed beside the run: a write puts a new value into its frame, a copy carries it
over, and every read must find what was written last.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest

from l4numa_tui.journal import Journal
from l4numa_tui.kernel.kernel import Kernel
from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.kernel.records import Event
from l4numa_tui.kernel.rights import ALL, READ, WRITE
from l4numa_tui.machine.machine import NODE_SHIFT, PAGE_LOG2
from l4numa_tui.userland import labels
from l4numa_tui.userland.agreement.options import (
    FAN_OUTS,
    IPC,
    NO_WAITING,
    PROTOCOLS,
    TREE,
    Agreement,
)
from l4numa_tui.userland.placement.moving import copy_cycles
from l4numa_tui.userland.placement.policies import (
    COLLAPSED,
    MIN_SAMPLES,
    MOVE,
    SHARE,
    SHARED,
    SINGLE,
    STAY,
    Use,
    is_unbalanced,
    policy_of,
)
from l4numa_tui.userland.regions import (
    AUTO,
    FIRST_TOUCH,
    GLOBAL,
    INTERLEAVE,
    MIGRATE,
    PLACEMENTS,
    REPLICATE,
    Region,
)
from l4numa_tui.userland.system import System
from l4numa_tui.world.operations import Op, Operation, Program
from l4numa_tui.world.schedulers import Scheduler, ScriptOrder, Seeded
from l4numa_tui.world.session import Session
from l4numa_tui.world.world import World
from tests.worlds import machine

NODES, PAGES, DATA = 3, 4, 0x400
WITH_RELAYS = 5  # nodes: with fewer than four a tree of notifications is flat
MOVING = (REPLICATE, MIGRATE, AUTO)
VARIANTS = [
    (placement, Agreement(protocol, fan_out=fan_out, sharers=sharers, sample_every=every))
    for placement, protocol, fan_out, sharers, every in itertools.product(
        MOVING, PROTOCOLS, FAN_OUTS, (False, True), (1, 3)
    )
    if placement != REPLICATE or every == 1
]


def named(variant: tuple[int, Agreement]) -> str:
    placement, agreement = variant
    sharers = "sharers" if agreement.sharers else "all"
    words = PLACEMENTS[placement], agreement.protocol, agreement.fan_out, sharers
    return " ".join((*words, str(agreement.sample_every)))


def world_of(
    programs: list[list[Operation]],
    placement: int,
    *,
    agreement: Agreement | None = None,
    nodes: int = NODES,
    pool_frames: int = 32,
    scheduler: Scheduler | None = None,
    order: list[int] | None = None,
    as_asked: bool = False,
) -> Session:
    """Thread i runs programs[i] on node i mod nodes; `order` lists threads, one operation each."""
    system = System(Kernel(Journal(), machine(nodes)), pool_frames, agreement=agreement)
    region = Region("data", DATA, PAGES, GLOBAL, ALL, FIRST_TOUCH, as_asked, placement)
    application = system.add_application("A", range(nodes), [region])
    turns = order or [index for index, program in enumerate(programs) for _ in program]
    built = {}
    for index, operations in enumerate(programs):
        thread = system.add_thread(application, f"A.{index}", index % nodes, 1 + index // nodes)
        places = tuple(place for place, turn in enumerate(turns) if turn == index)
        built[thread] = Program(tuple(operations), places)
    return Session(World(system, built), scheduler or ScriptOrder())


def read(page: int) -> Operation:
    return (Op.READ, DATA + page << PAGE_LOG2)


def write(page: int) -> Operation:
    return (Op.WRITE, DATA + page << PAGE_LOG2)


def random_programs(
    seed: int, nodes: int = NODES, threads: int = 4, length: int = 12
) -> list[list[Operation]]:
    draw = random.Random(seed)
    writes = draw.choice((0.1, 0.3, 0.5))
    programs: list[list[Operation]] = []
    for _ in range(threads):
        program: list[Operation] = []
        for _ in range(length):
            page, chance = draw.randrange(PAGES), draw.random()
            if chance < 0.06:
                program.append((Op.UNMAP_GLOBAL, DATA + page, draw.randint(1, 2)))
            elif chance < 0.12:
                program.append((Op.MIGRATE, draw.randrange(nodes)))
            else:
                program.append(write(page) if draw.random() < writes else read(page))
        programs.append(program)
    return programs


class Contents:
    """What is in every frame and page, told from the records of each step."""

    def __init__(self, run: Session) -> None:
        self.run = run
        self.written = itertools.count(1)
        self.frames: dict[int, int] = {}
        self.pages: dict[int, int] = {}
        self.gone: set[int] = set()  # pages of which a row went
        self.copies: set[int] = set()
        self.live: dict[int, set[int]] = {}

    def wrong(self) -> list[str]:
        """Follow the last step; what is wrong in it or after it."""
        run, wrong = self.run, []
        rows = run.world.system.directory.rows.rows
        before: tuple[int, int] | None = None
        for record in run.change(run.cursor).records():
            if record.event == Event.PAGE_COPY:
                self.frames[record.c] = self.frames[record.b]
                self.copies.add(record.c)
            elif record.event == Event.DIRECTORY_WRITE:
                before = self._published(record.a, record.c - 1)
                continue
            elif record.event == Event.PLACEMENT and before:
                # A row went and another came, but the page has been settled and is no new one.
                self.frames[record.c], self.pages[record.a] = before
            elif record.event == Event.ACCESS:
                page = record.a >> PAGE_LOG2
                if record.b == WRITE:
                    self.pages[page] = self.frames[record.c] = next(self.written)
                elif self.frames.get(record.c) != self.pages.get(page):
                    wrong.append(f"page {page:#x} read from {record.c:#x}: an old value")
            before = None
        return wrong + self._mappings(rows)

    def _published(self, page: int, frame: int) -> tuple[int, int] | None:
        """A row was written: of a new page, zeroed, unless the frame was there, or is a copy.

        Returns what was in frame and page before, if the page looks like a new one.
        """
        live = self.live.setdefault(page, set())
        if frame < 0:
            self.gone.add(page)
        elif frame in self.copies:
            self.copies.discard(frame)
            live.add(frame)
        elif frame not in live or page in self.gone:
            before = self.frames.get(frame, 0), self.pages.get(page, 0)
            self.frames[frame] = self.pages[page] = 0
            self.live[page] = {frame}
            self.gone.discard(page)
            return before
        return None

    def _mappings(self, rows: dict[tuple[int, int, int], tuple[int, int]]) -> list[str]:
        world, wrong = self.run.world, []
        spaces = world.system.roster.applications[0].spaces
        frames = Counter(row[0] for row in rows.values())
        wrong += [f"two pages share frame {frame:#x}" for frame, n in frames.items() if n > 1]
        for page in range(DATA, DATA + PAGES):
            replicas = {key[2]: row[0] for key, row in rows.items() if key[1] == page}
            if replicas and 0 not in replicas:
                wrong.append(f"page {page:#x} has replicas and no frame")
            values = {self.frames[frame] for frame in replicas.values()}
            if len(values) > 1:
                wrong.append(f"the replicas of page {page:#x} differ")
            for node, space in spaces.items():
                row = world.kernel.database.entries.rows.get(entry_id(space, page))
                if row is None:
                    continue
                if row[0] not in (replicas.get(0), replicas.get(node + 1)):
                    wrong.append(f"stale: page {page:#x} on node {node}")
                if row[1] & WRITE and len(replicas) > 1:
                    wrong.append(f"page {page:#x} is writable on node {node}, and has replicas")
        return wrong


def follow_from(run: Session, seed: int) -> None:
    """Run to the end from where a session stands, checking it from its beginning."""
    while run.step() is not None:
        pass
    length = run.cursor
    run.seek(0)
    contents = Contents(run)
    for step in range(1, length + 1):
        run.seek(step)
        assert contents.wrong() == [], f"seed {seed}, step {step}"


def follow(run: Session, seed: int = -1, limit: int = 5000) -> Contents:
    """Run to the end, checking every step."""
    contents = Contents(run)
    while run.cursor < limit and run.step() is not None:
        assert contents.wrong() == [], f"seed {seed}, step {run.cursor}"
    assert run.cursor < limit, f"seed {seed}: no end"
    return contents


def stuck(run: Session) -> list[int]:
    world = run.world
    return [
        thread
        for thread, program in world.programs.items()
        if world.kernel.ip_of(thread) < len(program.operations)
    ]


def nodes_of(run: Session, page: int = 0) -> dict[int, int]:
    """Node of each frame of a page, by replica."""
    rows = run.world.system.directory.rows.rows
    return {
        key[2]: row[0] >> NODE_SHIFT for key, row in sorted(rows.items()) if key[1] == DATA + page
    }


def records(run: Session, event: Event) -> list[tuple[int, int, int]]:
    return [(r.a, r.b, r.c) for _, r in run.records(1, run.cursor) if r.event == event]


@pytest.mark.parametrize("variant", VARIANTS, ids=named)
def test_no_schedule_loses_a_write_a_page_or_a_thread(
    variant: tuple[int, Agreement], full: bool
) -> None:
    placement, agreement = variant
    nodes = WITH_RELAYS if agreement.fan_out == TREE else NODES
    for seed in range(150 if full else 6):
        for pool_frames in (0, 32):
            run = world_of(
                random_programs(seed, nodes, nodes + 1), placement, agreement=agreement,
                nodes=nodes, pool_frames=pool_frames, scheduler=Seeded(seed),
                as_asked=seed % 4 == 3,
            )  # fmt: skip
            follow(run, seed)
            assert stuck(run) == [], f"seed {seed}"
            system = run.world.system
            free = sum(system.pools.left(node) for node in range(nodes))
            backed = len(system.directory.rows.rows)
            if pool_frames:
                assert free + backed == nodes * pool_frames, f"seed {seed}: a frame is lost"


def test_all_that_placement_does_is_done_in_the_random_runs() -> None:
    """Else the test above would show nothing."""
    for placement in MOVING:
        done: Counter[str] = Counter()
        for seed in range(8):
            agreement = Agreement(sample_every=1)
            programs = random_programs(seed)
            run = world_of(programs, placement, agreement=agreement, scheduler=Seeded(seed))
            follow(run, seed)
            done["copy"] += len(records(run, Event.PAGE_COPY))
            done["settled"] += len(records(run, Event.PLACEMENT))
            done["moved"] += sum(
                frame >> NODE_SHIFT != copy >> NODE_SHIFT
                for _, frame, copy in records(run, Event.PAGE_COPY)
            )
        assert min(done["copy"], done["settled"], done["moved"]) > 10, PLACEMENTS[placement]


def test_frames_settled_before_all_have_unmapped_are_noticed() -> None:
    agreement = Agreement(bugs=frozenset(NO_WAITING))
    for seed in range(60):
        run = world_of(
            random_programs(seed), REPLICATE, agreement=agreement, scheduler=Seeded(seed)
        )
        contents = Contents(run)
        while run.step() is not None:
            if contents.wrong():
                return
    pytest.fail("nobody noticed")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("placement", MOVING)
def test_every_step_can_be_taken_back(placement: int, protocol: str) -> None:
    run = world_of(
        random_programs(5), placement, agreement=Agreement(protocol, sample_every=2),
        scheduler=Seeded(5),
    )  # fmt: skip
    digests = [run.digest()]
    while run.step() is not None:
        digests.append(run.digest())
    for expected in digests[-2::-1]:
        run.back()
        assert run.digest() == expected


def test_interleaved_pages_lie_on_the_nodes_in_turn() -> None:
    run = world_of([[write(page) for page in range(PAGES)], [], []], INTERLEAVE)
    follow(run)
    assert [nodes_of(run, page)[0] for page in range(PAGES)] == [0, 1, 2, 0]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_readers_get_replicas_and_a_write_ends_them_for_good(protocol: str) -> None:
    programs = [
        [write(0), read(0)],
        [read(0), read(0), write(0), read(0)],
        [read(0), read(0)],
    ]
    run = world_of(
        programs, REPLICATE, agreement=Agreement(protocol), order=[0, 1, 2, 0, 1, 2, 1, 1]
    )
    contents = Contents(run)
    seen: list[dict[int, int]] = []
    while run.step() is not None:
        assert contents.wrong() == []
        if not seen or seen[-1] != nodes_of(run):
            seen.append(nodes_of(run))
    assert seen[0] == {}
    assert seen[1:] == [{0: 0}, {0: 0, 2: 1}, {0: 0, 2: 1, 3: 2}, {0: 1}], (
        "the writer's own is kept"
    )
    free = [run.world.system.pools.left(node) for node in range(NODES)]
    assert free == [32, 31, 32]
    assert run.world.journal.table("placement").rows == {(0, DATA, 0): COLLAPSED}
    spaces = run.world.system.roster.applications[0].spaces
    assert run.world.kernel.translate(spaces[1], DATA) is not None


def test_a_page_that_is_read_first_is_not_writable() -> None:
    run = world_of([[read(0)], [], []], REPLICATE)
    follow(run)
    space = run.world.system.roster.applications[0].spaces[0]
    found = run.world.kernel.translate(space, DATA)
    assert found is not None
    assert not found[1] & WRITE
    assert run.world.journal.table("placement").rows == {(0, DATA, 0): SHARED}


def test_a_page_used_by_its_first_node_alone_is_written_without_any_unmap() -> None:
    run = world_of([[read(0), write(0), read(0)], [], []], REPLICATE)
    follow(run)
    assert records(run, Event.SYSCALL_UNMAP) == []
    assert run.world.totals().faults == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_unmap_everywhere_frees_all_replicas(protocol: str) -> None:
    programs: list[list[Operation]] = [
        [read(0), (Op.UNMAP_GLOBAL, DATA, 1)], [read(0)], [read(0)]
    ]  # fmt: skip
    agreement = Agreement(protocol, sharers=True)
    run = world_of(programs, REPLICATE, agreement=agreement, order=[0, 1, 2, 0])
    follow(run)
    assert len(records(run, Event.PAGE_COPY)) == 2
    assert run.world.system.directory.rows.rows == {}
    assert [run.world.system.pools.left(node) for node in range(NODES)] == [32, 32, 32]
    for name in ("placement", "sharers"):
        assert run.world.journal.table(name).rows == {}


def test_nothing_that_was_counted_outlives_an_unmap_everywhere() -> None:
    programs: list[list[Operation]] = [[read(0)], [read(0), (Op.UNMAP_GLOBAL, DATA, 1)], []]
    run = world_of(programs, AUTO, agreement=Agreement(sample_every=3))
    names, seen = ("placement_counts", "sampled"), set()
    while run.step() is not None:
        seen |= {name for name in names if run.world.journal.table(name).rows}
    assert seen == set(names)
    assert [run.world.journal.table(name).rows for name in names] == [{}, {}]


@pytest.mark.parametrize("lost", [0, 1])
def test_a_frame_that_is_recovered_costs_the_others_nothing(lost: int) -> None:
    """The root pager takes back the frame that the calling node maps: a replica, or the first."""
    programs: list[list[Operation]] = [[read(0)], [read(0)], [read(0)]]
    programs[lost] = [read(0), (Op.RECOVER, DATA), read(0)]
    run = world_of(programs, REPLICATE, order=[0, 1, 2, lost, lost])
    follow(run)
    assert stuck(run) == []
    frames = [row[0] for row in run.world.system.directory.rows.rows.values()]
    taken = [a for a, b, _ in records(run, Event.IPC_SEND) if b == labels.TAKE_BACK]
    assert len(taken) == 1
    assert len(frames) == 3
    free = sum(run.world.system.pools.left(node) for node in range(NODES))
    assert free + len(frames) == NODES * 32 - 1, "one frame is used no more"


def test_a_page_moves_to_who_faults_on_it_twice() -> None:
    # Two pages and a sample at every fault: each fault takes the other page away.
    program = [read(0), read(1), read(0), read(1), write(0), write(1)]
    run = world_of(
        [[write(0), write(1)], program, []], MIGRATE, agreement=Agreement(sample_every=1)
    )
    follow(run)
    assert nodes_of(run, 0) == nodes_of(run, 1) == {0: 1}
    copies = records(run, Event.PAGE_COPY)
    assert [page for page, _, _ in copies] == [DATA, DATA + 1]
    unsampled = world_of([[write(0), write(1)], program, []], MIGRATE)
    follow(unsampled)
    assert nodes_of(unsampled, 0) == {0: 0}, "no pager hears of an access without a fault"


@pytest.mark.parametrize("protocol", [PROTOCOLS[0], IPC])
def test_where_there_is_no_room_a_page_is_used_where_it_is(protocol: str) -> None:
    """Node 1's only frame is taken: its reader is served from node 0, and refused nothing."""
    programs = [[read(0)], [read(1), read(0), read(0)], []]
    run = world_of(
        programs, REPLICATE, agreement=Agreement(protocol), pool_frames=1, order=[0, 1, 1, 1]
    )
    starve(run, 1)
    follow(run)
    assert stuck(run) == []
    assert records(run, Event.PAGE_COPY) == []
    assert nodes_of(run, 0) == {0: 0}
    assert not records(run, Event.HALT)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_memory_that_only_a_copy_wanted_costs_nobody_a_fault(protocol: str) -> None:
    """Others wait with their faults when the pager hears that there is none: they are served."""
    readers = [[read(0), read(1), read(2), read(3)], [read(3), read(2), read(1), read(0)]]
    for seed in range(12):
        run = world_of(
            [[write(page) for page in range(PAGES)], readers[0], [], [], readers[1]], REPLICATE,
            agreement=Agreement(protocol), pool_frames=0, scheduler=Seeded(seed),
        )  # fmt: skip
        starve(run, 1)
        world = run.world
        first, *others = world.programs
        while world.kernel.ip_of(first) < PAGES:
            run.step(next(action for action in world.enabled() if action[1] not in others))
        follow_from(run, seed)
        assert stuck(run) == [], f"seed {seed}"
        assert not records(run, Event.PAGE_COPY)


def starve(run: Session, node: int) -> None:
    """Let sigma0 have nothing left on a node."""
    kernel = run.world.kernel
    while run.world.system.sigma0_program.allot(node, 1, 99) is not None:
        pass
    assert kernel.machine.user_frames[node]


def test_a_copy_is_charged_by_where_it_is_read_and_written() -> None:
    here = machine(2)
    local, far = here.read_cost[0]
    zero = here.costs.page_zero
    assert copy_cycles(here, 0, 0, 0) == 4 * zero
    assert copy_cycles(here, 0, 1, 0) == 2 * zero + 2 * zero * far // local
    assert copy_cycles(here, 0, 1, 0) > copy_cycles(here, 0, 0, 0)


def use(reads: tuple[int, ...], writes: tuple[int, ...], **other: object) -> Use:
    nothing = (0,) * len(reads)
    plain = Use(0, READ, SINGLE, 0, frozenset({0}), reads, writes, 0, 10, nothing, 2)
    return plain._replace(**other)  # type: ignore[arg-type]


def test_auto_decides_by_the_published_thresholds() -> None:
    decide = policy_of(Region("r", 0, 1, placement=AUTO)).decide
    assert decide(use((MIN_SAMPLES - 1, 0), (0, 0))).what == STAY, "not enough samples"
    assert decide(use((10, 9), (1, 0))).what == SHARE, "95 % reads"
    assert decide(use((10, 8), (1, 0))).what == STAY, "94.7 %"
    assert decide(use((0, 20), (0, 0), local=79, total=100)) == (MOVE, 1)
    assert decide(use((0, 20), (0, 0), local=80, total=100)).what == STAY, "80 % are local"
    unbalanced, balanced = (30, 0, 0), (10, 11, 9)
    assert decide(use((2, 2), (2, 2), loads=unbalanced)) == (MOVE, 2)
    assert decide(use((2, 2), (2, 2), loads=balanced)).what == STAY


def test_imbalance_is_the_standard_deviation_over_the_mean() -> None:
    # Two memories, 100 ± d: the deviation is d, the mean 100.
    assert not is_unbalanced((135, 65))
    assert is_unbalanced((136, 64))
    assert not is_unbalanced((0, 0))
