"""Judging: bytes in, findings out. No Git, no network, no clock, no environment."""
