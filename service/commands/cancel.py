"""Cancel a run; its batch stops and waits for a maintainer."""

from __future__ import annotations

import time
from typing import Any

from service.db import runs
from service.house import House
from service.lines.obey import number_of
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "cancel", Right.maintain, "RUN"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Cancel it; the worker that has it stops at its next heartbeat."""
    number = number_of(asked, "run")
    with house.database.write() as session:
        row = runs.get(session, number)
        if row is None or row.repository != repository:
            raise ValueError(f"There is no run {number}.")
        if not runs.cancel(session, number, time.time(), f"Cancelled by {who.id}."):
            raise ValueError(f"Run {number} has ended: {row.state}.")
        append(session, repository, "run.cancelled", {"run": row.id, "by": f"{who.forge}/{who.id}"})
    house.ring("tick")
    return f"Run {number} is cancelled."
