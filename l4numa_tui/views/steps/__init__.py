"""What a step was and what it changed, in sentences."""
