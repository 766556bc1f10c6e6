"""What the forest needs to know of a world besides its entries: names, homes, regions, glyphs."""

from __future__ import annotations

from typing import NamedTuple

from l4numa_tui.kernel.mapping_database import SIGMA0, Row, entry_id, space_of, vpn_of
from l4numa_tui.machine.machine import NODE_SHIFT
from l4numa_tui.safe_text import safe_text
from l4numa_tui.views.forest.grants import Grants
from l4numa_tui.views.pane_parts import application_spaces, clean
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import MARK_GONE, node_label

_FRAME_DIGITS = 4  # hexadecimal digits of a frame's index, more where the memory is larger
PAGE_DIGITS = 5  # hexadecimal digits of a page's number, likewise
_NAME_LIMIT = 24  # columns for a space's name
_PLAIN_LABELS = 8  # from so many nodes on, glyphs repeat: a count needs the number as well


class ForestGlyphs(NamedTuple):
    """The forest's drawing characters, each one column wide."""

    run: str = "▤"
    opened: str = "▾"
    total: str = "▸"
    times: str = "×"
    span: str = "–"
    elsewhere: str = "⇄"
    everywhere: str = "≡"
    local: str = "≠"
    gone: str = MARK_GONE
    arrow: str = "→"
    single: str = "─"
    double: str = "═"
    head: str = "▶"
    first: str = "┬"
    middle: str = "├"
    last: str = "└"
    rail: str = "│"
    cut: str = "…"
    more_right: str = "›"
    more_left: str = "‹"
    dotted: str = "┄"
    given: str = "▷"
    given_left: str = "◁"
    head_left: str = "◀"
    corners: str = "╭╮╰╯"
    # Where a lane's rail meets lines: single and double, both ways, going on and ending.
    tees: str = "├╞┤╡"
    elbows: str = "└╘┘╛"
    crossing: str = "┼╪"
    tap: str = "┬╤"
    leader: str = "┈"


UNICODE = ForestGlyphs()
ASCII = ForestGlyphs(
    run="=", opened="v", total=">", times="x", span="-", elsewhere="@", everywhere="=", local="!",
    gone="-", arrow=">", single="-", double="=", head=">", first=".", middle="|", last="`",
    rail="|", cut=".", more_right=">", more_left="<", dotted=".", given=">", given_left="<",
    head_left="<", corners="..''", tees="||||", elbows="``''", crossing="++", tap="++",
    leader=".",
)  # fmt: skip


class Facts:
    """A scene's fixed facts, looked up once: what a space is called, where it lives, what it is.

    `rows`, `child`, `following`, `large` and `used` are the kernel's own tables, read and never
    written; `grants` knows what came by a grant.
    `root` is the root pager's space, `pagers` those of the node pagers, `members` the applications'
    spaces. `ended` names the homes of spaces that the last step ended.
    """

    def __init__(self, scene: Scene, grants: Grants | None = None) -> None:
        world = scene.world
        kernel, system = world.kernel, world.system
        self.world = world
        self.ascii_only = scene.ascii_only
        self.glyphs = ASCII if scene.ascii_only else UNICODE
        self.database = kernel.database
        self.rows = kernel.database.entries.rows
        self.large = kernel.database.large.rows
        self.used = kernel.status.used.rows
        self.child = kernel.database.child.rows
        self.following = kernel.database.next.rows
        self.nodes = kernel.machine.nodes
        threads = kernel.threads.rows
        self.root: int = threads[system.root][0] if system.root else -1  # none on a bare kernel
        self.pagers = frozenset(
            threads[thread][0] for thread in system.roster.pager_threads.values()
        )
        self.members = application_spaces(scene)
        self.ended: dict[int, int] = {}
        self.names = {
            space: _space_name(scene, space) for space in (*system.space_names, *kernel.spaces.rows)
        }
        self._scene = scene
        self._spaces = kernel.spaces.rows
        self._regions: dict[tuple[int, str], int] = {}
        self.region_names = [""]  # by region code; code 0 is no application's
        self.frame_width = len(str(self.nodes - 1)) + 1 + _digits(kernel.machine.user_frames)
        self.node_digits = len(str(self.nodes - 1))
        known = grants is not None and grants.journal is kernel.journal
        self.grants = grants if grants and known else Grants(kernel.journal)

    def row(self, page: int) -> Row:
        """The row of a page that is mapped, also one inside a 2 MiB entry."""
        row = self.rows.get(page) or self.database.row(page)
        if row is None:
            raise KeyError(page)
        return row

    def is_large(self, page: int) -> bool:
        """Whether a page is mapped by a 2 MiB entry."""
        return bool(self.large) and self.database.large_around(page) is not None

    def derived_from(self) -> set[int]:
        """The frames that somebody besides sigma0 has: those of sigma0's pages, and those of
        pages inside a 2 MiB entry from which smaller ones are derived."""
        frames = {vpn_of(page) for page in self.child if space_of(page) == SIGMA0}
        if self.large:
            inside = (page for page in self.child if page not in self.rows)
            frames |= {self.row(page)[0] for page in inside if self.is_large(page)}
        return frames

    def home(self, space: int) -> int:
        """The home node of a space, also of one that the last step ended."""
        row = self._spaces.get(space)
        return self.ended.get(space, 0) if row is None else row[0]

    def name(self, space: int) -> str:
        """The space's name, also of one that the run has made."""
        return self.names.get(space) or _space_name(self._scene, space)

    def label(self, node: int) -> str:
        """A node's glyph and number."""
        return node_label(node, ascii_only=self.ascii_only)

    def count_label(self, node: int) -> str:
        """What stands before a count of a node's things: its glyph, where that says which node."""
        label = self.label(node)
        return label[0] if self.nodes <= _PLAIN_LABELS else f"{label}:"

    def region(self, space: int, vpn: int) -> int:
        """A code for the region of a page, 0 outside applications; `region_names` has its name."""
        found = self.members.get(space)
        if found is None:
            return 0
        application = found[0]
        region = application.region_of(vpn)
        key = (application.number, region.name if region else "")
        code = self._regions.get(key)
        if code is None:
            code = self._regions[key] = len(self.region_names)
            name = safe_text(f"{application.name} {key[1]}".rstrip(), limit=_NAME_LIMIT)
            self.region_names.append(clean(self._scene, name))
        return code

    def is_server(self, space: int) -> bool:
        """Whether a space holds memory at its own numbers for others: no application's space."""
        return space not in self.members and space != SIGMA0

    def sharing(self, space: int, vpn: int, frame: int) -> tuple[int, int]:
        """How many spaces of the application see a page in this frame, and how many see it at all.

        (0, 0) for a space that is no application's.
        """
        if space not in self.members:
            return 0, 0
        rows = self.rows
        spaces = self.members[space][0].spaces.values()
        shown = [row[0] for each in spaces if (row := rows.get(entry_id(each, vpn))) is not None]
        return shown.count(frame), len(shown)

    def node_of_frame(self, frame: int) -> int:
        """The node a frame lies on, within the machine."""
        return min(frame >> NODE_SHIFT, self.nodes - 1)


def _space_name(scene: Scene, space: int) -> str:
    return clean(scene, safe_text(scene.space_name(space), limit=_NAME_LIMIT))


def _digits(frames: tuple[int, ...]) -> int:
    return max(_FRAME_DIGITS, *(len(f"{max(count - 1, 0):x}") for count in frames))
