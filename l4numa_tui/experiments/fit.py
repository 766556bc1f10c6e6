"""Least squares: which shape do measured points have?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

LEAST_POINTS = 3


class Fit(NamedTuple):
    """y = base + slope·x, and the share of the points' variance that this explains (R²)."""

    base: float
    slope: float
    r2: float


def least_squares(points: Sequence[tuple[float, float]]) -> Fit:
    """Fit a line; ValueError for fewer than three points, or all at one x."""
    count = len(points)
    if count < LEAST_POINTS:
        raise ValueError(f"{count} points cannot be told from a line")
    mean_x = math.fsum(x for x, _ in points) / count
    mean_y = math.fsum(y for _, y in points) / count
    spread = math.fsum((x - mean_x) ** 2 for x, _ in points)
    if not spread:
        raise ValueError("all points have the same x")
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    base = mean_y - slope * mean_x
    total = math.fsum((y - mean_y) ** 2 for _, y in points)
    left = math.fsum((y - base - slope * x) ** 2 for x, y in points)
    return Fit(base, slope, 1 - left / total if total else 1.0)


def linear_and_logarithmic(points: Sequence[tuple[float, float]]) -> tuple[Fit, Fit]:
    """The fit over x and the fit over log2 x; ValueError as above, or for an x below 1."""
    return least_squares(points), least_squares([(math.log2(x), y) for x, y in points])
