"""The mapping database as a forest: which rows there are (`rows`), and how they look (`view`)."""

from __future__ import annotations

from l4numa_tui.views.forest.view import ForestView

__all__ = ["ForestView"]
