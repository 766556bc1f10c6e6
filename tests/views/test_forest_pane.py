"""The forest's pane: what is on the screen is what the view says, and little is painted for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.screen import Screen

from l4numa_tui.tui.panes.forest_pane import ForestPane
from l4numa_tui.views.forest import ForestView
from l4numa_tui.views.forest.strip import change_strip, row_of_cell
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Target, plain
from l4numa_tui.world.operations import DO, Op
from l4numa_tui.world.session import Session
from tests.views.pane_worlds import DATA, make_session

WIDTH, HEIGHT = 84, 12


class Bench(App[None]):
    """The pane alone, with an application around it that selects what the pane says."""

    BINDINGS = [("n", "forward", "step"), ("p", "backward", "back")]  # noqa: RUF012

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.selected: Target | None = None
        self.chosen: list[Target | None] = []
        self.pane = ForestPane()

    def scene(self) -> Scene:
        return Scene(self.session.world, self.session.last, self.selected)

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.focus()
        self.follow()

    def follow(self) -> None:
        self.pane.follow(self.session, self.scene())

    def action_forward(self) -> None:
        self.session.step()
        self.follow()

    def action_backward(self) -> None:
        self.session.back()
        self.follow()

    def on_forest_pane_selected(self, message: ForestPane.Selected) -> None:
        self.selected = message.target
        self.chosen.append(message.target)
        self.pane.show(self.scene())

    def painted(self) -> list[str]:
        """What the screen shows below the title, without the strip."""
        rows = [self.pane.render_line(y).text for y in range(1, HEIGHT)]
        assert {len(row) for row in rows} == {WIDTH}
        return [row[:-1].rstrip() for row in rows]

    def expected(self) -> list[str]:
        """What a view made anew says that it should show."""
        view = self.pane.view
        assert view
        fresh = ForestView(self.scene(), view.folds.copy())
        top, left = int(self.pane.scroll_y), int(self.pane.scroll_x)
        rows = range(top, top + HEIGHT - 1)
        lines = [fresh.line(y, WIDTH - 1, left) if y < fresh.row_count else [] for y in rows]
        return [plain(line) for line in lines]


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Notes every layout of the screen ("layout") and every region the pane has painted anew."""
    found: list[object] = []
    layout, refresh = Screen._refresh_layout, ForestPane.refresh

    def note_layout(*args: object, **more: object) -> object:
        found.append("layout")
        return layout(*args, **more)  # type: ignore[arg-type]

    def note_refresh(pane: ForestPane, *regions: Region, **more: bool) -> ForestPane:
        found.extend(regions or ["all"])
        found.extend(["layout"] if more.get("layout") else [])
        return refresh(pane, *regions, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Screen, "_refresh_layout", note_layout)
        patch.setattr(ForestPane, "refresh", note_refresh)
        yield found


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_screen_shows_what_a_new_view_says(seed: int) -> None:
    draw = random.Random(seed)
    app = Bench(make_session(4, 8))
    pane = app.pane
    moves: list[Callable[[], None]] = [
        *(app.action_forward,) * 8,
        app.action_backward,
        *(partial(pane.action_cursor, way) for way in ("down", "down", "up", "left", "right")),
        *(partial(pane.action_page, by) for by in (-1, 1)),
        partial(pane.action_edge, 1),
        pane.action_fold,
    ]
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.press("down")
        for _ in range(20):
            for move in draw.choices(moves, k=6):
                move()
            await pilot.pause()
            assert app.painted() == app.expected()
            assert app.selected in (None, pane.cursor)
        app.session.seek(20)
        app.follow()
        await pilot.pause()
        assert app.painted() == app.expected()


async def test_a_step_paints_only_rows_that_change_and_lays_nothing_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Bench(make_session(4, 8))
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.press("n", "n")
        for _ in range(20):
            before, top = app.painted(), app.pane.scroll_y
            marks = app.pane.view.change_rows() if app.pane.view else []
            with counted(monkeypatch) as found:
                app.action_forward()
                await pilot.pause()
            assert "layout" not in found
            assert "all" not in found
            view = app.pane.view
            assert view
            if not marks and not view.change_rows() and app.pane.scroll_y == top:
                assert not found, "a step that changes no mapping paints nothing here"
            rows = {region.y - 1 for region in found if isinstance(region, Region)}
            after = app.painted()
            assert {y for y, text in enumerate(after) if text != before[y]} <= rows


