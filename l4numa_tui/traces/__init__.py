"""Floor 3: readers that turn recorded memory accesses into batches of page touches."""
