"""Floor 4: the paper's claims as experiments, each measured and judged from its own figures."""
