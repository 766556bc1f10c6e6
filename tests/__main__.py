"""`python -m tests`: style, types, floors, then the test suite; `--full` adds the long runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "--quiet", "."),
    ("mypy",),
    ("importlinter.cli",),
    ("pytest",),
)


def main() -> int:
    full = ["--full"] if "--full" in sys.argv[1:] else []
    for module, *arguments in CHECKS:
        extra = full if module == "pytest" else []
        if module == "importlinter.cli":
            command = [str(Path(sys.executable).parent / "lint-imports")]
        else:
            command = [sys.executable, "-m", module, *arguments, *extra]
        print(f"== {module} {' '.join(arguments + extra)}".rstrip(), flush=True)
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
