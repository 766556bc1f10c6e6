"""The formats that show the screen, made without a terminal: for the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from l4numa_tui.export.formats import Maker, Options
from l4numa_tui.export.png import png_of
from l4numa_tui.tui.pictures.film import Film, film_run
from l4numa_tui.tui.pictures.reading import text_pieces
from l4numa_tui.tui.pictures.snapshot import MONO, Snapshot, headless, settle, snapshot
from l4numa_tui.tui.stage import Stage
from l4numa_tui.world.session import Session


def _stage(session: Session, options: Options) -> Stage:
    about = options.about
    title = (about.title if about else "") or options.source or "l4numa"
    return Stage(session, title, about=about, ascii_only=options.ascii_only)


def _picture(session: Session, options: Options) -> Snapshot:
    colours, theme = options.theme != MONO, options.theme
    stage = _stage(session, options)
    return snapshot(
        stage, options.width, options.height, theme=theme if colours else "dark", colours=colours
    )


def _svg(session: Session, options: Options) -> Iterable[bytes]:
    return (_picture(session, options).svg.encode(),)


def _png(session: Session, options: Options) -> Iterable[bytes]:
    return (png_of(_picture(session, options).svg),)


def _text(session: Session, options: Options) -> Iterable[bytes]:
    return text_pieces(_picture(session, options).lines)


def _cast(session: Session, options: Options) -> Iterable[bytes]:
    size = options.width, options.height
    stage = _stage(session, options)
    film = Film(stage.title, size, options.pace_ms)
    app = headless(stage, options.theme)
    first, last = options.first or 1, session.cursor

    async def take() -> None:
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            await film_run(app, film, first, last)

    asyncio.run(take())
    return film.pieces()


SCREEN_MAKERS: dict[str, Maker] = {"svg": _svg, "png": _png, "text": _text, "cast": _cast}
