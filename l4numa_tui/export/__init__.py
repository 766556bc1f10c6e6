"""Floor 6: a run in the forms in which it can leave the program (`formats` lists them all)."""
