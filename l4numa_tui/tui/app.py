"""The application: panes in a layout, one frame a step."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from l4numa_tui.tui.actions import ACTIONS
from l4numa_tui.tui.behaviour.acting import Acting
from l4numa_tui.tui.behaviour.arranging import TABLES, AnyPane
from l4numa_tui.tui.behaviour.commanding import Commanding
from l4numa_tui.tui.behaviour.desk import Desk
from l4numa_tui.tui.behaviour.exporting import Exporting
from l4numa_tui.tui.behaviour.foresting import Foresting
from l4numa_tui.tui.behaviour.steering import Steering
from l4numa_tui.tui.behaviour.theming import Theming
from l4numa_tui.tui.behaviour.travelling import Travelling
from l4numa_tui.tui.habits.habits import Habits
from l4numa_tui.tui.habits.keymap import KeyMap
from l4numa_tui.tui.panes.bars import (
    AskBar,
    Bar,
    FooterBar,
    HeaderBar,
    StepBar,
    StripBar,
    TabsBar,
    TooSmall,
)
from l4numa_tui.tui.panes.boxes import Horizontal, Vertical
from l4numa_tui.tui.panes.database_pane import DatabasePane
from l4numa_tui.tui.panes.forest_pane import ForestPane
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.panes.panes import InspectorPane, LanesPane, LessonPane, MapPane, TablesPane
from l4numa_tui.tui.panes.timeline_bar import TimelineBar
from l4numa_tui.tui.stage import Stage
from l4numa_tui.tui.terminal import catch_resizes, catch_signals, release_signals


class MainScreen(Screen[None]):
    """The only screen but for help and palette. `bound` gives it the registry's bindings.

    They have priority, so that keys typed ahead are taken in their order: without, a key goes to
    the focused pane and back, and what is typed meanwhile overtakes it.
    """

    ESCAPE_TO_MINIMIZE = False

    # Textual's own, but for this: panes show their focus themselves, nothing else need be painted.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    # As in `boxes`: a new size is laid out once.
    virtual_size: Reactive[Size] = Reactive(Size(0, 0), repaint=False)

    def on_resize(self) -> None:
        """Choose the layout for the new size."""
        if isinstance(self.app, L4numaApp):
            self.app.arrange()
            if self.focused is None:
                # Too small a screen took the keys from all panes.
                self.app.focus_pane(self.app.shown)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Here rather than in the application: so it is painted in the same frame."""
        if isinstance(self.app, L4numaApp):
            self.app.has_keys(event.widget)


def bound(keys: KeyMap) -> type[MainScreen]:
    """The main screen with the bindings of a key map."""

    class BoundScreen(MainScreen):
        """The main screen, with keys."""

        BINDINGS = [  # noqa: RUF012 - Textual's own form
            Binding(
                ",".join(keys.of(action.id)),
                f"app.{action.method}",
                action.title,
                show=False,
                priority=True,
                id=action.id,
            )
            for action in ACTIONS
            if keys.of(action.id)
        ]

    return BoundScreen


