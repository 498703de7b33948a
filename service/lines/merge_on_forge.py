"""Merging where the forge does it: by its own merge, or, where only we can join two leaves, by moving the branch.

Whatever comes between is found again: before anything is asked of the forge the mirror is fetched, and what is in the
base branch by then was merged, whoever's answer was lost.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pygit2
from sqlmodel import Session, col, select

from service import logs
from service.db.tables import Contribution, Event, Repository
from service.git import merge as git_merge
from service.git.merge import Conflict
from service.git.mirror import Mirror
from service.git.refs import tip
from service.house import House
from service.lines import mergeable, mirrors, say, triage
from service.lines.states import MOVES, Move, State, after
from service.record.chain import append
from webhooks.forge import Busy, Denied, Listing, Moved, MovedByPush
from webhooks.now import Endings

log = logs.named("merge")
REFUSED = "contribution.merge-refused"
PASSING = (
    "refs/upweight/merge/",
    "refs/upweight/landing/",
)  # a commit of ours on its way into the base branch
SOON, REFUSED_FOR = 30.0, 600.0  # seconds until it is asked for again: not answered, refused
NO_RIGHT = "Its leaf was extended by another meanwhile. I can join the two, and the forge does not let me put it there."


def ready(house: House, repository: Repository, forge: Any, numbers: list[int]) -> list[int]:
    """Those of these that may be asked for now, with the mirror as new as the forge; none where it can't be reached."""
    now = time.time()
    due = [n for n in numbers if house.later.get((repository.id, n), 0.0) <= now]
    if not due:
        return []
    try:
        found = mirrors.refresh(house, repository, due, forge)
    except (OSError, Denied) as why:
        for number in due:
            _later(house, repository, number, why)
        return []
    for number in found.heads:
        _newer(house, repository, forge, number)
    return due


def merge(house: House, repository: Repository, forge: Any, number: int) -> bool:
    """Have one merged at its approved head; whether it is decided now (merged, or it does not fit).

    Not answered or refused, it stays approved and is asked for again later; a refusal is told to its people once.
    """
    with house.database.read() as session:
        row = session.get_one(Contribution, (repository.id, number))
        if not mergeable.may_be(session, row):
            return False
    git = house.git(repository)
    try:
        if commit := _landed(git, repository, forge, row):
            return landed(house, repository, number, commit)
        pull = forge.pull(number) if isinstance(forge, Listing) else None
        if pull is not None and pull.base != repository.base_branch:  # the forge would merge it there
            triage.elsewhere(house, repository, number, pull.base)
            return True
        done = _asked(house, repository, forge, git, row)
        if isinstance(done, Conflict):
            return _conflicted(house, row, done)
    except Moved:
        _look_again(house, repository, forge, number)
        return False
    except Denied as why:
        _refused(house, row, str(why))
        return False
    except OSError as why:
        _later(house, repository, number, why)
        return False
    try:
        mirrors.refresh(house, repository, [number], forge)
    except (OSError, Denied) as why:  # it is merged; the next time finds it so
        _later(house, repository, number, why)
        return False
    return landed(house, repository, number, done)


def landed(house: House, repository: Repository, number: int, commit: str, by: str = "") -> bool:
    """Write down that the base branch has it by `commit`, whoever merged it (`by` names who, where it was not we)."""
    with house.database.write() as session:
        row = session.get(Contribution, (repository.id, number))
        if row is None or row.merged:
            return False
        move = Move.merge if row.state == State.approved else Move.land
        if (row.state, move) not in MOVES:
            return False
        row.state, row.merged, row.updated = after(row.state, move), commit, time.time()
        session.add(row)
        append(
            session,
            row.repository,
            "contribution.merged",
            {"commit": commit, **({"by": by} if by else {})},
            number,
        )
        say.judged(session, row)
    house.later.pop((repository.id, number), None)
    house.ring("speak")
    return True


def by_hand(house: House, repository: Repository, number: int, commit: str, by: str) -> str | None:
    """Take in that the forge merged it, by whoever's hand; into another branch than ours it is only closed."""
    git = house.git(repository)
    base = tip(git, repository.base_branch)
    try:
        there = (
            base is not None and git_merge.landed(git, base, git[commit].peel(pygit2.Commit).id) is not None
        )
    except (KeyError, ValueError):
        there = False
    if not there:
        return triage.closed(house, repository, number)
    landed(house, repository, number, commit, by)
    return None


def ended(house: House, repository: Repository, number: int) -> None:
    """Take in that it is not open on the forge any more; where the base branch holds its head it was merged there.

    So it was where the forge says so, of a commit that the branch holds: squashed, its head is in no branch. Raises
    OSError, Denied: what can't be looked at may be either.
    """
    mirrors.refresh(house, repository, [number])
    git = house.git(repository)
    with house.database.read() as session:
        row = session.get_one(Contribution, (repository.id, number))
    base = tip(git, repository.base_branch)
    known = base is not None and row.leaves and row.head in git
    commit = git_merge.landed(git, base, pygit2.Oid(hex=row.head)) if base is not None and known else None
    forge = house.forge(repository)
    if commit is not None:
        landed(house, repository, number, commit)
    elif said := forge.merged(number) if isinstance(forge, Endings) else None:
        by_hand(house, repository, number, said, "")
    else:
        triage.closed(house, repository, number)


