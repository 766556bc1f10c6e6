"""Whatever a file holds, it is read or refused with one clear line."""

from __future__ import annotations

import random

import pytest

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import Topology
from l4numa_tui.topology.load import read_topology
from l4numa_tui.topology.named import named_machine
from tests.topology.samples import hwloc_text, mutated, numactl_text, sample, toml_text

SMALL = named_machine("kunpeng920-4n")
SEEDS = {
    "numactl": numactl_text(SMALL),
    "numactl compressed": numactl_text(SMALL, compressed=True),
    "hwloc": hwloc_text(SMALL, [3, 1, 0, 2]),
    "mlc": sample("mlc-8269cy.txt"),
    "both": sample("log-of-one-machine.txt"),
    "toml": toml_text(SMALL),
    "toml short": 'nodes = 4\ncpus_per_node = 2\nmemory_per_node = "4 MiB"\nremote = 20\n',
    "toml inline": "node = [{cpus = '0-1', memory = 4}, {id = 7}]\nlatency_ns = [[1,2],[2.5,1]]\n",
}
ROUNDS = 400


@pytest.mark.parametrize("kind", SEEDS)
def test_mutated_descriptions_are_read_or_refused(kind: str) -> None:
    chance = random.Random(f"topology {kind}")
    refused = 0
    for _ in range(ROUNDS):
        text = mutated(SEEDS[kind], chance)
        found = outcome(text)
        if isinstance(found, str):
            refused += 1
            assert found.startswith("m")
            assert found.isprintable()
        else:
            assert 1 <= len(found.nodes) == len(found.slit)
    assert 0 < refused < ROUNDS


def outcome(text: str) -> Topology | str:
    try:
        return read_topology(text, "m")
    except UserError as error:
        return str(error)