class L4numaApp(Acting, Commanding, Travelling, Exporting, Foresting, Theming, Desk):
    """Steps a stage on the screen. `save` keeps the progress; it is called after every change.

    `theme` is one of `palette.THEMES`; `colours` False is for NO_COLOR, `sixteen` for terminals
    that have the 16 ANSI colours only. `habits` are the user's own keys, and where things are kept.
    """

    TITLE = "l4numa"
    # Textual asks only the first of several bases for these.
    COMPONENT_CLASSES = Theming.COMPONENT_CLASSES
    ENABLE_COMMAND_PALETTE = False  # ours is `Commanding`
    CSS = """
    Screen { layout: vertical; background: $background; }
    #body { height: 1fr; }
    #left { width: 37; margin-right: 1; }
    #right { width: 1fr; }
    #extra { width: 42; margin-left: 1; }
    AskBar, StripBar, StepBar { background: $surface; }
    #lesson { height: 3fr; }
    #tables { height: 2fr; }
    .alone #left, .alone #right, .alone #extra { width: 1fr; margin: 0; }
    .alone .pane { height: 1fr; }
    """

    def __init__(
        self,
        stage: Stage,
        save: Callable[[], None] | None = None,
        *,
        theme: str = "dark",
        colours: bool = True,
        sixteen: bool = False,
        habits: Habits | None = None,
    ) -> None:
        super().__init__(stage, save, ansi_color=None if colours else True, habits=habits)
        self.choose_theme(self.habits.theme or theme, colours=colours, sixteen=sixteen)

    # Building.
    def get_default_screen(self) -> Screen[None]:
        """The main screen."""
        return bound(self.stage.keys)(id="main")

    def compose(self) -> ComposeResult:
        """All panes and bars at once; `arrange` chooses which are shown."""
        stage, bind = self.stage, self._bind
        yield bind(TooSmall(stage, id="small"))
        yield bind(HeaderBar(stage, id="header"))
        yield bind(StepBar(stage, id="step"))
        yield bind(AskBar(stage, id="ask"))
        yield bind(StripBar(stage, id="strip"))
        yield bind(TabsBar(stage, id="tabs"))
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield bind(LessonPane(stage, id="lesson"))
                yield bind(TablesPane(stage, id="tables"))
            with Vertical(id="right"):
                yield bind(MapPane(stage, id="map"))
                yield bind(DatabasePane(stage, id="forest"))
                yield bind(LanesPane(stage, id="lanes"))
            with Vertical(id="extra"):
                yield bind(InspectorPane(stage, id="inspector"))
        yield bind(TimelineBar(stage, id="timeline"))
        yield bind(FooterBar(stage, id="footer"))

    def _bind(self, pane: AnyPane) -> AnyPane:
        if not isinstance(pane, Bar):
            pane.add_class("pane")
        return pane.data_bind(Steering.moment, Steering.selected)

    def on_mount(self) -> None:
        """First layout, first focus, and a handler for every signal that would end the program."""
        if not self.is_headless:
            catch_signals(asyncio.get_running_loop(), self.leave)
            self._follow_size()
        self.call_after_refresh(self._settle)
        self.theme_changed_signal.subscribe(self, self.wear)
        self.app_resume_signal.subscribe(self, self._resumed)
        self.arrange()
        self.focus_pane(self.shown)

    def _resumed(self, _: object) -> None:
        """After a suspension Textual leaves the screen to whatever the shell wrote on it."""
        self._follow_size()
        self.refresh(layout=True)

    def _follow_size(self) -> None:
        """Hear of the terminal's sizes in their order; a browser's page tells them itself."""
        driver = self._driver

        def resized(columns: int, rows: int) -> None:
            # Some terminals write their size into the input instead.
            if isinstance(driver, LinuxDriver) and not driver._in_band_window_resize:
                size = Size(columns, rows)
                self.post_message(events.Resize(size, size))

        if isinstance(driver, LinuxDriver):
            catch_resizes(asyncio.get_running_loop(), resized)

    def on_unmount(self) -> None:
        """Give the signals back."""
        if not self.is_headless:
            release_signals(asyncio.get_running_loop())

    def _settle(self) -> None:
        """After the first frame: what was built stays, so the collector need not look at it."""
        if not gc.isenabled():
            gc.collect()
            gc.freeze()
            gc.enable()

    async def on_event(self, event: events.Event) -> None:
        """Keys that are text go before all bindings, the mouse's right button before all panes."""
        if (
            isinstance(event, events.Key | events.MouseDown | events.MouseUp)
            and not event.is_forwarded
            and isinstance(self.screen, MainScreen)
            and self._takes(event)
        ):
            return
        await super().on_event(event)

    def _takes(self, event: events.Key | events.MouseDown | events.MouseUp) -> bool:
        if isinstance(event, events.Key):
            return self.on_event_key(event)
        return self.on_event_mouse(event)

    # Looking.
    def action_advance(self) -> None:
        """Read on where the lesson has more text, fold where the forest's cursor is, else step."""
        pane = self.focused
        if isinstance(pane, LessonPane) and pane.unread:
            pane.scroll_rows(max(pane.body_height - 2, 1))
        elif isinstance(pane, DatabasePane) and pane.cursor is not None:
            pane.choose()
        else:
            self.action_step()

    def action_deselect(self) -> None:
        """First the zoom ends, then the selection."""
        if self.zoomed:
            self.action_zoom()
        else:
            super().action_deselect()

    def on_forest_pane_selected(self, message: ForestPane.Selected) -> None:
        """The forest's selection is everybody's."""
        self.selected = message.target

    def action_fold_all(self, unfold: bool) -> None:
        """Fold or unfold every run of the forest."""
        self.query_one(DatabasePane).fold_all(unfold=unfold)

    def action_kin(self, direction: str) -> None:
        """In the forest, to the parent or to the first child."""
        self.query_one(DatabasePane).action_cursor(direction)

    def action_inspect(self) -> None:
        """Change between page tables and inspector."""
        tables = self.query_one(TablesPane)
        tables.inspecting = not tables.inspecting
        tables.top = 0
        if tables.shown:
            tables.renew()
        else:
            self.focus_pane(TABLES)

    def action_choose(self) -> None:
        """Select what the cursor is on."""
        if isinstance(self.focused, LinePane | DatabasePane):
            self.focused.choose()

    def action_cursor(self, by: int) -> None:
        """Move the cursor of the focused pane."""
        if isinstance(self.focused, LinePane | DatabasePane):
            self.focused.move_cursor(by)

    def action_page(self, by: int) -> None:
        """Scroll the focused pane by pages."""
        if isinstance(self.focused, LinePane | DatabasePane):
            self.focused.scroll_rows(by * max(self.focused.body_height - 1, 1))

    def action_help(self) -> None:
        """Help for the focused pane, and all keys."""
        from l4numa_tui.tui.screens.help import HelpPane, HelpScreen  # noqa: PLC0415 - only when asked for

        self.push_screen(HelpScreen(HelpPane(self.stage, self.pane(self.shown))))

    def action_explain(self) -> None:
        """What the scenario says of itself."""
        from l4numa_tui.tui.panes.about_pane import AboutPane  # noqa: PLC0415 - as above
        from l4numa_tui.tui.screens.help import HelpScreen  # noqa: PLC0415 - as above

        self.push_screen(HelpScreen(AboutPane(self.stage, id="help")))

    def action_source(self) -> None:
        """The code that the last step went through."""
        from l4numa_tui.tui.screens.source_screen import SourceScreen  # noqa: PLC0415 - as above

        self.push_screen(SourceScreen(self.stage))
