"""Real machines that come with the program, by name: facts, each with its source.

`machines.json` holds machines of which nodes, CPUs, memory and SLIT are known (of one also measured
latencies), and machines of which only latencies are known.
"""

from __future__ import annotations

import functools

import msgspec

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import Node, Topology
from l4numa_tui.topology.assemble import assemble
from l4numa_tui.topology.cpulist import parse_cpu_list
from l4numa_tui.topology.mlc import latency_machine


class _Machine(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    description: str
    source: str
    note: str
    node_ids: list[int]
    cpus: list[str]
    memory_mib: list[int]
    distance: list[list[int]]
    latency_ns: list[list[float]] = []


class _Latencies(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    description: str
    source: str
    note: str
    latency_ns: list[list[float] | None]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    schema: str
    machines: list[_Machine]
    latency_only: list[_Latencies]


def machine_names() -> tuple[str, ...]:
    """Return the names of all machines that come with the program, in the order of the file."""
    return tuple(_machines())


def named_machine(name: str) -> Topology:
    """Return the machine of that name; raises UserError, with the nearest names, if there is none.

    Of a machine with latencies only, CPUs and memory are assumed; its note says so.
    """
    facts = _machines().get(name)
    if facts is None:
        raise UserError(f"no machine is named `{name[:80]}`", near_names(name))
    if isinstance(facts, _Latencies):
        return latency_machine(
            facts.id,
            range(len(facts.latency_ns)),
            facts.latency_ns,
            description=facts.description,
            source=facts.source,
            note=facts.note,
        )
    rows = zip(facts.node_ids, facts.cpus, facts.memory_mib, strict=True)
    return assemble(
        facts.id,
        [Node(os_id, parse_cpu_list(cpus), mib * 1024) for os_id, cpus, mib in rows],
        facts.distance,
        latency_ns=facts.latency_ns,
        description=facts.description,
        source=facts.source,
        notes=[facts.note],
    )


def near_names(name: str) -> str:
    """Return the machine names most like `name`, or all of them, as a list for a message."""
    import difflib  # noqa: PLC0415 - for the message only

    near = difflib.get_close_matches(name[:80], machine_names(), n=3, cutoff=0.5)
    return ("one of " if len(near) != 1 else "") + ", ".join(near or machine_names())


@functools.cache
def _machines() -> dict[str, _Machine | _Latencies]:
    from importlib import resources  # noqa: PLC0415 - only readers of the data need it

    data = resources.files("l4numa_tui.topology").joinpath("machines.json").read_bytes()
    file = msgspec.json.decode(data, type=_File)
    known: list[_Machine | _Latencies] = [*file.machines, *file.latency_only]
    return {machine.id: machine for machine in known}
