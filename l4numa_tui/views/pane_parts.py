"""Small parts that several panes share: glyphs in two character sets, a pen, fitting of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from l4numa_tui.kernel.mapping_database import SIGMA0, entry_id, space_of, vpn_of
from l4numa_tui.kernel.rights import EXECUTE, READ, WRITE
from l4numa_tui.machine.machine import frame_text, node_of
from l4numa_tui.userland.regions import Application
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import (
    MARK_CHANGED,
    MARK_GONE,
    MARK_NEW,
    Line,
    Segment,
    Target,
    fit,
    node_label,
    node_style,
    width_of,
)


class Glyphs(NamedTuple):
    """The drawing characters of the panes, each one column wide but `arrow` and `yes`."""

    arrow: str = "→"
    delta: str = "Δ"
    acting: str = "▶"
    back: str = "◀"
    idle: str = "·"
    known: str = "∘"
    cut: str = "…"
    times: str = "×"
    span: str = "–"
    gone: str = MARK_GONE
    here: str = "❯"
    square: str = "■"
    yes: str = "✓"
    local: str = "≠"
    bar: str = "│"
    dash: str = "─"
    double: str = "═"
    elbow: str = "└"
    elbow_left: str = "┘"
    corners: str = "╭╮╰╯"
    heavy_corners: str = "┏┓┗┛"
    heavy_bar: str = "┃"
    heavy_dash: str = "━"
    left_end: str = "├"
    right_end: str = "┤"
    knob: str = "●"
    knob_stopped: str = "◉"
    breakpoint: str = "┃"
    fork: str = "┬"
    shades: str = "·░▒▓█"
    full: str = "█"
    bars: str = "▁▂▃▄▅▆▇█"


UNICODE = Glyphs()
ASCII = Glyphs(
    arrow="->",
    delta="d",
    acting=">",
    back="<",
    idle=".",
    known=":",
    cut=".",
    times="x",
    span="-",
    gone="-",
    here=">",
    square="*",
    yes="ok",
    local="L",
    bar="|",
    dash="-",
    double="=",
    elbow="`",
    elbow_left="'",
    corners="..''",
    heavy_corners="++++",
    heavy_bar="H",
    heavy_dash="=",
    left_end="|",
    right_end="|",
    knob="O",
    knob_stopped="@",
    breakpoint="!",
    fork="Y",
    shades=".1234",
    full="#",
    bars="12345678",
)
MARK_STYLES = {MARK_NEW: "new", MARK_GONE: "gone", "-": "gone", MARK_CHANGED: "changed"}
_RIGHTS = ((READ, "r", "read"), (WRITE, "w", "write"), (EXECUTE, "x", "execute"))


class Pen:
    """Makes the segments of one scene: every target that is selected, or belongs to it, lights up.

    `glyphs` are those of the scene's character set.
    """

    __slots__ = ("_related", "glyphs", "scene")

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.glyphs = glyphs_of(scene)
        self._related = related_targets(scene)

    def put(self, text: str, style: str = "", target: Target | None = None) -> Segment:
        """A segment; `selected` or `related` joins its style where its target asks for that."""
        if target is not None and self.scene.selected is not None:
            if target == self.scene.selected:
                style = f"{style} selected".lstrip()
            elif target in self._related:
                style = f"{style} related".lstrip()
        return Segment(text, style, target)

    def concerns(self, things: frozenset[Target]) -> bool:
        """Whether one of the things is selected, or the same page or entry as what is."""
        selected = self.scene.selected
        if selected is None:
            return False
        same = (thing for thing in things if thing[0] in ("entry", "page"))
        return selected in things or any(thing in self._related for thing in same)

    def node(self, node: int) -> Segment:
        """A node's glyph and number in its colour."""
        return self.put(self.node_text(node), node_style(node), ("node", node))

    def chip(self, node: int, text: str = "") -> Segment:
        """A node's name as a label on its colour, or another text on it."""
        return self.put(text or f" {self.node_text(node)} ", f"chip{node % 8}", ("node", node))

    def node_text(self, node: int) -> str:
        """A node's glyph and number."""
        return node_label(node, ascii_only=self.scene.ascii_only)

    def node_glyph(self, node: int) -> str:
        """A node's glyph alone, before a number that names the node by itself."""
        return self.node_text(node)[0]

    def short(self, text: str, width: int) -> str:
        """The text in at most `width` columns, its cut marked."""
        text = clean(self.scene, text)
        return text if len(text) <= width else text[: max(width - 1, 0)] + self.glyphs.cut[:width]

    def sentence(self, text: str, width: int) -> list[Line]:
        """A sentence on as many lines as it needs; the mark it begins with in its colour."""
        style = MARK_STYLES.get(text[:1], "")
        rows = wrap([text], width)
        first = [self.put(rows[0][:1], style), self.put(rows[0][1:])] if style else []
        return [
            fit(first if first and not at else [self.put(row)], width)
            for at, row in enumerate(rows)
        ]


def glyphs_of(scene: Scene) -> Glyphs:
    """The glyphs of the scene's character set."""
    return ASCII if scene.ascii_only else UNICODE


