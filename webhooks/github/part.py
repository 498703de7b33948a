"""What every part of the GitHub forge stands on: one repository, and the client to ask about it."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import quote

from webhooks.github.client import Client
from webhooks.github.payload import FORGE, PullRequest
from webhooks.place import Elsewhere

T = TypeVar("T")


class Part:
    """A repository on GitHub."""

    name = FORGE

    def __init__(self, client: Client, repository: str, identity: str = "") -> None:
        self.client, self.repository, self.identity = client, repository, identity
        self._base = f"/repos/{repository}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.repository!r})"

    def get(self, path: str, kind: type[T], **params: str | int) -> T:
        """One thing of the repository."""
        return self.client.get(self.repository, self._base + path, kind, **params)

    def find(self, path: str, kind: type[T], **params: str | int) -> T | None:
        """One thing of it, None where it is not there."""
        return self.client.find(self.repository, self._base + path, kind, **params)

    def pages(self, path: str, kind: type[T], **params: str | int) -> list[T]:
        """A list of it."""
        return self.client.pages(self.repository, self._base + path, kind, **params)

    def send(self, method: str, path: str, body: Any = None) -> None:
        """Change something in it."""
        self.client.send(self.repository, method, self._base + path, body)

    def made(self, method: str, path: str, kind: type[T], body: Any) -> T:
        """Change something in it; what it is now."""
        answer = self.client.send(self.repository, method, self._base + path, body, kind)
        assert answer is not None
        return answer

    def pull_request(self, number: int) -> PullRequest:
        """A pull request as it stands. Raises Refused where there is none, Elsewhere where it is another's."""
        return self.of_ours(self.get(f"/pulls/{number}", PullRequest))

    def of_ours(self, pull: PullRequest) -> PullRequest:
        """The same, held against the number that we know the repository by: its name may be another's by now."""
        base = pull.base.repo
        if self.identity and base is not None and base.id and str(base.id) != self.identity:
            raise Elsewhere(
                f"{self.repository} is GitHub's repository {base.id} now, and ours is {self.identity}"
            )
        return pull


def part_of_path(text: str) -> str:
    """A name as one piece of an address: whatever is in it leads nowhere else."""
    return quote(text, safe="")
