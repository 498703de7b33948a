"""GitHub as a forge: everything that ``webhooks.forge`` names, for one repository, by an App.

Cheap to open and safe in any thread: what is kept (connections, tokens, answers) belongs to the client, of which there
is one for the whole process.
"""

from __future__ import annotations

from webhooks.github.board import Boards
from webhooks.github.branches import Branches
from webhooks.github.client import client
from webhooks.github.listing import Listing
from webhooks.github.mending import Mends
from webhooks.github.people import People
from webhooks.github.releases import Shelf
from webhooks.github.scheme import NAME
from webhooks.github.settings import read
from webhooks.github.suggestions import Remarks
from webhooks.github.talk import Talk
from webhooks.known import Where


class GitHubForge(Talk, People, Remarks, Branches, Mends, Shelf, Listing, Boards):
    """A repository on GitHub."""


def opened(where: Where) -> GitHubForge:
    """The repository on the GitHub that the operator's settings name. Raises ValueError for those, by their names."""
    if not NAME.fullmatch(where.name):
        raise ValueError(f"{where.name[:120]!r} is no repository on GitHub; it is written owner/name")
    return GitHubForge(client(read(where.settings)), where.name, where.id)
