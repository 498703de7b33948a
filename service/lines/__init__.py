"""The stories, top to bottom: what happens to a contribution, a batch and a release."""
