"""What a view gives to a screen: lines of segments, each a text, a style's name and a target.

Views know no screen. A style is a name (`STYLES`), which the screen turns into colours and a plain
transcript ignores; a target says what the segment shows, so that a click or the cursor can select
it, and so that whatever is selected can be lit up in every pane.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

# A target is a kind and its numbers: ("entry", id), ("frame", f), ("thread", t), ("space", s),
# ("node", n), ("page", application, vpn), ("slot", table << 9 | index), ("step", n).
Target = tuple[str, *tuple[int, ...]]

NODE_GLYPHS = "●▲■◆▼★⬟○"
NODE_GLYPHS_ASCII = "o^#*v+@x"
_PLAINER = str.maketrans("…·–—−→×‘’“”", ".----" + ">x" + "''" + '""')
MARK_NEW, MARK_GONE, MARK_CHANGED = "+", "−", "~"


class Segment(NamedTuple):
    """A piece of a line. `style` may join several names with blanks: `node1 new`."""

    text: str
    style: str = ""
    target: Target | None = None


Line = list[Segment]

# Every style a view may use. node0..node7: text in a node's colour; chip0..chip7: a label on it;
# edge0..edge7: a line around what belongs to it.
STYLES = (
    *(f"node{index}" for index in range(8)),
    *(f"chip{index}" for index in range(8)),
    *(f"edge{index}" for index in range(8)),
    *(f"heat{index}" for index in range(5)),
    "title", "dim", "label", "value", "strong", "new", "gone", "changed", "selected", "related",
    "hit", "read", "write", "execute", "cross", "good", "bad", "warn", "line", "key",
    "syn-keyword", "syn-string", "syn-comment", "syn-number", "syn-name", "syn-mark",
)  # fmt: skip


def node_style(node: int) -> str:
    """The style of a node's text; colours repeat after eight nodes, glyph and number do not lie."""
    return f"node{node % 8}"


def edge_style(node: int) -> str:
    """The style of a line drawn around what belongs to a node."""
    return f"edge{node % 8}"


def node_label(node: int, *, ascii_only: bool = False) -> str:
    """A node as it is always written: glyph and number, `▲N1`."""
    glyphs = NODE_GLYPHS_ASCII if ascii_only else NODE_GLYPHS
    return f"{glyphs[node % 8]}N{node}"


def plain(line: Iterable[Segment]) -> str:
    """The line's text alone, without trailing blanks."""
    return "".join(segment.text for segment in line).rstrip()


def ascii_line(line: Line) -> Line:
    """The line with every character that is not ASCII replaced by one that is."""
    return [
        segment
        if segment.text.isascii()
        else segment._replace(
            text=segment.text.translate(_PLAINER).encode("ascii", "replace").decode()
        )
        for segment in line
    ]


def width_of(line: Iterable[Segment]) -> int:
    """Columns a line takes; every glyph the views use is one column wide."""
    return sum(len(segment.text) for segment in line)


def fit(line: Line, width: int) -> Line:
    """Cut or pad a line to exactly `width` columns."""
    out: Line = []
    left = width
    for segment in line:
        if left <= 0:
            break
        out.append(
            segment if len(segment.text) <= left else segment._replace(text=segment.text[:left])
        )
        left -= len(out[-1].text)
    if left > 0:
        out.append(Segment(" " * left))
    return out
