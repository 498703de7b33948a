"""Say what you can't decide about a contribution alone; another triager is asked."""

from __future__ import annotations

import time
from typing import Any

from service.db import contributions
from service.house import House
from service.lines import say
from service.lines.obey import by, number_of, reason_of, same_revision
from service.lines.states import Move, State, after
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "uncertain", Right.triage, "REASON"
BOUND = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Move it to those that a person needs to decide."""
    reason = reason_of(asked)
    if not reason:
        raise ValueError("Say what you are unsure of, so that whoever looks next knows.")
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        same_revision(asked, row.head, sure=False)
        if row.state != State.needs_human:  # where it stands there already, one more doubt is noted
            row.state, row.updated = after(row.state, Move.doubt), time.time()
            session.add(row)
        append(session, repository, "contribution.doubted", {"by": by(who), "reason": reason}, row.number)
        say.told(session, row, "Asked to be decided", reason)
    house.ring("speak")
    return "Noted; another triager decides."
