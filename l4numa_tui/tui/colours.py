"""What each style name of the views looks like: on dark, on light, with 16 colours, with none.

Node colours are Okabe and Ito's (Color Universal Design, 2008), in the order in which the smallest
difference between any two is greatest for 2 to 8 nodes under all types of colour vision. On dark
backgrounds they colour text and chips, on light ones only backgrounds: coloured text on white is
unreadable. No style says by colour alone what text does not say as well.
"""

from __future__ import annotations

NODE_COLOURS = (
    "#56B4E9", "#D55E00", "#F0E442", "#0072B2", "#BBBBBB", "#009E73", "#CC79A7", "#E69F00",
)  # fmt: skip
# Text on a chip of each colour: whichever of black and white contrasts more.
ON_CHIP = ("#000000", "#000000", "#000000", "#FFFFFF", *("#000000",) * 4)
# As text on dark, also on the dark backgrounds of marks: four of them a little lighter.
_TEXT_ON_DARK = (
    "#56B4E9", "#F58A45", "#F0E442", "#93A8FF", "#BBBBBB", "#2FBF92", "#E0A0C4", "#E69F00",
)  # fmt: skip
_TINTS = (
    "#CFE8F8", "#F9D9C4", "#FAF5B8", "#BFDCF2", "#DCDCDC", "#BDE6D8", "#F2D9E6", "#FAE1B0",
)  # fmt: skip
_SIXTEEN = (
    "bright_cyan", "bright_red", "bright_yellow", "bright_blue", "white", "bright_green",
    "bright_magenta", "yellow",
)  # fmt: skip

# The colours of the two themes, as Textual names them.
DARK_THEME = {
    "primary": "#2F5FB3", "secondary": "#24344F", "accent": "#FFB454", "foreground": "#D6DCE5",
    "background": "#11151C", "surface": "#161B24", "panel": "#222A37", "warning": "#FFB454",
    "error": "#FF6B6B", "success": "#6BD490",
}  # fmt: skip
LIGHT_THEME = {
    "primary": "#1F4E8C", "secondary": "#C9D8EE", "accent": "#8A4B00", "foreground": "#1B2430",
    "background": "#FBFAF7", "surface": "#F3F1EC", "panel": "#E2E0D9", "warning": "#8A4B00",
    "error": "#A3162B", "success": "#14643C",
}  # fmt: skip

DARK: dict[str, str] = {
    **{f"node{i}": colour for i, colour in enumerate(_TEXT_ON_DARK)},
    **{f"chip{i}": f"bold {ON_CHIP[i]} on {NODE_COLOURS[i]}" for i in range(8)},
    "heat0": "#7F8B9C", "heat1": "#9FB4CC", "heat2": "#D9CC7A", "heat3": "#F2A83B",
    "heat4": "bold #FF7F50",
    "title": "bold #8FB8FF", "dim": "#7F8B9C", "label": "#98A4B5", "value": "#D6DCE5",
    "strong": "bold #FFFFFF", "line": "#566274", "key": "bold #FFB454",
    "new": "bold on #113822", "gone": "strike on #4A161D", "changed": "bold on #3A2D08",
    "selected": "bold #0B0F16 on #9CC2FF", "related": "underline on #1D2B45",
    "hit": "underline #FFD9A0 on #3A2C10",
    "read": "#7FD6A0", "write": "#FFA657", "execute": "#C792EA",
    "cross": "bold #FFFFFF", "good": "bold #6BD490", "bad": "bold #FF7B7B", "warn": "bold #FFB454",
    # Only the screen's own: bars, tabs, cursor.
    "bar": "#EAF1FF on #2F5FB3", "bar-strong": "bold #FFFFFF on #2F5FB3",
    "bar-dim": "#D3E0F7 on #2F5FB3",
    "head": "#98A4B5 on #222A37", "head-focus": "bold #FFFFFF on #2F5FB3",
    "foot": "#B4BECC on #222A37", "foot-key": "bold #FFB454 on #222A37",
    "foot-off": "#6C7789 on #222A37",
    "code": "#F2CF9B",
    "syn-keyword": "bold #C792EA", "syn-string": "#8FCFA6", "syn-comment": "italic #98A4B5",
    "syn-number": "#FFA657", "syn-name": "bold #8FB8FF", "syn-mark": "bold #FFB454",
    "cursor": "on #242E3D", "scroll": "#2A3342", "thumb": "#6C7F9C",
    "ask": "bold #FFD9A0 on #3A2C10", "pick": "bold #11151C on #FFB454", "notice": "bold #FFB454",
}  # fmt: skip

