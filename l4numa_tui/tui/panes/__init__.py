"""What is always on the screen: panes and bars, each painting the lines of a view."""
