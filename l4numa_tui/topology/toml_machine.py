"""The project's own machine file, and the `[machine]` table of a scenario.

The long form names every node; the order of the tables is the order of the matrices:

    name = "one socket and an expander"
    distance = [[10, 28], [28, 10]]

    [[node]]
    cpus = "0-3"
    memory = "16 GiB"

    [[node]]
    id = 4                  # the number the system uses; without it, the position
    memory = "64 GiB"       # no CPUs: memory only

The short form makes all nodes alike (1 CPU and 4 MiB each, if nothing is said), and `like` makes
them those of a machine that comes with the program; `cpus_per_node` and `memory_per_node` then
shrink it to the size of a lesson:

    nodes = 4                           like = "opteron-6134-8n"
    cpus_per_node = 2                   cpus_per_node = 1
    memory_per_node = "4 MiB"           memory_per_node = "1 MiB"
    remote = 20

Distances come as `distance`, a matrix, or as `remote`, the same everywhere; without either they are
derived from `latency_ns`, measured nanoseconds, and else 20.
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import SLIT_LOCAL, SLIT_UNREACHABLE, Node, Topology
from l4numa_tui.toml_lines import decode_toml, line_of
from l4numa_tui.topology.assemble import (
    MAX_MEMORY_KIB,
    MAX_NODES,
    MAX_OS_ID,
    REMOTE_DISTANCE,
    Locate,
    assemble,
    check_latency,
    file_stem,
    flat_slit,
    nowhere,
    slit_from_latency,
)
from l4numa_tui.topology.cpulist import MAX_CPUS, parse_cpu_list

_MEMORY = re.compile(r"([0-9]{1,13}) ?([KMGT])iB")
_UNIT_KIB = {"K": 1, "M": 1 << 10, "G": 1 << 20, "T": 1 << 30}
_SHRUNK = "CPUs or memory per node are not the machine's own"
_MAX_PER_NODE = MAX_CPUS // MAX_NODES

_Count = Annotated[int, msgspec.Meta(ge=1, le=MAX_NODES)]
_Cpus = Annotated[int, msgspec.Meta(ge=1, le=_MAX_PER_NODE)]
_Distance = Annotated[int, msgspec.Meta(ge=SLIT_LOCAL, le=SLIT_UNREACHABLE)]
_OsId = Annotated[int, msgspec.Meta(ge=0, lt=MAX_OS_ID)]


class NodeSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One `[[node]]`: its number, its CPUs as a list with ranges, its memory (MiB or "4 MiB")."""

    id: _OsId | None = None
    cpus: str = ""
    memory: int | str = 0


class MachineSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A machine as its author writes it; see the module for the forms, `build` for the meaning."""

    name: str = ""
    description: str = ""
    source: str = ""
    note: str = ""
    like: str = ""
    nodes: _Count | None = None
    cpus_per_node: _Cpus | None = None
    memory_per_node: int | str | None = None
    node: tuple[NodeSpec, ...] = ()
    remote: _Distance | None = None
    distance: tuple[tuple[int, ...], ...] = ()
    latency_ns: tuple[tuple[float, ...], ...] = ()


def read_toml_machine(text: str, source: str) -> Topology:
    """Return the machine of a TOML machine file; raises UserError with file and line."""
    spec = decode_toml(text, MachineSpec, source)
    return build(spec, source, lambda path: line_of(text, path))


def build(spec: MachineSpec, source: str, locate: Locate = nowhere) -> Topology:
    """Return the machine that `spec` describes.

    `source` is the file the specification stands in, and `locate` gives the line of a path within
    the specification, such as `("node", 1, "cpus")`, for messages. Raises UserError where two forms
    are mixed, a matrix does not fit, or a list of CPUs or a size cannot be read.
    """
    _check_form(spec, source, locate)
    if spec.like:
        return _like(spec, source, locate)
    notes = [spec.note]
    nodes = _listed(spec, source, locate) if spec.node else _alike(spec, source, locate)
    if spec.latency_ns and not spec.distance and spec.remote is None:
        check_latency(spec.latency_ns, len(nodes), source, locate)
        slit = slit_from_latency(spec.latency_ns)
        notes.append("distances are derived from the latencies")
    else:
        flat = REMOTE_DISTANCE if spec.remote is None else spec.remote
        slit = [list(row) for row in spec.distance] or flat_slit(len(nodes), flat)
    return assemble(
        spec.name or file_stem(source),
        nodes,
        slit,
        latency_ns=spec.latency_ns,
        description=spec.description,
        source=spec.source or source,
        notes=notes,
        locate=locate,
    )


def parse_memory(size: int | str) -> int:
    """Return a memory size in KiB: an int counts MiB, a text is such as "64 KiB" or "16 GiB".

    Raises ValueError with a message fit for users.
    """
    if isinstance(size, int):
        kib = size * _UNIT_KIB["M"]
    else:
        found = _MEMORY.fullmatch(size.strip())
        if not found:
            raise ValueError(f'memory `{size[:40]}`, expected MiB or such as "64 KiB" or "16 GiB"')
        kib = int(found[1]) * _UNIT_KIB[found[2]]
    if not 0 <= kib <= MAX_MEMORY_KIB:
        raise ValueError(f"memory of {kib} KiB, expected 0 to {MAX_MEMORY_KIB}")
    return kib


def _check_form(spec: MachineSpec, source: str, locate: Locate) -> None:
    clashes = [
        ("nodes", spec.nodes is not None, "node", bool(spec.node)),
        ("cpus_per_node", spec.cpus_per_node is not None, "node", bool(spec.node)),
        ("memory_per_node", spec.memory_per_node is not None, "node", bool(spec.node)),
        ("remote", spec.remote is not None, "distance", bool(spec.distance)),
    ]
    for name in ("nodes", "node", "remote", "distance", "latency_ns"):
        clashes.append(("like", bool(spec.like), name, getattr(spec, name) not in (None, ())))
    for first, has_first, second, has_second in clashes:
        if has_first and has_second:
            raise UserError(
                f"`{first}` and `{second}` do not go together",
                "one of them",
                source=source,
                line=locate((first,)),
            )
    if not (spec.like or spec.node or spec.nodes):
        raise UserError("no nodes", "`nodes = 4`, `[[node]]` or `like`", source=source)


def _like(spec: MachineSpec, source: str, locate: Locate) -> Topology:
    from l4numa_tui.topology.named import machine_names, named_machine, near_names  # noqa: PLC0415

    if spec.like not in machine_names():
        raise UserError(
            f"no machine is named `{spec.like[:80]}`",
            near_names(spec.like),
            source=source,
            line=locate(("like",)),
        )
    base = named_machine(spec.like)
    memory_kib = _memory(spec.memory_per_node, ("memory_per_node",), source, locate)
    nodes, used = [], 0
    for node in base.nodes:
        count = (spec.cpus_per_node or 0) if node.cpus else 0
        cpus = node.cpus if spec.cpus_per_node is None else tuple(range(used, used + count))
        used += count
        kept = spec.memory_per_node is None or not node.memory_kib
        nodes.append(Node(node.os_id, cpus, node.memory_kib if kept else memory_kib))
    return assemble(
        spec.name or base.name,
        nodes,
        base.slit,
        latency_ns=base.latency_ns,
        description=spec.description or base.description,
        source=spec.source or base.source,
        notes=[spec.note or base.note, _SHRUNK if spec.cpus_per_node or memory_kib else ""],
        locate=locate,
    )


def _alike(spec: MachineSpec, source: str, locate: Locate) -> list[Node]:
    size = "4 MiB" if spec.memory_per_node is None else spec.memory_per_node
    memory_kib = _memory(size, ("memory_per_node",), source, locate)
    each = spec.cpus_per_node or 1
    return [
        Node(index, tuple(range(index * each, index * each + each)), memory_kib)
        for index in range(spec.nodes or 0)
    ]


def _listed(spec: MachineSpec, source: str, locate: Locate) -> list[Node]:
    nodes = []
    for index, node in enumerate(spec.node):
        try:
            cpus = parse_cpu_list(node.cpus)
        except ValueError as error:
            line = locate(("node", index, "cpus"))
            raise UserError(str(error), source=source, line=line) from None
        memory_kib = _memory(node.memory, ("node", index, "memory"), source, locate)
        nodes.append(Node(index if node.id is None else node.id, cpus, memory_kib))
    return nodes


def _memory(
    size: int | str | None, path: tuple[str | int, ...], source: str, locate: Locate
) -> int:
    try:
        return parse_memory(size or 0)
    except ValueError as error:
        raise UserError(str(error), source=source, line=locate(path)) from None
