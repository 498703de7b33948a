"""Say that you look at a contribution, so that nobody else does the same work; for seven days, or until unclaim."""

from __future__ import annotations

import time
from typing import Any

from service.db import contributions, words
from service.house import House
from service.lines import say
from service.lines.obey import by, number_of
from service.lines.states import BEFORE_MERGE
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "claim", Right.triage, ""
DAYS = 7


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Claim it; again, for seven days from now."""
    now = time.time()
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        if row.state not in BEFORE_MERGE:
            raise ValueError(f"It is {row.state}; nobody needs to look at it.")
        known = [w for w in words.standing(session, repository, [NAME], row.number) if (w.until or 0) > now]
        if other := next((word for word in known if word.by != by(who)), None):
            raise ValueError(f"{other.body['name']} looks at it already.")
        words.end(session, words.standing(session, repository, [NAME], row.number))
        until = now + DAYS * 86_400
        words.say(session, row, NAME, by(who), now, {"name": who.name or who.id}, until=until)
        if not known:
            append(session, repository, "contribution.claimed", {"by": by(who)}, row.number)
        say.refreshed(session, row)
    return f"It is yours to look at for {DAYS} days."
