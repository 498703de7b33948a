"""Forges for tests and for trying a policy: real HTTP, real Git, state in memory, faults on request."""
