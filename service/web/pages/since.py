"""What changed since somebody looked: the part of a contribution's page that explains a push."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request
from sqlmodel import Session

from service.db import outlines
from service.db.tables import Event, Revision, WebSession
from service.lines import since
from service.web import people
from triage_rules.since import Difference

SEEDS, LEAVES = 40, 10  # of a leaf, and of a contribution, that one page shows


@dataclass(frozen=True)
class Since:
    """Two revisions and what changed between them; `why` says which the older one is to whoever reads."""

    old: Revision
    new: Revision
    why: str
    told: Difference | None
    choices: tuple[Revision, ...]
    seeds: int = SEEDS
    most: int = LEAVES


def explained(
    session: Session, asked: tuple[int, int], revisions: Sequence[Revision], events: Sequence[Event],
    person: WebSession | None,
) -> Since | None:  # fmt: skip
    """The two revisions that were asked for, else the newest against what this person saw; None where there is one."""
    judged = [revision for revision in revisions if revision.verdict is not None]
    by = {revision.sequence: revision for revision in judged}
    if len(judged) < 2:
        return None
    if asked[0] in by and asked[1] in by and asked[0] != asked[1]:
        old, new, why = by[min(asked)], by[max(asked)], "as you chose"
    else:
        new = judged[-1]
        seen = _seen(session, new, revisions, events, person)
        old = by[seen] if seen in by else judged[-2]
        why = "the last that you saw or decided on" if seen in by else "the one before"
    return Since(old, new, why, since.between(session, old, new), tuple(judged))


def _seen(
    session: Session, new: Revision, revisions: Sequence[Revision], events: Sequence[Event],
    person: WebSession | None,
) -> int | None:  # fmt: skip
    if person is None:
        return None
    look = outlines.look_of(session, new.repository, new.number, person.person)
    looked = None if look is None else look.sequence if look.sequence < new.sequence else look.before
    name = people.name_on_forge(session, new.repository, person.person)
    return since.seen_by(looked, since.acted_on(events, revisions, name), new.sequence)


def look(request: Request[Any, Any, Any], revisions: Sequence[Revision], person: WebSession | None) -> None:
    """Remember that somebody who is signed in looks at the newest revision; a second look writes nothing."""
    judged = [revision for revision in revisions if revision.verdict is not None]
    if person is None or not judged:
        return
    new, database = judged[-1], request.app.state.services.database
    with database.read() as session:
        known = outlines.look_of(session, new.repository, new.number, person.person)
    if known is None or known.sequence != new.sequence:
        with database.write() as session:
            outlines.looked(session, new.repository, new.number, person.person, new.sequence)
