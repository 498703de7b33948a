"""How the work on a batch ends: decided by its gates, with whom that holds back, or stalled by a run that broke."""

from __future__ import annotations

import time

from sqlmodel import Session

from eval_harness.gate import DROP
from service.db.tables import Batch, Contribution, Run
from service.house import House
from service.lines import ledger, say
from service.lines.case import Ends
from service.lines.states import OPEN, Move, Turn, after, along, turned
from service.record.chain import append


def end(house: House, batch: Batch, ends: Ends) -> None:
    """Write the decision down, and hold back whom the search has found."""
    with house.database.write() as session:
        row = session.get(Batch, (batch.repository, batch.id))
        if row is None or row.updated != batch.updated:
            return
        ledger.tell_gates(session, row, ends.gates)
        ledger.tell_searches(session, row, ends.search)
        row.state, row.gates, row.search = along(row.state, ends.decision), list(ends.gates), ends.search
        new = [number for number in ends.blamed if number not in row.held]
        row.held, row.updated = list(ends.blamed), time.time()
        session.add(row)
        told = {"batch": row.id, "decision": ends.decision, "mix": list(ends.mix), "held": row.held}
        append(session, row.repository, "batch.decided", told)
        for number in new:
            _hold_back(session, row, number)
        say.batch_moved(session, row)
    house.ring("tick")


def _hold_back(session: Session, batch: Batch, number: int) -> None:
    member = session.get(Contribution, (batch.repository, number))
    if member is None or batch.search is None:
        return
    searches = [*batch.search.get("earlier", ()), batch.search]
    # the gates that were searched: the last look at each mix
    last = {tuple(gate["members"]): gate for gate in batch.gates}
    gate, search = next(
        pair for pair in zip(last.values(), searches, strict=False) if number in pair[1]["blamed"]
    )
    fell = next(x for x in gate["result"]["leaves"] if x["leaf"] == search["leaf"])
    member.state = after(member.state, Move.hold_back)
    member.held = {
        "batch": batch.id,
        "leaf": fell["leaf"],
        "change": fell["change"],
        "low": fell["low"],
        "high": fell["high"],
        "limit": DROP,
        "posterior": search["posterior"].get(str(number)),
    }
    member.updated = batch.updated
    session.add(member)
    append(session, batch.repository, "contribution.held-back", dict(member.held), number)
    say.held_back(session, batch, member)


def stall(house: House, batch: Batch, broken: Run) -> None:
    """Let the batch wait for a maintainer, since this run of it failed or was cancelled."""
    with house.database.write() as session:
        row = session.get(Batch, (batch.repository, batch.id))
        if row is None or row.state not in OPEN:
            return
        row.state, row.updated = turned(row.state, Turn.stall), time.time()
        session.add(row)
        body = {"batch": row.id, "run": broken.id, "state": broken.state, "error": broken.error or ""}
        append(session, row.repository, "batch.stalled", body)
        say.batch_moved(session, row)
