"""Whatever is selected, in full: as a card, and in words."""
