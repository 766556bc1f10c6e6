"""Floor 7: the command line. Every command imports what it needs, when it is called."""

from __future__ import annotations

from l4numa_tui.cli.main import main

__all__ = ["main"]
