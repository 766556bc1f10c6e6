"""Whether the lessons' worlds are the same under another hash seed: asked of a second process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from l4numa_tui.course.folder import load_course
from l4numa_tui.course.lesson import load_lesson
from l4numa_tui.course.worlds import session_of

_SECONDS = 120
_MAX_STEPS = 20_000


def digests_of(folder: Path) -> dict[str, str]:
    """The digest of each lesson's world at the end of its run, by the lesson's folder."""
    course = load_course(folder)
    out = {}
    for name in course.spec.lessons:
        session = session_of(load_lesson(course.folder / name, course))
        session.run(_MAX_STEPS)
        out[name] = f"{session.digest():016x}"
    return out


def digests_elsewhere(folder: Path) -> dict[str, str]:
    """The same, computed by a process with another PYTHONHASHSEED; empty if that fails."""
    seed = "4242" if os.environ.get("PYTHONHASHSEED") != "4242" else "4243"
    root = Path(__file__).resolve().parent.parent.parent
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(folder)],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        return {}
    found: dict[str, str] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    print(json.dumps(digests_of(Path(sys.argv[1]))))
