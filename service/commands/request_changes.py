"""Ask the author of a contribution for changes."""

from __future__ import annotations

import time
from typing import Any

from service.db import contributions
from service.house import House
from service.lines import appeals, say
from service.lines.obey import number_of, reason_of, same_revision
from service.lines.states import Move, after
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "request-changes", Right.triage, "REASON"
BOUND = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Ask for changes."""
    return move(house, repository, asked, who, Move.ask_for_changes, "Asked for changes")


def move(house: House, repository: str, asked: dict[str, Any], who: Person, by: Move, told: str) -> str:
    """Move a contribution and record who did it and why."""
    reason = reason_of(asked)
    if not reason:
        raise ValueError("Say why, so that the author knows what to do.")
    appeals.ask_for_maintainer(house, repository, number_of(asked, "contribution"), who)
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        same_revision(asked, row.head, sure=False)  # a no does no harm, and the next push ends it
        row.state, row.updated = after(row.state, by), time.time()
        appeals.decide(session, row, who)
        session.add(row)
        body = {"by": f"{who.forge}/{who.id}", "reason": reason}
        append(session, repository, f"contribution.{row.state}", body, row.number)
        say.told(session, row, told, reason)
    house.ring("speak")
    return f"{told}."
