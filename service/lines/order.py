"""Who spoke first is heard first, also where the forge asked to wait before it told what they may do.

An approval that waits for a minute would else be carried out after it was taken back. Only words about the same
contribution wait, and only for one that the forge itself put off: a fault of ours with one word silences nobody.
"""

from __future__ import annotations

import time

import msgspec

from service.db import deliveries
from service.db.inbox import unpack
from service.db.tables import Delivery
from service.house import House
from webhooks.event import Commented, Event, Labelled, Reviewed, Together
from webhooks.forge import Busy
from webhooks.known import schemes
from webhooks.scheme import payload

SPOKEN = (Commented, Reviewed, Labelled, Together)
ASKED = "Asked to wait"  # how the note of such a delivery begins
A_MOMENT = 0.1


def wait(house: House, row: Delivery, event: Commented | Reviewed | Labelled | Together) -> None:
    """Raises Busy, until then, where an earlier word about the same contribution still waits."""
    if isinstance(event, Commented) and "upweight" not in event.text.casefold():
        return  # it asks for nothing
    number, now = _about(event), time.time()
    with house.database.read() as session:
        earlier = deliveries.put_off(session, row, ASKED)
    until = [max(now, each.not_before) for each in earlier if _number(each) == number]
    if until and number is not None:
        raise Busy(f"an earlier word about {number} waits", max(until) - now + A_MOMENT)


def _number(row: Delivery) -> int | None:
    """The contribution that a delivery speaks of; None where it gives no command."""
    try:
        event = schemes()[row.forge].parse(row.event, payload(unpack(row.body)))
    except msgspec.MsgspecError:
        return None
    return _about(event)


def _about(event: Event) -> int | None:
    """The contribution that somebody speaks of; None where nobody does."""
    if isinstance(event, Together):
        return next((each.number for each in event.events if isinstance(each, Labelled)), None)
    return event.number if isinstance(event, Commented | Reviewed | Labelled) else None
