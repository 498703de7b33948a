"""Trust the newest revision of a new author for costly jobs (precheck); the next push needs it anew."""

from __future__ import annotations

import time
from typing import Any

from service.db import contributions, words
from service.house import House
from service.lines import authors, say, trust
from service.lines.obey import by, number_of, same_revision
from service.lines.states import BEFORE_MERGE
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "ok-to-test", Right.triage, ""
BOUND = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Trust it."""
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        if row.state not in BEFORE_MERGE:
            raise ValueError(f"It is {row.state}; there is nothing to be trusted with.")
        if authors.wrote(session, row, who):
            raise ValueError("Nobody vouches for themselves.")
        same_revision(asked, row.head)
        if not trust.granted(session, row):
            body = {"name": who.name or who.id}
            words.say(session, row, trust.TRUST, by(who), time.time(), body, head=row.head)
            told = {"by": by(who), "head": row.head}
            append(session, repository, "contribution.trusted", told, row.number)
            say.refreshed(session, row)
    return f"{row.head[:12]} may be tested; the next push needs this anew."
