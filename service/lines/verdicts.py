"""What a new verdict makes of a contribution: where it stands, whose approvals still hold, and what is said.

The first verdict of a revision moves it on from `opened`. A later one, under another policy, moves it again, but for
what people decided: who asked for changes or rejected it is not overruled by a file, and an approval is kept as long
as the verdict would allow to approve.
"""

from __future__ import annotations

import json
import time
from typing import Any

from sqlmodel import Session, col, select

from service.db.tables import Contribution, Event
from service.lines import say
from service.lines.states import MOVES, VERDICT_MOVES, Move, State, after
from service.record.chain import append

PUSHED, APPROVED, WITHDRAWN = (
    "contribution.pushed",
    "contribution.approved",
    "contribution.approval-withdrawn",
)
DECIDED = {"contribution.changes-requested": "Asked for changes", "contribution.rejected": "Rejected"}


def settle(session: Session, row: Contribution, verdict: dict[str, Any]) -> None:
    """Give the contribution its verdict, and let its state, its approvals and its report follow."""
    decided = _decided(session, row)
    before, row.verdict = row.state, verdict
    if row.state == State.conflicted:  # its author pushes next, whatever the verdict is
        say.follow(session, row)
    elif decided is not None:
        say.told(session, row, *decided)
    else:
        row.state = _stands(session, row, VERDICT_MOVES[verdict["verdict"]])
        say.judged(session, row)
    if row.state != before:
        row.updated = time.time()
    session.add(row)


def _stands(session: Session, row: Contribution, move: Move) -> State:
    """Where its verdict puts it; approvals that it does not allow are withdrawn."""
    judged = after(State.opened, move)
    if (judged, Move.approve) in MOVES:
        return State.approved if row.state == State.approved else judged
    if by := approvals(session, row):
        body = {"head": row.head, "by": by, "why": "the policy allows it no more"}
        append(session, row.repository, WITHDRAWN, body, row.number)
    row.approved_head = row.approved_by = None
    return judged if row.state == State.opened else after(after(row.state, Move.judge_again), move)


def _decided(session: Session, row: Contribution) -> tuple[str, str] | None:
    """What a person decided about this revision against it, and why; None where only rules did."""
    query = select(Event).where(Event.stream == row.repository, Event.number == row.number)
    query = query.where(col(Event.kind).in_([PUSHED, *DECIDED])).order_by(col(Event.sequence).desc()).limit(1)
    last = session.exec(query).first()
    if last is None or last.kind == PUSHED:
        return None
    return DECIDED[last.kind], str(json.loads(last.body).get("reason", ""))


def approvals(session: Session, row: Contribution) -> list[str]:
    """Who approved this very head, in their order, as the record tells; a withdrawal ends all before it."""
    query = select(Event).where(Event.stream == row.repository, Event.number == row.number)
    query = query.where(col(Event.kind).in_([APPROVED, WITHDRAWN])).order_by(col(Event.sequence))
    by: list[str] = []
    for event in session.exec(query):
        body = json.loads(event.body)
        if body["head"] == row.head:
            by = [*by, body["by"]] if event.kind == APPROVED else []
    return list(dict.fromkeys(by))
