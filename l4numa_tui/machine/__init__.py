"""Floor 0: the hardware. Nodes, CPUs, frames, distances and costs, the MMU and its TLBs."""
