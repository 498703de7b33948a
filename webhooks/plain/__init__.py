"""The plain forge: a bare Git repository that gives contributions numbers, for laptops, air gaps and tests."""
