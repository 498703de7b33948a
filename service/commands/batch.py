"""Start a batch of merged contributions now, all that wait or the ones named."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import batch, intent
from service.lines.obey import counted
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT = "batch", Right.maintain


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Form the batch; asking twice gives the same one."""
    named = asked.get("numbers") or asked.get("arguments", ())  # ticked on the page, or words of a comment
    numbers = [counted(n, "contribution") for n in named] or None
    profile = str(asked.get("profile") or "") or None
    if profile not in (None, *intent.PROFILES):
        raise ValueError(f"A batch is declared as one of {', '.join(intent.PROFILES)}.")
    made = batch.form(house, house.repository(repository), numbers, profile)
    if made is None:
        raise ValueError(
            "No batch can start now: one is in work, or not all of these are merged and waiting."
        )
    house.ring("tick")
    return f"Batch {made.id}."
