"""`python -m tests.conformance FILE... [--all]`: run cases, print each first difference."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.conformance.runner import CaseRun, load


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--all", action="store_true", help="also cases that are one kernel's own")
    options = parser.parse_args()
    passed = failed = 0
    for path in options.files:
        for case in load(path):
            if not (case["portable"] or options.all):
                continue
            difference = CaseRun(case).first_difference()
            if difference:
                failed += 1
                print(f"{case['id']}: {difference}")
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
