"""Floor 3: scenario files, the sessions built from them, their recordings and their summaries."""
