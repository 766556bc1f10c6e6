"""Where the lessons are, and reading their files with limits and one kind of error."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, TypeVar

from l4numa_tui.course.lesson_model import (
    CourseSpec,
    GlossaryFile,
    Misconception,
    MisconceptionFile,
    Term,
)
from l4numa_tui.errors import UserError
from l4numa_tui.scenario.files import read_text
from l4numa_tui.toml_lines import decode_toml

T = TypeVar("T")

MAX_FILE_BYTES = 256 * 1024
LANGUAGE = "en"


class Course(NamedTuple):
    """A folder of lessons with what they share."""

    folder: Path
    spec: CourseSpec
    terms: dict[str, Term]
    misconceptions: dict[str, Misconception]


def lessons_folder() -> Path:
    """The folder of the lessons that came with the program.

    The repository's `lessons` when run from a checkout, the package's own in an installation.
    Raises UserError where there is neither.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "lessons", package.parent / "lessons"):
        if (folder / "course.toml").is_file():
            return folder
    raise UserError("the lessons are missing", f"a folder {package / 'lessons'}")


def load_course(folder: Path | None = None, language: str = LANGUAGE) -> Course:
    """Read course.toml, the glossary and the misconceptions; UserError if anything is wrong."""
    folder = folder or lessons_folder()
    return Course(
        folder,
        read_toml(folder / "course.toml", CourseSpec),
        read_toml(folder / f"glossary.{language}.toml", GlossaryFile).term,
        read_toml(folder / "misconceptions.toml", MisconceptionFile).misconception,
    )


def read_file(path: Path) -> str:
    """A lesson file's text; UserError for one that is missing, too large or not UTF-8."""
    return read_text(str(path), MAX_FILE_BYTES, "a file of a lesson")


def read_toml(path: Path, kind: type[T]) -> T:
    """A TOML file as a value of `kind`; UserError with its line for whatever is wrong."""
    return decode_toml(read_file(path), kind, str(path))
