"""The networkx mirror: after any moves it equals one built anew, and the database itself."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of
from l4numa_tui.views.mdb_graph import MdbMirror
from l4numa_tui.world.schedulers import Seeded
from tests.views.forest_worlds import History, KernelHistory
from tests.views.pane_worlds import make_session

_MOVES = st.lists(st.sampled_from(("step", "step", "step", "back", "seek")), max_size=50)


def contents(mirror: MdbMirror) -> tuple[dict[int, dict[str, int]], set[tuple[int, int]]]:
    """Nodes with their attributes, and edges."""
    return {node: dict(data) for node, data in mirror.graph.nodes(data=True)}, set(
        mirror.graph.edges
    )


@pytest.mark.parametrize("wild", [False, True])
@settings(max_examples=20)
@given(seed=st.integers(0, 1000), moves=_MOVES)
def test_the_mirror_equals_one_built_anew(wild: bool, seed: int, moves: list[str]) -> None:
    past = KernelHistory(seed) if wild else History(make_session(3, 0, Seeded(seed)))
    mirror = MdbMirror(past.world)
    assert mirror.graph is mirror.graph
    for place, move in enumerate(moves):
        if move == "seek":
            past.seek(place * 7 % past.length)
            mirror.rebuild()
        else:
            change = past.step() if move == "step" else past.back()
            if change is not None:
                mirror.apply(change, move == "step")
        assert contents(mirror) == contents(MdbMirror(past.world))


def test_the_mirror_says_what_the_database_says() -> None:
    past = History(make_session(2, 4))
    while past.step():
        pass
    database, graph = past.world.kernel.database, MdbMirror(past.world).graph
    roots = {row[2] for row in database.entries.rows.values() if space_of(row[2]) == SIGMA0}
    assert set(graph.nodes) == database.entries.rows.keys() | roots
    assert entry_id(SIGMA0, 0) in roots
    for entry, data in graph.nodes(data=True):
        found = database.find(entry)
        assert found is not None
        assert (data["frame"], data["rights"], data["depth"]) == (
            found.frame,
            found.rights,
            found.depth,
        )
        assert entry == entry_id(data["space"], data["vpn"])
        assert data["home"] == past.world.kernel.spaces.rows[data["space"]][0]
        assert set(graph.successors(entry)) == set(database.children(entry))


def test_nothing_is_built_before_somebody_asks() -> None:
    code = (
        "import sys\n"
        "from tests.views.pane_worlds import make_session\n"
        "from l4numa_tui.views.mdb_graph import MdbMirror\n"
        "session = make_session(2, 4)\n"
        "mirror = MdbMirror(session.world)\n"
        "mirror.apply(session.step())\n"
        "assert 'networkx' not in sys.modules\n"
        "assert len(mirror.graph) and 'networkx' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
