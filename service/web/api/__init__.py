"""JSON for programs: rows as they are, and one door to act."""
