"""Git without a checkout: read a contribution, merge it, move refs (pygit2 on a bare repository)."""
