"""The dashboard issue: drawn from the rows, and its ticks carried out for whoever may.

Nothing of it is kept: the text that we would write now says which boxes there are. A box whose contribution has moved
on is none any more, so nobody decides on what they did not see.
"""

from __future__ import annotations

import time

from sqlmodel import Session, col, select

from service import logs
from service.db.tables import Batch, Contribution, Repository
from service.house import House
from service.lines import obey, stale, whose
from service.lines.states import OPEN, Stage
from service.policy import StaleSection
from service.reports import dashboard
from webhooks.event import Person, Redrawn
from webhooks.forge import Board
from webhooks.place import Elsewhere

log = logs.named("board")
DAY, HOUR = 86_400.0, 3_600.0
STANDING = (*OPEN, Stage.passed, Stage.inconclusive, Stage.failed, Stage.stalled)  # batches that are not over
shown: dict[
    tuple[str, str], tuple[str, float]
] = {}  # what a repository's issue was left with and when, by home and id


def by_timetable(house: House, repository: Repository, every: float = HOUR) -> bool:
    """Draw it where the policy asks for it and the forge has such a thing; whether it had to be written.

    What did not change is held against the forge once in `every` seconds, in case that we missed an edit of somebody's.
    """
    forge = house.forge(repository)
    if not (house.policy(repository).forge.dashboard and isinstance(forge, Board)):
        return False
    text, key = drawn(house, repository), (str(house.home), repository.id)
    known, at = shown.get(key, ("", 0.0))
    if text == known and time.monotonic() - at < every:
        return False
    try:
        forge = house.forge(whose.confirmed(house, repository))
    except Elsewhere as why:
        log.warning("no dashboard for whoever took the name", repository=repository.id, why=str(why))
        shown[key] = (text, time.monotonic())
        return False
    identity, found = forge.board(dashboard.TITLE)
    shown[key] = (text, time.monotonic())
    if found.replace("\r\n", "\n").rstrip() == text.rstrip():
        return False
    forge.redraw(identity, text)
    return True


def heard(house: House, repository: Repository, event: Redrawn) -> str:
    """Somebody edited an issue: where it is ours, what they ticked is theirs; a tick that stood there before is not."""
    forge = house.forge(repository)
    if not (house.policy(repository).forge.dashboard and isinstance(forge, Board)):
        return "no dashboard"
    if forge.board(dashboard.TITLE)[0] != event.issue:
        return "not our issue"
    answers = edited(house, repository, event.text, event.person, event.before)
    return "; ".join(answer.sentence for answer in answers)


def edited(
    house: House, repository: Repository, found: str, who: Person, before: str | None = None
) -> list[obey.Answer]:
    """Somebody edited it (from `before`, where that is known) to `found`: do what they ticked, and draw it anew.

    A tick of a person without the right is put back by that, like any other change.
    """
    if not house.policy(repository).forge.dashboard:
        return []
    ticks = dashboard.ticked(drawn(house, repository), found)
    if before is not None:
        own = dashboard.ticked(before, found)
        ticks = [tick for tick in ticks if tick in own]
    answers = [_obeyed(house, repository, tick, who) for tick in ticks]
    by_timetable(house, repository, every=0)
    return answers


def drawn(house: House, repository: Repository) -> str:
    """The text that it should have now."""
    policy = house.policy(repository).stale
    with house.database.read() as session:
        rows = _rows(session, repository.id, policy, time.time())
        return dashboard.dashboard(rows, _batches(session, repository.id))


def _batches(session: Session, repository: str) -> list[dashboard.Waiting]:
    """What is at work, and what waits for a maintainer's word."""
    query = select(Batch).where(Batch.repository == repository, col(Batch.state).in_(STANDING))
    found = session.exec(query.order_by(col(Batch.id)))
    return [
        dashboard.Waiting(row.id, row.state, tuple(sorted(set(row.members) - set(row.held)))) for row in found
    ]


def _rows(session: Session, repository: str, policy: StaleSection, now: float) -> list[dashboard.Row]:
    late = {each.number for each in stale.ours(session, repository, policy, now)}
    query = select(Contribution).where(Contribution.repository == repository)
    found = session.exec(query.where(col(Contribution.state).in_(dashboard.NEEDS)))
    return [
        dashboard.Row(
            row.number, row.state, row.title, row.author, row.head,
            max(0, int((now - row.updated) / DAY)), row.number in late,
        )
        for row in found
    ]  # fmt: skip


def _obeyed(house: House, repository: Repository, tick: dashboard.Tick, who: Person) -> obey.Answer:
    with house.database.read() as session:
        row = session.get_one(Contribution, (repository.id, tick.number))
    if not row.head.startswith(tick.head):
        return obey.Answer(False, f"Contribution {tick.number} has moved to {row.head[:12]}; look again.")
    asked = {"number": tick.number, "head": row.head, "reason": dashboard.REASON}
    return obey.obey(house, repository.id, tick.action, asked, who)
