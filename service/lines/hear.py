"""A person's words, from a comment to what became of them: marked as heard, carried out, answered; each once.

A command is answered by a mark on the comment and by a line of the triage comment, which is edited: neither notifies.
"""

from __future__ import annotations

from typing import Any

from service import logs
from service.db import contributions
from service.db.tables import Repository
from service.house import House
from service.lines import answers, meant, obey, say
from service.lines.once import once
from webhooks.command import Command, parse
from webhooks.event import Commented, Labelled, Person, Reviewed
from webhooks.forge import Denied, Reaction, Reactions

log = logs.named("hear")
SLASHED = ("github",)  # forges that have no slash commands of their own


def commands(repository: Repository, event: Commented | Reviewed) -> list[Command]:
    """The commands of what somebody wrote."""
    return parse(event.text, slash=repository.forge in SLASHED) if event.text else []


def hear(house: House, repository: Repository, event: Commented | Reviewed, given: list[Command]) -> str:
    """Carry out the commands of a comment; gives what was answered. Heard a second time, it goes on where it was left.

    Raises Busy where the forge asks to wait before it tells what the person may do.
    """
    forge, number = house.forge(repository), event.number
    who = event.author if isinstance(event, Commented) else event.person
    said: list[bool] = []
    sentences = []
    for place, command in enumerate(given):

        def do(marking: House, command: Command = command) -> str:
            if not said:
                _react(forge, number, event.id, "heard")
            asked = {"number": number, "arguments": command.arguments}
            answer = carry_out(marking, repository, command.name, seen(house, repository, event, asked), who)
            said.append(answer.ok)
            return answer.sentence

        sentences.append(once(house, repository.id, f"comment/{event.id}/{place}", do))
    if said:
        _react(forge, number, event.id, "done" if all(said) else "refused")
        house.ring("speak")
    return "; ".join(sentences)


def seen(
    house: House, repository: Repository, event: Commented | Reviewed | Labelled, asked: dict[str, Any]
) -> dict[str, Any]:
    """What is asked, with the revision that its person saw."""
    if isinstance(event, Reviewed):
        return {**asked, "head": event.head}
    at = event.at if isinstance(event, Commented) else 0.0
    with house.database.read() as session:
        head = meant.revision(session, repository.id, event.number, event.head, at)
    return {**asked, "head": head}


def carry_out(
    house: House, repository: Repository, name: str, asked: dict[str, Any], who: Person
) -> obey.Answer:
    """Carry out one command about the revision that was seen, and keep its answer where the contribution is known."""
    about = {key: value for key, value in asked.items() if key != "head" or obey.bound(name)}
    answer = obey.obey(house, repository.id, name, about, who)
    with house.database.write() as session:
        row = contributions.get(session, repository.id, asked["number"])
        if row is not None:
            answers.keep(session, row, who, name, answer.ok, answer.sentence)
            say.refreshed(session, row)
    return answer


def _react(forge: Any, number: int, comment: str, reaction: Reaction) -> None:
    """Mark the comment, where the forge has such marks; that it can't be reached stops no command."""
    if not isinstance(forge, Reactions):
        return
    try:
        forge.react(number, comment, reaction)
    except (OSError, Denied) as why:
        log.warning("not marked", number=number, comment=comment, why=str(why))
