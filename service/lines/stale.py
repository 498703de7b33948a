"""The clock of a contribution that waits: for its author, who is reminded and then let go, or for us.

It runs against an author only while they are asked for something. A push or a comment of theirs stops it: from then on
it is our turn, and a silence of ours is told to maintainers, never to the author.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session, col, select

from service import logs
from service.db import contributions
from service.db.tables import Contribution, Event, Repository
from service.house import House
from service.lines import authors, say
from service.lines.states import Move, State, after
from service.policy import StaleSection
from service.record.chain import append
from webhooks.event import Commented
from webhooks.forge import Denied

log = logs.named("stale")
DAY, HOUR = 86_400.0, 3_600.0
looked: dict[tuple[str, str], float] = {}  # when the clocks of a repository were read last, by home and id
REMINDED, SPOKE = "contribution.reminded", "contribution.author-spoke"
ASKED = (State.changes_requested, State.conflicted)  # its author is asked for something
OURS = (State.opened, State.needs_review, State.needs_human)
ASKS = ("contribution.changes-requested", "contribution.conflicted")
AUTHORS = ("contribution.pushed", SPOKE)

Due = Literal["remind", "close", "ours"]


@dataclass(frozen=True)
class Silence:
    """A contribution that nobody on our side has looked at for so many days."""

    number: int
    state: str
    days: int


def due(row: Contribution, events: Sequence[Event], now: float, policy: StaleSection) -> Due | None:
    """What a contribution's silence asks for now; `events` are its own, in their order. Days of 0 mean never."""
    asked = asked_since(row, events)
    if asked is None:
        quiet = now - max((event.at for event in events), default=row.updated)
        waits = not row.draft and (row.state in OURS or (row.state in ASKED and _spoke(events)))
        return (
            "ours" if waits and policy.remind_after_days and quiet >= policy.remind_after_days * DAY else None
        )
    reminded = max((e.at for e in events if e.kind == REMINDED and e.at >= asked), default=None)
    if reminded is None:
        late = policy.remind_after_days and now - asked >= policy.remind_after_days * DAY
        return "remind" if late else None
    return "close" if policy.close_after_days and now >= closes(asked, reminded, policy) else None


def asked_since(row: Contribution, events: Sequence[Event]) -> float | None:
    """When its author was asked for what is open still; None where they are not, or have spoken since."""
    if row.state not in ASKED or _spoke(events):
        return None
    return max((event.at for event in events if _asks(event)), default=row.updated)


def left(session: Session, row: Contribution) -> bool:
    """Whether its author was asked for something, was reminded of it, and has said nothing since."""
    events = _events(session, row)
    asked = asked_since(row, events)
    return asked is not None and any(each.kind == REMINDED and each.at >= asked for each in events)


def closes(asked: float, reminded: float, policy: StaleSection) -> float:
    """When it is closed: never sooner after its reminder than the policy leaves between the two."""
    notice = (policy.close_after_days - policy.remind_after_days) * DAY
    return max(asked + policy.close_after_days * DAY, reminded + notice)


def _asks(event: Event) -> bool:
    judged = event.kind == "contribution.judged"
    return event.kind in ASKS or (judged and json.loads(event.body).get("verdict") == "changes-requested")


def _spoke(events: Sequence[Event]) -> bool:
    """Whether the author had the last word; a person who asks anew has it after that."""
    turns = [event.kind in AUTHORS for event in events if event.kind in AUTHORS or _asks(event)]
    return bool(turns) and turns[-1]


def by_timetable(house: House, repository: Repository, every: float = HOUR) -> None:
    """Remind and close what is due, once in `every` seconds, since days are counted and the sweep comes every two.

    A transaction each: what changed meanwhile is looked at anew.
    """
    key = (str(house.home), repository.id)
    if time.monotonic() - looked.get(key, -every) < every:
        return
    looked[key] = time.monotonic()
    policy = house.policy(repository).stale
    with house.database.read() as session:
        listed = _silent(session, repository.id, ASKED, time.time(), policy)
    for row, events in listed:
        if due(row, events, time.time(), policy) is None:
            continue
        try:
            _act(house, repository, row.number, policy)
        except (OSError, Denied) as problem:  # the forge's, and no reason to leave the others out
            log.warning("not closed", repository=repository.id, number=row.number, why=str(problem))


def ours(session: Session, repository: str, policy: StaleSection, now: float) -> list[Silence]:
    """What waits for us longer than the policy lets an author wait; the longest silence first."""
    silent = [
        Silence(row.number, row.state, int((now - max((e.at for e in events), default=row.updated)) / DAY))
        for row, events in _silent(session, repository, (*ASKED, *OURS), now, policy)
        if due(row, events, now, policy) == "ours"
    ]
    return sorted(silent, key=lambda each: (-each.days, each.number))


def spoke(house: House, repository: Repository, event: Commented) -> bool:
    """Its author wrote something: the clock stops. Whether it was one who is waited for; a repeat changes nothing."""
    with house.database.write() as session:
        row = contributions.get(session, repository.id, event.number)
        if row is None or not authors.wrote(session, row, event.author):
            return False
        if row.state not in ASKED or _spoke(_events(session, row)):
            return False
        append(session, repository.id, SPOKE, {"comment": event.id}, row.number)
        say.heard(session, row)
    house.ring("speak")
    return True


def _silent(
    session: Session, repository: str, states: Sequence[State], now: float, policy: StaleSection
) -> list[tuple[Contribution, list[Event]]]:
    """What has stood long enough in one of these states for its clock to be read, with its events."""
    if not policy.remind_after_days:
        return []
    query = select(Contribution).where(Contribution.repository == repository)
    query = query.where(col(Contribution.state).in_(states))
    rows = list(session.exec(query.where(col(Contribution.updated) <= now - policy.remind_after_days * DAY)))
    told: dict[int | None, list[Event]] = defaultdict(list)
    events = select(Event).where(Event.stream == repository, col(Event.number).in_([r.number for r in rows]))
    for event in session.exec(events.order_by(col(Event.sequence))):
        told[event.number].append(event)
    return [(row, told[row.number]) for row in rows]


def _events(session: Session, row: Contribution) -> list[Event]:
    query = select(Event).where(Event.stream == row.repository, Event.number == row.number)
    return list(session.exec(query.order_by(col(Event.sequence))))


def _act(house: House, repository: Repository, number: int, policy: StaleSection) -> None:
    now = time.time()
    with house.database.write() as session:
        row = session.get_one(Contribution, (repository.id, number))
        events = _events(session, row)
        step, asked = due(row, events, now, policy), asked_since(row, events)
        if asked is None or step not in ("remind", "close"):
            return
        days = int((now - asked) / DAY)
        if step == "remind":
            end = closes(asked, now, policy) if policy.close_after_days else None
            append(session, repository.id, REMINDED, {"days": days, "closes": end}, number)
            say.reminded(session, row, days, end)
        else:
            row.state, row.updated = after(row.state, Move.close), now
            session.add(row)
            append(
                session, repository.id, "contribution.closed", {"reason": f"silent for {days} days"}, number
            )
            say.closed_for_silence(session, row, days)
            say.close_here(house, row)
    log.info("silence", repository=repository.id, number=number, step=step, days=days)
    house.ring("speak")
