"""From a kept delivery to what it asks for, each once, in any order."""

from __future__ import annotations

import asyncio
import time
import zlib

import msgspec
from msgspec.structs import replace
from sqlmodel import Session

from service import logs
from service.db import deliveries, repositories
from service.db.inbox import beside, unpack
from service.db.tables import Delivery, Repository
from service.house import PLAIN, House
from service.lines import heard, order, whose
from service.placement.judge import NoJudge
from service.placement.turns import Turns
from webhooks import inbox
from webhooks.event import Commented, Event, Pushed, Renamed, RightsChanged
from webhooks.forge import Busy, Denied
from webhooks.known import schemes
from webhooks.place import Elsewhere
from webhooks.plain.forge import PlainForge
from webhooks.scheme import payload

AT_MOST, LONGEST = 60, 600.0  # attempts, and seconds between two of them: ten hours in all

log = logs.named("intake")
_taking = Turns()  # the door's ring and the sweep may come for the same one


def take(house: House, delivery_id: str) -> None:
    """Act on one delivery; a second time, or after a crash half-way, nothing is done twice."""
    with _taking.of(delivery_id):
        with house.database.read() as session:
            row = session.get(Delivery, delivery_id)
        if row is not None and row.state == "kept":
            _take(house, row)


def _take(house: House, row: Delivery) -> None:
    try:
        note = _act(house, row)
    except Elsewhere as why:
        log.warning("delivery of a stranger's repository", id=row.id, why=str(why))
        note = f"not ours: {why}"[:300]
    except NoJudge as why:  # kept, so that the sweep asks again
        log.warning("not judged yet", id=row.id, why=str(why))
        return
    except (
        OSError,
        Denied,
    ) as why:  # refused: an App that is suspended, say; that ends, or is given up in the end
        log.warning("the forge does not answer; the delivery waits", id=row.id, why=str(why)[:300])
        _later(house, row.id, why)
        return
    except Exception as fault:
        _later(house, row.id, fault)
        raise
    with house.database.write() as session:
        row = session.get_one(Delivery, row.id)
        row.state, row.note = "done", note
        session.add(row)


def _later(house: House, delivery_id: str, why: Exception) -> None:
    """Try again after a while, longer each time; a fault of ours is given up in the end, for a person to replay."""
    with house.database.write() as session:
        row = session.get_one(Delivery, delivery_id)
        if isinstance(why, Busy):  # and no attempt: to be asked to wait gives nothing up
            after, name = why.after, order.ASKED
        else:
            row.attempts += 1
            after, name = min(2.0 ** min(row.attempts, 20), LONGEST), type(why).__name__
        row.not_before, row.note = time.time() + after, f"{name}: {why}"[:300]
        if row.attempts >= AT_MOST and not isinstance(why, OSError):
            row.state = "failed"
        session.add(row)


def _act(house: House, row: Delivery) -> str | None:
    scheme, body = schemes()[row.forge], payload(unpack(row.body))
    try:
        event: Event = scheme.parse(row.event, body)
        told = scheme.identity(body)
    except (msgspec.MsgspecError, ValueError) as problem:
        log.warning("delivery not understood", id=row.id, kind=row.event[:40], why=str(problem))
        return f"not understood: {problem}"
    if isinstance(event, RightsChanged) and not row.repository:  # of an installation or a team
        _everywhere(house, event)
        return None
    before = event.before if isinstance(event, Renamed) else ""
    repository = whose.whose(house, row.forge, row.repository, told, before)
    if repository is None:
        log.warning("delivery for a repository that we do not serve", id=row.id, repository=row.repository)
        return "not our repository"
    if isinstance(event, order.SPOKEN):
        order.wait(house, row, event)
    return heard.act(house, repository, _dated(row, event))


def _dated(row: Delivery, event: Event) -> Event:
    """With the time at which it came, where a forge on this machine tells none: it rings as soon as it happens."""
    if row.forge == PLAIN and isinstance(event, Pushed | Commented) and not event.at:
        return replace(event, at=row.received)
    return event


def _everywhere(house: House, event: RightsChanged) -> None:
    with house.database.read() as session:
        rows = repositories.of(session, event.forge)
    for repository in rows:
        heard.act(house, repository, event)


def waiting(session: Session) -> list[str]:
    """Deliveries that were kept and not acted on yet and are due, oldest first."""
    return deliveries.waiting(session, time.time())


def prune(house: House) -> int:
    """Forget what was acted on long ago, a little at a time so that nobody waits for it; gives how many."""
    before = time.time() - house.settings.delivery_days * 86_400
    pruned = 0
    while not house.stopping.is_set():
        with house.database.write() as session:
            gone = deliveries.prune(session, before, 1000)
        pruned += gone
        if not gone:
            break
    return pruned


class Spool:
    """The inbox as the timetable fills it from a forge's spool: it may run in another process than the door."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def keep(self, delivery: inbox.Delivery) -> bool:
        """Commit it; False where the door has it already."""
        with self.house.database.write() as session:
            identity, known = delivery.id, session.get(Delivery, delivery.id)
            if known is not None and known.forge != delivery.forge:
                identity = beside(delivery.forge, delivery.id)
                known = session.get(Delivery, identity)
            if known is not None:
                return False
            row = Delivery(
                id=identity,
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
    return asyncio.run(forge.drain(Spool(house))) if forge.spooled() else []


def again(house: House, delivery_id: str) -> bool:
    """Have a delivery acted on once more, by the sweep; False where the door never kept it."""
    with house.database.write() as session:
        row = session.get(Delivery, delivery_id)
        if row is None:
            return False
        row.state, row.note, row.attempts, row.not_before = "kept", None, 0, 0.0
        session.add(row)
    return True
