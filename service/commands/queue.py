"""Say how many are before a contribution, and how long it will take, judging by past batches."""

from __future__ import annotations

import time
from typing import Any

from service.db import contributions
from service.house import House
from service.lines import waits
from service.lines.obey import number_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "queue", Right.read, ""


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Its place and a range of time; where no batch has ended yet, nobody can tell, and this says so."""
    with house.database.read() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        return waits.told(session, row, time.time())
