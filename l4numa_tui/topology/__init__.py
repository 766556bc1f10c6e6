"""Floor 3: readers that turn what a machine says of itself into a Topology."""
