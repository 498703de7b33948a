"""Correct the culprit search: this contribution did it."""

from __future__ import annotations

from typing import Any

from service.commands.acquit import say_of
from service.house import House
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "blame", Right.maintain, "[#N]"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Multiply the odds of this contribution by 19."""
    return say_of(house, repository, asked, who, "blame")
