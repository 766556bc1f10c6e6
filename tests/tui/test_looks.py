"""Colours: readable everywhere, told apart everywhere, and never the only sign."""

from __future__ import annotations

import asyncio
from functools import cache, partial
from itertools import combinations
from math import dist
from typing import NamedTuple

import pytest
from rich.color import Color, ColorSystem
from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

from l4numa_tui.cli.main import THEMES as OFFERED
from l4numa_tui.tui.app import L4numaApp
from l4numa_tui.tui.looks.colours import DARK, LIGHT
from l4numa_tui.tui.looks.contrast import readable
from l4numa_tui.tui.looks.look import Look
from l4numa_tui.tui.looks.palette import (
    COMPONENTS,
    THEMES,
    colours_of,
    next_theme,
    style_in,
    theme_name,
)
from l4numa_tui.tui.stage import Stage
from l4numa_tui.tui.terminal import background_of
from l4numa_tui.views.segments import STYLES
from tests.views.pane_worlds import make_session

READABLE = 4.5  # WCAG 2.2, 1.4.3: the contrast of text
ENHANCED = 7.0  # 1.4.6: of text that is to have high contrast
DRAWN = 3.0  # 1.4.11: of lines, where contrast is asked for
SEEN = 1.3  # lines and tracks are drawings, not text
FAINT = {"scroll", "thumb", "line", "foot-off"}
APART = 12.0  # of two node colours, CIE 1976: 2.3 can just be told apart side by side
BLIND, BLIND_FOUR = 10.0, 19.0  # the same for colour-blind people: of any two, of the first four
SIGHTS = {  # Machado, Oliveira and Fernandes 2009, severity 1, on linear light
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
NAMES = sorted(name.removeprefix("l4--") for name in COMPONENTS)
COLOURED = ("dark", "light", "contrast", "contrast-light")
FOREIGN = sorted(name for name, theme in BUILTIN_THEMES.items() if not theme.ansi)
MARKS = ("new", "gone", "changed", "selected", "related")


class Worn(NamedTuple):
    """What a theme made of every style, and on which backgrounds text stands."""

    look: Look
    few: Look  # with 256 colours
    front: Color
    backs: tuple[Color, ...]


class Bare(L4numaApp):
    """An application of which only the styles are looked at; perhaps of 256 colours."""

    few = False

    def __init__(self) -> None:
        super().__init__(Stage(make_session(2), "Two nodes"))

    @property
    def few_colours(self) -> bool:
        return self.few


@cache
def wardrobe() -> dict[str, Worn]:
    """Every theme as the running application wears it, by Textual's name."""
    found: dict[str, Worn] = {}

    async def try_on() -> None:
        app = Bare()
        async with app.run_test(size=(60, 18)) as pilot:
            for name in app.available_themes:
                app.theme = name
                tables: list[dict[str, Style]] = []
                for app.few in (False, True) if name.startswith("l4numa") else (False,):
                    app.refresh_css(animate=False)
                    tables.append({style: style_in(app, style) for style in NAMES})
                variables = app.theme_variables | colours_of(app.current_theme)
                backs = tuple(
                    Color.parse(variables[each][:7])
                    for each in ("background", "surface")
                    if variables[each].startswith("#")
                )
                front = variables["value"]
                found[name] = Worn(
                    Look(partial(find, tables[0])),
                    Look(partial(find, tables[-1])),
                    Color.parse(front[:7] if front.startswith("#") else "default"),
                    backs,
                )
            await pilot.pause()

    asyncio.run(try_on())
    return found


def find(table: dict[str, Style], name: str) -> Style:
    return table.get(name, Style())


def worn(theme: str) -> Worn:
    return wardrobe()[theme_name(theme)]


def linear(value: int) -> float:
    """The light of a channel, 0 to 1."""
    part = value / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def encoded(light: float) -> float:
    """The channel, 0 to 255, of a light."""
    part = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return part * 255


def luminance(colour: Color) -> float:
    triplet = colour.get_truecolor()
    return (
        0.2126 * linear(triplet.red)
        + 0.7152 * linear(triplet.green)
        + 0.0722 * linear(triplet.blue)
    )


def contrast(theme: Worn, names: str, *, few: bool = False) -> float:
    """The contrast of a style's text on what lies below it, the worst of all backgrounds."""
    style = (theme.few if few else theme.look).style(names)

    def seen(colour: Color) -> float:
        return luminance(colour.downgrade(ColorSystem.EIGHT_BIT) if few else colour)

    front = seen(style.color or theme.front)
    backs = [seen(back) for back in ([style.bgcolor] if style.bgcolor else theme.backs)]
    return min((max(front, back) + 0.05) / (min(front, back) + 0.05) for back in backs)


def lab(colour: Color) -> tuple[float, float, float]:
    """CIE L*a*b* of a colour, daylight."""
    red, green, blue = (linear(value) for value in colour.get_truecolor())

    def root(part: float) -> float:
        return part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116

    x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: Color, other: Color) -> float:
    return dist(lab(one), lab(other))


