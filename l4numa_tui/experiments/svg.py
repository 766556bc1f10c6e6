"""The same chart as an SVG picture: shapes and text, nothing linked, readable on any background."""

from __future__ import annotations

from html import escape

from l4numa_tui.experiments.model import Result
from l4numa_tui.experiments.scales import Scale, marks, short
from l4numa_tui.experiments.text import series_of
from l4numa_tui.safe_text import safe_text

WIDTH, HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 40, 50
_HALF_A_LABEL = 14
# Okabe and Ito's colours, which people with colour-blindness tell apart as well.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")

Series = list[tuple[str, list[tuple[float, float]]]]


def svg_of(result: Result) -> str:
    """An SVG document of the experiment's chart."""
    chart = result.experiment.chart
    series = series_of(result.rows, chart.x, chart.y, chart.by)
    legend = len(series) if len(series) > 1 or (series and series[0][0]) else 0
    height = HEIGHT + 18 * legend
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif" font-size="12">',
        f"<title>{_text(f'{result.experiment.id}: {chart.title}')}</title>",
        f"<desc>{_text(str(result.verdict))}</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _label(WIDTH / 2, 22, f"{result.experiment.id}: {chart.title}", "middle", 14),
    ]
    if series:
        xs = [at for _, points in series for at, _ in points]
        ys = [value for _, points in series for _, value in points]
        bars = chart.kind == "bars"
        across, up = Scale(xs), Scale(ys, from_zero=bars)
        parts += _axes(across, up, xs, ys, chart.x)
        draw = _bars if bars else _lines
        parts += draw(series, across, up)
        for index, (name, _) in enumerate(series[:legend] if legend else ()):
            y = HEIGHT + 18 * index
            parts.append(f'<rect x="{_LEFT}" y="{y - 9}" width="12" height="10"{_fill(index)}/>')
            parts.append(_label(_LEFT + 18, y, name, "start"))
    return "\n".join([*parts, "</svg>", ""])


def _axes(across: Scale, up: Scale, xs: list[float], ys: list[float], name: str) -> list[str]:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    parts = [
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="#555555"/>',
        _label((_LEFT + right) / 2, HEIGHT - 14, name, "middle"),
    ]
    free = 0.0
    for value in marks(xs, 11):
        x = _x(across, value)
        parts.append(f'<path d="M{x:.1f} {bottom}v4" stroke="#555555"/>')
        if x - _HALF_A_LABEL >= free or value == across.high:
            parts.append(_label(x, bottom + 16, short(value), "middle"))
            free = x + _HALF_A_LABEL
    taken: list[float] = []
    for value in (up.high, up.low, *marks(ys, 5)):
        y = _y(up, value)
        if all(abs(y - other) > 14 for other in taken):
            taken.append(y)
            parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#dddddd"/>')
            parts.append(_label(_LEFT - 6, y + 4, short(value), "end"))
    return parts


def _lines(series: Series, across: Scale, up: Scale) -> list[str]:
    parts = []
    for index, (_, points) in enumerate(series):
        places = [(_x(across, at), _y(up, value)) for at, value in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        colour = _COLOURS[index % len(_COLOURS)]
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"{_fill(index)}/>' for x, y in places]
    return parts


def _bars(series: Series, across: Scale, up: Scale) -> list[str]:
    parts = []
    wide = 8
    for index, (_, points) in enumerate(series):
        shift = (index - len(series) / 2) * wide
        for at, value in points:
            x = min(max(_x(across, at) + shift, _LEFT), WIDTH - _RIGHT - wide)
            y = _y(up, value)
            tall = HEIGHT - _BOTTOM - y
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide}" height="{tall:.1f}"{_fill(index)}/>'
            )
    return parts


def _x(across: Scale, value: float) -> float:
    return _LEFT + across.place(value) * (WIDTH - _LEFT - _RIGHT)


def _y(up: Scale, value: float) -> float:
    return HEIGHT - _BOTTOM - up.place(value) * (HEIGHT - _BOTTOM - _TOP)


def _fill(index: int) -> str:
    return f' fill="{_COLOURS[index % len(_COLOURS)]}"'


def _label(x: float, y: float, text: str, anchor: str, size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
        f' fill="#222222">{_text(text)}</text>'
    )


def _text(text: str) -> str:
    return escape(safe_text(text))
