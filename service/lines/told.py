"""What the service tells the judge beside Git's objects: the facts that rules ask for, as far as they are known."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from sqlmodel import Session

from service.db import releases
from service.db.tables import Contribution, Repository
from service.house import House
from service.lines import authors, precheck
from service.lines.states import BEFORE_MERGE
from triage_rules.facts import Answered, Author, Cited, Document, Documents, Others, Told
from triage_rules.shortening import together


def facts(session: Session, row: Contribution, still_open: Iterable[Contribution]) -> Told:
    """All but the documents: what is cited only the judge knows, who reads the leaves."""
    own = (row.author_forge, row.author_id)
    earlier = [r for r in still_open if r.number < row.number and r.state in BEFORE_MERGE]
    return Told(
        documents=Documents(coming=True),
        author=Author(row.author_id, row.author, _beside(session, row)),
        others=Others(tuple(r.number for r in earlier if (r.author_forge, r.author_id) == own)),
        answered=_answered(session, row),
    )


def _beside(session: Session, row: Contribution) -> tuple[str, ...]:
    """The handles of those who wrote it with its author."""
    return tuple(each.name or each.id for each in authors.beside(session, row))


def settled(house: House, repository: Repository, verdict: dict[str, Any]) -> tuple[Document, ...]:
    """What is settled already of the documents that a verdict waits for, cut to what is looked at."""
    found = (house.documents.known(cited, mirror_of(repository)) for cited in waits(verdict))
    return together(document for document in found if document is not None)


def mirror_of(repository: Repository) -> Path | None:
    """The operator's mirror of the documents that a repository's leaves cite."""
    return Path(repository.documents) if repository.documents else None


def waits(verdict: dict[str, Any] | None) -> tuple[Cited, ...]:
    """The documents that a verdict waits for; it is no last word while there are any."""
    return msgspec.convert((verdict or {}).get("waits", ()), tuple[Cited, ...])


def _answered(session: Session, row: Contribution) -> tuple[Answered, ...] | None:
    """What the newest release, or the base before the first, was measured to know of this very revision."""
    if row.verdict is None:
        return None  # a revision that was never judged was never asked about
    newest = releases.latest(session, row.repository)
    model = newest.version if newest is not None else precheck.BASE
    found = [(one["leaf"], asked) for one in precheck.told(session, row) for asked in one["models"]]
    known = [
        Answered(leaf, asked["release"], asked["share"], asked["chance"], asked["count"])
        for leaf, asked in found
        if asked["release"] == model and asked["known"]
    ]
    return tuple(known) or None
