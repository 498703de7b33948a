"""Hold a contribution, with a reason: nothing merges it until somebody says unhold, approved or not."""

from __future__ import annotations

from typing import Any

from service.db import contributions
from service.house import House
from service.lines import holding, holds
from service.lines.obey import number_of, reason_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "hold", Right.triage, "REASON"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Hold it."""
    return put(house, repository, asked, who, holds.HOLD)


def put(house: House, repository: str, asked: dict[str, Any], who: Person, kind: str) -> str:
    """Begin a hold of either kind."""
    reason = reason_of(asked)
    if not reason:
        raise ValueError("Say why: it is shown to whoever waits.")
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        holding.put(session, row, kind, who, reason)
    house.ring("speak")
    return f"{holds.CALLED[kind]}; it is not merged before somebody lets go."