def _asked(
    house: House, repository: Repository, forge: Any, git: pygit2.Repository, row: Contribution
) -> str | Conflict:
    """Have the forge merge it; the commit, or where it does not fit. Raises Moved, Denied, OSError.

    The forge merges by lines. Where that gives another tree than ours, or none, ours is what shall stand there: two who
    append to one leaf fit, and one who breaks the other's does not.
    """
    base = tip(git, repository.base_branch)
    if base is None:
        raise Denied(f"The mirror has no branch {repository.base_branch}.")
    head = git[row.head].peel(pygit2.Commit)
    tree = git_merge.merged_tree(git, base, head)
    if isinstance(tree, Conflict):
        return tree
    message, who = mergeable.commit_of(git, row)
    if git_merge.by_lines(git, base, head) == tree:
        return str(forge.merge(row.number, row.head, message))
    made = str(git.create_commit(None, who, who, message, tree, [base.id, head.id]))
    try:
        put(house, repository, forge, str(base.id), made, f"{PASSING[0]}{row.number}")
    except Denied as why:
        log.warning("joined and not put there", repository=repository.id, number=row.number, why=str(why))
        return Conflict(tuple(sorted(row.leaves)), NO_RIGHT)
    return made


def put(house: House, repository: Repository, forge: Any, old: str, new: str, ref: str) -> None:
    """Move the base branch on the forge from `old` to a commit of ours, which goes there first under `ref`.

    `ref` is one of PASSING, and goes away there and here when it has served. Raises Moved, Denied, OSError.
    """
    git = house.git(repository)
    git.references.create(ref, pygit2.Oid(hex=new), force=True)
    ours = mirrors.mirror(house, repository, forge)
    try:
        if ours is not None:
            for pushed in ours.push([ref], force=True, source=True):
                if not pushed.done:
                    raise Denied(f"The forge does not take {pushed.ref}: {pushed.why}.")
        if ours is not None and isinstance(forge, MovedByPush):
            ours.move(repository.base_branch, old, new)
        else:
            forge.advance(repository.base_branch, old, new)
    finally:
        if ours is not None:
            _dropped(ours, ref)


def sweep(mirror: Mirror) -> int:
    """Take away refs that have served and still stand: somebody died, or the forge was away. Gives how many went."""
    left = [name for name in mirror.git().references if name.startswith(PASSING)]
    return sum(_dropped(mirror, name) for name in left)


def _dropped(mirror: Mirror, ref: str) -> bool:
    try:
        mirror.drop(ref)
    except (OSError, Denied) as why:  # it stands here too, and the timetable tries again
        log.warning("a ref that has served still stands on the forge", ref=ref, why=str(why)[:300])
        return False
    return True


def _landed(git: pygit2.Repository, repository: Repository, forge: Any, row: Contribution) -> str | None:
    """The commit by which the base branch has it already; also where it was squashed, and the forge calls it closed."""
    base = tip(git, repository.base_branch)
    if base is None:
        return None
    head = git[row.head].peel(pygit2.Commit)
    if found := git_merge.landed(git, base, head.id):
        return found
    if not isinstance(forge, Listing) or git_merge.merged_tree(git, base, head) != base.tree_id:
        return None
    return _first_with(git, base, head) if forge.pull(row.number) is None else None


def _first_with(git: pygit2.Repository, base: pygit2.Commit, head: pygit2.Commit) -> str:
    """The oldest commit of the branch's own line to which `head` adds nothing, looking back a hundred."""
    for _ in range(100):
        if not base.parents or git_merge.merged_tree(git, base.parents[0], head) != base.parents[0].tree_id:
            break
        base = base.parents[0]
    return str(base.id)


def _conflicted(house: House, row: Contribution, found: Conflict) -> bool:
    with house.database.write() as session:
        now = session.get_one(Contribution, (row.repository, row.number))
        if not mergeable.may_be(session, now) or now.head != row.head:
            return False
        mergeable.conflicts(session, now, found)
        now.updated = time.time()
        session.add(now)
    house.ring("speak")
    return True


def _refused(house: House, row: Contribution, why: str) -> None:
    """Say once that the forge refuses, and ask again later: a right may be given meanwhile."""
    house.later[row.repository, row.number] = time.time() + REFUSED_FOR
    with house.database.write() as session:
        now = session.get_one(Contribution, (row.repository, row.number))
        body = {"head": row.head, "why": why[:600]}
        if (
            not mergeable.may_be(session, now)
            or now.head != row.head
            or last(session, row.repository, REFUSED, row.number) == body
        ):
            return
        append(session, row.repository, REFUSED, body, row.number)
        say.not_merged(session, now, why)
    house.ring("speak")


def last(session: Session, stream: str, kind: str, number: int | None) -> dict[str, Any] | None:
    """What the newest event of a kind says, of a contribution or of none; None where there is no such event."""
    query = select(Event.body).where(Event.stream == stream, Event.number == number, Event.kind == kind)
    body = session.exec(query.order_by(col(Event.sequence).desc()).limit(1)).first()
    return dict(json.loads(body)) if body is not None else None


def _later(house: House, repository: Repository, number: int, why: Exception) -> None:
    wait = why.after if isinstance(why, Busy) else REFUSED_FOR if isinstance(why, Denied) else SOON
    house.later[repository.id, number] = time.time() + wait
    log.warning("not merged yet", repository=repository.id, number=number, seconds=wait, why=str(why))


def _look_again(house: House, repository: Repository, forge: Any, number: int) -> None:
    """Somebody was faster. Where its head is another, that is judged; another base is seen the next time."""
    try:
        mirrors.refresh(house, repository, [number], forge)
        _newer(house, repository, forge, number)
    except (OSError, Denied) as why:
        _later(house, repository, number, why)


def _newer(house: House, repository: Repository, forge: Any, number: int) -> None:
    """Take in a head that no delivery told of yet."""
    with house.database.read() as session:
        row = session.get_one(Contribution, (repository.id, number))
    pull = forge.pull(number) if isinstance(forge, Listing) else None
    if pull is not None and pull.head != row.head:
        triage.seen(house, repository, forge.pushed(pull))
