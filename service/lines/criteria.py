"""What a contribution still lacks on its way: for the merge, for a batch, for a release."""

from __future__ import annotations

import time

from sqlmodel import Session

from service import reports
from service.db import batches, contributions
from service.db.tables import Contribution
from service.lines import approvals, authors, holds, triage
from service.lines.states import BEFORE_MERGE, OPEN, Stage, State
from service.policy import Policy
from triage_rules.verdict import things


def unmet(session: Session, row: Contribution, policy: Policy) -> dict[str, list[str]]:
    """By step, in their order, the conditions that are not met; plain text. The steps behind it are left out."""
    if row.state in (State.released, State.superseded, State.closed):
        return {}
    if row.state == State.joined:
        return {
            "merge": [f"it goes on in contribution {authors.goes_on(session, row)}, which is merged with it"]
        }
    steps = {
        "merge": _merge(session, row, policy) if row.state in BEFORE_MERGE else [],
        "batch": _batch(session, row, policy),
        "release": _release(session, row, policy),
    }
    return {step: what for step, what in steps.items() if what}


def _merge(session: Session, row: Contribution, policy: Policy) -> list[str]:
    lacks: list[str] = []
    verdict = row.verdict
    if verdict is None:
        lacks.append("it is not judged yet")
    elif triage.unreadable(row):
        lacks.append("no rule could look at this revision")
    elif reports.waits(verdict):
        lacks.append("the documents that it cites are being fetched")
    elif verdict["verdict"] in ("changes-requested", "rejected"):
        many = sum(each["weight"] in ("fix", "stop", "close") for each in verdict["findings"])
        lacks.append(f"its author has {things(many)} to mend")
    if row.state == State.conflicted:
        lacks.append("it does not fit the base branch any more; its author rebases it")
    elif row.state in (State.changes_requested, State.rejected) and not lacks:
        lacks.append(f"a triager said {'no' if row.state == State.rejected else 'what to change'}")
    given = len(approvals.given(session, row))
    if given < policy.approve.needs:
        lacks.append(f"{given} of {policy.approve.needs} approvals are given")
    return lacks + [why.rstrip(".") for why in holds.why_not(session, row, time.time())]


def _batch(session: Session, row: Contribution, policy: Policy) -> list[str]:
    if row.state in BEFORE_MERGE:
        return ["it is not merged"]
    if row.state == State.held_back:
        return ["it is held back until a maintainer readmits it, or a newer one takes its place"]
    if row.state != State.merged:
        return []
    lacks = []
    if at_work := batches.at_work(session, row.repository):
        lacks.append(f"batch {at_work[0].id} is {at_work[0].state}, and one is at work at a time")
    waiting = len(contributions.waiting_for_a_batch(session, row.repository))
    if waiting < policy.batch.at_least:
        lacks.append(f"{waiting} of {policy.batch.at_least} that make a batch are merged")
    return lacks


def _release(session: Session, row: Contribution, policy: Policy) -> list[str]:
    batch = batches.get(session, row.repository, row.batch) if row.batch is not None else None
    if batch is None or row.state != State.batched:
        return ["no batch has it in"]
    if batch.state in OPEN:
        return [f"batch {batch.id} is {batch.state}, and its gate has not decided"]
    if batch.state != Stage.passed:
        return [f"batch {batch.id} is {batch.state}: a maintainer decides how it goes on"]
    return ["a maintainer cuts the release"] if policy.release.manual else []
