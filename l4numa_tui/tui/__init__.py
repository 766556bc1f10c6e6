"""Floor 7: the screen. Textual widgets that paint what the views say, and nothing else."""
