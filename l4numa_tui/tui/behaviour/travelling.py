"""Travelling in time: stops, who changed what, what differs, and futures that were left."""

from __future__ import annotations

from l4numa_tui.errors import UserError
from l4numa_tui.tui.behaviour.playing import Playing
from l4numa_tui.tui.prompt import Prompt
from l4numa_tui.views.segments import Target
from l4numa_tui.views.time.subject_text import changes_text, target_name
from l4numa_tui.world.session import Session
from l4numa_tui.world.subjects import Subject, subject_of

_NOTHING_SELECTED = "select something first: move to it and press enter, or click on it"


class Travelling(Playing):
    """What moves through time by what happened there, not by a step's number."""

    def possible(self, needs: str) -> bool:
        """The registry's conditions that are about time."""
        if needs == "has_past":
            return self.stage.session.length > 0
        return super().possible(needs)

    # Stops.
    def action_breakpoint(self) -> None:
        """Set a breakpoint at the present step, or take it away."""
        session, key = self.stage.session, self.stage.key
        step, stride = session.cursor, key("stride")
        if session.stops.toggle_step(step):
            again = key("breakpoint")
            self.say(
                f"breakpoint at step {step}: running and {stride} stop here; {again} takes it away"
            )
        else:
            self.say(f"no breakpoint at step {step} any more")

    def action_watch(self) -> None:
        """Watch what is selected, or no longer; with nothing selected, choose what to stop at."""
        target = self.selected
        subject = self._subject()
        if target is None or target[0] == "step":
            self.action_stops()
            return
        if not subject:
            self.say("this never changes: nothing to watch")
            return
        name, key = target_name(self.stage.scene(), target), self.stage.key
        if self.stage.session.stops.toggle_watch(target):
            stride, again = key("stride"), key("watch")
            self.say(
                f"watching {name}: running and {stride} stop where it changes; {again} ends that"
            )
        else:
            self.say(f"{name} is no longer watched")

    def action_stops(self) -> None:
        """All stops: choose kinds of events, take watches and breakpoints away."""
        from l4numa_tui.tui.screens.travel_screens import StopsScreen  # noqa: PLC0415 - when asked for

        self.push_screen(StopsScreen(self.stage), lambda _: self.show())

    # Who changed this.
    def action_changed_last(self) -> None:
        """To the step that changed what is selected last; from there to the one before."""
        found = self._asked_for()
        if found is None:
            return
        session, target, subject = found
        here = session.cursor
        step = session.history.last(subject, here)
        if step == here and here:
            step = session.history.last(subject, here - 1)
            if step is None or (step == 0 and not here):
                self.say(f"{self._called(target)}: no step before this one changed it")
                return
        if step is None:
            self.say(f"{self._called(target)}: nothing has changed it up to step {here}")
            return
        self._go_and_tell(step, target, subject)

    def action_changed_next(self) -> None:
        """To the next known step that changes what is selected."""
        found = self._asked_for()
        if found is None:
            return
        session, target, subject = found
        step = session.history.next(subject, session.cursor)
        if step is None:
            self.say(
                f"{self._called(target)}: no known later step changes it; "
                f"{self.stage.key('watch')} stops a run where one does"
            )
            return
        self._go_and_tell(step, target, subject)

    def _go_and_tell(self, step: int, target: Target, subject: Subject) -> None:
        stage = self.stage
        if not stage.seek(step):
            self.show()
            return
        session, world = stage.session, stage.session.world
        if not step:
            stage.touch(f"{self._called(target)} is as boot made it")
        else:
            large = world.kernel.database.large.rows
            changes = tuple(subject.changes(session.net(step), large))
            what = changes_text(stage.scene(), target, changes)
            stage.touch(f"step {step} changed {self._called(target)}: {what}")
        self.show()

    def _asked_for(self) -> tuple[Session, Target, Subject] | None:
        """What is selected and what the journal tells of it; None where that is nothing."""
        target, subject = self.selected, self._subject()
        if target is None or target[0] == "step":
            self.say(_NOTHING_SELECTED)
            return None
        if not subject:
            self.say("no step changes this")
            return None
        return self.stage.session, target, subject

    def _subject(self) -> Subject:
        if self.selected is None:
            return Subject()
        return subject_of(self.stage.session.world, *self.selected)

    def _called(self, target: Target) -> str:
        return target_name(self.stage.scene(), target)

    # What differs.
    def action_diff(self) -> None:
        """Ask for the other step, and show what differs."""
        other = self.other_moment()
        self.ask(
            Prompt(f"Differences to step (empty: {other})", self._diff, digits=True, empty=True)
        )

    def other_moment(self) -> int:
        """What to compare with unless somebody says: a breakpoint, else where one came from."""
        session = self.stage.session
        breakpoints = session.stops.steps - {session.cursor}
        known = [step for step in breakpoints if step <= session.length]
        if known:
            return min(known, key=lambda step: (abs(step - session.cursor), step))
        came = min(self.stage.came_from, session.length)
        return came if came != session.cursor else max(session.cursor - 1, 0)

    def _diff(self, text: str) -> None:
        from l4numa_tui.tui.screens.travel_screens import DiffScreen  # noqa: PLC0415 - when asked for

        session = self.stage.session
        other = int(text) if text else self.other_moment()
        if other > session.length:
            self.say(f"step {other} is not known yet: {session.length} is the last")
            return
        self.push_screen(DiffScreen(self.stage, other), self._select)

    def _select(self, target: Target | None) -> None:
        if target is not None:
            self.selected = target

    # Other futures.
    def action_branches(self) -> None:
        """The futures left behind; one of them can be gone into."""
        from l4numa_tui.tui.screens.travel_screens import BranchScreen  # noqa: PLC0415 - when asked for

        self.push_screen(BranchScreen(self.stage), self._switch)

    def _switch(self, index: int | None) -> None:
        if index is None:
            return
        stage = self.stage
        try:
            at = stage.switch(index)
        except UserError as error:
            self.say(str(error))
            return
        back = stage.key("branches")
        self.say(f"in the future that forks after step {at}; {back} leads back to the one left")
