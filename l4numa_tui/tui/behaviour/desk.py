"""Around the panes: find, words, copy, jump, themes, and remembering all that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Offset

from l4numa_tui.errors import UserError
from l4numa_tui.tui.behaviour.arranging import TABLES, Arranging
from l4numa_tui.tui.habits.habits import Habits
from l4numa_tui.tui.habits.remembering import Place, go_to, place_of
from l4numa_tui.tui.looks.palette import name_of
from l4numa_tui.tui.panes.bars import TabsBar
from l4numa_tui.tui.panes.database_pane import DatabasePane
from l4numa_tui.tui.panes.layout import Layout
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Line, Target, plain

if TYPE_CHECKING:
    from l4numa_tui.course.glossary import Glossary

_RIGHT = 3  # the mouse button


class Desk(Arranging):
    """The actions that help to find one's way. `habits` are the user's own settings."""

    def __init__(
        self,
        stage: Stage,
        save: Callable[[], None] | None = None,
        *,
        ansi_color: bool | None = None,
        habits: Habits | None = None,
    ) -> None:
        super().__init__(stage, save, ansi_color=ansi_color)
        self.habits = habits or Habits()
        stage.keys = self.habits.keys
        self._theme_before: str | None = None
        self._glossary: Glossary | None = None
        self._restore()

    # Where one left off.
    def _restore(self) -> None:
        """Before the first frame: the step, the pane, and what must be told."""
        memory, notices = self.habits.memory, []
        if memory is not None:
            place, notice = memory.read()
            if self.habits.fresh:
                place, notice = Place(), ""
            notices.append(notice or go_to(self.stage, place))
            if place.pane and self.stage.draft is None:
                self.shown, self.zoomed = place.pane, place.zoomed
        notices.insert(0, self.habits.notice)
        told = next((notice for notice in notices if notice), "")
        if told:
            self.stage.touch(told)
        self.set_reactive(Desk.moment, self.stage.moment())

    def on_mount(self) -> None:
        """What is worn now was not chosen here."""
        self._theme_before = self.theme

    def remember(self) -> None:
        """Keep where one is, and the theme if another one was chosen."""
        memory = self.habits.memory
        if memory is None:
            return
        memory.keep(place_of(self.stage, self.shown, zoomed=self.zoomed))
        if self._theme_before not in (None, self.theme):
            memory.keep_theme(name_of(self.theme))

    def leave(self, code: int) -> None:
        """Remember, then leave."""
        self.remember()
        super().leave(code)

    def action_find(self) -> None:
        """A list of what something typed can mean."""
        from l4numa_tui.tui.screens.finding import find_screen  # noqa: PLC0415 - when asked for

        glossary = self._words()
        if glossary is not None:
            screen = find_screen(self.stage, glossary)
            screen.then = self._found
            self.push_screen(screen)

    def _found(self, target: Target | None) -> None:
        """Go to what was chosen: a step, a word, or a thing that all panes light up."""
        if target is None:
            return
        kind, *numbers = target
        if kind == "word":
            self._explain(word_at=numbers[0])
        elif kind == "step":
            self.stage.seek(numbers[0])
            self.show()
        else:
            self.selected = target
            if self.layout_now == Layout.NARROW or self.zoomed:
                # Where there is but one pane it had better be one that shows the thing.
                self.focus_pane(TABLES)

    # Words.
    def action_words(self) -> None:
        """The glossary."""
        self._explain()

    def action_words_here(self) -> None:
        """The words on the cursor's line; where there is none, those in sight."""
        line, whole = _words_at_cursor(self.pane(self.shown))
        self._explain(line=line, quoted=not whole)

    def _explain(
        self, *, line: str = "", quoted: bool = True, column: int = -1, word_at: int = -1
    ) -> None:
        from l4numa_tui.tui.screens.words import words_screen  # noqa: PLC0415 - when asked for

        glossary = self._words()
        if glossary is None:
            return
        word = glossary.names()[word_at] if word_at >= 0 else ""
        for found in glossary.found_in(line) if column >= 0 else ():
            if found.start <= column < found.end:
                line, word = "", found.name
        self.push_screen(words_screen(self.stage, glossary, line=line, quoted=quoted, word=word))

    def _words(self) -> Glossary | None:
        """The lesson's glossary, else the course's; None, and a word about it, if it is missing."""
        from l4numa_tui.course.glossary import Glossary, load_glossary  # noqa: PLC0415 - as above

        if self._glossary is None:
            player = self.stage.player
            try:
                self._glossary = Glossary(player.lesson.course.terms) if player else load_glossary()
            except UserError as error:
                self.say(str(error))
        return self._glossary

    def on_event_mouse(self, event: events.MouseDown | events.MouseUp) -> bool:
        """Take the right button, which asks for words; whether it was taken."""
        if event.button != _RIGHT:
            return False
        if isinstance(event, events.MouseUp):
            widget, region = self.screen.get_widget_at(event.screen_x, event.screen_y)
            if isinstance(widget, LinePane | DatabasePane):
                rows = widget.painted()
                y = event.screen_y - region.y
                line = plain(rows[y]) if 0 <= y < len(rows) else ""
                self._explain(line=line, column=event.screen_x - region.x)
        return True

    # Copying.
    def action_copy(self) -> None:
        """What is selected, else the focused pane."""
        from l4numa_tui.tui.behaviour import copying  # noqa: PLC0415 - when asked for

        if self.selected is not None:
            copied = copying.text_of_selected(self.stage.scene(), self.stage.session)
        else:
            pane = self.pane(self.shown)
            copied = copying.text_of(f"`{pane.heading()}`", _whole(pane))
        if copied.fits_clipboard:
            self.copy_to_clipboard(copied.text)
        self.say(copying.telling(copied, copying.keep(copied, self.habits.copies)))

    # Jumping.
    def action_jump(self) -> None:
        """A letter on every pane, or on every tab where one pane fills the screen."""
        from l4numa_tui.tui.screens.jumping import Goal, JumpScreen  # noqa: PLC0415 - when asked for

        goals = [Goal(*place) for place in self._pane_places()]
        bars = {bar.id: bar for bar in self.query(LinePane) if bar.display and bar.id}
        if "timeline" in bars:
            # On its second line, where nothing stands between the label and the bars.
            goals.append(Goal(bars["timeline"].region.offset + Offset(6, 1), "goto"))
        self.push_screen(JumpScreen(self.stage, goals), self._jumped)

    def _pane_places(self) -> Iterator[tuple[Offset, str, str]]:
        """(where, method, name) for every pane; those out of sight have names, one to a row."""
        tabs = self.query_one(TabsBar)
        if tabs.display:
            x = tabs.region.x
            for segment in tabs.painted()[0]:
                for number in (segment.target or ("",))[1:]:
                    yield Offset(x, tabs.region.y), f"pane({number})", ""
                x += len(segment.text)
            return
        hidden = 2
        for pane in self.panes():
            method = f"pane({pane.number})"
            if pane.display:
                yield pane.region.offset, method, ""
            else:
                hidden += 1
                yield Offset(1, hidden), method, pane.heading()

    async def _jumped(self, method: str | None) -> None:
        if method:
            await self.run_action(f"app.{method}")


def _words_at_cursor(pane: LinePane | DatabasePane) -> tuple[str, bool]:
    """(text, whole): the line with the cursor; where there is none, whole, all that is in sight."""
    if isinstance(pane, DatabasePane):
        pane.catch_up()
        row = pane.view.row_of(pane.cursor) if pane.view and pane.cursor is not None else None
        if pane.view is not None and row is not None:
            return plain(pane.view.whole_line(row)), False
    elif pane.cursor_line:
        return plain(pane.cursor_line), False
    return " ".join(plain(line).strip() for line in pane.painted()), True


def _whole(pane: LinePane | DatabasePane) -> Iterator[Line]:
    """All lines of a pane, also those that are not in sight."""
    if not isinstance(pane, DatabasePane):
        yield from pane.content
        return
    pane.catch_up()
    if pane.view is not None:
        for row in range(pane.view.row_count):
            yield pane.view.whole_line(row)
