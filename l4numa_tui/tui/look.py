"""From the views' style names to Rich styles, once per theme."""

from __future__ import annotations

from rich.segment import Segment as RichSegment
from rich.style import Style
from textual.strip import Strip
from textual.theme import Theme

from l4numa_tui.safe_text import safe_text
from l4numa_tui.tui.colours import DARK, DARK_THEME, LIGHT, LIGHT_THEME, MONO, SIXTEEN
from l4numa_tui.views.segments import Line

DARK_NAME, LIGHT_NAME = "l4numa-dark", "l4numa-light"
ANSI_DARK, ANSI_LIGHT = "ansi-dark", "ansi-light"  # Textual's own


def themes() -> list[Theme]:
    """The program's own themes."""
    return [
        Theme(name=DARK_NAME, dark=True, **DARK_THEME),  # type: ignore[arg-type]
        Theme(name=LIGHT_NAME, dark=False, **LIGHT_THEME),  # type: ignore[arg-type]
    ]


def theme_name(theme: str, *, plain: bool) -> str:
    """Textual's name of the `dark` or `light` theme; `plain` for the terminal's own colours."""
    light = theme == "light"
    if plain:
        return ANSI_LIGHT if light else ANSI_DARK
    return LIGHT_NAME if light else DARK_NAME


def next_theme(theme: Theme) -> str:
    """The name of the theme after this one, among those that suit the terminal as it does."""
    names = [ANSI_DARK, ANSI_LIGHT] if theme.ansi else [each.name for each in themes()]
    return names[(names.index(theme.name) + 1) % len(names)] if theme.name in names else names[0]


def table_for(theme: Theme, *, colours: bool) -> dict[str, str]:
    """The look of every style under a theme, ours or another; without `colours`, weights only.

    What 16 colours look like on a light terminal nobody knows: there, too, weights must do.
    """
    if not colours or (theme.ansi and not theme.dark):
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
        """A line as exactly `width` columns over `base`; `extra` joins the style of all of it.

        Neighbours of one look become one segment: every segment costs the terminal 40 bytes.
        """
        under = base + self.style(extra) if extra else base
        segments: list[RichSegment] = []
        text, last = "", under
        for part, names, _ in line:
            if not part.isprintable():
                # The last gate: whatever a view let through cannot steer the terminal.
                part = safe_text(part)  # noqa: PLW2901
            style = base + self.style(f"{names} {extra}" if extra else names) if names else under
            if style is last or style == last:
                text += part
                continue
            if text:
                segments.append(RichSegment(text, last))
            text, last = part, style
        if text:
            segments.append(RichSegment(text, last))
        return Strip(segments).adjust_cell_length(width, under)
