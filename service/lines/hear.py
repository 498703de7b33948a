"""A person's comment, from its words to what became of them: marked as heard, carried out, answered; each once.

A command is answered by a mark on the comment and by a line of the triage comment, which is edited: neither notifies.
"""

from __future__ import annotations

import time
from typing import Any

from service import logs
from service.db import contributions, words
from service.db.tables import Repository
from service.house import House
from service.lines import answers, obey, say
from webhooks.command import Command, parse
from webhooks.event import Commented, Person, Reviewed
from webhooks.forge import Denied, Reaction, Reactions

log = logs.named("hear")
HEARD = "heard"
REMEMBERED = 100  # comments of a contribution
SLASHED = ("github",)  # forges that have no slash commands of their own


def hear(house: House, repository: Repository, event: Commented | Reviewed, by_bot: bool = False) -> str:
    """Carry out the commands of a comment; gives what was answered. Heard a second time, it goes on where it was left.

    `by_bot`: its author is no person, and commands nothing.
    """
    given = parse(event.text, slash=repository.forge in SLASHED, by_bot=by_bot)
    if not given:
        return ""
    forge, number = house.forge(repository), event.number
    who = event.author if isinstance(event, Commented) else event.person
    head = event.head if isinstance(event, Reviewed) else None
    done = _done(house, repository.id, number, event.id)
    if done < len(given):
        _react(forge, number, event.id, "heard")
    said = []
    for place, command in enumerate(given[done:], done):
        answer = obey.obey(house, repository.id, command.name, _asked(number, command, head), who)
        _keep(house, repository.id, number, event.id, place + 1, who, command, answer)
        said.append(answer)
    if said:
        _react(forge, number, event.id, "done" if all(answer.ok for answer in said) else "refused")
        house.ring("speak")
    return "; ".join(answer.sentence for answer in said)


def _asked(number: int, command: Command, head: str | None) -> dict[str, Any]:
    """What a command is asked with; a review is of one revision, and so is an approval in it."""
    asked: dict[str, Any] = {"number": number, "arguments": command.arguments}
    return {**asked, "head": head} if head is not None and command.name == "approve" else asked


def _done(house: House, repository: str, number: int, comment: str) -> int:
    """How many commands of a comment were carried out before."""
    with house.database.read() as session:
        known = words.standing(session, repository, [HEARD], number)
    return max((word.body["done"] for word in known if word.body["comment"] == comment), default=0)


def _keep(
    house: House,
    repository: str,
    number: int,
    comment: str,
    done: int,
    who: Person,
    command: Command,
    answer: obey.Answer,
) -> None:
    """Write down that a command was carried out, and what became of it, in one transaction."""
    with house.database.write() as session:
        row = contributions.get(session, repository, number)
        if row is None:
            return
        known = words.standing(session, repository, [HEARD], number)
        same = [word for word in known if word.body["comment"] == comment]
        words.end(session, same + [word for word in known if word not in same][:-REMEMBERED])
        words.say(
            session, row, HEARD, obey.by(who), time.time(), {"comment": comment, "done": done}, head=None
        )
        answers.keep(session, row, who, command.name, answer.ok, answer.sentence)
        say.refreshed(session, row)


def _react(forge: Any, number: int, comment: str, reaction: Reaction) -> None:
    """Mark the comment, where the forge has such marks; that it can't be reached stops no command."""
    if not isinstance(forge, Reactions):
        return
    try:
        forge.react(number, comment, reaction)
    except (OSError, Denied) as why:
        log.warning("not marked", number=number, comment=comment, why=str(why))
