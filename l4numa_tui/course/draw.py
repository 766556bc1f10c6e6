"""Numbers drawn per student: the same on every machine and in every Python.

HMAC-SHA256 over the JSON-framed [course, lesson, student, attempt, name], then integers by
rejection. Python guarantees only `random()` across versions, so nothing of `random` is used.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator

SCHEME = "hmac-sha256/1"


def draw(key: str, frame: tuple[str | int, ...], below: int) -> int:
    """A number from 0 to `below` - 1, each as likely; ValueError if there is none."""
    if below < 1:
        raise ValueError("nothing to draw from")
    limit = (1 << 64) // below * below
    return next(word for word in _words(key, frame) if word < limit) % below


def _words(key: str, frame: tuple[str | int, ...]) -> Iterator[int]:
    """64-bit words without end: block n is the HMAC of the frame with n appended."""
    block = 0
    while True:
        text = json.dumps([*frame, block], ensure_ascii=True, separators=(",", ":"))
        digest = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
        for at in range(0, len(digest), 8):
            yield int.from_bytes(digest[at : at + 8], "big")
        block += 1
