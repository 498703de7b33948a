"""Take a contribution that was held back into the mix again; the next batch measures it anew."""

from __future__ import annotations

import time
from typing import Any

from service.db import contributions
from service.house import House
from service.lines import say
from service.lines.obey import number_of
from service.lines.states import Move, after
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "readmit", Right.maintain, ""


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Readmit it."""
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        row.state = after(row.state, Move.readmit if row.merged else Move.readmit_unmerged)
        row.batch, row.updated = None, time.time()
        session.add(row)
        append(session, repository, "contribution.readmitted", {"by": f"{who.forge}/{who.id}"}, row.number)
        say.judged(session, row)
    if not row.merged:
        house.look_again(repository)
    house.ring("speak")
    return "It waits for the next batch."
