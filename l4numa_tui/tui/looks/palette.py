"""The styles of the views as component classes of one stylesheet, and the themes that colour them.

A style `node0` of the views is the class `.l4--node0`; its colours are variables such as
`$node-0`, which every theme of ours sets, which any theme may set, and which are made from the
main colours of a theme that does not. They are filled in here rather than by Textual: it copies
all variables for each of its forty style sheets, which would be a tenth of the time to start.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rich.style import Style
from textual.app import App
from textual.theme import BUILTIN_THEMES, Theme

from l4numa_tui.tui.looks.colours import (
    COLOURS,
    DARK,
    FEW_DARK,
    FEW_LIGHT,
    GROUNDS,
    LIGHT,
    MONO,
    NONE,
    SIXTEEN,
    Colours,
)
from l4numa_tui.tui.looks.contrast import mix, on, readable
from l4numa_tui.views.segments import STYLES

# The names on the command line, in the order in which one changes between them.
THEMES = tuple(COLOURS)
_PREFIX = "l4numa-"
_VARIABLE = re.compile(r"\$([a-z0-9-]+)")
_UNSET = re.compile(r"(color|background): transparent;")

_LOOKS = (
    "\n".join(
        f".l4--node{i} {{ color: $node-{i}; background: $node-{i}-back; }}"
        f".l4--edge{i} {{ color: $edge-{i}; }}"
        f".l4--chip{i} {{ color: $chip-{i}-text; background: $chip-{i}; text-style: bold; }}"
        for i in range(8)
    )
    + """
App Screen { color: $value; }
.l4--heat0 { color: $heat-0; background: $heat-0-back; }
.l4--heat1 { color: $heat-1; background: $heat-1-back; }
.l4--heat2 { color: $heat-2; background: $heat-2-back; }
.l4--heat3 { color: $heat-3; background: $heat-3-back; }
.l4--heat4 { color: $heat-4; background: $heat-4-back; text-style: bold; }
.l4--title { color: $title; text-style: bold; }
.l4--dim { color: $dim; }
.l4--label { color: $label; }
.l4--value { color: $value; }
.l4--strong, .l4--cross { color: $strong; text-style: bold; }
.l4--line { color: $line; }
.l4--key { color: $key; text-style: bold; }
.l4--new { color: $new; background: $new-back; text-style: bold; }
.l4--gone { color: $gone; background: $gone-back; text-style: strike; }
.l4--changed { color: $changed; background: $changed-back; text-style: bold; }
.l4--selected { color: $selected; background: $selected-back; text-style: bold; }
.l4--related { color: $related; background: $related-back; text-style: underline; }
.l4--hit { color: $ask; background: $ask-back; text-style: underline; }
.l4--read { color: $read; }
.l4--write { color: $write; }
.l4--execute { color: $execute; }
.l4--good { color: $good; text-style: bold; }
.l4--bad { color: $bad; text-style: bold; }
.l4--warn, .l4--notice { color: $warn; text-style: bold; }
.l4--bar { color: $bar; background: $bar-back; }
.l4--bar-strong, .l4--head-focus { color: $bar; background: $bar-back; text-style: bold; }
.l4--bar-dim { color: $bar-dim; background: $bar-back; }
.l4--head { color: $head; background: $head-back; }
.l4--foot { color: $foot; background: $head-back; }
.l4--foot-key { color: $key; background: $head-back; text-style: bold; }
.l4--foot-off { color: $foot-off; background: $head-back; }
.l4--code { color: $code; background: $code-back; }
.l4--syn-keyword { color: $execute; text-style: bold; }
.l4--syn-string { color: $string; }
.l4--syn-comment { color: $label; text-style: italic; }
.l4--syn-number { color: $write; }
.l4--syn-name { color: $title; text-style: bold; }
.l4--syn-mark { color: $key; text-style: bold; }
.l4--cursor { background: $cursor-back; }
.l4--hover { text-style: underline; }
.l4--scroll { color: $scroll; }
.l4--thumb { color: $thumb; }
.l4--ask { color: $ask; background: $ask-back; text-style: bold; }
.l4--pick { color: $pick; background: $pick-back; text-style: bold; }
"""
)
# What backgrounds say elsewhere, weights say where there are none.
_PLAIN_LOOKS = (
    "\n".join(f".l4--chip{i} {{ text-style: bold reverse; }}" for i in range(8))
    + """
