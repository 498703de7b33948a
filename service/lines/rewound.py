"""What becomes of merged contributions when the base branch was pushed by force, and no longer holds them.

Nothing is dropped in silence and nothing is merged again by itself: a maintainer may have meant it. What waited for a
batch waits for a maintainer instead. What is in a batch, held back or released stays so, since a model was made with
it, and its commits are kept; it is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pygit2
from sqlmodel import Session, col, select

from service import logs
from service.db.tables import Contribution, Event, Repository
from service.git.merge import landed
from service.git.refs import tip
from service.house import House
from service.lines import approvals, say
from service.lines.states import MOVES, Move, State, after
from service.record.chain import append, events

log = logs.named("rewound")
KIND = "branch.rewound"
AFTER_MERGE = (State.merged, State.batched, State.held_back, State.released, State.superseded)


@dataclass(frozen=True)
class Lost:
    """Contributions that the branch holds no more: to be decided anew, only to be told of; and which it holds by
    another commit now."""

    anew: tuple[int, ...] = ()
    told: tuple[int, ...] = ()
    moved: tuple[tuple[int, str], ...] = ()


def lost(rows: Iterable[Contribution], holds: Callable[[str], bool], by: Callable[[str], str | None]) -> Lost:
    """Sort what was merged: `holds` says if the branch has a commit, `by` which commit of it brings a head."""
    anew, told, moved = [], [], []
    for row in rows:
        if row.merged is None or holds(row.merged):
            continue
        if found := by(row.head):
            moved.append((row.number, found))
        elif (State(row.state), Move.rewind) in MOVES:
            anew.append(row.number)
        else:
            told.append(row.number)
    return Lost(tuple(anew), tuple(told), tuple(moved))


def look(house: House, repository: Repository, old: str, new: str) -> Lost:
    """Find what the base branch lost between two tips, and write it down; a second time nothing is left to find."""
    git = house.git(repository)
    now = tip(git, repository.base_branch)
    if now is None:
        return Lost()
    with house.database.write() as session:
        query = select(Contribution).where(
            Contribution.repository == repository.id, col(Contribution.state).in_(AFTER_MERGE)
        )
        rows = {row.number: row for row in session.exec(query.order_by(col(Contribution.number)))}
        found = lost(rows.values(), lambda commit: _holds(git, now, commit), lambda head: _by(git, now, head))
        told = [number for number in found.told if not _known(session, rows[number])]
        if not (found.anew or told or found.moved) and not _fresh(session, repository.id, old, new):
            return found
        body = {"branch": repository.base_branch, "old": old, "new": new, "anew": list(found.anew),
                "told": list(found.told), "moved": [list(pair) for pair in found.moved]}  # fmt: skip
        append(session, repository.id, KIND, body)
        for number, commit in found.moved:
            rows[number].merged = commit
            session.add(rows[number])
        for number in (*found.anew, *told):
            _tell(session, rows[number], old, number in found.anew)
    log.warning("the base branch was pushed by force", repository=repository.id, old=old[:12], new=new[:12],
                anew=found.anew, told=found.told)  # fmt: skip
    house.ring("speak")
    return found


def _tell(session: Session, row: Contribution, old: str, anew: bool) -> None:
    body = {"head": row.head, "was": row.merged, "branch_was": old}
    append(session, row.repository, "contribution.rewound", body, row.number)
    if anew:
        row.state, row.updated = after(row.state, Move.rewind), time.time()
        if by := approvals.given(session, row):
            why = {"head": row.head, "by": by, "why": "the base branch lost it"}
            append(session, row.repository, approvals.WITHDRAWN, why, row.number)
        row.merged = row.approved_head = row.approved_by = None
        session.add(row)
    say.rewound(session, row, anew)


def _holds(git: pygit2.Repository, now: pygit2.Commit, commit: str) -> bool:
    try:
        return landed(git, now, git[commit].peel(pygit2.Commit).id) is not None
    except (KeyError, ValueError):
        return False


def _by(git: pygit2.Repository, now: pygit2.Commit, head: str) -> str | None:
    try:
        return landed(git, now, git[head].peel(pygit2.Commit).id)
    except (KeyError, ValueError):
        return None


def _known(session: Session, row: Contribution) -> bool:
    """Whether it was told of this already: its merge was lost by an earlier push."""
    return any(
        event.kind == "contribution.rewound" and f'"was":"{row.merged}"' in event.body
        for event in events(session, row.repository, number=row.number)
    )


def _fresh(session: Session, stream: str, old: str, new: str) -> bool:
    """Whether this very push is in no event yet."""
    query = select(Event.body).where(Event.stream == stream, Event.kind == KIND)
    return not any(f'"new":"{new}"' in body and f'"old":"{old}"' in body for body in session.exec(query))
