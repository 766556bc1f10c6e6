"""The colours of each theme, as variables of its stylesheet; no Textual here.

The nodes' colours are those of documents (`export.palette`). On dark backgrounds they colour text
and chips, on light ones only backgrounds: coloured text on white is unreadable. No style says by
colour alone what text does not say as well.

A variable that is `transparent` leaves the colour to what lies below: a text keeps its own colour
on a mark, a mark without a background is seen by its weight.
"""

from __future__ import annotations

from collections.abc import Sequence

from l4numa_tui.export.palette import NODE_COLOURS, ON_NODE, TEXT_ON_DARK, TINTS

Colours = dict[str, str]

# As far apart as text on dark: a difference of 10 or more (CIE 1976) between any two,
# of 19 between any two of the first four, under all types of colour vision (Machado 2009).
_BRIGHT = (
    "#A3E9FF", "#FFA066", "#FFF99A", "#A9B8FF", "#BEBEBE", "#36EFAC", "#EE9AD2", "#F7B500",
)  # fmt: skip
# Lines need less contrast than text: 3:1.
_EDGES_ON_LIGHT = (
    "#2484BF", "#C95800", "#8F8300", "#4A55C8", "#7A7A7A", "#008563", "#B0508C", "#A86F00",
)  # fmt: skip
_SIXTEEN = (
    "bright_cyan", "bright_red", "bright_yellow", "bright_blue", "white", "bright_green",
    "bright_magenta", "yellow",
)  # fmt: skip
NONE = "transparent"


def _nodes(name: str, values: Sequence[str]) -> Colours:
    return {name.format(index): value for index, value in enumerate(values)}


def _node_colours(
    text: Sequence[str],
    back: Sequence[str],
    edges: Sequence[str],
    chips: Sequence[str],
    on_chips: Sequence[str],
) -> Colours:
    return {
        **_nodes("node-{}", text),
        **_nodes("node-{}-back", back),
        **_nodes("edge-{}", edges),
        **_nodes("chip-{}", chips),
        **_nodes("chip-{}-text", on_chips),
    }


DARK: Colours = {
    **_node_colours(TEXT_ON_DARK, (NONE,) * 8, TEXT_ON_DARK, NODE_COLOURS, ON_NODE),
    **_nodes("heat-{}", ("#7F8B9C", "#9FB4CC", "#D9CC7A", "#F2A83B", "#FF7F50")),
    **_nodes("heat-{}-back", (NONE,) * 5),
    "title": "#8FB8FF", "dim": "#7F8B9C", "label": "#98A4B5", "value": "#D6DCE5",
    "strong": "#FFFFFF", "line": "#566274", "key": "#FFB454",
    "new": NONE, "gone": NONE, "changed": NONE, "related": NONE,
    "new-back": "#113822", "gone-back": "#4A161D", "changed-back": "#3A2D08",
    "related-back": "#1D2B45", "selected": "#0B0F16", "selected-back": "#9CC2FF",
    "read": "#7FD6A0", "write": "#FFA657", "execute": "#C792EA",
    "good": "#6BD490", "bad": "#FF7B7B", "warn": "#FFB454",
    "bar": "#FFFFFF", "bar-dim": "#D3E0F7", "bar-back": "#2F5FB3",
    "head": "#98A4B5", "head-back": "#222A37",
    "foot": "#B4BECC", "foot-off": "#6C7789",
    "code": "#F2CF9B", "code-back": NONE, "string": "#8FCFA6",
    "cursor-back": "#242E3D", "scroll": "#2A3342", "thumb": "#6C7F9C",
    "ask": "#FFD9A0", "ask-back": "#3A2C10", "pick": "#11151C", "pick-back": "#FFB454",
}  # fmt: skip

