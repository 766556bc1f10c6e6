"""The user's own settings: keys, and what is remembered."""
