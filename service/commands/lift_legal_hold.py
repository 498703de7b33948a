"""Lift a legal hold; say what was cleared up, since it stands in the record."""

from __future__ import annotations

from typing import Any

from service.commands.unhold import lift
from service.house import House
from service.lines import holds
from service.lines.obey import reason_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "lift-legal-hold", Right.maintain, "REASON"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Lift it."""
    if not reason_of(asked):
        raise ValueError("Say what was cleared up: it stands in the record.")
    return lift(house, repository, asked, who, holds.LEGAL)
