"""Approve a contribution: bound to the revision that you saw; never your own."""

from __future__ import annotations

import time
from typing import Any

from service.db import contributions
from service.house import House
from service.lines.states import Move, after
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT = "approve", Right.triage


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Approve; with `head` given, only that revision."""
    with house.database.write() as session:
        row = contributions.must(session, repository, int(asked["number"]))
        if (row.author_forge, row.author_id) == (who.forge, who.id):
            raise ValueError("Nobody approves a contribution of their own.")
        if asked.get("head") not in (None, row.head):
            raise ValueError(f"It has moved to {row.head[:12]}; look again.")
        if row.approved_head == row.head and row.merged:
            return "It is merged already."
        row.state = after(row.state, Move.approve)
        row.approved_head, row.approved_by, row.updated = row.head, f"{who.forge}/{who.id}", time.time()
        session.add(row)
        append(
            session,
            repository,
            "contribution.approved",
            {"head": row.head, "by": row.approved_by},
            row.number,
        )
    house.ring("tick")
    return f"Approved {row.head[:12]}; it is merged next."
