"""Approvals belong to a revision. One thing carries them on: a push that changes nothing but the layout of files.

Whoever approved saw what the leaves say. A push that says the same is the same contribution: from the same bytes of the
base branch, in one new commit, so that nothing else can enter the history behind it, and passed by the rules.
"""

from __future__ import annotations

import json
from typing import Any

import pygit2
from sqlmodel import Session, col, select

from service.db import contributions, outlines
from service.db.tables import Contribution, Event, Revision
from service.git.read import brings_at_most
from service.lines import since
from service.lines.states import Move, State, after
from service.policy import ApproveSection
from service.record.chain import append
from triage_rules.outline import same_but_for_layout

APPROVED, KEPT = "contribution.approved", "contribution.approval-kept"
WITHDRAWN, TAKEN_BACK = "contribution.approval-withdrawn", "contribution.unapproved"
UNDOES = ("contribution.changes-requested", "contribution.rejected", "contribution.closed")


def given(session: Session, row: Contribution) -> list[str]:
    """Who approved the head of a contribution, in their order, as the record tells; a withdrawal ends all before it."""
    return _given(_told(session, row), row.head)


def keep(
    session: Session, git: pygit2.Repository, branch: str, policy: ApproveSection, row: Contribution
) -> bool:
    """Carry the approvals of the revision before over to this one where only layout changed; whether enough are there.

    The head was just judged; whatever is not surely the same loses them.
    """
    revisions = contributions.revisions(session, row.repository, row.number)
    old = since.previous(revisions, revisions[-1].sequence)
    if not policy.keep_on_layout or row.state != State.needs_review or old is None:
        return False
    told = _told(session, row)
    names = [] if _undone(told, old.head) or _withdrawn(told, row.head) else _given(told, old.head)
    if not set(names) - set(_given(told, row.head)) or not _same(session, git, branch, old, revisions[-1]):
        return False
    body = {"head": row.head, "from": old.head, "by": names, "why": "only the layout changed"}
    append(session, row.repository, KEPT, body, row.number)
    if len(names) < policy.needs:
        return False
    row.state, row.approved_head = after(row.state, Move.approve), row.head
    row.approved_by = ", ".join(names)
    return True


def kept(session: Session, row: Contribution) -> list[str]:
    """Whose approvals were carried over to the head; empty where nobody's were."""
    bodies = [body for kind, body in _told(session, row) if kind == KEPT and body["head"] == row.head]
    return [str(name) for name in bodies[-1]["by"]] if bodies else []


def _told(session: Session, row: Contribution) -> list[tuple[str, dict[str, Any]]]:
    query = select(Event).where(Event.stream == row.repository, Event.number == row.number)
    return [(e.kind, json.loads(e.body)) for e in session.exec(query.order_by(col(Event.sequence)))]


def _given(told: list[tuple[str, dict[str, Any]]], head: str) -> list[str]:
    names: list[str] = []
    for kind, body in told:
        if kind == WITHDRAWN and body["head"] == head:
            names = []
        elif kind == TAKEN_BACK and body["head"] == head:
            names = [name for name in names if name != body["by"]]
        elif kind in (APPROVED, KEPT) and body["head"] == head:
            names += body["by"] if isinstance(body["by"], list) else [body["by"]]
    return list(dict.fromkeys(names))


def _undone(told: list[tuple[str, dict[str, Any]]], head: str) -> bool:
    """Whether somebody said no since this head was approved first: then the next push begins anew."""
    first = next(
        (n for n, (kind, body) in enumerate(told) if kind in (APPROVED, KEPT) and body["head"] == head), 0
    )
    return any(kind in UNDOES for kind, _ in told[first:])


def _withdrawn(told: list[tuple[str, dict[str, Any]]], head: str) -> bool:
    """Whether approvals of this head were withdrawn: what was lost by a policy is given anew, and not carried over."""
    return any(kind == WITHDRAWN and body["head"] == head for kind, body in told)


def _same(session: Session, git: pygit2.Repository, branch: str, old: Revision, new: Revision) -> bool:
    held = [outlines.of(session, revision) for revision in (old, new)]
    if held[0] is None or held[1] is None or not same_but_for_layout(held[0], held[1]):
        return False
    return brings_at_most(git, 1, new.head, (old.head, f"refs/heads/{branch}"))
