"""The help screen: what the focused pane shows, the marks, and every key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Size

from l4numa_tui.tui.actions import ACTIONS, GROUPS, Action
from l4numa_tui.tui.panes.lesson_text import wrap_text
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.screens.overlay import Overlay
from l4numa_tui.tui.screens.window import KeysBar, Window, over_panes
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Line, Segment, node_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from l4numa_tui.tui.behaviour.arranging import AnyPane

_MARKS = (
    ("+", "+", "new", "new in this step"),
    ("−", "-", "gone", "gone in this step: it stays to be seen until the next one"),
    ("~", "~", "changed", "changed in this step"),
    ("═", "=", "cross", "crosses nodes"),
    ("┄▷", "..>", "", "came by a grant: it hangs where the giver's entry hung"),
    ("┃", "!", "bad", "on the timeline: a breakpoint"),
    ("┬", "Y", "strong", "on the timeline: another future forks off here"),
    ("⇄2", "@2", "", "the memory lies on node 2, the entry elsewhere"),
    ("≡4", "=4", "", "global page: the same frame at one address in four spaces"),
    ("≠4", "!4", "", "node-local page: one address, a frame of its own on each of four nodes"),
)
_MOUSE = (
    "a click selects, the wheel scrolls (with shift sideways), the right button explains a word; "
    "with shift most terminals mark text as they do elsewhere"
)
_OWN = "config.toml gives any action other keys; `l4numa doctor` says where it is"
_KEYS = (("↑ ↓", "scroll"), ("space", "a page on"))
_KEY = 12
_WORD = 13


class HelpPane(LinePane):
    """The help's text."""

    title = "Help"
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
        title, words = self._of.words
        if words:
            yield []
            yield [Segment(title, "title")]
        for word, meaning in words:
            yield from wrap_text(meaning, width, [Segment(f"{word:<{_WORD}} ", "key")])
        yield []
        yield [Segment("Keys here", "title")]
        here = [action for action in ACTIONS if self._of.number in action.panes]
        here.sort(key=lambda action: len(action.panes))  # what only this pane has comes first
        yield from self._keys(here, width)
        yield []
        yield from self._marks(width)
        for group, title in GROUPS:
            yield []
            yield [Segment(title, "title")]
            rest = [action for action in ACTIONS if action.group == group and action not in here]
            yield from self._keys(rest, width)
        yield []
        yield from wrap_text(_MOUSE, width, [Segment("mouse".ljust(_KEY), "key")])
        yield from wrap_text(_OWN, width, [Segment("other keys".ljust(_KEY), "key")])

    def _keys(self, actions: Iterable[Action], width: int) -> Iterator[Line]:
        stage = self.stage
        for action in actions:
            keys = stage.keys.all(action.id, ascii_only=stage.ascii_only)
            if keys:
                lead = [Segment(f"{keys:<{_KEY - 1}} ", "key")]
                yield from wrap_text(action.help, width, lead)

    def _marks(self, width: int) -> Iterator[Line]:
        yield [Segment("Marks", "title")]
        nodes = range(min(self.stage.session.world.kernel.machine.nodes, 8))
        line: Line = [Segment("nodes".ljust(_KEY), "label")]
        for node in nodes:
            label = node_label(node, ascii_only=self.stage.ascii_only)
            line += [Segment(f" {label} ", f"chip{node}"), Segment(" ")]
        yield line
        for mark, plain_mark, style, text in _MARKS:
            shown = plain_mark if self.stage.ascii_only else mark
            lead = [Segment(shown, style), Segment(" " * (_KEY - len(shown)))]
            yield from wrap_text(text, width, lead)


class HelpScreen(Overlay[None]):
    """A text over everything else."""

    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding("escape,q,question_mark,f1,enter,e", "dismiss", "Close", show=False, priority=True),
        Binding("down,j", "scroll_help(1)", show=False, priority=True),
        Binding("up,k", "scroll_help(-1)", show=False, priority=True),
        Binding("pagedown,space", "scroll_help(12)", show=False, priority=True),
        Binding("pageup", "scroll_help(-12)", show=False, priority=True),
    ]
    CSS = over_panes("HelpScreen")

    def __init__(self, pane: LinePane) -> None:
        super().__init__()
        self._help = pane

    def compose(self) -> ComposeResult:
        """The text, and its keys."""
        stage = self._help.stage
        yield Window(stage, self._help, KeysBar(stage, _KEYS))

    def on_key(self, event: events.Key) -> None:
        """The key that opened it closes it, also where it is the user's own."""
        keys = self._help.stage.keys
        if self.is_current and event.key in (*keys.of("help"), *keys.of("explain")):
            event.stop()
            self.dismiss()

    def action_scroll_help(self, by: int) -> None:
        """Scroll the text."""
        self._help.scroll_rows(by)
