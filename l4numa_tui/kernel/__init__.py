"""Floor 1: the L4 kernel. Fpages, spaces, the mapping database, map and unmap, IPC, pagefaults.

It offers local address spaces only: every space has a home node, and the kernel keeps the space's
page tables and mapping entries there. Nothing here knows that several spaces make an application.
"""
