"""A changed policy judges all open contributions again, the oldest first; the sweep looks for it, whoever changed it.

Whether it changed is seen by the verdicts themselves: each carries the hash of the policy and the version of the rules
that it was made by. So a change while nobody was at home, or an upgrade, is found at the next start, and nothing is
judged twice.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select

from service import logs
from service.db.tables import Contribution, Repository
from service.house import House
from service.lines import triage
from service.lines.states import BEFORE_MERGE
from service.placement.judge import NoJudge
from service.policy import PolicyError
from triage_rules.judge import rules_version

log = logs.named("policy")


def judge_again(house: House, repository: Repository) -> int:
    """Judge every open contribution whose verdict is another policy's than that of the base branch; gives how many.

    A policy that can't be read judges nobody: the old verdicts stay, and the pages say so.
    """
    try:
        policy = house.policy(repository).judging.hash
    except PolicyError:
        return 0
    if house.judged_by.get(repository.id) == policy:
        return 0
    numbers = _judged_otherwise(house, repository, policy)
    try:
        for number in numbers:
            if house.stopping.is_set():
                return 0  # the next start goes on
            triage.rejudge(house, repository, number)
    except NoJudge as why:
        log.warning("not judged again yet", repository=repository.id, why=str(why))
        return 0
    house.judged_by[repository.id] = policy
    if numbers:
        log.info("judged again by a changed policy", repository=repository.id, contributions=len(numbers))
    return len(numbers)


def _judged_otherwise(house: House, repository: Repository, policy: str) -> list[int]:
    query = select(Contribution).where(
        Contribution.repository == repository.id, col(Contribution.state).in_(BEFORE_MERGE)
    )
    with house.database.read() as session:
        rows = session.exec(query.order_by(col(Contribution.number)))
        by = (policy, rules_version())
        return [row.number for row in rows if row.verdict and _made_by(row.verdict) != by]


def _made_by(verdict: dict[str, Any]) -> tuple[str, str]:
    return verdict["policy_hash"], verdict["rules_version"]
