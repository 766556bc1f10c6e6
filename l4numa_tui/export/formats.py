"""Every form in which a run can leave the program, once: command line, screen and conversation.

A format is made by a function from a session and `Options` to bytes, looking at the moment where
the session stands. Those that show the screen need Textual, which this floor does not know: whoever
may use it passes its makers along (`tui.pictures.screen_makers`).
"""

# ruff: noqa: PLC0415 - the list of formats is read at every start, what makes them when asked for
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from l4numa_tui.errors import UserError

if TYPE_CHECKING:
    from l4numa_tui.scenario.about import About
    from l4numa_tui.world.session import Session

_STEM = 24  # characters of a file's name before the step
LAST_STEP, WHOLE_RUN = "last", "run"  # the range of steps that a format shows unless told


class Options(NamedTuple):
    """What may be asked of an export; a format takes those that it names in `Format.takes`.

    `source` names what is exported, in the file's heading, and `about` is what it says of itself.
    `frame`: only what maps this frame. `first`: a range of steps begins here, counted from 1, and
    ends where the session stands. `unfold`: no run of frames alike is folded. `theme` is `dark`,
    `light` or, of screens, `mono`. `width` and `height` of a screen are in characters. `pace_ms`:
    how long a step is shown.
    """

    source: str = ""
    about: About | None = None
    frame: int | None = None
    first: int | None = None
    unfold: bool = False
    theme: str = "dark"
    width: int = 120
    height: int = 40
    ascii_only: bool = False
    pace_ms: int = 1000


class Format(NamedTuple):
    """One format. `key` chooses it on the export screen, `what` says what it is for.

    `takes` are the options beyond the moment; `range` one of LAST_STEP and WHOLE_RUN where `first`
    is among them. `binary` is not for terminals. `screen`: shows the screen, and needs it.
    """

    name: str
    suffix: str
    key: str
    what: str
    takes: frozenset[str] = frozenset()
    range: str = ""
    binary: bool = False
    screen: bool = False


Maker = Callable[["Session", Options], Iterable[bytes]]


def _takes(*names: str) -> frozenset[str]:
    return frozenset(names)


_SCREEN = _takes("theme", "size", "ascii")
FORMATS: tuple[Format, ...] = (
    Format("kdb", ".kdb.txt", "k", "mapping database, in the manner of Pistachio's kdb",
           _takes("frame")),
    Format("jdb", ".jdb.txt", "j", "mapping database, in the manner of Fiasco's jdb",
           _takes("frame")),
    Format("dot", ".dot", "d", "mapping database as a graph for Graphviz",
           _takes("frame", "all")),
    Format("mermaid", ".mmd", "m", "mapping database as a Mermaid flowchart",
           _takes("frame", "all")),
    Format("sequence", ".seq.mmd", "s", "messages as a Mermaid sequence diagram",
           _takes("first"), LAST_STEP),
    Format("graphml", ".graphml", "g", "mapping database for yEd, Gephi, networkx"),
    Format("json", ".json", "n", "mapping database as node-link JSON (networkx, d3)"),
    Format("forest", ".forest.svg", "f", "the whole forest as a picture (SVG)",
           _takes("theme", "all", "ascii")),
    Format("forest-png", ".forest.png", "o", "the same as PNG", _takes("theme", "all", "ascii"),
           binary=True),
    Format("svg", ".svg", "v", "the screen as a picture (SVG)", _SCREEN, screen=True),
    Format("png", ".png", "p", "the same as PNG", _SCREEN, binary=True, screen=True),
    Format("text", ".txt", "t", "the screen as plain text", _SCREEN, screen=True),
    Format("cast", ".cast", "c", "the run as a film of the screen (asciicast v2)",
           _SCREEN | {"first", "pace"}, WHOLE_RUN, screen=True),
    Format("trace", ".trace.json", "r", "the run for Perfetto or chrome://tracing",
           _takes("first"), WHOLE_RUN),
)  # fmt: skip
BY_NAME = {each.name: each for each in FORMATS}


def format_named(name: str) -> Format:
    """The format with a name; UserError with all names for one that is none."""
    found = BY_NAME.get(name)
    if found is None:
        raise UserError(f"there is no format `{name[:20]}`", ", ".join(BY_NAME))
    return found


def taking(thing: str) -> str:
    """The names of the formats that take something."""
    return ", ".join(each.name for each in FORMATS if thing in each.takes)


def first_step(session: Session, of: Format, options: Options) -> int:
    """Where the range of a format begins: as asked for, else where it begins by itself.

    UserError for a step that there is not up to where the session stands.
    """
    default = session.cursor if of.range == LAST_STEP else 1
    first = default if options.first is None else options.first
    if options.first is not None and not 1 <= first <= session.cursor:
        known = f"1 to {session.cursor}" if session.cursor else "a later step to export"
        raise UserError(f"no steps from {first} on", known)
    return max(first, 1)


def pieces(
    session: Session,
    name: str,
    options: Options = Options(),  # noqa: B008 - a tuple
    makers: Mapping[str, Maker] | None = None,
) -> list[bytes]:
    """The moment where the session stands in a format, in pieces; the session stays as it is.

    `makers` are those of the formats that need the screen. UserError for what there is not.
    """
    of = format_named(name)
    options = options._replace(first=first_step(session, of, options) if of.range else None)
    if of.screen:
        maker = (makers or {}).get(name)
        if maker is None:
            raise UserError(f"`{name}` is a picture of the screen, which is not there", _others())
    else:
        maker = _maker(name)
    cursor = session.cursor
    try:
        return list(maker(session, options))
    finally:
        if session.cursor != cursor:
            session.seek(cursor)


def write(
    session: Session,
    name: str,
    path: str,
    options: Options = Options(),  # noqa: B008 - as above
    makers: Mapping[str, Maker] | None = None,
) -> int:
    """Write the moment where the session stands to a file, whole or not at all; its bytes.

    UserError for what cannot be made or written.
    """
    from l4numa_tui.scenario.files import write_atomically

    made = pieces(session, name, options, makers)
    write_atomically(path, made)
    return sum(len(piece) for piece in made)


def file_name(title: str, of: Format, step: int) -> str:
    """What to call a file: `lazy-global-step12.dot`."""
    stem = ""
    for word in "".join(c if c.isascii() and c.isalnum() else " " for c in title.lower()).split():
        longer = f"{stem}-{word}" if stem else word[:_STEM]
        if len(longer) > _STEM:
            break
        stem = longer
    return f"{stem or 'l4numa'}-step{step}{of.suffix}"


def _others() -> str:
    return ", ".join(each.name for each in FORMATS if not each.screen)


def _maker(name: str) -> Maker:
    """The function that makes a format; each is imported when it is asked for."""
    match name:
        case "kdb" | "jdb":
            from l4numa_tui.export.debuggers import debugger_maker

            maker = debugger_maker(name)
        case "dot":
            from l4numa_tui.export.dot import dot as maker
        case "mermaid":
            from l4numa_tui.export.mermaid import flowchart as maker
        case "sequence":
            from l4numa_tui.export.sequence import sequence as maker
        case "graphml":
            from l4numa_tui.export.networks import graphml as maker
        case "json":
            from l4numa_tui.export.networks import node_link as maker
        case "forest":
            from l4numa_tui.export.forest_svg import forest_svg as maker
        case "forest-png":
            from l4numa_tui.export.png import forest_png as maker
        case "trace":
            from l4numa_tui.export.chrome_trace import chrome_trace as maker
        case _:
            raise UserError(f"there is no format `{name[:20]}`", ", ".join(BY_NAME))
    return maker
