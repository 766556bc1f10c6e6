"""From the views' style names to Rich styles, once per theme."""

from __future__ import annotations

from rich.segment import Segment as RichSegment
from rich.style import Style
from textual.strip import Strip
from textual.theme import Theme

from l4numa_tui.tui.colours import DARK, DARK_THEME, LIGHT, LIGHT_THEME, MONO, SIXTEEN
from l4numa_tui.views.segments import Line

DARK_NAME, LIGHT_NAME, PLAIN_NAME = "l4numa-dark", "l4numa-light", "l4numa-ansi"


def themes() -> list[Theme]:
    """The program's own themes: dark, light, and one in the terminal's own 16 colours."""
    plain = dict.fromkeys(
        ("foreground", "background", "surface", "panel", "boost"), "ansi_default"
    )
    hues = {"primary": "ansi_blue", "secondary": "ansi_cyan", "accent": "ansi_yellow"}
    alarms = {"warning": "ansi_yellow", "error": "ansi_red", "success": "ansi_green"}
    return [
        Theme(name=DARK_NAME, dark=True, **DARK_THEME),
        Theme(name=LIGHT_NAME, dark=False, **LIGHT_THEME),
        Theme(name=PLAIN_NAME, dark=True, ansi=True, **plain, **hues, **alarms),
    ]


def table_for(theme: Theme, *, colours: bool) -> dict[str, str]:
    """The look of every style under a theme, ours or another; without `colours`, weights only."""
    if not colours:
        return MONO
    if theme.ansi:
        return SIXTEEN
    return DARK if theme.dark else LIGHT


class Look:
    """Resolves style names, several joined with blanks, and remembers them."""

    __slots__ = ("_known", "_table")

    def __init__(self, table: dict[str, str]) -> None:
        self._table = table
        self._known: dict[str, Style] = {}

    def style(self, names: str) -> Style:
        """The Rich style of `names`; names it does not know say nothing.

        A chip keeps its colours whatever is joined to it: only weights are added.
        """
        found = self._known.get(names)
        if found is None:
            found = self._known[names] = self._resolve(names.split())
        return found

    def _resolve(self, names: list[str]) -> Style:
        chipped = any(name.startswith("chip") for name in names)
        style = Style()
        for name in names:
            look = self._table.get(name, "")
            if chipped and not name.startswith("chip"):
                look = "underline" if name in ("selected", "related") else MONO.get(name, "")
            if look:
                style += Style.parse(look)
        return style

    def strip(self, line: Line, width: int, base: Style, extra: str = "") -> Strip:
        """A line as exactly `width` columns over `base`; `extra` joins the style of all of it."""
        style, under = self.style, base + self.style(extra) if extra else base
        over = f" {extra}" if extra else ""
        segments = [
            RichSegment(text, base + style(names + over) if names else under)
            for text, names, _ in line
            if text
        ]
        return Strip(segments).adjust_cell_length(width, under)
