"""A contribution goes on in another that holds its commits: adopted by whoever goes on with it, or combined with it.

What is asked for is the same for both. The commits are in the other's history as they were pushed, so authors and
sign-offs stand as they are, on every forge, whoever's branch it is; each of them is signed off; nobody holds either.
Why it is done this way: docs/decisions/0017-joined.md.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import pygit2
from sqlmodel import Session

from service import reports
from service.db import words
from service.db.tables import Contribution
from service.git import combined
from service.git.read import MAX_COMMITS
from service.lines import approvals, authors, say
from service.lines.authors import GOES_ON, JOINS
from service.lines.holds import HOLD, LEGAL
from service.lines.states import BEFORE_MERGE, MOVES, Move, State, after
from service.lines.verdicts import decided
from service.record.chain import append
from triage_rules.contribution import Commit
from triage_rules.contribution import Contribution as Judged
from triage_rules.finding import Weight
from triage_rules.policy import Policy
from triage_rules.rule import Facts, rule_named
from webhooks.event import Person

UNSIGNED = "missing-sign-off"
MOST = 50  # contributions that go on in one: each push of it is held against all of them
ADOPTED, COMBINED = "contribution.adopted", "contribution.combined"
JOINED, PARTED = "contribution.joined", "contribution.parted"


def may_join(session: Session, row: Contribution) -> None:
    """Raises ValueError where this one stays what it is: somebody holds it, or it is merged, or gone already."""
    if row.state == State.joined:
        into = authors.goes_on(session, row)
        raise ValueError(f"Contribution {row.number} goes on in contribution {into} already.")
    if row.state not in (*BEFORE_MERGE, State.closed):
        raise ValueError(f"Contribution {row.number} is {row.state}: it goes on as it is.")
    for word in words.standing(session, row.repository, [HOLD, LEGAL], row.number):
        raise ValueError(
            f"Contribution {row.number} is held by {word.body['name']}; they let go of it first."
        )


def room(session: Session, into: Contribution, ones: Sequence[Contribution]) -> None:
    """Raises ValueError where more would go on in one than there is room for, with those that they bring along."""
    known = [authors.joined(session, row) for row in (into, *ones)]
    if sum(map(len, known)) + len(ones) > MOST:
        raise ValueError(
            f"At most {MOST} contributions go on in one, and contribution {into.number} would hold more."
        )


def signed(commits: Sequence[Commit], row: Contribution, policy: Policy) -> None:
    """Raises ValueError where a commit of its own lacks its author's sign-off, as the community's rule has it.

    Nobody else can sign for an author, so whoever adopts or combines can't mend that.
    """
    rule, settings = rule_named(UNSIGNED), policy.rules[UNSIGNED]
    if rule is None or settings.weight == "off":
        return
    if len(commits) >= MAX_COMMITS:
        raise ValueError(f"Contribution {row.number} has more commits than I can look through for sign-offs.")
    normal = Weight[settings.weight] if settings.weight else rule.weight
    for hit in rule.run(Judged(row.head, "", (), commits=tuple(commits)), settings, Facts()):
        if (hit.weight or normal) > Weight.note:
            raise ValueError(
                f"In contribution {row.number}: {hit.message} Its author alone can sign it off, and pushes again."
            )


def join(
    session: Session, into: Contribution, ones: Sequence[Contribution], who: Person, kind: str, commit: str
) -> None:
    """Write down that these go on in `into`, at `commit`; in one transaction with what it makes of all of them.

    An approval was given to what one of them was alone, so approvals of all are withdrawn.
    """
    now, by = time.time(), f"{who.forge}/{who.id}"
    for row in ones:
        for each in [_itself(row), *_brought(session, row)]:
            words.say(session, into, JOINS, by, now, each)
        words.say(session, row, GOES_ON, by, now, {"into": into.number})
        _withdraw(session, row, f"it goes on in contribution {into.number}")
        row.state, row.updated = after(row.state, Move.go_on), now
        session.add(row)
        told = {"into": into.number, "by": by, "head": row.head, "how": kind.partition(".")[2]}
        append(session, row.repository, JOINED, told, row.number)
        say.want(session, row, "triage", reports.joined(into.number))
        say.close(session, row)
    _led(session, into, commit, now)
    people = authors.named(authors.beside(session, into))
    body = {"by": by, "numbers": [row.number for row in ones], "commit": commit, "authors": people}
    append(session, into.repository, kind, body, into.number)
    if into.verdict is not None:  # else its report comes with its judgement
        say.refreshed(session, into)


def _itself(row: Contribution) -> dict[str, object]:
    who = {"forge": row.author_forge, "id": row.author_id, "name": row.author_name}
    return {"number": row.number, "head": row.head, "author": who}


def _brought(session: Session, row: Contribution) -> list[dict[str, object]]:
    """Those that went on in this one: they come along, so that nobody's credit is lost on the way."""
    known = words.standing(session, row.repository, [JOINS], row.number)
    return [{**word.body, "through": row.number} for word in known]


def _led(session: Session, into: Contribution, commit: str, now: float) -> None:
    """What leads is judged anew: at a new head, or because what it was held against is its own now.

    What a person decided against the revision that stands there still holds, and so does that it fits no more.
    """
    _withdraw(session, into, "another contribution goes on in it")
    if commit != into.head:
        into.state = after(into.state, Move.pushed)  # nobody approves it before the new head is there
    elif (into.state, Move.judge_again) in MOVES and decided(session, into) is None:
        into.state, into.verdict = after(into.state, Move.judge_again), None
    into.updated = now
    session.add(into)


def _withdraw(session: Session, row: Contribution, why: str) -> None:
    if by := approvals.given(session, row):
        body = {"head": row.head, "by": by, "why": why}
        append(session, row.repository, approvals.WITHDRAWN, body, row.number)
    row.approved_head = row.approved_by = None


def pushed(session: Session, git: pygit2.Repository, branch: str, row: Contribution) -> None:
    """A contribution has a new head: it stands alone if it went on elsewhere, and lets go of what it holds no more."""
    words.end(session, words.standing(session, row.repository, [GOES_ON], row.number))
    for word in words.standing(session, row.repository, [JOINS], row.number):
        if combined.keeps(git, f"refs/heads/{branch}", row.head, str(word.body["head"])):
            continue
        words.end(session, [word])
        if word.body.get("through") is None:
            _part(session, row, int(word.body["number"]))


def _part(session: Session, leader: Contribution, number: int) -> None:
    one = session.get(Contribution, (leader.repository, number))
    if one is None or one.state != State.joined or authors.goes_on(session, one) != leader.number:
        return
    words.end(session, words.standing(session, one.repository, [GOES_ON], number))
    one.state, one.updated = after(one.state, Move.part), time.time()
    session.add(one)
    body = {"from": leader.number, "head": leader.head}
    append(session, one.repository, PARTED, body, number)
    say.want(session, one, "triage", reports.parted(leader.number))
