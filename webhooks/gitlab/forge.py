"""A project of GitLab as a forge: all protocols of ``webhooks.forge``, of which it can't do one half.

Moving a branch (``advance``) is nothing that GitLab's API does: it is Denied, and is a push from our mirror.
"""

from __future__ import annotations

from webhooks.gitlab.board import Boards
from webhooks.gitlab.conversation import Talk
from webhooks.gitlab.listing import Lists
from webhooks.gitlab.mending import Mends
from webhooks.gitlab.merging import Merges
from webhooks.gitlab.people import People
from webhooks.gitlab.releases import Shelf
from webhooks.gitlab.remarks import Remarks
from webhooks.known import Where


class GitLabForge(Talk, Remarks, People, Merges, Mends, Shelf, Lists, Boards):
    """One project. Made anew for each use: what is worth keeping is kept beside it."""


def opened(where: Where) -> GitLabForge:
    """The forge of a project. Raises ValueError, with the variable's name, where the settings lack something."""
    return GitLabForge(where)
