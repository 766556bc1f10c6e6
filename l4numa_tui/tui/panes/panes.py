"""The panes: each asks its view for lines."""

from __future__ import annotations

from collections.abc import Iterator

from textual.geometry import Size

from l4numa_tui.tui.panes.about_pane import explanation_lines, note_lines
from l4numa_tui.tui.panes.lesson_text import Page, checks_page, lesson_page, wrap_text
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.stage import Stage
from l4numa_tui.tui.standing import next_text, subject
from l4numa_tui.views.inspecting.inspector import inspector
from l4numa_tui.views.machine.machine_map import machine_map
from l4numa_tui.views.machine.memory_heat import HeatBook
from l4numa_tui.views.messages.lanes import HEADER, lanes
from l4numa_tui.views.pane_parts import MARK_STYLES
from l4numa_tui.views.pane_parts import number as with_blanks
from l4numa_tui.views.segments import Line, Segment
from l4numa_tui.views.steps.step_text import explain_changes, headline
from l4numa_tui.views.tables.page_grid import page_grid
from l4numa_tui.views.tables.page_table_view import page_table

_LANE_STEPS = 60  # so many steps back the lanes look for rows
_LANE_MORE = 400  # rows at most, however far one scrolls
_GRID_AT_ONCE = 2_000  # cells of the page grid that cost a step nothing to speak of
ROOMY = 13  # rows a page-table walk needs with an arrow under every level


