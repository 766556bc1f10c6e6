"""`l4numa machine`: any machine, shown before anything is simulated on it."""

from __future__ import annotations

import argparse
import json
import shutil

from l4numa_tui.topology.load import load_topology
from l4numa_tui.topology.named import machine_names


def show_machine(options: argparse.Namespace) -> int:
    """Print one machine as a table or JSON, or the names of those shipped."""
    if options.list:
        print("\n".join(machine_names()))
        return 0
    topology = load_topology(options.machine)
    from l4numa_tui.views.machine.machine_table import machine_json, machine_lines, plain_text

    if options.json:
        print(json.dumps(machine_json(topology), indent=1))
    else:
        width = shutil.get_terminal_size().columns
        print(plain_text(machine_lines(topology, width=width, ascii_only=options.ascii)))
    return 0
