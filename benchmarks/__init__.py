"""Measurements of what the project promises: paired runs, and the list of the promises themselves."""
