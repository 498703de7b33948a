"""Say which conditions are unmet: for the merge, for a batch, for a release."""

from __future__ import annotations

from typing import Any

from service.db import contributions
from service.house import House
from service.lines import criteria
from service.lines.obey import number_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "why", Right.read, ""


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Each step with what it waits for; the steps that are done are left out."""
    policy = house.policy(house.repository(repository))
    with house.database.read() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        unmet = criteria.unmet(session, row, policy)
    if not unmet:
        return f"Nothing is unmet: it is {row.state}."
    return " ".join(f"For the {step}: {'; '.join(what)}." for step, what in unmet.items())
