"""How a maintainer's wish about the next batches is written down: one word a contribution and kind."""

from __future__ import annotations

import time
from typing import Any

from service.db import contributions, words
from service.house import House
from service.lines.states import BEFORE_MERGE, State
from service.record.chain import append
from webhooks.event import Person


def wish(house: House, repository: str, number: int, who: Person, kind: str, **changes: Any) -> None:
    """Change what is wished; with no changes, wish nothing any more. Raises ValueError where a batch has it already."""
    by = f"{who.forge}/{who.id}"
    with house.database.write() as session:
        row = contributions.must(session, repository, number)
        if row.state not in (*BEFORE_MERGE, State.merged):
            raise ValueError(f"It is {row.state}; no batch will take it in any more.")
        known = words.standing(session, repository, [kind], number)
        body = {**(known[-1].body if known else {}), **changes} if changes else {}
        if (known and known[-1].body == body) or not (known or changes):
            return  # said before
        words.end(session, known)
        if changes:
            words.say(session, row, kind, by, time.time(), body)
        append(session, repository, "contribution.wished", {"by": by, "kind": kind, "wish": body}, number)
    house.ring("tick")
