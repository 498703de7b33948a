"""Approve a contribution: bound to the revision that you saw; never your own."""

from __future__ import annotations

import re
import time
from typing import Any

from service.db import contributions
from service.house import PLAIN, House
from service.lines import appeals, approvals, authors, say, triage
from service.lines.obey import number_of, same_revision, words_of
from service.lines.states import Move, after
from service.record.chain import append
from webhooks.event import Person
from webhooks.forge import Right

NAME, RIGHT, WORDS = "approve", Right.triage, "[REVISION]"
APPROVES = BOUND = True
ALONE = (
    " Whoever is alone pushes it under another name: "
    "UPWEIGHT_PLAIN_USER=NAME git push origin HEAD:refs/for/BRANCH -o topic=TOPIC"
)
_REVISION = re.compile(r"[0-9a-f]{7,64}")


def do(house: House, repository: str, asked: dict[str, Any], who: Person) -> str:
    """Approve; with `head` given (a comment: the beginning of it), only that revision."""
    policy = house.policy(house.repository(repository))
    needs = policy.approve.needs
    appeals.ask_for_maintainer(house, repository, number_of(asked, "contribution"), who)
    with house.database.write() as session:
        row = contributions.must(session, repository, number_of(asked, "contribution"))
        if authors.wrote(session, row, who):
            raise ValueError(
                f"Nobody approves a contribution of their own.{ALONE if who.forge == PLAIN else ''}"
            )
        if row.draft:
            raise ValueError("It is a draft; its author says when it is ready.")
        if triage.unreadable(row):
            raise ValueError("No rule could look at this revision, so nobody knows what it would merge.")
        named = _named(asked)
        same_revision(asked, row.head, sure=not named)
        if not row.head.startswith(named):
            raise ValueError(f"It is at {row.head[:12]}, and not at {named[:12]}; look again.")
        if row.approved_head == row.head and row.merged:
            return "It is merged already."
        approved = after(row.state, Move.approve)
        name = f"{who.forge}/{who.id}"
        by = approvals.given(session, row)
        if name in by:
            return f"You approved {row.head[:12]} already; {needs - len(by)} more must."
        appeals.decide(session, row, who)
        append(session, repository, "contribution.approved", {"head": row.head, "by": name}, row.number)
        by.append(name)
        if len(by) < needs:
            return f"Approved {row.head[:12]}; {needs - len(by)} more must approve it."
        row.state, row.approved_head, row.approved_by = approved, row.head, ", ".join(by)
        row.updated = time.time()
        session.add(row)
        say.judged(session, row)
    house.ring("tick")
    then = "it goes into the next batch" if policy.merge.when == "after" else "it is merged next"
    return f"Approved {row.head[:12]}; {then}."


def _named(asked: dict[str, Any]) -> str:
    """The revision as a comment names it, by its first letters, seven or more; empty where it names none."""
    return next((word.lower() for word in words_of(asked) if _REVISION.fullmatch(word.lower())), "")
