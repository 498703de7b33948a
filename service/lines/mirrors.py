"""Our copy of a repository that lives on another forge: what a line needs is fetched just before it looks."""

from __future__ import annotations

from pathlib import Path

from service.db.tables import Repository
from service.git.mirror import Mirror
from service.house import House
from webhooks.forge import Remote


def fetch(house: House, repository: Repository, number: int | None = None) -> None:
    """Bring the base branch, and a contribution's head where one is named. Raises OSError where to try later.

    The plain forge is our own repository: there is nothing to bring.
    """
    forge = house.forge(repository)
    if isinstance(forge, Remote):
        mirror_of(house, repository, forge).fetch(repository.base_branch, number)


def mirror_of(house: House, repository: Repository, forge: Remote) -> Mirror:
    """The mirror of a repository."""
    return Mirror(Path(repository.address), forge.git_url(), forge.git_login, forge.heads())
