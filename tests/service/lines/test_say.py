"""What is said on a pull request: the newest word stays, whoever else speaks at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlmodel import Session

from service.db.engine import Database
from service.lines import say
from tests.lines.batch_world import World
from webhooks.event import Person
from webhooks.forge import Pull


class Slow(Database):
    """A database whose first reader is overtaken by what `then` does, once it has read."""

    then: Callable[[], None] | None = None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot; after the first one, what `then` does."""
        with super().read() as session:
            yield session
        do, self.then = self.then, None
        if do is not None:
            do()


def test_who_was_overtaken_does_not_say_the_older_word_last(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.merged(1, "knowledge/one")
    member = world.member(1)
    forge = world.house.forge(world.repository)
    forge.adopt(Pull(1, member.head, "main", "one", "One", Person("plain", "ada", "ada"), 1000.0))

    def want(word: str) -> None:
        with world.house.database.write() as session:
            say.want(session, member, "triage", word)

    def other() -> None:
        want("The newer word.")
        assert say.speak(world.house) == 1

    want("The older word.")
    slow = Slow(world.house.database.url)
    slow.then = other
    assert say.speak(replace(world.house, database=slow)) == 0
    assert [comment.text for comment in forge.found(1, frozenset({"triage"})).comments] == ["The newer word."]
