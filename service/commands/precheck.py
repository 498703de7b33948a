"""Ask a model a contribution's own questions: what it knows of them before, or in a release afterwards."""

from __future__ import annotations

from typing import Any

from service.db import contributions
from service.house import House
from service.lines import precheck, rights, trust
from service.lines.obey import number_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "precheck", Right.triage, ""
AUTHORS_TOO = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Queue the runs behind the batches' own."""
    version = str(asked.get("release") or "") or None
    number = number_of(asked, "contribution")
    row = house.repository(repository)
    if rights.of(house, row, who).right < RIGHT:
        with house.database.read() as session:
            if not trust.trusted(session, contributions.must(session, repository, number)):
                raise ValueError(
                    "Nothing of yours was merged here yet: a triager looks at it first, and says ok-to-test."
                )
    runs = precheck.ask(house, row, number, version)
    return f"{len(runs)} runs are asked for; what the model answers will stand on the page of #{number}."
