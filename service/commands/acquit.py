"""Correct the culprit search: this contribution did not do it."""

from __future__ import annotations

import time
from typing import Any

from service.db.tables import Batch, Contribution
from service.house import House
from service.lines import standstill
from service.lines.obey import counted, number_of, words_of
from service.lines.states import Stage, Turn, turned
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "acquit", Right.maintain, "[#N]"


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Divide the odds of this contribution by 19."""
    return say_of(house, repository, asked, who, "acquit")


def say_of(house: House, repository: str, asked: dict[str, Any], who: Person, word: str) -> str:
    """Write a person's word into the search of the batch that the contribution is in."""
    named = next(iter(words_of(asked)), "")
    number = counted(named, "contribution") if named else number_of(asked, "contribution")
    with house.database.write() as session:
        member = session.get(Contribution, (repository, number))
        batch = session.get(Batch, (repository, member.batch)) if member and member.batch else None
        if batch is None or not standstill.hears(session, batch, number):
            raise ValueError(f"Contribution {number} is in no batch that could be searched.")
        standstill.take_up(session, batch)
        batch.said, batch.updated = {**batch.said, str(number): word}, time.time()
        if batch.state == Stage.inconclusive:
            batch.state = turned(batch.state, Turn.search)
        session.add(batch)
        append(
            session, repository, f"batch.{word}", {"batch": batch.id, "by": f"{who.forge}/{who.id}"}, number
        )
    house.ring("tick")
    return f"Noted: {word} {number}."
