"""Floor 5: lessons. Their files, questions answered by the simulator, the student's progress."""