LIGHT: dict[str, str] = {
    **{f"node{i}": f"#1B2430 on {tint}" for i, tint in enumerate(_TINTS)},
    **{f"chip{i}": f"bold {ON_CHIP[i]} on {NODE_COLOURS[i]}" for i in range(8)},
    "heat0": "#1B2430", "heat1": "#1B2430 on #E3ECF5", "heat2": "#1B2430 on #F4ECC0",
    "heat3": "#1B2430 on #F7CF95", "heat4": "bold #1B2430 on #F2A285",
    "title": "bold #1F4E8C", "dim": "#5D6773", "label": "#4C5663", "value": "#1B2430",
    "strong": "bold #000000", "line": "#8B94A0", "key": "bold #8A4B00",
    "new": "bold #1B2430 on #BFE8CC", "gone": "strike #1B2430 on #F5C2C7",
    "changed": "bold #1B2430 on #F5E3A3",
    "selected": "bold #FFFFFF on #1F4E8C", "related": "underline #1B2430 on #C3D8F7",
    "hit": "underline #4A2A00 on #FBE8C8",
    "read": "#14643C", "write": "#8A4B00", "execute": "#6B2FA0",
    "cross": "bold #000000", "good": "bold #14643C", "bad": "bold #A3162B", "warn": "bold #8A4B00",
    "bar": "#FFFFFF on #1F4E8C", "bar-strong": "bold #FFFFFF on #1F4E8C",
    "bar-dim": "#D5E2F5 on #1F4E8C",
    "head": "#4C5663 on #E2E0D9", "head-focus": "bold #FFFFFF on #1F4E8C",
    "foot": "#3A4450 on #E2E0D9", "foot-key": "bold #7A4200 on #E2E0D9",
    "foot-off": "#7E7C76 on #E2E0D9",
    "code": "#5A3A00 on #F3E9D8",
    "syn-keyword": "bold #6B2FA0", "syn-string": "#14643C", "syn-comment": "italic #5D6773",
    "syn-number": "#8A4B00", "syn-name": "bold #1F4E8C", "syn-mark": "bold #8A4B00",
    "cursor": "on #E4EAF2", "scroll": "#D8D5CD", "thumb": "#8B94A0",
    "ask": "bold #4A2A00 on #FBE8C8", "pick": "bold #FFFFFF on #8A4B00", "notice": "bold #8A4B00",
}  # fmt: skip

SIXTEEN: dict[str, str] = {
    **{f"node{i}": colour for i, colour in enumerate(_SIXTEEN)},
    **{f"chip{i}": f"bold reverse {colour}" for i, colour in enumerate(_SIXTEEN)},
    "heat0": "", "heat1": "cyan", "heat2": "yellow", "heat3": "bright_yellow",
    "heat4": "bold bright_red",
    "title": "bold bright_cyan", "dim": "", "label": "", "value": "", "strong": "bold", "line": "",
    "key": "bold bright_yellow",
    "new": "bold green", "gone": "strike red", "changed": "bold yellow",
    "selected": "reverse bold", "related": "underline",
    "hit": "underline",
    "read": "green", "write": "yellow", "execute": "magenta",
    "cross": "bold", "good": "bold green", "bad": "bold red", "warn": "bold yellow",
    "bar": "reverse", "bar-strong": "reverse bold", "bar-dim": "reverse",
    "head": "underline", "head-focus": "reverse bold",
    "foot": "", "foot-key": "bold bright_yellow", "foot-off": "dim",
    "code": "bold",
    "syn-keyword": "bold magenta", "syn-string": "green", "syn-comment": "cyan",
    "syn-number": "yellow", "syn-name": "bold underline bright_cyan",
    "syn-mark": "bold bright_yellow",
    "cursor": "underline", "scroll": "", "thumb": "bold",
    "ask": "bold bright_yellow", "pick": "reverse bold bright_yellow", "notice": "bold yellow",
}  # fmt: skip

_WEIGHTS = frozenset({"bold", "dim", "reverse", "underline", "strike"})
MONO: dict[str, str] = {
    name: " ".join(word for word in look.split() if word in _WEIGHTS)
    for name, look in SIXTEEN.items()
}
