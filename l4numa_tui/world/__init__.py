"""Floor 2 and a half: a whole world, the actions possible in it, and the session that steps it."""
