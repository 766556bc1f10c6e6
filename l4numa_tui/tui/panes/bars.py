"""The one-line bars: header, what the last step did, machine strip, tabs, and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.geometry import Size

from l4numa_tui.course.blocks import spans
from l4numa_tui.safe_text import safe_text
from l4numa_tui.tui.actions import ACTIONS, BY_ID, Action
from l4numa_tui.tui.panes.keys_line import keys_line
from l4numa_tui.tui.panes.layout import MIN_HEIGHT, MIN_WIDTH
from l4numa_tui.tui.panes.lesson_text import wrap_text
from l4numa_tui.tui.panes.line_pane import LinePane
from l4numa_tui.tui.prompt import Prompt
from l4numa_tui.tui.standing import facts, heading, is_stuck, outlook, todo
from l4numa_tui.views.machine.machine_map import machine_strip
from l4numa_tui.views.pane_parts import glyphs_of
from l4numa_tui.views.segments import Line, Segment, width_of
from l4numa_tui.views.steps.step_text import headline

if TYPE_CHECKING:
    from l4numa_tui.tui.app import L4numaApp

_LEAST_HINT = 8
LESSON = 5  # the number of the lesson's pane
_STAY = ("step", "back")  # have their place in the footer also while they do nothing
_ROOMY = 100  # columns from which on a bar says things in full


class Bar(LinePane, can_focus=False):
    """One line that cannot be focused."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"
    titled = False
    scrolls = False

    def lines(self, room: Size) -> list[Line]:
        """Exactly one line, as wide as the bar."""
        return [self.line(room.width + 1)]

    def line(self, width: int) -> Line:
        """The bar's content."""
        raise NotImplementedError  # not ABC: a widget has a metaclass of its own

    @property
    def l4numa(self) -> L4numaApp:
        """The application, as what it is."""
        return cast("L4numaApp", self.app)


class HeaderBar(Bar):
    """Where one is: lesson, step, clock, faults."""

    def line(self, width: int) -> Line:
        """Title on the left; step and clock are never cut, the title is."""
        stage = self.stage
        told: list[Line] = []
        for label, value in facts(stage):
            label_part = [Segment(f"{label} ", "bar-dim")] if label else []
            told.append([*label_part, Segment(value, "bar-strong")])
        right: Line = []
        for fact in told:
            if width_of(right) + width_of(fact) + 3 > width - 12:
                break
            right += [Segment("   ", "bar"), *fact]
        room = width - width_of(right) - 2
        title = safe_text(heading(stage), limit=max(room, 1))
        gap = " " * max(room - len(title), 0)
        return [Segment(f" {title}{gap}", "bar-strong"), *right, Segment(" ", "bar")]


class StepBar(Bar):
    """What the last step did, or what the viewer must know now."""

    def line(self, width: int) -> Line:
        """A notice goes before everything else; then the last step; at the start, what to press."""
        stage, app = self.stage, self.l4numa
        if app.prompt:
            return prompt_line(app.prompt, width)
        if app.playing:
            return self._playing(width)
        if stage.notice:
            return [Segment(f" {plain_text(stage.notice, width - 1)}", "notice")]
        last = stage.session.last
        if last is None and stage.bench is not None and stage.ended():
            return [
                Segment(" The machine has just booted. ", "value"),
                Segment("a", "key"),
                Segment(" acts, ", "value"),
                Segment(":", "key"),
                Segment(" takes it typed, ", "value"),
                Segment("?", "key"),
                Segment(" helps.", "value"),
            ]
        if last is None:
            asked = stage.draft is not None
            first = "Read, then p" if stage.player else "P"
            return [
                Segment(
                    " The machine has just booted. "
                    + ("Read, then answer: " if asked else f"{first}ress "),
                    "value",
                ),
                Segment(stage.key("advance" if asked else "step"), "key"),
                Segment(" reads on, " if asked else " for the first step, ", "value"),
                Segment(stage.key("help"), "key"),
                Segment(" helps." if asked else " for help.", "value"),
            ]
        mark = ">" if stage.ascii_only else "❯"
        step = stage.session.cursor
        text = safe_text(headline(stage.scene(), last), limit=max(width - 4, 1))
        return [
            Segment(f" {mark} ", "key", ("step", step)),
            Segment(text, "strong"),
        ]

    def _playing(self, width: int) -> Line:
        """The last step, and at the right how fast it goes on and what stops it."""
        stage, app = self.stage, self.l4numa
        glyphs = glyphs_of(stage.scene())
        mark = glyphs.back if app.backwards else glyphs.acting
        roomy = width >= _ROOMY
        right: Line = [
            Segment(f"  {mark} {app.pace if roomy else app.short_pace} ", "notice"),
            Segment(" + - ", "key"),
            Segment("speed, any other key stops " if roomy else "any key stops ", "dim"),
        ]
        last = stage.session.last
        text = headline(stage.scene(), last) if last else "the machine as booted"
        room = width - width_of(right) - 1
        return [
            Segment(f" {safe_text(text, limit=max(room, 1)):<{max(room, 0)}}", "strong"),
            *right,
        ]


class StripBar(Bar):
    """The machine in one line, for screens too small for the map."""

    def line(self, width: int) -> Line:
        """The strip with a column of air."""
        return [Segment(" "), *machine_strip(self.stage.scene(), width - 2)]


