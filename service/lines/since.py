"""What changed since somebody looked: two revisions of a contribution, compared from what was kept of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlmodel import Session

from service.db import contributions, outlines
from service.db.tables import Contribution, Event, Revision
from triage_rules.since import Difference, difference


def between(session: Session, old: Revision, new: Revision) -> Difference | None:
    """What changed from one revision to another; None where one of them was not judged, or nothing is kept of it."""
    held = [outlines.of(session, revision) for revision in (old, new)]
    if old.verdict is None or new.verdict is None or held[0] is None or held[1] is None:
        return None
    return difference(held[0], held[1], old.verdict, new.verdict)


def previous(revisions: Sequence[Revision], sequence: int) -> Revision | None:
    """The judged revision before the one of this number; None for the first."""
    return next((r for r in reversed(revisions) if r.sequence < sequence and r.verdict is not None), None)


def summary(session: Session, member: Contribution) -> str:
    """What the newest push changed, in one line for its author and everybody else; empty where it is the first."""
    revisions = contributions.revisions(session, member.repository, member.number)
    if not revisions or revisions[-1].head != member.head:
        return ""
    old = previous(revisions, revisions[-1].sequence)
    told = between(session, old, revisions[-1]) if old is not None else None
    return f"Since revision {old.sequence}: {told.summary()}." if old is not None and told is not None else ""


def acted_on(events: Sequence[Event], revisions: Sequence[Revision], person: str) -> int | None:
    """The revision that somebody last approved, or sent back; `person` is forge/id, the events are in order."""
    known = {revision.head: revision.sequence for revision in revisions}
    now, acted = None, None
    for event in events:
        body = json.loads(event.body)
        if event.kind == "contribution.pushed":
            now = known.get(body["head"], now)
        elif event.kind.startswith("contribution.") and body.get("by") == person:
            acted = known.get(body.get("head", ""), now)
    return acted


def seen_by(looked: int | None, acted: int | None, newest: int) -> int | None:
    """The newest revision before the newest that somebody has seen or decided on; None where there is none."""
    return max((n for n in (looked, acted) if n is not None and n < newest), default=None)
