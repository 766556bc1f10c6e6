"""Where a page's frame lies, and when it moves: policies of the pagers, never of the kernel.

A policy decides, at a pagefault, from what the pagers have noted; how a page is copied, moved or
collapsed without losing a write is the same for all of them.
"""
