"""From a kept delivery to what it asks for, each once, in any order."""

from __future__ import annotations

import msgspec
import structlog
from sqlmodel import Session, col, select

from service.db.inbox import unpack
from service.db.tables import Contribution, Delivery, Repository
from service.house import House
from service.lines import triage
from service.placement.judge import NoJudge
from webhooks.event import Closed, Commented, Event, Pushed
from webhooks.plain.scheme import SCHEME

log = structlog.get_logger("intake")


def take(house: House, delivery_id: str) -> None:
    """Act on one delivery; a second time, or after a crash half-way, nothing is done twice."""
    with house.database.read() as session:
        row = session.get(Delivery, delivery_id)
    if row is None or row.state == "done":
        return
    try:
        note = _act(house, row)
    except NoJudge as why:  # kept, so that the sweep asks again
        log.warning("not judged yet", id=row.id, why=str(why))
        return
    with house.database.write() as session:
        row = session.get_one(Delivery, delivery_id)
        row.state, row.note = "done", note
        session.add(row)


def _act(house: House, row: Delivery) -> str | None:
    try:
        event: Event = SCHEME.parse(row.event, unpack(row.body))
    except msgspec.MsgspecError as problem:
        log.warning("delivery not understood", id=row.id, kind=row.event[:40], why=str(problem))
        return f"not understood: {problem}"
    with house.database.read() as session:
        repository = session.get(Repository, row.repository)
    if repository is None:
        log.warning("delivery for a repository that we do not serve", id=row.id, repository=row.repository)
        return "not our repository"
    if isinstance(event, Pushed):
        return triage.seen(house, repository, event)
    if isinstance(event, Closed):
        return triage.closed(house, repository, event.number)
    if isinstance(event, Commented):
        return _obey(house, repository, event)
    return None


def _obey(house: House, repository: Repository, event: Commented) -> str:
    from service.lines import obey
    from webhooks.command import parse

    said = [obey.obey(house, repository.id, command.name, {"number": event.number, "arguments": command.arguments},
                      event.author) for command in parse(event.text)]  # fmt: skip
    return "; ".join(answer.sentence for answer in said)


def waiting(session: Session) -> list[str]:
    """Deliveries that were kept and not acted on yet, oldest first."""
    query = select(Delivery.id).where(Delivery.state == "kept").order_by(col(Delivery.received))
    return list(session.exec(query))


def catch_up(house: House, repository: Repository) -> int:
    """Compare the forge's open contributions with what we know, and take in what was missed."""
    forge = house.forge(repository)
    with house.database.read() as session:
        rows = session.exec(select(Contribution).where(Contribution.repository == repository.id))
        known = {row.number: row.head for row in rows}
    missed = [pull for pull in forge.open_pulls() if known.get(pull.number) != pull.head]
    for pull in missed:
        triage.seen(house, repository, forge.pushed(pull))
    return len(missed)


def again(house: House, delivery_id: str) -> bool:
    """Have a delivery acted on once more, by the sweep; False where the door never kept it."""
    with house.database.write() as session:
        row = session.get(Delivery, delivery_id)
        if row is None:
            return False
        row.state, row.note = "kept", None
        session.add(row)
    return True
