"""All commands in a list that is searched by typing, and the list of themes."""

from __future__ import annotations

from l4numa_tui.tui.actions import ACTIONS, GROUPS
from l4numa_tui.tui.behaviour.arranging import Arranging
from l4numa_tui.views.picking import Choice

_THEME = "Choose a theme"
_OURS, _OTHERS = "Made for this program", "Other themes"


class Commanding(Arranging):
    """The registry as a list: every action that is possible now."""

    def action_command_palette(self) -> None:
        """All commands; the one that is taken is done."""
        from l4numa_tui.tui.screens.pick_screen import PickScreen  # noqa: PLC0415 - only when asked for

        class CommandScreen(PickScreen):
            """Says in full what the chosen one does."""

            heading = "All commands"
            about_rows = 2
            wide = True
            keys = (*PickScreen.keys[:-1], ("enter", "do it"))

        screen = CommandScreen(self.stage, self.commands())
        screen.then = self._do
        self.push_screen(screen)

    def action_change_theme(self) -> None:
        """All themes, ours first."""
        from l4numa_tui.tui.looks.palette import name_of, theme_name  # noqa: PLC0415 - as above
        from l4numa_tui.tui.screens.pick_screen import PickScreen  # noqa: PLC0415 - as above

        names = {name_of(name): name for name in self.available_themes}
        own = {short for short, name in names.items() if name == theme_name(short)}
        choices = [
            Choice(
                short, "worn now" if name == self.theme else "", _OURS if short in own else _OTHERS
            )
            for short, name in names.items()
        ]
        choices.sort(key=lambda each: each.group != _OURS)
        screen = PickScreen(self.stage, choices)
        screen.heading = "Themes"

        def wear(short: str) -> None:
            if short:
                self.theme = names[short]

        screen.then = wear
        self.push_screen(screen)

    def commands(self) -> list[Choice]:
        """What is possible now, in the groups and the order of the help."""
        keys, ascii_only = self.stage.keys, self.stage.ascii_only
        found = [
            Choice(action.title, action.help, title, keys.first(action.id, ascii_only=ascii_only))
            for group, title in GROUPS
            for action in ACTIONS
            if action.group == group
            and action.id != "command_palette"
            and self.possible(action.needs)
        ]
        if self.possible("has_colours"):
            found.append(Choice(_THEME, "all themes that there are", found[-1].group))
        return found

    def _do(self, title: str) -> None:
        if title == _THEME:
            self.action_change_theme()
        for action in ACTIONS:
            if action.title == title:
                self.call_later(self.run_action, f"app.{action.method}")
