"""Floor 5: submissions, the grader that repeats them, its results, and the check of lessons."""
