"""From SVG to PNG, with resvg: an extra, as few need it."""

from __future__ import annotations

from collections.abc import Iterable

from l4numa_tui.errors import UserError
from l4numa_tui.export.forest_svg import forest_svg
from l4numa_tui.export.formats import Options
from l4numa_tui.world.session import Session

_SMALLEST = 0.5
_ZOOM = 2  # sharp on today's screens and on paper
_MAX_SIDE = 16_000  # pixels; pictures up to twice as long are made smaller, longer ones refused


def forest_png(session: Session, options: Options) -> Iterable[bytes]:
    """The whole forest as PNG."""
    return (png_of(b"".join(forest_svg(session, options)).decode()),)


def png_of(svg: str) -> bytes:
    """A picture as PNG; UserError where the extra is not installed or the picture is too large."""
    try:
        from resvg_py import svg_to_bytes  # noqa: PLC0415 - an extra
    except ImportError:
        raise UserError(
            "PNG needs an extra, which is not installed", "`pip install 'l4numa_tui[png]'`, or SVG"
        ) from None
    width, height = _size(svg)
    zoom = min(_ZOOM, _MAX_SIDE / max(width, height))
    if zoom < _SMALLEST:
        raise UserError("the picture is too large for PNG, nobody could read it", "SVG")
    try:
        return svg_to_bytes(
            svg_string=svg, zoom=zoom, monospace_family="DejaVu Sans Mono",
            sans_serif_family="DejaVu Sans",
        )  # fmt: skip
    except ValueError as error:
        raise UserError(f"the picture cannot be drawn as PNG: {error}", "SVG") from None


def _size(svg: str) -> tuple[float, float]:
    """Width and height from the view box."""
    at = svg.index('viewBox="') + len('viewBox="')
    _, _, width, height = svg[at : svg.index('"', at)].split()
    return float(width), float(height)
