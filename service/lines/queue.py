"""The forge's own merge queue asks whether a commit may go in: what it brings to its base is judged, and answered.

Each contribution in it was judged by itself and approved. What may be new is how they read together, so the files are
judged once more; what rules say of commits and descriptions was said where their authors could mend it.
"""

from __future__ import annotations

from typing import Any

from service import logs
from service.db.tables import Repository
from service.git import read
from service.house import House
from service.lines import mirrors
from service.placement.judge import Ask, Judged
from service.policy import FILE
from webhooks.escape import code, line
from webhooks.event import Queued
from webhooks.forge import Checks, Denied
from webhooks.report import Check

log = logs.named("queue")
SERIOUS = ("fix", "stop", "close")
SHOWN = 20


def answer(house: House, repository: Repository, event: Queued) -> str:
    """Mark the queue's head with success or failure; a second time it is marked the same. Gives what was answered.

    Where it can't be judged the answer is failure: what nobody looked at does not go in. Raises OSError where the
    forge can't be reached, NoJudge where no judge is there now; both are asked again.
    """
    forge = house.forge(repository)
    if not isinstance(forge, Checks):
        return "this forge takes no checks"
    check = _judged(house, repository, forge, event)
    forge.mark(0, check)
    log.info(
        "the merge queue was answered", repository=repository.id, head=event.head[:40], said=check.conclusion
    )
    return f"merge queue: {check.conclusion}"


def _judged(house: House, repository: Repository, forge: Any, event: Queued) -> Check:
    mirror = mirrors.mirror(house, repository, forge)
    try:
        if mirror is not None:
            mirror.bring([event.base, event.head])
        git = house.git(repository)
        base, head = read.commit_at(git, event.base), read.commit_at(git, event.head)
    except (Denied, read.NoSuchRevision) as why:
        return _check(event, "failure", "This could not be judged", str(why))
    policy = read.read_blob(git, base, FILE)
    asked = Ask(
        address=repository.address,
        tip=str(base.id),
        head=str(head.id),
        number=0,
        title="",
        author="",
        policy=policy.decode("utf-8", "replace") if policy is not None else None,
    )
    judged = house.judge.ask(asked)
    if not isinstance(judged, Judged):
        return _check(
            event, "failure", "This could not be judged", "Its contributions are judged one by one."
        )
    found = [f for f in judged.verdict["findings"] if f["weight"] in SERIOUS and f["path"]]
    if not found:
        return _check(
            event, "success", "Together they are as good as one by one", "Nothing stands against it."
        )
    told = "\n".join(f"- {code(f['path'])}: {line(f['message'], 300)}" for f in found[:SHOWN])
    return _check(event, "failure", "Together they do not hold", told)


def _check(event: Queued, conclusion: Any, title: str, summary: str) -> Check:
    return Check("completed", conclusion, title, summary, head=event.head)
