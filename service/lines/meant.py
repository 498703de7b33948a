"""Which revision a person meant who named none: the one that stood there when they spoke.

Deliveries come late and in any order, and a push may lie between a word and the moment at which it is heard. So what
counts is what the forge tells with the word (a review's commit, a label's head), else since when we know the newest
revision to have stood there, by the forge's clock as the word's own time is. Where that does not tell, nobody knows.
"""

from __future__ import annotations

import time

from sqlmodel import Session

from service.db import contributions
from service.db.tables import Contribution, Repository, Revision
from service.house import PLAIN
from webhooks.event import Pushed

ALWAYS = 0.0  # since when a revision stood there that was the first, for whoever spoke
MARGIN = 300.0  # seconds that a forge's clock may be ahead of ours


def revision(session: Session, repository: str, number: int, head: str = "", at: float = 0.0) -> str:
    """The revision that was meant by a word at `at`, or while `head` stood there; empty where nobody can tell."""
    if head:
        return head
    known = contributions.revisions(session, repository, number)
    if not known:
        return ""
    since = _stood(known[-1])
    return known[-1].head if since == ALWAYS or since < at else ""


def _stood(revision: Revision) -> float:
    """Since when it surely stood there; of one that was kept before anybody asked, by when we saw it."""
    return revision.stood if revision.stood is not None else revision.seen + MARGIN


def stands(session: Session, repository: Repository, event: Pushed, row: Contribution) -> None:
    """Write down its newest revision, and since when that surely stood there; news that comes late may know better."""
    known = contributions.revisions(session, row.repository, row.number)
    new = not known or known[-1].head != row.head
    before = (known if new else known[:-1])[-1:]
    since, now = _since(event, row.head, _stood(before[0]) if before else None), time.time()
    if new:
        revision = contributions.revise(session, row.repository, row.number, row.head, now)
        later = now + (0.0 if repository.forge == PLAIN else MARGIN)
        revision.stood = later if since is None else since
        session.add(revision)
    elif since is not None and since < _stood(known[-1]):
        known[-1].stood = since
        session.add(known[-1])


def _since(event: Pushed, head: str, before: float | None) -> float | None:
    """What the event tells of it; nothing where it speaks of another head, or of the same one in earlier days."""
    if event.head != head:
        return None
    if before is None:
        return ALWAYS if event.first else event.at or None
    return event.at if event.at > before else None