_INK = "#1B2430"
LIGHT: Colours = {
    **_node_colours((_INK,) * 8, TINTS, _EDGES_ON_LIGHT, NODE_COLOURS, ON_NODE),
    **_nodes("heat-{}", (_INK,) * 5),
    **_nodes("heat-{}-back", (NONE, "#E3ECF5", "#F4ECC0", "#F7CF95", "#F2A285")),
    "title": "#1F4E8C", "dim": "#5D6773", "label": "#4C5663", "value": _INK,
    "strong": "#000000", "line": "#8B94A0", "key": "#8A4B00",
    "new": _INK, "gone": _INK, "changed": _INK, "related": _INK,
    "new-back": "#BFE8CC", "gone-back": "#F5C2C7", "changed-back": "#F5E3A3",
    "related-back": "#C3D8F7", "selected": "#FFFFFF", "selected-back": "#1F4E8C",
    "read": "#14643C", "write": "#8A4B00", "execute": "#6B2FA0",
    "good": "#14643C", "bad": "#A3162B", "warn": "#8A4B00",
    "bar": "#FFFFFF", "bar-dim": "#D5E2F5", "bar-back": "#1F4E8C",
    "head": "#4C5663", "head-back": "#E2E0D9",
    "foot": "#3A4450", "foot-off": "#7E7C76",
    "code": "#5A3A00", "code-back": "#F3E9D8", "string": "#14643C",
    "cursor-back": "#E4EAF2", "scroll": "#CFCBC1", "thumb": "#8B94A0",
    "ask": "#4A2A00", "ask-back": "#FBE8C8", "pick": "#FFFFFF", "pick-back": "#8A4B00",
}  # fmt: skip

# Every text at 7:1 or more (WCAG 2.2, 1.4.6), every line at 3:1 (1.4.11).
CONTRAST: Colours = {
    **_node_colours(_BRIGHT, (NONE,) * 8, _BRIGHT, _BRIGHT, ("#000000",) * 8),
    **_nodes("heat-{}", ("#C8C8C8", "#BFD8F5", "#F0E48A", "#FFB84D", "#FF9E7A")),
    **_nodes("heat-{}-back", (NONE,) * 5),
    "title": "#A8CCFF", "dim": "#C8C8C8", "label": "#D8D8D8", "value": "#FFFFFF",
    "strong": "#FFFFFF", "line": "#9A9A9A", "key": "#FFD75F",
    "new": NONE, "gone": NONE, "changed": NONE, "related": NONE,
    "new-back": "#002A16", "gone-back": "#4A0010", "changed-back": "#2E2400",
    "related-back": "#00264D", "selected": "#000000", "selected-back": "#FFE600",
    "read": "#8CF0B4", "write": "#FFB870", "execute": "#E0B8FF",
    "good": "#7CF0A8", "bad": "#FFA0A0", "warn": "#FFD75F",
    "bar": "#000000", "bar-dim": "#000000", "bar-back": "#FFFFFF",
    "head": "#FFFFFF", "head-back": "#333333",
    "foot": "#FFFFFF", "foot-off": "#C0C0C0",
    "code": "#FFE0B0", "code-back": NONE, "string": "#A0F0B8",
    "cursor-back": "#26324A", "scroll": "#767676", "thumb": "#FFFFFF",
    "ask": "#FFE9A8", "ask-back": "#332600", "pick": "#000000", "pick-back": "#FFD75F",
}  # fmt: skip

