"""What follows from each thing that a forge tells: one line an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from service import logs
from service.db import contributions, repositories
from service.db.tables import Obeyed, Repository
from service.house import House
from service.lines import (
    board,
    hear,
    labels,
    merge_on_forge,
    mirrors,
    press,
    queue,
    rights,
    stale,
    triage,
    whose,
)
from service.lines.once import once
from webhooks.event import (
    BranchMoved,
    Closed,
    Commented,
    Event,
    Labelled,
    Person,
    Pressed,
    Pushed,
    Queued,
    Redrawn,
    Renamed,
    Reviewed,
    RightsChanged,
    Together,
)
from webhooks.forge import Denied, Listing, Ourselves, Remembering
from webhooks.now import Approvals, Endings

log = logs.named("heard")
AGAIN = "again"  # the button of a check that asks for another judgement
DISMISSED = "dismissed"
OURS = "by ourselves"
REVIEWS = {"approved": "approve", "changes_requested": "request-changes", DISMISSED: "unapprove"}


def act(house: House, repository: Repository, event: Event) -> str | None:
    """Do what one event asks for; gives a note for the list of deliveries. Raises OSError where to try later."""
    line = _LINES.get(type(event))
    return line(house, repository, event) if line is not None else None


def _pushed(house: House, repository: Repository, event: Pushed) -> str | None:
    """What the forge says now counts, not what it said when it sent this: deliveries come late and in any order."""
    forge = house.forge(repository)
    if isinstance(forge, Listing):
        pull = forge.pull(event.number)
        if pull is None:
            return "not open on the forge any more"
        told = forge.pushed(pull)
        dated = {"at": event.at or told.at, "first": event.first} if told.head == event.head else {}
        event = replace(told, **dated)
    return _taken(house, repository, event)


def _taken(house: House, repository: Repository, event: Pushed) -> str | None:
    if event.base_branch != repository.base_branch:
        return triage.elsewhere(house, repository, event.number, event.base_branch)
    mirrors.fetch(house, repository, event.number)
    return triage.seen(house, repository, event)


def _ours(house: House, repository: Repository, who: Person) -> bool:
    """Whether we did it ourselves, as an account like any other: that is told to us too, and is nobody's wish.

    Who is refused to ask who we are finds out nobody's rights either. Raises OSError.
    """
    forge = house.forge(repository)
    try:
        return isinstance(forge, Ourselves) and forge.ours(who)
    except Denied as why:
        log.warning("the forge does not say who we are", repository=repository.id, why=str(why)[:300])
        return False


def _met(house: House, repository: Repository, number: int, head: str = "") -> None:
    """Take in a contribution, or a head of it, that people speak of before any delivery told of it."""
    with house.database.read() as session:
        row = contributions.get(session, repository.id, number)
    if row is not None and head in ("", row.head):
        return
    forge = house.forge(repository)
    pull = forge.pull(number) if isinstance(forge, Listing) else None
    if pull is not None:
        _taken(house, repository, forge.pushed(pull))


def _moved(house: House, repository: Repository, event: BranchMoved) -> None:
    if event.branch == repository.base_branch:
        mirrors.fetch(house, repository)
        house.ring("tick")  # its policy may have changed, and the sweep looks


def _closed(house: House, repository: Repository, event: Closed) -> str | None:
    forge = house.forge(repository)
    if isinstance(forge, Listing) and forge.pull(event.number) is not None:
        return "open again on the forge"
    if event.merged is None:
        return triage.closed(house, repository, event.number)
    mirrors.refresh(
        house, repository, [event.number]
    )  # refused, nobody knows where it was merged: asked again
    by = f"{event.person.forge}/{event.person.id}"
    said = forge.merged(event.number) if isinstance(forge, Endings) else None
    return merge_on_forge.by_hand(house, repository, event.number, said or event.merged, by)


def _commented(house: House, repository: Repository, event: Commented) -> str:
    given = hear.commands(repository, event)
    if given:
        if _ours(house, repository, event.author):
            return OURS
        _met(house, repository, event.number, event.head)
    stale.spoke(house, repository, event)
    return hear.hear(house, repository, event, given)


def _reviewed(house: House, repository: Repository, event: Reviewed) -> str:
    """A review is a word like any other: whoever may not give it on a page has not given it here."""
    said = []
    if _ours(house, repository, event.person):
        return OURS
    _met(house, repository, event.number, event.head)
    forge = house.forge(repository)
    now = forge.approves(event.number, event.person) if isinstance(forge, Approvals) else None
    if now is not None and now == (event.said == DISMISSED):
        return "not so any more"
    if event.said == DISMISSED and not _stands_at(house, repository, event):
        return "of another revision"
    if (name := REVIEWS.get(event.said)) and not _dismissed(house, repository, event):
        asked = {"number": event.number, "head": event.head, "reason": event.text or "See the review."}
        key = DISMISSED if event.said == DISMISSED else "review"

        def do(marking: House) -> str:
            return hear.carry_out(marking, repository, name, asked, event.person).sentence

        said.append(once(house, repository.id, f"comment/{event.id}/{key}", do))
        house.ring("speak")
    said.append(hear.hear(house, repository, event, hear.commands(repository, event)))
    return "; ".join(filter(None, said))


def _stands_at(house: House, repository: Repository, event: Reviewed) -> bool:
    with house.database.read() as session:
        row = contributions.get(session, repository.id, event.number)
    return row is not None and row.head == event.head


def _dismissed(house: House, repository: Repository, event: Reviewed) -> bool:
    """Whether this review was taken back before it came: it approves nothing any more."""
    if event.said == DISMISSED:
        return False
    with house.database.read() as session:
        return session.get(Obeyed, (repository.id, f"comment/{event.id}/{DISMISSED}")) is not None


def _labelled(house: House, repository: Repository, event: Labelled) -> str:
    if _ours(house, repository, event.person):
        return OURS
    _met(house, repository, event.number, event.head)
    return labels.heed(house, repository, event)


def _together(house: House, repository: Repository, event: Together) -> str:
    """Each in its turn; of a label that is changed back by the one before, nothing is left to do."""
    notes = [act(house, repository, each) for each in event.events]
    return "; ".join(note for note in notes if note)


def _pressed(house: House, repository: Repository, event: Pressed) -> str | None:
    if event.button != AGAIN:
        return "no such button"
    with house.database.read() as session:
        at_head = contributions.at_head(session, repository.id, event.head)
        known = contributions.get(session, repository.id, event.number)
    number = event.number if known is not None else at_head
    if number is None:
        return "at no contribution that we know"
    mirrors.fetch(house, repository, number)
    note = triage.rejudge(house, repository, number)
    marked = press.answer(house, repository, number)
    return note or marked


def _renamed(house: House, repository: Repository, event: Renamed) -> str | None:
    """Its new name, by the forge's own word where it keeps ids: a delivery can say anything."""
    if repository.forge_id is not None:
        now = whose.followed(house, repository, event.repository)
        return None if now.name.casefold() == event.repository.casefold() else "not so on the forge"
    with house.database.write() as session:
        other = repositories.on(session, repository.forge, event.repository)
        if other is not None and other.id != repository.id:
            return f"{other.id} is served by that name"
        row = session.get_one(Repository, repository.id)
        log.warning(
            "the repository has another name", repository=row.id, before=row.name, now=event.repository
        )
        row.name = event.repository
        session.add(row)
    return None


def _rights(house: House, repository: Repository, event: RightsChanged) -> None:
    rights.forget(house, repository.id)
    forge = house.forge(repository)
    if isinstance(forge, Remembering):
        forge.forget_rights()


_LINES: dict[type[Any], Callable[[House, Repository, Any], str | None]] = {
    Pushed: _pushed,
    BranchMoved: _moved,
    Closed: _closed,
    Commented: _commented,
    Reviewed: _reviewed,
    Labelled: _labelled,
    Together: _together,
    Pressed: _pressed,
    Redrawn: board.heard,
    Renamed: _renamed,
    Queued: queue.answer,
    RightsChanged: _rights,
}
