"""Colours: readable everywhere, and never the only sign."""

from __future__ import annotations

import pytest
from rich.color import Color
from rich.style import Style

from l4numa_tui.tui.colours import DARK, DARK_THEME, LIGHT, LIGHT_THEME, MONO, SIXTEEN
from l4numa_tui.tui.look import Look
from l4numa_tui.views.segments import STYLES

READABLE = 4.5  # WCAG 2.2, 1.4.3: the contrast of text
SEEN = 1.3  # lines and tracks are drawings, not text
FAINT = {"scroll", "thumb", "line", "foot-off"}


def luminance(colour: Color) -> float:
    triplet = colour.get_truecolor()

    def linear(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return (
        0.2126 * linear(triplet.red)
        + 0.7152 * linear(triplet.green)
        + 0.0722 * linear(triplet.blue)
    )


def contrast(style: Style, theme: dict[str, str]) -> float:
    front = luminance(style.color or Color.parse(theme["foreground"]))
    back = luminance(style.bgcolor or Color.parse(theme["background"]))
    return (max(front, back) + 0.05) / (min(front, back) + 0.05)


@pytest.mark.parametrize(("table", "theme"), [(DARK, DARK_THEME), (LIGHT, LIGHT_THEME)])
def test_every_style_is_readable(table: dict[str, str], theme: dict[str, str]) -> None:
    look = Look(table)
    poor = {
        name: round(found, 1)
        for name in table
        if (found := contrast(look.style(name), theme)) < (SEEN if name in FAINT else READABLE)
    }
    assert poor == {}


@pytest.mark.parametrize(("table", "theme"), [(DARK, DARK_THEME), (LIGHT, LIGHT_THEME)])
@pytest.mark.parametrize("mark", ["new", "gone", "changed", "selected", "related"])
def test_marks_leave_every_node_readable(
    table: dict[str, str], theme: dict[str, str], mark: str
) -> None:
    look = Look(table)
    poor = [
        name
        for index in range(8)
        for name in (f"node{index} {mark}", f"chip{index} {mark}")
        if contrast(look.style(name), theme) < READABLE
    ]
    assert poor == []


@pytest.mark.parametrize("table", [DARK, LIGHT, SIXTEEN, MONO])
def test_every_style_of_the_views_has_a_look(table: dict[str, str]) -> None:
    assert [name for name in STYLES if name not in table] == []


def test_light_backgrounds_carry_the_node_colours() -> None:
    for index in range(8):
        assert Look(LIGHT).style(f"node{index}").bgcolor is not None


def test_without_colours_nothing_is_coloured() -> None:
    look = Look(MONO)
    for name in MONO:
        assert look.style(name).color is None
        assert look.style(name).bgcolor is None


@pytest.mark.parametrize("table", [DARK, LIGHT, SIXTEEN, MONO])
def test_a_selection_is_seen_on_chips_and_on_text(table: dict[str, str]) -> None:
    look = Look(table)
    for name in ("", "node1", "chip1", "strong"):
        assert look.style(f"{name} selected") != look.style(name)
