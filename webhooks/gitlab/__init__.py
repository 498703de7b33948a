"""GitLab, of gitlab.com or self-managed (16 and later), as a forge."""
