"""Write the transcripts anew, to be read before they are committed: `python -m tests.plain`."""

from __future__ import annotations

from tests.plain.transcripts import DATA, NAMES, transcript, typed

for name in NAMES:
    (DATA / f"{name}.out").write_text(transcript(name, typed(name)), encoding="utf-8")
