"""How node pagers agree on which frame is behind a page, and take a page back everywhere.

Three protocols, all the paper's: a directory in shared memory with notification through shared
memory, pagers that ask each other by IPC, or the directory with IPC for unmaps.
"""
