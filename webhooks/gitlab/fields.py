"""What several of GitLab's bodies have in common, each bounded."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from webhooks.event import Person

FORGE = "gitlab"

Sha = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=300)]
Number = Annotated[int, Meta(ge=1, le=2**53)]

# users that stand for a project's, a group's or a service's token, and GitLab's own
_BOT = re.compile(
    r"(project|group)_\d+_bot(_?[0-9a-z]+)?|service_account_\w+|support-bot|alert-bot|security-bot|ghost|GitLabDuo"
)


class User(msgspec.Struct):
    """Who did it."""

    id: Number
    username: str = ""

    def person(self) -> Person:
        """Somebody by their number, which stays."""
        return Person(FORGE, str(self.id), self.username)

    @property
    def bot(self) -> bool:
        """Whether no person stands behind it."""
        return _BOT.fullmatch(self.username) is not None


class Project(msgspec.Struct):
    """Where it happened."""

    path_with_namespace: Name
    default_branch: str | None = None
