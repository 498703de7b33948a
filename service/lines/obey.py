"""What people ask for, by a comment, a button or the command line: found by name, rights checked, recorded.

A command is a module of service/commands. Beside what `Command` names it may have: AUTHORS_TOO (authors need no RIGHT
for their own), APPROVES (it approves: reviewers of an OWNERS file may not), BOUND (it is about the revision that was
seen), WORDS (what stands behind its name).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

from service import commands
from service.house import House
from service.lines import rights
from service.lines.states import NoSuchMove
from service.policy import PolicyError
from webhooks.event import Person
from webhooks.forge import Right


@dataclass(frozen=True)
class Answer:
    """What became of a command, in one sentence."""

    ok: bool
    sentence: str
    data: dict[str, Any] = field(default_factory=dict)


class Command(Protocol):
    """A module of service/commands: its docstring is its help, RIGHT is what it takes."""

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


def words_of(asked: dict[str, Any]) -> list[str]:
    """The words behind a command."""
    return [str(word) for word in asked.get("arguments", ())]


def reason_of(asked: dict[str, Any], skip: int = 0) -> str:
    """Why somebody asks: named as such, or all words of a comment but the first `skip`; empty where nobody says."""
    return str(asked.get("reason") or " ".join(words_of(asked)[skip:])).strip()[:1_000]


def by(who: Person) -> str:
    """A person as the record names them."""
    return f"{who.forge}/{who.id}"


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
    grant = rights.grant(house, house.repository(repository), command, about(asked), who)
    if grant.no:
        return Answer(False, grant.no)
    if grant.head is not None:
        if asked.get("head") not in (None, "", grant.head):
            return Answer(False, _newer(grant.head))
        asked = {**asked, "granted": grant.head}
        if asked.get("head") is None:
            asked["head"] = grant.head
    try:
        return Answer(True, command.do(house, repository, Asked(asked), who))
    except (NoSuchMove, ValueError, PolicyError) as problem:
        return Answer(False, str(problem))


def bound(name: str) -> bool:
    """Whether a command is about the revision that was seen."""
    return bool(getattr(known().get(name), "BOUND", False))


def same_revision(asked: dict[str, Any], newest: str, sure: bool = True) -> None:
    """Raises ValueError where the newest revision is not the one that was meant, or, to be `sure`, may not be.

    `head` of what is asked is that one; empty where nobody can tell, and not there where the newest is meant. Where a
    right is for one revision alone, `granted` is that.
    """
    told = asked.get("head")
    if told not in (None, "", newest) or asked.get("granted") not in (None, newest):
        raise ValueError(_newer(newest))
    if told == "" and sure:
        raise ValueError(
            f"{_newer(newest)} It can't be told whether you saw that revision; what you say next counts for it."
        )


def _newer(newest: str) -> str:
    return f"A newer revision came: it is at {newest[:12]}; look again."


def usage(command: Any) -> str:
    """A command with the words that stand behind it."""
    return f"{command.NAME} {getattr(command, 'WORDS', '')}".strip()


def about(asked: dict[str, Any]) -> int | None:
    """The contribution that a command is about, as the command itself will read it; None for none."""
    try:
        return number_of(asked, "contribution")
    except ValueError:
        return None
