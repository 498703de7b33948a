"""What people ask for, by a comment, a button or the command line: found by name, rights checked, recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

from service import commands
from service.db import contributions
from service.house import House
from service.lines.states import NoSuchMove
from service.policy import PolicyError
from webhooks.event import Person
from webhooks.forge import Right

LOCAL = "local"  # as a person's forge: whoever runs the service, signed in by its one-time link


@dataclass(frozen=True)
class Answer:
    """What became of a command, in one sentence."""

    ok: bool
    sentence: str
    data: dict[str, Any] = field(default_factory=dict)


class Command(Protocol):
    """A module of service/commands: its docstring is its help; with AUTHORS_TOO authors need no RIGHT for their own."""

    NAME: str
    RIGHT: Right

    def do(self, house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
        """Carry it out and say so; raises NoSuchMove or ValueError with the reason where it can't be."""
        ...


class Asked(dict[str, Any]):
    """What a command is asked with; what it needs and was not given is the asker's to add, no fault of ours."""

    def __missing__(self, key: str) -> Any:
        raise ValueError(f"Say the {key} too; without it this can't be done.")


def number_of(asked: dict[str, Any], what: str) -> int:
    """The batch, run or contribution that is meant: named as such, or by the first word of a comment.

    A comment stands under a contribution, which is its `number`. Raises ValueError.
    """
    words = list(asked.get("arguments", ()))
    name = "number" if what == "contribution" else what
    return counted(asked.get(name, words[0] if words else ""), what)


def counted(given: object, what: str) -> int:
    """What somebody wrote as a number, with or without `#`. Raises ValueError."""
    text = str(given).lstrip("#")
    if not text.isdecimal() or len(text) > 15:  # more digits than any database counts to
        raise ValueError(f"Name the {what} by its number.")
    return int(text)


@cache
def known() -> dict[str, Any]:
    """Every command by name."""
    modules = (import_module(f"service.commands.{m.name}") for m in iter_modules(commands.__path__))
    return {module.NAME: module for module in modules}


def obey(house: House, repository: str, name: str, asked: dict[str, Any], who: Person) -> Answer:
    """Carry out one command of one person. To be unsure of a right means no."""
    command = known().get(name)
    if command is None:
        return Answer(False, f"There is no command `{name[:40]}`; known are {', '.join(sorted(known()))}.")
    if right_of(house, repository, who) < command.RIGHT and not _its_author(
        house, repository, command, asked, who
    ):
        return Answer(False, f"`{name}` needs the right to {command.RIGHT.name}, which {who.id} has not.")
    try:
        return Answer(True, command.do(house, repository, Asked(asked), who))
    except (NoSuchMove, ValueError, PolicyError) as problem:
        return Answer(False, str(problem))


def right_of(house: House, repository: str, who: Person) -> Right:
    """What this person may do; whoever signed in on the machine that runs the service holds all its keys."""
    if who.forge == LOCAL:
        return Right.admin
    found: Right = house.forge(house.repository(repository)).right(who)
    return found


def _its_author(house: House, repository: str, command: Any, asked: dict[str, Any], who: Person) -> bool:
    """Whether the command is one that authors may give about what is their own, and this is its author."""
    if not getattr(command, "AUTHORS_TOO", False):
        return False
    try:
        number = number_of(asked, "contribution")
    except ValueError:
        return False
    with house.database.read() as session:
        row = contributions.get(session, repository, number)
    return row is not None and (row.author_forge, row.author_id) == (who.forge, who.id)
