"""From a kept delivery to what it asks for, each once, in any order."""

from __future__ import annotations

import asyncio
import time
import zlib

import msgspec
from sqlmodel import Session, col, select

from service import logs
from service.db import repositories
from service.db.inbox import unpack
from service.db.tables import Contribution, Delivery, Repository
from service.git.refs import contribution_heads
from service.house import House
from service.lines import heard, triage
from service.lines.states import State
from service.placement.judge import NoJudge
from webhooks import inbox
from webhooks.event import Event
from webhooks.known import schemes
from webhooks.plain.forge import PlainForge
from webhooks.plain.places import PULLS

log = logs.named("intake")


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
        event: Event = schemes()[row.forge].parse(row.event, unpack(row.body))
    except msgspec.MsgspecError as problem:
        log.warning("delivery not understood", id=row.id, kind=row.event[:40], why=str(problem))
        return f"not understood: {problem}"
    with house.database.read() as session:
        repository = repositories.on(session, row.forge, row.repository)
    if repository is None:
        log.warning("delivery for a repository that we do not serve", id=row.id, repository=row.repository)
        return "not our repository"
    return heard.act(house, repository, event)


def waiting(session: Session) -> list[str]:
    """Deliveries that were kept and not acted on yet, oldest first."""
    query = select(Delivery.id).where(Delivery.state == "kept").order_by(col(Delivery.received))
    return list(session.exec(query))


class _Kept:
    """The inbox as the timetable fills it: it may run in another process than the door."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def keep(self, delivery: inbox.Delivery) -> bool:
        """Commit it; False where the door has it already."""
        with self.house.database.write() as session:
            if session.get(Delivery, delivery.id) is not None:
                return False
            row = Delivery(
                id=delivery.id,
                forge=delivery.forge,
                event=delivery.event,
                repository=delivery.repository,
                body=zlib.compress(delivery.body, 1),
                received=time.time(),
            )
            session.add(row)
        return True


def drain(house: House, repository: Repository) -> list[str]:
    """Keep what the forge could not tell the door; an empty spool costs a look into one folder."""
    forge = house.forge(repository)
    if not isinstance(forge, PlainForge):
        return []
    return asyncio.run(forge.drain(_Kept(house))) if forge.spooled() else []


def catch_up(house: House, repository: Repository) -> int:
    """Compare the forge's open contributions with what we know, and take in what was missed.

    Nothing is compared while the refs stand where they stood at the last time that all was taken in.
    """
    stand = _stand(house, repository)
    if house.compared.get(repository.id) == stand:
        return 0
    forge = house.forge(repository)
    with house.database.read() as session:
        rows = session.exec(select(Contribution).where(Contribution.repository == repository.id))
        known = {row.number: row.head for row in rows if row.verdict is not None or row.state != State.opened}
    missed = [pull for pull in forge.open_pulls() if known.get(pull.number) != pull.head]
    for pull in missed:
        triage.seen(house, repository, forge.pushed(pull))
    house.compared[repository.id] = stand
    return len(missed)


def _stand(house: House, repository: Repository) -> dict[str, str]:
    """Where every ref stands that says what is contributed (heads and papers), or how it is judged (the base)."""
    git = house.git(repository)
    stand = {str(number): head for number, head in contribution_heads(git).items()}
    for name in (PULLS, f"refs/heads/{repository.base_branch}"):
        ref = git.references.get(name)
        stand[name] = str(ref.target) if ref else ""
    return stand


def again(house: House, delivery_id: str) -> bool:
    """Have a delivery acted on once more, by the sweep; False where the door never kept it."""
    with house.database.write() as session:
        row = session.get(Delivery, delivery_id)
        if row is None:
            return False
        row.state, row.note = "kept", None
        session.add(row)
    return True
