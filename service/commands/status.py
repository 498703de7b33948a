"""Say where a contribution stands: its verdict, who looks at it, its approvals, what it waits for, its batch."""

from __future__ import annotations

import time
from typing import Any

from sqlmodel import Session

from service import reports
from service.db import contributions, words
from service.db.tables import Contribution
from service.house import House
from service.lines import approvals, authors, holds
from service.lines.obey import number_of
from service.lines.states import BEFORE_MERGE
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "status", Right.read, ""


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """One sentence for each."""
    needs = house.policy(house.repository(repository)).approve.needs
    with house.database.read() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        said = [f"{row.head[:12]} is {row.state}.", *(_before(session, row, needs))]
        into = authors.goes_on(session, row)
    if into is not None:
        said.append(f"It goes on in contribution {into}.")
    if row.batch is not None:
        said.append(f"Batch {row.batch}.")
    if row.release is not None:
        said.append(f"It is in {row.release}.")
    return " ".join(said)


def _before(session: Session, row: Contribution, needs: int) -> list[str]:
    if row.state not in BEFORE_MERGE:
        return []
    said = [f"{reports.headline(row.verdict)}." if row.verdict else "It is not judged yet."]
    given = approvals.given(session, row)
    said.append(f"{len(given)} of {needs} approvals.")
    now = time.time()
    claims = words.standing(session, row.repository, ["claim"], row.number)
    said += [f"{word.body['name']} looks at it." for word in claims if (word.until or 0) > now]
    return said + holds.why_not(session, row, now)