def rights_part(rights: int, tail: str = "", target: Target | None = None) -> Line:
    """Three letters, each in the colour of its right, a dash for a right that is missing.

    `tail` are styles that join each letter's own, a blank before them.
    """
    return [
        Segment(
            letter if rights & bit else "-", f"{style if rights & bit else 'dim'}{tail}", target
        )
        for bit, letter, style in _RIGHTS
    ]


def clean(scene: Scene, text: str) -> str:
    """A name from the scenario as the scene's character set can write it."""
    if scene.ascii_only and not text.isascii():
        return text.encode("ascii", "replace").decode("ascii")
    return text


def wrap(texts: Iterable[str], width: int, indent: str = "  ") -> list[str]:
    """Break texts into rows of at most `width` columns; further rows of a text are indented."""
    import textwrap  # noqa: PLC0415 - brings in the regular expressions

    width = max(width, 1)
    rows: list[str] = []
    for text in texts:
        further = indent if width > len(indent) + 1 else ""
        rows += (
            textwrap.wrap(text, width, subsequent_indent=further) if len(text) > width else [text]
        )
    return rows


def number(value: int) -> str:
    """A count with a blank between thousands: `4 000`."""
    return f"{value:,}".replace(",", " ")


def count_of(value: int, thing: str) -> str:
    """A count and its noun: `1 fault`, `2 faults`, `3 entries`."""
    if value == 1:
        return f"1 {thing}"
    plural = thing[:-1] + "ies" if thing.endswith("ry") else f"{thing}{'e' * thing.endswith('s')}s"
    return f"{number(value)} {plural}"


def application_spaces(scene: Scene) -> dict[int, tuple[Application, int]]:
    """For each application space, its application and the node it serves."""
    return {
        space: (application, node)
        for application in scene.world.system.roster.applications.values()
        for node, space in application.spaces.items()
    }


def given_out(scene: Scene, node: int) -> list[tuple[int, int, int]]:
    """(first frame, frames, owner's space) of each piece of the node's memory that sigma0 gave."""
    owned = scene.world.kernel.journal.table("sigma0_owner").rows
    return sorted((frame, *row) for frame, row in owned.items() if node_of(frame) == node)


def space_home(scene: Scene, space: int) -> int | None:
    """The home node of a space, None once it has ended."""
    row = scene.world.kernel.spaces.rows.get(space)
    home: int | None = None if row is None else row[0]
    return home


def entry_name(scene: Scene, entry: int, frame: int | None = None) -> str:
    """What an entry maps, in its space's own terms: `A.1 page 0x402`, `pager1 frame 2:0007`.

    Servers hold frames at their own numbers, so the page says nothing that the frame does not.
    """
    space, vpn = space_of(entry), vpn_of(entry)
    if frame is None:
        found = scene.world.kernel.database.find(entry)
        frame = found.frame if found else None
    name = clean(scene, scene.space_name(space))
    if frame == vpn:
        return f"{name} frame {frame_text(frame)}"
    return f"{name} page {vpn:#x}"


def related_targets(scene: Scene) -> frozenset[Target]:
    """What belongs to the selected thing: an entry's frame and page, a frame's entries, and so on.

    Empty with nothing selected.
    """
    kernel = scene.world.kernel
    match scene.selected:
        case ("entry", entry):
            return frozenset(_of_entry(scene, entry))
        case ("frame", frame):
            page = entry_id(SIGMA0, frame)
            # sigma0's pages are the frames: everything below one is what maps it.
            return frozenset(("entry", entry) for entry in kernel.database.page_subtree(page))
        case ("page", number_, vpn):
            return frozenset(_of_page(scene, number_, vpn))
        case ("thread", thread) if thread in kernel.threads.rows:
            return frozenset({("space", kernel.threads.rows[thread][0])})
    return frozenset()


def _of_entry(scene: Scene, entry: int) -> list[Target]:
    space, vpn = space_of(entry), vpn_of(entry)
    found = scene.world.kernel.database.find(entry)
    out: list[Target] = [("space", space)]
    if found is not None:
        out.append(("frame", found.frame))
    owner = application_spaces(scene).get(space)
    if owner is not None:
        out += [("page", owner[0].number, vpn), *_of_page(scene, owner[0].number, vpn)]
    return out


def _of_page(scene: Scene, number_: int, vpn: int) -> list[Target]:
    application = scene.world.system.roster.applications.get(number_)
    out: list[Target] = []
    for space in application.spaces.values() if application else ():
        found = scene.world.kernel.database.find(entry_id(space, vpn))
        if found is not None:
            out += [("entry", entry_id(space, vpn)), ("frame", found.frame)]
    return out


def spread(parts: Sequence[Line], width: int, gap: int = 2) -> Line:
    """Join as many parts as fit in `width` columns, from the first on, `gap` blanks between."""
    line: Line = []
    for part in parts:
        more = width_of(part) + (gap if line else 0)
        if width_of(line) + more > width:
            continue
        line += [Segment(" " * gap), *part] if line else part
    return fit(line, width)
