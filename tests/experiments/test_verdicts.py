"""A verdict comes from the figures: falsify one, and it says so."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cache

import pytest

from l4numa_tui.experiments import e2_faults, e3_unmap
from l4numa_tui.experiments.fit import least_squares, linear_and_logarithmic
from l4numa_tui.experiments.model import (
    FAILS,
    HOLDS,
    LIMITED,
    OPEN,
    Row,
    Settings,
    run_experiment,
)
from l4numa_tui.experiments.registry import EXPERIMENTS, experiment_of

EXPECTED = {"E2": LIMITED, "E8": LIMITED}


@cache
def measured(name: str) -> list[Row]:
    return run_experiment(experiment_of(name), Settings(nodes=(1, 2, 4))).rows


def rows_of(name: str) -> list[Row]:
    return copy.deepcopy(measured(name))


@pytest.mark.parametrize("name", [each.id for each in EXPERIMENTS])
def test_what_was_measured_bears_the_claim_out(name: str) -> None:
    verdict = experiment_of(name).judge(rows_of(name))
    assert verdict.outcome == EXPECTED.get(name, HOLDS), verdict


FALSE = [
    ("E1", {}, "faults", 1), ("E1", {}, "leaf_entries", -1), ("E1", {}, "homes", -1),
    ("E1", {}, "most_per_home", 1), ("E1", {}, "frames", 1), ("E1", {}, "stepped_equal", -1),
    ("E2", {}, "faults", 1), ("E2", {"program": "even"}, "faults", -1),
    ("E3", {"how": "sequential"}, "messages", 1), ("E3", {"how": "one space"}, "messages", 1),
    ("E3", {"how": "tree"}, "messages", -1), ("E3", {"how": "half told"}, "messages", 2),
    ("E3", {"how": "one space"}, "latency", 1_000_000),
    ("E4", {"design": "per node"}, "kernel_remote", 1),
    ("E4", {"design": "one space"}, "kernel_remote", -1), ("E4", {}, "stepped_equal", -1),
    ("E5", {"region": "node-local"}, "remote_fetches", 1),
    ("E5", {"region": "node-local"}, "frames", -1),
    ("E5", {"region": "node-local"}, "cross_messages", 1),
    ("E5", {"region": "global"}, "stepped_equal", -1),
    ("E6", {}, "refaults", 1), ("E6", {}, "refaults", -1), ("E6", {}, "back_faults", 1),
    ("E7", {"unmap": "wrong pager"}, "first_lost", 1),
    ("E7", {"unmap": "wrong pager"}, "mapped_left", -1),
    ("E7", {"unmap": "all notified"}, "stale", 1),
    ("E7", {"unmap": "nobody notified"}, "stale", -1),
    ("E9", {"use": "all nodes"}, "faults", 1), ("E9", {"use": "one node"}, "faults", -1),
    ("E9", {"use": "one node", "design": "mitosis"}, "kernel_bytes", -(1 << 30)),
    ("E9", {"use": "one node", "design": "mitosis"}, "unmap_work", -(1 << 30)),
    ("E9", {"use": "one node", "design": "mitosis-lazy"}, "map_work", 1 << 30),
    ("E8", {"ratio": 1.4}, "confirmed", -1), ("E8", {"ratio": 1.4}, "migrate", 100_000),
]  # fmt: skip


@pytest.mark.parametrize(("name", "where", "key", "by"), FALSE)
def test_a_false_figure_turns_the_verdict(name: str, where: Row, key: str, by: int) -> None:
    judge = experiment_of(name).judge
    rows = rows_of(name)
    chosen = [
        row
        for row in rows
        if all(row[k] == v for k, v in where.items()) and row["nodes"] != 1 and row[key] is not None
    ]
    for row in chosen:
        before = row[key]
        assert isinstance(before, int)
        row[key] = before + by
        assert judge(rows).outcome == FAILS, f"{key} {before} -> {row[key]} in {row}"
        row[key] = before
    assert chosen
    assert judge(rows).outcome != FAILS


def e2_rows(**ratios: float) -> list[Row]:
    return [
        {
            "program": name, "nodes": nodes, "faults": 1, "expected": 1, "pages": 10,
            "shared_pages": 3, "ratio": 1.0 if nodes == 1 else ratio,
        }
        for name, ratio in ratios.items()
        for nodes in (1, 2)
    ]  # fmt: skip


def test_e2_says_for_whom_it_does_not_hold_and_why() -> None:
    assert e2_faults.judge(e2_rows(a=1.05, b=1.1)).outcome == HOLDS
    both = e2_faults.judge(e2_rows(a=1.05, b=1.4))
    assert both.outcome == LIMITED
    assert "b exceeds it" in both.why
    assert "30.0 % of its 10 pages" in both.why
    assert e2_faults.judge(e2_rows(a=1.11)).outcome == FAILS
    assert e2_faults.judge(e2_rows(a=1.0)[:1]).outcome == OPEN


def e3_rows(sequential: list[int], single: int = 10, tree: Sequence[int] = ()) -> list[Row]:
    nodes = [2**k for k in range(len(sequential))]
    rows: list[Row] = [
        {"how": how, "nodes": n, "mapped": n, "messages": 2 * (n - 1), "latency": cycles}
        for how, waits in (("sequential", sequential), ("tree", tree))
        for n, cycles in zip(nodes, waits, strict=False)
    ]
    rows += [{"how": "one space", "nodes": n, "messages": 0, "latency": single} for n in nodes]
    return rows


def test_e3_fits_the_shape_to_the_points() -> None:
    straight = e3_unmap.judge(e3_rows([100 + 50 * 2**k for k in range(6)]))
    assert straight.outcome == HOLDS
    assert "sequential: linear, 100 + 50 n" in straight.why
    bent = e3_unmap.judge(e3_rows([100 + 50 * k for k in range(6)]))
    assert bent.outcome == LIMITED, "in turn it should not be logarithmic"
    assert "logarithmic, 100 + 50 log2 n" in bent.why
    line, curve = [100 + 50 * 2**k for k in range(6)], [100 + 50 * k for k in range(6)]
    assert e3_unmap.judge(e3_rows(line, tree=curve)).outcome == HOLDS
    slow = e3_unmap.judge(e3_rows(line, tree=line))
    assert slow.outcome == LIMITED, "a tree should not be linear"
    few = e3_unmap.judge(e3_rows([100, 150, 200]))
    assert "too few" in few.why


def test_least_squares_on_points_of_a_known_line() -> None:
    fit = least_squares([(0, 1), (1, 3), (2, 5), (3, 7)])
    assert (fit.base, fit.slope, fit.r2) == pytest.approx((1, 2, 1))
    # By hand: Sxy = 3, Sxx = Syy = 5, both means 1.5; R2 = Sxy squared over Sxx Syy.
    noisy = least_squares([(0, 1), (1, 0), (2, 3), (3, 2)])
    assert (noisy.base, noisy.slope, noisy.r2) == pytest.approx((0.6, 0.6, 0.36))
    with pytest.raises(ValueError, match="2 points"):
        least_squares([(1, 1), (2, 2)])
    with pytest.raises(ValueError, match="same x"):
        least_squares([(1, 1), (1, 2), (1, 3)])
    line, curve = linear_and_logarithmic([(1, 0), (2, 1), (4, 2), (8, 3)])
    assert curve.r2 == pytest.approx(1)
    assert line.r2 < 0.95