class MapPane(LinePane):
    """The machine map."""

    inset = 1
    number = 1
    title = "Machine"
    tab_name = "map"
    about = (
        "A box for each node: its CPUs, its memory, and what the kernel keeps there: PT page "
        "tables, MDB mapping entries. A cell of memory shows the glyph of the node that reads the "
        "frame, a digit if several do; with ×5 frames to a cell it is the darker the more of them "
        "are mapped, and below stands who reads most. ◀3 counts the mappings on other nodes that "
        "lead to this node's memory: the largest is the hot spot. The heavy box is where the last "
        "step happened. Many nodes are lines or cells of a table; click on one, or select it, to "
        "see all of it."
    )

    def __init__(self, stage: Stage, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(stage, id=id)
        self._book = HeatBook()

    def lines(self, room: Size) -> list[Line]:
        """Boxes, or one line per node where boxes do not fit."""
        return machine_map(self.stage.scene(), room.width, room.height, self._book)


class LanesPane(LinePane):
    """The message lanes."""

    number = 3
    title = "Messages"
    head_rows = HEADER
    tab_name = "messages"
    about = (
        "One line for each event, the newest last; a lane for each party, grouped by node. A "
        "double arrow crosses nodes. The column at the right is what it cost, in cycles. A click "
        "on a row selects what it is about, on its step's number the step. Rows about what is "
        "selected are lit."
    )

    def subtitle(self) -> Line:
        """The legend."""
        double, single = ("=", "-") if self.stage.ascii_only else ("═", "─")
        return [
            Segment(f" {single} same node  ", "dim"),
            Segment(f"{double} crosses nodes", "dim"),
        ]

    def lines(self, room: Size) -> list[Line]:
        """The newest rows that fit; more of them while scrolled back."""
        session = self.stage.session
        now = session.cursor
        records = session.records(now - _LANE_STEPS, now)
        rows = max(room.height + self._more, HEADER + 1)
        return lanes(self.stage.scene(), records, now, room.width, rows)

    _more = 0  # rows further back that somebody has scrolled to

    def follow(self) -> tuple[int, int]:
        """The newest row."""
        return len(self._content) - 1, len(self._content) - 1

    def watch_moment(self) -> None:
        """A new step ends looking back."""
        self._more = 0
        super().watch_moment()

    def scroll_rows(self, by: int) -> None:
        """Scrolling up at the top fetches older rows."""
        if by < 0 and self.top + by < 0 and self._more < _LANE_MORE:
            before = len(self._content)
            self._more -= 4 * by
            self.renew()
            self.top += len(self._content) - before
        super().scroll_rows(by)


class TablesPane(LinePane):
    """The walk of one address and the grid of pages; or the inspector, which has no other place."""

    inset = 1
    number = 4
    tab_name = "tables"
    about = (
        "The page-table walk of one address, level by level: the glyph says on which node a "
        "table or frame lies. Below, an application's pages against its nodes: holes are the "
        "faults still to come. Select a mapping anywhere to see its walk and all that is known "
        "about it; i changes between the two."
    )
    alone = False  # whether the inspector has a pane of its own
    inspecting = False

    def heading(self) -> str:
        """What is shown now."""
        return "Inspector" if self.inspecting and not self.alone else "Page tables"

    def subtitle(self) -> Line:
        """How to get at the other one."""
        if self.alone:
            return []
        other = "page tables" if self.inspecting else "inspector"
        return [Segment(f" {self.stage.key('inspect')} ", "key"), Segment(f"{other} ", "dim")]

    def watch_selected(self) -> None:
        """Turn to the inspector when something is selected, and back."""
        self.inspecting = self.selected is not None
        self.top = 0
        super().watch_selected()

    def lines(self, room: Size) -> list[Line]:
        """The inspector, or the walk and the grid."""
        if self.inspecting and not self.alone:
            return inspect_stage(self.stage, room.width)
        scene, shown = self.stage.scene(), subject(self.stage)
        width, height = room
        if shown is None:
            hint = "No address has been touched yet: take a step, or select a mapping."
            return list(wrap_text(hint, width, style="dim"))
        space, vpn = shown
        out = [*page_table(scene, space, vpn, width, max(height, ROOMY)), []]
        for application in scene.world.system.roster.applications.values():
            if space not in application.spaces.values():
                continue
            pages = sum(region.pages for region in application.regions)
            if pages * len(application.spaces) > _GRID_AT_ONCE and not self.has_focus:
                key = self.stage.key("tables")
                text = f"{with_blanks(pages)} pages: press {key} to see which node has which"
                out += wrap_text(text, width, style="dim")
            else:
                out += page_grid(scene, application.number, width, height)
        return out

    def watch_has_focus(self, has_focus: bool) -> None:
        """A large grid is drawn only for somebody who looks at it."""
        self.renew()
        super().watch_has_focus(has_focus)


class InspectorPane(LinePane):
    """The selected object in full, in a column of its own on wide screens."""

    inset = 1
    number = 6
    title = "Inspector"
    tab_name = "inspector"
    about = (
        "All that is known about what is selected: where it is kept and what that costs, whence it "
        "comes and what comes of it, its rights and status bits, who made it and who changed it "
        "last. Whatever is named can be selected in turn, and so can a page table: by its frame in "
        "the walk. With nothing selected: what the step changed."
    )

    def watch_selected(self) -> None:
        """Begin at the top."""
        self.top = 0
        super().watch_selected()

    def lines(self, room: Size) -> list[Line]:
        """The selected thing, or the last step's changes."""
        return inspect_stage(self.stage, room.width)


def inspect_stage(stage: Stage, width: int) -> list[Line]:
    """The inspector's lines where the stage stands."""
    return inspector(stage.scene(), width, stage.session)


class LessonPane(LinePane):
    """The lesson's text, questions and checks; without a lesson, what the last step changed."""

    inset = 1
    number = 5
    tab_name = "lesson"

    def heading(self) -> str:
        """What is shown: a lesson, or a scenario's steps."""
        return "Lesson" if self.stage.player else "This step"

    def explanation(self) -> str:
        """The help for this pane."""
        if self.stage.player is None:
            return "What the scenario is, and what the last step changed: + new, − gone, ~ changed."
        return (
            "The lesson's text. Where a question stands, stepping waits for your answer: press the "
            "letter of a choice or type a number, then enter. u answers that you do not know."
        )

    def __init__(self, stage: Stage, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(stage, id=id)
        self._page = Page([], [], None)
        self._seen = -1  # blocks that have been on the screen; -1 before the first time
        self._draft = ""  # the answer under way as it was painted last

    def subtitle(self) -> Line:
        """Points so far, and that there is more to read."""
        player = self.stage.player
        if player is None:
            return []
        got, of = player.score()
        line = [Segment(f" {got}/{of} points ", "dim")] if of else []
        if self.unread:
            line += [Segment(" space ", "key"), Segment("more", "")]
        return line

    @property
    def unread(self) -> bool:
        """Whether text stands below what is visible."""
        return self.top + self._heads + self.body_height < len(self._content)

    def lines(self, room: Size) -> list[Line]:
        """Blocks and question, or the step's changes."""
        stage, width = self.stage, room.width
        if stage.player is None:
            return [*_scenario(stage, width)]
        ascii_only = stage.ascii_only
        blocks = stage.player.blocks()
        self._page = page = lesson_page(
            blocks, stage.draft, width, ascii_only=ascii_only, alarm=stage.alarm
        )
        if not stage.player.in_challenge:
            return page.lines
        checks, commands = stage.player.checks(), stage.player.commands()
        return [*page.lines, *checks_page(checks, commands, width, ascii_only=ascii_only)]

    def follow(self) -> tuple[int, int] | None:
        """New blocks from their beginning; the question while it is being answered."""
        if self.stage.player is None:
            return 0, 0
        starts, question = self._page.starts, self._page.question
        last = len(self._content) - 1
        seen, self._seen = self._seen, len(starts)
        draft = self.stage.draft
        typed = f"{draft.question.id} {draft.picked} {draft.typed} {draft.unknown}" if draft else ""
        touched, self._draft = typed != self._draft, typed
        if seen < 0:
            # At the beginning all of it; where somebody comes back, the end.
            return (starts[-1], last) if starts and self.stage.session.cursor else (0, 0)
        if seen < len(starts):
            return starts[seen], last
        if question and (self.stage.alarm or touched):
            return question
        return None


def _scenario(stage: Stage, width: int) -> Iterator[Line]:
    """A scenario without a lesson: its title, what happened, what to press."""
    yield from wrap_text(stage.title, width, style="title")
    yield []
    last = stage.session.last
    if last is None:
        yield from explanation_lines(stage, width)
        yield from wrap_text("The machine has just booted: nothing is mapped yet.", width)
        yield []
        for actions, text in _FIRST_KEYS:
            key = "–".join(dict.fromkeys((stage.key(actions[0]), stage.key(actions[-1]))))
            key = key.replace("–", "-") if stage.ascii_only else key
            yield from wrap_text(text, width, Segment(f"{key:<5} ", "key"))
        return
    scene = stage.scene()
    yield from wrap_text(headline(scene, last), width, style="strong")
    yield []
    yield from note_lines(stage, width)
    for text in explain_changes(scene, last):
        style = MARK_STYLES.get(text[:1], "")
        if style:
            yield from wrap_text(text[2:], width, [Segment(text[:1], style), Segment(" ")])
        else:
            yield from wrap_text(text, width, style="dim")
    if not next_text(stage):
        yield []
        back, first = stage.key("back"), stage.key("first")
        text = f"The scenario ends here. {back} steps back, {first} starts over."
        yield from wrap_text(text, width)


_FIRST_KEYS = (
    (("step",), "one step forward"),
    (("back",), "one step back, exactly"),
    (("stride",), "a whole pagefault at once"),
    (("run",), "run; any key stops"),
    (("goto",), "go to a step"),
    (("machine", "tables"), "move to a pane, or tab"),
    (("choose",), "select: lit up everywhere"),
    (("find",), "find anything"),
    (("words_here",), "what the line's words mean"),
    (("help",), "help for the focused pane"),
)
