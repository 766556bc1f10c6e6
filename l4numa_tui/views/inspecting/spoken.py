"""Cards in words: the inspector's facts, one on a line, with nothing that has to be looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from l4numa_tui.views.inspecting.card import Card
from l4numa_tui.views.inspecting.inspector import fill_card
from l4numa_tui.views.pane_parts import ASCII, MARK_STYLES, UNICODE, Pen
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment, Target
from l4numa_tui.world.session import Session

_INDENT = "  "


class SpokenPen(Pen):
    """Writes a node by its number alone, ranges and what is idle in words."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        glyphs = ASCII if scene.ascii_only else UNICODE
        self.glyphs = glyphs._replace(idle="", span=" to ")

    def node_text(self, node: int) -> str:
        """A node's number, `N2`."""
        return f"N{node}"

    def node_glyph(self, node: int) -> str:
        """Nothing: the number that follows names the node."""
        del node
        return ""


class SpokenCard(Card):
    """Collects `texts` instead of lines: a title, and below it `label: what belongs to it`.

    Rows without a label go on with the label before them.
    """

    def __init__(self, pen: SpokenPen, session: Session | None = None) -> None:
        super().__init__(pen, 0, session)
        self.texts: list[str] = []
        self._label = ""
        self._indent = _INDENT

    def title(self, *parts: Segment | Line) -> None:
        """A heading of the card."""
        text = _words(parts)
        self.texts.append(f"{text[:1].upper()}{text[1:]}:")
        self._indent, self._label = _INDENT, ""

    def section(self, text: str) -> None:
        """A heading within the card; what follows is indented below it."""
        self.texts.append(f"{_INDENT}{text}:" if ":" not in text else f"{_INDENT}{text}")
        self._indent, self._label = 2 * _INDENT, ""

    def row(self, label: str, *parts: Segment | Line) -> None:
        """One line: the label, and what belongs to it."""
        self._label = label or self._label
        head = f"{self._label}: " if self._label else ""
        self.texts.append(f"{self._indent}{head}{_words(parts)}".rstrip())

    def flow(self, parts: Sequence[Segment | Line], indent: int) -> None:
        """One line of parts; blanks at its beginning say how deep it stands."""
        del indent
        first = parts[0] if parts else []
        lead = [first] if isinstance(first, Segment) else first
        depth = len(lead[0].text) if lead and not lead[0].text.strip() and not lead[0].style else 0
        deeper = " " * (depth // 2 * 2)
        self.texts.append(f"{self._indent}{deeper}{_words(parts)}")

    def sentences(self, texts: Sequence[str], style: str = "") -> None:
        """Plain sentences, each on a line of its own."""
        del style
        self.texts += [f"{self._indent}{text}" for text in texts]


def _words(parts: Iterable[Segment | Line]) -> str:
    """The parts one after the other, a blank between, marks apart from what they mark."""
    out = []
    for part in parts:
        pieces = [part] if isinstance(part, Segment) else part
        out.append(
            "".join(
                f"{each.text} " if MARK_STYLES.get(each.text) == each.style else each.text
                for each in pieces
            )
        )
    return " ".join(" ".join(out).split())


def selecting(scene: Scene, target: Target) -> Scene:
    """The same moment with something selected."""
    return replace(scene, selected=target)


def spoken(scene: Scene, session: Session | None = None) -> list[str]:
    """The card of `scene.selected` in words, as the inspector would show it."""
    card = SpokenCard(SpokenPen(scene), session)
    fill_card(card)
    return card.texts
