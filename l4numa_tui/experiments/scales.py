"""Axes of a chart: where a value lies between 0 and 1, and which values are written beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

_LOGARITHMIC_FROM = 8  # a largest value so many times the smallest is drawn on a log scale


class Scale:
    """One axis: from zero, or else logarithmic where the values are positive and far apart."""

    def __init__(self, values: Iterable[float], *, from_zero: bool = False) -> None:
        known = sorted(set(values))
        far_apart = bool(known) and 0 < known[0] * _LOGARITHMIC_FROM <= known[-1]
        self.logarithmic = far_apart and not from_zero
        low, high = (known[0], known[-1]) if known else (0.0, 1.0)
        if from_zero:  # as bars need it: their lengths are compared
            low = min(low, 0.0)
        self.low = low
        self.high = high if high > low else low + 1

    def place(self, value: float) -> float:
        """Where a value lies on the axis: 0 at its lower end, 1 at its upper."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def short(value: float) -> str:
    """A number in at most six columns: 12, 0.5, 1.24, 12k, 3.4M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if unit == 'k' else size):.4g}{unit}"
    return f"{value:.4g}"


def marks(values: Sequence[float], most: int) -> list[float]:
    """At most so many of the values, the first and the last among them, evenly chosen."""
    known = sorted(set(values))
    if len(known) <= most:
        return known
    step = (len(known) - 1) / (most - 1)
    return [known[round(index * step)] for index in range(most)]
