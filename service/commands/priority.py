"""Say how soon a contribution goes into a batch: `priority high`, `normal` or `low`."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import wishes, wishing
from service.lines.obey import number_of, words_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "priority", Right.triage, "high|normal|low"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Let batches be gathered in this order."""
    word = str(asked.get("priority") or " ".join(words_of(asked)[:1])).lower()
    if word not in wishes.PRIORITIES:
        raise ValueError("Say priority high, priority normal or priority low.")
    wishing.wish(house, repository, number_of(asked, "contribution"), who, wishes.PRIORITY, priority=word)
    return f"Its priority is {word}."
