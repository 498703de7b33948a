"""From a revision to a verdict: facts from Git, the judgement, and what is said, in one transaction."""

from __future__ import annotations

import time
from typing import Any

import structlog

from service.db import contributions
from service.db.tables import Contribution, Repository
from service.git import read
from service.git.refs import contribution_heads
from service.house import House
from service.lines import say
from service.lines.states import BEFORE_MERGE, VERDICT_MOVES, Move, NoSuchMove, State, after
from service.policy import PolicyError
from service.record.chain import append
from triage_rules.judge import judge
from triage_rules.rule import Facts
from webhooks.event import Pushed

log = structlog.get_logger("triage")


def seen(house: House, repository: Repository, event: Pushed) -> str | None:
    """Take in a contribution's newest head and judge it. The ref is the truth; the delivery only rings."""
    head = contribution_heads(house.git(repository)).get(event.number)
    if head is None:
        log.warning("no such head", repository=repository.id, number=event.number, head=event.head[:40])
        return "no such contribution on the forge"
    now = time.time()
    with house.database.write() as session:
        row = session.get(Contribution, (repository.id, event.number))
        if row is not None and row.head == head:
            fresh = False
        else:
            fresh = True
            row = row or _opened(repository, event, head, now)
            try:
                row.state = after(row.state, Move.pushed)
            except NoSuchMove as problem:
                return str(problem)
            row.head, row.verdict, row.updated = head, None, now
            session.add(row)
            contributions.revise(session, repository.id, event.number, head, now)
            append(session, repository.id, "contribution.pushed", {"head": head}, event.number)
    if fresh or row.verdict is None:
        return rejudge(house, repository, event.number)
    return None


def _opened(repository: Repository, event: Pushed, head: str, now: float) -> Contribution:
    return Contribution(
        repository=repository.id,
        number=event.number,
        topic=event.topic,
        title=event.title,
        author_forge=event.forge,
        author_id=event.author.id,
        state=State.opened,
        head=head,
        opened=now,
        updated=now,
    )


def rejudge(house: House, repository: Repository, number: int) -> str | None:
    """Judge the head of a contribution as it stands; a policy that can't be read judges nobody."""
    with house.database.read() as session:
        row = session.get_one(Contribution, (repository.id, number))
    git = house.git(repository)
    try:
        policy = house.policy(repository).judging
    except PolicyError as problem:
        log.error("policy not readable", repository=repository.id, why=str(problem))
        return f"policy: {problem}"
    tip = read.commit_at(git, f"refs/heads/{repository.base_branch}")
    base = str((read.merge_base(git, tip, read.commit_at(git, row.head)) or tip).id)
    change = read.contribution(git, base, row.head, title=row.title, author=row.author_id, number=number)
    with house.judging:  # the index is read before anybody changes it
        verdict = judge(change, policy, _facts(house, repository, number)).to_json()
    return _write(house, repository, row, verdict, sorted({leaf.path for leaf in change.leaves}))


def _write(
    house: House, repository: Repository, judged: Contribution, verdict: dict[str, Any], leaves: list[str]
) -> str | None:
    with house.database.write() as session:
        row = session.get_one(Contribution, (repository.id, judged.number))
        if row.head != judged.head or row.state not in BEFORE_MERGE:
            return "moved on"
        if row.verdict == verdict:
            return None  # the sweep and the door's ring both took it in: judged once is judged
        if row.state == State.opened:
            row.state = after(row.state, VERDICT_MOVES[verdict["verdict"]])
        row.verdict, row.leaves, row.updated = verdict, leaves, time.time()
        session.add(row)
        contributions.revise(session, repository.id, row.number, row.head, row.updated, verdict)
        body = {"head": row.head, "verdict": verdict["verdict"], "policy": verdict["policy_hash"],
                "rules": sorted({f["rule"] for f in verdict["findings"]})}  # fmt: skip
        append(session, repository.id, "contribution.judged", body, row.number)
        say.judged(session, row)
    house.ring("speak")
    return None


def _facts(house: House, repository: Repository, number: int) -> Facts:
    """The seeds of the tree and of the open contributions that came before this one."""
    git = house.git(repository)
    tip = read.commit_at(git, f"refs/heads/{repository.base_branch}")
    with house.database.read() as session:
        rows = contributions.still_open(session, repository.id)
    before = [row for row in rows if row.number < number and row.state in BEFORE_MERGE]
    return Facts(seeds_index=house.seeds[repository.id].index(git, tip, before))


def closed(house: House, repository: Repository, number: int) -> str | None:
    """The author took it back."""
    with house.database.write() as session:
        row = session.get(Contribution, (repository.id, number))
        if row is None or row.state not in BEFORE_MERGE or row.state == State.closed:
            return None
        row.state, row.updated = after(row.state, Move.close), time.time()
        session.add(row)
        append(session, repository.id, "contribution.closed", {}, number)
    return None
