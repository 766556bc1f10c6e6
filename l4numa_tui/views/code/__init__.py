"""The program's own source, as far as a step went through it."""
