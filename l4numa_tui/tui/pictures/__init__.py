"""The screen without a terminal: as text, pictures and films."""
