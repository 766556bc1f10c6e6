"""What lies over the panes for a while: help, forms, lists, a frame in full."""