class TabsBar(Bar):
    """Which pane is shown where only one fits."""

    def line(self, width: int) -> Line:
        """A tab for each pane, the shown one lit."""
        app = self.l4numa
        line: Line = []
        for pane in app.panes():
            style = "head-focus" if pane.number == app.shown else "head"
            name = pane.tab_name
            if pane.number == LESSON and self.stage.player is None:
                name = "this step"
            line.append(Segment(f" {pane.number} {name} ", style, ("pane", pane.number)))
        return [*line, Segment(" " * max(width - width_of(line), 0), "head")]


class FooterBar(Bar):
    """The keys that do something now, as many as fit; a step that is impossible is grey."""

    def line(self, width: int) -> Line:
        """Keys from the registry in its order; help and quit keep their place at the right.

        While the program asks for a line of text, that line's own keys.
        """
        app = self.l4numa
        if app.prompt:
            tab = (("tab", "complete"),) if app.prompt.complete else ()
            return keys_line((("enter", "do it"), *tab), width, ascii_only=self.stage.ascii_only)
        shown = [action for action in ACTIONS if action.label and app.possible(action.foot)]
        unzoom: Line = []
        if app.zoomed:
            zoom = BY_ID["zoom"]
            unzoom = self._keys(zoom._replace(label="all panes"))
            shown.remove(zoom)
        right = [part for each in shown if each.group == "program" for part in self._keys(each)]
        right[-1] = right[-1]._replace(text=right[-1].text.rstrip())
        right = [*unzoom, *right]
        left: Line = []
        for action in shown:
            if action.group == "program" or not (action.id in _STAY or app.possible(action.needs)):
                continue
            keys = self._keys(action)
            if width_of(left) + width_of(keys) + width_of(right) > width:
                break
            left += keys
        gap = " " * max(width - width_of(left) - width_of(right) - 1, 0)
        return [*left, Segment(gap, "foot"), *right, Segment(" ", "foot")]

    def _keys(self, action: Action) -> Line:
        """A key and what it does; grey where it does nothing."""
        possible = self.l4numa.possible(action.needs)
        target = ("action", ACTIONS.index(BY_ID[action.id])) if possible else None
        key, word = ("foot-key", "foot") if possible else ("foot-off", "foot-off")
        return [
            Segment(f" {self.stage.key(action.id)} ", key, target),
            Segment(f"{action.label} ", word, target),
        ]


class AskBar(Bar):
    """What the lesson wants now, for screens on which its pane is one of several."""

    def line(self, width: int) -> Line:
        """The open question or task, and how to get at it; else points or what comes next."""
        stage = self.stage
        if stage.draft is not None:
            asked = " Look back: " if stage.draft.question.observe else " Predict: "
            lead = " Answer first: " if stage.alarm else asked
            text = " ".join(stage.draft.question.prompt).strip()
            tail = "" if self.l4numa.shown == LESSON else f"  {stage.key('lesson')} answers"
            room = max(width - len(lead) - len(tail) - 1, 1)
            return [
                Segment(lead, "pick" if stage.alarm else "ask"),
                Segment(f" {plain_text(text, room)}", "strong"),
                Segment(tail, "key"),
            ]
        task = todo(stage)
        if task:
            return [
                Segment(" ☐ " if not stage.ascii_only else " [ ] ", "warn"),
                Segment(plain_text(task, width - 6), "strong"),
            ]
        note = stage.about.note_now(stage.session)
        if note is not None and not is_stuck(stage):
            return [Segment(f" {safe_text(note.text, limit=width - 2)}", "value")]
        text = "  ".join(part for part in outlook(stage) if part)
        style = "warn" if is_stuck(stage) else "dim"
        return [Segment(f" {safe_text(text, limit=width - 2)}", style)]


def prompt_line(prompt: Prompt, width: int) -> Line:
    """What is asked and typed, and beside it what to know; the footer has the keys."""
    label = f" {prompt.label} "
    room = width - len(label) - 2
    typed = prompt.text if len(prompt.text) < room else f"…{prompt.text[-(room - 2) :]}"
    left = room - len(typed) - 4
    beside = Segment(f"   {safe_text(prompt.hint, limit=max(left, 1))}", "warn")
    return [
        Segment(label, "strong"),
        Segment(f"{safe_text(typed)}_", "ask"),
        *([beside] if prompt.hint and left > _LEAST_HINT else []),
    ]


def plain_text(text: str, limit: int) -> str:
    """A lesson's line without its marks, in one row."""
    return safe_text("".join(span.text for span in spans(text)), limit=max(limit, 1))


class TooSmall(Bar):
    """What a screen shows that is too small for anything else."""

    DEFAULT_CSS = "TooSmall { height: 1fr; }"

    def lines(self, room: Size) -> list[Line]:
        """One clear message: the fullest form that fits, or what fits of the shortest."""
        size, by = self.app.size, "x" if self.stage.ascii_only else "×"
        have, need = f"{size.width}{by}{size.height}", f"{MIN_WIDTH}{by}{MIN_HEIGHT}"
        leave = f"{self.stage.key('quit')} quits"
        forms = (
            f"This terminal is {have} characters: make it {need} or larger. {leave}.",
            f"{have} is too small: {need} or larger. {leave}.",
            f"too small, {need}",
        )
        for form in forms:
            wrapped = list(wrap_text(form, room.width + 1, style="strong"))
            if len(wrapped) <= size.height:
                break
        return wrapped[: size.height]
