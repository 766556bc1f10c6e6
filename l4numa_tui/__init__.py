"""A NUMA machine and an L4 microkernel to step through, forwards and backwards."""

__version__ = "0.1.0"
