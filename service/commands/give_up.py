"""End a batch that stalled, did not pass or shall not be released; its members wait again, or are held back."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import standstill
from service.lines.obey import counted, number_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "give-up", Right.maintain, "BATCH REASON"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Give the batch up; `hold` lists the members that stay out of the mix."""
    number = number_of(asked, "batch")
    words = [str(word) for word in asked.get("arguments", ())][1:]
    reason = str(asked.get("reason") or " ".join(words)).strip()
    if not reason:
        raise ValueError("Say why the batch is given up: it stands in the record.")
    hold = {counted(n, "contribution") for n in asked.get("hold", ())}
    back = standstill.give_up(house, repository, number, f"{who.forge}/{who.id}", reason, hold)
    waiting = ", ".join(f"#{n}" for n in back) or "nobody"
    return f"Batch {number} is given up; {waiting} may go into the next one."
