"""Appeal against the rejection of your contribution: a maintainer other than the one who rejected it decides."""

from __future__ import annotations

from typing import Any

from service.db import contributions
from service.house import House
from service.lines import appeals
from service.lines.obey import number_of, reason_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "appeal", Right.triage, "REASON"
AUTHORS_TOO = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Take it to a second maintainer; once a revision."""
    reason = reason_of(asked)
    if not reason:
        raise ValueError("Say what was overlooked, so that whoever decides knows.")
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        appeals.appeal(session, row, who, reason)
    house.ring("speak")
    return "A maintainer looks again, other than the one who rejected it."
