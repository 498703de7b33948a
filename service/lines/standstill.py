"""What stands still: a batch, with a person's three ways on (let it pass, try again, give it up), and whoever is held
back until a newer contribution takes its place.

Each is an event in the transaction of what it changes; each is refused where the table of states has no such move.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from sqlmodel import Session, col, select

from service.db import batches, contributions, releases, runs
from service.db.tables import Batch, Contribution, Run
from service.house import House
from service.lines import say
from service.lines.states import Move, Stage, State, Turn, after, turned
from service.record.chain import append

BROKEN = ("failed", "cancelled")
SEARCH, STOP = "search", "stop"  # a word about the search itself, among a batch's words about its members


def override(house: House, name: str, number: int, who: str, reason: str, called: str = "") -> None:
    """Let a batch pass that the gate did not pass; the reason is shown wherever the release is.

    `called` is the name of `who`, where a forge knows its people by numbers.

    Refused where nobody is left in it, and where a later batch is ahead of it: its release would be made from rows
    and weights that know nothing of the newer one's.
    """
    with house.database.write() as session:
        row = _must(session, name, number)
        if not set(row.members) - set(row.held):
            raise ValueError(f"Nobody is left in batch {number}: every member is held back.")
        if why := behind(session, row):
            raise ValueError(why)
        row.state, row.updated = turned(row.state, Turn.override), time.time()
        row.override = {"by": who, "reason": reason, **({"name": called} if called else {})}
        session.add(row)
        append(session, name, "batch.overridden", {"batch": number, "by": who, "reason": reason})
        say.batch_moved(session, row)
    house.ring("tick")


def behind(session: Session, batch: Batch) -> str | None:
    """Why no release may be made from a batch: a newer release, or a newer batch that may become one."""
    name, against = batch.repository, batch.spec.get("against")
    newest = next(iter(releases.listed(session, name)), None)
    if newest is not None and newest.batch != batch.id and newest.version != against:
        return (
            f"Batch {batch.id} was compared with {against or 'the base model'}, and {newest.version} is newer: "
            "its release would lose what that one has learned. Give it up, and its members join the next batch."
        )
    later = [row.id for row in batches.at_work(session, name) if row.id != batch.id]
    if later:
        return f"Batch {later[0]} is under way from the same release; decide about it first."
    return None


def retry(house: House, name: str, number: int, who: str) -> int:
    """Queue again what broke, and nothing that is done; gives how many runs that are.

    A batch that passed and whose release can't be built, because a run of that broke, is retried too.
    """
    with house.database.write() as session:
        row = _must(session, name, number)
        broken = [run for run in runs.of_batch(session, name, number) if run.state in BROKEN]
        if row.state != Stage.passed or not broken:
            row.state = turned(row.state, Turn.retry)
        row.updated = time.time()
        session.add(row)
        for run in broken:
            _again(session, run)
        told = {"batch": number, "by": who, "runs": [run.id for run in broken]}
        append(session, name, "batch.retried", told)
        say.batch_moved(session, row)
    house.ring("tick")
    return len(broken)


def _again(session: Session, run: Run) -> None:
    """As if it had never been claimed: its attempts count anew, an old worker's token is stale."""
    run.state, run.error, run.worker = "queued", None, None
    run.attempts, run.lease, run.fence = 0, 0.0, run.fence + 1
    run.started, run.ended = None, None
    session.add(run)


def give_up(
    house: House, name: str, number: int, who: str, reason: str, hold: Collection[int] = ()
) -> list[int]:
    """End a batch undone: its members are merged and wait again, those in `hold` are held back.

    Gives the numbers that may go into the next batch. What is still queued of its runs is cancelled. Refused once a
    release of it is planned: what is being published is not taken back.
    """
    with house.database.write() as session:
        row = _must(session, name, number)
        if release := releases.of_batch(session, name, number):
            raise ValueError(
                f"Batch {number} is being released as {release.version}; it can't be given up any more."
            )
        row.state, row.updated = turned(row.state, Turn.give_up), time.time()
        members = [m for m in contributions.of_batch(session, name, number) if m.state == State.batched]
        if strange := sorted(set(hold) - {m.number for m in members}):
            raise ValueError(f"Not in this batch, or held back already: {', '.join(map(str, strange))}.")
        for run in runs.of_batch(session, name, number):
            runs.cancel(session, run.id or 0, row.updated, f"Batch {number} was given up.")
        back = [m.number for m in members if m.number not in hold]
        told = {"batch": number, "by": who, "reason": reason, "back": back, "held": sorted(hold)}
        append(session, name, "batch.given-up", told)
        row.held = sorted({*row.held, *hold})
        session.add(row)
        for member in members:
            _let_go(session, row, member, reason, member.number in hold)
    house.ring("tick")
    house.ring("speak")
    return back


