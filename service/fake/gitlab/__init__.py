"""A GitLab that is not there: its API over real HTTP, real Git beside it, hooks that it delivers; state in memory.

It knows nothing of our client, so that the two can't agree on a mistake: what it answers and refuses is written from
GitLab's documentation, whose pages are named where they say it.
"""
