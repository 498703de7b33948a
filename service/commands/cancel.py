"""Cancel a run; its batch stops and waits for a maintainer."""

from __future__ import annotations

import time
from typing import Any

from service.db import runs
from service.house import House
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT = "cancel", Right.maintain


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Cancel it; the worker that has it stops at its next heartbeat."""
    with house.database.write() as session:
        row = runs.get(session, int(asked["run"]))
        if row is None or row.repository != repository:
            raise ValueError(f"There is no run {asked['run']}.")
        if not runs.cancel(session, int(asked["run"]), time.time(), f"Cancelled by {who.id}."):
            raise ValueError(f"Run {asked['run']} has ended: {row.state}.")
        append(session, repository, "run.cancelled", {"run": row.id, "by": f"{who.forge}/{who.id}"})
    house.ring("tick")
    return f"Run {asked['run']} is cancelled."
