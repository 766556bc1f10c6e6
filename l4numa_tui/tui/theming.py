"""Which theme the screen wears, and how everything takes the look of another one."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import App
from textual.theme import Theme

from l4numa_tui.tui.arranging import Arranging
from l4numa_tui.tui.colours import FEW_DARK, FEW_LIGHT
from l4numa_tui.tui.database_pane import DatabasePane
from l4numa_tui.tui.line_pane import LinePane
from l4numa_tui.tui.look import Look
from l4numa_tui.tui.palette import (
    COMPONENTS,
    SHEET,
    name_of,
    next_theme,
    style_in,
    theme_name,
    themes,
    variables_of,
)


class Theming(Arranging):
    """Holds the palette and what has been looked up in it: the `look` of every pane.

    `colours` False is for NO_COLOR: then only weights are used, whatever theme is asked for.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    DEFAULT_CSS = SHEET

    colours = True
    look: Look

    def choose_theme(self, theme: str, *, colours: bool, sixteen: bool) -> None:
        """Wear `theme`, one of `palette.THEMES`, or what the terminal can show of it."""
        self.colours = colours
        self.look = Look(partial(style_in, self))
        for each in themes():
            self.register_theme(each)
        if not colours:
            theme = "mono"
        elif sixteen and theme != "mono":
            theme = "mono" if theme.endswith("light") else "terminal"
        name = theme_name(theme)
        if self.available_themes[name].ansi:
            self.theme = name
            return
        # What assigning does, without parsing all style sheets again before the first frame.
        self.set_reactive(App.theme, name)
        dark = self.current_theme.dark
        self.set_class(dark, "-dark-mode", update=False)
        self.set_class(not dark, "-light-mode", update=False)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our colours under a theme that does not set them; none before one is chosen."""
        return variables_of(self.current_theme) if "look" in vars(self) else {}

    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables, with what 256 colours need otherwise."""
        variables = super().get_css_variables()
        if self.few_colours:
            variables |= FEW_DARK if self.current_theme.dark else FEW_LIGHT
        return variables

    @property
    def few_colours(self) -> bool:
        """Whether the terminal has 256 colours, and no more."""
        return "look" in vars(self) and self.console.color_system == "256"

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
