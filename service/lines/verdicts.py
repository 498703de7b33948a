"""What a new verdict makes of a contribution: where it stands, whose approvals still hold, and what is said.

The first verdict of a revision moves it on from `opened`. A later one, under another policy, moves it again, but for
what people decided: who asked for changes or rejected it is not overruled by a file, and an approval is kept as long
as the verdict would allow to approve.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from sqlmodel import Session, col, select

from service import reports
from service.db.tables import Contribution, Event
from service.lines import approvals, say
from service.lines.states import MOVES, VERDICT_MOVES, Move, State, after
from service.record.chain import append

PUSHED, APPEALED = "contribution.pushed", "contribution.appealed"
DECIDED = {"contribution.changes-requested": "Asked for changes", "contribution.rejected": "Rejected"}


def settle(
    session: Session, row: Contribution, verdict: dict[str, Any], carry: Callable[[], bool] = lambda: False
) -> bool:
    """Give the contribution its verdict, and let its state, its approvals and its report follow.

    `carry` carries approvals over to a revision that is judged for the first time; whether it may be merged by them.
    """
    told = decided(session, row)
    before, row.verdict, merges = row.state, verdict, False
    if row.state == State.conflicted:  # its author pushes next, whatever the verdict is
        say.follow(session, row)
    elif told is not None:
        say.told(session, row, *told)
    elif reports.waits(verdict):  # no last word: nobody can approve it before, and who did waits for it too
        if (row.state, Move.judge_again) in MOVES and row.state != State.approved:
            row.state = after(row.state, Move.judge_again)
        say.judged(session, row)
    else:
        row.state = _stands(session, row, VERDICT_MOVES[verdict["verdict"]])
        merges = before == State.opened and carry()
        say.judged(session, row)
    if row.state != before:
        row.updated = time.time()
    session.add(row)
    return merges


def _stands(session: Session, row: Contribution, move: Move) -> State:
    """Where its verdict puts it; approvals that it does not allow are withdrawn."""
    judged = after(State.opened, move)
    if (judged, Move.approve) in MOVES:
        return State.approved if row.state == State.approved else judged
    if by := approvals.given(session, row):
        body = {"head": row.head, "by": by, "why": "its verdict allows it no more"}
        append(session, row.repository, approvals.WITHDRAWN, body, row.number)
    row.approved_head = row.approved_by = None
    return judged if row.state == State.opened else after(after(row.state, Move.judge_again), move)


def decided(session: Session, row: Contribution) -> tuple[str, str] | None:
    """What a person decided about this revision against it, and why; None where only rules did."""
    query = select(Event).where(Event.stream == row.repository, Event.number == row.number)
    query = (
        query.where(col(Event.kind).in_([PUSHED, APPEALED, *DECIDED]))
        .order_by(col(Event.sequence).desc())
        .limit(1)
    )
    last = session.exec(query).first()
    if last is None or last.kind not in DECIDED:
        return None
    return DECIDED[last.kind], str(json.loads(last.body).get("reason", ""))
