"""Reading and writing files without surprises: limits, one kind of error, nothing half written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress

from l4numa_tui.errors import UserError

_ATTEMPTS = 100


def read_text(path: str, max_bytes: int, expected: str) -> str:
    """Return a file's text, without the mark that some editors put before UTF-8.

    `expected` says in messages what the file should have been. Raises UserError for a file that
    cannot be read, is longer than `max_bytes`, or is not UTF-8 text.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        raise unreadable(path, error, expected) from None
    if len(data) > max_bytes:
        raise UserError("the file is too large", f"at most {max_bytes} bytes", source=path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError("the file is not UTF-8 text", expected, source=path, line=line) from None
    if "\0" in text:
        raise UserError("the file is binary", expected, source=path)
    return text


def unreadable(path: str, error: Exception, expected: str) -> UserError:
    """The error to raise for a file that cannot be opened or read."""
    reason = getattr(error, "strerror", None) or "not a usable name"
    return UserError(f"cannot be read: {reason}", expected, source=path)


def unwritable(path: str, error: Exception) -> UserError:
    """The error to raise for a file that cannot be written."""
    reason = getattr(error, "strerror", None) or "not a usable name"
    return UserError(f"cannot be written: {reason}", source=path)


def write_atomically(path: str, pieces: Iterable[bytes]) -> None:
    """Write a file whole or not at all: what was there before stays until all is on the disk.

    Raises UserError where it cannot be written; the old file is untouched then. Whatever `pieces`
    raises passes through, and leaves the old file untouched too.
    """
    try:
        target = os.path.realpath(path)
        if os.path.lexists(target) and not stat.S_ISREG(os.stat(target).st_mode):
            raise UserError("is not a regular file", "a file's name", source=path)
        descriptor, temporary = _create_beside(target)
    except (OSError, ValueError) as error:
        raise unwritable(path, error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, target)
        _sync_folder(target)
    except OSError as error:
        _remove(temporary)
        raise unwritable(path, error) from None
    except BaseException:
        _remove(temporary)
        raise


def _create_beside(target: str) -> tuple[int, str]:
    """A new file in the same folder; a name left over by a killed process is passed over."""
    folder, name = os.path.split(target)
    for attempt in range(_ATTEMPTS):
        temporary = os.path.join(folder, f".{name[:100]}.{os.getpid()}-{attempt}")
        with suppress(FileExistsError):
            return os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666), temporary
    raise FileExistsError(None, "too many unfinished files beside it")


def _remove(temporary: str) -> None:
    with suppress(OSError):
        os.unlink(temporary)


def _sync_folder(target: str) -> None:
    # Without it the new name may be lost in a power failure; some systems cannot, and need not.
    with suppress(OSError):
        folder = os.open(os.path.dirname(target), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
