"""What a system call answers when it refuses, and what a misused Python call raises."""

from __future__ import annotations

NO_PRIVILEGE = 1
INVALID_THREAD = 2
INVALID_SPACE = 3
INVALID_PARAMETER = 5
NO_MEMORY = 8
DEPTH_LIMIT = 9

# Codes 1-8 are those of Pistachio's ThreadControl and SpaceControl; 9 is this kernel's own:
# Pistachio asserts where its mapping tree grows too deep.
MEANINGS = {
    NO_PRIVILEGE: "no privilege",
    INVALID_THREAD: "invalid thread",
    INVALID_SPACE: "invalid address space",
    INVALID_PARAMETER: "invalid parameter",
    NO_MEMORY: "out of kernel memory",
    DEPTH_LIMIT: "mapping tree too deep",
}


class KernelError(Exception):
    """A system call refused: `code` is the L4 error code, `detail` says what exactly was wrong.

    Whoever raises it leaves the undoing to `Kernel.system_call`, which takes every write of the
    refused call back.
    """

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(f"error {code} ({MEANINGS[code]}): {detail}")
        self.code = code
        self.detail = detail
