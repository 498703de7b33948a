"""Git, by its objects: reading, merging, refs and fetching, never a checkout of a contributor's head."""
