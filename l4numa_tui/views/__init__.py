"""Floor 6: pure functions from the state of the machine to lines of text."""
