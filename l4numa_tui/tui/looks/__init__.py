"""Themes: colours, and what each style name looks like in them."""
