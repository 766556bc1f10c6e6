"""lesson.toml and course.toml: what a lesson asks, strictly typed. Texts are in lesson.en.md."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from l4numa_tui.course.query_model import Pattern, Query

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
_Points = Annotated[int, msgspec.Meta(ge=0, le=100)]


class Param(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A number drawn per student from a list; written `{{name}}` in the lesson's other files.

    `show` is how it is written there: as hexadecimal (`0x402`) or decimal. The first of the list is
    for a student without a name.
    """

    one_of: Annotated[tuple[int, ...], msgspec.Meta(min_length=1, max_length=64)]
    show: Literal["hex", "dec"] = "dec"

    def text(self, value: int) -> str:
        """The value as it is written into the texts."""
        return f"{value:#x}" if self.show == "hex" else str(value)


class Moment(Pattern, frozen=True, forbid_unknown_fields=True):
    """The step in which a record that fits happens for the `nth` time, after the moment `after`."""

    after: str = "boot"


class Choice(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One answer that is foreseen: its key in the text, and when it is right.

    `is` is compared with the question's computed answer; `when` is a query of its own. A wrong one
    names the misconception that leads to it.
    """

    key: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]{1,12}$")]
    equals: Any = msgspec.field(default=None, name="is")
    when: Query | None = None
    misconception: str = ""


class QuestionSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One question. `until` is the moment whose state and records answer it.

    Without `until` it is answered by what has been reached when it is asked; `since` is where the
    counting begins: for a prediction where it is asked, for an observation one task before.
    """

    id: Id
    kind: Literal["choice", "number", "set", "order"] = "choice"
    answer: Query | None = None
    choices: tuple[Choice, ...] = ()
    since: str = ""
    until: str = ""
    points: _Points = 1
    objective: str


class Check(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One check of the challenge: passed as soon as its query holds together with the others.

    `lost` holds where no further step can pass it any more: only a step back, or a new beginning.
    """

    id: Id
    points: _Points
    when: Query
    lost: Query | None = None
    objectives: tuple[str, ...] = ()


class Challenge(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What the student may do in the challenge, beside stepping.

    `play` names pagers for whom the student answers; `commands` are those of `course.commands`.
    """

    commands: tuple[str, ...]
    play: tuple[str, ...] = ()


class LessonSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The whole of lesson.toml.

    `points` is the sum that questions and checks must come to, `terms` are the words of the
    glossary that the text explains, `requires` the ids of lessons to be taken before.
    """

    id: Id
    version: Annotated[int, msgspec.Meta(ge=1)]
    minutes: Annotated[int, msgspec.Meta(ge=1, le=120)]
    points: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    requires: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    objectives: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    misconceptions: tuple[str, ...] = ()
    params: dict[str, Param] = {}
    moments: dict[str, Moment] = {}
    question: tuple[QuestionSpec, ...] = ()
    check: tuple[Check, ...] = ()
    challenge: Challenge | None = None


class CourseSpec(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """course.toml: the lessons' folders in order, and the key from which numbers are drawn.

    The key is no secret: whoever has the lessons can draw the numbers of any student. A grader may
    be given another one.
    """

    id: Id
    title: str
    key: str
    lessons: tuple[str, ...]


class Term(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One entry of the glossary. `also` are other words and signs that mean it; `#` is a number."""

    text: str
    also: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


class Misconception(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A common wrong idea: its name in a few words, and what is true instead."""

    name: str
    text: str


class GlossaryFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """glossary.LANGUAGE.toml: terms by name, as written in the texts."""

    term: dict[str, Term]


class MisconceptionFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """misconceptions.toml, by id."""

    misconception: dict[str, Misconception]
