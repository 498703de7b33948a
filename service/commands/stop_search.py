"""End the culprit search of a batch as unresolved: nobody is held back, and a person decides."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import standstill
from service.lines.obey import number_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "stop-search", Right.maintain, "BATCH"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Stop it; a word about a member (`blame`, `acquit`) takes it up again."""
    number = number_of(asked, "batch")
    many = standstill.stop_search(house, repository, number, f"{who.forge}/{who.id}")
    return (
        f"The search of batch {number} is stopped; {many} {'run is' if many == 1 else 'runs are'} cancelled."
    )
