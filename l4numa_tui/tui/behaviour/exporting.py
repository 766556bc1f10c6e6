"""Export from the running program: what is on the screen, or the run that led here."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import events

from l4numa_tui.errors import UserError
from l4numa_tui.export.formats import Format, Maker, Options, first_step, write
from l4numa_tui.safe_text import safe_text
from l4numa_tui.tui.behaviour.arranging import Arranging
from l4numa_tui.tui.panes.line_pane import Chosen
from l4numa_tui.tui.standing import heading
from l4numa_tui.world.session import Session

if TYPE_CHECKING:
    from l4numa_tui.tui.screens.export_screen import FilmOrder


class Exporting(Arranging):
    """Opens the export screen and does what it says."""

    filming = False
    _makers: dict[str, Maker]

    def action_export(self) -> None:
        """Ask in what form, and into what file. The screen is kept as it is before the question."""
        from l4numa_tui.tui.screens.export_screen import (  # noqa: PLC0415 - only when asked for
            ExportScreen,
        )

        stage = self.stage
        options = Options(
            source=heading(stage),
            about=stage.about,
            theme="dark" if self.current_theme.dark else "light",
            ascii_only=stage.ascii_only,
        )
        self._makers = self._screen_makers()
        self.push_screen(ExportScreen(stage, options), self._begin_film)

    def export(self, of: Format, path: str, options: Options) -> FilmOrder | None:
        """Write a file and say where, or give the order for a film. UserError where that fails."""
        session = self.stage.session
        if of.name == "cast":
            from l4numa_tui.tui.screens.export_screen import (  # noqa: PLC0415 - it is there already
                FilmOrder,
            )

            return FilmOrder(path, first_step(session, of, options), options.pace_ms)
        size = write(session, of.name, path, options, self._makers)
        self._say_written(path, size)
        return None

    def _say_written(self, path: str, size: int) -> None:
        folder, name = os.path.split(os.path.abspath(path))
        self.say(safe_text(f"wrote {name} ({_size_text(size)}) in {folder}"))

    def _screen_makers(self) -> dict[str, Maker]:
        """The formats that show this very screen, as it is now."""
        from l4numa_tui.export.png import png_of  # noqa: PLC0415 - as above
        from l4numa_tui.tui.pictures.reading import (  # noqa: PLC0415 - as above
            screen_lines,
            screen_svg,
            text_pieces,
        )

        lines, svg = screen_lines(self), screen_svg(self, self.stage.title)

        def as_png(_session: Session, _options: Options) -> Iterable[bytes]:
            return (png_of(svg),)

        return {
            "text": lambda _session, _options: text_pieces(lines),
            "svg": lambda _session, _options: (svg.encode(),),
            "png": as_png,
        }

    # The film.
    def _begin_film(self, order: FilmOrder | None) -> None:
        if order is not None:
            self.run_worker(self._film(order), exclusive=True)

    async def _film(self, order: FilmOrder) -> None:
        """Show the run once more, film it, and write the film.

        Any key stops that, and so does another size of the terminal, or a window over the panes.
        """
        from l4numa_tui.scenario.files import write_atomically  # noqa: PLC0415 - as above
        from l4numa_tui.tui.pictures.film import Film, film_run  # noqa: PLC0415 - as above

        session = self.stage.session
        last = session.cursor
        size, screen = self.size, self.screen
        film = Film(self.stage.title, (size.width, size.height), order.pace_ms)

        def going() -> bool:
            return self.filming and self.size == size and self.screen is screen

        self.filming = True
        try:
            whole = await film_run(self, film, order.first, last, going)
            made = list(film.pieces())
            if whole:
                write_atomically(order.path, made)
        except UserError as error:
            whole, told = False, f"not written: {error}"
        else:
            told = "the film was stopped: nothing is written"
        finally:
            self.filming = False
            session.seek(last)
            self.show()
        if whole:
            self._say_written(order.path, sum(map(len, made)))
        else:
            self.say(safe_text(told))

    def on_event_key(self, event: events.Key) -> bool:
        """While a film is taken, any key stops that."""
        if self.filming:
            self.filming = False
            return True
        return super().on_event_key(event)

    def on_chosen(self, message: Chosen) -> None:
        """A click stops a film, too, and does nothing else."""
        if self.filming:
            self.filming = False
            message.prevent_default()


_KIB = 1024


def _size_text(size: int) -> str:
    """A file's size, in the unit that is read most easily."""
    if size < _KIB:
        return f"{size} bytes"
    return f"{size / _KIB:.0f} KiB" if size < _KIB * _KIB else f"{size / _KIB / _KIB:.1f} MiB"
