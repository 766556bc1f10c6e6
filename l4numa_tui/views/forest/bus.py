"""The bus: what ties the entries of the selected page together at the forest's right edge.

The kernel knows nothing of it: that these entries are one page is the user level's agreement.
"""

from __future__ import annotations

from collections.abc import Iterable

from l4numa_tui.kernel.mapping_database import entry_id
from l4numa_tui.views.forest.facts import Facts
from l4numa_tui.views.forest.light import Light
from l4numa_tui.views.segments import Line, Segment, plain


def mates_of(facts: Facts, light: Light) -> dict[int, list[int]]:
    """The entries of the selected page, or the selected entry's page, by frame; none for others."""
    if light.selected is None or light.selected[0] not in ("entry", "page"):
        return {}
    found: dict[int, list[int]] = {}
    for space, vpn in light.mates:
        entry = entry_id(space, vpn)
        row = facts.rows.get(entry) or facts.database.row(entry)
        if row is not None:
            found.setdefault(row[0], []).append(entry)
    return found if sum(map(len, found.values())) > 1 else {}


def bus_of(facts: Facts, rows: Iterable[int], frames: int) -> dict[int, Segment]:
    """For each row that the bus passes its sign: `≡` beside a mate, `≠` where frames differ."""
    mates = set(rows)
    if not mates:
        return {}
    glyphs = facts.glyphs
    sign, style = (glyphs.everywhere, "good") if frames == 1 else (glyphs.local, "warn")
    return {
        row: Segment(sign if row in mates else glyphs.rail, style)
        for row in range(min(mates), max(mates) + 1)
    }


def tied(line: Line, width: int, sign: Segment, facts: Facts) -> Line:
    """A line of `width` columns with the bus in its last one, and a leader to it from a mate."""
    if width < 2:
        return line
    leads = sign.text != facts.glyphs.rail
    used = min(len(plain(line)) + 1, width - 1) if leads else width - 1
    out: Line = []
    at = 0
    for segment in line:
        text = segment.text[: max(used - at, 0)]
        at += len(segment.text)
        if text:
            out.append(segment if text == segment.text else segment._replace(text=text))
    if used < width - 1:
        out.append(Segment(facts.glyphs.leader * (width - 1 - used), "dim"))
    return [*out, sign]
