"""All experiments as one Markdown report with its charts beside it, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from l4numa_tui.errors import UserError
from l4numa_tui.experiments.model import Result
from l4numa_tui.experiments.svg import svg_of
from l4numa_tui.experiments.text import markdown_table
from l4numa_tui.safe_text import safe_text
from l4numa_tui.scenario.files import unwritable, write_atomically

_SUFFIX = ".md"
_MARKED = "\\`*_[]<>|#"


def report_files(results: Sequence[Result], path: str) -> dict[str, bytes]:
    """The files of the report, by name: the charts, and last the report at `path` itself."""
    stem = path.removesuffix(_SUFFIX)
    files: dict[str, bytes] = {}
    lines = ["# The paper's claims, measured", "", *_summary(results)]
    for result in results:
        picture = f"{stem}-{result.experiment.id.lower()}.svg"
        files[picture] = svg_of(result).encode()
        lines += _section(result, os.path.basename(picture))
    files[path] = "\n".join(lines).encode()
    return files


def write_report(results: Sequence[Result], path: str) -> list[str]:
    """Write the report and its charts; the names of the files.

    UserError if any of them cannot be written: what was there before is untouched then, and no new
    file stays behind.
    """
    files = report_files(results, path)
    write_all(files)
    return list(files)


def write_all(files: Mapping[str, bytes]) -> None:
    """Write several files so that either all are new or none is."""
    before: dict[str, bytes | None] = {}
    try:
        for path, data in files.items():
            before[path] = _content(path)
            write_atomically(path, [data])
    except BaseException:
        for path, old in before.items():
            if old is not None:
                write_atomically(path, [old])
            else:
                with suppress(OSError):
                    os.unlink(path)
        raise


def _content(path: str) -> bytes | None:
    """What a file holds, None if there is none; UserError for what cannot be put back."""
    if not os.path.lexists(path):
        return None
    if not os.path.isfile(path):
        raise UserError("is not a regular file", "a file's name", source=path)
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise unwritable(path, error) from None


def _summary(results: Sequence[Result]) -> list[str]:
    costs = results[0].costs
    lines = [
        f"Machine: {_plain(results[0].machine)}. Costs: {_plain(costs.name)}"
        f" ({costs.fingerprint()}). Counts are exact; cycles are this cost model's.",
        "",
        "| | claim | verdict |",
        "|---|---|---|",
    ]
    lines += [
        f"| [{r.experiment.id}](#{r.experiment.id.lower()}) | {_plain(r.experiment.claim)}"
        f" | {r.verdict.outcome} |"
        for r in results
    ]
    return [*lines, ""]


def _section(result: Result, picture: str) -> list[str]:
    experiment = result.experiment
    return [
        f"## {experiment.id}",
        "",
        f"**{_plain(experiment.title)}**",
        "",
        f"- Claim: {_plain(experiment.claim)}",
        f"- Place: {_plain(experiment.place)}",
        f"- Expected: {_plain(experiment.expected)}",
        f"- Measured: {_plain(experiment.method)}",
        "",
        *markdown_table(result),
        "",
        f"![{_plain(experiment.chart.title)}]({_link(picture)})",
        "",
        f"Verdict: **{result.verdict.outcome}**. {_plain(result.verdict.why)}.",
        "",
    ]


def _plain(text: str) -> str:
    """A text that Markdown shows as it is."""
    return "".join("\\" + char if char in _MARKED else char for char in safe_text(text))


def _link(name: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - only a report has links

    return quote(name)
