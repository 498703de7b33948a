"""End a freeze before its time; name the paths as they were named then."""

from __future__ import annotations

from typing import Any

from service.house import House
from service.lines import holding
from service.lines.obey import words_of
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "unfreeze", Right.maintain, "PATHS"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """End it."""
    paths = holding.paths_of(words_of(asked))
    with house.database.write() as session:
        holding.unfreeze(session, repository, paths, who)
    house.ring("tick")
    return f"{', '.join(paths)} is frozen no more."
