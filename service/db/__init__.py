"""Tables and queries, by noun. The database is the truth of work in flight."""
