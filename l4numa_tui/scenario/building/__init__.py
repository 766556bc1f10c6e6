"""A scenario that is made by doing: requests, their checks, and the file they become."""
