"""Judge the newest revision once more, by the rules and the policy as they are now."""

from __future__ import annotations

from typing import Any

from service.db import contributions
from service.house import House
from service.lines import triage
from service.lines.obey import number_of
from service.lines.states import BEFORE_MERGE, State
from service.placement.judge import NoJudge
from service.reports import headline
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "recheck", Right.triage, ""
AUTHORS_TOO = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Judge it; the comment follows where the verdict is another."""
    number = number_of(asked, "contribution")
    with house.database.read() as session:
        state = contributions.must(session, repository, number).state
    if state not in BEFORE_MERGE or state == State.closed:
        raise ValueError(f"It is {state}; only what may still be merged is judged.")
    try:
        why = triage.rejudge(house, house.repository(repository), number)
    except NoJudge:
        raise ValueError("It can't be judged at this moment; ask again later.") from None
    if why is not None:
        raise ValueError(f"It was not judged: {why}.")
    house.ring("fetch")
    with house.database.read() as session:
        verdict = contributions.must(session, repository, number).verdict
    return f"{headline(verdict)}." if verdict else "It was pushed to meanwhile, and is judged anew."
