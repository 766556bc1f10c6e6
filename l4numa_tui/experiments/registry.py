"""The experiments by their names, each with its claim and the place of that in the paper.

The paper has no page numbers here. Its places are named by paragraph: introduction, design,
prototype, evaluation outlook, and the abstract-like summary after them.
"""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.experiments import (
    e1_establish,
    e2_faults,
    e3_unmap,
    e4_locality,
    e5_node_local,
    e6_migration,
    e7_authority,
    e8_break_even,
    e9_lazy_eager,
)
from l4numa_tui.experiments.model import MAX_FAULTS, YES_OR_NO, Chart, Column, Experiment

_NODES = Column("nodes", "nodes")
_FAULTS = Column("faults", "faults")
_MESSAGES = Column("messages", "messages")
_LAZILY = "the paragraph on lazy synchronisation, after the prototype's description"
_STEPPED = Column("stepped_equal", "steps = replay", YES_OR_NO)

EXPERIMENTS = (
    Experiment(
        id="E1",
        title="n pagefaults make a mapping global",
        claim="A mapping that is global on n nodes has cost n pagefaults, because the per-node"
        " spaces are brought into agreement lazily.",
        place=_LAZILY,
        expected="exactly n faults and n leaf entries a page, one on each home node, one frame",
        method="one thread per node touches every page once; counted at the end",
        columns=(
            _NODES, Column("pages", "pages"), _FAULTS, Column("leaf_entries", "leaf entries"),
            Column("homes", "homes"), Column("most_per_home", "most on one home"),
            Column("frames", "frames"), _MESSAGES, Column("cycles_per_fault", "cycles/fault"),
            _STEPPED,
        ),
        chart=Chart("pagefaults until the mapping is global", "nodes", ("faults",)),
        run=e1_establish.run,
        judge=e1_establish.judge,
        pages=1,
        limit=MAX_FAULTS,
        options=frozenset({"pages"}),
    ),
    Experiment(
        id="E2",
        title="Mostly local work faults about as often as in one space",
        claim="If parallel threads work mainly on data of their own, there are about as many"
        " pagefaults as with a single address space.",
        place=_LAZILY,
        expected="faults = the sum over the nodes of the pages touched there; little more than with"
        " one space for programs that share few pages, clearly more for others",
        method="recorded programs (mt: a small program whose threads share most of what they"
        " touch; zstd -T4: threads that hand data on; xz -T4: threads with large data of their own)"
        " and a made one of 64 threads with 1 % shared pages, threads in turn over the nodes, once"
        " with per-node spaces and once with one space",
        columns=(
            Column("program", "program"), Column("threads", "threads"), _NODES,
            Column("pages", "pages"), Column("shared_pages", "shared"), _FAULTS,
            Column("expected", "sum of pages"), Column("one_space", "one space"),
            Column("ratio", "ratio", 3), _MESSAGES,
        ),
        chart=Chart("pagefaults, as a multiple of one space's", "nodes", ("ratio",), "program"),
        run=e2_faults.run,
        judge=e2_faults.judge,
        pages=6400,
        options=frozenset({"pages", "trace"}),
    ),
    Experiment(
        id="E3",
        title="A global unmap must notify everybody, and costs more",
        claim="A pager that wants a page unmapped everywhere must notify all the other pagers,"
        " which makes unmap the more expensive operation.",
        place="the paragraph on what a pager can unmap, the last of the running text",
        expected="2(n-1) messages between pagers; the wait grows linearly if they are told one"
        " after the other, with log2 n along a tree; dearer than one space's interrupts",
        method="a page mapped on all nodes (half told: on every second, and the pagers know where)"
        " is unmapped by the first; `work` is the cycles of all CPUs, `latency` what the thread"
        " waits if CPUs run side by side",
        columns=(
            Column("how", "how"), _NODES, Column("mapped", "mapped on"), _MESSAGES,
            Column("ipis", "IPIs"), Column("work", "work"), Column("latency", "latency"),
        ),
        chart=Chart("cycles that the caller waits", "nodes", ("latency",), "how"),
        run=e3_unmap.run,
        judge=e3_unmap.judge,
    ),
    Experiment(
        id="E4",
        title="The kernel's own structures become local",
        claim="With a home node for each space, page tables and mapping entries lie on the node on"
        " which the space is active.",
        place="the prototype's paragraph on home nodes, and again in the closing summary",
        expected="no remote touch of page tables and mapping entries with per-node spaces; with one"
        " space (n-1)/n of the walks are remote",
        method="the same accesses, shared and own pages in equal parts, more of them than the TLB"
        " holds; memory was given to the pagers at boot, by the root pager, which is not counted",
        columns=(
            Column("design", "design"), _NODES, _FAULTS, Column("walks", "walks"),
            Column("kernel_local", "local touches"), Column("kernel_remote", "remote touches"),
            Column("remote_share", "remote/walks", 3), Column("walk_cycles", "cycles/walk", 1),
            _STEPPED,
        ),
        chart=Chart("remote kernel touches per walk", "nodes", ("remote_share",), "design"),
        run=e4_locality.run,
        judge=e4_locality.judge,
        pages=80,
        limit=100_000,
        options=frozenset({"pages"}),
    ),
    Experiment(
        id="E5",
        title="Node-local regions come for free",
        claim="One virtual address can stand for another frame on each node, as code replication"
        " needs: one merely leaves such mappings unsynchronised.",
        place="the design's paragraph on what is left to user level",
        expected="no remote fetch, n frames a page, no message between nodes",
        method="every node runs the same code four times, from a node-local and a global region",
        columns=(
            Column("region", "region"), _NODES, Column("pages", "pages"), _FAULTS,
            Column("frames", "frames"), Column("fetches", "fetches"),
            Column("remote_fetches", "remote"), Column("cross_messages", "across nodes"),
            Column("directory_remote", "remote look-ups"), _STEPPED,
        ),
        chart=Chart("remote instruction fetches", "nodes", ("remote_fetches",), "region", "bars"),
        run=e5_node_local.run,
        judge=e5_node_local.judge,
        pages=6,
        limit=200_000,
        options=frozenset({"pages"}),
    ),
    Experiment(
        id="E6",
        title="Migration is another space",
        claim="A thread that migrates to another node goes into another address space.",
        place="the design's paragraph on what is left to user level",
        expected="as many faults as pages of its working set are not yet mapped where it arrives;"
        " coming home costs none",
        method="a privileged thread moves another once round all nodes by Schedule and"
        " ThreadControl; it uses all its pages at each stop, some of which others mapped before",
        columns=(
            _NODES, Column("pages", "pages"), Column("moves", "moves"),
            Column("mapped_before", "mapped before"), Column("refaults", "refaults"),
            Column("back_faults", "faults at home"), _MESSAGES,
            Column("cycles_abroad", "cycles abroad"), Column("cycles_back", "cycles back"),
        ),
        chart=Chart("faults of a round trip", "nodes", ("refaults", "back_faults"), "", "bars"),
        run=e6_migration.run,
        judge=e6_migration.judge,
        pages=12,
        limit=100_000,
        options=frozenset({"pages"}),
    ),
    Experiment(
        id="E7",
        title="A pager can only unmap what it established",
        claim="A pager's unmap reaches only the mappings that it has established itself.",
        place="the paragraph on what a pager can unmap, the last of the running text",
        expected="another pager's unmap of the same frame has no effect; who notifies nobody leaves"
        " n-1 stale mappings; who notifies all, none",
        method="a page mapped on all nodes; the checker compares every mapping with the directory",
        columns=(
            Column("unmap", "unmap"), _NODES, _MESSAGES, Column("first_lost", "lost by node 0"),
            Column("mapped_left", "still mapped"), Column("stale", "stale"),
            Column("stale_nodes", "on nodes"),
        ),
        chart=Chart("stale mappings after an unmap", "nodes", ("stale",), "unmap", "bars"),
        run=e7_authority.run,
        judge=e7_authority.judge,
    ),
    Experiment(
        id="E8",
        title="When does moving a page pay?",
        claim="Remote reads of 1.4 times the local ones make locality paramount; replication and"
        " migration are the usual means.",
        place="the introduction, on bandwidth, the ratio of the lab's Opteron, and its remedies",
        expected="never at ratio 1; the sooner the higher the ratio; about 130 misses a page at"
        " 1.4 for a copy and a fault alone",
        method="copy from the cost profile, fault and unmap as the simulation has them;"
        " `confirmed`: a run with so many misses is over sooner if the page moves first, one"
        " with fewer is not",
        columns=(
            _NODES, Column("ratio", "ratio", 2), Column("gain", "gain/miss"),
            Column("copy", "copy"), Column("refault", "refault"),
            Column("unmap_here", "unmap here"), Column("unmap_everywhere", "everywhere"),
            Column("copy_and_fault", "copy+fault"), Column("fixed", "if as at 1.4"),
            Column("replicate", "replicate"), Column("migrate", "migrate"),
            Column("confirmed", "confirmed", YES_OR_NO),
        ),
        chart=Chart(
            "misses a page until it pays, over the ratio of remote to local", "ratio",
            ("replicate", "migrate"), "nodes",
        ),
        run=e8_break_even.run,
        judge=e8_break_even.judge,
        nodes=(2, 8),
    ),
    Experiment(
        id="E9",
        title="Lazy agreement beside eager",
        claim="Per-node spaces are brought into agreement lazily, by pagefaults, rather than at"
        " once on all nodes.",
        place=_LAZILY,
        expected="eager agreement saves the faults of nodes that use a page as well; where one node"
        " uses it, it costs more kernel memory and makes map and, still more, unmap dearer",
        method="the paper's pagers, lazy (per-node) and eager, and page tables that the kernel"
        " replicates lazily (mitosis-lazy) or at once (mitosis): pages that one node uses each, and"
        " pages that all nodes use, are mapped and then unmapped everywhere; work is the cycles of"
        " all CPUs",
        columns=(
            Column("use", "used by"), Column("design", "design"), _NODES,
            Column("pages", "pages"), _FAULTS, _MESSAGES, Column("kernel_bytes", "kernel bytes"),
            Column("map_work", "map work"), Column("unmap_messages", "unmap messages"),
            Column("unmap_ipis", "unmap IPIs"), Column("unmap_work", "unmap work"),
        ),
        chart=Chart("cycles until all is mapped", "nodes", ("map_work",), "case"),
        run=e9_lazy_eager.run,
        judge=e9_lazy_eager.judge,
        pages=64,
        limit=50_000,
        options=frozenset({"pages"}),
    ),
)  # fmt: skip


def experiment_of(name: str) -> Experiment:
    """The experiment called `name`, in capitals or not; UserError if there is none."""
    for experiment in EXPERIMENTS:
        if experiment.id == name.upper():
            return experiment
    raise UserError(
        f"there is no experiment {name[:20]!r}", ", ".join(e.id for e in EXPERIMENTS) + " or all"
    )
