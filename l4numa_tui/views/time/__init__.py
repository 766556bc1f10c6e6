"""The timeline, stops, differences between two moments, other futures."""
