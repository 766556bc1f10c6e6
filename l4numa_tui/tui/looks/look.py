"""From the views' style names to Rich styles, looked up once per theme."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment as RichSegment
from rich.style import Style
from textual.strip import Strip

from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.segments import Line

_UNDERLINED = ("selected", "related")


class Look:
    """Joins the styles of names separated by blanks, and remembers them.

    `style_of` gives the style of one name, Rich's null style for one it does not know.
    """

    __slots__ = ("_known", "_style_of")

    def __init__(self, style_of: Callable[[str], Style]) -> None:
        self._style_of = style_of
        self._known: dict[str, Style] = {}

    def style(self, names: str) -> Style:
        """The Rich style of `names`.

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
            look = self._style_of(name)
            if chipped and not name.startswith("chip"):
                underline = True if name in _UNDERLINED else look.underline
                look = Style(bold=look.bold, underline=underline, strike=look.strike)
            style += look
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
