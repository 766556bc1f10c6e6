"""The help screen: what the focused pane shows, the marks, and every key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.screen import ModalScreen

from l4numa_tui.tui.actions import ACTIONS, GROUPS
from l4numa_tui.tui.lesson_text import wrap_text
from l4numa_tui.tui.line_pane import LinePane
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Line, Segment, node_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from l4numa_tui.tui.arranging import AnyPane

_MARKS = (
    ("+", "new", "new in this step"),
    ("−", "gone", "gone in this step: it stays to be seen until the next one"),
    ("~", "changed", "changed in this step"),
    ("═", "cross", "crosses nodes"),
    ("≡", "", "global page: the same frame at one address in several spaces"),
    ("≠", "", "node-local page: one address, a frame of its own on every node"),
)
_KEY = 12


class HelpPane(LinePane):
    """The help's text."""

    title = "Help  (esc closes, ↑ ↓ space scroll)"
    inset = 1

    def __init__(self, stage: Stage, pane: AnyPane) -> None:
        super().__init__(stage, id="help")
        self._of = pane

    def lines(self, room: Size) -> list[Line]:
        """The pane's help first, then marks and keys."""
        return list(self._text(room.width))

    def _text(self, width: int) -> Iterator[Line]:
        yield from wrap_text(self._of.heading(), width, style="title")
        yield from wrap_text(self._of.explanation(), width)
        yield []
        yield [Segment("Marks", "title")]
        nodes = range(min(self.stage.session.world.kernel.machine.nodes, 8))
        line: Line = [Segment("nodes".ljust(_KEY), "label")]
        for node in nodes:
            label = node_label(node, ascii_only=self.stage.ascii_only)
            line += [Segment(f" {label} ", f"chip{node}"), Segment(" ")]
        yield line
        for mark, style, text in _MARKS:
            shown = mark if not self.stage.ascii_only else {"−": "-"}.get(mark, mark)
            lead = [Segment(shown, style), Segment(" " * (_KEY - 1))]
            yield from wrap_text(text, width, lead)
        for group, title in GROUPS:
            yield []
            yield [Segment(title, "title")]
            for action in ACTIONS:
                if action.group == group and action.keys:
                    keys = " ".join(short_key(key) for key in action.keys)
                    lead = [Segment(f"{keys:<{_KEY - 1}} ", "key")]
                    yield from wrap_text(action.help, width, lead)


class WordsPane(LinePane):
    """The course's glossary, in alphabetical order."""

    title = "Words  (esc closes, ↑ ↓ space scroll)"
    inset = 1

    def lines(self, room: Size) -> list[Line]:
        """Each word, what it means, and related ones."""
        player, width = self.stage.player, room.width
        out: list[Line] = []
        terms = player.lesson.course.terms if player else {}
        for name in sorted(terms, key=str.lower):
            out += wrap_text(name, width, style="title")
            out += wrap_text(terms[name].text, width, Segment("  "))
            if terms[name].see:
                see = f"see also: {', '.join(terms[name].see)}"
                out += wrap_text(see, width, Segment("  "), style="dim")
        return out


class HelpScreen(ModalScreen[None]):
    """A text over everything else."""

    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding(
            "escape,q,question_mark,f1,enter,w,e", "dismiss", "Close", show=False, priority=True
        ),
        Binding("down,j", "scroll_help(1)", show=False, priority=True),
        Binding("up,k", "scroll_help(-1)", show=False, priority=True),
        Binding("pagedown,space", "scroll_help(12)", show=False, priority=True),
        Binding("pageup", "scroll_help(-12)", show=False, priority=True),
    ]
    CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen LinePane { width: 84; max-width: 100%; height: 92%; background: $surface; }
    """

    def __init__(self, pane: LinePane) -> None:
        super().__init__()
        self._help = pane

    def compose(self) -> ComposeResult:
        """The text alone."""
        yield self._help

    def action_scroll_help(self, by: int) -> None:
        """Scroll the text."""
        self._help.scroll_rows(by)


def short_key(key: str) -> str:
    """A key as it is printed on the keyboard."""
    names = {
        "question_mark": "?", "colon": ":", "full_stop": ".", "comma": ",", "escape": "esc",
        "pagedown": "PgDn", "pageup": "PgUp",
        "shift+right": "⇧→", "shift+left": "⇧←", "shift+tab": "⇧tab", "right": "→", "left": "←",
        "up": "↑", "down": "↓", "home": "Home", "end": "End", "ctrl+p": "^p", "ctrl+c": "^c",
        "ctrl+z": "^z",
        "f1": "F1",
    }  # fmt: skip
    return names.get(key, key)