def as_seen(colour: Color, sight: str) -> Color:
    """A colour as somebody with a kind of colour blindness sees it."""
    light = [linear(value) for value in colour.get_truecolor()]
    mixed = [sum(a * b for a, b in zip(row, light, strict=True)) for row in SIGHTS[sight]]
    return Color.from_rgb(*(encoded(min(max(value, 0.0), 1.0)) for value in mixed))


@pytest.mark.parametrize("theme", COLOURED)
def test_every_style_is_readable(theme: str) -> None:
    high = theme.startswith("contrast")
    text, drawing = (ENHANCED, DRAWN) if high else (READABLE, SEEN)
    poor = {
        name: round(found, 1)
        for name in NAMES
        if (found := contrast(worn(theme), name))
        < (DRAWN if name.startswith("edge") else drawing if name in FAINT else text)
    }
    assert poor == {}


@pytest.mark.parametrize("theme", COLOURED)
@pytest.mark.parametrize("mark", MARKS)
def test_marks_leave_every_node_readable(theme: str, mark: str) -> None:
    least = ENHANCED if theme.startswith("contrast") else READABLE
    poor = {
        name: round(found, 1)
        for index in range(8)
        for name in (f"node{index} {mark}", f"chip{index} {mark}")
        if (found := contrast(worn(theme), name)) < least
    }
    assert poor == {}


@pytest.mark.parametrize("theme", COLOURED)
def test_256_colours_keep_text_readable(theme: str) -> None:
    names = [
        *NAMES,
        *(f"{part}{i} {mark}" for part in ("node", "chip") for i in range(8) for mark in MARKS),
    ]
    poor = {
        name: round(found, 1)
        for name in names
        if not name.startswith("edge")
        and (found := contrast(worn(theme), name, few=True)) < (SEEN if name in FAINT else READABLE)
    }
    assert poor == {}


@pytest.mark.parametrize("theme", COLOURED)
@pytest.mark.parametrize("part", ["node", "chip", "edge"])
@pytest.mark.parametrize("few", [False, True])
def test_no_two_nodes_look_alike(theme: str, part: str, few: bool) -> None:
    look = worn(theme).few if few else worn(theme).look
    styles = [look.style(f"{part}{index}") for index in range(8)]
    colours = [style.bgcolor or style.color for style in styles]
    if few:
        colours = [colour and colour.downgrade(ColorSystem.EIGHT_BIT) for colour in colours]
    alike = {
        (a, b): round(found, 1)
        for (a, one), (b, other) in combinations(enumerate(colours), 2)
        if one and other and (found := difference(one, other)) < APART
    }
    assert alike == {}


@pytest.mark.parametrize("theme", COLOURED)
@pytest.mark.parametrize("part", ["node", "chip"])
@pytest.mark.parametrize("sight", ["protan", "deutan", "tritan"])
def test_colour_blind_people_tell_the_nodes_apart(theme: str, part: str, sight: str) -> None:
    styles = [worn(theme).look.style(f"{part}{index}") for index in range(8)]
    colours = [as_seen(style.bgcolor or style.color or Color.default(), sight) for style in styles]
    alike = {
        (a, b): round(found, 1)
        for (a, one), (b, other) in combinations(enumerate(colours), 2)
        if (found := difference(one, other)) < (BLIND_FOUR if b < 4 else BLIND)
    }
    assert alike == {}


def test_sixteen_colours_give_eight_nodes_eight_colours() -> None:
    look = worn("terminal").look
    for part in ("node", "chip"):
        assert len({str(look.style(f"{part}{index}").color) for index in range(8)}) == 8


