"""The plain forge: a bare Git repository that gives contributions numbers, for a laptop, an air gap and tests."""
