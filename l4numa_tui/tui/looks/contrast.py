"""How well a colour is read on another (WCAG 2.2, 1.4.3), and a colour that is read well enough."""

from __future__ import annotations

READABLE = 4.5  # level AA, text of any size
_STEPS = 20


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, 0 to 1."""
    red, green, blue = (_linear(value) for value in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def on(back: str) -> str:
    """Black or white, whichever is read better on `back`."""
    return max("#000000", "#FFFFFF", key=lambda colour: contrast(colour, back))


def readable(colour: str, back: str, least: float = READABLE) -> str:
    """The colour nearest to `colour`, towards black or white, with a contrast of `least` on `back`.

    Black or white itself where nothing between reaches it.
    """
    goal = on(back)
    for step in range(_STEPS):
        mixed = mix(colour, goal, step / _STEPS)
        if contrast(mixed, back) >= least:
            return mixed
    return goal


def mix(colour: str, other: str, part: float) -> str:
    """`part` (0 to 1) of `other` mixed into `colour`."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02X}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
