"""The graph languages, read back by others' readers: every derivation is there, and no other."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import warnings
from typing import Any

import networkx as nx
import pytest

from l4numa_tui.export.formats import Options
from l4numa_tui.export.networks import database_graph
from l4numa_tui.kernel.mapping_database import SIGMA0, space_of
from l4numa_tui.machine.machine import frame_text
from l4numa_tui.world.session import Session
from tests.export.export_worlds import (
    SEEDS,
    entry_name,
    expected_edges,
    moment,
    renamed,
    shipped,
    text_of,
)
from tests.worlds import random_session

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pydot

FEW = SEEDS[:2]  # pydot takes its time
NODE = re.compile(r'    (\w+)(\(|\[\[)"([^"]*)"(\)|\]\]):::(\w+)')
EDGE = re.compile(r"    (\w+) (-->|==>|-\. grant \.->|-\.->) (\w+)")
ALONG = {"-->": "local", "==>": "cross", "-. grant .->": "grant", "-.->": "gone"}

Edges = set[tuple[str, str]]


def read_dot(text: str) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Vertices with their labels, arcs with what they are: by pydot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graphs = pydot.graph_from_dot_data(text)
    assert graphs
    (graph,) = graphs
    labels: dict[str, str] = {}
    arcs: dict[tuple[str, str], str] = {}
    for cluster in graph.get_subgraphs():
        for vertex in cluster.get_nodes():
            if vertex.get_name() != "graph":
                label = vertex.get("label")
                labels[vertex.get_name()] = re.sub(r"\\(.)", r"\1", label[1:-1])
        for arc in cluster.get_edges():
            style = (arc.get("style") or "").strip('"')
            kind = {"dashed": "grant", "dotted": "gone"}.get(style)
            double = "crosses" in (arc.get("tooltip") or "")
            arcs[str(arc.get_source()), str(arc.get_destination())] = kind or (
                "cross" if double else "local"
            )
    return labels, arcs


def read_mermaid(text: str) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """The same of a flowchart, by the shapes of its lines."""
    labels, arcs = {}, {}
    for line in text.splitlines():
        if match := NODE.fullmatch(line):
            labels[match[1]] = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), match[3])
        elif match := EDGE.fullmatch(line):
            arcs[match[1], match[3]] = ALONG[match[2]]
    return labels, arcs


def folded_in(labels: dict[str, str]) -> int:
    """How many entries the folded runs stand for."""
    return sum(
        int(label.rsplit(": ", 1)[1].split()[0].replace(" ", ""))
        for name, label in labels.items()
        if name.startswith(("run_", "bundle_"))
    )


@pytest.mark.parametrize("seed", FEW)
def test_unfolded_both_languages_have_every_derivation_and_no_other(seed: int) -> None:
    of = moment(seed)
    kernel, expected = of.world.kernel, expected_edges(of)
    labels, arcs = read_dot(text_of(of, "dot", unfold=True))
    assert (labels, arcs) == read_mermaid(text_of(of, "mermaid", unfold=True)), f"seed {seed}"
    assert {arc for arc, kind in arcs.items() if kind != "gone"} == expected, f"seed {seed}"
    for entry, row in kernel.database.entries.rows.items():
        if space_of(row[2]) != SIGMA0:
            homes = {kernel.spaces.rows[space_of(each)][0] for each in (entry, row[2])}
            kind = arcs[entry_name(row[2]), entry_name(entry)]
            assert kind == ("cross" if len(homes) > 1 else "local"), f"seed {seed}"
        home = kernel.spaces.rows[space_of(entry)][0]
        assert f"N{home} " in labels[entry_name(entry)]
    roots = {name for name in labels if name.startswith("frame_")}
    assert roots == {arc[0] for arc in arcs if arc[0].startswith("frame_")}


@pytest.mark.parametrize("seed", FEW)
@pytest.mark.parametrize("nodes", [3, 12])
def test_folded_nothing_is_lost_from_the_count(seed: int, nodes: int) -> None:
    of = random_session(seed, nodes=nodes, pool_frames=7)
    of.run(10_000)
    for labels, arcs in (
        read_dot(text_of(of, "dot")),
        read_mermaid(text_of(of, "mermaid")),
    ):
        assert any(name.startswith("bundle_") for name in labels) == (nodes > 6)
        shown = [
            arc for arc, kind in arcs.items() if kind != "gone" and not arc[1].startswith("bundle_")
        ]
        entries = len(of.world.kernel.database.entries.rows)
        assert len(shown) + folded_in(labels) == entries, f"seed {seed}"
        assert set(shown) < expected_edges(of), f"seed {seed}"


def test_what_the_last_step_removed_is_still_there_and_grants_are_dashed() -> None:
    of = shipped("grant-with-children")
    granted = [arc for arc, kind in read_dot(text_of(of, "dot"))[1].items() if kind == "grant"]
    assert len(granted) == 1
    assert shows_what_is_gone(of) + shows_what_is_gone(shipped("sibling-pagers")) > 3


def shows_what_is_gone(of: Session) -> int:
    """Check every step of a run, from its end; how many entries were gone in all."""
    total = 0
    while of.cursor:
        labels, arcs = read_mermaid(text_of(of, "mermaid"))
        gone = {name for name in labels if name.startswith("gone_")}
        assert gone == {arc[1] for arc, kind in arcs.items() if kind == "gone"}
        removed = {
            entry_name(key)
            for table, key, old, new in of.change(of.cursor).changes()
            if table == "mdb" and old is not None and new is None
        }
        assert {name.removeprefix("gone_") for name in gone} == removed
        if gone or not of.cursor % 5:
            assert (labels, arcs) == read_dot(text_of(of, "dot"))
        total += len(gone)
        of.back()
    return total


def test_one_frame_is_one_tree() -> None:
    of = moment(3)
    _, arcs = read_mermaid(text_of(of, "mermaid", unfold=True))
    frames = sorted({source for source, _ in arcs if source.startswith("frame_")})
    together: dict[tuple[str, str], str] = {}
    for frame in frames:
        number = int(frame.removeprefix("frame_"), 16)
        labels, part = read_mermaid(text_of(of, "mermaid", frame=number))
        assert labels[frame] == frame_text(number)
        together |= part
    assert together == arcs


@pytest.mark.parametrize("name", ["superpage-split", "cycle", "overmap-ancestor", "holes"])
def test_graphs_of_large_and_odd_mappings_hold_every_derivation(name: str) -> None:
    of = shipped(name)
    for step in range(of.length, 0, -1):
        of.seek(step)
        graph = database_graph(of, Options())
        assert len(graph.edges) == len(of.world.kernel.database.entries.rows)
        assert all(set(data) >= {"frame", "pages", "label"} for _, data in graph.nodes(data=True))
        assert not graph or nx.is_forest(graph.to_undirected())


def read_back(of: Session) -> tuple[Any, Any]:
    text = text_of(of, "graphml")
    from_xml = nx.read_graphml(io.BytesIO(text.encode()), node_type=int)
    from_json = nx.node_link_graph(json.loads(text_of(of, "json")), edges="edges")
    return from_xml, from_json


@pytest.mark.parametrize("seed", SEEDS)
def test_networkx_reads_back_the_very_graph(seed: int) -> None:
    of = moment(seed)
    graph = database_graph(of, Options(source="test"))
    from_xml, from_json = read_back(of)
    assert nx.utils.graphs_equal(from_json, graph), f"seed {seed}"
    assert from_json.graph == graph.graph
    assert dict(from_xml.nodes(data=True)) == dict(graph.nodes(data=True)), f"seed {seed}"
    assert list(from_xml.edges(data=True)) == list(graph.edges(data=True)), f"seed {seed}"
    assert from_xml.graph["title"] == graph.graph["title"]


def test_networkx_reads_hostile_names_back() -> None:
    of = renamed(moment(1))
    graph = database_graph(of, Options(source="test"))
    for read in read_back(of):
        assert dict(read.nodes(data=True)) == dict(graph.nodes(data=True))


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
def test_graphviz_draws_every_vertex_whatever_it_is_called() -> None:
    of = renamed(moment(4))
    text = text_of(of, "dot", unfold=True)
    drawn = subprocess.run(["dot", "-Tjson0"], input=text.encode(), capture_output=True, check=True)
    assert not drawn.stderr
    objects = json.loads(drawn.stdout)["objects"]
    labels, _ = read_mermaid(text_of(of, "mermaid", unfold=True))
    found = {each["name"]: each["label"] for each in objects if "nodes" not in each}
    assert found.keys() == labels.keys()


def test_a_flowchart_too_large_for_mermaids_limits_says_so() -> None:
    of = moment(0)
    assert "maxEdges" not in text_of(of, "mermaid")
    large = random_session(0, nodes=4)
    large.run(10_000)
    rows = len(expected_edges(large))
    assert rows > 500
    assert f"maxEdges {rows} " in text_of(large, "mermaid", unfold=True).split("\n", 1)[0]