.l4--selected, .l4--pick, .l4--bar-strong, .l4--head-focus { text-style: bold reverse; }
.l4--bar, .l4--bar-dim { text-style: reverse; }
.l4--head, .l4--cursor { text-style: underline; }
.l4--foot-key, .l4--code, .l4--thumb { text-style: bold; }
.l4--foot-off { text-style: dim; }
.l4--syn-name { text-style: bold underline; }
"""
)

# Styles that only the screen uses: bars, tabs, the cursor, a lesson's question.
_OWN = (
    "bar", "bar-strong", "bar-dim", "head", "head-focus", "foot", "foot-key", "foot-off", "code",
    "cursor", "hover", "scroll", "thumb", "ask", "pick", "notice",
)  # fmt: skip


_CLASS = "l4--"
COMPONENTS = frozenset(_CLASS + name for name in (*STYLES, *_OWN))


def style_in(app: App[int], name: str) -> Style:
    """The look of a style under the application's theme; a name that is unknown says nothing."""
    try:
        return app.get_component_styles(_CLASS + name).partial_rich_style
    except KeyError:
        return Style()


def sheet_of(theme: Theme, *, few: bool) -> str:
    """The style sheet of a theme; `few` for terminals of 256 colours."""
    colours = colours_of(theme)
    if few:
        colours = colours | (FEW_DARK if theme.dark else FEW_LIGHT)
    looks = _LOOKS + _PLAIN_LOOKS if theme.ansi else _LOOKS
    return _UNSET.sub("", _VARIABLE.sub(lambda found: colours[found[1]], looks))


def themes() -> list[Theme]:
    """The program's own themes."""
    own = [
        replace(Theme(_PREFIX + name, **ground), dark=not name.endswith("light"))  # type: ignore[arg-type]
        for name, ground in GROUNDS.items()
    ]
    ansi = BUILTIN_THEMES["ansi-dark"]
    return own + [replace(ansi, name=_PREFIX + name) for name in ("terminal", "mono")]


def theme_name(theme: str) -> str:
    """Textual's name of one of `THEMES`."""
    return _PREFIX + theme


def name_of(theme: str) -> str:
    """What a theme of Textual's name is called on the command line; itself if it is not ours."""
    return theme.removeprefix(_PREFIX)


def next_theme(name: str) -> str:
    """Which of our themes comes after the one of Textual's name `name`; the first after others."""
    own = [theme_name(theme) for theme in THEMES]
    return own[(own.index(name) + 1) % len(own)] if name in own else own[0]


def colours_of(theme: Theme) -> Colours:
    """The variables for a theme: what it sets itself, else ours or what is made of its colours."""
    own = COLOURS.get(name_of(theme.name))
    if own is None:
        own = _made_of(theme)
    return own | {name: value for name, value in theme.variables.items() if name in own}


def _made_of(theme: Theme) -> Colours:
    """Our variables from a theme's main colours, and what is read on them.

    Node colours stay what they are, but for a little more black or white where they would be hard
    to read on this theme's background.
    """
    if theme.ansi:
        return SIXTEEN if theme.dark else MONO
    system = {
        name: value
        for name, value in theme.to_color_system().generate().items()
        if value.startswith("#")
    }
    back, fore = system["background"][:7], system["foreground"][:7]
    grounds = (back, system["surface"][:7])
    base = DARK if theme.dark else LIGHT
    out = {
        **base,
        "value": fore,
        "title": system["primary"][:7],
        "key": system["accent"][:7], "warn": system["warning"][:7],
        "good": system["success"][:7], "bad": system["error"][:7],
        "bar-back": system["primary"][:7], "head-back": system["panel"][:7],
        "cursor-back": mix(back, fore, 0.12),
        "strong": on(back),
    }  # fmt: skip
    out["bar"] = out["bar-dim"] = on(out["bar-back"])
    for name, colour in out.items():
        if colour == NONE or name.endswith("-back") or name in _DRAWN or name.startswith(_FIXED):
            continue
        for below in _BELOW.get(name, (f"{name}-back",)):
            for under in grounds if out.get(below, NONE) == NONE else (out[below],):
                out[name] = readable(out[name], under)
    return out


_DRAWN = (
    "line",
    "scroll",
    "thumb",
    "foot-off",
    *(f"edge-{index}" for index in range(8)),
)  # drawings, not text
_FIXED = ("chip", "bar")  # on a background of their own already
# What lies below a style's text, where that is not the background of its own name.
_BELOW = {
    "head": ("head-back",),
    "foot": ("head-back",),
    "key": ("", "head-back"),
    "value": ("", "cursor-back", "new-back", "gone-back", "changed-back", "related-back"),
}
