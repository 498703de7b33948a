"""Take your approval of the newest revision back, as long as it is not merged."""

from __future__ import annotations

import time
from typing import Any

from service.db import contributions
from service.house import House
from service.lines import approvals, say
from service.lines.obey import by, number_of, reason_of
from service.lines.states import VERDICT_MOVES, Move, State, after
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "unapprove", Right.triage, ""
APPROVES = True


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Take it back; where too few are left, it waits for approvals again."""
    needs = house.policy(house.repository(repository)).approve.needs
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        if row.merged:
            raise ValueError("It is merged already.")
        if by(who) not in (given := approvals.given(session, row)):
            raise ValueError(f"You have not approved {row.head[:12]}.")
        body = {"head": row.head, "by": by(who), "reason": reason_of(asked)}
        append(session, repository, approvals.TAKEN_BACK, body, row.number)
        given.remove(by(who))
        if row.state == State.approved and len(given) < needs:
            opened = after(row.state, Move.unapprove)
            row.state = after(opened, VERDICT_MOVES[(row.verdict or {})["verdict"]])
            row.approved_head = row.approved_by = None
            row.updated = time.time()
        elif row.state == State.approved:
            row.approved_by = ", ".join(given)
        session.add(row)
        say.judged(session, row)
    house.ring("speak")
    return f"You approve {row.head[:12]} no more."
