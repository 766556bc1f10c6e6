"""A chart for the terminal, as lines of (text, series); -1 stands for no series."""

from __future__ import annotations

from l4numa_tui.experiments.model import Result
from l4numa_tui.experiments.scales import Scale, marks, short
from l4numa_tui.experiments.text import series_of

Piece = tuple[str, int]
Line = list[Piece]

_HEIGHT, _LABEL, _BAR = 12, 7, 40
_GLYPHS, _ASCII = "●▲■◆▼★⬟○", "o^#*v+@x"
_EIGHTHS = " ▏▎▍▌▋▊▉"


def chart_lines(result: Result, *, width: int = 78, ascii_only: bool = False) -> list[Line]:
    """The experiment's chart; no lines if nothing can be drawn."""
    chart = result.experiment.chart
    series = series_of(result.rows, chart.x, chart.y, chart.by)
    if not series:
        return []
    title: list[Line] = [[(chart.title, -1)], []]
    if chart.kind == "bars":
        return title + _bars(series, chart.x, ascii_only=ascii_only)
    return title + _lines(series, chart.x, max(width, 40), ascii_only=ascii_only)


def _lines(
    series: list[tuple[str, list[tuple[float, float]]]], x: str, width: int, *, ascii_only: bool
) -> list[Line]:
    xs = [point[0] for _, points in series for point in points]
    ys = [point[1] for _, points in series for point in points]
    across, up = Scale(xs), Scale(ys)
    columns = width - _LABEL - 2
    grid = [[-1] * columns for _ in range(_HEIGHT)]
    for index, (_, points) in reversed(list(enumerate(series))):
        for at, value in points:
            row = _HEIGHT - 1 - round(up.place(value) * (_HEIGHT - 1))
            grid[row][round(across.place(at) * (columns - 1))] = index
    glyphs = _ASCII if ascii_only else _GLYPHS
    wall, corner, floor = ("|", "+", "-") if ascii_only else ("│", "└", "─")
    labels = {0: short(up.high), _HEIGHT - 1: short(up.low)}
    lines: list[Line] = [
        [(f"{labels.get(row, ''):>{_LABEL}} {wall}", -1), *_pieces(cells, glyphs)]
        for row, cells in enumerate(grid)
    ]
    lines.append([(" " * _LABEL + f" {corner}" + floor * columns, -1)])
    lines.append([(_under(across, xs, columns, x), -1)])
    return [*lines, *_legend(series, glyphs)]


def _pieces(cells: list[int], glyphs: str) -> Line:
    return [(" " if index < 0 else glyphs[index % len(glyphs)], index) for index in cells]


def _under(across: Scale, xs: list[float], columns: int, name: str) -> str:
    line = [" "] * (columns + _LABEL + 2)
    for value in marks(xs, 8):
        text = short(value)
        at = _LABEL + 2 + round(across.place(value) * (columns - 1))
        at = min(at, len(line) - len(text))
        if not "".join(line[max(at - 1, 0) : at + len(text)]).strip():
            line[at : at + len(text)] = text
    line[: len(name[:_LABEL])] = name[:_LABEL]
    return "".join(line).rstrip()


def _legend(series: list[tuple[str, list[tuple[float, float]]]], glyphs: str) -> list[Line]:
    if len(series) == 1 and not series[0][0]:
        return []
    return [
        [(" " * (_LABEL + 2), -1), (glyphs[index % len(glyphs)], index), (f" {name}", -1)]
        for index, (name, _) in enumerate(series)
    ]


def _bars(
    series: list[tuple[str, list[tuple[float, float]]]], x: str, *, ascii_only: bool
) -> list[Line]:
    most = max(value for _, points in series for _, value in points) or 1
    longest = max(len(name) for name, _ in series)
    lines: list[Line] = []
    for at in sorted({point[0] for _, points in series for point in points}):
        for index, (name, points) in enumerate(series):
            for here, value in points:
                if here == at:
                    label = f"{name:<{longest}}  {x} {short(at):>5}  "
                    bar = _bar(value / most, ascii_only=ascii_only)
                    lines.append([(label, -1), (bar, index), (f" {short(value)}", -1)])
    return lines


def _bar(share: float, *, ascii_only: bool) -> str:
    if ascii_only:
        return "#" * round(share * _BAR)
    eighths = round(share * _BAR * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
