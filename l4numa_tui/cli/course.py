"""`l4numa grade` and `l4numa lint`: what the teacher runs."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from l4numa_tui.errors import UserError
from l4numa_tui.grading.result import FULL, PARTIAL, UNGRADABLE


def grade(options: argparse.Namespace) -> int:
    """Grade each file; status 0 full marks for all, 1 fewer, 2 if one cannot be graded.

    A file that cannot be graded is said on stderr and spoils no other. As JSON one file gives an
    object, several a list, with {"file", "error"} for what cannot be graded.
    """
    from l4numa_tui.grading.grade import grade_file

    status = FULL
    results: list[dict[str, Any]] = []
    for index, path in enumerate(options.files):
        try:
            result = grade_file(path)
        except UserError as error:
            print(f"l4numa: {error}", file=sys.stderr)
            results.append({"file": path, "error": str(error)})
            status = UNGRADABLE
            continue
        results.append(result.to_json())
        status = max(status, PARTIAL if result.exit_code else FULL)
        if not options.json:
            if index:
                print()
            print("\n".join(result.lines()))
    if options.json and (len(results) > 1 or "error" not in results[0]):
        print(json.dumps(results if len(results) > 1 else results[0], indent=1))
    return status


def lint(options: argparse.Namespace) -> int:  # noqa: ARG001 - every command takes its options
    """Check the lessons themselves; status 1 and a line for each problem."""
    from l4numa_tui.grading.lint import lint_lessons

    problems = lint_lessons()
    for problem in problems:
        print(problem)
    if not problems:
        print("the lessons are in order")
    return PARTIAL if problems else FULL
