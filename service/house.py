"""The house put together: one object that says where everything is, handed to lines, tasks and pages."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pygit2

from service import policy as policies
from service.db.engine import Database, store_url
from service.db.tables import Repository
from service.facts.documents import Shelf
from service.placement.judge import COMMAND
from service.placement.pool import Judging, pool_of
from service.settings import Settings
from webhooks import known

PLAIN = "plain"


class AtHome(RuntimeError):
    """Another process serves this home already."""


@dataclass
class House:
    """Where things are, and how to ring for a task."""

    settings: Settings
    database: Database
    ring: Callable[..., None] = lambda *_a, **_k: None  # ring(task name, *arguments)
    stopping: threading.Event = field(default_factory=threading.Event)
    judge: Judging = field(default_factory=pool_of)
    # where each repository's refs stood when it was last caught up
    compared: dict[str, dict[str, str]] = field(default_factory=dict)
    # when each repository's forge was last asked what is open (monotonic)
    asked: dict[str, float] = field(default_factory=dict)
    # when each repository's forge last said that its name is still its own (monotonic)
    placed: dict[str, float] = field(default_factory=dict)
    # by which policy each repository's open contributions were last looked through
    judged_by: dict[str, str] = field(default_factory=dict)
    # what forges said of who may do what, and until when that is good
    rights: dict[tuple[str, ...], tuple[float, Any]] = field(default_factory=dict)
    # when a merge that was refused or not answered is asked for again, by repository and number (a batch's: below zero)
    later: dict[tuple[str, int], float] = field(default_factory=dict)
    # what each batch at work looked like when it was last found to wait for its runs alone
    waiting: dict[tuple[str, int], str] = field(default_factory=dict)
    documents: Shelf = field(init=False)  # what is known of cited documents
    fetched: dict[tuple[str, str], list[float]] = field(default_factory=dict)  # by (forge, author): when

    def __post_init__(self) -> None:
        self.documents = Shelf(self.settings)

    @property
    def home(self) -> Path:
        """The folder that holds everything of this service."""
        return self.settings.home

    def repository(self, name: str) -> Repository:
        """The row of a repository; raises KeyError with its name where we do not serve it."""
        with self.database.read() as session:
            row = session.get(Repository, name)
        if row is None:
            raise KeyError(name)
        return row

    def forge(self, repository: Repository) -> Any:
        """The forge that this repository lives on: whichever protocols of ``webhooks.forge`` it has."""
        settings = self.settings.forge(repository.forge) if repository.forge != PLAIN else {}
        return known.opened(
            repository.forge,
            known.Where(repository.name, Path(repository.address), settings, repository.forge_id or ""),
        )

    def look_again(self, name: str) -> None:
        """Ask at once what was pushed to a repository: while a contribution was in a batch nobody heard of that."""
        self.asked.pop(name, None)
        self.compared.pop(name, None)
        self.ring("catch_up")

    def git(self, repository: Repository) -> pygit2.Repository:
        """Our bare repository or mirror of it."""
        return pygit2.Repository(repository.address)

    def policy(self, repository: Repository) -> policies.Policy:
        """The community's policy, from the tip of the base branch."""
        return policies.load(self.git(repository), repository.base_branch)

    def lock(self) -> IO[str]:
        """Hold this home for one process; the kernel lets go when the process dies, however it dies."""
        self.home.mkdir(parents=True, exist_ok=True)
        file = (self.home / "lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AtHome(f"Another `upweight up` serves {self.home} already.") from None
        return file


def open_house(settings: Settings) -> House:
    """Open (and where needed make) the home and its database."""
    settings.home.mkdir(parents=True, exist_ok=True)
    database = Database(store_url(settings))
    database.upgrade()
    judge = pool_of(settings.rule_processes, (*COMMAND, str(settings.home / "seeds")))
    return House(settings=settings, database=database, judge=judge)
