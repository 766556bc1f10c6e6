"""The kernel against its model once more, the programs chosen and made small by Hypothesis."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.kernel.programs import FRAME_OF_NODE, NODES, SPACES, Shape
from tests.kernel.rig import Rig

SLOTS = st.integers(1, SPACES)
THREADS = st.integers(0, 2 * SPACES - 1)
RIGHTS = st.sampled_from((7, 6, 4, 5, 3, 2, 1, 0))
PAGES = st.one_of(st.integers(0, 7), st.sampled_from((508, 512, 1 << 18, 1 << 27)))
FRAMES = st.builds(
    lambda node, at: node * FRAME_OF_NODE + at,
    st.integers(0, NODES - 1),
    st.sampled_from((0, 1, 4, 512)),
)
SIZES = st.sampled_from((12, 13, 14, 16))
LARGE_SIZES = st.sampled_from((12, 13, 16, 21, 22))
WINDOWS = st.sampled_from((0, 12, 13, 14, 21, 48))


class KernelAgainstModel(RuleBasedStateMachine):
    """Every rule is a step of the rig, which compares everything after each."""

    large_pages = False
    sizes: st.SearchStrategy[int] = SIZES

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig(Shape())

    @initialize(
        homes=st.tuples(*(st.integers(0, NODES - 1) for _ in range(SPACES))),
        tlb_entries=st.sampled_from((0, 1, 2, 4)),
        tlb_tagged=st.booleans(),
        exempt=st.sampled_from(((), ((1, 1, 4),), ((2, 0, 2), (3, 3, 6)))),
    )
    def begin(
        self,
        homes: tuple[int, ...],
        tlb_entries: int,
        tlb_tagged: bool,
        exempt: tuple[tuple[int, int, int], ...],
    ) -> None:
        shape = Shape(homes, tlb_entries, tlb_tagged, 512, self.large_pages, exempt)
        self.rig = Rig(shape)

    @rule(receiver=SLOTS, frame=FRAMES, rights=RIGHTS, page=PAGES, data=st.data())
    def map_memory(
        self, receiver: int, frame: int, rights: int, page: int, data: st.DataObject
    ) -> None:
        size = data.draw(self.sizes)
        self.rig.do(("map", 0, receiver, frame << 12, size, rights, 0, 48, page << 12))

    @rule(
        kind=st.sampled_from(("map", "map", "grant")), sender=SLOTS,
        receiver=st.integers(0, SPACES),
        page=PAGES, rights=RIGHTS, to=PAGES, window=WINDOWS, spot=PAGES, data=st.data(),
    )  # fmt: skip
    def pass_on(
        self, kind: str, sender: int, receiver: int, page: int, rights: int, to: int, window: int,
        spot: int, data: st.DataObject,
    ) -> None:  # fmt: skip
        size = data.draw(self.sizes)
        step = (kind, sender, receiver, page << 12, size, rights, to << 12, window, spot << 12)
        self.rig.do(step)

    @rule(
        kind=st.sampled_from(("unmap", "flush")), slot=st.integers(0, SPACES), page=PAGES,
        rights=RIGHTS, data=st.data(),
    )  # fmt: skip
    def revoke(self, kind: str, slot: int, page: int, rights: int, data: st.DataObject) -> None:
        size = data.draw(st.one_of(self.sizes, st.just(48)))
        self.rig.do((kind, slot, page << 12, size, rights))

    @rule(which=THREADS, page=PAGES, right=st.sampled_from((4, 2, 1)))
    def access(self, which: int, page: int, right: int) -> None:
        self.rig.do(("access", which, page << 12, right))

    @rule(which=THREADS)
    def run_thread(self, which: int) -> None:
        self.rig.do(("run", which))

    @rule(slot=SLOTS)
    def end_and_begin(self, slot: int) -> None:
        self.rig.do(("end", slot))
        self.rig.do(("new", slot))

    def teardown(self) -> None:
        self.rig.finish()


class LargePages(KernelAgainstModel):
    """The same with 2 MiB entries, which any of these steps may split."""

    large_pages = True
    sizes = LARGE_SIZES


TestKernelAgainstModel = KernelAgainstModel.TestCase
TestKernelAgainstModel.settings = settings(max_examples=250, stateful_step_count=40)
TestLargePages = LargePages.TestCase
TestLargePages.settings = settings(max_examples=40, stateful_step_count=30)
