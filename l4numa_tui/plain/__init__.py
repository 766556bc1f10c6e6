"""A lesson as a conversation, line by line: for screen readers, braille, pipes and bare ssh."""

from __future__ import annotations

from l4numa_tui.plain.conversation import run_plain

__all__ = ["run_plain"]
