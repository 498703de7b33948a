"""Which revision a person meant who named none: the one that stood there when they spoke.

Deliveries come late and in any order, and a push may lie between a word and the moment at which it is heard. So what
counts is what the forge tells with the word (a review's commit, a label's head), else since when we know the newest
revision to have stood there, by the forge's clock as the word's own time is. Where that does not tell, nobody knows.
"""

from __future__ import annotations

import time

from sqlmodel import Session

from service.db import contributions
from service.db.tables import Contribution, Repository
from service.house import PLAIN
from webhooks.event import Pushed

ALWAYS = 0.0  # since when a revision stood there that was the first, for whoever spoke
MARGIN = 300.0  # seconds that a forge's clock may be ahead of ours


def revision(session: Session, repository: str, number: int, head: str = "", at: float = 0.0) -> str:
    """The revision that was meant by a word at `at`, or while `head` stood there; empty where nobody can tell."""
    if head:
        return head
    known = contributions.revisions(session, repository, number)
    if not known or not (known[-1].seen == ALWAYS or known[-1].seen < at):
        return ""
    return known[-1].head


def stands(session: Session, repository: Repository, event: Pushed, row: Contribution) -> None:
    """Write down its newest revision, and since when that surely stood there; news that comes late may know better."""
    known = contributions.revisions(session, row.repository, row.number)
    new = not known or known[-1].head != row.head
    before = (known if new else known[:-1])[-1:]
    since = _since(event, row.head, before[0].seen if before else None)
    if new:
        later = time.time() + (0.0 if repository.forge == PLAIN else MARGIN)
        contributions.revise(session, row.repository, row.number, row.head, later if since is None else since)
    elif since is not None and since < known[-1].seen:
        known[-1].seen = since
        session.add(known[-1])


def _since(event: Pushed, head: str, before: float | None) -> float | None:
    """What the event tells of it; nothing where it speaks of another head, or of the same one in earlier days."""
    if event.head != head:
        return None
    if before is None:
        return ALWAYS if event.first else event.at or None
    return event.at if event.at > before else None
