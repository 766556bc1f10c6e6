"""`[pagers]`: how the node pagers of a scenario keep global pages in agreement."""

from __future__ import annotations

from l4numa_tui.machine.machine import Machine
from l4numa_tui.scenario.model import ScenarioSpec
from l4numa_tui.scenario.where import Where, quoted
from l4numa_tui.userland.agreement.options import (
    BUGS,
    DERIVATIONS,
    FAN_OUTS,
    IPC,
    LOOK_THEN_TAKE,
    OWNER,
    PROTOCOLS,
    Agreement,
)
from l4numa_tui.userland.regions import AUTO, MIGRATE, PLACEMENTS, REPLICATE

_SAMPLED = (PLACEMENTS[MIGRATE], PLACEMENTS[AUTO])
_MOVING = (PLACEMENTS[REPLICATE], *_SAMPLED)


def agreement_of(spec: ScenarioSpec, machine: Machine, where: Where) -> Agreement:
    """Return what `[pagers]` asks for; UserError for unknown words, and for what does not go."""
    table = spec.pagers
    for value, choices, key in (
        (table.protocol, PROTOCOLS, "protocol"),
        (table.fan_out, FAN_OUTS, "fan_out"),
        (table.derivation, DERIVATIONS, "derivation"),
    ):
        where.choose(value, dict.fromkeys(choices), "pagers", key)
    for letter in table.mistakes:
        if letter not in BUGS:
            known = ", ".join(f"{each} ({text})" for each, text in BUGS.items())
            what = f"there is no mistake {quoted(letter)}"
            raise where.error(what, f"letters of {known}", "pagers", "mistakes")
    for node in table.deaf:
        if node >= machine.nodes or not machine.node_cpus[node]:
            raise where.error(f"node {node} has no pager", "a node with CPUs", "pagers", "deaf")
    if table.derivation == OWNER and table.sharers:
        what = "`sharers` does not go with derivation by owner"
        raise where.error(what, "one of the two: the owner is told in any case", "pagers")
    if table.derivation == OWNER and table.protocol == IPC and table.eager:
        what = "`eager` does not go with derivation by owner under the protocol ipc"
        expected = "a directory, in which a pager that had to wait for the frame can look again"
        raise where.error(what, expected, "pagers")
    if table.protocol == IPC and LOOK_THEN_TAKE in table.mistakes:
        what = f"mistake {LOOK_THEN_TAKE} does not go with the protocol {IPC}"
        raise where.error(what, "a shared directory, in which two may look at once", "pagers")
    _check_placements(spec, where)
    return Agreement(
        table.protocol, table.eager, table.fan_out, table.sharers, table.derivation,
        frozenset(table.mistakes), frozenset(table.deaf), table.sample_every,
    )  # fmt: skip


def _check_placements(spec: ScenarioSpec, where: Where) -> None:
    """UserError where a region's placement does not go with what `[pagers]` says."""
    table, sampled = spec.pagers, False
    for index, region in enumerate(spec.region):
        path, placement = ("region", index, "placement"), region.placement
        if placement in _SAMPLED:
            sampled = True
            if not table.sample_every:
                what = f"placement {placement} without samples"
                raise where.error(what, "`sample_every` in `[pagers]`, 1 or more", *path)
        if placement in _MOVING and table.eager:
            what = f"placement {placement} does not go with `eager`"
            raise where.error(what, "pagers that map a page where it is used", *path)
        if placement in _MOVING and table.derivation == OWNER:
            what = f"placement {placement} does not go with derivation by owner"
            expected = "siblings: who copies a page must still have its frame after the unmap"
            raise where.error(what, expected, *path)
    if table.sample_every and not sampled:
        what = "`sample_every`, but there is nothing to sample"
        expected = f"a region with placement {' or '.join(_SAMPLED)}"
        raise where.error(what, expected, "pagers", "sample_every")
