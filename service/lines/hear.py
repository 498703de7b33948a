"""A person's comment, from its words to what became of them: marked as heard, carried out, answered; each once.

A command is answered by a mark on the comment and by a line of the triage comment, which is edited: neither notifies.
"""

from __future__ import annotations

from typing import Any

from service import logs
from service.db import contributions
from service.db.tables import Repository
from service.house import House
from service.lines import answers, obey, say
from service.lines.once import once
from webhooks.command import Command, parse
from webhooks.event import Commented, Person, Reviewed
from webhooks.forge import Denied, Reaction, Reactions

log = logs.named("hear")
SLASHED = ("github",)  # forges that have no slash commands of their own


def hear(house: House, repository: Repository, event: Commented | Reviewed, by_bot: bool = False) -> str:
    """Carry out the commands of a comment; gives what was answered. Heard a second time, it goes on where it was left.

    `by_bot`: its author is no person, and commands nothing.
    """
    given = parse(event.text, slash=repository.forge in SLASHED, by_bot=by_bot)
    forge, number = house.forge(repository), event.number
    who = event.author if isinstance(event, Commented) else event.person
    head = event.head if isinstance(event, Reviewed) else None
    said: list[bool] = []
    sentences = []
    for place, command in enumerate(given):

        def do(marking: House, command: Command = command) -> str:
            if not said:
                _react(forge, number, event.id, "heard")
            answer = obey.obey(marking, repository.id, command.name, _asked(number, command, head), who)
            said.append(answer.ok)
            _keep(house, repository.id, number, who, command, answer)
            return answer.sentence

        sentences.append(once(house, repository.id, f"comment/{event.id}/{place}", do))
    if said:
        _react(forge, number, event.id, "done" if all(said) else "refused")
        house.ring("speak")
    return "; ".join(sentences)


def _asked(number: int, command: Command, head: str | None) -> dict[str, Any]:
    """What a command is asked with; a review is of one revision, and so is an approval in it."""
    asked: dict[str, Any] = {"number": number, "arguments": command.arguments}
    return {**asked, "head": head} if head is not None and command.name == "approve" else asked


def _keep(
    house: House, repository: str, number: int, who: Person, command: Command, answer: obey.Answer
) -> None:
    """Write down what became of a command, where the contribution is known."""
    with house.database.write() as session:
        row = contributions.get(session, repository, number)
        if row is not None:
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
