"""The comparison for people and programs: a table, bars, JSON, CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from l4numa_tui.designs.result import DesignResult
from l4numa_tui.designs.sources import Source
from l4numa_tui.safe_text import safe_text
from l4numa_tui.scenario.summary import grouped

SCHEMA = "l4numa.compare/1"
_COLUMNS = (
    "faults", "messages", "cross_messages", "ipis", "local", "remote", "kernel_local",
    "kernel_remote", "kernel_bytes_max", "kernel_bytes_total", "migrations", "copies", "collapses",
    "walks", "cycles",
)  # fmt: skip
_HEADS = (
    "design", "faults", "messages (cross)", "IPIs", "local", "remote", "kernel local",
    "kernel remote", "kernel KiB max/total", "cycles", "relative",
)  # fmt: skip
_BAR, _ASCII_BAR = "█", "#"
_BAR_WIDTH = 40
_MINE, _OTHER, _PLAIN = "\x1b[32m", "\x1b[36m", "\x1b[0m"


class Comparison(NamedTuple):
    """The results of several designs on one workload; `reference` is the paper's design."""

    source: Source
    results: tuple[DesignResult, ...]
    reference: DesignResult

    def relative(self, result: DesignResult) -> float:
        """The result's cycles as a multiple of the reference's, 1 where neither has any."""
        cycles = self.reference.totals.cycles
        return result.totals.cycles / cycles if cycles else 1.0

    def counters(self, result: DesignResult) -> dict[str, int]:
        """The result's counters for the whole machine, by name."""
        row: dict[str, int] = dict(result.totals._asdict())
        row["kernel_bytes_max"] = max(result.kernel_bytes)
        row["kernel_bytes_total"] = sum(result.kernel_bytes)
        for name in ("migrations", "copies", "collapses"):
            row[name] = getattr(result, name)
        return {name: row[name] for name in _COLUMNS}

    def to_json(self) -> dict[str, Any]:
        """The comparison as a JSON object of the form `l4numa.compare/1`."""
        machine = self.source.workload.machine
        return {
            "schema": SCHEMA,
            "machine": machine.topology.name,
            "costs": {
                "profile": machine.costs.name,
                "fingerprint": machine.costs.fingerprint(),
            },
            "size": self.source.size,
            "unit": self.source.unit,
            "designs": [
                {
                    "design": result.design,
                    **self.counters(result),
                    "kernel_bytes": list(result.kernel_bytes),
                    "relative": round(self.relative(result), 4),
                    "digest": f"{result.digest():016x}",
                }
                for result in self.results
            ],
        }

    def csv_lines(self) -> list[str]:
        """A header and a line per design; numbers without separators."""
        lines = [",".join(("design", *_COLUMNS, "relative"))]
        for result in self.results:
            cells = map(str, self.counters(result).values())
            lines.append(",".join((result.design, *cells, f"{self.relative(result):.4f}")))
        return lines

    def lines(self, *, colours: bool, ascii_only: bool) -> list[str]:
        """The table and the bars as lines for a terminal."""
        machine = self.source.workload.machine
        threads = len(self.source.workload.threads)
        unit = self.source.unit if self.source.size != 1 else self.source.unit.removesuffix("s")
        relative = [(result, self.relative(result)) for result in self.results]
        touches = [(result, result.totals.kernel_remote) for result in self.results]
        stuck = (f"stuck: {each.thread} {each.why}" for each in self.source.stuck)
        return [
            safe_text(
                f"machine {machine.topology.name}, costs {machine.costs.name}"
                f" ({machine.costs.fingerprint()}), {grouped(self.source.size)}"
                f" {unit} of {threads} thread{'s' if threads != 1 else ''}"
            ),
            *map(safe_text, stuck),
            "",
            *self._table(),
            "",
            "cycles relative to per-node",
            *_bars(
                [(r.design, f"{value:.3f}", value) for r, value in relative], colours, ascii_only
            ),
            "",
            "the kernel's remote touches",
            *_bars([(r.design, grouped(n), n) for r, n in touches], colours, ascii_only),
        ]

    def _table(self) -> list[str]:
        rows = [list(_HEADS), *map(self._row, self.results)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return [
            "  ".join((row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])))
            for row in rows
        ]

    def _row(self, result: DesignResult) -> list[str]:
        totals, kib = result.totals, [-(-each // 1024) for each in result.kernel_bytes]
        return [
            result.design,
            grouped(totals.faults),
            f"{grouped(totals.messages)} ({grouped(totals.cross_messages)})",
            *map(grouped, (totals.ipis, totals.local, totals.remote)),
            *map(grouped, (totals.kernel_local, totals.kernel_remote)),
            f"{grouped(max(kib))}/{grouped(sum(kib))}",
            grouped(totals.cycles),
            f"{self.relative(result):.3f}",
        ]


def _bars(rows: Sequence[tuple[str, str, float]], colours: bool, ascii_only: bool) -> list[str]:
    """A bar for each value, the longest of full width; whatever is not 0 gets at least one cell."""
    most = max(value for _, _, value in rows)
    names = max(len(name) for name, _, _ in rows)
    texts = max(len(text) for _, text, _ in rows)
    out = []
    for index, (name, text, value) in enumerate(rows):
        cells = max(round(_BAR_WIDTH * value / most), 1) if value else 0
        bar = (_ASCII_BAR if ascii_only else _BAR) * cells
        if colours and bar:
            bar = (_OTHER if index else _MINE) + bar + _PLAIN
        out.append(f"{name.ljust(names)}  {text.rjust(texts)}  {bar}".rstrip())
    return out
