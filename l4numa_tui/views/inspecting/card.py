"""A card: labelled rows about one thing, broken to a narrow pane."""

from __future__ import annotations

from collections.abc import Sequence

from l4numa_tui.machine.machine import frame_text, node_of
from l4numa_tui.views.pane_parts import Pen, clean, entry_name, space_home, wrap
from l4numa_tui.views.segments import Line, Segment, Target, fit, node_style, width_of
from l4numa_tui.world.session import Session

_LABEL = 10


class Card:
    """Collects lines of exactly `width` columns."""

    def __init__(self, pen: Pen, width: int, session: Session | None = None) -> None:
        self.pen = pen
        self.width = width
        self.session = session
        self.lines: list[Line] = []

    def title(self, *parts: Segment | Line) -> None:
        """A heading of the card."""
        self.flow(parts, 0)

    def section(self, text: str) -> None:
        """A heading within the card, after an empty line."""
        self.lines += [fit([], self.width), fit([Segment(text, "title")], self.width)]

    def row(self, label: str, *parts: Segment | Line) -> None:
        """A label and what belongs to it; parts are kept whole and flow over several lines."""
        before = len(self.lines)
        self.flow(parts, _LABEL)
        if label and len(self.lines) > before:
            text = label[: _LABEL - 1].ljust(_LABEL)
            first = self.lines[before]
            self.lines[before] = fit([Segment(text, "label"), *first[1:]], self.width)

    def text(self, label: str, text: str, style: str = "", target: Target | None = None) -> None:
        """A row of one plain text."""
        self.row(label, self.pen.put(text, style, target))

    def flow(self, parts: Sequence[Segment | Line], indent: int) -> None:
        """Parts one after the other, a blank between, on as many lines as they need."""
        line: Line = [Segment(" " * indent)] if indent else []
        empty = True
        for part in parts:
            piece = [part] if isinstance(part, Segment) else part
            if not empty and width_of(line) + 1 + width_of(piece) > self.width:
                self.lines.append(fit(line, self.width))
                line, empty = ([Segment(" " * indent)] if indent else []), True
            line += piece if empty else [Segment(" "), *piece]
            empty = False
        self.lines.append(fit(line, self.width))

    def sentences(self, texts: Sequence[str], style: str = "") -> None:
        """Plain sentences, wrapped; those that begin with a mark in its colour."""
        for text in texts:
            if style:
                rows = wrap([text], self.width, indent="")
                self.lines += [fit([Segment(row, style)], self.width) for row in rows]
            else:
                self.lines += self.pen.sentence(text, self.width)

    def times(self, thing: Target) -> None:
        """Which step changed a thing last, and which made an entry that is there, and by whom."""
        if self.session is None:
            return
        made = None
        match thing:
            case ("entry", entry) if self.session.world.kernel.database.row(entry) is not None:
                made = self.session.made(entry)
        last = self.session.changed_last(thing)
        if made is not None:
            self._step("made", made, self.session)
        if last is not None and last != made:
            self._step("changed", last, self.session)

    def _step(self, label: str, step: int, session: Session) -> None:
        who = thread_part(self.pen, session.change(step).action[1])[:1] if step else []
        text = f"by step {step}{',' * bool(who)}" if step else "at boot"
        self.row(label, self.pen.put(text, "value", ("step", step)), *who)


def space_part(pen: Pen, space: int) -> Line:
    """A space's name and home."""
    name = clean(pen.scene, pen.scene.space_name(space))
    home = space_home(pen.scene, space)
    line: Line = [pen.put(name, "strong", ("space", space))]
    return line if home is None else [*line, Segment(" "), pen.node(home)]


def thread_part(pen: Pen, thread: int) -> Line:
    """A thread's name and node."""
    name = clean(pen.scene, pen.scene.thread_name(thread))
    return [
        pen.put(name, "strong", ("thread", thread)),
        Segment(" "),
        pen.node(pen.scene.thread_node(thread)),
    ]


def frame_part(pen: Pen, frame: int) -> Line:
    """A frame's node and number."""
    node = node_of(frame)
    return [pen.put(pen.node_glyph(node) + frame_text(frame), node_style(node), ("frame", frame))]


def entry_part(pen: Pen, entry: int, frame: int | None = None) -> Line:
    """An entry's name."""
    return [pen.put(entry_name(pen.scene, entry, frame), "", ("entry", entry))]
