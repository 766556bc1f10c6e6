"""Message lanes: who sent what to whom, one event a row, lanes grouped by node, newest row last."""

from __future__ import annotations

from collections.abc import Iterable

from l4numa_tui.kernel.records import Record
from l4numa_tui.views.messages.lane_events import LaneEvent, Party, lane_events, party_name
from l4numa_tui.views.pane_parts import Pen, number
from l4numa_tui.views.scene import Scene
from l4numa_tui.views.segments import Line, Segment, Target, fit, node_style

LANE_WIDTH = 12  # columns a lane needs for its arrows to have words
MIN_LANES, MAX_LANES = 3, 7
HEADER = 2
_GUTTER = 5  # mark and number of the step, more from step 10 000 on
_COST = 7

_OTHERS = Party(-1, 0, 0)  # the lane that stands for all parties without a lane of their own


def lanes(
    scene: Scene, records: Iterable[tuple[int, Record]], current_step: int, width: int, height: int
) -> list[Line]:
    """Draw (step, record) pairs as swim lanes, each line exactly `width` columns, two of header.

    Rows of steps after `current_step` are left out, its own rows are marked; if not all fit in
    `height`, the newest do. Only parties that occur have a lane; too many share the last one. Too
    narrow for lanes, it is a list of who did what. A row's step selects the step, the rest of it
    what the row is about; rows about what is selected are lit, and their parties keep a lane.
    """
    events = lane_events(scene, (pair for pair in records if pair[0] <= current_step))
    rows = max(height - HEADER, 1)
    if not events:
        return [fit([Segment(" no messages yet: take a step", "dim")], width)][:height]
    pen = Pen(scene)
    gutter = max(_GUTTER, len(str(events[-1].step)) + 1)
    most = min(MAX_LANES, (width - gutter - _COST) // LANE_WIDTH)
    if most < MIN_LANES:
        return _list(pen, events[-height:], current_step, width, gutter)
    parties = _choose(pen, events[-rows:], most)
    shown = _together(pen, events, set(parties))[-rows:]
    drawing = _Drawing(pen, shown, parties, width, gutter)
    return [*drawing.header(), *(drawing.row(at, current_step) for at in range(len(shown)))][
        :height
    ]


def _together(pen: Pen, events: list[LaneEvent], parties: set[Party]) -> list[LaneEvent]:
    """Make one row of equal messages that one party sends in a row to several without a lane."""
    if _OTHERS not in parties:
        return events
    out: list[LaneEvent] = []
    count = 1
    for event in events:
        before = out[-1] if out else None
        key = (event.step, event.source, event.target)
        if (
            before is not None
            and event.to is not None
            and event.to not in parties
            and before.to is not None
            and (before.to == _OTHERS or before.to not in parties)
            and (before.step, before.source, before.target) == key
            and before.text.split(f" {pen.glyphs.times}")[0] == event.text
        ):
            count += 1
            text = f"{event.text} {pen.glyphs.times}{count}"
            # The lane of all others says to whom; a single name would be wrong.
            out[-1] = before._replace(to=_OTHERS, text=text, cost=before.cost + event.cost)
            continue
        count = 1
        out.append(event)
    return out


def _list(
    pen: Pen, events: list[LaneEvent], current_step: int, width: int, gutter: int
) -> list[Line]:
    """The events without lanes: `A.1 → kernel: #PF 402 r`."""
    lines: list[Line] = []
    before = -1
    for event in events:
        now = event.step == current_step
        tone = "strong" if now else "dim"
        step = f"{event.step:>{gutter - 1}} " if event.step != before else ""
        before = event.step
        mark = pen.glyphs.here if now else " "
        who = f" {pen.glyphs.arrow} ".join(party_name(pen.scene, each) for each in _both(event))
        room = max(width - gutter - 1 - _COST, 0)
        text = pen.short(f"{who}: {event.text}", room)
        style = "cross" if event.remote or _crosses(event) else node_style(event.source.node)
        cost = f"{number(event.cost):>{_COST}}" if event.cost else ""
        head = pen.put(f"{mark}{step:<{gutter}}", tone, ("step", event.step))
        parts = ((text.ljust(room), style), (cost, tone))
        body = [Segment(part, _lit(pen, event, style), event.target) for part, style in parts]
        lines.append(fit([head, *body], width))
    return lines


def _lit(pen: Pen, event: LaneEvent, style: str) -> str:
    """A row's style, lit up where the row is about what is selected."""
    lit = pen.scene.selected == ("step", event.step) or pen.concerns(event.about)
    return f"{style} related".lstrip() if lit else style


def _crosses(event: LaneEvent) -> bool:
    return event.to is not None and event.to.node != event.source.node


class _Canvas:
    """One line under construction: characters and styles by column."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._chars = [" "] * width
        self._styles = [""] * width

    def put(self, at: int, text: str, style: str) -> None:
        """Write text from column `at` on; what lies outside is cut."""
        for column, char in enumerate(text, start=at):
            if 0 <= column < self.width:
                self._chars[column] = char
                self._styles[column] = style

    def runs(self, apart: int = 0) -> list[tuple[str, str]]:
        """(text, style) of neighbours of one style; the first `apart` columns, if any, are one."""
        out = [("".join(self._chars[:apart]), self._styles[0])] if apart else []
        for char, style in zip(self._chars[apart:], self._styles[apart:], strict=True):
            if len(out) > bool(apart) and out[-1][1] == style:
                out[-1] = (out[-1][0] + char, style)
            else:
                out.append((char, style))
        return out


class _Drawing:
    def __init__(
        self, pen: Pen, events: list[LaneEvent], parties: list[Party], width: int, gutter: int
    ) -> None:
        self.pen = pen
        self.width = width
        self._gutter = gutter
        self._events = events
        self._parties = parties
        self._lane = (width - gutter - _COST) // len(self._parties)
        self._at = {
            party: self._gutter + self._lane * place + self._lane // 2
            for place, party in enumerate(self._parties)
        }

    def header(self) -> list[Line]:
        """A chip over the lanes of each node, then the lanes' names."""
        chips: Line = [Segment(" " * self._gutter)]
        names = _Canvas(self.width)
        for party in self._parties:
            name, style = self._name(party)
            name = self.pen.short(name, self._lane - 1)
            names.put(self._at[party] - len(name) // 2, name, style)
        names.put(self.width - _COST, "cost".rjust(_COST), "label")
        names.put(0, " step", "label")
        for node in dict.fromkeys(party.node for party in self._parties):
            span = self._lane * sum(party.node == node for party in self._parties) - 1
            if node < 0:
                chips.append(Segment("elsewhere".center(span)[:span] + " ", "dim"))
            else:
                text = self.pen.node_text(node).center(span)[:span]
                chips += [self.pen.chip(node, text), Segment(" ")]
        return [fit(chips, self.width), [Segment(*run) for run in names.runs()]]

    def _name(self, party: Party) -> tuple[str, str]:
        if party == _OTHERS:
            own = set(self._parties)
            folded = {each for event in self._events for each in _both(event)} - own
            return f"{len(folded)} others" if folded else "others", "dim"
        return party_name(self.pen.scene, party), node_style(party.node)

    def row(self, place: int, current_step: int) -> Line:
        """The row of one event."""
        event = self._events[place]
        canvas = _Canvas(self.width)
        now = event.step == current_step
        tone = "strong" if now else "dim"
        if place == 0 or self._events[place - 1].step != event.step:
            canvas.put(0, f"{event.step:>{self._gutter - 1}}", tone)
        if now:
            canvas.put(0, self.pen.glyphs.here, "strong")
        for party, column in self._at.items():
            style = "dim" if party.node < 0 else node_style(party.node)
            canvas.put(column, self.pen.glyphs.bar, style)
        start, stop = self._column(event.source), self._column(event.to or event.source)
        if start == stop:
            self._draw_local(canvas, event, start, now=now)
        else:
            self._draw_arrow(canvas, event, start, stop, now=now)
        canvas.put(self.width - _COST, f"{number(event.cost):>{_COST}}" if event.cost else "", tone)
        step: Target = ("step", event.step)
        gutter, *body = canvas.runs(self._gutter)
        line: Line = [self.pen.put(*gutter, step)]
        for text, style in body:
            # Of a row that is lit the words and arrows are, not the empty lanes.
            says = bool(text.strip(f" {self.pen.glyphs.bar}"))
            shown = _lit(self.pen, event, style) if says else style
            line.append(Segment(text, shown, event.target))
        return line

    def _column(self, party: Party) -> int:
        return self._at[party if party in self._at else _OTHERS]

    def _words(self, event: LaneEvent) -> str:
        """The event's text, with the names that its lanes do not tell."""
        text = event.text
        folded = [party for party in _both(event) if party not in self._at]
        if not folded:
            return text
        scene = self.pen.scene
        names = [
            f"{party_name(scene, p)} N{p.node}" if not p.thread else party_name(scene, p)
            for p in folded
        ]
        arrow = self.pen.glyphs.arrow
        return (
            f"{arrow.join(names)}: {text}"
            if len(folded) > 1 or event.to is None
            else (f"{text} {names[0]}")
        )

    def _draw_local(self, canvas: _Canvas, event: LaneEvent, column: int, *, now: bool) -> None:
        """A square on the lane and its text beside, to the right if it fits there."""
        style = "cross" if event.remote else node_style(event.source.node)
        style += " strong" if now else ""
        text = self._words(event)
        end = self.width - _COST
        if column + 2 + len(text) <= end:
            canvas.put(column, f"{self.pen.glyphs.square} {text}", style)
            return
        room = column - self._gutter - 1
        if end - column - 2 > room:
            text = self.pen.short(text, end - column - 2)
            canvas.put(column, f"{self.pen.glyphs.square} {text}", style)
            return
        text = self.pen.short(text, room)
        canvas.put(column - len(text) - 1, f"{text} {self.pen.glyphs.square}", style)

    def _draw_arrow(
        self, canvas: _Canvas, event: LaneEvent, start: int, stop: int, *, now: bool
    ) -> None:
        """An arrow between two lanes, its text in or before it; double where it crosses nodes."""
        glyphs = self.pen.glyphs
        cross = _crosses(event)
        dash = glyphs.double if cross else glyphs.dash
        style = "cross" if cross else node_style(event.source.node)
        left, right = min(start, stop) + 1, max(start, stop)
        canvas.put(left, dash * (right - left), style)
        text = self._words(event)
        tone = f"{style} strong" if now else style
        if len(text) <= right - left - 2:
            free = right - left - 1 - len(text)  # one column is the head's
            padded = f" {text} " if free >= 4 else text
            middle = left + (free - len(padded) + len(text)) // 2 + (0 if start < stop else 1)
            canvas.put(middle, padded, tone)
        elif left - self._gutter - 2 > right - left:
            text = self.pen.short(text, left - self._gutter - 2)
            canvas.put(left - 2 - len(text), f"{text} ", tone)
        else:
            canvas.put(left + (start > stop), self.pen.short(text, right - left - 2), tone)
        if start < stop:
            canvas.put(right - 1, glyphs.acting, style)
        else:
            canvas.put(left, glyphs.back, style)


def _both(event: LaneEvent) -> list[Party]:
    return [event.source] if event.to is None else [event.source, event.to]


def _choose(pen: Pen, events: list[LaneEvent], most: int) -> list[Party]:
    """The parties that get a lane, in order of node and kind; `_OTHERS` last if not all do.

    Those stay that have to do with what is selected, then those on the nodes of the newest events,
    the most involved ones of a node first.
    """
    counts: dict[Party, int] = {}
    newest: dict[int, int] = {}  # by node: the place of the newest event it took part in
    lit: set[Party] = set()
    for at, event in enumerate(events):
        for party in _both(event):
            counts[party] = counts.get(party, 0) + 1
            newest[party.node] = at
        if pen.concerns(event.about):
            lit.update(_both(event))
    if len(counts) <= most:
        return sorted(counts)
    order = sorted(counts, key=lambda each: (each not in lit, -newest[each.node], -counts[each]))
    kept = order[: most - 1]
    return [*sorted(kept), _OTHERS]
