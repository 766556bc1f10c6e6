"""The program as a conversation, line by line: for screen readers, braille, pipes and bare ssh.

A command is one row of a table (`Command`, in a module per subject) and one function from a `Talk`
and the rest of the line to lines; lessons and scenarios share the rows of what both can do.
"""

from __future__ import annotations

from l4numa_tui.plain.conversation import run_plain

__all__ = ["run_plain"]
