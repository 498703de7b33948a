"""Correct the culprit search: this contribution did not do it."""

from __future__ import annotations

import time
from typing import Any

from sqlmodel import Session

from service.db import batches
from service.db.tables import Batch, Contribution
from service.house import House
from service.lines.states import Stage, Turn, turned
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT = "acquit", Right.maintain


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Divide the odds of this contribution by 19."""
    return say_of(house, repository, asked, who, "acquit")


def say_of(house: House, repository: str, asked: dict[str, Any], who: Person, word: str) -> str:
    """Write a person's word into the search of the batch that the contribution is in."""
    number = int(asked["number"])
    with house.database.write() as session:
        member = session.get(Contribution, (repository, number))
        batch = session.get(Batch, (repository, member.batch)) if member and member.batch else None
        if batch is None or not _open(session, batch) or number in batch.held:
            raise ValueError(f"Contribution {number} is in no batch that could be searched.")
        batch.said, batch.updated = {**batch.said, str(number): word}, time.time()
        if batch.state == Stage.inconclusive:
            batch.state = turned(batch.state, Turn.search)
        session.add(batch)
        append(
            session, repository, f"batch.{word}", {"batch": batch.id, "by": f"{who.forge}/{who.id}"}, number
        )
    house.ring("tick")
    return f"Noted: {word} {number}."


def _open(session: Session, batch: Batch) -> bool:
    """Whether a word still weighs: the search is to come, goes on, or told nothing and no later batch has begun."""
    if batch.state in (Stage.training, Stage.searching):
        return True
    unresolved = batch.search is not None and batch.search["verdict"] != "blame"
    newest = batches.next_id(session, batch.repository) == batch.id + 1
    return batch.state == Stage.inconclusive and unresolved and newest
