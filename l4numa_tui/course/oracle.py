"""The run as it will be: a second session that knows the moments and computes the answers."""

from __future__ import annotations

from l4numa_tui.course.lesson_model import Choice, Moment, QuestionSpec
from l4numa_tui.course.patterns import check_event, matches
from l4numa_tui.course.queries import Evidence, Value, totals_of, value_of
from l4numa_tui.errors import UserError
from l4numa_tui.machine.account import Totals
from l4numa_tui.world.session import Session

MAX_STEPS = 20_000
BOOT, END = "boot", "end"


class Oracle:
    """Runs a lesson's scenario ahead, on a session of its own, and answers what is asked of it.

    UserError where a moment never comes or a query names what the scenario does not have.
    """

    def __init__(self, session: Session, moments: dict[str, Moment], source: str) -> None:
        self._session = session
        self._moments = moments
        self._source = source
        session.run(MAX_STEPS)
        self.length = session.length
        self._found: dict[str, int] = {BOOT: 0, END: self.length}

    def moment(self, name: str) -> int:
        """The step after which a moment has come."""
        if name not in self._found:
            spec = self._moments.get(name)
            if spec is None:
                raise UserError(
                    f"there is no moment {name!r}",
                    f"one of {', '.join((BOOT, END, *self._moments))}",
                    source=self._source,
                )
            self._found[name] = self._search(name, spec)
        return self._found[name]

    def _search(self, name: str, spec: Moment) -> int:
        check_event(spec, self._source)
        self._found[name] = self.length  # a moment after itself ends here, not in a circle
        left = spec.nth
        for index in range(self.moment(spec.after) + 1, self.length + 1):
            for record in self._session.change(index).records():
                if matches(self._session, spec, record):
                    left -= 1
                    if not left:
                        return index
        raise UserError(f"the moment {name!r} never comes", source=self._source)

    def totals(self, step: int) -> tuple[Totals, ...]:
        """The totals of each node after a step."""
        self._session.seek(step)
        return totals_of(self._session)

    def evidence(self, start: int, stop: int) -> Evidence:
        """The stretch of the run from `start` to `stop`; valid until the next call."""
        before = self.totals(start)
        self._session.seek(stop)
        return Evidence(self._session, start, before)

    def right_answer(self, spec: QuestionSpec, start: int, stop: int) -> Value:
        """The answer as the student would give it: a key, a number, a set or an order of keys."""
        evidence = self.evidence(start, stop)
        value = None if spec.answer is None else value_of(spec.answer, evidence)
        if spec.kind in ("number", "order"):
            return value
        right = [each.key for each in spec.choices if _is_right(each, value, evidence)]
        if spec.kind == "set":
            return frozenset(right)
        if len(right) != 1:
            raise UserError(
                f"question {spec.id!r}: {len(right)} of its choices are right, the machine says "
                f"{value!r}",
                "exactly one",
                source=self._source,
            )
        return right[0]

    def foreseen(self, spec: QuestionSpec, given: int, start: int, stop: int) -> str:
        """The key of the foreseen answer that a number is, "" if nobody foresaw it."""
        evidence = self.evidence(start, stop)
        for choice in spec.choices:
            if _is_right(choice, given, evidence):
                return choice.key
        return ""


def _is_right(choice: Choice, value: Value, evidence: Evidence) -> bool:
    if choice.when is not None:
        return value_of(choice.when, evidence) is True
    if isinstance(value, frozenset):
        return choice.equals in value
    # True is 1 in Python, but not to a lesson.
    return bool(choice.equals == value) and isinstance(choice.equals, bool) == isinstance(
        value, bool
    )
