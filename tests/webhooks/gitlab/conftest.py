"""A GitLab that is not there, over real HTTP, and our forge of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.fake.gitlab.play import FakeGitLab
from service.fake.gitlab.state import Person, Request
from webhooks.gitlab.forge import GitLabForge, opened
from webhooks.known import Where

LEAF = "".join(f"line {number}\n" for number in range(1, 8))


class Ground:
    """A fake GitLab with an author, a merge request on demand, and the forge of it."""

    def __init__(self, folder: Path) -> None:
        self.fake, self.folder = FakeGitLab(folder / "gitlab"), folder
        self.author = self.fake.project.person("ada")
        self.forge = self.another()

    def another(self, **settings: str) -> GitLabForge:
        """Another forge object of the same project, as the next task makes it."""
        told = {**self.fake.settings, "timeout": "5", **settings}
        return opened(Where(self.fake.project.path, self.folder / "mirrors" / "taxonomy.git", told))

    def request(self, branch: str = "lamps", **more: Any) -> Request:
        """A merge request."""
        return self.fake.open(self.author, branch, "Lamps", {f"{branch}/qna.yaml": LEAF}, **more)

    def person(self, username: str, level: int) -> Person:
        """Somebody with a role in the project."""
        return self.fake.project.person(username, level)

    def writes(self) -> list[str]:
        """What was asked for that changes something."""
        return [
            f"{it.method} {it.path}" for it in self.fake.wire.asked if it.method in ("POST", "PUT", "DELETE")
        ]


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """A fresh one."""
    one = Ground(tmp_path)
    yield one
    one.fake.close()