async def test_a_change_out_of_sight_is_scrolled_to() -> None:
    app = Bench(make_session(4, 8))
    async with app.run_test(size=(WIDTH, HEIGHT)):
        view = app.pane.view
        assert view
        view.unfold_all()
        app.pane.show(app.scene())
        seen = 0
        for _ in range(40):
            app.action_forward()
            top, rows = int(app.pane.scroll_y), [row for row, _ in view.change_rows()]
            if rows:
                assert any(top <= row < top + HEIGHT - 1 for row in rows)
                seen += top > 0
        assert seen, "some changes were below the first page"
        assert app.pane.cursor is None


async def test_keys_move_select_and_fold_and_the_rest_is_the_applications() -> None:
    app = Bench(make_session(2, 8))
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.press("down", "down")
        assert app.pane.cursor == ("run", 0)
        assert app.chosen == [("node", 0), None]
        await pilot.press("enter")
        assert "▾ 0:0000–0007 ×8" in app.painted()[1]
        await pilot.press("down", "right")
        assert app.selected
        assert app.selected[0] == "entry"
        await pilot.press("left")
        assert app.selected == ("frame", 0)
        await pilot.press("space")
        assert app.pane.cursor == ("run", 0)
        assert app.selected is None
        assert "▤ 0:0000–0007 ×8" in app.painted()[1]
        await pilot.press("end")
        assert app.painted()[3].startswith("│▤ 1:0000")
        assert app.pane.cursor == ("run", 1 << 28)
        await pilot.press("n")
        assert app.session.cursor == 1


async def test_a_click_selects_and_what_others_select_is_shown() -> None:
    app = Bench(make_session(4, 8))
    app.session.run(12)
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        column = app.painted()[1].index("pager0")
        await pilot.click(ForestPane, offset=(column, 2))
        assert app.selected
        assert app.selected[0] == "entry"
        assert app.pane.cursor == app.selected
        app.selected = ("frame", 3 << 28 | 5)
        app.pane.show(app.scene())
        await pilot.pause()
        assert app.pane.cursor == app.selected
        assert any(text.startswith("│3:0005") for text in app.painted())
        await pilot.click(ForestPane, offset=(WIDTH - 1, 1))
        assert app.pane.scroll_y == 0


async def test_following_survives_leaps_and_another_future() -> None:
    app = Bench(make_session(4, 8))
    session, thread = app.session, app.session.world.system.programs[0]
    async with app.run_test(size=(WIDTH, HEIGHT)):
        session.run(9)
        app.follow()
        assert app.painted() == app.expected()
        for _ in range(3):
            session.back()
        while session.step((DO, thread, Op.WRITE, DATA + 9 << 12)) is None:
            pass
        session.run(2)
        assert session.branches
        app.follow()
        assert app.painted() == app.expected()
        session.run(1000)
        app.follow()
        assert app.painted() == app.expected()
        session.seek(4)
        app.follow()
        assert app.painted() == app.expected()


async def test_narrow_panes_have_narrow_chips_and_slide_to_the_cursor() -> None:
    app = Bench(make_session(4, 8))
    app.session.run(12)
    async with app.run_test(size=(30, HEIGHT)) as pilot:
        assert app.pane.view
        assert app.pane.view.tight
        await pilot.press("down", "down", "right", "right", "right")
        first, end = app.pane.view.columns_of(app.pane.cursor or ("node", 0))
        left = int(app.pane.scroll_x)
        assert left <= first < end <= left + 29
        assert left > 0
        await pilot.press("left", "left", "left")
        assert app.pane.scroll_x == 0
        await pilot.resize_terminal(WIDTH, HEIGHT)
        assert not app.pane.view.tight
        assert app.painted() == app.expected()


def test_the_strip_shows_where_the_changes_are_and_what_is_visible() -> None:
    cells = change_strip(6, 0, 8, [(2, "+"), (5, "−")], ascii_only=False)
    assert [cell.text for cell in cells] == [" ", " ", "+", " ", " ", "−", " ", " "]
    changes = [(0, "+"), (500, "~"), (501, "+"), (502, "−"), (999, "~")]
    cells = change_strip(1000, 250, 10, changes, ascii_only=True)
    assert [cell.text for cell in cells] == ["+", "|", "#", "|", "|", "-", "|", "|", "|", "~"]
    assert [row_of_cell(cell, 1000, 10) for cell in (0, 5, 9)] == [0, 500, 900]
