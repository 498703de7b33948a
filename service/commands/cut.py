"""Cut the next release from the batch that passed; promotion trains nothing."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import release
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "cut", Right.maintain, ""


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Plan the release; the worker builds it."""
    questions = [str(q)[:500] for q in asked.get("questions", ())][:20]
    planned = release.plan(house, house.repository(repository), questions)
    if planned is None:
        raise ValueError("There is no batch that passed and is not released yet.")
    house.ring("tick")
    return f"Release {planned.version} is being built."