def hears(session: Session, batch: Batch, number: int) -> bool:
    """Whether a person's word on this member still weighs: it is in the batch, and a search may change its mind."""
    member = contributions.get(session, batch.repository, number)
    return member is not None and number in heard(session, batch, [member])


def heard(session: Session, batch: Batch, members: Iterable[Contribution]) -> set[int]:
    """The members on whom a word still weighs: the search is to come, goes on, or told nothing and no later batch has
    begun."""
    if batch.state == Stage.inconclusive:
        unresolved = batch.search is not None and batch.search["verdict"] != "blame"
        listening = unresolved and batches.next_id(session, batch.repository) == batch.id + 1
    else:
        listening = batch.state in (Stage.training, Stage.searching)
    left = (m.number for m in members if m.batch == batch.id and m.number not in batch.held)
    return set(left) if listening else set()


def searches(run: Run) -> bool:
    """Whether a run belongs to a culprit search."""
    return run.purpose in ("control", "search")


def stop_search(house: House, name: str, number: int, who: str) -> int:
    """End the search of a batch as unresolved: it holds nobody back. Gives how many runs are cancelled for it."""
    with house.database.write() as session:
        row = _must(session, name, number)
        if row.state != Stage.searching:
            raise ValueError(f"Batch {number} is {row.state}: no culprit search goes on.")
        row.said, row.updated = {**row.said, SEARCH: STOP}, time.time()
        session.add(row)
        why = "The search was stopped."
        mine = [run for run in runs.of_batch(session, name, number) if searches(run)]
        cancelled = [run.id for run in mine if runs.cancel(session, run.id or 0, row.updated, why)]
        told = {"batch": number, "by": who, "runs": cancelled}
        append(session, name, "batch.search-stopped", told)
    house.ring("tick")
    return len(cancelled)


def stopped(batch: Batch) -> bool:
    """Whether a person ended its search."""
    return batch.said.get(SEARCH) == STOP


def of_members(batch: Batch) -> dict[str, str]:
    """What people said of its members, by number: `blame` or `acquit`."""
    return {who: word for who, word in batch.said.items() if who != SEARCH}


def take_up(session: Session, batch: Batch) -> None:
    """Let a search that was stopped go on, by a word about a member: its cancelled runs are queued again."""
    if not stopped(batch):
        return
    batch.said = of_members(batch)
    for run in runs.of_batch(session, batch.repository, batch.id):
        if searches(run) and run.state in BROKEN:
            _again(session, run)


def _let_go(session: Session, batch: Batch, member: Contribution, reason: str, held: bool) -> None:
    alone = member.merged is None and "ref" in batch.spec  # it was merged with its batch, which is over
    back = Move.unbatch_unmerged if alone else Move.unbatch
    member.state = after(member.state, Move.hold_back if held else back)
    member.batch = member.batch if held else None
    member.updated = batch.updated
    session.add(member)
    if held:
        body = {"batch": batch.id, "reason": reason}
        append(session, batch.repository, "contribution.held-back", body, member.number)
    say.given_up(session, batch, member, reason)


def supersede(session: Session, name: str) -> None:
    """Settle whoever is held back and whose author's newer contribution is released with all of the same leaves.

    Newer is one whose batch began when the old one was held back already: it brought the old one's seeds too. Left
    held back, the old one would have them brought again by each later contribution of its author.
    """
    for old in _standing(session, name, State.held_back):
        for new in _standing(session, name, State.released):
            if not _takes_its_place(session, old, new):
                continue
            old.state, old.updated = after(old.state, Move.supersede), time.time()
            session.add(old)
            body = {"by": new.number, "release": new.release}
            append(session, name, "contribution.superseded", body, old.number)
            say.superseded(session, old, new)
            break


def _standing(session: Session, name: str, state: State) -> list[Contribution]:
    query = select(Contribution).where(Contribution.repository == name, Contribution.state == state)
    return list(session.exec(query.order_by(col(Contribution.number))))


def _takes_its_place(session: Session, old: Contribution, new: Contribution) -> bool:
    began = batches.get(session, old.repository, new.batch) if new.batch else None
    if began is None or began.created < old.updated or not old.leaves:
        return False
    same_author = (old.author_forge, old.author_id) == (new.author_forge, new.author_id)
    return same_author and set(old.leaves) <= set(new.leaves)


def _must(session: Session, name: str, number: int) -> Batch:
    row = batches.get(session, name, number)
    if row is None:
        raise ValueError(f"There is no batch {number}.")
    return row
