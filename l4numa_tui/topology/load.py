"""One door to every description of a machine: this computer, a known name, or a file."""

from __future__ import annotations

import os
import re

from l4numa_tui.errors import UserError
from l4numa_tui.machine.topology import Topology

LIVE = "live"
"""The name of the computer the program runs on."""

MAX_FILE_BYTES = 8 * 1024 * 1024
"""The largest file that is read; hwloc's XML of a machine with 1024 CPUs has about 2 MiB."""

# A shell's prompt may begin with a bracket too: `[root@host ~]# numactl -H`.
_TOML_START = re.compile(r"""\[\[?[ \t]*[\w."'-]+[ \t]*\]|[\w."'-]+[ \t]*=""")
_NUMACTL = re.compile(r"^[ \t]*node [0-9]+ cpus:|^[ \t]*available: [0-9]+ nodes", re.MULTILINE)
_MLC = re.compile(r"^[ \t]*Measuring idle latencies\b", re.MULTILINE)
_FORMATS = "hwloc XML, numactl --hardware or mlc --latency_matrix output, or a TOML machine file"


def load_topology(which: str) -> Topology:
    """Return the machine that `which` means: `live`, the name of a known machine, or a file.

    Names win over files; write `./name` for a file of the same name. Raises UserError for an
    unknown name and for a file that cannot be read or understood.
    """
    if which == LIVE:
        from l4numa_tui.topology.sysfs import read_sysfs  # noqa: PLC0415 - a reader when it is used

        return read_sysfs()
    from l4numa_tui.topology.named import machine_names, named_machine, near_names  # noqa: PLC0415

    if which in machine_names():
        return named_machine(which)
    if not os.path.lexists(which) and os.path.basename(which) == os.path.splitext(which)[0]:
        expected = f"a file, `{LIVE}`, or {near_names(which)}"
        raise UserError(f"no machine and no file is named `{which[:80]}`", expected)
    return read_topology(_read_file(which), which)


def read_topology(text: str, source: str) -> Topology:
    """Return the machine described by a text, whose format is told from its content.

    A text with both numactl's and MLC's output, as a log of one machine often has, gives the former
    with the latter's latencies. Raises UserError.
    """
    start = _first_line(text)
    if not start:
        raise UserError("the file is empty", _FORMATS, source=source)
    if start.startswith("<"):
        from l4numa_tui.topology.hwloc import read_hwloc  # noqa: PLC0415 - as above

        return read_hwloc(text, source)
    if _TOML_START.match(start):
        from l4numa_tui.topology.toml_machine import read_toml_machine  # noqa: PLC0415

        return read_toml_machine(text, source)
    return _read_output(text, source)


def _read_output(text: str, source: str) -> Topology:
    from l4numa_tui.topology.mlc import read_mlc, with_latency  # noqa: PLC0415 - as above
    from l4numa_tui.topology.numactl import read_numactl  # noqa: PLC0415

    latencies = _MLC.search(text)
    if _NUMACTL.search(text):
        topology = read_numactl(text, source)
        return with_latency(topology, text, source) if latencies else topology
    if latencies:
        return read_mlc(text, source)
    raise UserError("the file describes no machine", _FORMATS, source=source)


def _first_line(text: str) -> str:
    """Return the first line that is neither blank nor a comment, as far as it matters."""
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            return stripped
    return ""


def _read_file(path: str) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or "not a usable name"
        raise UserError(f"cannot be read: {reason}", source=path) from None
    if len(data) > MAX_FILE_BYTES:
        raise UserError("the file is too large", f"at most {MAX_FILE_BYTES} bytes", source=path)
    # PowerShell's redirection writes UTF-16 with a byte order mark.
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise UserError("the file is not text", _FORMATS, source=path) from None
    if "\0" in text:
        raise UserError("the file is binary", _FORMATS, source=path)
    return text
