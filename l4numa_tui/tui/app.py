"""The application: panes in a layout, keys to actions, one frame a step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic, perf_counter

from textual import events
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.reactive import reactive
from textual.screen import Screen
from textual.timer import Timer

from l4numa_tui.tui.actions import ACTIONS, BY_ID
from l4numa_tui.tui.bars import (
    LESSON,
    AskBar,
    Bar,
    FooterBar,
    HeaderBar,
    StepBar,
    StripBar,
    TabsBar,
    TimelineBar,
)
from l4numa_tui.tui.layout import Layout, layout_of
from l4numa_tui.tui.line_pane import Chosen, LinePane
from l4numa_tui.tui.look import DARK_NAME, LIGHT_NAME, PLAIN_NAME, Look, table_for, themes
from l4numa_tui.tui.panes import InspectorPane, LanesPane, LessonPane, MapPane, TablesPane
from l4numa_tui.tui.prompt import Prompt
from l4numa_tui.tui.stage import START, Moment, Stage
from l4numa_tui.views.segments import Target

FRAME_S = 1 / 30  # between two frames of auto-play
BUDGET_S = 0.008  # of a frame that auto-play may use for steps
_CHUNK = 4  # steps between two looks at the clock


class MainScreen(Screen[None]):
    """The only screen but for help and palette. Its bindings are the registry's."""

    BINDINGS = [  # noqa: RUF012 - Textual's own form
        Binding(",".join(action.keys), f"app.{action.id}", action.title, show=False)
        for action in ACTIONS
        if action.keys
    ]
    ESCAPE_TO_MINIMIZE = False

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout for the new size."""
        if isinstance(self.app, L4numaApp):
            self.app.arrange(event.size)


class L4numaApp(App[int]):
    """Steps a stage on the screen. `save` keeps the progress; it is called after every change.

    `colours` False is for NO_COLOR, `sixteen` for terminals with the 16 ANSI colours only.
    """

    TITLE = "l4numa"
    ENABLE_COMMAND_PALETTE = True
    CSS_PATH = None
    CSS = """
    Screen { layout: vertical; background: $background; color: $foreground; }
    #body { height: 1fr; }
    #left { width: 36; margin-right: 1; }
    #right { width: 1fr; }
    #extra { width: 42; margin-left: 1; }
    HeaderBar { background: $primary; }
    TabsBar, FooterBar { background: $panel; }
    AskBar, StripBar, StepBar { background: $surface; }
    #lesson { height: 3fr; }
    #tables { height: 2fr; }
    .alone #left, .alone #right { width: 1fr; margin: 0; }
    .alone LinePane.pane { height: 1fr; }
    """

    moment: reactive[Moment] = reactive(START, init=False, repaint=False)
    selected: reactive[Target | None] = reactive(None, init=False, repaint=False)

    def __init__(
        self,
        stage: Stage,
        save: Callable[[], None] | None = None,
        *,
        theme: str = "dark",
        colours: bool = True,
        sixteen: bool = False,
    ) -> None:
        plain = sixteen or not colours
        super().__init__(ansi_color=True if plain else None)
        self.stage = stage
        self._save = save
        self._colours = colours
        for each in themes():
            self.register_theme(each)
        self.theme = PLAIN_NAME if plain else LIGHT_NAME if theme == "light" else DARK_NAME
        self.look = Look(table_for(self.current_theme, colours=colours))
        self.prompt: Prompt | None = None
        self.shown = LESSON if stage.player else 2
        self.zoomed = False
        self.layout_now = Layout.FULL
        self._auto: Timer | None = None
        self._saving = False
        self.set_reactive(L4numaApp.moment, stage.moment())

    # Building.
    def get_default_screen(self) -> Screen[None]:
        """The main screen."""
        return MainScreen(id="main")

    def compose(self) -> ComposeResult:
        """All panes and bars at once; `arrange` chooses which are shown."""
        stage = self.stage
        yield self._bind(HeaderBar(stage, id="header"))
        yield self._bind(StepBar(stage, id="step"))
        yield self._bind(AskBar(stage, id="ask"))
        yield self._bind(StripBar(stage, id="strip"))
        yield self._bind(TabsBar(stage, id="tabs"))
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield self._bind(LessonPane(stage, id="lesson"))
                yield self._bind(TablesPane(stage, id="tables"))
            with Vertical(id="right"):
                yield self._bind(MapPane(stage, id="map"))
                yield self._bind(ForestStub(stage, id="forest"))
                yield self._bind(LanesPane(stage, id="lanes"))
            with Vertical(id="extra"):
                yield self._bind(InspectorPane(stage, id="inspector"))
        yield self._bind(TimelineBar(stage, id="timeline"))
        yield self._bind(FooterBar(stage, id="footer"))

    def _bind(self, pane: LinePane) -> LinePane:
        if not isinstance(pane, Bar):
            pane.add_class("pane")
        return pane.data_bind(L4numaApp.moment, L4numaApp.selected)
