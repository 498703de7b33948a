"""Write down that it was called: an event each time, so that a second time shows."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT = "tally", Right.read


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Tell the record which call this was."""
    with house.database.write() as session:
        append(session, repository, "test.tally", {"call": asked["arguments"][0]}, int(asked["number"]))
    return "Counted."
