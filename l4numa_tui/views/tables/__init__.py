"""Page tables: the walk of one address, the grid of pages and nodes."""
