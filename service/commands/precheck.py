"""Ask a model a contribution's own questions: what it knows of them before, or in a release afterwards."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import precheck
from service.lines.obey import number_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT = "precheck", Right.triage
AUTHORS_TOO = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Queue the runs behind the batches' own."""
    version = str(asked.get("release") or "") or None
    number = number_of(asked, "contribution")
    runs = precheck.ask(house, house.repository(repository), number, version)
    return f"{len(runs)} runs are asked for; what the model answers will stand on the page of #{number}."
