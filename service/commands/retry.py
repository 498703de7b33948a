"""Queue the failed and cancelled runs of a stalled batch again; what is done stays done.

For failures of machinery alone: a batch that the gate refused is measured again by nothing but a new batch.
"""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import standstill
from service.lines.obey import number_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "retry", Right.maintain, "BATCH"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Go on with the batch."""
    number = number_of(asked, "batch")
    again = standstill.retry(house, repository, number, f"{who.forge}/{who.id}")
    return f"Batch {number} goes on: {again} {'run is' if again == 1 else 'runs are'} queued again."