@pytest.mark.parametrize("theme", FOREIGN)
def test_themes_that_are_not_ours_are_readable(theme: str) -> None:
    poor = {
        name: round(found, 1)
        for name in NAMES
        if name not in FAINT
        and not name.startswith("edge")
        and (found := contrast(wardrobe()[theme], name)) < READABLE
    }
    assert poor == {}


def test_every_style_of_the_views_has_a_look() -> None:
    assert [name for name in STYLES if f"l4--{name}" not in COMPONENTS] == []
    plain = [name for name in NAMES if worn("dark").look.style(name) == Style()]
    assert plain == []


def test_light_backgrounds_carry_the_node_colours() -> None:
    for index in range(8):
        assert worn("light").look.style(f"node{index}").bgcolor is not None


def test_without_colours_nothing_is_coloured() -> None:
    for name in NAMES:
        style = worn("mono").look.style(name)
        assert style.color is None or style.color.is_default
        assert style.bgcolor is None


@pytest.mark.parametrize("theme", THEMES)
def test_a_selection_is_seen_on_chips_and_on_text(theme: str) -> None:
    look = worn(theme).look
    for name in ("", "node1", "chip1", "strong"):
        assert look.style(f"{name} selected") != look.style(name)


def test_our_variables_are_nobody_elses() -> None:
    for theme in BUILTIN_THEMES.values():
        assert DARK.keys() & (theme.to_color_system().generate() | theme.variables).keys() == set()
    assert DARK.keys() == LIGHT.keys()


async def test_text_without_a_style_is_as_readable_as_with_one() -> None:
    app = Bare()
    async with app.run_test(size=(60, 18)) as pilot:
        for theme in ("l4numa-light", "solarized-dark", "l4numa-mono"):
            app.theme = theme
            await pilot.pause()
            await pilot.pause()
            value = app.look.style("value").color
            pane = app.query_one("#map").rich_style.color
            assert pane is not None
            assert value is not None
            assert pane.name == value.name


async def test_a_theme_of_somebody_else_may_colour_the_nodes() -> None:
    app = Bare()
    app.register_theme(Theme(name="mine", primary="#102030", variables={"node-0": "#FEDCBA"}))
    async with app.run_test(size=(60, 18)) as pilot:
        app.theme = "mine"
        await pilot.pause()
        await pilot.pause()
        assert app.look.style("node0").color == Color.parse("#fedcba")
        assert app.look.style("node1").color == worn("dark").look.style("node1").color


def test_the_command_line_offers_the_themes_there_are() -> None:
    assert OFFERED == THEMES


def test_the_next_theme_goes_through_all_of_ours_and_back() -> None:
    seen = [theme_name("dark")]
    for _ in THEMES:
        seen.append(next_theme(seen[-1]))
    assert seen[-1] == seen[0]
    assert set(seen) == {theme_name(theme) for theme in THEMES}
    assert next_theme("nord") in seen


async def test_no_color_leaves_no_theme_to_choose() -> None:
    app = L4numaApp(Stage(make_session(2), "Two nodes"), theme="light", colours=False)
    async with app.run_test(size=(60, 18)):
        assert app.theme == theme_name("mono")
        assert not app.possible("has_colours")
        titles = [command.name for command in app.commands()]
        assert not any("heme" in title for title in titles)


@pytest.mark.parametrize(
    ("asked", "background", "theme"),
    [
        ("", "", "dark"),
        ("", "0;15", "light"),
        ("contrast", "0;15", "contrast"),
        ("terminal", "15;0", "terminal"),
        ("terminal", "0;15", "mono"),
    ],
)
def test_the_terminal_is_asked_where_nobody_chose(
    monkeypatch: pytest.MonkeyPatch, asked: str, background: str, theme: str
) -> None:
    monkeypatch.setenv("COLORFGBG", background)
    assert background_of(asked) == theme


def test_colours_are_brought_to_the_contrast_asked_for_and_no_further() -> None:
    assert readable("#FFFFFF", "#000000") == "#FFFFFF"
    for back in ("#000000", "#777777", "#FBFAF7", "#2E3440"):
        for colour in ("#0072B2", "#F0E442", back):
            found = readable(colour, back)
            front, ground = (luminance(Color.parse(each)) for each in (found, back))
            high, low = max(front, ground), min(front, ground)
            assert (high + 0.05) / (low + 0.05) >= READABLE or found in ("#000000", "#FFFFFF")
