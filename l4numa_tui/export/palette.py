"""The colours of documents: what the screen's styles look like on dark and on light paper.

Node colours are Okabe and Ito's (Color Universal Design, 2008), in the order in which the smallest
difference between any two is greatest for 2 to 8 nodes under all types of colour vision; the screen
has them from here. A document is no terminal, so its other colours are chosen for paper. Nothing
is said by colour alone.
"""

from __future__ import annotations

from typing import NamedTuple

NODE_COLOURS = (
    "#56B4E9", "#D55E00", "#F0E442", "#0072B2", "#BBBBBB", "#009E73", "#CC79A7", "#E69F00",
)  # fmt: skip
# Text on a node's colour: whichever of black and white contrasts more.
ON_NODE = ("#000000", "#000000", "#000000", "#FFFFFF", *("#000000",) * 4)
# For text on dark and on light: a difference of 10 or more (CIE 1976) between any two, of 19
# between any two of the first four, under all types of colour vision (Machado 2009).
TEXT_ON_DARK = (
    "#7CD1FB", "#FF8A4C", "#F0E442", "#8C9EFF", "#ABABAB", "#1DBE80", "#F07CCB", "#D9A000",
)  # fmt: skip
TINTS = (
    "#AAEBFF", "#FFB98C", "#FFFB84", "#ABBBFF", "#BBBBBB", "#70F5C6", "#E3A8D6", "#F3AE2A",
)  # fmt: skip
STATE_COLOURS = {"new": "#14643C", "gone": "#A3162B", "changed": "#8A4B00"}


class Look(NamedTuple):
    """How a text looks: its colour, what is behind it ("" for nothing), and its weight."""

    colour: str
    behind: str = ""
    bold: bool = False
    struck: bool = False


class Paper(NamedTuple):
    """A document's colours: of the page, of text by style name, of lines on the page."""

    page: str
    ink: str
    looks: dict[str, Look]


def tint(node: int) -> str:
    """A pale colour of a node, grey for what belongs to several (-1)."""
    return TINTS[node % 8] if node >= 0 else "#ECECEC"


def node_colour(node: int) -> str:
    """The colour of a node; colours repeat after eight, labels do not."""
    return NODE_COLOURS[node % 8]


def _chips() -> dict[str, Look]:
    return {
        f"chip{at}": Look(ON_NODE[at], colour, bold=True) for at, colour in enumerate(NODE_COLOURS)
    }


DARK = Paper("#11151C", "#D6DCE5", {
    **{f"node{at}": Look(colour) for at, colour in enumerate(TEXT_ON_DARK)},
    **_chips(),
    "dim": Look("#7F8B9C"), "label": Look("#98A4B5"), "value": Look("#D6DCE5"),
    "strong": Look("#FFFFFF", bold=True), "line": Look("#566274"),
    "cross": Look("#FFFFFF", bold=True), "read": Look("#7FD6A0"), "write": Look("#FFA657"),
    "execute": Look("#C792EA"), "good": Look("#6BD490", bold=True),
    "bad": Look("#FF7B7B", bold=True), "warn": Look("#FFB454", bold=True),
    "new": Look("", "#113822", bold=True), "gone": Look("", "#4A161D", struck=True),
    "changed": Look("", "#3A2D08", bold=True), "title": Look("#8FB8FF", bold=True),
})  # fmt: skip
LIGHT = Paper("#FFFFFF", "#1B2430", {
    **{f"node{at}": Look("#1B2430", tint) for at, tint in enumerate(TINTS)},
    **_chips(),
    "dim": Look("#5D6773"), "label": Look("#4C5663"), "value": Look("#1B2430"),
    "strong": Look("#000000", bold=True), "line": Look("#8B94A0"),
    "cross": Look("#000000", bold=True), "read": Look("#14643C"), "write": Look("#8A4B00"),
    "execute": Look("#6B2FA0"), "good": Look("#14643C", bold=True),
    "bad": Look("#A3162B", bold=True), "warn": Look("#8A4B00", bold=True),
    "new": Look("", "#BFE8CC", bold=True), "gone": Look("", "#F5C2C7", struck=True),
    "changed": Look("", "#F5E3A3", bold=True), "title": Look("#1F4E8C", bold=True),
})  # fmt: skip
PAPERS = {"dark": DARK, "light": LIGHT}
