"""An experiment's result as text, JSON and CSV."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable

from l4numa_tui.experiments.model import YES_OR_NO, Cell, Column, Result, Row
from l4numa_tui.safe_text import safe_text

SCHEMA = "l4numa.experiment/1"
_WIDTH = 78
_UNSAFE_IN_CSV = ',"\n\r'
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")


def heading(result: Result) -> list[str]:
    """What is claimed, where, and what should come out."""
    experiment, costs = result.experiment, result.costs
    lines = [f"{experiment.id}  {experiment.title}", ""]
    for name, text in (
        ("claim", experiment.claim), ("place", experiment.place),
        ("expected", experiment.expected), ("measured", experiment.method),
        ("machine", f"{result.machine}; costs {costs.name} ({costs.fingerprint()})"),
    ):  # fmt: skip
        lines += _paragraph(f"{name:<10}", safe_text(text))
    return lines


def verdict_lines(result: Result) -> list[str]:
    """The verdict, folded to the width of a page."""
    return _paragraph("verdict   ", safe_text(str(result.verdict)))


def table_lines(result: Result) -> list[str]:
    """The figures as a table; numbers to the right, words to the left."""
    columns = result.experiment.columns
    cells = [[column.head for column in columns], *_cells(result)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    words = [any(isinstance(row.get(c.key), str) for row in result.rows) for c in columns]
    return [
        "  ".join(
            cell.ljust(width) if is_word else cell.rjust(width)
            for cell, width, is_word in zip(line, widths, words, strict=True)
        ).rstrip()
        for line in cells
    ]


def markdown_table(result: Result) -> list[str]:
    """The same table for Markdown."""
    heads = [column.head for column in result.experiment.columns]
    rows = [heads, ["---:"] * len(heads), *_cells(result)]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]


def _cells(result: Result) -> list[list[str]]:
    columns = result.experiment.columns
    return [[cell_text(row.get(column.key), column) for column in columns] for row in result.rows]


def cell_text(cell: Cell, column: Column) -> str:
    """One figure as the tables have it: thousands apart, a dash where there is none."""
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return safe_text(cell, limit=40)
    if column.decimals == YES_OR_NO:
        return "yes" if cell else "no"
    if column.decimals:
        return f"{cell:,.{column.decimals}f}".replace(",", " ")
    return f"{round(cell):,}".replace(",", " ")


def to_json(result: Result) -> str:
    """The result as the JSON object `l4numa.experiment/1`; it holds these five keys alone."""
    document = {
        "schema": SCHEMA,
        "id": result.experiment.id,
        "claim": result.experiment.claim,
        "rows": [{key: _rounded(cell) for key, cell in row.items()} for row in result.rows],
        "verdict": str(result.verdict),
    }
    return json.dumps(document, indent=1)


def to_csv(result: Result) -> str:
    """All figures as CSV with a header; empty where there is none."""
    keys = list(result.rows[0]) if result.rows else []
    lines = [",".join(keys)]
    lines += [",".join(_csv_cell(row[key]) for key in keys) for row in result.rows]
    return "\n".join(lines) + "\n"


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return str(_rounded(cell))
    text = safe_text(cell)
    if text.startswith(_FORMULA_STARTS) and len(text) > 1:
        text = "'" + text  # a file's name must not become a spreadsheet's formula
    if any(char in text for char in _UNSAFE_IN_CSV):
        return '"' + text.replace('"', '""') + '"'
    return text


def _rounded(cell: Cell) -> Cell:
    return round(cell, 6) if isinstance(cell, float) else cell


def _paragraph(name: str, text: str) -> list[str]:
    folded = textwrap.wrap(text, _WIDTH - len(name), break_on_hyphens=False) or [""]
    return [name + folded[0], *(" " * len(name) + line for line in folded[1:])]


def series_of(
    rows: Iterable[Row], x: str, y: tuple[str, ...], by: str
) -> list[tuple[str, list[tuple[float, float]]]]:
    """The points of a chart: (name, points) for each value of `by` and each figure of `y`.

    Points without a figure are left out, and a series without points.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        group = row[by] if by else ""
        of = group if isinstance(group, str) else f"{group} {by}"
        for key in y:
            name = " ".join(filter(None, (of, key.replace("_", " ") if len(y) > 1 else "")))
            at, value = row.get(x), row.get(key)
            points = found.setdefault(name, [])
            if isinstance(at, (int, float)) and isinstance(value, (int, float)):
                points.append((at, value))
    return [(name, points) for name, points in found.items() if points]
