"""What follows from each thing that a forge tells: one line an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service import logs
from service.db.tables import Repository
from service.house import House
from service.lines import merge_on_forge, mirrors, obey, queue, triage
from webhooks import command
from webhooks.event import (
    BranchMoved,
    Closed,
    Commented,
    Event,
    Person,
    Pressed,
    Pushed,
    Queued,
    Renamed,
    Reviewed,
    RightsChanged,
)

log = logs.named("heard")
AGAIN = "again"  # the button of a check that asks for another judgement
REVIEWS = {"approved": "approve", "changes_requested": "request-changes"}


def act(house: House, repository: Repository, event: Event) -> str | None:
    """Do what one event asks for; gives a note for the list of deliveries. Raises OSError where to try later."""
    line = _LINES.get(type(event))
    return line(house, repository, event) if line is not None else None


def _pushed(house: House, repository: Repository, event: Pushed) -> str | None:
    mirrors.fetch(house, repository, event.number)
    return triage.seen(house, repository, event)


def _moved(house: House, repository: Repository, event: BranchMoved) -> None:
    if event.branch == repository.base_branch:
        mirrors.fetch(house, repository)
        house.ring("tick")  # its policy may have changed, and the sweep looks


def _closed(house: House, repository: Repository, event: Closed) -> str | None:
    if event.merged is None:
        return triage.closed(house, repository, event.number)
    mirrors.fetch(house, repository, event.number)
    by = f"{event.person.forge}/{event.person.id}"
    return merge_on_forge.by_hand(house, repository, event.number, event.merged, by)


def _commented(house: House, repository: Repository, event: Commented) -> str:
    return _commands(house, repository, event.number, event.text, event.author)


def _reviewed(house: House, repository: Repository, event: Reviewed) -> str:
    """A review is a word like any other: whoever may not give it on a page has not given it here."""
    said = []
    if name := REVIEWS.get(event.said):
        asked = {"number": event.number, "head": event.head, "reason": event.text or "See the review."}
        said.append(obey.obey(house, repository.id, name, asked, event.person).sentence)
    if event.text:
        said.append(_commands(house, repository, event.number, event.text, event.person))
    return "; ".join(filter(None, said))


def _commands(house: House, repository: Repository, number: int, text: str, who: Person) -> str:
    answers = [
        obey.obey(house, repository.id, each.name, {"number": number, "arguments": each.arguments}, who)
        for each in command.parse(text)
    ]
    return "; ".join(answer.sentence for answer in answers)


def _pressed(house: House, repository: Repository, event: Pressed) -> str | None:
    if event.button != AGAIN:
        return "no such button"
    mirrors.fetch(house, repository, event.number)
    return triage.rejudge(house, repository, event.number)


def _renamed(house: House, repository: Repository, event: Renamed) -> None:
    with house.database.write() as session:
        row = session.get_one(Repository, repository.id)
        log.warning(
            "the repository has another name", repository=row.id, before=row.name, now=event.repository
        )
        row.name = event.repository
        session.add(row)


def _rights(house: House, repository: Repository, event: RightsChanged) -> None:
    forget = getattr(house.forge(repository), "forget", None)
    if forget is not None:
        forget()


_LINES: dict[type[Any], Callable[[House, Repository, Any], str | None]] = {
    Pushed: _pushed,
    BranchMoved: _moved,
    Closed: _closed,
    Commented: _commented,
    Reviewed: _reviewed,
    Pressed: _pressed,
    Renamed: _renamed,
    Queued: queue.answer,
    RightsChanged: _rights,
}
