"""A batch that was merged on a ref of its own comes into the base branch when it passed, and never before.

The base branch is moved on from where it stands to the members, merged anew where it moved meanwhile or where the gate
held somebody back; nothing else moves it. Who was held back was never merged, and is sent back to its author.
"""

from __future__ import annotations

import time
from typing import Any

import pygit2
from sqlmodel import Session, col, select

from service import logs
from service.db import batches
from service.db.tables import Batch, Contribution, Repository
from service.git import refs
from service.house import House
from service.lines import merge_on_forge, mergeable, mirrors, say, standstill
from service.lines.stack import Stack, landed, mix_of, ref_of, stack
from service.lines.states import OPEN, Move, Stage, State, after
from service.record.chain import append
from webhooks.forge import Denied, Merging, Moved

log = logs.named("landing")
OVER = (Stage.failed, Stage.abandoned, Stage.released)
REBUILT, REFUSED = "batch.rebuilt", "batch.landing-refused"
NOT_FIT = "The base branch moved while the batch was measured, and what passed no longer fits it."


def land(house: House, repository: Repository) -> int:
    """Bring what passed into the base branch; gives how many batches were. A second call finds nothing to do."""
    with house.database.read() as session:
        query = select(Batch).where(
            Batch.repository == repository.id, col(Batch.state).in_((*OPEN, Stage.passed))
        )
        rows = [row for row in session.exec(query.order_by(col(Batch.id))) if "ref" in row.spec]
        due = [row.id for row in rows if row.state == Stage.passed and not landed(session, row)]
    done = sum(_land(house, repository, number) for number in due)
    for row in rows:
        if row.state in OPEN:
            _follow(house, repository, row)
    _send_back(house, repository)
    return done


def _land(house: House, repository: Repository, number: int) -> bool:
    key = (repository.id, -number)
    if house.later.get(key, 0.0) > time.time():
        return False
    forge = house.forge(repository)
    try:
        mirrors.refresh(house, repository, (), forge)
        made = _rebuilt(house, repository, number)
        if made.conflicts:
            _no_longer_fits(house, repository, number, made)
            return False
        if made.tip != made.base:
            _moved_on(house, repository, forge, number, made)
    except Moved:
        return False  # somebody was faster: built anew the next time
    except Denied as why:
        house.later[key] = time.time() + merge_on_forge.REFUSED_FOR
        _refused(house, repository, number, str(why))
        return False
    except OSError as why:
        house.later[key] = time.time() + getattr(why, "after", merge_on_forge.SOON)
        log.warning("not landed yet", repository=repository.id, batch=number, why=str(why))
        return False
    return _settled(house, repository, number, made)


def _rebuilt(house: House, repository: Repository, number: int) -> Stack:
    """The mix upon the base branch as it stands now; the batch's ref follows, and the record says where it had to."""
    git = house.git(repository)
    with house.database.write() as session:
        batch = session.get_one(Batch, (repository.id, number))
        made = _upon(git, repository, mix_of(session, batch))
        if made.conflicts or made.tip == made.base:
            return made
        name = ref_of(number)
        if name not in git.references or str(git.references[name].target) != made.tip:
            git.references.create(name, pygit2.Oid(hex=made.tip), force=True)
            told: dict[str, Any] = {
                "batch": number,
                "base": made.base,
                "tip": made.tip,
                "without": batch.held,
            }
            append(session, repository.id, REBUILT, told)
            log.warning("a batch is merged anew", repository=repository.id, **told)
    return made


def _upon(git: pygit2.Repository, repository: Repository, rows: list[Contribution]) -> Stack:
    base = refs.tip(git, repository.base_branch)
    if base is None:
        raise Denied(f"There is no branch {repository.base_branch}.")
    return stack(git, base, [row for row in rows if row.merged is None])


def _moved_on(house: House, repository: Repository, forge: Any, number: int, made: Stack) -> None:
    """The base branch goes on to the batch. Raises Moved, Denied, OSError."""
    if isinstance(forge, Merging):
        merge_on_forge.put(
            house, repository, forge, made.base, made.tip, f"{merge_on_forge.PASSING[1]}{number}"
        )
        mirrors.refresh(house, repository, (), forge)
    else:
        refs.advance(house.git(repository), repository.base_branch, made.base, made.tip)


def _settled(house: House, repository: Repository, number: int, made: Stack) -> bool:
    """Its members are merged now, by these commits."""
    with house.database.write() as session:
        batch = session.get_one(Batch, (repository.id, number))
        for row in mix_of(session, batch):
            if row.merged or row.number not in made.commits:
                continue
            row.merged, row.updated = made.commits[row.number], time.time()
            session.add(row)
            told = {"commit": row.merged, "batch": number}
            append(session, repository.id, "contribution.merged", told, row.number)
            say.judged(session, row)
        say.batch_moved(session, batch)
    house.later.pop((repository.id, -number), None)
    house.ring("tick")
    return True


def _no_longer_fits(house: House, repository: Repository, number: int, made: Stack) -> None:
    """It can't go in as it was measured: nothing of it goes in, and those that fit wait for the next batch."""
    standstill.give_up(house, repository.id, number, "upweight/landing", NOT_FIT)
    with house.database.write() as session:
        for one, found in made.conflicts.items():
            row = session.get_one(Contribution, (repository.id, one))
            mergeable.conflicts(session, row, found)
            session.add(row)
    house.ring("speak")


def _refused(house: House, repository: Repository, number: int, why: str) -> None:
    with house.database.write() as session:
        batch = session.get_one(Batch, (repository.id, number))
        body = {"batch": number, "why": why[:600]}
        if batch.state != Stage.passed or merge_on_forge.last(session, repository.id, REFUSED, None) == body:
            return
        append(session, repository.id, REFUSED, body)
        say.not_landed(session, batch, why)
    house.ring("speak")


def _follow(house: House, repository: Repository, batch: Batch) -> None:
    """Merge a batch at work anew where the base branch moved; where it no longer fits, its landing decides."""
    git = house.git(repository)
    base, ref = refs.tip(git, repository.base_branch), git.references.get(ref_of(batch.id))
    if base is None or ref is None or git.descendant_of(ref.target, base.id):
        return
    with house.database.read() as session:
        made = _upon(git, repository, mix_of(session, batch))
    if not made.conflicts:
        _rebuilt(house, repository, batch.id)


def _send_back(house: House, repository: Repository) -> None:
    """Who is held back and was never merged goes back to its author, once its batch is decided without it."""
    sent: list[int] = []
    with house.database.write() as session:
        for row in mergeable.those_in(session, repository, State.held_back):
            batch = (
                batches.get(session, repository.id, row.batch) if row.merged is None and row.batch else None
            )
            if batch is None or "ref" not in batch.spec:
                continue
            if batch.state in OVER or (batch.state == Stage.passed and landed(session, batch)):
                _sent_back(session, batch, row)
                sent.append(row.number)
    if sent:
        house.look_again(repository.id)
        house.ring("speak")


def _sent_back(session: Session, batch: Batch, row: Contribution) -> None:
    row.state, row.updated = after(row.state, Move.send_back), time.time()
    row.batch = row.approved_head = row.approved_by = None
    session.add(row)
    body = {"head": row.head, "by": "upweight/gate", "reason": f"Batch {batch.id} was decided without it."}
    append(session, row.repository, "contribution.changes-requested", body, row.number)
    say.sent_back(session, batch, row)
