"""A trace file as a stream of whole lines, decompressed on the way, in bounded memory."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Callable, Iterator

from l4numa_tui.errors import UserError

CHUNK_BYTES = 1 << 18
MAX_LINE_BYTES = 4096

# Small, so that a gzip of many tiny members does not copy much input again for each of them.
_INPUT_BYTES = 1 << 14
_XZ_MEMORY_BYTES = 100 << 20  # `xz -9` needs 65 MiB to decompress
_GZIP_MAGIC = b"\x1f\x8b"
_XZ_MAGIC = b"\xfd7zXZ\x00"
_GZIP_WBITS = 31  # zlib: a window of 2^15 and a gzip header


class TraceFile:
    """One reading of a trace file; `done_bytes` of `total_bytes` (both compressed) are read.

    Raises UserError for whatever is not a readable, regular, undamaged file.
    """

    def __init__(self, path: str, chunk_bytes: int = CHUNK_BYTES) -> None:
        self.path = path
        self.done_bytes = 0
        self._chunk_bytes = chunk_bytes
        try:
            status = os.stat(path)
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from None
        if not stat.S_ISREG(status.st_mode):
            what = "is a directory" if stat.S_ISDIR(status.st_mode) else "is not a regular file"
            raise UserError(what, "a trace file", source=path)
        self.total_bytes = status.st_size

    def pieces(self) -> Iterator[bytes]:
        """Yield the decompressed contents in non-empty pieces of at most the chunk size."""
        self.done_bytes = 0
        try:
            with open(self.path, "rb", buffering=0) as raw:
                magic = raw.read(len(_XZ_MAGIC))
                raw.seek(0)

                def read(size: int = _INPUT_BYTES) -> bytes:
                    data = raw.read(size)
                    self.done_bytes += len(data)
                    return data

                if magic.startswith(_GZIP_MAGIC):
                    yield from _gunzip(read, self._chunk_bytes)
                elif magic == _XZ_MAGIC:
                    yield from self._unxz(read)
                else:
                    while data := read(self._chunk_bytes):
                        yield data
        except EOFError:
            raise UserError("the compressed file is cut short", source=self.path) from None
        except zlib.error as error:
            raise self._damaged("gzip", error) from None
        except OSError as error:
            raise self._unreadable(error) from None

    def line_chunks(self) -> Iterator[bytes]:
        """Yield the contents as chunks of whole lines, each line ended by a line feed.

        A line longer than MAX_LINE_BYTES arrives cut to one byte more than that, at once.
        """
        rest = b""
        inside_long_line = False
        for piece in self.pieces():
            start = 0
            if inside_long_line:
                start = piece.find(b"\n") + 1
                if not start:
                    continue
                inside_long_line = False
            end = piece.rfind(b"\n") + 1
            if end > start:
                yield rest + piece[start:end]
                rest = b""
            rest += piece[max(start, end) :]
            if len(rest) > MAX_LINE_BYTES:
                yield rest[: MAX_LINE_BYTES + 1] + b"\n"
                rest = b""
                inside_long_line = True
        if rest:
            yield rest + b"\n"

    def _unxz(self, read: Callable[[], bytes]) -> Iterator[bytes]:
        try:
            import lzma  # noqa: PLC0415 - only xz files pay for it, and some Pythons lack it
        except ImportError:
            raise UserError("this Python cannot read xz", "plain text or gzip") from None
        try:
            data = read()
            while data:
                stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)
                while not stream.eof:
                    if not data and stream.needs_input and not (data := read()):
                        raise EOFError
                    piece = stream.decompress(data, self._chunk_bytes)
                    data = b""
                    if piece:
                        yield piece
                data = _after_padding(stream.unused_data, read)
        except lzma.LZMAError as error:
            raise self._damaged("xz", error) from None

    def _damaged(self, kind: str, error: Exception) -> UserError:
        return UserError(f"damaged {kind} file ({error})", source=self.path)

    def _unreadable(self, error: Exception) -> UserError:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return UserError(f"cannot be read ({reason})", source=self.path)


def _gunzip(read: Callable[[], bytes], size: int) -> Iterator[bytes]:
    # zlib itself, not the gzip module: the module hides how far the compressed file is read.
    data = read()
    while data:
        member = zlib.decompressobj(_GZIP_WBITS)
        while not member.eof:
            piece = member.decompress(data, size)
            if piece:
                yield piece
            data = member.unconsumed_tail
            # Never at the end of the file with output pending: the trailer is taken up last.
            if not (data or member.eof) and not (data := read()):
                raise EOFError
        data = _after_padding(member.unused_data, read)


def _after_padding(data: bytes, read: Callable[[], bytes]) -> bytes:
    """Return what follows the zero padding between two members; empty at the end of the file."""
    while not (data := data.lstrip(b"\0")):
        if not (data := read()):
            return b""
    return data
