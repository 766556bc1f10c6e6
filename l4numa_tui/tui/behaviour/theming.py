"""Which theme the screen wears, and how everything takes the look of another one."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import App
from textual.theme import Theme

from l4numa_tui.tui.behaviour.arranging import Arranging
from l4numa_tui.tui.looks.look import Look
from l4numa_tui.tui.looks.palette import (
    COMPONENTS,
    THEMES,
    name_of,
    next_theme,
    sheet_of,
    style_in,
    theme_name,
    themes,
)
from l4numa_tui.tui.panes.database_pane import DatabasePane
from l4numa_tui.tui.panes.line_pane import LinePane

_SHEET = ("l4numa", "looks")  # where the style sheet says that it comes from


class Theming(Arranging):
    """Holds the palette and what has been looked up in it: the `look` of every pane.

    `colours` False is for NO_COLOR: then only weights are used, whatever theme is asked for.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)

    colours = True
    look: Look

    def choose_theme(self, theme: str, *, colours: bool, sixteen: bool) -> None:
        """Wear `theme`, one of `palette.THEMES` or of Textual's, or what the terminal can show."""
        self.colours = colours
        self.look = Look(partial(style_in, self))
        for each in themes():
            self.register_theme(each)
        if not colours:
            theme = "mono"
        elif sixteen and theme != "mono":
            theme = "mono" if theme.endswith("light") else "terminal"
        name = theme_name(theme) if theme in THEMES else theme
        self._begin_with(name if name in self.available_themes else theme_name("dark"))

    def _begin_with(self, name: str) -> None:
        if self.available_themes[name].ansi:
            self.theme = name
        else:
            # What assigning does, but for parsing all style sheets again before the first frame.
            self.set_reactive(App.theme, name)
            dark = self.current_theme.dark
            self.set_class(dark, "-dark-mode", update=False)
            self.set_class(not dark, "-light-mode", update=False)
            self.stylesheet.set_variables(self.get_css_variables())
        self._put_sheet()

    def refresh_css(self, animate: bool = True) -> None:
        """After another theme was chosen: its styles, then everybody's."""
        self._put_sheet()
        super().refresh_css(animate)

    def _put_sheet(self) -> None:
        sheet = sheet_of(self.current_theme, few=self.few_colours)
        self.stylesheet.add_source(sheet, _SHEET, is_default_css=True)

    @property
    def few_colours(self) -> bool:
        """Whether the terminal has 256 colours, and no more."""
        return self.console.color_system == "256"

    def wear(self, _: Theme | None = None) -> None:
        """Look everything up anew and paint it."""
        self.look = Look(partial(style_in, self))
        for screen in self.screen_stack:
            for pane in screen.walk_children(LinePane):
                pane.refresh()
            for database in screen.walk_children(DatabasePane):
                database.wear()

    def possible(self, needs: str) -> bool:
        """Whether there is more than one theme to choose from."""
        return self.colours if needs == "has_colours" else super().possible(needs)

    def action_next_theme(self) -> None:
        """The next of the program's own themes; said in the step bar."""
        self.theme = next_theme(self.theme)
        self.stage.touch(f"theme: {name_of(self.theme)}")
        self.show()

    def action_light(self) -> None:
        """From a dark theme to its light counterpart, and back."""
        self.theme = theme_name(_OTHER.get(name_of(self.theme), "dark"))


_OTHER = {
    "dark": "light",
    "light": "dark",
    "contrast": "contrast-light",
    "contrast-light": "contrast",
}
