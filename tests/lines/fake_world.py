"""A world whose one repository lies on a fake forge, over real HTTP and Git; what people write is heard there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Repository
from service.fake.github.play import FakeGitHub
from service.house import House
from service.lines import hear, heard
from tests.lines.batch_world import World
from tests.lines.forge_world import Kind
from webhooks.event import Commented, Person
from webhooks.github import client
from webhooks.known import Where, opened


class Abroad(House):
    """A house whose one repository lies on the fake."""

    there: Any

    def forge(self, repository: Repository) -> Any:
        return self.there


class FakeWorld(World):
    """The repository `t` is `name` on that forge, which `settings` lead to; whatever is judged passes."""

    def __init__(self, folder: Path, forge: str, name: str, settings: Mapping[str, str]) -> None:
        super().__init__(folder)
        self.house: Abroad = Abroad(self.house.settings, self.house.database, judge=Kind())
        self.house.there = opened(forge, Where(name, folder / "mirror.git", settings))
        with self.house.database.write() as session:
            row = session.get_one(Repository, "t")
            row.forge, row.name, row.address = forge, name, str(folder / "mirror.git")
            session.add(row)

    def hear(self, number: int, who: Person, text: str, identity: str) -> str:
        """Somebody writes; what is answered."""
        event = Commented(self.repository.forge, self.repository.name, number, who, text, identity)
        return hear.hear(self.house, self.repository, event, hear.commands(self.repository, event))

    def told(self, number: int) -> str:
        """The forge tells of the newest head."""
        found = self.house.there.pull(number)
        assert found is not None
        return heard.act(self.house, self.repository, self.house.there.pushed(found)) or ""


class GitHubWorld(FakeWorld):
    """The same on the fake GitHub, where tom triages."""

    def __init__(self, folder: Path, fake: FakeGitHub) -> None:
        super().__init__(folder, "github", fake.repo.full_name, fake.settings())
        self.fake, self.people = fake, fake.people
        self.people.role("tom", "triage")

    def person(self, name: str) -> Person:
        return Person("github", str(self.fake.hub.account(name).id), name)


@contextmanager
def fake_github(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    """A fake GitHub with a taxonomy, reached past any proxy, of which nothing is remembered from before."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    client.forget()
    with FakeGitHub(folder, files={"README.md": "A taxonomy\n"}) as fake:
        yield fake
    client.forget()
