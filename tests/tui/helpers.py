"""Running the application without a terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from textual import events
from textual.pilot import Pilot

from l4numa_tui.course.player import LessonPlayer
from l4numa_tui.tui.app import L4numaApp
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.pictures.reading import screen_lines
from l4numa_tui.tui.stage import Stage
from l4numa_tui.views.segments import Line
from tests.tui.fake_player import FakePlayer
from tests.views.pane_worlds import make_session


class Screen:
    """An application under test."""

    def __init__(self, app: L4numaApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot
        self.stage = app.stage

    async def press(self, *keys: str) -> None:
        """Type ahead: all keys at once, as a quick typist or a pasted line does."""
        for key in keys:
            name = {" ": "space"}.get(key, key)
            self.app.post_message(events.Key(name, key if len(key) == 1 else None))
        await self.pilot.pause()

    async def resize(self, width: int, height: int) -> None:
        await self.pilot.resize_terminal(width, height)
        await self.pilot.pause()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that takes more than one turn; what follows tells if it never came."""
        for _ in range(100):
            if holds():
                break
            await self.pilot.pause(0.01)

    def lines(self) -> list[str]:
        return screen_lines(self.app)

    def text(self) -> str:
        return "\n".join(self.lines())

    def painted(self, name: str) -> list[Line]:
        """What a pane has painted, by its id."""
        return self.app.query_one(f"#{name}", LinePane).painted()

    @property
    def cursor(self) -> int:
        return self.stage.session.cursor

    @property
    def fake(self) -> FakePlayer:
        assert isinstance(self.stage.player, FakePlayer)
        return self.stage.player


@asynccontextmanager
async def scenario(width: int = 120, height: int = 40, *, nodes: int = 2) -> AsyncIterator[Screen]:
    """A plain session on a screen."""
    app = L4numaApp(Stage(make_session(nodes), "Two nodes"))
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        yield Screen(app, pilot)


@asynccontextmanager
async def lesson(width: int = 120, height: int = 40, *, at: int = 0) -> AsyncIterator[Screen]:
    """A lesson on a screen, begun at a step with the questions before it answered."""
    session = make_session(2)
    player = FakePlayer(session)
    if at > 1:
        player.given["q1"] = "a"
    if at > 3:
        player.given["q2"] = 1
    session.seek(at)
    stage = Stage(session, "a lesson", player=cast(LessonPlayer, player), lessons=20)
    app = L4numaApp(stage)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        yield Screen(app, pilot)
