"""Put a contribution on legal hold, with a reason: only a maintainer lifts it again."""

from __future__ import annotations

from typing import Any

from service.commands.hold import put
from service.house import House
from service.lines import holds
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "legal-hold", Right.triage, "REASON"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Put it on legal hold."""
    return put(house, repository, asked, who, holds.LEGAL)
