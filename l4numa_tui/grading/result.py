"""What grading comes to: `l4numa.result/1`, as JSON and as lines for a terminal."""

from __future__ import annotations

from typing import Any, NamedTuple

from l4numa_tui import __version__
from l4numa_tui.course.blocks import spans

FORMAT = "l4numa.result/1"
FULL, PARTIAL, UNGRADABLE = 0, 1, 2
"""Exit statuses: full marks; fewer; the submission cannot be graded (a UserError)."""


class CheckResult(NamedTuple):
    """One question or check: `status` is `pass`, `fail`, or `skipped` where it was never reached.

    Points are integers; only a pass scores. `given` and `right` are the student's answer to a
    question and the machine's, in words; "" for checks and for what was not answered.
    """

    id: str
    kind: str
    text: str
    points: int
    most: int
    status: str
    given: str = ""
    right: str = ""


class GradeResult(NamedTuple):
    """The result of one submission."""

    lesson: str
    version: int
    title: str
    student: str
    attempt: int
    checks: tuple[CheckResult, ...]

    @property
    def score(self) -> int:
        """Points earned."""
        return sum(check.points for check in self.checks)

    @property
    def most(self) -> int:
        """All points there are."""
        return sum(check.most for check in self.checks)

    @property
    def exit_code(self) -> int:
        """The exit status of a command that graded this submission alone."""
        return FULL if self.score == self.most else PARTIAL

    def to_json(self) -> dict[str, Any]:
        """The result as a JSON object; equal results give equal objects."""
        return {
            "format": FORMAT,
            "program": __version__,
            "lesson": self.lesson,
            "version": self.version,
            "student": self.student,
            "attempt": self.attempt,
            "score": self.score,
            "max_score": self.most,
            "checks": [
                {
                    "id": check.id,
                    "kind": check.kind,
                    "text": _bare(check.text),
                    "score": check.points,
                    "max_score": check.most,
                    "status": check.status,
                    "given": _bare(check.given),
                    "right": _bare(check.right),
                }
                for check in self.checks
            ],
        }

    def lines(self) -> list[str]:
        """The result for a terminal; the last line is `Score: x/y`."""
        rows = [f"Lesson {self.lesson}, version {self.version}: {self.title}"]
        for check in self.checks:
            rows.append(f"  {check.status:7} {check.points}/{check.most}  {_bare(check.text)}")
            if check.status == "fail" and check.right:
                rows.append(f"{'':15}answered: {_bare(check.given) or 'nothing'}")
                rows.append(f"{'':15}right:    {_bare(check.right)}")
        return [*rows, f"Score: {self.score}/{self.most}"]


def _bare(text: str) -> str:
    return "".join(span.text for span in spans(text))
