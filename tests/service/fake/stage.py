"""The fake GitHub as a stage of the contract suite: people and time act on it, whatever client speaks to it."""

from __future__ import annotations

from typing import Any

from service.fake.github.play import FakeGitHub
from webhooks.event import Person
from webhooks.forge import Right


class GitHubStage:
    """A fake GitHub with an empty taxonomy on ``main``, and the client that is put to the test."""

    def __init__(self, fake: FakeGitHub, forge: Any) -> None:
        self.fake, self._forge = fake, forge
        self._pushes = 0

    @property
    def forge(self) -> Any:
        """The client."""
        return self._forge

    @property
    def branch(self) -> str:
        """The base branch."""
        return self.fake.repo.branch

    def contribute(self, topic: str, title: str) -> tuple[int, str]:
        """Ada opens a pull request from her fork."""
        number = self.fake.people.open("ada", title, {f"{topic}.txt": "x\n"}, branch=topic)
        return number, self._head(number)

    def revise(self, number: int) -> str:
        """She pushes another head."""
        self._pushes += 1
        return self.fake.people.push(number, {"more.txt": f"{self._pushes}\n"})

    def close(self, number: int) -> None:
        """It is closed."""
        self.fake.people.close(number)

    def let_edit(self, number: int, edits: bool) -> None:
        """She lets maintainers edit it, or not."""
        self.fake.people.let_edit(number, edits)

    def delete_branch(self, number: int) -> None:
        """She deletes her branch."""
        self.fake.people.delete_branch(number)

    def delete_fork(self, number: int) -> None:
        """She deletes her fork."""
        self.fake.people.delete_fork(number)

    def commit_on(self, parent: str) -> str:
        """A commit after `parent`, on no branch."""
        self._pushes += 1
        return self.fake.people.commit({"main.txt": f"{self._pushes}\n"}, parent)

    def tip(self, branch: str) -> str:
        """Where a branch stands."""
        found = self.fake.repo.git.tip(branch)
        assert found is not None
        return found

    def tagged(self, name: str) -> str | None:
        """The commit that a tag stands on."""
        git = self.fake.repo.git
        found = git.ref(f"refs/tags/{name}")
        return None if found is None else str(git.read(found).id)

    def person(self, right: Right) -> Person:
        """Somebody with this right."""
        name = f"{right.name}-er"
        self.fake.people.role(name, right.name)
        return Person("github", str(self.fake.hub.account(name).id), name)

    def _head(self, number: int) -> str:
        found = self.fake.repo.git.ref(f"refs/pull/{number}/head")
        assert found is not None
        return found
