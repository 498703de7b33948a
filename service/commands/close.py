"""Close a contribution that is not merged yet, as its author or a triager; its topic is free for a new one."""

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

NAME, RIGHT, WORDS = "close", Right.triage, "[REASON]"
AUTHORS_TOO = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Close it; a forge on another machine closes it when it is told how the contribution stands."""
    reason = str(asked.get("reason") or " ".join(map(str, asked.get("arguments", ())))).strip()
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        own = (row.author_forge, row.author_id) == (who.forge, who.id)
        if not reason and not own:
            raise ValueError("Say why, so that the author knows what to do.")
        row.state, row.updated = after(row.state, Move.close), time.time()
        session.add(row)
        body = {"by": f"{who.forge}/{who.id}", "reason": reason}
        append(session, repository, "contribution.closed", body, row.number)
        if own:
            say.follow(session, row)
        else:
            say.told(session, row, "Closed", reason)
        say.close(session, row)
        say.close_here(house, row)
    house.ring("speak")
    return "It is closed; pushed again, its topic opens a new contribution."