CONTRAST_LIGHT: Colours = {
    **_node_colours(("#000000",) * 8, TINTS, _EDGES_ON_LIGHT, _BRIGHT, ("#000000",) * 8),
    **_nodes("heat-{}", ("#000000",) * 5),
    **_nodes("heat-{}-back", (NONE, "#DCE9F7", "#F7EDB5", "#FBD08A", "#FFA98A")),
    "title": "#00357A", "dim": "#3A3A3A", "label": "#2A2A2A", "value": "#000000",
    "strong": "#000000", "line": "#6A6A6A", "key": "#5C2E00",
    "new": "#000000", "gone": "#000000", "changed": "#000000", "related": "#000000",
    "new-back": "#B4F0C8", "gone-back": "#FFC4C8", "changed-back": "#FFE98A",
    "related-back": "#BBD6FF", "selected": "#FFFFFF", "selected-back": "#00275C",
    "read": "#00491F", "write": "#6A3000", "execute": "#4E0E85",
    "good": "#00491F", "bad": "#8A0014", "warn": "#5C2E00",
    "bar": "#FFFFFF", "bar-dim": "#FFFFFF", "bar-back": "#000000",
    "head": "#000000", "head-back": "#D8D8D8",
    "foot": "#000000", "foot-off": "#444444",
    "code": "#402600", "code-back": "#F5E8CC", "string": "#00491F",
    "cursor-back": "#DCE8FA", "scroll": "#8A8A8A", "thumb": "#000000",
    "ask": "#331C00", "ask-back": "#FFE9B8", "pick": "#FFFFFF", "pick-back": "#5C2E00",
}  # fmt: skip

# With 256 colours a dark green or brown becomes a light one: there the text says it instead.
FEW_DARK: Colours = {
    "new": "#87ffaf", "new-back": NONE, "changed": "#ffd75f", "changed-back": NONE,
}  # fmt: skip
FEW_LIGHT: Colours = {"head-back": "#eeeeee"}

# All weights: on a light terminal nobody knows what the 16 colours look like, so it gets this, too.
MONO: Colours = dict.fromkeys(DARK, NONE) | {"value": "ansi_default"}

SIXTEEN: Colours = MONO | {
    name: f"ansi_{colour}"
    for name, colour in {
        **_nodes("node-{}", _SIXTEEN),
        **_nodes("edge-{}", _SIXTEEN),
        **_nodes("chip-{}-text", _SIXTEEN),
        "heat-1": "cyan", "heat-2": "yellow", "heat-3": "bright_yellow", "heat-4": "bright_red",
        "title": "bright_cyan", "key": "bright_yellow",
        "read": "green", "write": "yellow", "execute": "magenta",
        "new": "green", "gone": "red", "changed": "yellow",
        "good": "green", "bad": "red", "warn": "yellow", "string": "green",
        "ask": "bright_yellow", "pick": "bright_yellow",
    }.items()
}  # fmt: skip


# What a theme of ours tells Textual: its main colours, by Textual's names.
GROUNDS: dict[str, Colours] = {
    "dark": {
        "primary": "#2F5FB3", "secondary": "#24344F", "accent": "#FFB454", "foreground": "#D6DCE5",
        "background": "#11151C", "surface": "#161B24", "panel": "#222A37", "warning": "#FFB454",
        "error": "#FF6B6B", "success": "#6BD490",
    },
    "light": {
        "primary": "#1F4E8C", "secondary": "#C9D8EE", "accent": "#8A4B00", "foreground": "#1B2430",
        "background": "#FBFAF7", "surface": "#F3F1EC", "panel": "#E2E0D9", "warning": "#8A4B00",
        "error": "#A3162B", "success": "#14643C",
    },
    "contrast": {
        "primary": "#0050A0", "secondary": "#333333", "accent": "#FFD75F", "foreground": "#FFFFFF",
        "background": "#000000", "surface": "#000000", "panel": "#333333", "warning": "#FFD75F",
        "error": "#FFA0A0", "success": "#7CF0A8",
    },
    "contrast-light": {
        "primary": "#00275C", "secondary": "#D8D8D8", "accent": "#5C2E00", "foreground": "#000000",
        "background": "#FFFFFF", "surface": "#FFFFFF", "panel": "#D8D8D8", "warning": "#5C2E00",
        "error": "#8A0014", "success": "#00491F",
    },
}  # fmt: skip
COLOURS: dict[str, Colours] = {
    "dark": DARK,
    "light": LIGHT,
    "contrast": CONTRAST,
    "contrast-light": CONTRAST_LIGHT,
    "terminal": SIXTEEN,
    "mono": MONO,
}
