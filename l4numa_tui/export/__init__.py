"""Floor 6: the mapping database as the debuggers of real L4 kernels print it."""
