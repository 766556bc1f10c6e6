"""Who says what to whom: the swim lanes."""
