"""Floor 4: the paper's design and its rivals, run on the same workload, machine and costs."""
