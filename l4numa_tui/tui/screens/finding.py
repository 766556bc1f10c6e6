"""Find: what something typed can mean, in the world, the run and the glossary."""

from __future__ import annotations

from collections.abc import Sequence

from l4numa_tui.course.glossary import Glossary
from l4numa_tui.tui.panes.lesson_text import wrap_text
from l4numa_tui.tui.screens.searching import ListPane, SearchScreen
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.find import Finder
from l4numa_tui.views.segments import Line, Segment, Target

_KIND = 8
_EXAMPLES = (
    ("A.1", "a space, a thread, a region by its name"),
    ("0x402000", "an address; 402 is a page's number"),
    ("2:0007", "a frame, and every mapping of it"),
    ("N1", "a node"),
    ("unmap", "steps in which it happens, and what the word means"),
    ("12", "a step by its number"),
)


class FoundPane(ListPane):
    """The matches; before anything is typed, what can be."""

    def __init__(self, stage: Stage, glossary: Glossary) -> None:
        super().__init__(stage)
        self._finder = Finder(stage.scene(), stage.session, glossary)

    def results(self) -> Sequence[tuple[Line, Target]]:
        """Kind and name of each."""
        return [
            ([Segment(f"{match.kind:<{_KIND}}", "label"), Segment(match.text)], match.target)
            for match in self._finder.find(self.text)
        ]

    def nothing(self) -> Sequence[Line]:
        """What can be typed, or that nothing is called so."""
        width = max(self.size.width - 2, 1)
        if self.text.strip():
            return list(wrap_text("Nothing here is called that.", width, style="dim"))
        lead = max(len(example) for example, _ in _EXAMPLES) + 2
        out: list[Line] = []
        for example, text in _EXAMPLES:
            out += wrap_text(text, width, Segment(example.ljust(lead), "key"), style="dim")
        return out


def find_screen(stage: Stage, glossary: Glossary) -> SearchScreen:
    """The window over a stage where it stands."""
    keys = (("↑ ↓", "choose"), ("enter", "go there"))
    return SearchScreen(FoundPane(stage, glossary), "Find", "what to find", keys)
